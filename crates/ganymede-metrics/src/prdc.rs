//! Precision, recall, density and coverage by balls around nearest neighbours.

use serde::{Deserialize, Serialize};

use crate::blocks::{error_share, exact_distance, for_blocks};
use crate::neighbors::{lower_square, radii_of, upper_square};
use crate::{MatrixView, MetricError};

/// The usual number of neighbours.
pub const DEFAULT_NEAREST_K: usize = 5;

/// How far real and fake samples cover each other: precision and recall (Kynkaanniemi et al. 2019), density and coverage
/// (Naeem et al. 2020).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prdc {
    /// The share of fake samples inside at least one real ball, 0 to 1.
    pub precision: f64,
    /// The share of real samples inside at least one fake ball, 0 to 1. The balls of fake outliers are large, so a single
    /// outlier raises it; coverage is more robust.
    pub recall: f64,
    /// The mean number of real balls that contain a fake sample, over `nearest_k`. It may exceed 1.
    pub density: f64,
    /// The share of real balls that contain at least one fake sample, 0 to 1.
    pub coverage: f64,
    /// The radius of a ball is the distance to this nearest neighbour, counted from 1.
    pub nearest_k: usize,
}

/// Precision, recall, density and coverage of fake samples against real ones.
///
/// A ball is open, and its radius is the distance to the `nearest_k`-th nearest other sample of the same set, as in the
/// package `prdc`. Results equal that package's to the last bit as long as its rounded distances are in the same order as
/// the exact ones. Distances that decide are computed from differences in f64. Besides the samples, memory is a few blocks
/// for each thread, never rows x rows.
///
/// # Errors
/// [`MetricError::WidthMismatch`]; [`MetricError::OutOfRange`] when `nearest_k` is 0; [`MetricError::TooFewRows`] when
/// a set has no more than `nearest_k` rows.
pub fn prdc(real: MatrixView, fake: MatrixView, nearest_k: usize) -> Result<Prdc, MetricError> {
    real.same_width("the real data", fake, "the fake data")?;
    let real_radii = radii_of(real, nearest_k, "the real data")?;
    let fake_radii = radii_of(fake, nearest_k, "the fake data")?;
    Ok(prdc_of_radii([real, fake], [&real_radii, &fake_radii], nearest_k))
}

/// [`prdc`] from known radii, one for each row; sets and radii are `[real, fake]`.
pub(crate) fn prdc_of_radii(
    [real, fake]: [MatrixView; 2],
    [real_radii, fake_radii]: [&[f64]; 2],
    nearest_k: usize,
) -> Prdc {
    count_balls(real, real_radii, fake, Some(fake_radii)).shares(real.rows(), fake.rows(), nearest_k)
}

/// The coverage alone, from the real samples' radii by [`crate::nearest_neighbor_radii`]. It takes a third of the work of
/// [`prdc`], and a single fake row suffices.
///
/// # Errors
/// [`MetricError::WidthMismatch`], and [`MetricError::WrongCount`] when there is not one radius for each real row.
pub fn coverage(real: MatrixView, real_radii: &[f64], fake: MatrixView) -> Result<f64, MetricError> {
    real.same_width("the real data", fake, "the fake data")?;
    if real_radii.len() != real.rows() {
        return Err(MetricError::WrongCount {
            what: "radii of the real data",
            needed: real.rows(),
            found: real_radii.len(),
        });
    }
    Ok(count_balls(real, real_radii, fake, None).shares(real.rows(), fake.rows(), 1).coverage)
}

/// Counts over all balls.
#[derive(Default)]
struct Counts {
    fake_in_a_real_ball: Vec<bool>,
    fake_in_real_balls: usize,
    real_in_a_fake_ball: usize,
    real_balls_with_fake: usize,
}

impl Counts {
    /// The counts as shares, by the same order of operations as in `prdc`.
    fn shares(&self, real_rows: usize, fake_rows: usize, nearest_k: usize) -> Prdc {
        let fake_inside = self.fake_in_a_real_ball.iter().filter(|inside| **inside).count();
        Prdc {
            precision: fake_inside as f64 / fake_rows as f64,
            recall: self.real_in_a_fake_ball as f64 / real_rows as f64,
            density: (1.0 / nearest_k as f64) * (self.fake_in_real_balls as f64 / fake_rows as f64),
            coverage: self.real_balls_with_fake as f64 / real_rows as f64,
            nearest_k,
        }
    }
}

/// The counts of one block of real rows.
struct BlockCounts {
    fake_in_a_real_ball: Vec<bool>,
    fake_in_real_balls: usize,
    real_in_a_fake_ball: Vec<bool>,
    real_ball_has_fake: Vec<bool>,
}

/// The counts over all pairs of a real and a fake row.
fn count_balls(real: MatrixView, real_radii: &[f64], fake: MatrixView, fake_radii: Option<&[f64]>) -> Counts {
    let share = error_share(real.columns());
    let fake_limits: Vec<f64> = fake_radii.map_or(vec![0.0; fake.rows()], <[f64]>::to_vec);
    let parts = for_blocks(
        real,
        fake,
        |block| BlockCounts {
            fake_in_a_real_ball: vec![false; fake.rows()],
            fake_in_real_balls: 0,
            real_in_a_fake_ball: vec![false; block.rows],
            real_ball_has_fake: vec![false; block.rows],
        },
        |counts, block, other, distances| {
            for (offset, row) in distances.chunks_exact(other.rows).enumerate() {
                let index = block.first + offset;
                let real_ball = Ball::new(real_radii[index]);
                for (column, squared) in row.iter().enumerate() {
                    let fake_index = other.first + column;
                    let error = share * (block.squared_norms[offset] + other.squared_norms[column]);
                    let fake_ball = Ball::new(fake_limits[fake_index]);
                    let exact = || exact_distance(real.row(index), fake.row(fake_index));
                    if real_ball.holds(*squared, error, exact) {
                        counts.fake_in_a_real_ball[fake_index] = true;
                        counts.fake_in_real_balls += 1;
                        counts.real_ball_has_fake[offset] = true;
                    }
                    if fake_ball.holds(*squared, error, exact) {
                        counts.real_in_a_fake_ball[offset] = true;
                    }
                }
            }
        },
    );
    let mut counts = Counts { fake_in_a_real_ball: vec![false; fake.rows()], ..Counts::default() };
    for part in parts {
        for (total, inside) in counts.fake_in_a_real_ball.iter_mut().zip(&part.fake_in_a_real_ball) {
            *total |= *inside;
        }
        counts.fake_in_real_balls += part.fake_in_real_balls;
        counts.real_in_a_fake_ball += part.real_in_a_fake_ball.iter().filter(|inside| **inside).count();
        counts.real_balls_with_fake += part.real_ball_has_fake.iter().filter(|has| **has).count();
    }
    counts
}

/// The radius of an open ball, with bounds on the square that decide without an exact distance.
#[derive(Clone, Copy)]
struct Ball {
    radius: f64,
    surely_inside_below: f64,
    surely_outside_from: f64,
}

impl Ball {
    fn new(radius: f64) -> Self {
        Self { radius, surely_inside_below: lower_square(radius), surely_outside_from: upper_square(radius) }
    }

    /// Whether a distance is below the radius: by its blocked square and that square's error bound, or by the exact
    /// distance when these leave it open.
    fn holds(self, squared: f64, error: f64, exact: impl Fn() -> f64) -> bool {
        if squared - error >= self.surely_outside_from {
            return false;
        }
        if squared + error < self.surely_inside_below {
            return true;
        }
        self.radius > 0.0 && exact() < self.radius
    }
}
