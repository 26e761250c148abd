//! Programs side by side on this machine: who takes the next, and how one is started.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How often, and after which wait, a program is tried again that another process holds open.
const BUSY: (u32, Duration) = (100, Duration::from_millis(20));

/// The number of cores that this process may use; 1 where the system does not say.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does `work` for every item, `workers` at a time: each worker takes the next item in order until none is left.
///
/// Where `work` breaks, nothing more is begun, what is under way ends, and the first break is given.
pub fn side_by_side<Item: Send, End: Send>(
    items: impl IntoIterator<Item = Item>,
    workers: usize,
    work: impl Fn(Item) -> ControlFlow<End> + Sync,
) -> ControlFlow<End> {
    let items: VecDeque<Item> = items.into_iter().collect();
    let workers = workers.min(items.len());
    let (queue, end) = (Mutex::new(items), Mutex::new(None));
    let next = || if held(&end).is_some() { None } else { held(&queue).pop_front() };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(item) = next() {
                    if let ControlFlow::Break(reason) = work(item) {
                        held(&end).get_or_insert(reason);
                    }
                }
            });
        }
    });
    let end = end.into_inner().unwrap_or_else(PoisonError::into_inner);
    end.map_or(ControlFlow::Continue(()), ControlFlow::Break)
}

/// What a panic elsewhere cannot have left half done: an item is taken and a break noted in one go.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program with this number of compute threads (at least 1), without input, its output and errors going to `log`.
///
/// # Errors
///
/// Those of the system, where the program cannot be started.
pub fn start_logged(command: &mut Command, threads: usize, log: File) -> io::Result<Child> {
    command.env("RAYON_NUM_THREADS", threads.to_string());
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    // A process that another thread starts at this moment may still hold a freshly copied program open.
    let (tries, pause) = BUSY;
    for _ in 0..tries {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::sleep(pause),
            other => return other,
        }
    }
    command.spawn()
}

/// Keeps a program under a second name, so that a build in between does not change what later runs are made with. What has that
/// name is replaced.
///
/// # Errors
///
/// Those of the system, where the program can be neither linked nor copied.
pub fn pin_program(program: &Path, name: &Path) -> io::Result<()> {
    match fs::remove_file(name) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::hard_link(program, name).or_else(|_| fs::copy(program, name).map(drop))
}

/// The last lines of a log that are not empty, at most `count`; none of a log that cannot be read.
pub fn last_lines(log: &Path, count: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(count)).map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow::{self, Break, Continue};
    use std::sync::{Barrier, Mutex};

    use super::{last_lines, pin_program, side_by_side};

    #[test]
    fn every_item_is_worked_on_once_and_in_order() {
        for workers in [1, 3, 99] {
            let seen = Mutex::new(Vec::new());
            let end: ControlFlow<()> = side_by_side(0..20, workers, |item| {
                seen.lock().unwrap().push(item);
                Continue(())
            });
            let mut seen = seen.into_inner().unwrap();
            assert_eq!(end, Continue(()));
            if workers > 1 {
                seen.sort_unstable();
            }
            assert_eq!(seen, (0..20).collect::<Vec<_>>(), "{workers}");
        }
        assert_eq!(side_by_side([], 2, |(): ()| Break(1)), Continue(()));
    }

    #[test]
    fn workers_work_at_the_same_time() {
        // Each of the three waits for the other two: with fewer at a time this would not end.
        let together = Barrier::new(3);
        let end: ControlFlow<()> = side_by_side(0..3, 3, |_| {
            together.wait();
            Continue(())
        });
        assert_eq!(end, Continue(()));
    }

    #[test]
    fn after_a_break_nothing_is_begun() {
        let seen = Mutex::new(Vec::new());
        let end = side_by_side(0..20, 1, |item| {
            seen.lock().unwrap().push(item);
            if item == 4 { Break("enough") } else { Continue(()) }
        });
        assert_eq!((end, seen.into_inner().unwrap()), (Break("enough"), (0..5).collect()));
    }

    #[test]
    fn a_pinned_program_outlives_its_replacement() {
        let folder = tempfile::tempdir().unwrap();
        let (program, name) = (folder.path().join("program"), folder.path().join("pinned"));
        std::fs::write(&program, "first").unwrap();
        std::fs::write(&name, "of an earlier start").unwrap();
        pin_program(&program, &name).unwrap();
        // A linker writes a new file under the old name.
        std::fs::remove_file(&program).unwrap();
        std::fs::write(&program, "second").unwrap();
        assert_eq!(std::fs::read_to_string(&name).unwrap(), "first");
        assert!(pin_program(&folder.path().join("nowhere"), &name).is_err());
    }

    #[test]
    fn a_log_ends_in_its_last_lines_that_say_something() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        std::fs::write(&log, b"one\n\ntwo \xff\n   \nthree\n").unwrap();
        assert_eq!(last_lines(&log, 2), ["two \u{fffd}", "three"]);
        assert_eq!(last_lines(&log, 9).len(), 3);
        assert!(last_lines(&folder.path().join("none"), 2).is_empty());
    }
}
