//! What can be wrong with fake samples, made from samples of the data itself.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use super::families::Family;
use super::points::normal_value;
use super::sets::{Half, Set, Source, stream};

/// What is done to samples of the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Damage {
    /// Nothing: as good as new data.
    None,
    /// Only this number of classes, the first ones.
    Keep(usize),
    /// Without this number of classes, the first ones.
    Lose(usize),
    /// The first half of the classes comes at this share of its due.
    Rarer(f32),
    /// Every sample drawn towards the mean of all: the share of the deviation that is left.
    Shrunk(f32),
    /// Every sample drawn towards the mean of its class.
    ShrunkInside(f32),
    /// This number of different samples, each again and again.
    Repeated(usize),
    /// The same, each time a little changed: the deviation in parts of each column's.
    NearlyRepeated(usize, f32),
    /// One sample each, again and again, in this number of classes, the first ones.
    ClassesRepeated(usize),
    /// A share of the samples replaced by one of them.
    OneSampleFor(f32),
    /// Every column copies one of the first ones, of this number, with its own mean and deviation.
    Rank(usize),
    /// This share of the columns is constant.
    Frozen(f32),
    /// The half of the samples that lies on one side of the first column's median.
    HalfSpace,
    /// Normal noise on every value, in parts of the column's deviation.
    Noisy(f32),
    /// Pictures averaged over 3 x 3 pixels.
    Blurred,
    /// Pictures moved to the right by this number of pixels.
    Moved(usize),
    /// A normal cloud with the data's mean and covariance.
    NormalCloud,
    /// Independent normal noise with the mean and deviation of each column.
    Unlike,
    /// All values times this, and this added.
    Scaled(f32, f32),
    /// The labels dealt out anew.
    LabelsShuffled,
    /// Rows of the real set itself.
    Copied,
    /// The rows of both sets in the order of their classes and of their first column.
    Sorted,
    /// This many rows of the real set stand in it twice.
    TwiceInReal(usize),
    /// All values nought, in the real set as well.
    NothingVaries,
}

use Damage::{
    Blurred, ClassesRepeated, Copied, Frozen, HalfSpace, Keep, LabelsShuffled, Lose, Moved, NearlyRepeated, Noisy,
    None, NormalCloud, NothingVaries, OneSampleFor, Rank, Rarer, Repeated, Scaled, Shrunk, ShrunkInside, Sorted,
    TwiceInReal, Unlike,
};

/// The real and the fake samples of a case.
pub(super) struct Pair {
    pub(super) real: Option<Set>,
    pub(super) fake: Set,
}

/// Draws a case: `sizes` are the rows of the fake and of the real set; without a row there is no real set.
pub(super) fn draw(family: &Family, damage: Damage, sizes: [usize; 2], seed: u64) -> Pair {
    let [fake_rows, real_rows] = sizes;
    let mut of_real = stream(seed, 11);
    let mut source = Source { world: seed, half: Half::Real, stream: &mut of_real };
    let real = (family.draw)(real_rows, &mut source);
    let fake = fakes(family, damage, fake_rows, &real, seed);
    let real = match damage {
        NothingVaries => real.map(|_, _| 0.0),
        Sorted => sorted(&real),
        TwiceInReal(twice) => real.select((0..real.rows()).map(|row| if row < twice { row + twice } else { row })),
        _ => real,
    };
    Pair { real: (real_rows > 0).then_some(real), fake }
}

fn fakes(family: &Family, damage: Damage, rows: usize, real: &Set, seed: u64) -> Set {
    let (mut samples, mut chances) = (stream(seed, 12), stream(seed, 13));
    let mut source = Source { world: seed, half: Half::Fake, stream: &mut samples };
    let healthy = |rows, source: &mut Source<'_>| (family.draw)(rows, source);
    match damage {
        None | TwiceInReal(_) => healthy(rows, &mut source),
        Sorted => sorted(&healthy(rows, &mut source)),
        Keep(classes) => chosen(family, rows, &mut source, |class| class < classes),
        Lose(classes) => chosen(family, rows, &mut source, |class| class >= classes),
        Rarer(share) => {
            chosen(family, rows, &mut source, |class| class >= family.classes / 2 || chances.random::<f32>() < share)
        }
        Shrunk(share) => {
            let set = healthy(rows, &mut source);
            let means: Vec<f64> = set.columns_mean_and_std().into_iter().map(|(mean, _)| mean).collect();
            set.map(|value, column| towards(means[column], value, share))
        }
        ShrunkInside(share) => {
            let mut set = healthy(rows, &mut source);
            let means = healthy(4_000, &mut source).class_means();
            for row in 0..set.rows() {
                let mean = &means[set.classes[row]];
                let values = &mut set.values[row * set.columns..(row + 1) * set.columns];
                for (value, mean) in values.iter_mut().zip(mean) {
                    *value = towards(*mean, *value, share);
                }
            }
            set
        }
        Repeated(different) => healthy(different, &mut source).select((0..rows).map(|row| row % different)),
        NearlyRepeated(different, jitter) => {
            let few = healthy(different, &mut source).select((0..rows).map(|row| row % different));
            noisy(few, &healthy(2_000, &mut source), jitter, &mut chances)
        }
        ClassesRepeated(classes) => {
            let set = healthy(rows, &mut source);
            let first = |row: usize| set.classes.iter().position(|class| *class == set.classes[row]).unwrap_or(row);
            set.select((0..rows).map(|row| if set.classes[row] < classes { first(row) } else { row }))
        }
        OneSampleFor(share) => {
            let set = healthy(rows, &mut source);
            let one: Vec<bool> = (0..rows).map(|_| chances.random::<f32>() < share).collect();
            set.select((0..rows).map(|row| if one[row] { 0 } else { row }))
        }
        Rank(rank) => low_rank(healthy(rows, &mut source), rank),
        Frozen(share) => {
            let set = healthy(rows, &mut source);
            let means = set.columns_mean_and_std();
            let frozen = (share * set.columns as f32).ceil() as usize;
            set.map(|value, column| if column < frozen { means[column].0 as f32 } else { value })
        }
        HalfSpace => {
            let set = healthy(2 * rows, &mut source);
            let mut order: Vec<usize> = (0..set.rows()).collect();
            order.sort_by(|left, right| set.row(*left)[0].total_cmp(&set.row(*right)[0]));
            set.select(order.into_iter().take(rows))
        }
        Noisy(noise) => noisy(healthy(rows, &mut source), &healthy(2_000, &mut source), noise, &mut chances),
        Blurred => pictures_by(healthy(rows, &mut source), |picture, row, column| {
            let around = |place: isize| (place - 1)..=(place + 1);
            around(row).flat_map(|row| around(column).map(move |column| picture(row, column))).sum::<f32>() / 9.0
        }),
        Moved(pixels) => {
            pictures_by(healthy(rows, &mut source), |picture, row, column| picture(row, column - pixels as isize))
        }
        NormalCloud => {
            // A sum of many independent deviations has the covariance of one, and is nearly normal.
            let many = healthy(4_000, &mut source);
            let means = many.columns_mean_and_std();
            Set::of(rows, many.columns, |values| {
                let picked: Vec<usize> = (0..24).map(|_| chances.random_range(0..many.rows())).collect();
                values.extend(means.iter().enumerate().map(|(column, (mean, _))| {
                    let sum: f64 = picked.iter().map(|row| f64::from(many.row(*row)[column]) - mean).sum();
                    (mean + sum / 24.0_f64.sqrt()) as f32
                }));
                0
            })
        }
        Unlike => {
            let columns = healthy(2_000, &mut source).columns_mean_and_std();
            Set::of(rows, columns.len(), |values| {
                values
                    .extend(columns.iter().map(|(mean, std)| *mean as f32 + *std as f32 * normal_value(&mut chances)));
                0
            })
        }
        Scaled(factor, shift) => healthy(rows, &mut source).map(|value, _| value * factor + shift),
        LabelsShuffled => {
            let mut set = healthy(rows, &mut source);
            set.classes.shuffle(&mut chances);
            set
        }
        Copied => real.select((0..rows).map(|_| chances.random_range(0..real.rows()))),
        NothingVaries => healthy(rows, &mut source).map(|_, _| 0.0),
    }
}

/// Samples of the classes that are wanted.
fn chosen(family: &Family, rows: usize, source: &mut Source<'_>, mut wanted: impl FnMut(usize) -> bool) -> Set {
    let mut found: Option<Set> = Option::None;
    loop {
        let more = (family.draw)(rows.max(200), source);
        let more = more.select((0..more.rows()).filter(|row| wanted(more.classes[*row])).collect::<Vec<_>>());
        let all = match found {
            Option::None => more,
            Some(mut all) => {
                all.values.extend(more.values);
                all.classes.extend(more.classes);
                all
            }
        };
        if all.rows() >= rows {
            return all.select(0..rows);
        }
        found = Some(all);
    }
}

/// The rows class by class, within a class by their first column.
fn sorted(set: &Set) -> Set {
    let mut order: Vec<usize> = (0..set.rows()).collect();
    let key = |row: usize| (set.classes[row], set.row(row)[0]);
    order.sort_by(|left, right| {
        let ((left_class, left), (right_class, right)) = (key(*left), key(*right));
        left_class.cmp(&right_class).then(left.total_cmp(&right))
    });
    set.select(order)
}

fn towards(mean: f64, value: f32, share: f32) -> f32 {
    (mean + f64::from(share) * (f64::from(value) - mean)) as f32
}

/// Adds normal noise in parts of the deviations that `measured` has.
fn noisy(set: Set, measured: &Set, noise: f32, chances: &mut impl Rng) -> Set {
    let columns = measured.columns_mean_and_std();
    let mut deviates = stream(chances.random(), 14);
    set.map(|value, column| value + noise * columns[column].1 as f32 * normal_value(&mut deviates))
}

/// Makes every column a copy of one of the first `rank`, with its own mean and deviation.
fn low_rank(set: Set, rank: usize) -> Set {
    let columns = set.columns_mean_and_std();
    let followed = set.clone();
    let width = set.columns;
    let mut at = 0;
    set.map(|_, column| {
        let row = at / width;
        at += 1;
        let (mean, std) = columns[column];
        let (of_mean, of_std) = columns[column % rank];
        let standard = (f64::from(followed.row(row)[column % rank]) - of_mean) / of_std.max(f64::MIN_POSITIVE);
        (mean + std * standard) as f32
    })
}

/// Redraws square pictures pixel by pixel; outside of a picture is its first pixel.
fn pictures_by(set: Set, redraw: impl Fn(&dyn Fn(isize, isize) -> f32, isize, isize) -> f32) -> Set {
    let side = set.columns.isqrt();
    let mut values = Vec::with_capacity(set.values.len());
    for row in 0..set.rows() {
        let picture = set.row(row);
        let inside = |place: isize| (0..side as isize).contains(&place);
        let pixel = |row: isize, column: isize| {
            if inside(row) && inside(column) { picture[row as usize * side + column as usize] } else { picture[0] }
        };
        for place in 0..side * side {
            values.push(redraw(&pixel, (place / side) as isize, (place % side) as isize));
        }
    }
    Set { values, ..set }
}
