//! What Slurm says of jobs: `squeue` while they are queued, `scontrol` or `sacct` afterwards.

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Command, Stdio};

/// One job of an array.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Task {
    /// The number of the array's job.
    pub(super) job: u64,
    /// Its place in the array.
    pub(super) index: usize,
}

impl fmt::Display for Task {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}_{}", self.job, self.index)
    }
}

/// What the queue says of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) name: String,
    pub(super) state: String,
    /// Why it does not run.
    pub(super) reason: String,
}

impl Waiting {
    /// Whether it waits for somebody to release it.
    pub(super) fn is_held(&self) -> bool {
        self.state == "PENDING" && self.reason.to_lowercase().contains("held")
    }
}

/// The user's jobs in the queue that belong to arrays.
#[derive(Debug)]
pub(super) struct Tasks(BTreeMap<Task, Waiting>);

/// Name, number of the array's job, place in the array, state, reason.
const FORMAT: &str = "--format=%j|%F|%K|%T|%r";

impl Tasks {
    /// Asks `squeue`.
    pub(super) fn read() -> Result<Self, String> {
        let words = ["--me", "--array", "--noheader", FORMAT].map(str::to_owned);
        Ok(Self::parse(&ask("squeue", &words)?))
    }

    fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let mut fields = line.splitn(5, '|');
            let mut next = || fields.next().map(str::trim);
            let (name, job, index, state, reason) = (next()?, next()?, next()?, next()?, next()?);
            let task = Task { job: job.parse().ok()?, index: index.parse().ok()? };
            let waiting = Waiting { name: name.to_owned(), state: state.to_owned(), reason: reason.to_owned() };
            // For a while the queue shows jobs that have ended.
            let ended = ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "DEADLINE", "BOOT_FAIL"];
            (!ended.contains(&state)).then_some((task, waiting))
        };
        Self(text.lines().filter_map(line).collect())
    }

    pub(super) fn get(&self, task: &Task) -> Option<&Waiting> {
        self.0.get(task)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Task, &Waiting)> {
        self.0.iter()
    }
}

/// How Slurm says that a job ended.
pub(super) fn last_word(task: &Task) -> String {
    let task = task.to_string();
    let shown = ask("scontrol", &["--oneliner", "show", "job", &task].map(str::to_owned));
    if let Some(word) = shown.ok().as_deref().and_then(of_scontrol) {
        return word;
    }
    let words = ["--noheader", "--parsable2", "--allocations", "--format=State,ExitCode,NodeList", "--jobs", &task];
    let shown = ask("sacct", &words.map(str::to_owned));
    let known = shown.ok().and_then(|text| of_sacct(&text));
    known.unwrap_or_else(|| "Slurm has forgotten the job".to_owned())
}

fn of_scontrol(text: &str) -> Option<String> {
    let field = |name: &str| text.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    Some(told(field("JobState")?, field("ExitCode")?, field("NodeList").unwrap_or("no node")))
}

fn of_sacct(text: &str) -> Option<String> {
    let mut fields = text.lines().next()?.split('|');
    Some(told(fields.next()?, fields.next()?, fields.next().unwrap_or("no node")))
}

fn told(state: &str, code: &str, node: &str) -> String {
    let node = if node == "(null)" || node.is_empty() { "no node" } else { node };
    format!("Slurm says {state} with exit code {code} on {node}")
}

/// Runs one of Slurm's programs; its output, or its first words of complaint.
pub(super) fn ask(program: &str, words: &[String]) -> Result<String, String> {
    let output = Command::new(program).args(words).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', ", ");
    Err(if said.is_empty() { output.status.to_string() } else { said })
}

#[cfg(test)]
mod tests {
    use super::{Task, Tasks, of_sacct, of_scontrol};

    #[test]
    fn the_queue_is_read_line_by_line() {
        let text = "sweep-0|12|0|RUNNING|None\nsweep-0|12|3|PENDING|JobHeldUser\nother|13|N/A|RUNNING|None\n\
                    sweep-0|12|1|PENDING|launch failed requeued held\nsweep-0|12|2|COMPLETING|None\nsweep-0|12|4|FAILED|None\n\n";
        let tasks = Tasks::parse(text);
        let found: Vec<(String, bool)> =
            tasks.iter().map(|(task, waiting)| (task.to_string(), waiting.is_held())).collect();
        let expected = [("12_0", false), ("12_1", true), ("12_2", false), ("12_3", true)];
        assert_eq!(found, expected.map(|(task, held)| (task.to_owned(), held)));
        assert_eq!(tasks.get(&Task { job: 12, index: 4 }), None, "it has ended");
    }

    #[test]
    fn an_ended_job_is_told_by_state_code_and_node() {
        let shown = "JobId=14 ArrayJobId=12 JobState=CANCELLED Reason=None ExitCode=0:15 ReqNodeList=(null) NodeList=n1 NumNodes=1";
        assert_eq!(of_scontrol(shown).unwrap(), "Slurm says CANCELLED with exit code 0:15 on n1");
        assert_eq!(of_scontrol("slurm_load_jobs error"), None);
        assert_eq!(of_sacct("TIMEOUT|0:0|n2\n").unwrap(), "Slurm says TIMEOUT with exit code 0:0 on n2");
        assert_eq!(of_sacct(""), None);
    }
}
