//! A classifier's last hidden layer as features.

use ganymede_samples::{Matrix, Samples, Shape};

use super::Classifier;
use crate::checksum::Checksum;
use crate::error::EvaluationError;
use crate::extractor::{Extractor, Features};

/// Samples whose features are computed between two reports of progress.
const ROWS_AT_ONCE: usize = 1 << 10;

impl Extractor for Classifier {
    fn name(&self) -> &str {
        &self.name
    }

    fn width(&self) -> usize {
        self.head.input().features() * self.parts
    }

    fn classes(&self) -> Option<usize> {
        Some(self.modes())
    }

    fn checksum(&self) -> Checksum {
        let card = serde_json::to_vec(&self.card).unwrap_or_default();
        let mut parts = vec![b"classifier".to_vec(), (self.parts as u64).to_le_bytes().to_vec(), card];
        parts.extend(
            self.network
                .parameters()
                .iter()
                .chain(self.network.buffers())
                .map(|tensor| tensor.clone().without_autodiff().into_data().as_bytes().to_vec()),
        );
        Checksum::of(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    fn check(&self, found: Shape) -> Result<(), EvaluationError> {
        let own = self.card.shape();
        let shape = own.with_channels(own.channels * self.parts);
        if found == shape {
            return Ok(());
        }
        let expected = format!("samples of {shape}; train a classifier on samples of their shape");
        Err(EvaluationError::Shape { extractor: self.name.clone(), expected, found })
    }

    fn extract(&self, samples: &Samples, progress: &mut dyn FnMut(usize)) -> Result<Features, EvaluationError> {
        self.check(samples.shape)?;
        let rows: Vec<usize> = (0..samples.rows()).collect();
        let (mut values, mut probabilities): (Option<Matrix>, Option<Matrix>) = (None, None);
        for rows in rows.chunks(ROWS_AT_ONCE) {
            let (features, of_modes) = self.features(&samples.select(rows));
            append(&mut values, features);
            append(&mut probabilities, of_modes);
            progress(rows.last().map_or(0, |last| last + 1));
        }
        let values = values.unwrap_or_else(|| Matrix { values: Vec::new(), features: self.width() });
        if let Some(place) = values.values.iter().position(|value| !value.is_finite()) {
            let (row, value) = (place / values.features, values.values[place]);
            return Err(EvaluationError::NotFinite { extractor: self.name.clone(), row, value });
        }
        Ok(Features { values, probabilities })
    }
}

/// Puts rows behind others.
fn append(all: &mut Option<Matrix>, more: Matrix) {
    match all {
        Some(all) => all.values.extend(more.values),
        None => *all = Some(more),
    }
}
