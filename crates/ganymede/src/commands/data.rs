//! `ganymede data`: looks at sets of samples, and packs pictures.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use ganymede_core::data::{LabelledSamples, Labels, Values};
use ganymede_files::{ReadOptions, SampleSet, read_samples, write_zip};

use crate::arguments::{DataCommand, InspectArguments, PackArguments, SetArguments};
use crate::failure::{Failure, OrFailure, Outcome, print};
use crate::report::picture::grid::Grid;
use crate::system::atomic::{check_output_of, store};

/// Classes that are listed with their counts.
const LISTED: usize = 12;

/// Rows and columns of a grid without classes; the pictures of it are spread over the set.
const GRID: usize = 10;

pub(crate) fn data(command: &DataCommand) -> Outcome<()> {
    match command {
        DataCommand::Inspect(arguments) => inspect(arguments),
        DataCommand::Pack(arguments) => pack(arguments),
    }
}

fn inspect(arguments: &InspectArguments) -> Outcome<()> {
    if let Some(out) = &arguments.out {
        check_output_of("png", "--out", out, &inputs(&arguments.set))?;
    }
    let set = read(&arguments.set)?;
    print(&describe(&arguments.set.path, &set))?;
    match &arguments.out {
        None => Ok(()),
        Some(out) => store(out, &grid(out, &set.contents)?),
    }
}

fn pack(arguments: &PackArguments) -> Outcome<()> {
    check_output_of("zip", "--out", &arguments.out, &inputs(&arguments.set))?;
    let set = read(&arguments.set)?;
    write_zip(&arguments.out, &set.contents).or_refuse()?;
    let size = std::fs::metadata(&arguments.out).or_fail()?.len();
    let mut text = describe(&arguments.set.path, &set);
    let _ = writeln!(text, "packed: {}, {:.1} MB", arguments.out.display(), size as f64 / 1e6);
    print(&text)
}

fn read(arguments: &SetArguments) -> Outcome<SampleSet> {
    let labels = arguments.labels.as_ref().map(|labels| std::path::absolute(labels).unwrap_or_else(|_| labels.clone()));
    read_samples(&arguments.path, &ReadOptions { labels, ..arguments.reading.options()? }).or_refuse()
}

/// The files that a set is read from.
fn inputs(set: &SetArguments) -> Vec<&Path> {
    [&set.path].into_iter().chain(&set.labels).map(PathBuf::as_path).collect()
}

/// What a set is, in lines.
fn describe(path: &Path, set: &SampleSet) -> String {
    let LabelledSamples { samples, labels, columns } = &set.contents;
    let shape = samples.shape;
    let what = if shape.is_point() {
        format!("points of {shape}")
    } else {
        format!("pictures of {shape} (height, width, channels)")
    };
    let mut text = format!("{}: {} {what}\n", path.display(), samples.rows());
    // Writing to a text cannot fail.
    let _ = writeln!(text, "values: {}", describe_values(&samples.values));
    if let Some(columns) = columns {
        let _ = writeln!(text, "columns: {}", columns.join(", "));
    }
    let _ = match labels {
        None => writeln!(text, "classes: none"),
        Some(labels) => writeln!(text, "classes: {}", describe_counts(labels)),
    };
    for line in &set.report {
        let _ = writeln!(text, "read: {line}");
    }
    text
}

/// The kind of the values, their range, mean and standard deviation.
fn describe_values(values: &Values) -> String {
    match values {
        Values::Bytes(bytes) => {
            let mut counts = [0_u64; 256];
            for byte in bytes {
                counts[usize::from(*byte)] += 1;
            }
            let total = bytes.len() as f64;
            let moment = |power: i32, about: f64| {
                let terms = (0..256_u16)
                    .zip(counts)
                    .map(|(value, count)| (f64::from(value) - about).powi(power) * count as f64);
                terms.sum::<f64>() / total
            };
            let mean = moment(1, 0.0);
            let (low, high) = (counts.iter().position(|count| *count > 0), counts.iter().rposition(|count| *count > 0));
            format!(
                "bytes, {} to {}, mean {mean:.1}, standard deviation {:.1}",
                low.unwrap_or(0),
                high.unwrap_or(0),
                moment(2, mean).sqrt()
            )
        }
        Values::Floats(floats) => {
            let (mut low, mut high, mut count, mut mean, mut squares) =
                (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0.0, 0.0);
            // Welford's sums: the squares of values far from 0 would lose the digits.
            for number in floats.iter().map(|value| f64::from(*value)) {
                (low, high, count) = (low.min(number), high.max(number), count + 1.0);
                let before = number - mean;
                mean += before / count;
                squares += before * (number - mean);
            }
            let std = (squares / count).sqrt();
            format!("numbers, {low:.6} to {high:.6}, mean {mean:.4}, standard deviation {std:.4}")
        }
    }
}

/// The classes with the number of samples of each.
fn describe_counts(labels: &Labels) -> String {
    let counts = labels.counts();
    let shown: Vec<String> =
        labels.names.iter().zip(&counts).take(LISTED).map(|(name, count)| format!("{name:?} {count}")).collect();
    let more = if counts.len() > LISTED { format!(" and {} more", counts.len() - LISTED) } else { String::new() };
    format!("{}: {}{more}", counts.len(), shown.join(", "))
}

/// Some of the pictures: the first of each class, or a hundred from the whole set.
fn grid(out: &Path, set: &LabelledSamples) -> Outcome<Vec<u8>> {
    let shape = set.samples.shape;
    if shape.is_point() {
        let reason = format!("samples of {shape} are points; only pictures are drawn");
        return Err(Failure::refused(format!("--out {}: {reason}", out.display())));
    }
    let rows: Vec<usize> = if let Some(labels) = &set.labels {
        let mut left = vec![GRID; labels.names.len()];
        let chosen = labels.classes.iter().enumerate().filter(|(_, class)| {
            let is_wanted = left[**class] > 0;
            left[**class] = left[**class].saturating_sub(1);
            is_wanted
        });
        chosen.map(|(row, _)| row).collect()
    } else {
        let (all, shown) = (set.rows(), set.rows().min(GRID * GRID));
        (0..shown).map(|place| place * all / shown).collect()
    };
    let chosen = set.select(&rows);
    Grid {
        range: Grid::range_of(&set.samples.values),
        ..Grid::of_samples(&chosen.samples, shape, chosen.labels.as_deref())
    }
    .png()
}
