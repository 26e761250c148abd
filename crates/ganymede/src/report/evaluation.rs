//! The figures of generated samples, beside the same figures of equally many real ones.

use ganymede_core::data::{Dataset, LabelledMatrix, Matrix, Shape};
use ganymede_core::random::Streams;
use ganymede_core::run::Run;
use ganymede_core::sampling::{Generated, SampleRequest};
use ganymede_evaluation::classifier::{ClassifiedModes, Classifier, classified_modes};
use ganymede_metrics::{
    DiversityOptions, DiversityReport, MatrixView, MetricError, ModeReport, Modes, SlicedReference,
    SlicedWassersteinOptions, WELL_COVERED, diversity_ratios, diversity_report, mode_report,
};
use serde::Serialize;

use super::diagnosis::classified::LEAST_OF_ACCURACY;
use super::features::{FeatureFigures, FeatureJudge};
use crate::failure::{Failure, OrFailure, Outcome};
use crate::run::judges::Judges;

/// The figures of one set of samples. Those about modes are absent where the data's modes are unknown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Metrics {
    pub(crate) modes_total: Option<usize>,
    /// Modes with at least one sample of high quality.
    pub(crate) modes_covered: Option<usize>,
    /// Modes with at least 20.
    pub(crate) modes_covered_20: Option<usize>,
    /// Share of samples of high quality, 0 to 1.
    pub(crate) high_quality: Option<f64>,
    /// The least own spread of a mode: the deviation of its samples of high quality about their own mean, along one
    /// coordinate, in the standard deviations of the data's mode. Absent, like the next three, without a mode of 20.
    pub(crate) mode_spread_least: Option<f64>,
    /// The median of the own spreads.
    pub(crate) mode_spread_median: Option<f64>,
    /// The median distance of a mode's mean from its true centre, along one coordinate, in the same unit.
    pub(crate) mode_offset_median: Option<f64>,
    /// The largest of these.
    pub(crate) mode_offset_largest: Option<f64>,
    /// From the samples' modes to the data's, in nats.
    pub(crate) reverse_kl: Option<f64>,
    /// Between the two, in nats.
    pub(crate) jensen_shannon: Option<f64>,
    /// The weight of the modes that are nearest to fewer than a fifth of the samples due to them, 0 to 1.
    pub(crate) lost_share: Option<f64>,
    pub(crate) mean: f64,
    pub(crate) std: f64,
    /// Mean Euclidean distance between two samples.
    pub(crate) mean_pairwise_distance: f64,
    /// `std` over that of the real samples; absent where those do not vary.
    pub(crate) std_ratio: Option<f64>,
    /// `mean_pairwise_distance` over that of the real samples; absent where those do not vary.
    pub(crate) distance_ratio: Option<f64>,
    /// To the real samples, in the data's units; absent for real samples of which there is no second set.
    pub(crate) sliced_wasserstein: Option<f64>,
    /// Samples that the figures come from.
    pub(crate) samples: usize,
    /// What a classifier says of them; absent where none names the modes.
    #[serde(flatten)]
    pub(crate) classified: Option<ClassifierFigures>,
    /// The figures on the features of a network; absent where none is named, and for real samples of which there is no second
    /// set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) features: Option<FeatureFigures>,
}

/// The figures that a classifier adds. They separate recognisable samples from smudges, which it must also give a class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct ClassifierFigures {
    /// The fewest samples of a mode that is kept.
    pub(crate) mode_floor: usize,
    /// Modes with at least `mode_floor` samples.
    pub(crate) modes_kept: usize,
    /// Share of recognisable samples, 0 to 1: of which the classifier is as sure as of 95 % of held-out real ones.
    pub(crate) recognisable: f64,
    /// Modes with a recognisable sample.
    pub(crate) modes_recognised: usize,
    /// Modes with at least `mode_floor` recognisable samples.
    pub(crate) modes_recognised_kept: usize,
    /// Modes that the classifier's errors alone would make of equally many samples of a single mode.
    pub(crate) modes_invented: f64,
}

impl ClassifierFigures {
    /// Of all that a classifier says.
    fn of(found: &ClassifiedModes) -> Self {
        Self {
            mode_floor: found.mode_floor,
            modes_kept: found.modes_kept,
            recognisable: found.recognisable,
            modes_recognised: found.modes_recognised,
            modes_recognised_kept: found.modes_recognised_kept,
            modes_invented: found.modes_invented,
        }
    }
}

/// One evaluation of a generator.
#[derive(Clone, Debug)]
pub(crate) struct Evaluation {
    pub(crate) metrics: Metrics,
    /// Samples of high quality at each mode; empty where the modes are unknown.
    pub(crate) histogram: Vec<usize>,
    pub(crate) drawn: Generated,
}

/// Draws the same latents at every evaluation, and knows the real samples to compare with.
pub(crate) struct Evaluator {
    request: SampleRequest,
    shape: Shape,
    modes: Option<Modes>,
    real: LabelledMatrix,
    real_diversity: DiversityReport,
    reference: SlicedReference,
    oracle: Metrics,
    /// What names the modes, where they are not known, and their shares of the data.
    classifier: Option<(Classifier, Vec<f64>)>,
    /// On whose features is measured too.
    features: Option<FeatureJudge>,
}

/// Directions of the sliced Wasserstein distance. A choice that keeps an evaluation cheap beside the steps between two; the
/// directions are the same at every evaluation of a run, so that the values compare.
const DIRECTIONS: usize = 64;

impl Evaluator {
    /// An evaluator of `count` samples for data whose run has these streams. `quiet` without a word on what is made now.
    ///
    /// Refuses a classifier that does not know the real samples' classes.
    pub(crate) fn new(data: &Dataset, streams: Streams, count: usize, judges: Judges, quiet: bool) -> Outcome<Self> {
        let Judges { classifier, features, .. } = judges;
        let streams = streams.derive("evaluation");
        let modes = known_modes(data).or_fail()?;
        let real = data.oracle(streams, count);
        let (mut oracle, real_diversity, _) = measure(&real.samples, modes.as_ref(), None).or_fail()?;
        // A second real set: what the distance is between two samples of one distribution.
        let second = modes.is_some().then(|| data.oracle(streams.derive("second"), count));
        let reference = SlicedReference::new(view(&real.samples).or_fail()?, &sliced_options()).or_fail()?;
        let distance = second.map(|second| reference.distance(view(&second.samples)?)).transpose();
        oracle.sliced_wasserstein = distance.or_fail()?;
        let classifier = classifier.map(|classifier| {
            let shares = mode_shares(&classifier, data);
            (classifier, shares)
        });
        if let Some((classifier, shares)) = &classifier {
            check_classes(classifier, data, &real)?;
            oracle.add(&classified_modes(classifier, &real.samples, Some(shares)).or_fail()?);
        }
        let judge = |opened| FeatureJudge::new(opened, data, &real.samples, streams, quiet);
        let features = features.map(judge).transpose()?;
        oracle.features = features.as_ref().and_then(FeatureJudge::oracle).cloned();
        let request = SampleRequest { count, label: None, generator: None, streams };
        Ok(Self { request, shape: data.shape(), modes, real, real_diversity, reference, oracle, classifier, features })
    }

    /// The figures of the real samples.
    pub(crate) fn oracle(&self) -> &Metrics {
        &self.oracle
    }

    pub(crate) fn real(&self) -> &Matrix {
        &self.real.samples
    }

    /// Their classes, where they have any.
    pub(crate) fn real_labels(&self) -> Option<&[usize]> {
        self.real.labels.as_deref()
    }

    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// The modes, where they are known.
    pub(crate) fn modes(&self) -> Option<&Modes> {
        self.modes.as_ref()
    }

    /// Draws from the generator as it is now, and measures. `progress` is told how many samples a network has seen, where one
    /// looks at them.
    ///
    /// Fails when a sample is not finite.
    pub(crate) fn evaluate(&self, run: &Run, progress: &mut dyn FnMut(usize)) -> Outcome<Evaluation> {
        let drawn = run.sample(&self.request);
        drawn.check_finite().or_fail()?;
        let measured = measure(&drawn.samples, self.modes.as_ref(), Some(&self.real_diversity));
        let (mut metrics, _, mut histogram) = measured.or_fail()?;
        if let Some((classifier, shares)) = &self.classifier {
            let found = classified_modes(classifier, &drawn.samples, Some(shares)).or_fail()?;
            metrics.add(&found);
            histogram = found.histogram;
        }
        let distance = view(&drawn.samples).and_then(|drawn| self.reference.distance(drawn));
        metrics.sliced_wasserstein = Some(distance.or_fail()?);
        let judged = self.features.as_ref().map(|judge| judge.measure(&drawn.samples, progress));
        metrics.features = judged.transpose()?;
        Ok(Evaluation { metrics, histogram, drawn })
    }
}

impl Metrics {
    /// Takes on what a classifier says of the modes. None of its samples is of high quality or not: that is said by
    /// [`ClassifierFigures::recognisable`].
    fn add(&mut self, found: &ClassifiedModes) {
        let with_20 = found.histogram.iter().filter(|count| **count >= WELL_COVERED).count();
        (self.modes_total, self.modes_covered) = (Some(found.modes_total), Some(found.modes_covered));
        self.modes_covered_20 = Some(with_20);
        (self.reverse_kl, self.jensen_shannon) = (Some(found.reverse_kl), Some(found.jensen_shannon));
        self.lost_share = Some(found.lost_share);
        self.classified = Some(ClassifierFigures::of(found));
    }
}

/// The shares of the data's modes: as its own classes have them, where they are the classifier's by name and none is empty, else
/// as the data that the classifier was trained on.
fn mode_shares(classifier: &Classifier, data: &Dataset) -> Vec<f64> {
    let [names, _] = data.names();
    let same = names.is_some_and(|names| names == classifier.mode_names());
    let own = data.class_weights().filter(|shares| same && shares.iter().all(|share| *share > 0.0));
    own.unwrap_or_else(|| classifier.mode_shares())
}

/// Refuses a classifier that is far worse on these real samples than it was when it was measured: other pictures, or other values.
fn check_classes(classifier: &Classifier, data: &Dataset, real: &LabelledMatrix) -> Outcome<()> {
    let ([names, _], own) = (data.names(), classifier.mode_names());
    let (Some(labels), true) = (&real.labels, names.is_some_and(|names| names == own)) else { return Ok(()) };
    let found = classifier.classify(&real.samples).modes;
    let right = found.iter().zip(labels).filter(|(found, label)| found == label).count();
    let (accuracy, due) = (
        right as f64 / labels.len() as f64,
        classifier.card().accuracy().powi(i32::try_from(classifier.parts()).unwrap_or(1)),
    );
    if accuracy >= LEAST_OF_ACCURACY * due {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "evaluation.classifier: it names {:.1} % of this data's own samples right, and {:.1} % are due; train one on such samples, \
         or bring the values to those of its data",
        100.0 * accuracy,
        100.0 * due
    )))
}

/// The data's modes, with the radius of high quality that suits the dimensions their noise lives in.
pub(crate) fn known_modes(data: &Dataset) -> Result<Option<Modes>, MetricError> {
    let Some(mixture) = data.mixture() else { return Ok(None) };
    let modes = Modes::new(mixture.centers.clone(), mixture.features, mixture.stds.clone())?;
    modes.with_weights(&mixture.weights)?.with_radius(mixture.high_quality_stds()).map(Some)
}

/// How the sliced Wasserstein distance is taken.
fn sliced_options() -> SlicedWassersteinOptions {
    SlicedWassersteinOptions { directions: DIRECTIONS, ..SlicedWassersteinOptions::default() }
}

/// Samples as the metrics take them.
fn view(samples: &Matrix) -> Result<MatrixView<'_>, MetricError> {
    MatrixView::new(&samples.values, samples.rows(), samples.features)
}

/// Measures samples against real ones, or against themselves when they are the real ones.
fn measure(
    samples: &Matrix,
    modes: Option<&Modes>,
    real: Option<&DiversityReport>,
) -> Result<(Metrics, DiversityReport, Vec<usize>), MetricError> {
    let matrix = view(samples)?;
    let diversity = diversity_report(matrix, &DiversityOptions::default())?;
    let modes = modes.map(|modes| mode_report(matrix, modes)).transpose()?;
    let ratios = diversity_ratios(real.unwrap_or(&diversity), &diversity).ok();
    let report = modes.as_ref();
    let inside = report.and_then(ModeReport::inside);
    let metrics = Metrics {
        modes_total: report.map(|report| report.modes_total),
        modes_covered: report.map(|report| report.modes_covered),
        modes_covered_20: report.map(|report| report.modes_covered_20),
        high_quality: report.map(|report| report.high_quality),
        mode_spread_least: inside.as_ref().map(|inside| inside.spread_least),
        mode_spread_median: inside.as_ref().map(|inside| inside.spread_median),
        mode_offset_median: inside.as_ref().map(|inside| inside.offset_median),
        mode_offset_largest: inside.as_ref().map(|inside| inside.offset_largest),
        reverse_kl: report.map(|report| report.reverse_kl),
        jensen_shannon: report.map(|report| report.jensen_shannon),
        lost_share: report.map(|report| report.lost_share),
        mean: diversity.mean,
        std: diversity.std,
        mean_pairwise_distance: diversity.mean_pairwise_distance,
        std_ratio: ratios.map(|ratios| ratios.std_ratio),
        distance_ratio: ratios.map(|ratios| ratios.distance_ratio),
        sliced_wasserstein: None,
        samples: samples.rows(),
        classified: None,
        features: None,
    };
    Ok((metrics, diversity, modes.map(|report| report.histogram).unwrap_or_default()))
}
