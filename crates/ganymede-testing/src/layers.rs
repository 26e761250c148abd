//! Small networks around a layer, and the assertion that its derivatives are exact: the backward pass written by hand
//! against burn's autodiff, and it and its own derivative against central differences, in double precision.

use burn::tensor::{Tensor, activation};
use ganymede_core::Shape;
use ganymede_core::network::initialization::InitializationKind;
use ganymede_core::network::layers::activation::Function;
use ganymede_core::network::plan::{LayerPlan, NetworkPlan, Routing, WeightStart};
use ganymede_core::network::{Layer, Network, Pass};
use ganymede_core::random::Streams;
use ganymede_core::role::Role;

use crate::derivatives::{Scalar, by_autodiff, by_differences};
use crate::numbers::{assert_all_close, double, largest, noise, values};

/// Features of the rows that the networks here take.
pub const INPUTS: usize = 4;

/// A network of these layers for points of [`INPUTS`] features, in double precision, initialised at random.
pub fn network(layers: Vec<LayerPlan>, members: usize) -> Network {
    network_on(Shape::point(INPUTS), layers, members)
}

/// A network of these layers for rows of any shape, in double precision, initialised at random.
pub fn network_on(input: Shape, layers: Vec<LayerPlan>, members: usize) -> Network {
    let plan = NetworkPlan::new(input, Shape::point(2), layers).shared_by(members, Routing::Even);
    plan.build(Role::Discriminator, Streams::new(3), &double())
}

/// A layer made from the shape of its input.
pub fn layer<L: Layer + 'static>(make: impl Fn(Shape) -> L + Send + Sync + 'static) -> LayerPlan {
    LayerPlan::new("layer", move |input, _| make(input))
}

/// A linear layer.
pub fn linear(width: usize) -> LayerPlan {
    LayerPlan::linear(width, WeightStart { initialization: InitializationKind::Kaiming, scale: 1.0 })
}

/// A smooth network with the layer in its midst.
pub fn stack(layer: LayerPlan, members: usize) -> Network {
    let tanh = || LayerPlan::activation(Function::Tanh);
    network(vec![linear(5), tanh(), layer, linear(3), tanh(), linear(2)], members)
}

/// A training pass.
pub fn training() -> Pass {
    Pass::train("test", Streams::new(5), 2)
}

/// Input and parameters.
fn point(network: &Network, input: &Tensor<2>) -> Vec<Tensor<2>> {
    std::iter::once(input.clone()).chain(network.parameters().iter().cloned()).collect()
}

/// The inner product of the outputs with a fixed cotangent, whose gradient is the vector-Jacobian product.
fn inner_product(network: &Network, pass: &Pass, point: &[Tensor<2>]) -> Tensor<1> {
    let output = network.with_parameters(point[1..].to_vec()).forward(point[0].clone(), pass);
    let cotangent = noise("cotangent", output.dims());
    output.mul(cotangent).sum()
}

/// The squares of the vector-Jacobian product of a cotangent that depends on the output, as an objective's does.
fn penalty(network: &Network, pass: &Pass, point: &[Tensor<2>]) -> Tensor<1> {
    let network = network.with_parameters(point[1..].to_vec());
    let trace = network.trace(point[0].clone(), pass);
    let (input, parameters) = trace.vjp(activation::sigmoid(trace.output.clone()));
    parameters.into_iter().fold(input.square().sum(), |sum, gradient| sum.add(gradient.square().sum()))
}

/// The backward pass equals burn's to 1e-10.
#[track_caller]
pub fn assert_equals_autodiff(what: &str, network: &Network, pass: &Pass, input: &Tensor<2>) {
    let point = point(network, input);
    let expected = by_autodiff(&|point| inner_product(network, pass, point), &point);
    let trace = network.trace(input.clone(), pass);
    let (input, parameters) = trace.vjp(noise("cotangent", trace.output.dims()));
    let found: Vec<Vec<f64>> = std::iter::once(input).chain(parameters).map(|gradient| values(&gradient)).collect();
    assert_all_close(&format!("{what}, backward pass"), &found, &expected, 1e-10);
}

/// The backward pass equals burn's, and first and second derivatives equal central differences to 1e-6 and are not zero
/// at any tensor of more than one row.
#[track_caller]
pub fn assert_derivatives(what: &str, network: &Network, pass: &Pass, input: &Tensor<2>) {
    assert_equals_autodiff(what, network, pass, input);
    let point = point(network, input);
    let functions: [(&str, Scalar<'_>); 2] = [
        ("first order", &|point| inner_product(network, pass, point)),
        ("second order", &|point| penalty(network, pass, point)),
    ];
    for (order, function) in functions {
        let found = by_autodiff(function, &point);
        assert_all_close(&format!("{what}, {order}"), &found, &by_differences(function, &point), 1e-6);
        for (index, gradient) in found.iter().enumerate().filter(|(index, _)| point[*index].dims()[0] > 1) {
            assert!(largest(gradient) > 1e-6, "{what}, {order}, tensor {index}: no gradient arrived");
        }
    }
}
