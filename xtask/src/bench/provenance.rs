//! Where numbers come from: commit, machine, command, date.

use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    process::{self, Command},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use ganymede_sweep::processes::cores;
use serde::{Deserialize, Serialize};

/// The machine that a run was made on.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: u64,
    pub(crate) os: String,
}

/// One call of `cargo xtask bench`: only runs of the same one are compared in time.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Sitting {
    pub(crate) id: String,
    pub(crate) date: String,
    pub(crate) command: String,
    pub(crate) commit: String,
    /// Fingerprint of the program that made the runs.
    pub(crate) program: String,
    pub(crate) side_by_side: usize,
    pub(crate) machine: Machine,
}

impl Sitting {
    /// This call, here and now.
    pub(crate) fn now(root: &Path, program: &Path, side_by_side: usize) -> Result<Self> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
        let bytes = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
        Ok(Self {
            id: format!("{seconds:x}-{:x}", process::id()),
            date: output("date", &["-u", "+%Y-%m-%d %H:%M UTC"], root).unwrap_or_else(|| "unknown".to_owned()),
            command: command_line(env::args().skip(1)),
            commit: commit(root),
            program: fingerprint(&bytes),
            side_by_side,
            machine: machine(),
        })
    }
}

/// The calls that runs were made in, each once, in the order in which the runs name them.
pub(crate) fn sittings<'a>(of_runs: impl Iterator<Item = &'a Sitting>) -> Vec<Sitting> {
    let mut sittings: Vec<Sitting> = Vec::new();
    for sitting in of_runs {
        if sittings.iter().all(|known| known.id != sitting.id) {
            sittings.push(sitting.clone());
        }
    }
    sittings
}

/// FNV-1a, 64 bits: tells texts apart, the same on every platform and in every version.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

fn command_line(arguments: impl Iterator<Item = String>) -> String {
    let plain = |argument: &str| argument.chars().all(|letter| letter.is_alphanumeric() || "-_=,./:".contains(letter));
    let quoted = arguments.map(|one| if plain(&one) { one } else { format!("'{}'", one.replace('\'', "'\\''")) });
    ["cargo".to_owned(), "xtask".to_owned()].into_iter().chain(quoted).collect::<Vec<_>>().join(" ")
}

fn commit(root: &Path) -> String {
    let Some(hash) = output("git", &["rev-parse", "HEAD"], root) else { return "unknown".to_owned() };
    match output("git", &["status", "--porcelain"], root) {
        Some(changes) if changes.is_empty() => hash,
        _ => format!("{hash} and uncommitted changes"),
    }
}

fn machine() -> Machine {
    let cpu = colon_fields(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default());
    let memory = colon_fields(&fs::read_to_string("/proc/meminfo").unwrap_or_default());
    let kibibytes = memory.get("MemTotal").and_then(|value| value.trim_end_matches(" kB").parse::<f64>().ok());
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).map(|name| name.trim_matches('"'));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Machine {
        cpu: cpu.get("model name").cloned().unwrap_or_else(|| env::consts::ARCH.to_owned()),
        cores: cores(),
        memory_gib: (kibibytes.unwrap_or_default() / f64::from(1 << 20)).round() as u64,
        os: format!("{} {}", name.unwrap_or(env::consts::OS), kernel.trim()).trim_end().to_owned(),
    }
}

/// The first value of each `key : value` line.
fn colon_fields(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    let mut fields = BTreeMap::new();
    for (key, value) in pairs {
        fields.entry(key.trim().to_owned()).or_insert_with(|| value.trim().to_owned());
    }
    fields
}

fn output(program: &str, arguments: &[&str], folder: &Path) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(folder).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{colon_fields, command_line, fingerprint};

    #[test]
    fn fingerprints_are_those_of_fnv() {
        // The published test vectors of FNV-1a.
        for (text, expected) in [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")] {
            assert_eq!(fingerprint(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_command_can_be_typed_again() {
        let arguments = ["bench", "--out", "a b", "--steps=5", "it's"].map(str::to_owned);
        assert_eq!(command_line(arguments.into_iter()), "cargo xtask bench --out 'a b' --steps=5 'it'\\''s'");
    }

    #[test]
    fn the_first_processor_speaks_for_all() {
        let fields = colon_fields("processor\t: 0\nmodel name\t: X 1\nprocessor\t: 1\nmodel name\t: Y\n");
        assert_eq!(fields["model name"], "X 1");
    }
}
