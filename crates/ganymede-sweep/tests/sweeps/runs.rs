//! Cells that are made, fail, are stopped and go on.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use ganymede_sweep::{CellState, Failure, Goals, Ladder, Results, SweepError, Work};

use crate::support::Workplace;

/// Takes the arguments of `ganymede train`, counts to the configuration's `steps` as if training, saves at each, and leaves a
/// summary. A `fault` of 1 makes it end with code 7 at the third step.
const PROGRAM: &str = r#"#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
while [ $# -gt 0 ]; do
  case $1 in
    train | --quiet) ;;
    --resume | --out) run=$2; resume=$1; shift ;;
    --device) shift ;;
    --steps) to=$2; shift ;;
    *) config=$1 ;;
  esac
  shift
done
asked= fault=0 lead=0
trap 'asked=1' TERM
[ "$resume" = --resume ] || { mkdir "$run" || exit 2; cp "$config" "$run/config.toml"; }
rm -f "$run/summary.json"
[ -z "$to" ] || { sed "s/^steps=.*/steps=$to/" "$run/config.toml" > "$run/new" && mv "$run/new" "$run/config.toml"; }
. "$run/config.toml"
made=$(cat "$run/made" 2>/dev/null || echo 0)
while [ "$made" -lt "$steps" ]; do
  made=$((made + 1)); echo $made > "$run/made"
  if [ "$made" = 3 ] && [ "$fault" = 1 ]; then echo "a disk is full" >&2; exit 7; fi
  sleep 0.01
  [ -z "$asked" ] || exit 130
done
printf '{"verdict": "healthy", "version": "1", "modes_covered": %s, "reverse_kl": null, "seconds": %s, "distance_ratio": 0.%s}' \
  "$((steps + seed * seed * 100 + lead))" "$lead" "$((1 + 8 * (lead == 3)))" > "$run/summary.json"
"#;

/// What was made, and what was said meanwhile.
pub(crate) struct Made {
    pub(crate) failures: Vec<Failure>,
    pub(crate) said: Vec<String>,
    pub(crate) results: Results,
    pub(crate) notes: Vec<String>,
}

fn program(workplace: &Workplace) -> PathBuf {
    let path = workplace.path("program.sh");
    if !path.exists() {
        workplace.write("program.sh", PROGRAM);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    path
}

/// Makes a sweep into `out`; `stop` is asked whether to stop.
pub(crate) fn make(workplace: &Workplace, sweep: &str, stop: &(dyn Fn() -> bool + Sync)) -> Made {
    try_to_make(workplace, sweep, stop).unwrap()
}

/// The same, which may be refused; a whole run has twenty steps.
pub(crate) fn try_to_make(
    workplace: &Workplace,
    sweep: &str,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Made, SweepError> {
    let (file, plan) = workplace.plan(sweep);
    let (folder, notes) = workplace.take(&plan);
    let mut ladder = Ladder::look(&file, &plan, &folder, 20)?;
    ladder.iter().try_for_each(|ladder| ladder.store(&folder))?;
    let said = Mutex::new(Vec::new());
    let configure = |cell: &ganymede_sweep::Cell| {
        let assignments = &plan.variants[cell.variant].assignments;
        if assignments.iter().any(|one| &*one.value == "666") {
            return Err("steps = 666: refused".to_owned());
        }
        let mut table =
            toml::Table::from_iter([("steps".to_owned(), 20.into()), ("seed".to_owned(), (cell.seed as i64).into())]);
        table.extend(assignments.iter().map(|one| (one.key.to_string(), one.value.parse::<toml::Value>().unwrap())));
        let lines: Vec<String> = table.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        Ok(lines.concat())
    };
    let mut work = Work {
        file: &file,
        plan: &plan,
        folder: &folder,
        goals: Goals::whole(&plan),
        program: program(workplace),
        configure: &configure,
        interrupted: stop,
        say: &|line| said.lock().unwrap().push(line.to_owned()),
    };
    let failures = work.make(ladder.as_mut())?;
    let results = Results::of(&file, &plan, &folder, ladder.as_ref());
    results.store(&folder)?;
    Ok(Made { failures, said: said.into_inner().unwrap(), results, notes })
}

/// How often the program was called to begin and to go on.
pub(crate) fn calls(workplace: &Workplace) -> (usize, usize) {
    let text = fs::read_to_string(workplace.path("out/calls")).unwrap_or_default();
    let resumed = text.lines().filter(|line| line.contains("--resume")).count();
    (text.lines().count() - resumed, resumed)
}

const GRID: &str = "seeds = 3\n[engine]\njobs = 4\n[grid]\nsteps = [5, 8]\n";

#[test]
fn a_sweep_is_made_once_and_compared_seed_by_seed() {
    let workplace = Workplace::new();
    let made = make(&workplace, GRID, &|| false);
    assert_eq!(made.failures, []);
    assert_eq!(calls(&workplace), (6, 0));
    assert_eq!(made.said.len(), 6);
    assert!(
        made.said[5].starts_with("[6/6] steps=") && made.said[5].contains("healthy, modes_covered "),
        "{:?}",
        made.said
    );
    // The seeds differ by hundreds, the pairs by three.
    let table = made.results.table();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    assert_eq!(rows[0][1..6], ["variant", "runs", "verdicts", "modes_covered", "difference (95 %)"]);
    assert_eq!(rows[2][1..6], ["steps=5", "3", "3 healthy", "171.6667 ± 120.1850", "-"]);
    assert_eq!(rows[3][1..6], ["steps=8", "3", "3 healthy", "174.6667 ± 120.1850", "+3.0000 [+3.0000, +3.0000]"]);
    assert_eq!(rows[0].len(), 7, "figures that no run has are left out: {table}");
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(workplace.path("out/results.json")).unwrap()).unwrap();
    assert_eq!(json["variants"][1]["figures"]["modes_covered"]["difference"]["mean"], 3.0);
    assert_eq!(json["variants"][1]["set"]["steps"], "8");
    assert_eq!((json["cells"].as_array().unwrap().len(), &json["cells"][0]["state"]), (6, &"done".into()));

    // Again: nothing is made again.
    let again = make(&workplace, GRID, &|| false);
    assert_eq!((calls(&workplace), again.said.len()), ((6, 0), 0));
    assert_eq!(again.results.table(), table);
}

#[test]
fn a_sweep_that_is_stopped_saves_and_goes_on_where_it_was() {
    let workplace = Workplace::new();
    let sweep = "seeds = 4\n[engine]\njobs = 2\n[set]\nsteps = 30\n";
    let out = workplace.path("out/cells");
    let steps_made = || {
        let runs = fs::read_dir(&out).into_iter().flatten().flatten();
        runs.map(|run| fs::read_to_string(run.path().join("made")).unwrap_or_default().trim().parse().unwrap_or(0))
            .max()
    };
    // The first two have made five steps or more.
    let first = make(&workplace, sweep, &|| steps_made().unwrap_or(0) >= 5);
    assert_eq!(first.failures, []);
    assert_eq!((first.results.count(CellState::Done), first.results.count(CellState::Begun)), (0, 2));
    assert_eq!(calls(&workplace), (2, 0), "nothing is begun any more");
    let before = steps_made().unwrap();
    assert!((5..30).contains(&before), "{before}");

    let second = make(&workplace, sweep, &|| false);
    assert_eq!(second.results.count(CellState::Done), 4);
    assert_eq!(calls(&workplace), (4, 2), "two go on and two begin");
}

#[test]
fn failures_are_told_with_their_log_and_tried_again_at_the_next_start() {
    let workplace = Workplace::new();
    let sweep = "[grid]\nfault = [0, 1]\nsteps = [5, 666]\n";
    let made = make(&workplace, sweep, &|| false);
    let mut reasons: Vec<&str> = made.failures.iter().map(|failure| failure.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        ["it ended with exit status: 7 and no summary", "steps = 666: refused", "steps = 666: refused"]
    );
    let failed = made.failures.iter().find(|failure| failure.reason.contains('7')).unwrap();
    assert_eq!(failed.last_lines, ["a disk is full"]);
    assert!(failed.log.is_file());
    let told = made.said.iter().find(|line| line.contains("a disk is full")).unwrap();
    assert!(
        told.contains("fault=1 steps=5 seed 0: FAILED: ") && told.contains(&failed.log.display().to_string()),
        "{told}"
    );
    assert!(made.results.table().contains("0, 1 failed"), "{}", made.results.table());
    assert_eq!((made.results.count(CellState::Done), made.results.count(CellState::Failed)), (1, 3));

    // The disk has space again.
    let fixed = PROGRAM.replace("\"$fault\" = 1", "\"$fault\" = 2");
    workplace.write("program.sh", &fixed);
    let again = make(&workplace, sweep, &|| false);
    assert_eq!((again.results.count(CellState::Done), again.failures.len()), (2, 2));
    assert_eq!(calls(&workplace).1, 1, "the run that failed at its third step goes on");
}

#[test]
fn what_a_changed_sweep_no_longer_has_is_told_and_not_mixed_in() {
    let workplace = Workplace::new();
    make(&workplace, "[grid]\nsteps = [5, 8]\n", &|| false);
    let more = make(&workplace, "[grid]\nsteps = [5, 8, 9]\n", &|| false);
    assert_eq!((more.notes.len(), calls(&workplace)), (0, (3, 0)), "only the new one is made");
    let fewer = make(&workplace, "[grid]\nsteps = [5, 7]\n", &|| false);
    assert_eq!(fewer.notes.len(), 1);
    for fragment in
        ["2 runs here", "steps=8", "steps=9", "2 of them done", "the sweep's file has changed", "out of the results"]
    {
        assert!(fewer.notes[0].contains(fragment), "`{fragment}` is missing in {}", fewer.notes[0]);
    }
    assert_eq!(fewer.results.cells.len(), 2);
    workplace.write("base.toml", "steps = 21\n");
    let based = make(&workplace, "[grid]\nsteps = [5, 7]\n", &|| false);
    assert!(
        based.notes[0].contains("4 runs here") && based.notes[0].contains("the base has changed"),
        "{:?}",
        based.notes
    );
    assert_eq!((based.results.count(CellState::Done), calls(&workplace)), (2, (6, 0)));
}

#[test]
fn a_run_that_another_process_still_trains_is_waited_for() {
    let workplace = Workplace::new();
    let sweep = "[set]\nsteps = 5\n";
    let (_, plan) = workplace.plan(sweep);
    let run = workplace.path("out/cells").join(&plan.cells[0].name);
    // Without a plan's note the folder would hold no sweep.
    drop(workplace.take(&plan));
    fs::create_dir_all(&run).unwrap();
    fs::write(run.join("config.toml"), "").unwrap();
    let lock = fs::File::create(run.join(".lock")).unwrap();
    lock.lock().unwrap();
    let (held, looked) = (Mutex::new(Some(lock)), AtomicBool::new(false));
    let ends_at_the_second_look = || {
        if looked.swap(true, Ordering::Relaxed) {
            fs::write(run.join("summary.json"), "{\"modes_covered\": 4}").unwrap();
            held.lock().unwrap().take();
        }
        false
    };
    let made = make(&workplace, sweep, &ends_at_the_second_look);
    assert_eq!((made.failures, calls(&workplace)), (Vec::new(), (0, 0)));
    assert!((made.results.cells[0].figures["modes_covered"] - 4.0).abs() < 1e-12);
}
