//! The same ten steps on every backend of this build: the losses agree with flex within tolerance.
//!
//! Without a graphics adapter the wgpu comparison is left out, loudly; with `GANYMEDE_REQUIRE_GPU=1` that fails.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;
use std::ops::ControlFlow;

use burn::tensor::Device;
use ganymede_core::run::Run;
use ganymede_core::step::Losses;
use ganymede_core::trainer::{Observer, Snapshot};
use ganymede_tests::{PICTURES, SMALL, run, with_strategies};

const STEPS: u64 = 10;

/// A network's or a strategy's tensor operations: a configuration, and strategies with the keys of their tables.
type Row = (&'static str, &'static [(&'static str, &'static str)]);

/// How far a loss may be from flex's, over one more than its size. Rounding grows from step to step, in pictures' networks by
/// batch norm over 16 rows as well: on a software Vulkan the tenth step of the plain DCGAN was off by 2.9e-4.
fn tolerance(row: Row) -> f64 {
    if row.0 == PICTURES { 1e-3 } else { 1e-4 }
}

/// Between them they use every kind of tensor operation that the step has.
const ROWS: [Row; 7] = [
    (SMALL, &[]),
    (SMALL, &[("conditional", ""), ("label-smoothing", "real = [0.7, 1.0]")]),
    (SMALL, &[("unrolled", "steps = 2")]),
    (SMALL, &[("replay", "capacity = 24")]),
    (SMALL, &[("multi-generator", "generators = 2")]),
    (PICTURES, &[]),
    (PICTURES, &[("conditional", "method = \"projection\""), ("augmentation", "adaptive = false")]),
];

/// Notes the losses of all steps, which are read together where reading waits for the device.
struct Notes(Vec<Losses>);

impl Observer for Notes {
    fn observe(&mut self, snapshot: Snapshot<'_>) -> Result<ControlFlow<()>, Box<dyn Error + Send + Sync>> {
        self.0.extend_from_slice(snapshot.losses);
        Ok(ControlFlow::Continue(()))
    }

    fn looks_at(&self, _: &Run) -> bool {
        false
    }
}

fn losses((base, strategies): Row, device: Device) -> Vec<Losses> {
    let mut run = run(&with_strategies(base, strategies), device).unwrap();
    run.steps = STEPS;
    let mut notes = Notes(Vec::new());
    run.train(&mut [&mut notes]).unwrap();
    notes.0
}

#[cfg_attr(
    not(any(feature = "ndarray", feature = "wgpu")),
    expect(dead_code, reason = "flex has nothing to agree with")
)]
fn agrees_with_flex(name: &str, device: &Device) {
    for row in ROWS {
        let (expected, found) = (losses(row, Device::flex()), losses(row, device.clone()));
        assert_eq!((expected.len() as u64, found.len() as u64), (STEPS, STEPS), "{name}, {:?}", row.1);
        for (step, (expected, found)) in expected.iter().zip(&found).enumerate() {
            for (term, value) in expected {
                let difference = (value - found[term]).abs();
                assert!(
                    difference <= tolerance(row) * (1.0 + value.abs()),
                    "{name}, {:?}, step {step}, {term}: {} instead of {value}",
                    row.1,
                    found[term]
                );
            }
        }
    }
}

#[test]
fn flex_repeats_itself_to_the_bit() {
    for row in ROWS {
        assert_eq!(losses(row, Device::flex()), losses(row, Device::flex()), "{row:?}");
    }
}

#[cfg(feature = "ndarray")]
#[test]
fn ndarray_agrees_with_flex() {
    #[expect(deprecated, reason = "users ask for ndarray, and burn still ships it")]
    agrees_with_flex("ndarray", &Device::ndarray());
}

#[cfg(feature = "ndarray")]
#[test]
fn a_precision_that_the_device_lacks_is_refused_by_name() {
    #[expect(deprecated, reason = "users ask for ndarray, and burn still ships it")]
    let refused = run(&format!("precision = \"bf16\"\n{SMALL}"), Device::ndarray());
    let message = refused.err().unwrap();
    assert!(message.contains("precision = \"bf16\"") && message.contains("--device"), "{message}");
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
