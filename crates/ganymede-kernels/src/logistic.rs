//! What an objective makes of a discriminator's logits through the logistic function, with the bits of the library's passes.

/// The mean over all logits of `softplus(x) - t x`, with `softplus(x) = log(1 + exp(x))`: the binary cross entropy of the logits
/// with targets `t`. Its terms are returned, not yet summed, and the derivative of the mean at each logit, `(sigmoid(x) - t) / n`.
///
/// # Panics
/// When the lengths differ.
pub fn cross_entropy(logits: &[f32], targets: &[f32]) -> Terms {
    assert_eq!(logits.len(), targets.len(), "logits and targets");
    let share = share_of(logits.len());
    let of = |(logit, target): (&f32, &f32)| {
        let Softplus { value, slope } = Softplus::at(*logit);
        (value - *target * *logit, share * slope - share * *target)
    };
    Terms::of(logits.iter().zip(targets).map(of))
}

/// The same of `softplus(x)` alone.
pub fn mean_softplus(logits: &[f32]) -> Terms {
    let share = share_of(logits.len());
    let of = |logit: &f32| {
        let Softplus { value, slope } = Softplus::at(*logit);
        (value, share * slope)
    };
    Terms::of(logits.iter().map(of))
}

/// Terms of a mean over logits.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What the mean is of.
    pub values: Vec<f32>,
    /// The derivative of the mean at each logit.
    pub slopes: Vec<f32>,
}

impl Terms {
    fn of(terms: impl Iterator<Item = (f32, f32)>) -> Self {
        let (values, slopes) = terms.unzip();
        Self { values, slopes }
    }
}

/// `log(1 + exp(x))` and its slope, `1 / (1 + exp(-x))`, stable for large magnitudes of either sign.
struct Softplus {
    value: f32,
    slope: f32,
}

impl Softplus {
    fn at(x: f32) -> Self {
        let fading = (-x.abs()).exp();
        let rest = fading.ln_1p();
        if x >= 0.0 {
            Self { value: x + rest, slope: 1.0 / (1.0 + fading) }
        } else {
            Self { value: rest, slope: fading / (1.0 + fading) }
        }
    }
}

fn share_of(count: usize) -> f32 {
    (1.0 / count as f64) as f32
}
