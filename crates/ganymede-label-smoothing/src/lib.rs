#![doc = include_str!("../README.md")]

use burn::tensor::Tensor;
use ganymede_core::batch::{DiscriminatorBatch, Targets};
use ganymede_core::config::{ConfigError, Section};
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::random::{uniform_tensor, uniforms};
use ganymede_core::registry::{Built, Factory};
use ganymede_core::strategy::{StepContext, Strategy};
use serde::{Deserialize, Serialize};

/// The strategy's name.
const NAME: &str = "label-smoothing";

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: NAME,
    summary: "The discriminator's targets are soft: not 1 and 0 but, say, 0.9 and 0.",
    paper: "Salimans et al. 2016, Improved techniques for training GANs",
    equation: "target(real) = 0.9 or U(0.7, 1.0); target(fake) = 0 or U(0.0, 0.3); swapped with probability flip",
    defaults: "real = 0.9 # or a range: [0.7, 1.0]\nfake = 0.0 # or a range: [0.0, 0.3]\nflip = 0.0",
    build,
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

/// The strategy's configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabelSmoothingConfig {
    /// Target of real rows, in `[0, 1]`.
    pub real: Target,
    /// Target of fake rows, in `[0, 1]`.
    pub fake: Target,
    /// Probability in `[0, 0.5]` that a row's target `t` becomes `1 - t`.
    pub flip: f64,
}

impl Default for LabelSmoothingConfig {
    fn default() -> Self {
        Self { real: Target::Fixed(0.9), fake: Target::Fixed(0.0), flip: 0.0 }
    }
}

/// Soft targets for the discriminator.
#[derive(Clone, Debug)]
pub struct LabelSmoothing {
    config: LabelSmoothingConfig,
}

impl LabelSmoothing {
    /// The strategy with these settings.
    pub fn new(config: LabelSmoothingConfig) -> Self {
        Self { config }
    }

    /// The targets of one side, in the shape of `like`.
    fn soften(&self, target: Target, side: &str, like: &Tensor<2>, context: &StepContext<'_>) -> Tensor<2> {
        let shape = like.dims();
        let stream = |purpose: &str| context.streams.at(&format!("{NAME}/{purpose}/{side}"), context.moment());
        let soft = match target {
            Target::Fixed(value) => context.place.full(shape, value),
            Target::Range([low, high]) => {
                uniform_tensor(&mut stream("target"), shape, (low as f32, high as f32), context.place)
            }
        };
        if self.config.flip == 0.0 {
            return soft;
        }
        let draws = uniforms(&mut stream("flip"), shape[0] * shape[1], 0.0, 1.0).into_iter();
        let signs = draws.map(|draw| if f64::from(draw) < self.config.flip { -1.0 } else { 1.0 }).collect();
        // Reflected at one half where the sign is negative.
        soft.sub_scalar(0.5).mul(context.place.tensor(signs, shape)).add_scalar(0.5)
    }
}

fn build(section: &Section<'_>) -> Result<Built, ConfigError> {
    let config: LabelSmoothingConfig = section.read()?;
    check(&config).map_err(|error| section.invalid(error))?;
    Built::new(LabelSmoothing::new(config.clone()), &config, section)
}

fn check(config: &LabelSmoothingConfig) -> Result<(), InvalidValue> {
    for (key, target) in [("real", config.real), ("fake", config.fake)] {
        let (low, high, text) = match target {
            Target::Fixed(value) => (value, value, value.to_string()),
            Target::Range([low, high]) => (low, high, format!("[{low}, {high}]")),
        };
        let legal = 0.0 <= low && low <= high && high <= 1.0;
        ensure(legal, key, text, "expected a number in [0, 1], or a range [low, high] within it")?;
    }
    let flip = config.flip;
    ensure((0.0..=0.5).contains(&flip), "flip", flip, "expected a number in [0, 0.5]; more would teach the opposite")
}

impl Strategy for LabelSmoothing {
    fn name(&self) -> &'static str {
        NAME
    }

    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        if plan.objective.uses_targets() {
            return Ok(());
        }
        Err(PlanError::Needs {
            strategy: NAME.to_owned(),
            needs: format!("smooths targets, and the objective \"{}\" has none", plan.objective.name()),
            remedy: "use \"non-saturating\", \"minimax\" or \"least-squares\", or remove the strategy".to_owned(),
        })
    }

    fn discriminator_batch(&mut self, batch: DiscriminatorBatch, context: &StepContext<'_>) -> DiscriminatorBatch {
        let targets = Targets {
            real: self.soften(self.config.real, "real", &batch.targets.real, context),
            fake: self.soften(self.config.fake, "fake", &batch.targets.fake, context),
        };
        DiscriminatorBatch { targets, ..batch }
    }
}
