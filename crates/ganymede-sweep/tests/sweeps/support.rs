//! The one place that plans sweeps and makes them: a folder of its own for each test.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use ganymede_sweep::{Plan, SweepError, SweepFile, SweepFolder};

/// A base with a strategy.
pub(crate) const BASE: &str = "\
steps = 20
seed = 5

[optimizer.generator]
learning_rate = 1e-3

[[strategy]]
name = \"packing\"
samples = 2
";

/// A folder with a base in `base.toml`.
pub(crate) struct Workplace {
    folder: tempfile::TempDir,
}

impl Workplace {
    pub(crate) fn new() -> Self {
        let workplace = Self { folder: tempfile::tempdir().unwrap() };
        workplace.write("base.toml", BASE);
        workplace
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Writes a sweep on the base to `sweep.toml` and reads it.
    pub(crate) fn read(&self, sweep: &str) -> Result<SweepFile, SweepError> {
        self.write("sweep.toml", &format!("base = \"base.toml\"\n{sweep}"));
        SweepFile::read(&self.path("sweep.toml"))
    }

    /// The sweep and its plan.
    pub(crate) fn plan(&self, sweep: &str) -> (SweepFile, Plan) {
        let file = self.read(sweep).unwrap();
        let plan = Plan::of(&file).unwrap();
        (file, plan)
    }

    /// The names of the variants.
    pub(crate) fn variants(&self, sweep: &str) -> Vec<String> {
        self.plan(sweep).1.variants.into_iter().map(|variant| variant.name).collect()
    }

    /// The folder `out`, taken for a plan, and what it says about earlier ones.
    pub(crate) fn take(&self, plan: &Plan) -> (SweepFolder, Vec<String>) {
        let mut folder = SweepFolder::look(&self.path("out")).unwrap();
        // A program that another test starts at this moment holds every file of this process for as long as it takes.
        for _ in 0..1_000 {
            match folder.take("sweep.toml", plan) {
                Err(error) if error.to_string().contains("another sweep") => thread::sleep(Duration::from_millis(2)),
                notes => return (folder, notes.unwrap()),
            }
        }
        panic!("the folder stays taken")
    }
}
