//! Stacked pictures: each has the channels red, green and blue of three grey pictures, drawn from another set. Of ten digits
//! come a thousand modes ("stacked MNIST": Metz et al. 2017, section 3.3.1, and Srivastava et al. 2017, section 4.1).

use std::path::Path;

use ganymede_samples::{HostBatch, LabelledSamples, Matrix, Shape};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::rows::{Rows, class_weights};
use super::{DataConfig, DataError, Dataset, GlyphsConfig};
use crate::invalid::{InvalidValue, ensure};
use crate::random::Streams;

/// Pictures in a stack, and so channels.
const LAYERS: usize = 3;

/// The purpose of the streams that choose the pictures of a stack.
const PURPOSE: &str = "data/stacked";

/// The most classes of the grey pictures: 32,768 of the stacks.
const MAXIMUM_CLASSES: usize = 32;

/// Stacks of three pictures each from a grey set.
///
/// Row `r` of the set is made of three draws with replacement that depend on the run's seed and `r` alone, when a batch asks for
/// it; only the grey set is in memory. Of pictures of the classes `a`, `b` and `c` out of `n` the stack has the class
/// `a n n + b n + c`.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct StackedConfig {
    /// Rows of the set.
    pub samples: usize,
    /// The grey set.
    #[serde(skip_deserializing)]
    pub of: Box<DataConfig>,
}

impl Default for StackedConfig {
    fn default() -> Self {
        Self { samples: 100_000, of: Box::new(DataConfig::Glyphs(GlyphsConfig::default())) }
    }
}

impl StackedConfig {
    /// Checks every value against its range, without opening a file.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, with the range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let expected = format!("expected 1 to {} rows", u32::MAX);
        ensure((1..=u32::MAX as usize).contains(&self.samples), "samples", self.samples, &expected)?;
        let pictures = matches!(*self.of, DataConfig::Glyphs(_) | DataConfig::Images(_) | DataConfig::File(_));
        let expected = "expected a set of grey pictures: \"glyphs\", \"images\" or \"file\"";
        ensure(pictures, "of.kind", format_args!("\"{}\"", self.of.kind()), expected)?;
        self.of.check().map_err(|error| error.within("of"))
    }

    /// Reads or draws the grey set.
    pub(super) fn build(&self, base: &Path, streams: Streams) -> Result<Dataset, DataError> {
        let grey = self.of.build(base, streams).map_err(|error| match error {
            DataError::Invalid(error) => DataError::Invalid(error.within("of")),
            error => error,
        })?;
        let (rows, mut report) = grey.into_rows();
        let Some(Rows::Kept(grey)) = rows else {
            let expected = "expected false: stacked pictures are not mirrored";
            return Err(InvalidValue::new("of.flips", true, expected).into());
        };
        let shape = grey.samples.shape;
        if shape.channels != 1 || shape.is_point() {
            let expected = "expected grey pictures, which of.channels = 1 makes of any others";
            return Err(InvalidValue::new("of", format!("samples of {shape}"), expected).into());
        }
        let stack = Stack::new(grey, self.samples, streams)?;
        report.push(format!("each of {} rows is a stack of {LAYERS} of these pictures", self.samples));
        Ok(Dataset::of(Rows::Stacked(stack), report))
    }
}

/// Stacks that are made when they are asked for.
#[derive(Debug)]
pub(super) struct Stack {
    grey: LabelledSamples,
    count: usize,
    streams: Streams,
    names: Option<Vec<String>>,
}

impl Stack {
    fn new(grey: LabelledSamples, count: usize, streams: Streams) -> Result<Self, InvalidValue> {
        let names = grey.labels.as_ref().map(|labels| labels.names.as_slice());
        if let Some(names) = names.filter(|names| names.len() > MAXIMUM_CLASSES) {
            let (value, expected) = (names.len(), format!("expected at most {MAXIMUM_CLASSES} classes to stack"));
            return Err(InvalidValue::new("of", format!("{value} classes"), expected));
        }
        let names = names.map(stacked_names);
        Ok(Self { grey, count, streams, names })
    }

    pub(super) fn stored(&self) -> &LabelledSamples {
        &self.grey
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn shape(&self) -> Shape {
        self.grey.samples.shape.with_channels(LAYERS)
    }

    pub(super) fn class_names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The draws are independent, so that the weights are products.
    pub(super) fn class_weights(&self) -> Option<Vec<f64>> {
        let single = class_weights(&self.grey)?;
        let weights = single.iter().flat_map(|a| single.iter().map(move |b| a * b));
        Some(weights.flat_map(|pair| single.iter().map(move |c| pair * c)).collect())
    }

    /// The grey pictures of a row, for red, green and blue.
    fn layers(&self, row: usize) -> [usize; LAYERS] {
        let mut stream = self.streams.at(PURPOSE, row as u64);
        std::array::from_fn(|_| stream.random_range(0..self.grey.rows()))
    }

    pub(super) fn select(&self, indices: &[usize]) -> HostBatch {
        let (pixels, features) = (self.grey.samples.shape.features(), self.shape().features());
        let mut values = vec![0.0; indices.len() * features];
        let mut labels = self.grey.labels.as_ref().map(|_| Vec::with_capacity(indices.len()));
        for (sample, row) in values.chunks_exact_mut(features).zip(indices) {
            let layers = self.layers(*row);
            let grey = self.grey.samples.select(&layers).values;
            for (channel, layer) in grey.chunks_exact(pixels).enumerate() {
                for (pixel, value) in layer.iter().enumerate() {
                    sample[pixel * LAYERS + channel] = *value;
                }
            }
            if let (Some(labels), Some(known)) = (&mut labels, &self.grey.labels) {
                let classes = known.names.len();
                labels.push(layers.iter().fold(0, |class, layer| class * classes + known.classes[*layer]));
            }
        }
        HostBatch { samples: Matrix { values, features }, labels }
    }
}

/// The names of the stacks: the three behind one another, apart from each other where they are longer than a letter.
fn stacked_names(names: &[String]) -> Vec<String> {
    let separator = if names.iter().all(|name| name.chars().count() == 1) { "" } else { "-" };
    let pairs = names.iter().flat_map(|a| names.iter().map(move |b| [a, b]));
    pairs.flat_map(|[a, b]| names.iter().map(move |c| [a.as_str(), b, c].join(separator))).collect()
}
