//! Where WGAN-GP and DRAGAN take the gradient.

use burn::tensor::Tensor;
use ganymede_core::batch::Batch;
use ganymede_core::random::{normal_tensor, uniforms};
use ganymede_core::strategy::StepContext;

/// Points on the lines from real to fake samples, uniformly along each, paired by index; the classes are the real
/// samples'. The samples of one logit are one point of a larger space and share their place on the line.
pub(crate) fn between(real: &Batch, fake: &Batch, context: &StepContext<'_>) -> Batch {
    let (rows, samples) = (real.rows(), context.plan.samples_per_logit);
    let mut stream = context.stream("between");
    let draws = uniforms(&mut stream, rows / samples, 0.0, 1.0);
    let fractions = draws.into_iter().flat_map(|fraction| std::iter::repeat_n(fraction, samples)).collect();
    let fractions = context.place.tensor(fractions, [rows, 1]);
    let difference = fake.samples.clone().sub(real.samples.clone());
    with_samples(real, real.samples.clone().add(difference.mul(fractions)))
}

/// Real samples with Gaussian noise of `noise` times the standard deviation over all entries of the batch.
pub(crate) fn around(real: &Batch, noise: f64, context: &StepContext<'_>) -> Batch {
    let mut stream = context.stream("around");
    let draws = normal_tensor(&mut stream, real.samples.dims(), context.place);
    let mean = real.samples.clone().mean().reshape([1, 1]);
    let std: Tensor<2> = real.samples.clone().sub(mean).square().mean().sqrt().reshape([1, 1]);
    with_samples(real, real.samples.clone().add(draws.mul(std.mul_scalar(noise))))
}

fn with_samples(batch: &Batch, samples: Tensor<2>) -> Batch {
    Batch { samples, labels: batch.labels.clone(), generators: None }
}
