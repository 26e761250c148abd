//! `diagnose`: exit codes, the report, the JSON object, run folders and pictures.

use serde_json::Value;

use crate::support::{Ended, TINY, Workplace, floats, npy};

/// Points around the first `modes` of eight modes on a circle of radius 2, other ones for each number of rows and modes.
pub(crate) fn ring(rows: usize, modes: usize) -> Vec<f32> {
    // SplitMix64, for numbers in [0, 1) that every machine draws alike.
    let uniform = |index: usize| {
        let mut state = ((rows * 31 + modes) as u64) << 32 | index as u64;
        state = state.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((state ^ (state >> 31)) >> 40) as f32 / (1 << 24) as f32
    };
    (0..rows)
        .flat_map(|row| {
            let angle = std::f32::consts::TAU * (row % modes) as f32 / 8.0;
            let (far, turn) = (0.05 * uniform(2 * row).sqrt(), std::f32::consts::TAU * uniform(2 * row + 1));
            [2.0 * angle.cos() + far * turn.cos(), 2.0 * angle.sin() + far * turn.sin()]
        })
        .collect()
}

/// An `.npy` file of points in the plane.
pub(crate) fn points(values: &[f32]) -> Vec<u8> {
    npy("<f4", &format!("({}, 2)", values.len() / 2), &floats(values))
}

/// An `.npy` file of labels.
fn labels(rows: usize, label: impl Fn(usize) -> i64) -> Vec<u8> {
    let bytes: Vec<u8> = (0..rows).flat_map(|row| label(row).to_le_bytes()).collect();
    npy("<i8", &format!("({rows},)"), &bytes)
}

/// With `real.npy`, eight modes, and `fake-N.npy`, N of them.
fn rings() -> Workplace {
    let workplace = Workplace::new();
    workplace.write("real.npy", points(&ring(800, 8)));
    for modes in [1, 5, 7, 8] {
        workplace.write(&format!("fake-{modes}.npy"), points(&ring(790, modes)));
    }
    workplace
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap()
}

const KEYS: [&str; 20] = [
    "verdict",
    "signals",
    "mean",
    "std",
    "mean_pairwise_distance",
    "std_ratio",
    "distance_ratio",
    "precision",
    "recall",
    "density",
    "coverage",
    "vendi",
    "vendi_ratio",
    "ndb",
    "ndb_js",
    "frechet",
    "kernel_distance",
    "sliced_wasserstein",
    "support_size",
    "per_class",
];

#[test]
fn the_verdict_is_the_first_word_and_the_exit_code() {
    let workplace = rings();
    workplace.write("picture.npy", npy("<f4", "(60, 4)", &floats(&[0.5, -0.5, 0.25, 0.0].repeat(60))));
    for (arguments, code, verdict) in [
        ("--fake fake-8.npy --real real.npy", 0, "healthy"),
        ("--fake fake-7.npy --real real.npy", 3, "suspect"),
        ("--fake fake-5.npy --real real.npy", 4, "collapsed"),
        ("--fake fake-1.npy --real real.npy", 4, "collapsed"),
        ("--fake fake-8.npy", 0, "healthy"),
        ("--fake fake-1.npy", 4, "collapsed"),
        ("--fake picture.npy", 4, "collapsed"),
    ] {
        let ended = workplace.run(&format!("diagnose {arguments}"));
        assert_eq!(ended.code, Some(code), "{arguments}: {ended:?}");
        assert!(ended.stdout.starts_with(&format!("{verdict}: ")), "{arguments}: {ended:?}");
        assert_eq!(ended.stderr, "", "{arguments}");
        assert!(ended.stdout.lines().count() <= 42, "{arguments}: {}", ended.stdout);
        let answer = workplace.run(&format!("diagnose {arguments} --json"));
        assert_eq!((answer.code, json(&answer)["verdict"].as_str()), (Some(code), Some(verdict)), "{arguments}");
        assert_eq!(ended.stdout.contains("[[strategy]]"), code != 0, "{arguments}: {}", ended.stdout);
    }
    assert_eq!(workplace.listing().len(), 7, "nothing is written without --out: {:?}", workplace.listing());
}

#[test]
fn the_report_names_what_is_lost_and_what_to_try() {
    let workplace = rings();
    let report = workplace.run("diagnose --fake fake-5.npy --real real.npy").stdout;
    for text in [
        "kept_share 0.6",
        "of the real data lie in parts where hardly any fake sample falls",
        "missing: 3 of 8 parts",
        "0 fake, around (",
        "fake         real   healthy",
        "coverage near 0.97",
        "try next: unrolled",
        "or: multi-generator",
    ] {
        assert!(report.contains(text), "{text}: {report}");
    }
}

#[cfg(feature = "all-strategies")]
#[test]
fn the_lines_to_paste_are_a_configuration() {
    let workplace = rings();
    workplace.write("classes.npy", labels(800, |row| (row % 8) as i64));
    for arguments in ["", "--real-labels classes.npy"] {
        let answer = json(&workplace.run(&format!("diagnose --fake fake-1.npy --real real.npy --json {arguments}")));
        let advice = answer["try_next"].as_array().unwrap();
        assert!(advice.len() >= 2, "{answer}");
        for advice in advice {
            let lines = advice["config"].as_str().unwrap();
            assert!(lines.starts_with("[[strategy]]\nname = "), "{lines}");
            workplace.write("pasted.toml", format!("{TINY}\n{lines}\n"));
            let ended = workplace.succeed("check pasted.toml");
            assert!(ended.stdout.contains(advice["strategy"].as_str().unwrap()), "{ended:?}");
            assert_eq!(advice["in_build"], true);
        }
    }
}

#[test]
fn the_json_object_has_every_key_and_null_where_real_samples_are_needed() {
    let workplace = rings();
    let with = json(&workplace.run("diagnose --fake fake-5.npy --real real.npy --json"));
    let without = json(&workplace.run("diagnose --fake fake-5.npy --json"));
    for key in KEYS {
        let (with, without) = (&with.as_object().unwrap()[key], &without.as_object().unwrap()[key]);
        assert_eq!(with.is_null(), key == "per_class", "{key}: {with}");
        let alone = ["verdict", "signals", "mean", "std", "mean_pairwise_distance", "vendi", "support_size"];
        assert_eq!(without.is_null(), !alone.contains(&key), "{key}: {without}");
    }
    let signals = with["signals"].as_array().unwrap();
    let kept = signals.iter().find(|signal| signal["signal"] == "kept_share").unwrap();
    assert_eq!(kept["verdict"], "collapsed");
    for key in ["value", "p_value", "corrected_p_value"] {
        assert!(kept[key].is_number(), "{key}: {kept}");
    }
    assert!((0.55..0.7).contains(&with["coverage"].as_f64().unwrap()), "{with}");
    assert!(with["precision"].as_f64().unwrap() > 0.9, "{with}");
    let missing = with["missing_bins"].as_array().unwrap();
    assert_eq!(missing.len(), 3, "{missing:?}");
    assert!(missing.iter().all(|bin| bin["fake"] == 0 && bin["center"].as_array().unwrap().len() == 2), "{missing:?}");
    assert!(!without["notes"].as_array().unwrap().is_empty());
}

#[test]
fn labels_add_a_diagnosis_of_each_class() {
    let workplace = rings();
    workplace.write("real-labels.npy", labels(800, |row| (row % 8) as i64));
    workplace.write("fake-labels.csv", (0..790).map(|row| (row % 7).to_string()).collect::<Vec<_>>().join("\n"));
    let words =
        "diagnose --fake fake-7.npy --real real.npy --real-labels real-labels.npy --fake-labels fake-labels.csv";
    let answer = json(&workplace.run(&format!("{words} --json")));
    let classes = answer["per_class"].as_array().unwrap();
    let missing: Vec<u64> =
        classes.iter().filter(|class| class["missing"] == true).map(|class| class["class"].as_u64().unwrap()).collect();
    assert_eq!((classes.len(), missing), (8, vec![7]));
    assert!(classes[0]["distance_ratio"].is_number() && classes[0]["verdict"].is_string(), "{}", classes[0]);
    let report = workplace.run(words).stdout;
    assert!(report.contains("classes missing: 1 of 8: 7"), "{report}");
    assert!(report.contains("try next: conditional"), "{report}");

    // A table brings its labels along.
    let table = |values: &[f32], modes: usize| -> String {
        let rows =
            values.chunks(2).enumerate().map(|(row, point)| format!("{},{},{}\n", point[0], point[1], row % modes));
        "x,y,label\n".to_owned() + &rows.collect::<String>()
    };
    workplace.write("real.csv", table(&ring(800, 8), 8));
    workplace.write("fake.csv", table(&ring(790, 7), 7));
    let same = json(&workplace.run("diagnose --fake fake.csv --real real.csv --json"));
    assert_eq!(same["per_class"].as_array().unwrap().len(), 8, "{same}");
    assert_eq!(same["verdict"], answer["verdict"]);
}

#[test]
fn a_run_is_diagnosed_against_its_own_data() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out run");
    // Twenty steps make no generator: its samples are a blob.
    let ended = workplace.run("diagnose --fake run --json");
    assert!(matches!(ended.code, Some(3 | 4)), "{ended:?}");
    let answer = json(&ended);
    assert_eq!((answer["samples"].as_u64(), answer["real"]["samples"].as_u64()), (Some(200), Some(200)));
    assert!(answer["real_source"].as_str().unwrap().contains("run/config.toml"), "{answer}");
    let summary = workplace.json("run/summary.json");
    for key in ["std", "mean_pairwise_distance", "std_ratio", "distance_ratio"] {
        let (found, recorded) = (answer[key].as_f64().unwrap(), summary[key].as_f64().unwrap());
        assert!((found - recorded).abs() <= 1e-9 * recorded.abs(), "{key}: {found} and in the summary {recorded}");
    }
    // Modes are labels of the real samples, so labels may be used.
    assert_eq!(answer["try_next"][0]["strategy"], "conditional", "{answer}");

    workplace.write("conditional.toml", format!("{TINY}\n[[strategy]]\nname = \"conditional\"\n"));
    if workplace.run("train conditional.toml --quiet --out labelled").code == Some(0) {
        let report = workplace.run("diagnose --fake labelled").stdout;
        assert!(report.contains("try next") && !report.contains("try next: conditional"), "in use already: {report}");
        let classes = json(&workplace.run("diagnose --fake labelled --json"))["per_class"].clone();
        assert_eq!(classes.as_array().map(Vec::len), Some(8), "the run tells the classes of its samples: {classes}");
    }

    // Other real samples than the run's.
    workplace.write("real.npy", points(&ring(300, 8)));
    assert_eq!(json(&workplace.run("diagnose --fake run --real real.npy --json"))["real"]["samples"], 300);
    // Real samples that pose as fakes are healthy.
    workplace.write("run/samples.npy", points(&ring(400, 8)));
    workplace.succeed("diagnose --fake run/samples.npy --real real.npy");
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let workplace = rings();
    let answer =
        |seed: u64| workplace.run(&format!("diagnose --fake fake-7.npy --real real.npy --json --seed {seed}")).stdout;
    assert_eq!(answer(3), answer(3));
    assert_ne!(answer(3), answer(4));
}

#[test]
fn pictures_show_the_missing_and_the_over_represented_parts() {
    let workplace = rings();
    let picture = |kind: usize, row: usize| -> Vec<f32> {
        (0..36)
            .map(|pixel| if pixel % 6 == kind { 1.0 } else { ((row * 7 + pixel) % 13) as f32 / 60.0 - 1.0 })
            .collect()
    };
    let file = |rows: usize, kinds: usize| {
        let values: Vec<f32> = (0..rows).flat_map(|row| picture(row % kinds, row)).collect();
        npy("<f4", &format!("({rows}, 6, 6)"), &floats(&values))
    };
    workplace.write("real-pictures.npy", file(300, 6));
    workplace.write("fake-pictures.npy", file(300, 2));
    let ended = workplace.run("diagnose --fake fake-pictures.npy --real real-pictures.npy --out deep/out");
    assert_eq!(ended.code, Some(4), "{ended:?}");
    for name in ["deep/out/missing.png", "deep/out/over-represented.png"] {
        assert!(workplace.bytes(name).starts_with(b"\x89PNG"), "{name}");
        assert!(ended.stdout.contains(&format!("picture: {name}")), "{ended:?}");
    }
    assert!(ended.stdout.contains("missing: 4 of 6 parts") && ended.stdout.contains("such as the real samples"));
    // Without real pictures there are no parts, and the fakes themselves are drawn.
    workplace.run("diagnose --fake fake-pictures.npy --out alone");
    assert!(workplace.bytes("alone/samples.png").starts_with(b"\x89PNG"));
    // Points are drawn as points.
    workplace.run("diagnose --fake fake-5.npy --real real.npy --out points");
    assert!(workplace.bytes("points/samples.png").starts_with(b"\x89PNG"));
}

#[test]
fn sets_that_seem_to_be_scaled_differently_are_told() {
    let workplace = Workplace::new();
    let values =
        |scale: f32| -> Vec<f32> { (0..3_200_u32).map(|index| scale * ((index * index) % 101) as f32).collect() };
    for (name, scale) in [("real.npy", 2.55), ("fake.npy", 0.01)] {
        workplace.write(name, npy("<f4", "(200, 16)", &floats(&values(scale))));
    }
    let ended = workplace.run("diagnose --fake fake.npy --real real.npy");
    assert!(ended.stdout.contains("are both scaled alike?"), "{ended:?}");
}
