//! What is wrong, in one word: the headline of a diagnosis.

use serde::{Deserialize, Serialize};

/// What is wrong with samples, or why nothing can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Headline {
    /// Nothing: the samples are as varied as the data.
    Complete,
    /// Copies of the real samples: told, and no collapse.
    Copies,
    /// Nothing can be told; the reason stands in [`crate::Diagnosis::doubt`].
    CannotTell,
    /// The two sets are on different scales.
    ScaleMismatch,
    /// Modes, clusters or classes of the data are lost.
    ModesLost,
    /// The modes or classes are there, and each has lost its own variety.
    InsideCollapse,
    /// The samples vary less than the data as a whole, or along some directions or columns.
    SpreadLost,
    /// Samples are repeated.
    Repeats,
    /// The samples lie between the modes or are unlike the data: the data is not learnt yet.
    NotLearnt,
    /// The samples do not follow their labels.
    LabelsIgnored,
    /// The spread has run away.
    Divergence,
    /// The modes are there, in other shares than the data's.
    Unbalanced,
    /// The discriminator tells everything right, and the generator learns nothing more.
    DiscriminatorWins,
}

impl Headline {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Complete,
        Self::Copies,
        Self::CannotTell,
        Self::ScaleMismatch,
        Self::ModesLost,
        Self::InsideCollapse,
        Self::SpreadLost,
        Self::Repeats,
        Self::NotLearnt,
        Self::LabelsIgnored,
        Self::Divergence,
        Self::Unbalanced,
        Self::DiscriminatorWins,
    ];

    /// The headline for people, without the figures.
    pub fn words(self) -> &'static str {
        match self {
            Self::Complete => "no sign of collapse",
            Self::Copies => "the samples are copies of the training data",
            Self::CannotTell => "the samples do not say enough",
            Self::ScaleMismatch => "the two sets seem to be on different scales",
            Self::ModesLost => "parts of the data are lost",
            Self::InsideCollapse => "variety is lost inside the modes",
            Self::SpreadLost => "the samples vary less than the data",
            Self::Repeats => "the same samples come again and again",
            Self::NotLearnt => "the data is not learnt yet",
            Self::LabelsIgnored => "the samples do not follow their labels",
            Self::Divergence => "the training has diverged",
            Self::Unbalanced => "the parts of the data come in other shares",
            Self::DiscriminatorWins => "the discriminator has won",
        }
    }
}

impl std::fmt::Display for Headline {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(self.words())
    }
}
