//! Every update rule against its paper's formula in plain arithmetic.

use burn::tensor::{DType, Tensor};
use ganymede_core::optimizer::config::{OptimizerConfig, OptimizerKind};
use ganymede_core::optimizer::schedule::{Schedule, ScheduleKind};
use ganymede_core::optimizer::{Optimizer, OptimizerState};
use ganymede_core::random::{Streams, normals};

use ganymede_testing::numbers::{assert_close, noise, tensor, values};

const STEPS: u64 = 10;
const SHAPES: [[usize; 2]; 2] = [[2, 3], [1, 3]];

fn base(kind: OptimizerKind) -> OptimizerConfig {
    OptimizerConfig { kind, learning_rate: Some(0.05), ..OptimizerConfig::default() }
}

/// The settings under test.
pub(crate) fn rows() -> Vec<(&'static str, OptimizerConfig)> {
    use OptimizerKind::{Adam, AdamW, RmsProp, Sgd};
    let schedule = |kind| Some(Schedule { kind, factor: 0.1, from: 2, until: Some(8), warmup: 3 });
    vec![
        ("adam", base(Adam)),
        ("adam with its own settings", {
            OptimizerConfig { beta1: Some(0.9), beta2: Some(0.95), epsilon: Some(0.1), ..base(Adam) }
        }),
        ("adam without momentum", OptimizerConfig { beta1: Some(0.0), beta2: Some(0.9), ..base(Adam) }),
        ("adam with weight decay", OptimizerConfig { weight_decay: Some(0.3), ..base(Adam) }),
        ("adamw", OptimizerConfig { weight_decay: Some(0.3), beta1: Some(0.9), ..base(AdamW) }),
        ("adamw without decay", base(AdamW)),
        ("sgd", base(Sgd)),
        ("sgd with weight decay", OptimizerConfig { weight_decay: Some(0.3), ..base(Sgd) }),
        ("momentum", OptimizerConfig { momentum: Some(0.9), ..base(Sgd) }),
        ("nesterov", OptimizerConfig { momentum: Some(0.9), nesterov: Some(true), ..base(Sgd) }),
        ("rmsprop", base(RmsProp)),
        ("rmsprop with its own settings", {
            OptimizerConfig { decay: Some(0.9), epsilon: Some(0.1), weight_decay: Some(0.2), ..base(RmsProp) }
        }),
        ("clipped by norm", OptimizerConfig { clip_norm: Some(0.5), ..base(Sgd) }),
        ("clipped by a norm that is not reached", OptimizerConfig { clip_norm: Some(1e3), ..base(Sgd) }),
        ("clipped by value", OptimizerConfig { clip_value: Some(0.4), ..base(Sgd) }),
        ("clipped by value, then by norm, then decayed", {
            OptimizerConfig { clip_value: Some(0.4), clip_norm: Some(0.5), weight_decay: Some(0.3), ..base(Adam) }
        }),
        ("linear schedule", OptimizerConfig { schedule: schedule(ScheduleKind::Linear), ..base(Sgd) }),
        ("cosine schedule", OptimizerConfig { schedule: schedule(ScheduleKind::Cosine), ..base(Adam) }),
        ("exponential schedule", OptimizerConfig { schedule: schedule(ScheduleKind::Exponential), ..base(Sgd) }),
        ("step schedule", OptimizerConfig { schedule: schedule(ScheduleKind::Step), ..base(RmsProp) }),
    ]
}

/// One number's memory.
#[derive(Clone, Copy, Default)]
struct Memory {
    mean: f64,
    square: f64,
    velocity: f64,
}

fn clipped(config: &OptimizerConfig, gradients: Vec<f64>) -> Vec<f64> {
    let bound = config.clip_value.unwrap_or(f64::INFINITY);
    let gradients: Vec<f64> = gradients.into_iter().map(|g| g.max(-bound).min(bound)).collect();
    let norm = gradients.iter().map(|g| g * g).sum::<f64>().sqrt();
    match config.clip_norm {
        Some(bound) if norm > bound => gradients.into_iter().map(|g| g * bound / norm).collect(),
        _ => gradients,
    }
}

/// Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2; Tieleman & Hinton 2012; Sutskever et al. 2013
/// in the form with the learning rate outside the velocity.
fn updated(config: &OptimizerConfig, p: f64, gradient: f64, memory: &mut Memory, update: i32, rate: f64) -> f64 {
    let decay = config.weight_decay.unwrap_or(0.0);
    let coupled = if config.kind == OptimizerKind::AdamW { gradient } else { gradient + decay * p };
    let epsilon = config.epsilon.unwrap_or(1e-8);
    match config.kind {
        OptimizerKind::Adam | OptimizerKind::AdamW => {
            let (beta1, beta2) = (config.beta1.unwrap_or(0.5), config.beta2.unwrap_or(0.999));
            memory.mean = beta1 * memory.mean + (1.0 - beta1) * coupled;
            memory.square = beta2 * memory.square + (1.0 - beta2) * coupled * coupled;
            let mean = memory.mean / (1.0 - beta1.powi(update));
            let square = memory.square / (1.0 - beta2.powi(update));
            let shrunk = if config.kind == OptimizerKind::AdamW { p - rate * decay * p } else { p };
            shrunk - rate * mean / (square.sqrt() + epsilon)
        }
        OptimizerKind::RmsProp => {
            let decay = config.decay.unwrap_or(0.99);
            memory.square = decay * memory.square + (1.0 - decay) * coupled * coupled;
            p - rate * coupled / (memory.square.sqrt() + epsilon)
        }
        OptimizerKind::Sgd => {
            let momentum = config.momentum.unwrap_or(0.0);
            memory.velocity = momentum * memory.velocity + coupled;
            let nesterov = config.nesterov.unwrap_or(false);
            p - rate * if nesterov { coupled + momentum * memory.velocity } else { memory.velocity }
        }
    }
}

/// The learning rate of [`rows`]' schedules, written out from the documentation.
fn rate(config: &OptimizerConfig, step: u64) -> f64 {
    let Some(schedule) = &config.schedule else { return 0.05 };
    let warmup = [1.0 / 3.0, 2.0 / 3.0].get(step as usize).copied().unwrap_or(1.0);
    let progress = ((step as f64 - 2.0) / 6.0).clamp(0.0, 1.0);
    let multiplier = match schedule.kind {
        ScheduleKind::Linear => 1.0 - 0.9 * progress,
        ScheduleKind::Cosine => 0.1 + 0.45 * (1.0 + (std::f64::consts::PI * progress).cos()),
        ScheduleKind::Exponential => (0.1_f64.ln() * progress).exp(),
        ScheduleKind::Step => {
            if step >= 8 {
                0.1
            } else {
                1.0
            }
        }
    };
    0.05 * warmup * multiplier
}

/// The slope of a made-up loss: noise, and a pull on the parameters so that errors of one step reach the next.
fn slopes(step: u64, parameters: &[f64]) -> Vec<f64> {
    let noise = normals(&mut Streams::new(4).at("slopes", step), parameters.len());
    noise.into_iter().zip(parameters).map(|(noise, parameter)| f64::from(noise) + 0.7 * parameter).collect()
}

fn split(flat: &[f64]) -> Vec<Tensor<2>> {
    vec![tensor(&flat[..6], SHAPES[0]), tensor(&flat[6..], SHAPES[1])]
}

fn flat(tensors: &[Tensor<2>]) -> Vec<f64> {
    tensors.iter().flat_map(values).collect()
}

#[test]
fn ten_updates_equal_the_formulas() {
    for (name, config) in rows() {
        let optimizer = Optimizer::new(config.clone(), STEPS);
        let mut parameters = vec![noise("first", SHAPES[0]), noise("second", SHAPES[1])];
        let mut expected = flat(&parameters);
        let mut state = OptimizerState::default();
        let mut memories = [Memory::default(); 9];
        for step in 0..STEPS {
            let gradients = split(&slopes(step, &flat(&parameters)));
            (parameters, state) = optimizer.update(&parameters, gradients, &state, optimizer.learning_rate(step));
            let gradients = clipped(&config, slopes(step, &expected));
            let all = expected.iter_mut().zip(gradients).zip(&mut memories);
            for ((parameter, gradient), memory) in all {
                *parameter = updated(&config, *parameter, gradient, memory, step as i32 + 1, rate(&config, step));
            }
            assert_close(&format!("{name}, step {step}"), &flat(&parameters), &expected, 1e-12);
        }
        assert_eq!(state.updates, STEPS, "{name}");
        assert_eq!(state.moments.len(), optimizer.moment_count(), "{name}");
    }
}

/// In the precision of training, an update without a graph is a kernel's; inside an unrolled step it is not.
#[test]
fn an_update_has_the_same_bits_with_and_without_a_graph() {
    let narrow = |tensors: Vec<Tensor<2>>| -> Vec<Tensor<2>> {
        tensors.into_iter().map(|tensor| tensor.cast(DType::F32)).collect()
    };
    let graph = |tensors: &[Tensor<2>]| -> Vec<Tensor<2>> {
        tensors.iter().map(|tensor| tensor.clone().autodiff().require_grad()).collect()
    };
    for (name, config) in rows() {
        let optimizer = Optimizer::new(config.clone(), STEPS);
        let mut parameters = narrow(vec![noise("first", SHAPES[0]), noise("second", SHAPES[1])]);
        let mut state = OptimizerState::default();
        for step in 0..STEPS {
            let rate = optimizer.learning_rate(step);
            let gradients = narrow(split(&slopes(step, &flat(&parameters))));
            let (traced, traced_state) = optimizer.update(&graph(&parameters), graph(&gradients), &state, rate);
            (parameters, state) = optimizer.update(&parameters, gradients, &state, rate);
            assert_eq!(flat(&parameters), flat(&traced), "{name}, step {step}");
            let moments = |state: &OptimizerState| state.moments.iter().map(|list| flat(list)).collect::<Vec<_>>();
            assert_eq!(moments(&state), moments(&traced_state), "{name}, step {step}");
        }
    }
}

#[test]
fn learning_rates_equal_the_formulas() {
    for (name, config) in rows() {
        let optimizer = Optimizer::new(config.clone(), STEPS);
        for step in 0..2 * STEPS {
            assert_close(name, &[optimizer.learning_rate(step)], &[rate(&config, step)], 1e-12);
        }
    }
}

#[test]
fn a_schedule_without_an_end_ends_with_the_run() {
    let schedule = Schedule { kind: ScheduleKind::Linear, factor: 0.5, ..Schedule::default() };
    let optimizer = Optimizer::new(OptimizerConfig { schedule: Some(schedule), ..base(OptimizerKind::Adam) }, 100);
    let rows = [(0, 0.05), (50, 0.0375), (100, 0.025), (1000, 0.025)];
    for (step, expected) in rows {
        assert_close("linear", &[optimizer.learning_rate(step)], &[expected], 1e-12);
    }
}

#[test]
fn what_is_left_out_takes_the_documented_default() {
    let rows = [
        (OptimizerKind::Adam, 1e-3, Some(0.5), Some(0.999), Some(1e-8), None, None),
        (OptimizerKind::AdamW, 1e-3, Some(0.5), Some(0.999), Some(1e-8), None, None),
        (OptimizerKind::Sgd, 1e-2, None, None, None, Some(0.0), None),
        (OptimizerKind::RmsProp, 1e-3, None, None, Some(1e-8), None, Some(0.99)),
    ];
    for (kind, learning_rate, beta1, beta2, epsilon, momentum, decay) in rows {
        let optimizer = Optimizer::new(OptimizerConfig { kind, ..OptimizerConfig::default() }, STEPS);
        let found = optimizer.config();
        assert_eq!(found.learning_rate, Some(learning_rate), "{kind:?}");
        assert_eq!((found.beta1, found.beta2, found.epsilon), (beta1, beta2, epsilon), "{kind:?}");
        assert_eq!((found.momentum, found.decay), (momentum, decay), "{kind:?}");
        assert_eq!(found.check(), Ok(()), "{kind:?}");
    }
}
