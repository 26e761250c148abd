//! The objectives: the losses of discriminator and generator, and the discriminator's cotangents in closed form.

use burn::tensor::{Tensor, activation};
use ganymede_kernels::objectives as kernels;
use serde::{Deserialize, Serialize};

use crate::batch::Targets;

/// The objective of a run.
///
/// Every loss is a mean over rows of `[rows, 1]` logits. `real` and `fake` are the discriminator's logits of real and
/// generated rows. Where targets are used, 1 means "real" and they come from [`Targets`], so that label smoothing
/// touches data and knows no loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Goodfellow et al. 2014, section 3: the discriminator's binary cross entropy; the generator maximises
    /// `log D(G(z))`.
    #[default]
    NonSaturating,
    /// Goodfellow et al. 2014, equation 1: the generator minimises `log(1 - D(G(z)))`.
    Minimax,
    /// Mao et al. 2017 with a = 0, b = c = 1: squared distances to the targets, halved.
    LeastSquares,
    /// Arjovsky et al. 2017: difference of means. Needs a Lipschitz constraint from elsewhere.
    Wasserstein,
    /// Lim & Ye 2017.
    Hinge,
    /// Relativistic pairing (Jolicoeur-Martineau 2018): softplus of the difference of logits, paired by index.
    Relativistic,
}

/// A pair of tensors for real and fake rows.
#[derive(Clone, Debug)]
pub struct RealFake {
    /// `[rows, columns]`, of the real rows; logits have one column.
    pub real: Tensor<2>,
    /// The same of the fake rows.
    pub fake: Tensor<2>,
}

impl RealFake {
    /// Splits the outputs of one pass over equally many real and fake rows, the real ones first.
    pub fn halves(outputs: Tensor<2>) -> Self {
        let rows = outputs.dims()[0];
        let half = rows / 2;
        Self { real: outputs.clone().slice_dim(0, 0..half), fake: outputs.slice_dim(0, half..rows) }
    }

    /// The same values without any graph.
    #[must_use]
    pub fn untracked(&self) -> Self {
        let [real, fake] = [&self.real, &self.fake].map(|tensor| tensor.clone().without_autodiff());
        Self { real, fake }
    }

    /// The reverse of [`RealFake::halves`].
    pub fn joined(self) -> Tensor<2> {
        Tensor::cat(vec![self.real, self.fake], 0)
    }
}

impl Objective {
    /// Every objective, in the order of the documentation.
    pub const ALL: [Self; 6] =
        [Self::NonSaturating, Self::Minimax, Self::LeastSquares, Self::Wasserstein, Self::Hinge, Self::Relativistic];

    /// The name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::NonSaturating => "non-saturating",
            Self::Minimax => "minimax",
            Self::LeastSquares => "least-squares",
            Self::Wasserstein => "wasserstein",
            Self::Hinge => "hinge",
            Self::Relativistic => "relativistic",
        }
    }

    /// Whether the discriminator's loss looks at targets.
    pub fn uses_targets(self) -> bool {
        matches!(self, Self::NonSaturating | Self::Minimax | Self::LeastSquares)
    }

    /// The logit above which the discriminator takes a row for real; `None` where only differences of logits mean
    /// something.
    pub fn boundary(self) -> Option<f64> {
        match self {
            Self::NonSaturating | Self::Minimax | Self::Hinge => Some(0.0),
            Self::LeastSquares => Some(0.5),
            Self::Wasserstein | Self::Relativistic => None,
        }
    }

    /// Whether the discriminator's loss is a sum of logits, each times a constant.
    pub fn is_linear(self) -> bool {
        self == Self::Wasserstein
    }

    /// Whether the generator's loss looks at the logits of real rows.
    pub fn pairs(self) -> bool {
        self == Self::Relativistic
    }

    /// What the discriminator minimises; a tensor of one number.
    pub fn discriminator_loss(self, logits: &RealFake, targets: &Targets) -> Tensor<1> {
        let RealFake { real, fake } = logits.clone();
        match self {
            Self::NonSaturating | Self::Minimax => {
                cross_entropy(real, targets.real.clone()).add(cross_entropy(fake, targets.fake.clone()))
            }
            Self::LeastSquares => {
                half_square(real.sub(targets.real.clone())).add(half_square(fake.sub(targets.fake.clone())))
            }
            Self::Wasserstein => fake.mean().sub(real.mean()),
            Self::Hinge => {
                activation::relu(real.neg().add_scalar(1.0)).mean().add(activation::relu(fake.add_scalar(1.0)).mean())
            }
            Self::Relativistic => mean_softplus(fake.sub(real)),
        }
    }

    /// The derivative of [`Objective::discriminator_loss`] at each logit, in closed form.
    pub fn discriminator_cotangents(self, logits: &RealFake, targets: &Targets) -> RealFake {
        let RealFake { real, fake } = logits.clone();
        let (real_rows, fake_rows) = (real.dims()[0] as f64, fake.dims()[0] as f64);
        let (real, fake) = match self {
            Self::NonSaturating | Self::Minimax => (
                activation::sigmoid(real).sub(targets.real.clone()),
                activation::sigmoid(fake).sub(targets.fake.clone()),
            ),
            Self::LeastSquares => (real.sub(targets.real.clone()), fake.sub(targets.fake.clone())),
            Self::Wasserstein => (real.full_like(-1.0), fake.full_like(1.0)),
            Self::Hinge => (positive(real.neg().add_scalar(1.0)).neg(), positive(fake.add_scalar(1.0))),
            Self::Relativistic => {
                let slope = activation::sigmoid(fake.sub(real));
                (slope.clone().neg(), slope)
            }
        };
        RealFake { real: real.div_scalar(real_rows), fake: fake.div_scalar(fake_rows) }
    }

    /// What the generator minimises; a tensor of one number. `real` is looked at only where the objective
    /// [pairs](Objective::pairs).
    pub fn generator_loss(self, fake: Tensor<2>, real: Option<Tensor<2>>) -> Tensor<1> {
        match self {
            Self::NonSaturating => mean_softplus(fake.neg()),
            Self::Minimax => mean_softplus(fake).neg(),
            Self::LeastSquares => half_square(fake.sub_scalar(1.0)),
            Self::Wasserstein | Self::Hinge => fake.mean().neg(),
            Self::Relativistic => mean_softplus(difference(real, fake)),
        }
    }
}

/// `log(1 + exp(x))`, stable for large magnitudes of either sign.
pub fn softplus(logits: Tensor<2>) -> Tensor<2> {
    activation::log_sigmoid(logits.neg()).neg()
}

/// The mean of [`softplus`] over rows.
fn mean_softplus(logits: Tensor<2>) -> Tensor<1> {
    if kernels::serves(&logits) { kernels::mean_softplus(logits) } else { softplus(logits).mean() }
}

/// Binary cross entropy of logits with targets in `[0, 1]`, mean over rows: `softplus(x) - t x`.
fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    if kernels::serves(&logits) && kernels::serves(&targets) {
        return kernels::cross_entropy(logits, targets);
    }
    softplus(logits.clone()).sub(targets.mul(logits)).mean()
}

/// Half the mean square.
fn half_square(values: Tensor<2>) -> Tensor<1> {
    values.square().mean().mul_scalar(0.5)
}

/// One where positive, zero elsewhere.
fn positive(values: Tensor<2>) -> Tensor<2> {
    activation::relu(values).sign()
}

/// `real - fake`; without real logits the pairing is with zero, which no plan lets happen.
fn difference(real: Option<Tensor<2>>, fake: Tensor<2>) -> Tensor<2> {
    match real {
        Some(real) => real.sub(fake),
        None => fake.neg(),
    }
}
