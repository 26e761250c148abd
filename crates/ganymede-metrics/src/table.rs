//! The one table of signals: what each measures, which way it speaks, from which size on, and in which words.
//!
//! The detector (while a run trains) and the diagnosis (afterwards) share it, so that no signal has two meanings. An
//! entry describes itself; whoever adds one adds nothing else. A signal speaks when chance does not explain its value
//! *and* its effect is large enough: the sizes stand here, the chances come from the data.

mod entries;
mod words;

pub(crate) use self::entries::*;
use crate::{Headline, Limits};

/// Which values of a signal are bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Low ones.
    LowIsBad,
    /// High ones.
    HighIsBad,
}

/// An entry of the table.
#[derive(Debug)]
pub struct SignalInfo {
    /// Its name, as in reports and records.
    pub key: &'static str,
    /// What it measures.
    pub measures: &'static str,
    /// The unit of its value.
    pub unit: &'static str,
    /// Which values are bad.
    pub direction: Direction,
    /// What its effect is: a share of what as many real samples have, from 0 (nothing lost) to 1 (all).
    pub effect: &'static str,
    /// From this effect on, suspect.
    pub suspect_from: f64,
    /// From this effect on, collapsed; `None` for a signal that speaks of other faults.
    pub collapsed_from: Option<f64>,
    /// The fault that it points to.
    pub headline: Headline,
    /// Its limits in training, where samples are few and verdicts come often; for those the detector measures.
    pub in_training: Option<Limits>,
    /// What a value and its effect say, for people.
    pub sentence: fn(value: f64, effect: f64) -> String,
}

/// All of them.
pub static SIGNALS: &[&SignalInfo] = &[
    &KEPT_SHARE,
    &CLASS_SHARE,
    &COVERAGE,
    &RECALL,
    &VENDI_RATIO,
    &SPREAD_RATIO,
    &STD_RATIO,
    &DISTANCE_RATIO,
    &COLUMN_SPREAD,
    &DIMENSIONS,
    &INSIDE_SPREAD,
    &INSIDE_CLASSES,
    &DISTINCT_SHARE,
    &NEAR_REPEATS,
    &JENSEN_SHANNON,
    &BINS_DIFFER,
    &FRECHET,
    &KERNEL_DISTANCE,
    &OFF_DATA,
    &SPREAD_EXCESS,
    &LABEL_AGREEMENT,
    &DISCRIMINATOR_ACCURACY,
    &REAL_CALLED_REAL,
    &FAKE_STD,
    &FAKE_RELATIVE_DISTANCE,
];

/// The entry of a name.
pub fn signal_info(key: &str) -> Option<&'static SignalInfo> {
    SIGNALS.iter().copied().find(|info| info.key == key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_has_its_own_name_sentence_and_sizes_in_order() {
        let keys: BTreeSet<&str> = SIGNALS.iter().map(|info| info.key).collect();
        let sentences: BTreeSet<String> = SIGNALS.iter().map(|info| (info.sentence)(0.5, 0.5)).collect();
        assert_eq!((keys.len(), sentences.len()), (SIGNALS.len(), SIGNALS.len()));
        for info in SIGNALS {
            assert!(info.collapsed_from.is_none_or(|from| from >= info.suspect_from), "{}", info.key);
            assert!(signal_info(info.key).is_some_and(|found| std::ptr::eq(found, *info)), "{}", info.key);
            if let (Some(limits), Direction::LowIsBad) = (info.in_training, info.direction) {
                assert!(limits.collapsed <= limits.suspect, "{}", info.key);
            }
        }
        assert!(signal_info("no such signal").is_none());
    }
}
