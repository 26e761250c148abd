//! How a command ends.

use std::any::Any;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// The exit code of a run that a signal has ended.
pub(crate) const INTERRUPTED: u8 = 130;

/// A command that could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Arguments, configuration or data cannot be used; nothing was begun.
    Refused(anyhow::Error),
    /// It went wrong on the way.
    Failed(anyhow::Error),
}

/// What a command returns.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// How a command ends without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandEnd {
    /// Everything is done.
    Done,
    /// The samples show signs of collapse.
    Suspect,
    /// The generator has collapsed.
    Collapsed,
    /// No verdict is possible on the samples.
    Inconclusive,
    /// Training has diverged, and the configuration says to stop then.
    Diverged,
    /// A signal ended the run early, after it was saved.
    Interrupted,
}

impl CommandEnd {
    /// 0 for done, 1 for diverged, 3 for suspect, 4 for collapsed, 5 for inconclusive, 130 for interrupted.
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::Suspect => ExitCode::from(3),
            Self::Diverged => ExitCode::FAILURE,
            Self::Collapsed => ExitCode::from(4),
            Self::Inconclusive => ExitCode::from(5),
            Self::Interrupted => ExitCode::from(INTERRUPTED),
        }
    }
}

impl Failure {
    /// Bad usage or configuration, in one line with the remedy.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::Refused(anyhow::Error::msg(message.into()))
    }

    /// A failure on the way, in one line.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(anyhow::Error::msg(message.into()))
    }

    /// 2 for what was refused, 1 for what failed.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Refused(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Refused(error) | Self::Failed(error)) = self;
        formatter.write_str(&format!("{error:#}").replace('\n', " "))
    }
}

impl std::error::Error for Failure {}

/// Says which kind of failure an error is.
pub(crate) trait OrFailure<T> {
    /// The error is bad usage or configuration.
    fn or_refuse(self) -> Outcome<T>;
    /// The error is a failure on the way.
    fn or_fail(self) -> Outcome<T>;
}

impl<T, E: Into<anyhow::Error>> OrFailure<T> for Result<T, E> {
    fn or_refuse(self) -> Outcome<T> {
        self.map_err(|error| Failure::Refused(error.into()))
    }

    fn or_fail(self) -> Outcome<T> {
        self.map_err(|error| Failure::Failed(error.into()))
    }
}

/// A panic's message, in one line.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes one line to standard error; a closed standard error is no failure.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes one line that starts with `error: ` to standard error.
pub(crate) fn error_line(message: &str) {
    say(&format!("error: {message}"));
}

/// Writes text to standard output. A reader that has gone away (`ganymede strategies | head -1`) is no failure.
pub(crate) fn print(text: &str) -> Outcome<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
