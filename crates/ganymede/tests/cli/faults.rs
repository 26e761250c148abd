//! Files that are damaged, disks that are full, streams that are closed: nothing is lost and nothing misread.

use std::fs;
use std::process::Command;

use crate::equality::{assert_same, checkpoints};
use crate::support::Workplace;

/// A finished run of `tiny.toml` in `whole`, and one in `run` that has made 15 of its 20 steps.
fn unfinished() -> Workplace {
    let workplace = Workplace::new();
    for run in ["whole", "run"] {
        workplace
            .succeed(&format!("train tiny.toml --quiet --out {run} --set checkpoint.every=5 --set checkpoint.keep=3"));
    }
    for name in ["run/summary.json", "run/generator.safetensors", "run/checkpoints/00000020.safetensors"] {
        fs::remove_file(workplace.path(name)).unwrap();
    }
    workplace
}

/// Goes on with `run`: either it ends where the whole run does, or it is refused in one line that names a file.
fn goes_on_or_is_refused(workplace: &Workplace, file: &str, what: &str) -> bool {
    let ended = workplace.run("train --resume run --quiet");
    match ended.code {
        Some(0) => {
            assert_same(workplace, "whole", "run", what);
            true
        }
        Some(2) => {
            let errors: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
            assert_eq!(errors.len(), 1, "{what}: {ended:?}");
            assert!(errors[0].contains(file), "{what}: {file} is named in {ended:?}");
            assert!(!ended.stderr.contains("panicked"), "{what}: {ended:?}");
            false
        }
        _ => panic!("{what}: {ended:?}"),
    }
}

/// The files of `run` as they are, to bring them back.
fn contents(workplace: &Workplace) -> Vec<(String, Vec<u8>)> {
    let files =
        workplace.listing().into_iter().filter(|name| name.starts_with("run/") && workplace.path(name).is_file());
    files.map(|name| (name.clone(), workplace.bytes(&name))).collect()
}

fn bring_back(workplace: &Workplace, files: &[(String, Vec<u8>)]) {
    fs::remove_dir_all(workplace.path("run")).unwrap();
    fs::create_dir_all(workplace.path("run/checkpoints")).unwrap();
    for (name, bytes) in files {
        workplace.write(name, bytes);
    }
}

#[test]
fn damage_to_any_file_is_noticed_or_harmless() {
    let workplace = unfinished();
    let files = contents(&workplace);
    let mut survived = 0;
    for name in ["config.toml", "stats.jsonl", "best.safetensors", "checkpoints/00000015.safetensors"] {
        let path = format!("run/{name}");
        let whole = workplace.bytes(&path);
        let length = whole.len();
        let damages = (0..12).map(|index| (index * length / 12 + index, Some(1_u8 << (index % 8))));
        let cuts = [0, 1, 7, 8, length / 3, length - 1].map(|end| (end, None));
        for (place, flip) in damages.chain(cuts) {
            bring_back(&workplace, &files);
            let mut bytes = whole.clone();
            match flip {
                Some(bit) => bytes[place.min(length - 1)] ^= bit,
                None => bytes.truncate(place),
            }
            workplace.write(&path, bytes);
            let what = format!("{path} damaged at {place} by {flip:?}");
            survived += usize::from(goes_on_or_is_refused(&workplace, "run/", &what));
        }
    }
    assert!(survived >= 30, "a damaged checkpoint costs an interval, not the run: {survived}");
}

#[test]
fn a_damaged_checkpoint_is_told_and_put_aside() {
    let workplace = unfinished();
    let latest = "run/checkpoints/00000015.safetensors";
    let mut bytes = workplace.bytes(latest);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    workplace.write(latest, bytes);
    let ended = workplace.succeed("train --resume run");
    assert!(ended.stderr.contains("warning: run/checkpoints/00000015.safetensors: the checksum"), "{ended:?}");
    assert!(ended.stderr.contains("continues from step 10"), "{ended:?}");
    assert!(workplace.path("run/checkpoints/00000015.damaged").exists());
    assert_same(&workplace, "whole", "run", "from the checkpoint before");
}

#[test]
fn without_any_whole_checkpoint_the_remedy_is_told() {
    let workplace = unfinished();
    for name in checkpoints(&workplace, "run") {
        workplace.write(&name, "no checkpoint");
    }
    let ended = workplace.run("train --resume run --quiet");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let error = ended.stderr.lines().last().unwrap();
    for fragment in ["00000015.safetensors", "no checkpoint can be used", "remove run/checkpoints to begin again"] {
        assert!(error.contains(fragment), "{fragment} in {error}");
    }
    fs::remove_dir_all(workplace.path("run/checkpoints")).unwrap();
    workplace.succeed("train --resume run --quiet");
    assert_same(&workplace, "whole", "run", "from nothing");
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_told_and_the_one_before_kept() {
    for (on_failure, goes_on) in [("warn", true), ("stop", false)] {
        let workplace = Workplace::new();
        let checkpoint = format!("--set checkpoint.every=5 --set checkpoint.on_failure=\"{on_failure}\"");
        workplace.succeed(&format!("train tiny.toml --quiet --out run {checkpoint}"));
        // A folder where the half-written file goes, as a stand-in for a disk that refuses.
        let obstacle = workplace.path("run/checkpoints/00000025.safetensors.partial");
        fs::create_dir_all(obstacle.join("inside")).unwrap();
        let ended = workplace.run("train --resume run --quiet --steps 30");
        let name = "run/checkpoints/00000025.safetensors: cannot be written";
        assert!(ended.stderr.contains(name), "{ended:?}");
        assert!(workplace.path("run/checkpoints/00000020.safetensors").exists(), "the last whole one is kept");
        if goes_on {
            assert_eq!(ended.code, Some(0), "{ended:?}");
            assert!(ended.stderr.starts_with("warning: "), "{ended:?}");
            assert!(workplace.path("run/checkpoints/00000030.safetensors").exists());
        } else {
            assert_eq!(ended.code, Some(1), "{ended:?}");
            fs::remove_dir_all(&obstacle).unwrap();
            workplace.succeed("train --resume run --quiet");
        }
        workplace.succeed(&format!("train run/config.toml --quiet --out whole {checkpoint}"));
        assert_same(&workplace, "whole", "run", on_failure);
    }
}

/// A disk of 300 KB, where the system lets a user make one.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_costs_nothing_but_time() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out whole --steps 40 --set checkpoint.every=5 --set detector.every=1");
    fs::create_dir(workplace.path("disk")).unwrap();
    // Filled to the brim while the run is on its way, and emptied before it is gone on with.
    let script = "mount -t tmpfs -o size=600k none disk || exit 77; \
                  \"$0\" train tiny.toml --quiet --out disk/run --steps 20 --set checkpoint.every=5 --set detector.every=1 || exit 70; \
                  dd if=/dev/zero of=disk/filler bs=1k 2>/dev/null; \
                  \"$0\" train --resume disk/run --quiet --steps 40; full=$?; \
                  rm disk/filler; \
                  \"$0\" train --resume disk/run --quiet --set steps=40 || exit 71; \
                  cp -r disk/run run; exit $full";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_ganymede")]);
    let known = Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]).status();
    if !known.is_ok_and(|status| status.success()) {
        eprintln!("LEFT OUT: this system gives users no disks of their own (unshare --user --mount)");
        return;
    }
    let ended = workplace.ended(&mut command);
    if ended.code == Some(77) {
        eprintln!("LEFT OUT: this system lets users mount no tmpfs");
        return;
    }
    assert!(matches!(ended.code, Some(1 | 2)), "{ended:?}");
    assert!(ended.stderr.contains("No space left on device"), "{ended:?}");
    assert_same(&workplace, "whole", "run", "after the disk was full");
}

#[cfg(unix)]
#[test]
fn nobody_has_to_listen() {
    for redirection in [">&-", "2>&-", ">&- 2>&- <&-", "| true"] {
        let workplace = Workplace::new();
        let script = format!("\"$0\" train tiny.toml --out run {redirection}");
        let mut command = Command::new("sh");
        let ended = workplace.ended(command.args(["-c", &script, env!("CARGO_BIN_EXE_ganymede")]));
        assert_eq!(ended.code, Some(0), "{redirection}: {ended:?}");
        // A pipe's exit code is that of its end.
        assert!(workplace.path("run/summary.json").exists() || redirection == "| true", "{redirection}");
    }
}
