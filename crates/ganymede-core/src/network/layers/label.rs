//! Layers through which a network sees the class of each row.

use burn::tensor::Tensor;
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::initialization::{Initialization, InitializationKind};
use crate::network::layer::{Layer, ParameterSpec, Values};
use crate::network::pass::Pass;
use crate::network::products::{product, weight_gradient};
use crate::network::tape::{SavedTensors, Tape};
use crate::place::Place;

/// Appends a learned embedding of the label to each row (Mirza & Osindero 2014): to each pixel of a picture the same, which
/// are constant planes.
#[derive(Clone, Copy, Debug)]
pub struct ConcatenateLabel {
    /// The shape of a row that goes in.
    pub input: Shape,
    /// Number of classes.
    pub classes: usize,
    /// Features of a label's embedding, the channels that are appended.
    pub embedding: usize,
}

impl Layer for ConcatenateLabel {
    fn facts(&self) -> Facts {
        let output = self.input.with_channels(self.input.channels + self.embedding);
        Facts { reads_labels: true, serves_members: true, ..Facts::new("label concatenation", output) }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![ParameterSpec::new("embedding", [self.classes, self.embedding], Initialization::Normal(1.0))]
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let one_hot = pass.one_hot(rows, self.classes, &Place::of(&input));
        tape.keep(|| [one_hot.clone()]);
        let embedding = values.parameters[0].clone();
        let members = embedding.dims()[0] / self.classes;
        append_planes(input, self.input, product(one_hot, embedding, members))
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let (input, embedded) = split_planes(cotangent, self.input, self.embedding);
        let members = values.parameters[0].dims()[0] / self.classes;
        (input, vec![weight_gradient(saved.tensors[0].clone(), embedded, members)])
    }

    fn input_cotangent(&self, _: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        split_planes(cotangent, self.input, self.embedding).0
    }
}

/// Rows of `shape` with more channels, `[rows, planes]`, whose values are the same at every pixel.
pub fn append_planes(input: Tensor<2>, shape: Shape, appended: Tensor<2>) -> Tensor<2> {
    if shape.is_point() {
        return Tensor::cat(vec![input, appended], 1);
    }
    let ([rows, _], [_, planes], pixels) = (input.dims(), appended.dims(), shape.pixels());
    let input: Tensor<3> = input.reshape([rows, pixels, shape.channels]);
    let appended: Tensor<3> = appended.reshape([rows, 1, planes]).expand([rows, pixels, planes]);
    Tensor::cat(vec![input, appended], 2).reshape([rows, pixels * (shape.channels + planes)])
}

/// The cotangents of both inputs of [`append_planes`], that of `planes` appended channels summed over pixels.
pub fn split_planes(cotangent: Tensor<2>, shape: Shape, planes: usize) -> (Tensor<2>, Tensor<2>) {
    let ([rows, _], channels, pixels) = (cotangent.dims(), shape.channels, shape.pixels());
    if shape.is_point() {
        let appended = cotangent.clone().slice_dim(1, channels..channels + planes);
        return (cotangent.slice_dim(1, 0..channels), appended);
    }
    let cotangent: Tensor<3> = cotangent.reshape([rows, pixels, channels + planes]);
    let appended = cotangent.clone().slice_dim(2, channels..channels + planes).sum_dim(1);
    (cotangent.slice_dim(2, 0..channels).reshape([rows, pixels * channels]), appended.reshape([rows, planes]))
}

/// A discriminator's last layer whose first output is raised by the inner product of the features with a learned
/// vector for the label: `y_1 = h w_1 + b_1 + h . v_label` (Miyato & Koyama 2018).
#[derive(Clone, Copy, Debug)]
pub struct ProjectionHead {
    /// The shape of a row that goes in.
    pub input: Shape,
    /// The shape of an output row; the projection goes to its first value.
    pub output: Shape,
    /// Number of classes.
    pub classes: usize,
    /// How the weight starts; the class vectors start likewise.
    pub initialization: InitializationKind,
    /// Standard deviation or gain of the start, where the kind takes one.
    pub scale: f64,
}

impl Layer for ProjectionHead {
    fn facts(&self) -> Facts {
        let multiply_adds = self.input.features() * (self.output.features() + 1);
        Facts { reads_labels: true, multiply_adds, ..Facts::new("label projection", self.output) }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let start = |inputs, outputs| self.initialization.weight(inputs, outputs, self.scale);
        let (inputs, outputs) = (self.input.features(), self.output.features());
        vec![
            ParameterSpec::new("weight", [inputs, outputs], start(inputs, outputs)),
            ParameterSpec::new("bias", [1, outputs], self.initialization.bias(inputs)),
            ParameterSpec::new("classes", [self.classes, inputs], start(inputs, self.classes)),
        ]
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let place = Place::of(&input);
        let one_hot = pass.one_hot(rows, self.classes, &place);
        let class_vectors = one_hot.clone().matmul(values.parameters[2].clone());
        // A row vector (1, 0, ...) that sends the projection to the first output only.
        let mut first = vec![0.0; self.output.features()];
        first[0] = 1.0;
        let first = place.tensor(first, [1, self.output.features()]);
        tape.keep(|| [input.clone(), one_hot, class_vectors.clone()]);
        let projection = input.clone().mul(class_vectors).sum_dim(1).matmul(first);
        input.matmul(values.parameters[0].clone()).add(values.parameters[1].clone()).add(projection)
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [input, one_hot] = [saved.tensors[0].clone(), saved.tensors[1].clone()];
        let first = cotangent.clone().slice_dim(1, 0..1);
        let weight = input.clone().transpose().matmul(cotangent.clone());
        let bias = cotangent.clone().sum_dim(0);
        let classes = one_hot.transpose().matmul(input.mul(first));
        (self.input_cotangent(values, saved, cotangent), vec![weight, bias, classes])
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        let first = cotangent.clone().slice_dim(1, 0..1);
        cotangent.matmul(values.parameters[0].clone().transpose()).add(saved.tensors[2].clone().mul(first))
    }
}
