//! The gradient of a convolution's weight where a group of the small picture has few channels: what lies under a window would be
//! copied for few multiplications, so it is read where it lies.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::geometry::{Geometry, NOWHERE};
use crate::tile::{MANY, Vectors};

/// Most channels of the small picture in a group for which copies do not pay.
const MOST_CHANNELS: usize = 16;

/// Channels of the small picture that are summed at once.
const LENGTHS: [usize; 6] = [16, 8, 4, 3, 2, 1];

/// At least so many pieces of work, where there are as many places of the kernel.
const PIECES: usize = 8;

/// A piece of the gradient: some of a group's small channels under some places of the kernel.
struct Piece {
    group: usize,
    /// Channels of the small picture, counted within the group.
    small: Range<usize>,
    places: Range<usize>,
}

impl Geometry {
    /// Whether [`Geometry::few_channels_gradient`] serves: windows hold whole vectors of channels, which few others are multiplied
    /// with.
    pub(crate) fn has_few_channels(&self) -> bool {
        self.small_channels() <= MOST_CHANNELS && self.large_channels() >= Vectors::of_machine().lanes
    }

    /// See [`Geometry::weight_gradient`]. Each number is summed in the order of the windows.
    pub(crate) fn few_channels_gradient(&self, large: &[f32], small: &[f32]) -> Vec<f32> {
        let sources = self.to_small().sources;
        let pieces = self.pieces();
        let sums: Vec<Vec<f32>> = pieces
            .par_iter()
            .map(|piece| Arch::new().dispatch(Sum { geometry: *self, piece, large, small, sources: &sources }))
            .collect();
        let mut gradient = vec![0.0; self.weight_len()];
        for (piece, sums) in pieces.iter().zip(sums) {
            // Of places, then small channels, then large ones.
            let lines = piece.places.clone().flat_map(|place| piece.small.clone().map(move |small| (place, small)));
            for ((place, small), line) in lines.zip(sums.chunks_exact(self.large_channels())) {
                for (large, sum) in line.iter().enumerate() {
                    gradient[self.weight_at(piece.group, small, large, place)] = *sum;
                }
            }
        }
        gradient
    }

    fn pieces(&self) -> Vec<Piece> {
        let (blocks, places) = (blocks(self.small_channels()), self.places());
        let parts = PIECES.div_ceil(self.groups * blocks.len()).min(places);
        let at_once = places.div_ceil(parts);
        let of_block = |(group, small): (usize, &Range<usize>)| {
            let small = small.clone();
            (0..places).step_by(at_once).map(move |first| Piece {
                group,
                small: small.clone(),
                places: first..(first + at_once).min(places),
            })
        };
        let blocks = (0..self.groups).flat_map(|group| blocks.iter().map(move |small| (group, small)));
        blocks.flat_map(of_block).collect()
    }
}

/// So many channels in blocks, each as long as the registers allow.
fn blocks(channels: usize) -> Vec<Range<usize>> {
    let most = if Vectors::of_machine().rows == MANY { 16 } else { 8 };
    let (mut blocks, mut begin) = (Vec::new(), 0);
    while begin < channels {
        let rest = (channels - begin).min(most);
        let length = LENGTHS.into_iter().find(|length| *length <= rest).unwrap_or(1);
        blocks.push(begin..begin + length);
        begin += length;
    }
    blocks
}

/// Sums a piece.
struct Sum<'a> {
    geometry: Geometry,
    piece: &'a Piece,
    large: &'a [f32],
    small: &'a [f32],
    sources: &'a [u32],
}

impl WithSimd for Sum<'_> {
    /// For each place and small channel a line of the large channels.
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        match self.piece.small.len() {
            16 => self.run::<S, 16>(simd),
            8 => self.run::<S, 8>(simd),
            4 => self.run::<S, 4>(simd),
            3 => self.run::<S, 3>(simd),
            2 => self.run::<S, 2>(simd),
            _ => self.run::<S, 1>(simd),
        }
    }
}

impl Sum<'_> {
    #[inline(always)]
    fn run<S: Simd, const DOWN: usize>(self, simd: S) -> Vec<f32> {
        let Self { geometry, piece, large, small, sources } = self;
        let (channels, places) = (geometry.large_channels(), geometry.places());
        // The last vector ends with the channels, and covers some of those before it again.
        let starts: Vec<usize> =
            (0..channels).step_by(S::F32_LANES).map(|at| at.min(channels - S::F32_LANES)).collect();
        let mut sums = vec![[simd.splat_f32s(0.0); DOWN]; piece.places.len() * starts.len()];
        let pictures = large.chunks_exact(geometry.large.features()).zip(small.chunks_exact(geometry.small.features()));
        for (large, small) in pictures {
            let small = &small[piece.group * geometry.small_channels() + piece.small.start..];
            let large = &large[piece.group * channels..];
            let all = piece.places.clone().flat_map(|place| starts.iter().map(move |start| (place, *start)));
            for (sums, (place, start)) in sums.iter_mut().zip(all) {
                let mut now = *sums;
                for (sources, pixel) in sources.chunks_exact(places).zip(small.chunks(geometry.small.channels)) {
                    let source = sources[place];
                    if source == NOWHERE {
                        continue;
                    }
                    let under = &large[source as usize * geometry.large.channels + start..][..S::F32_LANES];
                    if let ([vector], Some(values)) = (S::as_simd_f32s(under).0, pixel.first_chunk::<DOWN>()) {
                        for (sum, value) in now.iter_mut().zip(values) {
                            *sum = simd.mul_add_e_f32s(simd.splat_f32s(*value), *vector, *sum);
                        }
                    }
                }
                *sums = now;
            }
        }
        let mut lines = vec![0.0; piece.places.len() * DOWN * channels];
        for (of_place, lines) in sums.chunks_exact(starts.len()).zip(lines.chunks_exact_mut(DOWN * channels)) {
            for (sums, start) in of_place.iter().zip(&starts) {
                for (sum, line) in sums.iter().zip(lines.chunks_exact_mut(channels)) {
                    if let [vector] = S::as_mut_simd_f32s(&mut line[*start..][..S::F32_LANES]).0 {
                        *vector = *sum;
                    }
                }
            }
        }
        lines
    }
}
