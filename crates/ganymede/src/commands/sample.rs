//! `ganymede sample`.

use std::path::Path;

use ganymede_core::data::{Dataset, write_csv, write_npy};
use ganymede_core::network::plan::Routing;
use ganymede_core::random::Streams;
use ganymede_core::sampling::{Generated, SampleRequest};
use ganymede_core::step::Step;

use crate::arguments::SampleArguments;
use crate::failure::{Failure, OrFailure, Outcome};
use crate::report::evaluation::known_modes;
use crate::report::picture::grid::Grid;
use crate::report::picture::scatter::Scatter;
use crate::run::generator::generator_of_run;
use crate::run::prepare::Planned;
use crate::system::atomic::store;
use crate::system::device::DeviceKind;
use crate::system::memory;
use crate::system::threads::choose_threads;

/// In what form samples are written.
#[derive(Clone, Copy, Debug)]
enum Format {
    Npy,
    Csv,
    Png,
}

/// Points in a picture of real samples.
const REAL_POINTS: usize = 2_500;

/// Draws samples from a run's generator into a file.
pub(crate) fn sample(arguments: &SampleArguments) -> Outcome<()> {
    let format = check_out(&arguments.out)?;
    if arguments.count == 0 {
        return Err(Failure::refused("--count 0: expected a whole number of at least 1"));
    }
    let kind = DeviceKind::choose(arguments.device.device.as_deref())?;
    let (file, planned) = generator_of_run(&arguments.run, arguments.best)?;
    let device = kind.require()?;
    let step = planned.step(&file.facts, device)?;
    check_request(arguments, &step, file.facts.class_weights.len())?;
    memory::check_draw(&step.plan, arguments.count)?;
    choose_threads(kind, &step.plan);
    kind.open()?;
    let generator = file.network(&step)?;
    let request = SampleRequest {
        count: arguments.count,
        label: arguments.label,
        generator: arguments.generator,
        streams: Streams::new(arguments.seed).derive("sample"),
    };
    let drawn = step.sample(&generator, &file.facts.class_weights, &request);
    match format {
        Format::Npy => write_npy(&arguments.out, &drawn.samples).or_fail(),
        Format::Csv => write_csv(&arguments.out, &drawn.samples, drawn.labels.as_deref()).or_fail(),
        Format::Png => store(&arguments.out, &draw(&planned, &drawn)?),
    }
}

/// The form that a file's name asks for, if there is a folder to put it in.
fn check_out(out: &Path) -> Outcome<Format> {
    let refuse = |reason: &str| Err(Failure::refused(format!("--out {}: {reason}", out.display())));
    let extension = out.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    let format = match extension.as_str() {
        "npy" => Format::Npy,
        "csv" => Format::Csv,
        "png" => Format::Png,
        _ => return refuse("expected a name that ends in .npy, .csv or .png"),
    };
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return refuse("its folder does not exist; create it first");
    }
    if out.is_dir() {
        return refuse("this is a folder; name a file");
    }
    Ok(format)
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
fn draw(planned: &Planned, drawn: &Generated) -> Outcome<Vec<u8>> {
    let data = planned.data().ok();
    if let Some(shape) = data.as_ref().map(Dataset::shape).filter(|shape| !shape.is_point()) {
        return Grid::of_samples(&drawn.samples, shape, drawn.labels.as_deref()).png();
    }
    let streams = Streams::new(planned.experiment.seed).derive("evaluation");
    let real = data.as_ref().map(|data| data.oracle(streams, REAL_POINTS).samples);
    let modes = data.as_ref().map(known_modes).transpose().or_fail()?.flatten();
    Scatter { real: real.as_ref(), fake: &drawn.samples, modes: modes.as_ref(), histogram: &[], title: String::new() }
        .png()
}
