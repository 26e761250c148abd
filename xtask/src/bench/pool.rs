//! Runs side by side: each worker takes the next one from the list until none is left.

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};

use anyhow::{Result, ensure};

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
) -> Result<Vec<Failure>> {
    let queue = Mutex::new(cells.iter());
    let ended = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.min(cells.len()) {
            let (sender, queue, ended) = (sender.clone(), &queue, &ended);
            scope.spawn(move || {
                while let Some(cell) = queue.lock().ok().and_then(|mut queue| queue.next()) {
                    let start = Instant::now();
                    let outcome = cell.make(root, out, program, sitting);
                    let count = ended.fetch_add(1, Ordering::Relaxed) + 1;
                    let name = format!("{} seed {}", cell.key.strategy, cell.key.seed);
                    let line = progress_line(&outcome, &name, start.elapsed().as_secs_f64());
                    println!("[{count:>3}/{}] {line}", cells.len());
                    if sender.send(outcome.err()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    drop(sender);
    let outcomes: Vec<Option<Failure>> = receiver.into_iter().collect();
    ensure!(outcomes.len() == cells.len(), "a worker stopped before its runs were made");
    Ok(outcomes.into_iter().flatten().collect())
}

fn progress_line(outcome: &std::result::Result<Summary, Failure>, name: &str, seconds: f64) -> String {
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
