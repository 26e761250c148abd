#![doc = include_str!("../README.md")]

mod classifier;

use burn::tensor::Tensor;
use ganymede_core::batch::Batch;
use ganymede_core::config::RunLength;
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::network::layers::label::ConcatenateLabel;
use ganymede_core::network::plan::{LayerPlan, Routing};
use ganymede_core::plan::{Claim, Plan, PlanError};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::{DiscriminatorView, GeneratorView, StepContext, Strategy, Terms};
use serde::{Deserialize, Serialize};

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "multi-generator",
    summary: "Several generators share out the data: told apart by a classifier, or one for each class.",
    paper: "Hoang et al. 2018, MGAN: training generative adversarial nets with multiple generators",
    equation: "min_{G,C} max_D  f(G, D) - beta sum_k pi_k E log C_k(G_k(z))",
    defaults: "assignment = \"mixture\" # or \"class\"\ngenerators = 8 # of a mixture\n\
               diversity = 0.125 # beta, of a mixture\ndiscriminator = \"shared\" # or \"per-class\", of classes",
    build: build::<MultiGenerator>,
};

/// Generators of a mixture, where the configuration does not say.
const GENERATORS: usize = 8;

/// Weight of the classifier, where the configuration does not say.
const DIVERSITY: f64 = 0.125;

/// What each generator is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assignment {
    /// Equal shares of a mixture, kept apart by a classifier.
    #[default]
    Mixture,
    /// One class each.
    Class,
}

/// How many discriminators class generators face.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discriminators {
    /// One, which sees the class as an input.
    #[default]
    Shared,
    /// One for each class.
    PerClass,
}

/// Several generators. Keys that the assignment does not use must be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MultiGenerator {
    /// What each generator is for.
    pub assignment: Assignment,
    /// Mixture: generators, at least 2; default 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generators: Option<usize>,
    /// Mixture: weight of the classifier's cross entropy, beta, at least 0; default 0.125.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diversity: Option<f64>,
    /// Class: shared or one for each class; default shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discriminator: Option<Discriminators>,
}

impl Configurable for MultiGenerator {
    fn check(&self) -> Result<(), InvalidValue> {
        let mixture = self.assignment == Assignment::Mixture;
        if let Some(generators) = self.generators {
            ensure(mixture, "generators", generators, "classes have a generator each; leave it out")?;
            let expected = "expected a whole number from 2 to 1000";
            ensure((2..=1000).contains(&generators), "generators", generators, expected)?;
        }
        if let Some(diversity) = self.diversity {
            ensure(mixture, "diversity", diversity, "only a mixture has a classifier; leave it out")?;
            let legal = diversity.is_finite() && diversity >= 0.0;
            ensure(legal, "diversity", diversity, "expected a number of at least 0")?;
        }
        let discriminator = self.discriminator.filter(|_| mixture);
        let text = discriminator.map(|value| format!("{value:?}")).unwrap_or_default();
        ensure(discriminator.is_none(), "discriminator", text, "a mixture shares its discriminator; leave it out")
    }

    fn resolved(self, _: RunLength) -> Self {
        let mixture = self.assignment == Assignment::Mixture;
        Self {
            assignment: self.assignment,
            generators: self.generators.or(mixture.then_some(GENERATORS)),
            diversity: self.diversity.or(mixture.then_some(DIVERSITY)),
            discriminator: self.discriminator.or((!mixture).then_some(Discriminators::Shared)),
        }
    }
}

impl MultiGenerator {
    /// The classifier's cross entropy with its weight; `None` without a classifier.
    fn classifier_term(&self, outputs: &Tensor<2>, fake: &Batch, context: &StepContext<'_>) -> Option<Tensor<1>> {
        let loss = classifier::cross_entropy(outputs, fake, context)?;
        Some(loss.mul_scalar(self.diversity.unwrap_or(DIVERSITY)))
    }
}

impl Strategy for MultiGenerator {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        plan.claim(Claim::GeneratorMembers)?;
        match self.assignment {
            Assignment::Mixture => {
                let generators = self.generators.unwrap_or(GENERATORS);
                plan.generator.members = generators;
                plan.generator.routing = Routing::Even;
                plan.add_outputs(generators);
                plan.add_discriminator_term();
            }
            Assignment::Class => {
                // The class enters the discriminator here, so nobody else can decide how.
                plan.claim(Claim::Conditioning)?;
                let classes = plan.need_labels()?;
                plan.generator.members = classes;
                plan.generator.routing = Routing::ByClass;
                if self.discriminator == Some(Discriminators::PerClass) {
                    plan.claim(Claim::DiscriminatorMembers)?;
                    plan.discriminator.members = classes;
                    plan.discriminator.routing = Routing::ByClass;
                } else {
                    let make = move |input, _| ConcatenateLabel { input, classes, embedding: classes };
                    plan.discriminator.at_input(LayerPlan::new("label concatenation", make));
                }
            }
        }
        Ok(())
    }

    fn discriminator_terms(&mut self, view: &DiscriminatorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        if let Some(term) = self.classifier_term(view.fake_outputs, &view.batch.fake, context) {
            terms.add("classifier", term);
        }
    }

    fn generator_terms(&mut self, view: &GeneratorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        if let Some(term) = self.classifier_term(view.fake_outputs, view.fake, context) {
            terms.add("diversity", term);
        }
    }
}
