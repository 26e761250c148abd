//! Which rows of a fixed set make a batch: epochs without replacement, computed from the step alone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rand::seq::SliceRandom;

use crate::random::Streams;

/// Number of (purpose, epoch) pairs whose permutations are remembered: a few purposes, each across an epoch's end.
const REMEMBERED: usize = 8;

/// Walks a fixed set in epochs: every row once in each, in an order of the epoch's own.
///
/// The batches of a purpose are the consecutive pieces of one endless sequence, the epochs' permutations after one
/// another; step `s` takes the rows from `s * count` on. So a batch is a function of (seed, purpose, step, count),
/// and the memory of past permutations only saves their recomputation.
#[derive(Debug)]
pub(super) struct Epochs {
    rows: usize,
    remembered: Mutex<VecDeque<Arc<Permutation>>>,
}

#[derive(Debug)]
struct Permutation {
    seed: u64,
    purpose: String,
    epoch: u64,
    order: Vec<usize>,
}

impl Epochs {
    /// Epochs over `rows` rows, at least one.
    pub(super) fn new(rows: usize) -> Self {
        Self { rows, remembered: Mutex::new(VecDeque::new()) }
    }

    /// The row indices of one batch.
    pub(super) fn indices(&self, streams: Streams, purpose: &str, step: u64, count: usize) -> Vec<usize> {
        let mut indices = Vec::with_capacity(count);
        let start = u128::from(step) * count as u128;
        let mut epoch = (start / self.rows as u128) as u64;
        let mut offset = (start % self.rows as u128) as usize;
        while indices.len() < count {
            let permutation = self.permutation(streams, purpose, epoch);
            let end = self.rows.min(offset + count - indices.len());
            indices.extend_from_slice(&permutation.order[offset..end]);
            (epoch, offset) = (epoch.wrapping_add(1), 0);
        }
        indices
    }

    fn permutation(&self, streams: Streams, purpose: &str, epoch: u64) -> Arc<Permutation> {
        let seed = streams.seed();
        // A panic elsewhere cannot leave a wrong permutation behind: entries are complete before they are stored.
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let known =
            remembered.iter().position(|known| known.epoch == epoch && known.seed == seed && known.purpose == purpose);
        let permutation = match known.and_then(|index| remembered.remove(index)) {
            Some(permutation) => permutation,
            None => Arc::new(Permutation {
                seed,
                purpose: purpose.to_owned(),
                epoch,
                order: shuffled(self.rows, streams, purpose, epoch),
            }),
        };
        remembered.push_front(Arc::clone(&permutation));
        remembered.truncate(REMEMBERED);
        permutation
    }
}

/// The rows in the order of one epoch.
pub(super) fn shuffled(rows: usize, streams: Streams, purpose: &str, epoch: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(&mut streams.at(&format!("{purpose}/epoch"), epoch));
    order
}
