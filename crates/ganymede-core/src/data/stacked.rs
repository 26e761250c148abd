//! Stacked pictures: each has the channels red, green and blue of three grey pictures, drawn from another set. Of ten digits
//! come a thousand modes ("stacked MNIST": Metz et al. 2017, section 3.3.1, and Srivastava et al. 2017, section 4.1).

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::rows::Rows;
use super::stack::{LAYERS, Stack};
use super::{DataConfig, DataError, Dataset, GlyphsConfig};
use crate::invalid::{InvalidValue, ensure};
use crate::random::Streams;

/// Stacks of three pictures each from a grey set.
///
/// Row `r` of the set is made of three draws with replacement that depend on the run's seed and `r` alone, when a batch asks for
/// it; only the grey set is in memory. Of pictures of the classes `a`, `b` and `c` out of `n` the stack has the class
/// `a n n + b n + c`.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct StackedConfig {
    /// Rows of the set.
    pub samples: usize,
    /// The grey set.
    #[serde(skip_deserializing)]
    pub of: Box<DataConfig>,
}

impl Default for StackedConfig {
    fn default() -> Self {
        Self { samples: 100_000, of: Box::new(DataConfig::Glyphs(GlyphsConfig::default())) }
    }
}

impl StackedConfig {
    /// Checks every value against its range, without opening a file.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, with the range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let expected = format!("expected 1 to {} rows", u32::MAX);
        ensure((1..=u32::MAX as usize).contains(&self.samples), "samples", self.samples, &expected)?;
        let pictures = matches!(*self.of, DataConfig::Glyphs(_) | DataConfig::Images(_) | DataConfig::File(_));
        let expected = "expected a set of grey pictures: \"glyphs\", \"images\" or \"file\"";
        ensure(pictures, "of.kind", format_args!("\"{}\"", self.of.kind()), expected)?;
        self.of.check().map_err(|error| error.within("of"))
    }

    /// Reads or draws the grey set.
    pub(super) fn build(&self, base: &Path, streams: Streams) -> Result<Dataset, DataError> {
        let grey = self.of.build(base, streams).map_err(|error| match error {
            DataError::Invalid(error) => DataError::Invalid(error.within("of")),
            error => error,
        })?;
        let (rows, mut report) = grey.into_rows();
        let Some(Rows::Plain(grey)) = rows else {
            let expected = "expected false: stacked pictures are not mirrored";
            return Err(InvalidValue::new("of.flips", true, expected).into());
        };
        let shape = grey.samples.shape;
        if shape.channels != 1 || shape.is_point() {
            let expected = "expected grey pictures, which of.channels = 1 makes of any others";
            return Err(InvalidValue::new("of", format!("samples of {shape}"), expected).into());
        }
        let stack = Stack::new(grey, self.samples, streams)?;
        report.push(format!("each of {} rows is a stack of {LAYERS} of these pictures", self.samples));
        Ok(Dataset::of(Rows::Stacked(stack), report))
    }
}
