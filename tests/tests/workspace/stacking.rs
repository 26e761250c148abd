//! Any two strategies: they work together, or the refusal names both.

use burn::tensor::Device;
use ganymede_tests::{LISTED, PICTURES, SMALL, run, with_strategies};

/// A strategy's name and the keys of its table.
pub(crate) type Form = (&'static str, &'static str);

/// Every strategy in the forms that change how it stacks.
pub(crate) const FORMS: [Form; 28] = [
    ("conditional", ""),
    ("conditional", "method = \"projection\""),
    ("feature-matching", ""),
    ("gdpp", ""),
    ("gdpp", "kernel = \"features\""),
    ("gradient-penalty", ""),
    ("gradient-penalty", "kind = \"r1\"\nevery = 2\nschedule = { factor = 0.1 }"),
    ("gradient-penalty", "kind = \"wgan-gp\"\nweight = 10.0"),
    ("gradient-penalty", "kind = \"dragan\"\none_sided = true"),
    ("historical-averaging", ""),
    ("historical-averaging", "networks = \"generator\""),
    ("historical-averaging", "networks = \"discriminator\""),
    ("instance-noise", ""),
    ("label-smoothing", ""),
    ("label-smoothing", "real = [0.7, 1.0]\nfake = [0.0, 0.3]\nflip = 0.1"),
    ("minibatch-discrimination", "kernels = 3\ndimensions = 2"),
    ("minibatch-stddev", ""),
    ("minibatch-stddev", "group = 0"),
    ("mode-seeking", ""),
    ("multi-generator", "generators = 3"),
    ("multi-generator", "assignment = \"class\""),
    ("multi-generator", "assignment = \"class\"\ndiscriminator = \"per-class\""),
    ("packing", ""),
    ("replay", "capacity = 20"),
    ("spectral-norm", ""),
    ("unrolled", "steps = 2"),
    ("unrolled", "steps = 2\ngradient = \"first-order\""),
    ("weight-noise", ""),
];

/// The strategies that work on pictures only, in the forms that change how they stack.
pub(crate) const ON_PICTURES: [Form; 2] = [("augmentation", "probability = 0.5"), ("augmentation", "adaptive = false")];

/// Trains a few steps; whether it ran, or the refusal.
fn outcome(strategies: &[(&str, &str)], extra: &str) -> Result<(), String> {
    trained(&format!("{}{extra}", with_strategies(SMALL, strategies)), 4)
}

/// Trains so many steps, whose losses must be finite; whether it ran, or the refusal.
fn trained(text: &str, steps: usize) -> Result<(), String> {
    let mut run = run(text, Device::flex())?;
    for _ in 0..steps {
        let losses = run.advance().map_err(|error| error.to_string())?;
        assert!(losses.values().all(|loss| loss.is_finite()), "{text}: {losses:?}");
    }
    Ok(())
}

#[test]
fn every_strategy_trains_pictures_or_the_refusal_says_what_does() {
    // The networks, what the refusal advises, and the change that follows the advice.
    let networks = [
        (PICTURES, "norm = \"layer\" in [discriminator]", ["\"batch\"", "\"layer\""]),
        (LISTED, "kind = \"layer-norm\" in [discriminator]", ["batch-norm", "layer-norm"]),
    ];
    let for_pictures = ("conditional", "method = \"projection\"\ngenerator = \"batch-norm\"");
    for (base, advice, [from, to]) in networks {
        for form in FORMS.into_iter().chain([for_pictures]).chain(ON_PICTURES) {
            let Err(refusal) = trained(&with_strategies(base, &[form]), 10) else { continue };
            for part in [form.0, "batch norm of the discriminator", advice] {
                assert!(refusal.contains(part), "{form:?}: {part} is missing in {refusal}");
            }
            assert_eq!(form.0, "gradient-penalty", "{refusal}");
            let (before, discriminator) = base.split_once("[discriminator]").unwrap();
            let advised = format!("{before}[discriminator]{}", discriminator.replace(from, to));
            trained(&with_strategies(&advised, &[form]), 10).unwrap_or_else(|error| panic!("{form:?}: {error}"));
        }
    }
}

#[test]
fn every_strategy_of_the_registry_is_in_the_table() {
    for name in ganymede_strategies::NAMES {
        let forms = FORMS.iter().chain(&ON_PICTURES);
        assert!(forms.into_iter().any(|(form, _)| form == name), "add a row for {name}");
    }
}

#[test]
fn every_strategy_works_alone() {
    for form in FORMS {
        outcome(&[form], "").unwrap_or_else(|error| panic!("{form:?}: {error}"));
    }
}

#[test]
fn pairs_work_or_name_both() {
    let refused = [
        // Both decide how labels enter the networks.
        ("conditional", "multi-generator"),
        // The penalty's term cannot be unrolled.
        ("gradient-penalty", "unrolled"),
        // The classifier's term cannot be unrolled, nor can the distance from the discriminator's past.
        ("historical-averaging", "unrolled"),
        ("multi-generator", "unrolled"),
        // A projection needs one label for each logit.
        ("conditional", "packing"),
        // A mixture's generators would each have to make every mode, and a class's rows do not fill its logits.
        ("multi-generator", "packing"),
    ];
    for first in FORMS {
        for second in FORMS {
            if first.0 == second.0 {
                let text = outcome(&[first, second], "").unwrap_err();
                assert!(text.contains("named twice"), "{text}");
                continue;
            }
            let mut names = [first.0, second.0];
            names.sort_unstable();
            match outcome(&[first, second], "") {
                Ok(()) => {}
                Err(text) => {
                    assert!(refused.contains(&(names[0], names[1])), "{first:?} with {second:?}: {text}");
                    assert!(text.contains(first.0) && text.contains(second.0), "{text}");
                }
            }
        }
    }
}

#[test]
fn what_must_be_refused_is() {
    let rows: [(&[Form], &str, &[&str]); 18] = [
        (&[("label-smoothing", "")], "[objective]\nkind = \"wasserstein\"", &["label-smoothing", "wasserstein"]),
        (&[("label-smoothing", "")], "[objective]\nkind = \"hinge\"", &["label-smoothing", "hinge"]),
        (&[("historical-averaging", ""), ("unrolled", "")], "", &["historical-averaging", "unrolled"]),
        (
            &[("unrolled", ""), ("historical-averaging", "networks = \"discriminator\"")],
            "",
            &["historical-averaging", "unrolled"],
        ),
        (&[("multi-generator", ""), ("unrolled", "")], "", &["multi-generator", "unrolled"]),
        (&[("unrolled", ""), ("multi-generator", "")], "", &["multi-generator", "unrolled"]),
        (&[("unrolled", ""), ("gradient-penalty", "")], "", &["gradient-penalty", "unrolled"]),
        (&[("gradient-penalty", "kind = \"wgan-gp\""), ("unrolled", "")], "", &["gradient-penalty", "unrolled"]),
        (&[("gradient-penalty", "weight = -1.0")], "", &["weight = -1", "strategy.0"]),
        (
            &[("conditional", ""), ("multi-generator", "assignment = \"class\"")],
            "",
            &["conditional", "multi-generator", "labels"],
        ),
        (&[("conditional", "method = \"projection\""), ("packing", "")], "", &["conditional", "packing", "label"]),
        (&[("packing", ""), ("conditional", "method = \"projection\"")], "", &["conditional", "packing", "label"]),
        (&[("packing", ""), ("multi-generator", "")], "", &["multi-generator", "packing", "generator"]),
        (&[("multi-generator", ""), ("packing", "")], "", &["multi-generator", "packing", "generator"]),
        (
            &[("packing", ""), ("multi-generator", "assignment = \"class\"\ndiscriminator = \"per-class\"")],
            "",
            &["multi-generator", "packing", "discriminator"],
        ),
        (
            &[("multi-generator", "assignment = \"class\"\ndiscriminator = \"per-class\""), ("packing", "")],
            "",
            &["multi-generator", "packing", "discriminator"],
        ),
        (&[("packing", "samples = 3")], "", &["packing", "samples", "batch_size = 16"]),
        (&[("packing", "samples = 1")], "", &["samples = 1", "at least 2"]),
    ];
    for (strategies, extra, fragments) in rows {
        let text = outcome(strategies, extra).unwrap_err();
        for fragment in fragments {
            assert!(text.contains(fragment), "{strategies:?}: {text}");
        }
    }
}

#[test]
fn what_is_refused_in_one_form_works_in_another() {
    let rows: [&[Form]; 8] = [
        &[("conditional", ""), ("packing", ""), ("instance-noise", "")],
        &[("instance-noise", ""), ("conditional", ""), ("packing", "")],
        &[("conditional", ""), ("packing", "")],
        &[("packing", ""), ("conditional", "")],
        &[("multi-generator", "assignment = \"class\""), ("packing", "")],
        &[("packing", ""), ("multi-generator", "assignment = \"class\"")],
        &[("spectral-norm", ""), ("conditional", "method = \"projection\"")],
        &[("spectral-norm", ""), ("packing", ""), ("minibatch-stddev", ""), ("conditional", ""), ("unrolled", "")],
    ];
    for strategies in rows {
        outcome(strategies, "").unwrap_or_else(|error| panic!("{strategies:?}: {error}"));
    }
}

#[test]
fn every_strategy_works_with_every_objective_it_accepts() {
    for objective in ["non-saturating", "minimax", "least-squares", "wasserstein", "hinge", "relativistic"] {
        for form in FORMS {
            let targets = ["non-saturating", "minimax", "least-squares"].contains(&objective);
            let result = outcome(&[form], &format!("[objective]\nkind = \"{objective}\""));
            assert_eq!(result.is_ok(), targets || form.0 != "label-smoothing", "{form:?} with {objective}: {result:?}");
        }
    }
}

#[test]
fn strategies_work_with_batch_norm_dropout_and_the_article_networks() {
    let base = SMALL.replace("hidden = [8]", "kind = \"article\"\ndropout = 0.1");
    for form in FORMS {
        let mut run = run(&with_strategies(&base, &[form]), Device::flex()).unwrap_or_else(|e| panic!("{form:?}: {e}"));
        run.advance().unwrap();
    }
}

#[test]
fn the_generators_past_can_be_held_while_the_discriminator_is_unrolled() {
    outcome(&[("historical-averaging", "networks = \"generator\""), ("unrolled", "steps = 2")], "").unwrap();
}

#[test]
fn noise_reaches_samples_before_labels_are_appended_in_either_order() {
    let conditional = ("conditional", "");
    let noise = ("instance-noise", "");
    for order in [[conditional, noise], [noise, conditional]] {
        let run = run(&with_strategies(SMALL, &order), Device::flex()).unwrap();
        let names: Vec<_> = run.state.discriminator.network.layers().iter().map(|layer| layer.facts().name).collect();
        assert_eq!(names[..2], ["instance noise", "label concatenation"], "{order:?}");
    }
}

#[test]
fn bad_values_name_key_value_and_what_is_legal() {
    let rows = [
        ("gdpp", "kernel = \"rows\"", &["kernel", "rows", "samples"][..]),
        ("gdpp", "magnitude = -1.0", &["magnitude", "-1", "at least 0"]),
        ("gdpp", "structure = inf", &["structure", "inf", "at least 0"]),
        ("gdpp", "gap = 0.0", &["gap", "0", "above 0"]),
        ("feature-matching", "layers = 2", &["layers"]),
        ("historical-averaging", "networks = \"none\"", &["networks", "none", "generator"]),
        ("historical-averaging", "decay = 0.9", &["decay"]),
        ("instance-noise", "std = -0.1", &["std", "-0.1", "at least 0"]),
        ("instance-noise", "std = nan", &["std", "at least 0"]),
        ("instance-noise", "decay = { factor = -1.0 }", &["decay.factor", "-1", "at least 0"]),
        ("instance-noise", "decay = { kind = \"cubic\" }", &["decay.kind", "cubic", "cosine"]),
        ("instance-noise", "sdt = 0.1", &["sdt", "std"]),
        ("mode-seeking", "epsilon = 0.0", &["epsilon", "0", "above 0"]),
        ("mode-seeking", "epsilon = inf", &["epsilon", "inf", "above 0"]),
        ("weight-noise", "std = -0.1", &["std", "-0.1", "at least 0"]),
        ("weight-noise", "std = \"much\"", &["std", "much"]),
        ("weight-noise", "decay = { kind = \"exponential\", factor = 0.0 }", &["decay.factor", "above 0"]),
        ("weight-noise", "decay = { from = 9, until = 9 }", &["decay.until", "9", "after from"]),
    ];
    for (name, keys, fragments) in rows {
        let text = outcome(&[(name, keys)], "").unwrap_err();
        for fragment in fragments {
            assert!(text.contains(fragment), "{name} {keys:?}: {text}");
        }
    }
}
