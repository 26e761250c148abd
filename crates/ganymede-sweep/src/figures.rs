//! Figures of a run that a sweep can compare, and where `summary.json` has them.

use serde_json::Value;

/// A figure of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Its name in a sweep's file and in its results.
    pub name: &'static str,
    /// Its place in `summary.json`, a JSON pointer.
    pub pointer: &'static str,
}

const fn figure(name: &'static str, pointer: &'static str) -> Figure {
    Figure { name, pointer }
}

/// Every figure, as the summary of a run has them.
pub static FIGURES: &[Figure] = &[
    figure("modes_covered", "/modes_covered"),
    figure("modes_covered_20", "/modes_covered_20"),
    figure("modes_kept", "/modes_kept"),
    figure("modes_recognised", "/modes_recognised"),
    figure("modes_recognised_kept", "/modes_recognised_kept"),
    figure("recognisable", "/recognisable"),
    figure("high_quality", "/high_quality"),
    figure("lost", "/lost/value"),
    figure("lost_share", "/lost_share"),
    figure("mode_spread_least", "/mode_spread_least"),
    figure("mode_spread_median", "/mode_spread_median"),
    figure("mode_offset_median", "/mode_offset_median"),
    figure("mode_offset_largest", "/mode_offset_largest"),
    figure("reverse_kl", "/reverse_kl"),
    figure("jensen_shannon", "/jensen_shannon"),
    figure("std_ratio", "/std_ratio"),
    figure("distance_ratio", "/distance_ratio"),
    figure("sliced_wasserstein", "/sliced_wasserstein"),
    figure("steps_per_second", "/steps_per_second"),
    figure("seconds", "/seconds"),
];

/// The figures of a sweep that names none; those that no run has are left out of the table.
pub const DEFAULT_FIGURES: [&str; 5] = ["modes_covered", "high_quality", "lost", "reverse_kl", "std_ratio"];

/// Above this similarity (Jaro-Winkler, 1 is equality) a known name is offered.
const ALIKE: f64 = 0.75;

impl Figure {
    /// The figure of a name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        FIGURES.iter().find(|figure| figure.name == name).copied()
    }

    /// Its value in a summary; `None` where the run does not have it.
    pub fn value(&self, summary: &Value) -> Option<f64> {
        summary.pointer(self.pointer).and_then(Value::as_f64).filter(|value| value.is_finite())
    }
}

/// What to write instead of a name that is not known.
pub(crate) fn hint(word: &str, known: &[String]) -> String {
    let alike = known.iter().map(|candidate| (strsim::jaro_winkler(word, candidate), candidate));
    let best =
        alike.filter(|(similarity, _)| *similarity >= ALIKE).max_by(|first, second| first.0.total_cmp(&second.0));
    match best {
        Some((_, meant)) => format!("did you mean \"{meant}\"?"),
        None if known.is_empty() => "there is none".to_owned(),
        None => format!("there are {}", known.join(", ")),
    }
}
