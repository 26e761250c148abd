//! The strategy's keys.

use ganymede_core::config::RunLength;
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::registry::Configurable;
use serde::{Deserialize, Serialize};

/// The norm that costs nothing (Gulrajani et al. 2017, Kodali et al. 2017).
pub(crate) const TARGET: f64 = 1.0;

/// Standard deviation of DRAGAN's noise in units of the batch's, as in the code of Kodali et al. 2017.
pub(crate) const NOISE: f64 = 0.5;

/// Where the gradient is taken, and what it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Between real and fake samples, of norm `target` (Gulrajani et al. 2017).
    WganGp,
    /// Around real samples, of norm `target` (Kodali et al. 2017).
    Dragan,
    /// At real samples, zero (Mescheder et al. 2018, equation 9).
    R1,
    /// At fake samples, zero (Mescheder et al. 2018, equation 10).
    R2,
    /// At both, zero.
    #[default]
    R1R2,
}

impl Kind {
    /// The name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::WganGp => "wgan-gp",
            Self::Dragan => "dragan",
            Self::R1 => "r1",
            Self::R2 => "r2",
            Self::R1R2 => "r1-r2",
        }
    }

    fn has_target(self) -> bool {
        matches!(self, Self::WganGp | Self::Dragan)
    }
}

/// A penalty on the discriminator's gradient at its samples. Keys that the kind does not use must be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GradientPenalty {
    /// Which penalty.
    pub kind: Kind,
    /// WGAN-GP, DRAGAN: only norms above the target pay; default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_sided: Option<bool>,
    /// WGAN-GP, DRAGAN: the norm that costs nothing, at least 0; default 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// DRAGAN: standard deviation of the noise in units of the real batch's, above 0; default 0.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
}

impl Configurable for GradientPenalty {
    fn resolved(self, _: RunLength) -> Self {
        let has_target = self.kind.has_target();
        Self {
            kind: self.kind,
            one_sided: self.one_sided.or(has_target.then_some(false)),
            target: self.target.or(has_target.then_some(TARGET)),
            noise: self.noise.or((self.kind == Kind::Dragan).then_some(NOISE)),
        }
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let unused = format!("{} does not use it; leave it out", self.kind.name());
        if let Some(one_sided) = self.one_sided {
            ensure(self.kind.has_target(), "one_sided", one_sided, &unused)?;
        }
        if let Some(target) = self.target {
            ensure(self.kind.has_target(), "target", target, &unused)?;
            ensure(target.is_finite() && target >= 0.0, "target", target, "expected a number of at least 0")?;
        }
        if let Some(noise) = self.noise {
            ensure(self.kind == Kind::Dragan, "noise", noise, &unused)?;
            ensure(noise.is_finite() && noise > 0.0, "noise", noise, "expected a number above 0, such as 0.5")?;
        }
        Ok(())
    }
}
