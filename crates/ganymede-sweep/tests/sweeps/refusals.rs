//! Bad sweeps: each is refused before its first run, with the place and the remedy.

use std::fs;

use ganymede_sweep::{Plan, SweepError, SweepFile, SweepFolder};

use crate::support::Workplace;

/// A sweep's text after `base`, and what its refusal says.
const BAD: &[(&str, &[&str])] = &[
    ("girds = 1", &["sweep.toml:2: ", "unknown field `girds`", "`grid`"]),
    ("grid = 3", &["sweep.toml:2: ", "expected a map"]),
    ("x = ", &["sweep.toml:2: "]),
    ("seeds = 2\nseeds = 3", &["sweep.toml:3: ", "duplicate key"]),
    ("seeds = 0", &["sweep.toml:2: seeds = 0: ", "how many (1 to 100000)"]),
    ("seeds = []", &["sweep.toml:2: seeds = []: ", "a list of seeds"]),
    ("seeds = [1, 1]", &["sweep.toml:2: seeds = [1, 1]: ", "each once"]),
    ("seeds = [-1]", &["sweep.toml:2: ", "none below 0"]),
    ("seeds = \"three\"", &["sweep.toml:2: ", "how many"]),
    ("figures = [\"modes_coverd\"]", &["sweep.toml:2: figures = \"modes_coverd\"", "did you mean \"modes_covered\"?"]),
    ("figures = [\"q\"]", &["sweep.toml:2: ", "no such figure; there are modes_covered, "]),
    ("figures = []", &["sweep.toml:2: ", "name a figure"]),
    ("[grid]\nsteps = []", &["sweep.toml:3: grid.steps = []: the list is empty; name at least one value"]),
    ("[grid]\nsteps = 3", &["sweep.toml:3: ", "a fixed value belongs in [set]"]),
    ("[grid]\n\na.b = [1, 1]", &["sweep.toml:4: grid.a.b = [1, 1]: 1 is there twice"]),
    ("[grid]\na = { from = 3, to = 1, count = 3 }", &["sweep.toml:3: ", "from must be less than to"]),
    ("[grid]\nseed = [1, 2]", &["sweep.toml:3: seed: `seeds` of the sweep changes it too"]),
    (
        "[grid]\nsteps = [1]\n[set]\nsteps = 2",
        &["sweep.toml:3: steps: `steps` in [set] changes it too; name it in one place"],
    ),
    (
        "[grid]\nsteps = [1]\n[random]\ncount = 1\n[random.keys]\nsteps = [3, 4]",
        &["sweep.toml:7: steps: `steps` in [grid] changes it too"],
    ),
    ("[set]\na.b = 2\n[grid]\na.b.c = [1]", &["sweep.toml:5: a.b.c: `a.b` in [set] changes it too"]),
    ("[grid]\nstrategy.paking.samples = [2]", &["sweep.toml:3: ", "did you mean \"packing\"?"]),
    (
        "[strategies]\nlist = [\"replay\"]\n[grid]\nstrategy.0.samples = [2]",
        &["sweep.toml:5: ", "[strategies]", "strategy.NAME.KEY"],
    ),
    ("[strategies]\nlist = []", &["sweep.toml:3: ", "the list is empty"]),
    ("[strategies]\nlist = [\"a\", \"a\"]", &["sweep.toml:3: ", "name each strategy once"]),
    ("[strategies]\nlist = [\"a\"]\ncombine = \"all\"", &["sweep.toml:4: ", "unknown variant `all`", "`subsets`"]),
    ("[random]\ncount = 0\n[random.keys]\nsteps = [1]", &["sweep.toml:3: random.count = 0", "at least 1"]),
    ("[random]\ncount = 2\n[random.keys]\n", &["sweep.toml:4: ", "name a key to draw"]),
    (
        "[random]\ncount = 2\n[random.keys]\na = { from = 1, to = 2, count = 3 }",
        &["sweep.toml:5: ", "neither count nor step"],
    ),
    (
        "[random]\ncount = 2\n[random.keys]\na = { from = 0.0, to = 2.0, scale = \"log\" }",
        &["sweep.toml:5: ", "above 0"],
    ),
    ("[engine]\nkind = \"pbs\"", &["sweep.toml:3: engine.kind = \"pbs\": expected \"local\" or \"slurm\""]),
    ("[engine]\nkind = \"slurm\"", &["sweep.toml:2: [engine]: missing field `time`"]),
    (
        "[engine]\nkind = \"slurm\"\ntime = \"1:00\"\nmemory = \"1G\"\nsignal = 3",
        &["unknown field `signal`", "`signal_before`"],
    ),
    ("[engine]\njobs = 0", &["sweep.toml:2: [engine]: ", "nonzero"]),
    ("[engine]\ncores = 2", &["sweep.toml:2: [engine]: unknown field `cores`", "`jobs`"]),
    ("halving = 3", &["sweep.toml:2: ", "expected struct TypedHalving"]),
    ("[halving]\nevery = 5\nkeep = 0.5", &["sweep.toml:2: ", "missing field `figure`"]),
    ("[halving]\nevery = 5\nkep = 0.5", &["sweep.toml:4: ", "unknown field `kep`", "`keep`"]),
    ("[halving]\nevery = 0\nkeep = 0.5\nfigure = \"lost\"", &["sweep.toml:3: halving.every = 0: ", "at least 1"]),
    ("[halving]\nevery = -5\nkeep = 0.5\nfigure = \"lost\"", &["sweep.toml:3: halving.every = -5: "]),
    (
        "[halving]\nevery = 5\nkeep = 0\nfigure = \"lost\"",
        &["sweep.toml:4: halving.keep = 0: ", "above 0 and at most 1"],
    ),
    ("[halving]\nevery = 5\nkeep = 1.5\nfigure = \"lost\"", &["sweep.toml:4: halving.keep = 1.5: "]),
    ("[halving]\nevery = 5\nkeep = nan\nfigure = \"lost\"", &["sweep.toml:4: halving.keep = NaN: "]),
    (
        "[halving]\nevery = 5\nkeep = 0.5\nfigure = \"lots\"",
        &["sweep.toml:5: halving.figure = \"lots\": ", "\"lost\"?"],
    ),
    (
        "[halving]\nevery = 5\nkeep = 0.5\nfigure = \"lost\"\n[grid]\nsteps = [10, 20]",
        &["sweep.toml:7: steps: [halving] changes it too"],
    ),
    (
        "[grid]\na = { from = 1, to = 999, step = 1 }\nb = { from = 1, to = 999, step = 1 }",
        &["sweep.toml: 998001 cells are more than 100000"],
    ),
];

fn planned(path: &std::path::Path) -> Result<Plan, SweepError> {
    Plan::of(&SweepFile::read(path)?)
}

#[test]
fn bad_sweeps_are_refused_with_place_and_remedy() {
    for (text, fragments) in BAD {
        let workplace = Workplace::new();
        let message = match workplace.read(text).and_then(|file| Plan::of(&file)) {
            Ok(_) => panic!("{text} was taken"),
            Err(error) => error.to_string(),
        };
        assert!(!message.contains('\n'), "{text}: {message}");
        for fragment in *fragments {
            assert!(message.contains(fragment), "{text}: `{fragment}` is missing in `{message}`");
        }
    }
}

#[test]
fn bases_that_cannot_be_read_are_refused() {
    let workplace = Workplace::new();
    workplace.write("bad.toml", "steps = 1\nsteps = 2\n");
    for (text, fragments) in [
        ("", vec!["sweep.toml:1: ", "missing field `base`"]),
        (
            "# x\nbase = \"gone.toml\"",
            vec!["sweep.toml:2: ", "gone.toml: cannot be read: No such file", "relative to the sweep's file"],
        ),
        ("base = \".\"", vec!["sweep.toml:1: ", "cannot be read"]),
        ("base = \"bad.toml\"", vec!["bad.toml:2: ", "duplicate key"]),
    ] {
        workplace.write("sweep.toml", text);
        let message = planned(&workplace.path("sweep.toml")).unwrap_err().to_string();
        for fragment in fragments {
            assert!(message.contains(fragment), "{text}: `{fragment}` is missing in `{message}`");
        }
    }
    let message = planned(&workplace.path("no.toml")).unwrap_err().to_string();
    assert!(
        message.contains("no.toml: cannot be read") && message.contains("name the TOML file of a sweep"),
        "{message}"
    );
}

#[test]
fn folders_that_hold_something_else_are_refused_and_left_alone() {
    let workplace = Workplace::new();
    let (_, plan) = workplace.plan("");
    workplace.write("file", "x");
    for (folder, inside) in [("run", "config.toml"), ("photos", "one.png")] {
        fs::create_dir(workplace.path(folder)).unwrap();
        workplace.write(&format!("{folder}/{inside}"), "");
    }
    for (folder, fragment) in [
        ("file", "file: this is a file; name another folder with `out` or --out"),
        ("run", "this is the folder of a run"),
        ("photos", "it is not empty and holds no sweep"),
        ("file/below", "name a folder that can be written"),
    ] {
        let taken = SweepFolder::look(&workplace.path(folder)).and_then(|mut folder| folder.take("sweep.toml", &plan));
        let message = taken.unwrap_err().to_string();
        assert!(message.contains(fragment) || message.contains("cannot be used as a folder"), "{folder}: {message}");
        assert!(message.contains("--out"), "{folder}: {message}");
    }
    assert_eq!(fs::read_dir(workplace.path("photos")).unwrap().count(), 1);
}

#[test]
fn two_sweeps_in_one_folder_are_refused() {
    let workplace = Workplace::new();
    let (_, plan) = workplace.plan("");
    let (first, _) = workplace.take(&plan);
    let second = SweepFolder::look(&workplace.path("out")).unwrap().take("sweep.toml", &plan);
    let message = second.unwrap_err().to_string();
    assert!(message.contains("another sweep is working in this folder; wait"), "{message}");
    drop(first);
    workplace.take(&plan);
}
