//! The figures of a diagnosis.

use super::drawn::Drawn;
use super::evidence::Evidence;
use super::parts::{BinFigures, PART_WIDTH, bin_figures};
use super::{DiagnosisOptions, RealFigures};
use crate::neighbors::nearest_radii;
use crate::prdc::prdc_of_radii;
use crate::{
    DUPLICATE_SHARE, DiversityOptions, DiversityReport, Kernel, KernelDistanceOptions, MatrixView, MetricError, Prdc,
    Signals, SlicedWassersteinOptions, VendiOptions, diversity_report, frechet_distance, kernel_distance,
    sliced_wasserstein, support_size, vendi_score,
};

/// Rows of a Vendi score, whose cost is their third power.
const VENDI_ROWS: usize = 1_000;

/// The largest eigenvalue problem of a Frechet distance: above so many values a row, as many rows are taken at most.
const FRECHET_SIZE: usize = 1_500;

/// Values of a set for a Frechet distance, which copies them in f64.
const FRECHET_VALUES: usize = 1 << 24;

/// Below this number of rows a diagnosis says that they are few.
const FEW_ROWS: usize = 200;

/// From so many different samples for each fake one on, nothing is said of them.
const FEW_DIFFERENT: f64 = 0.2;

/// The real data must have so many times more different samples, or few are the data's own way.
const FEWER_THAN_REAL: f64 = 5.0;

/// What is reported besides the signals.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) samples: usize,
    pub(super) mean: f64,
    pub(super) std: f64,
    pub(super) mean_pairwise_distance: f64,
    pub(super) recall: Option<f64>,
    pub(super) density: Option<f64>,
    pub(super) vendi: Option<f64>,
    pub(super) bins: Option<BinFigures>,
    pub(super) frechet: Option<f64>,
    pub(super) kernel_distance: Option<f64>,
    pub(super) sliced_wasserstein: Option<f64>,
    pub(super) support_size: f64,
    pub(super) support_is_lower_bound: bool,
    pub(super) real: Option<RealFigures>,
}

/// What the fake samples say by themselves.
pub(super) fn figures_of_fake_alone(
    whole: MatrixView,
    fake: &Drawn,
    options: &DiagnosisOptions,
    notes: &mut Vec<String>,
) -> Result<(Figures, Evidence), MetricError> {
    notes.push("there are no real samples to compare with: only a total collapse can be told".to_owned());
    let view = fake.view();
    let diversity = diversity(whole, options)?;
    let vendi =
        vendi_score(view, &VendiOptions { max_size: VENDI_ROWS, seed: options.seed, ..VendiOptions::default() });
    let vendi = match vendi {
        Ok(report) => Some(report.score),
        Err(error) => {
            notes.push(format!("no Vendi score: {error}"));
            None
        }
    };
    let support = support_size(view, 0.0)?;
    let mut signals = Signals::of_fake_alone(&diversity, whole.columns());
    if whole.values().iter().any(|value| value.abs() > 1.0) {
        notes.push("values lie outside [-1, 1], so the standard deviation itself is not judged".to_owned());
        signals.fake_std = None;
    }
    let evidence = Evidence {
        rows: view.rows(),
        fake_std: signals.fake_std,
        fake_relative_distance: signals.fake_relative_distance,
        ..Evidence::default()
    };
    let figures = Figures {
        samples: whole.rows(),
        mean: diversity.mean,
        std: diversity.std,
        mean_pairwise_distance: diversity.mean_pairwise_distance,
        vendi,
        support_size: support.support_size,
        support_is_lower_bound: support.lower_bound,
        ..Figures::default()
    };
    Ok((figures, evidence))
}

/// What the two sets say, `[real, fake]`.
pub(super) fn figures_of_two(
    whole: [MatrixView; 2],
    [real, fake]: [&Drawn; 2],
    options: &DiagnosisOptions,
    notes: &mut Vec<String>,
) -> Result<(Figures, Evidence), MetricError> {
    let (real_view, fake_view) = (real.view(), fake.view());
    let rows = real_view.rows().min(fake_view.rows());
    if rows < FEW_ROWS {
        let (real, fake) = (real_view.rows(), fake_view.rows());
        notes.push(format!("{real} real and {fake} fake samples are few: only a large loss can be told"));
    }
    if real_view == fake_view {
        notes.push("the real and the fake samples are the same".to_owned());
    }
    let [real_diversity, fake_diversity] = [diversity(whole[0], options)?, diversity(whole[1], options)?];
    let inner = inner_evidence([real_view, fake_view], [&real_diversity, &fake_diversity], options)?;
    if real_diversity.mean_pairwise_distance == 0.0 {
        notes.push("the real samples are all the same: ratios to their spread have no value".to_owned());
    }
    let bins = bin_figures(real, fake, real_diversity.mean_pairwise_distance, options)?;
    let support = support_size(fake_view, inner.duplicate_distance)?;
    let different_share = different_share(real_view, fake_view, &inner, support.support_size)?;
    if different_share.is_some_and(|share| share < FEW_DIFFERENT) {
        notes.push(format!("the generator seems to draw only about {:.0} different samples", support.support_size));
    }
    let sliced = SlicedWassersteinOptions { seed: options.seed, ..SlicedWassersteinOptions::default() };
    let kernel = kernel_distance(real_view, fake_view, &KernelDistanceOptions::default())?.distance;
    let figures = Figures {
        samples: whole[1].rows(),
        mean: fake_diversity.mean,
        std: fake_diversity.std,
        mean_pairwise_distance: fake_diversity.mean_pairwise_distance,
        recall: Some(inner.prdc.recall),
        density: Some(inner.prdc.density),
        vendi: inner.fake_vendi,
        frechet: frechet([real_view, fake_view], options, notes)?,
        kernel_distance: finite("the kernel distance", kernel, notes),
        sliced_wasserstein: Some(sliced_wasserstein(real_view, fake_view, &sliced)?),
        support_size: support.support_size,
        support_is_lower_bound: support.lower_bound,
        real: Some(RealFigures {
            samples: whole[0].rows(),
            mean: real_diversity.mean,
            std: real_diversity.std,
            mean_pairwise_distance: real_diversity.mean_pairwise_distance,
            vendi: inner.real_vendi,
        }),
        bins: Some(bins.clone()),
    };
    Ok((figures, Evidence { kept_share: bins.kept_share, different_share, ..inner.evidence }))
}

/// Signals of two sets, or of one class of them, and what they were made from.
pub(super) struct Inner {
    pub(super) evidence: Evidence,
    pub(super) prdc: Prdc,
    real_vendi: Option<f64>,
    fake_vendi: Option<f64>,
    duplicate_distance: f64,
}

/// The signals of two sets but for the bins.
pub(super) fn inner_evidence(
    [real, fake]: [MatrixView; 2],
    [real_diversity, fake_diversity]: [&DiversityReport; 2],
    options: &DiagnosisOptions,
) -> Result<Inner, MetricError> {
    let rows = real.rows().min(fake.rows());
    let nearest_k = options.nearest_k.min(rows - 1);
    let real_radii = nearest_radii(real, nearest_k)?;
    let fake_radii: Vec<f64> = nearest_radii(fake, nearest_k)?.into_iter().map(|[_, radius]| radius).collect();
    let mut nearest: Vec<f64> = real_radii.iter().map(|[nearest, _]| *nearest).collect();
    nearest.sort_unstable_by(f64::total_cmp);
    let radii: Vec<f64> = real_radii.iter().map(|[_, radius]| *radius).collect();
    let prdc = prdc_of_radii([real, fake], [&radii, &fake_radii], nearest_k);
    // A ball around a sample with many copies is empty, and no sample can cover it.
    let open_balls = radii.iter().filter(|radius| **radius > 0.0).count() as f64 / radii.len() as f64;
    let expected_coverage = open_balls * expected_coverage(real.rows(), fake.rows(), nearest_k);
    let varies = real_diversity.mean_pairwise_distance > 0.0;
    let ratio = |fake: f64, real: f64| (real > 0.0).then(|| fake / real);
    let [real_vendi, fake_vendi] = if varies {
        let bandwidth = PART_WIDTH * real_diversity.mean_pairwise_distance;
        let max_size = VENDI_ROWS.min(rows);
        let kernel = VendiOptions { kernel: Kernel::Rbf { bandwidth }, max_size, seed: options.seed, order: 1.0 };
        [Some(vendi_score(real, &kernel)?.score), Some(vendi_score(fake, &kernel)?.score)]
    } else {
        [None, None]
    };
    let evidence = Evidence {
        rows,
        std_ratio: ratio(fake_diversity.std, real_diversity.std).filter(|_| varies),
        distance_ratio: ratio(fake_diversity.mean_pairwise_distance, real_diversity.mean_pairwise_distance),
        precision: Some(prdc.precision),
        coverage: Some(prdc.coverage),
        expected_coverage,
        vendi_ratio: fake_vendi.zip(real_vendi).map(|(fake, real)| fake / real),
        ..Evidence::default()
    };
    let duplicate_distance = DUPLICATE_SHARE * nearest[nearest.len() / 2];
    Ok(Inner { evidence, prdc, real_vendi, fake_vendi, duplicate_distance })
}

/// Mean, standard deviation and mean pairwise distance.
pub(super) fn diversity(samples: MatrixView, options: &DiagnosisOptions) -> Result<DiversityReport, MetricError> {
    let limit = super::row_limit(samples.columns()).min(options.rows);
    let pairwise_rows = DiversityOptions::default().pairwise_rows.min(limit);
    diversity_report(samples, &DiversityOptions { pairwise_rows, seed: options.seed, ..DiversityOptions::default() })
}

/// The coverage to be expected when real and fake samples come from one distribution: one less the chance that the
/// first `nearest_k` of the others, by distance from a real sample, are all real.
fn expected_coverage(real_rows: usize, fake_rows: usize, nearest_k: usize) -> f64 {
    let others = (real_rows - 1) as f64;
    let all_real: f64 =
        (0..nearest_k).map(|taken| (others - taken as f64) / (others - taken as f64 + fake_rows as f64)).product();
    1.0 - all_real
}

/// The Frechet distance of as many rows as are affordable.
fn frechet(
    sets: [MatrixView; 2],
    options: &DiagnosisOptions,
    notes: &mut Vec<String>,
) -> Result<Option<f64>, MetricError> {
    let columns = sets[0].columns();
    let limit = if columns > FRECHET_SIZE { FRECHET_SIZE.min(FRECHET_VALUES / columns).max(2) } else { usize::MAX };
    let drawn = sets.map(|set| {
        let rows = crate::random::subsample(set.rows(), limit, options.seed);
        (set.gather(&rows), rows.len())
    });
    if sets.iter().any(|set| set.rows() > limit) {
        notes.push(format!("the Frechet distance is that of {limit} samples of each set"));
    }
    let [real, fake] = [0, 1].map(|set| MatrixView::trusted(&drawn[set].0, drawn[set].1, columns));
    let report = frechet_distance(real, fake)?;
    if report.rank_deficient() {
        let (real, fake) = (report.real_rank, report.fake_rank);
        notes.push(format!(
            "the covariances lack rank (real {real}, fake {fake} of {columns}): the Frechet distance overstates that of the \
             distributions"
        ));
    }
    Ok(finite("the Frechet distance", report.distance, notes))
}

/// How many different samples there are for each fake one, at most 1; absent where the real data have as few.
fn different_share(real: MatrixView, fake: MatrixView, inner: &Inner, size: f64) -> Result<Option<f64>, MetricError> {
    let share = (size / fake.rows() as f64).min(1.0);
    // Only a low share is worth a second look at all pairs of real samples.
    let alike =
        share < FEW_DIFFERENT && support_size(real, inner.duplicate_distance)?.support_size < FEWER_THAN_REAL * size;
    Ok((!alike).then_some(share))
}

/// A value, or a note that it is beyond all bounds.
fn finite(what: &str, value: f64, notes: &mut Vec<String>) -> Option<f64> {
    if !value.is_finite() {
        notes.push(format!("{what} is too large for a number; scale the samples"));
    }
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::expected_coverage;

    #[test]
    fn the_expected_coverage_is_the_chance_that_a_fake_is_among_the_nearest() {
        for (real, fake, nearest_k, expected) in
            [(2, 1, 1, 0.5), (3, 2, 2, 1.0 - 2.0 / 4.0 / 3.0), (100_001, 100_000, 5, 1.0 - 1.0 / 32.0)]
        {
            let found = expected_coverage(real, fake, nearest_k);
            assert!((found - expected).abs() < 1e-4, "{real} {fake} {nearest_k}: {found} against {expected}");
        }
    }
}
