//! `ganymede export`: a run's generator for use elsewhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};
use ganymede_core::network::{Layer, Network, Pass};
use ganymede_core::random::Streams;
use ganymede_core::step::Step;
use ganymede_core::store::TensorFile;
use ganymede_files::{NpzArray, write_npz};
use serde_json::{Map, Value, json};

use crate::arguments::{ExportArguments, ExportFormat};
use crate::failure::{Failure, OrFailure, Outcome, print};
use crate::report::card::{Card, card};
use crate::report::pytorch;
use crate::run::generator::generator_of_run;
use crate::system::atomic::store;
use crate::system::device::DeviceKind;

/// Latents with their samples in an exported file.
const EXAMPLES: usize = 8;

const CARD: &str = "card.md";

/// A few latents and what the generator makes of them.
struct Examples {
    latents: Tensor<2>,
    samples: Tensor<2>,
    labels: Option<Vec<usize>>,
    groups: Vec<usize>,
}

/// Writes a run's generator and its card into a folder.
pub(crate) fn export(arguments: &ExportArguments) -> Outcome<()> {
    let run = &arguments.run;
    let (file, loaded) = generator_of_run(run, arguments.best)?;
    if arguments.ema && !file.has_average() {
        return Err(Failure::refused(format!(
            "--ema: {} kept no average of the generator; leave --ema out, or train with [averaging]",
            run.display()
        )));
    }
    let kind = DeviceKind::choose(None)?;
    let device = kind.require()?;
    let step = loaded.step(&file.facts, device)?;
    let generator = file.load(&step, arguments.ema)?;
    let examples = examples(&step, &generator, file.facts.class_weights.len());
    let layers = layers(&generator);
    let out = arguments.out.clone().unwrap_or_else(|| run.join("export"));
    std::fs::create_dir_all(&out)
        .map_err(|error| Failure::refused(format!("--out {}: cannot be created: {error}", out.display())))?;
    let path = write(arguments.format, &out, &generator, &examples, &layers)?;
    let description = Card {
        run,
        loaded: &loaded,
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        averaged: arguments.ema,
        best: arguments.best,
        weights: generator.parameters().iter().map(|tensor| tensor.dims().iter().product::<usize>()).sum(),
        has_pytorch_program: arguments.format == ExportFormat::Safetensors && pytorch::knows(&generator),
    };
    store(&out.join(CARD), card(&description).as_bytes())?;
    print(&format!("{} and {}\n", path.display(), out.join(CARD).display()))
}

/// What each layer is, in order: its kind, the height, width and channels of an output row, and its settings.
fn layers(generator: &Network) -> Value {
    generator.layers().iter().map(describe).collect()
}

/// One layer, with those that it is composed of.
fn describe(layer: &Arc<dyn Layer>) -> Value {
    let facts = layer.facts();
    let output = [facts.output.height, facts.output.width, facts.output.channels];
    let mut entry = Map::from_iter([("kind".to_owned(), json!(facts.name)), ("output".to_owned(), json!(output))]);
    entry.extend(facts.settings.into_iter().map(|(name, value)| (name.to_owned(), json!(value))));
    entry.extend(layer.children().iter().map(|(name, child)| (name.clone(), describe(child))));
    Value::Object(entry)
}

/// Draws a few latents, equally many of each class, and generates samples from them.
fn examples(step: &Step, generator: &Network, classes: usize) -> Examples {
    let streams = Streams::new(0).derive("export");
    // Rows of one class lie together, as generators of one class each need them.
    let labels = step.plan.labelled.then(|| (0..EXAMPLES).map(|row| row * classes / EXAMPLES).collect::<Vec<_>>());
    let noise = step.latent.draw(&mut streams.at("latents", 0), EXAMPLES, &step.place);
    let groups = step.plan.generator.groups(EXAMPLES, labels.as_deref());
    let pass = Pass::evaluate().with_labels(labels.clone()).with_groups(groups.clone());
    let samples = generator.forward(noise.clone(), &pass);
    Examples { latents: noise, samples, labels, groups }
}

/// Writes the generator's file.
fn write(
    format: ExportFormat,
    out: &Path,
    generator: &Network,
    examples: &Examples,
    layers: &Value,
) -> Outcome<PathBuf> {
    let mut file = TensorFile::default();
    file.push_network("", generator);
    file.push("example.latents".to_owned(), &examples.latents);
    file.push("example.samples".to_owned(), &examples.samples);
    // Of each row, for who wants to know which of several generators made it.
    let members = examples.groups.iter().enumerate().flat_map(|(member, rows)| std::iter::repeat_n(member, *rows));
    let members: Vec<usize> = members.collect();
    match format {
        ExportFormat::Safetensors => {
            let path = out.join("generator.safetensors");
            file.metadata.insert("layers".to_owned(), layers.to_string());
            for (name, values) in [("example.labels", examples.labels.as_ref()), ("example.members", Some(&members))] {
                if let Some(values) = values.filter(|values| !values.is_empty()) {
                    file.metadata.insert(name.to_owned(), json!(values).to_string());
                }
            }
            store(&path, &file.to_bytes().or_fail()?)?;
            Ok(path)
        }
        ExportFormat::Npz => {
            let path = out.join("generator.npz");
            let host = |(name, data): &(String, TensorData)| {
                (name.clone(), data.shape().as_slice().to_vec(), data.iter::<f32>().collect::<Vec<_>>())
            };
            let tensors: Vec<_> = file.tensors.iter().map(host).collect();
            let text = layers.to_string();
            let mut arrays: Vec<(&str, NpzArray<'_>)> = tensors
                .iter()
                .map(|(name, shape, values)| (name.as_str(), NpzArray::Floats { values, shape }))
                .collect();
            arrays.push(("layers", NpzArray::Text(&text)));
            arrays.extend(examples.labels.as_ref().map(|labels| ("example.labels", NpzArray::Labels(labels))));
            if !members.is_empty() {
                arrays.push(("example.members", NpzArray::Labels(&members)));
            }
            write_npz(&path, &arrays).or_fail()?;
            Ok(path)
        }
    }
}
