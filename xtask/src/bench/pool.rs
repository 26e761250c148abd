//! Runs side by side, by the workers of the sweeps.

use std::{ops::ControlFlow, path::Path};

use ganymede_sweep::processes::side_by_side;

use super::{
    cell::{Cell, Failure},
    provenance::Sitting,
    summary::Summary,
};

/// Makes all `cells`, `jobs` at a time, prints a line as each ends, and returns those that failed.
///
/// An interrupt from the keyboard reaches this program and its children alike; what was moved to its place by then stays.
pub(crate) fn run_all(
    root: &Path,
    out: &Path,
    program: &Path,
    cells: &[Cell],
    sitting: &Sitting,
    jobs: usize,
) -> Vec<Failure> {
    let (mut failures, mut count) = (Vec::new(), 0);
    side_by_side(
        cells,
        jobs,
        |cell| cell.make(root, out, program, sitting),
        |cell, outcome, time| {
            count += 1;
            let name = format!("{} seed {}", cell.key.strategy, cell.key.seed);
            println!("[{count:>3}/{}] {}", cells.len(), progress_line(&outcome, &name, time.as_secs_f64()));
            failures.extend(outcome.err());
            ControlFlow::Continue(())
        },
    );
    failures
}

fn progress_line(outcome: &Result<Summary, Failure>, name: &str, seconds: f64) -> String {
    match outcome {
        Ok(summary) => {
            let metrics = &summary.metrics;
            let modes = match (metrics.modes_covered, metrics.modes_total) {
                (Some(covered), Some(total)) => format!("{covered} of {total} modes, "),
                _ => String::new(),
            };
            let quality = metrics.high_quality.map(|part| format!("{:.1} % high quality, ", 100.0 * part));
            let kl = metrics.reverse_kl.map(|kl| format!("reverse KL {kl:.4}, "));
            format!(
                "{name}: {modes}{}{}{:.1} steps/s ({seconds:.0} s)",
                quality.unwrap_or_default(),
                kl.unwrap_or_default(),
                summary.steps_per_second
            )
        }
        Err(failure) => {
            let told =
                [format!("FAILED {name}: {}", failure.reason)].into_iter().chain(failure.last_lines.iter().cloned());
            told.collect::<Vec<_>>().join("\n          ")
        }
    }
}
