//! What is drawn: each figure of a run with its title, its limits and what it means.

use std::collections::BTreeSet;

use ganymede_charts::{Band, Scale, Tone};
use ganymede_metrics::{Limits, Thresholds, Verdict, signal_info};

use crate::records::{Event, Record, Records};
use crate::run::RunRecords;
use crate::series::Series;

/// Where a line's values come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A loss, `network/term`.
    Loss(String),
    /// A signal of the detector.
    Signal(String),
    /// The detector's health.
    Health,
    /// A figure of evaluations.
    Metric(String),
    /// Steps a second.
    Speed,
}

impl Source {
    /// The values over a run.
    pub(crate) fn series(&self, records: &Records) -> Series {
        match self {
            Self::Speed => Series::of_speed(records),
            _ => Series::of(records, |record| self.value(record)),
        }
    }

    fn value(&self, record: &Record) -> Option<f64> {
        match self {
            Self::Loss(name) => record.losses.get(name).copied().flatten(),
            Self::Signal(name) => record.detector.as_ref()?.signals.get(name).copied().flatten(),
            Self::Health => record.detector.as_ref()?.health,
            Self::Metric(name) => record.metrics.get(name)?.as_f64(),
            Self::Speed => None,
        }
    }
}

/// One chart.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    /// Its title.
    pub(crate) title: String,
    /// What it shows, in a sentence.
    pub(crate) about: String,
    /// Its lines, each with its name.
    pub(crate) lines: Vec<(String, Source)>,
    /// The figure whose value of real samples is a level to compare with.
    pub(crate) level: Option<(String, f64)>,
    /// Limits.
    pub(crate) bands: Vec<Band>,
    /// Values that the axis holds in any case.
    pub(crate) shown: Vec<f64>,
    /// Whether ratios count rather than differences, where the values span many.
    pub(crate) ratio: bool,
}

impl Panel {
    fn new(title: impl Into<String>, about: impl Into<String>, lines: Vec<(String, Source)>) -> Self {
        let (title, about) = (title.into(), about.into());
        Self { title, about, lines, level: None, bands: Vec::new(), shown: Vec::new(), ratio: false }
    }

    /// The layout of these values.
    pub(crate) fn scale(&self, values: &[f64]) -> Scale {
        let largest = values.iter().copied().fold(0.0, f64::max);
        let spread = self.ratio && largest > WIDE && values.iter().any(|value| *value > 0.0 && *value < WIDE);
        if spread { Scale::Logarithmic } else { Scale::Linear }
    }
}

/// A ratio above which limits below 1 cannot be told apart on a linear axis.
const WIDE: f64 = 5.0;

/// A name of a record as words.
pub(crate) fn words(name: &str) -> String {
    name.replace(['_', '-'], " ")
}

/// The losses, one chart a network.
pub(crate) fn losses(runs: &[&RunRecords]) -> Vec<Panel> {
    let lines = runs.iter().flat_map(|run| &run.records.lines);
    let names: BTreeSet<&String> = lines.flat_map(|record| record.losses.keys()).collect();
    let mut panels: Vec<Panel> = Vec::new();
    for name in names {
        let (network, term) = name.split_once('/').unwrap_or((name, name));
        let title = format!("loss of the {network}");
        let line = (words(term), Source::Loss(name.clone()));
        match panels.iter_mut().find(|panel| panel.title == title) {
            Some(panel) => panel.lines.push(line),
            None => panels.push(Panel::new(title, "The mean since the record before, by term.", vec![line])),
        }
    }
    panels
}

/// The detector's signals, with their limits.
pub(crate) fn signals(runs: &[&RunRecords]) -> Vec<Panel> {
    let looks = || runs.iter().flat_map(|run| &run.records.lines).filter_map(|record| record.detector.as_ref());
    let measured = |name: &str| looks().any(|look| look.signals.get(name).is_some_and(Option::is_some));
    let names: BTreeSet<&String> = looks().flat_map(|look| look.signals.keys()).collect();
    // The limits of one run are those of another only if they are the same.
    let limits: Vec<Thresholds> = runs.iter().map(|run| limits_in_force(run)).collect();
    let limits = limits.first().filter(|first| limits.iter().all(|other| other == *first));
    let mut panels: Vec<Panel> = Vec::new();
    for name in names.into_iter().filter(|name| measured(name)) {
        let info = signal_info(name);
        let about = info.map_or_else(String::new, |info| sentence(info.measures));
        let mut panel = Panel::new(words(name), about, vec![(words(name), Source::Signal(name.clone()))]);
        panel.ratio = name.ends_with("_ratio") || name == "inside_spread";
        panel.shown = vec![0.0, 1.0];
        if let Some(limits) = limits {
            panel.bands = bands(name, limits);
            let ends = panel.bands.iter().flat_map(|band| [band.from, band.to]);
            // A limit and a little of what lies beyond it.
            let near = ends.filter(|end| end.is_finite() && *end > 0.0).map(|end| end * 0.8);
            panel.shown.extend(near);
        }
        panels.push(panel);
    }
    if looks().any(|look| look.health.is_some()) {
        let about = "The mean of distance ratio, coverage, Vendi ratio and kept share, each at most 1.";
        let mut panel = Panel::new("health", about, vec![("health".to_owned(), Source::Health)]);
        panel.shown = vec![0.0, 1.0];
        panels.push(panel);
    }
    panels
}

/// The limits of a run as it has recorded them; of an older run those that are configured, or that its events state where few data
/// have widened them.
fn limits_in_force(run: &RunRecords) -> Thresholds {
    if let Some(limits) = run.records.limits() {
        return limits;
    }
    let mut limits = run.limits;
    let events = run.records.events().filter_map(|(_, event)| match event {
        Event::Verdict { signs, .. } => Some(signs),
        _ => None,
    });
    for sign in events.flatten() {
        let above = sign.value > sign.limit;
        let both = match sign.signal.as_str() {
            "std_ratio" if above => {
                limits.spread_excess = sign.limit;
                continue;
            }
            "std_ratio" => &mut limits.std_ratio,
            "distance_ratio" => &mut limits.distance_ratio,
            "coverage" => &mut limits.coverage,
            "vendi_ratio" => &mut limits.vendi_ratio,
            "kept_share" => &mut limits.kept_share,
            "inside_spread" => &mut limits.inside_spread,
            _ => continue,
        };
        let before = match sign.verdict {
            Verdict::Collapsed => std::mem::replace(&mut both.collapsed, sign.limit),
            _ => std::mem::replace(&mut both.suspect, sign.limit),
        };
        // Both are lowered by the same factor.
        if before > 0.0 && (before - sign.limit).abs() > 1e-12 {
            match sign.verdict {
                Verdict::Collapsed => both.suspect *= sign.limit / before,
                _ => both.collapsed *= sign.limit / before,
            }
        }
    }
    limits
}

fn bands(name: &str, limits: &Thresholds) -> Vec<Band> {
    let low = |limits: Limits| {
        vec![
            Band { from: f64::NEG_INFINITY, to: limits.collapsed, tone: Tone::Bad, label: "collapsed" },
            Band { from: limits.collapsed, to: limits.suspect, tone: Tone::Doubtful, label: "suspect" },
        ]
    };
    let high = |limit| Band { from: limit, to: f64::INFINITY, tone: Tone::Doubtful, label: "suspect" };
    match name {
        "std_ratio" => [low(limits.std_ratio), vec![high(limits.spread_excess)]].concat(),
        "distance_ratio" => low(limits.distance_ratio),
        "coverage" => low(limits.coverage),
        "vendi_ratio" => low(limits.vendi_ratio),
        "kept_share" => low(limits.kept_share),
        "inside_spread" => low(limits.inside_spread),
        "fake_std" => low(limits.fake_std),
        "fake_relative_distance" => low(limits.fake_relative_distance),
        "discriminator_accuracy" => vec![high(limits.discriminator_accuracy)],
        "real_called_real" => vec![high(limits.real_called_real)],
        _ => Vec::new(),
    }
}

/// A chart of evaluations: title, what it means, and the figures in it with their names.
type Evaluation = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Charts of evaluations.
const EVALUATIONS: &[Evaluation] = &[
    (
        "modes covered",
        "Modes of the data with a sample of high quality, and with 20 or more.",
        &[("modes_covered", "one or more"), ("modes_covered_20", "20 or more"), ("modes_recognised", "recognisable")],
    ),
    (
        "quality",
        "The share of samples within 3 standard deviations of a mode, or that a classifier recognises.",
        &[("high_quality", "high quality"), ("recognisable", "recognisable")],
    ),
    (
        "shape of the modes",
        "The spread of a mode's samples and how far their mean is off, in standard deviations of the data's mode.",
        &[
            ("mode_spread_median", "own spread"),
            ("mode_spread_least", "least spread"),
            ("mode_offset_median", "offset"),
        ],
    ),
    (
        "shares of the modes",
        "Divergence of the samples' modes from the data's, in nats; 0 where the shares agree.",
        &[("reverse_kl", "reverse KL"), ("jensen_shannon", "Jensen-Shannon")],
    ),
    (
        "distance to the data",
        "Sliced Wasserstein distance to as many real samples, in the data's units.",
        &[("sliced_wasserstein", "sliced Wasserstein")],
    ),
    (
        "spread at evaluations",
        "Standard deviation and mean distance of two samples, over those of real samples.",
        &[("std_ratio", "std ratio"), ("distance_ratio", "distance ratio")],
    ),
];

/// Figures of evaluations that are no curve: what they count is the same at each.
const CONSTANT: &[&str] = &["modes_total", "samples", "mode_floor", "mean", "std", "mean_pairwise_distance"];

/// The figures of evaluations, those that this version does not know by name at the end.
pub(crate) fn evaluations(runs: &[&RunRecords]) -> Vec<Panel> {
    let records = runs.iter().flat_map(|run| &run.records.lines);
    let values = records.flat_map(|record| &record.metrics);
    let known: BTreeSet<&str> = values.filter(|(_, value)| value.is_number()).map(|(name, _)| name.as_str()).collect();
    let mut drawn = BTreeSet::new();
    let mut panels = Vec::new();
    for (title, about, figures) in EVALUATIONS {
        let lines: Vec<(String, Source)> = figures
            .iter()
            .filter(|(name, _)| known.contains(name))
            .map(|(name, label)| ((*label).to_owned(), Source::Metric((*name).to_owned())))
            .collect();
        drawn.extend(figures.iter().map(|(name, _)| *name));
        if lines.is_empty() {
            continue;
        }
        let mut panel = Panel::new(*title, *about, lines);
        panel.shown = vec![0.0];
        panel.ratio = *title == "spread at evaluations";
        let level = |name: &str, label: &str| {
            let value = runs.first()?.real_figure(name).or_else(|| runs.first()?.figure(name))?;
            Some((label.to_owned(), value))
        };
        match *title {
            "modes covered" => panel.level = level("modes_total", "all modes"),
            "quality" | "spread at evaluations" => panel.shown.push(1.0),
            "distance to the data" => {
                panel.level = runs
                    .first()
                    .and_then(|run| run.real_figure("sliced_wasserstein"))
                    .map(|value| ("two real sets".to_owned(), value));
            }
            _ => {}
        }
        panels.push(panel);
    }
    // In a report of counts that no chart holds, the table has them.
    let single = ["lost_share", "modes_kept", "modes_recognised_kept", "modes_invented", "mode_offset_largest"];
    let others =
        known.into_iter().filter(|name| !drawn.contains(name) && !CONSTANT.contains(name) && !single.contains(name));
    let others = others.map(|name| Panel::new(words(name), "", vec![(words(name), Source::Metric(name.to_owned()))]));
    panels.extend(others.collect::<Vec<_>>());
    panels
}

/// What the run costs.
pub(crate) fn speed() -> Panel {
    let lines = vec![("steps a second".to_owned(), Source::Speed)];
    let mut panel =
        Panel::new("steps a second", "Steps made between two records over the seconds between them.", lines);
    panel.shown = vec![0.0];
    panel
}

/// With a capital letter and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}
