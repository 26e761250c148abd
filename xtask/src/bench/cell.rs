//! One run of the table: what identifies it, where it lies, how it is made.

use std::{
    fs::{self, File},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
};

use anyhow::{Context, Result, ensure};
use ganymede_sweep::{
    RunFolder,
    processes::{last_lines, start_logged},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    provenance::{Sitting, fingerprint},
    summary::Summary,
};
use crate::workspace;

/// How many of a failed run's last lines are shown.
const LINES_OF_A_FAILURE: usize = 12;

/// What one strategy's runs are started with.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// The strategy, or whatever else names a row of the suite.
    pub(crate) strategy: String,
    /// The configuration's path relative to the workspace.
    pub(crate) config: String,
    pub(crate) text: String,
    /// `key=value` overrides.
    pub(crate) overrides: Vec<String>,
    /// Overrides that say where files lie: no part of what makes two runs the same.
    pub(crate) places: Vec<String>,
}

impl Recipe {
    /// The configuration at `config`, with what is changed in it.
    pub(crate) fn read(root: &Path, strategy: &str, config: String, overrides: Vec<String>) -> Result<Self> {
        let text = workspace::read(&root.join(&config))?;
        Ok(Self { strategy: strategy.to_owned(), config, text, overrides, places: Vec::new() })
    }
}

/// Whether a device, as `--device` names it, is the processor.
pub(crate) fn is_processor(device: &str) -> bool {
    ["flex", "ndarray"].contains(&device)
}

/// What two runs must share to be the same.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) suite: String,
    pub(crate) strategy: String,
    pub(crate) seed: u64,
    /// The steps of `--steps`; `None` for the configuration's own.
    pub(crate) steps: Option<u64>,
    /// Of the configuration's text and the overrides.
    pub(crate) config_hash: String,
    pub(crate) device: String,
}

/// Waits for the program of a run, which trains in the folder given, to end.
pub(crate) type Wait = fn(&mut Child, &Path) -> Result<ExitStatus>;

/// Measures something beside a run that has just ended, and leaves it in the run's folder: workspace, run and folder.
pub(crate) type Beside = fn(&Path, &Cell, &Path) -> Result<()>;

#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) key: Key,
    /// The configuration's path relative to the workspace, and what is changed in it.
    pub(crate) config: String,
    pub(crate) overrides: Vec<String>,
    wait: Wait,
    beside: Option<Beside>,
    /// Whether the finished run is diagnosed.
    diagnosed: bool,
}

/// What a finished run's folder says: under which key, and when and where it was made.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Recorded {
    pub(crate) key: Key,
    pub(crate) sitting: Sitting,
}

/// The file with the diagnosis of a run.
pub(crate) const DIAGNOSIS: &str = "diagnosis.json";

/// What a diagnosis says first.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    pub(crate) verdict: String,
    pub(crate) headline: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) recorded: Recorded,
    pub(crate) summary: Summary,
}

/// A run that did not end well.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failure {
    pub(crate) strategy: String,
    pub(crate) seed: u64,
    pub(crate) reason: String,
    pub(crate) last_lines: Vec<String>,
}

impl Cell {
    /// The run of `recipe` with `seed`.
    pub(crate) fn new(suite: &str, recipe: &Recipe, seed: u64, steps: Option<u64>, device: &str) -> Self {
        let mut hashed = recipe.text.clone();
        for one in &recipe.overrides {
            hashed.push('\0');
            hashed.push_str(one);
        }
        let key = Key {
            suite: suite.to_owned(),
            strategy: recipe.strategy.clone(),
            seed,
            steps,
            config_hash: fingerprint(hashed.as_bytes()),
            device: device.to_owned(),
        };
        let mut overrides = [recipe.overrides.as_slice(), &recipe.places].concat();
        overrides.extend(steps.map(|steps| format!("steps={steps}")));
        let wait: Wait = |program, _| Ok(program.wait()?);
        Self { key, config: recipe.config.clone(), overrides, wait, beside: None, diagnosed: false }
    }

    /// The same run, but watched by `wait` while it is made.
    pub(crate) fn waiting_by(self, wait: Wait) -> Self {
        Self { wait, ..self }
    }

    /// The same run, with something measured right after it.
    pub(crate) fn beside(self, beside: Beside) -> Self {
        Self { beside: Some(beside), ..self }
    }

    /// The same run, diagnosed when it is finished.
    pub(crate) fn diagnosed(self) -> Self {
        Self { diagnosed: true, ..self }
    }

    /// A name that no other run shares, so that a shortened bench never replaces what a long one made.
    fn name(&self) -> String {
        let key = serde_json::to_string(&self.key).unwrap_or_default();
        format!("{}-{}-{}", self.key.strategy, self.key.seed, fingerprint(key.as_bytes()))
    }

    pub(crate) fn folder(&self, out: &Path) -> PathBuf {
        out.join("cells").join(self.name())
    }

    fn partial(&self, out: &Path) -> RunFolder {
        RunFolder::at(out.join("partial").join(self.name()))
    }

    fn log(&self, out: &Path) -> PathBuf {
        out.join("partial").join(format!("{}.log", self.name()))
    }

    /// The finished run, if its folder is complete and was made under the same key.
    pub(crate) fn finished(&self, out: &Path) -> Option<Finished> {
        let folder = self.folder(out);
        let recorded: Recorded = read_json(&folder.join("cell.json")).ok()?;
        let summary = RunFolder::at(folder).summary()?;
        (recorded.key == self.key).then_some(Finished { recorded, summary })
    }

    /// How many threads compute: one. On a GPU a second one makes the next step's inputs meanwhile.
    fn threads(&self) -> NonZeroUsize {
        if is_processor(&self.key.device) { NonZeroUsize::MIN } else { NonZeroUsize::MIN.saturating_add(1) }
    }

    /// The command that makes the run.
    fn command(&self, root: &Path, out: &Path, program: &Path) -> Command {
        let mut command = workspace::command(program, root);
        command.args(["train", &self.config, "--device", &self.key.device, "--seed", &self.key.seed.to_string()]);
        command.arg("--out").arg(self.partial(out).path()).arg("--quiet");
        for one in &self.overrides {
            command.args(["--set", one]);
        }
        command
    }

    /// Makes the run in a folder of its own and moves it to its place once it is whole.
    pub(crate) fn make(&self, root: &Path, out: &Path, program: &Path, sitting: &Sitting) -> Result<Summary, Failure> {
        self.try_make(root, out, program, sitting).map_err(|error| Failure {
            strategy: self.key.strategy.clone(),
            seed: self.key.seed,
            reason: format!("{error:#}"),
            last_lines: last_lines(&self.log(out), LINES_OF_A_FAILURE),
        })
    }

    fn try_make(&self, root: &Path, out: &Path, program: &Path, sitting: &Sitting) -> Result<Summary> {
        let (run, folder, log) = (self.partial(out), RunFolder::at(self.folder(out)), self.log(out));
        let partial = run.path();
        ensure!(!run.is_held(), "another process trains it in {}; wait for its end, or stop it", partial.display());
        remove(&run)?;
        let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = self.command(root, out, program);
        let child = start_logged(&mut command, self.threads(), output);
        let mut child = child.with_context(|| format!("cannot run {}", program.display()))?;
        let status = (self.wait)(&mut child, partial)?;
        ensure!(status.success(), "{status}, log in {}", log.display());

        let summary: Summary = run.summary().context("ended well, but left no results")?;
        if let Some(beside) = self.beside {
            beside(root, self, partial)?;
        }
        if self.diagnosed {
            let mut command = workspace::command(program, root);
            let said = command.args(["diagnose", "--json", "--fake"]).arg(partial).output()?;
            workspace::write(&partial.join(DIAGNOSIS), &String::from_utf8_lossy(&said.stdout))?;
        }
        let recorded = Recorded { key: self.key.clone(), sitting: sitting.clone() };
        workspace::write(&partial.join("cell.json"), &serde_json::to_string_pretty(&recorded)?)?;
        fs::rename(&log, partial.join("log.txt"))?;
        remove(&folder)?;
        fs::create_dir_all(out.join("cells"))?;
        let place = folder.path();
        fs::rename(partial, place).with_context(|| format!("cannot move the run to {}", place.display()))?;
        Ok(summary)
    }
}

fn remove(folder: &RunFolder) -> Result<()> {
    folder.remove().with_context(|| format!("cannot remove {}", folder.path().display()))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&workspace::read(path)?).with_context(|| format!("{} is not complete", path.display()))
}
