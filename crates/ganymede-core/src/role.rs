//! The two roles of a GAN.

/// The role a network plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Turns latents into samples.
    Generator,
    /// Separates real samples from generated ones.
    Discriminator,
}

impl Role {
    /// The name in configurations, records and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Discriminator => "discriminator",
        }
    }
}
