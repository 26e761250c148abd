//! The spectral loss and its derivative in closed form.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_gdpp::{Kernel, Settings, compare, kernel, spectral_loss};
use ganymede_testing::derivatives::{by_autodiff, by_differences};
use ganymede_testing::numbers::{distance, double, noise, values};

const SIZE: usize = 6;
const EXACT: Settings = Settings { magnitude: 1.0, structure: 1.0, gap: 0.0 };

/// A positive definite kernel with well separated eigenvalues.
fn full_rank(name: &str) -> Vec<f64> {
    values(&kernel(noise(name, [SIZE, 2 * SIZE]), Kernel::Samples))
}

fn diagonal(values: [f64; SIZE]) -> Vec<f64> {
    (0..SIZE * SIZE).map(|entry| if entry / SIZE == entry % SIZE { values[entry / SIZE] } else { 0.0 }).collect()
}

#[test]
fn the_derivative_at_a_kernel_equals_central_differences() {
    const STEP: f64 = 1e-6;
    let rows = [
        EXACT,
        Settings { structure: 0.0, ..EXACT },
        Settings { magnitude: 0.0, ..EXACT },
        Settings { magnitude: 3.0, structure: 0.2, gap: 1e-9 },
    ];
    for settings in rows {
        let (fake, real) = (full_rank("fake"), full_rank("real"));
        let cotangent = compare(&fake, &real, SIZE, settings).unwrap().cotangent;
        let (mut found, mut expected) = (Vec::new(), Vec::new());
        for row in 0..SIZE {
            for column in 0..=row {
                // A kernel is symmetric, so both entries move.
                let entries = [row * SIZE + column, column * SIZE + row];
                let count = if row == column { 1 } else { 2 };
                let loss = |by: f64| {
                    let mut moved = fake.clone();
                    entries[..count].iter().for_each(|entry| moved[*entry] += by);
                    compare(&moved, &real, SIZE, settings).unwrap().loss
                };
                found.push(entries[..count].iter().map(|entry| cotangent[*entry]).sum::<f64>());
                expected.push((loss(STEP) - loss(-STEP)) / (2.0 * STEP));
            }
        }
        let error = distance(&found, &expected);
        assert!(error < 1e-6, "{settings:?}: relative error {error:e}");
    }
}

#[test]
fn the_derivative_at_features_equals_central_differences() {
    for (kind, shape) in [(Kernel::Samples, [5, 8]), (Kernel::Features, [8, 5])] {
        let (real, fake) = (noise("real", shape), noise("fake", shape));
        let loss = |at: &[Tensor<2>]| spectral_loss(real.clone(), at[0].clone(), kind, EXACT);
        let at = [fake];
        let (found, expected) = (by_autodiff(&loss, &at).remove(0), by_differences(&loss, &at).remove(0));
        let error = distance(&found, &expected);
        assert!(error < 1e-6, "{kind:?}: relative error {error:e}");
        assert!(found.iter().any(|entry| entry.abs() > 1e-3), "{kind:?}: {found:?}");
    }
}

#[test]
fn known_spectra_give_known_losses() {
    let rising = diagonal([0.01, 0.04, 0.1, 0.15, 0.3, 0.4]);
    let other = diagonal([0.02, 0.03, 0.1, 0.15, 0.3, 0.4]);
    let reversed = diagonal([0.4, 0.3, 0.15, 0.1, 0.04, 0.01]);
    let weights: f64 = [0.03, 0.09, 0.14, 0.29, 0.39].into_iter().map(|above| above / 0.39).sum();
    let rows = [
        ("itself", &rising, 0.0),
        ("other eigenvalues", &other, 2.0 * 0.01 * 0.01),
        ("other eigenvectors", &reversed, weights),
    ];
    for (what, fake, expected) in rows {
        let found = compare(fake, &rising, SIZE, EXACT).unwrap();
        assert!((found.loss - expected).abs() < 1e-12, "{what}: {} for {expected}", found.loss);
    }
    assert!(compare(&rising, &rising, SIZE, EXACT).unwrap().cotangent.iter().all(|entry| entry.abs() < 1e-12));
}

#[test]
fn coinciding_eigenvalues_keep_the_derivative_bounded() {
    let settings = Settings { gap: 1e-3, ..EXACT };
    let real = full_rank("real");
    let equal = diagonal([1.0 / SIZE as f64; SIZE]);
    let collapsed = vec![1.0 / SIZE as f64; SIZE * SIZE];
    let nearly: Vec<f64> = equal.iter().zip(full_rank("fake")).map(|(equal, noise)| equal + 1e-9 * noise).collect();
    // A factor 1 / (2 gap) for each of the pairs, and the eigenvalues' part.
    let bound = (SIZE * SIZE) as f64 / (2.0 * settings.gap) + 2.0;
    for (what, fake) in [("equal", equal), ("collapsed", collapsed), ("nearly equal", nearly)] {
        let found = compare(&fake, &real, SIZE, settings).unwrap();
        assert!(found.loss.is_finite() && found.cotangent.iter().all(|entry| entry.abs() < bound), "{what}: {found:?}");
    }
}

#[test]
fn a_nearly_collapsed_batch_is_far_from_the_real_one_and_has_a_gradient() {
    let real = noise("real", [8, 5]);
    for kind in [Kernel::Samples, Kernel::Features] {
        let loss = |fake: Tensor<2>| spectral_loss(real.clone(), fake, kind, Settings { gap: 1e-3, ..EXACT });
        let same = loss(real.clone()).into_scalar::<f64>();
        let near = noise("one", [1, 5]).repeat_dim(0, 8).add(noise("spread", [8, 5]).mul_scalar(0.01));
        let near = near.autodiff().require_grad();
        let far = loss(near.clone());
        let gradient = values(&near.grad(&far.backward()).unwrap());
        assert!(same < 1e-9 && far.into_scalar::<f64>() > 0.1, "{kind:?}: {same}");
        assert!(gradient.iter().all(|entry| entry.is_finite()) && gradient.iter().any(|entry| entry.abs() > 1e-4));
    }
}

#[test]
fn identical_samples_are_a_stationary_point_of_the_kernel_of_samples() {
    let one = noise("one", [1, 5]).repeat_dim(0, 8).autodiff().require_grad();
    let loss = spectral_loss(noise("real", [8, 5]), one.clone(), Kernel::Samples, Settings { gap: 1e-3, ..EXACT });
    let gradient = values(&one.grad(&loss.backward()).unwrap());
    assert!(gradient.iter().all(|entry| entry.abs() < 1e-9), "{gradient:?}");
}

#[test]
fn only_the_kernel_of_features_ignores_the_order_of_rows() {
    let (real, fake) = (noise("real", [8, 5]), noise("fake", [8, 5]));
    let turned = Tensor::cat(vec![fake.clone().slice_dim(0, 3..8), fake.clone().slice_dim(0, 0..3)], 0);
    let moved = |kind| {
        let loss = |fake: &Tensor<2>| spectral_loss(real.clone(), fake.clone(), kind, EXACT).into_scalar::<f64>();
        (loss(&fake) - loss(&turned)).abs()
    };
    assert!(moved(Kernel::Features) < 1e-9 && moved(Kernel::Samples) > 1e-3);
}

#[test]
fn eigenvalues_sum_to_one_and_broken_features_are_seen() {
    let trace = kernel(noise("fake", [8, 5]), Kernel::Features).mul(eye(5)).sum().into_scalar::<f64>();
    assert!((trace - 1.0).abs() < 1e-9, "{trace}");
    let broken = noise("fake", [8, 5]).mul_scalar(f64::NAN);
    assert!(spectral_loss(noise("real", [8, 5]), broken, Kernel::Samples, EXACT).into_scalar::<f64>().is_nan());
}

fn eye(size: usize) -> Tensor<2> {
    double()
        .tensor((0..size * size).map(|entry| if entry / size == entry % size { 1.0 } else { 0.0 }).collect(), [size; 2])
}
