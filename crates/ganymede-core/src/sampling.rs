//! Drawing samples from a generator.

use std::ops::Range;

use burn::tensor::Tensor;
use thiserror::Error;

use crate::batch::{Batch, Latents};
use crate::data::Matrix;
use crate::network::plan::Routing;
use crate::network::{Network, Pass};
use crate::random::Streams;
use crate::step::Step;
use crate::weighted::WeightedIndices;

/// Rows drawn in one pass, so that memory stays flat for any number of samples.
const CHUNK: usize = 8_192;

/// Values of pictures that are made in one pass. A generator's widest layers and the windows of its convolutions take some
/// hundred times as many bytes: 2,500 pictures of 64 x 64 x 3 at once took 5.5 GB, in passes of 85 they take a thirtieth.
const PICTURE_VALUES: usize = 1 << 20;

/// Which rows to draw.
#[derive(Clone, Debug)]
pub struct SampleRequest {
    /// How many.
    pub count: usize,
    /// All of one class; by the data's class frequencies when left out. Looked at only where the run has labels.
    pub label: Option<usize>,
    /// All from one member of the generator; shared out as in training when left out. Looked at only where the
    /// members are not classes.
    pub generator: Option<usize>,
    /// The random numbers to draw from.
    pub streams: Streams,
}

/// Where the latents of a draw come from.
#[derive(Clone, Copy, Debug)]
enum Latent {
    /// Each is drawn.
    Drawn,
    /// Each group of this number of rows leads from one drawn latent to another.
    Between(usize),
}

/// Generated rows on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// The samples.
    pub samples: Matrix,
    /// Class of each row, where the run has labels.
    pub labels: Option<Vec<usize>>,
    /// Member of the generator that made each row, where there are several.
    pub generators: Option<Vec<usize>>,
}

/// A sample that is not a finite number.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error(
    "the generator's samples became {value}; lower the learning rate of the generator or clip its gradient (`clip_norm`)"
)]
pub struct NotFiniteSample {
    /// NaN or an infinity.
    pub value: f32,
}

impl Generated {
    /// Whether every value is a finite number.
    ///
    /// # Errors
    ///
    /// [`NotFiniteSample`] with the first that is not.
    pub fn check_finite(&self) -> Result<(), NotFiniteSample> {
        let bad = self.samples.values.iter().find(|value| !value.is_finite());
        bad.map_or(Ok(()), |value| Err(NotFiniteSample { value: *value }))
    }
}

impl Step {
    /// Draws samples in evaluation mode. `class_weights` are the data's class frequencies.
    ///
    /// The same request gives the same rows, also for a smaller count: the first rows are the same as long as the
    /// generator has one member and the count is a multiple of the chunk of 8,192 rows or below it.
    pub fn sample(&self, generator: &Network, class_weights: &[f64], request: &SampleRequest) -> Generated {
        let mut drawn = Generated {
            samples: Matrix { values: Vec::new(), features: self.plan.shape.features() },
            labels: None,
            generators: None,
        };
        let mut done = 0;
        let mut index = 0;
        while done < request.count {
            let rows = CHUNK.min(request.count - done);
            let batch = self.sample_chunk(generator, class_weights, request, Latent::Drawn, rows, index);
            drawn.samples.values.extend(host_values(batch.samples));
            extend(&mut drawn.labels, batch.labels);
            extend(&mut drawn.generators, batch.generators);
            done += rows;
            index += 1;
        }
        drawn
    }

    /// Draws `request.count / steps` paths in evaluation mode, each of `steps` samples from one latent to another that are equally
    /// far apart ([`LatentConfig::between`](crate::latent::LatentConfig::between)) and of one class.
    ///
    /// # Panics
    ///
    /// When `steps` is 0 or does not divide the count.
    pub fn sample_paths(
        &self,
        generator: &Network,
        class_weights: &[f64],
        request: &SampleRequest,
        steps: usize,
    ) -> Generated {
        assert!(steps > 0 && request.count.is_multiple_of(steps), "{} samples in paths of {steps}", request.count);
        let batch = self.sample_chunk(generator, class_weights, request, Latent::Between(steps), request.count, 0);
        let samples = Matrix { values: host_values(batch.samples), features: self.plan.shape.features() };
        Generated { samples, labels: batch.labels, generators: batch.generators }
    }

    fn sample_chunk(
        &self,
        generator: &Network,
        class_weights: &[f64],
        request: &SampleRequest,
        latent: Latent,
        rows: usize,
        index: u64,
    ) -> Batch {
        let streams = request.streams;
        let labels = self.plan.labelled.then(|| match request.label {
            Some(label) => vec![label; rows],
            None => match latent {
                Latent::Drawn => draw_labels(streams, index, rows, class_weights),
                Latent::Between(steps) => {
                    let paths = draw_labels(streams, index, rows / steps, class_weights);
                    paths.into_iter().flat_map(|label| std::iter::repeat_n(label, steps)).collect()
                }
            },
        });
        // Rows routed by class must lie together; they go back to their places afterwards.
        let mut order: Vec<usize> = (0..rows).collect();
        if let (Some(labels), Routing::ByClass) = (&labels, self.plan.generator.routing) {
            order.sort_by_key(|row| labels[*row]);
        }
        let sorted = labels.map(|labels| order.iter().map(|row| labels[*row]).collect::<Vec<_>>());
        let groups = match (request.generator, self.plan.generator.routing) {
            (Some(member), Routing::Even) => {
                (0..self.plan.generator.members).map(|k| if k == member { rows } else { 0 }).collect()
            }
            // The steps of a path come from one generator.
            (None, Routing::Even) if let Latent::Between(steps) = latent => {
                self.plan.generator.groups(rows / steps, None).into_iter().map(|paths| paths * steps).collect()
            }
            _ => self.plan.generator.groups(rows, sorted.as_deref()),
        };
        let mut stream = streams.at("latents", index);
        let noise = match latent {
            Latent::Drawn => self.latent.draw(&mut stream, rows, &self.place),
            Latent::Between(steps) => {
                let ends = host_values(self.latent.draw(&mut stream, 2 * (rows / steps), &self.place));
                let values: Vec<f32> =
                    ends.chunks_exact(2 * self.latent.size).flat_map(|ends| self.latent.between(ends, steps)).collect();
                // Rows were sorted by class.
                let row = |row: usize| &values[row * self.latent.size..][..self.latent.size];
                let sorted = order.iter().flat_map(|place| row(*place)).copied().collect();
                self.place.tensor(sorted, [rows, self.latent.size])
            }
        };
        let latents = Latents { noise, labels: sorted, groups };
        let samples = self.evaluate(generator, &latents);
        let batch = self.fake_batch(samples, &latents);
        let mut inverse = vec![0; rows];
        order.iter().enumerate().for_each(|(position, row)| inverse[*row] = position);
        if inverse.is_sorted() { batch } else { batch.select(&inverse) }
    }
}

impl Step {
    /// The samples of latents in evaluation mode; pictures in several passes, each of one member, as their rows do not depend on
    /// each other.
    fn evaluate(&self, generator: &Network, latents: &Latents) -> Tensor<2> {
        let rows = latents.noise.dims()[0];
        let shape = self.plan.shape;
        let at_once = if shape.is_point() { rows } else { (PICTURE_VALUES / shape.features()).max(1) };
        let passes = passes(rows, at_once, &latents.groups).into_iter().map(|(part, groups)| {
            let labels = latents.labels.as_ref().map(|labels| labels[part.clone()].to_vec());
            let pass = Pass::evaluate().with_labels(labels).with_groups(groups);
            generator.forward(latents.noise.clone().slice_dim(0, part), &pass)
        });
        let mut passes: Vec<Tensor<2>> = passes.collect();
        if passes.len() == 1 { passes.remove(0) } else { Tensor::cat(passes, 0) }
    }
}

/// The rows of each pass, at most `at_once`, with the groups of the pass: all rows in one, or each pass of one member.
fn passes(rows: usize, at_once: usize, groups: &[usize]) -> Vec<(Range<usize>, Vec<usize>)> {
    if rows <= at_once {
        return vec![(0..rows, groups.to_vec())];
    }
    let whole = [rows];
    let mut start = 0;
    let mut passes = Vec::new();
    for (member, count) in if groups.is_empty() { &whole } else { groups }.iter().enumerate() {
        for first in (start..start + count).step_by(at_once) {
            let part = first..(start + count).min(first + at_once);
            let of_member = |other| if other == member { part.len() } else { 0 };
            let groups = (0..groups.len()).map(of_member).collect();
            passes.push((part, groups));
        }
        start += count;
    }
    passes
}

/// A tensor's entries on the host, row-major.
///
/// # Panics
///
/// When the device fails; nothing can continue then.
pub fn host_values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.without_autodiff().try_into_vec_as::<f32>().expect("the device gives back what it computed")
}

/// Labels by the frequency of their classes.
fn draw_labels(streams: Streams, index: u64, rows: usize, class_weights: &[f64]) -> Vec<usize> {
    let weighted = WeightedIndices::new(class_weights);
    let mut stream = streams.at("labels", index);
    (0..rows).map(|_| weighted.draw(&mut stream)).collect()
}

fn extend(target: &mut Option<Vec<usize>>, more: Option<Vec<usize>>) {
    if let Some(more) = more {
        target.get_or_insert_default().extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::passes;

    #[test]
    fn passes_take_every_row_once_and_each_is_of_one_member() {
        for (rows, groups) in [(10, vec![]), (10, vec![3, 0, 7]), (10, vec![0, 10]), (3, vec![1, 2])] {
            let passes = passes(rows, 4, &groups);
            let taken: Vec<usize> = passes.iter().flat_map(|(part, _)| part.clone()).collect();
            assert_eq!(taken, (0..rows).collect::<Vec<_>>(), "{groups:?}");
            for (part, of_pass) in &passes {
                assert!(part.len() <= 4 && of_pass.len() == groups.len(), "{groups:?}: {part:?}");
                assert!(groups.is_empty() || of_pass.iter().sum::<usize>() == part.len(), "{groups:?}: {of_pass:?}");
                let members = of_pass.iter().filter(|count| **count > 0).count();
                assert!(members <= 1 || rows <= 4, "{groups:?}: {of_pass:?}");
            }
            let of_member = |member: usize| passes.iter().map(|(_, of_pass)| of_pass[member]).sum::<usize>();
            assert_eq!((0..groups.len()).map(of_member).collect::<Vec<_>>(), groups);
        }
    }
}
