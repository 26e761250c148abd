//! Everything behind a verdict, for `--verbose`.

use std::fmt::Write;

use ganymede_metrics::{BinDiagnosis, ClassDiagnosis, Diagnosis, SignalDiagnosis, Verdict};

/// Missing parts that are listed; the rest are counted.
const MOST_LINES: usize = 3;

/// Classes that are named in a line.
const MOST_CLASSES: usize = 20;

/// Values of a center that fit into a line.
const MOST_COORDINATES: usize = 4;

/// Everything that stands behind a verdict: signals, figures, parts, classes.
pub(super) fn details(diagnosis: &Diagnosis, names: &[String]) -> String {
    let mut text = signals(&diagnosis.signals);
    text.push('\n');
    text.push_str(&table(diagnosis));
    text.push_str(&parts(diagnosis, names));
    text.push_str(&classes(diagnosis, names));
    text
}

/// Every signal beside its value for equally many real samples.
fn signals(signals: &[SignalDiagnosis]) -> String {
    let mut text =
        format!("{:<24}{:>11}{:>22}{:>10}{:>9}   verdict\n", "signal", "value", "real samples", "p", "effect");
    for signal in signals {
        let null = signal.null.map_or(String::new(), |[low, high]| format!("{} to {}", figure(low), figure(high)));
        let chance = signal.corrected_p_value.map_or(String::new(), |chance| format!("{chance:.1e}"));
        let _ = writeln!(
            text,
            "{:<24}{:>11}{null:>22}{chance:>10}{:>9.2}   {}",
            signal.signal,
            figure(signal.value),
            signal.effect.value,
            signal.verdict
        );
    }
    text.push_str(
        "p: the chance of such a value among equally many real samples, corrected for the number of signals\n",
    );
    text
}

/// A figure, fake and real, and what is healthy.
type Row = (&'static str, Option<String>, Option<String>, String);

/// The numbers, fake beside real, with what is healthy.
fn table(diagnosis: &Diagnosis) -> String {
    let real = diagnosis.real;
    let number = |value: Option<f64>| value.map(figure);
    let count = |value: usize| Some(value.to_string());
    let support = if diagnosis.support_size_is_lower_bound { "above " } else { "" };
    let both = |first: Option<f64>, second: Option<f64>| {
        first.zip(second).map(|(first, second)| format!("{first:.2}, {second:.2}"))
    };
    let rows: Vec<Row> = vec![
        ("samples", count(diagnosis.samples), real.and_then(|real| count(real.samples)), "some hundred or more".into()),
        ("mean", number(Some(diagnosis.mean)), number(real.map(|real| real.mean)), "as real".into()),
        ("std", number(Some(diagnosis.std)), number(real.map(|real| real.std)), ratio(diagnosis.std_ratio)),
        (
            "mean pairwise distance",
            number(Some(diagnosis.mean_pairwise_distance)),
            number(real.map(|real| real.mean_pairwise_distance)),
            ratio(diagnosis.distance_ratio),
        ),
        (
            "Vendi score",
            number(diagnosis.vendi),
            number(real.and_then(|real| real.vendi)),
            ratio(diagnosis.vendi_ratio),
        ),
        ("kept share of the data", number(diagnosis.kept_share), None, "1".into()),
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
            diagnosis.expected_coverage.map_or(String::new(), |expected| format!("coverage near {expected:.2}")),
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

/// A ratio to the real samples.
fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or(String::new(), |ratio| format!("ratio {ratio:.2}: near 1"))
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
fn parts(diagnosis: &Diagnosis, names: &[String]) -> String {
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
            let _ = writeln!(text, "  {}", part(bin, names));
        }
        if count > most {
            let _ = writeln!(text, "  and {} more{}", count - most, labels(bins, names));
        }
    }
    text
}

/// The classes of parts, the most frequent first, where they are known.
fn labels(bins: &[BinDiagnosis], names: &[String]) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for label in bins.iter().filter_map(|bin| bin.label) {
        *counts.entry(label).or_insert(0_usize) += 1;
    }
    if counts.is_empty() {
        return "; --json has all".to_owned();
    }
    let mut counts: Vec<(usize, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(label, count)| (std::cmp::Reverse(*count), *label));
    let shown = counts.iter().take(MOST_CLASSES).map(|(label, count)| format!("{} ({count})", name(*label, names)));
    format!("; in all, of the classes {}", shown.collect::<Vec<_>>().join(", "))
}

/// One part: its counts and where it is.
fn part(bin: &BinDiagnosis, names: &[String]) -> String {
    let place = if bin.center.len() <= MOST_COORDINATES {
        let center: Vec<String> = bin.center.iter().map(|value| format!("{value:.3}")).collect();
        format!("around ({})", center.join(", "))
    } else {
        let rows: Vec<String> = bin.nearest_real.iter().take(MOST_COORDINATES).map(ToString::to_string).collect();
        format!("such as the real samples {}", rows.join(", "))
    };
    let class = bin.label.map_or(String::new(), |label| format!(", mostly class {}", name(label, names)));
    format!("part {}: {} real, {} fake, {place}{class}", bin.bin, bin.real, bin.fake)
}

/// The name of a class, its number where it has none.
fn name(class: usize, names: &[String]) -> String {
    names.get(class).cloned().unwrap_or_else(|| class.to_string())
}

/// The classes that the fake samples lack, in a line; nothing where there are none.
pub(super) fn missing_classes(diagnosis: &Diagnosis, names: &[String]) -> String {
    classes_that("missing", diagnosis, names, |class| class.missing)
}

/// The classes whose fake samples are like those of others, in a line; nothing where there are none.
pub(super) fn misplaced_classes(diagnosis: &Diagnosis, names: &[String]) -> String {
    classes_that("whose samples look like those of others", diagnosis, names, |class| class.misplaced)
}

/// Which classes are not healthy.
fn classes(diagnosis: &Diagnosis, names: &[String]) -> String {
    let sick = |verdict| move |class: &ClassDiagnosis| !class.missing && class.verdict == Some(verdict);
    [
        missing_classes(diagnosis, names),
        misplaced_classes(diagnosis, names),
        classes_that("collapsed inside", diagnosis, names, sick(Verdict::Collapsed)),
        classes_that("suspect inside", diagnosis, names, sick(Verdict::Suspect)),
        classes_that("not judged", diagnosis, names, |class| class.verdict.is_none()),
    ]
    .concat()
}

/// A line with the classes that are wanted; nothing where there are none.
fn classes_that(
    what: &str,
    diagnosis: &Diagnosis,
    names: &[String],
    wanted: impl Fn(&ClassDiagnosis) -> bool,
) -> String {
    let all = diagnosis.per_class.as_deref().unwrap_or_default();
    let found: Vec<String> = all.iter().filter(|class| wanted(class)).map(|class| name(class.class, names)).collect();
    if found.is_empty() {
        return String::new();
    }
    let shown = found.iter().take(MOST_CLASSES).cloned().collect::<Vec<_>>().join(", ");
    let rest = if found.len() > MOST_CLASSES { ", ..." } else { "" };
    format!("classes {what}: {} of {}: {shown}{rest}\n", found.len(), all.len())
}
