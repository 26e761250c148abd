//! Families of points: modes, curves, shapes, clusters, a manifold and time series.

use std::f32::consts::{PI, TAU};

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal, StudentT};

use super::sets::{Set, Source, Stream, stream};

/// A draw from N(0, 1).
pub(super) fn normal_value(stream: &mut Stream) -> f32 {
    StandardNormal.sample(stream)
}

/// A number below `weights.len()`, in proportion to the weights.
pub(super) fn weighted(weights: &[f32], stream: &mut Stream) -> usize {
    let mut left = stream.random::<f32>() * weights.iter().sum::<f32>();
    weights
        .iter()
        .position(|weight| {
            left -= weight;
            left < 0.0
        })
        .unwrap_or(weights.len() - 1)
}

/// Normal modes around given centers, in the plane.
fn modes(rows: usize, centers: &[[f32; 2]], weights: &[f32], std: f32, source: &mut Source<'_>) -> Set {
    Set::of(rows, 2, |values| {
        let mode = weighted(weights, source.stream);
        values.extend(centers[mode].map(|center| center + std * normal_value(source.stream)));
        mode
    })
}

fn on_circle(count: usize, radius: f32) -> Vec<[f32; 2]> {
    let angle = |mode: usize| TAU * mode as f32 / count as f32;
    (0..count).map(|mode| [radius * angle(mode).cos(), radius * angle(mode).sin()]).collect()
}

pub(super) fn ring(rows: usize, source: &mut Source<'_>) -> Set {
    modes(rows, &on_circle(8, 2.0), &[1.0; 8], 0.06, source)
}

pub(super) fn unequal_ring(rows: usize, source: &mut Source<'_>) -> Set {
    modes(rows, &on_circle(8, 1.0), &[8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0], 0.1, source)
}

pub(super) fn grid(rows: usize, source: &mut Source<'_>) -> Set {
    let centers: Vec<[f32; 2]> =
        (0..25).map(|mode| [(mode / 5 * 2) as f32 - 4.0, (mode % 5 * 2) as f32 - 4.0]).collect();
    modes(rows, &centers, &[1.0; 25], 0.15, source)
}

pub(super) fn moons(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 2, |values| {
        let upper = source.stream.random::<bool>();
        let angle = PI * source.stream.random::<f32>();
        let (x, y) = if upper { (angle.cos(), angle.sin()) } else { (1.0 - angle.cos(), 0.5 - angle.sin()) };
        values.extend([x, y].map(|value| value + 0.1 * normal_value(source.stream)));
        usize::from(upper)
    })
}

pub(super) fn spiral(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 2, |values| {
        let turn = source.stream.random::<f32>().sqrt();
        let (sine, cosine) = (3.0 * PI * turn).sin_cos();
        values.extend([turn * cosine, turn * sine].map(|value| value + 0.02 * normal_value(source.stream)));
        0
    })
}

fn uniform(rows: usize, columns: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, columns, |values| {
        values.extend((0..columns).map(|_| source.stream.random_range(-1.0_f32..1.0)));
        0
    })
}

pub(super) fn square(rows: usize, source: &mut Source<'_>) -> Set {
    uniform(rows, 2, source)
}

pub(super) fn cube(rows: usize, source: &mut Source<'_>) -> Set {
    uniform(rows, 10, source)
}

pub(super) fn normal(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 2, |values| {
        let first = normal_value(source.stream);
        values.extend([3.0 * first, 0.8 * first + 0.6 * normal_value(source.stream)]);
        0
    })
}

pub(super) fn checkerboard(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 2, |values| {
        let cell = source.stream.random_range(0..8_usize);
        let (row, column) = (cell / 2, 2 * (cell % 2) + (cell / 2) % 2);
        values.extend([row, column].map(|place| place as f32 + source.stream.random::<f32>()));
        cell
    })
}

pub(super) fn heavy_tails(rows: usize, source: &mut Source<'_>) -> Set {
    let law = StudentT::new(3.0_f32).expect("three degrees of freedom");
    Set::of(rows, 2, |values| {
        values.extend((0..2).map(|_| law.sample(source.stream)));
        0
    })
}

pub(super) fn sphere(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 8, |values| {
        let direction: Vec<f32> = (0..8).map(|_| normal_value(source.stream)).collect();
        let length = direction.iter().map(|value| value * value).sum::<f32>().sqrt();
        values.extend(direction.iter().map(|value| value / length));
        0
    })
}

/// Normal clusters around centers that the world's seed places.
fn clusters_around(rows: usize, sizes: [usize; 2], apart: f32, source: &mut Source<'_>) -> Set {
    let [count, columns] = sizes;
    let mut world = stream(source.world, 1);
    let centers: Vec<f32> = (0..count * columns).map(|_| apart * normal_value(&mut world)).collect();
    Set::of(rows, columns, |values| {
        let class = source.stream.random_range(0..count);
        let center = &centers[class * columns..(class + 1) * columns];
        values.extend(center.iter().map(|center| center + normal_value(source.stream)));
        class
    })
}

pub(super) fn clusters(rows: usize, source: &mut Source<'_>) -> Set {
    clusters_around(rows, [10, 16], 3.0, source)
}

/// Two hundred classes that overlap: only their labels tell them apart.
pub(super) fn many_classes(rows: usize, source: &mut Source<'_>) -> Set {
    let mut set = clusters_around(rows, [200, 16], 1.0, source);
    // As in small labelled sets: equally many of each, in order.
    let mut world = stream(source.world, 1);
    let centers: Vec<f32> = (0..200 * 16).map(|_| normal_value(&mut world)).collect();
    for row in 0..rows {
        let (from, to) = (set.classes[row], row * 200 / rows.max(1));
        for column in 0..16 {
            set.values[row * 16 + column] += centers[to * 16 + column] - centers[from * 16 + column];
        }
        set.classes[row] = to;
    }
    set
}

pub(super) fn wide_clusters(rows: usize, source: &mut Source<'_>) -> Set {
    clusters_around(rows, [10, 784], 0.5, source)
}

/// Three latent values bent into fifty dimensions.
pub(super) fn manifold(rows: usize, source: &mut Source<'_>) -> Set {
    let mut world = stream(source.world, 2);
    let map: Vec<f32> = (0..50 * 4).map(|_| 1.2 * normal_value(&mut world)).collect();
    Set::of(rows, 50, |values| {
        let latent: Vec<f32> = (0..3).map(|_| normal_value(source.stream)).collect();
        values.extend(map.chunks(4).map(|weights| {
            let angle = weights[3] + weights.iter().zip(&latent).map(|(weight, value)| weight * value).sum::<f32>();
            angle.sin() + 0.02 * normal_value(source.stream)
        }));
        0
    })
}

/// Windows of time series of three kinds: a sine, a square wave, and a random walk that forgets.
pub(super) fn series(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 64, |values| {
        let class = source.stream.random_range(0..3_usize);
        let (start, speed) = (TAU * source.stream.random::<f32>(), source.stream.random_range(0.15_f32..0.35));
        let mut level = normal_value(source.stream);
        for step in 0..64 {
            let wave = (start + speed * step as f32).sin();
            level = 0.9 * level + (1.0_f32 - 0.81).sqrt() * normal_value(source.stream);
            let value = [1.4 * wave, wave.signum(), level][class];
            values.push(value + 0.05 * normal_value(source.stream));
        }
        class
    })
}
