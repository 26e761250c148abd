//! The rows that go through the networks in a phase.

use burn::tensor::Tensor;

use crate::batch::{Batch, DiscriminatorBatch, Latents, Targets, select_rows};
use crate::data::Dataset;
use crate::network::plan::Routing;
use crate::network::{Network, Statistics};
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
    /// The real rows of every batch of a step, with ones as targets of real rows and zeros as those of fake rows.
    pub(super) fn examples(&self, data: &Dataset, step: u64) -> Vec<Examples> {
        let batches = self.phases.iter().map(|phase| phase.batch as u64 + 1).max().unwrap_or(0);
        let shape = [self.plan.batch_size / self.plan.samples_per_logit, 1];
        let targets = || Targets { real: self.place.full(shape, 1.0), fake: self.place.full(shape, 0.0) };
        let example = |index| Examples { real: self.real_batch(data, step * batches + index), targets: targets() };
        (0..batches).map(example).collect()
    }

    /// The run's `index`-th batch of real rows; sorted by class where a network shares them out so.
    fn real_batch(&self, data: &Dataset, index: u64) -> Batch {
        let rows = self.plan.batch_size;
        let host = data.batch(self.streams, "batch", index, rows);
        let labels = host.labels.filter(|_| self.plan.labelled);
        let samples = self.place.tensor(host.samples.values, [rows, self.plan.shape.features()]);
        let batch = Batch { samples, labels, generators: None };
        let by_class = [self.plan.generator.routing, self.plan.discriminator.routing].contains(&Routing::ByClass);
        match batch.label_order().filter(|_| by_class) {
            Some(order) => batch.select(&order),
            None => batch,
        }
    }

    /// Draws the latents of a phase, one for each label, or a batch of them without labels.
    pub fn latents(&self, labels: Option<Vec<usize>>, context: &StepContext<'_>) -> Latents {
        let rows = labels.as_ref().map_or(self.plan.batch_size, Vec::len);
        let noise = self.latent.draw(&mut self.streams.at("latents", context.draw_index), rows, &self.place);
        let groups = self.plan.generator.groups(rows, labels.as_deref());
        Latents { noise, labels, groups }
    }

    /// A batch from the generator in training mode.
    pub(super) fn generate(&self, generator: &Network, labels: Option<Vec<usize>>, context: &StepContext<'_>) -> Fakes {
        let latents = self.latents(labels, context);
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

/// A discriminator's outputs for real and fake rows, in one pass where rows do not influence each other.
pub(super) fn discriminate(
    discriminator: &Network,
    real: &Batch,
    fake: &Batch,
    context: &StepContext<'_>,
) -> (RealFake, Vec<Statistics>) {
    if discriminator.can_share_a_pass() {
        let both = real.clone().concatenate(fake.clone());
        let pass = context.discriminator_pass("both", &both);
        let (outputs, statistics) = discriminator.forward_with_statistics(both.samples, &pass);
        return (RealFake::halves(outputs), vec![statistics]);
    }
    let pass = |name, batch: &Batch| {
        discriminator.forward_with_statistics(batch.samples.clone(), &context.discriminator_pass(name, batch))
    };
    let (real, real_statistics) = pass("real", real);
    let (fake, fake_statistics) = pass("fake", fake);
    (RealFake { real, fake }, vec![real_statistics, fake_statistics])
}

/// The first column of a discriminator's outputs, `[rows, 1]`.
pub fn logit(outputs: &Tensor<2>) -> Tensor<2> {
    let [_, columns] = outputs.dims();
    if columns == 1 { outputs.clone() } else { outputs.clone().slice_dim(1, 0..1) }
}
