//! The report for a person at a terminal: what is wrong, why, and what to do.

use std::fmt::Write;
use std::path::PathBuf;

use ganymede_metrics::{Diagnosis, Effect, Headline, Verdict};

use super::advice::Advice;
use super::classified::ClassifierReport;
use super::details::{details, misplaced_classes, missing_classes};
use super::features::FeatureReport;

/// Lines on the reading of the two sets; the rest are counted.
const READ_LINES: usize = 4;

/// What a report is written of.
pub(crate) struct Report<'a> {
    pub(crate) diagnosis: &'a Diagnosis,
    /// What the readers changed or decided, and what has no partner in the other set.
    pub(crate) read: &'a [String],
    pub(crate) advice: &'a [Advice],
    pub(crate) pictures: &'a [PathBuf],
    /// The names of the real samples' classes, none where they are not known.
    pub(crate) classes: &'a [String],
    /// The features that the diagnosis is of, and the figures on them.
    pub(crate) features: Option<&'a FeatureReport>,
    /// The modes that a classifier names.
    pub(crate) classified: Option<&'a ClassifierReport>,
    /// Whether all figures are wanted.
    pub(crate) verbose: bool,
}

impl Report<'_> {
    pub(crate) fn text(&self) -> String {
        let diagnosis = self.diagnosis;
        let mut text = first_line(diagnosis) + "\n";
        if let Some(features) = self.features {
            let _ = writeln!(text, "{features}");
        }
        let reasons = diagnosis.reasons.iter().filter(|reason| Some(*reason) != diagnosis.doubt.as_ref());
        for reason in reasons {
            let _ = writeln!(text, "  - {reason}");
        }
        if let Some(hidden) = hidden_loss(diagnosis) {
            let _ = writeln!(text, "  - {hidden}");
        }
        if let Some(quality) = diagnosis.quality.as_ref().filter(|quality| !diagnosis.reasons.contains(quality)) {
            let _ = writeln!(text, "quality: {quality}");
        }
        if !self.verbose {
            text.push_str(&missing_classes(diagnosis, self.classes));
            text.push_str(&misplaced_classes(diagnosis, self.classes));
        }
        for line in self.classified.map(ClassifierReport::lines).unwrap_or_default() {
            let _ = writeln!(text, "{line}");
        }
        for line in self.features.map(|features| features.lines(self.verbose)).unwrap_or_default() {
            let _ = writeln!(text, "{line}");
        }
        for (index, advice) in self.advice.iter().enumerate() {
            text.push_str(&todo(advice, index == 0));
        }
        text.push_str(&self.notes());
        for path in self.pictures {
            let _ = writeln!(text, "picture: {}", path.display());
        }
        if self.verbose {
            text.push('\n');
            text.push_str(&details(diagnosis, self.classes));
        } else {
            text.push_str("all figures: --verbose; for programs: --json\n");
        }
        text
    }

    /// What was done on reading, and what else is worth knowing.
    fn notes(&self) -> String {
        let notes = if self.verbose { self.diagnosis.notes.as_slice() } else { &[] };
        let lines: Vec<String> = self.read.iter().map(|line| format!("read: {line}\n")).collect();
        let most = if self.verbose { lines.len() } else { READ_LINES };
        let mut text: String = lines.iter().take(most).map(String::as_str).collect();
        if lines.len() > most {
            let _ = writeln!(text, "read: and {} more lines", lines.len() - most);
        }
        for note in notes {
            let _ = writeln!(text, "note: {note}");
        }
        text
    }
}

/// The verdict with its headline, or with the doubt: `collapsed: parts of the data are lost, about 40 % (36 to 44 %)`.
pub(crate) fn first_line(diagnosis: &Diagnosis) -> String {
    let Diagnosis { verdict, headline, .. } = diagnosis;
    match (&diagnosis.doubt, diagnosis.lost) {
        (Some(doubt), _) if *verdict == Verdict::Inconclusive => format!("{verdict}: {doubt}"),
        (_, Some(lost)) if tells_a_loss(*headline) => format!("{verdict}: {headline}, {}", share(lost)),
        _ => format!("{verdict}: {headline}"),
    }
}

/// The signals that count what is lost, of parts and of classes.
const COUNTS: [&str; 2] = ["kept_share", "class_share"];

/// The share of the data from which on a loss that chance would hide is told.
const LARGE_LOSS: f64 = 0.1;

/// How much could be lost in a healthy set without showing, where that is much: as much as equally many real samples leave out.
fn hidden_loss(diagnosis: &Diagnosis) -> Option<String> {
    if diagnosis.verdict != Verdict::Healthy {
        return None;
    }
    let counts = diagnosis.signals.iter().filter(|signal| COUNTS.contains(&signal.signal.as_str()));
    let hidden = counts.filter_map(|signal| Some(1.0 - signal.null?[0])).reduce(f64::min)?;
    (hidden > LARGE_LOSS).then(|| {
        format!(
            "with so few samples a loss of {:.0} % of the data could be chance and would not show; more tell smaller ones",
            100.0 * hidden
        )
    })
}

/// Whether the effect behind a headline is a share of something that was lost.
fn tells_a_loss(headline: Headline) -> bool {
    matches!(headline, Headline::ModesLost | Headline::InsideCollapse | Headline::SpreadLost | Headline::Repeats)
}

/// How much is lost, in percent.
fn share(lost: Effect) -> String {
    let percent = |share: f64| (100.0 * share).round();
    let [value, low, high] = [lost.value, lost.low, lost.high].map(percent);
    if low < high { format!("about {value} % of it ({low} to {high} %)") } else { format!("about {value} % of it") }
}

fn todo(advice: &Advice, first: bool) -> String {
    let lead = if first { "do" } else { "or" };
    let place = advice.location.as_ref().map_or(String::new(), |location| format!(" ({location})"));
    let mut text = format!("{lead}: {}{place}: {}\n", advice.what, advice.why);
    if let Some(name) = advice.strategy.filter(|_| !advice.in_build) {
        let _ = writeln!(text, "    this build lacks it: build with --features {name}, and then");
    }
    let lines = advice.config.iter().flat_map(|config| config.lines());
    for line in lines.chain(advice.command.as_deref()) {
        let _ = writeln!(text, "    {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_an_interval_where_there_is_one() {
        for (value, low, high, text) in [
            (0.4, 0.361, 0.438, "about 40 % of it (36 to 44 %)"),
            (1.0, 1.0, 1.0, "about 100 % of it"),
            (0.004, 0.0, 0.01, "about 0 % of it (0 to 1 %)"),
        ] {
            assert_eq!(share(Effect { value, low, high }), text);
        }
    }
}
