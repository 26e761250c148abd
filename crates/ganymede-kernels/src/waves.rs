//! Sines and cosines of the values at frequencies that double, in single precision.

use std::f32::consts::FRAC_2_PI;

use pulp::Arch;
use rayon::prelude::*;

use crate::elementwise::is_shared;

/// The phases up to which [`sine_and_cosine`] serves; beyond them the standard library's functions do.
const REACH: f32 = 8_192.0;

/// Adding it rounds a number to a whole one, which the last bits of the sum then are.
const ROUNDER: f32 = 12_582_912.0;

/// A quarter turn in three parts, of which the first two have so few bits that they times a whole number below 2^13 are exact (Cody &
/// Waite 1980).
const QUARTER: [f32; 3] = [1.570_312_5, 4.837_513e-4, 7.549_79e-8];

/// Coefficients of the sine and the cosine within an eighth of a turn (Moshier's Cephes).
const SINE: [f32; 3] = [-1.666_665_5e-1, 8.332_161e-3, -1.951_529_6e-4];
const COSINE: [f32; 3] = [4.166_664_6e-2, -1.388_731_6e-3, 2.443_315_7e-5];

/// Rows that are worked on together, so that what lies between stays in the nearest cache.
const ROWS: usize = 128;

/// What features a row of values has: the values `x`, then `sin(f x)`, `cos(f x)`, `sin(2 f x)`, `cos(2 f x)` and so on, each part as long as
/// the row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waves {
    /// Values of a row.
    pub channels: usize,
    /// How many frequencies.
    pub octaves: usize,
    /// The lowest frequency f, in radians a unit of the values.
    pub frequency: f64,
}

impl Waves {
    /// Features of a row.
    pub fn width(self) -> usize {
        self.channels * (1 + 2 * self.octaves)
    }

    fn frequencies(self) -> Vec<f32> {
        let all = std::iter::successors(Some(self.frequency), |frequency| Some(2.0 * frequency));
        all.take(self.octaves).map(|frequency| frequency as f32).collect()
    }

    /// The features of each row, one row after the other. They are within 2e-7 of the true sines and cosines of the phases as rounded to
    /// single precision.
    ///
    /// # Panics
    /// When the rows are no whole number.
    pub fn features(self, values: &[f32]) -> Vec<f32> {
        let frequencies = self.frequencies();
        self.by_rows([values, values], [self.channels; 2], self.width(), |[values, _], features| {
            let mut waves = [vec![0.0; values.len()], vec![0.0; values.len()]];
            self.write(0, values, features);
            for (octave, frequency) in frequencies.iter().enumerate() {
                let [sines, cosines] = &mut waves;
                phases(values, *frequency, sines, cosines);
                self.write(2 * octave + 1, sines, features);
                self.write(2 * octave + 2, cosines, features);
            }
        })
    }

    /// The cotangent of the values from that of the features: `c_0 + sum_k f_k (c_sin cos - c_cos sin)`.
    ///
    /// # Panics
    /// When the lengths differ or the rows are no whole number.
    pub fn pullback(self, cotangent: &[f32], features: &[f32]) -> Vec<f32> {
        let frequencies = self.frequencies();
        self.by_rows([cotangent, features], [self.width(); 2], self.channels, |[cotangent, features], values| {
            let [channels, width] = [self.channels, self.width()];
            let rows = cotangent.chunks_exact(width).zip(features.chunks_exact(width));
            for ((cotangent, features), values) in rows.zip(values.chunks_exact_mut(channels)) {
                values.copy_from_slice(&cotangent[..channels]);
                let pairs = |row| <[f32]>::chunks_exact(row, 2 * channels);
                let octaves = pairs(&cotangent[channels..]).zip(pairs(&features[channels..]));
                for ((cotangent, wave), frequency) in octaves.zip(&frequencies) {
                    let (of_sine, of_cosine) = cotangent.split_at(channels);
                    let (sine, cosine) = wave.split_at(channels);
                    let terms = of_sine.iter().zip(of_cosine).zip(sine.iter().zip(cosine));
                    for (value, ((of_sine, of_cosine), (sine, cosine))) in values.iter_mut().zip(terms) {
                        *value += (of_sine * cosine - of_cosine * sine) * frequency;
                    }
                }
            }
        })
    }

    /// The cotangent of [`Waves::pullback`]'s first argument from that of its result, `g`: `g`, then `f_k g cos` and `-f_k g sin` by turns.
    ///
    /// # Panics
    /// When the lengths differ or the rows are no whole number.
    pub fn pullback_to_cotangent(self, g: &[f32], features: &[f32]) -> Vec<f32> {
        self.turned(g, features, 1.0)
    }

    /// The cotangent of [`Waves::pullback`]'s second argument from that of its result, `g`: zero, then `-f_k g c_cos` and `f_k g c_sin` by
    /// turns.
    ///
    /// # Panics
    /// When the lengths differ or the rows are no whole number.
    pub fn pullback_to_features(self, g: &[f32], cotangent: &[f32]) -> Vec<f32> {
        let mut result = self.turned(g, cotangent, -1.0);
        for row in result.chunks_exact_mut(self.width()) {
            row[..self.channels].fill(0.0);
        }
        result
    }

    /// `g`, then for each pair of waves the second and the negative of the first, times `sign f_k g`.
    fn turned(self, g: &[f32], waves: &[f32], sign: f32) -> Vec<f32> {
        let ([channels, width], frequencies) = ([self.channels, self.width()], self.frequencies());
        self.by_rows([g, waves], [channels, width], width, |[g, waves], result| {
            let rows = g.chunks_exact(channels).zip(waves.chunks_exact(width));
            for ((g, waves), result) in rows.zip(result.chunks_exact_mut(width)) {
                result[..channels].copy_from_slice(g);
                let pairs = waves[channels..].chunks_exact(2 * channels);
                let results = result[channels..].chunks_exact_mut(2 * channels);
                for ((wave, result), frequency) in pairs.zip(results).zip(&frequencies) {
                    let (first, second) = wave.split_at(channels);
                    let (to_first, to_second) = result.split_at_mut(channels);
                    let made = g.iter().map(|g| g * (sign * frequency)).zip(first.iter().zip(second));
                    for ((to_first, to_second), (g, (first, second))) in to_first.iter_mut().zip(to_second).zip(made) {
                        (*to_first, *to_second) = (g * second, -(g * first));
                    }
                }
            }
        })
    }

    /// Writes one part of the features of each row.
    #[inline(always)]
    fn write(self, part: usize, numbers: &[f32], features: &mut [f32]) {
        match self.channels {
            1 => self.write_runs::<1>(part, numbers, features),
            2 => self.write_runs::<2>(part, numbers, features),
            3 => self.write_runs::<3>(part, numbers, features),
            channels => {
                let rows = features.chunks_exact_mut(self.width()).zip(numbers.chunks_exact(channels));
                rows.for_each(|(row, numbers)| row[part * channels..][..channels].copy_from_slice(numbers));
            }
        }
    }

    #[inline(always)]
    fn write_runs<const CHANNELS: usize>(self, part: usize, numbers: &[f32], features: &mut [f32]) {
        let rows = features.chunks_exact_mut(self.width()).zip(numbers.as_chunks::<CHANNELS>().0);
        for (row, numbers) in rows {
            row[part * CHANNELS..][..CHANNELS].copy_from_slice(numbers);
        }
    }

    /// Calls `write` with some rows of both inputs, of these widths, and where the rows made of them belong; on all threads where that
    /// pays.
    fn by_rows(
        self,
        inputs: [&[f32]; 2],
        widths: [usize; 2],
        width: usize,
        write: impl Fn([&[f32]; 2], &mut [f32]) + Send + Sync,
    ) -> Vec<f32> {
        let rows = inputs[0].len() / widths[0].max(1);
        let whole = inputs.iter().zip(widths).all(|(input, width)| input.len() == rows * width);
        assert!(whole, "{rows} rows of {} and {}", widths[0], widths[1]);
        let mut result = vec![0.0; rows * width];
        let arch = Arch::new();
        let [first, second] = [0, 1].map(|input| inputs[input].par_chunks((ROWS * widths[input]).max(1)));
        let parts = first.zip(second).zip(result.par_chunks_mut((ROWS * width).max(1)));
        let write = |((first, second), result): ((&[f32], &[f32]), &mut [f32])| {
            arch.dispatch(|| write([first, second], result));
        };
        if is_shared(rows * self.width()) {
            parts.for_each(write);
        } else {
            let [first, second] = [0, 1].map(|input| inputs[input].chunks((ROWS * widths[input]).max(1)));
            first.zip(second).zip(result.chunks_mut((ROWS * width).max(1))).for_each(write);
        }
        result
    }
}

/// Sines and cosines of the values times a frequency.
#[inline(always)]
fn phases(values: &[f32], frequency: f32, sines: &mut [f32], cosines: &mut [f32]) {
    let waves = sines.iter_mut().zip(cosines.iter_mut());
    // The comparison also finds what is not a number.
    if values.iter().all(|value| (value * frequency).abs() <= REACH) {
        for (value, (sine, cosine)) in values.iter().zip(waves) {
            (*sine, *cosine) = sine_and_cosine(value * frequency);
        }
    } else {
        for (value, (sine, cosine)) in values.iter().zip(waves) {
            (*sine, *cosine) = (value * frequency).sin_cos();
        }
    }
}

/// The sine and the cosine of a phase up to [`REACH`], without a branch: a loop over many becomes one over vectors.
#[inline(always)]
fn sine_and_cosine(phase: f32) -> (f32, f32) {
    let rounded = phase * FRAC_2_PI + ROUNDER;
    let (quarter, turns) = (rounded.to_bits(), rounded - ROUNDER);
    let rest = phase - turns * QUARTER[0] - turns * QUARTER[1] - turns * QUARTER[2];
    let square = rest * rest;
    let sine = rest + rest * square * (SINE[0] + square * (SINE[1] + square * SINE[2]));
    let cosine = 1.0 - 0.5 * square + square * square * (COSINE[0] + square * (COSINE[1] + square * COSINE[2]));
    let (along, across) = if quarter & 1 == 0 { (sine, cosine) } else { (cosine, sine) };
    let negated = |number: f32, bit: u32| f32::from_bits(number.to_bits() ^ (bit & 2) << 30);
    (negated(along, quarter), negated(across, quarter.wrapping_add(1)))
}
