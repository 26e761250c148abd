//! Layers through which a network sees the class of each row.

use burn::tensor::Tensor;

use crate::network::initialization::{Initialization, InitializationKind};
use crate::network::layer::{Layer, ParameterSpec, Pass, Tape, Values, place_of};
use crate::network::members::{product, weight_gradient};

/// Appends a learned embedding of the label to each row (Mirza & Osindero 2014).
#[derive(Clone, Copy, Debug)]
pub struct ConcatenateLabel {
    /// Features of a row that goes in.
    pub inputs: usize,
    /// Number of classes.
    pub classes: usize,
    /// Features of a label's embedding.
    pub embedding: usize,
}

impl Layer for ConcatenateLabel {
    fn name(&self) -> &'static str {
        "label concatenation"
    }

    fn output_width(&self) -> usize {
        self.inputs + self.embedding
    }

    fn reads_labels(&self) -> bool {
        true
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![ParameterSpec::new("embedding", [self.classes, self.embedding], Initialization::Normal(1.0))]
    }

    fn serves_members(&self) -> bool {
        true
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, _: usize, tape: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let one_hot = pass.one_hot(rows, self.classes, &place_of(&input));
        tape.keep(|| [one_hot.clone()]);
        let embedding = values.parameters[0].clone();
        let members = embedding.dims()[0] / self.classes;
        Tensor::cat(vec![input, product(one_hot, embedding, members)], 1)
    }

    fn vjp(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [rows, width] = cotangent.dims();
        let embedded = cotangent.clone().slice([0..rows, self.inputs..width]);
        let members = values.parameters[0].dims()[0] / self.classes;
        let embedding = weight_gradient(saved[0].clone(), embedded, members);
        (self.input_cotangent(values, saved, cotangent), vec![embedding])
    }

    fn input_cotangent(&self, _: Values<'_>, _: &[Tensor<2>], cotangent: Tensor<2>) -> Tensor<2> {
        cotangent.slice_dim(1, 0..self.inputs)
    }
}

/// A discriminator's last layer whose first output is raised by the inner product of the features with a learned
/// vector for the label: `y_1 = h w_1 + b_1 + h . v_label` (Miyato & Koyama 2018).
#[derive(Clone, Copy, Debug)]
pub struct ProjectionHead {
    /// Features of a row that goes in.
    pub inputs: usize,
    /// Features of a row that comes out; the projection goes to the first.
    pub outputs: usize,
    /// Number of classes.
    pub classes: usize,
    /// How the weight starts; the class vectors start likewise.
    pub initialization: InitializationKind,
    /// Standard deviation or gain of the start, where the kind takes one.
    pub scale: f64,
}

impl Layer for ProjectionHead {
    fn name(&self) -> &'static str {
        "label projection"
    }

    fn output_width(&self) -> usize {
        self.outputs
    }

    fn reads_labels(&self) -> bool {
        true
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let start = |inputs, outputs| self.initialization.weight(inputs, outputs, self.scale);
        vec![
            ParameterSpec::new("weight", [self.inputs, self.outputs], start(self.inputs, self.outputs)),
            ParameterSpec::new("bias", [1, self.outputs], self.initialization.bias(self.inputs)),
            ParameterSpec::new("classes", [self.classes, self.inputs], start(self.inputs, self.classes)),
        ]
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, _: usize, tape: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let place = place_of(&input);
        let one_hot = pass.one_hot(rows, self.classes, &place);
        let class_vectors = one_hot.clone().matmul(values.parameters[2].clone());
        // A row vector (1, 0, ...) that sends the projection to the first output only.
        let mut first = vec![0.0; self.outputs];
        first[0] = 1.0;
        let first = place.tensor(first, [1, self.outputs]);
        tape.keep(|| [input.clone(), one_hot, class_vectors.clone()]);
        let projection = input.clone().mul(class_vectors).sum_dim(1).matmul(first);
        input.matmul(values.parameters[0].clone()).add(values.parameters[1].clone()).add(projection)
    }

    fn vjp(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [input, one_hot] = [saved[0].clone(), saved[1].clone()];
        let first = cotangent.clone().slice_dim(1, 0..1);
        let weight = input.clone().transpose().matmul(cotangent.clone());
        let bias = cotangent.clone().sum_dim(0);
        let classes = one_hot.transpose().matmul(input.mul(first));
        (self.input_cotangent(values, saved, cotangent), vec![weight, bias, classes])
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> Tensor<2> {
        let first = cotangent.clone().slice_dim(1, 0..1);
        cotangent.matmul(values.parameters[0].clone().transpose()).add(saved[2].clone().mul(first))
    }
}
