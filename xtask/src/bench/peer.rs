//! The same steps in another library: a script of `xtask/peers/`, what it says, and the speed of ours beside it.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::workspace;

/// Python's environment variable: another interpreter than `python3`.
const PYTHON: &str = "PYTHON";

/// What a script says of its steps.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(super) struct Peer {
    pub(super) steps_per_second: f64,
    pub(super) memory_mib: f64,
    pub(super) computed_by: String,
    /// How many cores computed, on average; `None` where the script does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cores: Option<f64>,
}

impl Peer {
    /// Runs a script of `xtask/peers/`; the reason where that is impossible.
    pub(super) fn of_script(
        root: &Path,
        python: &OsStr,
        script: &str,
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Self, String> {
        let path = format!("xtask/peers/{script}");
        let line = run_python(root, python, std::iter::once(path).chain(arguments))?;
        Self::parse(script, &line)
    }

    /// The line that a script ends with.
    fn parse(script: &str, line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| format!("{script} says \"{line}\": {error}"))
    }
}

/// The last line that a call of Python prints; why it failed otherwise.
pub(super) fn run_python(
    root: &Path,
    python: &OsStr,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<String, String> {
    let output = workspace::command(python, root).args(arguments).output();
    let output = output.map_err(|error| format!("{} cannot be run: {error}", python.display()))?;
    let last = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().lines().last().map(str::to_owned);
    if output.status.success() {
        return Ok(last(&output.stdout).unwrap_or_default());
    }
    Err(format!("{}: {}", python.display(), last(&output.stderr).unwrap_or_else(|| "it failed".to_owned())))
}

/// The interpreter of Python that is asked for, or the system's.
pub(super) fn python() -> OsString {
    std::env::var_os(PYTHON).unwrap_or_else(|| "python3".into())
}

/// Which figures of another library are missing, and why; each reason once. Takes library, row and outcome.
pub(super) fn left_out<'a>(outcomes: impl IntoIterator<Item = (&'a str, &'a str, &'a Result<Peer, String>)>) -> String {
    let mut reasons: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for (library, row, outcome) in outcomes {
        let Err(reason) = outcome else { continue };
        match reasons.iter_mut().find(|known| (known.0, known.1) == (library, reason)) {
            Some((.., rows)) if rows.contains(&row) => {}
            Some((.., rows)) => rows.push(row),
            None => reasons.push((library, reason, vec![row])),
        }
    }
    let line = |(library, reason, rows): &(&str, &str, Vec<&str>)| {
        format!("LEFT OUT: {library}'s {}: {reason}\n", rows.join(", "))
    };
    let lines: String = reasons.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// Our speed between the first and the last line of losses in the records, so that no start is in it; `None` where there are not
/// two.
pub(super) fn steps_per_second(records: &str) -> Result<Option<f64>> {
    let mut marks = Vec::new();
    for line in records.lines() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        if let (Some(step), Some(seconds), true) =
            (line["step"].as_f64(), line["seconds"].as_f64(), line["losses"].is_object())
        {
            marks.push((step, seconds));
        }
    }
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else { return Ok(None) };
    Ok(Some((last.0 - first.0) / (last.1 - first.1)).filter(|speed| speed.is_finite() && *speed > 0.0))
}

#[cfg(test)]
mod tests {
    use super::{Peer, left_out, steps_per_second};

    #[test]
    fn a_scripts_line_is_read() {
        let line = "{\"steps_per_second\": 2.5, \"memory_mib\": 100, \"computed_by\": \"a card\"}";
        let peer = Peer { steps_per_second: 2.5, memory_mib: 100.0, computed_by: "a card".to_owned(), cores: None };
        assert_eq!(Peer::parse("step.py", line), Ok(peer.clone()));
        let more = line.replace('}', ", \"cores\": 0.99}");
        assert_eq!(Peer::parse("step.py", &more), Ok(Peer { cores: Some(0.99), ..peer }));
        for bad in ["", "nothing", "{}"] {
            assert!(Peer::parse("step.py", bad).unwrap_err().contains("step.py says"), "{bad}");
        }
    }

    #[test]
    fn each_reason_is_told_once_with_its_rows() {
        let peer = Peer { steps_per_second: 1.0, memory_mib: 1.0, computed_by: String::new(), cores: None };
        let (fine, none) = (Ok(peer), Err("no torch".to_owned()));
        let outcomes = [("PyTorch", "a", &none), ("JAX", "a", &fine), ("PyTorch", "b", &none), ("PyTorch", "a", &none)];
        assert_eq!(left_out(outcomes), "\nLEFT OUT: PyTorch's a, b: no torch\n");
        assert_eq!(left_out([("JAX", "a", &fine)]), "");
    }

    #[test]
    fn the_speed_leaves_the_warm_up_out() {
        let rows = [
            ("", None),
            ("{\"step\":0,\"seconds\":0,\"metrics\":{}}\n{\"step\":60,\"seconds\":9,\"losses\":{}}\n", None),
            (
                "{\"step\":60,\"seconds\":9,\"losses\":{}}\n{\"step\":90,\"seconds\":10,\"event\":1}\n\
                 {\"step\":300,\"seconds\":21,\"losses\":{}}\n",
                Some(20.0),
            ),
        ];
        for (records, expected) in rows {
            assert_eq!(steps_per_second(records).unwrap(), expected, "{records}");
        }
        assert!(steps_per_second("{\"step\":").is_err());
    }
}
