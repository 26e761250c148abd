//! Runs that are killed at any moment, also while they are being saved, and continue as if nothing had been.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::equality::assert_same;
use crate::support::{TINY, Workplace};

/// Kills of each kind of run.
const KILLS: usize = 50;

/// Runs are saved at every step, so that a kill often comes while one is written.
const SAVED: &str = "steps = 12\nbatch_size = 16\nseed = 3\n";

/// What is changed in [`TINY`], beside the strategies: every optimiser, averaging, batch norm, rollback.
const OTHERS: &[(&str, &str)] = &[
    ("baseline", ""),
    ("averaging", "[averaging]\ndecay = 0.9\n"),
    ("sgd", "[optimizer.generator]\nkind = \"sgd\"\nmomentum = 0.9\n[optimizer.discriminator]\nkind = \"sgd\"\n"),
    ("rmsprop and adamw", "[optimizer.generator]\nkind = \"rms-prop\"\n[optimizer.discriminator]\nkind = \"adam-w\"\n"),
    (
        "rollback",
        "[detector]\nevery = 2\non_collapse = \"rollback\"\nmax_rollbacks = 2\nnull_looks = 0\n[detector.rule]\nwarm_up = 0\n\
         progress_window = 0\n[detector.rule.thresholds]\nstd_ratio = { suspect = 99.0, collapsed = 98.0 }\n\
         kept_share = { suspect = 99.0, collapsed = 98.0 }\n",
    ),
];

/// A DCGAN with batch norm, averaging and pictures over the run; replay and augmentation come to it.
const PICTURES: &str = "[data]\nkind = \"glyphs\"\nside = 16\nsamples = 100\n[latent]\nsize = 4\n[generator]\nkind = \"dcgan\"\n\
                        channels = 4\n[discriminator]\nkind = \"dcgan\"\nchannels = 4\n[averaging]\ndecay = 0.9\n\
                        [evaluation]\nevery = 5\nsamples = 100\npictures = 1\n[checkpoint]\nevery = 1\n";

/// Changes of pictures whose probability moves within the run; it refuses points.
const AUGMENTATION: &str = "\n[[strategy]]\nname = \"augmentation\"\npictures = 500\n";

/// The configuration of one kind of run.
fn configuration(extra: &str) -> String {
    let text = TINY.replace("steps = 20\nbatch_size = 16\n", SAVED).replace("every = 10", "every = 5");
    let network = if extra.is_empty() { "batch_norm = true\n" } else { "" };
    let text = text.replace("[generator]\nhidden = [8]\n", &format!("[generator]\nhidden = [8]\n{network}"));
    format!("{text}\n[checkpoint]\nevery = 1\n\n{extra}")
}

/// A strategy's table, as its own file in `configs/` has it.
fn table_of(strategy: &str) -> String {
    let path = format!("{}/../../configs/{strategy}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    text[text.find("[[strategy]]").unwrap()..].to_owned()
}

fn start(workplace: &Workplace, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
    command.args(arguments).current_dir(workplace.path("."));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A pseudo-random number below `bound`: the moments need be scattered, not repeatable.
fn scattered(seed: &mut u64, bound: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % bound
}

/// Kills one kind of run at many moments; every time it comes to its end it must be where the whole run is.
fn survives(name: &str, text: &str, seed: u64) {
    let workplace = Workplace::new();
    workplace.write("run.toml", text);
    let begin = ["train", "run.toml", "--quiet", "--out", "killed"];
    let began = std::time::Instant::now();
    workplace.run_arguments(&["train", "run.toml", "--quiet", "--out", "whole"]);
    let whole = began.elapsed().as_micros() as u64;
    assert!(workplace.path("whole/summary.json").exists(), "{name}: the whole run ends well");
    let (mut kills, mut seed) = (0, seed);
    loop {
        let begun = workplace.path("killed/config.toml").exists();
        if !begun && workplace.path("killed").exists() {
            // Killed before there was anything to resume.
            fs::remove_dir_all(workplace.path("killed")).unwrap();
        }
        let arguments: &[&str] = if begun { &["train", "--resume", "killed", "--quiet"] } else { &begin };
        let mut child = start(&workplace, arguments);
        if kills < KILLS {
            thread::sleep(Duration::from_micros(scattered(&mut seed, whole)));
            child.kill().unwrap();
        }
        let ended = child.wait().unwrap();
        kills += usize::from(ended.code().is_none());
        let code = ended.code();
        assert!(matches!(code, None | Some(0 | 4)), "{name}: resuming after kill {kills} ended with {code:?}");
        if code.is_some() {
            assert_same(&workplace, "whole", "killed", name);
            if kills >= KILLS {
                break;
            }
            fs::remove_dir_all(workplace.path("killed")).unwrap();
        }
    }
    let half = workplace.listing().into_iter().filter(|name| name.ends_with(".partial") || name.ends_with(".damaged"));
    assert_eq!(half.collect::<Vec<_>>(), Vec::<String>::new(), "{name}: nothing half-written is left");
}

#[cfg(unix)]
#[test]
fn every_kind_of_run_survives_fifty_kills() {
    let on_points = ganymede_strategies::NAMES.iter().filter(|name| **name != "augmentation");
    let strategies = on_points.map(|name| ((*name).to_owned(), table_of(name)));
    let others = OTHERS.iter().map(|(name, extra)| ((*name).to_owned(), (*extra).to_owned()));
    let points = strategies.chain(others).map(|(name, extra)| (name, configuration(&extra)));
    let pictures = ("pictures".to_owned(), format!("{SAVED}{PICTURES}{}{AUGMENTATION}", table_of("replay")));
    let kinds: Vec<(String, String)> = points.chain([pictures]).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((name, text)) = kinds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    survives(name, text, name.len() as u64);
                }
            });
        }
    });
}
