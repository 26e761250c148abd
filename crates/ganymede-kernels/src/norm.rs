//! Batch norm of rows of channels, `[rows, channels]`, by the rows' own statistics (Ioffe & Szegedy 2015).
//!
//! Sums over rows are taken over short stretches in single precision and over these in double precision. The stretches are
//! always the same ones, so a sum does not depend on the number of threads.

use pulp::Arch;
use rayon::prelude::*;

use crate::elementwise::{PART, is_shared, over, over_both};

/// Rows that are summed in single precision.
const STRETCH: usize = 64;

/// The statistics of each channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// The mean over all rows.
    pub mean: Vec<f32>,
    /// The mean of the squared distances to it.
    pub variance: Vec<f32>,
}

impl Moments {
    /// Those of rows.
    ///
    /// # Panics
    /// When the rows are no whole number.
    pub fn of(rows: &[f32], channels: usize) -> Self {
        let count = whole(rows, channels) as f64;
        let over_rows = |[sums]: [Vec<f64>; 1]| sums.into_iter().map(|sum| (sum / count) as f32).collect::<Vec<f32>>();
        let mean = over_rows(sums(rows, rows, channels, |row, _, [sums]| {
            sums.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
        }));
        let variance = over_rows(sums(rows, rows, channels, |row, _, [sums]| {
            for ((sum, number), mean) in sums.iter_mut().zip(row).zip(&mean) {
                *sum += (number - mean) * (number - mean);
            }
        }));
        Self { mean, variance }
    }

    /// One over each channel's standard deviation.
    fn inverse_std(&self, epsilon: f64) -> Vec<f32> {
        self.variance.iter().map(|variance| (variance + epsilon as f32).sqrt().recip()).collect()
    }
}

/// Each channel of `rows` to mean 0 and variance 1, then times `scale` plus `shift`. `epsilon` is added to the variance.
///
/// # Panics
/// When the rows are no whole number.
pub fn normalize(rows: &mut [f32], moments: &Moments, [scale, shift]: [&[f32]; 2], epsilon: f64) {
    let channels = scale.len();
    whole(rows, channels);
    let (mean, inverse_std) = (&moments.mean, moments.inverse_std(epsilon));
    over(rows, part(channels), |rows| {
        for row in rows.chunks_exact_mut(channels) {
            let channels = mean.iter().zip(&inverse_std).zip(scale.iter().zip(shift));
            for (number, ((mean, inverse_std), (scale, shift))) in row.iter_mut().zip(channels) {
                *number = (*number - mean) * inverse_std * scale + shift;
            }
        }
    });
}

/// The backward pass of [`normalize`]: from the result's cotangent, which becomes that of `rows`, the gradients of scale and
/// shift. Gradients through the statistics are in it.
///
/// # Panics
/// When the lengths differ, or the rows are no whole number.
pub fn normalize_backward(
    cotangent: &mut [f32],
    rows: &[f32],
    moments: &Moments,
    scale: &[f32],
    epsilon: f64,
) -> [Vec<f32>; 2] {
    let channels = scale.len();
    let count = whole(rows, channels) as f64;
    assert_eq!(cotangent.len(), rows.len(), "cotangent and rows");
    let (mean, inverse_std) = (&moments.mean, moments.inverse_std(epsilon));
    let gradients = sums(cotangent, rows, channels, |cotangent, row, [scales, shifts]| {
        let channels = mean.iter().zip(&inverse_std).zip(scales.iter_mut().zip(shifts));
        for ((cotangent, number), ((mean, inverse_std), (scale, shift))) in cotangent.iter().zip(row).zip(channels) {
            *scale += cotangent * ((number - mean) * inverse_std);
            *shift += cotangent;
        }
    });
    let means = gradients.each_ref().map(|sums| sums.iter().map(|sum| (sum / count) as f32).collect::<Vec<f32>>());
    let [slopes, levels] = &means;
    let change = |cotangent: &mut [f32], rows: &[f32]| {
        for (cotangent, row) in cotangent.chunks_exact_mut(channels).zip(rows.chunks_exact(channels)) {
            let channels = mean.iter().zip(&inverse_std).zip(scale.iter().zip(slopes.iter().zip(levels)));
            let numbers = cotangent.iter_mut().zip(row);
            for ((cotangent, number), ((mean, inverse_std), (scale, (slope, level)))) in numbers.zip(channels) {
                let normalized = (number - mean) * inverse_std;
                *cotangent = (*cotangent - level - normalized * slope) * (inverse_std * scale);
            }
        }
    };
    over_both(cotangent, rows, part(channels), change);
    gradients.map(|sums| sums.into_iter().map(|sum| sum as f32).collect())
}

/// How many rows there are.
fn whole(rows: &[f32], channels: usize) -> usize {
    assert!(rows.len().is_multiple_of(channels), "whole rows of {channels}");
    rows.len() / channels
}

/// Numbers of the rows that a thread takes at once.
fn part(channels: usize) -> usize {
    (PART / channels).max(1).next_multiple_of(STRETCH) * channels
}

/// For each channel, `N` sums over all rows and their partners of what `add` adds for one of them.
fn sums<const N: usize>(
    rows: &[f32],
    partners: &[f32],
    channels: usize,
    add: impl Fn(&[f32], &[f32], [&mut [f32]; N]) + Send + Sync,
) -> [Vec<f64>; N] {
    let zeros = || std::array::from_fn(|_| vec![0.0; channels]);
    let of_part = |(rows, partners): (&[f32], &[f32])| {
        let mut sums: [Vec<f64>; N] = zeros();
        let stretch = STRETCH * channels;
        Arch::new().dispatch(|| {
            for (rows, partners) in rows.chunks(stretch).zip(partners.chunks(stretch)) {
                let mut short: [Vec<f32>; N] = std::array::from_fn(|_| vec![0.0; channels]);
                for (row, partner) in rows.chunks_exact(channels).zip(partners.chunks_exact(channels)) {
                    add(row, partner, short.each_mut().map(Vec::as_mut_slice));
                }
                merge(&mut sums, &short);
            }
        });
        sums
    };
    let part = part(channels);
    let parts: Vec<[Vec<f64>; N]> = if is_shared(rows.len()) {
        rows.par_chunks(part).zip(partners.par_chunks(part)).map(of_part).collect()
    } else {
        rows.chunks(part).zip(partners.chunks(part)).map(of_part).collect()
    };
    let mut all = zeros();
    for sums in &parts {
        merge(&mut all, sums);
    }
    all
}

/// Adds each number to its sum.
fn merge<T: Copy + Into<f64>, const N: usize>(sums: &mut [Vec<f64>; N], parts: &[Vec<T>; N]) {
    for (sums, parts) in sums.iter_mut().zip(parts) {
        sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += (*part).into());
    }
}
