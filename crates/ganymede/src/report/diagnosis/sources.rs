//! The samples that a diagnosis is of: from anybody's files, or from a run's folder.

use std::path::Path;

use ganymede_core::data::{LabelledSamples, Labels, Matrix, Samples, Shape, Values};
use ganymede_core::random::Streams;
use ganymede_files::{
    Doubt, Numbers, Paired, ReadOptions, SampleSet, describe_classes, pair, read_labels, read_samples,
};
use ganymede_metrics::{Labelled, MatrixView, MetricError};

use super::advice::Training;
use crate::arguments::DiagnoseArguments;
use crate::failure::{Failure, OrFailure, Outcome};
use crate::run::folder::names;
use crate::run::prepare::Planned;
use crate::system::memory;

/// One set of samples.
#[derive(Debug)]
pub(crate) struct Set {
    /// Where it comes from.
    pub(crate) name: String,
    /// The samples.
    pub(crate) samples: Matrix,
    /// The shape of one.
    pub(crate) shape: Shape,
    /// The class of each.
    pub(crate) labels: Option<Vec<usize>>,
}

/// All that a diagnosis is of.
#[derive(Debug)]
pub(crate) struct Sources {
    /// The generated samples.
    pub(crate) fake: Set,
    /// The real ones.
    pub(crate) real: Option<Set>,
    /// The training that the samples come from, where a run's folder was named.
    pub(crate) training: Option<Training>,
    /// What should be known of the two sets.
    pub(crate) notes: Vec<String>,
    /// What reading has changed in which set, a sentence each.
    pub(crate) reading: Vec<String>,
    /// Why the two may not be comparable: then nothing can be said of them.
    pub(crate) doubts: Vec<Doubt>,
}

/// The longest side of a picture that is compared value by value: pairs of samples cost as much as they have values.
const LONGEST_SIDE: usize = 64;

impl Set {
    fn new(name: String, set: SampleSet) -> Self {
        let LabelledSamples { samples, labels, .. } = set.contents;
        let shape = samples.shape;
        Self { name, samples: samples.into_matrix(), shape, labels: labels.map(|labels| labels.classes) }
    }

    /// The set as the metrics take it.
    pub(crate) fn labelled(&self) -> Result<Labelled<'_>, MetricError> {
        let samples = MatrixView::new(&self.samples.values, self.samples.rows(), self.samples.features)?;
        Ok(Labelled { samples, labels: self.labels.as_deref() })
    }

    /// The lowest and the highest value.
    pub(crate) fn range(&self) -> [f32; 2] {
        let values = self.samples.values.iter();
        values.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| [low.min(*value), high.max(*value)])
    }
}

impl Sources {
    /// Reads what the arguments name.
    pub(crate) fn read(arguments: &DiagnoseArguments) -> Outcome<Self> {
        let options = ReadOptions { longest_side: Some(LONGEST_SIDE), ..arguments.reading.options()? };
        let run = arguments.fake.join(names::CONFIG);
        let planned = if run.is_file() { Some(Planned::read(&run, &[], None)?) } else { None };
        // The real set comes first: its offsets are taken from both.
        let real = match &arguments.real {
            Some(path) => Some(read(path, arguments.real_labels.as_deref(), &options)?),
            None => None,
        };
        let beside = ReadOptions {
            offsets: real.as_ref().map(|real| real.offsets.clone()),
            offset_columns: real.as_ref().and_then(|real| real.contents.columns.clone()),
            ..options.clone()
        };
        let fake_labels = arguments.fake_labels.as_deref();
        let (mut fake, real, training) = match &planned {
            None => (read(&arguments.fake, fake_labels, &beside)?, real, None),
            Some(planned) => {
                let own = Some(arguments.fake.join(names::LABELS)).filter(|labels| labels.is_file());
                let mut fake = read(&samples_of_run(&arguments.fake)?, fake_labels.or(own.as_deref()), &beside)?;
                let training = Training::of(planned, &arguments.fake);
                let own = real_of_run(planned, &run, &mut fake, real.is_none());
                // Beside other real samples the run's own data only lend their names.
                let real = match real {
                    Some(real) => Some(real),
                    None => own?,
                };
                (fake, real, Some(training))
            }
        };
        let fake_name = arguments.fake.display().to_string();
        let real_name = match &arguments.real {
            Some(path) => path.display().to_string(),
            None => format!("the data of {}", run.display()),
        };
        let mut reading = described("fake", &fake.report);
        let mut paired = Paired::default();
        check_rows(&fake, &fake_name)?;
        let real = match real {
            None => None,
            Some(mut real) => {
                check_rows(&real, &real_name)?;
                reading.extend(described("real", &real.report));
                paired = pair(&mut fake, &mut real, options.layout)
                    .map_err(|error| Failure::refused(format!("{fake_name} and {real_name}: {error}")))?;
                reading.extend(real.contents.labels.as_ref().and_then(describe_classes));
                Some(Set::new(real_name, real))
            }
        };
        let notes = paired.doubts.iter().map(|doubt| format!("doubt: {doubt}")).chain(paired.notes).collect();
        Ok(Self { fake: Set::new(fake_name, fake), real, training, notes, reading, doubts: paired.doubts })
    }
}

/// Reads a set, with labels of their own if they are named.
fn read(path: &Path, labels: Option<&Path>, options: &ReadOptions) -> Outcome<SampleSet> {
    let mut set = read_samples(path, options).or_refuse()?;
    if let Some(labels) = labels {
        set.contents.labels = Some(read_labels(labels, set.rows()).or_refuse()?);
    }
    Ok(set)
}

/// A set's report, with the name of the set.
fn described(which: &str, report: &[String]) -> Vec<String> {
    report.iter().map(|line| format!("{which}: {line}")).collect()
}

/// The file of a run's samples, if the run has ended.
fn samples_of_run(run: &Path) -> Outcome<std::path::PathBuf> {
    let samples = run.join(names::SAMPLES);
    if samples.is_file() {
        return Ok(samples);
    }
    Err(Failure::refused(format!(
        "{}: holds no {}, so the run has not ended; draw some with `ganymede sample {} --count 10000 --out samples.npy`",
        run.display(),
        names::SAMPLES,
        run.display()
    )))
}

/// As many real samples as there are fake ones, from a run's own data: those that its summary was measured against. The fake
/// samples are given the shape of the data and the names of their classes and columns.
fn real_of_run(planned: &Planned, config: &Path, fake: &mut SampleSet, wanted: bool) -> Outcome<Option<SampleSet>> {
    memory::check_data(&planned.experiment, &config.display().to_string())?;
    let streams = Streams::new(planned.experiment.seed).derive("evaluation");
    let data = planned.data()?;
    let [class_names, columns] = data.names().map(|names| names.map(<[String]>::to_vec));
    let contents = &mut fake.contents;
    if contents.samples.shape.features() == data.shape().features() {
        contents.samples.shape = data.shape();
        contents.columns.clone_from(&columns);
    }
    if let (Some(labels), Some(names)) = (&mut contents.labels, &class_names) {
        // A run's labels are the numbers of the data's classes; a class that was never drawn has none.
        let number = |name: &String| name.parse::<usize>().ok().filter(|class| *class < names.len());
        if let Some(numbers) = labels.names.iter().map(number).collect::<Option<Vec<usize>>>() {
            labels.classes.iter_mut().for_each(|class| *class = numbers[*class]);
            labels.names.clone_from(names);
        }
    }
    if !wanted {
        return Ok(None);
    }
    let drawn = data.oracle(streams, fake.rows());
    let labels = drawn.labels.map(|classes| {
        let count = classes.iter().max().map_or(0, |highest| highest + 1);
        let names = class_names.unwrap_or_else(|| (0..count).map(|class| class.to_string()).collect());
        Labels { classes, names }
    });
    let samples = Samples::new(Values::Floats(drawn.samples.values), data.shape());
    let contents = LabelledSamples { samples, labels, columns };
    let report = data.report().to_vec();
    Ok(Some(SampleSet { contents, numbers: Numbers::Real, offsets: Vec::new(), report }))
}

/// One sample says nothing about diversity.
fn check_rows(set: &SampleSet, name: &str) -> Outcome<()> {
    if set.rows() >= 2 {
        return Ok(());
    }
    Err(Failure::refused(format!("{name}: holds 1 sample; a diagnosis needs at least 2, better a few hundred")))
}
