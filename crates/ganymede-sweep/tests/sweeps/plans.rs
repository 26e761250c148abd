//! Which cells a sweep has.

use std::collections::BTreeSet;

use crate::support::Workplace;

/// The names of a plan's cells.
fn cells(workplace: &Workplace, sweep: &str) -> BTreeSet<String> {
    workplace.plan(sweep).1.cells.into_iter().map(|cell| cell.name).collect()
}

#[test]
fn variants_are_every_combination_and_say_what_they_change() {
    let workplace = Workplace::new();
    for (sweep, expected) in [
        ("", vec!["base"]),
        ("[set]\nsteps = 9\n", vec!["base"]),
        ("[grid]\nsteps = [1, 2]\n", vec!["steps=1", "steps=2"]),
        (
            "[grid]\noptimizer.generator.learning_rate = [1e-3, 1e-4]\nobjective.kind = [\"hinge\", \"wasserstein\"]\n",
            vec![
                "kind=hinge learning_rate=0.001",
                "kind=hinge learning_rate=0.0001",
                "kind=wasserstein learning_rate=0.001",
                "kind=wasserstein learning_rate=0.0001",
            ],
        ),
        (
            "[grid]\n\"optimizer.generator.learning_rate\" = [1e-3]\n\"optimizer.discriminator.learning_rate\" = [1e-4, 1e-5]\n",
            vec![
                "discriminator.learning_rate=0.0001 generator.learning_rate=0.001",
                "discriminator.learning_rate=0.00001 generator.learning_rate=0.001",
            ],
        ),
        ("strategies = { list = [\"packing\", \"replay\"] }\n", vec!["none", "packing", "replay"]),
        // A key of a strategy that is out does not make two variants of one.
        (
            "strategies = { list = [\"packing\", \"replay\"] }\n[grid]\nstrategy.packing.samples = [2, 4]\n",
            vec!["none", "packing samples=2", "packing samples=4", "replay"],
        ),
        ("[grid]\ngenerator.hidden = [[8], [8, 8]]\n", vec!["hidden=[8]", "hidden=[8, 8]"]),
        // As many equal draws as one likes are one.
        ("[random]\ncount = 40\n[random.keys]\nsteps = [7]\n", vec!["base", "steps=7"]),
    ] {
        assert_eq!(workplace.variants(sweep), expected, "{sweep}");
    }
}

#[test]
fn assignments_bring_the_strategies_first_and_what_is_swept_last() {
    let workplace = Workplace::new();
    let sweep = "strategies = { list = [\"replay\"] }\n[set]\nstrategy.packing.samples = 3\nstrategy.replay.capacity = 50\n\
                 [grid]\nsteps = [1]\n";
    let (_, plan) = workplace.plan(sweep);
    let texts: Vec<Vec<String>> = plan
        .variants
        .iter()
        .map(|one| one.assignments.iter().map(ganymede_sweep::Assignment::text).collect())
        .collect();
    let packing = "{ name = \"packing\", samples = 2 }";
    assert_eq!(
        texts,
        [
            vec![format!("strategy=[{packing}]"), "strategy.packing.samples=3".to_owned(), "steps=1".to_owned()],
            vec![
                format!("strategy=[{packing}, {{ name = \"replay\" }}]"),
                "strategy.packing.samples=3".to_owned(),
                "strategy.replay.capacity=50".to_owned(),
                "steps=1".to_owned(),
            ],
        ]
    );
}

#[test]
fn seeds_are_counted_or_listed_and_come_seed_by_seed() {
    let workplace = Workplace::new();
    for (seeds, expected) in
        [("", vec![0, 0]), ("seeds = 2\n", vec![0, 0, 1, 1]), ("seeds = [7, 3]\n", vec![7, 7, 3, 3])]
    {
        let (_, plan) = workplace.plan(&format!("{seeds}[grid]\nsteps = [1, 2]\n"));
        let found: Vec<u64> = plan.cells.iter().map(|cell| cell.seed).collect();
        assert_eq!(found, expected, "{seeds}");
    }
}

#[test]
fn a_cell_keeps_its_folder_whatever_else_is_in_the_sweep() {
    let workplace = Workplace::new();
    let few = cells(&workplace, "seeds = 2\n[grid]\nsteps = [1, 2]\n");
    let more = "# a comment\nseeds = 3\nfigures = [\"seconds\"]\n[engine]\njobs = 3\n[grid]\nsteps = [1, 2, 3]\n";
    assert!(few.is_subset(&cells(&workplace, more)), "more seeds and values leave the others as they are");
    workplace.write("base.toml", &format!("# a comment\n\n{}", crate::support::BASE));
    assert_eq!(few, cells(&workplace, "seeds = 2\n[grid]\nsteps = [1, 2]\n"), "a comment changes nothing");

    let drawn = "[random]\ncount = 3\n[random.keys]\nsteps = { from = 1, to = 1_000_000 }\n";
    let other = "[random]\ncount = 5\n[random.keys]\nsteps = { from = 1, to = 1_000_000 }\n";
    assert!(cells(&workplace, drawn).is_subset(&cells(&workplace, other)), "more draws leave the first as they are");

    // Each of these is another run.
    let base = cells(&workplace, "[grid]\nsteps = [1]\n");
    for changed in [
        "[grid]\nsteps = [2]\n",
        "[set]\nbatch_size = 3\n[grid]\nsteps = [1]\n",
        "device = \"ndarray\"\n[grid]\nsteps = [1]\n",
    ] {
        assert!(base.is_disjoint(&cells(&workplace, changed)), "{changed}");
    }
    workplace.write("base.toml", &crate::support::BASE.replace("samples = 2", "samples = 3"));
    assert!(base.is_disjoint(&cells(&workplace, "[grid]\nsteps = [1]\n")), "the base");
}

#[test]
fn ten_thousand_cells_are_planned_each_with_a_folder_of_its_own() {
    let workplace = Workplace::new();
    let sweep = "seeds = 10\n[grid]\nsteps = { from = 1, to = 100, count = 100 }\nbatch_size = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n";
    assert_eq!(cells(&workplace, sweep).len(), 10_000);
    for name in cells(
        &workplace,
        "[grid]\n\"a.b\" = [\"x/../y\", \"é\", \"a\\u0000b\", \"a long one a long one a long one a long one a long one\"]\n",
    ) {
        assert!(name.len() < 100 && name.chars().all(|c| c.is_ascii_alphanumeric() || "._=+-".contains(c)), "{name}");
    }
}

#[test]
fn probes_try_every_value_and_few_more() {
    let workplace = Workplace::new();
    let grid = "[grid]\nsteps = { from = 1, to = 50, count = 50 }\nbatch_size = { from = 1, to = 40, count = 40 }\n";
    let (file, plan) = workplace.plan(grid);
    assert_eq!(plan.variants.len(), 2_000);
    let probes = plan.probes(&file, 100);
    // The first has a value of both, and every other value is tried once.
    assert_eq!(probes.len(), 1 + 49 + 39);
    let tried: BTreeSet<String> = probes
        .iter()
        .flat_map(|probe| plan.variants[probe.variant].assignments.iter().map(ganymede_sweep::Assignment::text))
        .collect();
    assert_eq!(tried.len(), 90);
    let of_batch = probes.iter().filter(|probe| probe.location.ends_with("sweep.toml:4")).count();
    assert_eq!(of_batch, 39, "each knows the line of what it tries");
    assert_eq!(plan.probes(&file, 2_000).len(), 2_000, "all, where they are few enough");

    // Values that are drawn are all different; it does not take all of them.
    let drawn = "[random]\ncount = 1_000\n[random.keys]\nsteps = { from = 1, to = 1_000_000_000 }\n";
    let (file, plan) = workplace.plan(drawn);
    assert_eq!((plan.variants.len(), plan.probes(&file, 100).len()), (1_001, 101));
}
