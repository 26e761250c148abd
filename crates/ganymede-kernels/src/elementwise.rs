//! Number by number: what the tensor library makes in several passes over memory, in one. Each result has the bits of the
//! library's passes, since every number goes through the same operations in the same order and precision.

use pulp::Arch;
use rayon::prelude::*;

/// Numbers that a thread takes at once; fewer are not worth a second thread.
const PART: usize = 1 << 15;

/// One update of Adam (Kingma & Ba 2015), with its corrections moved into three scalars:
///
/// ```text
/// mean'      = beta1 mean + (1 - beta1) gradient
/// square'    = beta2 square + (1 - beta2) gradient^2
/// parameter' = shrink parameter - rate (scale mean') / (sqrt(square' + guard) + epsilon)
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// Weight of the past in the mean of gradients, in `[0, 1)`.
    pub beta1: f64,
    /// Weight of the past in the mean of squares, in `[0, 1)`.
    pub beta2: f64,
    /// `sqrt(1 - beta2^n) / (1 - beta1^n)` for the `n`-th update.
    pub scale: f64,
    /// Added to the square before its root is taken.
    pub guard: f64,
    /// Added to the root: `sqrt(1 - beta2^n)` times the configured one.
    pub epsilon: f64,
    /// The learning rate.
    pub rate: f64,
    /// What a decoupled weight decay leaves of the parameter; 1 without one.
    pub shrink: f64,
}

impl Adam {
    /// Updates all three in place.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn update(self, parameter: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32]) {
        let lengths = [parameter.len(), mean.len(), square.len()];
        assert!(lengths.iter().all(|length| *length == gradient.len()), "lengths of Adam's tensors");
        let parts = parameter.par_chunks_mut(PART).zip(gradient.par_chunks(PART));
        let parts = parts.zip(mean.par_chunks_mut(PART)).zip(square.par_chunks_mut(PART));
        parts.for_each(|(((parameter, gradient), mean), square)| {
            Arch::new().dispatch(|| self.update_part(parameter, gradient, mean, square));
        });
    }

    #[inline(always)]
    fn update_part(self, parameter: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32]) {
        let [beta1, beta2] = [self.beta1 as f32, self.beta2 as f32];
        let [rest1, rest2] = [(1.0 - self.beta1) as f32, (1.0 - self.beta2) as f32];
        let [scale, guard, epsilon] = [self.scale as f32, self.guard as f32, self.epsilon as f32];
        let [rate, shrink] = [self.rate as f32, self.shrink as f32];
        for (((parameter, gradient), mean), square) in parameter.iter_mut().zip(gradient).zip(mean).zip(square) {
            *mean = *mean * beta1 + *gradient * rest1;
            *square = *square * beta2 + *gradient * *gradient * rest2;
            let root = (*square + guard).sqrt() + epsilon;
            *parameter = *parameter * shrink - *mean * scale / root * rate;
        }
    }
}

/// `past` becomes `decay past + (1 - decay) now`.
///
/// # Panics
/// When the lengths differ.
pub fn blend(past: &mut [f32], now: &[f32], decay: f64) {
    let (decay, rest) = (decay as f32, (1.0 - decay) as f32);
    with(past, now, |past, now| *past = *past * decay + *now * rest);
}

/// Leaky `ReLU` in place: `x` where positive, else `slope x`, as `relu(x) (1 - slope) + x slope`.
pub fn leaky_relu(numbers: &mut [f32], slope: f64) {
    let (slope, rest) = (slope as f32, (1.0 - slope) as f32);
    numbers.par_chunks_mut(PART).for_each(|part| {
        Arch::new().dispatch(|| {
            for number in part {
                let positive = if *number <= 0.0 { 0.0 } else { *number };
                *number = positive * rest + *number * slope;
            }
        });
    });
}

/// `cotangent` times the slope of leaky `ReLU`, which is 1 where `output`, or what went in, is positive.
///
/// # Panics
/// When the lengths differ.
pub fn leaky_relu_backward(cotangent: &mut [f32], output: &[f32], slope: f64) {
    let (slope, rest) = (slope as f32, (1.0 - slope) as f32);
    with(cotangent, output, |cotangent, output| {
        let positive = if *output > 0.0 { rest } else { 0.0 };
        *cotangent *= positive + slope;
    });
}

/// Adds `row` to each row of `numbers`.
///
/// # Panics
/// When the rows are no whole number.
pub fn add_row(numbers: &mut [f32], row: &[f32]) {
    assert!(numbers.len().is_multiple_of(row.len()), "whole rows of {}", row.len());
    let part = (PART / row.len()).max(1) * row.len();
    numbers.par_chunks_mut(part).for_each(|rows| {
        Arch::new().dispatch(|| {
            for numbers in rows.chunks_exact_mut(row.len()) {
                numbers.iter_mut().zip(row).for_each(|(number, term)| *number += term);
            }
        });
    });
}

/// Calls `change` with each of the first numbers and its partner.
fn with(numbers: &mut [f32], partners: &[f32], change: impl Fn(&mut f32, &f32) + Send + Sync) {
    assert_eq!(numbers.len(), partners.len(), "numbers and partners");
    let parts = numbers.par_chunks_mut(PART).zip(partners.par_chunks(PART));
    parts.for_each(|(numbers, partners)| {
        Arch::new().dispatch(|| numbers.iter_mut().zip(partners).for_each(|(number, partner)| change(number, partner)));
    });
}
