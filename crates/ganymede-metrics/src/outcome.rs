//! The answers that a judgement can give, and the limits between them.

use serde::{Deserialize, Serialize};

/// The state of a generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing can be told: too few samples, data that does not vary, scales that differ. Below all others, so that it never
    /// outweighs what was seen.
    Inconclusive,
    /// No sign of collapse, and enough samples to see one.
    Healthy,
    /// Signs, but too few or too weak.
    Suspect,
    /// A large part of the data's variety is lost.
    Collapsed,
}

impl Verdict {
    /// The word for it: `inconclusive`, `healthy`, `suspect` or `collapsed`.
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

/// Where one signal becomes suspect, and where it speaks of collapse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Below this value, suspect.
    pub suspect: f64,
    /// Below this value, collapsed; at most `suspect`.
    pub collapsed: f64,
}

impl Limits {
    /// Both limits lower by the same factor, so that the upper one is at most this; 0 for a value below 0 or none.
    #[must_use]
    pub(crate) fn lowered_to(self, most: f64) -> Self {
        let most = most.max(0.0);
        if self.suspect <= most {
            return self;
        }
        Self { suspect: most, collapsed: self.collapsed * most / self.suspect }
    }
}
