//! What a run says about itself: its `summary.json`.

use serde::{Deserialize, Serialize};

/// What a set of samples says; `None` where the data's modes are unknown.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct Metrics {
    pub(crate) modes_total: Option<f64>,
    pub(crate) modes_covered: Option<f64>,
    pub(crate) modes_covered_20: Option<f64>,
    /// A fraction, 0 to 1.
    pub(crate) high_quality: Option<f64>,
    /// The median over the modes of each one's own spread, in standard deviations of the data's.
    pub(crate) mode_spread_median: Option<f64>,
    /// The least of them.
    pub(crate) mode_spread_least: Option<f64>,
    /// The median distance of a mode's mean from its true centre, in the same unit.
    pub(crate) mode_offset_median: Option<f64>,
    pub(crate) reverse_kl: Option<f64>,
    pub(crate) jensen_shannon: Option<f64>,
    pub(crate) std: Option<f64>,
    pub(crate) std_ratio: Option<f64>,
    /// Where a classifier names the modes: the fewest samples of a mode that is kept.
    pub(crate) mode_floor: Option<f64>,
    /// Modes with at least `mode_floor` samples.
    pub(crate) modes_kept: Option<f64>,
    /// The share of recognisable samples, 0 to 1.
    pub(crate) recognisable: Option<f64>,
    /// Modes of these.
    pub(crate) modes_recognised: Option<f64>,
    /// Modes kept by these.
    pub(crate) modes_recognised_kept: Option<f64>,
    /// Modes that the classifier's errors make of one.
    pub(crate) modes_invented: Option<f64>,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct Summary {
    pub(crate) steps: u64,
    pub(crate) seconds: f64,
    pub(crate) steps_per_second: f64,
    /// Wall time of evaluation, records and checkpoints beside `seconds`.
    pub(crate) evaluation_seconds: Option<f64>,
    pub(crate) device: String,
    pub(crate) strategies: Vec<String>,
    /// The verdict at the end: its word, or a structure that has it under the same key.
    pub(crate) verdict: Option<serde_json::Value>,
    /// What is wrong, in one word.
    pub(crate) headline: Option<String>,
    #[serde(flatten)]
    pub(crate) metrics: Metrics,
    /// The same metrics on equally many real samples.
    pub(crate) oracle: Metrics,
}

impl Summary {
    /// The word of the final verdict, `none` where there was none.
    pub(crate) fn verdict_word(&self) -> &str {
        let verdict = self.verdict.as_ref();
        verdict.and_then(|verdict| verdict.as_str().or(verdict["verdict"].as_str())).unwrap_or("none")
    }
}
