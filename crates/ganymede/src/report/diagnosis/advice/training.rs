//! What is known of the training that samples come from.

use std::path::{Path, PathBuf};

use ganymede_core::config::Document;
use ganymede_metrics::Thresholds;

use crate::run::folder::names;
use crate::run::prepare::LoadedConfig;

/// What is known of the training that samples come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Training {
    pub(crate) strategies: Vec<String>,
    pub(crate) objective: String,
    /// Whether the discriminator classified nearly all samples correctly at the last observation.
    pub(crate) discriminator_won: bool,
    pub(crate) run: PathBuf,
    pub(crate) steps: u64,
    /// Where keys stand in its configuration.
    pub(crate) locations: Vec<(&'static str, String)>,
    /// The configuration, every default spelled out.
    pub(crate) config: toml::Table,
}

/// The keys that advice may change.
const KEYS: [&str; 4] =
    ["steps", "optimizer.generator.learning_rate", "optimizer.discriminator.learning_rate", "data.path"];

impl Training {
    /// That of a run's folder.
    pub(crate) fn of(loaded: &LoadedConfig, run: &Path) -> Self {
        let document = Document::read(&run.join(names::CONFIG)).ok();
        let locations = document.map(|document| KEYS.map(|key| (key, document.location(key))).into());
        Self {
            strategies: loaded.chain.names(),
            objective: loaded.experiment.objective.kind.name().to_owned(),
            discriminator_won: std::fs::read_to_string(run.join(names::STATS))
                .is_ok_and(|records| discriminator_won(&records)),
            run: run.to_owned(),
            steps: loaded.experiment.steps,
            locations: locations.unwrap_or_default(),
            config: loaded.toml.parse().unwrap_or_default(),
        }
    }

    pub(super) fn uses(&self, name: &str) -> bool {
        self.strategies.iter().any(|used| used == name)
    }

    /// The value of a key in the configuration, dots between tables.
    pub(super) fn value(&self, key: &str) -> Option<&toml::Value> {
        let mut parts = key.split('.');
        let first = self.config.get(parts.next()?)?;
        parts.try_fold(first, |value, part| match part.parse::<usize>() {
            Ok(index) => value.get(index),
            Err(_) => value.get(part),
        })
    }

    /// Where a key stands in the configuration.
    pub(super) fn location(&self, key: &str) -> Option<String> {
        self.locations.iter().find(|(known, _)| *known == key).map(|(_, location)| location.clone())
    }
}

/// Whether the last look of the detector in a run's records says so. Records without one say nothing.
fn discriminator_won(records: &str) -> bool {
    let looks = records.lines().rev().filter_map(|line| {
        let record: serde_json::Value = serde_json::from_str(line).ok()?;
        record["detector"]["discriminator_accuracy"].as_f64()
    });
    looks.take(1).any(|accuracy| accuracy > Thresholds::default().discriminator_accuracy)
}

#[cfg(test)]
mod tests {
    use super::{Training, discriminator_won};

    #[test]
    fn the_last_look_says_whether_the_discriminator_has_won() {
        let line =
            |accuracy: f64| format!("{{\"step\": 5, \"detector\": {{\"discriminator_accuracy\": {accuracy}}}}}\n");
        let rows = [
            (String::new(), false),
            ("{\"step\": 5}\nnot json".to_owned(), false),
            (line(1.0), true),
            (line(1.0) + &line(0.6), false),
            (line(0.6) + &line(0.999) + "{\"step\": 6}\n", true),
        ];
        for (records, expected) in rows {
            assert_eq!(discriminator_won(&records), expected, "{records}");
        }
    }

    #[test]
    fn values_are_found_by_dotted_keys() {
        let config = "steps = 5\n[optimizer.generator]\nlearning_rate = 1e-3\n[[strategy]]\nname = \"a\"\n";
        let training = Training { config: config.parse().unwrap(), ..Training::default() };
        let shown = |key: &str| training.value(key).map(ToString::to_string);
        for (key, value) in [
            ("steps", Some("5")),
            ("optimizer.generator.learning_rate", Some("0.001")),
            ("strategy.0.name", Some("\"a\"")),
            ("strategy.1.name", None),
            ("steps.x", None),
            ("optimizer.x", None),
        ] {
            assert_eq!(shown(key).as_deref(), value, "{key}");
        }
    }
}
