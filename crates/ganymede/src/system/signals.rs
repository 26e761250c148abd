//! Ctrl-C and SIGTERM: the first asks a run to save and end, the second ends the program at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::failure::{Failure, INTERRUPTED, Outcome};

/// A terminal often signals each process of a group twice; signals this close count as one.
const ECHO: Duration = Duration::from_millis(100);

/// Whether a signal has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interruption {
    flag: Arc<AtomicBool>,
}

impl Interruption {
    /// Starts listening for signals.
    pub(crate) fn listen() -> Outcome<Self> {
        let interruption = Self::default();
        let flag = Arc::clone(&interruption.flag);
        let mut first: Option<Instant> = None;
        ctrlc::set_handler(move || {
            flag.store(true, Ordering::Relaxed);
            if first.get_or_insert_with(Instant::now).elapsed() > ECHO {
                std::process::exit(i32::from(INTERRUPTED));
            }
        })
        .map_err(|error| Failure::failed(format!("cannot wait for signals: {error}")))?;
        Ok(interruption)
    }

    /// Whether one has come.
    pub(crate) fn came(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }
}
