//! Wall time, shared out between training and everything around it.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Times of a run so far, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Elapsed {
    pub(super) training: f64,
    watching: f64,
}

/// Counts the time that training takes and the time that watching it takes.
#[derive(Debug)]
pub(crate) struct Clock {
    since: Instant,
    training: Duration,
    watching: Duration,
}

impl Clock {
    /// Starts with what is not training, and counts on from an earlier part of the run.
    pub(crate) fn resume(elapsed: Elapsed) -> Self {
        // A time that no clock can have shown counts as none.
        let duration = |seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        Self { since: Instant::now(), training: duration(elapsed.training), watching: duration(elapsed.watching) }
    }

    pub(crate) fn elapsed(&self) -> Elapsed {
        Elapsed { training: self.training_seconds(), watching: self.watching_seconds() }
    }

    /// Training stops here and watching begins.
    pub(crate) fn watch(&mut self) {
        let lap = self.lap();
        self.training += lap;
    }

    /// Watching ends here and training continues.
    pub(crate) fn train(&mut self) {
        let lap = self.lap();
        self.watching += lap;
    }

    pub(crate) fn training_seconds(&self) -> f64 {
        self.training.as_secs_f64()
    }

    /// Seconds of watching so far: evaluation, records, pictures, progress.
    pub(crate) fn watching_seconds(&self) -> f64 {
        self.watching.as_secs_f64()
    }

    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let lap = now - self.since;
        self.since = now;
        lap
    }
}
