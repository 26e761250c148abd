//! Pictures multiplied with a weight, window by window, without a matrix of the windows.
//!
//! A row of the left matrix is the values under a window, which lie in memory as runs of channels, one for each place of the
//! kernel. The tile reads them where they are (Dukhan 2019, "The indirect convolution algorithm"); only the weight is moved,
//! into the order in which it is read.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::tile::{self, ACROSS, FEW, MANY, Sums, Vectors};

/// Values of a row that are multiplied at once, so that the panel of the weight that goes with them stays in the nearest cache.
const DEPTH: usize = 256;

/// A right matrix, `[depth, width]`, and what is added to each row of its product.
pub(crate) struct Right {
    depth: usize,
    width: usize,
    /// Panels of as many columns as a tile has, and one of a vector's where that holds the rest. Each has its columns for every
    /// value of a row; the last one ends in zeros.
    panels: Vec<f32>,
    /// One number a column, with zeros to the panels' end.
    bias: Vec<f32>,
}

impl Right {
    /// The matrix whose entry of a row and a column is `weight[row + columns[column]]`. There is a row for each tap, and within it for
    /// each channel: `taps[tap] + channels[channel]`.
    pub(crate) fn new(
        weight: &[f32],
        [taps, channels]: [&[usize]; 2],
        columns: &[usize],
        bias: Option<&[f32]>,
    ) -> Self {
        let (depth, width) = (taps.len() * channels.len(), columns.len());
        let lanes = Vectors::of_machine().lanes;
        let begin = wide_columns(width, lanes);
        let padded = begin.max(width.next_multiple_of(lanes));
        let mut panels = vec![0.0; padded * depth];
        let (wide, narrow) = panels.split_at_mut(begin * depth);
        let (whole, rest) = columns.split_at(begin.min(width));
        let mut parts = [(whole, ACROSS * lanes, wide), (rest, lanes, narrow)];
        // The taps of a channel lie side by side in the weight: what is read stays in the nearest cache until all of it is.
        for (at, channel) in channels.iter().enumerate() {
            for (row, tap) in (at..depth).step_by(channels.len()).zip(taps) {
                let weight = &weight[channel + tap..];
                for (columns, across, panels) in &mut parts {
                    let panels = panels.chunks_exact_mut((*across * depth).max(1));
                    for (columns, panel) in columns.chunks(*across).zip(panels) {
                        let values = panel[row * *across..].iter_mut();
                        values.zip(columns).for_each(|(value, column)| *value = weight[*column]);
                    }
                }
            }
        }
        let mut row = bias.map_or_else(Vec::new, <[f32]>::to_vec);
        row.resize(padded, 0.0);
        Self { depth, width, panels, bias: row }
    }
}

/// Columns of the panels that are as wide as a tile: all of them, unless a single vector holds the last ones.
fn wide_columns(width: usize, lanes: usize) -> usize {
    let across = ACROSS * lanes;
    if (1..=lanes).contains(&(width % across)) { width / across * across } else { width.next_multiple_of(across) }
}

/// Rows of a left matrix: each is `taps` runs of `run` values.
pub(crate) struct Left<'a> {
    /// What the runs lie in.
    pub(crate) values: &'a [f32],
    /// Where each run of each row starts; [`Left::ZEROS`] for zeros.
    pub(crate) starts: &'a [usize],
    /// Added to each start.
    pub(crate) offset: usize,
    /// Runs of a row.
    pub(crate) taps: usize,
    /// Values of a run.
    pub(crate) run: usize,
    /// As many zeros as a run has.
    pub(crate) zeros: &'a [f32],
}

impl Left<'_> {
    /// The start of a run of zeros.
    pub(crate) const ZEROS: usize = usize::MAX;

    #[inline(always)]
    fn run(&self, row: usize, tap: usize) -> &[f32] {
        match self.starts[row * self.taps + tap] {
            Self::ZEROS => self.zeros,
            start => &self.values[start + self.offset..][..self.run],
        }
    }

    /// Copies all rows, one after the other.
    pub(crate) fn copy_to(&self, rows: &mut Vec<f32>) {
        rows.clear();
        rows.resize(self.starts.len() * self.run, 0.0);
        match self.run {
            1 => self.copy_runs::<1>(rows),
            2 => self.copy_runs::<2>(rows),
            3 => self.copy_runs::<3>(rows),
            4 => self.copy_runs::<4>(rows),
            _ => {
                for (copy, start) in rows.chunks_exact_mut(self.run).zip(self.starts) {
                    if *start != Self::ZEROS {
                        copy.copy_from_slice(&self.values[start + self.offset..][..self.run]);
                    }
                }
            }
        }
    }

    fn copy_runs<const RUN: usize>(&self, rows: &mut [f32]) {
        for (copy, start) in rows.as_chunks_mut::<RUN>().0.iter_mut().zip(self.starts) {
            if *start != Self::ZEROS
                && let Some(run) = self.values[start + self.offset..].first_chunk()
            {
                *copy = *run;
            }
        }
    }
}

/// Writes rows of a product, with the bias, where `places` says that each starts in `output`.
pub(crate) struct Multiply<'a> {
    pub(crate) left: Left<'a>,
    pub(crate) right: &'a Right,
    pub(crate) output: &'a mut [f32],
    pub(crate) places: &'a [usize],
    /// Added to each place.
    pub(crate) offset: usize,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 {
            self.run::<S, MANY>(simd);
        } else {
            self.run::<S, FEW>(simd);
        }
    }
}

/// Columns of the right matrix, and runs of the left one's rows that they are multiplied with.
struct Block<'a, S: Simd, const ACROSS: usize> {
    panel: &'a [[S::f32s; ACROSS]],
    bias: [S::f32s; ACROSS],
    /// The first column.
    begin: usize,
    /// Columns, without zeros.
    width: usize,
    taps: Range<usize>,
}

impl Multiply<'_> {
    /// With tiles of `DOWN` rows.
    #[inline(always)]
    fn run<S: Simd, const DOWN: usize>(mut self, simd: S) {
        let right = self.right;
        let begin = wide_columns(right.width, S::F32_LANES);
        let (wide, narrow) = right.panels.split_at(begin * right.depth);
        let (wide_bias, narrow_bias) = right.bias.split_at(begin);
        let taps_at_once = (DEPTH / self.left.run).max(1);
        let mut first = 0;
        // Where no place of the kernel reaches, the bias alone is written.
        loop {
            let taps = first..(first + taps_at_once).min(self.left.taps);
            self.panels::<S, DOWN, ACROSS>(simd, wide, wide_bias, 0, &taps);
            self.panels::<S, DOWN, 1>(simd, narrow, narrow_bias, begin, &taps);
            first = taps.end;
            if first >= self.left.taps {
                break;
            }
        }
    }

    #[inline(always)]
    fn panels<S: Simd, const DOWN: usize, const ACROSS: usize>(
        &mut self,
        simd: S,
        panels: &[f32],
        bias: &[f32],
        begin: usize,
        taps: &Range<usize>,
    ) {
        let (columns, run) = (ACROSS * S::F32_LANES, self.left.run);
        let panels = tile::vectors::<S, ACROSS>(panels);
        for (index, bias) in tile::vectors::<S, ACROSS>(bias).iter().enumerate() {
            let panel = &panels[index * self.right.depth..][..self.right.depth];
            let begin = begin + index * columns;
            self.block::<S, DOWN, ACROSS>(
                simd,
                &Block {
                    panel: &panel[taps.start * run..taps.end * run],
                    bias: *bias,
                    begin,
                    width: columns.min(self.right.width - begin),
                    taps: taps.clone(),
                },
            );
        }
    }

    #[inline(always)]
    fn block<S: Simd, const DOWN: usize, const ACROSS: usize>(&mut self, simd: S, columns: &Block<'_, S, ACROSS>) {
        let Self { left, output, places, offset, .. } = self;
        let Block { panel, bias, begin, width, taps } = columns;
        for block in (0..places.len()).step_by(DOWN) {
            // Rows behind the last one repeat it and are not written.
            let row = |down: usize| (block + down).min(places.len() - 1);
            let place = |down: usize| places[row(down)] + *offset + begin;
            let mut sums: Sums<S, DOWN, ACROSS> = [*bias; DOWN];
            if taps.start > 0 {
                for (down, sums) in sums.iter_mut().enumerate() {
                    *sums = tile::load(simd, &output[place(down)..][..*width]);
                }
            }
            for (tap, panel) in taps.clone().zip(panel.chunks_exact(left.run.max(1))) {
                let mut rows = [left.zeros; DOWN];
                for (down, run) in rows.iter_mut().enumerate() {
                    *run = left.run(row(down), tap);
                }
                sums = tile::product::<S, DOWN, ACROSS>(simd, sums, rows, panel);
            }
            for (down, sums) in sums.into_iter().enumerate().take(places.len() - block) {
                tile::store(simd, &mut output[place(down)..][..*width], sums);
            }
        }
    }
}
