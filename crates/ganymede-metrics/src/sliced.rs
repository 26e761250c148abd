//! The sliced Wasserstein distance: the cost of moving one set onto the other, along random directions.

use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::random::{Purpose, stream};
use crate::{MatrixView, MetricError};

/// The order of the Wasserstein distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WassersteinOrder {
    /// The mean of `|x - y|`.
    First,
    /// The root of the mean of `|x - y|^2`.
    Second,
}

/// How the sliced Wasserstein distance is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlicedWassersteinOptions {
    /// Random directions, uniform on the sphere; at least 1.
    pub directions: usize,
    /// The order of the distance.
    pub order: WassersteinOrder,
    /// Seed of the directions.
    pub seed: u64,
}

impl Default for SlicedWassersteinOptions {
    fn default() -> Self {
        Self { directions: 128, order: WassersteinOrder::Second, seed: 0 }
    }
}

/// The sliced Wasserstein distance (Bonneel et al. 2015) along random directions, in the units of the samples. For order
/// `p` it is the `p`-th root of the mean over directions of the distance's `p`-th power. It is symmetric and 0 for equal
/// sets; the sets may differ in size.
///
/// # Errors
/// [`MetricError::WidthMismatch`], and [`MetricError::OutOfRange`] when there are no directions.
pub fn sliced_wasserstein(
    real: MatrixView,
    fake: MatrixView,
    options: &SlicedWassersteinOptions,
) -> Result<f64, MetricError> {
    let directions = random_directions(real.columns(), options)?;
    sliced_wasserstein_along(
        real,
        fake,
        MatrixView::new(&directions, options.directions, real.columns())?,
        options.order,
    )
}

/// A real set with its projections, for measuring many fake sets. Each measurement is half the work of
/// [`sliced_wasserstein`]; the projections take 8 bytes for each real row and direction.
#[derive(Clone, Debug)]
pub struct SlicedReference {
    columns: usize,
    order: WassersteinOrder,
    /// Each direction of length 1, with the real rows' coordinates along it in ascending order.
    slices: Vec<(Vec<f64>, Vec<f64>)>,
}

impl SlicedReference {
    /// Projects the real set.
    ///
    /// # Errors
    /// [`MetricError::OutOfRange`] when there are no directions.
    pub fn new(real: MatrixView, options: &SlicedWassersteinOptions) -> Result<Self, MetricError> {
        let directions = random_directions(real.columns(), options)?;
        let slices = directions
            .par_chunks_exact(real.columns())
            .enumerate()
            .map(|(row, direction)| {
                let direction = unit(direction).ok_or(MetricError::ZeroRow { row })?;
                let places = projected(real, &direction);
                Ok((direction, places))
            })
            .collect::<Result<_, MetricError>>()?;
        Ok(Self { columns: real.columns(), order: options.order, slices })
    }

    /// The distance of a fake set, equal to [`sliced_wasserstein`]'s with the same options.
    ///
    /// # Errors
    /// [`MetricError::WidthMismatch`].
    pub fn distance(&self, fake: MatrixView) -> Result<f64, MetricError> {
        let origin = vec![0.0; self.columns];
        MatrixView::new(&origin, 1, self.columns)?.same_width("the real data", fake, "the fake data")?;
        let power =
            |(direction, real): &(Vec<f64>, Vec<f64>)| transport_power(real, &projected(fake, direction), self.order);
        let powers: Vec<f64> = self.slices.par_iter().map(power).collect();
        Ok(root(&powers, self.order))
    }
}

/// Random directions, row-major and not yet of length 1.
fn random_directions(columns: usize, options: &SlicedWassersteinOptions) -> Result<Vec<f32>, MetricError> {
    if options.directions == 0 {
        return Err(MetricError::out_of_range("directions", &options.directions, "at least 1"));
    }
    let mut stream = stream(options.seed, Purpose::Projections);
    Ok((0..options.directions * columns).map(|_| StandardNormal.sample(&mut stream)).collect())
}

/// The sliced Wasserstein distance along given directions, one in each row; they are scaled to length 1.
///
/// # Errors
/// [`MetricError::WidthMismatch`], and [`MetricError::ZeroRow`] for a direction of length 0.
pub fn sliced_wasserstein_along(
    real: MatrixView,
    fake: MatrixView,
    directions: MatrixView,
    order: WassersteinOrder,
) -> Result<f64, MetricError> {
    real.same_width("the real data", fake, "the fake data")?;
    real.same_width("the real data", directions, "the list of directions")?;
    let powers = (0..directions.rows())
        .into_par_iter()
        .map(|row| {
            let direction = unit(directions.row(row)).ok_or(MetricError::ZeroRow { row })?;
            Ok(transport_power(&projected(real, &direction), &projected(fake, &direction), order))
        })
        .collect::<Result<Vec<f64>, MetricError>>()?;
    Ok(root(&powers, order))
}

/// The root of the mean of powers of distances.
fn root(powers: &[f64], order: WassersteinOrder) -> f64 {
    let mean = powers.iter().sum::<f64>() / powers.len() as f64;
    match order {
        WassersteinOrder::First => mean,
        WassersteinOrder::Second => mean.sqrt(),
    }
}

/// A direction scaled to length 1; `None` for length 0.
fn unit(direction: &[f32]) -> Option<Vec<f64>> {
    let largest = direction.iter().fold(0.0_f64, |largest, value| largest.max(f64::from(*value).abs()));
    let length = direction.iter().map(|value| (f64::from(*value) / largest).powi(2)).sum::<f64>().sqrt() * largest;
    (largest > 0.0).then(|| direction.iter().map(|value| f64::from(*value) / length).collect())
}

/// The rows' coordinates along a direction, in ascending order.
fn projected(matrix: MatrixView, direction: &[f64]) -> Vec<f64> {
    let mut places: Vec<f64> = matrix
        .iter_rows()
        .map(|row| row.iter().zip(direction).map(|(value, part)| f64::from(*value) * part).sum())
        .collect();
    places.sort_unstable_by(f64::total_cmp);
    places
}

/// The power of the Wasserstein distance between two sorted lists: the integral of the power of the difference between
/// their quantile functions, which are step functions.
fn transport_power(left: &[f64], right: &[f64], order: WassersteinOrder) -> f64 {
    let power = |(left, right): (&f64, &f64)| match order {
        WassersteinOrder::First => (left - right).abs(),
        WassersteinOrder::Second => (left - right) * (left - right),
    };
    if left.len() == right.len() {
        return left.iter().zip(right).map(power).sum::<f64>() / left.len() as f64;
    }
    let (mut i, mut j) = (0, 0);
    let mut sum = 0.0;
    // Quantiles are counted in integer units of 1 / (left * right), so that rounding loses no step.
    let mut done = 0_u128;
    let (left_step, right_step) = (right.len() as u128, left.len() as u128);
    while i < left.len() && j < right.len() {
        let (left_end, right_end) = ((i as u128 + 1) * left_step, (j as u128 + 1) * right_step);
        let end = left_end.min(right_end);
        sum += power((&left[i], &right[j])) * (end - done) as f64;
        done = end;
        i += usize::from(left_end == end);
        j += usize::from(right_end == end);
    }
    sum / (left.len() as f64 * right.len() as f64)
}
