//! Random streams: every random choice in this crate is a function of the caller's seed and a purpose.

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

/// The purpose of a stream; streams of one seed with different purposes are independent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Subsample = 1,
    Clusters = 2,
    Projections = 3,
    Subsets = 4,
    Halves = 5,
    Counts = 6,
    Splits = 7,
    Null = 8,
}

/// The random stream for a seed and a purpose.
pub(crate) fn stream(seed: u64, purpose: Purpose) -> ChaCha8Rng {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    stream.set_stream(purpose as u64);
    stream
}

/// `count` distinct row numbers below `rows`, in ascending order; all rows when `count` is at least `rows`.
pub(crate) fn subsample(rows: usize, count: usize, seed: u64) -> Vec<usize> {
    if count >= rows {
        return (0..rows).collect();
    }
    let mut indices = index::sample(&mut stream(seed, Purpose::Subsample), rows, count).into_vec();
    indices.sort_unstable();
    indices
}
