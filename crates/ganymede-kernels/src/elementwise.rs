//! Number by number: what the tensor library makes in several passes over memory, in one. Each result has the bits of the
//! library's passes, since every number goes through the same operations in the same order and precision.

use pulp::Arch;
use rayon::prelude::*;

/// Numbers that a thread takes at once.
pub(crate) const PART: usize = 1 << 15;

/// From so many numbers on, a pass is shared out among threads: to wake one takes as long as some ten thousand numbers.
const SHARED: usize = 1 << 18;

/// Whether a pass over so many numbers is worth a second thread, and there is one.
pub(crate) fn is_shared(count: usize) -> bool {
    count >= SHARED && rayon::current_num_threads() > 1
}

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
        let arch = Arch::new();
        if !is_shared(gradient.len()) {
            arch.dispatch(|| self.update_part(parameter, gradient, mean, square));
            return;
        }
        let parts = parameter.par_chunks_mut(PART).zip(gradient.par_chunks(PART));
        let parts = parts.zip(mean.par_chunks_mut(PART)).zip(square.par_chunks_mut(PART));
        parts.for_each(|(((parameter, gradient), mean), square)| {
            arch.dispatch(|| self.update_part(parameter, gradient, mean, square));
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

    /// The last of the three lines alone, in place, from new moments.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn step(self, parameter: &mut [f32], mean: &[f32], square: &[f32]) {
        let [scale, guard, epsilon] = [self.scale as f32, self.guard as f32, self.epsilon as f32];
        let [rate, shrink] = [self.rate as f32, self.shrink as f32];
        with_two(parameter, mean, square, |parameter, mean, square| {
            let root = (square + guard).sqrt() + epsilon;
            *parameter = *parameter * shrink - mean * scale / root * rate;
        });
    }

    /// The cotangent of the parameter that [`Adam::step`] makes becomes that of its mean: times
    /// `-rate scale / (sqrt(square + guard) + epsilon)`.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn step_mean_pullback(self, cotangent: &mut [f32], square: &[f32]) {
        let [guard, epsilon, factor] = [self.guard as f32, self.epsilon as f32, (-self.rate * self.scale) as f32];
        with(cotangent, square, |cotangent, square| {
            *cotangent = *cotangent * factor / ((square + guard).sqrt() + epsilon);
        });
    }

    /// The cotangent of the parameter that [`Adam::step`] makes becomes that of its square: times
    /// `rate scale mean / (2 root (root + epsilon)^2)` with `root = sqrt(square + guard)`.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn step_square_pullback(self, cotangent: &mut [f32], mean: &[f32], square: &[f32]) {
        let [guard, epsilon, factor] = [self.guard as f32, self.epsilon as f32, (0.5 * self.rate * self.scale) as f32];
        with_two(cotangent, mean, square, |cotangent, mean, square| {
            let root = (square + guard).sqrt();
            let shifted = root + epsilon;
            // Divided one by one: their product can be too small for a number of single precision.
            *cotangent = *cotangent * factor / shifted * (mean / shifted) / root;
        });
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

/// `past` becomes `decay past + (1 - decay) now^2`.
///
/// # Panics
/// When the lengths differ.
pub fn blend_squares(past: &mut [f32], now: &[f32], decay: f64) {
    let (decay, rest) = (decay as f32, (1.0 - decay) as f32);
    with(past, now, |past, now| *past = *past * decay + *now * *now * rest);
}

/// The cotangent of what [`blend_squares`] makes becomes that of `now`: times `2 (1 - decay) now`.
///
/// # Panics
/// When the lengths differ.
pub fn blend_squares_pullback(cotangent: &mut [f32], now: &[f32], decay: f64) {
    let factor = (2.0 * (1.0 - decay)) as f32;
    with(cotangent, now, |cotangent, now| *cotangent *= factor * *now);
}

/// Leaky `ReLU` in place: `x` where positive, else `slope x`, as `relu(x) (1 - slope) + x slope`; with slope 0 `relu(x)`.
pub fn leaky_relu(numbers: &mut [f32], slope: f64) {
    if slope == 0.0 {
        each(numbers, |number| *number = rectified(*number));
    } else {
        let (slope, rest) = (slope as f32, (1.0 - slope) as f32);
        each(numbers, |number| *number = mixed(*number, slope, rest));
    }
}

/// [`add_row`], then [`leaky_relu`]: the bits of both, in one pass.
///
/// # Panics
/// When the rows are no whole number.
pub fn add_row_leaky_relu(numbers: &mut [f32], row: &[f32], slope: f64) {
    if slope == 0.0 {
        over_rows(numbers, row, |number, term| *number = rectified(*number + term));
    } else {
        let (slope, rest) = (slope as f32, (1.0 - slope) as f32);
        over_rows(numbers, row, |number, term| *number = mixed(*number + term, slope, rest));
    }
}

/// The number where positive, else zero.
#[inline(always)]
fn rectified(number: f32) -> f32 {
    // A negative zero passes the comparison, and the sum makes it a positive one.
    (if number < 0.0 { 0.0 } else { number }) + PLAIN_STORE
}

#[inline(always)]
fn mixed(number: f32, slope: f32, rest: f32) -> f32 {
    let positive = if number <= 0.0 { 0.0 } else { number };
    positive * rest + number * slope
}

/// Added to a choice between what memory holds and zero, which is then written there: of the bare choice the compiler makes a
/// store under a mask, which takes many times as long on some processors.
const PLAIN_STORE: f32 = 0.0;

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

/// `cotangent` of the output of [`leaky_relu`] becomes that of its input, with the bits of the derivative of the mixture that it
/// computes: the cotangent times `1 - slope` where `output` is positive, plus the cotangent times `slope`; with slope 0 the
/// cotangent where `output` is positive.
///
/// # Panics
/// When the lengths differ.
pub fn leaky_relu_pullback(cotangent: &mut [f32], output: &[f32], slope: f64) {
    if slope == 0.0 {
        with(cotangent, output, |cotangent, output| *cotangent = rectified_pullback(*cotangent, *output));
    } else {
        let (slope, rest) = (slope as f32, (1.0 - slope) as f32);
        with(cotangent, output, |cotangent, output| *cotangent = mixed_pullback(*cotangent, *output, slope, rest));
    }
}

/// The backward pass of [`add_row_leaky_relu`]: [`leaky_relu_pullback`], and the sum over rows, which is the gradient of the row. Rows
/// are added one after another, as burn's are.
///
/// # Panics
/// When the lengths differ, or the rows are no whole number.
pub fn leaky_relu_pullback_and_sum(cotangent: &mut [f32], output: &[f32], columns: usize, slope: f64) -> Vec<f32> {
    assert_eq!(cotangent.len(), output.len(), "cotangent and output");
    assert!(cotangent.len().is_multiple_of(columns), "whole rows of {columns}");
    let mut sums = vec![0.0; columns];
    if is_shared(cotangent.len()) {
        leaky_relu_pullback(cotangent, output, slope);
        Arch::new().dispatch(|| sum_rows(cotangent, output, &mut sums, |cotangent, _| cotangent));
    } else if slope == 0.0 {
        Arch::new().dispatch(|| sum_rows(cotangent, output, &mut sums, rectified_pullback));
    } else {
        let (slope, rest) = (slope as f32, (1.0 - slope) as f32);
        let pullback = |cotangent, output| mixed_pullback(cotangent, output, slope, rest);
        Arch::new().dispatch(|| sum_rows(cotangent, output, &mut sums, pullback));
    }
    sums
}

/// Changes each cotangent, and adds each row of them to the sums.
#[inline(always)]
fn sum_rows(cotangent: &mut [f32], output: &[f32], sums: &mut [f32], change: impl Fn(f32, f32) -> f32) {
    let columns = sums.len();
    for (cotangent, output) in cotangent.chunks_exact_mut(columns).zip(output.chunks_exact(columns)) {
        for ((cotangent, output), sum) in cotangent.iter_mut().zip(output).zip(sums.iter_mut()) {
            *cotangent = change(*cotangent, *output);
            *sum += *cotangent;
        }
    }
}

#[inline(always)]
fn rectified_pullback(cotangent: f32, output: f32) -> f32 {
    (if output > 0.0 { cotangent } else { 0.0 }) + PLAIN_STORE
}

#[inline(always)]
fn mixed_pullback(cotangent: f32, output: f32, slope: f32, rest: f32) -> f32 {
    let positive = if output > 0.0 { cotangent * rest } else { 0.0 };
    positive + cotangent * slope
}

/// Adds `row` to each row of `numbers`.
///
/// # Panics
/// When the rows are no whole number.
pub fn add_row(numbers: &mut [f32], row: &[f32]) {
    over_rows(numbers, row, |number, term| *number += term);
}

/// Calls `change` with each number and the one of `row` in its column.
fn over_rows(numbers: &mut [f32], row: &[f32], change: impl Fn(&mut f32, f32) + Send + Sync) {
    let columns = row.len();
    assert!(numbers.len().is_multiple_of(columns), "whole rows of {columns}");
    over(numbers, (PART / columns).max(1) * columns, |rows| {
        for numbers in rows.chunks_exact_mut(columns) {
            numbers.iter_mut().zip(row).for_each(|(number, term)| change(number, *term));
        }
    });
}

/// Changes each of the numbers.
fn each(numbers: &mut [f32], change: impl Fn(&mut f32) + Send + Sync) {
    over(numbers, PART, |numbers| numbers.iter_mut().for_each(&change));
}

/// Calls `change` with all of the numbers, or with parts of them on all threads.
pub(crate) fn over(numbers: &mut [f32], part: usize, change: impl Fn(&mut [f32]) + Send + Sync) {
    let arch = Arch::new();
    if is_shared(numbers.len()) {
        numbers.par_chunks_mut(part).for_each(|numbers| arch.dispatch(|| change(numbers)));
    } else {
        arch.dispatch(|| change(numbers));
    }
}

/// [`over`] for numbers with as many partners.
pub(crate) fn over_both(
    numbers: &mut [f32],
    partners: &[f32],
    part: usize,
    change: impl Fn(&mut [f32], &[f32]) + Send + Sync,
) {
    assert_eq!(numbers.len(), partners.len(), "numbers and partners");
    let arch = Arch::new();
    if is_shared(numbers.len()) {
        let parts = numbers.par_chunks_mut(part).zip(partners.par_chunks(part));
        parts.for_each(|(numbers, partners)| arch.dispatch(|| change(numbers, partners)));
    } else {
        arch.dispatch(|| change(numbers, partners));
    }
}

/// Calls `change` with each of the first numbers and its partner.
fn with(numbers: &mut [f32], partners: &[f32], change: impl Fn(&mut f32, &f32) + Send + Sync) {
    over_both(numbers, partners, PART, |numbers, partners| {
        numbers.iter_mut().zip(partners).for_each(|(number, partner)| change(number, partner));
    });
}

/// Calls `change` with each of the first numbers and its two partners.
fn with_two(numbers: &mut [f32], first: &[f32], second: &[f32], change: impl Fn(&mut f32, f32, f32) + Send + Sync) {
    assert!([first.len(), second.len()].iter().all(|length| *length == numbers.len()), "numbers and partners");
    let arch = Arch::new();
    let all = |numbers: &mut [f32], first: &[f32], second: &[f32]| {
        let partners = first.iter().zip(second);
        numbers.iter_mut().zip(partners).for_each(|(number, (first, second))| change(number, *first, *second));
    };
    if is_shared(numbers.len()) {
        let partners = first.par_chunks(PART).zip(second.par_chunks(PART));
        let parts = numbers.par_chunks_mut(PART).zip(partners);
        parts.for_each(|(numbers, (first, second))| arch.dispatch(|| all(numbers, first, second)));
    } else {
        arch.dispatch(|| all(numbers, first, second));
    }
}
