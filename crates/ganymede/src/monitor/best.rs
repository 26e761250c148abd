//! The best generator of a run so far.

use ganymede_core::config::BestBy;
use serde::{Deserialize, Serialize};

use crate::report::evaluation::Metrics;

/// Which evaluation was the best, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Best {
    pub(crate) step: u64,
    pub(crate) by: BestBy,
    pub(crate) value: f64,
}

impl Best {
    /// The new best, if this evaluation beats it. A tie keeps the earlier one.
    pub(crate) fn improved(before: Option<Self>, by: BestBy, step: u64, metrics: &Metrics) -> Option<Self> {
        let (value, sign) = match by {
            BestBy::SlicedWasserstein => (metrics.sliced_wasserstein, -1.0),
            BestBy::ReverseKl => (metrics.reverse_kl, -1.0),
            BestBy::JensenShannon => (metrics.jensen_shannon, -1.0),
            BestBy::HighQuality => (metrics.high_quality, 1.0),
            BestBy::ModesCovered => (metrics.modes_covered.map(|modes| modes as f64), 1.0),
            BestBy::Nothing => (None, 1.0),
        };
        let value = value?;
        let better = before.is_none_or(|before| sign * value > sign * before.value);
        better.then_some(Self { step, by, value })
    }
}
