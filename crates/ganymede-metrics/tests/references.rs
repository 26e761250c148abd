//! Agreement with the reference implementations, whose values were written by `fixtures/make_fixtures.py`.
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::type_complexity,
    reason = "tests fail by panicking, compare exact values on purpose and have rows of many parts"
)]

mod common;

use common::{Description, Samples, bits, close, normals};
use ganymede_metrics::{
    Bins, DEFAULT_NEAREST_K, DEFAULT_SIGNIFICANCE, DiversityOptions, Kernel, KernelDistanceOptions, MatrixView, Modes,
    Prdc, VendiOptions, WassersteinOrder, compare_bins, coverage, diversity_report, frechet_distance, inception_score,
    kernel_distance, mode_report, nearest_neighbor_radii, prdc, sliced_wasserstein_along, vendi_score,
};
use serde_json::Value;

/// The largest relative difference allowed where the definition is not a count.
const TOLERANCE: f64 = 1e-6;

/// Fails unless the four values equal those of the package bit for bit.
fn same_bits(name: &str, found: Prdc, expected: &Value) {
    for (field, value) in [
        ("precision", found.precision),
        ("recall", found.recall),
        ("density", found.density),
        ("coverage", found.coverage),
    ] {
        assert_eq!(value.to_bits(), number(&expected[field]).to_bits(), "{name} {field}: {value}");
    }
}

struct Case {
    name: String,
    real: Samples,
    fake: Samples,
    expected: Value,
}

fn fixtures() -> Value {
    serde_json::from_str(include_str!("fixtures/reference.json")).unwrap()
}

fn cases() -> Vec<Case> {
    let set = |case: &Value, key: &str| Description::deserialize_from(&case[key]).samples();
    fixtures()["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| Case {
            name: case["name"].as_str().unwrap().to_owned(),
            real: set(case, "real"),
            fake: set(case, "fake"),
            expected: case.clone(),
        })
        .collect()
}

impl Description {
    fn deserialize_from(value: &Value) -> Self {
        serde_json::from_value(value.clone()).unwrap()
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn counts(value: &Value) -> Vec<usize> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn precision_recall_density_and_coverage_equal_prdc_to_the_last_bit() {
    for case in cases() {
        let found = prdc(case.real.view(), case.fake.view(), DEFAULT_NEAREST_K).unwrap();
        same_bits(&case.name, found, &case.expected["prdc"]);
        let radii = nearest_neighbor_radii(case.real.view(), DEFAULT_NEAREST_K).unwrap();
        let alone = coverage(case.real.view(), &radii, case.fake.view()).unwrap();
        assert_eq!(alone.to_bits(), found.coverage.to_bits(), "{}", case.name);
    }
}

#[test]
fn identical_normals_score_as_prdc_finds() {
    let fixtures = fixtures();
    let case = &fixtures["identical_normals"];
    let set = |key: &str| Description::deserialize_from(&case[key]).samples();
    let found = prdc(set("real").view(), set("fake").view(), DEFAULT_NEAREST_K).unwrap();
    same_bits("identical normals", found, &case["prdc"]);
}

#[test]
fn vendi_scores_agree_with_vendi_score() {
    for case in cases() {
        let bandwidth = number(&case.expected["bandwidth"]);
        for (samples, key) in [(&case.real, "vendi_real"), (&case.fake, "vendi_fake")] {
            let expected = &case.expected[key];
            let score = |kernel, order| {
                let options = VendiOptions { kernel, order, ..VendiOptions::default() };
                vendi_score(samples.view(), &options).unwrap().score
            };
            let kernels = [("rbf", Kernel::Rbf { bandwidth }), ("linear", Kernel::Linear), ("cosine", Kernel::Cosine)];
            for (name, kernel) in kernels {
                for (order_name, order) in [("1", 1.0), ("2", 2.0), ("inf", f64::INFINITY)] {
                    let what = format!("{} {key} {name} of order {order_name}", case.name);
                    close(&what, score(kernel, order), number(&expected[name][order_name]), TOLERANCE, 0.0);
                }
            }
            for name in ["cosine by score_X", "cosine by score_dual"] {
                let what = format!("{} {key} {name}", case.name);
                close(&what, score(Kernel::Cosine, 1.0), number(&expected[name]), TOLERANCE, 0.0);
            }
            if let Some(half) = expected["rbf of order a half"].as_f64() {
                close(&case.name, score(Kernel::Rbf { bandwidth }, 0.5), half, TOLERANCE, 0.0);
            }
        }
    }
}

#[test]
fn frechet_distances_agree_with_torch_fidelity() {
    for case in cases() {
        let found = frechet_distance(case.real.view(), case.fake.view()).unwrap();
        let expected = &case.expected["frechet"];
        let deficient = expected["deficient"].as_bool().unwrap();
        let tolerance = if deficient { 1e-4 } else { TOLERANCE };
        // Equal samples have a distance of 0 up to rounding, of which the traces set the scale.
        let floor = 1e-6 * number(&expected["scale"]);
        close(&case.name, found.distance, number(&expected["distance"]), tolerance, floor);
        assert_eq!(found.rank_deficient(), deficient, "{}", case.name);
        assert_eq!(vec![found.real_rank, found.fake_rank], counts(&expected["ranks"]), "{}", case.name);
    }
}

#[test]
fn kernel_distances_agree_with_the_formula_of_torch_fidelity() {
    for case in cases() {
        let expected = &case.expected["kernel_distance"];
        let found = kernel_distance(case.real.view(), case.fake.view(), &KernelDistanceOptions::default()).unwrap();
        close(&case.name, found.distance, number(&expected["distance"]), TOLERANCE, 1e-6 * number(&expected["scale"]));
        // A subset of all rows is a permutation of them.
        if case.real.rows == case.fake.rows {
            let options = KernelDistanceOptions { subsets: 2, subset_rows: case.real.rows, seed: 3 };
            let again = kernel_distance(case.real.view(), case.fake.view(), &options).unwrap();
            close(&case.name, again.distance, found.distance, TOLERANCE, 1e-6 * number(&expected["scale"]));
        }
    }
}

#[test]
fn bins_agree_with_the_script_of_gans_n_gmms() {
    for case in cases() {
        let expected = &case.expected["bins"];
        let rows: Vec<usize> = (0..number(&expected["centers"]) as usize).collect();
        let bins = Bins::around(&case.real.view().gather(&rows), case.real.view()).unwrap();
        assert_eq!(bins.real_counts(), counts(&expected["real_counts"]), "{}", case.name);
        let report = bins.compare(case.fake.view(), DEFAULT_SIGNIFICANCE).unwrap();
        assert_eq!(report.fake_counts, counts(&expected["fake_counts"]), "{}", case.name);
        assert_eq!(report.different, number(&expected["different"]) as usize, "{}", case.name);
        close(&case.name, report.jensen_shannon, number(&expected["jensen_shannon"]), TOLERANCE, 1e-9);
        let again = compare_bins(bins.real_counts(), &report.fake_counts, DEFAULT_SIGNIFICANCE).unwrap();
        assert_eq!(again, report);
    }
}

#[test]
fn sliced_wasserstein_distances_agree_with_scipy() {
    for case in cases() {
        let (seed, rows) = (&case.expected["directions"]["seed"], &case.expected["directions"]["rows"]);
        let (seed, rows) = (seed.as_u64().unwrap(), number(rows) as usize);
        // The formula's numbers fit f32 exactly, so both sides have the same directions.
        let values: Vec<f32> = normals(seed, rows, case.real.columns).into_iter().map(|value| value as f32).collect();
        let directions = MatrixView::new(&values, rows, case.real.columns).unwrap();
        for (name, order) in [("first", WassersteinOrder::First), ("second", WassersteinOrder::Second)] {
            let found = sliced_wasserstein_along(case.real.view(), case.fake.view(), directions, order).unwrap();
            let what = format!("{} {name}", case.name);
            close(&what, found, number(&case.expected["sliced"][name]), TOLERANCE, 1e-9);
        }
    }
}

#[test]
fn diversity_agrees_with_numpy() {
    for case in cases() {
        for (samples, key) in [(&case.real, "diversity_real"), (&case.fake, "diversity_fake")] {
            let found = diversity_report(samples.view(), &DiversityOptions::default()).unwrap();
            let expected = &case.expected[key];
            close(&case.name, found.mean, number(&expected["mean"]), TOLERANCE, 1e-9);
            close(&case.name, found.std, number(&expected["std"]), TOLERANCE, 0.0);
            let distance = number(&expected["mean_pairwise_distance"]);
            close(&case.name, found.mean_pairwise_distance, distance, TOLERANCE, 0.0);
        }
    }
}

#[test]
fn mode_counts_agree_with_numpy() {
    let corner = 0.703_125_f32;
    let signs = [(1.0, 0.0), (corner, corner), (0.0, 1.0), (-corner, corner)];
    let centers: Vec<f32> =
        signs.iter().flat_map(|(x, y)| [*x, *y]).chain(signs.iter().flat_map(|(x, y)| [-x, -y])).collect();
    let mut seen = 0;
    for case in cases() {
        for (samples, key) in [(&case.real, "modes_real"), (&case.fake, "modes_fake")] {
            let Some(expected) = case.expected.get(key) else { continue };
            let std = number(&expected["std"]) as f32;
            let modes = Modes::new(centers.clone(), 2, vec![std; 8]).unwrap();
            let found = mode_report(samples.view(), &modes).unwrap();
            seen += 1;
            assert_eq!(found.histogram, counts(&expected["histogram"]), "{}", case.name);
            assert_eq!(found.modes_covered, number(&expected["modes_covered"]) as usize);
            assert_eq!(found.modes_covered_20, number(&expected["modes_covered_20"]) as usize);
            assert_eq!(found.high_quality.to_bits(), number(&expected["high_quality"]).to_bits());
            close(&case.name, found.reverse_kl, number(&expected["reverse_kl"]), TOLERANCE, 1e-9);
            close(&case.name, found.jensen_shannon, number(&expected["jensen_shannon"]), TOLERANCE, 1e-9);
        }
    }
    assert_eq!(seen, 4);
}

#[test]
fn inception_scores_agree_with_the_formula_of_torch_fidelity() {
    for row in fixtures()["inception"].as_array().unwrap() {
        let field = |name: &str| number(&row[name]) as usize;
        let (rows, classes) = (field("rows"), field("classes"));
        let weights = bits(row["seed"].as_u64().unwrap(), rows * classes);
        let values: Vec<f32> = weights
            .chunks(classes)
            .flat_map(|row_weights| {
                let powers: Vec<f64> = row_weights.iter().map(|w| w.pow(field("power") as u32) as f64).collect();
                let sum: f64 = powers.iter().sum();
                powers.into_iter().map(move |weight| (weight / sum) as f32)
            })
            .collect();
        let found = inception_score(MatrixView::new(&values, rows, classes).unwrap(), field("splits")).unwrap();
        close("score", found.score, number(&row["score"]), TOLERANCE, 0.0);
        close("std", found.std, number(&row["std"]), TOLERANCE, 1e-6);
    }
}
