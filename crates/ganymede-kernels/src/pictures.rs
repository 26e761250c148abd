//! The map of a [`Geometry`] in both directions, for rows of pictures.

use ganymede_samples::Shape;
use pulp::Arch;
use rayon::prelude::*;

use crate::elementwise;
use crate::geometry::{Geometry, NOWHERE, Part};
use crate::matrix::MatrixRef;
use crate::product::{Left, Multiply, Right};

/// Fewer channels than this are few. Where they are read, windows are copied into rows first: the tile's loop would be too short.
/// Where they are written, it is by whole windows: a tile would be mostly empty.
pub(crate) const SHORT: usize = 8;

/// Rows of a product that are worked on together; a multiple of the rows of every tile.
const ROWS: usize = 192;

/// A picture with its groups of channels.
#[derive(Clone, Copy)]
struct Side {
    pixels: usize,
    channels: usize,
    groups: usize,
}

impl Side {
    fn features(self) -> usize {
        self.pixels * self.channels
    }

    fn of_group(self) -> usize {
        self.channels / self.groups
    }
}

/// A part of the output with a weight for each group.
struct Work {
    part: Part,
    weights: Vec<Right>,
}

/// What is done with the sums of each pixel before it is written.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ending<'a> {
    /// One number for each channel that is written, to be added.
    pub(crate) bias: Option<&'a [f32]>,
    /// Of leaky `ReLU`.
    pub(crate) slope: Option<f64>,
}

impl Ending<'_> {
    /// Leaky `ReLU`, of pixels that have their bias.
    fn rectify(self, pixels: &mut [f32]) {
        if let Some(slope) = self.slope {
            elementwise::leaky_relu(pixels, slope);
        }
    }

    fn of_pixels(self, mut pixels: Vec<f32>) -> Vec<f32> {
        match (self.bias, self.slope) {
            (Some(bias), Some(slope)) => elementwise::add_row_leaky_relu(&mut pixels, bias, slope),
            (Some(bias), None) => elementwise::add_row(&mut pixels, bias),
            (None, _) => self.rectify(&mut pixels),
        }
        pixels
    }
}

impl Geometry {
    /// The convolution: rows of the large picture, `[rows, large features]` with channels last, times `weight` to rows of the
    /// small one, `[rows, small features]`. The bias has one number for each channel of the small picture.
    ///
    /// # Panics
    /// When a slice has another length than these shapes say.
    pub fn to_small_rows(self, large: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        self.to_small_with(large, weight, Ending { bias, slope: None })
    }

    pub(crate) fn to_small_with(self, large: &[f32], weight: &[f32], ending: Ending<'_>) -> Vec<f32> {
        assert_eq!(weight.len(), self.weight_len(), "the weight's length");
        if self.is_product() {
            let weight = MatrixRef::new(weight, [self.large.channels, self.small.channels], [1, self.large.channels]);
            return ending.of_pixels(pixels(large, self.large).product(weight));
        }
        if self.is_whole() {
            return ending.of_pixels(self.whole_to_small(large, weight));
        }
        if self.small_channels() < SHORT
            && self.places() > 1
            && let Some(mirrored) = self.mirrored()
        {
            return mirrored.by_windows(large, &self.mirrored_weight(weight), ending);
        }
        let (input, output) = (self.large_side(), self.small_side());
        let part = self.to_small();
        let columns: Vec<usize> = (0..output.of_group()).map(|small| self.weight_at(0, small, 0, 0)).collect();
        let work = [self.work(part, input, |channel| self.weight_at(0, 0, channel, 0), &columns, weight, ending.bias)];
        over_pictures(large, input, output, |pictures, written| {
            multiply(&work, pictures, input, written, output);
            ending.rectify(written);
        })
    }

    /// The transposed convolution: rows of the small picture, `[rows, small features]` with channels last, times `weight` to
    /// rows of the large one, `[rows, large features]`. The bias has one number for each channel of the large picture.
    ///
    /// # Panics
    /// When a slice has another length than these shapes say.
    pub fn to_large_rows(self, small: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        self.to_large_with(small, weight, Ending { bias, slope: None })
    }

    pub(crate) fn to_large_with(self, small: &[f32], weight: &[f32], ending: Ending<'_>) -> Vec<f32> {
        assert_eq!(weight.len(), self.weight_len(), "the weight's length");
        if self.is_product() {
            let weight = MatrixRef::new(weight, [self.small.channels, self.large.channels], [self.large.channels, 1]);
            return ending.of_pixels(pixels(small, self.small).product(weight));
        }
        if self.is_whole() {
            return ending.of_pixels(self.whole_to_large(small, weight));
        }
        let (input, output) = (self.small_side(), self.large_side());
        if self.places() > 1 && (output.of_group() < SHORT || self.is_sparse()) {
            return self.by_windows(small, weight, ending);
        }
        let columns: Vec<usize> = (0..output.of_group()).map(|large| self.weight_at(0, 0, large, 0)).collect();
        let work = self.to_large().into_par_iter();
        let work: Vec<Work> = work
            .map(|part| {
                self.work(part, input, |channel| self.weight_at(0, channel, 0, 0), &columns, weight, ending.bias)
            })
            .collect();
        over_pictures(small, input, output, |pictures, written| {
            multiply(&work, pictures, input, written, output);
            ending.rectify(written);
        })
    }

    /// The transposed convolution where a tile would be mostly empty, because of few channels or of zeros around the small
    /// picture: each pixel's whole window at once, which is then added to the large one.
    fn by_windows(self, small: &[f32], weight: &[f32], ending: Ending<'_>) -> Vec<f32> {
        let (input, output) = (self.small_side(), self.large_side());
        let (channels, places) = (output.of_group(), self.places());
        let windows = self.to_small();
        let columns: Vec<usize> = (0..places)
            .flat_map(|place| (0..channels).map(move |channel| self.weight_at(0, 0, channel, place)))
            .collect();
        let window = Side { pixels: input.pixels, channels: places * channels * self.groups, groups: self.groups };
        let part = Part { outputs: windows.outputs, taps: vec![0], sources: (0..input.pixels as u32).collect() };
        let work = [self.work(part, input, |channel| self.weight_at(0, channel, 0, 0), &columns, weight, None)];
        over_pictures(small, input, output, |pictures, written| {
            let mut parts = vec![0.0; pictures.len() / input.features() * window.features()];
            multiply(&work, pictures, input, &mut parts, window);
            if let Some(bias) = ending.bias {
                written.chunks_exact_mut(output.channels).for_each(|pixel| pixel.copy_from_slice(bias));
            }
            let add = match channels {
                1 => add_windows::<1>,
                2 => add_windows::<2>,
                3 => add_windows::<3>,
                4 => add_windows::<4>,
                _ => add_windows::<0>,
            };
            let pictures = written.chunks_exact_mut(output.features()).zip(parts.chunks_exact(window.features()));
            for (picture, parts) in pictures {
                add(picture, output, parts, &windows.sources, places);
            }
            ending.rectify(written);
        })
    }

    /// A part with each group's weight: `row` says where in the weight a channel that is read stands, `columns` where each
    /// number that is written does.
    fn work(
        &self,
        part: Part,
        read: Side,
        row: impl Fn(usize) -> usize,
        columns: &[usize],
        weight: &[f32],
        bias: Option<&[f32]>,
    ) -> Work {
        let channels: Vec<usize> = (0..read.of_group()).map(row).collect();
        let weights = (0..self.groups).into_par_iter().map(|group| {
            let bias = bias.map(|bias| &bias[group * columns.len()..][..columns.len()]);
            Right::new(&weight[self.weight_at(group, 0, 0, 0)..], [&part.taps, &channels], columns, bias)
        });
        Work { weights: weights.collect(), part }
    }

    fn large_side(&self) -> Side {
        Side { pixels: self.large.pixels(), channels: self.large.channels, groups: self.groups }
    }

    fn small_side(&self) -> Side {
        Side { pixels: self.small.pixels(), channels: self.small.channels, groups: self.groups }
    }
}

/// Adds to a picture the parts of its windows: for each window its groups, for each group the places of the kernel, for each place
/// the channels, which are `RUN` unless that is 0. `sources` says which pixel lies under each place of each window.
fn add_windows<const RUN: usize>(picture: &mut [f32], side: Side, parts: &[f32], sources: &[u32], places: usize) {
    let run = if RUN == 0 { side.of_group() } else { RUN };
    for (pixels, parts) in sources.chunks_exact(places).zip(parts.chunks_exact(places * side.channels)) {
        for (group, parts) in parts.chunks_exact(places * run).enumerate() {
            for (pixel, part) in pixels.iter().zip(parts.chunks_exact(run)) {
                if *pixel != NOWHERE {
                    let begin = *pixel as usize * side.channels + group * run;
                    picture[begin..begin + run].iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
                }
            }
        }
    }
}

/// Pictures as a matrix of their pixels.
pub(crate) fn pixels(pictures: &[f32], shape: Shape) -> MatrixRef<'_> {
    assert!(pictures.len().is_multiple_of(shape.features()), "the pictures' length");
    MatrixRef::new(pictures, [pictures.len() / shape.channels, shape.channels], [shape.channels, 1])
}

/// Calls `write` with pictures and where their results belong, a few pictures at a time, on all threads. Each result is
/// written by one thread in one order, so it does not depend on how many threads there are.
fn over_pictures(
    input: &[f32],
    read: Side,
    written: Side,
    write: impl Fn(&[f32], &mut [f32]) + Send + Sync,
) -> Vec<f32> {
    let count = input.len() / read.features();
    assert_eq!(count * read.features(), input.len(), "the pictures' length");
    let at_once = ROWS.div_ceil(read.pixels.min(written.pixels)).min(count.div_ceil(8)).max(1);
    let mut output = vec![0.0; count * written.features()];
    let pictures = input.par_chunks(at_once * read.features());
    pictures
        .zip(output.par_chunks_mut(at_once * written.features()))
        .for_each(|(pictures, written)| write(pictures, written));
    output
}

/// Writes the products of all parts for some pictures.
fn multiply(work: &[Work], input: &[f32], read: Side, output: &mut [f32], written: Side) {
    let arch = Arch::new();
    let count = input.len() / read.features();
    let (mut starts, mut places, mut windows) = (Vec::new(), Vec::new(), Vec::new());
    for Work { part, weights } in work {
        let (outputs, taps, run) = (part.outputs.len(), part.taps.len(), read.of_group());
        let copied = run < SHORT && taps > 1;
        let zeros = vec![0.0; run];
        let rows = count * outputs;
        for first in (0..rows).step_by(ROWS) {
            starts.clear();
            places.clear();
            for row in first..(first + ROWS).min(rows) {
                let (picture, at) = (row / outputs, row % outputs);
                places.push((picture * written.pixels + part.outputs[at] as usize) * written.channels);
                starts.extend(part.sources[at * taps..][..taps].iter().map(|pixel| match *pixel {
                    NOWHERE => Left::ZEROS,
                    pixel => (picture * read.pixels + pixel as usize) * read.channels,
                }));
            }
            for (group, right) in weights.iter().enumerate() {
                let mut left = Left { values: input, starts: &starts, offset: group * run, taps, run, zeros: &zeros };
                let whole: Vec<usize>;
                if copied {
                    left.copy_to(&mut windows);
                    whole = (0..places.len()).map(|row| row * taps * run).collect();
                    left = Left { values: &windows, starts: &whole, offset: 0, taps: 1, run: taps * run, zeros: &[] };
                }
                let offset = group * written.of_group();
                arch.dispatch(Multiply { left, right, output, places: &places, offset });
            }
        }
    }
}
