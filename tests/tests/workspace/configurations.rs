//! The files of `configs/`: each can be run, and a strategy's is the ring's plus that strategy, where it works on points.

use std::path::{Path, PathBuf};

use ganymede_core::config::{Document, Experiment};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs")
}

fn read(path: &Path) -> (Experiment, Vec<String>) {
    let document = Document::read(path).unwrap();
    let (experiment, strategies) = Experiment::read(&document).unwrap_or_else(|error| panic!("{error}"));
    ganymede_strategies::registry().chain(&strategies).unwrap_or_else(|error| panic!("{error}"));
    (experiment, strategies.into_iter().map(|strategy| strategy.name).collect())
}

#[test]
fn every_file_is_a_valid_experiment() {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    // Beside them is the folder of sweeps.
    let files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    assert!(files.len() >= 8);
    for path in files {
        read(&path);
    }
}

#[test]
fn a_strategys_file_is_the_rings_plus_that_strategy() {
    let (ring, none) = read(&folder().join("ring.toml"));
    assert!(none.is_empty(), "the baseline has no strategy");
    // Points are refused by these, so their files are on pictures.
    let on_pictures = ["augmentation"];
    for name in ganymede_strategies::NAMES.iter().filter(|name| !on_pictures.contains(name)) {
        let (experiment, strategies) = read(&folder().join(format!("{name}.toml")));
        assert_eq!(experiment, ring, "{name}: the same networks, optimisers, data and steps");
        assert_eq!(strategies, [name.to_string()]);
    }
}
