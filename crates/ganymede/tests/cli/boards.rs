//! `[records] tensorboard`: a run that writes event files while it goes on, killed and resumed, read back by Python.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::{TINY, Workplace};

/// Prints every scalar and picture of the event files in a folder, one a line, without their times.
const READER: &str = "
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'images': 0}).Reload()
for tag in sorted(events.Tags()['scalars']):
    for event in events.Scalars(tag):
        print(tag, event.step, event.value)
for tag in events.Tags()['images']:
    for event in events.Images(tag):
        print(tag, event.step, event.width, event.height)
";

/// What Python reads of a run; `None`, said loudly, where it has no `tensorboard`.
fn read_back(workplace: &Workplace, run: &str) -> Option<String> {
    let installed = Command::new("python3").args(["-c", "import tensorboard"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        let line = b"LEFT OUT: python3 has no tensorboard here, so no run's event files were read back\n";
        std::io::stderr().write_all(line).unwrap();
        return None;
    }
    let read = Command::new("python3").args(["-c", READER]).arg(workplace.path(run)).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    Some(String::from_utf8_lossy(&read.stdout).into_owned())
}

fn files(workplace: &Workplace, run: &str) -> Vec<String> {
    let prefix = format!("{run}/events.out.tfevents.");
    workplace.listing().into_iter().filter(|name| name.starts_with(&prefix)).collect()
}

/// Looks, evaluations with pictures and checkpoints at different distances, over enough steps to be killed in.
fn configuration() -> String {
    let text = TINY.replace("steps = 20\n", "steps = 400\n").replace("every = 10", "every = 35\nrecords = 5");
    format!("{text}\n[checkpoint]\nevery = 20\n[records]\ntensorboard = true\n")
}

#[test]
fn a_killed_run_has_every_step_once_in_its_event_files() {
    let workplace = Workplace::new();
    workplace.write("run.toml", configuration());
    workplace.succeed("train run.toml --quiet --out whole");
    assert_eq!(files(&workplace, "whole").len(), 1);
    let newest = || {
        let names = workplace.listing().into_iter();
        names.filter(|name| name.starts_with("killed/checkpoints/") && name.ends_with(".safetensors")).max()
    };
    let mut kills = 0;
    for round in 0..4_u64 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
        command.current_dir(workplace.path(".")).stdout(Stdio::null()).stderr(Stdio::null());
        let begun = workplace.path("killed/config.toml").exists();
        let words = if begun { "train --resume killed --quiet" } else { "train run.toml --quiet --out killed" };
        let mut run = command.args(words.split(' ')).spawn().unwrap();
        // Not before it has saved something itself: its start takes longer than the waits below on a machine with much to do.
        let before = newest();
        while newest() == before && run.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(Duration::from_millis(40 * round));
        kills += usize::from(run.try_wait().unwrap().is_none());
        run.kill().unwrap();
        run.wait().unwrap();
    }
    workplace.succeed("train --resume killed --quiet");
    assert!(kills > 0, "some kill came before the end");
    assert!(files(&workplace, "killed").len() > 1, "{:?}", files(&workplace, "killed"));
    let Some(whole) = read_back(&workplace, "whole") else { return };
    assert_eq!(read_back(&workplace, "killed").unwrap(), whole);
    let steps = |tag: &str| whole.lines().filter(|line| line.starts_with(&format!("{tag} "))).count();
    // From 5 to 400.
    let lines = crate::equality::timeless_lines(&workplace, "whole");
    let with_losses = lines.iter().filter(|line| line["losses"].is_object()).count();
    assert!(with_losses >= 80, "{with_losses}");
    assert_eq!(steps("losses/generator/objective"), with_losses);
    // Before the first step, eleven on the way, and after the last.
    assert_eq!(steps("samples"), 13, "{whole}");

    // Longer, and written from here on alone: what was before is there, too.
    workplace.succeed("train run.toml --quiet --out plain --set records.tensorboard=false");
    assert_eq!(files(&workplace, "plain").len(), 0);
    for run in ["whole", "plain"] {
        workplace.succeed(&format!("train --resume {run} --quiet --steps 430 --set records.tensorboard=true"));
    }
    let scalars = |run: &str| {
        let text = read_back(&workplace, run).unwrap();
        text.lines().filter(|line| !line.starts_with("samples")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(scalars("plain"), scalars("whole"));
    assert!(scalars("plain").iter().any(|line| line.starts_with("losses/generator/objective 430 ")));
}

#[test]
fn the_first_record_has_the_limits_that_are_in_force() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out run --set detector.every=5");
    let lines = crate::equality::timeless_lines(&workplace, "run");
    assert!(lines[0]["limits"]["std_ratio"]["suspect"].is_f64(), "{}", lines[0]);
    assert!(lines[1..].iter().all(|line| line["limits"].is_null()));
    // Real samples of so few rows would pass the limits as written.
    workplace.succeed("train tiny.toml --quiet --out written --set detector.every=5 --set detector.null_looks=0");
    let written = crate::equality::timeless_lines(&workplace, "written");
    let suspect = |line: &serde_json::Value| line["limits"]["coverage"]["suspect"].as_f64().unwrap();
    assert!(suspect(&lines[0]) <= suspect(&written[0]), "{} {}", lines[0], written[0]);
    workplace.succeed("train tiny.toml --quiet --out blind --set detector.every=0");
    let blind = crate::equality::timeless_lines(&workplace, "blind");
    assert!(blind.iter().all(|line| line["limits"].is_null()), "nothing watches");
}
