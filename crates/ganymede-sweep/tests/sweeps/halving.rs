//! Sweeps that stop variants on the way. The program that stands in for a run covers as many modes as it makes steps, and more for
//! larger seeds; `lead` is added.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use ganymede_sweep::CellState;

use crate::runs::{Made, calls, make, try_to_make};
use crate::support::Workplace;

/// Five variants of two seeds: at steps 6, 12 and 18 five, two and one are left of twenty steps.
const HALVED: &str = "seeds = 2\nfigures = [\"modes_covered\"]\n[engine]\njobs = 2\n[grid]\nlead = [3, 1, 5, 2, 4]\n\
                      [halving]\nevery = 6\nkeep = 0.5\nfigure = \"modes_covered\"\n";

/// Where each variant ended, by its name.
fn ends(made: &Made) -> Vec<(&str, Option<u64>)> {
    made.results.variants.iter().map(|row| (row.name.as_str(), row.stopped_at)).collect()
}

const ENDS: [(&str, Option<u64>); 5] =
    [("lead=3", Some(6)), ("lead=1", Some(6)), ("lead=5", None), ("lead=2", Some(6)), ("lead=4", Some(12))];

#[test]
fn the_better_share_goes_on_and_the_others_are_told_with_where_they_ended() {
    let workplace = Workplace::new();
    let made = make(&workplace, HALVED, &|| false);
    assert_eq!((made.failures.len(), ends(&made)), (0, ENDS.to_vec()));
    // Ten begin; the runs of two variants go on, then those of one.
    assert_eq!(calls(&workplace), (10, 4 + 2));
    let told: Vec<&String> = made.said.iter().filter(|line| line.starts_with("step ")).collect();
    assert_eq!(told.len(), 2, "{:?}", made.said);
    assert!(
        told[0]
            .starts_with("step 6: by modes_covered 2 of 5 go on: lead=5 (61.0000), lead=4 (60.0000); stopped: lead=3")
    );
    let table = made.results.table();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    assert_eq!(rows[0][1..5], ["variant", "runs", "verdicts", "stopped at step"]);
    assert_eq!(rows[2][1..7], ["lead=3", "2", "2 healthy", "6", "59.0000 ± 50.0000", "-"]);
    assert_eq!(rows[3][4..7], ["6", "57.0000 ± 50.0000", "-2.0000 [-2.0000, -2.0000]"]);
    assert_eq!(rows[4][4..7], ["-", "75.0000 ± 50.0000", "-"], "runs of unequal length are not compared: {table}");

    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(workplace.path("out/results.json")).unwrap()).unwrap();
    assert_eq!(json["cells"][0]["stopped_at"], 6);
    assert_eq!(json["cells"][0]["state"], "stopped");
    assert_eq!(json["cells"][2]["state"], "done");
    assert_eq!(json["halving"][1]["steps"], 12);
    assert_eq!(json["halving"][1]["standings"][0]["name"], "lead=5");

    let again = make(&workplace, HALVED, &|| false);
    assert_eq!((calls(&workplace), again.said.len()), ((10, 6), 0), "nothing is made again");
    assert_eq!(again.results.table(), table);
}

#[test]
fn a_halved_sweep_that_is_stopped_goes_on_to_the_same_end() {
    for patience in [3, 9, 30, 60] {
        let workplace = Workplace::new();
        let mut starts = 0;
        let made = loop {
            let asked = AtomicUsize::new(0);
            let made = make(&workplace, HALVED, &|| asked.fetch_add(1, Ordering::Relaxed) > patience + 3 * starts);
            starts += 1;
            if made.results.count(CellState::Done) == 2 && made.results.count(CellState::Stopped) == 8 {
                break made;
            }
            assert!(starts < 200, "it comes to its end");
        };
        assert_eq!(ends(&made), ENDS, "patience {patience}");
        assert_eq!(calls(&workplace).0, 10, "patience {patience}: no run is begun twice");
        let value = made.results.variants[2].figures["modes_covered"].estimate.mean;
        assert!((value - 75.0).abs() < 1e-9, "{value}");
    }
}

#[test]
fn a_variant_with_a_failed_run_does_not_go_on() {
    let workplace = Workplace::new();
    let sweep = HALVED.replace("lead = [3, 1, 5, 2, 4]", "fault = [0, 1]\nlead = [1, 2]");
    let made = make(&workplace, &sweep, &|| false);
    let failed: Vec<_> = ends(&made).into_iter().filter(|(name, _)| name.contains("fault=1")).collect();
    assert_eq!(made.failures.len(), 4);
    assert_eq!(failed, [("fault=1 lead=1", Some(6)), ("fault=1 lead=2", Some(6))]);
    assert_eq!(made.results.count(CellState::Failed), 4);
    let again = make(&workplace, &sweep, &|| false);
    assert_eq!((again.failures.len(), again.said.len()), (0, 0), "they were judged and are not tried again");

    // Where all fail there is nothing to judge, and all are tried again.
    let all = Workplace::new();
    let sweep = HALVED.replace("lead = [3, 1, 5, 2, 4]", "fault = [1]\nlead = [1, 2]");
    let first = make(&all, &sweep, &|| false);
    assert_eq!((first.failures.len(), first.results.halving.len()), (4, 0));
    let second = make(&all, &sweep, &|| false);
    assert_eq!(second.failures.len(), 0, "what failed once goes on after its third step");
    assert_eq!(ends(&second), [("fault=1 lead=1", Some(6)), ("fault=1 lead=2", None)]);
}

#[test]
fn lower_values_and_those_near_one_are_better_where_the_figure_says_so() {
    for (figure, expected) in [("seconds", "lead=1"), ("modes_covered", "lead=5"), ("distance_ratio", "lead=3")] {
        let workplace = Workplace::new();
        let sweep = HALVED.replace("figure = \"modes_covered\"", &format!("figure = \"{figure}\""));
        let made = make(&workplace, &sweep.replace("keep = 0.5", "keep = 0.2"), &|| false);
        let kept: Vec<&str> = ends(&made).into_iter().filter(|(_, end)| end.is_none()).map(|(name, _)| name).collect();
        assert_eq!(kept, [expected], "{figure}");
    }
}

#[test]
fn a_ladder_that_does_not_fit_its_folder_is_refused() {
    let refused = |workplace: &Workplace, sweep: &str| match try_to_make(workplace, sweep, &|| false) {
        Ok(_) => panic!("{sweep} was taken"),
        Err(error) => error.to_string(),
    };
    let fresh = Workplace::new();
    let late = refused(&fresh, &HALVED.replace("every = 6", "every = 20"));
    assert!(late.contains("sweep.toml:9: halving.every = 20: expected fewer steps than the 20 of a run"), "{late}");
    let nobody = refused(&fresh, &HALVED.replace("figure = \"modes_covered\"", "figure = \"lost\""));
    assert!(nobody.contains("sweep.toml:11: halving.figure = \"lost\": no variant has it in all"), "{nobody}");
    // Another figure may be named as long as nothing was judged.
    make(&fresh, HALVED, &|| false);
    let before = calls(&fresh);
    let plain = HALVED.split("[halving]").next().unwrap();
    for (sweep, fragment) in [
        (plain.to_owned(), "its runs were halved, and the sweep has no [halving] any more"),
        (HALVED.replace("every = 6", "every = 5"), "halving.every was 6 when its runs were begun"),
        (HALVED.replace("keep = 0.5", "keep = 0.4"), "were judged before the sweep's file or its base has changed"),
        (HALVED.replace("[3, 1", "[7, 3, 1"), "were judged before the sweep's file or its base has changed"),
    ] {
        let message = refused(&fresh, &sweep);
        assert!(message.contains(fragment) && message.contains("--out"), "{sweep}: {message}");
    }
    assert_eq!(calls(&fresh), before, "nothing was trained");
    let whole = Workplace::new();
    make(&whole, plain, &|| false);
    let begun = refused(&whole, HALVED);
    assert!(begun.contains("its runs were begun without [halving]"), "{begun}");
}
