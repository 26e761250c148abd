//! Runs side by side: each worker takes the next one from the list until none is left.

use std::{
    ops::ControlFlow,
    path::Path,
    sync::{Mutex, PoisonError, atomic::AtomicUsize, atomic::Ordering},
    time::Instant,
};

use ganymede_sweep::side_by_side;

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
    let (ended, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    // A run that fails does not keep the others from being made.
    let _: ControlFlow<()> = side_by_side(cells, jobs, |cell| {
        let start = Instant::now();
        let outcome = cell.make(root, out, program, sitting);
        let count = ended.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("{} seed {}", cell.key.strategy, cell.key.seed);
        let line = progress_line(&outcome, &name, start.elapsed().as_secs_f64());
        println!("[{count:>3}/{}] {line}", cells.len());
        if let Err(failure) = outcome {
            failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
        }
        ControlFlow::Continue(())
    });
    failures.into_inner().unwrap_or_else(PoisonError::into_inner)
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
