//! The command line's grammar.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use ganymede_files::{Column, LabelColumn, PictureLayout, ReadOptions};

use crate::failure::{Failure, Outcome};

/// Trains GANs that keep all their modes.
#[derive(Debug, Parser)]
#[command(name = "ganymede", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done; 1 failed on the way; 2 arguments, configuration or data that cannot be used; \
                  3 suspect samples; 4 the generator has collapsed; 5 nothing can be told of the samples; 130 ended by a \
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
    /// Draw samples from the generator of a run
    Sample(SampleArguments),
    /// Write a run's generator for use elsewhere, with a card that says what it is
    Export(ExportArguments),
    /// Say whether a generator has collapsed, from its samples; which parts of the data are missing; and what to try
    Diagnose(DiagnoseArguments),
    /// Read configurations and their data, plan the runs, and report, without training
    Check(CheckArguments),
    /// List the strategies against mode collapse, with paper and equation
    Strategies(StrategiesArguments),
    /// List the devices that this build can train on
    Devices,
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
    /// Go on with a run that has ended, been stopped or been killed, as if nothing had been
    #[arg(long, value_name = "RUN", conflicts_with_all = ["config", "out", "seed", "dry_run"])]
    pub(crate) resume: Option<PathBuf>,
    /// Override the configuration's steps; with --resume, how far to go on
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
  ganymede sample runs/00002-conditional --count 500 --label 3 --seed 7 --out third.csv")]
pub(crate) struct SampleArguments {
    /// The run's folder
    pub(crate) run: PathBuf,
    /// How many samples
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) count: usize,
    /// All of one class, of a run with labels [default: classes as frequent as in the data]
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    pub(crate) label: Option<usize>,
    /// All from one generator, of a run with several [default: as many from each]
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
    /// Where to write: a .npy array, a .csv table (with labels, where the run has them) or a .png picture
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

/// How files of samples are read; the same words as in a configuration's `[data]`.
#[derive(Args, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadArguments {
    /// Resize pictures: 64, or 48x64 (height x width)
    #[arg(long, value_name = "HxW")]
    size: Option<String>,
    /// Channels of pictures: 1 grey, 3 RGB, 2 and 4 these with alpha
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=4))]
    channels: Option<u8>,
    /// The order of the values of arrays of pictures [default: told by their sizes]
    #[arg(long, value_enum)]
    layout: Option<Layout>,
    /// What sub-folders of pictures are [default: told by their names]
    #[arg(long, value_enum)]
    folders: Option<Folders>,
    /// The share of a folder's files that may be no pictures [default: 0.01]
    #[arg(long, value_name = "SHARE")]
    bad_files: Option<f64>,
    /// Leave out a column of tables
    #[arg(long, value_name = "COLUMN")]
    drop: Vec<String>,
    /// The column of labels of tables [default: label, labels, class or target]
    #[arg(long, value_name = "COLUMN")]
    label_column: Option<String>,
}

/// The order of the values of arrays of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Layout {
    /// Channels, height, width
    ChannelsFirst,
    /// Height, width, channels
    ChannelsLast,
}

/// What sub-folders of pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Folders {
    /// Each is a class
    Classes,
    /// They only keep folders short
    Shards,
}

impl ReadArguments {
    /// The reader's options.
    pub(crate) fn options(&self) -> Outcome<ReadOptions> {
        let size = self.size.as_ref().map(|text| {
            let side = |text: &str| text.parse().ok().filter(|side| (1..=4096).contains(side));
            let (height, width) = text.split_once('x').unwrap_or((text, text));
            let refused =
                || Failure::refused(format!("--size {text}: expected 64, or 48x64 (height x width), at most 4096"));
            side(height).zip(side(width)).map(|(height, width)| [height, width]).ok_or_else(refused)
        });
        if let Some(share) = self.bad_files.filter(|share| !(0.0..=1.0).contains(share)) {
            return Err(Failure::refused(format!("--bad-files {share}: expected a share from 0 to 1")));
        }
        Ok(ReadOptions {
            size: size.transpose()?,
            channels: self.channels.map(usize::from),
            layout: self.layout.map(|layout| match layout {
                Layout::ChannelsFirst => PictureLayout::ChannelsFirst,
                Layout::ChannelsLast => PictureLayout::ChannelsLast,
            }),
            folders: self.folders.map(|folders| match folders {
                Folders::Classes => ganymede_files::Folders::Classes,
                Folders::Shards => ganymede_files::Folders::Shards,
            }),
            bad_files: self.bad_files,
            drop: self.drop.clone(),
            label_column: self.label_column.as_ref().map_or(LabelColumn::ByName, |column| {
                LabelColumn::Is(column.parse().map_or_else(|_| Column::Name(column.clone()), Column::Index))
            }),
            ..ReadOptions::default()
        })
    }
}

/// `ganymede diagnose`.
#[derive(Args, Debug)]
#[command(after_help = "\
Samples: .npy, .npz, .csv, .tsv, .safetensors, IDX (MNIST), or a folder of pictures; file.npz:key names an array in a file.

Exit codes: 0 healthy; 3 suspect; 4 collapsed; 5 nothing can be told; 2 samples that cannot be used; 1 failed on the way.

Examples:
  ganymede diagnose --fake runs/00001-ring
  ganymede diagnose --fake samples.npy --real data.npz --real-labels data.npz:labels --json
  ganymede diagnose --fake generated/ --real photos/ --out diagnosis")]
pub(crate) struct DiagnoseArguments {
    /// The generated samples, or a run's folder: its samples against as many from its data
    #[arg(long, value_name = "PATH")]
    pub(crate) fake: PathBuf,
    /// The real samples; without them only a total collapse can be told
    #[arg(long, value_name = "PATH")]
    pub(crate) real: Option<PathBuf>,
    /// The class of each generated sample [default: those in the file, if any]
    #[arg(long, value_name = "FILE")]
    pub(crate) fake_labels: Option<PathBuf>,
    /// The class of each real sample [default: those in the file, if any]
    #[arg(long, value_name = "FILE", requires = "real")]
    pub(crate) real_labels: Option<PathBuf>,
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

/// `ganymede check`.
#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    /// Configurations
    #[arg(required = true, value_name = "CONFIG")]
    pub(crate) configs: Vec<PathBuf>,
    /// Print each layer of both networks: shape, parameters, multiply-adds, memory of a step
    #[arg(long)]
    pub(crate) layers: bool,
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
