//! The same ten steps on every backend of this build: the losses agree with flex within tolerance.
//!
//! Without a graphics adapter the wgpu comparison is left out, loudly; with `GANYMEDE_REQUIRE_GPU=1` that fails.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Device;
use ganymede_core::step::Losses;
use ganymede_tests::{SMALL, run, with_strategies};

const STEPS: usize = 10;

/// Strategies that between them use every kind of tensor operation the step has.
const ROWS: [&[(&str, &str)]; 5] = [
    &[],
    &[("conditional", ""), ("label-smoothing", "real = [0.7, 1.0]")],
    &[("unrolled", "steps = 2")],
    &[("replay", "capacity = 24")],
    &[("multi-generator", "generators = 2")],
];

fn losses(strategies: &[(&str, &str)], device: Device) -> Vec<Losses> {
    let mut run = run(&with_strategies(SMALL, strategies), device).unwrap();
    (0..STEPS).map(|_| run.advance().unwrap()).collect()
}

#[cfg_attr(
    not(any(feature = "ndarray", feature = "wgpu")),
    expect(dead_code, reason = "flex has nothing to agree with")
)]
fn agrees_with_flex(name: &str, device: &Device) {
    for strategies in ROWS {
        let (expected, found) = (losses(strategies, Device::flex()), losses(strategies, device.clone()));
        for (step, (expected, found)) in expected.iter().zip(&found).enumerate() {
            for (term, value) in expected {
                let difference = (value - found[term]).abs();
                assert!(
                    difference <= 1e-4 * (1.0 + value.abs()),
                    "{name}, {strategies:?}, step {step}, {term}: {} instead of {value}",
                    found[term]
                );
            }
        }
    }
}

#[test]
fn flex_repeats_itself_to_the_bit() {
    for strategies in ROWS {
        assert_eq!(losses(strategies, Device::flex()), losses(strategies, Device::flex()), "{strategies:?}");
    }
}

#[cfg(feature = "ndarray")]
#[test]
fn ndarray_agrees_with_flex() {
    #[expect(deprecated, reason = "users ask for ndarray, and burn still ships it")]
    agrees_with_flex("ndarray", &Device::ndarray());
}

#[cfg(feature = "wgpu")]
#[test]
fn wgpu_agrees_with_flex() {
    use burn::tensor::{DeviceKind, Tensor};

    let adapter = std::panic::catch_unwind(|| {
        let device = Device::wgpu(DeviceKind::DefaultDevice);
        let probe = Tensor::<1>::ones([2], &device).sum().into_scalar::<f32>();
        assert!((probe - 2.0).abs() < 1e-6);
        device
    });
    match adapter {
        Ok(device) => agrees_with_flex("wgpu", &device),
        Err(_) if std::env::var_os("GANYMEDE_REQUIRE_GPU").is_some_and(|value| value == "1") => {
            panic!("GANYMEDE_REQUIRE_GPU=1 and no graphics adapter was found");
        }
        Err(_) => eprintln!("LEFT OUT: no graphics adapter was found, so wgpu was not compared with flex"),
    }
}
