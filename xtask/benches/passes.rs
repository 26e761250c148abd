//! The kernels that work number by number, beside the passes that they replace, each of which writes memory of its own.
//!
//! `cargo bench -p xtask --bench passes`, with `RAYON_NUM_THREADS=1` for one thread. Elements are numbers of the tensor.

#![allow(missing_docs, reason = "the harness's macros write items without any")]

mod numbers;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ganymede_kernels::elementwise::{Adam, add_row_leaky_relu, blend, leaky_relu, leaky_relu_pullback_and_sum};
use ganymede_kernels::logistic::cross_entropy;
use ganymede_kernels::norm::{Moments, normalize};

use crate::numbers::numbers;

/// Rows and columns: a hidden layer of points, and one of pictures, whose rows are pixels.
const SIZES: [[usize; 2]; 2] = [[512, 128], [64 * 14 * 14, 64]];

const SLOPE: f64 = 0.2;
const EPSILON: f64 = 1e-5;
const ADAM: Adam = Adam { beta1: 0.5, beta2: 0.999, scale: 0.9, guard: 0.0, epsilon: 1e-8, rate: 1e-3, shrink: 1.0 };

fn passes(criterion: &mut Criterion) {
    for [rows, columns] in SIZES {
        let (values, others, row) = (numbers(rows * columns, 29), numbers(rows * columns, 31), numbers(columns, 37));
        let mut group = criterion.benchmark_group(format!("{rows} x {columns}"));
        group.throughput(Throughput::Elements((rows * columns) as u64));
        let mut pair = |name: &str, kernel: &dyn Fn(&mut [f32]), composed: &dyn Fn(&[f32]) -> Vec<f32>| {
            group.bench_function(format!("{name}, kernel"), |bencher| {
                bencher.iter_batched_ref(|| values.clone(), |values| kernel(values), BatchSize::LargeInput);
            });
            group.bench_function(format!("{name}, composed"), |bencher| {
                bencher.iter_with_large_drop(|| composed(black_box(&values)));
            });
        };
        pair("leaky ReLU", &|values| leaky_relu(values, SLOPE), &|values| composed_leaky_relu(values));
        pair("bias and leaky ReLU", &|values| add_row_leaky_relu(values, &row, SLOPE), &|values| {
            composed_leaky_relu(&by_row(values, &row, |value, term| value + term))
        });
        pair(
            "their backward pass",
            &|values| drop(black_box(leaky_relu_pullback_and_sum(values, &others, columns, SLOPE))),
            &|values| {
                let positive = map(&others, |output| if output > 0.0 { 1.0 } else { 0.0 });
                let steep = both(&map(values, |value| value * 0.8), &positive, |value, one| value * one);
                let cotangent = both(&steep, &map(values, |value| value * 0.2), |steep, flat| steep + flat);
                black_box(sums(&cotangent, columns));
                cotangent
            },
        );
        pair("average", &|values| blend(values, &others, 0.999), &|values| {
            both(&map(values, |past| past * 0.999), &map(&others, |now| now * 0.001), |past, now| past + now)
        });
        pair("cross entropy", &|values| drop(black_box(cross_entropy(values, &others))), &|values| {
            composed_cross_entropy(values, &others)
        });
        pair("Adam", &|values| adam(values, &others), &|values| composed_adam(values, &others));
        pair(
            "batch norm",
            &|values| {
                let moments = Moments::of(values, columns);
                normalize(values, &moments, [&row, &row], EPSILON);
            },
            &|values| {
                let mean = map(&sums(values, columns), |sum| sum / rows as f32);
                let centred = by_row(values, &mean, |value, mean| value - mean);
                let squares = map(&centred, |value| value * value);
                let scale = map(&sums(&squares, columns), |sum| (sum / rows as f32 + EPSILON as f32).sqrt().recip());
                let normal = by_row(&centred, &scale, |value, scale| value * scale);
                let scaled = by_row(&normal, &row, |value, scale| value * scale);
                by_row(&scaled, &row, |value, shift| value + shift)
            },
        );
    }
}

/// One update from moments of zero, which are thrown away.
fn adam(parameter: &mut [f32], gradient: &[f32]) {
    let (mut mean, mut square) = (vec![0.0; gradient.len()], vec![0.0; gradient.len()]);
    ADAM.update(parameter, gradient, &mut mean, &mut square);
    black_box((mean, square));
}

fn composed_adam(parameter: &[f32], gradient: &[f32]) -> Vec<f32> {
    let zeros = vec![0.0; gradient.len()];
    let add = |a: f32, b: f32| a + b;
    let mean = both(&map(&zeros, |mean| mean * 0.5), &map(gradient, |gradient| gradient * 0.5), add);
    let squares = map(&map(gradient, |gradient| gradient * gradient), |square| square * 1e-3);
    let square = both(&map(&zeros, |square| square * 0.999), &squares, add);
    let root = map(&map(&square, f32::sqrt), |root| root + 1e-8);
    let direction = both(&map(&mean, |mean| mean * 0.9), &root, |mean, root| mean / root);
    black_box((mean, square));
    both(parameter, &map(&direction, |direction| direction * 1e-3), |parameter, step| parameter - step)
}

/// The terms of the mean, and its slopes, which are thrown away.
fn composed_cross_entropy(logits: &[f32], targets: &[f32]) -> Vec<f32> {
    let share = 1.0 / logits.len() as f32;
    let negative = map(logits, |x| -x);
    let log = map(&negative, |x| if x >= 0.0 { -(-x).exp().ln_1p() } else { x - x.exp().ln_1p() });
    let softplus = map(&log, |log| -log);
    let products = both(targets, logits, |target, logit| target * logit);
    let sigmoid = map(logits, |x| if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) });
    let rising = map(&sigmoid, |sigmoid| share * sigmoid);
    let falling = map(targets, |target| -share * target);
    black_box(both(&rising, &falling, |rising, falling| rising + falling));
    both(&softplus, &products, |softplus, product| softplus - product)
}

fn composed_leaky_relu(values: &[f32]) -> Vec<f32> {
    let steep = map(&map(values, |value| value.max(0.0)), |value| value * 0.8);
    both(&steep, &map(values, |value| value * 0.2), |steep, flat| steep + flat)
}

fn map(values: &[f32], change: impl Fn(f32) -> f32) -> Vec<f32> {
    values.iter().map(|value| change(*value)).collect()
}

fn both(values: &[f32], others: &[f32], change: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    values.iter().zip(others).map(|(value, other)| change(*value, *other)).collect()
}

fn by_row(values: &[f32], row: &[f32], change: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let mut result = Vec::with_capacity(values.len());
    for values in values.chunks_exact(row.len()) {
        result.extend(values.iter().zip(row).map(|(value, term)| change(*value, *term)));
    }
    result
}

fn sums(values: &[f32], columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0; columns];
    for row in values.chunks_exact(columns) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    sums
}

criterion_group!(benches, passes);
criterion_main!(benches);
