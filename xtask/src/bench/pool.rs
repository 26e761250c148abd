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

use anyhow::{Result, anyhow};

use super::{
    cell::{Cell, Failure},
    provenance::Sitting,
    summary::Summary,
};

/// How a run ended.
pub(crate) enum Outcome {
    Done(Summary),
    Failed(Failure),
}

/// Makes all `cells`, `jobs` at a time, and prints a line as each ends.
///
/// An interrupt from the keyboard reaches this program and its children alike; what was moved to its place by then stays.
pub(crate) fn run_all(
    root: &Path,
    out: &Path,
    program: &Path,
    cells: &[Cell],
    sitting: &Sitting,
    jobs: usize,
) -> Result<Vec<Outcome>> {
    let queue = Mutex::new(cells.iter());
    let ended = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.min(cells.len()) {
            let (sender, queue, ended) = (sender.clone(), &queue, &ended);
            scope.spawn(move || {
                while let Some(cell) = queue.lock().ok().and_then(|mut queue| queue.next()) {
                    let start = Instant::now();
                    let outcome = match cell.make(root, out, program, sitting) {
                        Ok(summary) => Outcome::Done(summary),
                        Err(failure) => Outcome::Failed(failure),
                    };
                    let count = ended.fetch_add(1, Ordering::Relaxed) + 1;
                    let name = format!("{} seed {}", cell.key.strategy, cell.key.seed);
                    let line = progress_line(&outcome, &name, start.elapsed().as_secs_f64());
                    println!("[{count:>3}/{}] {line}", cells.len());
                    if sender.send(outcome).is_err() {
                        return;
                    }
                }
            });
        }
    });
    drop(sender);
    let outcomes: Vec<Outcome> = receiver.into_iter().collect();
    if outcomes.len() == cells.len() {
        Ok(outcomes)
    } else {
        Err(anyhow!("a worker stopped before its runs were made"))
    }
}

fn progress_line(outcome: &Outcome, name: &str, seconds: f64) -> String {
    match outcome {
        Outcome::Done(summary) => {
            let metrics = &summary.metrics;
            let modes = match (metrics.modes_covered, metrics.modes_total) {
                (Some(covered), Some(total)) => format!("{covered} of {total} modes, "),
                _ => String::new(),
            };
            let quality = metrics.high_quality.map(|part| format!("{:.1} % high quality, ", 100.0 * part));
            let kl = metrics.reverse_kl.map(|kl| format!("reverse KL {kl:.4}, "));
            format!(
                "{name}: {modes}{}{}{:.0} steps/s ({seconds:.0} s)",
                quality.unwrap_or_default(),
                kl.unwrap_or_default(),
                summary.steps_per_second
            )
        }
        Outcome::Failed(failure) => {
            let lines: String = failure.last_lines.iter().map(|line| format!("\n          {line}")).collect();
            format!("FAILED {name}: {}{lines}", failure.reason)
        }
    }
}
