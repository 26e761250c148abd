//! What happens to a run besides its steps: verdicts that change, rollbacks, an early end.

use ganymede_core::guard::{DetectorReport, Rollback};
use ganymede_metrics::{Sign, Verdict};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Event {
    /// The detector's state changed.
    Verdict {
        /// The state before.
        before: Verdict,
        /// The state after it.
        after: Verdict,
        /// The signals that say so.
        signs: Vec<Sign>,
    },
    /// The run came back to an earlier step.
    Rollback(Rollback),
    /// A loss ran away.
    Divergence {
        /// The loss, `network/term`.
        loss: String,
        /// Its mean since the line before.
        value: f64,
    },
    /// The run ended because its generator collapsed.
    Stop,
}

/// An event and the step at which it happened.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct DatedEvent {
    /// Steps made; for a rollback, those after it.
    pub(crate) step: u64,
    #[serde(flatten)]
    pub(crate) event: Event,
}

impl Event {
    /// The event in a look, if the state changed.
    pub(crate) fn of(look: &DetectorReport) -> Option<Self> {
        let observation = &look.observation;
        observation.changed().then(|| Self::Verdict {
            before: observation.before,
            after: observation.verdict,
            signs: observation.judgement.signs.clone(),
        })
    }

    /// In one line, for people.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Verdict { after: Verdict::Healthy, .. } => "as watched: healthy again".to_owned(),
            Self::Verdict { after, signs, .. } => {
                let signs: Vec<String> = signs.iter().map(describe).collect();
                format!("as watched: {after}: {}", signs.join(", "))
            }
            Self::Divergence { loss, value } => {
                format!("diverged: the loss {loss} is {value:.3e}; lower both learning rates")
            }
            Self::Rollback(rollback) => format!(
                "rolled back from step {}, with other noise and {} of the learning rates (rollback {})",
                rollback.from, rollback.learning_rate_factor, rollback.number
            ),
            Self::Stop => "stopped, since the generator has collapsed".to_owned(),
        }
    }
}

/// A signal in words.
fn describe(sign: &Sign) -> String {
    let side = if sign.value < sign.limit { "below" } else { "above" };
    format!("{} {:.2} ({side} {})", sign.signal.replace('_', " "), sign.value, sign.limit)
}
