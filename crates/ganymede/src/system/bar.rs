//! How far a piece of work is that is no training: a bar on a terminal, a few plain lines elsewhere, or nothing.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::say;

/// A piece of work writes about this number of plain lines.
const LINES: u64 = 5;

/// Shows how far the work is, on standard error.
pub(crate) struct Bar {
    name: &'static str,
    shown: Shown,
}

enum Shown {
    Nothing,
    Lines { next: u64 },
    Bar(ProgressBar),
}

impl Bar {
    /// For work of this name.
    pub(crate) fn new(name: &'static str, quiet: bool) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(0);
            let style = ProgressStyle::with_template("{prefix} {bar:24} {pos}/{len}  {eta} left  {wide_msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(name);
            Shown::Bar(bar)
        } else {
            Shown::Lines { next: 0 }
        };
        Self { name, shown }
    }

    /// Shows the work after `done` of `all` parts.
    pub(crate) fn show(&mut self, done: u64, all: u64, text: &str) {
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Lines { next } => {
                // The last line stands once, however often the end is reached.
                let is_due = done >= *next || (done == all && *next < u64::MAX);
                if is_due {
                    *next = if done == all { u64::MAX } else { done + (all / LINES).max(1) };
                    say(&format!("{}: {done}/{all}  {text}", self.name));
                }
            }
            Shown::Bar(bar) => {
                bar.set_length(all);
                bar.set_message(text.to_owned());
                bar.set_position(done);
            }
        }
    }

    /// Writes a line above the bar, or a plain one.
    pub(crate) fn note(&self, line: &str) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Lines { .. } => say(line),
            Shown::Bar(bar) => bar.suspend(|| say(line)),
        }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}
