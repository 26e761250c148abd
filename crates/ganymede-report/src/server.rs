//! A page that follows a run: served to this machine alone.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use ganymede_charts::escaped;

use crate::report::Report;

/// How long a browser may take to ask.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest question, in bytes.
const LONGEST: u64 = 16_384;

/// A server of one report on 127.0.0.1.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    runs: Vec<PathBuf>,
}

impl Server {
    /// Listens at `port`, or at one that is free where that is 0.
    ///
    /// # Errors
    /// Where the port is taken or not allowed.
    pub fn bind(runs: &[PathBuf], port: u16) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind((Ipv4Addr::LOCALHOST, port))?, runs: runs.to_vec() })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Where the system does not know.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers, each visitor on a thread of its own, for as long as the process lives.
    ///
    /// # Errors
    /// Where the system accepts no connections any more.
    pub fn serve(&self) -> io::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                // A visitor who left at once is no reason to close.
                Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) => {
                    continue;
                }
                Err(error) => return Err(error),
            };
            let runs = self.runs.clone();
            // Who hangs up in the middle has no answer to get.
            thread::spawn(move || answer(&stream, &runs).ok());
        }
    }
}

fn answer(stream: &TcpStream, runs: &[PathBuf]) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.take(LONGEST)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut host = None;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("host")
        {
            host = Some(value.trim().to_owned());
        }
    }
    let (status, kind, body) = response(&request, host.as_deref(), runs);
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if !request.starts_with("HEAD ") {
        stream.write_all(body.as_bytes())?;
    }
    stream.flush()
}

/// Status, kind and text of the answer to a request line.
fn response(request: &str, host: Option<&str>, runs: &[PathBuf]) -> (&'static str, &'static str, String) {
    let plain = |status: &'static str, text: &str| (status, "text/plain", format!("{text}\n"));
    // A page elsewhere whose name leads to this machine must not read the run.
    let name = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    if !matches!(name, Some("127.0.0.1" | "localhost")) {
        return plain("403 Forbidden", "this page is for this machine alone; open it by 127.0.0.1");
    }
    let mut words = request.split(' ');
    match (words.next(), words.next()) {
        (Some("GET" | "HEAD"), Some("/")) => match Report::read(runs) {
            Ok(report) => ("200 OK", "text/html", report.live_html()),
            Err(error) => {
                let text = escaped(&error.to_string());
                (
                    "500 Internal Server Error",
                    "text/html",
                    format!("<!DOCTYPE html>\n<title>No report</title>\n<p>{text}</p>\n"),
                )
            }
        },
        (Some("GET" | "HEAD"), Some("/state")) => plain("200 OK", &state(runs)),
        (Some("GET" | "HEAD"), Some(_)) => plain("404 Not Found", "there is nothing here; the report is at /"),
        (Some(_), Some(_)) => plain("405 Method Not Allowed", "only GET is answered"),
        _ => plain("400 Bad Request", "this is no request"),
    }
}

/// A text that changes whenever the records do.
fn state(runs: &[PathBuf]) -> String {
    let stamp = |path: &Path| {
        let about = fs::metadata(path).ok()?;
        let time = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{}.{}", about.len(), time.as_millis()))
    };
    let files = ["stats.jsonl", "summary.json", ""];
    let stamps = runs.iter().flat_map(|run| files.map(|file| stamp(&run.join(file)).unwrap_or_default()));
    stamps.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{response, state};

    #[test]
    fn only_this_machine_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("stats.jsonl"), "{\"step\":3}\n").unwrap();
        let runs = [folder.path().to_owned()];
        let here = Some("127.0.0.1:7007");
        for (request, host, status, part) in [
            ("GET / HTTP/1.1", here, "200 OK", "<main id=\"content\">"),
            ("GET / HTTP/1.1", Some("localhost"), "200 OK", "connect-src 'self'"),
            ("GET /state HTTP/1.1", here, "200 OK", "."),
            ("GET /../../etc/passwd HTTP/1.1", here, "404 Not Found", "nothing here"),
            ("POST / HTTP/1.1", here, "405 Method Not Allowed", "only GET"),
            ("GET / HTTP/1.1", Some("evil.example"), "403 Forbidden", "this machine alone"),
            ("GET / HTTP/1.1", Some("127.0.0.1.evil.example:80"), "403 Forbidden", "this machine alone"),
            ("GET / HTTP/1.1", None, "403 Forbidden", "this machine alone"),
            ("", here, "400 Bad Request", "no request"),
        ] {
            let (found, _, body) = response(request, host, &runs);
            assert_eq!(found, status, "{request}");
            assert!(body.contains(part), "no {part} in {body}");
        }
        let missing = response("GET / HTTP/1.1", here, &[folder.path().join("<gone>")]);
        assert_eq!(missing.0, "500 Internal Server Error");
        assert!(missing.2.contains("&lt;gone&gt;: there is no such folder"), "{}", missing.2);
    }

    #[test]
    fn news_change_the_state() {
        let folder = tempfile::tempdir().unwrap();
        let (stats, runs) = (folder.path().join("stats.jsonl"), [folder.path().to_owned()]);
        std::fs::write(&stats, "{\"step\":3}\n").unwrap();
        let before = state(&runs);
        assert_eq!(before, state(&runs));
        std::fs::write(&stats, "{\"step\":3}\n{\"step\":4}\n").unwrap();
        assert_ne!(before, state(&runs));
    }
}
