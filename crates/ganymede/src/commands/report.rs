//! `ganymede report`.

use std::path::Path;

use ganymede_report::{Report, Server};

use crate::arguments::ReportArguments;
use crate::failure::{Failure, OrFailure, Outcome, print, say};
use crate::system::atomic::{check_output_of, store};

/// Writes the report of runs, or serves it while they go on.
pub(crate) fn report(arguments: &ReportArguments) -> Outcome<()> {
    let Some(out) = &arguments.out else { return watch(arguments) };
    check_out(out)?;
    let report = Report::read(&arguments.runs).or_refuse()?;
    for note in report.notes() {
        say(&format!("note: {note}"));
    }
    let html = report.html();
    store(out, html.as_bytes())?;
    let runs = match arguments.runs.len() {
        1 => "1 run".to_owned(),
        several => format!("{several} runs"),
    };
    print(&format!("{runs} in {}, {:.2} MB; open it in a browser\n", out.display(), html.len() as f64 / 1e6))
}

/// Refuses a place where no page can be.
fn check_out(out: &Path) -> Outcome<()> {
    if out.is_dir() {
        let reason = "this is a folder; name a file in it, such as report.html";
        return Err(Failure::refused(format!("--out {}: {reason}", out.display())));
    }
    check_output_of("html", "--out", out, &[])
}

fn watch(arguments: &ReportArguments) -> Outcome<()> {
    // What is no run is told here rather than in a browser.
    Report::read(&arguments.runs).or_refuse()?;
    let port = arguments.port;
    let server = Server::bind(&arguments.runs, port).map_err(|error| {
        Failure::refused(format!(
            "--port {port}: cannot be listened at: {error}; name another, or 0 for any that is free"
        ))
    })?;
    let address = server.address().or_fail()?;
    print(&format!("http://{address}/ shows the report and keeps it fresh; end with Ctrl-C\n"))?;
    server.serve().or_fail()
}
