//! The headline of a diagnosis: its most important finding.

use serde::{Deserialize, Serialize};

/// What is wrong with the samples, or why there is no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Headline {
    /// Nothing is wrong: the samples are as varied as the data.
    Complete,
    /// The samples are copies of real ones. This is reported, and is no collapse.
    Copies,
    /// No verdict is possible; [`crate::Diagnosis::doubt`] gives the reason.
    CannotTell,
    /// The two sets are on different scales.
    ScaleMismatch,
    /// Modes, clusters or classes of the data are missing.
    ModesLost,
    /// The modes or classes are present, but each has lost variety inside.
    InsideCollapse,
    /// The samples vary less than the data, as a whole or along some directions or columns.
    SpreadLost,
    /// Samples are repeated.
    Repeats,
    /// The samples lie between the modes or are unlike the data, which is not learnt yet.
    NotLearnt,
    /// The samples do not follow their labels.
    LabelsIgnored,
    /// The spread has grown far beyond that of the data.
    Divergence,
    /// The modes are present, but not in the proportions of the data.
    Unbalanced,
    /// The discriminator classifies everything correctly, so the generator learns nothing more.
    DiscriminatorWins,
}

impl Headline {
    /// Every headline.
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

    /// The headline in words, without figures.
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
