//! What runs as processes side by side share: the workers, the start of a program, the end of a log.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::num::{NonZero, NonZeroUsize};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait before a program that another process still holds open is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// The number of cores that this process may use; 1 where the system does not say.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

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

/// Starts a program with this number of compute threads, without input, its output and errors going to `log`. One that was copied
/// a moment ago may still be held open by a process that another thread has just started; that is waited for, two seconds at
/// most.
///
/// # Errors
///
/// As [`Command::spawn`].
pub fn start_logged(command: &mut Command, threads: NonZeroUsize, log: File) -> io::Result<Child> {
    command.env("RAYON_NUM_THREADS", threads.to_string());
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    for _ in 0..100 {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::sleep(PAUSE),
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

/// The last `count` lines of a log that are not empty; none where it cannot be read.
pub fn last_lines(log: &Path, count: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(count)).map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::ops::ControlFlow::{Break, Continue};
    use std::sync::{Barrier, Mutex};

    use super::{last_lines, pin_program, side_by_side};

    #[test]
    fn every_item_is_made_once_and_its_result_is_its_own() {
        let items: Vec<u32> = (0..20).collect();
        for jobs in [1, 3, 99] {
            let mut ended = Vec::new();
            side_by_side(
                &items,
                jobs,
                |item| item * item,
                |item, square, _| {
                    ended.push((*item, square));
                    Continue(())
                },
            );
            if jobs > 1 {
                ended.sort_unstable();
            }
            assert_eq!(ended, items.iter().map(|item| (*item, item * item)).collect::<Vec<_>>(), "{jobs}");
        }
    }

    #[test]
    fn workers_work_at_the_same_time() {
        // Each of the three waits for the other two: with fewer at a time this would not end.
        let together = Barrier::new(3);
        let leaders = Mutex::new(0);
        side_by_side(
            &[(), (), ()],
            3,
            |()| together.wait().is_leader(),
            |(), leads, _| {
                *leaders.lock().unwrap() += u32::from(leads);
                Continue(())
            },
        );
        assert_eq!(leaders.into_inner().unwrap(), 1);
    }

    #[test]
    fn after_a_break_nothing_is_begun() {
        let made = Mutex::new(Vec::new());
        side_by_side(
            &[0, 1, 2, 3, 4, 5],
            1,
            |item| made.lock().unwrap().push(*item),
            |item, (), _| if *item == 2 { Break(()) } else { Continue(()) },
        );
        assert_eq!(made.into_inner().unwrap(), [0, 1, 2]);
    }

    #[test]
    fn a_pinned_program_outlives_its_replacement() {
        let folder = tempfile::tempdir().unwrap();
        let (program, name) = (folder.path().join("program"), folder.path().join("pinned"));
        fs::write(&program, "first").unwrap();
        fs::write(&name, "of an earlier start").unwrap();
        pin_program(&program, &name).unwrap();
        // A linker writes a new file under the old name.
        fs::remove_file(&program).unwrap();
        fs::write(&program, "second").unwrap();
        assert_eq!(fs::read_to_string(&name).unwrap(), "first");
        assert!(pin_program(&folder.path().join("nowhere"), &name).is_err());
    }

    #[test]
    fn a_log_ends_in_its_last_lines_that_say_something() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, b"one\n\ntwo \xff\n   \nthree\n").unwrap();
        assert_eq!(last_lines(&log, 2), ["two \u{fffd}", "three"]);
        assert_eq!(last_lines(&log, 9).len(), 3);
        assert!(last_lines(&folder.path().join("none"), 2).is_empty());
    }
}
