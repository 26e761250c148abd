//! What a run cost, and its figures beside those of real samples.

use ganymede_charts::number;

use crate::figures::words;
use crate::html::{Html, duration, percent, size};
use crate::run::RunRecords;

/// Modes found, of all: `7/8`. A classifier's count of recognisable ones goes first, since it calls every smudge something.
pub(super) fn modes(run: &RunRecords) -> Option<String> {
    let found = run.figure("modes_recognised").or_else(|| run.figure("modes_covered"))?;
    let total = run.figure("modes_total")?;
    Some(format!("{}/{}", number(found), number(total)))
}

/// The share of good samples.
pub(super) fn quality(run: &RunRecords) -> Option<String> {
    run.figure("high_quality").or_else(|| run.figure("recognisable")).map(percent)
}

/// Steps a second over the whole run.
pub(super) fn speed(run: &RunRecords) -> Option<f64> {
    let recorded = || {
        let last = run.records.lines.last()?;
        (last.seconds > 0.0).then(|| last.step as f64 / last.seconds)
    };
    run.summary.as_ref().map(|summary| summary.steps_per_second).or_else(recorded)
}

/// The few numbers that are looked for first.
pub(super) fn tiles(html: &mut Html, run: &RunRecords) {
    let steps = number(run.last_step() as f64);
    let tiles = [
        ("steps", Some(steps)),
        ("modes", modes(run)),
        ("good samples", quality(run)),
        ("std ratio", run.figure("std_ratio").map(number)),
        ("training", Some(duration(run.seconds()))),
        ("steps a second", speed(run).map(number)),
    ];
    html.raw("<dl class=\"tiles\">");
    for (name, value) in tiles {
        if let Some(value) = value {
            html.raw("<div>").element("dt", name).element("dd", value).raw("</div>");
        }
    }
    html.raw("</dl>\n");
}

/// The cost as a table.
pub(super) fn write(html: &mut Html, run: &RunRecords) {
    let unknown = "not recorded".to_owned();
    let summary = run.summary.as_ref();
    let rows = [
        ("training", duration(run.seconds())),
        (
            "evaluations, records and pictures",
            summary.map_or_else(|| unknown.clone(), |summary| duration(summary.evaluation_seconds)),
        ),
        ("steps a second", speed(run).map_or_else(|| unknown.clone(), number)),
        (
            "steps made, with those rolled back",
            summary.map_or_else(|| number(run.last_step() as f64), |summary| number(summary.steps_made as f64)),
        ),
        ("most memory held", summary.and_then(|summary| summary.peak_memory).map_or_else(|| unknown.clone(), size)),
        (
            "device",
            summary.map(|summary| summary.device.clone()).filter(|device| !device.is_empty()).unwrap_or(unknown),
        ),
    ];
    html.raw("<table class=\"facts\"><tbody>\n");
    for (name, value) in rows {
        html.raw("<tr><th scope=\"row\">").text(name).raw("</th><td>").text(value).raw("</td></tr>\n");
    }
    html.raw("</tbody></table>\n");
}

/// Every figure of the samples beside that of as many real ones.
pub(super) fn figures(html: &mut Html, run: &RunRecords) {
    let last = run.records.last_metrics();
    let names: Vec<&String> = match (&run.summary, last) {
        (Some(summary), _) => summary.oracle.keys().collect(),
        (None, Some((_, metrics))) => metrics.keys().collect(),
        (None, None) => Vec::new(),
    };
    let rows: Vec<_> = names
        .into_iter()
        .map(|name| (words(name), run.figure(name), run.real_figure(name)))
        .filter(|(_, fake, real)| fake.is_some() || real.is_some())
        .collect();
    if rows.is_empty() {
        html.raw("<p class=\"quiet\">No evaluation was recorded.</p>\n");
        return;
    }
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">figure</th>");
    html.raw("<th scope=\"col\" class=\"number\">generated</th><th scope=\"col\" class=\"number\">real</th></tr></thead><tbody>\n");
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), number);
    for (name, fake, real) in rows {
        html.raw("<tr><th scope=\"row\">").text(name).raw("</th><td class=\"number\">").text(shown(fake));
        html.raw("</td><td class=\"number\">").text(shown(real)).raw("</td></tr>\n");
    }
    html.raw("</tbody></table></div>\n");
    if let Some(best) = run.summary.as_ref().and_then(|summary| summary.best.as_ref()) {
        let value = best.value.map_or_else(String::new, |value| format!(" of {}", number(value)));
        html.raw("<p class=\"quiet\">Best by ").text(words(&best.by)).text(value).raw(" at step ");
        html.text(number(best.step as f64)).raw(".</p>\n");
    }
}
