//! The samples that a diagnosis is of: from anybody's files, or from a run's folder.

use std::path::Path;

use ganymede_core::data::{Dataset, LabelledSamples, Labels, Matrix, Samples, Shape, Values};
use ganymede_core::random::Streams;
use ganymede_files::{
    Doubt, Numbers, Paired, PictureLayout, ReadOptions, SampleSet, describe_classes, pair, read_samples,
};
use ganymede_metrics::{Labelled, MatrixView, MetricError};

use super::advice::Training;
use crate::arguments::DiagnoseArguments;
use crate::failure::{Failure, OrFailure, Outcome};
use crate::run::folder::names;
use crate::run::prepare::LoadedConfig;
use crate::system::memory;

#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) samples: Matrix,
    pub(crate) shape: Shape,
    pub(crate) labels: Option<Vec<usize>>,
    /// The names of the classes, none without labels.
    pub(crate) classes: Vec<String>,
}

/// All that a diagnosis is of.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) fake: Set,
    pub(crate) real: Option<Set>,
    /// The training that the samples come from, where a run's folder was named.
    pub(crate) training: Option<Training>,
    /// What should be known of the two sets.
    pub(crate) notes: Vec<String>,
    /// What reading has changed in which set, a sentence each.
    pub(crate) reading: Vec<String>,
    /// Why the two may not be comparable: then nothing can be said of them.
    pub(crate) doubts: Vec<Doubt>,
    /// Whether the fake samples are a run's and the real ones its own data, so that both have one unit.
    pub(crate) share_a_unit: bool,
    /// The real samples as they are stored, of a run all of its data, where they are to be learnt from.
    pub(crate) originals: Option<LabelledSamples>,
}

/// The longest side of a picture that is compared value by value: pairs of samples cost as much as they have values.
const LONGEST_SIDE: usize = 64;

impl Set {
    fn new(name: String, set: SampleSet) -> Self {
        let LabelledSamples { samples, labels, .. } = set.contents;
        let shape = samples.shape;
        let (labels, classes) = labels.map(|labels| (labels.classes, labels.names)).unzip();
        Self { name, samples: samples.into_matrix(), shape, labels, classes: classes.unwrap_or_default() }
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
    /// Reads what the arguments name; pictures are reduced to the longest side, where one is named. With `learns` the real samples
    /// are kept as they are stored, too.
    pub(crate) fn read(arguments: &DiagnoseArguments, longest_side: Option<usize>, learns: bool) -> Outcome<Self> {
        let longest_side = Some(longest_side.unwrap_or(LONGEST_SIDE));
        let options = ReadOptions { longest_side, ..arguments.reading.options()? };
        let run = arguments.fake.join(names::CONFIG);
        let loaded = if run.is_file() { Some(LoadedConfig::read(&run, &[], None)?) } else { None };
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
        let mut originals = real.as_ref().filter(|_| learns).map(|real| real.contents.clone());
        let (fake, real, training) = match &loaded {
            None => (read(&arguments.fake, fake_labels, &beside)?, real, None),
            Some(loaded) => {
                let own = Some(arguments.fake.join(names::LABELS)).filter(|labels| labels.is_file());
                let mut fake = read(&samples_of_run(&arguments.fake)?, fake_labels.or(own.as_deref()), &beside)?;
                let training = Training::of(loaded, &arguments.fake);
                memory::check_data(&loaded.experiment, &run.display().to_string())?;
                let data = loaded.data();
                // Beside other real samples the run's own data only lend their names.
                let real = match (real, data) {
                    (Some(real), Ok(data)) => {
                        name_like_data(&data, &mut fake);
                        Some(real)
                    }
                    (Some(real), Err(_)) => Some(real),
                    (None, data) => {
                        let data = data?;
                        originals = data.originals().filter(|_| learns).cloned();
                        Some(real_of_run(&data, loaded.experiment.seed, &mut fake))
                    }
                };
                (fake, real, Some(training))
            }
        };
        let fake_name = arguments.fake.display().to_string();
        let real_name = match &arguments.real {
            Some(path) => path.display().to_string(),
            None => format!("the data of {}", run.display()),
        };
        let share_a_unit = loaded.is_some() && arguments.real.is_none();
        let real = real.map(|real| (real_name, real));
        let read = Self::of((fake_name, fake), real, training, options.layout, share_a_unit)?;
        Ok(Self { originals, ..read })
    }

    /// The samples that a run has written, beside equally many of its data: what [`Sources::read`] makes of the run's folder.
    pub(crate) fn of_run(run: &Path, data: &Dataset, seed: u64) -> Outcome<Self> {
        let options = ReadOptions { longest_side: Some(LONGEST_SIDE), ..ReadOptions::default() };
        let labels = Some(run.join(names::LABELS)).filter(|labels| labels.is_file());
        let mut fake = read(&samples_of_run(run)?, labels.as_deref(), &options)?;
        let real = real_of_run(data, seed, &mut fake);
        let real_name = format!("the data of {}", run.join(names::CONFIG).display());
        Self::of((run.display().to_string(), fake), Some((real_name, real)), None, None, true)
    }

    /// Brings two sets, each with its name, under one rule.
    fn of(
        (fake_name, mut fake): (String, SampleSet),
        real: Option<(String, SampleSet)>,
        training: Option<Training>,
        layout: Option<PictureLayout>,
        share_a_unit: bool,
    ) -> Outcome<Self> {
        let mut reading = described("fake", &fake.report);
        let mut paired = Paired::default();
        let real = match real {
            None => None,
            Some((real_name, mut real)) => {
                reading.extend(described("real", &real.report));
                paired = pair(&mut fake, &mut real, layout)
                    .map_err(|error| Failure::refused(format!("{fake_name} and {real_name}: {error}")))?;
                reading.extend(real.contents.labels.as_ref().and_then(describe_classes));
                Some(Set::new(real_name, real))
            }
        };
        let Paired { notes, mut doubts } = paired;
        if share_a_unit {
            doubts.retain(|doubt| !matches!(doubt, Doubt::Scale { .. }));
        }
        let fake = Set::new(fake_name, fake);
        Ok(Self { fake, real, training, notes, reading, doubts, share_a_unit, originals: None })
    }
}

/// Reads a set, with labels of their own if they are named.
fn read(path: &Path, labels: Option<&Path>, options: &ReadOptions) -> Outcome<SampleSet> {
    let labels = labels.map(|labels| std::path::absolute(labels).unwrap_or_else(|_| labels.to_owned()));
    read_samples(path, &ReadOptions { labels, ..options.clone() }).or_refuse()
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

/// As many real samples as there are fake ones, from a run's own data: those that its summary was measured against.
fn real_of_run(data: &Dataset, seed: u64, fake: &mut SampleSet) -> SampleSet {
    name_like_data(data, fake);
    let [class_names, columns] = data.names().map(|names| names.map(<[String]>::to_vec));
    let drawn = data.oracle(Streams::new(seed).derive("evaluation"), fake.rows());
    let labels = drawn.labels.map(|classes| {
        let count = classes.iter().max().map_or(0, |highest| highest + 1);
        let names = class_names.unwrap_or_else(|| (0..count).map(|class| class.to_string()).collect());
        Labels { classes, names }
    });
    let samples = Samples::new(Values::Floats(drawn.samples.values), data.shape());
    let contents = LabelledSamples { samples, labels, columns };
    SampleSet { contents, numbers: Numbers::Real, offsets: Vec::new(), report: data.report().to_vec() }
}

/// Gives a run's samples the shape of the data and the names of their classes and columns.
fn name_like_data(data: &Dataset, fake: &mut SampleSet) {
    let [class_names, columns] = data.names().map(|names| names.map(<[String]>::to_vec));
    let contents = &mut fake.contents;
    if contents.samples.shape.features() == data.shape().features() {
        contents.samples.shape = data.shape();
        contents.columns = columns;
    }
    if let (Some(labels), Some(names)) = (&mut contents.labels, class_names) {
        // A run's labels are the numbers of the data's classes; a class that was never drawn has none.
        let number = |name: &String| name.parse::<usize>().ok().filter(|class| *class < names.len());
        if let Some(numbers) = labels.names.iter().map(number).collect::<Option<Vec<usize>>>() {
            labels.classes.iter_mut().for_each(|class| *class = numbers[*class]);
            labels.names = names;
        }
    }
}
