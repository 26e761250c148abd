//! The grid: modes on a rectangular lattice.

use serde::{Deserialize, Serialize};

use super::mixture::Mixture;
use super::synthetic::{Draw, MAXIMUM_MODES, check_modes, check_positive, check_samples, check_weights};
use crate::invalid::{InvalidValue, ensure};

/// A grid of Gaussians in the plane, centred at the origin. Defaults are PacGAN's benchmark (arXiv:1712.04086,
/// synthetic data): 5 x 5 modes at {-4, -2, 0, 2, 4}^2.
///
/// Mode `row * columns + column` lies in that row, counted upwards, and that column, counted to the right.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct GridConfig {
    /// Rows of modes, at least 1.
    pub rows: usize,
    /// Columns of modes, at least 1.
    pub columns: usize,
    /// Distance between neighbours in a row or a column, above 0.
    pub spacing: f64,
    /// Standard deviation (not variance) of each coordinate around its mode, above 0.
    pub std: f64,
    /// Relative weight of each mode, above 0; empty for equal weights. Only their ratios count.
    pub weights: Vec<f64>,
    /// Points in the fixed set.
    pub samples: usize,
    /// Fixed set or fresh draws.
    pub draw: Draw,
}

impl Default for GridConfig {
    fn default() -> Self {
        Self { rows: 5, columns: 5, spacing: 2.0, std: 0.05, weights: Vec::new(), samples: 100_000, draw: Draw::Fixed }
    }
}

impl GridConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, with the range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        check_modes("rows", self.rows)?;
        ensure(
            (1..=MAXIMUM_MODES / self.rows).contains(&self.columns),
            "columns",
            self.columns,
            &format!(
                "expected 1 to {} columns, so that the grid has at most {MAXIMUM_MODES} modes",
                MAXIMUM_MODES / self.rows
            ),
        )?;
        check_positive("spacing", self.spacing)?;
        check_positive("std", self.std)?;
        check_weights(&self.weights, self.rows * self.columns)?;
        check_samples(self.samples, 2)
    }

    /// The distribution itself.
    ///
    /// # Panics
    ///
    /// When the configuration does not pass its check.
    pub fn mixture(&self) -> Mixture {
        let coordinate = |index: usize, count: usize| (self.spacing * (index as f64 - (count - 1) as f64 / 2.0)) as f32;
        let modes = self.rows * self.columns;
        let centers = (0..modes)
            .flat_map(|mode| {
                [coordinate(mode % self.columns, self.columns), coordinate(mode / self.columns, self.rows)]
            })
            .collect();
        Mixture::new(centers, vec![self.std as f32; modes], &self.weights)
    }
}
