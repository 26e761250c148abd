//! Event files read back by Python's `tensorboard`, where that is installed.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on should say so")]

use std::fs;
use std::path::Path;
use std::process::Command;

use ganymede_report::EventWriter;
use image::{Rgb, RgbImage};

/// Prints every scalar and picture of the event files in a folder, one a line.
const READER: &str = "
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'images': 0}).Reload()
for tag in sorted(events.Tags()['scalars']):
    for event in events.Scalars(tag):
        print(tag, event.step, round(event.value, 6), round(event.wall_time, 3))
for tag in events.Tags()['images']:
    for event in events.Images(tag):
        print(tag, event.step, event.width, event.height, event.encoded_image_string[:4])
";

/// What Python reads from the event files in a folder; `None`, said loudly, where it has no `tensorboard`.
fn read_back(folder: &Path) -> Option<String> {
    let installed = Command::new("python3").args(["-c", "import tensorboard"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        eprintln!("LEFT OUT: python3 has no tensorboard here, so no event file was read back");
        return None;
    }
    let read = Command::new("python3").args(["-c", READER]).arg(folder).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    Some(String::from_utf8_lossy(&read.stdout).into_owned())
}

#[test]
fn python_reads_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let stats = "{\"step\":0,\"seconds\":0.0,\"metrics\":{\"std\":1.5,\"reverse_kl\":null}}\n\
                 {\"step\":5,\"seconds\":0.5,\"losses\":{\"generator/objective\":2.0}}\n\
                 {\"step\":10,\"seconds\":1.0,\"losses\":{\"generator/objective\":3.0}}\n\
                 {\"step\":5,\"rollbacks\":1,\"seconds\":1.0,\"event\":{\"kind\":\"stop\"}}\n\
                 {\"step\":10,\"rollbacks\":1,\"seconds\":1.5,\"losses\":{\"generator/objective\":4.0}}\n";
    fs::write(folder.path().join("stats.jsonl"), stats).unwrap();
    RgbImage::from_pixel(30, 20, Rgb([1, 2, 3])).save(folder.path().join("samples-000005.png")).unwrap();
    fs::write(folder.path().join("samples-000010.png"), "no picture").unwrap();
    let (bytes, notes) = ganymede_report::events(folder.path(), 1000.0).unwrap();
    assert!(notes.iter().any(|note| note.contains("samples-000010.png: no picture")), "{notes:?}");
    let out = folder.path().join("events");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("events.out.tfevents.1000.ganymede"), bytes).unwrap();
    let expected = "losses/generator/objective 5 2.0 1000.5\nlosses/generator/objective 10 4.0 1001.5\nmetrics/std 0 1.5 1000.0\n\
                    samples 5 30 20 b'\\x89PNG'\n";
    if let Some(read) = read_back(&out) {
        assert_eq!(read, expected);
    }
}

#[test]
fn a_resumed_run_goes_on_in_a_file_of_its_own_and_what_it_makes_again_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let png = folder.path().join("a.png");
    RgbImage::from_pixel(30, 20, Rgb([1, 2, 3])).save(&png).unwrap();
    let out = folder.path().join("events");
    fs::create_dir(&out).unwrap();
    let line = |step: u64, loss: f64| format!("{{\"step\":{step},\"seconds\":{step}.5,\"losses\":{{\"g\":{loss}}}}}");
    let mut first = EventWriter::new(1000.0);
    let mut bytes = Vec::new();
    for step in [10, 20, 30] {
        first.line(&line(step, 1.0)).unwrap();
        first.picture(step, step as f64 + 0.5, &png).unwrap();
        bytes.extend(first.take());
    }
    assert!(first.line("no line").is_err() && first.picture(31, 0.0, &out).is_err());
    // The kill cut the last record off.
    bytes.truncate(bytes.len() - 7);
    fs::write(out.join("events.out.tfevents.0000001000.ganymede-0000"), bytes).unwrap();
    let mut second = EventWriter::resumed(1000.0, 20, 0, 20.0);
    for step in [20, 30, 40] {
        second.line(&line(step, 2.0)).unwrap();
    }
    second.picture(20, 20.5, &png).unwrap();
    fs::write(out.join("events.out.tfevents.0000001000.ganymede-0001"), second.take()).unwrap();
    let Some(read) = read_back(&out) else { return };
    let expected = "losses/g 10 1.0 1010.5\nlosses/g 20 2.0 1020.5\nlosses/g 30 2.0 1030.5\nlosses/g 40 2.0 1040.5\n\
                    samples 10 30 20 b'\\x89PNG'\nsamples 20 30 20 b'\\x89PNG'\n";
    assert_eq!(read, expected);
}
