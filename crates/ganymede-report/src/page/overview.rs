//! Several runs side by side.

use ganymede_charts::number;
use ganymede_metrics::Verdict;

use super::{cost, drawing, samples, verdict};
use crate::config::{Keys, SEED, differences};
use crate::figures::{self, words};
use crate::groups::Group;
use crate::html::{Html, duration};
use crate::pictures::Album;
use crate::run::RunRecords;
use crate::series::Estimate;

/// The most runs that each get a section of their own.
pub(super) const SECTIONS: usize = 12;
/// The most runs that are few.
pub(super) const FEW: usize = 4;

/// Figures that are compared by their means, where known.
const COMPARED: &[&str] = &[
    "modes_covered",
    "modes_recognised",
    "high_quality",
    "recognisable",
    "reverse_kl",
    "sliced_wasserstein",
    "std_ratio",
    "distance_ratio",
];

/// Keys that are listed where configurations differ, and groups beside each other.
const LISTED: usize = 80;
/// Keys above which their list is folded away.
const OPEN: usize = 15;

/// Everything that several runs have in common: tables, differences, charts, pictures.
pub(super) fn write(html: &mut Html, runs: &[RunRecords], groups: &[Group], albums: &[Album], points: usize) {
    html.raw("<section><h2>Runs</h2>\n");
    table(html, runs);
    for note in runs.iter().flat_map(|run| &run.notes).take(LISTED) {
        html.raw("<p class=\"note\">").text(note).raw("</p>\n");
    }
    html.raw("</section>\n");
    if groups.iter().any(|group| group.runs.len() > 1) {
        html.raw("<section><h2>By configuration</h2>\n<p class=\"about\">Mean and standard error over the runs of a ");
        html.raw("configuration, which differ in their seed alone; in brackets how many runs have the figure.</p>\n");
        means(html, runs, groups);
        html.raw("</section>\n");
    }
    html.raw("<section><h2>Samples</h2>\n<div class=\"gallery\">\n");
    for (index, (run, album)) in runs.iter().zip(albums).enumerate() {
        html.raw("<div class=\"exhibit\"><h3>").text(&run.name).raw("</h3>\n");
        samples::write(html, &run.name, album, index);
        samples::reals(html, &run.name, album);
        html.raw("</div>\n");
    }
    html.raw("</div></section>\n<section><h2>What differs</h2>\n");
    differing(html, runs, groups);
    html.raw("</section>\n<section><h2>Over the steps</h2>\n");
    if groups.iter().any(|group| group.runs.len() > 1) {
        html.raw(
            "<p class=\"about\">Lines are means over the runs that reached a step, bands one standard error.</p>\n",
        );
    }
    let all: Vec<&RunRecords> = runs.iter().collect();
    for (title, panels) in [
        ("What the detector saw", figures::signals(&all)),
        ("Modes and quality", figures::evaluations(&all)),
        ("Losses", figures::losses(&all)),
        ("Cost", vec![figures::speed()]),
    ] {
        html.element("h3", title);
        drawing::of_groups(html, runs, groups, &panels, points);
    }
    html.raw("</section>\n");
}

fn table(html: &mut Html, runs: &[RunRecords]) {
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
    for head in ["run", "verdict", "finding"] {
        html.raw("<th scope=\"col\">").text(head).raw("</th>");
    }
    for head in ["seed", "steps", "modes", "good samples", "std ratio", "training", "steps/s"] {
        html.raw("<th scope=\"col\" class=\"number\">").text(head).raw("</th>");
    }
    html.raw("</tr></thead><tbody>\n");
    for (index, run) in runs.iter().enumerate() {
        html.raw("<tr><th scope=\"row\">");
        if runs.len() <= SECTIONS {
            html.raw("<a href=\"#run-").text(index).raw("\">").text(&run.name).raw("</a>");
        } else {
            html.text(&run.name);
        }
        html.raw("</th><td>");
        verdict::badge(html, run.verdict());
        html.raw("</td><td class=\"finding\">").text(verdict::finding(run)).raw("</td>");
        let cells = [
            run.keys.get(SEED).cloned(),
            Some(number(run.last_step() as f64)),
            cost::modes(run),
            cost::quality(run),
            run.figure("std_ratio").map(number),
            Some(duration(run.seconds())),
            cost::speed(run).map(number),
        ];
        for cell in cells {
            html.raw("<td class=\"number\">").text(cell.unwrap_or_else(|| "–".to_owned())).raw("</td>");
        }
        html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}

/// Verdicts counted, and figures by mean and standard error.
fn means(html: &mut Html, runs: &[RunRecords], groups: &[Group]) {
    let known: Vec<&str> =
        COMPARED.iter().copied().filter(|name| runs.iter().any(|run| run.figure(name).is_some())).collect();
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">configuration</th><th scope=\"col\">verdicts</th>");
    for name in &known {
        html.raw("<th scope=\"col\" class=\"number\">").text(words(name)).raw("</th>");
    }
    html.raw("<th scope=\"col\" class=\"number\">steps a second</th></tr></thead><tbody>\n");
    for group in groups {
        let members: Vec<&RunRecords> = group.runs.iter().map(|run| &runs[*run]).collect();
        let count = |verdict| members.iter().filter(|run| run.verdict() == Some(verdict)).count();
        let counts = [Verdict::Healthy, Verdict::Suspect, Verdict::Collapsed, Verdict::Inconclusive]
            .map(|verdict| (verdict, count(verdict)));
        let counts = counts.iter().filter(|(_, count)| *count > 0).map(|(verdict, count)| format!("{count} {verdict}"));
        html.raw("<tr><th scope=\"row\">").text(&group.name).raw("</th><td class=\"counts\">");
        html.text(counts.collect::<Vec<_>>().join(", ")).raw("</td>");
        let figures = known.iter().map(|name| members.iter().filter_map(|run| run.figure(name)).collect());
        let speeds: Vec<f64> = members.iter().filter_map(|run| cost::speed(run)).collect();
        for values in figures.chain([speeds]) {
            html.raw("<td class=\"number\">").text(estimate(&values)).raw("</td>");
        }
        html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}

fn estimate(values: &[f64]) -> String {
    let estimate = Estimate::of(values);
    match estimate.standard_error {
        _ if estimate.n == 0 => "–".to_owned(),
        Some(error) => format!("{} ± {} ({})", number(estimate.mean), number(error), estimate.n),
        None => number(estimate.mean),
    }
}

/// The keys whose values are not the same everywhere.
fn differing(html: &mut Html, runs: &[RunRecords], groups: &[Group]) {
    let firsts: Vec<&RunRecords> = groups.iter().map(|group| &runs[group.runs[0]]).collect();
    let configs: Vec<&Keys> = firsts.iter().map(|run| &run.keys).collect();
    let names: Vec<&str> = differences(&configs).into_iter().filter(|name| *name != SEED).collect();
    if names.is_empty() {
        html.raw("<p>Nothing but the seed.</p>\n");
        return;
    }
    let many = names.len() > OPEN;
    if many {
        html.raw("<details><summary>").text(names.len()).raw(" keys</summary>\n");
    }
    // One column a group, where they fit beside each other; else one row.
    let across = groups.len() <= 2 * FEW;
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table class=\"keys\"><thead><tr><th scope=\"col\">");
    let shown = &names[..names.len().min(LISTED)];
    let head = |html: &mut Html, name: &str| {
        html.raw("<th scope=\"col\">").text(name).raw("</th>");
    };
    let cell = |html: &mut Html, keys: &Keys, name: &str| {
        html.raw("<td>").text(keys.get(name).map_or("–", String::as_str)).raw("</td>");
    };
    if across {
        html.raw("key</th>");
        for group in groups {
            head(html, &group.name);
        }
        html.raw("</tr></thead><tbody>\n");
        for name in shown {
            html.raw("<tr><th scope=\"row\"><code>").text(name).raw("</code></th>");
            for keys in &configs {
                cell(html, keys, name);
            }
            html.raw("</tr>\n");
        }
    } else {
        html.raw("configuration</th>");
        for name in shown {
            head(html, name);
        }
        html.raw("</tr></thead><tbody>\n");
        for (group, keys) in groups.iter().zip(&configs) {
            html.raw("<tr><th scope=\"row\">").text(&group.name).raw("</th>");
            for name in shown {
                cell(html, keys, name);
            }
            html.raw("</tr>\n");
        }
    }
    html.raw("</tbody></table></div>\n");
    if names.len() > shown.len() {
        html.raw("<p class=\"quiet\">").text(names.len() - shown.len()).raw(" more keys differ.</p>\n");
    }
    html.raw(if many { "</details>\n" } else { "" });
}
