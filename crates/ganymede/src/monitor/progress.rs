//! How far a run is: a bar on a terminal, plain lines elsewhere, or nothing.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use ganymede_metrics::{Signals, Verdict};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::say;
use crate::report::evaluation::Metrics;

/// How often the bar's text is written anew.
const REFRESH: Duration = Duration::from_millis(150);

/// A run writes about this number of plain lines.
const LINES: u64 = 25;

/// What a progress line or bar shows after a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProgressUpdate<'a> {
    pub(crate) step: u64,
    pub(crate) training_seconds: f64,
    /// Seconds of evaluating, saving and drawing so far.
    pub(crate) watching_seconds: f64,
    /// Steps made in that time, including those that a rollback discarded.
    pub(crate) steps_made: u64,
    pub(crate) losses: &'a BTreeMap<String, f64>,
    pub(crate) metrics: Option<&'a Metrics>,
    /// The detector's last verdict and the signals behind it.
    pub(crate) seen: Option<&'a (Verdict, Signals)>,
    /// Whether `metrics` belong to this step.
    pub(crate) evaluated: bool,
}

/// Shows how far a run is, on standard error.
pub(crate) struct Progress {
    steps: u64,
    shown: Shown,
}

enum Shown {
    Nothing,
    Lines { next: u64 },
    Bar { bar: ProgressBar, next: Instant },
}

impl Progress {
    /// For a run of `steps` steps.
    pub(crate) fn new(steps: u64, quiet: bool) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(steps);
            bar.set_style(bar_style());
            Shown::Bar { bar, next: Instant::now() }
        } else {
            Shown::Lines { next: 0 }
        };
        Self { steps, shown }
    }

    /// Writes a line above the bar, or a plain one.
    pub(crate) fn note(&self, line: &str) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Lines { .. } => say(line),
            Shown::Bar { bar, .. } => bar.println(line),
        }
    }

    /// Writes a warning, also where nothing else is shown.
    pub(crate) fn warn(&self, text: &str) {
        let line = format!("warning: {text}");
        match &self.shown {
            Shown::Nothing | Shown::Lines { .. } => say(&line),
            Shown::Bar { bar, .. } => bar.println(line),
        }
    }

    /// Shows the run after a step.
    pub(crate) fn show(&mut self, update: &ProgressUpdate<'_>) {
        let steps = self.steps;
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Lines { next } => {
                if update.step == steps || (update.evaluated && update.step > 0 && update.step >= *next) {
                    *next = update.step + (steps / LINES).max(1);
                    say(&format!("step {}/{steps}  {}", update.step, text(update, steps)));
                }
            }
            Shown::Bar { bar, next } => {
                let instant = Instant::now();
                if update.step == steps || instant >= *next {
                    *next = instant + REFRESH;
                    bar.set_position(update.step);
                    bar.set_message(text(update, steps));
                }
            }
        }
    }

    /// Shows that a network looks at the samples of a step; that takes minutes where there are thousands. Plain lines tell of
    /// steps alone.
    pub(crate) fn look(&mut self, step: u64, seen: usize, all: usize) {
        if let Shown::Bar { bar, next } = &mut self.shown {
            let instant = Instant::now();
            if instant >= *next {
                *next = instant + REFRESH;
                bar.set_position(step);
                bar.set_message(format!("features of {seen} of {all} samples"));
            }
        }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        if let Shown::Bar { bar, .. } = &self.shown {
            bar.finish_and_clear();
        }
    }
}

/// The bar before its text; it shrinks on narrow terminals rather than wrap.
fn bar_style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:24} {pos}/{len}  {wide_msg}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Losses, modes, speed and time left.
fn text(update: &ProgressUpdate<'_>, steps: u64) -> String {
    let loss = |name: &str| update.losses.get(name).map(|value| format!("{value:.3}"));
    let mut parts = Vec::new();
    if let (Some(discriminator), Some(generator)) = (loss("discriminator/objective"), loss("generator/objective")) {
        parts.push(format!("D {discriminator} G {generator}"));
    }
    if let Some(metrics) = update.metrics {
        let good = metrics.high_quality.map(|quality| (quality, "high quality"));
        let good = good.or(metrics.classified.map(|found| (found.recognisable, "recognisable")));
        match (metrics.modes_covered, metrics.modes_total, good) {
            (Some(covered), Some(total), Some((share, quality))) => {
                parts.push(format!("modes {covered}/{total}, {:.1} % {quality}", 100.0 * share));
            }
            _ => parts.extend(metrics.std_ratio.map(|ratio| format!("std {ratio:.2} of real"))),
        }
    }
    if let Some((verdict, signals)) = update.seen {
        parts.push(detector_text(*verdict, signals));
    }
    if update.steps_made > 0 && update.training_seconds > 0.0 {
        parts.push(format!("{:.0} steps/s", update.steps_made as f64 / update.training_seconds));
        let a_step = (update.training_seconds + update.watching_seconds) / update.steps_made as f64;
        if update.step < steps {
            parts.push(format!("{} left", duration((a_step * (steps - update.step) as f64).ceil())));
        }
    }
    parts.join("  ")
}

/// The verdict and the signals behind it, each as a share of the real data's.
fn detector_text(verdict: Verdict, signals: &Signals) -> String {
    let shares = [
        ("spread", signals.distance_ratio),
        ("vendi", signals.vendi_ratio),
        ("kept", signals.kept_share),
        ("coverage", signals.coverage),
        ("inside", signals.inside_spread),
    ];
    let known = shares.iter().filter_map(|(name, share)| Some(format!(" {name} {:.2}", (*share)?)));
    std::iter::once(verdict.to_string()).chain(known).collect()
}

/// Seconds as people say them.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_told_in_the_units_that_matter() {
        for (seconds, text) in [(0.2, "0 s"), (59.6, "1 min 00 s"), (754.0, "12 min 34 s"), (7_384.0, "2 h 03 min")] {
            assert_eq!(duration(seconds), text);
        }
    }
}
