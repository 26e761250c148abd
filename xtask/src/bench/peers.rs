//! The suite `peers`: steps a second on one core beside PyTorch and JAX.
//!
//! Each row is a configuration in `xtask/peers/` with what is changed in it, and the scripts there read the same. Ours, PyTorch's and
//! JAX's steps are made in turn, seed by seed, so that a slow spell of the machine hits all three.

mod environment;
#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use self::environment::{JAX, Library, PYTORCH, prepare, python};
use super::{
    aggregate::Spread,
    cell::{Cell, Recipe},
    markdown::aligned,
    peer::{Peer, left_out, steps_per_second},
    provenance::fingerprint,
    report::{self, Run},
    results::write_results,
    suite::{Defaults, Outcome, Request, Suite},
};
use crate::workspace::{read, write};

pub(super) static SUITE: Suite = Suite {
    name: "peers",
    title: "steps a second beside PyTorch and JAX",
    about: "Steps on one core, beside the same in PyTorch and in JAX, in turn: half an hour. Installs both libraries into an \
            environment of its own, or leaves them out and says so",
    // Two programs on one machine slow each other down.
    defaults: Defaults { seeds: 5, steps: None, jobs: Some(1) },
    rows: |_| Ok(ROWS.iter().map(|row| row.name.to_owned()).collect()),
    plan,
    report: |made| {
        let report = Report::of_runs(made, |run| Row::of(&run))?;
        write_results(made.out, &report, &report.page())?;
        Ok(Outcome { console: report.table() + &report.left_out(), complete: report.all_ended_well() })
    },
};

/// What is compared: a configuration in `xtask/peers/`, what is changed in it, and how many steps take some seconds.
struct Comparison {
    name: &'static str,
    config: &'static str,
    changes: &'static [&'static str],
    steps: u64,
}

const fn row(name: &'static str, config: &'static str, changes: &'static [&'static str], steps: u64) -> Comparison {
    Comparison { name, config, changes, steps }
}

const R1_R2: &str = "strategy=[{ name = \"gradient-penalty\", kind = \"r1-r2\" }]";
/// The paper's: five discriminator updates a step.
const WGAN_GP: &[&str] = &[
    "discriminator_steps=5",
    "objective.kind=\"wasserstein\"",
    "strategy=[{ name = \"gradient-penalty\", kind = \"wgan-gp\", weight = 0.1 }]",
];
const WIDE: &[&str] = &["batch_size=64", "generator.hidden=[512, 512]", "discriminator.hidden=[512, 512]"];

static ROWS: &[Comparison] = &[
    row("points", "points", &[], 4_000),
    row("points-r1-r2", "points", &[R1_R2], 2_000),
    row("points-unrolled-1", "points", &["strategy=[{ name = \"unrolled\", steps = 1 }]"], 2_000),
    row("points-unrolled-5", "points", &["strategy=[{ name = \"unrolled\", steps = 5 }]"], 500),
    row("points-wgan-gp", "points", WGAN_GP, 1_000),
    row("points-replay", "points", &["strategy=[{ name = \"replay\", capacity = 2_000 }]"], 3_000),
    row("points-packing", "points", &["strategy=[{ name = \"packing\", samples = 2 }]"], 4_000),
    row("points-label-smoothing", "points", &["strategy=[{ name = \"label-smoothing\", real = 0.9 }]"], 4_000),
    row("points-512", "points", WIDE, 1_500),
    row("dcgan-28", "dcgan", &["data.side=28"], 100),
    row("dcgan-28-r1-r2", "dcgan-r1-r2", &["data.side=28"], 50),
    row("resnet-32", "resnet", &["batch_size=64"], 5),
];

/// What the peers are: a change of any of these makes their figures others.
const SCRIPTS: [&str; 4] = ["settings.py", "step.py", "torch_steps.py", "jax_steps.py"];

/// Lines of the records in a run: the first ends the warm-up.
const LINES: u64 = 5;

/// The file in a run's folder with what the peers made of it.
const FILE: &str = "peers.json";

/// More cores than this is more than one.
const ONE_CORE: f64 = 1.05;

fn plan(request: &Request<'_>) -> Result<Vec<Cell>> {
    let installed = [&PYTORCH, &JAX].map(|library| {
        let version = prepare(request.root, library).unwrap_or_else(|reason| {
            println!("LEFT OUT: {}: {reason}", library.name);
            "left out".to_owned()
        });
        format!("# {} {version}\n", library.name)
    });
    let fingerprints = SCRIPTS.iter().map(|script| {
        let text = read(&request.root.join("xtask/peers").join(script))?;
        Ok(format!("# {script} {}\n", fingerprint(text.as_bytes())))
    });
    let peers = installed.concat() + &fingerprints.collect::<Result<String>>()?;
    let recipe = |name: &String| recipe(request.root, name, request.steps, &peers);
    let recipes: Vec<Recipe> = request.rows.iter().map(recipe).collect::<Result<_>>()?;
    // The recipes say how many steps there are.
    Ok(request.cells(&recipes, None).into_iter().map(|cell| cell.beside(measure)).collect())
}

/// What a row's runs start with; `peers` is a part of what makes two of them the same.
fn recipe(root: &Path, name: &str, steps: Option<u64>, peers: &str) -> Result<Recipe> {
    let row = ROWS.iter().find(|row| row.name == name).with_context(|| format!("no row {name}"))?;
    let steps = steps.unwrap_or(row.steps);
    let changes = row.changes.iter().map(|change| (*change).to_owned());
    let lengths = [format!("steps={steps}"), format!("evaluation.records={}", steps.div_ceil(LINES))];
    let recipe =
        Recipe::read(root, name, format!("xtask/peers/{}.toml", row.config), changes.chain(lengths).collect())?;
    Ok(Recipe { text: recipe.text + peers, ..recipe })
}

/// What the other libraries made of the steps of a run, or why they were left out.
#[derive(Debug, Deserialize, Serialize)]
struct Peers {
    pytorch: Result<Peer, String>,
    jax: Result<Peer, String>,
}

/// Makes the steps of a run that has just ended in the other libraries.
fn measure(root: &Path, cell: &Cell, folder: &Path) -> Result<()> {
    let of = |library: &Library| {
        println!("{}: {} seed {} ...", library.name, cell.key.strategy, cell.key.seed);
        let changes = cell.overrides.iter().flat_map(|change| ["--set".to_owned(), change.clone()]);
        let arguments = std::iter::once(cell.config.clone()).chain(changes);
        Peer::of_script(root, &python(root), library.script, arguments)
    };
    let peers = Peers { pytorch: of(&PYTORCH), jax: of(&JAX) };
    write(&folder.join(FILE), &serde_json::to_string_pretty(&peers)?)
}

/// One run with its peers.
#[derive(Serialize)]
struct Row {
    name: String,
    seed: u64,
    steps: u64,
    /// After the warm-up; `None` of a run that is too short.
    steps_per_second: Option<f64>,
    #[serde(flatten)]
    peers: Peers,
}

impl Row {
    fn of(run: &Run<'_>) -> Result<Self> {
        Ok(Self {
            name: run.name().to_owned(),
            seed: run.cell.key.seed,
            steps: run.finished.summary.steps,
            steps_per_second: steps_per_second(&run.records()?)?,
            peers: run.json(FILE)?,
        })
    }

    fn outcomes(&self) -> [(&'static str, &Result<Peer, String>); 2] {
        [(PYTORCH.name, &self.peers.pytorch), (JAX.name, &self.peers.jax)]
    }
}

type Report = report::Report<Row>;

impl Report {
    fn table(&self) -> String {
        let head = ["row", "n", "steps a second", "PyTorch", "ours over PyTorch", "JAX", "ours over JAX"];
        let mut names: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !names.contains(&row.name.as_str()) {
                names.push(&row.name);
            }
        }
        let line = |name: &&str| {
            let rows: Vec<&Row> = self.rows.iter().filter(|row| row.name == *name).collect();
            let theirs = |read: fn(&Peers) -> &Result<Peer, String>| {
                let speed = move |row: &&Row| Some(read(&row.peers).as_ref().ok()?.steps_per_second);
                let ratio = move |row: &&Row| Some(row.steps_per_second? / speed(row)?);
                let speeds = Spread::of(rows.iter().filter_map(speed));
                [middle(speeds), spread(Spread::of(rows.iter().filter_map(ratio)))]
            };
            let ours = Spread::of(rows.iter().filter_map(|row| row.steps_per_second));
            let own = [(*name).to_owned(), rows.len().to_string(), middle(ours)];
            own.into_iter().chain(theirs(|peers| &peers.pytorch)).chain(theirs(|peers| &peers.jax)).collect()
        };
        let head = std::iter::once(head.map(str::to_owned).to_vec());
        aligned(&head.chain(names.iter().map(line)).collect::<Vec<_>>())
    }

    fn left_out(&self) -> String {
        let of_row = |row| Row::outcomes(row).map(|(library, outcome)| (library, row.name.as_str(), outcome));
        left_out(self.rows.iter().flat_map(of_row))
    }

    /// What computed the peers' figures, and whether more than one core did.
    fn computed_by(&self) -> String {
        let peers = self.rows.iter().flat_map(Row::outcomes).filter_map(|(_, outcome)| outcome.as_ref().ok());
        let (mut by, mut most): (Vec<&str>, f64) = (Vec::new(), 0.0);
        for peer in peers {
            most = most.max(peer.cores.unwrap_or(0.0));
            if !by.contains(&peer.computed_by.as_str()) {
                by.push(&peer.computed_by);
            }
        }
        let by = if by.is_empty() { String::new() } else { format!("- Computed by: {}.\n", by.join("; ")) };
        let careful = format!("- Careful: a peer computed on {most:.2} cores on average, more than one.\n");
        if most > ONE_CORE { by + &careful } else { by }
    }

    fn page(&self) -> String {
        let parts = [
            "# Bench `peers`: steps a second beside PyTorch and JAX\n\n".to_owned(),
            self.table(),
            self.left_out(),
            HOW_TO_READ.to_owned(),
            self.computed_by(),
            self.foot(),
        ];
        parts.concat()
    }
}

/// The middle with three digits that count, and no fewer than stand before the point.
fn middle(spread: Option<Spread>) -> String {
    let Some(Spread { median, .. }) = spread else { return "-".to_owned() };
    let digits = match median {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{median:.digits$}")
}

fn spread(spread: Option<Spread>) -> String {
    spread.map_or("-".to_owned(), |spread| format!("{:.2} ({:.2} to {:.2})", spread.median, spread.least, spread.most))
}

const HOW_TO_READ: &str = "
- Both networks of `points` have two layers of 128 units, with batches of 256 points in the plane (`points-512`: 512 units, batches
  of 64); WGAN-GP makes five discriminator updates a step. `dcgan-28` has 64 and 128 channels at 28 x 28, `resnet-32` R3GAN's
  residual networks from 32 channels at 32 x 32, both with batches of 64. The configurations lie in `xtask/peers/`.
- Networks, objectives, Adam and batches are the same in PyTorch, which runs step by step (`torch_steps.py`), and in JAX, which compiles
  50 steps into one program (`jax_steps.py`; convolutions there are products with windows, which is faster than XLA's own). All
  compute in single precision on one thread, ours without evaluation, detector and checkpoints.
- The three are made in turn for each seed. Steps a second and ratios are medians over n seeds, a ratio of the same seed's figures,
  with the least and the largest. No start and no compilation is in them: ours count from the first of five lines of the
  records to the last, theirs after a warm-up.
";
