//! `results.md` of the suite `verdicts`.
#![expect(clippy::format_push_string, reason = "these texts are small")]

use super::{
    super::markdown::{aligned, origin},
    Promise, Report, Row,
};

pub(super) fn page(report: &Report) -> String {
    let mut text = "# Bench `verdicts`: is the diagnosis right on samples whose state is known?\n\n".to_owned();
    text += &table(report);
    text += &promises(report);
    text += "\n## How to read it\n\n";
    text += HOW_TO_READ;
    let wrong: Vec<&Row> = report.rows.iter().filter(|row| !row.right).collect();
    text += &format!("\n## What was wrong: {} of {}\n\n", wrong.len(), report.rows.len());
    text += if wrong.is_empty() { "Nothing.\n" } else { "" };
    for row in wrong {
        text += &miss(row);
    }
    if !report.published_pictures {
        text += "\n**Left out: the cases on MNIST and Fashion-MNIST, since `GANYMEDE_DATA` was not set.**\n";
    }
    text += &format!("\n{:.0} seconds for all.\n", report.seconds);
    text + &origin(std::slice::from_ref(&report.sitting))
}

/// The tables and the names of what was wrong.
pub(super) fn console(report: &Report) -> String {
    let wrong: String = report.rows.iter().filter(|row| !row.right).map(miss).collect();
    table(report) + &promises(report) + "\n" + &wrong
}

fn table(report: &Report) -> String {
    let title = ["the fakes are", "n", "right is", "right", "95 % interval", "verdicts given"];
    let mut rows = vec![title.map(str::to_owned).to_vec()];
    for one in &report.kinds {
        let found: Vec<String> = one.found.iter().map(|(word, count)| format!("{count} {word}")).collect();
        let cells = [
            one.kind.words().to_owned(),
            one.cases.to_string(),
            one.kind.expected().join(" or "),
            percent(one.right as f64 / one.cases as f64),
            interval(one.interval),
            found.join(", "),
        ];
        rows.push(cells.to_vec());
    }
    aligned(&rows)
}

/// The figures that are promised.
fn promises(report: &Report) -> String {
    let line = |promise: &Promise| {
        let (share, bounds) = (percent(promise.right as f64 / promise.cases.max(1) as f64), interval(promise.interval));
        let least = percent(promise.least);
        let kept = if promise.kept { "kept" } else { "**not kept**" };
        format!(
            "- {}: {} of {}, {share} ({bounds}); at least {least}: {kept}\n",
            promise.name, promise.right, promise.cases
        )
    };
    format!("\n{}", report.promises.iter().map(line).collect::<String>())
}

fn miss(row: &Row) -> String {
    let because = if row.because.is_empty() { "no signal spoke".to_owned() } else { row.because.join("; ") };
    format!(
        "- {} (seed {}): **{}** instead of {}. {because}\n",
        row.name,
        row.seed,
        row.found,
        row.expected.join(" or ")
    )
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn interval([low, high]: [f64; 2]) -> String {
    format!("{:.1} to {:.1} %", 100.0 * low, 100.0 * high)
}

const HOW_TO_READ: &str = "\
- Every case is drawn by code: a kind of data, what is wrong with the fake samples, the rows of either set, with or without
  labels. The name says all of it. What is right follows from what was done to the samples, not from any figure.
- Half of the data or more lost: `collapsed`. A tenth to two fifths lost, or a third of the samples one and the same: at
  least `suspect`. Samples that cover the data and are blurred, noisy, moved or in other shares: not `collapsed`.
- The sizes are such that a test which knew the parts would be certain of every loss.
- Intervals are Wilson's at 95 %.
";
