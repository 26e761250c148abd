//! The promises of the set: the same pictures again, ink inside the frame, and classes that can be told apart.
#![allow(clippy::unwrap_used, reason = "a test stops at the first error")]

use std::collections::HashSet;

use ganymede_glyphs::{CLASSES, GlyphError, GlyphOptions, Glyphs};

/// A change of the default options.
type Change = fn(&mut GlyphOptions);

fn glyphs(seed: u64, change: impl Fn(&mut GlyphOptions)) -> Glyphs {
    let mut options = GlyphOptions::default();
    change(&mut options);
    Glyphs::new(seed, options).unwrap()
}

/// Grey values as numbers, for `count` pictures from number `first` on.
fn pictures(glyphs: &Glyphs, first: u64, count: u64) -> Vec<(usize, Vec<f64>)> {
    let as_numbers = |index| {
        let glyph = glyphs.draw(index);
        (glyph.class, glyph.pixels.iter().map(|pixel| f64::from(*pixel)).collect())
    };
    (first..first + count).map(as_numbers).collect()
}

fn squared_distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| (left - right).powi(2)).sum()
}

/// The class of the nearest of some labelled pictures.
fn nearest(labelled: &[(usize, Vec<f64>)], picture: &[f64]) -> usize {
    let distance = |one: &&(usize, Vec<f64>)| squared_distance(&one.1, picture);
    labelled.iter().min_by(|left, right| distance(left).total_cmp(&distance(right))).unwrap().0
}

#[test]
fn a_picture_is_a_function_of_seed_options_and_number() {
    let (first, again) = (glyphs(3, |_| ()), glyphs(3, |_| ()));
    // In any order.
    let backwards: Vec<_> = (0..40).rev().map(|index| again.draw(index)).collect();
    for index in 0..40 {
        let glyph = first.draw(index);
        assert_eq!(glyph, backwards[39 - index as usize]);
        assert_eq!(glyph, first.draw_class(glyph.class, index).unwrap());
    }
    let all: HashSet<Vec<u8>> =
        (0..3).flat_map(|seed| (0..100).map(move |index| glyphs(seed, |_| ()).draw(index).pixels)).collect();
    assert_eq!(all.len(), 300, "two pictures are equal");
    // The largest numbers are as good as any.
    assert_ne!(first.draw(u64::MAX).pixels, first.draw(u64::MAX - 10).pixels);
}

#[test]
fn classes_take_turns() {
    let set = glyphs(0, |_| ());
    for start in [0_u64, 7, 1 << 40] {
        let classes: HashSet<usize> = (start..start + 10).map(|index| set.draw(index).class).collect();
        assert_eq!(classes.len(), CLASSES);
    }
}

#[test]
fn every_glyph_has_ink_and_stays_inside_the_frame() {
    let wild: Change = |options| {
        *options = GlyphOptions { shift: 0.15, slant: 0.5, turn: 30.0, wobble: 0.1, ..options.clone() };
        (options.height, options.stroke) = ([0.4, 0.8], [0.03, 0.15]);
    };
    let tame: Change = |_| ();
    for (side, change, most) in [(16, tame, 0.35), (17, tame, 0.35), (28, tame, 0.35), (64, tame, 0.35)]
        .into_iter()
        .chain([(16, wild, 0.5), (28, wild, 0.5), (64, wild, 0.5)])
    {
        let set = glyphs(1, |options| {
            change(options);
            (options.side, options.noise) = (side, 0.0);
        });
        for index in 0..300 {
            let glyph = set.draw(index);
            assert_eq!(glyph.pixels.len(), side * side);
            let ink = glyph.pixels.iter().map(|pixel| f64::from(*pixel)).sum::<f64>() / (255.0 * (side * side) as f64);
            assert!((0.015..most).contains(&ink), "{side}, {index}: {ink}");
            let border = |at: usize| [at / side, at % side].iter().any(|place| *place == 0 || *place == side - 1);
            let outside = (0..side * side).filter(|at| border(*at) && glyph.pixels[*at] > 0).count();
            assert_eq!(outside, 0, "{side}, {index}: ink on the border");
            assert!(glyph.pixels.iter().any(|pixel| *pixel > 128), "{side}, {index}: nothing to be seen");
        }
    }
}

#[test]
fn classes_can_be_told_apart() {
    // One nearest neighbour among 60 pictures a class, by pixels alone.
    for (side, noise) in [(16, 0.03), (28, 0.03), (28, 0.2), (48, 0.03)] {
        let set = glyphs(5, |options| (options.side, options.noise) = (side, noise));
        let (known, asked) = (pictures(&set, 0, 600), pictures(&set, 10_000, 300));
        let right = asked.iter().filter(|(class, picture)| nearest(&known, picture) == *class).count();
        let share = right as f64 / asked.len() as f64;
        println!("side {side}, noise {noise}: {share:.3} told apart");
        assert!(share > 0.9, "side {side}, noise {noise}: {share} told apart");
    }
}

#[test]
fn without_variation_each_class_is_its_mean() {
    let still = |options: &mut GlyphOptions| {
        *options = GlyphOptions { shift: 0.0, slant: 0.0, turn: 0.0, wobble: 0.0, noise: 0.0, ..options.clone() };
        (options.height, options.stroke) = ([0.66; 2], [0.08; 2]);
    };
    let set = glyphs(2, still);
    let (known, asked) = (pictures(&set, 0, 50), pictures(&set, 100, 200));
    assert!(asked.iter().all(|(class, picture)| nearest(&known, picture) == *class));
}

#[test]
fn each_option_varies_the_pictures() {
    let still = |options: &mut GlyphOptions| {
        *options = GlyphOptions { shift: 0.0, slant: 0.0, turn: 0.0, wobble: 0.0, noise: 0.0, ..options.clone() };
        (options.height, options.stroke) = ([0.66; 2], [0.08; 2]);
    };
    // The mean squared distance of pictures of one class, which only the option in question (and the width) makes.
    let spread = |change: &dyn Fn(&mut GlyphOptions)| {
        let set = glyphs(4, |options| {
            still(options);
            change(options);
        });
        let drawn: Vec<Vec<f64>> =
            pictures(&set, 0, 200).into_iter().filter(|one| one.0 == 2).map(|one| one.1).collect();
        drawn.windows(2).map(|pair| squared_distance(&pair[0], &pair[1])).sum::<f64>()
    };
    let none = spread(&|_| ());
    let changes: [(&str, Change); 7] = [
        ("shift", |options| options.shift = 0.15),
        ("slant", |options| options.slant = 0.5),
        ("turn", |options| options.turn = 30.0),
        ("height", |options| options.height = [0.4, 0.8]),
        ("stroke", |options| options.stroke = [0.03, 0.15]),
        ("wobble", |options| options.wobble = 0.1),
        ("noise", |options| options.noise = 0.3),
    ];
    for (name, change) in changes {
        let found = spread(&change);
        assert!(found > 1.1 * none, "{name}: {found} against {none}");
    }
}

#[test]
fn noise_has_the_standard_deviation_that_was_asked_for() {
    let (quiet, noisy) = (glyphs(6, |options| options.noise = 0.0), glyphs(6, |options| options.noise = 0.05));
    // On the edge of the pen, where no value is cut at 0 or 255.
    let mut deviations = Vec::new();
    for index in 0..400 {
        let (clean, loud) = (quiet.draw(index).pixels, noisy.draw(index).pixels);
        let middle = clean.iter().zip(&loud).filter(|(clean, _)| (77..=178).contains(*clean));
        deviations.extend(middle.map(|(clean, loud)| (f64::from(*loud) - f64::from(*clean)) / 255.0));
    }
    let count = deviations.len() as f64;
    let mean = deviations.iter().sum::<f64>() / count;
    let std = (deviations.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / count).sqrt();
    assert!(count > 5_000.0, "{count} pixels looked at");
    assert!(mean.abs() < 0.003 && (std - 0.05).abs() < 0.002, "mean {mean}, standard deviation {std}");
}

#[test]
fn what_cannot_be_drawn_is_refused_by_name() {
    let bad: [(&str, Change); 17] = [
        ("side of the glyphs is 15; it must be 16 to 64", |options| options.side = 15),
        ("side of the glyphs is 65", |options| options.side = 65),
        ("side of the glyphs is 0", |options| options.side = 0),
        ("shift of the glyphs is 0.5", |options| options.shift = 0.5),
        ("shift of the glyphs is -0.25", |options| options.shift = -0.25),
        ("shift of the glyphs is NaN", |options| options.shift = f32::NAN),
        ("slant of the glyphs is 1", |options| options.slant = 1.0),
        ("slant of the glyphs is inf", |options| options.slant = f32::INFINITY),
        ("turn of the glyphs is 90", |options| options.turn = 90.0),
        ("height of the glyphs is 0.25", |options| options.height = [0.25, 0.7]),
        ("height of the glyphs is 0.75", |options| options.height = [0.75, 0.5]),
        ("height of the glyphs is 1", |options| options.height = [0.5, 1.0]),
        ("height of the glyphs is NaN", |options| options.height = [f32::NAN, 0.7]),
        ("stroke of the glyphs is 0;", |options| options.stroke = [0.0, 0.1]),
        ("stroke of the glyphs is 0.5", |options| options.stroke = [0.05, 0.5]),
        ("wobble of the glyphs is 1", |options| options.wobble = 1.0),
        ("noise of the glyphs is -1", |options| options.noise = -1.0),
    ];
    for (expected, change) in bad {
        let mut options = GlyphOptions::default();
        change(&mut options);
        let error = Glyphs::new(0, options).unwrap_err().to_string();
        assert!(error.contains(expected), "{error} instead of {expected}");
    }
    let unknown = glyphs(0, |_| ()).draw_class(10, 0).unwrap_err();
    assert_eq!(unknown, GlyphError::UnknownClass { class: 10 });
    assert_eq!(unknown.to_string(), "there is no glyph of class 10; the classes are 0 to 9");
}
