//! A model with its input and outputs found and checked.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ganymede_samples::{Samples, Shape};
use rten::{DataType, Dimension, NodeId, RunOptions, ThreadPool, Value, ValueType};
use rten_tensor::{Layout as _, NdTensor, Tensor};

use super::settings::ModelSettings;
use crate::error::EvaluationError;
use crate::pixels::{Layout, Pixels};

/// How far a row of probabilities may sum from 1, for what single precision leaves.
const SUM_TOLERANCE: f64 = 1e-3;

/// How far the features of a picture may be apart beside other pictures, as a share of the largest.
const ALIKE: f32 = 1e-2;

#[derive(Debug)]
pub(super) struct Model {
    path: PathBuf,
    graph: rten::Model,
    pub(super) pixels: Pixels,
    input: NodeId,
    /// Features, then probabilities or logits where they are taken and are not the features themselves.
    outputs: Vec<NodeId>,
    /// The place among the outputs of probabilities or logits.
    of_classes: Option<usize>,
    /// Whether they are logits, of which probabilities must be made.
    is_logits: bool,
    /// Samples that the model wants at once, where it says so.
    pub(super) batch: Option<usize>,
    pub(super) width: usize,
    pub(super) classes: Option<usize>,
}

/// What a model gives for some samples.
#[derive(Debug)]
pub(super) struct Outputs {
    pub(super) features: Vec<f32>,
    pub(super) probabilities: Option<Vec<f32>>,
}

impl Model {
    /// Loads a model of these bytes.
    pub(super) fn of(path: &Path, bytes: Vec<u8>, settings: &ModelSettings) -> Result<Self, EvaluationError> {
        let refuse = |problem: String, remedy: &str| refuse(path, problem, remedy);
        let model = rten::Model::load(bytes).map_err(|error| {
            let remedy = match error.kind() {
                rten::LoadErrorKind::ExternalDataError => {
                    "export it with its weights inside: torch.onnx.export(..., external_data=False)"
                }
                rten::LoadErrorKind::OperatorInvalid | rten::LoadErrorKind::GraphError => {
                    "export it with other operators, such as those of opset 17"
                }
                _ => "expected an ONNX model, as torch.onnx.export writes it",
            };
            refuse(format!("cannot be loaded: {}", one_line(&error)), remedy)
        })?;
        let input = find_input(&model, settings).map_err(|(problem, remedy)| refuse(problem, &remedy))?;
        let name = name_of(&model, input);
        let dtype = model.node_info(input).and_then(|info| info.dtype());
        if dtype.is_some_and(|dtype| dtype != ValueType::Tensor(DataType::Float)) {
            let problem = format!("its input \"{name}\" does not take floats");
            return Err(refuse(problem, "export it with a float input"));
        }
        let shape = model.node_info(input).and_then(|info| info.shape());
        let (pixels, batch) = pixels(shape.as_deref(), settings)
            .map_err(|(problem, remedy)| refuse(format!("its input \"{name}\" {problem}"), remedy))?;
        let (features, classes) =
            find_outputs(&model, settings).map_err(|(problem, remedy)| refuse(problem, &remedy))?;
        let is_logits = classes.is_some_and(|(_, is_logits)| is_logits);
        let mut outputs = vec![features];
        let of_classes = classes.map(|(node, _)| {
            let place = outputs.iter().position(|output| *output == node);
            place.unwrap_or_else(|| {
                outputs.push(node);
                outputs.len() - 1
            })
        });
        let path = path.to_owned();
        let (width, classes) = (0, None);
        let mut model =
            Self { path, graph: model, pixels, input, outputs, of_classes, is_logits, batch, width, classes };
        model.try_it()?;
        model.try_beside()?;
        Ok(model)
    }

    /// Runs the model on black pictures, and learns what it gives.
    fn try_it(&mut self) -> Result<(), EvaluationError> {
        let rows = self.batch.unwrap_or(1);
        let shape = self.pixels.shape;
        let black = Samples::new(ganymede_samples::Values::Bytes(vec![0; shape.features()]), shape);
        let mut input = vec![0.0; rows * shape.features()];
        input.chunks_exact_mut(shape.features()).for_each(|row| self.pixels.write(&black, 0, row));
        let found = self.run(input, rows, RunOptions::default())?;
        let mut widths = Vec::new();
        for (node, tensor) in self.outputs.iter().zip(&found) {
            let sizes = tensor.shape();
            let is_a_row_each =
                sizes.len() >= 2 && sizes[0] == rows && sizes[1] > 0 && sizes[2..].iter().all(|size| *size == 1);
            if !is_a_row_each {
                let problem =
                    format!("its output \"{}\" has shape {sizes:?} for {rows} pictures", name_of(&self.graph, *node));
                let remedy = "expected (pictures, features): pool over what else there is, or name another output";
                return Err(refuse(&self.path, problem, remedy));
            }
            widths.push(sizes[1]);
        }
        self.width = widths[0];
        self.classes = self.of_classes.map(|place| widths[place]);
        Ok(())
    }

    /// Sees that the features of a picture do not depend on those that go through the model with it, as they do with the statistics of
    /// a batch or with dropout.
    fn try_beside(&self) -> Result<(), EvaluationError> {
        let rows = self.batch.unwrap_or(2);
        if rows < 2 {
            return Ok(());
        }
        let shape = self.pixels.shape;
        // A slope of grey, and others that are black.
        let slope = (0..shape.features()).map(|at| (at * 255 / shape.features()) as u8);
        let both: Vec<u8> = slope.chain(std::iter::repeat_n(0, shape.features())).collect();
        let pictures = Samples::new(ganymede_samples::Values::Bytes(both), shape);
        let of_first = |others: usize, rows: usize| -> Result<Vec<f32>, EvaluationError> {
            let mut input = vec![0.0; rows * shape.features()];
            for (place, row) in input.chunks_exact_mut(shape.features()).enumerate() {
                self.pixels.write(&pictures, if place == 0 { 0 } else { others }, row);
            }
            let features = self.run(input, rows, RunOptions::default())?.into_iter().next();
            Ok(features.map(Tensor::into_data).unwrap_or_default().into_iter().take(self.width).collect())
        };
        let beside_itself = if self.batch.is_some() { of_first(0, rows)? } else { of_first(0, 1)? };
        let beside_black = of_first(1, rows)?;
        let largest = beside_itself.iter().fold(0.0, |most: f32, value| most.max(value.abs()));
        let differs = beside_itself.iter().zip(&beside_black).any(|(one, other)| (one - other).abs() > ALIKE * largest);
        if differs {
            let problem = "its features of a picture depend on the pictures beside it".to_owned();
            let remedy = "export it as it is used, not as it is trained: model.eval() before torch.onnx.export";
            return Err(refuse(&self.path, problem, remedy));
        }
        Ok(())
    }

    /// A session that runs batches on one thread of its own.
    pub(super) fn session(&self) -> Session<'_> {
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        Session { model: self, options: RunOptions::default().with_thread_pool(Some(pool)) }
    }

    /// The outputs for an input of `rows` pictures.
    fn run(&self, input: Vec<f32>, rows: usize, options: RunOptions) -> Result<Vec<Tensor<f32>>, EvaluationError> {
        let Shape { channels, height, width } = self.pixels.shape;
        let sizes = match self.pixels.layout {
            Layout::Nchw => [rows, channels, height, width],
            Layout::Nhwc => [rows, height, width, channels],
        };
        let input = NdTensor::from_data(sizes, input);
        let failed = |error: String| refuse(&self.path, format!("cannot be run: {error}"), RUN_REMEDY);
        let found = self.graph.run(vec![(self.input, input.into())], &self.outputs, Some(options));
        let found = found.map_err(|error| failed(one_line(&error)))?;
        let float = |value: Value| Tensor::<f32>::try_from(value).map_err(|error| failed(one_line(&error)));
        found.into_iter().map(float).collect()
    }

    /// Probabilities of what the model's second output holds, checked.
    fn probabilities(&self, mut values: Vec<f32>, classes: usize) -> Result<Vec<f32>, EvaluationError> {
        if self.is_logits {
            values.chunks_exact_mut(classes).for_each(softmax);
        }
        for row in values.chunks_exact(classes) {
            let sum: f64 = row.iter().map(|value| f64::from(*value)).sum();
            // A sum that is no number is not within the tolerance either.
            let sums_to_one = (sum - 1.0).abs() <= SUM_TOLERANCE;
            if !sums_to_one || row.iter().any(|value| *value < 0.0) {
                let name = name_of(&self.graph, self.outputs[self.of_classes.unwrap_or_default()]);
                let problem = format!("its output \"{name}\" holds no probabilities, but values that sum to {sum}");
                return Err(refuse(
                    &self.path,
                    problem,
                    "say logits = \"...\" where they are logits, or name another output",
                ));
            }
        }
        Ok(values)
    }
}

pub(super) struct Session<'a> {
    model: &'a Model,
    options: RunOptions,
}

impl Session<'_> {
    /// What the model gives for the samples at `range`; a batch that should be larger is filled up with the first of them.
    pub(super) fn run(&mut self, samples: &Samples, range: Range<usize>) -> Result<Outputs, EvaluationError> {
        let (model, wanted) = (self.model, range.len());
        let rows = model.batch.unwrap_or(wanted);
        let size = model.pixels.shape.features();
        let mut input = vec![0.0; rows * size];
        for (place, values) in input.chunks_exact_mut(size).enumerate() {
            let row = if place < wanted { range.start + place } else { range.start };
            model.pixels.write(samples, row, values);
        }
        let found: Vec<Vec<f32>> =
            model.run(input, rows, self.options.clone())?.into_iter().map(Tensor::into_data).collect();
        let take = |place: usize, columns: usize| found[place][..wanted * columns].to_vec();
        let classes = model.of_classes.zip(model.classes);
        let classes = classes.map(|(place, classes)| model.probabilities(take(place, classes), classes));
        Ok(Outputs { features: take(0, model.width), probabilities: classes.transpose()? })
    }
}

const RUN_REMEDY: &str = "check the input's size, layout and name in the settings beside the model";

/// An error with its problem and its remedy.
type Refusal = (String, String);

/// The node that takes the pictures.
fn find_input(model: &rten::Model, settings: &ModelSettings) -> Result<NodeId, Refusal> {
    let inputs = model.input_ids();
    let names = || inputs.iter().map(|node| format!("\"{}\"", name_of(model, *node))).collect::<Vec<_>>().join(", ");
    match (&settings.input, inputs) {
        (Some(name), _) => inputs
            .iter()
            .copied()
            .find(|node| name_of(model, *node) == *name)
            .ok_or_else(|| (format!("it has no input \"{name}\""), format!("say input = one of {}", names()))),
        (None, [input]) => Ok(*input),
        (None, _) => {
            Err((format!("it has {} inputs", inputs.len()), format!("expected one, or input = one of {}", names())))
        }
    }
}

/// The node of the features, and that of the classes with whether it holds logits.
fn find_outputs(model: &rten::Model, settings: &ModelSettings) -> Result<(NodeId, Option<(NodeId, bool)>), Refusal> {
    let outputs = model.output_ids();
    let names = || outputs.iter().map(|node| format!("\"{}\"", name_of(model, *node))).collect::<Vec<_>>().join(", ");
    let called = |name: &str| outputs.iter().copied().find(|node| name_of(model, *node) == name);
    let named = |key: &str, name: &String| {
        called(name).ok_or_else(|| (format!("it has no output \"{name}\""), format!("say {key} = one of {}", names())))
    };
    let classes = match (&settings.probabilities, &settings.logits) {
        (Some(name), _) => Some((named("probabilities", name)?, false)),
        (None, Some(name)) => Some((named("logits", name)?, true)),
        (None, None) => {
            called("probabilities").map(|node| (node, false)).or_else(|| called("logits").map(|node| (node, true)))
        }
    };
    let others: Vec<NodeId> =
        outputs.iter().copied().filter(|node| classes.is_none_or(|(taken, _)| taken != *node)).collect();
    let features = match (&settings.features, &others[..]) {
        (Some(name), _) => named("features", name)?,
        (None, others) => match (called("features"), others) {
            (Some(node), _) => node,
            (None, [node]) => *node,
            // Probabilities alone are features too, if nothing better is there.
            (None, []) => {
                outputs.first().copied().ok_or_else(|| ("it has no output".to_owned(), "export one".to_owned()))?
            }
            (None, _) => {
                let problem = format!("it has {} outputs, and none is called \"features\"", outputs.len());
                return Err((problem, format!("say features = one of {}", names())));
            }
        },
    };
    Ok((features, classes))
}

/// How pictures are given to an input of these dimensions, and the number in a batch.
fn pixels(
    shape: Option<&[Dimension]>,
    settings: &ModelSettings,
) -> Result<(Pixels, Option<usize>), (String, &'static str)> {
    let sizes: Vec<Option<usize>> = match shape {
        Some(shape) => {
            shape.iter().map(|size| if let Dimension::Fixed(size) = size { Some(*size) } else { None }).collect()
        }
        None => vec![None; 4],
    };
    let &[batch, first, middle, last] = &sizes[..] else {
        return Err((format!("has {} dimensions", sizes.len()), "expected 4: pictures, channels, height, width"));
    };
    let is_channels = |size: Option<usize>| matches!(size, Some(1 | 3));
    let layout = match (settings.layout, is_channels(first), is_channels(last)) {
        (Some(layout), _, _) => layout,
        (None, true, _) => Layout::Nchw,
        (None, false, true) => Layout::Nhwc,
        (None, false, false) => {
            let problem = "does not say which dimension is that of the channels".to_owned();
            return Err((problem, "say layout = \"nchw\" or \"nhwc\""));
        }
    };
    let (taken, other) = if layout == Layout::Nchw { (first, last) } else { (last, first) };
    if taken.is_some() && !is_channels(taken) && is_channels(other) {
        let problem = format!("has {} channels by the layout of the settings", taken.unwrap_or_default());
        return Err((problem, "leave layout out, or say the other one"));
    }
    let (channels, height, width) = match layout {
        Layout::Nchw => (first, middle, last),
        Layout::Nhwc => (last, first, middle),
    };
    let wanted = settings.size.map(super::settings::Size::sides);
    let side = |declared: Option<usize>, wanted: Option<usize>| match (declared, wanted) {
        (Some(declared), Some(wanted)) if declared != wanted => {
            Err((format!("takes {declared} pixels where the settings say {wanted}"), "leave size out"))
        }
        (declared, wanted) => declared.or(wanted).filter(|side| *side > 0).ok_or_else(|| {
            ("does not say its height and width".to_owned(), "say size = [height, width], the size it was trained with")
        }),
    };
    let [height, width] = [side(height, wanted.map(|size| size[0]))?, side(width, wanted.map(|size| size[1]))?];
    let channels = channels.unwrap_or(3);
    let each = |values: &Option<super::settings::OneOrMore>, default: f32, remedy: &'static str| {
        let values = values.as_ref().map_or_else(|| Some(vec![default; channels]), |values| values.of(channels));
        values.ok_or_else(|| (format!("takes {channels} channels"), remedy))
    };
    let mean = each(&settings.mean, 0.0, "mean must be one number, or one for each of them")?;
    let std = each(&settings.std, 1.0, "std must be one number, or one for each of them")?;
    let [low, high] = settings.range.unwrap_or([0.0, 1.0]);
    let pixels = Pixels {
        shape: Shape { channels, height, width },
        layout,
        resize: settings.resize.unwrap_or_default(),
        scale: std.iter().map(|std| (high - low) / std).collect(),
        shift: mean.iter().zip(&std).map(|(mean, std)| (low - mean) / std).collect(),
    };
    Ok((pixels, batch.filter(|batch| *batch > 0)))
}

fn name_of(model: &rten::Model, node: NodeId) -> String {
    model.node_info(node).and_then(|info| info.name().map(str::to_owned)).unwrap_or_default()
}

fn softmax(row: &mut [f32]) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = row.iter().map(|logit| f64::from(logit - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    row.iter_mut().zip(powers).for_each(|(value, power)| *value = (power / sum) as f32);
}

fn refuse(path: &Path, problem: String, remedy: &str) -> EvaluationError {
    EvaluationError::Model { path: path.to_owned(), problem, remedy: remedy.to_owned() }
}

/// An error of the engine, in one line.
fn one_line(error: &dyn std::error::Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
