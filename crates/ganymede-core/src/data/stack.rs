//! Three grey pictures in one, made when a batch asks for it.

use ganymede_samples::{LabelledMatrix, LabelledSamples, Matrix, Shape};
use rand::RngExt;

use super::stored_batch::{Arrangement, StoredBatch};
use crate::invalid::InvalidValue;
use crate::random::Streams;

/// Pictures in a stack, and so channels.
pub(super) const LAYERS: usize = 3;

/// The purpose of the streams that choose the pictures of a stack.
const PURPOSE: &str = "data/stacked";

/// The most classes of the grey pictures: 32,768 of the stacks.
const MAXIMUM_CLASSES: usize = 32;

/// Stacks of pictures, each made when it is read.
#[derive(Debug)]
pub(super) struct Stack {
    grey: LabelledSamples,
    count: usize,
    streams: Streams,
    names: Option<Vec<String>>,
}

impl Stack {
    /// Stacks of these grey pictures.
    ///
    /// # Errors
    ///
    /// When their classes are too many to be stacked.
    pub(super) fn new(grey: LabelledSamples, count: usize, streams: Streams) -> Result<Self, InvalidValue> {
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
        let single = self.grey.labels.as_ref()?.frequencies();
        let weights = single.iter().flat_map(|a| single.iter().map(move |b| a * b));
        Some(weights.flat_map(|pair| single.iter().map(move |c| pair * c)).collect())
    }

    /// The grey pictures of a row, for red, green and blue.
    fn layers(&self, row: usize) -> [usize; LAYERS] {
        let mut stream = self.streams.at(PURPOSE, row as u64);
        std::array::from_fn(|_| stream.random_range(0..self.grey.rows()))
    }

    /// The class of a stack of these grey pictures.
    fn class(&self, layers: &[usize]) -> Option<usize> {
        let known = self.grey.labels.as_ref()?;
        Some(layers.iter().fold(0, |class, layer| class * known.names.len() + known.classes[*layer]))
    }

    /// The batch that [`Stack::select`] makes, by grey pictures.
    pub(super) fn positions(&self, indices: &[usize]) -> StoredBatch {
        let positions: Vec<usize> = indices.iter().flat_map(|row| self.layers(*row)).collect();
        let labels = positions.chunks_exact(LAYERS).map(|layers| self.class(layers)).collect();
        StoredBatch { positions, arrangement: Arrangement::Stacked(LAYERS), labels }
    }

    pub(super) fn select(&self, indices: &[usize]) -> LabelledMatrix {
        let (pixels, features) = (self.grey.samples.shape.features(), self.shape().features());
        let mut values = vec![0.0; indices.len() * features];
        let StoredBatch { positions, labels, .. } = self.positions(indices);
        for (sample, layers) in values.chunks_exact_mut(features).zip(positions.chunks_exact(LAYERS)) {
            let grey = self.grey.samples.select(layers).values;
            for (channel, layer) in grey.chunks_exact(pixels).enumerate() {
                for (pixel, value) in layer.iter().enumerate() {
                    sample[pixel * LAYERS + channel] = *value;
                }
            }
        }
        LabelledMatrix { samples: Matrix { values, features }, labels }
    }
}

/// The names of the stacks: the three behind one another, apart from each other where they are longer than a letter.
fn stacked_names(names: &[String]) -> Vec<String> {
    let separator = if names.iter().all(|name| name.chars().count() == 1) { "" } else { "-" };
    let pairs = names.iter().flat_map(|a| names.iter().map(move |b| [a, b]));
    pairs.flat_map(|[a, b]| names.iter().map(move |c| [a.as_str(), b, c].join(separator))).collect()
}
