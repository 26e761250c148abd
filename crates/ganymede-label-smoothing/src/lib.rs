#![doc = include_str!("../README.md")]

use std::fmt;

use burn::tensor::Tensor;
use ganymede_core::batch::{DiscriminatorBatch, Targets};
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::random::{uniform_tensor, uniforms};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::{StepContext, Strategy};
use serde::{Deserialize, Serialize};

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "label-smoothing",
    summary: "The discriminator's targets are soft: not 1 and 0 but, say, 0.9 and 0.",
    paper: "Salimans et al. 2016, Improved techniques for training GANs",
    equation: "target(real) = 0.9 or U(0.7, 1.0); target(fake) = 0 or U(0.0, 0.3); swapped with probability flip",
    defaults: "real = 0.9 # or a range: [0.7, 1.0]\nfake = 0.0 # or a range: [0.0, 0.3]\nflip = 0.0",
    build: build::<LabelSmoothing>,
};

/// A target: one number, or drawn uniformly from a range for each row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// The same for every row.
    Fixed(f64),
    /// Uniform between low and high.
    Range([f64; 2]),
}

/// Soft targets for the discriminator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabelSmoothing {
    /// Target of real rows, in `[0, 1]`.
    pub real: Target,
    /// Target of fake rows, in `[0, 1]`.
    pub fake: Target,
    /// Probability in `[0, 0.5]` that a row's target `t` becomes `1 - t`.
    pub flip: f64,
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(value) => write!(formatter, "{value}"),
            Self::Range([low, high]) => write!(formatter, "[{low}, {high}]"),
        }
    }
}

impl Target {
    /// The lowest and the highest value.
    fn ends(self) -> [f64; 2] {
        match self {
            Self::Fixed(value) => [value; 2],
            Self::Range(ends) => ends,
        }
    }
}

impl Default for LabelSmoothing {
    fn default() -> Self {
        Self { real: Target::Fixed(0.9), fake: Target::Fixed(0.0), flip: 0.0 }
    }
}

impl LabelSmoothing {
    /// The targets of real or fake rows, in the shape of `like`.
    fn soften(&self, target: Target, rows: &str, like: &Tensor<2>, context: &StepContext<'_>) -> Tensor<2> {
        let shape = like.dims();
        let stream = |purpose: &str| context.stream(&format!("{purpose}/{rows}"));
        let soft = match target {
            Target::Fixed(value) => context.place.full(shape, value),
            Target::Range([low, high]) => {
                uniform_tensor(&mut stream("target"), shape, (low as f32, high as f32), context.place)
            }
        };
        if self.flip == 0.0 {
            return soft;
        }
        let draws = uniforms(&mut stream("flip"), shape[0] * shape[1], 0.0, 1.0).into_iter();
        let signs = draws.map(|draw| if f64::from(draw) < self.flip { -1.0 } else { 1.0 }).collect();
        // Reflected at one half where the sign is negative.
        soft.sub_scalar(0.5).mul(context.place.tensor(signs, shape)).add_scalar(0.5)
    }
}

impl Configurable for LabelSmoothing {
    fn check(&self) -> Result<(), InvalidValue> {
        for (key, target) in [("real", self.real), ("fake", self.fake)] {
            let [low, high] = target.ends();
            let legal = 0.0 <= low && low <= high && high <= 1.0;
            ensure(legal, key, target, "expected a number in [0, 1], or a range [low, high] within it")?;
        }
        let middle = |target: Target| target.ends().iter().sum::<f64>();
        let expected = format!(
            "expected targets above those of fake rows, {}: else nothing is taught, or the opposite",
            self.fake
        );
        ensure(middle(self.real) > middle(self.fake), "real", self.real, &expected)?;
        let flip = self.flip;
        ensure(
            (0.0..=0.5).contains(&flip),
            "flip",
            flip,
            "expected a number in [0, 0.5]; more would teach the opposite",
        )
    }
}

impl Strategy for LabelSmoothing {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        if plan.objective.uses_targets() {
            return Ok(());
        }
        Err(plan.refusal(
            format!("smooths targets, and the objective \"{}\" has none", plan.objective.name()),
            "use \"non-saturating\", \"minimax\" or \"least-squares\", or remove the strategy",
        ))
    }

    fn discriminator_batch(&mut self, batch: DiscriminatorBatch, context: &StepContext<'_>) -> DiscriminatorBatch {
        let targets = Targets {
            real: self.soften(self.real, "real", &batch.targets.real, context),
            fake: self.soften(self.fake, "fake", &batch.targets.fake, context),
        };
        DiscriminatorBatch { targets, ..batch }
    }
}
