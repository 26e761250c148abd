//! How pictures are given to a model, and what is taken of it: the keys of the TOML beside it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::EvaluationError;
use crate::extractor::Network;
use crate::pixels::{Layout, Resize};

/// The largest side of an input.
const LARGEST_SIDE: usize = 4096;

/// The keys of `MODEL.toml`, each of which may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// What figures are named by; the file's name without its ending and without `-features`.
    pub name: Option<String>,
    /// Whose features they are, where figures on them have a name of their own.
    pub network: Option<Network>,
    /// The input that takes the pictures; the only one.
    pub input: Option<String>,
    /// The size that pictures are given, `[height, width]` or one number for both; what the input says.
    pub size: Option<Size>,
    /// The order of the input's values; by default from which dimension of the input is 1 or 3.
    pub layout: Option<Layout>,
    /// What black and white become, `[0, 1]`.
    pub range: Option<[f32; 2]>,
    /// What is taken from each channel after that, one number or one for each channel; 0.
    pub mean: Option<OneOrMore>,
    /// By what each channel is divided after that, one number or one for each channel; 1.
    pub std: Option<OneOrMore>,
    /// The filter by which pictures are resized; bilinear.
    pub resize: Option<Resize>,
    /// The output of the features; the one called `features`, or the only one.
    pub features: Option<String>,
    /// The output of the classes' probabilities; the one called `probabilities`, if any.
    pub probabilities: Option<String>,
    /// The output of the classes' logits, of which probabilities are made; the one called `logits`, if any.
    pub logits: Option<String>,
}

/// A size in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of pixels, or [height, width]")]
pub enum Size {
    /// Height and width.
    Square(usize),
    /// Height, then width.
    Sides([usize; 2]),
}

impl Size {
    /// Height and width.
    pub const fn sides(self) -> [usize; 2] {
        match self {
            Self::Square(side) => [side; 2],
            Self::Sides(sides) => sides,
        }
    }
}

/// A number for all channels, or one for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number, or a list with one for each channel")]
pub enum OneOrMore {
    /// For all of them.
    One(f32),
    /// For each.
    Each(Vec<f32>),
}

impl OneOrMore {
    /// One number for each of `channels`; `None` if there are others.
    pub fn of(&self, channels: usize) -> Option<Vec<f32>> {
        match self {
            Self::One(value) => Some(vec![*value; channels]),
            Self::Each(values) => (values.len() == channels).then(|| values.clone()),
        }
    }

    fn all(&self, holds: impl Fn(f32) -> bool) -> bool {
        match self {
            Self::One(value) => holds(*value),
            Self::Each(values) => values.iter().all(|value| holds(*value)),
        }
    }
}

impl ModelSettings {
    /// The settings of a model: those of the file beside it, if there is one, and over them `assignments` such as `size=224` or
    /// `range=[-1, 1]`, written as in the file; quotes around a text may be left out.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Settings`] for a key or a value that is not known, with its place.
    pub fn beside(model: &Path, assignments: &[String]) -> Result<Self, EvaluationError> {
        let path = model.with_extension("toml");
        let mut table = toml::Table::new();
        if path != model && path.is_file() {
            let unreadable = |reason: std::io::Error| refuse(path.display().to_string(), &reason.to_string());
            let text = std::fs::read_to_string(&path).map_err(unreadable)?;
            Self::parse(&text, &path)?;
            table = text.parse().map_err(|error: toml::de::Error| located(&path, &text, &error))?;
        }
        for assignment in assignments {
            let place = || format!("--features-set {}", assignment.replace('\n', " "));
            let Some((key, value)) = assignment.split_once('=') else {
                return Err(refuse(place(), "expected KEY=VALUE, such as size=224"));
            };
            let (key, value) = (key.trim(), value.trim());
            let quoted = || toml::Value::String(value.to_owned());
            let parsed = format!("value = {value}").parse::<toml::Table>();
            if parsed.as_ref().is_ok_and(|table| table.len() > 1) {
                return Err(refuse(place(), "it holds more than one key; give each a --features-set of its own"));
            }
            let parsed = parsed.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(quoted);
            let mut alone = toml::Table::new();
            alone.insert(key.to_owned(), parsed.clone());
            let settings: Self = alone.try_into().map_err(|error: toml::de::Error| refuse(place(), error.message()))?;
            settings.check(&place())?;
            table.insert(key.to_owned(), parsed);
        }
        let whole: Self =
            table.try_into().map_err(|error: toml::de::Error| refuse(path.display().to_string(), error.message()))?;
        whole.check(&path.display().to_string())?;
        Ok(whole)
    }

    /// The settings that a text holds; `path` is its place in errors.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Settings`] for a key or a value that is not known, with its line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, EvaluationError> {
        let settings: Self = toml::from_str(text).map_err(|error| located(path, text, &error))?;
        settings.check(&path.display().to_string())?;
        Ok(settings)
    }

    /// Checks what can be checked without the model.
    fn check(&self, place: &str) -> Result<(), EvaluationError> {
        let side = 1..=LARGEST_SIDE;
        let problems = [
            (self.name.as_ref().is_some_and(|name| name.trim().is_empty()), "name must not be empty"),
            (
                self.size.is_some_and(|size| !size.sides().iter().all(|length| side.contains(length))),
                "size must be from 1 to 4096 pixels",
            ),
            (
                self.range.is_some_and(|[low, high]| !(low.is_finite() && high.is_finite() && low < high)),
                "range must be two finite numbers in rising order, what black and white become",
            ),
            (self.mean.as_ref().is_some_and(|mean| !mean.all(f32::is_finite)), "mean must be finite"),
            (
                self.std.as_ref().is_some_and(|std| !std.all(|value| value.is_finite() && value > 0.0)),
                "std must be finite and above 0",
            ),
            (
                self.probabilities.is_some() && self.logits.is_some(),
                "only one of probabilities and logits can be taken",
            ),
        ];
        match problems.iter().find(|(is_wrong, _)| *is_wrong) {
            Some((_, problem)) => Err(refuse(place.to_owned(), problem)),
            None => Ok(()),
        }
    }

    /// What figures on the features of a model at `path` are named by.
    pub fn name_for(&self, path: &Path) -> String {
        self.name.clone().unwrap_or_else(|| {
            let stem = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
            let short = stem.strip_suffix("-features").or_else(|| stem.strip_suffix("_features"));
            short.filter(|short| !short.is_empty()).unwrap_or(&stem).to_owned()
        })
    }
}

/// An error of the parser, with the line that it speaks of.
fn located(path: &Path, text: &str, error: &toml::de::Error) -> EvaluationError {
    let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    let place: PathBuf = path.to_owned();
    let place = line.map_or_else(|| place.display().to_string(), |line| format!("{}:{line}", place.display()));
    refuse(place, error.message())
}

/// An error in one line.
fn refuse(place: String, problem: &str) -> EvaluationError {
    let problem = problem.split_whitespace().collect::<Vec<_>>().join(" ");
    EvaluationError::Settings { place, problem }
}
