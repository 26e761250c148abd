//! The files that a run is judged by, as its checkpoints know them: figures before and after an interruption are by the same.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};

/// By what a file is known again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownFile {
    /// SHA-256 of its bytes.
    pub(crate) checksum: String,
    /// What matters of it, in a line: a classifier's card, a model's settings.
    pub(crate) facts: String,
}

/// What a run is judged by, besides its own data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownJudges {
    /// The classifier that names the modes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) classifier: Option<KnownFile>,
    /// The network on whose features is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) features: Option<KnownFile>,
}

impl KnownJudges {
    /// Whether there is nothing to know.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl KnownFile {
    /// Refuses a file that differs from `before`, the one that the run was begun with. `key` names it in the configuration, at
    /// `place`.
    pub(crate) fn check(&self, before: Option<&Self>, path: &Path, key: &str, place: &str) -> Outcome<()> {
        let Some(difference) = before.and_then(|before| self.difference(before)) else { return Ok(()) };
        Err(Failure::refused(format!(
            "{place}: {key}: {} is not what this run was begun with: {difference}; bring that back, or say where it is with --set \
             {key}=FILE",
            path.display()
        )))
    }

    /// What of `self` is different from `before`, as a part of a sentence; `None` if nothing is.
    pub(crate) fn difference(&self, before: &Self) -> Option<String> {
        if self == before {
            return None;
        }
        let short = |file: &Self| file.checksum.chars().take(8).collect::<String>();
        let bytes = format!("checksum {} instead of {}", short(self), short(before));
        let facts = format!("{} instead of {}", self.facts, before.facts);
        Some(match (self.checksum == before.checksum, self.facts == before.facts) {
            (true, _) => facts,
            (false, true) => bytes,
            (false, false) => format!("{bytes}, and {facts}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::KnownFile;

    #[test]
    fn what_differs_is_told() {
        let file = |checksum: &str, facts: &str| KnownFile { checksum: checksum.to_owned(), facts: facts.to_owned() };
        let before = file("0123456789", "size = 64");
        for (now, expected) in [
            (before.clone(), None),
            (file("0123456789", "size = 32"), Some("size = 32 instead of size = 64")),
            (file("9876543210", "size = 64"), Some("checksum 98765432 instead of 01234567")),
            (
                file("9876543210", "size = 32"),
                Some("checksum 98765432 instead of 01234567, and size = 32 instead of size = 64"),
            ),
        ] {
            assert_eq!(now.difference(&before).as_deref(), expected);
        }
    }
}
