//! Looks at a program while it trains: how much of it is resident in memory, and at which step.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::Path,
    process::{Child, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::workspace;

/// Where the looks lie in the run's folder.
pub(super) const FILE: &str = "memory.json";

/// The end of `stats.jsonl` that is read for its last line; lines are below 1 KiB.
const TAIL: u64 = 16 * 1024;

/// Between two looks passes this part of the time since the start, so that short runs are seen often enough ...
const PART_OF_ELAPSED: u32 = 200;

/// ... but never less than this, so that looking costs nothing ...
const SHORTEST: Duration = Duration::from_millis(10);

/// ... nor more than this.
const LONGEST: Duration = Duration::from_millis(250);

/// The memory of a run at one look.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(super) struct MemoryLook {
    pub(super) step: u64,
    pub(super) resident_kib: u64,
}

/// What was seen of a run.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Watched {
    /// The most that was ever resident, as the last look found it.
    pub(super) peak_kib: u64,
    /// The size of `stats.jsonl` at the end.
    pub(super) records_bytes: u64,
    /// The size of all that the run wrote, with `stats.jsonl`.
    pub(super) folder_bytes: u64,
    pub(super) looks: Vec<MemoryLook>,
}

/// Looks at `child`, which trains in `folder`, until it ends, and leaves [`Watched`] in its folder if it ended well.
pub(super) fn watch(child: &mut Child, folder: &Path) -> Result<ExitStatus> {
    let (start, records) = (Instant::now(), folder.join("stats.jsonl"));
    let (mut looks, mut peak_kib) = (Vec::new(), 0);
    let status = loop {
        if let Some(status) = child.try_wait().context("cannot wait for the program")? {
            break status;
        }
        let step = step_of(&records);
        if let Some(memory) = Memory::of(child.id()) {
            looks.push(MemoryLook { step, resident_kib: memory.resident_kib });
            peak_kib = memory.peak_kib;
        }
        thread::sleep(interval(start.elapsed()));
    };
    if status.success() {
        let records_bytes = fs::metadata(&records).map_or(0, |metadata| metadata.len());
        let watched = Watched { peak_kib, records_bytes, folder_bytes: bytes_below(folder)?, looks };
        workspace::write(&folder.join(FILE), &serde_json::to_string(&watched)?)?;
    }
    Ok(status)
}

/// What the kernel says about a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Memory {
    resident_kib: u64,
    pub(in crate::bench) peak_kib: u64,
}

impl Memory {
    /// Of a running process; `None` of one that has ended, and on systems without `/proc`.
    pub(in crate::bench) fn of(process: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{process}/status")).ok()?)
    }

    fn parse(status: &str) -> Option<Self> {
        let kib = |key: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
            value.trim().strip_suffix(" kB")?.parse().ok()
        };
        Some(Self { resident_kib: kib("VmRSS")?, peak_kib: kib("VmHWM")? })
    }
}

fn interval(elapsed: Duration) -> Duration {
    (elapsed / PART_OF_ELAPSED).clamp(SHORTEST, LONGEST)
}

/// The step that the records have come to; 0 before their first line.
fn step_of(records: &Path) -> u64 {
    let tail = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(records)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut tail = Vec::new();
        file.take(TAIL).read_to_end(&mut tail)?;
        Ok(tail)
    };
    tail().ok().and_then(|tail| last_step(&tail)).unwrap_or(0)
}

/// The step in the last whole line; what follows the last line's end is still being written, and the first may be cut.
fn last_step(tail: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Line {
        step: u64,
    }
    let step = |line: &[u8]| serde_json::from_slice::<Line>(line).ok().map(|line| line.step);
    tail.rsplit(|byte| *byte == b'\n').skip(1).find_map(step)
}

fn bytes_below(folder: &Path) -> Result<u64> {
    let unreadable = || format!("cannot measure {}", folder.display());
    let mut bytes = 0;
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let metadata = entry.metadata().with_context(unreadable)?;
        bytes += if metadata.is_dir() { bytes_below(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::{Memory, TAIL, bytes_below, interval, last_step, step_of};

    #[test]
    fn the_last_whole_line_tells_the_step() {
        let cases = [
            ("nothing yet", "", None),
            ("a line without its end", "{\"step\":100}", None),
            ("one line", "{\"step\":100}\n", Some(100)),
            ("the last of two", "{\"step\":100}\n{\"step\":200,\"losses\":{}}\n", Some(200)),
            ("a line that is being written", "{\"step\":100}\n{\"step\":200,\"los", Some(100)),
            ("a first line that is cut", "ctor\":{\"a\":1}}\n{\"step\":300}\n", Some(300)),
            ("only a line that is cut", "p\":100,\"losses\":{\"step\":1}}\n", None),
            ("a cut that leaves an object of its own", "{\"step\":7}}\n", None),
            ("an event after it", "{\"step\":100}\n{\"step\":120,\"event\":{\"kind\":\"verdict\"}}\n", Some(120)),
            ("a line of something else", "{\"step\":100}\n{\"seconds\":1}\n", Some(100)),
            ("empty lines", "{\"step\":100}\n\n\n", Some(100)),
        ];
        for (name, tail, expected) in cases {
            assert_eq!(last_step(tail.as_bytes()), expected, "{name}");
        }
        assert_eq!(last_step(b"\xff\xfe\n{\"step\":5}\n\xff"), Some(5), "what is cut need not be text");
    }

    #[test]
    fn long_records_are_read_from_their_end() {
        let folder = tempfile::tempdir().unwrap();
        let records = folder.path().join("stats.jsonl");
        assert_eq!(step_of(&records), 0, "no file yet");
        let line = |step: u64| format!("{{\"step\":{step},\"losses\":{{\"generator/adversarial\":0.5}}}}\n");
        let text: String = (0..2_000).map(|at| line(100 * at)).collect();
        assert!(text.len() as u64 > 2 * TAIL);
        fs::write(&records, &text).unwrap();
        assert_eq!(step_of(&records), 199_900);
        fs::write(&records, text + "{\"step\":200000,").unwrap();
        assert_eq!(step_of(&records), 199_900);
    }

    #[test]
    fn the_kernel_is_read_by_its_keys() {
        let status = "Name:\tVmRSS: 5 kB\nVmPeak:\t  99 kB\nVmHWM:\t   47700 kB\nVmRSS:\t   35676 kB\nThreads:\t1\n";
        assert_eq!(Memory::parse(status), Some(Memory { resident_kib: 35_676, peak_kib: 47_700 }));
        for (name, status) in [
            ("a process that has ended has neither", "Name:\tganymede\nState:\tZ (zombie)\n"),
            ("only one of them", "VmRSS:\t   35676 kB\n"),
            ("another unit", "VmHWM:\t 5 MB\nVmRSS:\t 5 MB\n"),
            ("no number", "VmHWM:\t - kB\nVmRSS:\t - kB\n"),
        ] {
            assert_eq!(Memory::parse(status), None, "{name}");
        }
    }

    #[test]
    fn looks_are_close_at_first_and_never_far_apart() {
        for (elapsed, expected) in [(0, 10), (1_000, 10), (4_000, 20), (20_000, 100), (50_000, 250), (3_600_000, 250)] {
            assert_eq!(interval(Duration::from_millis(elapsed)), Duration::from_millis(expected), "after {elapsed} ms");
        }
    }

    #[test]
    fn folders_are_measured_to_the_bottom() {
        let folder = tempfile::tempdir().unwrap();
        crate::workspace::write(&folder.path().join("a"), "four").unwrap();
        crate::workspace::write(&folder.path().join("b/c/d"), "seven b").unwrap();
        assert_eq!(bytes_below(folder.path()).unwrap(), 11);
        assert!(bytes_below(&folder.path().join("none")).is_err());
    }
}
