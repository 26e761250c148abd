//! Features that are kept, statistics in files, and the table of figures.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use ganymede_evaluation::{
    Better, CacheLimit, Checksum, EvaluationError, Extractor, FIGURES, FeatureCache, Features, FigureInputs, Measured,
    Network, ValuesThemselves, measure, read_statistics, write_statistics,
};
use ganymede_metrics::{DiagnosisOptions, FeatureStatistics, Labelled, MatrixView, diagnose, frechet_distance};
use ganymede_samples::{Matrix, Samples, Shape, Values};

const SHAPE: Shape = Shape { channels: 1, height: 2, width: 3 };

/// Halves of the values, with two classes; it counts its work and fails after some.
struct Halves {
    samples: AtomicUsize,
    fails_after: usize,
    network: Option<Network>,
}

impl Halves {
    fn new(fails_after: usize) -> Self {
        Self { samples: AtomicUsize::new(0), fails_after, network: None }
    }
}

impl Extractor for Halves {
    fn name(&self) -> &'static str {
        "halves"
    }

    fn width(&self) -> usize {
        SHAPE.features()
    }

    fn classes(&self) -> Option<usize> {
        Some(2)
    }

    fn network(&self) -> Option<Network> {
        self.network
    }

    fn checksum(&self) -> Checksum {
        Checksum::of(&[b"halves"])
    }

    fn check(&self, shape: Shape) -> Result<(), EvaluationError> {
        ValuesThemselves::new(SHAPE).check(shape)
    }

    fn extract(&self, samples: &Samples, progress: &mut dyn FnMut(usize)) -> Result<Features, EvaluationError> {
        let before = self.samples.fetch_add(samples.rows(), Ordering::Relaxed);
        if before + samples.rows() > self.fails_after {
            return Err(EvaluationError::NotFinite { extractor: "halves".to_owned(), row: 0, value: f32::NAN });
        }
        let mut values = samples.clone().into_matrix();
        values.values.iter_mut().for_each(|value| *value *= 0.5);
        let first = (0..samples.rows()).map(|row| (values.row(row)[0] + 0.5).clamp(0.0, 1.0));
        let probabilities = first.flat_map(|share| [share, 1.0 - share]).collect();
        progress(samples.rows());
        Ok(Features { values, probabilities: Some(Matrix::new(probabilities, 2)) })
    }
}

fn view(matrix: &Matrix) -> MatrixView<'_> {
    MatrixView::new(&matrix.values, matrix.rows(), matrix.features).expect("finite values")
}

fn pictures(rows: usize, seed: usize) -> Samples {
    let bytes = (0..rows * SHAPE.features()).map(|index| (((index + seed) * 2_654_435_761) >> 7) as u8).collect();
    Samples::new(Values::Bytes(bytes), SHAPE)
}

#[test]
fn an_interrupted_extraction_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let cache = FeatureCache::new(folder.path().join("features"));
    let samples = pictures(1_000, 0);
    let whole = Halves::new(usize::MAX).extract(&samples, &mut |_| ()).unwrap();

    // Two pieces of 256 come about before the extractor fails at the third.
    assert!(cache.extract(&Halves::new(600), &samples, &mut |_| ()).is_err());
    let mut seen = Vec::new();
    let second = Halves::new(usize::MAX);
    let found = cache.extract(&second, &samples, &mut |done| seen.push(done)).unwrap();
    assert_eq!((found.reused, second.samples.load(Ordering::Relaxed)), (512, 488));
    assert_eq!(found.features, whole);
    assert!(found.unkept.is_none() && seen.is_sorted() && seen.last() == Some(&1_000), "{seen:?}");

    let third = Halves::new(0);
    let found = cache.extract(&third, &samples, &mut |_| ()).unwrap();
    assert_eq!((found.reused, third.samples.load(Ordering::Relaxed), found.features == whole), (1_000, 0, true));

    // Other samples, and another extractor, have features of their own.
    assert_eq!(cache.extract(&Halves::new(usize::MAX), &pictures(1_000, 1), &mut |_| ()).unwrap().reused, 0);
    let other = ValuesThemselves::new(SHAPE);
    let found = cache.extract(&other, &samples, &mut |_| ()).unwrap();
    assert_eq!((found.reused, found.features.values), (0, samples.clone().into_matrix()));
}

#[test]
fn a_cache_stays_within_its_limit_and_serves_several_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let held = || -> u64 {
        let inner =
            std::fs::read_dir(folder.path()).unwrap().flat_map(|entry| std::fs::read_dir(entry.unwrap().path()));
        inner.flatten().map(|file| file.unwrap().metadata().unwrap().len()).sum()
    };
    let samples = pictures(2_000, 0);
    let whole = Halves::new(usize::MAX).extract(&samples, &mut |_| ()).unwrap();
    let limited = |bytes| {
        let limit = CacheLimit { folders: vec![folder.path().to_owned()], bytes };
        FeatureCache::new(folder.path()).within(limit)
    };
    for (bytes, least, most) in [(1_000_000, 64_000, 1_000_000), (30_000, 1, 30_000), (0, 0, 0)] {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let found = limited(bytes).extract(&Halves::new(usize::MAX), &samples, &mut |_| ()).unwrap();
                    assert!(found.features == whole && found.reused <= 2_000);
                });
            }
        });
        assert!((least..=most).contains(&held()), "{bytes}: {} are held", held());
    }
}

#[test]
fn damaged_files_are_made_again_and_a_folder_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let cache = FeatureCache::new(folder.path());
    let samples = pictures(300, 0);
    let whole = cache.extract(&Halves::new(usize::MAX), &samples, &mut |_| ()).unwrap().features;
    let files =
        |folder: &Path| -> Vec<_> { std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let inner = files(folder.path()).remove(0);
    assert_eq!(files(&inner).len(), 2);
    for damage in [
        |_: Vec<u8>| Vec::new(),
        |mut bytes: Vec<u8>| {
            bytes.truncate(bytes.len() / 2);
            bytes
        },
    ] {
        for file in files(&inner) {
            let bytes = std::fs::read(&file).unwrap();
            std::fs::write(&file, damage(bytes)).unwrap();
        }
        let found = cache.extract(&Halves::new(usize::MAX), &samples, &mut |_| ()).unwrap();
        assert_eq!((found.reused, found.features == whole), (0, true));
    }
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let found = FeatureCache::new(&file).extract(&Halves::new(usize::MAX), &samples, &mut |_| ()).unwrap();
    assert!(found.unkept.is_some() && found.features == whole);
}

#[test]
fn statistics_are_read_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("statistics.npz");
    let samples = pictures(50, 3).into_matrix();
    let statistics = FeatureStatistics::of(MatrixView::new(&samples.values, 50, 6).unwrap());
    write_statistics(&path, &statistics).unwrap();
    assert_eq!(read_statistics(&path).unwrap(), statistics);

    let other = folder.path().join("other.npz");
    let arrays = |mu: &'static [usize], sigma: &'static [usize]| {
        let values = [1.0; 64];
        let floats = |shape: &'static [usize]| ganymede_files::NpzArray::Floats {
            values: &values[..shape.iter().product::<usize>()],
            shape,
        };
        ganymede_files::write_npz(&other, &[("mu", floats(mu)), ("sigma", floats(sigma))]).unwrap();
        read_statistics(&other).map(|found| found.features()).map_err(|error| error.to_string())
    };
    assert_eq!(arrays(&[2], &[2, 2]), Ok(2));
    for (mu, sigma) in [(&[2][..], &[3, 3][..]), (&[1, 2], &[2, 2]), (&[4], &[2, 8]), (&[4], &[16])] {
        let error = arrays(mu, sigma).unwrap_err();
        assert!(error.contains("other.npz: mu has shape") && error.contains("as pytorch-fid saves them"), "{error}");
    }
    let npy = folder.path().join("samples.npy");
    ganymede_files::write_npy(&npy, &samples).unwrap();
    assert!(read_statistics(&npy).is_err());
}

#[test]
fn the_table_of_figures_names_each_once_and_for_what_it_is() {
    let keys: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.key).collect();
    assert_eq!(keys.len(), FIGURES.len());
    for figure in FIGURES {
        assert!(figure.says.ends_with('.') && !figure.unit.is_empty(), "{}", figure.key);
        let (own, inception) = (figure.name("net", None), figure.name("net", Some(Network::Inception2015)));
        assert!(own.ends_with(" (net)") && !own.contains("FID") && !own.contains("KID"), "{own}");
        assert!(!inception.contains("net"), "{inception}");
    }
    let frechet = FIGURES.iter().find(|figure| figure.key == "frechet").unwrap();
    assert_eq!(frechet.name("mobilenet_v2", None), "FD (mobilenet_v2)");
    assert_eq!(frechet.name("pt_inception", Some(Network::Inception2015)), "FID");
}

#[test]
fn figures_are_measured_where_there_is_what_they_need() {
    let extractor = Halves::new(usize::MAX);
    let [real, fake] =
        [pictures(400, 0), pictures(300, 77)].map(|samples| extractor.extract(&samples, &mut |_| ()).unwrap());
    let (real_view, fake_view) = (view(&real.values), view(&fake.values));
    let alone =
        FigureInputs { fake: fake_view, real: None, probabilities: None, reference: None, diagnosis: None, seed: 0 };
    let keys = |inputs: &FigureInputs| -> Vec<String> {
        measure(&extractor, inputs).unwrap().into_iter().map(|found| found.key).collect()
    };
    assert!(keys(&alone).is_empty());
    let probabilities = fake.probabilities.as_ref().map(view);
    assert_eq!(keys(&FigureInputs { probabilities, ..alone }), ["inception_score"]);
    let reference = FeatureStatistics::of(real_view);
    let to_reference = FigureInputs { reference: Some(&reference), ..alone };
    assert_eq!(keys(&to_reference), ["frechet_to_reference"]);

    let labelled = |samples| Labelled { samples, labels: None };
    let diagnosis = diagnose(labelled(fake_view), Some(labelled(real_view)), &DiagnosisOptions::default()).unwrap();
    let all = FigureInputs { real: Some(real_view), probabilities, diagnosis: Some(&diagnosis), ..to_reference };
    let found = measure(&extractor, &all).unwrap();
    let found_keys: Vec<&str> = found.iter().map(|one| one.key.as_str()).collect();
    let every: Vec<&str> = FIGURES.iter().map(|figure| figure.key).collect();
    assert_eq!(found_keys, every);
    assert!(found.iter().all(|one| one.value.is_finite() && one.name.ends_with("(halves)")));

    let value = |key: &str| -> &Measured { found.iter().find(|one| one.key == key).unwrap() };
    let frechet = frechet_distance(real_view, fake_view).unwrap().distance;
    assert_eq!(value("frechet").value.to_bits(), frechet.to_bits());
    assert!((value("frechet_to_reference").value - frechet).abs() < 1e-9 * frechet.max(1.0));
    assert!(value("frechet_extrapolated").value < frechet && value("frechet_extrapolated").error.is_some());
    assert_eq!(value("coverage").value.to_bits(), diagnosis.coverage.unwrap().to_bits());
    assert_eq!((value("inception_score").better, value("density").better), (Better::Higher, Better::One));
    assert!(value("inception_score").note.as_ref().unwrap().contains("blind inside a class"));

    let narrow = FeatureStatistics::new(vec![0.0], vec![1.0]).unwrap();
    assert!(measure(&extractor, &FigureInputs { reference: Some(&narrow), ..alone }).is_err());
}
