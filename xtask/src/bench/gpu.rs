//! The suite `gpu`: what a step on pictures takes on a GPU, beside the same step in PyTorch.
//!
//! Each row is a configuration in `xtask/peers/`, and `xtask/peers/step.py` makes the same steps. Runs go one at a time. The speed
//! is taken between the first and the last line of the records, so that the time in which kernels are compiled is not in it.

mod watch;

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use self::watch::{Memory, watch};
use super::{
    cell::{Cell, Recipe, is_processor},
    markdown::aligned,
    peer::{Peer, left_out, python, steps_per_second},
    report::{self, Run},
    results::write_results,
    suite::{Defaults, Made, Outcome, Request, Suite},
};

pub(super) static SUITE: Suite = Suite {
    name: "gpu",
    title: "a step on pictures",
    about: "Steps a second and memory of convolutional networks on a GPU (--device vulkan), beside the same steps in PyTorch \
            where python3 has it; at most 6 minutes on a GPU",
    // Two programs on one GPU slow each other down.
    defaults: Defaults { seeds: 1, steps: Some(300), jobs: Some(1) },
    rows: |_| Ok(ROWS.iter().map(|row| (*row).to_owned()).collect()),
    plan,
    report: |made| {
        let report = Report::of(made)?;
        write_results(made.out, &report, &report.page())?;
        let console = report.table() + &report.left_out();
        Ok(Outcome { console, complete: report.runs.all_ended_well() })
    },
};

/// The configurations in `xtask/peers/`, which `step.py` knows by the same names.
const ROWS: [&str; 4] = ["dcgan", "dcgan-r1-r2", "dcgan-unrolled", "resnet"];

/// Lines of the records in a run: the first ends the warm-up.
const LINES: u64 = 5;

fn plan(request: &Request<'_>) -> Result<Vec<Cell>> {
    let records = request.steps.unwrap_or(1).div_ceil(LINES);
    let overrides = vec![format!("evaluation.records={records}")];
    let recipe = |root: &Path, row: &str| Recipe::read(root, row, format!("xtask/peers/{row}.toml"), overrides.clone());
    Ok(request.cells_of(recipe)?.into_iter().map(|cell| cell.waiting_by(watch)).collect())
}

#[derive(Serialize)]
struct Row {
    name: String,
    steps: u64,
    /// After the warm-up; `None` of a run that is too short.
    steps_per_second: Option<f64>,
    memory: Memory,
    /// PyTorch's, or why it was left out.
    peer: Result<Peer, String>,
}

impl Row {
    fn of(run: &Run<'_>, request: &Request<'_>) -> Result<Self> {
        let (name, steps) = (run.name().to_owned(), run.finished.summary.steps);
        Ok(Self {
            steps,
            steps_per_second: steps_per_second(&run.records()?)?,
            memory: run.json(watch::FILE)?,
            peer: measure(request.root, &name, steps, request.device),
            name,
        })
    }
}

/// Makes the steps of a row in PyTorch; the reason where that is impossible.
fn measure(root: &Path, row: &str, steps: u64, device: &str) -> Result<Peer, String> {
    println!("PyTorch: {row} ...");
    let device = if is_processor(device) { "cpu" } else { "cuda" };
    let arguments = [row, "--steps", &steps.to_string(), "--device", device].map(str::to_owned);
    Peer::of_script(root, &python(), "step.py", arguments)
}

#[derive(Serialize)]
struct Report {
    device: String,
    #[serde(flatten)]
    runs: report::Report<Row>,
}

impl Report {
    fn of(made: &Made<'_>) -> Result<Self> {
        let runs = report::Report::of_runs(made, |run| Row::of(&run, made.request))?;
        Ok(Self { device: made.request.device.to_owned(), runs })
    }

    fn table(&self) -> String {
        let head = ["row", "steps", "steps a second", "PyTorch", "ours over PyTorch", "memory MiB", "PyTorch's MiB"];
        let number =
            |value: Option<f64>, digits: usize| value.map_or("-".to_owned(), |value| format!("{value:.digits$}"));
        let line = |row: &Row| {
            let peer = row.peer.as_ref().ok();
            let theirs = peer.map(|peer| peer.steps_per_second);
            let ratio = row.steps_per_second.zip(theirs).map(|(ours, theirs)| ours / theirs);
            vec![
                row.name.clone(),
                row.steps.to_string(),
                number(row.steps_per_second, 2),
                number(theirs, 2),
                number(ratio, 2),
                number(row.memory.mib(&self.device), 0),
                number(peer.map(|peer| peer.memory_mib), 0),
            ]
        };
        let head = std::iter::once(head.map(str::to_owned).to_vec());
        aligned(&head.chain(self.runs.rows.iter().map(line)).collect::<Vec<_>>())
    }

    /// Which of PyTorch's figures are missing, and why.
    fn left_out(&self) -> String {
        left_out(self.runs.rows.iter().map(|row| ("PyTorch", row.name.as_str(), &row.peer)))
    }

    fn page(&self) -> String {
        let computed = |row: &Row| Some(row.peer.as_ref().ok()?.computed_by.clone());
        let mut by: Vec<String> = self.runs.rows.iter().filter_map(computed).collect();
        by.dedup();
        let by = if by.is_empty() { String::new() } else { format!("- PyTorch's figures: {}.\n", by.join("; ")) };
        let parts = [
            format!("# Bench `gpu`: a step on pictures, device `{}`\n\n", self.device),
            self.table(),
            self.left_out(),
            HOW_TO_READ.to_owned(),
            by,
            self.runs.foot(),
        ];
        parts.concat()
    }
}

const HOW_TO_READ: &str = "
- `xtask/peers/ROW.toml`: a DCGAN at 64 x 64 of 64 channels, batch 64, plain, with R1 and R2, and unrolled by one update; R3GAN's
  residual networks at 32 x 32 of 32 channels, batch 256. `xtask/peers/step.py` makes the same steps in PyTorch, in single
  precision without TF32.
- Steps a second count from the first of five lines of the records to the last, PyTorch's after ten steps.
- Memory is the most that the whole GPU held beyond what it held before the run, as `nvidia-smi` says, where there is one; of a
  run on the processor it is the most that was resident. PyTorch's is what its allocator reserved, on the processor the resident
  memory.
";

#[cfg(test)]
mod tests {
    use super::{Memory, Peer, ROWS, Report, Row, report};
    use crate::workspace::find_root;

    #[test]
    fn what_is_missing_is_said_with_its_reason() {
        let row = |name: &str, peer: Result<Peer, String>| Row {
            name: name.to_owned(),
            steps: 300,
            steps_per_second: Some(30.0),
            memory: Memory { resident_mib: Some(400.0), gpu_mib: Some(900.0) },
            peer,
        };
        let peer = Peer { steps_per_second: 60.0, memory_mib: 700.0, computed_by: "a card".to_owned(), cores: None };
        let none = || Err("python3 has no torch".to_owned());
        let rows = vec![row("dcgan", Ok(peer)), row("resnet", none()), row("dcgan-r1-r2", none())];
        let runs = report::Report { sittings: Vec::new(), rows, failed: Vec::new() };
        let mut report = Report { device: "vulkan".to_owned(), runs };
        let page = report.page();
        for part in ["| 30.00          | 60.00   | 0.50 ", "| 900 ", "PyTorch's figures: a card."] {
            assert!(page.contains(part), "no {part} in {page}");
        }
        assert!(page.contains("LEFT OUT: PyTorch's resnet, dcgan-r1-r2: python3 has no torch\n"), "{page}");
        report.device = "flex".to_owned();
        assert!(report.table().contains("| 400 "), "{}", report.table());
    }

    #[test]
    fn every_row_has_its_configuration_and_its_peer() {
        let peers = find_root().unwrap().join("xtask/peers");
        let script = std::fs::read_to_string(peers.join("step.py")).unwrap();
        for row in ROWS {
            assert!(peers.join(format!("{row}.toml")).is_file() && script.contains(&format!("\"{row}\"")), "{row}");
        }
    }
}
