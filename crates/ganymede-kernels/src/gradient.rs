//! The gradient of a convolution's weight: the sum over all windows of a batch of the outer product of what lies under a
//! window with the pixel that it is joined to.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd, bytemuck};
use rayon::prelude::*;

use crate::geometry::{Geometry, NOWHERE};
use crate::pictures::{SHORT, pixels};
use crate::tile::{self, ACROSS, FEW, MANY, Vectors};

/// Windows that are summed over at once, so that the panels stay in the nearest cache.
const DEPTH: usize = 256;

/// Panels of columns that a thread works on together.
const PANELS: usize = 4;

/// Part of a panel's columns: neighbouring channels under one place of the kernel.
struct Run {
    place: usize,
    channel: usize,
    column: usize,
    length: usize,
}

impl Geometry {
    /// The gradient of the weight for rows of both pictures, `[rows, large features]` and `[rows, small features]` with channels
    /// last, of which one is a cotangent; laid out as the weight is.
    ///
    /// # Panics
    /// When the slices have other lengths than these shapes say, or not the same number of rows.
    pub fn weight_gradient(&self, large: &[f32], small: &[f32]) -> Vec<f32> {
        let rows = large.len() / self.large.features();
        assert_eq!(rows * self.large.features(), large.len(), "the large pictures' length");
        assert_eq!(rows * self.small.features(), small.len(), "the small pictures' length");
        if self.is_product() {
            return pixels(small, self.small).turned().product(pixels(large, self.large));
        }
        if self.is_whole() {
            return self.whole_weight_gradient(large, small);
        }
        if self.has_few_channels() {
            return self.few_channels_gradient(large, small);
        }
        if self.small_channels() < SHORT.min(self.large_channels())
            && let Some(mirrored) = self.mirrored()
        {
            return mirrored.mirrored_weight(&mirrored.weight_gradient(small, large));
        }
        let vectors = Vectors::of_machine();
        let sources = self.to_small().sources;
        let mut gradient = vec![0.0; self.weight_len()];
        let group_len = self.weight_len() / self.groups;
        let panels = self.runs(vectors.columns);
        let (padded, places) = (self.small_channels().next_multiple_of(vectors.rows), self.places());
        for (group, gradient) in gradient.chunks_exact_mut(group_len.max(1)).enumerate() {
            let pixels = self.pixel_panels(small, group, vectors.rows);
            let tiles = self.tiles(large, group, &sources, &pixels, &panels, vectors);
            let tiles = tiles.chunks_exact((padded * vectors.columns).max(1));
            for (tile, runs) in tiles.zip(&panels) {
                // From places, then channels under them, to channels, then places.
                let kernels = gradient.chunks_exact_mut((self.large_channels() * places).max(1));
                for (kernel, sums) in kernels.zip(tile.chunks_exact(vectors.columns)) {
                    for Run { place, channel, column, length } in runs {
                        let values = kernel[channel * places + place..].iter_mut().step_by(places);
                        values.zip(&sums[*column..][..*length]).for_each(|(value, sum)| *value = *sum);
                    }
                }
            }
        }
        gradient
    }

    /// The small pictures' channels in blocks of a tile's rows: for each block every window's values, with zeros for channels
    /// that are not there.
    fn pixel_panels(&self, small: &[f32], group: usize, down: usize) -> Vec<f32> {
        let channels = self.small_channels();
        let windows = small.len() / self.small.channels;
        let mut panels = vec![0.0; channels.next_multiple_of(down) * windows];
        panels.par_chunks_mut((windows * down).max(1)).enumerate().for_each(|(block, panel)| {
            let begin = group * channels + block * down;
            let channels = begin..(group + 1) * channels;
            let pixels = small.chunks_exact(self.small.channels).map(|pixel| &pixel[channels.clone()]);
            if down == MANY { interleave::<MANY>(panel, pixels) } else { interleave::<FEW>(panel, pixels) }
        });
        panels
    }

    /// The gradient in panels of columns, each with all channels of the small picture, padded to whole tiles.
    fn tiles(
        &self,
        large: &[f32],
        group: usize,
        sources: &[u32],
        pixels: &[f32],
        panels: &[Vec<Run>],
        vectors: Vectors,
    ) -> Vec<f32> {
        let windows = large.len() / self.large.features() * self.small.pixels();
        let padded = self.small_channels().next_multiple_of(vectors.rows);
        let panel_len = padded * vectors.columns;
        let mut tiles = vec![0.0; panels.len() * panel_len];
        // Fewer panels at once leave work for every thread.
        let at_once = PANELS.min(panels.len().div_ceil(8)).max(1);
        let work = tiles.par_chunks_mut((at_once * panel_len).max(1)).zip(panels.par_chunks(at_once));
        let arch = Arch::new();
        work.for_each(|(tiles, panels)| {
            let mut columns = vec![0.0; panels.len() * DEPTH * vectors.columns];
            for first in (0..windows).step_by(DEPTH) {
                let last = (first + DEPTH).min(windows);
                let depth = last - first;
                let columns = &mut columns;
                arch.dispatch(Copy { geometry: *self, group, large, sources, windows: first..last, panels, columns });
                arch.dispatch(Outer { tiles, columns, pixels, windows, first, depth });
            }
        });
        tiles
    }

    /// What panels of so many columns hold: places of the kernel, and the channels of a group under each.
    fn runs(&self, columns: usize) -> Vec<Vec<Run>> {
        let channels = self.large_channels();
        let width = self.places() * channels;
        let panel = |begin: usize| {
            let (mut runs, mut at) = (Vec::new(), begin);
            let end = (begin + columns).min(width);
            while at < end {
                let (place, channel) = (at / channels, at % channels);
                let length = (channels - channel).min(end - at);
                runs.push(Run { place, channel, column: at - begin, length });
                at += length;
            }
            runs
        };
        (0..width).step_by(columns).map(panel).collect()
    }
}

/// Writes the first values of each pixel into a panel.
fn interleave<'a, const DOWN: usize>(panel: &mut [f32], pixels: impl Iterator<Item = &'a [f32]>) {
    for (values, pixel) in panel.as_chunks_mut::<DOWN>().0.iter_mut().zip(pixels) {
        match pixel.first_chunk::<DOWN>() {
            Some(pixel) => *values = *pixel,
            None => values[..pixel.len()].copy_from_slice(pixel),
        }
    }
}

/// Copies a few values; of one to three, it is faster than a call that copies any number.
#[inline(always)]
fn copy_short(copy: &mut [f32], values: &[f32]) {
    match (copy, values) {
        ([a], [x]) => *a = *x,
        ([a, b], [x, y]) => (*a, *b) = (*x, *y),
        ([a, b, c], [x, y, z]) => (*a, *b, *c) = (*x, *y, *z),
        (copy, values) => copy.copy_from_slice(values),
    }
}

/// Copies what lies under windows into a panel.
struct Copy<'a> {
    geometry: Geometry,
    group: usize,
    large: &'a [f32],
    sources: &'a [u32],
    windows: Range<usize>,
    panels: &'a [Vec<Run>],
    /// For each panel, [`DEPTH`] rows.
    columns: &'a mut [f32],
}

impl WithSimd for Copy<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { geometry, group, large, sources, windows, panels, columns } = self;
        let (small, places) = (geometry.small.pixels(), geometry.places());
        let columns = tile::vectors_mut::<S, ACROSS>(columns);
        let (mut picture, mut pixel) = (windows.start / small, windows.start % small);
        for row in 0..windows.len() {
            let sources = &sources[pixel * places..][..places];
            let begin = picture * geometry.large.features() + group * geometry.large_channels();
            for (index, runs) in panels.iter().enumerate() {
                let vectors = &mut columns[index * DEPTH + row];
                if let [run] = runs.as_slice() {
                    *vectors = match sources[run.place] {
                        NOWHERE => [simd.splat_f32s(0.0); ACROSS],
                        source => {
                            let begin = begin + source as usize * geometry.large.channels + run.channel;
                            tile::load(simd, &large[begin..][..run.length])
                        }
                    };
                    continue;
                }
                let row: &mut [f32] = bytemuck::cast_slice_mut(vectors.as_mut_slice());
                for run in runs {
                    let columns = &mut row[run.column..][..run.length];
                    match sources[run.place] {
                        NOWHERE => columns.fill(0.0),
                        source => {
                            let begin = begin + source as usize * geometry.large.channels + run.channel;
                            copy_short(columns, &large[begin..][..run.length]);
                        }
                    }
                }
            }
            pixel += 1;
            if pixel == small {
                (picture, pixel) = (picture + 1, 0);
            }
        }
    }
}

/// Adds to the tiles of some panels the sum over `depth` windows from `first` on.
struct Outer<'a> {
    tiles: &'a mut [f32],
    columns: &'a [f32],
    pixels: &'a [f32],
    windows: usize,
    first: usize,
    depth: usize,
}

impl WithSimd for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 { self.run::<S, MANY>(simd) } else { self.run::<S, FEW>(simd) }
    }
}

impl Outer<'_> {
    #[inline(always)]
    fn run<S: Simd, const DOWN: usize>(self, simd: S) {
        let Self { tiles, columns, pixels, windows, first, depth } = self;
        let width = ACROSS * S::F32_LANES;
        let (pixels, _) = pixels.as_chunks::<DOWN>();
        let blocks = pixels.len() / windows;
        let panels = tile::vectors::<S, ACROSS>(columns);
        for (index, panel) in panels.chunks_exact(DEPTH).enumerate() {
            for block in 0..blocks {
                let values = &pixels[block * windows + first..][..depth];
                let tile = &mut tiles[(index * blocks + block) * DOWN * width..][..DOWN * width];
                let tile = &mut tile::vectors_mut::<S, ACROSS>(tile).as_chunks_mut::<DOWN>().0[0];
                *tile = tile::outer::<S, DOWN>(simd, *tile, values, &panel[..depth]);
            }
        }
    }
}
