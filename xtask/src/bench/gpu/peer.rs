//! The same steps in PyTorch.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{bench::cell::is_processor, workspace};

/// Python's environment variable: another interpreter than `python3`.
const PYTHON: &str = "PYTHON";

/// What `step.py` says of its steps.
#[derive(Debug, Deserialize, Serialize, PartialEq)]
pub(super) struct Peer {
    pub(super) steps_per_second: f64,
    pub(super) memory_mib: f64,
    pub(super) computed_by: String,
}

impl Peer {
    /// Makes the steps of a row; the reason where that is impossible.
    pub(super) fn measure(root: &Path, row: &str, steps: u64, device: &str) -> Result<Self, String> {
        let python = std::env::var_os(PYTHON).unwrap_or_else(|| "python3".into());
        let device = if is_processor(device) { "cpu" } else { "cuda" };
        let mut command = workspace::command(&python, root);
        command.args(["xtask/peers/step.py", row, "--steps", &steps.to_string(), "--device", device]);
        println!("PyTorch: {row} ...");
        let output = command.output().map_err(|error| format!("{} cannot be run: {error}", python.display()))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{}: {}", python.display(), errors.lines().last().unwrap_or("it failed")));
        }
        Self::parse(&String::from_utf8_lossy(&output.stdout))
    }

    /// The last line of the script's output.
    fn parse(output: &str) -> Result<Self, String> {
        let line = output.lines().last().unwrap_or_default();
        serde_json::from_str(line).map_err(|error| format!("step.py says \"{line}\": {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Peer;

    #[test]
    fn the_last_line_counts() {
        let line = "{\"steps_per_second\": 2.5, \"memory_mib\": 100, \"computed_by\": \"a card\"}";
        let peer = Peer { steps_per_second: 2.5, memory_mib: 100.0, computed_by: "a card".to_owned() };
        assert_eq!(Peer::parse(&format!("a warning\n{line}\n")), Ok(peer));
        for bad in ["", "nothing\n", "{}\n"] {
            assert!(Peer::parse(bad).unwrap_err().contains("step.py says"), "{bad}");
        }
    }
}
