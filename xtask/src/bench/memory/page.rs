//! `results.md` of the suite `memory`.
#![expect(clippy::format_push_string, reason = "these texts are small")]

use super::{
    super::markdown::aligned,
    MOST_WATCHING, PICTURE, Report, Row,
    growth::{Growth, LIMIT_MIB, Verdict, steps_between},
};

pub(super) fn page(report: &Report) -> String {
    let mut text = "# Bench `memory`: does long work stay flat?\n\n".to_owned();
    text += &table(report);
    let remarks = remarks(report);
    if !remarks.is_empty() {
        text += &format!("\n{remarks}");
    }
    if !report.rows.is_empty() {
        text += &format!("\n![resident memory over the steps]({PICTURE})\n");
    }
    text += "\n## How to read it\n\n";
    text += &how_to_read(report);
    text + &report.foot()
}

pub(super) fn table(report: &Report) -> String {
    let head = [
        "run",
        "steps",
        "early MiB",
        "late MiB",
        "growth MiB",
        "bytes a step",
        "flat",
        "peak MiB",
        "records, bytes per 1,000 steps",
        "run folder KiB",
        "evaluation, records, checkpoints",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(report.rows.iter().map(line));
    aligned(&rows)
}

fn line(row: &Row) -> Vec<String> {
    let of_growth = |text: fn(&Growth) -> String| row.growth.as_ref().map_or("-".to_owned(), text);
    let flat = match row.verdict {
        Verdict::Flat => "yes",
        Verdict::Grows => "**no**",
        Verdict::Unsettled | Verdict::Unknown => "unknown",
    };
    vec![
        row.name(),
        row.steps.to_string(),
        of_growth(|growth| format!("{:.1}", growth.early_mib)),
        of_growth(|growth| format!("{:.1}", growth.late_mib)),
        of_growth(|growth| format!("{:+.2}", growth.difference_mib)),
        of_growth(|growth| format!("{:+.1}", growth.bytes_per_step)),
        flat.to_owned(),
        format!("{:.1}", row.peak_mib),
        format!("{:.0}", row.records_bytes_per_1000_steps),
        format!("{:.0}", row.folder_bytes as f64 / 1024.0),
        row.watching_share.map_or("-".to_owned(), |share| format!("{:.1} %", 100.0 * share)),
    ]
}

/// What to do about runs that are not flat, and which watch themselves for too long; a line each.
pub(super) fn remarks(report: &Report) -> String {
    let mut text = String::new();
    for row in &report.rows {
        let (name, folder) = (row.name(), &row.folder);
        match (row.verdict, &row.growth) {
            (Verdict::Unknown, _) => {
                text += &format!("- {name} was over after {} looks, too few to tell; give more --steps.\n", row.looks);
            }
            (Verdict::Unsettled, Some(growth)) => {
                text += &format!(
                    "- {name} shrank by {:.1} MiB, so it was still warming up when its early memory was taken; give more \
                     --steps.\n",
                    -growth.difference_mib
                );
            }
            (Verdict::Grows, Some(growth)) => {
                text += &format!(
                    "- {name} grows by {:.1} MiB, {LIMIT_MIB} MiB or more. Once that is mended, remove {folder} or give a fresh \
                     --out: finished runs are not made again.\n",
                    growth.difference_mib
                );
            }
            (Verdict::Grows | Verdict::Unsettled | Verdict::Flat, _) => {}
        }
    }
    let longest = report.rows.iter().filter_map(|row| row.watching_share).fold(0.0, f64::max);
    let over = report.rows.iter().filter(|row| row.watching_share.is_some_and(|share| share > MOST_WATCHING)).count();
    if over > 0 {
        text += &format!(
            "- {over} of {} runs spend more than {:.0} % of the time on evaluation, records and checkpoints, up to {:.0} %.\n",
            report.rows.len(),
            100.0 * MOST_WATCHING,
            100.0 * longest
        );
    }
    text
}

fn how_to_read(report: &Report) -> String {
    let steps = report.rows.iter().map(|row| row.steps).max().unwrap_or(super::STEPS);
    let finest = LIMIT_MIB * f64::from(1 << 20) / steps_between(steps);
    format!(
        "\
- Every run is `configs/STRATEGY.toml` (the baseline `configs/ring.toml`) with small networks and batches, so that steps are
  cheap, and with evaluation, detector, records and checkpoints as they are by default. The program's resident memory
  (`VmRSS`) is read from outside while it runs, together with the step that its records have come to.
- *Early* is the median over the third tenth of the steps, *late* that over the last tenth. By the third tenth buffers are
  full and the allocator has settled; both tenths are equally long, so that both see their share of evaluations and
  checkpoints. *Growth* is the difference, *bytes a step* the same over the steps between the two.
- *Flat* is growth below {LIMIT_MIB} MiB. The allocator keeps freed pages for a while, more of them at one time than at
  another, which made up to 6 MiB in runs of 100,000 and of 400,000 steps that leak nothing. In {steps} steps the limit finds
  a leak of {finest:.0} bytes a step or more, in longer runs a smaller one. `MIMALLOC_PURGE_DELAY=0` in the environment keeps
  no pages and tells a leak from the allocator's store. A run that shrinks by {LIMIT_MIB} MiB was still warming up.
- *Peak* is the most that was ever resident (`VmHWM`). The run's folder is measured when the run has ended.
- The last column is `evaluation_seconds` over it and `seconds`. It should be at most {:.0} % where steps cost what they do in
  real work; here they cost next to nothing, which makes the share as large as it gets. It does not decide anything.
- The looks themselves lie in `memory.json` in the folder of each run.
",
        100.0 * MOST_WATCHING
    )
}
