//! A layer beside a shortcut.

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::network::facts::Facts;
use crate::network::layer::{BufferSpec, ChangeLayer, Layer, ParameterSpec, Values};
use crate::network::pass::Pass;
use crate::network::tape::{SavedTensors, Tape};

/// `y = scale (s(x) + b(x))`, with a body b and a shortcut s (He et al. 2016). The two are named `body` and `shortcut`.
#[derive(Clone, Debug)]
pub struct Residual {
    body: Arc<dyn Layer>,
    shortcut: Arc<dyn Layer>,
    scale: f64,
    /// Parameters and buffers of the body; those of the shortcut follow.
    counts: (usize, usize),
}

impl Residual {
    /// A body beside a shortcut, which may be a [`Sequential`](crate::network::Sequential) of no layers, the identity.
    pub fn new(body: Arc<dyn Layer>, shortcut: Arc<dyn Layer>, scale: f64) -> Self {
        let counts = (body.parameters().len(), body.buffers().len());
        Self { body, shortcut, scale, counts }
    }

    /// The values of the body and of the shortcut.
    fn split<'a>(&self, values: Values<'a>) -> [Values<'a>; 2] {
        let (body, shortcut) = values.parameters.split_at(self.counts.0);
        let (body_buffers, shortcut_buffers) = values.buffers.split_at(self.counts.1);
        [Values { parameters: body, buffers: body_buffers }, Values { parameters: shortcut, buffers: shortcut_buffers }]
    }

    fn scaled(&self, rows: Tensor<2>) -> Tensor<2> {
        // Not multiplied by one, which would be a pass over memory for nothing.
        if (self.scale - 1.0).abs() < f64::EPSILON { rows } else { rows.mul_scalar(self.scale) }
    }
}

impl Layer for Residual {
    fn facts(&self) -> Facts {
        let (body, shortcut) = (self.body.facts(), self.shortcut.facts());
        let all = Facts::of_parts("residual block", body.output, [&shortcut, &body]);
        let differ = (body.output != shortcut.output)
            .then(|| format!("its body gives rows of {} and its shortcut of {}", body.output, shortcut.output));
        Facts { settings: vec![("scale", self.scale)], fault: all.fault.clone().or(differ), ..all }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let body = self.body.parameters().into_iter().map(|spec| spec.inside("body"));
        body.chain(self.shortcut.parameters().into_iter().map(|spec| spec.inside("shortcut"))).collect()
    }

    fn buffers(&self) -> Vec<BufferSpec> {
        let body = self.body.buffers().into_iter().map(|spec| spec.inside("body"));
        body.chain(self.shortcut.buffers().into_iter().map(|spec| spec.inside("shortcut"))).collect()
    }

    fn children(&self) -> Vec<(String, Arc<dyn Layer>)> {
        vec![("body".to_owned(), Arc::clone(&self.body)), ("shortcut".to_owned(), Arc::clone(&self.shortcut))]
    }

    fn with_children(&self, change: ChangeLayer<'_>) -> Option<Arc<dyn Layer>> {
        let [body, shortcut] = [&self.body, &self.shortcut].map(|layer| change(Arc::clone(layer)));
        Some(Arc::new(Self::new(body, shortcut, self.scale)))
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        let [body, shortcut] = self.split(values);
        let through = tape.inside(|tape| self.body.forward(body, input.clone(), &pass.inside("body"), tape));
        let past = tape.inside(|tape| self.shortcut.forward(shortcut, input, &pass.inside("shortcut"), tape));
        self.scaled(past.add(through))
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [body, shortcut] = self.split(values);
        let cotangent = self.scaled(cotangent);
        let (through, mut gradients) = self.body.vjp(body, &saved.children[0], cotangent.clone());
        let (past, others) = self.shortcut.vjp(shortcut, &saved.children[1], cotangent);
        gradients.extend(others);
        (past.add(through), gradients)
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        let [body, shortcut] = self.split(values);
        let cotangent = self.scaled(cotangent);
        let through = self.body.input_cotangent(body, &saved.children[0], cotangent.clone());
        self.shortcut.input_cotangent(shortcut, &saved.children[1], cotangent).add(through)
    }
}
