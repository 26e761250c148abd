//! The suite `memory-pictures`: the most memory that training on a large set of pictures takes.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::watch::{self, Memory, Watched};
use crate::bench::{
    cell::{Cell, Recipe},
    classified::{data_folder, places},
    markdown::aligned,
    report::{self, Run},
    results::write_results,
    suite::{Defaults, Outcome, Request, Suite},
};

pub(in crate::bench) static SUITE: Suite = Suite {
    name: "memory-pictures",
    title: "peak memory of training on large sets of pictures",
    about: "The peak of the resident memory of a DCGAN on MNIST's 60,000 digits (needs --data) and on 200,000 colour \
            pictures of 64 x 64, which the suite draws and keeps in bench/made (2.5 GB). Some minutes. Fails where a run \
            takes more than its limit. Linux only",
    defaults: Defaults { seeds: 1, steps: Some(8), jobs: Some(1) },
    rows: |_| Ok(ROWS.iter().map(|row| row.name.to_owned()).collect()),
    plan,
    report: |made| {
        let report = Report::of_runs(made, |run| Row::of(&run))?;
        write_results(made.out, &report, &report.page())?;
        Ok(Outcome { console: report.table(), complete: report.complete() })
    },
};

/// A set, and what training on it may take.
struct Limit {
    name: &'static str,
    what: &'static str,
    config: &'static str,
    data_bytes: u64,
    most_mib: f64,
}

/// The limits are those that the project sets itself: one byte a value of the data, and little more.
const ROWS: [Limit; 2] = [
    Limit {
        name: "mnist",
        what: "60,000 x 28 x 28 x 1, `configs/mnist.toml`",
        config: "configs/mnist.toml",
        data_bytes: 60_000 * 28 * 28,
        most_mib: 400.0,
    },
    Limit {
        name: "colour-64",
        what: "200,000 x 64 x 64 x 3, `configs/cifar10.toml` on an array of bytes",
        config: "configs/cifar10.toml",
        data_bytes: (PICTURES * VALUES) as u64,
        most_mib: 3_200.0,
    },
];

/// Pictures of the set that is drawn, and the values of each.
const PICTURES: usize = 200_000;
const SIDE: usize = 64;
const CHANNELS: usize = 3;
const VALUES: usize = SIDE * SIDE * CHANNELS;

/// Pictures are squares of one colour with this side: it is their size that matters here.
const SQUARE: usize = 8;

fn plan(request: &Request<'_>) -> Result<Vec<Cell>> {
    ensure!(Memory::of(std::process::id()).is_some(), "the suite `memory-pictures` needs Linux: it reads /proc");
    let recipe = |root: &Path, name: &str| {
        let row = ROWS.iter().find(|row| row.name == name).expect("rows are those of the suite");
        let recipe = Recipe::read(root, name, row.config.to_owned(), Vec::new())?;
        Ok(match name {
            "mnist" => Recipe { places: places(data_folder(request, "mnist")?, "mnist", "data"), ..recipe },
            _ => Recipe { places: vec![format!("data.path={}", quoted(&drawn(root)?))], ..recipe },
        })
    };
    Ok(request.cells_of(recipe)?.into_iter().map(|cell| cell.waiting_by(watch::watch)).collect())
}

fn quoted(path: &Path) -> toml::Value {
    toml::Value::String(path.display().to_string())
}

/// The file of the drawn set, made where it is not there yet.
fn drawn(root: &Path) -> Result<PathBuf> {
    let folder = root.join("bench/made");
    let (file, partial) = (folder.join("colour-64.npy"), folder.join("colour-64.npy.partial"));
    if !file.is_file() {
        println!("drawing {PICTURES} pictures to {} ...", file.display());
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let write = || -> std::io::Result<()> {
            write_pictures(BufWriter::with_capacity(1 << 20, File::create(&partial)?), PICTURES)?;
            fs::rename(&partial, &file)
        };
        write().with_context(|| format!("cannot write {} of {} bytes", file.display(), PICTURES * VALUES))?;
    }
    Ok(file)
}

/// Writes pictures as an array `[pictures, height, width, channels]` of bytes in numpy's format 1.0.
fn write_pictures(mut out: impl Write, pictures: usize) -> std::io::Result<()> {
    let shape = format!("({pictures}, {SIDE}, {SIDE}, {CHANNELS})");
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}");
    // The ten bytes before the header and the header fill whole blocks of 64 bytes; a line end closes it.
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header.push('\n');
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&u16::try_from(header.len()).expect("a short header").to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    let mut colours = ChaCha8Rng::seed_from_u64(0);
    let mut line = [0_u8; SIDE * CHANNELS];
    for _ in 0..pictures * SIDE / SQUARE {
        let mut squares = [0_u8; SIDE / SQUARE * CHANNELS];
        colours.fill_bytes(&mut squares);
        for (pixel, values) in line.chunks_exact_mut(CHANNELS).enumerate() {
            let square = pixel / SQUARE * CHANNELS;
            values.copy_from_slice(&squares[square..square + CHANNELS]);
        }
        for _ in 0..SQUARE {
            out.write_all(&line)?;
        }
    }
    out.flush()
}

/// The peak of one run.
#[derive(Serialize)]
struct Row {
    name: String,
    seed: u64,
    steps: u64,
    data_mib: f64,
    peak_mib: f64,
    limit_mib: f64,
}

impl Row {
    fn of(run: &Run<'_>) -> Result<Self> {
        let watched: Watched = run.json(watch::FILE)?;
        let limit = ROWS.iter().find(|row| row.name == run.name()).context("no such row")?;
        Ok(Self {
            name: limit.name.to_owned(),
            seed: run.cell.key.seed,
            steps: run.finished.summary.steps,
            data_mib: limit.data_bytes as f64 / f64::from(1 << 20),
            peak_mib: watched.peak_kib as f64 / 1024.0,
            limit_mib: limit.most_mib,
        })
    }
}

type Report = report::Report<Row>;

impl Report {
    /// Whether every run ended well and kept its limit.
    fn complete(&self) -> bool {
        self.all_ended_well() && self.rows.iter().all(|row| row.peak_mib <= row.limit_mib)
    }

    fn table(&self) -> String {
        let head = ["data", "seed", "steps", "data MiB", "peak MiB", "limit MiB", "kept"].map(str::to_owned).to_vec();
        let line = |row: &Row| {
            vec![
                row.name.clone(),
                row.seed.to_string(),
                row.steps.to_string(),
                format!("{:.0}", row.data_mib),
                format!("{:.0}", row.peak_mib),
                format!("{:.0}", row.limit_mib),
                (if row.peak_mib <= row.limit_mib { "yes" } else { "**no**" }).to_owned(),
            ]
        };
        aligned(&std::iter::once(head).chain(self.rows.iter().map(line)).collect::<Vec<_>>())
    }

    fn page(&self) -> String {
        let sets = ROWS.iter().map(|row| format!("- `{}`: {}.\n", row.name, row.what)).collect::<Vec<_>>().concat();
        let parts = [
            "# Bench `memory-pictures`: peak memory of training on large sets of pictures\n\n".to_owned(),
            self.table(),
            "\n".to_owned(),
            sets,
            HOW_TO_READ.to_owned(),
            self.foot(),
        ];
        parts.concat()
    }
}

const HOW_TO_READ: &str = "- Peak is the most that was ever resident (`VmHWM`, read from outside while the run goes on): reading the set, training, the
  detector's looks, the evaluation and the summary at the end. The steps are few, since memory does not grow with them; the
  suite `memory` shows that.
";

#[cfg(test)]
mod tests {
    use super::{CHANNELS, ROWS, Report, Row, VALUES, write_pictures};

    #[test]
    fn the_drawn_set_is_an_array_of_bytes_that_differ() {
        let mut bytes = Vec::new();
        write_pictures(&mut bytes, 3).unwrap();
        let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert!(header.is_multiple_of(64) && bytes[header - 1] == b'\n', "{header}");
        let words = std::str::from_utf8(&bytes[10..header]).unwrap();
        assert!(words.contains("'descr': '|u1'") && words.contains("(3, 64, 64, 3)"), "{words}");
        let values = &bytes[header..];
        assert_eq!(values.len(), 3 * VALUES);
        assert_ne!(values[..VALUES], values[VALUES..2 * VALUES]);
        assert_eq!(values[..CHANNELS], values[7 * CHANNELS..8 * CHANNELS], "one square");
        assert_ne!(values[..CHANNELS], values[8 * CHANNELS..9 * CHANNELS], "the next");
    }

    #[test]
    fn a_run_above_its_limit_is_told_and_fails_the_suite() {
        let row = |peak_mib| Row {
            name: ROWS[0].name.to_owned(),
            seed: 0,
            steps: 8,
            data_mib: 45.0,
            peak_mib,
            limit_mib: ROWS[0].most_mib,
        };
        let report = |peak| Report { sittings: Vec::new(), rows: vec![row(peak)], failed: Vec::new() };
        assert!(report(399.0).complete() && report(399.0).table().contains("yes"));
        assert!(!report(401.0).complete() && report(401.0).table().contains("**no**"));
    }
}
