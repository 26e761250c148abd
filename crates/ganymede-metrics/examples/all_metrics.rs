//! Every metric on two sets of samples of one distribution, with the time that each takes.
//!
//! `all_metrics [ROWS] [COLUMNS]`; 10,000 x 784 by default.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::time::Instant;

use ganymede_metrics::{
    Bins, DEFAULT_BINS, DEFAULT_NEAREST_K, DEFAULT_SIGNIFICANCE, DiversityOptions, KernelDistanceOptions, MatrixView,
    MetricError, Reference, SignalOptions, SlicedWassersteinOptions, VendiOptions, diversity_report,
    duplicate_distance, frechet_distance, kernel_distance, prdc, sliced_wasserstein, support_size, vendi_score,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Prints a result and how long it took.
fn timed<T>(
    name: &str,
    metric: impl FnOnce() -> Result<T, MetricError>,
    show: impl FnOnce(&T) -> String,
) -> Result<T, MetricError> {
    let started = Instant::now();
    let found = metric()?;
    println!("{name:>20} {:8.2?}  {}", started.elapsed(), show(&found));
    Ok(found)
}

fn main() -> Result<(), MetricError> {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse().ok());
    let rows: usize = arguments.next().unwrap_or(10_000);
    let columns: usize = arguments.next().unwrap_or(784);
    let normals = |seed| -> Vec<f32> {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        (0..rows * columns).map(|_| StandardNormal.sample(&mut stream)).collect()
    };
    let (real, fake) = (normals(1), normals(2));
    let (real, fake) = (MatrixView::new(&real, rows, columns)?, MatrixView::new(&fake, rows, columns)?);
    timed("diversity", || diversity_report(fake, &DiversityOptions::default()), |found| format!("{found:?}"))?;
    timed("prdc", || prdc(real, fake, DEFAULT_NEAREST_K), |found| format!("{found:?}"))?;
    timed("vendi", || vendi_score(fake, &VendiOptions::default()), |found| format!("{found:?}"))?;
    let bins = timed("bins, fitted", || Bins::fit(real, DEFAULT_BINS, 0), |bins| format!("{}", bins.count()))?;
    timed("bins, compared", || bins.compare(fake, DEFAULT_SIGNIFICANCE), |found| format!("{}", found.different))?;
    timed("frechet", || frechet_distance(real, fake), |found| format!("{found:?}"))?;
    timed(
        "kernel distance",
        || kernel_distance(real, fake, &KernelDistanceOptions::default()),
        |found| format!("{found:?}"),
    )?;
    timed(
        "sliced wasserstein",
        || sliced_wasserstein(real, fake, &SlicedWassersteinOptions::default()),
        |found| format!("{found}"),
    )?;
    let near = timed("duplicate distance", || duplicate_distance(real), |found| format!("{found}"))?;
    timed("support size", || support_size(fake, near), |found| format!("{found:?}"))?;
    let reference = timed(
        "reference",
        || Reference::new(real, SignalOptions::default()),
        |found| format!("{} bins", found.bins().count()),
    )?;
    timed("signals", || reference.signals(fake), |found| format!("{found:?}"))?;
    Ok(())
}
