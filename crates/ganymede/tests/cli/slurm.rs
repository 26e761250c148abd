//! A sweep through a real Slurm of one node, which `tests/slurm/start.sh` starts as the test's user.
//!
//! Where Slurm is not installed this is left out, loudly; with `GANYMEDE_REQUIRE_SLURM=1` that fails.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::equality::assert_same;
use crate::support::Workplace;

/// Twelve runs of some seconds, saved often.
const SWEEP: &str = "base = \"tiny.toml\"\nout = \"out\"\nseeds = 6\nfigures = [\"modes_covered\"]\n\
                     [engine]\nkind = \"slurm\"\ntime = \"10:00\"\nmemory = \"500M\"\npoll = 1\n\
                     [set]\nsteps = 4_000\nevaluation.every = 1_000\ncheckpoint.every = 100\n[grid]\noptimizer.generator.learning_rate = [1e-3, 1e-4]\n";

/// A Slurm that runs; it ends with this.
struct Slurm {
    folder: tempfile::TempDir,
}

impl Slurm {
    /// `None` where it is not installed.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let output = script("start.sh").arg(folder.path()).output().unwrap();
        if output.status.code() == Some(3) {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            assert!(std::env::var_os("GANYMEDE_REQUIRE_SLURM").is_none(), "{said}");
            let line = format!("LEFT OUT: sweeps through Slurm: {said}\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return None;
        }
        let slurm = Self { folder };
        assert!(output.status.success(), "{output:?}");
        Some(slurm)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SLURM_CONF", self.folder.path().join("slurm.conf"));
        command
    }

    /// The places in their array of the jobs that run, each with the array's job.
    fn running(&self) -> Vec<(usize, String)> {
        let mut command = self.command("squeue");
        let output =
            command.args(["--me", "--array", "--noheader", "--states=RUNNING", "--format=%K|%F"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .map(|line| line.split_once('|').unwrap())
            .map(|(at, job)| (at.parse().unwrap(), job.to_owned()))
            .collect()
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        let _ = script("stop.sh").arg(self.folder.path()).status();
    }
}

fn script(name: &str) -> Command {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", "slurm", name].iter().collect();
    Command::new(path)
}

fn start(slurm: &Slurm, workplace: &Workplace, errors: &str) -> Child {
    let mut command = slurm.command(env!("CARGO_BIN_EXE_ganymede"));
    let errors = fs::File::create(workplace.path(errors)).unwrap();
    command.args(["sweep", "sweep.toml"]).current_dir(workplace.path("."));
    command.stdout(Stdio::null()).stderr(errors).spawn().unwrap()
}

/// Waits for what must come.
fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1_200 {
        if let Some(found) = found() {
            return found;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("{what} did not come");
}

/// The process that trains a cell.
fn process_of(cell: &str) -> Option<String> {
    let trains = |id: &str| {
        let words = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).into_owned();
        words.contains("train") && words.contains(cell)
    };
    let ids = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    ids.filter(|id| id.parse::<u32>().is_ok()).find(|id| trains(id))
}

#[test]
fn twelve_runs_pass_through_slurm_one_killed_and_one_requeued() {
    let Some(slurm) = Slurm::start() else { return };
    let workplace = Workplace::new();
    workplace.write("sweep.toml", SWEEP);
    // The sweep itself is killed once its jobs are in the queue, and finds them there when it is started again.
    let mut first = start(&slurm, &workplace, "first.txt");
    until("a running job", || slurm.running().first().cloned());
    first.kill().unwrap();
    first.wait().unwrap();
    let mut second = start(&slurm, &workplace, "second.txt");
    until("the second sweep", || workplace.read("second.txt").contains("in Slurm's queue already").then_some(()));

    let cells = workplace.read("out/slurm/batch-0.cells");
    let cells: Vec<&str> = cells.lines().collect();
    assert_eq!(cells.len(), 12);
    let saved = |cell: &str| {
        let checkpoints = fs::read_dir(workplace.path(&format!("out/cells/{cell}/checkpoints")));
        checkpoints.is_ok_and(|entries| entries.count() > 0)
    };
    let saved_job = |other: usize| slurm.running().into_iter().find(|(at, _)| *at != other && saved(cells[*at]));
    let (killed, _) = until("a saved run", || saved_job(usize::MAX));
    let process = until("its process", || process_of(cells[killed]));
    Command::new("sh").args(["-c", &format!("kill -9 {process}")]).status().unwrap();
    let (requeued, job) = until("another saved run", || saved_job(killed));
    let mut requeue = slurm.command("scontrol");
    assert!(requeue.args(["requeue", &format!("{job}_{requeued}")]).status().unwrap().success());

    assert_eq!(second.wait().unwrap().code(), Some(1), "{}", workplace.read("second.txt"));
    let said = workplace.read("second.txt");
    let failure = said.lines().find(|line| line.contains("FAILED")).unwrap();
    for fragment in
        [format!("{job}_{killed} left no summary"), "Slurm says FAILED".to_owned(), format!("batch-0-{killed}.log")]
    {
        assert!(failure.contains(&fragment), "`{fragment}` is missing in {failure}");
    }
    assert!(said.contains("error: 1 of the sweep's runs failed"), "{said}");
    let log = workplace.read(&format!("out/slurm/batch-0-{requeued}.log"));
    assert!(log.contains("DUE TO JOB REQUEUE"), "{log}");

    let mut third = start(&slurm, &workplace, "third.txt");
    assert_eq!(third.wait().unwrap().code(), Some(0), "{}", workplace.read("third.txt"));
    assert!(workplace.read("third.txt").contains("submitted 1 runs"), "{}", workplace.read("third.txt"));
    let results = workplace.json("out/results.json");
    let states: Vec<&str> =
        results["cells"].as_array().unwrap().iter().map(|cell| cell["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["done"; 12]);
    for (at, what) in [(killed, "killed"), (requeued, "requeued")] {
        let run = format!("out/cells/{}", cells[at]);
        workplace.succeed(&format!("train {run}/config.toml --quiet --out {what}"));
        assert_same(&workplace, what, &run, what);
    }
}

/// Three runs of a moment each, of which one goes on.
const HALVED: &str = "base = \"tiny.toml\"\nout = \"out\"\n[engine]\nkind = \"slurm\"\ntime = \"10:00\"\nmemory = \"500M\"\npoll = 1\n\
                      [set]\nsteps = 30\n[grid]\noptimizer.generator.learning_rate = [1e-2, 1e-3, 1e-4]\n\
                      [halving]\nevery = 10\nkeep = 0.5\nfigure = \"sliced_wasserstein\"\n";

#[test]
fn a_halved_sweep_through_slurm_is_judged_as_one_on_this_machine() {
    let Some(slurm) = Slurm::start() else { return };
    let workplace = Workplace::new();
    workplace.write("sweep.toml", HALVED);
    let mut sweep = start(&slurm, &workplace, "said.txt");
    assert_eq!(sweep.wait().unwrap().code(), Some(0), "{}", workplace.read("said.txt"));
    let said = workplace.read("said.txt");
    for fragment in ["submitted 3 runs", "step 10: by sliced_wasserstein 1 of 3 go on", "submitted 1 runs"] {
        assert!(said.contains(fragment), "`{fragment}` is missing in {said}");
    }
    let start = HALVED.find("kind = \"slurm\"").unwrap();
    let end = HALVED.find("[set]").unwrap();
    let local = HALVED.replace(&HALVED[start..end], "jobs = 2\n").replace("\"out\"", "\"local\"");
    workplace.write("local.toml", local);
    workplace.succeed("sweep local.toml --quiet");
    let (through_slurm, here) = (workplace.json("out/results.json"), workplace.json("local/results.json"));
    assert_eq!(through_slurm["halving"], here["halving"]);
    assert_eq!(through_slurm["cells"], here["cells"]);
}

/// One run without end, whose job has a minute.
const ENDLESS: &str = "base = \"tiny.toml\"\nout = \"out\"\n[engine]\nkind = \"slurm\"\ntime = \"1:00\"\nsignal_before = 50\nmemory = \"500M\"\n\
                       poll = 1\n[set]\nsteps = 100_000_000\nevaluation.every = 0\ncheckpoint.every = 100_000_000\n";

#[test]
fn a_run_saves_before_its_time_limit_and_its_job_is_queued_again() {
    let Some(slurm) = Slurm::start() else { return };
    let workplace = Workplace::new();
    workplace.write("sweep.toml", ENDLESS);
    let mut sweep = start(&slurm, &workplace, "said.txt");
    until("the time limit's signal", || {
        let log = fs::read_to_string(workplace.path("out/slurm/batch-0-0.log")).unwrap_or_default();
        log.contains("saved before the time limit; the job is queued again").then_some(())
    });
    let cell = workplace.read("out/slurm/batch-0.cells");
    let saved = fs::read_dir(workplace.path(&format!("out/cells/{}/checkpoints", cell.trim()))).unwrap().count();
    assert_eq!(saved, 1, "no checkpoint was due before the signal");
    until("a second start of the job", || {
        let jobs = slurm.command("scontrol").args(["show", "job"]).output().unwrap();
        String::from_utf8_lossy(&jobs.stdout).contains("Restarts=1").then_some(())
    });
    sweep.kill().unwrap();
    sweep.wait().unwrap();
}

#[test]
fn a_sweep_without_sbatch_is_refused_before_its_first_run() {
    let workplace = Workplace::new();
    workplace.write("sweep.toml", SWEEP);
    let before = workplace.listing();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
    let ended = workplace.ended(command.args(["sweep", "sweep.toml"]).env("PATH", workplace.path(".")));
    ended.assert_error(2, &["sweep.toml:6: ", "sbatch is not on the PATH", "engine.kind = \"local\""], "no sbatch");
    assert_eq!(workplace.listing(), before);
}
