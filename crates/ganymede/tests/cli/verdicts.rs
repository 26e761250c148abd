//! Verdicts that can be trusted: samples of a known state, and runs whose summary says what their diagnosis says.

use std::f32::consts::TAU;

use ganymede_files::{NpzArray, write_npz};
use serde_json::Value;

use crate::support::{Ended, TINY, Workplace, floats, npy};

/// Numbers that every machine draws alike: `SplitMix64` and Box-Muller.
struct Draws {
    state: u64,
}

impl Draws {
    fn new(seed: u64) -> Self {
        Self { state: seed << 32 }
    }

    fn uniform(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1 << 24) as f32
    }

    fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }

    fn normals(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.normal()).collect()
    }

    fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f32) as usize
    }

    /// Points around some of eight modes on a circle of radius 2.
    fn ring(&mut self, rows: usize, modes: usize) -> Vec<f32> {
        (0..rows)
            .flat_map(|_| {
                let angle = TAU * self.below(modes) as f32 / 8.0;
                [2.0 * angle.cos() + 0.05 * self.normal(), 2.0 * angle.sin() + 0.05 * self.normal()]
            })
            .collect()
    }

    /// Rows around centres, with their classes; the width is that of a centre.
    fn clusters(&mut self, centres: &[Vec<f32>], rows: usize, width: f32) -> (Vec<f32>, Vec<usize>) {
        let classes: Vec<usize> = (0..rows).map(|_| self.below(centres.len())).collect();
        let values = classes.iter().flat_map(|class| &centres[*class]).copied().collect::<Vec<f32>>();
        (values.into_iter().map(|value| value + width * self.normal()).collect(), classes)
    }
}

fn array(workplace: &Workplace, name: &str, width: usize, values: &[f32]) {
    workplace.write(name, npy("<f4", &format!("({}, {width})", values.len() / width), &floats(values)));
}

fn labelled(workplace: &Workplace, name: &str, width: usize, (values, labels): &(Vec<f32>, Vec<usize>)) {
    let shape = [labels.len(), width];
    let arrays = [("samples", NpzArray::Floats { values, shape: &shape }), ("labels", NpzArray::Labels(labels))];
    write_npz(&workplace.path(name), &arrays).unwrap();
}

/// The columns side by side.
fn columns(first: &[f32], second: &[f32]) -> Vec<f32> {
    first.iter().zip(second).flat_map(|(first, second)| [*first, *second]).collect()
}

/// Sets of samples whose state is known.
pub(crate) fn write_sets(workplace: &Workplace) {
    let mut draws = Draws::new(1);
    array(workplace, "ring.npy", 2, &draws.ring(1_000, 8));
    array(workplace, "ring-again.npy", 2, &draws.ring(1_000, 8));
    array(workplace, "five-modes.npy", 2, &draws.ring(1_000, 5));
    // Thirty-two points, four at each mode, over and over.
    let few: Vec<f32> = (0..32)
        .flat_map(|point| {
            let angle = TAU * point as f32 / 8.0;
            [2.0 * angle.cos() + 0.05 * draws.normal(), 2.0 * angle.sin() + 0.05 * draws.normal()]
        })
        .collect();
    array(workplace, "repeated.npy", 2, &few.repeat(40));
    array(workplace, "eight-points.npy", 2, &draws.normals(16).repeat(250));
    // Ten classes far apart in many dimensions, and few samples of one of them.
    let centres: Vec<Vec<f32>> = (0..10).map(|_| draws.normals(64)).collect();
    array(workplace, "wide.npy", 64, &draws.clusters(&centres, 900, 0.5).0);
    array(workplace, "wide-again.npy", 64, &draws.clusters(&centres, 900, 0.5).0);
    array(workplace, "one-class.npy", 64, &draws.clusters(&centres[1..2], 89, 0.5).0);
    // Two hundred classes of five rows, and half of them.
    let many: Vec<Vec<f32>> = (0..200).map(|_| draws.normals(16)).collect();
    labelled(workplace, "classes-real.npz", 16, &draws.clusters(&many, 1_000, 1.0));
    labelled(workplace, "classes-fake.npz", 16, &draws.clusters(&many[..100], 500, 1.0));
    // Labels that mean nothing.
    let (values, classes) = draws.clusters(&centres, 900, 0.5);
    labelled(workplace, "digits-real.npz", 64, &(values, classes));
    let (values, classes) = draws.clusters(&centres, 900, 0.5);
    labelled(workplace, "digits-fake.npz", 64, &(values.clone(), classes.clone()));
    let elsewhere = classes.iter().map(|_| draws.below(10)).collect();
    labelled(workplace, "digits-unlabelled.npz", 64, &(values, elsewhere));
    array(workplace, "zeros.npy", 8, &[0.0; 4_000]);
    array(workplace, "const.npy", 8, &[1.0; 4_000]);
    array(workplace, "one.npy", 2, &[0.5, 0.25]);
    array(workplace, "three.npy", 2, &draws.ring(3, 8));
    // A column of another unit hides that the other one does not vary.
    let income: Vec<f32> = draws.normals(1_000).iter().map(|value| 1e4 * value).collect();
    let income_again: Vec<f32> = draws.normals(1_000).iter().map(|value| 1e4 * value).collect();
    array(workplace, "table-real.npy", 2, &columns(&draws.normals(1_000), &income));
    array(workplace, "table-again.npy", 2, &columns(&draws.normals(1_000), &income_again));
    array(workplace, "table-fake.npy", 2, &columns(&[0.0; 1_000], &income_again));
    // Three times as far out, and twenty times.
    let wide: Vec<f32> = draws.ring(1_000, 8).iter().map(|value| 20.0 * value).collect();
    array(workplace, "run-away.npy", 2, &wide);
    array(workplace, "noise.npy", 2, &(0..2_000).map(|_| 5.0 * (draws.uniform() - 0.5)).collect::<Vec<f32>>());
    // The same pictures on two scales.
    let (pixels, _) = draws.clusters(&centres, 600, 0.3);
    let unit: Vec<f32> = pixels.iter().map(|value| (0.5 + 0.12 * value).clamp(0.0, 1.0)).collect();
    array(workplace, "unit.npy", 64, &unit[..300 * 64]);
    array(
        workplace,
        "bytes.npy",
        64,
        &unit[300 * 64..].iter().map(|value| (255.0 * value).round()).collect::<Vec<f32>>(),
    );
}

/// Exit code, the word at the beginning, and the headline.
type Expected = (i32, &'static str, &'static [&'static str]);

const COLLAPSED: &str = "collapsed";
const INCONCLUSIVE: &str = "inconclusive";

fn sets() -> Vec<(&'static str, Expected)> {
    vec![
        // What is there is called so.
        ("--fake ring-again.npy --real ring.npy", (0, "healthy", &["complete"])),
        ("--fake wide.npy --real wide-again.npy", (0, "healthy", &["complete"])),
        ("--fake digits-fake.npz --real digits-real.npz", (0, "healthy", &["complete"])),
        ("--fake table-again.npy --real table-real.npy", (0, "healthy", &["complete"])),
        // Collapses that only one kind of figure sees.
        ("--fake five-modes.npy --real ring.npy", (4, COLLAPSED, &["modes-lost"])),
        ("--fake one-class.npy --real wide.npy", (4, COLLAPSED, &["modes-lost", "spread-lost"])),
        ("--fake repeated.npy --real ring.npy", (4, COLLAPSED, &["repeats"])),
        ("--fake eight-points.npy", (4, COLLAPSED, &["repeats"])),
        ("--fake classes-fake.npz --real classes-real.npz", (4, COLLAPSED, &["modes-lost"])),
        ("--fake table-fake.npy --real table-real.npy", (4, COLLAPSED, &["spread-lost", "modes-lost"])),
        // No evidence is no health.
        ("--fake zeros.npy --real const.npy", (5, INCONCLUSIVE, &["cannot-tell"])),
        ("--fake ring.npy", (5, INCONCLUSIVE, &["cannot-tell"])),
        ("--fake one.npy --real ring.npy", (5, INCONCLUSIVE, &["cannot-tell"])),
        ("--fake ring.npy --real one.npy", (5, INCONCLUSIVE, &["cannot-tell"])),
        ("--fake three.npy --real ring.npy", (5, INCONCLUSIVE, &["cannot-tell"])),
        ("--fake unit.npy --real bytes.npy", (5, INCONCLUSIVE, &["scale-mismatch"])),
        // Other faults have other names.
        ("--fake digits-unlabelled.npz --real digits-real.npz", (3, "suspect", &["labels-ignored"])),
        ("--fake run-away.npy --real ring.npy", (3, "suspect", &["divergence"])),
        ("--fake noise.npy --real ring.npy", (3, "suspect", &["not-learnt"])),
    ]
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

#[test]
fn samples_of_a_known_state_are_called_what_they_are() {
    let workplace = Workplace::new();
    write_sets(&workplace);
    let mut wrong = Vec::new();
    for (words, (code, verdict, headlines)) in sets() {
        let answer = workplace.run(&format!("diagnose {words} --json"));
        let found = json(&answer);
        let headline = found["headline"].as_str().unwrap();
        if (answer.code, found["verdict"].as_str()) != (Some(code), Some(verdict)) || !headlines.contains(&headline) {
            wrong.push(format!("{words}: {:?} {} {headline}: {}", answer.code, found["verdict"], found["reasons"]));
        }
        assert_eq!(found["try_next"].as_array().unwrap().is_empty(), code == 0, "{words}: {found}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_report_is_read_in_ten_seconds() {
    let workplace = Workplace::new();
    write_sets(&workplace);
    for (words, (code, verdict, _)) in sets() {
        let ended = workplace.run(&format!("diagnose {words}"));
        assert_eq!(ended.code, Some(code), "{words}: {ended:?}");
        let lines: Vec<&str> = ended.stdout.lines().collect();
        assert!(lines[0].starts_with(&format!("{verdict}: ")), "{words}: {}", ended.stdout);
        assert!(lines.len() <= 24, "{words}: {}", ended.stdout);
        let reasons = lines.iter().filter(|line| line.starts_with("  - ")).count();
        assert!(reasons <= 3 && (reasons > 0) == matches!(code, 3 | 4), "{words}: {}", ended.stdout);
        assert_eq!(lines.iter().any(|line| line.starts_with("do: ")), code != 0, "{words}: {}", ended.stdout);
        assert!(!ended.stdout.contains("Frechet"), "figures are for --verbose: {}", ended.stdout);
        let all = workplace.run(&format!("diagnose {words} --verbose"));
        assert!(all.code == ended.code && all.stdout.contains("mean pairwise distance"), "{words}: {all:?}");
    }
}

/// A run on the points of a file.
fn on_file(file: &str) -> String {
    let start = TINY.find("[data]").unwrap();
    let end = TINY.find("[latent]").unwrap();
    format!("{}[data]\nkind = \"file\"\npath = \"{file}\"\n\n{}", &TINY[..start], &TINY[end..])
}

#[test]
fn a_run_and_its_diagnosis_never_disagree() {
    let workplace = Workplace::new();
    write_sets(&workplace);
    array(&workplace, "equal.npy", 2, &[0.5, 0.25].repeat(100));
    for name in ["ring", "one", "equal", "wide"] {
        workplace.write(&format!("{name}-points.toml"), on_file(&format!("{name}.npy")));
    }
    let longer = "--set steps=300 --set evaluation.every=300 --set evaluation.samples=500";
    let rows: [(&str, &str, Option<&str>); 8] = [
        ("tiny.toml", "", None),
        ("tiny.toml", longer, None),
        ("tiny.toml", "--seed 3", None),
        ("ring-points.toml", longer, None),
        ("ring-points.toml", "--seed 1 --set evaluation.samples=1000", None),
        ("wide-points.toml", "", None),
        ("one-points.toml", "", Some(INCONCLUSIVE)),
        ("equal-points.toml", "", Some(INCONCLUSIVE)),
    ];
    for (index, (config, words, expected)) in rows.into_iter().enumerate() {
        let run = format!("run-{index}");
        let trained = workplace.run(&format!("train {config} {words} --quiet --out {run}"));
        let what = format!("{config} {words}: {trained:?}");
        let summary = workplace.json(&format!("{run}/summary.json"));
        let diagnosed = workplace.run(&format!("diagnose --fake {run} --json"));
        let answer = json(&diagnosed);
        for key in ["verdict", "headline", "doubt", "reasons", "lost"] {
            assert_eq!(summary[key], answer[key], "{key} of {what}");
        }
        let verdict = summary["verdict"].as_str().unwrap();
        if let Some(expected) = expected {
            assert_eq!(verdict, expected, "{what}");
        }
        assert_eq!(trained.code, Some(if verdict == INCONCLUSIVE { 5 } else { 0 }), "{what}");
        assert!(trained.stdout.starts_with(&format!("{verdict}: ")), "{what}");
        let report = workplace.run(&format!("diagnose --fake {run}")).stdout;
        assert_eq!(trained.stdout.lines().next(), report.lines().next(), "{what}");
        assert!(
            trained.stdout.contains("as watched at the last look: ") || trained.stdout.contains("not watched"),
            "{what}"
        );
    }
}

#[test]
fn divergence_is_called_divergence() {
    let workplace = Workplace::new();
    let words = "train tiny.toml --set optimizer.generator.learning_rate=1e3 --set steps=200 --set evaluation.every=100 \
                 --set detector.every=2";
    let ended = workplace.run(&format!("{words} --out warned"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("diverged: the loss "), "{ended:?}");
    let summary = workplace.json("warned/summary.json");
    assert_ne!(summary["verdict"], COLLAPSED, "{summary}");
    assert_eq!(summary["headline"], "divergence", "{summary}");
    let report = workplace.run("diagnose --fake warned").stdout;
    assert!(report.contains("do: train with learning rates at 0.1 of what they are (warned/config.toml:"), "{report}");
    assert!(report.contains("--set optimizer.generator.learning_rate=1e2"), "{report}");

    let ended = workplace.run(&format!("{words} --set detector.on_collapse=stop --out stopped --quiet"));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.starts_with("error: tiny.toml: stopped at step 2: diverged: "), "{ended:?}");
    assert_eq!(workplace.json("stopped/summary.json")["steps"], 2);
}

#[cfg(feature = "all-strategies")]
#[test]
fn advice_works_when_it_is_followed_to_the_letter() {
    let workplace = Workplace::new();
    write_sets(&workplace);
    workplace.run("train tiny.toml --quiet --out run");
    let headlines = ["five-modes.npy", "repeated.npy", "run-away.npy", "noise.npy"];
    for fake in headlines {
        workplace.write("run/samples.npy", workplace.bytes(fake));
        let answer = json(&workplace.run("diagnose --fake run --json"));
        let advice = answer["try_next"].as_array().unwrap();
        assert!(!advice.is_empty(), "{fake}: {answer}");
        for advice in advice {
            if let Some(lines) = advice["config"].as_str() {
                workplace.write("pasted.toml", format!("{}\n{lines}\n", workplace.read("run/config.toml")));
                workplace.succeed("check pasted.toml");
            }
            if let Some(command) = advice["command"].as_str() {
                let words = command.strip_prefix("ganymede ").unwrap();
                let shortened = if words.contains("--resume") { String::new() } else { " --dry-run".to_owned() };
                let ended = workplace.run(&format!("{words}{shortened} --quiet"));
                assert!(matches!(ended.code, Some(0 | 5)), "{fake}: {command}: {ended:?}");
            }
        }
    }
}
