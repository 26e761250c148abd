//! Each map of a convolution by the kernel, beside the bare product of the same size.
//!
//! `cargo bench -p xtask`, with `RAYON_NUM_THREADS=1` for one thread. The product is what a convolution could reach if all
//! windows lay side by side already; elements are multiplications with additions.

#![allow(missing_docs, reason = "the harness's macros write items without any")]

mod numbers;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ganymede_kernels::Geometry;
use ganymede_samples::Shape;

use crate::numbers::numbers;

/// Channels and side of the large picture, channels of the small one, kernel, stride, padding, groups.
const SIZES: [(&str, [usize; 7]); 7] = [
    ("dcgan 28, inner", [64, 14, 128, 4, 2, 1, 1]),
    ("dcgan 28, outer", [1, 28, 64, 4, 2, 1, 1]),
    ("half as wide", [32, 14, 64, 4, 2, 1, 1]),
    ("colour", [3, 32, 64, 4, 2, 1, 1]),
    ("to colour", [64, 32, 3, 3, 1, 1, 1]),
    ("resnet 32", [128, 16, 128, 3, 1, 1, 1]),
    ("resnet 32, groups of 16", [128, 16, 128, 3, 1, 1, 8]),
];

const ROWS: usize = 64;

/// After so many, the numbers repeat.
const PERIOD: usize = 29;

fn maps(criterion: &mut Criterion) {
    for (name, [channels, side, outputs, kernel, stride, padding, groups]) in SIZES {
        let count = (side + 2 * padding - kernel) / stride + 1;
        let large = Shape { channels, height: side, width: side };
        let small = Shape { channels: outputs, height: count, width: count };
        let geometry = Geometry { large, small, kernel, stride, padding, groups };
        let fan_in = geometry.weight_len() / outputs;
        let (rows, weight) = (numbers(ROWS * large.features(), PERIOD), numbers(geometry.weight_len(), PERIOD));
        let cotangent = numbers(ROWS * small.features(), PERIOD);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements((ROWS * small.features() * fan_in) as u64));
        group.sample_size(20);
        group.bench_function("convolution", |bencher| bencher.iter(|| geometry.to_small_rows(&rows, &weight, None)));
        group
            .bench_function("transposed", |bencher| bencher.iter(|| geometry.to_large_rows(&cotangent, &weight, None)));
        group.bench_function("weight gradient", |bencher| {
            bencher.iter(|| geometry.weight_gradient(&rows, &cotangent));
        });
        let windows = numbers(ROWS * small.pixels() * fan_in, PERIOD);
        let mut product = vec![0.0; ROWS * small.pixels() * outputs / groups];
        group.bench_function("bare product", |bencher| {
            bencher.iter(|| (0..groups).for_each(|_| multiply(&windows, &weight, &mut product, fan_in)));
        });
    }
}

/// The product of windows, `[rows, fan_in]`, with the weight of one group, `[outputs, fan_in]`, on as many threads as there are.
fn multiply(windows: &[f32], weight: &[f32], product: &mut [f32], fan_in: usize) {
    let rows = windows.len() / fan_in;
    let outputs = product.len() / rows;
    matmul(
        MatMut::from_row_major_slice_mut(product, rows, outputs),
        Accum::Replace,
        MatRef::from_row_major_slice(windows, rows, fan_in),
        MatRef::from_row_major_slice(&weight[..outputs * fan_in], outputs, fan_in).transpose(),
        1.0,
        Par::rayon(0),
    );
}

criterion_group!(benches, maps);
criterion_main!(benches);
