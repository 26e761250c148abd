//! The modes of samples as a classifier names them, beside what a classifier invents.

use ganymede_metrics::{MetricError, mode_report_from_classes};
use ganymede_samples::Matrix;
use serde::Serialize;

use super::{Classified, Classifier, ClassifierError};

/// The largest floor of [`mode_floor`], the literature's for modes in the plane.
const LARGEST_FLOOR: usize = 20;

/// Figures of the modes that a classifier names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassifiedModes {
    /// Modes of the data.
    pub modes_total: usize,
    /// Modes with at least one sample, as the literature counts.
    pub modes_covered: usize,
    /// The fewest samples of a mode that is kept: [`mode_floor`].
    pub mode_floor: usize,
    /// Modes with at least `mode_floor` samples.
    pub modes_kept: usize,
    /// The share of samples that are recognisable, 0 to 1: of which the classifier is as sure as of 95 % of the real ones.
    pub recognisable: f64,
    /// Modes with at least one recognisable sample.
    pub modes_recognised: usize,
    /// Modes with at least [`ClassifiedModes::mode_floor`] recognisable samples.
    pub modes_recognised_kept: usize,
    /// Modes that the classifier's errors alone would make of equally many samples of a single mode: [`invented_modes`].
    pub modes_invented: f64,
    /// From the samples' modes to the data's, in nats.
    pub reverse_kl: f64,
    /// Between the two, in nats.
    pub jensen_shannon: f64,
    /// The weight of the modes with fewer than a fifth of the samples due to them, 0 to 1.
    pub lost_share: f64,
    /// Samples of each mode.
    pub histogram: Vec<usize>,
}

/// The fewest samples of a mode that is kept: a fifth of those due to a mode by its number, at least 1 and at most 20. Of 26,000
/// samples in 1,000 modes that is 5.
pub fn mode_floor(samples: usize, modes: usize) -> usize {
    (samples / (5 * modes.max(1))).clamp(1, LARGEST_FLOOR)
}

/// The modes that a classifier's errors make of `samples` samples of one mode, each mode in turn being the one: the mean over
/// them of the expected number of modes with at least `floor` samples. `confusion` has the shares of each class's samples (rows)
/// that are taken for each class (columns), and a mode is a class for each of `channels`, whose errors are independent.
///
/// Errors that the held-out samples do not show count as impossible, so that it is a lower bound.
pub fn invented_modes(confusion: &[Vec<f64>], channels: usize, samples: usize, floor: usize) -> f64 {
    // Most entries are 0, and of several channels only the products matter, in whatever order they come.
    let single: Vec<Vec<f64>> =
        confusion.iter().map(|row| row.iter().copied().filter(|share| *share > 0.0).collect()).collect();
    let mut rows = single.clone();
    for _ in 1..channels {
        let products = |before: &Vec<f64>, own: &Vec<f64>| -> Vec<f64> {
            before.iter().flat_map(|before| own.iter().map(move |own| before * own)).collect()
        };
        rows =
            rows.iter().flat_map(|before| single.iter().map(|own| products(before, own)).collect::<Vec<_>>()).collect();
    }
    let covered: f64 = rows.iter().flatten().map(|share| at_least(floor, samples, *share)).sum();
    covered / rows.len().max(1) as f64
}

/// The probability of at least `floor` hits in `samples` draws of probability `share`.
fn at_least(floor: usize, samples: usize, share: f64) -> f64 {
    if share >= 1.0 {
        return f64::from(u8::from(samples >= floor));
    }
    // The logarithm of each term, as (1 - p)^n is far below the least number for many samples.
    let (odds, miss) = ((share / (1.0 - share)).ln(), (-share).ln_1p());
    let mut term = samples as f64 * miss;
    let mut fewer = 0.0;
    for hits in 0..floor.min(samples + 1) {
        fewer += term.exp();
        term += ((samples - hits) as f64 / (hits + 1) as f64).ln() + odds;
    }
    (1.0 - fewer).clamp(0.0, 1.0)
}

/// What a classifier says of the modes of samples of the shape that it serves. `shares` are the data's shares of the modes; when
/// left out those of the data that the classifier was trained on ([`Classifier::mode_shares`]).
///
/// # Errors
///
/// [`ClassifierError::Metric`] without a sample, and when there is not one share a mode or one is not above 0.
///
/// # Panics
///
/// When the samples do not have the number of values that the classifier expects.
pub fn classified_modes(
    classifier: &Classifier,
    samples: &Matrix,
    shares: Option<&[f64]>,
) -> Result<ClassifiedModes, ClassifierError> {
    modes_of_classified(classifier, &classifier.classify(samples), shares)
}

/// The same of samples that have been classified.
///
/// # Errors
///
/// As [`classified_modes`].
pub fn modes_of_classified(
    classifier: &Classifier,
    classified: &Classified,
    shares: Option<&[f64]>,
) -> Result<ClassifiedModes, ClassifierError> {
    let own = classifier.mode_shares();
    let confusion = classifier.card().confusion_shares();
    let invented = invented_modes(&confusion, classifier.parts(), classified.modes.len(), 1);
    Ok(count(classified, shares.unwrap_or(&own), invented)?)
}

/// The figures of classified samples.
fn count(classified: &Classified, shares: &[f64], modes_invented: f64) -> Result<ClassifiedModes, MetricError> {
    let (samples, modes_total) = (classified.modes.len(), classified.modes_total);
    let report = mode_report_from_classes(&classified.modes, modes_total, Some(shares))?;
    let recognised = classified.recognised();
    let mut known = vec![0_usize; modes_total];
    for mode in &recognised {
        known[*mode] += 1;
    }
    let mode_floor = mode_floor(samples, modes_total);
    let with = |histogram: &[usize], least: usize| histogram.iter().filter(|count| **count >= least).count();
    Ok(ClassifiedModes {
        modes_total,
        modes_covered: report.modes_covered,
        mode_floor,
        modes_kept: with(&report.histogram, mode_floor),
        recognisable: recognised.len() as f64 / samples as f64,
        modes_recognised: with(&known, 1),
        modes_recognised_kept: with(&known, mode_floor),
        modes_invented,
        reverse_kl: report.reverse_kl,
        jensen_shannon: report.jensen_shannon,
        lost_share: report.lost_share,
        histogram: report.histogram,
    })
}
