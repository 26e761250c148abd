//! Precision, recall, density and coverage of two sets of samples from one normal distribution, with the time taken.
//!
//! `identical_normals [ROWS] [COLUMNS]`; for the default 10,000 x 1,000 the authors of `prdc` print
//! 0.477, 0.471, 1.056 and 0.974.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::time::Instant;

use ganymede_metrics::{MatrixView, MetricError, prdc};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

fn main() -> Result<(), MetricError> {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse().ok());
    let rows: usize = arguments.next().unwrap_or(10_000);
    let columns: usize = arguments.next().unwrap_or(1_000);
    let normals = |seed| -> Vec<f32> {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        (0..rows * columns).map(|_| StandardNormal.sample(&mut stream)).collect()
    };
    let (real, fake) = (normals(1), normals(2));
    let started = Instant::now();
    let found = prdc(MatrixView::new(&real, rows, columns)?, MatrixView::new(&fake, rows, columns)?, 5)?;
    println!("{rows} x {columns} in {:.1?}: {found:?}", started.elapsed());
    Ok(())
}
