//! Diagnoses of samples of known state: how often each kind is called what it is. A quick look while limits are set; the
//! committed figures come from `cargo xtask bench --suite verdicts`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "an example that prints a table")]

use std::collections::BTreeMap;
use std::io::Read;

use ganymede_metrics::{DiagnosisOptions, Labelled, MatrixView, Verdict, diagnose};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

struct Set {
    values: Vec<f32>,
    columns: usize,
    labels: Option<Vec<usize>>,
}

impl Set {
    fn labelled(&self) -> Labelled<'_> {
        let rows = self.values.len() / self.columns;
        Labelled { samples: MatrixView::new(&self.values, rows, self.columns).unwrap(), labels: self.labels.as_deref() }
    }
}

/// What is expected.
#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Healthy,
    Partly,
    Collapsed,
}

struct Draw {
    stream: ChaCha8Rng,
}

impl Draw {
    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.stream)
    }

    /// Rows of `modes` modes of the given centres, by weight, spread `std` about them times `shrink`.
    fn mixture(&mut self, rows: usize, centres: &[Vec<f64>], kept: &[usize], std: f64, labels: bool) -> Set {
        let columns = centres[0].len();
        let (mut values, mut classes) = (Vec::new(), Vec::new());
        for _ in 0..rows {
            let mode = kept[self.stream.random_range(0..kept.len())];
            classes.push(mode);
            for column in 0..columns {
                values.push((centres[mode][column] + std * self.normal()) as f32);
            }
        }
        Set { values, columns, labels: labels.then_some(classes) }
    }
}

fn ring(modes: usize) -> Vec<Vec<f64>> {
    (0..modes)
        .map(|mode| {
            let angle = std::f64::consts::TAU * mode as f64 / modes as f64;
            vec![2.0 * angle.cos(), 2.0 * angle.sin()]
        })
        .collect()
}

fn grid() -> Vec<Vec<f64>> {
    (0..25).map(|mode| vec![f64::from(mode % 5) * 2.0, f64::from(mode / 5) * 2.0]).collect()
}

fn idx(path: &str, header: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes.split_off(header)
}

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    let repeats: u64 = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut table: BTreeMap<(String, u8), [usize; 4]> = BTreeMap::new();
    for seed in 0..repeats {
        for (kind, name, state, real, fake) in cases(&only, seed) {
            let started = std::time::Instant::now();
            let found = diagnose(fake.labelled(), Some(real.labelled()), &DiagnosisOptions::default()).unwrap();
            let right = match state {
                State::Healthy => found.verdict == Verdict::Healthy,
                State::Partly => found.verdict >= Verdict::Suspect,
                State::Collapsed => found.verdict == Verdict::Collapsed,
            };
            let cell = table.entry((kind.clone(), state as u8)).or_default();
            cell[0] += 1;
            cell[1] += usize::from(right);
            if !right || !only.is_empty() {
                let speaking: Vec<String> = found
                    .signals
                    .iter()
                    .filter(|signal| only.len() > 1 || signal.verdict > Verdict::Healthy || state != State::Healthy)
                    .map(|signal| {
                        format!(
                            "{}={:.3}(p {:.1e} e {:.2}{})",
                            signal.signal,
                            signal.value,
                            signal.p_value.unwrap_or(0.0),
                            signal.effect.value,
                            ["", "", " S", " C"][signal.verdict as usize]
                        )
                    })
                    .collect();
                println!(
                    "{} {kind} {name} [{state:?}] {} {:?} {:.1}s {}",
                    if right { "ok  " } else { "MISS" },
                    found.verdict,
                    found.headline,
                    started.elapsed().as_secs_f64(),
                    speaking.join(" ")
                );
            }
        }
    }
    for ((kind, state), [all, right, ..]) in &table {
        println!("{kind:<12} {:<10} {right} of {all}", ["healthy", "partly", "collapsed"][*state as usize]);
    }
    for state in 0..3 {
        let sum = table
            .iter()
            .filter(|((_, found), _)| *found == state)
            .fold([0, 0], |sum, (_, cell)| [sum[0] + cell[0], sum[1] + cell[1]]);
        println!("{:<12} {:<10} {} of {}", "all", ["healthy", "partly", "collapsed"][state as usize], sum[1], sum[0]);
    }
}

type Case = (String, String, State, Set, Set);

fn cases(only: &str, seed: u64) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut draw = Draw { stream: ChaCha8Rng::seed_from_u64(900 + seed) };
    let mut add = |kind: &str, name: String, state: State, real: Set, fake: Set| {
        if kind.contains(only) || name.contains(only) {
            cases.push((kind.to_owned(), name, state, real, fake));
        }
    };
    for (kind, centres, std) in [("ring", ring(8), 0.05), ("grid", grid(), 0.1)] {
        let all: Vec<usize> = (0..centres.len()).collect();
        for (real, fake) in [(20, 20), (50, 400), (200, 50), (1_000, 1_000), (5_000, 2_000), (100, 5_000)] {
            if kind == "grid" && real < 100 {
                continue;
            }
            let size = format!("{real}/{fake}");
            let labels = real == 1_000;
            let mut one = |state: State, what: &str, kept: &[usize], width: f64| {
                let reals = draw.mixture(real, &centres, &all, std, labels);
                let fakes = draw.mixture(fake, &centres, kept, std * width, labels);
                add(kind, format!("{what} {size}"), state, reals, fakes);
            };
            one(State::Healthy, "all", &all, 1.0);
            one(State::Healthy, "blurred 1.5", &all, 1.5);
            one(State::Healthy, "width 0.85", &all, 0.85);
            one(State::Collapsed, "half", &all[..centres.len() / 2], 1.0);
            one(State::Collapsed, "one", &all[..1], 1.0);
            one(State::Collapsed, "two", &[0, centres.len() / 2], 1.0);
            if real.min(fake) >= 200 {
                one(State::Partly, "lost 1/8", &all[centres.len() / 8..], 1.0);
                one(State::Partly, "lost 1/4", &all[centres.len() / 4..], 1.0);
                one(State::Partly, "narrow", &all, 0.25);
            }
        }
    }
    for columns in [2, 10, 64, 784] {
        for (real, fake) in [(20, 20), (60, 500), (300, 40), (800, 800), (3_000, 1_500)] {
            if columns == 784 && real > 800 {
                continue;
            }
            let origin = vec![vec![0.0; columns]];
            let size = format!("{columns}d {real}/{fake}");
            let mut one = |state: State, what: &str, std: f64| {
                let reals = draw.mixture(real, &origin, &[0], 1.0, false);
                let fakes = draw.mixture(fake, &origin, &[0], std, false);
                add("cloud", format!("{what} {size}"), state, reals, fakes);
            };
            one(State::Healthy, "same", 1.0);
            one(State::Healthy, "same again", 1.0);
            one(State::Healthy, "noisy 1.2", 1.2);
            one(State::Collapsed, "narrow .25", 0.25);
            one(State::Collapsed, "point .001", 0.001);
            if real.min(fake) >= 40 {
                one(State::Partly, "narrow .6", 0.6);
            }
            let reals = draw.mixture(real, &origin, &[0], 1.0, false);
            let few = draw.mixture(fake.div_ceil(20), &origin, &[0], 1.0, false);
            let rows = few.values.len() / columns;
            let values: Vec<f32> = (0..fake)
                .flat_map(|row| few.values[row % rows * columns..(row % rows + 1) * columns].to_vec())
                .collect();
            let jitter: Vec<f32> = values.iter().map(|value| value + (1e-3 * draw.normal()) as f32).collect();
            add("repeats", format!("exact {size}"), State::Collapsed, reals, Set { values, columns, labels: None });
            let reals = draw.mixture(real, &origin, &[0], 1.0, false);
            add(
                "repeats",
                format!("near {size}"),
                State::Collapsed,
                reals,
                Set { values: jitter, columns, labels: None },
            );
        }
    }
    for columns in [16, 100, 784] {
        let centres: Vec<Vec<f64>> = (0..10).map(|_| (0..columns).map(|_| 1.5 * draw.normal()).collect()).collect();
        let all: Vec<usize> = (0..10).collect();
        for (real, fake) in [(50, 50), (400, 100), (1_000, 1_000)] {
            for labels in [false, true] {
                let size = format!("{columns}d {real}/{fake} {}", if labels { "labels" } else { "" });
                let mut one = |state: State, what: &str, kept: &[usize], std: f64| {
                    let reals = draw.mixture(real, &centres, &all, 1.0, labels);
                    let fakes = draw.mixture(fake, &centres, kept, std, labels);
                    add("modes", format!("{what} {size}"), state, reals, fakes);
                };
                one(State::Healthy, "all", &all, 1.0);
                one(State::Healthy, "noisy 1.3", &all, 1.3);
                one(State::Collapsed, "half", &all[..5], 1.0);
                one(State::Collapsed, "one", &all[..1], 1.0);
                one(State::Collapsed, "inside .1", &all, 0.1);
                if real.min(fake) >= 100 {
                    one(State::Partly, "8 of 10", &all[..8], 1.0);
                    one(State::Partly, "inside .6", &all, 0.6);
                }
            }
        }
    }
    table_cases(&mut draw, &mut add);
    if let Some(folder) = std::env::var_os("GANYMEDE_DATA") {
        digit_cases(&folder.to_string_lossy(), seed, &mut draw, &mut add);
    }
    cases
}

fn table_cases(draw: &mut Draw, add: &mut impl FnMut(&str, String, State, Set, Set)) {
    for rows in [100, 1_000, 3_000] {
        let mut table = |flaw: &str| {
            let mut values: Vec<f32> = Vec::new();
            for _ in 0..rows {
                let person = draw.stream.random_range(0..3_usize);
                let age = if flaw == "age" { 40.0 } else { 40.0 + 12.0 * draw.normal() };
                let scale = if flaw == "narrow" { 0.2 } else { 1.0 };
                let income = (10.0 + 0.6 * scale * draw.normal()).exp();
                let kind = if flaw == "kind" { 0.0 } else { person as f64 };
                let score = scale * draw.normal() + if flaw == "half" { 0.0 } else { 2.0 * person as f64 };
                let time = 1.7e6 + 1e5 * draw.normal() * scale;
                let all = if flaw == "point" { [40.0, 2e4, 1.0, 2.0, 1.7e6] } else { [age, income, kind, score, time] };
                values.extend(all.map(|value| value as f32));
            }
            Set { values, columns: 5, labels: None }
        };
        for (flaw, state) in [
            ("", State::Healthy),
            ("", State::Healthy),
            ("age", State::Partly),
            ("kind", State::Partly),
            ("narrow", State::Partly),
            ("point", State::Collapsed),
        ] {
            let (real, fake) = (table("real"), table(flaw));
            add("table", format!("{flaw} {rows}"), state, real, fake);
        }
    }
    for name in ["index", "counts"] {
        let mut of = |flaw: bool| {
            let values: Vec<f32> = (0..1_000_u16)
                .flat_map(|row| {
                    let first = if flaw { 0.0 } else { draw.normal() };
                    let second = if name == "index" { f64::from(row) * 1e3 } else { (2.0 * draw.normal()).round() };
                    [first as f32, second as f32]
                })
                .collect();
            Set { values, columns: 2, labels: None }
        };
        let (real, same, flawed) = (of(false), of(false), of(true));
        let again = Set { values: real.values.clone(), columns: 2, labels: None };
        add("table", format!("{name} same"), State::Healthy, real, same);
        add("table", format!("{name} column gone"), State::Partly, again, flawed);
    }
}

fn digit_cases(folder: &str, seed: u64, draw: &mut Draw, add: &mut impl FnMut(&str, String, State, Set, Set)) {
    let read = |split: &str| {
        (
            idx(&format!("{folder}/mnist/{split}-images-idx3-ubyte.gz"), 16),
            idx(&format!("{folder}/mnist/{split}-labels-idx1-ubyte.gz"), 8),
        )
    };
    let (pixels, labels) = read("train");
    let start = (seed as usize * 7_919) % 30_000;
    let pick = |first: usize, count: usize, kept: &dyn Fn(u8) -> bool, with_labels: bool| {
        let rows: Vec<usize> = (first..labels.len()).filter(|row| kept(labels[*row])).take(count).collect();
        Set {
            values: rows
                .iter()
                .flat_map(|row| &pixels[row * 784..(row + 1) * 784])
                .map(|pixel| f32::from(*pixel) / 127.5 - 1.0)
                .collect(),
            columns: 784,
            labels: with_labels.then(|| rows.iter().map(|row| usize::from(labels[*row])).collect()),
        }
    };
    for (real, fake) in [(30, 30), (100, 400), (300, 100), (1_000, 1_000), (3_000, 89)] {
        for with_labels in [false, true] {
            let size = format!("{real}/{fake} {}", if with_labels { "labels" } else { "" });
            let mut one =
                |state: State, what: &str, kept: &dyn Fn(u8) -> bool, change: &dyn Fn(&mut Set, &mut Draw)| {
                    let mut fakes = pick(start + 9_000, fake, kept, with_labels);
                    change(&mut fakes, draw);
                    add("digits", format!("{what} {size}"), state, pick(start, real, &|_| true, with_labels), fakes);
                };
            let same = |_: &mut Set, _: &mut Draw| {};
            one(State::Healthy, "all", &|_| true, &same);
            one(State::Healthy, "noise .2", &|_| true, &|set, draw| {
                for value in &mut set.values {
                    *value += (0.2 * draw.normal()) as f32;
                }
            });
            one(State::Healthy, "blur", &|_| true, &|set, _| set.values = blurred(&set.values));
            one(State::Collapsed, "one", &|digit| digit == 1, &same);
            one(State::Collapsed, "three", &|digit| digit == 3, &same);
            one(State::Collapsed, "five", &|digit| digit < 5, &same);
            if real.min(fake) >= 89 {
                one(State::Partly, "eight", &|digit| digit < 8, &same);
            }
        }
    }
}

fn blurred(values: &[f32]) -> Vec<f32> {
    values
        .chunks_exact(784)
        .flat_map(|picture| {
            (0..784_usize).map(|place| {
                let (row, column) = (place / 28, place % 28);
                let mut sum = 0.0;
                for down in 0..3 {
                    for right in 0..3 {
                        let (row, column) = ((row + down).clamp(1, 28) - 1, (column + right).clamp(1, 28) - 1);
                        sum += picture[row * 28 + column];
                    }
                }
                sum / 9.0
            })
        })
        .collect()
}
