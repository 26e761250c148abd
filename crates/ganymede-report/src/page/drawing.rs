//! Charts in a page.

use std::collections::BTreeSet;

use ganymede_charts::{Band, Chart, Line, Mark};

use crate::figures::{Panel, Source};
use crate::groups::Group;
use crate::html::Html;
use crate::run::RunRecords;
use crate::series::mean;

/// The most groups that have a colour; the others stand back in grey.
const COLOURED: usize = 8;

/// Panels of one run as charts.
pub(super) fn of_run(html: &mut Html, run: &RunRecords, panels: &[Panel], marks: &[Mark], points: usize) {
    let steps = run.planned_steps().filter(|_| run.summary.is_none()).unwrap_or(0) as f64;
    html.raw("<div class=\"panels\">\n");
    for panel in panels {
        let lines: Vec<Line> = panel
            .lines
            .iter()
            .enumerate()
            .map(|(colour, (label, source))| {
                let series = source.series(&run.records).thinned(points);
                Line { undone: series.undone, ..Line::new(label, colour, series.points) }
            })
            .filter(|line| !line.points.is_empty())
            .collect();
        write(html, panel, lines, marks.to_vec(), panel.bands.clone(), steps);
    }
    html.raw("</div>\n");
}

/// Panels of several runs as charts: each line of a panel is a chart of its own, with one line a group.
pub(super) fn of_groups(html: &mut Html, runs: &[RunRecords], groups: &[Group], panels: &[Panel], points: usize) {
    html.raw("<div class=\"panels\">\n");
    for panel in panels {
        for (label, source) in &panel.lines {
            let lines: Vec<Line> = groups
                .iter()
                .enumerate()
                .map(|(colour, group)| of_group(runs, group, source, colour, points))
                .filter(|line| !line.points.is_empty())
                .collect();
            let title = match &panel.lines[..] {
                [_] => panel.title.clone(),
                _ => format!("{}: {label}", panel.title),
            };
            let panel = Panel { title, ..panel.clone() };
            write(html, &panel, lines, Vec::new(), panel.bands.clone(), 0.0);
        }
    }
    html.raw("</div>\n");
}

/// The mean of a group, with its standard error where it has several runs.
fn of_group(runs: &[RunRecords], group: &Group, source: &Source, colour: usize, points: usize) -> Line {
    let series: Vec<_> = group.runs.iter().map(|run| source.series(&runs[*run].records)).collect();
    let (middle, spread) = match &series[..] {
        [only] => (only.clone().thinned(points).points, Vec::new()),
        several => {
            // Some of the steps, the same for line and band, and the last.
            let (middle, spread) = mean(several);
            let every = middle.len().div_ceil(points.max(1)).max(1);
            let last = middle.len().saturating_sub(1);
            let kept =
                middle.iter().enumerate().filter(|(at, _)| (last - at).is_multiple_of(every)).map(|(_, point)| *point);
            let kept: Vec<_> = kept.collect();
            let steps: BTreeSet<u64> = kept.iter().map(|(step, _)| *step as u64).collect();
            (kept, spread.into_iter().filter(|(step, ..)| steps.contains(&(*step as u64))).collect())
        }
    };
    Line { spread, faint: colour >= COLOURED, ..Line::new(&group.name, colour, middle) }
}

fn write(html: &mut Html, panel: &Panel, mut lines: Vec<Line>, marks: Vec<Mark>, bands: Vec<Band>, steps: f64) {
    if lines.is_empty() {
        return;
    }
    let values: Vec<f64> = lines.iter().flat_map(|line| line.points.iter().map(|(_, value)| *value)).collect();
    let last = lines.iter().filter_map(|line| Some(line.points.last()?.0)).fold(steps, f64::max);
    if let Some((label, value)) = &panel.level {
        lines.push(Line::level(label, 7, [0.0, last], *value));
    }
    let chart = Chart {
        title: panel.title.clone(),
        scale: panel.scale(&values),
        lines,
        bands,
        marks,
        steps,
        shown: panel.shown.clone(),
    };
    html.raw("<figure class=\"panel\"><figcaption>").element("h4", &panel.title);
    if chart.lines.len() > 1 {
        html.raw("<ul class=\"legend\">");
        for line in chart.lines.iter().filter(|line| !line.faint) {
            html.raw("<li class=\"c").text(line.colour % ganymede_charts::COLOURS);
            html.raw("\"><svg viewBox=\"0 0 24 8\" aria-hidden=\"true\" class=\"chart\"><g class=\"line c");
            html.text(line.colour % ganymede_charts::COLOURS).raw(if line.reference { " reference" } else { "" });
            html.raw("\"><polyline points=\"0,4 24,4\"/></g></svg><span>").text(&line.label).raw("</span></li>");
        }
        let faint = chart.lines.iter().filter(|line| line.faint).count();
        if faint > 0 {
            html.raw("<li class=\"faint\"><svg viewBox=\"0 0 24 8\" aria-hidden=\"true\" class=\"chart\">");
            html.raw("<g class=\"line faint\"><polyline points=\"0,4 24,4\"/></g></svg><span>");
            html.text(faint).raw(" others</span></li>");
        }
        html.raw("</ul>");
    }
    html.raw("</figcaption>").svg(&chart.svg()).raw("<p class=\"readout\" aria-live=\"polite\"></p>");
    if !panel.about.is_empty() {
        html.raw("<p class=\"about\">").text(&panel.about).raw("</p>");
    }
    html.raw("</figure>\n");
}
