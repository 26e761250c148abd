//! The samples that a diagnosis is of: from anybody's files, or from a run's folder.

use std::path::Path;

use ganymede_core::random::Streams;
use ganymede_files::{Picture, SampleSet, Samples, read_labels, read_samples};
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
    pub(crate) samples: Samples,
    /// The class of each.
    pub(crate) labels: Option<Vec<usize>>,
    /// How a sample makes a picture.
    pub(crate) picture: Option<Picture>,
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
}

impl Set {
    fn read(path: &Path, labels: Option<&Path>) -> Outcome<Self> {
        let SampleSet { samples, labels: own, picture, .. } = read_samples(path).or_refuse()?;
        let labels = labels.map(|labels| read_labels(labels, samples.rows())).transpose().or_refuse()?;
        Ok(Self { name: path.display().to_string(), samples, labels: labels.or(own), picture })
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
        let fake_labels = arguments.fake_labels.as_deref();
        let run = arguments.fake.join(names::CONFIG);
        let (mut fake, mut real, training) = if run.is_file() {
            let own = Some(arguments.fake.join(names::LABELS)).filter(|labels| labels.is_file());
            let fake = Set::read(&samples_of_run(&arguments.fake)?, fake_labels.or(own.as_deref()))?;
            let planned = Planned::read(&run, &[], None)?;
            let training = Training::of(&planned, &arguments.fake);
            let real =
                if arguments.real.is_none() { Some(real_of_run(&planned, &run, fake.samples.rows())?) } else { None };
            (fake, real, Some(training))
        } else {
            (Set::read(&arguments.fake, fake_labels)?, None, None)
        };
        if let Some(path) = &arguments.real {
            real = Some(Set::read(path, arguments.real_labels.as_deref())?);
        }
        let mut notes = Vec::new();
        check_rows(&fake)?;
        if let Some(real) = &mut real {
            check_rows(real)?;
            match_shapes(&mut fake, real, &mut notes)?;
            compare_ranges(&fake, real, &mut notes);
        }
        Ok(Self { fake, real, training, notes })
    }
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
fn real_of_run(planned: &Planned, config: &Path, count: usize) -> Outcome<Set> {
    memory::check_data(&planned.experiment, &config.display().to_string())?;
    let streams = Streams::new(planned.experiment.seed).derive("evaluation");
    let drawn = planned.data()?.oracle(streams, count);
    let name = format!("the data of {}", config.display());
    Ok(Set { name, samples: drawn.samples, labels: drawn.labels, picture: None })
}

/// One sample says nothing about diversity.
fn check_rows(set: &Set) -> Outcome<()> {
    if set.samples.rows() >= 2 {
        return Ok(());
    }
    Err(Failure::refused(format!("{}: holds 1 sample; a diagnosis needs at least 2, better a few hundred", set.name)))
}

/// Refuses sets whose samples cannot be compared, and brings pictures that are stored in another order into one.
fn match_shapes(fake: &mut Set, real: &mut Set, notes: &mut Vec<String>) -> Outcome<()> {
    let (fake_values, real_values) = (fake.samples.features, real.samples.features);
    if fake_values != real_values {
        return Err(Failure::refused(format!(
            "{}: {fake_values} values a sample, and {} has {real_values}; the two sets must have the same width",
            fake.name, real.name
        )));
    }
    let (Some(from), Some(to)) = (fake.picture, real.picture) else {
        fake.picture = fake.picture.or(real.picture);
        real.picture = fake.picture;
        return Ok(());
    };
    if (from.channels, from.height, from.width) != (to.channels, to.height, to.width) {
        return Err(Failure::refused(format!(
            "{}: pictures of {} x {} with {} channels, and {} has {} x {} with {}; the two sets must have one shape",
            fake.name, from.height, from.width, from.channels, real.name, to.height, to.width, to.channels
        )));
    }
    if from.layout != to.layout && from.channels > 1 {
        notes.push(
            "the fake pictures store their channels in another order; they were brought into the real ones'".to_owned(),
        );
        reorder(&mut fake.samples, from, to);
    }
    fake.picture = Some(to);
    Ok(())
}

/// Moves the values of pictures from one order into another.
fn reorder(samples: &mut Samples, from: Picture, to: Picture) {
    let mut places = vec![0; samples.features];
    for channel in 0..to.channels {
        for row in 0..to.height {
            for column in 0..to.width {
                places[to.index(channel, row, column)] = from.index(channel, row, column);
            }
        }
    }
    for sample in samples.values.chunks_exact_mut(samples.features) {
        let old = sample.to_vec();
        for (value, place) in sample.iter_mut().zip(&places) {
            *value = old[*place];
        }
    }
}

/// How many times wider one set's range of values may be before that is told.
const SUSPICIOUS_SCALE: f32 = 1.8;

/// Values of a sample from which on a range is that of a scale, as of a picture, rather than of where the samples are.
const SCALED_VALUES: usize = 16;

/// Notes two sets that seem to be scaled differently, such as pictures in [0, 1] and in [-1, 1].
fn compare_ranges(fake: &Set, real: &Set, notes: &mut Vec<String>) {
    let ([fake_low, fake_high], [real_low, real_high]) = (fake.range(), real.range());
    let (fake_width, real_width) = (fake_high - fake_low, real_high - real_low);
    let scaled = fake.samples.features >= SCALED_VALUES;
    let scaled = scaled && (real_width > SUSPICIOUS_SCALE * fake_width || fake_width > SUSPICIOUS_SCALE * real_width);
    if scaled && fake_width > 0.0 && real_width > 0.0 {
        notes.push(format!(
            "the fake values lie in [{fake_low:.4}, {fake_high:.4}] and the real ones in [{real_low:.4}, {real_high:.4}]; \
             are both scaled alike?"
        ));
    }
}
