//! Networks as lists of layers: presets written out and read back, every kind of layer, and lists that do not fit.

use std::path::Path;

use ganymede_core::Shape;
use ganymede_core::config::{Document, Experiment};
use ganymede_core::network::architecture::Architecture;
use ganymede_core::network::list::LAYER_KINDS;
use ganymede_core::network::{Network, Pass};
use ganymede_core::random::Streams;
use ganymede_core::role::Role::{self, Discriminator, Generator};
use ganymede_testing::layers::{assert_equals_autodiff, training};
use ganymede_testing::numbers::{double, noise, single, values};

const LATENT: usize = 5;

fn picture(height: usize, width: usize, channels: usize) -> Shape {
    Shape { channels, height, width }
}

fn ends(role: Role, sample: Shape) -> (Shape, Shape) {
    match role {
        Role::Generator => (Shape::point(LATENT), sample),
        Role::Discriminator => (sample, Shape::point(1)),
    }
}

/// The network of a table `[generator]` or `[discriminator]`, and the whole configuration.
fn read(role: Role, table: &str) -> Result<(Architecture, String), String> {
    let document = Document::parse(table, "test.toml", Path::new(".")).map_err(|error| error.to_string())?;
    let (experiment, _) = Experiment::read(&document).map_err(|error| error.to_string())?;
    let resolved = experiment.to_toml(&[]).map_err(|error| error.to_string())?;
    let network = match role {
        Role::Generator => experiment.generator,
        Role::Discriminator => experiment.discriminator,
    };
    Ok((network, resolved))
}

fn build(role: Role, architecture: &Architecture, sample: Shape) -> Result<Network, String> {
    let (input, output) = ends(role, sample);
    Ok(architecture.plan(role, input, output)?.build(role, Streams::new(3), &single()))
}

fn bits(network: &Network) -> Vec<u64> {
    network.parameters().iter().chain(network.buffers()).flat_map(values).map(f64::to_bits).collect()
}

/// Presets with keys that change their layers, and samples that they are made for.
const PRESETS: [(&str, [usize; 3]); 15] = [
    ("", [1, 1, 2]),
    ("hidden = []", [1, 1, 2]),
    ("hidden = [6, 7]\nactivation = \"leaky-relu\"\nslope = 0.3\ndropout = 0.25", [3, 5, 2]),
    ("hidden = [6]\nactivation = \"maxout\"\npieces = 3\nlayer_norm = true", [1, 1, 2]),
    ("hidden = [6, 4]\nbatch_norm = [true, false]\nbatch_norm_momentum = 0.3\ninitialization = \"pytorch\"", [1, 1, 9]),
    ("hidden = [6]\ninitialization = \"orthogonal\"\ninitialization_std = 0.8", [1, 1, 2]),
    ("hidden = [6]\ninitialization = \"normal\"\nactivation = \"tanh\"", [1, 1, 2]),
    ("hidden = [6]\ninitialization = \"fan-in\"\nactivation = \"sigmoid\"", [1, 1, 2]),
    ("kind = \"article\"", [1, 1, 2]),
    ("kind = \"dcgan\"\nchannels = 3", [28, 28, 1]),
    ("kind = \"dcgan\"\nchannels = 2\nkernel = 5\nnorm = \"layer\"\nslope = 0.1", [9, 33, 3]),
    ("kind = \"dcgan\"\nchannels = 2\nnorm = \"none\"\ninitialization_std = 0.05\nmost_channels = 3", [31, 17, 3]),
    ("kind = \"resnet\"\nchannels = 4\ngroup_width = 4", [8, 8, 1]),
    ("kind = \"resnet\"\nchannels = 4\ngroup_width = 2\nblocks = 1\nexpansion = 3", [16, 16, 3]),
    ("kind = \"resnet\"\nchannels = 4\ngroup_width = 8\nmost_channels = 4\nblocks = 3", [32, 32, 1]),
];

#[test]
fn a_preset_written_out_and_read_back_is_the_same_network() {
    for (keys, [height, width, channels]) in PRESETS {
        let sample = picture(height, width, channels);
        for role in [Role::Generator, Role::Discriminator] {
            let what = format!("{keys:?}, {role:?}");
            let (preset, _) = read(role, &format!("[{}]\n{keys}\n", role.name())).unwrap();
            let (input, output) = ends(role, sample);
            let printed = preset.list(role, input, output).unwrap().to_toml(role.name()).unwrap();
            let (list, resolved) = read(role, &printed).unwrap_or_else(|error| panic!("{what}: {error}\n{printed}"));
            assert_eq!(list, Architecture::Layers(preset.list(role, input, output).unwrap()), "{what}\n{printed}");
            // The configuration that a run keeps says the same in other words.
            assert_eq!(read(role, &resolved).unwrap().0, list, "{what}\n{resolved}");
            let [first, second] = [&preset, &list].map(|network| build(role, network, sample).unwrap());
            assert_eq!(first.names(), second.names(), "{what}");
            let facts = |network: &Network| network.layers().iter().map(|layer| layer.facts()).collect::<Vec<_>>();
            assert_eq!(facts(&first), facts(&second), "{what}");
            assert_eq!(bits(&first), bits(&second), "{what}");
            let rows = noise("rows", [3, input.features()]).cast(burn::tensor::FloatDType::F32);
            let [first, second] =
                [first, second].map(|network| values(&network.forward(rows.clone(), &Pass::evaluate())));
            assert_eq!(first, second, "{what}");
        }
    }
}

/// A list in which every kind of layer stands, between points of five features and pictures of 12 x 8 x 2.
const EVERY_KIND: &str = r#"[generator]
kind = "layers"
initialization = "kaiming"
layers = [
    { kind = "linear", width = 6 },
    { kind = "layer-norm" },
    { kind = "sigmoid" },
    { kind = "learned-basis", shape = [3, 2, 4], initialization = "fan-in" },
    { kind = "convolution", channels = 8, kernel = 3, groups = 2, initialization = "pytorch" },
    { kind = "group-norm", groups = 4 },
    { kind = "maxout", pieces = 2 },
    { kind = "upsampling", factor = 2 },
    { kind = "residual", scale = 0.5, body = [
        { kind = "convolution", channels = 6, kernel = 1, bias = false },
        { kind = "tanh" },
        { kind = "residual", body = [{ kind = "convolution", channels = 6 }, { kind = "leaky-relu", slope = 0.3 }] },
    ], shortcut = [{ kind = "convolution", channels = 6, kernel = 1, initialization = "orthogonal" }] },
    { kind = "batch-norm", momentum = 0.5 },
    { kind = "transposed-convolution", channels = 3, kernel = 4, stride = 2, size = [12, 8] },
    { kind = "downsampling" },
    { kind = "upsampling", filter = "binomial" },
    { kind = "downsampling", filter = "binomial" },
    { kind = "dropout", probability = 0.25 },
    { kind = "relu" },
    { kind = "fourier-features", octaves = 2, frequency = 0.5 },
    { kind = "global-pooling" },
    { kind = "linear", shape = [6, 4, 3], initialization = "normal", initialization_std = 0.5 },
    { kind = "transposed-convolution", kernel = 4, stride = 2 },
    { kind = "tanh" },
]
"#;

#[test]
fn every_kind_of_layer_can_be_listed_and_differentiated() {
    for kind in LAYER_KINDS {
        assert!(EVERY_KIND.contains(&format!("\"{kind}\"")), "{kind}");
    }
    let sample = picture(12, 8, 2);
    let (list, _) = read(Role::Generator, EVERY_KIND).unwrap();
    let (input, output) = ends(Role::Generator, sample);
    let plan = list.plan(Role::Generator, input, output).unwrap();
    let network = plan.build(Role::Generator, Streams::new(1), &double());
    let shapes: Vec<String> = network.layers().iter().map(|layer| layer.facts().output.to_string()).collect();
    let expected = [
        "6 features",
        "6 features",
        "6 features",
        "3 x 2 x 4",
        "3 x 2 x 8",
        "3 x 2 x 8",
        "3 x 2 x 4",
        "6 x 4 x 4",
        "6 x 4 x 6",
        "6 x 4 x 6",
        "12 x 8 x 3",
        "6 x 4 x 3",
        "12 x 8 x 3",
        "6 x 4 x 3",
        "6 x 4 x 3",
        "6 x 4 x 3",
        "6 x 4 x 15",
        "15 features",
        "6 x 4 x 3",
        "12 x 8 x 2",
        "12 x 8 x 2",
    ];
    assert_eq!(shapes, expected);
    let (names, _) = network.names();
    for name in ["layers.8.body.2.body.0.bias", "layers.8.shortcut.0.weight", "layers.9.scale"] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    assert_equals_autodiff("a list of every kind", &network, &training(), &noise("rows", [4, LATENT]));
    // A bias of PyTorch's start is uniform on plus and minus one over the root of the inputs, 2 channels of 3 x 3 here.
    let of = |name: &str| {
        let at = names.iter().position(|known| known == name).unwrap();
        values(&network.parameters()[at])
    };
    let bias = of("layers.4.bias");
    assert!(bias.iter().all(|value| value.abs() <= 1.0 / 18.0_f64.sqrt()) && bias.iter().any(|value| *value != 0.0));
    assert!(of("layers.8.body.2.body.0.bias").iter().all(|value| *value == 0.0));
}

/// Why a network of these keys is refused.
fn refusal(role: Role, entries: &str) -> String {
    let table = format!("[{}]\nkind = \"layers\"\n{entries}\n", role.name());
    let sample = picture(8, 8, 3);
    read(role, &table).and_then(|(list, _)| build(role, &list, sample)).err().unwrap_or_else(|| "(taken)".to_owned())
}

/// The keys of a list that does not fit, and what the refusal says.
type Bad = (Role, &'static str, &'static [&'static str]);

const BAD: &[Bad] = &[
    (Generator, "", &["generator.layers = []", "at least the layer that makes the outputs"]),
    (Generator, "layers = []", &["test.toml:3", "generator.layers = []", "{ kind = \"linear\" }"]),
    (Generator, "layers = 3", &["generator.layers = 3", "a list of tables"]),
    (Generator, "layers = [\"linear\"]", &["generator.layers.0 = \"linear\"", "a list of tables"]),
    (Generator, "layers = [{ width = 3 }]", &["generator.layers.0.kind", "(left out)", "every layer says its kind"]),
    (Generator, "layers = [{ kind = \"dense\" }]", &["generator.layers.0.kind = \"dense\"", "known are `linear`"]),
    (Generator, "layers = [{ kind = \"convolutoin\" }]", &["did you mean `convolution`?"]),
    (
        Generator,
        "layers = [\n{ kind = \"linear\", width = 4 },\n{ kind = \"linear\", widht = 4 },\n{ kind = \"linear\" }]",
        &["test.toml:5", "unknown key `generator.layers.1.widht`", "did you mean `width`?"],
    ),
    (Generator, "layers = [{ kind = \"tanh\", slope = 1 }]", &["unknown key `generator.layers.0.slope`"]),
    (Generator, "layers = [{ kind = \"linear\", width = 0 }]", &["layers.0.width = 0", "from 1 to"]),
    (Generator, "layers = [{ kind = \"linear\", width = -1 }]", &["layers.0.width = -1"]),
    (
        Generator,
        "layers = [{ kind = \"linear\", width = 4, shape = [1, 1, 4] }]",
        &["layers.0.width = 4", "leave one of them out"],
    ),
    (Generator, "layers = [{ kind = \"linear\", shape = [0, 4, 4] }]", &["layers.0.shape = [0, 4, 4]", "[height"]),
    (Generator, "layers = [{ kind = \"linear\", shape = [4, 4] }]", &["layers.0.shape"]),
    (
        Generator,
        "layers = [{ kind = \"linear\", width = 4 }]",
        &["layers.0 = linear", "no layer makes the network's outputs", "leave the width of the last linear layer out"],
    ),
    (
        Generator,
        "layers = [{ kind = \"linear\" }, { kind = \"relu\" }, { kind = \"linear\" }]",
        &["generator.layers.2 = linear", "layers.0 makes the network's outputs already"],
    ),
    (Discriminator, "layers = [{ kind = \"linear\" }, { kind = \"sigmoid\" }]", &["layers.1 = sigmoid", "logits"]),
    (
        Generator,
        "layers = [{ kind = \"convolution\", kernel = 1 }]",
        &["its layers.0 gives rows of 3 features, and 8 x 8 x 3 are needed", "end in"],
    ),
    (
        Generator,
        "layers = [{ kind = \"linear\", shape = [8, 8, 4] }, { kind = \"convolution\" , padding = 0 }]",
        &["layers.1 gives rows of 6 x 6 x 3, and 8 x 8 x 3 are needed"],
    ),
    (
        Discriminator,
        "layers = [{ kind = \"convolution\", channels = 4, groups = 2 }, { kind = \"linear\" }]",
        &["layers.0, `convolution` on rows of 8 x 8 x 3", "2 groups, which do not divide 3 and 4", "choose"],
    ),
    (
        Discriminator,
        "layers = [{ kind = \"convolution\", channels = 4, kernel = 9, padding = 0 }, { kind = \"linear\" }]",
        &["layers.0, `convolution`", "a kernel of 9", "choose kernel, stride and padding"],
    ),
    (
        Discriminator,
        "layers = [{ kind = \"convolution\", channels = 4, kernel = 3, padding = 3 }, { kind = \"linear\" }]",
        &["layers.0.padding = 3", "below kernel = 3"],
    ),
    (Discriminator, "layers = [{ kind = \"convolution\", channels = 0 }]", &["layers.0.channels = 0", "from 1 to"]),
    (Discriminator, "layers = [{ kind = \"convolution\", kernel = 0 }]", &["layers.0.kernel = 0", "from 1 to"]),
    (Discriminator, "layers = [{ kind = \"convolution\", stride = 0 }]", &["layers.0.stride = 0", "from 1 to"]),
    (Discriminator, "layers = [{ kind = \"convolution\", groups = 0 }]", &["layers.0.groups = 0", "from 1 to"]),
    (Discriminator, "layers = [{ kind = \"convolution\", size = 8 }]", &["layers.0.size", "leave it out"]),
    (
        Generator,
        "layers = [{ kind = \"linear\", shape = [4, 4, 2] }, { kind = \"transposed-convolution\", kernel = 4, stride = 2, \
             size = 11 }]",
        &["layers.1, `transposed-convolution`", "11 x 11 x 3", "another size"],
    ),
    (
        Generator,
        "layers = [{ kind = \"transposed-convolution\", size = \"big\" }]",
        &["layers.0.size", "a number of pixels, or [height, width]"],
    ),
    (Generator, "layers = [{ kind = \"learned-basis\" }]", &["layers.0.shape", "give it a value"]),
    (Discriminator, "layers = [{ kind = \"fourier-features\", octaves = 0 }]", &["layers.0.octaves = 0", "1 to 16"]),
    (
        Discriminator,
        "layers = [{ kind = \"fourier-features\", frequency = 0 }]",
        &["layers.0.frequency = 0", "above 0"],
    ),
    (Generator, "layers = [{ kind = \"group-norm\" }]", &["layers.0.groups", "give it a value"]),
    (
        Discriminator,
        "layers = [{ kind = \"group-norm\", groups = 2 }, { kind = \"linear\" }]",
        &["layers.0, `group-norm`", "2 groups, which do not divide 3 channels", "choose groups"],
    ),
    (
        Discriminator,
        "layers = [{ kind = \"maxout\", pieces = 2 }, { kind = \"linear\" }]",
        &["layers.0, `maxout`", "a multiple of its pieces"],
    ),
    (Discriminator, "layers = [{ kind = \"maxout\", pieces = 1 }]", &["layers.0.pieces = 1", "2 to 64"]),
    (Discriminator, "layers = [{ kind = \"leaky-relu\", slope = 1.0 }]", &["layers.0.slope = 1", "[0, 1)"]),
    (Discriminator, "layers = [{ kind = \"dropout\", probability = 1.0 }]", &["layers.0.probability = 1", "[0, 1)"]),
    (Discriminator, "layers = [{ kind = \"batch-norm\", momentum = 0.0 }]", &["layers.0.momentum = 0", "(0, 1]"]),
    (Discriminator, "layers = [{ kind = \"upsampling\", factor = 0 }]", &["layers.0.factor = 0", "from 1 to"]),
    (
        Discriminator,
        "layers = [{ kind = \"downsampling\", factor = 3, filter = \"binomial\" }]",
        &["layers.0.factor = 3", "by 2 only"],
    ),
    (
        Discriminator,
        "layers = [{ kind = \"downsampling\", filter = \"nearest\" }]",
        &["layers.0.filter = \"nearest\"", "`average`"],
    ),
    (
        Generator,
        "layers = [{ kind = \"linear\", initialization_std = 0.1 }]",
        &["layers.0.initialization_std = 0.1", "leave it out"],
    ),
    (
        Generator,
        "initialization = \"xavier\"\ninitialization_std = 0.1\nlayers = [{ kind = \"linear\" }]",
        &["test.toml:4", "generator.initialization_std = 0.1", "leave it out"],
    ),
    (
        Generator,
        "layers = [{ kind = \"linear\", initialization = \"normal\", initialization_std = 0.0 }]",
        &["layers.0.initialization_std = 0", "above 0"],
    ),
    (Generator, "layers = [{ kind = \"residual\" }]", &["layers.0.body = []", "leave the residual block out"]),
    (
        Generator,
        "layers = [{ kind = \"residual\", body = [{ kind = \"relu\" }, { kind = \"linear\" }] }]",
        &["layers.0.body.1 = linear", "say its width or channels"],
    ),
    (
        Generator,
        "layers = [{ kind = \"residual\", body = [{ kind = \"linear\", width = 0 }] }]",
        &["layers.0.body.0.width = 0"],
    ),
    (
        Generator,
        "layers = [{ kind = \"residual\", body = [{ kind = \"rleu\" }] }]",
        &["generator.layers.0.body.0.kind = \"rleu\"", "`relu`"],
    ),
    (
        Generator,
        "layers = [{ kind = \"residual\", bodi = [] }]",
        &["unknown key `generator.layers.0.bodi`", "did you mean `body`?"],
    ),
    (
        Generator,
        "layers = [{ kind = \"residual\", body = [{ kind = \"linear\", width = 6 }] }, { kind = \"linear\" }]",
        &["layers.0, a residual block", "6 features", "5 features", "make them alike"],
    ),
    (
        Discriminator,
        "layers = [{ kind = \"relu\" }, { kind = \"residual\", body = [{ kind = \"relu\" }, { kind = \"convolution\", \
             channels = 3, kernel = 20, padding = 0 }] }, { kind = \"linear\" }]",
        &["layers.1.body.1, `convolution`", "a kernel of 20"],
    ),
    (
        Discriminator,
        "layers = [{ kind = \"upsampling\", factor = 64 }, { kind = \"upsampling\", factor = 64 }, { kind = \"linear\" }]",
        &["layers.1, `upsampling`", "would not fit in memory", "smaller pictures"],
    ),
    (
        Generator,
        "layers = [{ kind = \"linear\", width = 1000000 }, { kind = \"linear\", width = 1000000 }, { kind = \"linear\" }]",
        &["layers.1, `linear`", "1000001000000 weights", "make it smaller"],
    ),
];

#[test]
fn lists_that_do_not_fit_are_refused_with_position_and_remedy() {
    for (role, entries, fragments) in BAD {
        let text = refusal(*role, entries);
        for fragment in *fragments {
            assert!(text.contains(fragment), "{role:?} {entries}: `{fragment}` is missing in: {text}");
        }
    }
    let deep = |depth: usize| {
        let (open, close) = ("{ kind = \"residual\", body = [".repeat(depth), "] }".repeat(depth));
        refusal(Discriminator, &format!("layers = [{open}{{ kind = \"relu\" }}{close}, {{ kind = \"linear\" }}]"))
    };
    assert!(deep(9).contains("at most 8 deep"), "{}", deep(9));
    assert_eq!(deep(8), "(taken)");
    // A convolution's outputs may be averaged over the picture, as judges of patches have it.
    let patches = "layers = [{ kind = \"convolution\", channels = 4 }, { kind = \"relu\" }, { kind = \"convolution\" }, \
                   { kind = \"global-pooling\" }]";
    assert_eq!(refusal(Discriminator, patches), "(taken)");
}
