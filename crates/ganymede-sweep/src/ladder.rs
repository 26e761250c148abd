//! How far a halved sweep has come: the judgements so far, kept in its folder, since the runs that go on overwrite what they were
//! judged by.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::SweepError;
use crate::file::SweepFile;
use crate::folder::{CellState, SweepFolder, store};
use crate::goals::{Goal, Goals};
use crate::halving::Halving;
use crate::plan::{Cell, Plan};

/// The judgements of a sweep's folder.
const LADDER: &str = "halving.json";

/// A variant as it was judged.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Standing {
    /// The variant's position in the plan.
    pub variant: usize,
    /// What it changes, in short.
    pub name: String,
    /// The mean of the figure over the seeds; `None` where a run failed or has no such figure.
    pub mean: Option<f64>,
    /// Whether it went on.
    pub kept: bool,
}

/// What was judged at one step.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Judgement {
    /// The step.
    pub steps: u64,
    /// The variants that had come so far, the best first.
    pub standings: Vec<Standing>,
}

/// The judgements of a halved sweep so far.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Ladder {
    every: u64,
    keep: f64,
    figure: String,
    /// Steps of a run that is never stopped.
    steps: u64,
    /// A hash of the cells' names.
    cells: String,
    judged: Vec<Judgement>,
}

impl Ladder {
    /// The judgements in a folder, none in a fresh one; `None` for a sweep that halves nothing. `steps` are those of a whole run.
    ///
    /// # Errors
    ///
    /// [`SweepError::Invalid`] where the first judgement would come after the end, [`SweepError::Folder`] where the runs in the folder
    /// were trained or judged in another way.
    pub fn look(file: &SweepFile, plan: &Plan, folder: &SweepFolder, steps: u64) -> Result<Option<Self>, SweepError> {
        let path = folder.path().join(LADDER);
        let refuse = |reason: String| SweepError::Folder {
            folder: folder.path().display().to_string(),
            reason,
            remedy: "name another folder with `out` or --out, or take the change back".to_owned(),
        };
        let before = read(&path).map_err(|reason| refuse(format!("{LADDER}: {reason}")))?;
        let Some(halving) = &file.halving else {
            return match before {
                Some(_) => Err(refuse("its runs were halved, and the sweep has no [halving] any more".to_owned())),
                None => Ok(None),
            };
        };
        if halving.every >= steps {
            let expected = format!("expected fewer steps than the {steps} of a run");
            return Err(file.document.invalid("halving.every", halving.every, expected));
        }
        let names = plan.cells.iter().fold(Sha256::new(), |hash, cell| hash.chain_update(format!("{}\0", cell.name)));
        let ladder = Self {
            every: halving.every,
            keep: halving.keep,
            figure: halving.figure.name.to_owned(),
            steps,
            cells: crate::plan::hex(names),
            judged: before.as_ref().map(|before| before.judged.clone()).unwrap_or_default(),
        };
        match before {
            None if plan.cells.iter().any(|cell| folder.run_folder(&cell.name).has_begun()) => {
                Err(refuse("its runs were begun without [halving]".to_owned()))
            }
            Some(before) if before.every != ladder.every => {
                Err(refuse(format!("halving.every was {} when its runs were begun", before.every)))
            }
            Some(before) if !before.judged.is_empty() && before != ladder => {
                Err(refuse("its runs were judged before the sweep's file or its base has changed".to_owned()))
            }
            _ => Ok(Some(ladder)),
        }
    }

    /// Writes the judgements into the sweep's folder.
    ///
    /// # Errors
    ///
    /// [`SweepError::Failed`] where they cannot be written.
    pub fn store(&self, folder: &SweepFolder) -> Result<(), SweepError> {
        let path = folder.path().join(LADDER);
        let text = serde_json::to_string_pretty(self).map_err(|error| SweepError::failed(path.display(), error))?;
        store(&path, (text + "\n").as_bytes()).map_err(|error| SweepError::failed(path.display(), error))
    }

    /// The judgements so far.
    pub fn judgements(&self) -> &[Judgement] {
        &self.judged
    }

    /// How far each variant of a plan is to be trained at present.
    pub fn goals(&self, plan: &Plan, halving: &Halving) -> Goals {
        let next = |before, left: usize| Some(halving.next(before, left, self.steps));
        let first = Goal { steps: next(0, plan.variants.len()), stopped: false };
        let mut goals = vec![first; plan.variants.len()];

        for Judgement { steps, standings } in &self.judged {
            let left = standings.iter().filter(|standing| standing.kept).count();
            for Standing { variant, kept, .. } in standings {
                let goal = if *kept { next(*steps, left) } else { Some(*steps) };
                if let Some(place) = goals.get_mut(*variant) {
                    *place = Goal { steps: goal, stopped: !kept };
                }
            }
        }
        Goals::each(goals)
    }

    /// Judges the variants whose runs have all ended at the next step, and notes it in the folder; gives it as a sentence. `None`
    /// where runs are still to be made, all have failed, or the runs are at their end.
    ///
    /// # Errors
    ///
    /// [`SweepError::Invalid`] where no run has the figure, [`SweepError::Failed`] where the judgement cannot be noted.
    pub fn judge(&mut self, file: &SweepFile, plan: &Plan, folder: &SweepFolder) -> Result<Option<String>, SweepError> {
        let Some(halving) = &file.halving else { return Ok(None) };
        let goals = self.goals(plan, halving);
        let running: Vec<usize> = (0..plan.variants.len()).filter(|variant| !goals.of(*variant).stopped).collect();
        let at = running.first().and_then(|variant| goals.of(*variant).steps).unwrap_or(self.steps);
        if at >= self.steps {
            return Ok(None);
        }
        let mut runs: Vec<Vec<&Cell>> = vec![Vec::new(); plan.variants.len()];
        plan.cells.iter().for_each(|cell| runs[cell.variant].push(cell));
        let states = running.iter().flat_map(|variant| &runs[*variant]).map(|cell| folder.state(cell, &goals));
        let states: Vec<CellState> = states.collect();
        let ended = |state: &CellState| matches!(state, CellState::Done | CellState::Failed);
        if !states.iter().all(ended) || !states.contains(&CellState::Done) {
            return Ok(None);
        }
        let value = |cell: &&Cell| {
            let done = folder.state(cell, &goals) == CellState::Done;
            halving.figure.value(&folder.summary(&cell.name).filter(|_| done)?)
        };
        let mean = |variant: usize| {
            let values: Option<Vec<f64>> = runs[variant].iter().map(value).collect();
            values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
        };
        let standing = |variant: usize| Standing {
            variant,
            name: plan.variants[variant].name.clone(),
            mean: mean(variant),
            kept: false,
        };
        let mut standings: Vec<Standing> = running.iter().map(|variant| standing(*variant)).collect();
        if standings.iter().all(|standing| standing.mean.is_none()) {
            let expected = "no variant has it in all of its runs; name a figure that their summary.json has";
            return Err(file.document.invalid("halving.figure", format!("\"{}\"", self.figure), expected));
        }
        // Stable: of equals the one that comes first in the plan is the better.
        standings.sort_by(|first, second| match (first.mean, second.mean) {
            (Some(first), Some(second)) => halving.figure.better.order(first, second),
            (first, second) => second.is_some().cmp(&first.is_some()),
        });
        for standing in standings.iter_mut().take(halving.kept(running.len())) {
            standing.kept = standing.mean.is_some();
        }
        let judgement = Judgement { steps: at, standings };
        let told = judgement.text(&self.figure);
        self.judged.push(judgement);
        self.store(folder)?;
        Ok(Some(told))
    }
}

impl Judgement {
    /// Who goes on and who is stopped, in a sentence.
    fn text(&self, figure: &str) -> String {
        let part = |kept: bool| {
            let chosen = self.standings.iter().filter(|standing| standing.kept == kept);
            let named = chosen.map(|standing| match standing.mean {
                Some(mean) => format!("{} ({mean:.4})", standing.name),
                None => format!("{} (none)", standing.name),
            });
            named.collect::<Vec<_>>()
        };
        let (kept, stopped) = (part(true), part(false));
        let stops = if stopped.is_empty() { String::new() } else { format!("; stopped: {}", stopped.join(", ")) };
        format!(
            "step {}: by {figure} {} of {} go on: {}{stops}",
            self.steps,
            kept.len(),
            self.standings.len(),
            kept.join(", ")
        )
    }
}

fn read(path: &Path) -> Result<Option<Ladder>, String> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| error.to_string()),
    }
}
