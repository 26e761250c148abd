//! What to do next: it follows the headline, and works when it is followed to the letter.

mod strategies;
mod training;

use std::path::Path;

use ganymede_metrics::{Diagnosis, Headline};
use serde::Serialize;

use self::strategies::{Findings, suitable};
pub(crate) use self::training::Training;

/// How much is advised.
const MOST: usize = 3;

/// What to do, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Advice {
    pub(crate) what: String,
    pub(crate) why: String,
    /// The strategy to add, where it is one.
    pub(crate) strategy: Option<&'static str>,
    /// Whether this build has that strategy.
    pub(crate) in_build: bool,
    /// The lines for the end of the configuration.
    pub(crate) config: Option<String>,
    pub(crate) command: Option<String>,
    /// Where the line stands in the configuration that it is about.
    pub(crate) location: Option<String>,
}

/// What advice is chosen by.
pub(crate) struct Case<'a> {
    pub(crate) diagnosis: &'a Diagnosis,
    /// Whether the real samples have labels.
    pub(crate) labelled: bool,
    pub(crate) training: Option<&'a Training>,
}

/// What to do, the best first; nothing where nothing is wrong. `present` are the strategies of this build and `known` all.
pub(crate) fn advise(case: &Case<'_>, present: &[&str], known: &[&str]) -> Vec<Advice> {
    let headline = case.diagnosis.headline;
    let unknown = Training::default();
    let training = case.training.unwrap_or(&unknown);
    let strategies = suitable(&Findings { headline, labelled: case.labelled, training }, present, known);
    let mut advice = match headline {
        Headline::Complete => Vec::new(),
        Headline::CannotTell | Headline::ScaleMismatch => vec![before_anything_can_be_told(case)],
        Headline::NotLearnt => vec![train_longer(case.training)],
        Headline::Divergence => vec![learn_slower(case.training, 0.1, DIVERGED)],
        Headline::LabelsIgnored if strategies.is_empty() => labels_in_the_last_layer(training),
        _ if strategies.is_empty() => vec![learn_slower(case.training, 0.5, EXHAUSTED)],
        _ => strategies,
    };
    advice.truncate(MOST);
    advice
}

const DIVERGED: &str = "steps that are too large make losses and samples run away";
const EXHAUSTED: &str = "every strategy that suits is in use already, and smaller steps keep the two networks together";

/// What is to be mended about the samples themselves.
fn before_anything_can_be_told(case: &Case<'_>) -> Advice {
    let diagnosis = case.diagnosis;
    let (what, why) = match diagnosis.real {
        _ if diagnosis.headline == Headline::ScaleMismatch => (
            "bring both sets to one scale: save both as uint8, or both as numbers from -1 to 1",
            "figures of two scales say nothing",
        ),
        None => ("name the data with --real", "what is lost shows beside what there was"),
        Some(real) if real.std > 0.0 && diagnosis.samples.min(real.samples) < ENOUGH => {
            ("give more samples of both sets, some hundred at least", "of so few, half can be missing by chance")
        }
        Some(_) => (
            "look at how the two sets were loaded, at their values and at their labels",
            "what they hold cannot be compared",
        ),
    };
    let few = what.starts_with("give more");
    let command = case
        .training
        .filter(|_| few)
        .map(|training| format!("ganymede sample {} --count 10000 --out samples.npy", quoted(&training.run)));
    let location = case.training.filter(|_| !few).and_then(|training| training.location("data.path"));
    Advice { what: what.to_owned(), why: why.to_owned(), command, location, ..Advice::default() }
}

/// Samples from which on their number is no reason for a doubt.
const ENOUGH: usize = 100;

fn train_longer(training: Option<&Training>) -> Advice {
    let command = match training {
        Some(training) => format!("ganymede train --resume {} --steps {}", quoted(&training.run), 2 * training.steps),
        None => "ganymede train --resume RUN --steps N".to_owned(),
    };
    Advice {
        what: "train longer".to_owned(),
        why: "the samples are still unlike the data".to_owned(),
        command: Some(command),
        location: training.and_then(|training| training.location("steps")),
        ..Advice::default()
    }
}

/// Smaller learning rates for both networks.
fn learn_slower(training: Option<&Training>, factor: f64, why: &str) -> Advice {
    let keys = ["generator", "discriminator"].map(|network| format!("optimizer.{network}.learning_rate"));
    let config = training.map_or_else(|| Path::new("CONFIG").to_owned(), |training| training.run.join("config.toml"));
    let assignments = keys.each_ref().map(|key| {
        let now = training.and_then(|training| training.value(key)?.as_float());
        now.map_or_else(|| format!("--set {key}=RATE"), |now| format!("--set {key}={:e}", rounded(factor * now)))
    });
    Advice {
        what: format!("train with learning rates at {factor} of what they are"),
        why: why.to_owned(),
        command: Some(format!("ganymede train {} {}", quoted(&config), assignments.join(" "))),
        location: training.and_then(|training| training.location(&keys[0])),
        ..Advice::default()
    }
}

/// A path as a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    shlex::try_quote(&path).map_or_else(|_| path.to_string(), Into::into)
}

/// Two figures of a number.
fn rounded(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

/// The other method of the strategy that has the labels.
fn labels_in_the_last_layer(training: &Training) -> Vec<Advice> {
    let index = training.strategies.iter().position(|used| used == "conditional");
    let Some(index) = index else { return vec![train_longer(Some(training))] };
    let key = format!("strategy.{index}.method");
    if training.value(&key).and_then(toml::Value::as_str) == Some("projection") {
        return vec![train_longer(Some(training))];
    }
    let config = training.run.join("config.toml");
    vec![Advice {
        what: "give the labels to the discriminator's last layer".to_owned(),
        why: "a sample of another class then costs the generator directly".to_owned(),
        command: Some(format!("ganymede train {} --set {key}=projection", quoted(&config))),
        location: Some(format!("{}: {key}", config.display())),
        ..Advice::default()
    }]
}

#[cfg(test)]
mod tests;
