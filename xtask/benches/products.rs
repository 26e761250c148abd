//! The products of a network's first and last layers, which have kernels of their own, beside a library's product.
//!
//! `cargo bench -p xtask --bench products`, with `RAYON_NUM_THREADS=1` for one thread. Elements are multiplications with additions.

#![allow(missing_docs, reason = "the harness's macros write items without any")]

mod numbers;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use ganymede_kernels::matrix::MatrixRef;

use crate::numbers::numbers;

/// Samples, and units of the hidden layers.
const SAMPLES: usize = 256;
const UNITS: usize = 128;

/// Rows, terms of a sum, columns; and whether the left and the right matrix lie column by column.
const PRODUCTS: [(&str, [usize; 3], [bool; 2]); 6] = [
    ("first layer", [SAMPLES, 2, UNITS], [false, false]),
    ("last layer", [SAMPLES, UNITS, 2], [false, false]),
    ("logit", [SAMPLES, UNITS, 1], [false, false]),
    ("cotangent behind the logit", [SAMPLES, 1, UNITS], [false, true]),
    ("gradient of the last weight", [UNITS, SAMPLES, 2], [true, false]),
    ("cotangent of the points", [SAMPLES, UNITS, 2], [false, true]),
];

fn products(criterion: &mut Criterion) {
    for (name, [rows, inner, columns], lie_by_column) in PRODUCTS {
        let [left, right] = [rows * inner, inner * columns].map(|count| numbers(count, 29));
        let strides = |[rows, columns]: [usize; 2], by_column| if by_column { [1, rows] } else { [columns, 1] };
        let [of_left, of_right] =
            [strides([rows, inner], lie_by_column[0]), strides([inner, columns], lie_by_column[1])];
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements((rows * inner * columns) as u64));
        group.bench_function("kernel", |bencher| {
            let left = MatrixRef::new(&left, [rows, inner], of_left);
            let right = MatrixRef::new(&right, [inner, columns], of_right);
            bencher.iter(|| left.product(right));
        });
        group.bench_function("library", |bencher| {
            let left = view(&left, [rows, inner], of_left);
            let right = view(&right, [inner, columns], of_right);
            bencher.iter(|| {
                let mut product = Mat::<f32>::zeros(columns, rows);
                matmul(product.as_mut().transpose_mut(), Accum::Replace, left, right, 1.0, Par::rayon(0));
                product
            });
        });
    }
}

/// The library's view of a matrix.
fn view(numbers: &[f32], [rows, columns]: [usize; 2], [row_stride, _]: [usize; 2]) -> MatRef<'_, f32> {
    if row_stride == 1 {
        MatRef::from_column_major_slice(numbers, rows, columns)
    } else {
        MatRef::from_row_major_slice(numbers, rows, columns)
    }
}

criterion_group!(benches, products);
criterion_main!(benches);
