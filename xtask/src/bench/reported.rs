//! Rows of other people's tables.

use serde::Serialize;

/// A row of someone else's table.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Reported {
    pub(crate) method: &'static str,
    pub(crate) modes: &'static str,
    pub(crate) high_quality_percent: &'static str,
    pub(crate) reverse_kl: &'static str,
    pub(crate) source: &'static str,
}

/// A row: the method, its modes, high quality in percent and reverse KL, and where it is from.
pub(super) const fn reported(
    method: &'static str,
    [modes, high_quality_percent, reverse_kl]: [&'static str; 3],
    source: &'static str,
) -> Reported {
    Reported { method, modes, high_quality_percent, reverse_kl, source }
}
