//! Optimisers as pure functions on tensors.
//!
//! An update takes parameters, gradients and state and returns new ones. The same function updates the
//! discriminator for real and inside an unrolled generator step, where the tensors carry a graph; so what is
//! unrolled is what the discriminator really does, moments, clipping and decay included.

pub mod config;
pub mod schedule;

use burn::tensor::Tensor;
use ganymede_kernels::elementwise::Adam;
use ganymede_kernels::updates;

use crate::optimizer::config::{OptimizerConfig, OptimizerKind};

/// Keeps the root of a mean of squares differentiable at zero, where its slope is infinite and a dead unit would
/// turn it into NaN; its root, 1e-15, is far below every epsilon in use and changes no f32 update.
const ROOT_GUARD: f64 = 1e-30;

/// An optimiser with its resolved settings.
#[derive(Clone, Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
}

/// What an update of Adam needs besides tensors.
struct AdamScalars {
    beta1: f64,
    beta2: f64,
    scale: f64,
    epsilon: f64,
}

/// What an optimiser remembers of the past.
#[derive(Clone, Debug, Default)]
pub struct OptimizerState {
    /// Updates made so far.
    pub updates: u64,
    /// Running means, one list for each quantity, each with one tensor for each parameter; empty before the first
    /// update. Adam: mean of gradients, mean of squares. SGD with momentum: velocity. `RMSprop`: mean of squares.
    pub moments: Vec<Vec<Tensor<2>>>,
}

impl OptimizerState {
    /// The same state without any graph.
    #[must_use]
    pub fn untracked(self) -> Self {
        let untrack = |moments: Vec<Tensor<2>>| moments.into_iter().map(Tensor::without_autodiff).collect();
        Self { moments: self.moments.into_iter().map(untrack).collect(), ..self }
    }
}

impl Optimizer {
    /// An optimiser with these settings; a key that is left out takes its default for a run of `steps`.
    pub fn new(config: OptimizerConfig, steps: u64) -> Self {
        Self { config: config.resolved(steps) }
    }

    /// The resolved settings.
    pub fn config(&self) -> &OptimizerConfig {
        &self.config
    }

    /// The learning rate at a step of the run.
    pub fn learning_rate(&self, step: u64) -> f64 {
        let schedule = self.config.schedule.as_ref().map_or(1.0, |schedule| schedule.at(step));
        self.config.learning_rate.unwrap_or(0.0) * schedule
    }

    /// The same optimiser with its learning rate multiplied by `factor`.
    #[must_use]
    pub fn slowed(&self, factor: f64) -> Self {
        let learning_rate = self.config.learning_rate.map(|rate| rate * factor);
        Self { config: OptimizerConfig { learning_rate, ..self.config.clone() } }
    }

    /// How many lists of moments a state has after the first update.
    pub fn moment_count(&self) -> usize {
        match self.config.kind {
            OptimizerKind::Adam | OptimizerKind::AdamW => 2,
            OptimizerKind::Sgd => usize::from(self.config.momentum.unwrap_or(0.0) > 0.0),
            OptimizerKind::RmsProp => 1,
        }
    }

    /// One update: new parameters and new state. Differentiable in every tensor.
    pub fn update(
        &self,
        parameters: &[Tensor<2>],
        gradients: Vec<Tensor<2>>,
        state: &OptimizerState,
        learning_rate: f64,
    ) -> (Vec<Tensor<2>>, OptimizerState) {
        self.update_owned(parameters.to_vec(), gradients, state.clone(), learning_rate)
    }

    /// [`Optimizer::update`] that may write over what it is given, where nobody else reads it.
    pub fn update_owned(
        &self,
        parameters: Vec<Tensor<2>>,
        gradients: Vec<Tensor<2>>,
        state: OptimizerState,
        learning_rate: f64,
    ) -> (Vec<Tensor<2>>, OptimizerState) {
        let updates = state.updates + 1;
        let gradients = self.clip(gradients);
        let mut moments = vec![Vec::with_capacity(parameters.len()); self.moment_count()];
        let mut updated = Vec::with_capacity(parameters.len());
        let mut lists: Vec<_> = state.moments.into_iter().map(Vec::into_iter).collect();
        for (parameter, gradient) in parameters.into_iter().zip(gradients) {
            let past: Vec<Tensor<2>> = lists.iter_mut().filter_map(Iterator::next).collect();
            let (parameter, now) = if self.serves(&parameter, &gradient, &past) {
                self.by_kernels(parameter, gradient, past, updates, learning_rate)
            } else {
                let (direction, now) = self.direction(self.decayed(&parameter, gradient), past, updates);
                let shrunk = match self.decoupled_decay() {
                    Some(decay) => parameter.mul_scalar(1.0 - learning_rate * decay),
                    None => parameter,
                };
                (shrunk.sub(direction.mul_scalar(learning_rate)), now)
            };
            updated.push(parameter);
            moments.iter_mut().zip(now).for_each(|(list, moment)| list.push(moment));
        }
        (updated, OptimizerState { updates, moments })
    }

    /// Whether kernels make the update.
    fn serves(&self, parameter: &Tensor<2>, gradient: &Tensor<2>, past: &[Tensor<2>]) -> bool {
        let adam = matches!(self.config.kind, OptimizerKind::Adam | OptimizerKind::AdamW);
        adam && [parameter, gradient].into_iter().chain(past).all(updates::serves)
    }

    /// The weight decay that acts on the parameter itself.
    fn decoupled_decay(&self) -> Option<f64> {
        self.config.weight_decay.filter(|decay| self.config.kind == OptimizerKind::AdamW && *decay > 0.0)
    }

    /// Adam's new parameter and moments by kernels, with the bits of [`Optimizer::direction`].
    fn by_kernels(
        &self,
        parameter: Tensor<2>,
        gradient: Tensor<2>,
        past: Vec<Tensor<2>>,
        count: u64,
        rate: f64,
    ) -> (Tensor<2>, Vec<Tensor<2>>) {
        let gradient = self.decayed(&parameter, gradient);
        let AdamScalars { beta1, beta2, scale, epsilon } = self.adam_scalars(count);
        let shrink = self.decoupled_decay().map_or(1.0, |decay| 1.0 - rate * decay);
        let step = Adam { beta1, beta2, scale, guard: ROOT_GUARD, epsilon, rate, shrink };
        let moments = past.try_into().unwrap_or_else(|_| [parameter.zeros_like(), parameter.zeros_like()]);
        let [parameter, mean, square] = updates::adam(step, parameter, gradient, moments);
        (parameter, vec![mean, square])
    }

    /// Adam's decays, with both corrections of the moments moved into scalars to save passes over memory.
    fn adam_scalars(&self, updates: u64) -> AdamScalars {
        let (beta1, beta2) = (self.config.beta1.unwrap_or(0.5), self.config.beta2.unwrap_or(0.999));
        let mean_correction = 1.0 - beta1.powf(updates as f64);
        let root_correction = (1.0 - beta2.powf(updates as f64)).sqrt();
        let epsilon = self.config.epsilon.unwrap_or(1e-8) * root_correction;
        AdamScalars { beta1, beta2, scale: root_correction / mean_correction, epsilon }
    }

    /// The gradient with the weight decay that acts through it.
    fn decayed(&self, parameter: &Tensor<2>, gradient: Tensor<2>) -> Tensor<2> {
        match (self.config.kind, self.config.weight_decay) {
            (OptimizerKind::AdamW, _) | (_, None | Some(0.0)) => gradient,
            (_, Some(decay)) => gradient.add(parameter.clone().mul_scalar(decay)),
        }
    }

    /// The direction to step against, and the new moments.
    fn direction(&self, gradient: Tensor<2>, past: Vec<Tensor<2>>, updates: u64) -> (Tensor<2>, Vec<Tensor<2>>) {
        let config = &self.config;
        let mut past = past.into_iter();
        let mut average = |value: Tensor<2>, decay: f64| match past.next() {
            Some(past) => past.mul_scalar(decay).add(value.mul_scalar(1.0 - decay)),
            None => value.mul_scalar(1.0 - decay),
        };
        match config.kind {
            OptimizerKind::Adam | OptimizerKind::AdamW => {
                let AdamScalars { beta1, beta2, scale, epsilon } = self.adam_scalars(updates);
                let mean = average(gradient.clone(), beta1);
                let square = average(gradient.square(), beta2);
                // m / c1 / (sqrt(v) / c2 + eps)
                let direction = mean.clone().mul_scalar(scale).div(root(square.clone()).add_scalar(epsilon));
                (direction, vec![mean, square])
            }
            OptimizerKind::RmsProp => {
                let square = average(gradient.clone().square(), config.decay.unwrap_or(0.99));
                let root = root(square.clone()).add_scalar(config.epsilon.unwrap_or(1e-8));
                (gradient.div(root), vec![square])
            }
            OptimizerKind::Sgd => match config.momentum.unwrap_or(0.0) {
                momentum if momentum > 0.0 => {
                    let velocity = match past.next() {
                        Some(past) => past.mul_scalar(momentum).add(gradient.clone()),
                        None => gradient.clone(),
                    };
                    let direction = if config.nesterov.unwrap_or(false) {
                        gradient.add(velocity.clone().mul_scalar(momentum))
                    } else {
                        velocity.clone()
                    };
                    (direction, vec![velocity])
                }
                _ => (gradient, Vec::new()),
            },
        }
    }

    /// The gradients after clipping by value and then by the norm over the whole network.
    fn clip(&self, gradients: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
        let clamped = match self.config.clip_value {
            Some(bound) => gradients.into_iter().map(|gradient| gradient.clamp(-bound, bound)).collect(),
            None => gradients,
        };
        let Some(bound) = self.config.clip_norm else { return clamped };
        let squares: Vec<Tensor<1>> = clamped.iter().map(|gradient| gradient.clone().square().sum()).collect();
        let norm: Tensor<2> = Tensor::cat(squares, 0).sum().add_scalar(ROOT_GUARD).sqrt().reshape([1, 1]);
        // bound / max(norm, bound): one where the norm is within the bound.
        let scale = norm.clone().clamp_min(bound).recip().mul_scalar(bound);
        clamped.into_iter().map(|gradient| gradient.mul(scale.clone())).collect()
    }
}

/// The root of a mean of squares. Where it carries a graph it is written as its own tangent, because burn differentiates a
/// root by a general power, which takes 163 us for 128 x 128 values on flex where a root takes 9. The value and the slope,
/// `1 / (2 root)`, are the same.
fn root(square: Tensor<2>) -> Tensor<2> {
    let value = square.clone().without_autodiff().add_scalar(ROOT_GUARD).sqrt();
    if !square.is_autodiff() {
        return value;
    }
    let slope = value.clone().recip().mul_scalar(0.5);
    let change = square.clone().sub(square.without_autodiff());
    change.mul(slope).add(value)
}
