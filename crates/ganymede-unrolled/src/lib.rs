#![doc = include_str!("../README.md")]

use burn::tensor::Tensor;
use ganymede_core::batch::Batch;
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::network::Network;
use ganymede_core::objective::RealFake;
use ganymede_core::optimizer::OptimizerState;
use ganymede_core::plan::{Claim, Plan, PlanError};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::role::Role;
use ganymede_core::step::logit;
use ganymede_core::strategy::{LookaheadView, StepContext, Strategy};
use serde::{Deserialize, Serialize};

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "unrolled",
    summary: "The generator answers to the discriminator as it will be K updates later.",
    paper: "Metz et al. 2017, Unrolled generative adversarial networks",
    equation: "min_G f(G, D_K(G)), D_{k+1} = D_k - update(grad_D f_D(G, D_k))",
    defaults: "steps = 5\ngradient = \"exact\" # or \"first-order\"",
    build: build::<Unrolled>,
};

/// What the generator's gradient follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gradient {
    /// Through the discriminator's updates as well, as in the paper.
    #[default]
    Exact,
    /// Only through the last discriminator, its updates taken as constants: cheap, and not the paper's method.
    FirstOrder,
}

/// Unrolled GAN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Unrolled {
    /// Updates of the discriminator to look ahead, K; 0 changes nothing.
    pub steps: usize,
    /// What the generator's gradient follows.
    pub gradient: Gradient,
}

impl Default for Unrolled {
    fn default() -> Self {
        Self { steps: 5, gradient: Gradient::Exact }
    }
}

impl Configurable for Unrolled {
    fn check(&self) -> Result<(), InvalidValue> {
        let expected = "expected a whole number from 0 to 100; the paper uses up to 10";
        ensure(self.steps <= 100, "steps", self.steps, expected)
    }
}

impl Strategy for Unrolled {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        plan.claim(Claim::Lookahead)?;
        plan.need_second_order(Role::Discriminator);
        Ok(())
    }

    fn lookahead(&self, discriminator: Network, view: &LookaheadView<'_>, context: &StepContext<'_>) -> Network {
        let fake = match self.gradient {
            Gradient::Exact => view.fake.clone(),
            Gradient::FirstOrder => view.fake.clone().untracked(),
        };
        let start = (discriminator, view.optimizer_state.clone());
        let (network, _) = (0..self.steps).fold(start, |(network, state), step| {
            let (parameters, state) = update(&network, &state, &fake, view, context, step);
            (network.with_parameters(parameters), state)
        });
        network
    }
}

/// One update of the discriminator on its own objective by its own optimiser, in tensor operations throughout.
fn update(
    network: &Network,
    state: &OptimizerState,
    fake: &Batch,
    view: &LookaheadView<'_>,
    context: &StepContext<'_>,
    step: usize,
) -> (Vec<Tensor<2>>, OptimizerState) {
    let trace = |name: &str, batch: &Batch| {
        let pass = context.own_discriminator_pass(&format!("{step}/{name}"), batch);
        network.trace(batch.samples.clone(), &pass)
    };
    let cotangents = |real: &Tensor<2>, fake: &Tensor<2>| {
        let logits = RealFake { real: logit(real), fake: logit(fake) };
        view.objective.discriminator_cotangents(&logits, view.targets)
    };
    // The real rows of the first update carry no graph, and would be given one by sharing a pass with the fakes.
    let gradients = if network.can_share_a_pass() && step > 0 {
        let both = trace("both", &view.real.clone().concatenate(fake.clone()));
        let RealFake { real, fake } = RealFake::halves(both.output.clone());
        both.vjp(cotangents(&real, &fake).joined()).1
    } else {
        let (real, fake) = (trace("real", view.real), trace("fake", fake));
        let cotangents = cotangents(&real.output, &fake.output);
        let (_, real_gradients) = real.vjp(cotangents.real);
        let (_, fake_gradients) = fake.vjp(cotangents.fake);
        real_gradients.into_iter().zip(fake_gradients).map(|(real, fake)| real.add(fake)).collect()
    };
    let learning_rate = view.optimizer.learning_rate(context.step);
    view.optimizer.update(network.parameters(), gradients, state, learning_rate)
}
