//! The fully connected layer.

use burn::tensor::Tensor;
use ganymede_kernels::layers as kernels;
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::initialization::InitializationKind;
use crate::network::layer::{Layer, ParameterSpec, Values};
use crate::network::pass::Pass;
use crate::network::products::{add_bias, bias_gradient, product, product_transposed, weight_gradient};
use crate::network::rectifier::Rectifier;
use crate::network::tape::{SavedTensors, Tape};

/// `y = x W + b` with `W: [inputs, outputs]` and `b: [1, outputs]`, over all values of a row: a picture that goes in is
/// flattened by being a row, and one that comes out is a row of its shape.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    /// The shape of a row that goes in.
    pub input: Shape,
    /// The shape of an output row.
    pub output: Shape,
    /// How the weight starts.
    pub initialization: InitializationKind,
    /// Standard deviation or gain of the start, where the kind takes one.
    pub scale: f64,
}

impl Layer for Linear {
    fn facts(&self) -> Facts {
        let multiply_adds = self.input.features() * self.output.features();
        Facts { serves_members: true, multiply_adds, ..Facts::new("linear", self.output) }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let (inputs, outputs) = (self.input.features(), self.output.features());
        let weight = self.initialization.weight(inputs, outputs, self.scale);
        vec![
            ParameterSpec::new("weight", [inputs, outputs], weight),
            ParameterSpec::new("bias", [1, outputs], self.initialization.bias(inputs)),
        ]
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        tape.keep(|| [input.clone()]);
        let [weight, bias] = [values.parameters[0].clone(), values.parameters[1].clone()];
        let members = members(values);
        if members == 1 && [&input, &weight, &bias].into_iter().all(kernels::serves) {
            return kernels::linear(input, weight, bias);
        }
        add_bias(product(input, weight, members), bias)
    }

    fn forward_rectified(
        &self,
        values: Values<'_>,
        input: &Tensor<2>,
        rectifier: Rectifier,
        tape: &mut Tape,
    ) -> Option<Tensor<2>> {
        let [weight, bias] = [&values.parameters[0], &values.parameters[1]];
        if members(values) > 1 || ![input, weight, bias].into_iter().all(kernels::serves) {
            return None;
        }
        tape.keep(|| [input.clone()]);
        Some(kernels::linear_leaky_relu(input.clone(), weight.clone(), bias.clone(), rectifier.slope))
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let gradients = self.parameter_gradients(values, saved, cotangent.clone());
        (self.input_cotangent(values, saved, cotangent), gradients)
    }

    fn input_cotangent(&self, values: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        product_transposed(cotangent, values.parameters[0].clone(), members(values))
    }

    fn parameter_gradients(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Vec<Tensor<2>> {
        let members = members(values);
        let weight = weight_gradient(saved.tensors[0].clone(), cotangent.clone(), members);
        vec![weight, bias_gradient(cotangent, members)]
    }
}

/// How many members the values are of: a bias is one row.
fn members(values: Values<'_>) -> usize {
    values.parameters[1].dims()[0]
}
