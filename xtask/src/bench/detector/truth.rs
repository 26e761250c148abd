//! What really happened to a run, from its true modes, and how the detector did.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// A generator has collapsed when the modes it has lost hold this share of the data ...
const COLLAPSED_LOST: f64 = 0.4;

/// ... or when its samples' standard deviation is below this share of the data's.
const COLLAPSED_SPREAD: f64 = 0.2;

/// A run ends healthy when the modes it has lost hold less than this share of the data.
const HEALTHY_LOST: f64 = 0.15;

/// A collapse lasts for this share of the run at least, and has to be found within it.
const WINDOW: f64 = 0.05;

/// A generator may take this share of the run to be well for the first time ...
const SLOWEST_START: f64 = 0.2;

/// ... and one that takes longer was only starting for this share of the run, and collapsed from then on.
const START: f64 = 0.1;

/// One look of the detector at a run, with the truth at that step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DetectorLook {
    pub(super) step: u64,
    pub(super) collapsed: bool,
    pub(super) healthy: bool,
    pub(super) alarm: bool,
}

/// A line of `stats.jsonl`, as far as it matters here.
#[derive(Deserialize)]
struct Line {
    step: u64,
    metrics: Option<LineMetrics>,
    detector: Option<LineDetector>,
}

#[derive(Deserialize)]
struct LineMetrics {
    lost_share: Option<f64>,
    std_ratio: Option<f64>,
}

#[derive(Deserialize)]
struct LineDetector {
    verdict: String,
}

impl DetectorLook {
    /// The looks in a run's records, in order.
    pub(super) fn read(records: &str) -> Result<Vec<Self>> {
        let mut looks = Vec::new();
        for text in records.lines() {
            let line: Line = serde_json::from_str(text).context("a line of stats.jsonl cannot be read")?;
            let (Some(metrics), Some(detector)) = (line.metrics, line.detector) else { continue };
            let lost = metrics.lost_share.context("stats.jsonl has no lost_share; the suite needs known modes")?;
            let narrow = metrics.std_ratio.is_some_and(|ratio| ratio < COLLAPSED_SPREAD);
            looks.push(Self {
                step: line.step,
                collapsed: lost >= COLLAPSED_LOST || narrow,
                healthy: lost < HEALTHY_LOST && !narrow,
                alarm: detector.verdict == "collapsed",
            });
        }
        Ok(looks)
    }
}

/// What a run was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Label {
    /// It collapsed, for good or for a while.
    Collapsed,
    /// It never collapsed and ended with its modes.
    Healthy,
    /// It never collapsed, but did not end with all its modes either.
    Partial,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Case {
    pub(super) label: Label,
    /// The step at which it collapsed.
    pub(super) onset: Option<u64>,
    /// Steps from there to the alarm, as a share of the run; absent without an alarm.
    pub(super) delay: Option<f64>,
    /// Whether that was soon enough.
    pub(super) found: bool,
    /// Looks with an alarm where the generator was not collapsed, nor shortly before.
    pub(super) wrong_alarms: usize,
    pub(super) looks: usize,
}

impl Case {
    /// Judges a run of `steps` steps.
    pub(super) fn of(looks: &[DetectorLook], steps: u64) -> Self {
        let window = ((looks.len() as f64 * WINDOW).round() as usize).max(1);
        let onset = onset(looks, window);
        let label = match (onset, looks.last()) {
            (Some(_), _) => Label::Collapsed,
            (None, Some(last)) if last.healthy => Label::Healthy,
            _ => Label::Partial,
        };
        let alarm = onset.and_then(|onset| looks[onset..].iter().find(|look| look.alarm));
        let from = onset.map(|onset| looks[onset].step);
        let delay = alarm.zip(from).map(|(alarm, from)| (alarm.step - from) as f64 / steps as f64);
        let recently = |at: usize| looks[at.saturating_sub(window)..=at].iter().any(|look| look.collapsed);
        let starting = start(looks);
        let wrong = |at: usize| looks[at].alarm && (!recently(at) || (at < starting));
        Self {
            label,
            onset: from,
            delay,
            found: delay.is_some_and(|delay| delay <= WINDOW + 1e-9),
            wrong_alarms: (0..looks.len()).filter(|at| wrong(*at)).count(),
            looks: looks.len(),
        }
    }
}

/// The look at which the run is no longer starting.
fn start(looks: &[DetectorLook]) -> usize {
    let share = |of: f64| (looks.len() as f64 * of) as usize;
    let first_well = looks.iter().position(|look| !look.collapsed);
    first_well.filter(|first| *first <= share(SLOWEST_START)).unwrap_or(share(START))
}

/// The look at which a lasting collapse begins.
fn onset(looks: &[DetectorLook], window: usize) -> Option<usize> {
    let mut windows = looks.windows(window).enumerate().skip(start(looks));
    windows.find(|(_, window)| window.iter().all(|look| look.collapsed)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::{Case, DetectorLook, Label};

    /// Looks from two lines of letters: the truth (`c` collapsed, `h` healthy, `-` neither) and the alarms (`!`).
    fn looks(truth: &str, alarms: &str) -> Vec<DetectorLook> {
        let pair = truth.chars().zip(alarms.chars()).enumerate();
        pair.map(|(at, (truth, alarm))| DetectorLook {
            step: 10 * (at as u64 + 1),
            collapsed: truth == 'c',
            healthy: truth == 'h',
            alarm: alarm == '!',
        })
        .collect()
    }

    #[test]
    fn runs_are_labelled_and_alarms_are_timed() {
        // Twenty looks, so that the window is one look.
        let rows = [
            ("healthy all along", "hhhhhhhhhhhhhhhhhhhh", "....................", Label::Healthy, None, None, 0),
            ("a slow starter", "cccchhhhhhhhhhhhhhhh", "....................", Label::Healthy, None, None, 0),
            ("wolf", "cccchhhhhhhhhhhhhhhh", "..!............!....", Label::Healthy, None, None, 2),
            ("found at once", "hhhhhhcccccccccccccc", "......!!!!!!!!!!!!!!", Label::Collapsed, Some(70), Some(0.0), 0),
            ("found late", "hhhhhhcccccccccccccc", ".........!!!!!!!!!!!", Label::Collapsed, Some(70), Some(0.15), 0),
            ("never found", "hhhhhhcccccccccccccc", "....................", Label::Collapsed, Some(70), None, 0),
            ("never well", "cccccccccccccccccccc", "...!!!!!!!!!!!!!!!!!", Label::Collapsed, Some(30), Some(0.05), 0),
            (
                "too slow a starter",
                "ccccccccchhhhhhhhhhh",
                "....!!!!!...........",
                Label::Collapsed,
                Some(30),
                Some(0.1),
                0,
            ),
            ("ends with some modes", "hhhhhhhhhhhhhh------", "....................", Label::Partial, None, None, 0),
            (
                "an alarm that lags",
                "hhhhccchhhhhhhhhhhhh",
                ".....!!!............",
                Label::Collapsed,
                Some(50),
                Some(0.05),
                0,
            ),
        ];
        for (name, truth, alarms, label, onset, delay, wrong) in rows {
            let case = Case::of(&looks(truth, alarms), 200);
            assert_eq!((case.label, case.onset, case.wrong_alarms), (label, onset, wrong), "{name}");
            assert_eq!(
                case.delay.map(|delay| (delay * 1e6).round()),
                delay.map(|delay: f64| (delay * 1e6).round()),
                "{name}"
            );
            assert_eq!(case.found, delay.is_some_and(|delay| delay <= 0.05), "{name}");
        }
    }

    #[test]
    fn looks_are_read_from_the_records() {
        let records = "{\"step\":5,\"losses\":{}}\n\
            {\"step\":10,\"metrics\":{\"lost_share\":0.5,\"std_ratio\":1.0},\"detector\":{\"verdict\":\"collapsed\"}}\n\
            {\"step\":20,\"metrics\":{\"lost_share\":0.0,\"std_ratio\":0.9},\"detector\":{\"verdict\":\"healthy\"}}\n\
            {\"step\":20,\"event\":{\"kind\":\"verdict\"}}\n";
        let read = DetectorLook::read(records).unwrap();
        let collapsed = DetectorLook { step: 10, collapsed: true, healthy: false, alarm: true };
        let healthy = DetectorLook { step: 20, collapsed: false, healthy: true, alarm: false };
        assert_eq!(read, [collapsed, healthy]);
        assert!(DetectorLook::read("{").is_err());
        let unknown = "{\"step\":1,\"metrics\":{},\"detector\":{\"verdict\":\"healthy\"}}";
        assert!(DetectorLook::read(unknown).is_err(), "without known modes there is no truth");
    }
}
