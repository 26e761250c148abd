//! The report for a person at a terminal.

use std::fmt::Write;
use std::path::PathBuf;

use ganymede_metrics::{BinDiagnosis, ClassDiagnosis, Diagnosis, Verdict};

use super::advice::Advice;

/// Missing parts and notes that are told; how many more there are is said.
const MOST_LINES: usize = 3;

/// Classes that are named in a line.
const MOST_CLASSES: usize = 20;

/// Values of a center that fit into a line.
const MOST_COORDINATES: usize = 4;

/// The whole report, some forty lines at most.
pub(crate) fn report(diagnosis: &Diagnosis, notes: &[String], advice: &[Advice], pictures: &[PathBuf]) -> String {
    let mut text = verdict(diagnosis);
    text.push('\n');
    text.push_str(&table(diagnosis));
    text.push_str(&parts(diagnosis));
    text.push_str(&classes(diagnosis.per_class.as_deref().unwrap_or_default()));
    for path in pictures {
        let _ = writeln!(text, "picture: {}", path.display());
    }
    let notes: Vec<&String> = notes.iter().chain(&diagnosis.notes).collect();
    for note in notes.iter().take(MOST_LINES) {
        let _ = writeln!(text, "note: {note}");
    }
    if notes.len() > MOST_LINES {
        let _ = writeln!(text, "  and {} more notes; --json has all", notes.len() - MOST_LINES);
    }
    text.push_str(&next(advice));
    text
}

/// The verdict and why.
fn verdict(diagnosis: &Diagnosis) -> String {
    let mut text = format!("{}: {}\n", diagnosis.verdict, diagnosis.headline);
    for reason in diagnosis.reasons.iter().chain(&diagnosis.quality) {
        let _ = writeln!(text, "  {reason}");
    }
    text
}

/// A figure, fake and real, and what is healthy.
type Row = (&'static str, Option<String>, Option<String>, String);

/// The numbers, fake beside real, with what is healthy.
fn table(diagnosis: &Diagnosis) -> String {
    let real = diagnosis.real;
    let number = |value: Option<f64>| value.map(figure);
    let limit = |signal: &str| {
        let null = diagnosis.signals.iter().find(|found| found.signal == signal).and_then(|found| found.null);
        null.map_or(String::new(), |[low, _]| format!(", above {low:.2}"))
    };
    let count = |value: usize| Some(value.to_string());
    let support = if diagnosis.support_size_is_lower_bound { "above " } else { "" };
    let both = |first: Option<f64>, second: Option<f64>| {
        first.zip(second).map(|(first, second)| format!("{first:.2}, {second:.2}"))
    };
    let rows: Vec<Row> = vec![
        ("samples", count(diagnosis.samples), real.and_then(|real| count(real.samples)), "some hundred or more".into()),
        ("mean", number(Some(diagnosis.mean)), number(real.map(|real| real.mean)), "as real".into()),
        (
            "std",
            number(Some(diagnosis.std)),
            number(real.map(|real| real.std)),
            ratio(diagnosis.std_ratio, &limit("std_ratio")),
        ),
        (
            "mean pairwise distance",
            number(Some(diagnosis.mean_pairwise_distance)),
            number(real.map(|real| real.mean_pairwise_distance)),
            ratio(diagnosis.distance_ratio, &limit("distance_ratio")),
        ),
        (
            "Vendi score",
            number(diagnosis.vendi),
            number(real.and_then(|real| real.vendi)),
            ratio(diagnosis.vendi_ratio, &limit("vendi_ratio")),
        ),
        ("kept share of the data", number(diagnosis.kept_share), None, format!("1{}", limit("kept_share"))),
        (
            "precision and density",
            both(diagnosis.precision, diagnosis.density),
            None,
            "near 1, 0.6 in many dimensions".into(),
        ),
        (
            "recall and coverage",
            both(diagnosis.recall, diagnosis.coverage),
            None,
            diagnosis
                .expected_coverage
                .map_or(String::new(), |expected| format!("coverage near {expected:.2}{}", limit("coverage"))),
        ),
        (
            "different bins",
            diagnosis.ndb.zip(diagnosis.ndb_bins).map(|(ndb, bins)| format!("{ndb} of {bins}")),
            None,
            diagnosis.ndb_bins.zip(diagnosis.ndb_js).map_or(String::new(), |(bins, divergence)| {
                format!("about {}; Jensen-Shannon {divergence:.3}: near 0", bins.div_ceil(20))
            }),
        ),
        ("Frechet distance", number(diagnosis.frechet), None, "near 0".into()),
        ("kernel distance", number(diagnosis.kernel_distance), None, "near 0".into()),
        ("sliced Wasserstein", number(diagnosis.sliced_wasserstein), None, "near 0".into()),
        ("size of the support", Some(format!("{support}{:.0}", diagnosis.support_size)), None, "many".into()),
    ];
    let mut text = format!("{:<24}{:>13}{:>13}   healthy\n", "", "fake", "real");
    for (name, fake, real, healthy) in rows {
        let Some(fake) = fake else { continue };
        let line = format!("{name:<24}{fake:>13}{:>13}   {healthy}", real.unwrap_or_default());
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// A ratio with its limit.
fn ratio(ratio: Option<f64>, limit: &str) -> String {
    ratio.map_or(String::new(), |ratio| format!("ratio {ratio:.2}: near 1{limit}"))
}

/// A number in some seven letters.
fn figure(value: f64) -> String {
    if value == 0.0 || (0.001..100_000.0).contains(&value.abs()) {
        format!("{value:.4}")
    } else {
        format!("{value:.2e}")
    }
}

/// Which parts of the real data are missing, and which come too often.
fn parts(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    let [real_rows, fake_rows] = diagnosis.bin_rows.unwrap_or_default();
    let all = diagnosis.parts.unwrap_or(0);
    for (what, bins, most) in
        [("missing", &diagnosis.missing_bins, MOST_LINES), ("over-represented", &diagnosis.over_represented_bins, 1)]
    {
        if bins.is_empty() {
            continue;
        }
        let count = bins.len();
        let _ = writeln!(
            text,
            "{what}: {count} of {all} parts of the data, counted on {real_rows} real and {fake_rows} fake"
        );
        for bin in bins.iter().take(most) {
            let _ = writeln!(text, "  {}", part(bin));
        }
        if count > most {
            let _ = writeln!(text, "  and {} more{}", count - most, labels(bins));
        }
    }
    text
}

/// The classes of parts, the most frequent first, where they are known.
fn labels(bins: &[BinDiagnosis]) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for label in bins.iter().filter_map(|bin| bin.label) {
        *counts.entry(label).or_insert(0_usize) += 1;
    }
    if counts.is_empty() {
        return "; --json has all".to_owned();
    }
    let mut counts: Vec<(usize, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(label, count)| (std::cmp::Reverse(*count), *label));
    let shown = counts.iter().take(MOST_CLASSES).map(|(label, count)| format!("{label} ({count})"));
    format!("; in all, of the classes {}", shown.collect::<Vec<_>>().join(", "))
}

/// One part: its counts and where it is.
fn part(bin: &BinDiagnosis) -> String {
    let place = if bin.center.len() <= MOST_COORDINATES {
        let center: Vec<String> = bin.center.iter().map(|value| format!("{value:.3}")).collect();
        format!("around ({})", center.join(", "))
    } else {
        let rows: Vec<String> = bin.nearest_real.iter().take(MOST_COORDINATES).map(ToString::to_string).collect();
        format!("such as the real samples {}", rows.join(", "))
    };
    let class = bin.label.map_or(String::new(), |label| format!(", mostly class {label}"));
    format!("part {}: {} real, {} fake, {place}{class}", bin.bin, bin.real, bin.fake)
}

/// Which classes are not healthy.
fn classes(classes: &[ClassDiagnosis]) -> String {
    let mut text = String::new();
    let listed = |wanted: &dyn Fn(&ClassDiagnosis) -> bool| {
        let found = classes.iter().filter(|class| wanted(class));
        found.map(|class| class.class.to_string()).collect::<Vec<_>>()
    };
    let sick = |verdict| move |class: &ClassDiagnosis| !class.missing && class.verdict == Some(verdict);
    for (what, found) in [
        ("missing", listed(&|class| class.missing)),
        ("collapsed inside", listed(&sick(Verdict::Collapsed))),
        ("suspect inside", listed(&sick(Verdict::Suspect))),
        ("not judged", listed(&|class| class.verdict.is_none())),
    ] {
        if !found.is_empty() {
            let shown = found.iter().take(MOST_CLASSES).cloned().collect::<Vec<_>>().join(", ");
            let rest = if found.len() > MOST_CLASSES { ", ..." } else { "" };
            let _ = writeln!(text, "classes {what}: {} of {}: {shown}{rest}", found.len(), classes.len());
        }
    }
    text
}

/// What to try.
fn next(advice: &[Advice]) -> String {
    let mut text = String::new();
    for (index, advice) in advice.iter().take(2).enumerate() {
        let build = if advice.in_build { String::new() } else { format!(" (add --features {})", advice.strategy) };
        let lead = if index == 0 { "try next" } else { "or" };
        let _ = writeln!(text, "{lead}: {}{build}: {}", advice.strategy, advice.why);
        for line in advice.config.lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
    for advice in advice.iter().skip(2) {
        let _ = writeln!(text, "or: {}: {}", advice.strategy, advice.why);
    }
    text
}
