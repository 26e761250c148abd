//! What is known of a classifier: what it was made of and how good it is.

use std::fmt;

use ganymede_core::data::Fingerprint;
use ganymede_core::network::list::LayersConfig;
use ganymede_samples::Shape;
use serde::{Deserialize, Serialize};

use super::error::ClassifierError;

/// The most modes that are counted: the classes of one channel to the power of the channels.
const MOST_MODES: usize = 1 << 15;

/// What the accuracy was measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measured {
    /// A part of the data that was held out.
    HeldOut,
    /// A set of its own.
    TestSet,
}

/// What is known of a classifier, as its file keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierCard {
    /// Height, width and channels of a sample.
    pub shape: [usize; 3],
    /// The names of the classes, in the order of their numbers.
    pub classes: Vec<String>,
    /// How often each class occurs in the data, as shares.
    pub class_shares: Vec<f64>,
    /// What is taken from each value first.
    pub mean: f64,
    /// What each value is then divided by.
    pub std: f64,
    /// The network.
    pub layers: LayersConfig,
    /// The seed of the training.
    pub seed: u64,
    /// Updates of the training.
    pub steps: u64,
    /// Samples learnt from.
    pub learnt_from: usize,
    /// What the figures below were measured on.
    pub measured: Measured,
    /// How many of these samples of each class (rows) were taken for each class (columns).
    pub confusion: Vec<Vec<usize>>,
    /// The data that it was trained on.
    pub data: Fingerprint,
}

impl ClassifierCard {
    /// The shape of a sample.
    pub fn shape(&self) -> Shape {
        let [height, width, channels] = self.shape;
        Shape { channels, height, width }
    }

    /// Samples that the accuracy was measured on.
    pub fn measured_on(&self) -> usize {
        self.confusion.iter().flatten().sum()
    }

    /// The share of these that were given their own class, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        let right: usize = self.confusion.iter().enumerate().map(|(class, row)| row[class]).sum();
        right as f64 / self.measured_on() as f64
    }

    /// The standard error of the accuracy.
    pub fn accuracy_error(&self) -> f64 {
        let accuracy = self.accuracy();
        (accuracy * (1.0 - accuracy) / self.measured_on() as f64).sqrt()
    }

    /// For each class the shares of its samples that are taken for each class; of a class without a measured sample all its own.
    pub fn confusion_shares(&self) -> Vec<Vec<f64>> {
        let shares = |(class, row): (usize, &Vec<usize>)| -> Vec<f64> {
            match row.iter().sum::<usize>() {
                0 => (0..row.len()).map(|other| f64::from(u8::from(other == class))).collect(),
                total => row.iter().map(|count| *count as f64 / total as f64).collect(),
            }
        };
        self.confusion.iter().enumerate().map(shares).collect()
    }

    /// How many channels of a sample of this shape are classified by themselves: 1 where the shape is the classifier's own.
    ///
    /// # Errors
    ///
    /// [`ClassifierError::Shape`] when the shape is neither its own nor, where that has one channel, the same sides with
    /// several; [`ClassifierError::ManyModes`] when there would be more than 32,768 modes.
    pub fn parts(&self, shape: Shape) -> Result<usize, ClassifierError> {
        let own = self.shape();
        if shape == own {
            return Ok(1);
        }
        if own.is_point() || own.channels != 1 || shape.with_channels(1) != own {
            return Err(ClassifierError::Shape { classifier: own, samples: shape });
        }
        let (channels, classes) = (shape.channels, self.classes.len());
        let modes = u32::try_from(channels).ok().and_then(|channels| classes.checked_pow(channels));
        if modes.is_none_or(|modes| modes > MOST_MODES) {
            return Err(ClassifierError::ManyModes { channels, classes, most: MOST_MODES });
        }
        Ok(channels)
    }

    /// Checks what a file says.
    pub(super) fn check(&self) -> Result<(), ClassifierError> {
        let classes = self.classes.len();
        let refuse = |reason: String| Err(ClassifierError::Card(reason));
        if classes < 2 {
            return refuse(format!("it has {classes} classes"));
        }
        if self.shape().checked_features().is_none_or(|features| features == 0) {
            return refuse(format!("its samples are of {:?} values", self.shape));
        }
        let rows = [self.class_shares.len(), self.confusion.len()];
        if rows
            .iter()
            .chain(self.confusion.iter().map(Vec::len).collect::<Vec<_>>().iter())
            .any(|rows| *rows != classes)
        {
            return refuse(format!("its tables are not of {classes} classes"));
        }
        if !self.class_shares.iter().all(|share| share.is_finite() && *share > 0.0) {
            return refuse("a share of a class is not above 0".to_owned());
        }
        if !(self.mean.is_finite() && self.std.is_finite() && self.std > 0.0) {
            return refuse(format!("its values are scaled by {} and {}", self.mean, self.std));
        }
        if self.measured_on() == 0 {
            return refuse("its accuracy was measured on no sample".to_owned());
        }
        Ok(())
    }
}

/// A line for people.
impl fmt::Display for ClassifierCard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measured = match self.measured {
            Measured::HeldOut => "held-out",
            Measured::TestSet => "test",
        };
        write!(
            formatter,
            "{} classes of samples of {}; {:.2} +- {:.2} % of {} {measured} samples right",
            self.classes.len(),
            self.shape(),
            100.0 * self.accuracy(),
            100.0 * self.accuracy_error(),
            self.measured_on()
        )
    }
}
