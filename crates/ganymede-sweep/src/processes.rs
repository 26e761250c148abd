//! What runs as processes side by side share: the workers, the start of a program, the end of a log.

use std::fs;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait before a program that another process still holds open is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// Calls `make` with each item, `jobs` at a time: each worker takes the next item until none is left. `ended` is called with one
/// result after the other as they come, and the time that each took; once it breaks, nothing more is begun.
pub fn side_by_side<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    make: impl Fn(&T) -> R + Sync,
    ended: impl FnMut(&T, R, Duration) -> ControlFlow<()> + Send,
) {
    let (queue, ended, stopped) = (Mutex::new(items.iter()), Mutex::new(ended), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..jobs.min(items.len()) {
            scope.spawn(|| {
                while !stopped.load(Ordering::Relaxed)
                    && let Some(item) = queue.lock().ok().and_then(|mut queue| queue.next())
                {
                    let start = Instant::now();
                    let result = make(item);
                    let Ok(mut ended) = ended.lock() else { return };
                    if ended(item, result, start.elapsed()).is_break() {
                        stopped.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
}

/// Starts a program. One that was copied a moment ago may still be held open by a process that another thread has just
/// started; that is waited for, two seconds at most.
///
/// # Errors
///
/// As [`Command::spawn`].
pub fn start(command: &mut Command) -> io::Result<Child> {
    for _ in 0..100 {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::sleep(PAUSE),
            other => return other,
        }
    }
    command.spawn()
}

/// The last `count` lines of a log that are not empty; none where it cannot be read.
pub fn last_lines(log: &Path, count: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(count)).map(|line| (*line).to_owned()).collect()
}
