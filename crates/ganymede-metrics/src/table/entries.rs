//! The entries of the table.

use super::words::{percent, short, times};
use super::{Direction, SignalInfo};
use crate::{Headline, Limits};

/// A ratio to the real samples.
const RATIO: &str = "ratio to as many real samples";
/// A share of samples.
const SHARE: &str = "share, 0 to 1";

/// The share of the real data in clusters that the fake samples keep.
pub(crate) static KEPT_SHARE: SignalInfo = SignalInfo {
    key: "kept_share",
    measures: "the share of the real data in clusters that fake samples visit at a fifth of their due or more",
    unit: SHARE,
    direction: Direction::LowIsBad,
    effect: "the share of the real data that is lost",
    suspect_from: 0.02,
    collapsed_from: Some(0.33),
    headline: Headline::ModesLost,
    in_training: Some(Limits { suspect: 0.85, collapsed: 0.55 }),
    sentence: |_, lost| match percent(lost).as_str() {
        "0 %" => "fake samples fall into all parts of the real data".to_owned(),
        lost => format!("about {lost} of the real data lie in parts where hardly any fake sample falls"),
    },
};

/// The share of the real data in classes that the fake samples keep.
pub(crate) static CLASS_SHARE: SignalInfo = SignalInfo {
    key: "class_share",
    measures: "the share of the real data in classes that the fake samples have at a fifth of their due or more",
    unit: SHARE,
    direction: Direction::LowIsBad,
    effect: "the share of the real data in lost classes",
    suspect_from: 0.005,
    collapsed_from: Some(0.3),
    headline: Headline::ModesLost,
    in_training: None,
    sentence: |_, lost| match percent(lost).as_str() {
        "0 %" => "the fake samples have every class of the real data".to_owned(),
        lost => format!("classes that hold about {lost} of the real data are missing"),
    },
};

/// The overall spread.
pub(crate) static SPREAD_RATIO: SignalInfo = SignalInfo {
    key: "spread_ratio",
    measures: "the spread about the mean sample, fake over real",
    unit: RATIO,
    direction: Direction::LowIsBad,
    effect: "the share of the spread that is lost",
    suspect_from: 0.28,
    collapsed_from: Some(2.0 / 3.0),
    headline: Headline::SpreadLost,
    in_training: None,
    sentence: |ratio, _| format!("the spread about the mean sample is {} of the real data's", percent(ratio)),
};

/// The standard deviation over all entries, for the detector.
pub(crate) static STD_RATIO: SignalInfo = SignalInfo {
    key: "std_ratio",
    measures: "the standard deviation over all values, fake over real",
    unit: RATIO,
    direction: Direction::LowIsBad,
    effect: "the share of the standard deviation that is lost",
    suspect_from: 0.4,
    collapsed_from: Some(0.7),
    headline: Headline::SpreadLost,
    in_training: Some(Limits { suspect: 0.6, collapsed: 0.3 }),
    sentence: |ratio, _| format!("the standard deviation is {} of the real data's", percent(ratio)),
};

/// The mean distance of two samples.
pub(crate) static DISTANCE_RATIO: SignalInfo = SignalInfo {
    key: "distance_ratio",
    measures: "the mean distance of two samples, fake over real",
    unit: RATIO,
    direction: Direction::LowIsBad,
    effect: "the share of the distance that is lost",
    suspect_from: 0.28,
    collapsed_from: Some(2.0 / 3.0),
    headline: Headline::SpreadLost,
    in_training: Some(Limits { suspect: 0.6, collapsed: 0.3 }),
    sentence: |ratio, _| format!("two fake samples are {} as far apart as two real ones", percent(ratio)),
};

/// A spread that is far too large.
pub(crate) static SPREAD_EXCESS: SignalInfo = SignalInfo {
    key: "spread_excess",
    measures: "the spread about the mean sample, fake over real, where it is too large",
    unit: RATIO,
    direction: Direction::HighIsBad,
    effect: "one less the inverse of the ratio",
    suspect_from: 2.0 / 3.0,
    collapsed_from: None,
    headline: Headline::Divergence,
    in_training: Some(Limits { suspect: 2.0, collapsed: f64::INFINITY }),
    sentence: |ratio, _| format!("the fake samples spread {} as far as the real ones", times(ratio)),
};

/// Columns that have lost their spread.
pub(crate) static COLUMN_SPREAD: SignalInfo = SignalInfo {
    key: "column_spread",
    measures: "the smallest spread of a column by itself, fake over real",
    unit: RATIO,
    direction: Direction::LowIsBad,
    effect: "the share of columns whose spread is under a third, and a tenth of those under 0.65",
    suspect_from: 0.001,
    collapsed_from: Some(0.3),
    headline: Headline::SpreadLost,
    in_training: None,
    sentence: |ratio, _| format!("the most narrowed column has {} of its real spread", percent(ratio)),
};

/// The number of directions in which samples vary.
pub(crate) static DIMENSIONS: SignalInfo = SignalInfo {
    key: "dimensions",
    measures: "the effective rank of the covariance (its squared trace over its squared norm), fake over real",
    unit: RATIO,
    direction: Direction::LowIsBad,
    effect: "the share of the directions that is lost",
    suspect_from: 0.5,
    collapsed_from: Some(0.85),
    headline: Headline::SpreadLost,
    in_training: None,
    sentence: |ratio, _| format!("the fake samples vary in {} as many directions as real ones", percent(ratio)),
};

/// The spread inside the clusters of the data.
pub(crate) static INSIDE_SPREAD: SignalInfo = SignalInfo {
    key: "inside_spread",
    measures: "the spread inside the clusters of the data about each one's own mean, fake over real",
    unit: RATIO,
    direction: Direction::LowIsBad,
    effect: "the share of the inner spread that is lost",
    suspect_from: 0.3,
    collapsed_from: Some(2.0 / 3.0),
    headline: Headline::InsideCollapse,
    in_training: Some(Limits { suspect: 0.6, collapsed: 0.2 }),
    sentence: |ratio, _| format!("inside its clusters the data's spread is kept at {}", percent(ratio)),
};

/// Classes that have lost variety inside.
pub(crate) static INSIDE_CLASSES: SignalInfo = SignalInfo {
    key: "inside_class_share",
    measures: "the share of the real data in classes that keep their own variety",
    unit: SHARE,
    direction: Direction::LowIsBad,
    effect: "the share of the real data in classes with under a third of their spread or few different samples, and a fifth \
             of those that lost less",
    suspect_from: 0.001,
    collapsed_from: Some(0.3),
    headline: Headline::InsideCollapse,
    in_training: None,
    sentence: |_, lost| {
        if lost <= 0.0 {
            return "every class keeps its own variety".to_owned();
        }
        format!("classes that hold {} of the real data have lost variety inside", percent(lost))
    },
};

/// Real samples with fakes among their neighbours.
pub(crate) static COVERAGE: SignalInfo = SignalInfo {
    key: "coverage",
    measures: "the share of real samples with a fake one among their nearest neighbours, for the fakes on the data",
    unit: SHARE,
    direction: Direction::LowIsBad,
    effect: "the share of the due coverage that is lost",
    suspect_from: 0.4,
    collapsed_from: Some(0.6),
    headline: Headline::ModesLost,
    in_training: Some(Limits { suspect: 0.4, collapsed: 0.1 }),
    sentence: |value, _| {
        format!("{} of the real samples have a fake one among their nearest neighbours", percent(value))
    },
};

/// Real samples inside the fakes' nearest-neighbour balls.
pub(crate) static RECALL: SignalInfo = SignalInfo {
    key: "recall",
    measures: "the share of real samples that lie within the reach of the fakes' nearest neighbours",
    unit: SHARE,
    direction: Direction::LowIsBad,
    effect: "the share of the due recall that is lost",
    suspect_from: 0.9,
    collapsed_from: None,
    headline: Headline::ModesLost,
    in_training: None,
    sentence: |value, _| format!("{} of the real samples lie within the fakes' reach", percent(value)),
};

/// The effective number of distinct samples.
pub(crate) static VENDI_RATIO: SignalInfo = SignalInfo {
    key: "vendi_ratio",
    measures: "effectively different samples (Vendi score), fake over real",
    unit: RATIO,
    direction: Direction::LowIsBad,
    effect: "the share of effectively different samples that is lost",
    suspect_from: 0.55,
    collapsed_from: Some(0.75),
    headline: Headline::ModesLost,
    in_training: Some(Limits { suspect: 0.8, collapsed: 0.55 }),
    sentence: |ratio, _| {
        format!("there are {} as many effectively different samples as in the real data", percent(ratio))
    },
};

/// Exact copies among the fakes.
pub(crate) static DISTINCT_SHARE: SignalInfo = SignalInfo {
    key: "distinct_share",
    measures: "different samples for each fake one, over those of real ones",
    unit: RATIO,
    direction: Direction::LowIsBad,
    effect: "the share of samples that repeat another",
    suspect_from: 0.02,
    collapsed_from: Some(0.7),
    headline: Headline::Repeats,
    in_training: None,
    sentence: |share, _| match percent(share).as_str() {
        "100 %" => "no more samples are repeated than in the real data".to_owned(),
        _ => {
            format!(
                "of 100 fake samples only {} are different ones, the others repeat them exactly",
                short(100.0 * share)
            )
        }
    },
};

/// Near copies among the fakes.
pub(crate) static NEAR_REPEATS: SignalInfo = SignalInfo {
    key: "near_distinct_share",
    measures: "samples that are no near copy of another fake one, over those of real ones",
    unit: RATIO,
    direction: Direction::LowIsBad,
    effect: "the share of samples that nearly repeat another",
    suspect_from: 0.1,
    collapsed_from: Some(0.7),
    headline: Headline::Repeats,
    in_training: None,
    sentence: |share, _| format!("{} of the fake samples differ from all other fakes", percent(share.min(1.0))),
};

/// The histograms over the bins.
pub(crate) static JENSEN_SHANNON: SignalInfo = SignalInfo {
    key: "jensen_shannon",
    measures: "the Jensen-Shannon divergence of the histograms over the bins of the data, beyond that of real ones",
    unit: "nats, 0 to 0.69",
    direction: Direction::HighIsBad,
    effect: "the divergence as a share of the largest one",
    suspect_from: 0.15,
    collapsed_from: None,
    headline: Headline::Unbalanced,
    in_training: None,
    sentence: |_, effect| {
        format!("the shares of the data's parts differ by {} of the largest divergence", percent(effect))
    },
};

/// Bins with a wrong share of the fakes.
pub(crate) static BINS_DIFFER: SignalInfo = SignalInfo {
    key: "bins_differ",
    measures: "the share of the real data in bins whose share of fakes is off by more than twofold, beyond chance",
    unit: SHARE,
    direction: Direction::HighIsBad,
    effect: "the same share",
    suspect_from: 0.25,
    collapsed_from: None,
    headline: Headline::Unbalanced,
    in_training: None,
    sentence: |value, _| {
        format!("parts that hold {} of the real data come over twice too often or too rarely", percent(value))
    },
};

/// The Frechet distance.
pub(crate) static FRECHET: SignalInfo = SignalInfo {
    key: "frechet",
    measures: "the Frechet distance (of a projection to 16 values where there are more), over the real variance",
    unit: "the real data's variance",
    direction: Direction::HighIsBad,
    effect: "the distance beyond that of real samples, over the same and one",
    suspect_from: 0.5,
    collapsed_from: None,
    headline: Headline::NotLearnt,
    in_training: None,
    sentence: |value, _| format!("mean and covariance are off by {value:.2} of the real variance"),
};

/// The kernel distance.
pub(crate) static KERNEL_DISTANCE: SignalInfo = SignalInfo {
    key: "kernel_distance",
    measures: "the kernel distance with the kernel -|x - y|, the energy distance, over the real mean distance",
    unit: "the real data's mean distance",
    direction: Direction::HighIsBad,
    effect: "the distance beyond that of real samples, over the same and one",
    suspect_from: 0.3,
    collapsed_from: None,
    headline: Headline::NotLearnt,
    in_training: None,
    sentence: |value, _| format!("as a whole the fakes are {value:.2} of a real mean distance from the data"),
};

/// Samples far from the data.
pub(crate) static OFF_DATA: SignalInfo = SignalInfo {
    key: "off_data",
    measures: "the median distance from a fake sample to the data, over that from a real one",
    unit: RATIO,
    direction: Direction::HighIsBad,
    effect: "one less the inverse of the ratio",
    suspect_from: 2.0 / 3.0,
    collapsed_from: None,
    headline: Headline::NotLearnt,
    in_training: None,
    sentence: |ratio, _| format!("fake samples lie {} as far from the data as real ones", times(ratio)),
};

/// Labels that do not fit the samples.
pub(crate) static LABEL_AGREEMENT: SignalInfo = SignalInfo {
    key: "label_agreement",
    measures: "how well labels fit the nearest labelled real samples beyond chance, fake over real",
    unit: RATIO,
    direction: Direction::LowIsBad,
    effect: "the share of the agreement that is lost, at least 0.5 where a class lies among samples of others",
    suspect_from: 0.5,
    collapsed_from: None,
    headline: Headline::LabelsIgnored,
    in_training: None,
    sentence: |ratio, _| format!("labels fit the samples {} as well as in the real data", percent(ratio.max(0.0))),
};

/// The discriminator's accuracy, in training.
pub(crate) static DISCRIMINATOR_ACCURACY: SignalInfo = SignalInfo {
    key: "discriminator_accuracy",
    measures: "the share of real and fake samples that the discriminator tells right",
    unit: SHARE,
    direction: Direction::HighIsBad,
    effect: "the same share",
    suspect_from: 0.98,
    collapsed_from: None,
    headline: Headline::DiscriminatorWins,
    in_training: Some(Limits { suspect: 0.98, collapsed: f64::INFINITY }),
    sentence: |value, _| format!("the discriminator tells {} of the samples right", percent(value)),
};

/// Real samples that the discriminator classifies as real, in training.
pub(crate) static REAL_CALLED_REAL: SignalInfo = SignalInfo {
    key: "real_called_real",
    measures: "the share of real samples that the discriminator calls real",
    unit: SHARE,
    direction: Direction::HighIsBad,
    effect: "the same share",
    suspect_from: 0.99,
    collapsed_from: None,
    headline: Headline::DiscriminatorWins,
    in_training: Some(Limits { suspect: 0.99, collapsed: f64::INFINITY }),
    sentence: |value, _| format!("the discriminator calls {} of the real samples real", percent(value)),
};

/// The standard deviation of the fakes, without real samples.
pub(crate) static FAKE_STD: SignalInfo = SignalInfo {
    key: "fake_std",
    measures: "the standard deviation of the fake samples' values, of data made for [-1, 1]",
    unit: "the samples' own",
    direction: Direction::LowIsBad,
    effect: "what lacks to 0.2, as a share of it",
    suspect_from: 0.0,
    collapsed_from: Some(0.5),
    headline: Headline::SpreadLost,
    in_training: Some(Limits { suspect: 0.2, collapsed: crate::COLLAPSE_THRESHOLD }),
    sentence: |value, _| {
        format!("the standard deviation is {value:.3}, where samples made for [-1, 1] have 0.2 and more")
    },
};

/// The mean distance of two fakes, without real samples.
pub(crate) static FAKE_RELATIVE_DISTANCE: SignalInfo = SignalInfo {
    key: "fake_relative_distance",
    measures: "the mean distance of two fake samples over that of independent values",
    unit: "ratio",
    direction: Direction::LowIsBad,
    effect: "what lacks to 0.3, as a share of it",
    suspect_from: 0.0,
    collapsed_from: Some(2.0 / 3.0),
    headline: Headline::Repeats,
    in_training: Some(Limits { suspect: 0.3, collapsed: 0.1 }),
    sentence: |value, _| {
        format!("two fake samples are {} as far apart as if all their values were independent", percent(value))
    },
};
