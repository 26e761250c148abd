//! Figures of a run that a sweep can compare, and where `summary.json` has them.

use std::cmp::Ordering;

use serde_json::Value;

/// Which values of a figure are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The higher ones.
    Higher,
    /// The lower ones.
    Lower,
    /// Those nearer to 1: ratios to the real samples.
    NearOne,
}

impl Better {
    /// Orders two values, the better first.
    pub(crate) fn order(self, first: f64, second: f64) -> Ordering {
        match self {
            Self::Higher => second.total_cmp(&first),
            Self::Lower => first.total_cmp(&second),
            Self::NearOne => (first - 1.0).abs().total_cmp(&(second - 1.0).abs()),
        }
    }
}

/// A figure of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Its name in a sweep's file and in its results.
    pub name: &'static str,
    /// Its place in `summary.json`, a JSON pointer.
    pub pointer: &'static str,
    /// Which values are better.
    pub better: Better,
}

const fn figure(name: &'static str, pointer: &'static str, better: Better) -> Figure {
    Figure { name, pointer, better }
}

/// Every figure, as the summary of a run has them.
pub static FIGURES: &[Figure] = &[
    figure("modes_covered", "/modes_covered", Better::Higher),
    figure("modes_covered_20", "/modes_covered_20", Better::Higher),
    figure("modes_kept", "/modes_kept", Better::Higher),
    figure("modes_recognised", "/modes_recognised", Better::Higher),
    figure("modes_recognised_kept", "/modes_recognised_kept", Better::Higher),
    figure("recognisable", "/recognisable", Better::Higher),
    figure("high_quality", "/high_quality", Better::Higher),
    figure("lost", "/lost/value", Better::Lower),
    figure("lost_share", "/lost_share", Better::Lower),
    figure("mode_spread_least", "/mode_spread_least", Better::NearOne),
    figure("mode_spread_median", "/mode_spread_median", Better::NearOne),
    figure("mode_offset_median", "/mode_offset_median", Better::Lower),
    figure("mode_offset_largest", "/mode_offset_largest", Better::Lower),
    figure("reverse_kl", "/reverse_kl", Better::Lower),
    figure("jensen_shannon", "/jensen_shannon", Better::Lower),
    figure("std_ratio", "/std_ratio", Better::NearOne),
    figure("distance_ratio", "/distance_ratio", Better::NearOne),
    figure("sliced_wasserstein", "/sliced_wasserstein", Better::Lower),
    figure("steps_per_second", "/steps_per_second", Better::Higher),
    figure("seconds", "/seconds", Better::Lower),
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

/// The figure of a name in a sweep's file; the refusal says what is legal.
pub(crate) fn known_figure(name: &str) -> Result<Figure, String> {
    let known: Vec<String> = FIGURES.iter().map(|figure| figure.name.to_owned()).collect();
    Figure::of(name).ok_or_else(|| format!("no such figure; {}", hint(name, &known)))
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
