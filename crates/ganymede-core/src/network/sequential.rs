//! Layers one after another.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{DType, FloatDType, Tensor};
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::layer::{BufferSpec, ChangeLayer, Layer, ParameterSpec, Values};
use crate::network::pass::Pass;
use crate::network::rectifier::Rectifier;
use crate::network::tape::{SavedTensors, Tape};
use crate::precision::cast_all;

/// Layers one after another, itself a layer. Those within are named `0`, `1` and so on.
#[derive(Clone, Debug)]
pub struct Sequential {
    input: Shape,
    layers: Vec<Arc<dyn Layer>>,
    /// Each layer's parameters and buffers among all.
    ranges: Vec<(Range<usize>, Range<usize>)>,
    /// Which layers are given rows in full ([`Facts::sums_rows`]).
    in_full: Vec<bool>,
    facts: Facts,
}

impl Sequential {
    /// These layers, the first of which takes rows of shape `input`. No layers are the identity.
    pub fn new(input: Shape, layers: Vec<Arc<dyn Layer>>) -> Self {
        let (mut parameters, mut buffers) = (0, 0);
        let mut range = |layer: &Arc<dyn Layer>| {
            let starts = (parameters, buffers);
            parameters += layer.parameters().len();
            buffers += layer.buffers().len();
            (starts.0..parameters, starts.1..buffers)
        };
        let ranges = layers.iter().map(&mut range).collect();
        let parts: Vec<Facts> = layers.iter().map(|layer| layer.facts()).collect();
        let facts = Facts::of_parts(if layers.is_empty() { "identity" } else { "sequential" }, input, &parts);
        let in_full = parts.iter().map(|part| part.sums_rows).collect();
        Self { input, layers, ranges, in_full, facts }
    }

    /// The layers, first to last.
    pub fn layers(&self) -> &[Arc<dyn Layer>] {
        &self.layers
    }

    /// The shape of a row that goes in.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// The rows as they go into the last layer: `[rows, features]`.
    pub fn features(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass) -> Tensor<2> {
        self.run(self.layers.len().saturating_sub(1), values, input, pass, &mut Tape::new(false))
    }

    /// The first `count` layers one after another.
    fn run(&self, count: usize, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        let layers = &self.layers[..count];
        let (mut rows, mut index) = (input, 0);
        while let Some(layer) = layers.get(index) {
            let values = self.of(index, values);
            let rectifier = layers.get(index + 1).and_then(|next| next.rectifier());
            let (output, is_rectified) = tape.inside(|tape| {
                match rectifier.and_then(|rectifier| layer.forward_rectified(values, &rows, rectifier, tape)) {
                    Some(output) => (output, true),
                    None => (self.forward_one(index, values, rows, pass, tape), false),
                }
            });
            if is_rectified {
                tape.inside(|tape| Rectifier::keep(&output, tape));
                index += 1;
            }
            (rows, index) = (output, index + 1);
        }
        rows
    }

    /// One layer.
    fn forward_one(
        &self,
        index: usize,
        values: Values<'_>,
        rows: Tensor<2>,
        pass: &Pass,
        tape: &mut Tape,
    ) -> Tensor<2> {
        let (layer, pass) = (self.layers[index].as_ref(), pass.inside(index));
        if self.in_full[index] && rows.dtype() == DType::BF16 {
            return forward_in_full(layer, values, rows, &pass, tape).cast(FloatDType::BF16);
        }
        layer.forward(values, rows, &pass, tape)
    }

    /// One layer's values of all.
    fn of<'a>(&self, index: usize, values: Values<'a>) -> Values<'a> {
        let (parameters, buffers) = self.ranges[index].clone();
        Values { parameters: &values.parameters[parameters], buffers: &values.buffers[buffers] }
    }

    /// [`Layer::input_cotangent`], with what reached each layer that has parameters on the way, without a graph.
    pub(super) fn input_cotangent_by_layer(
        &self,
        values: Values<'_>,
        saved: &SavedTensors,
        cotangent: Tensor<2>,
    ) -> (Tensor<2>, Vec<Option<Tensor<2>>>) {
        let mut reached = vec![None; self.layers.len()];
        let input = self.backward(saved, cotangent, |index, layer, saved, cotangent| {
            let values = self.of(index, values);
            if !values.parameters.is_empty() {
                reached[index] = Some(cotangent.clone().without_autodiff());
            }
            layer.input_cotangent(values, saved, cotangent)
        });
        (input, reached)
    }

    /// Each parameter's gradient from what reached its layer, as [`Sequential::input_cotangent_by_layer`] gives it.
    pub(super) fn gradients_by_layer(
        &self,
        values: Values<'_>,
        saved: &SavedTensors,
        reached: impl IntoIterator<Item = Option<Tensor<2>>>,
    ) -> Vec<Tensor<2>> {
        let layers = self.layers.iter().zip(&saved.children).zip(reached).enumerate();
        let gradients = layers.map(|(index, ((layer, saved), reached))| {
            reached.map(|reached| layer.parameter_gradients(self.of(index, values), saved, reached))
        });
        gradients.flatten().flatten().collect()
    }

    /// Walks the layers from the last to the first.
    fn backward(
        &self,
        saved: &SavedTensors,
        cotangent: Tensor<2>,
        mut step: impl FnMut(usize, &dyn Layer, &SavedTensors, Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let layers = self.layers.iter().zip(&saved.children).enumerate().rev();
        layers.fold(cotangent, |cotangent, (index, (layer, saved))| step(index, layer.as_ref(), saved, cotangent))
    }
}

/// A layer's forward pass in single precision, on rows and values of less.
fn forward_in_full(layer: &dyn Layer, values: Values<'_>, rows: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
    let full = FloatDType::F32;
    let (parameters, buffers) = (cast_all(values.parameters, full), cast_all(values.buffers, full));
    layer.forward(Values { parameters: &parameters, buffers: &buffers }, rows.cast(full), pass, tape)
}

impl Layer for Sequential {
    fn facts(&self) -> Facts {
        self.facts.clone()
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let layers = self.layers.iter().enumerate();
        let named = |(index, layer): (usize, &Arc<dyn Layer>)| {
            layer.parameters().into_iter().map(move |spec| spec.inside(&index.to_string()))
        };
        layers.flat_map(named).collect()
    }

    fn buffers(&self) -> Vec<BufferSpec> {
        let layers = self.layers.iter().enumerate();
        let named = |(index, layer): (usize, &Arc<dyn Layer>)| {
            layer.buffers().into_iter().map(move |spec| spec.inside(&index.to_string()))
        };
        layers.flat_map(named).collect()
    }

    fn children(&self) -> Vec<(String, Arc<dyn Layer>)> {
        self.layers.iter().enumerate().map(|(index, layer)| (index.to_string(), Arc::clone(layer))).collect()
    }

    fn with_children(&self, change: ChangeLayer<'_>) -> Option<Arc<dyn Layer>> {
        Some(Arc::new(Self::new(self.input, self.layers.iter().cloned().map(change).collect())))
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        self.run(self.layers.len(), values, input, pass, tape)
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let mut gradients: Vec<Vec<Tensor<2>>> = Vec::with_capacity(self.layers.len());
        let input = self.backward(saved, cotangent, |index, layer, saved, cotangent| {
            let (input, found) = layer.vjp(self.of(index, values), saved, cotangent);
            gradients.push(found);
            input
        });
        (input, gradients.into_iter().rev().flatten().collect())
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        self.backward(saved, cotangent, |index, layer, saved, cotangent| {
            layer.input_cotangent(self.of(index, values), saved, cotangent)
        })
    }
}
