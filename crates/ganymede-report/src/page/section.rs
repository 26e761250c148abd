//! All about one run.

use ganymede_charts::{number, strip};

use super::{cost, drawing, samples, verdict};
use crate::figures;
use crate::html::{Html, percent};
use crate::pictures::Album;
use crate::run::RunRecords;

/// Missing parts that are listed.
const LISTED: usize = 12;

/// The run's section. Among several runs it has a number, a heading and no pictures, which stand side by side before.
pub(super) fn write(html: &mut Html, run: &RunRecords, album: &Album, points: usize, number: Option<usize>) {
    html.raw("<section class=\"run\"");
    if let Some(number) = number {
        html.raw(" id=\"run-").text(number).raw("\"><h2>").text(&run.name).raw("</h2>\n");
    } else {
        html.raw(">\n");
    }
    html.raw(if number.is_none() { "<div class=\"lead\"><div>\n" } else { "" });
    verdict::write(html, run);
    cost::tiles(html, run);
    for note in &run.notes {
        html.raw("<p class=\"note\">").text(note).raw("</p>\n");
    }
    html.raw("<h3>What happened</h3>\n");
    verdict::events(html, run);
    if number.is_none() {
        html.raw("<div class=\"gallery\">\n");
        samples::reals(html, &run.name, album);
        html.raw("</div></div><div class=\"gallery\">\n");
        samples::write(html, &run.name, album, 0);
        html.raw("</div></div>\n");
    }
    let marks = verdict::marks(run);
    let signals = figures::signals(&[run]);
    html.raw("<h3>What the detector saw</h3>\n");
    if signals.is_empty() {
        html.raw("<p class=\"quiet\">The detector was off, or has not looked yet.</p>\n");
    } else {
        states(html, run);
        html.raw("<p class=\"about\">Bands are the limits of each signal: amber is suspect, red is collapsed. ");
        html.raw("Flags mark what happened on the way. Point at a chart, or move along it with the arrow keys, to read values.</p>\n");
        drawing::of_run(html, run, &signals, &marks, points);
    }
    let evaluations = figures::evaluations(&[run]);
    html.raw("<h3>Modes and quality</h3>\n");
    drawing::of_run(html, run, &evaluations, &marks, points);
    html.raw("<h3>Losses</h3>\n");
    drawing::of_run(html, run, &figures::losses(&[run]), &marks, points);
    html.raw("<div class=\"columns\"><div><h3>Figures of the samples</h3>\n");
    cost::figures(html, run);
    html.raw("</div><div><h3>Missing parts of the data</h3>\n");
    missing(html, run);
    html.raw("<h3>Cost</h3>\n");
    cost::write(html, run);
    html.raw("</div></div>\n");
    drawing::of_run(html, run, &[figures::speed()], &[], points);
    if !run.config.is_empty() {
        html.raw("<details><summary>Configuration</summary><pre tabindex=\"0\">")
            .text(&run.config)
            .raw("</pre></details>\n");
    }
    html.raw("</section>\n");
}

/// The detector's state over the steps.
fn states(html: &mut Html, run: &RunRecords) {
    let mut stretches: Vec<(f64, ganymede_charts::Tone, &str)> = Vec::new();
    for record in &run.records.lines {
        let Some(look) = &record.detector else { continue };
        let (tone, word) = (verdict::tone(look.verdict), look.verdict.word());
        // After a rollback the steps that it undid are gone.
        stretches.retain(|(step, ..)| *step < record.step as f64);
        if stretches.last().is_none_or(|(_, _, before)| *before != word) {
            stretches.push((record.step as f64, tone, word));
        }
    }
    html.svg(&strip("state as watched", run.last_step() as f64, &stretches));
}

fn missing(html: &mut Html, run: &RunRecords) {
    let parts = run.summary.as_ref().and_then(|summary| summary.missing_parts.as_ref());
    let Some(parts) = parts else {
        html.raw(
            "<p class=\"quiet\">Not in this run's records. <code>ganymede diagnose --fake RUN</code> lists them.</p>\n",
        );
        return;
    };
    if parts.is_empty() {
        html.raw("<p class=\"quiet\">None: every part of the data has samples.</p>\n");
        return;
    }
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">part</th>");
    html.raw("<th scope=\"col\" class=\"number\">of the data</th><th scope=\"col\" class=\"number\">of the samples</th></tr></thead><tbody>\n");
    for (index, part) in parts.iter().take(LISTED).enumerate() {
        let class = part.label.map(|label| format!("class {label}"));
        let near = (!part.center.is_empty()).then(|| {
            let values: Vec<String> = part.center.iter().take(4).map(|value| number(f64::from(*value))).collect();
            let more = if part.center.len() > 4 { ", …" } else { "" };
            format!("around ({}{more})", values.join(", "))
        });
        let name: Vec<String> = class.into_iter().chain(near).collect();
        let name = if name.is_empty() { format!("part {}", index + 1) } else { name.join(", ") };
        html.raw("<tr><th scope=\"row\">").text(name).raw("</th><td class=\"number\">").text(percent(part.real_share));
        html.raw("</td><td class=\"number\">").text(percent(part.fake_share)).raw("</td></tr>\n");
    }
    html.raw("</tbody></table></div>\n");
    if parts.len() > LISTED {
        html.raw("<p class=\"quiet\">").text(parts.len() - LISTED).raw(" more.</p>\n");
    }
}
