#![doc = include_str!("../README.md")]

mod config;
mod draws;
mod layer;
mod signs;
mod transform;

use ganymede_core::network::Network;
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Factory, build};
use ganymede_core::role::Role;
use ganymede_core::strategy::{DiscriminatorView, StepContext, Strategy, StrategyState, StrategyStateError, Terms};
use serde::{Deserialize, Serialize};

use crate::config::{INTERVAL, PICTURES, TARGET};
use crate::signs::Signs;

pub use crate::config::Strengths;
pub use crate::layer::{AugmentationLayer, PROBABILITY};

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "augmentation",
    summary: "The discriminator sees real and fake pictures through random changes of colour, shifts and holes.",
    paper: "Zhao et al. 2020, Differentiable augmentation for data-efficient GAN training; Karras et al. 2020, Training \
            generative adversarial networks with limited data",
    equation: "D(T(x)) for real and fake x, each part of T with probability p; p <- p + sign(E sign D(T(x_real)) - target) \
               interval batch / pictures",
    defaults: "colour = 1.0\ntranslation = 0.125 # of each side\ncutout = 0.5 # of each side\nadaptive = true\n\
               probability = 0.0 # at the beginning; 1.0 with adaptive = false\ntarget = 0.6 # adaptive\n\
               interval = 4 # adaptive: updates of the discriminator\npictures = 500000 # adaptive: from 0 to 1",
    build: build::<Augmentation>,
};

/// Random changes of what the discriminator sees. Keys that a fixed probability does not use must be left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Strength of the changes of brightness, saturation and contrast, in `[0, 1]`; 1 is the paper's.
    pub colour: f64,
    /// The farthest shift as a share of each side, in `[0, 1]`.
    pub translation: f64,
    /// The side of the hole as a share of each side, in `[0, 1]`.
    pub cutout: f64,
    /// Whether the probability follows the discriminator's overfitting.
    pub adaptive: bool,
    /// Probability of each transformation, at the beginning where it is adaptive; default 0, or 1 where it is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Adaptive: the mean sign of the discriminator's answers to real pictures that is aimed at, in `[-1, 1]`; default 0.6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Adaptive: updates of the discriminator between two moves of the probability, at least 1; default 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<u64>,
    /// Adaptive: real pictures in which the probability can move from 0 to 1, at least 1; default 500,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pictures: Option<u64>,
    #[serde(skip)]
    signs: Signs,
}

impl Default for Augmentation {
    fn default() -> Self {
        let Strengths { colour, translation, cutout } = Strengths::default();
        Self {
            colour,
            translation,
            cutout,
            adaptive: true,
            probability: None,
            target: None,
            interval: None,
            pictures: None,
            signs: Signs::default(),
        }
    }
}

impl Augmentation {
    fn strengths(&self) -> Strengths {
        Strengths { colour: self.colour, translation: self.translation, cutout: self.cutout }
    }

    fn first_probability(&self) -> f64 {
        self.probability.unwrap_or(if self.adaptive { 0.0 } else { 1.0 })
    }

    fn interval(&self) -> u64 {
        self.interval.unwrap_or(INTERVAL)
    }

    /// How far the probability moves at once.
    fn stride(&self, batch_size: usize) -> f64 {
        (batch_size as u64 * self.interval()) as f64 / self.pictures.unwrap_or(PICTURES) as f64
    }
}

impl Strategy for Augmentation {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        if plan.shape.is_point() {
            let needs = format!("augments pictures, and the samples are points of {} features", plan.shape.features());
            return Err(plan.refusal(needs, "give pictures in [data], or remove the strategy"));
        }
        if self.adaptive && plan.objective.boundary().is_none() {
            let needs = format!(
                "follows the sign of the discriminator's answers, and the objective \"{}\" gives them no zero",
                plan.objective.name()
            );
            return Err(plan.refusal(needs, "set adaptive = false for a fixed probability, or use another objective"));
        }
        let (strengths, probability) = (self.strengths(), self.first_probability());
        let kind = plan.strategy().name.clone();
        let make = move |shape, _| AugmentationLayer { shape, strengths, probability, kind: kind.clone() };
        plan.discriminator.at_first(LayerPlan::new("augmentation", make));
        Ok(())
    }

    fn discriminator_terms(&mut self, view: &DiscriminatorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        let Some(boundary) = context.plan.objective.boundary().filter(|_| self.adaptive) else { return };
        let logits = view.real_outputs.clone().slice_dim(1, 0..1).without_autodiff();
        let sign = self.signs.add(logits.sub_scalar(boundary));
        terms.report("sign", sign);
        if let Some(probability) = probabilities(view.discriminator).first() {
            terms.report("probability", view.discriminator.buffers()[*probability].clone().reshape([1]));
        }
    }

    fn after_update(&mut self, role: Role, network: &mut Network, context: &StepContext<'_>) {
        if role != Role::Discriminator {
            return;
        }
        let Some(mean) = self.signs.take(self.interval()) else { return };
        let stride = self.stride(context.plan.batch_size);
        let direction = mean.sub_scalar(self.target.unwrap_or(TARGET)).sign();
        let mut buffers = network.buffers().to_vec();
        for at in probabilities(network) {
            let moved = buffers[at].clone().add(direction.clone().mul_scalar(stride));
            buffers[at] = moved.clamp(0.0, 1.0);
        }
        *network = network.with_buffers(buffers);
    }

    fn state(&self) -> Option<StrategyState> {
        self.signs.state()
    }

    fn load_state(&mut self, state: Option<StrategyState>) -> Result<(), StrategyStateError> {
        self.signs = state.map_or_else(|| Ok(Signs::default()), Signs::from_state)?;
        Ok(())
    }
}

/// Where the probability stands among a network's buffers: once for each member.
fn probabilities(network: &Network) -> Vec<usize> {
    let (_, buffers) = network.names();
    let named = |(_, name): &(usize, String)| name.ends_with(PROBABILITY);
    buffers.into_iter().enumerate().filter(named).map(|(at, _)| at).collect()
}
