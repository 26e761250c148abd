//! `ganymede sweep`.

use std::path::{Path, PathBuf};

use ganymede_core::config::{Document, EvaluationConfig};
use ganymede_core::data::DataConfig;
use ganymede_core::run::DataFacts;
use ganymede_report::Report;
use ganymede_sweep::{
    Cell, CellState, Failure as CellFailure, Goals, Ladder, Plan, Probe, Results, Rung, SweepError, SweepFile,
    SweepFolder, Work,
};

use crate::arguments::SweepArguments;
use crate::failure::{CommandEnd, Failure, OrFailure, Outcome, print, say};
use crate::run::prepare::LoadedConfig;
use crate::system::atomic::store;
use crate::system::device::DeviceKind;
use crate::system::signals::Interruption;

/// Up to this number every variant of a sweep is checked before the first run; of more, as few as try every value of every key.
const VARIANTS_CHECKED: usize = 256;

/// The page with the sweep's runs side by side.
const REPORT: &str = "report.html";

/// Above this number of finished runs no page is made: a page of all of them would say little, and reading takes a while.
const MOST_REPORTED: usize = 200;

/// Makes the runs of a sweep that are not done, and compares all of them.
pub(crate) fn sweep(arguments: &SweepArguments) -> Outcome<CommandEnd> {
    let file = SweepFile::read(&arguments.sweep).map_err(refused_or_failed)?;
    let plan = Plan::of(&file).map_err(refused_or_failed)?;
    let out = arguments.out.clone().or_else(|| file.out.clone()).unwrap_or_else(|| default_out(&arguments.sweep));
    let mut folder = SweepFolder::look(&out).map_err(refused_or_failed)?;
    let base = Base::read(&file)?;
    base.check(&plan)?;
    file.check_engine().map_err(refused_or_failed)?;
    let steps = base.steps(&plan)?;
    let mut ladder = Ladder::look(&file, &plan, &folder, steps).map_err(refused_or_failed)?;
    if arguments.dry_run {
        let sweep = Sweep { plan: &plan, folder: &folder, goals: goals(&file, &plan, ladder.as_ref()) };
        print(&format!("{}{}", sweep.list(), halved(&file, &plan, steps)))?;
        return Ok(CommandEnd::Done);
    }
    let notes = folder.take(file.path(), &plan).map_err(refused_or_failed)?;
    ladder.iter().try_for_each(|ladder| ladder.store(&folder)).map_err(refused_or_failed)?;
    let tell = |line: &str| {
        if !arguments.quiet {
            say(line);
        }
    };
    for note in &notes {
        say(&format!("note: {note}"));
    }
    let mut sweep = Sweep { plan: &plan, folder: &folder, goals: goals(&file, &plan, ladder.as_ref()) };
    tell(&format!("{} into {}", sweep.counts(), folder.path().display()));
    let interruption = Interruption::listen()?;
    let program = std::env::current_exe().or_fail()?;
    let configure = |cell: &Cell| base.resolve(&plan, cell).map_err(|failure| failure.to_string());
    let mut work = Work {
        file: &file,
        plan: &plan,
        folder: &folder,
        goals: sweep.goals.clone(),
        program,
        configure: &configure,
        interrupted: &|| interruption.came(),
        say: &tell,
    };
    let failures = work.make(ladder.as_mut()).map_err(refused_or_failed)?;
    let results = Results::of(&file, &plan, &folder, ladder.as_ref());
    results.store(&folder).map_err(refused_or_failed)?;
    sweep.goals = goals(&file, &plan, ladder.as_ref());
    print(&format!("{}\n{}; results in {}\n", results.table(), sweep.counts(), folder.results().display()))?;
    if let Some(page) = sweep.report()? {
        print(&format!("the runs side by side: {}\n", page.display()))?;
    }
    if results.versions.len() > 1 {
        say(&format!("note: several versions of the program made these runs: {}", results.versions.join(", ")));
    }
    if interruption.came() {
        say("stopped; what was made is saved, and the same command goes on");
        return Ok(CommandEnd::Interrupted);
    }
    conclude(&failures, file.halving.is_some())
}

/// How far each variant is to be trained at present.
fn goals(file: &SweepFile, plan: &Plan, ladder: Option<&Ladder>) -> Goals {
    let halved = ladder.zip(file.halving.as_ref()).map(|(ladder, halving)| ladder.goals(plan, halving));
    halved.unwrap_or_else(|| Goals::whole(plan))
}

/// When how many variants are judged, in a line.
fn halved(file: &SweepFile, plan: &Plan, steps: u64) -> String {
    let Some(halving) = &file.halving else { return String::new() };
    let part = |Rung { steps, variants }: &Rung| format!("{variants} to step {steps}");
    let rungs = halving.rungs(plan.variants.len(), steps);
    let parts = rungs.iter().map(part).collect::<Vec<_>>().join(", ");
    format!("halving by {}: of {} variants {parts}\n", halving.figure.name, plan.variants.len())
}

/// The failure of a sweep of which cells have failed.
fn conclude(failures: &[CellFailure], halved: bool) -> Outcome<CommandEnd> {
    let Some(first) = failures.first() else { return Ok(CommandEnd::Done) };
    let again = if halved { "those of variants that were not stopped" } else { "them" };
    Err(Failure::failed(format!(
        "{} of the sweep's runs failed, the first: {} (its log is {}); the same command tries {again} again",
        failures.len(),
        first.reason,
        first.log.display()
    )))
}

fn refused_or_failed(error: SweepError) -> Failure {
    if error.on_the_way() { Failure::Failed(error.into()) } else { Failure::Refused(error.into()) }
}

fn default_out(sweep: &Path) -> PathBuf {
    Path::new("runs").join(sweep.file_stem().unwrap_or_default())
}

/// What a sweep's folder holds of its plan.
struct Sweep<'a> {
    plan: &'a Plan,
    folder: &'a SweepFolder,
    goals: Goals,
}

impl Sweep<'_> {
    fn state(&self, cell: &Cell) -> CellState {
        self.folder.state(cell, &self.goals)
    }

    /// How many cells there are and in which states.
    fn counts(&self) -> String {
        let states: Vec<CellState> = self.plan.cells.iter().map(|cell| self.state(cell)).collect();
        let part = |wanted: CellState| {
            let count = states.iter().filter(|state| **state == wanted).count();
            (count > 0).then(|| format!("{count} {}", wanted.name()))
        };
        let known = [CellState::Done, CellState::Stopped, CellState::Begun, CellState::Failed, CellState::Waiting];
        let parts: Vec<String> = known.into_iter().filter_map(part).collect();
        format!("{} runs of {} variants: {}", self.plan.cells.len(), self.plan.variants.len(), parts.join(", "))
    }

    /// A line for each cell.
    fn list(&self) -> String {
        let line = |cell: &Cell| {
            let (state, variant) = (self.state(cell).name(), &self.plan.variants[cell.variant].name);
            format!("{state:<8} {}  (seed {}: {variant})\n", cell.name, cell.seed)
        };
        let lines: String = self.plan.cells.iter().map(line).collect();
        let notes = self.folder.differences(self.plan).into_iter().map(|note| format!("note: {note}\n"));
        let path = self.folder.path().display();
        format!("{lines}{}{} into {path}\n", notes.collect::<String>(), self.counts())
    }

    /// Writes the report of the runs that have ended, where these are neither none nor too many for one page.
    fn report(&self) -> Outcome<Option<PathBuf>> {
        let has_ended = |cell: &&Cell| matches!(self.state(cell), CellState::Done | CellState::Stopped);
        let ended = self.plan.cells.iter().filter(has_ended);
        let runs: Vec<PathBuf> = ended.map(|cell| self.folder.run(&cell.name)).collect();
        if runs.is_empty() || runs.len() > MOST_REPORTED {
            return Ok(None);
        }
        let page = self.folder.path().join(REPORT);
        store(&page, Report::read(&runs).or_fail()?.html().as_bytes())?;
        Ok(Some(page))
    }
}

/// The configuration that every cell changes, as it was when the sweep was started.
struct Base<'a> {
    file: &'a SweepFile,
    document: Document,
    kind: DeviceKind,
}

impl<'a> Base<'a> {
    fn read(file: &'a SweepFile) -> Outcome<Self> {
        let refuse = |failure| Failure::refused(format!("{}: {failure}", file.location("device")));
        let kind = DeviceKind::choose(file.device.as_deref()).map_err(refuse)?;
        Ok(Self { file, document: Document::read(&file.base).or_refuse()?, kind })
    }

    fn planned(&self, plan: &Plan, variant: usize, seed: Option<u64>) -> Outcome<LoadedConfig> {
        let assignments = plan.variants[variant].assignments.iter().map(ganymede_sweep::Assignment::text);
        LoadedConfig::of(self.document.clone(), &self.file.base, &assignments.collect::<Vec<_>>(), seed)
    }

    /// The steps of a whole run of the baseline.
    fn steps(&self, plan: &Plan) -> Outcome<u64> {
        Ok(self.planned(plan, 0, None)?.experiment.steps)
    }

    /// The configuration with which a cell is trained, as TOML.
    fn resolve(&self, plan: &Plan, cell: &Cell) -> Outcome<String> {
        Ok(self.planned(plan, cell.variant, Some(cell.seed))?.file())
    }

    /// Refuses a sweep of which a variant cannot be trained. Data are read once, however many variants share them.
    fn check(&self, plan: &Plan) -> Outcome<()> {
        let mut known: Vec<(DataConfig, EvaluationConfig, DataFacts)> = Vec::new();
        for Probe { variant, location } in plan.probes(self.file, VARIANTS_CHECKED) {
            let refuse = |failure: Failure| Failure::refused(format!("{location}: {failure}"));
            let planned = self.planned(plan, variant, None).map_err(refuse)?;
            let device = self.kind.require()?;
            let (data, evaluation) = (&planned.experiment.data, &planned.experiment.evaluation);
            if let Some((.., facts)) = known.iter().find(|one| one.0 == *data && one.1 == *evaluation) {
                planned.check_step(facts, device).map_err(refuse)?;
                continue;
            }
            let (data, evaluation) = (data.clone(), evaluation.clone());
            let prepared = planned.prepare(device).map_err(refuse)?;
            known.push((data, evaluation, DataFacts::of(&prepared.data)));
        }
        Ok(())
    }
}
