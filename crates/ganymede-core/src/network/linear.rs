//! The fully connected layer.

use burn::tensor::Tensor;

use crate::network::initialization::InitializationKind;
use crate::network::layer::{Layer, ParameterSpec, Pass, Tape, Values};
use crate::network::members::{add_bias, bias_gradient, product, product_transposed, weight_gradient};

/// `y = x W + b` with `W: [inputs, outputs]` and `b: [1, outputs]`.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    /// Features of a row that goes in.
    pub inputs: usize,
    /// Features of a row that comes out.
    pub outputs: usize,
    /// How the weight starts.
    pub initialization: InitializationKind,
    /// Standard deviation or gain of the start, where the kind takes one.
    pub scale: f64,
}

impl Layer for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn output_width(&self) -> usize {
        self.outputs
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![
            ParameterSpec::new(
                "weight",
                [self.inputs, self.outputs],
                self.initialization.weight(self.inputs, self.outputs, self.scale),
            ),
            ParameterSpec::new("bias", [1, self.outputs], self.initialization.bias(self.inputs)),
        ]
    }

    fn serves_members(&self) -> bool {
        true
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, _: usize, tape: &mut Tape) -> Tensor<2> {
        tape.keep(|| [input.clone()]);
        let [weight, bias] = [values.parameters[0].clone(), values.parameters[1].clone()];
        add_bias(product(input, weight, members(values)), bias)
    }

    fn vjp(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let members = members(values);
        let weight = weight_gradient(saved[0].clone(), cotangent.clone(), members);
        let bias = bias_gradient(cotangent.clone(), members);
        (self.input_cotangent(values, saved, cotangent), vec![weight, bias])
    }

    fn input_cotangent(&self, values: Values<'_>, _: &[Tensor<2>], cotangent: Tensor<2>) -> Tensor<2> {
        product_transposed(cotangent, values.parameters[0].clone(), members(values))
    }
}

/// How many members the values are of: a bias is one row.
fn members(values: Values<'_>) -> usize {
    values.parameters[1].dims()[0]
}
