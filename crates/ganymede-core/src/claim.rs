//! The choices that only one strategy can make, and who makes them.

use std::fmt;

/// A choice that only one strategy can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// How labels enter the networks.
    Conditioning,
    /// How many members the generator has.
    GeneratorMembers,
    /// How many members the discriminator has.
    DiscriminatorMembers,
    /// Which discriminator the generator is judged by.
    Lookahead,
    /// How many samples make one logit.
    SamplesPerLogit,
}

impl fmt::Display for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Conditioning => "how labels enter the networks",
            Self::GeneratorMembers => "how many generators there are",
            Self::DiscriminatorMembers => "how many discriminators there are",
            Self::Lookahead => "which discriminator the generator is judged by",
            Self::SamplesPerLogit => "how many samples make one logit",
        })
    }
}

/// A strategy by its name in the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StrategyId {
    /// The name.
    pub name: String,
    /// File and line, or the `--set`, where it is configured; `None` where no configuration names it.
    pub location: Option<String>,
}

impl From<&str> for StrategyId {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), location: None }
    }
}

impl fmt::Display for StrategyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}
