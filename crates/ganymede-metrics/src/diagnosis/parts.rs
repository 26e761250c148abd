//! Which parts of the real data are missing, and which come too often.

use rand::seq::index;

use super::drawn::Drawn;
use super::{BinDiagnosis, DiagnosisOptions};
use crate::blocks::exact_distance;
use crate::counts::{chance_of_fewer, chance_of_fewer_at, chance_of_more, holm};
use crate::lost::lost_share;
use crate::random::{Purpose, stream};
use crate::{BinReport, Bins, LOST_BELOW, MatrixView, MetricError};

/// Real samples of the half that bins are fitted to, for each bin.
const ROWS_A_BIN: usize = 5;

/// Clusters nearer to each other than this share of the real data's mean pairwise distance are one part.
pub(super) const PART_WIDTH: f64 = 0.2;

/// The chance that any part at all of a complete set is called lost, and that any is said to come too often.
const FALSE_ALARMS: f64 = 0.01;

/// A part of the data is lost only where chance does not explain that its share is below this multiple of its due: clusters
/// of one sample fill a little otherwise in any other.
const SURELY_BELOW: f64 = 0.7;

/// A part comes too often from this multiple of its share on.
const TOO_OFTEN: f64 = 2.0;

/// What the bins say.
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

/// Bins around the clusters of one half of the real samples, counted on the other half.
pub(super) fn bin_figures(
    real: &Drawn,
    fake: &Drawn,
    mean_distance: f64,
    options: &DiagnosisOptions,
) -> Result<BinFigures, MetricError> {
    let counted = Counted::new(real.view(), fake.view(), mean_distance, options)?;
    let report = &counted.report;
    let numbers =
        |wanted: Change| -> Vec<usize> { (0..report.bins).filter(|&bin| counted.changes[bin] == wanted).collect() };
    let mut over_represented = numbers(Change::TooOften);
    over_represented.sort_by(|a, b| report.z_scores[*a].total_cmp(&report.z_scores[*b]));
    let assigned = [counted.bins.assign(real.view())?, counted.bins.assign(fake.view())?];
    let describe = |bins: Vec<usize>| {
        bins.into_iter().map(|bin| counted.describe(bin, [real, fake], &assigned, options)).collect()
    };
    Ok(BinFigures {
        fine_bins: Some(counted.fine.bins),
        different: Some(counted.fine.different),
        jensen_shannon: Some(counted.fine.jensen_shannon),
        kept_share: Some(counted.kept_share()),
        missing: describe(numbers(Change::Lost)),
        over_represented: describe(over_represented),
        parts: Some(report.bins),
        rows: Some([total(&report.real_counts), total(&report.fake_counts)]),
    })
}

/// The share of the real samples in bins that are not lost.
pub(super) fn kept_share(
    real: MatrixView,
    fake: MatrixView,
    mean_distance: f64,
    options: &DiagnosisOptions,
) -> Result<f64, MetricError> {
    Ok(Counted::new(real, fake, mean_distance, options)?.kept_share())
}

/// Bins with their counts.
struct Counted {
    /// The bins of k-means.
    fine: BinReport,
    /// Those whose centers lie apart.
    bins: Bins,
    report: BinReport,
    changes: Vec<Change>,
}

impl Counted {
    fn new(
        real: MatrixView,
        fake: MatrixView,
        mean_distance: f64,
        options: &DiagnosisOptions,
    ) -> Result<Self, MetricError> {
        let (fitted, counted) = halves(real, options.seed);
        let gathered = |rows: &[usize]| real.gather(rows);
        let (fitted_values, counted_values) = (gathered(&fitted), gathered(&counted));
        let columns = real.columns();
        let fitted = MatrixView::trusted(&fitted_values, fitted.len(), columns);
        let counted = MatrixView::trusted(&counted_values, counted.len(), columns);
        let count = options.bins.min((fitted.rows() / ROWS_A_BIN).max(1));
        let clusters = Bins::fit(fitted, count, options.seed)?;
        let fine = Bins::around(clusters.centers(), counted)?;
        let apart = centers_apart(&fine, PART_WIDTH * mean_distance);
        let bins = Bins::around(&apart, counted)?;
        let report = bins.compare(fake, options.significance)?;
        let changes = changes(&report.real_counts, &report.fake_counts, SURELY_BELOW);
        Ok(Self { fine: fine.compare(fake, options.significance)?, bins, report, changes })
    }

    /// The share of the data that is not lost, as the counts of all parts together say; nothing is, where chance explains it.
    fn kept_share(&self) -> f64 {
        let lost = lost_share(&self.report.real_counts, &self.report.fake_counts, SURELY_BELOW, 0);
        if lost.chance < FALSE_ALARMS { 1.0 - lost.share } else { 1.0 }
    }

    /// One bin for people; `assigned` is the bin of each sample of the two sets, real and fake.
    fn describe(
        &self,
        bin: usize,
        sets: [&Drawn; 2],
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
            // Distances are not negative, so their bits order as they do.
            rows.sort_by_cached_key(|row| exact_distance(sets[set].view().row(*row), center).to_bits());
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
            center: center.to_vec(),
        }
    }
}

/// How a part's share of the fake samples differs from its share of the real ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Lost,
    TooOften,
}

/// What chance does not explain among so many parts (or classes), by the exact test of each and Holm's correction for
/// their number. Lost is what has less than a fifth of its due and surely less than `surely_below` of it.
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

/// The value that comes most often, the smallest of equals.
fn most_frequent(values: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts = std::collections::BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0_usize) += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(value, _)| value)
}

/// Two halves of the rows, at random.
fn halves(real: MatrixView, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut order = index::sample(&mut stream(seed, Purpose::Halves), real.rows(), real.rows()).into_vec();
    let counted = order.split_off(real.rows() / 2);
    (order, counted)
}

/// The centers that are farther than `width` from each fuller one.
fn centers_apart(bins: &Bins, width: f64) -> Vec<f32> {
    let mut apart: Vec<&[f32]> = Vec::new();
    for center in bins.centers().chunks_exact(bins.features()) {
        if apart.iter().all(|kept| exact_distance(center, kept) > width) {
            apart.push(center);
        }
    }
    apart.concat()
}
