//! Training: what it reaches, that it repeats itself, and what it refuses.

use ganymede_core::data::LabelledSamples;
use ganymede_evaluation::Extractor;
use ganymede_evaluation::classifier::{ClassifierError, Measured, TrainingOptions, train_classifier};
use ganymede_samples::{Labels, Samples, Shape, Values};
use ganymede_testing::numbers::single;

use crate::{glyphs, of_glyphs, stacked};

#[test]
fn glyphs_are_learnt_and_the_limit_is_reached_by_nineteen_of_twenty() {
    let classifier = of_glyphs();
    let card = classifier.card();
    assert!(card.accuracy() > 0.97, "{card}");
    assert_eq!((card.measured, card.measured_on(), card.learnt_from), (Measured::HeldOut, 200, 1_800));
    assert!(card.confusion.iter().all(|row| row.iter().sum::<usize>() > 0), "every class is held out");
    // On pictures of another seed it is as good as it says.
    let others = glyphs(1_000, 9);
    let classified = classifier.classify(&others.samples.clone().into_matrix());
    let right =
        classified.modes.iter().zip(&others.labels.unwrap().classes).filter(|(found, label)| found == label).count();
    assert!((right as f64 / 1_000.0 - card.accuracy()).abs() < 0.03, "{right} of 1,000; {card}");
    let share = classified.recognised().len() as f64 / 1_000.0;
    assert!((0.9..0.99).contains(&share), "{share}");
}

#[test]
fn the_same_samples_and_seed_give_the_same_file() {
    let data = glyphs(300, 1);
    let train = |seed| {
        let mut told = Vec::new();
        let options = TrainingOptions { seed, steps: Some(12) };
        let made = train_classifier(&data, None, &options, &single(), |progress| told.push(progress)).unwrap();
        assert_eq!((told.len(), told[11].step, told[11].steps), (12, 12, 12));
        made.to_bytes().unwrap()
    };
    let first = train(5);
    assert!(first == train(5), "the same to the byte");
    assert!(first != train(6), "another seed is another classifier");
}

#[test]
fn a_test_set_of_its_own_is_measured_by_the_names_of_its_classes() {
    let data = glyphs(400, 1);
    let mut test = glyphs(100, 2);
    // The same classes in another order.
    let labels = test.labels.as_mut().unwrap();
    labels.names.reverse();
    labels.classes.iter_mut().for_each(|class| *class = 9 - *class);
    let options = TrainingOptions { seed: 0, steps: Some(200) };
    let made = train_classifier(&data, Some(&test), &options, &single(), |_| ()).unwrap();
    let card = made.card();
    assert_eq!((card.measured, card.measured_on(), card.learnt_from), (Measured::TestSet, 100, 400));
    assert!(card.accuracy() > 0.8, "{card}");
}

#[test]
fn points_and_values_of_any_scale_are_learnt() {
    // Two columns far from 0 and of another scale than pixels; the class is the quadrant.
    let row = |index: usize| [(index * 37 % 101) as f32 * 10.0 + 5e4, (index * 53 % 97) as f32 * 10.0 + 5e4];
    let values: Vec<f32> = (0..1_000).flat_map(row).collect();
    let class = |index: usize| usize::from(row(index)[0] > 50_500.0) + 2 * usize::from(row(index)[1] > 50_480.0);
    let labels =
        Labels { classes: (0..1_000).map(class).collect(), names: ["a", "b", "c", "d"].map(str::to_owned).to_vec() };
    let samples = Samples::new(Values::Floats(values), Shape::point(2));
    let data = LabelledSamples { samples, labels: Some(labels), columns: None };
    let options = TrainingOptions { seed: 0, steps: Some(400) };
    let made = train_classifier(&data, None, &options, &single(), |_| ()).unwrap();
    assert!(made.card().accuracy() > 0.9, "{}", made.card());
    let error = made.serving(Shape::point(3)).unwrap_err().to_string();
    assert!(error.contains("points of 2 features") && error.contains("points of 3 features"), "{error}");
}

#[test]
fn features_lead_to_the_probabilities_and_belong_to_their_sample_alone() {
    let grey = glyphs(60, 9);
    let stacks = stacked(&grey, 20);
    let stacks_classifier = of_glyphs().serving(stacks.samples.shape).unwrap();
    for (classifier, samples, modes, width) in
        [(of_glyphs(), grey.samples, 10, 128), (&stacks_classifier, stacks.samples, 1_000, 384)]
    {
        let mut told = Vec::new();
        let features = classifier.extract(&samples, &mut |done| told.push(done)).unwrap();
        assert_eq!(
            (classifier.width(), classifier.classes(), told.last()),
            (width, Some(modes), Some(&samples.rows()))
        );
        assert_eq!((features.rows(), features.values.features), (samples.rows(), width));
        let probabilities = features.probabilities.unwrap();
        let classified = classifier.classify(&samples.clone().into_matrix());
        for (row, mode) in classified.modes.iter().enumerate() {
            let shares = probabilities.row(row);
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-4, "row {row}");
            let most = (0..modes).max_by(|a, b| shares[*a].total_cmp(&shares[*b])).unwrap();
            assert_eq!(most, *mode, "row {row}");
        }
        let some = Samples::new(Values::Floats(samples.select(&[7]).values), samples.shape);
        let alone = classifier.extract(&some, &mut |_| ()).unwrap();
        for (found, expected) in alone.values.row(0).iter().zip(features.values.row(7)) {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }
    assert_ne!(of_glyphs().checksum(), stacks_classifier.checksum());
    let error = of_glyphs().extract(&stacks_of_another_size(), &mut |_| ()).unwrap_err().to_string();
    assert!(error.contains("classifier takes samples of 16 x 16 x 1") && error.contains("8 x 8 x 1"), "{error}");
}

fn stacks_of_another_size() -> Samples {
    Samples::new(Values::Bytes(vec![0; 64]), Shape { channels: 1, height: 8, width: 8 })
}

/// A set of pictures of 8 x 8 with these classes.
fn labelled(classes: &[usize], names: usize, values: fn(usize) -> f32) -> LabelledSamples {
    let values = (0..classes.len() * 64).map(values).collect();
    let names = (0..names).map(|class| format!("class {class}")).collect();
    LabelledSamples {
        samples: Samples::new(Values::Floats(values), Shape { channels: 1, height: 8, width: 8 }),
        labels: Some(Labels { classes: classes.to_vec(), names }),
        columns: None,
    }
}

/// Samples, a test set, steps, and what the error names.
type Refused<'a> = (&'a LabelledSamples, Option<&'a LabelledSamples>, Option<u64>, &'a [&'a str]);

#[test]
fn what_cannot_be_learnt_is_refused() {
    let varied = |index: usize| (index * 31 % 17) as f32;
    let two: Vec<usize> = (0..40).map(|row| row % 2).collect();
    let rare: Vec<usize> = (0..40).map(|row| usize::from(row < 9)).collect();
    let good = labelled(&two, 2, varied);
    let unlabelled = LabelledSamples { labels: None, ..good.clone() };
    let many = Labels { classes: two.clone(), names: (0..5_000).map(|class| class.to_string()).collect() };
    let many = LabelledSamples { labels: Some(many), ..good.clone() };
    let larger = LabelledSamples {
        samples: Samples::new(Values::Bytes(vec![3; 40 * 81]), Shape { channels: 1, height: 9, width: 9 }),
        ..good.clone()
    };
    let renamed = LabelledSamples {
        labels: Some(Labels { classes: two.clone(), names: vec!["class 1".to_owned(), "cat".to_owned()] }),
        ..good.clone()
    };
    let rows: [Refused<'_>; 10] = [
        (&unlabelled, None, None, &["no classes", "labels"]),
        (&labelled(&[0; 40], 1, varied), None, None, &["all 40 samples are of one class, \"class 0\""]),
        (&many, None, None, &["5000 classes", "at most 4096"]),
        (&labelled(&rare, 2, varied), None, None, &["class \"class 1\" has 9 samples", "at least 10"]),
        (&labelled(&two, 2, |_| 3.0), None, None, &["every value of the samples is 3"]),
        (&good, None, Some(0), &["steps = 0", "at least 1"]),
        (&good, Some(&unlabelled), None, &["no classes"]),
        (&good, Some(&larger), None, &["8 x 8 x 1", "9 x 9 x 1"]),
        (&good, Some(&renamed), None, &["a class \"cat\"", "class 0, class 1"]),
        (&labelled(&two, 2, |index| if index == 70 { f32::NAN } else { 0.5 }), None, Some(2), &["NaN"]),
    ];
    for (data, test, steps, fragments) in rows {
        let options = TrainingOptions { seed: 0, steps };
        let error = train_classifier(data, test, &options, &single(), |_| ()).unwrap_err();
        for fragment in fragments {
            assert!(error.to_string().contains(fragment), "`{fragment}` is missing in {error}");
        }
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused_with_both() {
    let classifier = of_glyphs();
    let grey = Shape { channels: 1, height: 16, width: 16 };
    for (shape, parts) in [(grey, 1), (grey.with_channels(3), 3), (grey.with_channels(4), 4)] {
        assert_eq!(classifier.serving(shape).unwrap().parts(), parts, "{shape}");
    }
    for shape in [Shape { height: 17, ..grey }, Shape::point(256), Shape { width: 8, channels: 2, ..grey }] {
        let error = classifier.serving(shape).unwrap_err();
        assert!(matches!(error, ClassifierError::Shape { .. }), "{error}");
        assert!(
            error.to_string().contains("pictures of 16 x 16 x 1") && error.to_string().contains(&shape.to_string())
        );
    }
    let error = classifier.serving(grey.with_channels(5)).unwrap_err().to_string();
    assert!(error.contains("5 channels of 10 classes") && error.contains("32768"), "{error}");
}
