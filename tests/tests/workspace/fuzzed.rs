//! Configurations and checkpoints, whole and then damaged, through everything that reads them: nothing panics, nothing
//! holds more memory than the file accounts for, and what is accepted holds together.

use std::path::Path;

use allocation_counter::measure;
use burn::tensor::{Device, TensorData};
use ganymede_core::config::{Document, Experiment};
use ganymede_core::guard::Guard;
use ganymede_core::place::Place;
use ganymede_core::run::{DataFacts, Run, plan_step};
use ganymede_core::saved_run::RunState;
use ganymede_core::store::TensorFile;
use ganymede_tests::{SMALL, run, with_strategies};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Damaged files of each kind.
const CASES: u32 = 400;

/// What reading may hold: so many bytes, and so many times the file's length.
const FIXED: u64 = 1 << 20;
const FACTOR: u64 = 200;

/// What happens to a file.
#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    Cut(Index),
    Remove(Index, Index),
    Repeat(Index, Index),
    /// A number of the text becomes another.
    Number(Index, &'static str),
    /// A line of the text becomes another's neighbour.
    Line(Index, Index),
}

const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "2",
    "1e-3",
    "99999999",
    "18446744073709551615",
    "9223372036854775807",
    "1e300",
    "nan",
    "-inf",
    "true",
    "\"x\"",
    "[]",
    "{}",
    "[1, [2]]",
];

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => (any::<Index>(), any::<u8>()).prop_map(|(place, byte)| Damage::Flip(place, byte)),
        1 => any::<Index>().prop_map(Damage::Cut),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Remove(from, to)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
        4 => (any::<Index>(), select(NUMBERS)).prop_map(|(place, number)| Damage::Number(place, number)),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Line(from, to)),
    ]
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if bytes.is_empty() {
            return bytes;
        }
        let range = |one: &Index, other: &Index, length: usize| {
            let (one, other) = (one.index(length), other.index(length));
            one.min(other)..one.max(other)
        };
        let length = bytes.len();
        match damage {
            Damage::Flip(place, byte) => bytes[place.index(length)] ^= byte,
            Damage::Cut(place) => bytes.truncate(place.index(length)),
            Damage::Remove(one, other) => drop(bytes.drain(range(one, other, length))),
            Damage::Repeat(one, other) => {
                let range = range(one, other, length);
                let end = range.end;
                let slice = bytes[range].to_vec();
                bytes.splice(end..end, slice);
            }
            Damage::Number(place, number) => {
                let digits: Vec<usize> = (0..length).filter(|at| bytes[*at].is_ascii_digit()).collect();
                if let Some(at) = (!digits.is_empty()).then(|| digits[place.index(digits.len())]) {
                    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+".contains(byte);
                    let start = bytes[..at].iter().rposition(|byte| !inside(byte)).map_or(0, |before| before + 1);
                    let end = bytes[at..].iter().position(|byte| !inside(byte)).map_or(length, |after| at + after);
                    bytes.splice(start..end, number.bytes());
                }
            }
            Damage::Line(from, to) => {
                let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let line = lines.remove(from.index(lines.len()));
                lines.insert(to.index(lines.len() + 1), line);
                bytes = lines.join(&b'\n');
            }
        }
    }
    bytes
}

/// Runs `read` and says how many bytes it held at most.
fn held<T>(read: impl FnOnce() -> T) -> (T, u64) {
    let mut result = None;
    let info = measure(|| result = Some(read()));
    (result.expect("measured code runs"), info.bytes_max)
}

/// What there is in `configs/`.
fn configurations() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.is_file()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Reads, plans and writes a configuration; the resolved text, where it can be used.
fn resolved(text: &str) -> Option<String> {
    let document = Document::parse(text, "fuzzed.toml", Path::new(".")).ok()?;
    let (experiment, strategies) = Experiment::read(&document).ok()?;
    let (chain, tables) = ganymede_strategies::registry().chain(&strategies).ok()?;
    // Whether the parts fit is a matter of sizes only: no tensor is made.
    for class_weights in [Vec::new(), vec![0.5, 0.5]] {
        let facts = DataFacts { shape: ganymede_core::Shape::point(2), class_weights };
        let _ = plan_step(&experiment, &chain, &facts, Place::new(Device::flex()));
    }
    experiment.to_toml(&tables).ok()
}

/// A run with everything that a checkpoint can hold, saved after a few steps.
fn saved() -> (Run, Guard, TensorFile) {
    let text = with_strategies(SMALL, &[("replay", "capacity = 20"), ("historical-averaging", "")])
        + "\n[averaging]\ndecay = 0.9\n[detector]\nevery = 2\non_collapse = \"rollback\"\n";
    let mut run = run(&text, Device::flex()).unwrap();
    let document = Document::parse(&text, "test", Path::new(".")).unwrap();
    let guard = Guard::new(&Experiment::read(&document).unwrap().0.detector, &run).unwrap().unwrap();
    for _ in 0..3 {
        run.advance().unwrap();
    }
    let mut file = TensorFile::default();
    let record = run.save(Some(&guard), &mut file);
    file.metadata.insert("run".to_owned(), serde_json::to_string(&record).unwrap());
    (run, guard, file)
}

/// Goes on from a file, if it can be read at all.
fn load(run: &mut Run, guard: &mut Guard, file: &TensorFile) -> bool {
    let Some(record) = file.metadata.get("run").and_then(|text| serde_json::from_str::<RunState>(text).ok()) else {
        return false;
    };
    run.load(Some(guard), file, &record).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn damaged_configurations_are_refused_or_hold_together(
        text in select(configurations()),
        damages in vec(damage(), 1..6),
    ) {
        let text = String::from_utf8_lossy(&damaged(text.into_bytes(), &damages)).into_owned();
        let (accepted, most) = held(|| resolved(&text));
        prop_assert!(most <= FIXED + FACTOR * text.len() as u64, "{most} bytes for {} of\n{text}", text.len());
        if let Some(first) = accepted {
            prop_assert_eq!(resolved(&first), Some(first.clone()), "the resolved configuration is one, and says the same");
        }
    }

    #[test]
    fn arbitrary_text_is_no_configuration_that_panics(text in "[a-z_.\\[\\]=\"0-9 \n{},-]{0,200}") {
        let _ = resolved(&text);
    }
}

#[test]
fn damaged_checkpoints_are_noticed() {
    let (_, _, file) = saved();
    let whole = file.to_bytes().unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(CASES));
    let outcome = runner.run(&vec(damage(), 1..4), |damages| {
        let bytes = damaged(whole.clone(), &damages);
        let (read, most) = held(|| TensorFile::from_bytes(&bytes));
        prop_assert!(most <= FIXED + 8 * bytes.len() as u64, "{most} bytes for {}", bytes.len());
        if let Ok(read) = read {
            // Nothing but white space of the header, or damage that undid itself, passes the checksum.
            prop_assert_eq!(&read.metadata["run"], &file.metadata["run"]);
            prop_assert_eq!(read.tensors.len(), file.tensors.len());
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn checkpoints_that_do_not_belong_are_refused() {
    let (mut run, mut guard, file) = saved();
    assert!(load(&mut run, &mut guard, &file), "its own checkpoint fits");
    for index in 0..file.tensors.len() {
        let mut without = file.clone();
        let (name, _) = without.tensors.remove(index);
        assert!(!load(&mut run, &mut guard, &without), "without {name}");
        let mut reshaped = file.clone();
        let (name, data) = &mut reshaped.tensors[index];
        let shape = data.shape().as_slice().to_vec();
        *data = TensorData::new(data.iter::<f32>().collect::<Vec<_>>(), [shape.iter().product::<usize>(), 1, 1]);
        let name = name.clone();
        assert!(!load(&mut run, &mut guard, &reshaped), "{name} of another shape");
    }
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(CASES));
    let both = std::cell::RefCell::new((run, guard));
    let text = file.metadata["run"].clone();
    let outcome = runner.run(&vec(damage(), 1..4), |damages| {
        let mut changed = file.clone();
        let text = String::from_utf8_lossy(&damaged(text.clone().into_bytes(), &damages)).into_owned();
        changed.metadata.insert("run".to_owned(), text);
        // Whether it fits or not, nothing panics, and the run that was is whole.
        let (run, guard) = &mut *both.borrow_mut();
        load(run, guard, &changed);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let (mut run, mut guard) = both.into_inner();
    assert!(load(&mut run, &mut guard, &file));
}
