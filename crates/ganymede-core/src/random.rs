//! Counter-based random streams: a number is a function of (run seed, purpose, step) and of nothing else.
//!
//! No generator outlives the call that made it, so a checkpoint saves no random state, a strategy
//! that draws more numbers shifts nobody else's, and every backend sees the same noise, because the noise is made
//! on the host.

use burn::tensor::Tensor;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::place::Place;

/// The generator behind every stream: ChaCha with 8 rounds, keyed by seed and purpose, with the step as its nonce.
pub type Stream = ChaCha8Rng;

/// Hands out a run's random streams.
///
/// ```
/// use ganymede_core::random::Streams;
/// use rand::RngExt;
///
/// let streams = Streams::new(7);
/// let first: u64 = streams.at("latents", 3).random();
/// assert_eq!(first, Streams::new(7).at("latents", 3).random::<u64>());
/// assert_ne!(first, streams.at("latents", 4).random::<u64>());
/// assert_ne!(first, streams.at("dropout", 3).random::<u64>());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The streams of the run with this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The seed these streams were made from.
    pub fn seed(self) -> u64 {
        self.seed
    }

    /// Streams that share no number with these: for sampling, evaluation and the like, which must not follow training.
    #[must_use]
    pub fn derive(self, purpose: &str) -> Self {
        Self { seed: self.at(purpose, u64::MAX).random() }
    }

    /// The stream for one purpose at one step. Purposes are free text; strategies prefix theirs with their name.
    pub fn at(self, purpose: &str, step: u64) -> Stream {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        for (lane, chunk) in key[8..].chunks_exact_mut(8).enumerate() {
            chunk.copy_from_slice(&fnv1a(purpose, lane as u64).to_le_bytes());
        }
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(step);
        stream
    }
}

/// The 64-bit FNV-1a hash of a text, with a lane number mixed in first so that lanes differ.
fn fnv1a(text: &str, lane: u64) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    lane.to_le_bytes()
        .iter()
        .chain(text.as_bytes())
        .fold(OFFSET, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

/// `count` independent draws from N(0, 1).
pub fn normals(stream: &mut impl Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| StandardNormal.sample(stream)).collect()
}

/// `count` independent draws from the uniform distribution on `[low, high)`; all `low` where the two are equal.
pub fn uniforms(stream: &mut impl Rng, count: usize, low: f32, high: f32) -> Vec<f32> {
    // The product can round up to the bound itself, once in some ten million draws.
    let most = high.next_down().max(low);
    (0..count).map(|_| (low + (high - low) * stream.random::<f32>()).min(most)).collect()
}

/// A `[rows, columns]` tensor of draws from N(0, 1), untracked.
pub fn normal_tensor(stream: &mut impl Rng, shape: [usize; 2], place: &Place) -> Tensor<2> {
    place.tensor(normals(stream, shape[0] * shape[1]), shape)
}

/// A `[rows, columns]` tensor of draws from the uniform distribution on `[low, high)`, untracked.
pub fn uniform_tensor(stream: &mut impl Rng, shape: [usize; 2], bounds: (f32, f32), place: &Place) -> Tensor<2> {
    place.tensor(uniforms(stream, shape[0] * shape[1], bounds.0, bounds.1), shape)
}
