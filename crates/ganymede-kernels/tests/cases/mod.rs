//! Random convolutions, and what they must give.

use ganymede_kernels::Geometry;
use ganymede_samples::Shape;
use proptest::prelude::*;

/// A convolution with numbers for everything that it takes.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) geometry: Geometry,
    pub(crate) large: Vec<f32>,
    pub(crate) small: Vec<f32>,
    pub(crate) weight: Vec<f32>,
    pub(crate) small_bias: Vec<f32>,
    pub(crate) large_bias: Vec<f32>,
}

/// What a [`Case`] must give, in double precision.
pub(crate) struct Sums {
    pub(crate) small: Vec<f64>,
    pub(crate) large: Vec<f64>,
    pub(crate) weight: Vec<f64>,
}

/// Odd sides, strides longer than the kernel, groups, windows of one pixel and of the whole picture, one channel and more channels
/// than a tile has columns.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let channels = || prop_oneof![1..=4usize, 5..=40usize];
    let window = prop_oneof![6 => (1..=5usize, 1..=3usize, 1..=3usize), 1 => Just((1, 1, 1))];
    let window = window.prop_flat_map(|(kernel, stride, groups)| (Just(kernel), Just(stride), 0..kernel, Just(groups)));
    let is_whole = prop::bool::weighted(0.15);
    (window, is_whole, channels(), channels(), [1..=9usize, 1..=9usize, 1..=5usize])
        .prop_flat_map(|((kernel, stride, padding, groups), is_whole, large, small, [height, width, rows])| {
            let (padding, height, width) = if is_whole { (0, kernel, kernel) } else { (padding, height, width) };
            let least = kernel.saturating_sub(2 * padding).max(1);
            let large = Shape { channels: large * groups, height: height.max(least), width: width.max(least) };
            let side = |side: usize| (side + 2 * padding - kernel) / stride + 1;
            let small = Shape { channels: small * groups, height: side(large.height), width: side(large.width) };
            let geometry = Geometry { large, small, kernel, stride, padding, groups };
            let numbers = |count: usize| prop::collection::vec(-1.0..1.0f32, count);
            let rows = (numbers(rows * large.features()), numbers(rows * small.features()));
            let rest = (numbers(geometry.weight_len()), numbers(small.channels), numbers(large.channels));
            (Just(geometry), rows, rest)
        })
        .prop_map(|(geometry, (large, small), (weight, small_bias, large_bias))| Case {
            geometry,
            large,
            small,
            weight,
            small_bias,
            large_bias,
        })
}

impl Case {
    /// Every product of the convolution, added one by one.
    pub(crate) fn sums(&self) -> Sums {
        let (large, small) = (self.geometry.large, self.geometry.small);
        let with_bias = |bias: &[f32], count: usize| (0..count).map(|at| f64::from(bias[at % bias.len()])).collect();
        let mut sums = Sums {
            small: with_bias(&self.small_bias, self.small.len()),
            large: with_bias(&self.large_bias, self.large.len()),
            weight: vec![0.0; self.weight.len()],
        };
        for picture in 0..self.large.len() / large.features() {
            for (row, column) in (0..small.height).flat_map(|row| (0..small.width).map(move |column| (row, column))) {
                let pixel = (picture * small.height + row) * small.width + column;
                self.window(row, column, |place, down, across| {
                    let under = (picture * large.height + down) * large.width + across;
                    self.add([pixel, under, place], &mut sums);
                });
            }
        }
        sums
    }

    /// Calls `see` with each place of the kernel and the pixel of the large picture under it.
    fn window(&self, row: usize, column: usize, mut see: impl FnMut(usize, usize, usize)) {
        let Geometry { large, kernel, stride, padding, .. } = self.geometry;
        for place in 0..kernel * kernel {
            let (down, across) = (row * stride + place / kernel, column * stride + place % kernel);
            let inside = (padding..padding + large.height).contains(&down);
            if inside && (padding..padding + large.width).contains(&across) {
                see(place, down - padding, across - padding);
            }
        }
    }

    /// The products of one pixel of the small picture with one of the large.
    fn add(&self, [pixel, under, place]: [usize; 3], sums: &mut Sums) {
        let Geometry { large, small, kernel, groups, .. } = self.geometry;
        let (inner, outer) = (large.channels / groups, small.channels / groups);
        for channel in 0..small.channels {
            for other in 0..inner {
                let at_small = pixel * small.channels + channel;
                let at_large = under * large.channels + channel / outer * inner + other;
                let at_weight = (channel * inner + other) * kernel * kernel + place;
                let [s, l, w] = [self.small[at_small], self.large[at_large], self.weight[at_weight]].map(f64::from);
                sums.small[at_small] += l * w;
                sums.large[at_large] += s * w;
                sums.weight[at_weight] += l * s;
            }
        }
    }
}
