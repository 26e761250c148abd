//! Tests of the suite `peers` on figures made up, and of what lies in `xtask/peers/`.

use super::{JAX, PYTORCH, Peer, Peers, ROWS, Report, Row, SCRIPTS, middle, recipe, report};
use crate::{bench::aggregate::Spread, workspace::find_root};

fn peer(steps_per_second: f64, cores: f64) -> Peer {
    Peer { steps_per_second, memory_mib: 100.0, computed_by: "a library 1.0".to_owned(), cores: Some(cores) }
}

fn row(name: &str, seed: u64, ours: f64, pytorch: Peer, jax: Result<Peer, String>) -> Row {
    let peers = Peers { pytorch: Ok(pytorch), jax };
    Row { name: name.to_owned(), seed, steps: 100, steps_per_second: Some(ours), peers }
}

fn report(rows: Vec<Row>) -> Report {
    report::Report { sittings: Vec::new(), rows, failed: Vec::new() }
}

#[test]
fn ratios_are_of_the_same_seed() {
    // The machine is twice as slow for the second seed: each ratio is two all the same.
    let rows = vec![
        row("points", 0, 400.0, peer(200.0, 1.0), Ok(peer(800.0, 1.0))),
        row("points", 1, 200.0, peer(100.0, 1.0), Ok(peer(400.0, 1.0))),
    ];
    let page = report(rows).page();
    for part in
        ["| points ", "| 2.00 (2.00 to 2.00) ", "| 0.50 (0.50 to 0.50) ", "| 300 ", "Computed by: a library 1.0."]
    {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert!(!page.contains("Careful"), "{page}");
}

#[test]
fn a_missing_library_and_one_on_two_cores_are_told() {
    let none = Err("python3: No module named 'jax'".to_owned());
    let rows = vec![row("dcgan-28", 0, 4.0, peer(2.0, 1.9), none)];
    let page = report(rows).page();
    for part in ["LEFT OUT: JAX's dcgan-28: python3: No module named 'jax'\n", "Careful: a peer computed on 1.90 cores"]
    {
        assert!(page.contains(part), "no {part} in {page}");
    }
}

#[test]
fn figures_keep_the_digits_that_count() {
    let of = |value: f64| middle(Spread::of(std::iter::once(value)));
    assert_eq!([of(1234.4), of(12.34), of(0.123)], ["1234", "12.3", "0.12"]);
    assert_eq!(middle(None), "-");
}

#[test]
fn every_row_and_every_script_is_there() {
    let root = find_root().unwrap();
    for row in ROWS {
        let recipe = recipe(&root, row.name, None, "").unwrap();
        assert!(recipe.overrides.contains(&format!("steps={}", row.steps)), "{}", row.name);
    }
    let peers = root.join("xtask/peers");
    for script in SCRIPTS.into_iter().chain([PYTORCH.script, JAX.script]) {
        assert!(peers.join(script).is_file(), "{script}");
    }
    assert!(recipe(&root, "no-such-row", None, "").is_err());
}

#[test]
fn another_version_of_a_library_makes_the_runs_anew() {
    let root = find_root().unwrap();
    let with = |peers: &str| recipe(&root, "points", Some(10), peers).unwrap().text;
    assert_ne!(with("# JAX 0.10\n"), with("# JAX 0.11\n"));
}
