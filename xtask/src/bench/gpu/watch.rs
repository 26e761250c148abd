//! How much memory a run holds: of the GPU by `nvidia-smi`, of the machine by the kernel.

use std::{
    path::Path,
    process::{Child, Command, ExitStatus},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{
    bench::{cell::is_processor, memory::ProcessMemory},
    workspace,
};

/// The file in the run's folder.
pub(super) const FILE: &str = "memory.json";

/// Between two looks.
const INTERVAL: Duration = Duration::from_millis(250);

/// The most that a run held.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq)]
pub(super) struct Memory {
    /// Resident in the machine's memory.
    pub(super) resident_mib: Option<f64>,
    /// Of the GPU, beyond what it held before.
    pub(super) gpu_mib: Option<f64>,
}

impl Memory {
    /// The memory that a device computes in.
    pub(super) fn mib(self, device: &str) -> Option<f64> {
        if is_processor(device) { self.resident_mib } else { self.gpu_mib }
    }
}

/// Looks at `child` until it ends, and leaves [`Memory`] in its folder if it ended well.
pub(super) fn watch(child: &mut Child, folder: &Path) -> Result<ExitStatus> {
    let before = gpu_mib();
    let mut most = Memory::default();
    let status = loop {
        if let Some(status) = child.try_wait().context("cannot wait for the program")? {
            break status;
        }
        // The kernel's figure is the peak already.
        let resident = ProcessMemory::of(child.id()).map(|memory| memory.peak_kib as f64 / 1024.0);
        most.resident_mib = resident.or(most.resident_mib);
        let held = gpu_mib().zip(before).map(|(now, before)| now - before);
        most.gpu_mib = held.map(|held| held.max(most.gpu_mib.unwrap_or(0.0))).or(most.gpu_mib);
        thread::sleep(INTERVAL);
    };
    if status.success() {
        workspace::write(&folder.join(FILE), &serde_json::to_string(&most)?)?;
    }
    Ok(status)
}

/// What the first GPU holds, in MiB.
fn gpu_mib() -> Option<f64> {
    let query = ["--query-gpu=memory.used", "--format=csv,noheader,nounits"];
    let output = Command::new("nvidia-smi").args(query).output().ok()?;
    first_number(&String::from_utf8_lossy(&output.stdout))
}

fn first_number(lines: &str) -> Option<f64> {
    lines.lines().next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::first_number;

    #[test]
    fn figures_are_read_from_what_the_system_says() {
        for (text, expected) in [("812\n", Some(812.0)), ("812\n9\n", Some(812.0)), ("[N/A]\n", None), ("", None)] {
            assert_eq!(first_number(text), expected, "{text}");
        }
    }
}
