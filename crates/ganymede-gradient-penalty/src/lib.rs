#![doc = include_str!("../README.md")]

mod config;
pub mod penalty;
mod points;

use burn::tensor::Tensor;
use ganymede_core::batch::Batch;
use ganymede_core::objective::RealFake;
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Factory, build};
use ganymede_core::role::Role;
use ganymede_core::strategy::{DiscriminatorView, StepContext, Strategy, Terms};

use crate::config::{NOISE, TARGET};

pub use crate::config::{GradientPenalty, Kind};

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "gradient-penalty",
    summary: "The discriminator pays for steep slopes at its samples: WGAN-GP, DRAGAN, R1, R2, R1 and R2.",
    paper: "Gulrajani et al. 2017, Kodali et al. 2017, Mescheder et al. 2018",
    equation: "f_D + weight E(|grad D(x)| - target)^2, or f_D + weight/2 E|grad D(x)|^2",
    defaults: "kind = \"r1-r2\" # or \"wgan-gp\", \"dragan\", \"r1\", \"r2\"\none_sided = false # wgan-gp, dragan\n\
               target = 1.0 # wgan-gp, dragan\nnoise = 0.5 # dragan",
    build: build::<GradientPenalty>,
};

impl GradientPenalty {
    /// The penalties by name, each a tensor of one number, before the chain's weight.
    pub fn penalties(&self, view: &DiscriminatorView<'_>, context: &StepContext<'_>) -> Vec<(&'static str, Tensor<1>)> {
        let (real, fake) = (&view.batch.real, &view.batch.fake);
        let gradients = |name: &str, batch: &Batch| {
            let pass = context.own_discriminator_pass(name, batch);
            penalty::gradients(view.discriminator, batch.samples.clone(), &pass)
        };
        let to_target = |name, batch: Batch| {
            let gradients = gradients(name, &batch);
            let (target, one_sided) = (self.target.unwrap_or(TARGET), self.one_sided.unwrap_or(false));
            vec![(name, penalty::squared_distance(gradients, target, one_sided))]
        };
        match self.kind {
            Kind::WganGp => to_target("wgan-gp", points::between(real, fake, context)),
            Kind::Dragan => to_target("dragan", points::around(real, self.noise.unwrap_or(NOISE), context)),
            Kind::R1 => vec![("r1", penalty::half_mean(gradients("real", real)))],
            Kind::R2 => vec![("r2", penalty::half_mean(gradients("fake", fake)))],
            Kind::R1R2 => {
                // The step's own pass over both serves, where there is one; else one over both costs less than two.
                let RealFake { real, fake } = if let Some(trace) = view.trace {
                    RealFake::halves(penalty::gradients_of(trace))
                } else if view.discriminator.can_share_a_pass() {
                    RealFake::halves(gradients("both", &real.clone().concatenate(fake.clone())))
                } else {
                    RealFake { real: gradients("real", real), fake: gradients("fake", fake) }
                };
                vec![("r1", penalty::half_mean(real)), ("r2", penalty::half_mean(fake))]
            }
        }
    }
}

impl Strategy for GradientPenalty {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        plan.add_discriminator_term();
        plan.need_second_order(Role::Discriminator);
        plan.refuse_batch_norm(Role::Discriminator);
        if self.kind == Kind::R1R2 {
            plan.trace_discriminator_pass();
        }
        Ok(())
    }

    fn discriminator_terms(&mut self, view: &DiscriminatorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        for (name, penalty) in self.penalties(view, context) {
            terms.add(name, penalty);
        }
    }
}
