//! By what a run knows its data again.

use std::fmt;

use ganymede_samples::{LabelledSamples, Values};
use serde::{Deserialize, Serialize};

/// Floats are hashed in pieces of this length.
const PIECE: usize = 1 << 12;

/// Rows, shape and checksums of a stored set: equal for equal values and classes in the same order, whatever file they came
/// from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// Number of samples.
    pub rows: usize,
    /// Height, width and channels of one sample.
    pub shape: [usize; 3],
    /// CRC-32 of the values: of pixels their bytes, of floats their little-endian bits.
    pub values: u32,
    /// CRC-32 of the classes, where the samples have any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<u32>,
}

impl Fingerprint {
    /// The fingerprint of a set.
    pub fn of(set: &LabelledSamples) -> Self {
        let shape = set.samples.shape;
        let mut values = crc32fast::Hasher::new();
        match &set.samples.values {
            Values::Bytes(bytes) => values.update(bytes),
            Values::Floats(floats) => {
                for piece in floats.chunks(PIECE) {
                    values.update(&piece.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
                }
            }
        }
        let classes = set.labels.as_ref().map(|labels| {
            let mut hasher = crc32fast::Hasher::new();
            labels.classes.iter().for_each(|class| hasher.update(&(*class as u64).to_le_bytes()));
            hasher.finalize()
        });
        Self {
            rows: set.rows(),
            shape: [shape.height, shape.width, shape.channels],
            values: values.finalize(),
            classes,
        }
    }

    /// What of `self` is different from `before`, as a part of a sentence; `None` if nothing is.
    pub fn difference(&self, before: &Self) -> Option<String> {
        let mut parts = Vec::new();
        if self.rows != before.rows {
            parts.push(format!("{} rows instead of {}", self.rows, before.rows));
        }
        if self.shape != before.shape {
            let words = |[height, width, channels]: [usize; 3]| format!("{height} x {width} x {channels}");
            let (now, then) = (words(self.shape), words(before.shape));
            parts.push(format!("samples of {now} values (height, width, channels) instead of {then}"));
        }
        if parts.is_empty() && self.values != before.values {
            parts.push("other values, or the same in another order".to_owned());
        }
        if parts.is_empty() && self.classes != before.classes {
            parts.push(match (self.classes, before.classes) {
                (None, _) => "no classes any more".to_owned(),
                (_, None) => "classes that were not there".to_owned(),
                _ => "other classes".to_owned(),
            });
        }
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}

/// A line for people.
impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} rows, checksum {:08x}", self.rows, self.values)
    }
}
