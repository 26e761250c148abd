//! Which parts of the real data are missing among the fakes, and which are over-represented.

use rand::seq::index;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::finding::Finding;
use super::spread;
use super::subsample::Subsample;
use super::{BinDiagnosis, DiagnosisOptions};
use crate::blocks::exact_distance;
use crate::clusters::cluster_centers_within;
use crate::counts::{chance_of_fewer, chance_of_fewer_at, chance_of_more, holm};
use crate::lost::{Lost, lost_parts, lost_share};
use crate::merging::merged_groups;
use crate::random::{Purpose, stream};
use crate::table::{BINS_DIFFER, JENSEN_SHANNON, KEPT_SHARE};
use crate::{BinReport, Bins, LOST_BELOW, MatrixView, MetricError};

/// Real samples for each bin in the half that bins are fitted to, on average at least.
const ROWS_A_BIN: usize = 5;

/// Fake samples for each bin, on average at least: with three expected, a bin is empty by chance once in twenty times.
const FAKES_A_BIN: usize = 3;

/// The largest number of real samples that bins are fitted to.
const FITTED_ROWS: usize = 2_000;

/// Iterations of the fit, because bins need not be optimal.
const ITERATIONS: usize = 25;

/// Up to this many real samples, the two halves also exchange their roles of being fitted and counted.
const BOTH_WAYS: usize = 2_000;

/// Clusters that are nearer to each other than this share of the real data's mean pairwise distance are one part.
pub(super) const PART_WIDTH: f64 = 0.2;

/// The largest probability that any part of a complete set is called lost, or that any is called over-represented.
const FALSE_ALARMS: f64 = 0.01;

/// A part is lost only if its share of the fakes is significantly below this multiple of the expected one: clusters that
/// were fitted to one sample are filled a little differently by any other.
const SURELY_BELOW: f64 = 0.7;

/// A part is over-represented above this multiple of its expected share.
const TOO_OFTEN: f64 = 2.0;

/// The figures of the bins.
#[derive(Clone, Debug, Default)]
pub(super) struct BinFigures {
    pub(super) fine_bins: Option<usize>,
    pub(super) different: Option<usize>,
    pub(super) jensen_shannon: Option<f64>,
    pub(super) kept_share: Option<f64>,
    pub(super) missing: Vec<BinDiagnosis>,
    pub(super) over_represented: Vec<BinDiagnosis>,
    pub(super) parts: Option<usize>,
    pub(super) rows: Option<[usize; 2]>,
}

/// The figures and findings of bins that are fitted to one half of the real samples and counted on the other half. `views`
/// are the drawn rows, prepared for comparison.
pub(super) fn bin_figures(
    [real, fake]: [&Subsample; 2],
    views: [MatrixView; 2],
    mean_distance: f64,
    options: &DiagnosisOptions,
) -> Result<(BinFigures, Vec<Finding>), MetricError> {
    let halves = halves(views[0], options.seed);
    let counted = CountedBins::new(views, [&halves[0], &halves[1]], mean_distance, options)?;
    let mut lost = counted.lost(options.seed);
    if views[0].rows() <= BOTH_WAYS {
        let other = CountedBins::new(views, [&halves[1], &halves[0]], mean_distance, options)?;
        lost = mean_of(lost, other.lost(options.seed));
    }
    let report = &counted.report;
    let changes = changes(&report.real_counts, &report.fake_counts, SURELY_BELOW);
    let missing = lost_parts([&report.real_counts, &report.fake_counts], &counted.groups, SURELY_BELOW);
    let mut over_represented: Vec<usize> = (0..report.bins).filter(|&bin| changes[bin] == Change::TooOften).collect();
    over_represented.sort_by(|a, b| report.z_scores[*a].total_cmp(&report.z_scores[*b]));
    let assigned = [counted.bins.assign(views[0])?, counted.bins.assign(views[1])?];
    let describe = |bins: Vec<usize>| {
        bins.into_iter().map(|bin| counted.describe(bin, [real, fake], views, &assigned, options)).collect()
    };
    let figures = BinFigures {
        fine_bins: Some(counted.fine.bins),
        different: Some(counted.fine.different),
        jensen_shannon: Some(counted.fine.jensen_shannon),
        kept_share: Some(1.0 - lost.share),
        missing: describe(missing),
        over_represented: describe(over_represented),
        parts: Some(report.bins),
        rows: Some([total(&report.real_counts), total(&report.fake_counts)]),
    };
    let mut findings = vec![kept(&KEPT_SHARE, lost), jensen_shannon(&counted.fine), bins_differ(&counted.report)];
    let counted_parts: Vec<usize> = halves[1].iter().map(|row| assigned[0][*row]).collect();
    let values = views[0].gather(&halves[1]);
    let held_out = MatrixView::trusted(&values, halves[1].len(), views[0].columns());
    findings.extend(spread::inside([held_out, views[1]], [&counted_parts, &assigned[1]], counted.bins.count()));
    Ok((figures, findings))
}

/// The lost share of some real samples, without naming the parts.
pub(super) fn lost_inside(
    views: [MatrixView; 2],
    mean_distance: f64,
    options: &DiagnosisOptions,
) -> Result<Lost, MetricError> {
    let halves = halves(views[0], options.seed);
    Ok(CountedBins::new(views, [&halves[0], &halves[1]], mean_distance, options)?.lost(options.seed))
}

/// A lost share as a finding.
pub(super) fn kept(info: &'static crate::SignalInfo, lost: Lost) -> Finding {
    Finding {
        info,
        value: 1.0 - lost.share,
        null: Some([1.0 - lost.null_high, 1.0]),
        chance: Some(lost.chance),
        effect: lost.share,
        effect_interval: [lost.low, lost.high],
    }
}

/// The mean of two estimates. Twice the smaller of two p-values is a valid p-value, however they depend on each other.
fn mean_of(first: Lost, second: Lost) -> Lost {
    let mean = |figure: fn(&Lost) -> f64| f64::midpoint(figure(&first), figure(&second));
    Lost {
        share: mean(|lost| lost.share),
        low: mean(|lost| lost.low),
        high: mean(|lost| lost.high),
        chance: (2.0 * first.chance.min(second.chance)).min(1.0),
        null_high: mean(|lost| lost.null_high),
    }
}

/// The Jensen-Shannon divergence of the histograms. Under equal shares it is chi-squared after multiplication by `8 n m /
/// (n + m)` for `n` real and `m` fake samples.
fn jensen_shannon(fine: &BinReport) -> Finding {
    let [real, fake] = [&fine.real_counts, &fine.fake_counts].map(|counts| total(counts) as f64);
    let scale = 8.0 * real * fake / (real + fake);
    let freedom = (fine.bins as f64 - 1.0).max(1.0);
    let chance = ChiSquared::new(freedom).map_or(1.0, |chi| chi.sf(fine.jensen_shannon * scale));
    let reach = (freedom + 3.0 * (2.0 * freedom).sqrt()) / scale;
    let effect = ((fine.jensen_shannon - freedom / scale) / std::f64::consts::LN_2).clamp(0.0, 1.0);
    let width = 2.0 * (2.0 * freedom).sqrt() / scale / std::f64::consts::LN_2;
    Finding {
        info: &JENSEN_SHANNON,
        value: fine.jensen_shannon,
        null: Some([0.0, reach]),
        chance: Some(chance),
        effect,
        effect_interval: [(effect - width).max(0.0), (effect + width).min(1.0)],
    }
}

/// The share of the data in parts whose share of the fakes is significantly wrong by more than a factor of two. Parts rather than
/// bins, which divide modes: wider modes leave their inner bins and fill the outer ones.
fn bins_differ(parts: &BinReport) -> Finding {
    let totals = [total(&parts.real_counts), total(&parts.fake_counts)];
    let pairs = || parts.real_counts.iter().zip(&parts.fake_counts);
    let chances: Vec<f64> = pairs()
        .map(|(real, fake)| {
            let (real, fake) = ([*real, totals[0]], [*fake, totals[1]]);
            (2.0 * chance_of_fewer_at(real, fake, SURELY_BELOW).min(chance_of_fewer_at(fake, real, SURELY_BELOW)))
                .min(1.0)
        })
        .collect();
    let corrected = holm(&chances);
    let share = |count: usize, side: usize| count as f64 / totals[side] as f64;
    let off = pairs().zip(&corrected).filter(|((real, fake), chance)| {
        let (real, fake) = (share(**real, 0), share(**fake, 1));
        **chance < FALSE_ALARMS && (fake > TOO_OFTEN * real || TOO_OFTEN * fake < real)
    });
    let effect: f64 = off.map(|((real, _), _)| share(*real, 0)).sum();
    Finding {
        info: &BINS_DIFFER,
        value: effect,
        null: Some([0.0, 0.0]),
        chance: Some(corrected.iter().copied().fold(1.0, f64::min)),
        effect,
        effect_interval: [effect, effect],
    }
}

/// Bins with their counts.
struct CountedBins {
    /// All bins of k-means.
    fine: BinReport,
    /// The parts: bins whose centers are far enough apart.
    bins: Bins,
    report: BinReport,
    /// Groups of neighbouring parts, by the real samples that they were fitted to.
    groups: Vec<Vec<usize>>,
}

impl CountedBins {
    /// Fits bins to the rows `fitted` of the real samples, and counts the rows `counted` and the fakes in them.
    fn new(
        [real, fake]: [MatrixView; 2],
        [fitted, counted]: [&[usize]; 2],
        mean_distance: f64,
        options: &DiagnosisOptions,
    ) -> Result<Self, MetricError> {
        let fitted = &fitted[..fitted.len().min(FITTED_ROWS)];
        let (fitted_values, counted_values) = (real.gather(fitted), real.gather(counted));
        let columns = real.columns();
        let fitted = MatrixView::trusted(&fitted_values, fitted.len(), columns);
        let counted = MatrixView::trusted(&counted_values, counted.len(), columns);
        let affordable = (fitted.rows() / ROWS_A_BIN).min(fake.rows() / FAKES_A_BIN).max(2).min(fitted.rows());
        let centers = cluster_centers_within(fitted, options.bins.min(affordable), options.seed, ITERATIONS)?;
        let fine = Bins::around(&centers, counted)?;
        let apart = centers_apart(&fine, PART_WIDTH * mean_distance);
        let bins = Bins::around(&apart, counted)?;
        let report = bins.compare(fake, options.significance)?;
        let centers = MatrixView::trusted(bins.centers(), bins.count(), columns);
        let groups = merged_groups(centers, &bins.counts(fitted)?);
        Ok(Self { fine: fine.compare(fake, options.significance)?, bins, report, groups })
    }

    /// The lost share of the data.
    fn lost(&self, seed: u64) -> Lost {
        lost_share(&self.report.real_counts, &self.report.fake_counts, &self.groups, SURELY_BELOW, seed)
    }

    /// One part for the report; `assigned` is the part of each sample of both sets, `[real, fake]`.
    fn describe(
        &self,
        bin: usize,
        sets: [&Subsample; 2],
        views: [MatrixView; 2],
        assigned: &[Vec<usize>; 2],
        options: &DiagnosisOptions,
    ) -> BinDiagnosis {
        let center = &self.bins.centers()[bin * self.bins.features()..(bin + 1) * self.bins.features()];
        let members: [Vec<usize>; 2] =
            [0, 1].map(|set: usize| (0..assigned[set].len()).filter(|row| assigned[set][*row] == bin).collect());
        let labels = sets[0].labels.as_ref();
        let label = labels.and_then(|labels| most_frequent(members[0].iter().map(|row| labels[*row])));
        let [nearest_real, nearest_fake] = [0, 1].map(|set: usize| {
            let mut rows: Vec<usize> = members[set].clone();
            // Non-negative floats have the same order as their bits.
            rows.sort_by_cached_key(|row| exact_distance(views[set].row(*row), center).to_bits());
            rows.truncate(options.nearest_samples);
            rows.into_iter().map(|row| sets[set].indices[row]).collect()
        });
        let report = &self.report;
        BinDiagnosis {
            bin,
            real: report.real_counts[bin],
            fake: report.fake_counts[bin],
            real_share: share(&report.real_counts, bin),
            fake_share: share(&report.fake_counts, bin),
            label,
            nearest_real,
            nearest_fake,
            center: mean_row(sets[0].view(), &members[0]),
        }
    }
}

/// The mean of some rows.
fn mean_row(samples: MatrixView, rows: &[usize]) -> Vec<f32> {
    let mut sums = vec![0.0_f64; samples.columns()];
    for &row in rows {
        for (sum, value) in sums.iter_mut().zip(samples.row(row)) {
            *sum += f64::from(*value);
        }
    }
    sums.into_iter().map(|sum| (sum / rows.len().max(1) as f64) as f32).collect()
}

/// How the share of a part among the fake samples differs from that among the real ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Lost,
    TooOften,
}

/// The significant change of each part or class, by an exact test and Holm's correction for their number. Lost are those
/// with less than a fifth of their expected share ([`LOST_BELOW`]) and significantly less than `surely_below` times it.
pub(super) fn changes(real: &[usize], fake: &[usize], surely_below: f64) -> Vec<Change> {
    let totals = [total(real), total(fake)];
    let corrected = |chance: &dyn Fn([usize; 2], [usize; 2]) -> f64| {
        let chances = real.iter().zip(fake).map(|(real, fake)| chance([*real, totals[0]], [*fake, totals[1]]));
        holm(&chances.collect::<Vec<_>>())
    };
    let fewer = |real, fake| {
        if surely_below < 1.0 { chance_of_fewer_at(real, fake, surely_below) } else { chance_of_fewer(real, fake) }
    };
    let (too_few, too_many) = (corrected(&fewer), corrected(&chance_of_more));
    let change = |part: usize| {
        let (real, fake) = (real[part] as f64 / totals[0] as f64, fake[part] as f64 / totals[1] as f64);
        if too_few[part] < FALSE_ALARMS && fake < LOST_BELOW * real {
            Change::Lost
        } else if too_many[part] < FALSE_ALARMS && fake > TOO_OFTEN * real {
            Change::TooOften
        } else {
            Change::None
        }
    };
    (0..real.len()).map(change).collect()
}

fn total(counts: &[usize]) -> usize {
    counts.iter().sum()
}

fn share(counts: &[usize], bin: usize) -> f64 {
    counts[bin] as f64 / total(counts) as f64
}

/// The most frequent value; of equally frequent ones, the smallest.
fn most_frequent(values: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts = std::collections::BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0_usize) += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(value, _)| value)
}

/// A random division of the rows into two halves.
fn halves(real: MatrixView, seed: u64) -> [Vec<usize>; 2] {
    let mut order = index::sample(&mut stream(seed, Purpose::Halves), real.rows(), real.rows()).into_vec();
    let counted = order.split_off(real.rows() / 2);
    [order, counted]
}

/// The centers that are farther than `width` from every kept center with more samples, row-major.
fn centers_apart(bins: &Bins, width: f64) -> Vec<f32> {
    let mut apart: Vec<&[f32]> = Vec::new();
    for center in bins.centers().chunks_exact(bins.features()) {
        if apart.iter().all(|kept| exact_distance(center, kept) > width) {
            apart.push(center);
        }
    }
    apart.concat()
}
