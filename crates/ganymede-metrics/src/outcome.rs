//! The possible verdicts, and the limits between them.

use serde::{Deserialize, Serialize};

/// The state of a generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No verdict is possible: too few samples, data that does not vary, or different scales. It is the least in the order
    /// of verdicts, so that the maximum over several signals is never inconclusive when one of them has a verdict.
    Inconclusive,
    /// No sign of collapse, with enough samples to see one.
    Healthy,
    /// Signs of a fault that are too few or too weak for a collapse.
    Suspect,
    /// A large part of the variety of the data is lost.
    Collapsed,
}

impl Verdict {
    /// The verdict in a word: `inconclusive`, `healthy`, `suspect` or `collapsed`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inconclusive => "inconclusive",
            Self::Healthy => "healthy",
            Self::Suspect => "suspect",
            Self::Collapsed => "collapsed",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(self.word())
    }
}

/// The limits of a signal for which low values are bad.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Values below this are suspect.
    pub suspect: f64,
    /// Values below this are collapsed; at most `suspect`.
    pub collapsed: f64,
}

impl Limits {
    /// Both limits, lowered by the same factor so that the upper one is at most `most`; 0 when `most` is negative or NaN.
    #[must_use]
    pub(crate) fn lowered_to(self, most: f64) -> Self {
        let most = most.max(0.0);
        if self.suspect <= most {
            return self;
        }
        Self { suspect: most, collapsed: self.collapsed * most / self.suspect }
    }
}
