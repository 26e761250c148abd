//! The rows that go through the networks in a phase.

use burn::tensor::Tensor;

use crate::batch::{Batch, DiscriminatorBatch, Latents, Targets, select_rows};
use crate::network::plan::Routing;
use crate::network::{Network, Statistics, Trace};
use crate::objective::RealFake;
use crate::step::Step;
use crate::strategy::StepContext;

/// The real rows of a phase, with the targets of real and fake rows.
#[derive(Clone, Debug)]
pub(super) struct Examples {
    pub(super) real: Batch,
    pub(super) targets: Targets,
}

/// What a generator made in training mode.
pub(super) struct Fakes {
    pub(super) latents: Latents,
    pub(super) batch: Batch,
    /// For the generator's buffers.
    pub(super) statistics: Statistics,
}

impl Step {
    /// Draws the latents of a phase, one for each label, or a batch of them without labels.
    pub fn latents(&self, labels: Option<Vec<usize>>, context: &StepContext<'_>) -> Latents {
        let rows = labels.as_ref().map_or(self.plan.batch_size, Vec::len);
        let noise = self.latent.draw(&mut self.streams.at("latents", context.draw_index), rows, &self.place);
        self.latents_of(noise, labels)
    }

    /// Latents of this noise, `[rows, latent]`.
    fn latents_of(&self, noise: Tensor<2>, labels: Option<Vec<usize>>) -> Latents {
        let groups = self.plan.generator.groups(noise.dims()[0], labels.as_deref());
        Latents { noise, labels, groups }
    }

    /// A batch from the generator in training mode. `noise` is that of the phase's draw for a batch of the configured size; where
    /// a strategy has changed the number of rows, it is drawn for that number.
    pub(super) fn generate(
        &self,
        generator: &Network,
        labels: Option<Vec<usize>>,
        noise: &Tensor<2>,
        context: &StepContext<'_>,
    ) -> Fakes {
        let fits = labels.as_ref().is_none_or(|labels| labels.len() == noise.dims()[0]);
        let latents = if fits { self.latents_of(noise.clone(), labels) } else { self.latents(labels, context) };
        let pass = context.generator_pass(&latents);
        let (samples, statistics) = generator.forward_with_statistics(latents.noise.clone(), &pass);
        Fakes { batch: self.fake_batch(samples, &latents), latents, statistics }
    }

    /// Generated rows with the tags of their latents.
    pub(crate) fn fake_batch(&self, samples: Tensor<2>, latents: &Latents) -> Batch {
        let members = latents.groups.iter().enumerate();
        let generators = members.flat_map(|(member, rows)| std::iter::repeat_n(member, *rows)).collect();
        Batch {
            samples,
            labels: latents.labels.clone(),
            generators: (self.plan.generator.members > 1).then_some(generators),
        }
    }

    /// Sorts rows by class again where strategies have mixed them and the discriminator shares them out so.
    pub(super) fn routed(&self, batch: DiscriminatorBatch) -> DiscriminatorBatch {
        if self.plan.discriminator.routing != Routing::ByClass {
            return batch;
        }
        let sort = |rows: Batch, targets: Tensor<2>| match rows.label_order() {
            None => (rows, targets),
            Some(order) => (rows.select(&order), select_rows(targets, &order)),
        };
        let (real, real_targets) = sort(batch.real, batch.targets.real);
        let (fake, fake_targets) = sort(batch.fake, batch.targets.fake);
        DiscriminatorBatch { real, fake, targets: Targets { real: real_targets, fake: fake_targets } }
    }
}

/// What a discriminator says of a batch.
pub(super) struct Judged<'a> {
    pub(super) outputs: RealFake,
    /// Those of both, the real ones first, where one pass gave them.
    pub(super) joined: Option<Tensor<2>>,
    /// What its one pass kept, where the plan asks for it.
    pub(super) trace: Option<Trace<'a>>,
    /// For its buffers, those of each pass.
    pub(super) statistics: Vec<Statistics>,
}

impl<'a> Judged<'a> {
    /// A discriminator's outputs for real and fake rows, in one pass where rows do not influence each other.
    pub(super) fn new(discriminator: &'a Network, real: &Batch, fake: &Batch, context: &StepContext<'_>) -> Self {
        if !discriminator.can_share_a_pass() {
            let pass = |name, batch: &Batch| {
                discriminator.forward_with_statistics(batch.samples.clone(), &context.discriminator_pass(name, batch))
            };
            let (real, real_statistics) = pass("real", real);
            let (fake, fake_statistics) = pass("fake", fake);
            let outputs = RealFake { real, fake };
            return Self { outputs, joined: None, trace: None, statistics: vec![real_statistics, fake_statistics] };
        }
        let both = real.clone().concatenate(fake.clone());
        let pass = context.discriminator_pass("both", &both);
        if context.plan.traces_discriminator_pass() {
            let (trace, statistics) = discriminator.trace_with_statistics(both.samples, &pass);
            let judged = Self::of_one_pass(trace.output.clone(), statistics);
            return Self { trace: Some(trace), ..judged };
        }
        let (outputs, statistics) = discriminator.forward_with_statistics(both.samples, &pass);
        Self::of_one_pass(outputs, statistics)
    }

    fn of_one_pass(joined: Tensor<2>, statistics: Statistics) -> Self {
        let outputs = RealFake::halves(joined.clone());
        Self { outputs, joined: Some(joined), trace: None, statistics: vec![statistics] }
    }
}

/// The first column of a discriminator's outputs, `[rows, 1]`.
pub fn logit(outputs: &Tensor<2>) -> Tensor<2> {
    let [_, columns] = outputs.dims();
    if columns == 1 { outputs.clone() } else { outputs.clone().slice_dim(1, 0..1) }
}
