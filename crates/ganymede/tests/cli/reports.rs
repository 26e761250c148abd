//! Reports and records of runs as the program makes them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::support::Workplace;

#[test]
fn a_run_that_ended_has_a_report_with_all_it_recorded() {
    let workplace = Workplace::new();
    workplace.run("train tiny.toml --out run --quiet");
    let ended = workplace.succeed("report run --out report.html");
    assert!(ended.stdout.starts_with("1 run in report.html, 0."), "{ended:?}");
    assert_eq!(ended.stderr, "");
    let html = workplace.read("report.html");
    for part in [
        "<h1>run</h1>",
        "Ended after 20 of 20 steps.",
        "<h4>loss of the discriminator</h4>",
        "<h4>modes covered</h4>",
        "data:image/png;base64,",
        "<th scope=\"row\">device</th><td>flex</td>",
        "samples = 1000",
    ] {
        assert!(html.contains(part), "no {part}");
    }
    // What the summary holds for the report is there, and no row of the cost is unknown.
    let summary = workplace.json("run/summary.json");
    assert!(summary["peak_memory"].as_u64().unwrap() > 1 << 20 && summary["missing_parts"].is_array(), "{summary}");
    let parts = summary["missing_parts"].as_array().unwrap();
    assert!(
        parts.iter().all(|part| part["real_share"].as_f64().unwrap() > 0.0 && part["center"].is_array()),
        "{summary}"
    );
    assert_eq!(html.contains("<h3>Missing parts of the data</h3>\n<p class=\"quiet\">None"), parts.is_empty());
    assert!(!html.contains("not recorded") && !html.contains("Not in this run"));
    // Again, in the place of the first, side by side with a seed.
    workplace.run("train tiny.toml --seed 1 --out other --quiet");
    let ended = workplace.succeed("report run other --out report.html");
    assert!(ended.stdout.starts_with("2 runs in report.html"), "{ended:?}");
    let html = workplace.read("report.html");
    assert!(html.contains("Nothing but the seed.") && html.contains("(2 seeds)"), "both are one group");
}

#[test]
fn a_killed_run_has_a_report_and_says_what_was_left_out() {
    let workplace = Workplace::new();
    workplace.run("train tiny.toml --out run --quiet");
    std::fs::remove_file(workplace.path("run/summary.json")).unwrap();
    let stats = workplace.read("run/stats.jsonl");
    workplace.write("run/stats.jsonl", &stats[..stats.len() - 30]);
    let ended = workplace.succeed("report run --out report.html");
    assert!(ended.stderr.starts_with("note: run/stats.jsonl:") && ended.stderr.contains("cut off"), "{ended:?}");
    assert!(workplace.read("report.html").contains("it is still running, or was stopped or killed"));
}

#[test]
fn what_cannot_be_reported_is_refused() {
    let workplace = Workplace::new();
    std::fs::create_dir(workplace.path("run")).unwrap();
    workplace.write("run/config.toml", "steps = 5\n");
    std::fs::create_dir(workplace.path("empty")).unwrap();
    let before = workplace.listing();
    for (words, fragments) in [
        ("report none --out a.html", &["none: there is no such folder; name the folder of a run"][..]),
        ("report tiny.toml --out a.html", &["tiny.toml: this is a file; name the folder"]),
        ("report empty --out a.html", &["empty: no run was begun here"]),
        ("report run run --out a.html", &["run: this run is named twice"]),
        ("report run --out a.txt", &["--out a.txt: expected a name that ends in .html"]),
        ("report run --out empty", &["--out empty: this is a folder"]),
        ("report run --out no/a.html", &["--out no/a.html: its folder does not exist; create it first"]),
        ("report --watch none", &["none: there is no such folder"]),
        ("records none --csv", &["none: there is no such folder"]),
        ("records run --tensorboard tiny.toml", &["--tensorboard tiny.toml: cannot be used as a folder"]),
    ] {
        workplace.run(words).assert_error(2, fragments, words);
        assert_eq!(workplace.listing(), before, "{words} left something");
    }
    for words in [
        "report run",
        "report --out a.html",
        "report run --out a.html --watch",
        "report run --out a.html --port 1",
        "records run",
    ] {
        assert_eq!(workplace.run(words).code, Some(2), "{words}");
    }
}

#[test]
fn records_are_given_in_other_forms() {
    let workplace = Workplace::new();
    workplace.run("train tiny.toml --out run --quiet");
    let table = workplace.succeed("records run --csv").stdout;
    let mut lines = table.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(head[..4], ["step", "rollbacks", "seconds", "losses/discriminator/objective"]);
    let records = workplace.read("run/stats.jsonl").lines().count();
    assert!(lines.clone().all(|line| line.split(',').count() == head.len()) && lines.count() == records);
    workplace.succeed("records run --tensorboard boards/run");
    workplace.succeed("records run --tensorboard boards/run");
    let files: Vec<String> = workplace.listing().into_iter().filter(|file| file.contains("tfevents")).collect();
    assert_eq!(files.len(), 1, "the same run has one file: {files:?}");
    let bytes = workplace.bytes(&files[0]);
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
    assert!(holds(b"brain.Event:2") && holds(b"losses/generator/objective") && holds(b"\x89PNG"));
}

#[test]
fn a_watched_run_is_served_to_this_machine() {
    let workplace = Workplace::new();
    workplace.run("train tiny.toml --out run --quiet");
    let mut server = Command::new(env!("CARGO_BIN_EXE_ganymede"))
        .args(["report", "--watch", "--port", "0"])
        .arg(workplace.path("run"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.strip_prefix("http://").and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned();
    let ask = |path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let (page, state) = (ask("/"), ask("/state"));
    std::fs::remove_file(workplace.path("run/summary.json")).unwrap();
    let later = ask("/state");
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{line}");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("Ended after 20 of 20 steps."), "{page}");
    assert_ne!(state, later, "news are told");
}
