//! The preparation of samples for comparison: columns are standardised by the real set, very wide samples projected.

use super::SampleKind;
use crate::{MatrixView, SparseProjection};

/// The least number of values of a picture.
const PICTURE_VALUES: usize = 64;

/// Columns whose spreads are within this factor of each other are taken to have one unit.
const ONE_UNIT: f64 = 4.0;

/// Standardised values beyond this are replaced by their logarithm, so that long tails do not dominate.
const TAIL: f64 = 3.0;

/// Spreads beyond this, or below its inverse, are brought to 1, so that squares of distances stay within `f32`.
const LARGEST: f64 = 1e9;

/// Values beyond this multiple of the spread would hide all others in `f32`.
const FAR_OUT: f64 = 1e6;

/// Real values beyond this multiple of the spread are a long tail, whose squares say more of single samples than of the data,
const LONG: f64 = 20.0;

/// unless this share of all values lies there, which is a part of the data of its own.
const PART: f64 = 0.1;

/// Above this least value, fakes from 0 to 1 do not fill that scale: on one from -1 to 1 they are bright.
const DARK: f32 = 0.1;

/// Samples with more values are projected.
const WIDEST: usize = 1_024;

/// The number of values of a projected sample.
const PROJECTED: usize = 512;

/// The distance between the quartiles of a normal distribution, in standard deviations.
const QUARTILES: f64 = 1.349;

/// Whether the values have one unit, as those of pictures do.
pub(super) fn are_pictures(kind: SampleKind, sets: [MatrixView; 2]) -> bool {
    match kind {
        SampleKind::Pictures | SampleKind::Features => true,
        SampleKind::Columns => false,
        SampleKind::Auto => sets[0].columns() >= PICTURE_VALUES && Range::of(sets[0]).scale().is_some(),
    }
}

/// How samples are changed for comparison.
pub(super) struct Preparation {
    /// The unit of each column; `None` for values in one unit.
    units: Option<Vec<Unit>>,
    /// `None` for samples of at most [`WIDEST`] values.
    projection: Option<SparseProjection>,
    columns: usize,
}

impl Preparation {
    /// The preparation that the samples need, `[real, fake]`, with a note on each change.
    pub(super) fn of(sets: [MatrixView; 2], pictures: bool, seed: u64, notes: &mut Vec<String>) -> Self {
        let units = units(sets, pictures).map(|(units, note)| {
            notes.push(note.to_owned());
            units
        });
        let columns = sets[0].columns();
        let projection = (columns > WIDEST).then(|| {
            notes.push(format!(
                "samples are compared by a fixed random projection of their {columns} values to {PROJECTED}"
            ));
            SparseProjection::of_width(columns, PROJECTED, seed)
        });
        Self { units, projection, columns }
    }

    /// The number of values of a prepared sample.
    pub(super) fn columns(&self) -> usize {
        if self.projection.is_some() { PROJECTED } else { self.columns }
    }

    /// The chosen rows, prepared.
    pub(super) fn apply(&self, samples: MatrixView, rows: &[usize]) -> Vec<f32> {
        let mut values = samples.gather(rows);
        if let Some(units) = &self.units {
            for row in values.chunks_exact_mut(self.columns) {
                for (value, unit) in row.iter_mut().zip(units) {
                    let standardised = (f64::from(*value) - unit.middle) / unit.spread;
                    *value = squashed(standardised.clamp(-unit.farthest, unit.farthest)) as f32;
                }
            }
        }
        match &self.projection {
            Some(projection) => projection.rows(&values),
            None => values,
        }
    }
}

/// The value itself up to [`TAIL`], and a function of its logarithm beyond, with a continuous slope. Values beyond [`FAR_OUT`],
/// which are marks of missing data or overflows rather than measurements, lie at twice the tail.
fn squashed(value: f64) -> f64 {
    if value.abs() > FAR_OUT {
        return value.signum() * 2.0 * TAIL;
    }
    if value.abs() <= TAIL { value } else { value.signum() * TAIL * (1.0 + (value.abs() / TAIL).ln()) }
}

/// The median and the robust spread of a column.
#[derive(Clone, Copy)]
struct Unit {
    middle: f64,
    /// From the quartiles, or the standard deviation where these are equal.
    spread: f64,
    /// Values farther out than this multiple of the spread count as this one.
    farthest: f64,
}

/// The units of all columns.
fn column_units(real: MatrixView) -> Vec<Unit> {
    let mut column = vec![0.0_f64; real.rows()];
    let unit = |index: usize| {
        for (value, row) in column.iter_mut().zip(real.iter_rows()) {
            *value = f64::from(row[index]);
        }
        column.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| column[((column.len() - 1) as f64 * share).round() as usize];
        let middle = at(0.5);
        let quartiles = (at(0.75) - at(0.25)) / QUARTILES;
        let spread = if quartiles > 0.0 { quartiles } else { deviation(&column, middle) };
        Unit { middle, spread, farthest: f64::INFINITY }
    };
    (0..real.columns()).map(unit).collect()
}

/// The standard deviation of values about their mean, which is near `middle`.
fn deviation(values: &[f64], middle: f64) -> f64 {
    let rows = values.len() as f64;
    let mean = values.iter().map(|value| value - middle).sum::<f64>() / rows;
    (values.iter().map(|value| (value - middle - mean).powi(2)).sum::<f64>() / rows).sqrt()
}

/// The unit of each column if the columns cannot be compared as they are, with the reason.
fn units(sets: [MatrixView; 2], pictures: bool) -> Option<(Vec<Unit>, &'static str)> {
    let units = if pictures { vec![whole_unit(sets[0])] } else { column_units(sets[0]) };
    let spreads = || units.iter().map(|unit| unit.spread).filter(|spread| *spread > 0.0);
    let (least, most) = (spreads().fold(f64::INFINITY, f64::min), spreads().fold(0.0, f64::max));
    if most == 0.0 {
        return None;
    }
    // A column that does not vary gets the largest spread of all.
    let whole = |unit: &Unit| Unit { spread: if unit.spread > 0.0 { unit.spread } else { most }, ..*unit };
    let all = |of: &dyn Fn(&Unit) -> Unit| units.iter().cycle().take(sets[0].columns()).map(of).collect();
    // A large offset must be subtracted too, because distances between f32 values lose their digits there.
    let far = units.iter().any(|unit| unit.middle.abs() > 1e3 * most);
    if most > ONE_UNIT * least || far || !(1.0 / LARGEST..=LARGEST).contains(&most) {
        return Some((all(&whole), "the columns have different units: each is compared in the real samples' own"));
    }
    let reach = FAR_OUT * most;
    let is_far_out = |set: MatrixView| set.values().iter().any(|value| f64::from(*value).abs() > reach);
    let one_spread = |unit: &Unit| Unit { spread: most, ..*unit };
    if sets.into_iter().any(is_far_out) {
        let note = "some values lie a million times as far out as the real samples' spread: these count as six times the \
                    spread, others beyond three times by their logarithm";
        return Some((all(&one_spread), note));
    }
    let beyond = sets[0].iter_rows().flat_map(|row| row.iter().zip(units.iter().cycle()));
    let beyond = beyond.filter(|(value, unit)| (f64::from(**value) - unit.middle).abs() > LONG * most).count();
    let share = beyond as f64 / sets[0].values().len() as f64;
    (share > 0.0 && share < PART).then(|| {
        let note = "some real values lie beyond twenty times the spread: those beyond three times count by their logarithm, and as \
                    twenty times at most";
        (all(&|unit| Unit { farthest: LONG, ..one_spread(unit) }), note)
    })
}

/// The unit of all values together, for pictures.
fn whole_unit(real: MatrixView) -> Unit {
    let (least, most) = real
        .values()
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), value| (least.min(*value), most.max(*value)));
    let (least, most) = (f64::from(least), f64::from(most));
    Unit { middle: f64::midpoint(least, most), spread: (most - least) / 2.0, farthest: f64::INFINITY }
}

/// The smallest and the largest value of a set, and the shares of its negative and of its low values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    least: f32,
    most: f32,
    negative: f64,
    /// The share below -0.5, which noise about values of at least 0 hardly reaches.
    low: f64,
}

/// A usual scale of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// [0, 1].
    Unit,
    /// [-1, 1].
    Signed,
    /// 0 to 255.
    Bytes,
}

impl Scale {
    fn words(self) -> &'static str {
        match self {
            Self::Unit => "0 to 1",
            Self::Signed => "-1 to 1",
            Self::Bytes => "0 to 255",
        }
    }
}

impl Range {
    pub(super) fn of(samples: MatrixView) -> Self {
        let mut range = Self { least: f32::INFINITY, most: f32::NEG_INFINITY, negative: 0.0, low: 0.0 };
        let (mut negative, mut low) = (0_usize, 0_usize);
        for value in samples.values() {
            range.least = range.least.min(*value);
            range.most = range.most.max(*value);
            // A generator without a bounded last layer exceeds the range a little.
            negative += usize::from(*value < -0.1);
            low += usize::from(*value < -0.5);
        }
        let share = |count: usize| count as f64 / samples.values().len() as f64;
        (range.negative, range.low) = (share(negative), share(low));
        range
    }

    /// The usual scale that the values fill, if any.
    pub(super) fn scale(self) -> Option<Scale> {
        let (least, most) = (self.least, self.most);
        if least >= -2.0 && most <= 2.0 && self.negative > 0.02 && least < -0.5 {
            Some(Scale::Signed)
        } else if least >= -0.5 && most <= 1.5 && most > 0.5 {
            Some(Scale::Unit)
        } else if least >= -20.0 && most <= 280.0 && most > 20.0 && self.negative < 0.02 {
            Some(Scale::Bytes)
        } else {
            None
        }
    }
}

/// The reason to suspect that the two sets are on different scales, if there is one.
pub(super) fn scale_doubt([real, fake]: [MatrixView; 2], pictures: bool) -> Option<String> {
    let [real_range, fake_range] = [real, fake].map(Range::of);
    let say = |real: &str, fake: &str| {
        Some(format!("the real values fill {real} and the fake ones {fake}: bring both to one scale, then ask again"))
    };
    if let (Some(real_scale), Some(fake_scale)) = (real_range.scale(), fake_range.scale())
        && real_scale != fake_scale
        && (pictures || real.columns() >= 3)
    {
        // If most real values are positive, fakes with positive values alone are a collapse rather than another scale.
        // And so are fakes that do not reach the lower end of 0 to 1.
        let hidden = real_scale == Scale::Signed
            && fake_scale == Scale::Unit
            && (real_range.negative < 0.2 || fake_range.least > DARK);
        // Noise about values of 0 to 1 makes some negative ones.
        let noisy = real_scale == Scale::Unit && fake_scale == Scale::Signed && fake_range.low < 0.05;
        if !hidden && !noisy && fake_range.least < fake_range.most {
            return say(real_scale.words(), fake_scale.words());
        }
    }
    if pictures { None } else { columns_doubt(real, fake) }
}

/// The reason to suspect that most columns of the two sets have different units: a ratio of
/// spreads beyond 20 about another middle. About the same middle it is a spread that ran away, or was lost.
fn columns_doubt(real: MatrixView, fake: MatrixView) -> Option<String> {
    let columns = real.columns();
    let [real_units, fake_units] = [real, fake].map(moments);
    let mut apart = 0;
    for ((real_mean, real_std), (fake_mean, fake_std)) in real_units.iter().zip(&fake_units) {
        if *real_std > 0.0 && *fake_std > 0.0 {
            let (ratio, shift) = (fake_std / real_std, (fake_mean - real_mean).abs() / real_std);
            apart += usize::from((ratio > 20.0 && shift > 0.5 * ratio) || (ratio < 0.05 && shift > 2.0));
        }
    }
    (2 * apart > columns).then(|| {
        let ratios = real_units.iter().zip(&fake_units).filter(|((_, real), _)| *real > 0.0);
        let mut ratios: Vec<f64> = ratios.map(|((_, real), (_, fake))| fake / real).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        format!(
            "the fake values spread {:.3} times as far as the real ones, and about another middle: bring both to one scale, \
             then ask again",
            ratios[ratios.len() / 2]
        )
    })
}

/// Mean and standard deviation of each column.
pub(super) fn moments(samples: MatrixView) -> Vec<(f64, f64)> {
    let columns = samples.columns();
    let first: Vec<f64> = samples.row(0).iter().map(|value| f64::from(*value)).collect();
    let mut sums = vec![(0.0_f64, 0.0_f64); columns];
    for row in samples.iter_rows() {
        for ((sum, value), first) in sums.iter_mut().zip(row).zip(&first) {
            let difference = f64::from(*value) - first;
            sum.0 += difference;
            sum.1 += difference * difference;
        }
    }
    let rows = samples.rows() as f64;
    let of = |((sum, squares), first): ((f64, f64), f64)| {
        let mean = sum / rows;
        (first + mean, (squares / rows - mean * mean).max(0.0).sqrt())
    };
    sums.into_iter().zip(first).map(of).collect()
}
