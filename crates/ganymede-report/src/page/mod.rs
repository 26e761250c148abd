//! The page of a report.

mod cost;
mod drawing;
mod overview;
mod samples;
mod section;
mod verdict;

use ganymede_charts::STYLE;

use crate::groups::Group;
use crate::html::Html;
use crate::pictures::Album;
use crate::run::RunRecords;

const PAGE_STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const LIVE_SCRIPT: &str = include_str!("live.js");

/// The most points of a line in a report of few runs, and of many.
const POINTS: [usize; 2] = [300, 100];

/// Writes the page of runs, each with its pictures.
pub(crate) fn write(runs: &[RunRecords], groups: &[Group], albums: &[Album], live: bool) -> String {
    let mut html = Html::default();
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; ");
    html.raw("style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'");
    html.raw(if live { "; connect-src 'self'" } else { "" });
    html.raw("\">\n<link rel=\"icon\" href=\"data:,\">\n<title>").text(title(runs)).raw("</title>\n<style>\n");
    html.raw(STYLE).raw(PAGE_STYLE).raw("</style>\n</head>\n<body>\n");
    html.raw("<a class=\"skip\" href=\"#content\">Skip to the content</a>\n");
    if live {
        html.raw("<p class=\"live\" id=\"live\" role=\"status\">Watching the run</p>\n");
    }
    html.raw("<main id=\"content\">\n");
    let points = POINTS[usize::from(runs.len() > overview::FEW)];
    html.raw("<header><p class=\"kind\">Ganymede run report</p><h1>").text(title(runs)).raw("</h1></header>\n");
    if let [run] = runs {
        section::write(&mut html, run, &albums[0], points, None);
    } else {
        overview::write(&mut html, runs, groups, albums, points);
        if runs.len() <= overview::SECTIONS {
            for (index, run) in runs.iter().enumerate() {
                section::write(&mut html, run, &Album::default(), points, Some(index));
            }
        } else {
            html.raw("<p class=\"note\">Above ")
                .text(overview::SECTIONS)
                .raw(" runs no run has a section of its own; ");
            html.raw("<code>ganymede report RUN</code> shows one with all its charts.</p>\n");
        }
    }
    html.raw("<footer><p>Made from the runs' records alone by ganymede ").text(env!("CARGO_PKG_VERSION"));
    html.raw(". Nothing here was trained or drawn anew, and the page asks nothing of a network.</p></footer>\n");
    html.raw("</main>\n<script>\n").raw(SCRIPT).raw(if live { LIVE_SCRIPT } else { "" });
    html.raw("</script>\n</body>\n</html>\n");
    html.finish()
}

fn title(runs: &[RunRecords]) -> String {
    match runs {
        [run] => run.name.clone(),
        [one, other] => format!("{} and {}", one.name, other.name),
        _ => format!("{} runs side by side", runs.len()),
    }
}
