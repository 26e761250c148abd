//! Values outside their range are refused with the key named.

use ganymede_core::averaging::AveragingConfig;
use ganymede_core::invalid::InvalidValue;
use ganymede_core::latent::LatentConfig;
use ganymede_core::network::initialization::InitializationKind;
use ganymede_core::network::layers::activation::ActivationKind;
use ganymede_core::network::preset::{NetworkConfig, PerLayer, PresetKind};
use ganymede_core::optimizer::config::{OptimizerConfig, OptimizerKind};
use ganymede_core::optimizer::schedule::{Schedule, ScheduleKind};
use ganymede_core::role::Role;

/// The key and value of each refusal, and that something is said of what is legal.
#[track_caller]
fn assert_refused(result: Result<(), InvalidValue>, key: &str, value: &str) {
    let error = result.expect_err(&format!("{key} = {value} is refused"));
    assert_eq!((error.key.as_str(), error.value.as_str()), (key, value), "{error}");
    assert!(!error.expected.is_empty(), "{error}");
}

#[test]
fn optimizers_refuse_values_out_of_range() {
    use OptimizerKind::{Adam, AdamW, RmsProp, Sgd};
    type Set = fn(&mut OptimizerConfig, f64);
    let negative = [-1e-9, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let not_positive = [0.0, -1.0, f64::NAN, f64::INFINITY];
    let not_fraction = [-0.1, 1.0, 1.5, f64::NAN];
    let rows: [(&str, OptimizerKind, Set, [f64; 4]); 9] = [
        ("learning_rate", Adam, |config, value| config.learning_rate = Some(value), negative),
        ("beta1", Adam, |config, value| config.beta1 = Some(value), not_fraction),
        ("beta2", AdamW, |config, value| config.beta2 = Some(value), not_fraction),
        ("momentum", Sgd, |config, value| config.momentum = Some(value), not_fraction),
        ("decay", RmsProp, |config, value| config.decay = Some(value), not_fraction),
        ("epsilon", RmsProp, |config, value| config.epsilon = Some(value), not_positive),
        ("weight_decay", Sgd, |config, value| config.weight_decay = Some(value), negative),
        ("clip_norm", Adam, |config, value| config.clip_norm = Some(value), not_positive),
        ("clip_value", Adam, |config, value| config.clip_value = Some(value), not_positive),
    ];
    for (key, kind, set, bad) in rows {
        for value in bad {
            let mut config = OptimizerConfig { kind, ..OptimizerConfig::default() };
            set(&mut config, value);
            assert_refused(config.check(), key, &value.to_string());
            assert_refused(config.resolved(100).check(), key, &value.to_string());
        }
    }
}

#[test]
fn optimizers_refuse_keys_that_the_kind_does_not_use() {
    use OptimizerKind::{Adam, AdamW, RmsProp, Sgd};
    type Set = fn(&mut OptimizerConfig);
    let rows: [(&str, &str, Set, &[OptimizerKind]); 6] = [
        ("beta1", "0.5", |config| config.beta1 = Some(0.5), &[Sgd, RmsProp]),
        ("beta2", "0.5", |config| config.beta2 = Some(0.5), &[Sgd, RmsProp]),
        ("epsilon", "0.5", |config| config.epsilon = Some(0.5), &[Sgd]),
        ("momentum", "0.5", |config| config.momentum = Some(0.5), &[Adam, AdamW, RmsProp]),
        ("decay", "0.5", |config| config.decay = Some(0.5), &[Adam, AdamW, Sgd]),
        ("nesterov", "true", |config| config.nesterov = Some(true), &[Adam, AdamW, RmsProp]),
    ];
    for (key, value, set, kinds) in rows {
        for kind in [Adam, AdamW, Sgd, RmsProp] {
            let mut config = OptimizerConfig { kind, ..OptimizerConfig::default() };
            set(&mut config);
            if kinds.contains(&kind) {
                assert_refused(config.check(), key, value);
            } else {
                assert_eq!(config.check(), Ok(()), "{key} of {kind:?}");
            }
        }
    }
}

#[test]
fn schedules_refuse_values_out_of_range() {
    use ScheduleKind::{Cosine, Exponential, Linear, Step};
    let schedule = |kind, factor, from, until| Schedule { kind, factor, from, until, warmup: 0 };
    let rows = [
        ("factor", "-0.1", schedule(Linear, -0.1, 0, None)),
        ("factor", "NaN", schedule(Cosine, f64::NAN, 0, None)),
        ("factor", "inf", schedule(Step, f64::INFINITY, 0, None)),
        ("factor", "0", schedule(Exponential, 0.0, 0, None)),
        ("until", "10", schedule(Linear, 0.1, 10, Some(10))),
        ("until", "9", schedule(Step, 0.1, 10, Some(9))),
        ("until", "0", schedule(Cosine, 0.1, 0, Some(0))),
    ];
    for (key, value, schedule) in rows {
        assert_refused(schedule.check(), key, value);
        let config = OptimizerConfig { schedule: Some(schedule), ..OptimizerConfig::default() };
        assert_refused(config.check(), &format!("schedule.{key}"), value);
    }
    for good in
        [schedule(Linear, 0.0, 0, None), schedule(Exponential, 1e-3, 5, Some(6)), schedule(Cosine, 2.0, 0, None)]
    {
        assert_eq!(good.check(), Ok(()));
    }
}

#[test]
fn networks_refuse_values_out_of_range() {
    use Role::{Discriminator, Generator};
    let base = NetworkConfig::default;
    let hidden = |widths: &[usize]| NetworkConfig { hidden: Some(widths.to_vec()), ..base() };
    let maxout = |pieces| NetworkConfig { activation: Some(ActivationKind::Maxout), pieces: Some(pieces), ..base() };
    let each = |flags: &[bool]| NetworkConfig { batch_norm: Some(PerLayer::Each(flags.to_vec())), ..base() };
    let output = |kind| NetworkConfig { output_activation: Some(kind), ..base() };
    let slope = |slope| NetworkConfig { activation: Some(ActivationKind::LeakyRelu), slope: Some(slope), ..base() };
    let dropout = |dropout| NetworkConfig { dropout: Some(dropout), ..base() };
    let momentum = |momentum| NetworkConfig {
        batch_norm: Some(PerLayer::All(true)),
        batch_norm_momentum: Some(momentum),
        ..base()
    };
    let start = |scale| NetworkConfig {
        initialization: Some(InitializationKind::Normal),
        initialization_std: Some(scale),
        ..base()
    };
    let rows = [
        (Generator, "hidden", "[0]", hidden(&[0])),
        (Generator, "hidden", "[128, 0, 128]", hidden(&[128, 0, 128])),
        (Generator, "hidden", "[1000000, 1000000]", hidden(&[1_000_000, 1_000_000])),
        (Generator, "hidden", "18446744073709551615", hidden(&[usize::MAX])),
        (Generator, "slope", "-0.1", slope(-0.1)),
        (Generator, "slope", "1", slope(1.0)),
        (Generator, "slope", "NaN", slope(f64::NAN)),
        (Discriminator, "dropout", "1", dropout(1.0)),
        (Discriminator, "dropout", "-0.5", dropout(-0.5)),
        (Discriminator, "dropout", "NaN", dropout(f64::NAN)),
        (Generator, "batch_norm_momentum", "0", momentum(0.0)),
        (Generator, "batch_norm_momentum", "1.1", momentum(1.1)),
        (Generator, "batch_norm_momentum", "NaN", momentum(f64::NAN)),
        (Generator, "pieces", "1", maxout(1)),
        (Generator, "pieces", "65", maxout(65)),
        (Generator, "initialization_std", "0", start(0.0)),
        (Generator, "initialization_std", "-1", start(-1.0)),
        (Generator, "initialization_std", "NaN", start(f64::NAN)),
        (Generator, "initialization_std", "inf", start(f64::INFINITY)),
        (Generator, "batch_norm", "[true]", each(&[true])),
        (Generator, "batch_norm", "[true, false, true]", each(&[true, false, true])),
        (Generator, "output_activation", "Maxout", output(ActivationKind::Maxout)),
        (Generator, "output_activation", "Relu", output(ActivationKind::Relu)),
        (Discriminator, "output_activation", "Sigmoid", output(ActivationKind::Sigmoid)),
    ];
    for (role, key, value, config) in rows {
        assert_refused(config.resolved(role).check(role), key, value);
    }
    for kind in [PresetKind::Mlp, PresetKind::Article] {
        for role in [Generator, Discriminator] {
            assert_eq!(NetworkConfig { kind, ..base() }.resolved(role).check(role), Ok(()), "{kind:?} {role:?}");
        }
    }
    assert_eq!(hidden(&[]).resolved(Generator).check(Generator), Ok(()), "a linear network is one");
    assert_eq!(momentum(1.0).resolved(Generator).check(Generator), Ok(()));
}

#[test]
fn latents_and_averages_refuse_values_out_of_range() {
    for size in [0, (1 << 20) + 1, usize::MAX] {
        assert_refused(LatentConfig { size, ..LatentConfig::default() }.check(), "size", &size.to_string());
    }
    for size in [1, 16, 1 << 20] {
        assert_eq!(LatentConfig { size, ..LatentConfig::default() }.check(), Ok(()));
    }
    for decay in [-0.1, 1.0, f64::NAN] {
        assert_refused(AveragingConfig { decay, start: 0 }.check(), "decay", &decay.to_string());
    }
    for decay in [0.0, 0.999] {
        assert_eq!(AveragingConfig { decay, start: 0 }.check(), Ok(()));
    }
}
