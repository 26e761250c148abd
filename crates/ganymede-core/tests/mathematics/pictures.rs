//! Layers on pictures: first and second derivatives of every one, at odd sizes, strides and groups.

use std::sync::Arc;

use burn::tensor::module::{conv_transpose2d, conv2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{DType, Tensor, activation};
use ganymede_core::Shape;
use ganymede_core::network::initialization::{Initialization, InitializationKind};
use ganymede_core::network::layers::activation::{Activation, Function};
use ganymede_core::network::layers::basis::LearnedBasis;
use ganymede_core::network::layers::conditional_norm::ConditionalBatchNorm;
use ganymede_core::network::layers::convolution::{Convolution, TransposedConvolution, Window};
use ganymede_core::network::layers::fourier::FourierFeatures;
use ganymede_core::network::layers::group_norm::GroupNorm;
use ganymede_core::network::layers::label::{ConcatenateLabel, ProjectionHead};
use ganymede_core::network::layers::normalization::BatchNorm;
use ganymede_core::network::layers::resampling::{Filter, GlobalPool, Resample};
use ganymede_core::network::plan::{LayerPlan, NetworkPlan, WeightStart};
use ganymede_core::network::{Layer, Mode, Network, Pass, Residual, Sequential};
use ganymede_core::random::Streams;
use ganymede_core::role::Role;

use ganymede_testing::derivatives::{Scalar, by_autodiff, by_differences};
use ganymede_testing::numbers::{assert_all_close, assert_close, double, largest, noise, tensor, values};

const ROWS: usize = 3;
const CLASSES: usize = 3;

const fn picture(channels: usize, height: usize, width: usize) -> Shape {
    Shape { channels, height, width }
}

fn start() -> Initialization {
    Initialization::Normal(0.5)
}

fn convolution(channels: usize, window: Window, bias: bool) -> LayerPlan {
    LayerPlan::new("convolution", move |input, _| Convolution::new(input, channels, window, start(), bias))
}

fn transposed(output: Shape, window: Window, bias: bool) -> LayerPlan {
    LayerPlan::new("transposed", move |input, _| TransposedConvolution::new(input, output, window, start(), bias))
}

fn layer<L: Layer + 'static>(make: impl Fn(Shape) -> L + Send + Sync + 'static) -> LayerPlan {
    LayerPlan::new("layer", move |input, _| make(input))
}

fn conditional(shape: Shape) -> ConditionalBatchNorm {
    ConditionalBatchNorm { norm: BatchNorm { shape, momentum: 1.0 }, classes: CLASSES }
}

fn projection(input: Shape) -> ProjectionHead {
    let output = Shape::point(2);
    ProjectionHead { input, output, classes: CLASSES, initialization: InitializationKind::Normal, scale: 0.5 }
}

/// A block as in a residual network: its body has two layers, its shortcut changes the channels.
fn residual(channels: usize, scale: f64) -> LayerPlan {
    layer(move |input| {
        let body: Vec<Arc<dyn Layer>> = vec![
            Arc::new(Convolution::new(input, 4, Window::new(3, 1, 1).grouped(2), start(), true)),
            Arc::new(Activation { shape: input.with_channels(4), function: Function::Tanh }),
            Arc::new(Convolution::new(input.with_channels(4), channels, Window::new(1, 1, 0), start(), false)),
        ];
        let through = Sequential::new(input, body);
        let past: Vec<Arc<dyn Layer>> = if channels == input.channels {
            Vec::new()
        } else {
            vec![Arc::new(Convolution::new(input, channels, Window::new(1, 1, 0), start(), false))]
        };
        Residual::new(Arc::new(through), Arc::new(Sequential::new(input, past)), scale)
    })
}

/// Each layer with the shape of its input, alone in a network but for a smooth end.
fn cases() -> Vec<(&'static str, Shape, Mode, LayerPlan)> {
    use Mode::{Evaluate, Train};
    let window = Window::new;
    vec![
        ("convolution, 3 x 3", picture(2, 5, 4), Train, convolution(3, window(3, 1, 1), true)),
        ("convolution, stride 2, even", picture(2, 6, 4), Train, convolution(2, window(4, 2, 1), false)),
        ("convolution, stride 2, odd", picture(2, 5, 7), Train, convolution(2, window(4, 2, 1), true)),
        ("convolution, kernel 5", picture(1, 6, 5), Train, convolution(2, window(5, 2, 2), true)),
        ("convolution, stride 3", picture(1, 7, 8), Train, convolution(2, window(3, 3, 0), true)),
        ("convolution, groups", picture(4, 4, 3), Train, convolution(6, window(3, 1, 1).grouped(2), true)),
        ("convolution, each channel", picture(3, 4, 4), Train, convolution(3, window(4, 1, 0).grouped(3), false)),
        ("convolution, 1 x 1", picture(3, 2, 3), Train, convolution(2, window(1, 1, 0), true)),
        ("transposed, to even", picture(2, 2, 3), Train, transposed(picture(3, 4, 6), window(4, 2, 1), true)),
        ("transposed, to odd", picture(2, 2, 3), Train, transposed(picture(1, 5, 7), window(4, 2, 1), false)),
        ("transposed, kernel 5", picture(2, 3, 2), Train, transposed(picture(2, 5, 4), window(5, 2, 2), true)),
        ("transposed, groups", picture(4, 3, 2), Train, transposed(picture(2, 5, 4), window(3, 2, 1).grouped(2), true)),
        ("box up", picture(2, 2, 3), Train, layer(|input| Resample::up(input, 2, Filter::Box))),
        ("box down", picture(2, 4, 5), Train, layer(|input| Resample::down(input, 2, Filter::Box))),
        ("box down by 3", picture(2, 3, 7), Train, layer(|input| Resample::down(input, 3, Filter::Box))),
        ("binomial up", picture(2, 2, 3), Train, layer(|input| Resample::up(input, 2, Filter::Binomial))),
        ("binomial down", picture(2, 4, 5), Train, layer(|input| Resample::down(input, 2, Filter::Binomial))),
        ("global pooling", picture(3, 2, 3), Train, layer(|input| GlobalPool { input })),
        ("batch norm in training", picture(2, 2, 3), Train, LayerPlan::batch_norm(0.1)),
        ("batch norm in evaluation", picture(2, 2, 3), Evaluate, LayerPlan::batch_norm(0.1)),
        ("conditional norm in training", picture(2, 2, 3), Train, layer(conditional)),
        ("conditional norm in evaluation", picture(2, 2, 3), Evaluate, layer(conditional)),
        ("layer norm", picture(2, 2, 3), Train, LayerPlan::layer_norm()),
        ("group norm", picture(4, 2, 3), Train, layer(|shape| GroupNorm { shape, groups: 2 })),
        ("instance norm", picture(2, 3, 3), Train, layer(|shape| GroupNorm { shape, groups: 2 })),
        (
            "learned basis",
            Shape::point(4),
            Train,
            layer(|input| LearnedBasis { input, output: picture(2, 2, 3), weight: start() }),
        ),
        ("residual, identity", picture(2, 3, 3), Train, residual(2, 1.0)),
        ("residual, other channels", picture(2, 3, 3), Train, residual(3, 0.7)),
        ("labels", picture(2, 2, 3), Train, layer(|input| ConcatenateLabel { input, classes: CLASSES, embedding: 2 })),
        ("label projection", picture(2, 2, 3), Train, layer(projection)),
        ("maxout", picture(4, 2, 2), Train, LayerPlan::maxout(2)),
        ("dropout", picture(2, 2, 3), Train, LayerPlan::dropout(0.3)),
        (
            "Fourier features",
            picture(2, 2, 3),
            Train,
            layer(|input| FourierFeatures { input, octaves: 3, frequency: 0.7 }),
        ),
        ("tanh", picture(2, 2, 2), Train, LayerPlan::activation(Function::Tanh)),
    ]
}

fn network(input: Shape, layer: LayerPlan) -> Network {
    let start = WeightStart { initialization: InitializationKind::Kaiming, scale: 1.0 };
    let layers = vec![layer, LayerPlan::activation(Function::Tanh), LayerPlan::linear_output(start)];
    let network =
        NetworkPlan::new(input, Shape::point(2), layers).build(Role::Discriminator, Streams::new(3), &double());
    let buffers = network.buffers().iter().enumerate();
    let buffers =
        buffers.map(|(index, buffer)| noise(&format!("buffer {index}"), buffer.dims()).square().add_scalar(0.3));
    network.with_buffers(buffers.collect())
}

fn pass(mode: Mode) -> Pass {
    Pass { mode, ..Pass::train("test", Streams::new(5), 2).with_labels(Some(vec![0, 2, 1])) }
}

fn at(network: &Network, point: &[Tensor<2>]) -> Network {
    network.with_parameters(point[1..].to_vec())
}

fn inner_product(network: &Network, pass: &Pass, point: &[Tensor<2>]) -> Tensor<1> {
    at(network, point).forward(point[0].clone(), pass).mul(noise("cotangent", [ROWS, 2])).sum()
}

/// The squared norm of the input's gradient, as R1 punishes it.
fn penalty(network: &Network, pass: &Pass, point: &[Tensor<2>]) -> Tensor<1> {
    let network = at(network, point);
    let trace = network.trace(point[0].clone(), pass);
    trace.input_cotangent(activation::sigmoid(trace.output.clone())).square().sum()
}

/// The loss after one step of gradient descent, as an unrolled discriminator is judged by.
fn unrolled(network: &Network, pass: &Pass, point: &[Tensor<2>]) -> Tensor<1> {
    let network = at(network, point);
    let trace = network.trace(point[0].clone(), pass);
    let (_, gradients) = trace.vjp(trace.output.clone().mul_scalar(2.0));
    let moved = network.parameters().iter().zip(gradients);
    let moved = network.with_parameters(moved.map(|(old, slope)| old.clone().sub(slope.mul_scalar(0.1))).collect());
    moved.forward(point[0].clone(), pass).square().sum()
}

#[test]
fn derivatives_of_both_orders_equal_central_differences() {
    for (name, input, mode, plan) in cases() {
        let (network, pass) = (network(input, plan), pass(mode));
        assert_eq!(network.layers()[0].facts().fault, None, "{name}");
        let rows = noise(&format!("{name} input"), [ROWS, input.features()]);
        let point: Vec<Tensor<2>> = std::iter::once(rows).chain(network.parameters().iter().cloned()).collect();
        let trace = network.trace(point[0].clone(), &pass);
        let (by_hand, parameters) = trace.vjp(noise("cotangent", [ROWS, 2]));
        let by_hand: Vec<Vec<f64>> = std::iter::once(by_hand).chain(parameters).map(|tensor| values(&tensor)).collect();
        let expected = by_autodiff(&|point| inner_product(&network, &pass, point), &point);
        assert_all_close(&format!("{name}, backward pass"), &by_hand, &expected, 1e-10);
        let alone = values(&trace.input_cotangent(noise("cotangent", [ROWS, 2])));
        assert_close(&format!("{name}, input alone"), &alone, &by_hand[0], 1e-12);
        let functions: [(&str, Scalar<'_>); 3] = [
            ("first order", &|point| inner_product(&network, &pass, point)),
            ("penalty", &|point| penalty(&network, &pass, point)),
            ("unrolled", &|point| unrolled(&network, &pass, point)),
        ];
        for (order, function) in functions {
            let found = by_autodiff(function, &point);
            assert_all_close(&format!("{name}, {order}"), &found, &by_differences(function, &point), 1e-6);
            assert!(found.iter().any(|gradient| largest(gradient) > 1e-3), "{name}, {order}: no gradient arrived");
        }
    }
}

/// A scalar function of a network's parameters.
type OfNetwork<'a> = &'a dyn Fn(&Network, &[Tensor<2>]) -> Tensor<1>;

/// In the precision of training, convolutions are kernels of their own with derivatives of their own.
#[test]
fn single_precision_agrees_with_double_in_both_orders() {
    for (name, input, mode, plan) in cases() {
        let (network, pass) = (network(input, plan), pass(mode));
        let rows = noise(&format!("{name} input"), [ROWS, input.features()]);
        let point: Vec<Tensor<2>> = std::iter::once(rows).chain(network.parameters().iter().cloned()).collect();
        let narrow = |tensors: &[Tensor<2>]| -> Vec<Tensor<2>> {
            tensors.iter().map(|tensor| tensor.clone().cast(DType::F32)).collect()
        };
        let single = network.with_buffers(narrow(network.buffers()));
        let product = |network: &Network, point: &[Tensor<2>]| {
            let output = at(network, point).forward(point[0].clone(), &pass);
            let cotangent = noise("cotangent", [ROWS, 2]).cast(output.dtype());
            output.mul(cotangent).sum()
        };
        let functions: [(&str, OfNetwork<'_>); 3] = [
            ("first order", &product),
            ("penalty", &|network, point| penalty(network, &pass, point)),
            ("unrolled", &|network, point| unrolled(network, &pass, point)),
        ];
        for (order, function) in functions {
            let expected = by_autodiff(&|point| function(&network, point), &point);
            let found = by_autodiff(&|point| function(&single, point), &narrow(&point));
            assert_all_close(&format!("{name}, {order}"), &found, &expected, 2e-3);
        }
    }
}

/// A network of one layer, whose parameters are these.
fn alone(input: Shape, output: Shape, plan: LayerPlan, parameters: &[(&[f64], [usize; 2])]) -> Network {
    let network = NetworkPlan::new(input, output, vec![plan]).build(Role::Generator, Streams::new(0), &double());
    network.with_parameters(parameters.iter().map(|(entries, shape)| tensor(entries, *shape)).collect())
}

#[test]
fn a_convolution_reads_channels_last_rows_and_a_row_of_its_weight_is_a_kernel() {
    // Two channels of a 1 x 3 picture: (1, 10), (2, 20), (3, 30).
    let input = picture(2, 1, 3);
    // One kernel of 1 x 1 would not tell rows from columns: 3 x 3 with entries in the middle row only.
    let kernel = [0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0];
    let weight: Vec<f64> = kernel.iter().copied().chain(kernel.iter().map(|entry| entry * 100.0)).collect();
    let plan = convolution(1, Window::new(3, 1, 1), true);
    let network = alone(input, picture(1, 1, 3), plan, &[(&weight, [1, 18]), (&[0.5], [1, 1])]);
    let output = network.forward(tensor(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0], [1, 6]), &Pass::evaluate());
    // First channel: 2 * 1 + 3 * 2 = 8, 1 + 4 + 9 = 14, 2 + 6 = 8; the second is a thousand times as much.
    assert_close("output", &values(&output), &[8008.5, 14_014.5, 8008.5], 1e-12);
}

#[test]
fn both_convolutions_equal_burns_own_whatever_the_window() {
    let windows = [(1, 1, 0), (3, 1, 1), (4, 2, 1), (5, 2, 2), (3, 3, 0), (2, 1, 1), (5, 1, 4)];
    for (kernel, stride, padding) in windows {
        for (channels, outputs) in [(1, 1), (1, 3), (2, 1), (3, 2)] {
            let large = picture(channels, 7, 6);
            let window = Window::new(kernel, stride, padding);
            let small = window.small(large, outputs);
            let what = format!("kernel {kernel}, stride {stride}, padding {padding}, {channels} to {outputs} channels");
            let weight = noise(&what, [outputs, channels * kernel * kernel]);
            let kernels: Tensor<4> = weight.clone().reshape([outputs, channels, kernel, kernel]);
            let of_rows = |rows: Tensor<2>, shape: Shape| -> Tensor<4> {
                rows.reshape([ROWS, shape.height, shape.width, shape.channels]).permute([0, 3, 1, 2])
            };
            let to_rows = |pictures: Tensor<4>| -> Vec<f64> {
                let features = pictures.dims()[1..].iter().product::<usize>();
                let rows: Tensor<2> = pictures.permute([0, 2, 3, 1]).reshape([ROWS, features]);
                values(&rows)
            };
            let with = |plan, input: Shape, output: Shape| {
                NetworkPlan::new(input, output, vec![plan])
                    .build(Role::Generator, Streams::new(0), &double())
                    .with_parameters(vec![weight.clone()])
            };
            let rows = noise("large", [ROWS, large.features()]);
            let ours = with(convolution(outputs, window, false), large, small).forward(rows.clone(), &Pass::evaluate());
            let options = ConvOptions::new([stride; 2], [padding; 2], [1; 2], 1);
            let theirs = conv2d(of_rows(rows, large), kernels.clone(), None, options);
            assert_close(&what, &values(&ours), &to_rows(theirs), 1e-12);

            let rows = noise("small", [ROWS, small.features()]);
            let ours = with(transposed(large, window, false), small, large).forward(rows.clone(), &Pass::evaluate());
            let rest = |large: usize, small: usize| large + 2 * padding - kernel - (small - 1) * stride;
            let rests = [rest(large.height, small.height), rest(large.width, small.width)];
            let options = ConvTransposeOptions::new([stride; 2], [padding; 2], rests, [1; 2], 1);
            let theirs = conv_transpose2d(of_rows(rows, small), kernels, None, options);
            assert_close(&format!("{what}, transposed"), &values(&ours), &to_rows(theirs), 1e-12);
        }
    }
}

#[test]
fn resampling_is_the_documented_filter() {
    let row = tensor(&[1.0, 2.0, 4.0], [1, 3]);
    let up = |filter| {
        let plan = layer(move |input| Resample::up(input, 2, filter));
        let output = alone(picture(1, 1, 3), picture(1, 2, 6), plan, &[]).forward(row.clone(), &Pass::evaluate());
        values(&output)
    };
    assert_close("box", &up(Filter::Box), &[1.0, 1.0, 2.0, 2.0, 4.0, 4.0].repeat(2), 1e-12);
    let along = [0.5, 1.0, 1.5, 2.0, 3.0, 4.0];
    let both: Vec<f64> = along.iter().map(|value| value * 0.5).chain(along).collect();
    assert_close("binomial", &up(Filter::Binomial), &both, 1e-12);
    let down = |filter| {
        let plan = layer(move |input| Resample::down(input, 2, filter));
        let output = alone(picture(1, 3, 1), picture(1, 2, 1), plan, &[]).forward(row.clone(), &Pass::evaluate());
        values(&output)
    };
    assert_close("box", &down(Filter::Box), &[1.5, 4.0], 1e-12);
    // The column has nothing beside it: half of each value is lost along the width.
    assert_close("binomial", &down(Filter::Binomial), &[0.5 * (0.5 + 0.5), 0.5 * (0.5 + 2.0)], 1e-12);
}

#[test]
fn windows_that_do_not_fit_are_faults() {
    let rows = [
        (picture(3, 8, 8), 4, Window::new(3, 1, 1).grouped(2), "groups"),
        (picture(4, 8, 8), 3, Window::new(3, 1, 1).grouped(2), "groups"),
        (picture(1, 2, 8), 1, Window::new(5, 1, 0), "kernel of 5"),
        (picture(1, 8, 8), 1, Window::new(3, 0, 1), "stride"),
        (picture(1, 8, 8), 1, Window::new(3, 1, 3), "pads by 3"),
    ];
    for (input, channels, window, fragment) in rows {
        let fault = Convolution::new(input, channels, window, start(), true).facts().fault.unwrap();
        assert!(fault.contains(fragment), "{window:?}: {fault}");
    }
    let doubled = TransposedConvolution::new(picture(1, 4, 4), picture(1, 9, 9), Window::new(4, 2, 1), start(), true);
    assert_eq!(doubled.facts().fault, None);
    let too_large =
        TransposedConvolution::new(picture(1, 4, 4), picture(1, 10, 9), Window::new(4, 2, 1), start(), true);
    assert!(too_large.facts().fault.is_some());
}

#[test]
fn evaluation_agrees_with_training_where_the_statistics_are_those_of_the_rows() {
    let shape = picture(2, 3, 4);
    let plans: [(&str, LayerPlan); 2] = [("plain", LayerPlan::batch_norm(1.0)), ("by class", layer(conditional))];
    for (name, plan) in plans {
        let network = network(shape, plan);
        let rows = noise("rows", [ROWS, shape.features()]);
        let (trained, statistics) = network.forward_with_statistics(rows.clone(), &pass(Mode::Train));
        let evaluated = network.with_statistics(&statistics).forward(rows, &pass(Mode::Evaluate));
        assert_close(name, &values(&evaluated), &values(&trained), 1e-12);
    }
}

#[test]
fn batch_norm_takes_a_channel_over_all_rows_and_pixels() {
    let shape = picture(2, 2, 2);
    let network = alone(shape, shape, LayerPlan::batch_norm(0.5), &[(&[1.0, 1.0], [1, 2]), (&[0.0, 0.0], [1, 2])]);
    let output = values(&network.forward(noise("rows", [5, 8]), &pass(Mode::Train)));
    for channel in 0..2 {
        let of_channel: Vec<f64> = output.iter().copied().skip(channel).step_by(2).collect();
        let mean = of_channel.iter().sum::<f64>() / 20.0;
        let variance = of_channel.iter().map(|value| value * value).sum::<f64>() / 20.0;
        assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-4, "channel {channel}: {mean} {variance}");
    }
}
