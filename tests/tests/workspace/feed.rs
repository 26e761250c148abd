//! Inputs that are made ahead, and rows that are gathered on the device: the same bits as without.

use burn::tensor::Device;
use ganymede_core::run::Run;
use ganymede_tests::{PICTURES, SMALL, bits, run, with_strategies};

use crate::stacking::Form;

/// How a run gets its inputs: on the device, ahead.
const WAYS: [[bool; 2]; 4] = [[false, false], [false, true], [true, false], [true, true]];

/// Keys before the tables, the tables, and strategies.
type Case<'a> = (&'a str, &'a str, &'a [Form]);

fn prepared(text: &str, [on_device, ahead]: [bool; 2]) -> Run {
    let mut run = run(text, Device::flex()).unwrap();
    assert!(!on_device || run.keep_data_on_device() || text.contains("fresh"), "{text}");
    if ahead {
        run.work_ahead();
    }
    run
}

#[test]
fn weights_and_losses_are_the_same_however_a_step_gets_its_inputs() {
    let fixed = SMALL.replace("samples = 200", "samples = 200\ndraw = \"fixed\"");
    let fresh = SMALL.replace("samples = 200", "samples = 200\ndraw = \"fresh\"");
    let stacked = PICTURES.replace(
        "kind = \"glyphs\"\nside = 16\nsamples = 100",
        "kind = \"stacked\"\nsamples = 90\n[data.of]\nkind = \"glyphs\"\nside = 16",
    );
    let rows: [Case; 7] = [
        ("", &fixed, &[]),
        ("", &fresh, &[]),
        ("updates = \"simultaneous\"", &fixed, &[("label-smoothing", "")]),
        ("discriminator_steps = 2\ngenerator_steps = 3", &fixed, &[("replay", "capacity = 20")]),
        ("", &fixed, &[("multi-generator", "assignment = \"class\"\ndiscriminator = \"per-class\"")]),
        ("", PICTURES, &[("conditional", ""), ("augmentation", "probability = 0.5")]),
        ("", &stacked, &[("packing", "")]),
    ];
    for (keys, base, strategies) in rows {
        let text = with_strategies(&format!("{keys}\n{base}"), strategies);
        let trained = |way| {
            let mut run = prepared(&text, way);
            let losses: Vec<_> = (0..6).map(|_| run.advance().unwrap()).collect();
            (losses, bits(&run.state))
        };
        let expected = trained(WAYS[0]);
        for way in WAYS {
            assert!(trained(way) == expected, "{way:?}: {text}");
        }
    }
}

#[test]
fn inputs_made_ahead_follow_a_run_that_jumps() {
    let steps = |way| {
        let mut run = prepared(&SMALL.replace("samples = 200", "samples = 200\ndraw = \"fixed\""), way);
        let start = run.checkpoint();
        let mut seen = Vec::new();
        for jump in [3, 1, 4] {
            (0..jump).for_each(|_| seen.push(run.advance().unwrap()));
            run.restore(&start).unwrap();
        }
        // Another attempt has other noise from the same step on.
        run.step = run.step.retried(1, 0.5);
        (0..3).for_each(|_| seen.push(run.advance().unwrap()));
        assert_ne!(seen[0], seen[8], "other noise");
        assert_eq!(seen[0], seen[3], "the same step again");
        (seen, bits(&run.state))
    };
    let expected = steps(WAYS[0]);
    for way in WAYS {
        assert_eq!(steps(way), expected, "{way:?}");
    }
}
