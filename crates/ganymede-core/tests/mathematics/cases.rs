//! The networks whose derivatives are tested: every layer alone, and stacks of them.

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::network::initialization::InitializationKind;
use ganymede_core::network::layers::activation::Function;
use ganymede_core::network::layers::label::{ConcatenateLabel, ProjectionHead};
use ganymede_core::network::plan::{LayerPlan, NetworkPlan, Routing, WeightStart};
use ganymede_core::network::{Mode, Network, Pass};
use ganymede_core::random::Streams;
use ganymede_core::role::Role;

use ganymede_testing::numbers::{double, noise, tensor, values};

pub(crate) const ROWS: usize = 6;
pub(crate) const INPUTS: usize = 4;
const CLASSES: usize = 3;
const LABELS: [usize; ROWS] = [0, 2, 1, 1, 0, 2];

/// How the rows are shared out: one member; several with as many each; one of them without rows; all rows to one of three,
/// and to one of so many that the others are left out of the work.
pub(crate) const GROUPS: [&[usize]; 5] = [&[], &[3, 3], &[3, 0, 3], &[0, ROWS, 0], &[0, 0, ROWS, 0, 0]];

/// A network at random values, and how it is passed through.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) smooth: bool,
    pub(crate) stack: bool,
    layers: Vec<LayerPlan>,
    outputs: usize,
    mode: Mode,
}

impl Case {
    /// `groups` empty for one member.
    pub(crate) fn network(&self, groups: &[usize]) -> Network {
        let plan = NetworkPlan::new(Shape::point(INPUTS), Shape::point(self.outputs), self.layers.clone())
            .shared_by(groups.len().max(1), Routing::Even);
        let network = plan.build(Role::Discriminator, Streams::new(3), &double());
        // Away from zero and one, so that running statistics and their use cannot hide behind the identity.
        let buffer = |(index, buffer): (usize, &Tensor<2>)| {
            noise(&format!("buffer {index}"), buffer.dims()).square().add_scalar(0.3)
        };
        let buffers = network.buffers().iter().enumerate().map(buffer).collect();
        network.with_buffers(buffers)
    }

    pub(crate) fn pass(&self, groups: &[usize]) -> Pass {
        let pass =
            Pass::train("test", Streams::new(5), 2).with_labels(Some(LABELS.to_vec())).with_groups(groups.to_vec());
        Pass { mode: self.mode, ..pass }
    }

    /// The input and then every parameter, all at random values.
    pub(crate) fn point(&self, groups: &[usize]) -> Vec<Tensor<2>> {
        let parameter = |(index, parameter): (usize, &Tensor<2>)| {
            noise(&format!("{} {index}", self.name), parameter.dims()).mul_scalar(0.7)
        };
        let network = self.network(groups);
        let parameters = network.parameters().iter().enumerate().map(parameter);
        std::iter::once(self.input()).chain(parameters).collect()
    }

    /// Normal draws, kept away from zero so that kinks at zero stay outside of what a difference spans.
    fn input(&self) -> Tensor<2> {
        let draws = values(&noise(&format!("{} input", self.name), [ROWS, INPUTS]));
        let apart: Vec<f64> = draws.into_iter().map(|draw| draw + 0.05_f64.copysign(draw)).collect();
        tensor(&apart, [ROWS, INPUTS])
    }

    /// Random cotangents for the outputs.
    pub(crate) fn cotangent(&self, groups: &[usize]) -> Tensor<2> {
        let width = self.network(groups).output().features();
        noise(&format!("{} cotangent", self.name), [ROWS, width])
    }
}

fn linear(width: usize) -> LayerPlan {
    LayerPlan::linear(width, WeightStart { initialization: InitializationKind::Kaiming, scale: 1.0 })
}

fn concatenate_label() -> LayerPlan {
    LayerPlan::new("label concatenation", |input, _| ConcatenateLabel { input, classes: CLASSES, embedding: 2 })
}

fn projection_head() -> LayerPlan {
    LayerPlan::new("label projection", |input, output| {
        let initialization = InitializationKind::Pytorch;
        ProjectionHead { input, output, classes: CLASSES, initialization, scale: 1.0 }
    })
}

/// Every layer alone, then stacks.
pub(crate) fn cases() -> Vec<Case> {
    use Function::{LeakyRelu, Sigmoid, Tanh};
    use Mode::{Evaluate, Train};
    let batch_norm = || LayerPlan::batch_norm(0.1);
    let dropout = || LayerPlan::dropout(0.3);
    let (activation, maxout, layer_norm) = (LayerPlan::activation, LayerPlan::maxout, LayerPlan::layer_norm);
    let rows: Vec<(&'static str, bool, Mode, usize, Vec<LayerPlan>)> = vec![
        ("linear", true, Train, 3, vec![linear(3)]),
        ("leaky ReLU", false, Train, 4, vec![activation(LeakyRelu(0.2))]),
        ("ReLU", false, Train, 4, vec![activation(LeakyRelu(0.0))]),
        ("tanh", true, Train, 4, vec![activation(Tanh)]),
        ("sigmoid", true, Train, 4, vec![activation(Sigmoid)]),
        ("maxout", false, Train, 2, vec![maxout(2)]),
        ("batch norm in training", true, Train, 4, vec![batch_norm()]),
        ("batch norm in evaluation", true, Evaluate, 4, vec![batch_norm()]),
        ("layer norm", true, Train, 4, vec![layer_norm()]),
        ("dropout in training", true, Train, 4, vec![dropout()]),
        ("dropout in evaluation", true, Evaluate, 4, vec![dropout()]),
        ("label concatenation", true, Train, 6, vec![concatenate_label()]),
        ("label projection to 1", true, Train, 1, vec![projection_head()]),
        ("label projection to 3", true, Train, 3, vec![projection_head()]),
        (
            "stack with tanh and sigmoid",
            true,
            Train,
            2,
            vec![linear(5), activation(Tanh), linear(4), activation(Sigmoid), linear(2)],
        ),
        ("stack with batch norm", true, Train, 2, vec![linear(5), batch_norm(), activation(Tanh), linear(2)]),
        (
            "stack with batch norm in evaluation",
            true,
            Evaluate,
            2,
            vec![linear(5), batch_norm(), activation(Tanh), linear(2)],
        ),
        ("stack with layer norm", true, Train, 2, vec![linear(5), layer_norm(), activation(Sigmoid), linear(2)]),
        (
            "stack with both norms and dropout",
            true,
            Train,
            1,
            vec![
                linear(5),
                batch_norm(),
                activation(Tanh),
                dropout(),
                linear(4),
                layer_norm(),
                activation(Tanh),
                linear(1),
            ],
        ),
        (
            "stack with labels",
            true,
            Train,
            3,
            vec![concatenate_label(), linear(5), activation(Tanh), projection_head()],
        ),
        (
            "stack with leaky ReLU and dropout",
            false,
            Train,
            1,
            vec![linear(5), activation(LeakyRelu(0.2)), dropout(), linear(4), activation(LeakyRelu(0.0)), linear(1)],
        ),
        ("stack with maxout", false, Train, 2, vec![linear(6), maxout(3), batch_norm(), linear(2)]),
    ];
    rows.into_iter()
        .map(|(name, smooth, mode, outputs, layers)| Case {
            name,
            smooth,
            stack: layers.len() > 1,
            layers,
            outputs,
            mode,
        })
        .collect()
}
