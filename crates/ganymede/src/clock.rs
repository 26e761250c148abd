//! Wall time, shared out between training and everything around it.

use std::time::{Duration, Instant};

/// Counts the time that training takes and the time that watching it takes.
#[derive(Debug)]
pub(crate) struct Clock {
    since: Instant,
    training: Duration,
    watching: Duration,
}

impl Clock {
    /// Starts with what is not training.
    pub(crate) fn start() -> Self {
        Self { since: Instant::now(), training: Duration::ZERO, watching: Duration::ZERO }
    }

    /// Training stops here and watching begins.
    pub(crate) fn watch(&mut self) {
        let lap = self.lap();
        self.training += lap;
    }

    /// Watching ends here and training goes on.
    pub(crate) fn train(&mut self) {
        let lap = self.lap();
        self.watching += lap;
    }

    /// Seconds of training so far.
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
