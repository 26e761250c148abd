//! Families of tables: mixed units, large offsets, heavy tails, categories and counts.

use rand::RngExt;
use rand_distr::{Distribution, LogNormal, Poisson};

use super::points::{normal_value, weighted};
use super::sets::{Set, Source};

/// An index, an age, an income, a time stamp, a latitude and a flag; four groups of people.
pub(super) fn people(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 6, |values| {
        let stream = &mut *source.stream;
        let group = weighted(&[4.0, 3.0, 2.0, 1.0], stream);
        let age = [24.0, 35.0, 48.0, 66.0][group] + 4.0 * normal_value(stream);
        let income = (10.2 + [0.0, 0.5, 0.9, 0.3][group] + 0.35 * normal_value(stream)).exp();
        // Seconds of a year, in which f32 still tells quarters of an hour apart.
        let time = 1.7e9 + 3.1e7 * stream.random::<f32>();
        let latitude = [48.0, 52.0, 40.0, 36.0][group] + 0.5 * normal_value(stream);
        let flag = f32::from(u8::from(stream.random::<f32>() < [0.2, 0.5, 0.7, 0.9][group]));
        values.extend([stream.random_range(0.0_f32..1e5).floor(), age, income, time, latitude, flag]);
        group
    })
}

/// Six sensors with offsets of thousands of their deviations, three states of one machine.
pub(super) fn sensors(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 6, |values| {
        let stream = &mut *source.stream;
        let state = stream.random_range(0..3_usize);
        let shared = normal_value(stream);
        let deviations = [1.0, 0.01, 25.0, 1.0, 300.0, 2.0];
        let offsets = [5_000.0, 20.0, 101_325.0, -3_000.0, 1e6, 0.0];
        for (column, (offset, deviation)) in offsets.into_iter().zip(deviations).enumerate() {
            let of_state = if column == state || column == state + 3 { 4.0 } else { 0.0 };
            values.push(offset + deviation * (of_state + 0.6 * shared + 0.8 * normal_value(stream)));
        }
        state
    })
}

/// A booking: number, amount with heavy tails and a sign, day of the year, account.
pub(super) fn ledger(rows: usize, source: &mut Source<'_>) -> Set {
    let size = LogNormal::new(4.0_f32, 1.5).expect("a finite mean and deviation");
    Set::of(rows, 4, |values| {
        let stream = &mut *source.stream;
        let account = weighted(&[6.0, 5.0, 4.0, 3.0, 2.0, 2.0], stream);
        let amount = size.sample(stream) * if account.is_multiple_of(2) { 1.0 } else { -1.0 };
        let day = stream.random_range(1..=365_u16);
        values.extend([1e6 + stream.random_range(0.0_f32..5e4), amount, f32::from(day), (account * 100) as f32]);
        account
    })
}

/// A category in one-hot form with two measurements that depend on it.
pub(super) fn categories(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 7, |values| {
        let stream = &mut *source.stream;
        let category = weighted(&[5.0, 4.0, 3.0, 2.0, 1.0], stream);
        values.extend((0..5).map(|one| if one == category { 1.0_f32 } else { 0.0 }));
        let level = category as f32;
        values.extend([50.0 + 8.0 * level + 3.0 * normal_value(stream), 0.1 * level + 0.05 * normal_value(stream)]);
        category
    })
}

/// Word counts of four topics: whole numbers, most of them nought.
pub(super) fn counts(rows: usize, source: &mut Source<'_>) -> Set {
    let rates = [0.1, 0.4, 4.0].map(|rate| Poisson::new(rate).expect("a positive rate"));
    Set::of(rows, 24, |values| {
        let stream = &mut *source.stream;
        let topic = stream.random_range(0..4_usize);
        values.extend((0..24).map(|word| {
            let rate = if word / 6 == topic { 2 } else { usize::from(word % 6 == 0) };
            rates[rate].sample(stream) as f32
        }));
        topic
    })
}

/// Height, slope, rainfall and temperature in four landscapes; now and then a height that was not measured, which geographic
/// files write as the least number that there is.
pub(super) fn terrain(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 4, |values| {
        let stream = &mut *source.stream;
        let landscape = weighted(&[4.0, 3.0, 2.0, 2.0], stream);
        let height = [40.0, 350.0, 900.0, 2_400.0][landscape] * (0.25 * normal_value(stream)).exp();
        let slope = [1.0, 6.0, 12.0, 30.0][landscape] * (0.3 * normal_value(stream)).exp();
        let rainfall = [600.0, 800.0, 1_200.0, 1_500.0][landscape] + 80.0 * normal_value(stream);
        let temperature = 14.0 - 0.0065 * height + 0.8 * normal_value(stream);
        let measured = stream.random::<f32>() >= 0.02;
        values.extend([if measured { height } else { f32::MIN }, slope, rainfall, temperature]);
        landscape
    })
}
