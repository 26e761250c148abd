//! What a job of an array does, and how it is submitted.

use std::num::NonZeroUsize;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::config::SlurmConfig;

/// What the names of a sweep's jobs start with: a hash of where it lies, so that it finds its own jobs again.
pub(super) fn prefix(out: &Path) -> String {
    let digest = Sha256::digest(out.display().to_string());
    let bits = digest.iter().take(4).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    format!("ganymede-{bits:08x}-")
}

/// How an array of this many jobs is submitted.
pub(super) fn sbatch_words(config: &SlurmConfig, name: &str, output: &str, count: usize) -> Vec<String> {
    let at_once = config.jobs.map_or(String::new(), |jobs| format!("%{jobs}"));
    let words = [
        "--parsable".to_owned(),
        format!("--job-name={name}"),
        format!("--array=0-{}{at_once}", count - 1),
        format!("--time={}", config.time),
        format!("--mem={}", config.memory),
        format!("--cpus-per-task={}", config.cpus),
        "--requeue".to_owned(),
        "--open-mode=append".to_owned(),
        format!("--signal=B:USR1@{}", config.signal_before),
        format!("--output={output}"),
    ];
    words.into_iter().chain(config.options.iter().cloned()).collect()
}

/// The script of an array.
pub(super) struct Script<'a> {
    /// The sweep's folder.
    pub(super) out: &'a Path,
    /// The array's number.
    pub(super) number: usize,
    /// The program `ganymede`.
    pub(super) program: &'a Path,
    /// The device of the runs.
    pub(super) device: Option<&'a str>,
    /// To which step the runs are trained; to those of their configurations where there is none.
    pub(super) steps: Option<u64>,
}

impl Script<'_> {
    /// Its text. The limit's warning, `USR1`, makes the run save and queues the job again; `TERM`, which comes before Slurm
    /// ends or moves a job, only makes it save.
    pub(super) fn text(&self, cpus: NonZeroUsize) -> String {
        let device = self.device.map_or(String::new(), |device| format!(" --device {}", quoted(device)));
        let steps = self.steps.map_or(String::new(), |steps| format!(" --steps {steps}"));
        // The summary of a run that goes on to a later step is of the earlier one.
        let at_goal =
            self.steps.map_or(String::new(), |steps| format!(" && grep -qx 'steps = {steps}' \"$run/config.toml\""));
        let (out, number) = (quoted(&self.out.display().to_string()), self.number);
        let program = quoted(&self.program.display().to_string());
        format!(
            r#"#!/bin/sh
# One run of a sweep; which one is line SLURM_ARRAY_TASK_ID + 1 of batch-{number}.cells.
out={out}
cell=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$out/slurm/batch-{number}.cells")
run="$out/cells/$cell"
if [ -z "$cell" ]; then echo "no cell has the number $SLURM_ARRAY_TASK_ID" >&2; exit 2; fi
is_done() {{ [ -f "$run/summary.json" ]{at_goal}; }}
if is_done; then exit 0; fi
if [ -f "$run/config.toml" ]; then
    set -- train --resume "$run"
else
    rm -rf "$run"
    set -- train "$out/configs/$cell.toml" --out "$run"
fi
export RAYON_NUM_THREADS={cpus}
{program} "$@" --quiet{steps}{device} &
child=$!
again=
trap 'again=1; kill -TERM "$child"' USR1
trap 'kill -TERM "$child"' TERM
wait "$child"
code=$?
# A signal ends the wait and not the run.
while kill -0 "$child" 2> /dev/null; do
    wait "$child"
    code=$?
done
if is_done; then exit 0; fi
# There is nothing left to save.
trap 'exit "$code"' TERM
if [ -n "$again" ]; then
    echo "saved before the time limit; the job is queued again" >&2
    scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}" && sleep 60
fi
exit "$code"
"#
        )
    }
}

/// A word for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::path::Path;

    use super::{Script, prefix, quoted, sbatch_words};
    use crate::config::SlurmConfig;

    #[test]
    fn arrays_are_submitted_with_limit_memory_and_signal() {
        let text = "time = \"1:00\"\nmemory = \"2G\"\njobs = 3\nsignal_before = 45\noptions = [\"--partition=gpu\"]\n";
        let config: SlurmConfig = toml::from_str(text).unwrap();
        let words = sbatch_words(&config, "n", "/o/%a.log", 12).join(" ");
        assert_eq!(
            words,
            "--parsable --job-name=n --array=0-11%3 --time=1:00 --mem=2G --cpus-per-task=1 --requeue --open-mode=append \
             --signal=B:USR1@45 --output=/o/%a.log --partition=gpu"
        );
    }

    #[test]
    fn folders_with_any_letters_are_one_word_of_the_shell() {
        assert_eq!(quoted("a b'c$d"), r"'a b'\''c$d'");
        let script = Script {
            out: Path::new("/a b's"),
            number: 3,
            program: Path::new("/p q"),
            device: Some("flex"),
            steps: None,
        };
        let text = script.text(NonZeroUsize::MIN);
        for line in [r"out='/a b'\''s'", r#"'/p q' "$@" --quiet --device 'flex' &"#, "export RAYON_NUM_THREADS=1"] {
            assert!(text.lines().any(|one| one == line), "`{line}` is missing in {text}");
        }
    }

    #[test]
    fn a_summary_of_an_earlier_step_ends_no_job() {
        let script =
            Script { out: Path::new("/o"), number: 0, program: Path::new("/p"), device: None, steps: Some(70) };
        let text = script.text(NonZeroUsize::MIN);
        for line in [
            "is_done() { [ -f \"$run/summary.json\" ] && grep -qx 'steps = 70' \"$run/config.toml\"; }",
            "'/p' \"$@\" --quiet --steps 70 &",
        ] {
            assert!(text.lines().any(|one| one == line), "`{line}` is missing in {text}");
        }
    }

    #[test]
    fn each_folder_has_its_own_names() {
        assert_ne!(prefix(Path::new("/a")), prefix(Path::new("/b")));
    }
}
