//! `[records]`: in which further forms a run writes what it records.

use serde::{Deserialize, Serialize};

/// The records of a run, as configured. `stats.jsonl` is written in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordsSection {
    /// Whether every line and picture is written as an event of `TensorBoard`, too.
    pub tensorboard: bool,
}

impl RecordsSection {
    /// Whether nothing is written beyond `stats.jsonl`. The files of runs do not spell that out.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the serializer calls it so")]
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
