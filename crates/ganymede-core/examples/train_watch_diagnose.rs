//! The library without the program: train a GAN, watch it for a collapse, and diagnose its samples.
//!
//! ```sh
//! cargo run --release -p ganymede-core --example train_watch_diagnose
//! ```
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::Device;
use ganymede_core::config::{Document, Experiment};
use ganymede_core::guard::Guard;
use ganymede_core::registry::Registry;
use ganymede_core::run::Run;
use ganymede_core::sampling::SampleRequest;
use ganymede_core::trainer::{Observer, Snapshot};
use ganymede_metrics::{DiagnosisOptions, Labelled, MatrixView, diagnose};

const TEXT: &str = r#"
steps = 600
[data]
kind = "ring"
[detector]
every = 100
"#;

/// Prints what the detector finds.
struct Watcher;

impl Observer for Watcher {
    fn observe(&mut self, snapshot: Snapshot<'_>) -> Result<ControlFlow<()>, Box<dyn Error + Send + Sync>> {
        if let Some(report) = snapshot.report {
            println!("step {}: {}", report.step, report.observation.verdict.word());
        }
        // `ControlFlow::Break(())` would end the training here.
        Ok(ControlFlow::Continue(()))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let document = Document::parse(TEXT, "train_watch_diagnose.toml", Path::new("."))?;
    let (experiment, strategies) = Experiment::read(&document)?;
    // With the workspace's strategies: `ganymede_strategies::registry()`.
    let (chain, _) = Registry::new(&[], &[]).chain(&strategies)?;
    let mut run = Run::new(&experiment, chain, document.folder(), Device::flex())?;
    let mut guard = Guard::new(&experiment.detector, &run)?;
    let ended = run.train_guarded(guard.as_mut(), &mut [&mut Watcher])?;
    println!("{ended:?} after {} steps", run.state.step);

    let count = 2_000;
    let streams = run.step.streams.derive("example");
    let fake = run.sample(&SampleRequest { count, label: None, generator: None, streams }).samples;
    let real = run.data.oracle(streams, count).samples;
    let [fake, real] = [&fake, &real].map(|set| MatrixView::new(&set.values, set.rows(), set.features));
    let labelled = |samples| Labelled { samples, labels: None };
    let diagnosis = diagnose(labelled(fake?), Some(labelled(real?)), &DiagnosisOptions::default())?;
    println!("{}: {}", diagnosis.verdict.word(), diagnosis.headline);
    Ok(())
}
