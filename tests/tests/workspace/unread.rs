//! Losses that are read for several steps at once: the weights, the losses, the failures and the rollbacks are those of a run
//! that reads every step.

use std::error::Error;
use std::ops::ControlFlow;

use burn::tensor::{Device, Tensor};
use ganymede_core::checkpoint::Checkpoint;
use ganymede_core::run::Run;
use ganymede_core::step::{Learner, Losses};
use ganymede_core::trainer::{Observer, Snapshot};
use ganymede_tests::{PICTURES, SMALL, bits, run, with_strategies};

use crate::stacking::{FORMS, Form, ON_PICTURES};

/// Looks every so many steps, and notes what it is shown.
#[derive(Default)]
struct Reader {
    every: u64,
    steps: Vec<u64>,
    losses: Vec<Losses>,
}

impl Observer for Reader {
    fn observe(&mut self, snapshot: Snapshot<'_>) -> Result<ControlFlow<()>, Box<dyn Error + Send + Sync>> {
        self.steps.push(snapshot.run.state.step);
        self.losses.extend_from_slice(snapshot.losses);
        Ok(ControlFlow::Continue(()))
    }

    fn looks_at(&self, run: &Run) -> bool {
        run.state.step.is_multiple_of(self.every)
    }
}

/// What a run leaves: how it ends, the bits of its networks, and all else that a checkpoint or an observer holds, as text.
fn left(mut run: Run, read_every: u64) -> (String, Vec<u64>, String) {
    run.read_every = read_every;
    let mut reader = Reader { every: 9, ..Reader::default() };
    let end = run.train(&mut [&mut reader]);
    let end = end.map_or_else(|error| error.to_string(), |end| format!("{end:?}"));
    let Checkpoint { state, strategies } = run.checkpoint();
    let learners = [&state.generator, &state.discriminator];
    let optimizers: Vec<_> = learners.iter().map(|learner| (learner.optimizer.updates, texts(learner))).collect();
    let average = state.average.as_ref().map(|average| average.parameters().iter().map(text).collect::<Vec<_>>());
    let strategies = strategies.map(|strategies| {
        let tensors = strategies.tensors.iter().map(|(name, tensor)| (name.clone(), text(tensor)));
        (tensors.collect::<Vec<_>>(), strategies.values)
    });
    let rest = format!("{} {optimizers:?} {average:?} {strategies:?} {:?}", state.step, reader.losses);
    (end, bits(&state), rest)
}

/// What a learner's optimiser remembers.
fn texts(learner: &Learner) -> Vec<String> {
    learner.optimizer.moments.iter().flatten().map(text).collect()
}

/// The values, each in as many digits as tell it from all others.
fn text(tensor: &Tensor<2>) -> String {
    format!("{:?}", tensor.to_data().iter::<f64>().collect::<Vec<_>>())
}

/// Keys before the tables, tables, and strategies.
type Explosive<'a> = (&'a str, String, &'a [Form]);

const AVERAGED: &str = "[averaging]\ndecay = 0.9\n";

#[test]
fn every_strategy_trains_the_same_whether_its_losses_are_read_at_once_or_later() {
    let points = FORMS.iter().map(|form| (SMALL, *form));
    let pictures = ON_PICTURES.iter().map(|form| (PICTURES, *form));
    for (base, form) in points.chain(pictures) {
        let text = with_strategies(&format!("{base}{AVERAGED}"), &[form]);
        let left = |read_every| left(run(&text, Device::flex()).unwrap(), read_every);
        let (at_once, later) = (left(1), left(7));
        assert_eq!(at_once.0, "Finished", "{form:?}");
        assert!(at_once == later, "{form:?}: {at_once:?} became {later:?}");
    }
}

#[test]
fn a_loss_that_is_not_finite_leaves_the_run_as_it_was_before_the_update_that_it_forbids() {
    const GENERATOR: &str = "[optimizer.generator]\nkind = \"sgd\"\nlearning_rate = 1e30\n";
    const DISCRIMINATOR: &str = "[optimizer.discriminator]\nkind = \"sgd\"\nlearning_rate = 1e30\n";
    const SLOWLY: &str = "[optimizer.discriminator]\nkind = \"sgd\"\nlearning_rate = 1e8\n";
    const SQUARES: &str = "[objective]\nkind = \"least-squares\"\n";
    let replay = ("replay", "capacity = 20");
    let history = ("historical-averaging", "");
    let rows: [Explosive; 6] = [
        ("", format!("{SQUARES}{DISCRIMINATOR}"), &[]),
        ("", format!("{SQUARES}{GENERATOR}"), &[replay, history]),
        ("discriminator_steps = 3", format!("{SQUARES}{SLOWLY}{AVERAGED}"), &[replay]),
        ("generator_steps = 2", format!("{SQUARES}{SLOWLY}{AVERAGED}"), &[history]),
        ("updates = \"simultaneous\"", format!("{SQUARES}{GENERATOR}{AVERAGED}"), &[("label-smoothing", "")]),
        ("", format!("{SQUARES}{DISCRIMINATOR}"), &[("gdpp", ""), ("unrolled", "steps = 2")]),
    ];
    let mut failed = Vec::new();
    for (keys, tables, strategies) in rows {
        let text = with_strategies(&format!("{keys}\n{SMALL}{tables}"), strategies);
        let left = |read_every| left(run(&text, Device::flex()).unwrap(), read_every);
        let at_once = left(1);
        assert!(at_once.0.contains("became"), "{text}: {}", at_once.0);
        for read_every in [2, 3, 100] {
            let later = left(read_every);
            assert!(at_once == later, "{text}, {read_every} at once: {at_once:?} became {later:?}");
        }
        failed.push(at_once.0);
    }
    for network in ["of the discriminator became", "of the generator became"] {
        assert!(failed.iter().any(|message| message.contains(network)), "{failed:?}");
    }
    assert!(failed.iter().any(|message| !message.starts_with("step 1:")), "not always in the same step: {failed:?}");
}

#[test]
fn observers_see_the_run_where_they_ask_to_and_where_losses_are_read() {
    for (read_every, expected) in [(7, vec![0, 7, 9, 16, 18, 20]), (1, (0..=20).collect()), (100, vec![0, 9, 18, 20])] {
        let mut run = run(SMALL, Device::flex()).unwrap();
        run.read_every = read_every;
        let mut reader = Reader { every: 9, ..Reader::default() };
        run.train(&mut [&mut reader]).unwrap();
        assert_eq!((reader.steps, reader.losses.len()), (expected, 20), "losses of {read_every} steps at once");
    }
}
