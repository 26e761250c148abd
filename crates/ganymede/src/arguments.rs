//! The command line's grammar.

mod reading;
mod records;
mod sweep;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use self::reading::{ReadArguments, sides};
pub(crate) use self::records::{RecordsArguments, ReportArguments};
pub(crate) use self::sweep::SweepArguments;

/// Trains GANs that keep all their modes.
#[derive(Debug, Parser)]
#[command(name = "ganymede", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done; 1 failed on the way; 2 arguments, configuration or data that cannot be used; \
                  3 suspect samples; 4 the generator has collapsed; 5 no verdict is possible on the samples; 130 ended by a \
                  signal, and saved."
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a GAN from a configuration and write a run folder
    Train(TrainArguments),
    /// Make many runs of one configuration side by side, and compare what came out
    Sweep(SweepArguments),
    /// Draw samples from the generator of a run
    Sample(SampleArguments),
    /// Write a run's generator for use elsewhere, with a card that says what it is
    Export(ExportArguments),
    /// Say whether a generator has collapsed, from its samples; which parts of the data are missing; and what to try
    Diagnose(DiagnoseArguments),
    /// Write what runs recorded as a page to look at: verdicts, charts, samples, what differs
    Report(ReportArguments),
    /// Give a run's records in the form of other tools: a table, or TensorBoard's event file
    Records(RecordsArguments),
    /// Look at a set of samples, or pack pictures for training
    #[command(subcommand)]
    Data(DataCommand),
    /// Train a classifier that names the modes of pictures, or look at one
    #[command(subcommand)]
    Classifier(ClassifierCommand),
    /// Read configurations and their data, plan the runs, and report, without training
    Check(CheckArguments),
    /// List the strategies against mode collapse, with paper and equation
    Strategies(StrategiesArguments),
    /// List the devices that this build can train on
    Devices,
    /// What to do about a collapse: from what a diagnosis says to the lines of a configuration
    Guide,
}

/// Which device to compute on.
#[derive(Args, Debug)]
pub(crate) struct DeviceArguments {
    /// Device: flex, ndarray, wgpu, vulkan or cuda [default: flex, or the first in this build]
    #[arg(long, value_name = "DEVICE")]
    pub(crate) device: Option<String>,
}

/// `ganymede train`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ganymede train configs/ring.toml
  ganymede train configs/unrolled.toml --set strategy.0.steps=10 --seed 3 --out runs/unrolled-10
  ganymede train configs/ring.toml --dry-run
  ganymede train --resume runs/00001-ring
  ganymede train --resume runs/00001-ring --steps 20000")]
pub(crate) struct TrainArguments {
    /// The configuration, a TOML file; a run's config.toml repeats that run
    #[arg(required_unless_present = "resume")]
    pub(crate) config: Option<PathBuf>,
    /// Continue a run that has ended, or was stopped or killed, as if it had not been interrupted
    #[arg(long, value_name = "RUN", conflicts_with_all = ["config", "out", "seed", "dry_run"])]
    pub(crate) resume: Option<PathBuf>,
    /// Override the configuration's steps; with --resume, the step to train to
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) steps: Option<u64>,
    #[command(flatten)]
    pub(crate) device: DeviceArguments,
    /// Override one key of the configuration: steps=1000, optimizer.generator.learning_rate=1e-4, strategy.0.steps=10.
    /// With --resume: steps, evaluation.every or a key of [checkpoint]
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// The run's folder, which must not exist or be empty [default: runs/NNNNN-CONFIG]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Override the configuration's seed
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Check everything, print the resolved configuration, and create nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Say nothing but errors and the result
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

impl TrainArguments {
    /// All overrides of the configuration.
    pub(crate) fn assignments(&self) -> Vec<String> {
        let steps = self.steps.map(|steps| format!("steps={steps}"));
        self.set.iter().cloned().chain(steps).collect()
    }
}

/// `ganymede sample`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ganymede sample runs/00001-ring --count 10000 --out samples.npy
  ganymede sample runs/00002-conditional --count 500 --label 3 --seed 7 --out third.csv
  ganymede sample runs/00003-dcgan --grid 8x8 --out grid.png
  ganymede sample runs/00003-dcgan --grid 4x10 --interpolate --out between.png
  ganymede sample runs/00003-dcgan --count 1000 --out fakes/")]
pub(crate) struct SampleArguments {
    /// The run's folder
    pub(crate) run: PathBuf,
    /// How many samples
    #[arg(long, value_name = "N", allow_negative_numbers = true, required_unless_present = "grid")]
    pub(crate) count: Option<usize>,
    /// A .png with these rows and columns of pictures, such as 8x8
    #[arg(long, value_name = "ROWSxCOLUMNS", conflicts_with = "count")]
    pub(crate) grid: Option<String>,
    /// Let each row of the grid lead from one latent to another
    #[arg(long)]
    pub(crate) interpolate: bool,
    /// All of one class, of a run with labels [default: classes as frequent as in the data]
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    pub(crate) label: Option<usize>,
    /// All from one generator, of a run with several [default: equally from all]
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    pub(crate) generator: Option<usize>,
    /// The generator of the best evaluation rather than the last
    #[arg(long)]
    pub(crate) best: bool,
    /// Seed of the draw
    #[arg(long, value_name = "S", default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) device: DeviceArguments,
    /// Where to write: a .npy array, a .csv table (with labels, where the run has them), a .png picture, or a folder for one
    /// file a picture (with a / at its end)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// `ganymede export`.
#[derive(Args, Debug)]
#[command(after_help = "\
Beside the weights the file holds `layers`, a JSON list of what each layer is, and a few latents with the samples they give.

Examples:
  ganymede export runs/00001-ring --format safetensors
  ganymede export runs/00002-r3gan --format npz --ema --out published")]
pub(crate) struct ExportArguments {
    /// The run's folder
    pub(crate) run: PathBuf,
    /// The form of the file
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// The average of the generator's weights rather than the weights themselves
    #[arg(long)]
    pub(crate) ema: bool,
    /// The generator of the best evaluation rather than the last
    #[arg(long)]
    pub(crate) best: bool,
    /// The folder to write to [default: RUN/export]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// In what form a generator is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ExportFormat {
    /// For the `safetensors` package of any language
    Safetensors,
    /// For numpy
    Npz,
}

/// `ganymede diagnose`.
#[derive(Args, Debug)]
#[command(after_help = "\
Samples: .npy, .npz, .csv, .tsv, .safetensors, IDX (MNIST), CIFAR's .bin, or a folder or .zip of pictures; file.npz:key names
an array in a file.

Exit codes: 0 healthy; 3 suspect; 4 collapsed; 5 no verdict is possible; 2 samples that cannot be used; 1 failed on the way.

Examples:
  ganymede diagnose --fake runs/00001-ring
  ganymede diagnose --fake samples.npy --real data.npz --real-labels data.npz:labels --json
  ganymede diagnose --fake generated/ --real photos/ --out diagnosis
  ganymede diagnose --fake generated/ --real digits/ --classifier auto
  ganymede diagnose --fake generated/ --real photos/ --features inception.onnx --features-set network=inception-2015")]
pub(crate) struct DiagnoseArguments {
    /// The generated samples, or a run's folder: its samples against equally many of its data
    #[arg(long, value_name = "PATH")]
    pub(crate) fake: PathBuf,
    /// The real samples; without them only a total collapse can be found
    #[arg(long, value_name = "PATH")]
    pub(crate) real: Option<PathBuf>,
    /// The class of each generated sample [default: those in the file, if any]
    #[arg(long, value_name = "FILE")]
    pub(crate) fake_labels: Option<PathBuf>,
    /// The class of each real sample [default: those in the file, if any]
    #[arg(long, value_name = "FILE", requires = "real")]
    pub(crate) real_labels: Option<PathBuf>,
    /// Take the classes of pictures from this classifier, which `classifier train` has made, or from one that learns those of the
    /// real samples: auto
    #[arg(long, value_name = "FILE")]
    pub(crate) classifier: Option<PathBuf>,
    /// Compare the features that this network makes of pictures rather than the pictures' values: a model in an ONNX file, with
    /// its settings in a TOML file of the same name beside it
    #[arg(long, value_name = "MODEL.onnx")]
    pub(crate) features: Option<PathBuf>,
    /// Say one of the model's settings: name, network, input, size, layout, range, mean, std, resize, features, probabilities
    /// or logits
    #[arg(long, value_name = "KEY=VALUE", requires = "features")]
    pub(crate) features_set: Vec<String>,
    /// Measure the Frechet distance to published statistics too: an .npz file of mu and sigma
    #[arg(long, value_name = "FILE", requires = "features")]
    pub(crate) reference: Option<PathBuf>,
    /// Write mean and covariance of the real samples' features as such a file
    #[arg(long, value_name = "FILE", requires = "features", requires = "real")]
    pub(crate) save_reference: Option<PathBuf>,
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Every signal and figure, the parts and the classes
    #[arg(long, short, conflicts_with = "json")]
    pub(crate) verbose: bool,
    /// A folder for pictures of the missing and the over-represented parts; of points, a scatter plot
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of all draws
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) reading: ReadArguments,
}

/// `ganymede data`.
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Show the number of samples, their shape, values and classes, and what reading them has changed
    Inspect(InspectArguments),
    /// Write pictures into one archive with a `dataset.json`, which is read quickly and by other programs too
    Pack(PackArguments),
}

/// A set of samples.
#[derive(Args, Debug)]
pub(crate) struct SetArguments {
    /// The file or folder
    pub(crate) path: PathBuf,
    /// The class of each sample, for pictures also by their names [default: those in the file, if any]
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: ReadArguments,
}

/// `ganymede data inspect`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ganymede data inspect photos/ --size 64 --crop center --out photos.png
  ganymede data inspect train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz")]
pub(crate) struct InspectArguments {
    #[command(flatten)]
    pub(crate) set: SetArguments,
    /// A .png of some of the pictures, a row for each class
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// `ganymede data pack`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ganymede data pack photos/ --size 64 --crop center --channels 3 --out photos-64.zip")]
pub(crate) struct PackArguments {
    #[command(flatten)]
    pub(crate) set: SetArguments,
    /// The archive, a .zip
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// `ganymede classifier`.
#[derive(Debug, Subcommand)]
pub(crate) enum ClassifierCommand {
    /// Learn the classes of a set of samples, and measure the accuracy on samples that are held out
    Train(Box<TrainClassifierArguments>),
    /// Show a classifier's classes, its accuracy, and what it was trained on
    Show(ShowClassifierArguments),
}

/// `ganymede classifier train`.
#[derive(Args, Debug)]
#[command(after_help = "\
A tenth of each class is held out unless --test names samples to measure on. The same samples and seed give the same file.

Examples:
  ganymede classifier train train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz --out mnist.safetensors
  ganymede classifier train photos/ --size 32 --out photos.safetensors
  ganymede train configs/mnist.toml --set evaluation.classifier=mnist.safetensors")]
pub(crate) struct TrainClassifierArguments {
    #[command(flatten)]
    pub(crate) set: SetArguments,
    /// Samples with classes to measure the accuracy on, instead of a part that is held out
    #[arg(long, value_name = "PATH")]
    pub(crate) test: Option<PathBuf>,
    /// The class of each of these samples [default: those in the file, if any]
    #[arg(long, value_name = "FILE", requires = "test")]
    pub(crate) test_labels: Option<PathBuf>,
    /// Updates [default: 14 times through the samples, in 1,000 to 10,000 updates]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) steps: Option<u64>,
    /// Seed of the split, the start and the order of the samples
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) device: DeviceArguments,
    /// The file, a .safetensors
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Say nothing but errors and the result
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// `ganymede classifier show`.
#[derive(Args, Debug)]
pub(crate) struct ShowClassifierArguments {
    /// The file
    pub(crate) file: PathBuf,
}

/// `ganymede check`.
#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    /// Configurations
    #[arg(required = true, value_name = "CONFIG")]
    pub(crate) configs: Vec<PathBuf>,
    /// Print each layer of both networks: shape, parameters, multiply-adds, memory of a step
    #[arg(long)]
    pub(crate) layers: bool,
    /// With --layers: print both networks as lists of layers in TOML, to be changed and used instead
    #[arg(long, requires = "layers")]
    pub(crate) toml: bool,
}

/// `ganymede strategies`.
#[derive(Args, Debug)]
pub(crate) struct StrategiesArguments {
    /// As a JSON array
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,
    /// As the rows of a Markdown table: name, what it does, paper
    #[arg(long)]
    pub(crate) markdown: bool,
}
