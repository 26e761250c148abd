//! The cases are what they say: enough, different, drawn again the same, and damaged as named.

use std::collections::HashSet;

use super::cases::{Kind, cases};
use super::damage::{Damage, draw};
use super::families::{FAMILIES, PUBLISHED, family};
use super::sets::Set;
use super::{examine, wilson};

#[test]
fn there_are_two_hundred_cases_without_any_file_and_each_has_a_name_of_its_own() {
    let cases = cases();
    assert!(cases.iter().filter(|case| !case.needs_data()).count() >= 200);
    let names: HashSet<String> = cases.iter().map(super::Case::name).collect();
    assert_eq!(names.len(), cases.len());
    for kind in Kind::ALL {
        assert!(cases.iter().any(|case| case.kind == kind), "no case of {kind:?}");
    }
    // Every family serves a case, and every case's family exists.
    for one in FAMILIES {
        assert!(cases.iter().any(|case| case.family == one.name), "no case of {}", one.name);
    }
    assert!(cases.iter().all(|case| family(case.family).name == case.family));
}

/// The case that its family makes of 400 rows against 300.
fn made(name: &str, damage: Damage) -> (Set, Set) {
    let pair = draw(family(name), damage, [400, 300], 7);
    (pair.real.unwrap(), pair.fake)
}

#[test]
fn families_draw_what_was_asked_for_again_and_with_finite_values() {
    for one in FAMILIES.iter().filter(|one| !PUBLISHED.contains(&one.name)) {
        let ((real, fake), again) = (made(one.name, Damage::None), made(one.name, Damage::None));
        assert_eq!((&real, &fake), (&again.0, &again.1), "{}", one.name);
        assert_eq!((real.rows(), fake.rows(), real.columns), (300, 400, fake.columns), "{}", one.name);
        assert!(real.values.iter().chain(&fake.values).all(|value| value.is_finite()), "{}", one.name);
        let classes: HashSet<usize> = real.classes.iter().copied().collect();
        assert_eq!(classes.len(), one.classes, "{}", one.name);
        assert_ne!(real.values[..real.columns], fake.values[..fake.columns], "{}", one.name);
    }
}

#[test]
fn damages_do_what_their_names_say() {
    let different = |set: &Set| (0..set.rows()).map(|row| format!("{:?}", set.row(row))).collect::<HashSet<_>>().len();
    let classes = |set: &Set| set.classes.iter().copied().collect::<HashSet<usize>>().len();
    let std = |set: &Set| set.columns_mean_and_std().iter().map(|(_, std)| std).sum::<f64>();
    let (real, healthy) = made("clusters-16d", Damage::None);
    assert_eq!((different(&healthy), classes(&healthy)), (400, 10));
    assert_eq!(classes(&made("clusters-16d", Damage::Keep(3)).1), 3);
    assert_eq!(classes(&made("clusters-16d", Damage::Lose(3)).1), 7);
    assert_eq!(different(&made("clusters-16d", Damage::Repeated(20)).1), 20);
    assert_eq!(different(&made("clusters-16d", Damage::NearlyRepeated(20, 0.01)).1), 400);
    let one_for_some = different(&made("clusters-16d", Damage::OneSampleFor(0.35)).1);
    assert!((230..290).contains(&one_for_some), "{one_for_some}");
    assert!((std(&made("clusters-16d", Damage::Shrunk(0.1)).1) / std(&healthy) - 0.1).abs() < 1e-3);
    let constant = made("clusters-16d", Damage::Frozen(0.3)).1.columns_mean_and_std();
    assert_eq!(constant.iter().filter(|(_, std)| *std < 1e-4).count(), 5);
    let copied = made("clusters-16d", Damage::Copied).1;
    assert!((0..400).all(|row| (0..300).any(|other| copied.row(row) == real.row(other))));
    let shuffled = made("clusters-16d", Damage::LabelsShuffled).1;
    assert_eq!(shuffled.values, healthy.values);
    assert_ne!(shuffled.classes, healthy.classes);
    let nothing = made("clusters-16d", Damage::NothingVaries);
    assert!(nothing.0.values.iter().chain(&nothing.1.values).all(|value| *value == 0.0));
    // Inside: the same class means, a sixth of the spread about them.
    let narrowed = made("clusters-16d", Damage::ShrunkInside(0.15)).1;
    let inside = |set: &Set| {
        let means = set.class_means();
        let of_row =
            |row: usize| set.row(row).iter().zip(&means[set.classes[row]]).map(|(x, m)| (f64::from(*x) - m).powi(2));
        (0..set.rows()).flat_map(of_row).sum::<f64>().sqrt()
    };
    assert!((inside(&narrowed) / inside(&healthy) - 0.15).abs() < 0.01);
    // A normal cloud has the data's deviation, and a half space half of the data.
    assert!((std(&made("clusters-16d", Damage::NormalCloud).1) / std(&real) - 1.0).abs() < 0.1);
    let (square, half) = (made("square", Damage::None).0, made("square", Damage::HalfSpace).1);
    assert!((half.columns_mean_and_std()[0].0 + 0.5).abs() < 0.06 && square.columns_mean_and_std()[0].0.abs() < 0.1);
    // Moving a picture there and back is in its pixels.
    let (_, picture) = made("glyphs-16", Damage::None);
    let (_, moved) = made("glyphs-16", Damage::Moved(1));
    assert_eq!(picture.row(0)[16 * 5..16 * 5 + 15], moved.row(0)[16 * 5 + 1..16 * 6]);
}

#[test]
fn intervals_are_wilsons() {
    // Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for (count, total, low, high) in
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
    {
        let found = wilson(count, total);
        assert!((found[0] - low).abs() < 1e-4 && (found[1] - high).abs() < 1e-4, "{count} of {total}: {found:?}");
    }
}

#[test]
fn a_case_is_examined_alike_each_time() {
    let cases = cases();
    let case = cases.iter().find(|case| case.family == "ring" && case.kind == Kind::Collapsed).unwrap();
    let (first, again) = (examine(case, 3), examine(case, 3));
    assert_eq!((&first.found, &first.because, first.right), (&again.found, &again.because, again.right));
    assert_eq!(first.found, "collapsed", "one mode of eight: {first:?}");
}
