//! Networks by configuration: their shapes, their parameters, and what they refuse.

use ganymede_core::Shape;
use ganymede_core::network::architecture::{Architecture, DcganConfig, Norm, ResnetConfig};
use ganymede_core::network::layers::activation::ActivationKind;
use ganymede_core::network::plan::NetworkPlan;
use ganymede_core::network::preset::NetworkConfig;
use ganymede_core::network::{Network, Pass};
use ganymede_core::random::Streams;
use ganymede_core::role::Role;

use ganymede_testing::numbers::{noise, single, tensor_at, values};

const LATENT: usize = 5;

fn plan(architecture: &Architecture, role: Role, picture: Shape) -> Result<NetworkPlan, String> {
    let (input, output) = match role {
        Role::Generator => (Shape::point(LATENT), picture),
        Role::Discriminator => (picture, Shape::point(1)),
    };
    let architecture = architecture.clone().resolved(role);
    architecture.check(role).map_err(|error| error.to_string())?;
    architecture.plan(role, input, output)
}

fn build(architecture: &Architecture, role: Role, picture: Shape) -> Network {
    plan(architecture, role, picture).unwrap().build(role, Streams::new(1), &single())
}

fn dcgan(kernel: usize, norm: Norm) -> Architecture {
    let config = DcganConfig { channels: Some(2), kernel: Some(kernel), norm: Some(norm), ..DcganConfig::default() };
    Architecture::Dcgan(config)
}

fn resnet() -> Architecture {
    Architecture::Resnet(ResnetConfig { channels: Some(4), group_width: Some(4), ..ResnetConfig::default() })
}

fn square(side: usize, channels: usize) -> Shape {
    Shape { channels, height: side, width: side }
}

/// Every layer takes what the one before it gives, and rows go in and come out in these numbers.
fn assert_works(name: &str, architecture: &Architecture, picture: Shape) {
    for (role, inputs, outputs) in
        [(Role::Generator, LATENT, picture.features()), (Role::Discriminator, picture.features(), 1)]
    {
        let network = build(architecture, role, picture);
        for layer in network.layers() {
            assert_eq!(layer.facts().fault, None, "{name}, {role:?}, {picture}");
        }
        let rows = tensor_at(&single(), &values(&noise("rows", [2, inputs])), [2, inputs]);
        let output = network.forward(rows, &Pass::train("test", Streams::new(0), 0).with_labels(None));
        assert_eq!(output.dims(), [2, outputs], "{name}, {role:?}, {picture}");
        assert!(values(&output).iter().all(|value| value.is_finite()), "{name}, {role:?}, {picture}");
    }
}

#[test]
fn a_dcgan_takes_every_side_and_a_picture_that_is_not_square() {
    for side in (8..=40).chain([63, 64, 65]) {
        for kernel in [4, 5] {
            assert_works("dcgan", &dcgan(kernel, Norm::Batch), square(side, 1));
        }
    }
    for (height, width) in [(8, 64), (9, 33), (48, 10)] {
        for norm in [Norm::Batch, Norm::Layer, Norm::None] {
            assert_works("dcgan", &dcgan(4, norm), Shape { channels: 3, height, width });
        }
    }
    assert_works("dcgan", &dcgan(4, Norm::Batch), square(256, 1));
}

#[test]
fn a_resnet_takes_powers_of_two() {
    for side in [8, 16, 32, 64] {
        assert_works("resnet", &resnet(), square(side, 3));
    }
}

#[test]
fn a_perceptron_flattens_pictures() {
    let config = NetworkConfig { hidden: Some(vec![6]), ..NetworkConfig::default() };
    assert_works("mlp", &Architecture::Perceptron(config), Shape { channels: 3, height: 5, width: 7 });
}

#[test]
fn dcgan_64_has_the_parameters_of_the_paper() {
    // Radford et al. 2015 and PyTorch's dcgan example (`ngf = ndf = 64`, three channels, 100 latents): 3,576,704 weights
    // and scales in its generator and 2,765,568 in its discriminator, which have no biases. Ours have one for each output
    // of the first and last layers.
    let architecture = Architecture::Dcgan(DcganConfig::default());
    let picture = square(64, 3);
    let count = |network: &Network| -> usize {
        network.parameters().iter().map(|tensor| tensor.dims().iter().product::<usize>()).sum()
    };
    let generator = architecture.clone().resolved(Role::Generator);
    let plan = generator.plan(Role::Generator, Shape::point(100), picture).unwrap();
    let generator = plan.build(Role::Generator, Streams::new(0), &single());
    assert_eq!(count(&generator), 3_576_704 + 8_192 + 3);
    assert_eq!(count(&build(&architecture, Role::Discriminator, picture)), 2_765_568 + 64 + 1);
}

#[test]
fn a_resnets_blocks_start_as_the_identity() {
    let network = build(&resnet(), Role::Generator, square(8, 1));
    let (names, _) = network.names();
    let last: Vec<_> = names.iter().zip(network.parameters()).filter(|(name, _)| name.contains("body.4.")).collect();
    assert_eq!(last.len(), 4, "two blocks in each of two stages");
    for (name, weight) in last {
        assert!(values(weight).iter().all(|value| *value == 0.0), "{name}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_the_key_or_the_shape() {
    let dcgan = |config: DcganConfig| Architecture::Dcgan(config);
    let resnet = |config: ResnetConfig| Architecture::Resnet(config);
    let (base, blocks) = (DcganConfig::default, ResnetConfig::default);
    let picture = square(32, 1);
    let rows = [
        (dcgan(base()), Shape::point(2), "8 to 256"),
        (dcgan(base()), square(7, 1), "7 x 7 x 1"),
        (dcgan(base()), square(257, 1), "257"),
        (dcgan(base()), Shape { channels: 1, height: 4, width: 64 }, "4 x 64 x 1"),
        (dcgan(DcganConfig { kernel: Some(3), ..base() }), picture, "kernel = 3"),
        (dcgan(DcganConfig { channels: Some(0), ..base() }), picture, "channels = 0"),
        (dcgan(DcganConfig { most_channels: Some(63), ..base() }), picture, "most_channels = 63"),
        (dcgan(DcganConfig { slope: Some(1.0), ..base() }), picture, "slope = 1"),
        (dcgan(DcganConfig { initialization_std: Some(0.0), ..base() }), picture, "initialization_std = 0"),
        (
            dcgan(DcganConfig { norm: Some(Norm::None), batch_norm_momentum: Some(0.1), ..base() }),
            picture,
            "batch_norm_momentum = 0.1",
        ),
        (
            dcgan(DcganConfig { output_activation: Some(ActivationKind::Maxout), ..base() }),
            picture,
            "output_activation",
        ),
        (resnet(blocks()), square(28, 1), "28 x 28 x 1"),
        (resnet(blocks()), Shape { channels: 1, height: 32, width: 16 }, "square"),
        (resnet(blocks()), square(4, 1), "4 x 4 x 1"),
        (resnet(ResnetConfig { group_width: Some(48), ..blocks() }), picture, "group_width = 48"),
        (resnet(ResnetConfig { blocks: Some(0), ..blocks() }), picture, "blocks = 0"),
        (resnet(ResnetConfig { expansion: Some(9), ..blocks() }), picture, "expansion = 9"),
    ];
    for (architecture, picture, fragment) in rows {
        let text = plan(&architecture, Role::Generator, picture).unwrap_err();
        assert!(text.contains(fragment), "{fragment}: {text}");
    }
    let tanh = DcganConfig { output_activation: Some(ActivationKind::Tanh), ..base() };
    let text = plan(&dcgan(tanh), Role::Discriminator, picture).unwrap_err();
    assert!(text.contains("logits"), "{text}");
}
