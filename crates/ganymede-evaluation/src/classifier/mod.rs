//! A classifier of our own layers: it names the modes of pictures, and its last hidden layer is a space to measure in.

mod batches;
mod card;
mod cross_entropy;
mod error;
mod extractor;
mod file;
mod modes;
mod network;
mod shares;
mod split;
mod training;

use burn::tensor::Tensor;
use ganymede_core::network::{Network, Pass};
use ganymede_core::random::Streams;
use ganymede_core::sampling::host_values;
use ganymede_samples::{Matrix, Shape};
use rand::RngExt;

pub use self::card::{ClassifierCard, Measured};
pub use self::cross_entropy::{CrossEntropy, cross_entropy};
pub use self::error::ClassifierError;
pub use self::file::ClassifierFile;
pub use self::modes::{ClassifiedModes, classified_modes, invented_modes, mode_floor, modes_of_classified};
pub use self::shares::{explained_classes, true_shares};
pub use self::training::{TrainingOptions, TrainingProgress, train_classifier};

/// The share of real samples that are recognisable, by the definition of the confidence limit.
pub const RECOGNISABLE_REAL: f64 = 0.95;

/// Stacks of held-out confidences that the limit of several channels is taken from.
const STACKS: usize = 1 << 16;

/// Values that go through the network in one pass: the windows of its convolutions take some fifty times that in bytes.
const VALUES_IN_A_PASS: usize = 1 << 19;

/// A network that classifies samples, with its accuracy on samples that it has not learnt from.
///
/// A classifier of one channel serves pictures of several, as stacked MNIST needs ([`Classifier::serving`]): each channel is
/// classified separately, and the mode is the tuple of their classes, `a n n + b n + c` of the classes `a`, `b` and `c` out of `n`.
#[derive(Clone, Debug)]
pub struct Classifier {
    network: Network,
    /// The layer that makes the outputs.
    head: Network,
    card: ClassifierCard,
    /// The confidences in the samples that the accuracy was measured on, in rising order.
    confidences: Vec<f32>,
    /// How many channels of a sample are classified by themselves.
    parts: usize,
    /// From this confidence on a sample is recognisable.
    limit: f32,
    /// The name of its features.
    name: String,
}

/// What a classifier says of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Classified {
    /// The mode of each sample, below `modes_total`.
    pub modes: Vec<usize>,
    /// How sure it is of each: the largest probability of a mode, 0 to 1; of several channels the product of theirs.
    pub confidences: Vec<f32>,
    /// How many modes there are.
    pub modes_total: usize,
    /// From this confidence on a sample is recognisable: [`Classifier::confidence_limit`].
    pub limit: f32,
}

impl Classified {
    /// The modes of the recognisable samples.
    pub fn recognised(&self) -> Vec<usize> {
        let known = self.modes.iter().zip(&self.confidences).filter(|(_, confidence)| **confidence >= self.limit);
        known.map(|(mode, _)| *mode).collect()
    }
}

impl Classifier {
    fn new(network: Network, card: ClassifierCard, confidences: Vec<f32>) -> Self {
        let last: Vec<_> = network.layers().last().cloned().into_iter().collect();
        let count: usize = last.iter().map(|layer| layer.parameters().len()).sum();
        let own = &network.parameters()[network.parameters().len() - count..];
        // The last layer's input has the shape of the output of the layer before.
        let before = network.layers().iter().rev().nth(1).map_or(network.input(), |layer| layer.facts().output);
        let head = Network::new("classifier", before, last, 1, Streams::new(0), &network.place());
        let head = head.with_parameters(own.to_vec());
        let limit = limit(&confidences, 1);
        Self { network, head, card, confidences, parts: 1, limit, name: "classifier".to_owned() }
    }

    /// What is known of it.
    pub fn card(&self) -> &ClassifierCard {
        &self.card
    }

    /// The same classifier for samples of this shape: its own, or, where that has one channel, the same sides with several.
    ///
    /// # Errors
    ///
    /// As [`ClassifierCard::parts`].
    pub fn serving(&self, shape: Shape) -> Result<Self, ClassifierError> {
        let parts = self.card.parts(shape)?;
        let name = if parts == 1 { "classifier".to_owned() } else { format!("classifier, {parts} channels") };
        Ok(Self { parts, limit: limit(&self.confidences, parts), name, ..self.clone() })
    }

    /// How many channels of a sample are classified by themselves.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// How many modes its samples have.
    pub fn modes(&self) -> usize {
        self.card.classes.len().pow(self.parts as u32)
    }

    /// The share of the data that each mode holds: the classes' shares, and of several channels, which are taken to be
    /// independent, their products.
    pub fn mode_shares(&self) -> Vec<f64> {
        let single = &self.card.class_shares;
        let further = |shares: Vec<f64>| shares.iter().flat_map(|a| single.iter().map(move |b| a * b)).collect();
        (1..self.parts).fold(single.clone(), |shares, _| further(shares))
    }

    /// The names of the modes: the classes', of several channels one behind the other.
    pub fn mode_names(&self) -> Vec<String> {
        let single = &self.card.classes;
        let separator = if single.iter().all(|name| name.chars().count() == 1) { "" } else { "-" };
        let further = |names: Vec<String>| {
            names.iter().flat_map(|a| single.iter().map(move |b| format!("{a}{separator}{b}"))).collect()
        };
        (1..self.parts).fold(single.clone(), |names, _| further(names))
    }

    /// The confidence that [`RECOGNISABLE_REAL`] of real samples reach: of the samples that it was measured on. Of several
    /// channels, which it sees by themselves, that of 65,536 stacks of these, drawn by a seed of their own.
    pub fn confidence_limit(&self) -> f32 {
        self.limit
    }

    /// Names the mode of each sample.
    ///
    /// # Panics
    ///
    /// When the samples do not have the number of values that the classifier expects.
    pub fn classify(&self, samples: &Matrix) -> Classified {
        let classes = self.card.classes.len();
        let mut classified = Classified {
            modes: Vec::with_capacity(samples.rows()),
            confidences: Vec::with_capacity(samples.rows()),
            modes_total: self.modes(),
            limit: self.confidence_limit(),
        };
        for pass in self.passes(samples) {
            let logits = host_values(self.network.forward(pass, &Pass::evaluate()));
            for sample in logits.chunks_exact(self.parts * classes) {
                let (mut mode, mut confidence) = (0, 1.0_f32);
                for channel in sample.chunks_exact(classes) {
                    let (class, own) = largest(channel);
                    mode = mode * classes + class;
                    confidence *= own;
                }
                classified.modes.push(mode);
                classified.confidences.push(confidence);
            }
        }
        classified
    }

    /// What each sample looks like to the layer that makes the outputs, `[rows, parts * width]`, the channels' behind one another
    /// where they are classified by themselves; and the probability of each mode, `[rows, modes]`, of several channels the
    /// products of theirs.
    ///
    /// # Panics
    ///
    /// When the samples do not have the number of values that the classifier expects.
    pub fn features(&self, samples: &Matrix) -> (Matrix, Matrix) {
        let (width, modes) = (self.head.input().features() * self.parts, self.modes());
        let classes = self.card.classes.len();
        let mut features = Vec::with_capacity(samples.rows() * width);
        let mut probabilities = Vec::with_capacity(samples.rows() * modes);
        for pass in self.passes(samples) {
            let hidden = self.network.features(pass, &Pass::evaluate());
            let logits = host_values(self.head.forward(hidden.clone(), &Pass::evaluate()));
            features.extend(host_values(hidden));
            for sample in logits.chunks_exact(self.parts * classes) {
                let joint = sample.chunks_exact(classes).map(softmax).reduce(|before, own| {
                    before.iter().flat_map(|before| own.iter().map(move |own| before * own)).collect()
                });
                probabilities.extend(joint.into_iter().flatten());
            }
        }
        (Matrix { values: features, features: width }, Matrix { values: probabilities, features: modes })
    }

    /// The samples as rows of the network, some at a time; each channel of a sample is a row where there are several parts.
    fn passes<'a>(&'a self, samples: &'a Matrix) -> impl Iterator<Item = Tensor<2>> + 'a {
        let (place, features) = (self.network.place(), self.card.shape().features());
        assert_eq!(samples.features, features * self.parts, "samples of the shape that the classifier serves");
        let at_once = (VALUES_IN_A_PASS / samples.features).max(1) * samples.features;
        let (mean, std) = (self.card.mean as f32, self.card.std as f32);
        samples.values.chunks(at_once).map(move |values| {
            let mut rows = Vec::with_capacity(values.len());
            for sample in values.chunks_exact(samples.features) {
                for part in 0..self.parts {
                    rows.extend(sample[part..].iter().step_by(self.parts).map(|value| (value - mean) / std));
                }
            }
            let count = rows.len() / features;
            place.tensor(rows, [count, features])
        })
    }
}

/// The confidence that [`RECOGNISABLE_REAL`] of real samples with `parts` channels reach, from
/// the confidences for one channel in rising order.
fn limit(confidences: &[f32], parts: usize) -> f32 {
    let quantile = |sorted: &[f32]| {
        let at = ((1.0 - RECOGNISABLE_REAL) * sorted.len() as f64).floor() as usize;
        sorted.get(at).copied().unwrap_or(0.0)
    };
    if parts == 1 || confidences.is_empty() {
        return quantile(confidences);
    }
    let mut stream = Streams::new(0).at("classifier/limit", parts as u64);
    let mut draw = || (0..parts).map(|_| confidences[stream.random_range(0..confidences.len())]).product();
    let mut stacks: Vec<f32> = (0..STACKS).map(|_| draw()).collect();
    stacks.sort_by(f32::total_cmp);
    quantile(&stacks)
}

/// The class with the largest logit (the first of equals), and its probability.
fn largest(logits: &[f32]) -> (usize, f32) {
    let mut class = 0;
    for (other, logit) in logits.iter().enumerate() {
        if *logit > logits[class] {
            class = other;
        }
    }
    let sum: f64 = logits.iter().map(|logit| f64::from(logit - logits[class]).exp()).sum();
    (class, (1.0 / sum) as f32)
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponents: Vec<f64> = logits.iter().map(|logit| f64::from(logit - most).exp()).collect();
    let sum: f64 = exponents.iter().sum();
    exponents.into_iter().map(|exponent| (exponent / sum) as f32).collect()
}
