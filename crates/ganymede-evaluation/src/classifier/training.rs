//! Training a classifier: cross entropy, Adam with a rate that falls to nothing, averaged weights.

use burn::tensor::Tensor;
use ganymede_core::averaging::AveragingConfig;
use ganymede_core::data::Fingerprint;
use ganymede_core::network::{Network, Pass};
use ganymede_core::optimizer::config::OptimizerConfig;
use ganymede_core::optimizer::schedule::Schedule;
use ganymede_core::optimizer::{Optimizer, OptimizerState};
use ganymede_core::place::Place;
use ganymede_core::random::Streams;
use ganymede_samples::{LabelledSamples, Labels};

use super::Classifier;
use super::batches::{BATCH, Batches};
use super::card::{ClassifierCard, Measured};
use super::cross_entropy::{CrossEntropy, cross_entropy};
use super::error::ClassifierError;
use super::file::network;
use super::network::layers;
use super::split::{check, split};

/// How often each sample is seen where `steps` are not given.
const EPOCHS: usize = 14;

/// The fewest and the most steps where they are not given.
const STEPS: [usize; 2] = [1_000, 10_000];

/// Adam's rate, which falls to 0 along half a cosine wave after a linear rise over the first [`WARM_UP`].
const LEARNING_RATE: f64 = 2e-3;

/// Steps of the rise.
const WARM_UP: u64 = 100;

/// The weights that classify are an average with this memory; the rate falls, so that it hardly lags behind.
const AVERAGE: f64 = 0.995;

/// Values that mean and standard deviation are taken from.
const VALUES_LOOKED_AT: usize = 10_000_000;

/// Samples that are turned into floats at once.
const ROWS_AT_ONCE: usize = 1 << 10;

/// How a classifier is trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrainingOptions {
    /// The seed of the split, the start and the order of the samples.
    pub seed: u64,
    /// Updates, at least 1; when left out each sample is seen 14 times, in 1,000 to 10,000 updates.
    pub steps: Option<u64>,
}

/// How far a training is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingProgress {
    /// Updates made.
    pub step: u64,
    /// Updates in all.
    pub steps: u64,
    /// The cross entropy of the last batch, in nats.
    pub loss: f64,
}

/// Trains a classifier of labelled samples, and measures it on `test`, or on a tenth of each class that is held out. The same
/// samples and options give the same classifier. `report` is called after each update.
///
/// # Errors
///
/// [`ClassifierError`] when there are no labels or too few classes or samples of one, when all values are equal, when the test
/// samples are of another shape or have classes of their own, and when the loss stops being a number.
pub fn train_classifier(
    data: &LabelledSamples,
    test: Option<&LabelledSamples>,
    options: &TrainingOptions,
    place: &Place,
    mut report: impl FnMut(TrainingProgress),
) -> Result<Classifier, ClassifierError> {
    let labels = data.labels.as_ref().ok_or(ClassifierError::NoLabels)?;
    check(labels)?;
    if options.steps == Some(0) {
        return Err(ClassifierError::Option { key: "steps", value: "0".to_owned(), expected: "at least 1" });
    }
    let streams = Streams::new(options.seed);
    let (rows, judged) = match test {
        None => {
            let split = split(labels, streams);
            let judged = (data, split.held_out, labels.classes.clone());
            (split.train, judged)
        }
        Some(test) => {
            let classes = classes_of(test, data, labels)?;
            ((0..data.rows()).collect(), (test, (0..test.rows()).collect(), classes))
        }
    };
    let shape = data.samples.shape;
    let (mean, std) = scale_of(data, &rows)?;
    let layers = layers(shape);
    let start = network(&layers, shape, labels.names.len(), options.seed, place)?;
    let steps = options.steps.unwrap_or_else(|| (EPOCHS * rows.len()).div_ceil(BATCH).clamp(STEPS[0], STEPS[1]) as u64);
    let mut batches = Batches::new((data, labels), &rows, streams, (mean, std));
    let network = learn(start, &mut batches, (steps, streams), place, &mut report)?;
    let card = ClassifierCard {
        shape: [shape.height, shape.width, shape.channels],
        classes: labels.names.clone(),
        class_shares: labels.frequencies(),
        mean: f64::from(mean),
        std: f64::from(std),
        layers,
        seed: options.seed,
        steps,
        learnt_from: rows.len(),
        measured: if test.is_some() { Measured::TestSet } else { Measured::HeldOut },
        confusion: Vec::new(),
        data: Fingerprint::of(data),
    };
    Ok(measured(&Classifier::new(network, card, Vec::new()), judged))
}

/// The classifier with what it says of samples that it has not learnt from: those at these rows, of these classes.
fn measured(
    classifier: &Classifier,
    (samples, rows, classes): (&LabelledSamples, Vec<usize>, Vec<usize>),
) -> Classifier {
    let count = classifier.card.classes.len();
    let mut confusion = vec![vec![0; count]; count];
    let mut confidences = Vec::with_capacity(rows.len());
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let classified = classifier.classify(&samples.samples.select(rows));
        rows.iter().zip(classified.modes).for_each(|(row, class)| confusion[classes[*row]][class] += 1);
        confidences.extend(classified.confidences);
    }
    confidences.sort_by(f32::total_cmp);
    let card = ClassifierCard { confusion, ..classifier.card.clone() };
    Classifier::new(classifier.network.clone(), card, confidences)
}

/// The class of each test sample by the names of the training samples' classes.
fn classes_of(test: &LabelledSamples, data: &LabelledSamples, known: &Labels) -> Result<Vec<usize>, ClassifierError> {
    if test.samples.shape != data.samples.shape {
        return Err(ClassifierError::Shape { classifier: data.samples.shape, samples: test.samples.shape });
    }
    let labels = test.labels.as_ref().ok_or(ClassifierError::NoLabels)?;
    let find = |name: &String| {
        known
            .names
            .iter()
            .position(|known| known == name)
            .ok_or_else(|| ClassifierError::UnknownClass { name: name.clone(), known: known.names.join(", ") })
    };
    let classes = labels.names.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    Ok(labels.classes.iter().map(|class| classes[*class]).collect())
}

/// Mean and standard deviation of the values of these rows, or of some of them where they are many.
fn scale_of(data: &LabelledSamples, rows: &[usize]) -> Result<(f32, f32), ClassifierError> {
    let every = (rows.len() * data.samples.shape.features()).div_ceil(VALUES_LOOKED_AT).max(1);
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for row in rows.iter().step_by(every) {
        for value in data.samples.select(&[*row]).values {
            let value = f64::from(value);
            (count, sum, squares) = (count + 1.0, sum + value, squares + value * value);
        }
    }
    let mean: f64 = sum / count;
    let std = (squares / count - mean * mean).max(0.0).sqrt();
    // What is left of rounding is no variation.
    if std <= 1e-6 * mean.abs() {
        return Err(ClassifierError::Constant { value: mean });
    }
    Ok((mean as f32, std as f32))
}

/// The network after its training.
fn learn(
    start: Network,
    batches: &mut Batches<'_>,
    (steps, streams): (u64, Streams),
    place: &Place,
    report: &mut impl FnMut(TrainingProgress),
) -> Result<Network, ClassifierError> {
    let schedule = Schedule { warmup: WARM_UP.min(steps / 10), ..Schedule::default() };
    let config = OptimizerConfig {
        learning_rate: Some(LEARNING_RATE),
        beta1: Some(0.9),
        schedule: Some(schedule),
        ..OptimizerConfig::default()
    };
    let optimizer = Optimizer::new(config, steps);
    let averaging = AveragingConfig { decay: AVERAGE, start: 0 };
    let (mut network, mut average, mut state) = (start.clone(), start, OptimizerState::default());
    for step in 0..steps {
        let (rows, targets) = batches.next(step, place);
        let pass = Pass::train("classifier", streams, step);
        let (loss, gradients) = descend(&network, rows, targets, &pass, place.is_processor());
        if !loss.is_finite() {
            return Err(ClassifierError::NotFinite { step, loss });
        }
        let (parameters, next) =
            optimizer.update(network.parameters(), gradients, &state, optimizer.learning_rate(step));
        (network, state) = (network.with_parameters(parameters), next);
        average = averaging.update(&average, &network, step + 1);
        report(TrainingProgress { step: step + 1, steps, loss });
    }
    Ok(average)
}

/// The cross entropy of a batch, `[rows, features]` with targets `[rows, classes]`, and its gradient at each parameter: the sums
/// over two halves of the rows. The halves go side by side where the processor computes, whose convolutions keep one core busy;
/// however many cores there are, the halves and so the bits are the same.
fn descend(
    network: &Network,
    rows: Tensor<2>,
    targets: Tensor<2>,
    pass: &Pass,
    side_by_side: bool,
) -> (f64, Vec<Tensor<2>>) {
    let ([count, features], classes) = (rows.dims(), targets.dims()[1]);
    let half_of = |from: usize, to: usize| {
        let (rows, targets) =
            (rows.clone().slice([from..to, 0..features]), targets.clone().slice([from..to, 0..classes]));
        let share = (to - from) as f64 / count as f64;
        let trace = network.trace(rows, pass);
        let CrossEntropy { loss, cotangent } = cross_entropy(trace.output.clone(), targets);
        let (_, gradients) = trace.vjp(cotangent.mul_scalar(share));
        (share * loss.into_scalar::<f64>(), gradients)
    };
    let middle = count / 2;
    if middle == 0 {
        return half_of(0, count);
    }
    let (first, second) = (|| half_of(0, middle), || half_of(middle, count));
    let (first, second) = if side_by_side { rayon::join(first, second) } else { (first(), second()) };
    let gradients = first.1.into_iter().zip(second.1).map(|(first, second)| first.add(second)).collect();
    (first.0 + second.0, gradients)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use ganymede_core::network::Pass;
    use ganymede_core::place::Place;
    use ganymede_core::random::Streams;
    use ganymede_samples::Shape;

    use super::{cross_entropy, descend, layers, network};

    #[test]
    fn two_halves_make_the_gradient_of_the_whole() {
        let shape = Shape { channels: 1, height: 14, width: 14 };
        let place = Place::new(Device::default()).double();
        let network = network(&layers(shape), shape, 3, 0, &place).unwrap();
        let pass = Pass::train("classifier", Streams::new(0), 0);
        for rows in [1, 2, 7] {
            let values = (0..rows * 196).map(|at| ((at * 37) % 101) as f32 / 50.0 - 1.0).collect();
            let samples = place.tensor(values, [rows, 196]);
            // Shares, as of smudges: 0.7 of one class and 0.3 of the next.
            let shares = (0..rows * 3).map(|at| [0.7, 0.3, 0.0][(at + at / 3) % 3]).collect();
            let targets = place.tensor(shares, [rows, 3]);
            let trace = network.trace(samples.clone(), &pass);
            let whole = cross_entropy(trace.output.clone(), targets.clone());
            let (_, expected) = trace.vjp(whole.cotangent);
            for side_by_side in [false, true] {
                let (loss, gradients) = descend(&network, samples.clone(), targets.clone(), &pass, side_by_side);
                assert!((loss - whole.loss.clone().into_scalar::<f64>()).abs() < 1e-12, "{rows} rows: {loss}");
                assert_eq!(gradients.len(), expected.len());
                for (gradient, expected) in gradients.into_iter().zip(&expected) {
                    let worst = gradient.sub(expected.clone()).abs().max().into_scalar::<f64>();
                    assert!(worst < 1e-12, "{rows} rows: {worst}");
                }
            }
        }
    }
}
