//! All pairwise distances of some real and fake samples, and figures of random splits: real against fake, real against
//! real.

use rand::seq::index;
use rayon::prelude::*;

use crate::MatrixView;
use crate::blocks::{BLOCK_ROWS, for_blocks};
use crate::random::{Purpose, stream, subsample};

/// The number of random splits. The quantiles of Student's t with one degree of freedom less are within a fifth of the
/// normal ones at 1 in 1,000.
const SPLITS: usize = 24;

/// Rows of a split for mean distances and kernels, whose cost is the square of their number.
const KERNEL_ROWS: usize = 300;

/// The probability that a ball for coverage contains a fake sample when real and fake samples are alike.
const DUE_COVERAGE: f64 = 0.9;

/// The nearest neighbour that gives the radius of a ball for precision.
const PRECISION_NEIGHBOUR: usize = 5;

/// The nearest neighbour that gives the radius of a ball for recall.
const RECALL_NEIGHBOUR: usize = 3;

/// Two samples are near copies within this share of the median distance from a real sample to its nearest neighbour.
const NEAR: f64 = 0.05;

/// The distance to this share of the real samples is the distance of a sample from the data.
const NEIGHBOURHOOD: f64 = 0.01;

/// The largest number of rows of each set in the pairs.
pub(super) const PAIR_ROWS: usize = 1_500;

/// Rows drawn from both sets, with their prepared values and all distances.
pub(super) struct PairSamples {
    pub(super) rows: [Vec<usize>; 2],
    pub(super) pairs: Pairs,
    /// The numbers of rows of the whole sets, `[real, fake]`.
    pub(super) of: [usize; 2],
    pub(super) values: [Vec<f32>; 2],
    pub(super) columns: usize,
}

impl PairSamples {
    /// Draws rows of the prepared sets.
    pub(super) fn draw(sets: [MatrixView; 2], seed: u64) -> Self {
        let rows = sets.map(|set| subsample(set.rows(), PAIR_ROWS, seed));
        let values = [0, 1].map(|set: usize| sets[set].gather(&rows[set]));
        let columns = sets[0].columns();
        let [real, fake] = [0, 1].map(|set: usize| MatrixView::trusted(&values[set], rows[set].len(), columns));
        let pairs = Pairs::new(real, fake);
        Self { rows, pairs, of: sets.map(|set: MatrixView| set.rows()), values, columns }
    }
}

/// The distances between all samples of a pool, with the real ones first.
pub(super) struct Pairs {
    distances: Vec<f32>,
    real: usize,
    rows: usize,
}

/// The figures of some samples compared with the reference rows of a split.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SplitFigures {
    /// The share of the reference rows whose ball contains one of the samples.
    pub(super) coverage: f64,
    pub(super) precision: f64,
    pub(super) recall: f64,
    /// The median distance of the samples from the data.
    pub(super) off_data: f64,
    /// The number of groups of near copies over that of samples.
    pub(super) distinct: f64,
    pub(super) distance: f64,
    /// The energy distance over the mean distance of the reference rows.
    pub(super) energy: f64,
    /// The logarithm of the Vendi score of order 2, averaged over a narrow and a wide kernel.
    pub(super) vendi: f64,
    /// The effective rank of the covariance.
    pub(super) dimensions: f64,
}

/// Random splits, with the figures of the fakes and of equally many held-out real samples.
pub(super) struct Splits {
    pub(super) fakes: Vec<SplitFigures>,
    pub(super) nulls: Vec<SplitFigures>,
    /// The rows of each split: reference rows, held-out real rows, fake rows.
    pub(super) draws: Vec<[Vec<usize>; 3]>,
    /// The number of reference rows, and of the rows that are compared with them.
    pub(super) sizes: [usize; 2],
    /// The deviation of a figure over independent real sets, over that over splits of one set.
    pub(super) inflation: f64,
}

impl Splits {
    /// One figure of the fakes and of the held-out real rows, for every split.
    pub(super) fn of(&self, figure: fn(&SplitFigures) -> f64) -> [Vec<f64>; 2] {
        [&self.fakes, &self.nulls].map(|all| all.iter().map(figure).collect())
    }
}

impl Pairs {
    /// Computes all distances, which take four bytes for each pair.
    pub(super) fn new(real: MatrixView, fake: MatrixView) -> Self {
        let values = [real.values(), fake.values()].concat();
        let rows = real.rows() + fake.rows();
        let pool = MatrixView::trusted(&values, rows, real.columns());
        let stripes = for_blocks(
            pool,
            pool,
            |block| vec![0.0_f32; block.rows * rows],
            |stripe, block, other, squared| {
                for (row, entries) in squared.chunks_exact(other.rows).enumerate() {
                    let start = row * rows + other.first;
                    for (target, squared) in stripe[start..start + other.rows].iter_mut().zip(entries) {
                        *target = squared.sqrt() as f32;
                    }
                    if block.first == other.first {
                        stripe[row * rows + block.first + row] = 0.0;
                    }
                }
            },
        );
        debug_assert!(stripes.len() == rows.div_ceil(BLOCK_ROWS), "one stripe a block");
        Self { distances: stripes.concat(), real: real.rows(), rows }
    }

    /// The number of real samples.
    pub(super) fn real(&self) -> usize {
        self.real
    }

    /// The number of fake samples.
    pub(super) fn fakes(&self) -> usize {
        self.rows - self.real
    }

    /// The distances of a sample to all samples.
    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.distances[row * self.rows..(row + 1) * self.rows]
    }

    /// Makes random splits of the real samples, and compares the held-out rows and equally many fakes with the reference
    /// rows.
    pub(super) fn splits(&self, seed: u64) -> Splits {
        let size = self.fakes().min(self.real / 2).max(1);
        let reference = self.real - size;
        let near = self.near_distance();
        let widths = self.kernel_widths(seed);
        let draws: Vec<[Vec<usize>; 3]> = {
            let mut stream = stream(seed, Purpose::Splits);
            (0..SPLITS)
                .map(|_| {
                    let mut order = index::sample(&mut stream, self.real, self.real).into_vec();
                    let held_out = order.split_off(reference);
                    let fakes = index::sample(&mut stream, self.fakes(), size).into_iter();
                    [order, held_out, fakes.map(|fake| self.real + fake).collect()]
                })
                .collect()
        };
        let both: Vec<[SplitFigures; 2]> = draws
            .par_iter()
            .map(|[reference, held_out, fakes]| {
                let reference = ReferenceRows::new(self, reference, size);
                [held_out, fakes].map(|samples| self.figures(&reference, samples, near, widths))
            })
            .collect();
        Splits {
            nulls: both.iter().map(|figures| figures[0]).collect(),
            fakes: both.iter().map(|figures| figures[1]).collect(),
            draws,
            sizes: [reference, size],
            inflation: (self.real as f64 / reference as f64).sqrt(),
        }
    }

    /// The number of groups of near copies over that of fakes, and its expected value from how often two real samples are
    /// near copies.
    pub(super) fn distinct_fakes(&self) -> (f64, f64) {
        let near = self.near_distance();
        let fakes: Vec<usize> = (self.real..self.rows).collect();
        let close: usize =
            (0..self.real).map(|row| self.row(row)[..row].iter().filter(|distance| **distance <= near).count()).sum();
        let all = (self.real * self.real.saturating_sub(1) / 2).max(1);
        let count = fakes.len() as f64;
        let meetings = close as f64 / all as f64 * (count - 1.0) / 2.0;
        (share(self.groups(&fakes, near), fakes.len()), (1.0 - meetings).max(1.0 / count))
    }

    /// The distance up to which samples are near copies.
    fn near_distance(&self) -> f32 {
        let mut nearest: Vec<f32> = (0..self.real)
            .map(|row| {
                let others = self.row(row)[..self.real].iter().enumerate().filter(|(other, _)| *other != row);
                others.map(|(_, distance)| *distance).fold(f32::INFINITY, f32::min)
            })
            .collect();
        nearest.sort_unstable_by(f32::total_cmp);
        NEAR as f32 * nearest[nearest.len() / 2]
    }

    /// The widths of the two kernels: a fifth and a half of the mean distance of real samples.
    fn kernel_widths(&self, seed: u64) -> [f64; 2] {
        let rows = subsample(self.real, KERNEL_ROWS, seed);
        let mean = self.mean_distance(&rows, &rows);
        [0.2 * mean, 0.5 * mean]
    }

    /// The mean distance between the samples of two lists. If both are the same list, a sample is not compared with itself.
    fn mean_distance(&self, left: &[usize], right: &[usize]) -> f64 {
        let mut sum = 0.0;
        for &row in left {
            let distances = self.row(row);
            sum += right.iter().map(|other| f64::from(distances[*other])).sum::<f64>();
        }
        let same = std::ptr::eq(left, right);
        sum / (left.len() * (right.len() - usize::from(same && right.len() > 1))) as f64
    }

    fn figures(&self, reference: &ReferenceRows, samples: &[usize], near: f32, widths: [f64; 2]) -> SplitFigures {
        let some = &samples[..samples.len().min(KERNEL_ROWS)];
        let mut covered = vec![false; reference.rows.len()];
        let mut on_data = 0_usize;
        let mut off_data: Vec<f32> = Vec::with_capacity(samples.len());
        let mut buffer: Vec<f32> = Vec::with_capacity(reference.rows.len());
        for &sample in samples {
            let distances = self.row(sample);
            let mut inside = false;
            buffer.clear();
            for (place, &row) in reference.rows.iter().enumerate() {
                let distance = distances[row];
                buffer.push(distance);
                covered[place] |= distance <= reference.wide[place];
                inside |= distance <= reference.narrow[place];
            }
            on_data += usize::from(inside);
            off_data.push(*buffer.select_nth_unstable_by(reference.neighbourhood - 1, f32::total_cmp).1);
        }
        off_data.sort_unstable_by(f32::total_cmp);
        let reach = radii(self, samples, RECALL_NEIGHBOUR.min(samples.len().saturating_sub(1)).max(1));
        let recalled = reference.rows.iter().filter(|row| {
            let distances = self.row(**row);
            samples.iter().zip(&reach).any(|(sample, reach)| distances[*sample] <= *reach)
        });
        let [distance, vendi, dimensions] = self.spread(some, widths);
        let between = self.mean_distance(&reference.rows[..reference.rows.len().min(KERNEL_ROWS)], some);
        SplitFigures {
            coverage: share(covered.iter().filter(|covered| **covered).count(), covered.len()),
            precision: share(on_data, samples.len()),
            recall: share(recalled.count(), reference.rows.len()),
            off_data: f64::from(off_data[off_data.len() / 2]),
            distinct: share(self.groups(samples, near), samples.len()),
            distance,
            energy: if reference.distance > 0.0 {
                (2.0 * between - distance - reference.distance) / reference.distance
            } else {
                0.0
            },
            vendi,
            dimensions,
        }
    }

    /// The mean distance, the logarithm of the Vendi score and the effective rank of some samples.
    fn spread(&self, samples: &[usize], widths: [f64; 2]) -> [f64; 3] {
        let count = samples.len() as f64;
        let [mut distance, mut fourth] = [0.0; 2];
        let mut kernels = [0.0; 2];
        let mut row_means = Vec::with_capacity(samples.len());
        for &row in samples {
            let distances = self.row(row);
            let mut squares = 0.0;
            for &other in samples {
                let one = f64::from(distances[other]);
                let square = one * one;
                distance += one;
                squares += square;
                fourth += square * square;
                for (kernel, width) in kernels.iter_mut().zip(widths) {
                    // The square of the kernel `exp(-d^2 / (2 width^2))`.
                    *kernel += if width > 0.0 { (-square / (width * width)).exp() } else { 1.0 };
                }
            }
            row_means.push(squares / count);
        }
        let grand = row_means.iter().sum::<f64>() / count;
        let of_rows: f64 = row_means.iter().map(|mean| mean * mean).sum();
        // The trace and the squared norm of the centred Gram matrix, from squared distances.
        let trace = 0.5 * count * grand;
        let norm = 0.25 * (fourth - 2.0 * count * of_rows + count * count * grand * grand);
        let dimensions = if norm > 1e-12 * trace * trace { trace * trace / norm } else { 0.0 };
        let vendi = kernels.map(|kernel| (count * count / kernel).ln());
        [distance / (count * (count - 1.0)).max(1.0), f64::midpoint(vendi[0], vendi[1]), dimensions]
    }

    /// The number of groups of samples that are linked by near copies.
    fn groups(&self, samples: &[usize], near: f32) -> usize {
        let mut group: Vec<usize> = (0..samples.len()).collect();
        let mut groups = samples.len();
        for left in 0..samples.len() {
            let distances = self.row(samples[left]);
            for right in 0..left {
                if distances[samples[right]] <= near {
                    let [first, second] = [left, right].map(|place| root(&mut group, place));
                    if first != second {
                        group[first] = second;
                        groups -= 1;
                    }
                }
            }
        }
        groups
    }
}

/// The representative of a group (union-find with path halving).
fn root(group: &mut [usize], mut place: usize) -> usize {
    while group[place] != place {
        group[place] = group[group[place]];
        place = group[place];
    }
    place
}

/// The reference rows of a split, with their balls.
struct ReferenceRows {
    rows: Vec<usize>,
    /// The radius of each ball for coverage.
    wide: Vec<f32>,
    /// The radius of each ball for precision.
    narrow: Vec<f32>,
    neighbourhood: usize,
    distance: f64,
}

impl ReferenceRows {
    fn new(pairs: &Pairs, rows: &[usize], size: usize) -> Self {
        let count = rows.len();
        let most = count.saturating_sub(1).max(1);
        // The k nearest samples are all real with probability (real / both)^k if real and fake samples are alike.
        let all_real = (count as f64 / (count + size) as f64).ln();
        let wide = (((1.0 - DUE_COVERAGE).ln() / all_real).ceil() as usize).clamp(1, (most / 2).max(1));
        let some = &rows[..count.min(KERNEL_ROWS)];
        Self {
            rows: rows.to_vec(),
            wide: radii(pairs, rows, wide),
            narrow: radii(pairs, rows, PRECISION_NEIGHBOUR.min(most)),
            neighbourhood: ((NEIGHBOURHOOD * count as f64).round() as usize).max(1),
            distance: pairs.mean_distance(some, some),
        }
    }
}

/// The distance from each of some samples to its k-th nearest neighbour among them.
fn radii(pairs: &Pairs, rows: &[usize], nearest_k: usize) -> Vec<f32> {
    let mut buffer = Vec::with_capacity(rows.len());
    rows.iter()
        .map(|&row| {
            let distances = pairs.row(row);
            buffer.clear();
            buffer.extend(rows.iter().map(|other| distances[*other]));
            // The sample itself is at index 0, so its k-th nearest neighbour is at index k.
            let place = nearest_k.min(buffer.len() - 1);
            *buffer.select_nth_unstable_by(place, f32::total_cmp).1
        })
        .collect()
}

fn share(count: usize, all: usize) -> f64 {
    count as f64 / all.max(1) as f64
}
