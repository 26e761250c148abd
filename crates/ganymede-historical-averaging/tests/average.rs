//! The distance from the past, and the past in a saved state.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ganymede_core::chain::{Chain, Entry};
use ganymede_core::network::Network;
use ganymede_core::run::Run;
use ganymede_core::strategy::{Strategy, StrategyState};
use ganymede_historical_averaging::{Held, HistoricalAveraging};
use ganymede_testing::games::{assert_resumes_to_the_bit, ring, run_at};
use ganymede_testing::numbers::{double, values};

const TERMS: [&str; 2] = ["generator/historical-averaging", "discriminator/historical-averaging"];

/// What is wrong with a saved state, for a strategy that holds these networks, and how it is made so.
type Broken = (&'static str, Held, fn(&mut StrategyState));

fn strategy(networks: Held) -> HistoricalAveraging {
    HistoricalAveraging::new(networks)
}

fn run(networks: Held) -> Run {
    run_at(&ring(8, "[4]"), vec![Entry::new("historical-averaging", strategy(networks))], double()).unwrap()
}

fn parameters(network: &Network) -> Vec<f64> {
    network.parameters().iter().flat_map(values).collect()
}

#[test]
fn the_term_is_the_squared_distance_from_the_mean_of_the_past() {
    let mut run = run(Held::Both);
    let mut past: [Vec<Vec<f64>>; 2] = [Vec::new(), Vec::new()];
    for step in 0..6 {
        let now = [parameters(&run.state.generator.network), parameters(&run.state.discriminator.network)];
        let losses = run.advance().unwrap();
        for ((term, now), past) in TERMS.iter().zip(now).zip(&mut past) {
            let mean = |index: usize| past.iter().map(|old| old[index]).sum::<f64>() / past.len() as f64;
            let expected: f64 = if past.is_empty() {
                0.0
            } else {
                now.iter().enumerate().map(|(index, value)| (value - mean(index)).powi(2)).sum()
            };
            assert!((losses[*term] - expected).abs() < 1e-12, "{term} at step {step}: {} {expected}", losses[*term]);
            assert!(step == 0 || expected > 0.0);
            past.push(now);
        }
    }
}

#[test]
fn only_the_chosen_networks_are_held() {
    for (networks, expected) in
        [(Held::Both, [true, true]), (Held::Generator, [true, false]), (Held::Discriminator, [false, true])]
    {
        let losses = run(networks).advance().unwrap();
        assert_eq!(TERMS.map(|term| losses.contains_key(term)), expected, "{networks:?}");
    }
}

#[test]
fn a_restored_run_continues_to_the_bit() {
    assert_resumes_to_the_bit(|| run(Held::Both), 4);
}

#[test]
fn nothing_saved_is_no_past() {
    let mut used = run(Held::Both);
    let start = used.checkpoint();
    assert!(start.strategies.is_none());
    let first: Vec<_> = (0..3).map(|_| used.advance().unwrap()).collect();
    used.restore(&start).unwrap();
    assert!(used.checkpoint().strategies.is_none());
    let again: Vec<_> = (0..3).map(|_| used.advance().unwrap()).collect();
    assert_eq!(first, again);
}

#[test]
fn a_state_of_another_shape_is_refused_by_name() {
    let mut trained = strategy(Held::Both);
    let mut run = run(Held::Both);
    run.advance().unwrap();
    // The chain prefixes each tensor with the strategy's name.
    let whole = run.checkpoint().strategies.unwrap();
    let tensors = whole
        .tensors
        .iter()
        .map(|(key, tensor)| (key.strip_prefix("historical-averaging/").unwrap().to_owned(), tensor.clone()));
    let good = StrategyState { tensors: tensors.collect(), values: whole.values["historical-averaging"].clone() };
    trained.load_state(Some(good.clone())).unwrap();
    let rows: [Broken; 6] = [
        ("a tensor too many", Held::Both, |state| {
            state.tensors.push(("other".to_owned(), state.tensors[0].1.clone()));
        }),
        ("a tensor missing", Held::Both, |state| drop(state.tensors.remove(0))),
        ("no count", Held::Both, |state| state.values = serde_json::json!({ "generator": 1 })),
        ("a count that is none", Held::Both, |state| state.values["generator"] = "many".into()),
        ("a past of the generator", Held::Discriminator, |_| ()),
        ("a past of the discriminator", Held::Generator, |_| ()),
    ];
    for (what, networks, spoil) in rows {
        let mut state = good.clone();
        spoil(&mut state);
        let mut chain = Chain::new(vec![Entry::new("historical-averaging", strategy(networks))]);
        let tensors = state.tensors.into_iter().map(|(key, tensor)| (format!("historical-averaging/{key}"), tensor));
        let values = serde_json::json!({ "historical-averaging": state.values });
        let error = chain.load_state(Some(StrategyState { tensors: tensors.collect(), values })).unwrap_err();
        assert_eq!(error.strategy, "historical-averaging", "{what}: {error}");
    }
}
