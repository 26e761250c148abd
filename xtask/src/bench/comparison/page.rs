//! `results.md` of a comparison: the table, what it means, and where it comes from.
#![expect(clippy::format_push_string, reason = "these texts are small")]

use super::{
    super::{
        aggregate::MetricEstimates,
        markdown::{aligned, builds, estimate, failures, origin},
        reported::Reported,
    },
    Report,
};

/// The whole page; `pictures` are files beside it.
pub(super) fn page(report: &Report, pictures: &[&str]) -> String {
    let mut text = format!("# Bench `{}`: {}\n\n", report.suite, report.title);
    text += &caption(report);
    text += "\n\n";
    text += &table(report);
    text += "\n";
    if report.counterparts.iter().any(Option::is_some) {
        text += BESIDE;
        text += &beside(report);
        text += "\n";
    }
    for picture in pictures {
        text += &format!("![{}]({picture})\n", picture.trim_end_matches(".svg"));
    }
    text += "\n## How to read it\n\n";
    text += HOW_TO_READ;
    text += &timing(report);
    text += &failures(&report.failed);
    if !report.reported_elsewhere.is_empty() {
        text += "\n## Reported elsewhere\n\n";
        text += "Not run here: the figures of other tables for this data. PacGAN's rows follow the same protocol at \
                 400,000 steps over 10 seeds, ± the standard error; the others differ in networks and training.\n\n";
        text += &elsewhere(report);
    }
    text + &origin(&report.sittings)
}

/// Every strategy beside real samples.
pub(super) fn table(report: &Report) -> String {
    let total = report.oracle.modes_total.map_or(String::new(), |total| format!(" of {total}"));
    let mut rows = vec![
        [
            "strategy".to_owned(),
            "n".to_owned(),
            format!("modes{total} (>= 1 sample)"),
            format!("modes{total} (>= 20)"),
            "runs with all modes (>= 20)".to_owned(),
            "high quality %".to_owned(),
            "own spread".to_owned(),
            "offset".to_owned(),
            "reverse KL".to_owned(),
            "steps a second".to_owned(),
            "cost of a step".to_owned(),
        ]
        .to_vec(),
    ];
    let samples = |metrics: &MetricEstimates, n: usize| {
        vec![
            estimate(metrics.modes_covered, 2),
            estimate(metrics.modes_covered_20, 2),
            metrics.runs_with_all_modes_20.map_or("-".to_owned(), |full| format!("{full} of {n}")),
            estimate(metrics.high_quality_percent, 1),
            estimate(metrics.mode_spread_median, 2),
            estimate(metrics.mode_offset_median, 2),
            estimate(metrics.reverse_kl, 4),
        ]
    };
    for row in &report.aggregates {
        let mut cells = vec![row.strategy.clone(), row.n.to_string()];
        cells.extend(samples(&row.metrics, row.n));
        let fewer = row.cost.filter(|cost| cost.n < row.n).map_or(String::new(), |cost| format!(" (n {})", cost.n));
        cells.extend([estimate(row.steps_per_second, 1), estimate(row.cost, 2) + &fewer]);
        rows.push(cells);
    }
    let n = report.oracle.reverse_kl.or(report.oracle.std_ratio).map_or(0, |estimate| estimate.n);
    let mut cells = vec!["real samples (oracle)".to_owned(), n.to_string()];
    cells.extend(samples(&report.oracle, n));
    cells.extend(["-".to_owned(), "-".to_owned()]);
    rows.push(cells);
    aligned(&rows)
}

const HOW_TO_READ: &str = "\
- ± is the standard error over the n seeds, 0 to n - 1.
- High quality: within 3 standard deviations of the nearest mode. Real samples reach 98.9 % in two dimensions; more means
  shrunken modes, not quality. The oracle row is the same metric on as many real samples.
- Own spread: the deviation of a mode's high-quality samples about their own mean, in the data's standard deviations; offset:
  how far that mean lies from the true centre, in the same unit. Medians over the modes with at least 20 such samples.
- Reverse KL: from the histogram of high-quality samples over the modes to the uniform one. It has a floor from sampling alone:
  the oracle's.
- One sample is not a mode: the first count is the literature's, the second asks for 20 samples.
- Cost of a step: seconds a step over the baseline's, seed by seed.
";

fn caption(report: &Report) -> String {
    let runs = report.rows.len();
    match (report.steps, report.configured_steps) {
        (Some(steps), Some(configured)) if i64::try_from(steps).is_ok_and(|steps| steps < configured) => {
            format!("**Shortened: {runs} runs of {steps} steps each instead of the protocol's {configured}.**")
        }
        (Some(steps), Some(configured)) if i64::try_from(steps) != Ok(configured) => {
            format!("{runs} runs of {steps} steps each instead of the configuration's {configured}.")
        }
        (Some(steps), _) => format!("{runs} runs of {steps} steps each."),
        (None, _) => format!("{runs} runs, not all of the same number of steps."),
    }
}

/// What the times can be compared with, and what they cannot.
fn timing(report: &Report) -> String {
    let sittings = report.sittings.len();
    let text = match report.sittings.first() {
        Some(sitting) if sittings == 1 => format!(
            "- All runs were made in one sitting on one machine, {} side by side, one compute thread each, seed by seed with \
             all strategies of a seed next to each other: a slow spell of the machine hits them alike.\n",
            sitting.side_by_side
        ),
        _ => format!(
            "- The runs come from {sittings} sittings. A cost is taken only between runs of the same sitting and seed: (n 2) says \
             that only two of a row's runs had their baseline beside them, \"-\" that none had; give a fresh `--out` to time all \
             together. Steps a second mix sittings.\n"
        ),
    };
    text + &builds(&report.sittings)
}

/// Our rows and the paper's, figure by figure.
fn beside(report: &Report) -> String {
    let head =
        ["strategy", "paper's name", "modes", "reported", "high quality %", "reported", "reverse KL", "reported"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (row, reported) in report.aggregates.iter().zip(&report.counterparts) {
        let theirs = |read: fn(&Reported) -> &'static str| reported.as_ref().map_or("-", read).to_owned();
        rows.push(vec![
            row.strategy.clone(),
            theirs(|row| row.method),
            estimate(row.metrics.modes_covered, 1),
            theirs(|row| row.modes),
            estimate(row.metrics.high_quality_percent, 1),
            theirs(|row| row.high_quality_percent),
            estimate(row.metrics.reverse_kl, 2),
            theirs(|row| row.reverse_kl),
        ]);
    }
    aligned(&rows)
}

const BESIDE: &str = "\
## Beside the paper's

PacGAN's figures (Lin et al. 2018, table 1) are of 400,000 steps and 10 runs, ± the standard error; \"-\" where we know of none.
Networks, data, optimisers and batches of 100 packs are the same, and both networks learn at once from the same batch and noise.
Different: the paper keeps the packs of its fixed set together, here an epoch packs anew; and the generator's batch norm sees
all samples of a batch at once, in the paper one sample of each pack.
A step of packing m takes m times as many samples as the plain GAN's, hence its cost.

";

fn elsewhere(report: &Report) -> String {
    let mut rows = vec![["method", "modes", "high quality %", "reverse KL", "source"].map(str::to_owned).to_vec()];
    let cells = report.reported_elsewhere.iter().map(|row| {
        [row.method, row.modes, row.high_quality_percent, row.reverse_kl, row.source].map(str::to_owned).to_vec()
    });
    rows.extend(cells);
    aligned(&rows)
}
