//! The table of signals: what each measures, which values are bad, how large an effect must be, and its sentence.
//!
//! The detector (during training) and the diagnosis (afterwards) share it, so that no signal has two meanings. An entry
//! describes itself, and adding a signal needs no change elsewhere in the table. A signal counts when its value is
//! significant *and* its effect is large enough: the sizes are given here, the significance comes from the data.
//!
//! Sizes of effects were set on the labelled samples of `cargo xtask bench --suite verdicts` (`xtask/results/verdicts`)
//! and checked on others (`verdicts-held-out`); limits in training on the labelled runs of `--suite detector`
//! (`xtask/results/detector`, `detector-held-out`).

mod entries;
mod words;

pub(crate) use self::entries::*;
use crate::{Headline, Limits};

/// Which values of a signal are bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Low values.
    LowIsBad,
    /// High values.
    HighIsBad,
}

/// A signal, as described in the table.
#[derive(Debug)]
pub struct SignalInfo {
    /// Its name in reports and records.
    pub key: &'static str,
    /// What it measures.
    pub measures: &'static str,
    /// The unit of its value.
    pub unit: &'static str,
    /// Which values are bad.
    pub direction: Direction,
    /// What its effect is: the lost share of what equally many real samples have, from 0 (nothing) to 1 (everything).
    pub effect: &'static str,
    /// The least effect that is suspect.
    pub suspect_from: f64,
    /// The least effect that is a collapse; `None` for signals of other faults.
    pub collapsed_from: Option<f64>,
    /// The fault that it indicates.
    pub headline: Headline,
    /// Its limits in training, with few samples and many observations; `None` if the detector does not measure it.
    pub in_training: Option<Limits>,
    /// The sentence for a value and its effect.
    pub sentence: fn(value: f64, effect: f64) -> String,
}

/// All signals.
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

/// The signal with this key.
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
