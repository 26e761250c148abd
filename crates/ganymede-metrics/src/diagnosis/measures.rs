//! The figures of a diagnosis besides its signals.

use super::copies::repeats_alone;
use super::finding::Finding;
use super::parts::{BinFigures, PART_WIDTH};
use super::subsample::Subsample;
use super::{DiagnosisOptions, RealFigures, SampleKind};
use crate::neighbors::nearest_radii;
use crate::prdc::prdc_of_radii;
use crate::table::{FAKE_RELATIVE_DISTANCE, FAKE_STD};
use crate::{
    DUPLICATE_SHARE, DiversityOptions, DiversityReport, Kernel, KernelDistanceOptions, MatrixView, MetricError, Prdc,
    SignalInfo, Signals, SlicedWassersteinOptions, VendiOptions, diversity_report, frechet_distance, kernel_distance,
    sliced_wasserstein, support_size, vendi_score,
};

/// Rows of a Vendi score, whose cost is the third power of their number.
const VENDI_ROWS: usize = 400;

/// The size of the largest eigenvalue problem of a Frechet distance: rows of more values are limited to this number.
const FRECHET_SIZE: usize = 1_500;

/// The largest number of values of such a limited set, which are copied in f64: 128 MiB.
const FRECHET_VALUES: usize = 1 << 24;

/// The figures that are reported besides the signals.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) samples: usize,
    pub(super) mean: f64,
    pub(super) std: f64,
    pub(super) mean_pairwise_distance: f64,
    pub(super) std_ratio: Option<f64>,
    pub(super) distance_ratio: Option<f64>,
    pub(super) prdc: Option<Prdc>,
    pub(super) expected_coverage: Option<f64>,
    pub(super) vendi: Option<f64>,
    pub(super) vendi_ratio: Option<f64>,
    pub(super) bins: BinFigures,
    pub(super) frechet: Option<f64>,
    pub(super) kernel_distance: Option<f64>,
    pub(super) sliced_wasserstein: Option<f64>,
    pub(super) support_size: f64,
    pub(super) support_is_lower_bound: bool,
    pub(super) real: Option<RealFigures>,
}

/// The figures and findings of fake samples without real ones.
pub(super) fn figures_of_fake_alone(
    whole: MatrixView,
    fake: &Subsample,
    options: &DiagnosisOptions,
    notes: &mut Vec<String>,
) -> Result<(Figures, Vec<Finding>), MetricError> {
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
    let signals = Signals::of_fake_alone(&diversity, whole.columns());
    let mut findings = Vec::new();
    if options.kind == SampleKind::Features {
        notes.push("features have no scale of their own, so their standard deviation is not judged".to_owned());
    } else if whole.values().iter().any(|value| value.abs() > 1.0) {
        notes.push("values lie outside [-1, 1], so the standard deviation itself is not judged".to_owned());
    } else {
        findings.extend(signals.fake_std.map(|value| alone(&FAKE_STD, value)));
    }
    findings.extend(signals.fake_relative_distance.map(|value| alone(&FAKE_RELATIVE_DISTANCE, value)));
    findings.extend(repeats_alone(whole));
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
    Ok((figures, findings))
}

/// A value that is judged without real samples, by how far it is below its limit.
fn alone(info: &'static SignalInfo, value: f64) -> Finding {
    let limit = info.in_training.map_or(0.0, |limits| limits.suspect);
    let effect = if limit > 0.0 { (1.0 - value / limit).max(0.0) } else { 0.0 };
    Finding { info, value, null: None, chance: None, effect, effect_interval: [effect, effect] }
}

/// The figures of two sets, `[real, fake]`, except for the bins.
pub(super) fn figures_of_two(
    whole: [MatrixView; 2],
    [real, fake]: [MatrixView; 2],
    options: &DiagnosisOptions,
    notes: &mut Vec<String>,
) -> Result<Figures, MetricError> {
    let [real_diversity, fake_diversity] = [diversity(whole[0], options)?, diversity(whole[1], options)?];
    let rows = real.rows().min(fake.rows());
    let nearest_k = options.nearest_k.min(rows - 1);
    let real_radii = nearest_radii(real, nearest_k)?;
    let fake_radii: Vec<f64> = nearest_radii(fake, nearest_k)?.into_iter().map(|[_, radius]| radius).collect();
    let mut nearest: Vec<f64> = real_radii.iter().map(|[nearest, _]| *nearest).collect();
    nearest.sort_unstable_by(f64::total_cmp);
    let radii: Vec<f64> = real_radii.iter().map(|[_, radius]| *radius).collect();
    let prdc = prdc_of_radii([real, fake], [&radii, &fake_radii], nearest_k);
    // A ball around a sample with copies has radius 0, and no sample can be in it.
    let open_balls = radii.iter().filter(|radius| **radius > 0.0).count() as f64 / radii.len() as f64;
    let support = support_size(fake, DUPLICATE_SHARE * nearest[nearest.len() / 2])?;
    let varies = real_diversity.mean_pairwise_distance > 0.0;
    let ratio = |fake: f64, real: f64| (varies && real > 0.0).then(|| fake / real);
    let [real_vendi, fake_vendi] = if varies {
        let bandwidth = PART_WIDTH * real_diversity.mean_pairwise_distance;
        let max_size = VENDI_ROWS.min(rows);
        let kernel = VendiOptions { kernel: Kernel::Rbf { bandwidth }, max_size, seed: options.seed, order: 1.0 };
        [Some(vendi_score(real, &kernel)?.score), Some(vendi_score(fake, &kernel)?.score)]
    } else {
        [None, None]
    };
    let sliced = SlicedWassersteinOptions { seed: options.seed, ..SlicedWassersteinOptions::default() };
    let kernel = kernel_distance(real, fake, &KernelDistanceOptions::default())?.distance;
    Ok(Figures {
        samples: whole[1].rows(),
        mean: fake_diversity.mean,
        std: fake_diversity.std,
        mean_pairwise_distance: fake_diversity.mean_pairwise_distance,
        std_ratio: ratio(fake_diversity.std, real_diversity.std),
        distance_ratio: ratio(fake_diversity.mean_pairwise_distance, real_diversity.mean_pairwise_distance),
        prdc: Some(prdc),
        expected_coverage: Some(open_balls * expected_coverage(real.rows(), fake.rows(), nearest_k)),
        vendi: fake_vendi,
        vendi_ratio: fake_vendi.zip(real_vendi).map(|(fake, real)| fake / real),
        frechet: frechet([real, fake], options, notes)?,
        kernel_distance: finite("the kernel distance", kernel, notes),
        sliced_wasserstein: Some(sliced_wasserstein(real, fake, &sliced)?),
        support_size: support.support_size,
        support_is_lower_bound: support.lower_bound,
        real: Some(RealFigures {
            samples: whole[0].rows(),
            mean: real_diversity.mean,
            std: real_diversity.std,
            mean_pairwise_distance: real_diversity.mean_pairwise_distance,
            vendi: real_vendi,
        }),
        bins: BinFigures::default(),
    })
}

/// Mean, standard deviation and mean pairwise distance.
pub(super) fn diversity(samples: MatrixView, options: &DiagnosisOptions) -> Result<DiversityReport, MetricError> {
    let limit = super::row_limit(samples.columns()).min(options.rows);
    let pairwise_rows = DiversityOptions::default().pairwise_rows.min(limit);
    diversity_report(samples, &DiversityOptions { pairwise_rows, seed: options.seed, ..DiversityOptions::default() })
}

/// The expected coverage when real and fake samples come from one distribution: one minus the probability that the
/// `nearest_k` nearest other samples of a real sample are all real.
fn expected_coverage(real_rows: usize, fake_rows: usize, nearest_k: usize) -> f64 {
    let others = (real_rows - 1) as f64;
    let all_real: f64 =
        (0..nearest_k).map(|taken| (others - taken as f64) / (others - taken as f64 + fake_rows as f64)).product();
    1.0 - all_real
}

/// The Frechet distance of as many rows as [`FRECHET_SIZE`] and [`FRECHET_VALUES`] allow.
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

/// The value if it is finite, else a note.
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
