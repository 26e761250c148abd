//! What can be wrong with a classifier, or with what it is made of.

use ganymede_core::store::StoreError;
use ganymede_metrics::MetricError;
use ganymede_samples::Shape;
use thiserror::Error;

/// A classifier that cannot be trained, read or used.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ClassifierError {
    /// Samples without classes.
    #[error("the samples have no classes; name a file of them with labels")]
    NoLabels,
    /// Fewer than two classes.
    #[error("all {rows} samples are of one class, \"{name}\"; a classifier needs two or more")]
    OneClass {
        /// The class's name.
        name: String,
        /// How many samples there are.
        rows: usize,
    },
    /// More classes than a classifier supports.
    #[error("{found} classes, expected at most {most}; are the labels numbers rather than classes?")]
    ManyClasses {
        /// The classes of the data.
        found: usize,
        /// The most there may be.
        most: usize,
    },
    /// A class of which nothing could be held out.
    #[error(
        "class \"{name}\" has {found} samples, expected at least {needed}: some are held out to measure the accuracy"
    )]
    FewSamples {
        /// The class's name.
        name: String,
        /// Its samples.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A class of the test set that was not trained on.
    #[error("the test samples have a class \"{name}\" that the training samples lack; they have {known}")]
    UnknownClass {
        /// The class's name.
        name: String,
        /// The classes that were trained on.
        known: String,
    },
    /// Values that are all the same.
    #[error("every value of the samples is {value}; there is nothing to learn from")]
    Constant {
        /// The value.
        value: f64,
    },
    /// A value of an option.
    #[error("{key} = {value}: expected {expected}")]
    Option {
        /// The option.
        key: &'static str,
        /// What was given.
        value: String,
        /// What is legal.
        expected: &'static str,
    },
    /// Samples of another shape than the classifier's.
    #[error(
        "the classifier was trained on {} and these samples are {}; train one on samples of their shape{}",
        describe(*classifier),
        describe(*samples),
        if classifier.channels == 1 { ", or on one of their channels" } else { "" }
    )]
    Shape {
        /// What it was trained on.
        classifier: Shape,
        /// What it was given.
        samples: Shape,
    },
    /// Stacked pictures with more modes than can be counted.
    #[error("{channels} channels of {classes} classes each have too many modes to count, expected at most {most}")]
    ManyModes {
        /// The channels of the samples.
        channels: usize,
        /// The classes of a channel.
        classes: usize,
        /// The most modes.
        most: usize,
    },
    /// The loss is no longer a number.
    #[error("the loss became {loss} at step {step}; lower the learning rate, or look at the values of the samples")]
    NotFinite {
        /// The step, counted from 0.
        step: u64,
        /// NaN or an infinity.
        loss: f64,
    },
    /// A file of tensors that holds no classifier.
    #[error(
        "a file of tensors, but no classifier: its metadata lack `{0}`; one is made by `ganymede classifier train`"
    )]
    NotAClassifier(&'static str),
    /// A classifier of a program that is newer.
    #[error("a classifier of format {found}, and this program reads format {known}; train it again")]
    Format {
        /// The file's.
        found: u64,
        /// What is read.
        known: u64,
    },
    /// What a file says of its classifier does not fit together.
    #[error("not a usable classifier: {0}; train it again")]
    Card(String),
    /// A figure without a value.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// The tensors cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A shape, with what it is.
fn describe(shape: Shape) -> String {
    if shape.is_point() { format!("points of {shape}") } else { format!("pictures of {shape}") }
}
