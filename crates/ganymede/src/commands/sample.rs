//! `ganymede sample`.

use std::path::Path;

use ganymede_core::data::{Shape, byte, write_csv, write_npy};
use ganymede_core::network::plan::Routing;
use ganymede_core::random::Streams;
use ganymede_core::sampling::{Generated, SampleRequest};
use ganymede_core::step::Step;
use ganymede_files::encode_png;

use crate::arguments::{SampleArguments, sides};
use crate::failure::{Failure, OrFailure, Outcome};
use crate::report::evaluation::known_modes;
use crate::report::picture::grid::Grid;
use crate::report::picture::scatter::Scatter;
use crate::run::generator::generator_of_run;
use crate::run::prepare::LoadedConfig;
use crate::system::atomic::{check_output, store, unwritable};
use crate::system::device::DeviceKind;
use crate::system::memory;
use crate::system::threads::choose_threads;

/// In what form samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Npy,
    Csv,
    Png,
    /// One file a picture.
    Folder,
}

/// Points in a picture of real samples.
const REAL_POINTS: usize = 2_500;

/// The most pictures of a grid.
const LARGEST_GRID: usize = 4_096;

/// Draws samples from a run's generator into a file.
pub(crate) fn sample(arguments: &SampleArguments) -> Outcome<()> {
    let format = check_out(&arguments.out)?;
    let grid = grid(arguments, format)?;
    let count = grid.map_or(arguments.count.unwrap_or(0), |[rows, columns]| rows * columns);
    if count == 0 {
        return Err(Failure::refused("--count 0: expected a whole number of at least 1"));
    }
    let kind = DeviceKind::choose(arguments.device.device.as_deref())?;
    let (file, loaded) = generator_of_run(&arguments.run, arguments.best)?;
    let shape = file.facts.shape;
    if shape.is_point() && (grid.is_some() || format == Format::Folder) {
        let what = if grid.is_some() { "--grid".to_owned() } else { format!("--out {}", arguments.out.display()) };
        let run = arguments.run.display();
        return Err(Failure::refused(format!(
            "{what}: {run} makes points, not pictures; --count with a .npy keeps them"
        )));
    }
    let device = kind.require()?;
    let step = loaded.step(&file.facts, device)?;
    check_request(arguments, &step, file.facts.class_weights.len())?;
    memory::check_draw(&step.plan, count)?;
    choose_threads(kind, &step.plan);
    kind.open()?;
    let generator = file.network(&step)?;
    let request = SampleRequest {
        count,
        label: arguments.label,
        generator: arguments.generator,
        streams: Streams::new(arguments.seed).derive("sample"),
    };
    let weights = &file.facts.class_weights;
    let drawn = match grid {
        Some([_, columns]) if arguments.interpolate => step.sample_paths(&generator, weights, &request, columns),
        _ => step.sample(&generator, weights, &request),
    };
    match (format, grid) {
        (Format::Npy, _) => write_npy(&arguments.out, &drawn.samples).or_fail(),
        (Format::Csv, _) => write_csv(&arguments.out, &drawn.samples, drawn.labels.as_deref()).or_fail(),
        (Format::Png, Some([_, columns])) => {
            store(&arguments.out, &Grid::of_rows(&drawn.samples, shape, columns).png()?)
        }
        (Format::Png, None) => store(&arguments.out, &draw(&loaded, shape, &drawn)?),
        (Format::Folder, _) => write_folder(&arguments.out, shape, &drawn),
    }
}

/// The rows and columns of `--grid`.
fn grid(arguments: &SampleArguments, format: Format) -> Outcome<Option<[usize; 2]>> {
    let Some(text) = &arguments.grid else {
        let remedy = "--grid 4x10 asks for 4 rows of 10 steps each";
        return if arguments.interpolate {
            Err(Failure::refused(format!("--interpolate: {remedy}")))
        } else {
            Ok(None)
        };
    };
    let grid = sides(text, LARGEST_GRID).filter(|[rows, columns]| rows * columns <= LARGEST_GRID);
    let expected = format!("expected rows and columns as in 8x8, at most {LARGEST_GRID} pictures");
    let grid = grid.ok_or_else(|| Failure::refused(format!("--grid {text}: {expected}")))?;
    if format != Format::Png {
        return Err(Failure::refused(format!("--grid {text}: a grid is a picture; name a .png with --out")));
    }
    Ok(Some(grid))
}

/// The form that a file's name asks for, if there is a folder to put it in.
fn check_out(out: &Path) -> Outcome<Format> {
    let refuse = |reason: &str| Err(Failure::refused(format!("--out {}: {reason}", out.display())));
    let asks_for_folder = out.as_os_str().as_encoded_bytes().ends_with(b"/");
    // With the slash it does not exist where a file has the name.
    let is_file = out.components().as_path().is_file();
    if asks_for_folder && is_file {
        return refuse("this is a file; name a folder");
    }
    if asks_for_folder || out.is_dir() {
        let is_empty = std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none());
        return if out.exists() && !is_empty {
            refuse("this folder is not empty; name another")
        } else {
            Ok(Format::Folder)
        };
    }
    let extension = out.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    let format = match extension.as_str() {
        "npy" => Format::Npy,
        "csv" => Format::Csv,
        "png" => Format::Png,
        _ => return refuse("expected a name that ends in .npy, .csv or .png, or a folder with a / at its end"),
    };
    check_output("--out", out, &[])?;
    Ok(format)
}

/// Writes each sample as a PNG file, in a folder for each class where there are any.
fn write_folder(out: &Path, shape: Shape, drawn: &Generated) -> Outcome<()> {
    if shape.channels > 4 {
        let problem = format!("pictures of {shape} have too many channels for PNG; name a .npy");
        return Err(Failure::refused(format!("--out {}: {problem}", out.display())));
    }
    let create = |folder: &Path| {
        std::fs::create_dir_all(folder).map_err(|reason| Failure::failed(format!("{}: {reason}", folder.display())))
    };
    create(out)?;
    for (index, values) in drawn.samples.values.chunks_exact(shape.features()).enumerate() {
        let folder = match &drawn.labels {
            None => out.to_path_buf(),
            Some(labels) => out.join(labels[index].to_string()),
        };
        create(&folder)?;
        let pixels: Vec<u8> = values.iter().map(|value| byte(*value)).collect();
        let path = folder.join(format!("{index:06}.png"));
        std::fs::write(&path, encode_png(&pixels, shape).or_fail()?).map_err(|reason| unwritable(&path, &reason))?;
    }
    Ok(())
}

/// Refuses labels and generators that the run does not have.
fn check_request(arguments: &SampleArguments, step: &Step, classes: usize) -> Outcome<()> {
    let run = arguments.run.display();
    let generator = &step.plan.generator;
    if let Some(label) = arguments.label {
        if !step.plan.labelled {
            let remedy = "leave --label out, or train with a strategy that uses labels, such as \"conditional\"";
            return Err(Failure::refused(format!("--label {label}: {run} was trained without labels; {remedy}")));
        }
        if label >= classes {
            let last = classes.saturating_sub(1);
            return Err(Failure::refused(format!("--label {label}: {run} has the classes 0 to {last}")));
        }
    }
    if let Some(member) = arguments.generator {
        match generator.routing {
            Routing::Even if member < generator.members => {}
            Routing::Even => {
                let last = generator.members - 1;
                return Err(Failure::refused(format!("--generator {member}: {run} has the generators 0 to {last}")));
            }
            Routing::ByClass => {
                let remedy = format!("use --label {member}");
                return Err(Failure::refused(format!(
                    "--generator {member}: the generators of {run} are its classes; {remedy}"
                )));
            }
            Routing::Whole => {
                return Err(Failure::refused(format!("--generator {member}: {run} has one generator; leave it out")));
            }
        }
    }
    Ok(())
}

/// A picture of the samples: a grid where they are pictures, else points over real ones where the run's data can still be
/// had.
fn draw(loaded: &LoadedConfig, shape: Shape, drawn: &Generated) -> Outcome<Vec<u8>> {
    if !shape.is_point() {
        return Grid::of_samples(&drawn.samples, shape, drawn.labels.as_deref()).png();
    }
    let data = loaded.data().ok();
    let streams = Streams::new(loaded.experiment.seed).derive("evaluation");
    let real = data.as_ref().map(|data| data.oracle(streams, REAL_POINTS).samples);
    let modes = data.as_ref().map(known_modes).transpose().or_fail()?.flatten();
    Scatter { real: real.as_ref(), fake: &drawn.samples, modes: modes.as_ref(), histogram: &[], title: String::new() }
        .png()
}
