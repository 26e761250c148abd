//! A run's verdict and what happened to it, in words.

use ganymede_charts::{Mark, Tone, number};
use ganymede_metrics::{Headline, Sign, Verdict};

use crate::figures::{sentence, words};
use crate::html::Html;
use crate::records::Event;
use crate::run::RunRecords;

/// The colour of a verdict.
pub(super) fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Healthy => Tone::Good,
        Verdict::Suspect => Tone::Doubtful,
        Verdict::Collapsed => Tone::Bad,
        Verdict::Inconclusive => Tone::Neutral,
    }
}

/// A verdict as a sign, a word and a colour.
pub(super) fn badge(html: &mut Html, verdict: Option<Verdict>) {
    let (class, sign, word) = match verdict {
        Some(Verdict::Healthy) => ("good", "●", "healthy"),
        Some(Verdict::Suspect) => ("doubtful", "▲", "suspect"),
        Some(Verdict::Collapsed) => ("bad", "■", "collapsed"),
        Some(Verdict::Inconclusive) => ("neutral", "?", "inconclusive"),
        None => ("neutral", "–", "no verdict yet"),
    };
    html.raw("<span class=\"badge ").raw(class).raw("\"><span aria-hidden=\"true\">").raw(sign).raw("</span> ");
    html.raw(word).raw("</span>");
}

/// What is wrong with a run's samples, in a sentence; of a run that has not ended, what its detector saw last.
pub(super) fn finding(run: &RunRecords) -> String {
    if let Some(summary) = &run.summary {
        let tells_a_loss = matches!(
            summary.headline,
            Headline::ModesLost | Headline::InsideCollapse | Headline::SpreadLost | Headline::Repeats
        );
        let lost = summary.lost.filter(|_| tells_a_loss).map_or_else(String::new, |lost| {
            let whole = |share: f64| (100.0 * share).round();
            let [value, low, high] = [lost.value, lost.low, lost.high].map(whole);
            let interval = if low < high { format!(" ({low} to {high}\u{a0}%)") } else { String::new() };
            format!(", about {value}\u{a0}% of it{interval}")
        });
        return sentence(&format!("{}{lost}", summary.headline.words()));
    }
    match run.records.last_look() {
        Some((step, look)) => {
            format!(
                "As watched at step {}: {}. The samples were not judged, since the run has not ended.",
                number(step as f64),
                look.verdict
            )
        }
        None => "The detector has not looked at this run, and it has not ended.".to_owned(),
    }
}

/// How far the run has come.
pub(super) fn progress(run: &RunRecords) -> String {
    let (last, planned) = (run.last_step(), run.planned_steps());
    let steps = |count: u64| number(count as f64);
    let of = planned.map_or_else(|| steps(last), |planned| format!("{} of {}", steps(last), steps(planned)));
    match (&run.summary, run.records.stopped()) {
        (_, Some(reason)) => format!("Stopped after {of} steps: {reason}."),
        (Some(_), _) => format!("Ended after {of} steps."),
        (None, _) if run.records.lines.is_empty() => "Nothing was recorded yet.".to_owned(),
        (None, _) => format!("Recorded {of} steps; it is still running, or was stopped or killed."),
    }
}

/// The block that says how the run came out.
pub(super) fn write(html: &mut Html, run: &RunRecords) {
    html.raw("<div class=\"verdict ").raw(run.verdict().map_or("neutral", |verdict| tone(verdict).class()));
    html.raw("\">\n<p class=\"headline\">");
    badge(html, run.verdict());
    html.raw(" <span>").text(finding(run)).raw("</span></p>\n");
    if let Some(summary) = &run.summary {
        if let Some(doubt) = &summary.doubt {
            html.element("p", sentence(doubt));
        }
        if !summary.reasons.is_empty() {
            html.raw("<ul class=\"reasons\">");
            for reason in &summary.reasons {
                html.element("li", sentence(reason));
            }
            html.raw("</ul>\n");
        }
    } else if let Some((_, Event::Verdict { signs, .. })) =
        run.records.events().filter(|(_, event)| matches!(event, Event::Verdict { .. })).last()
    {
        html.raw("<ul class=\"reasons\">");
        for sign in signs {
            html.element("li", sentence(&describe(sign)));
        }
        html.raw("</ul>\n");
    }
    html.element("p", progress(run)).raw("</div>\n");
}

/// A signal beyond its limit.
fn describe(sign: &Sign) -> String {
    let side = if sign.value < sign.limit { "below" } else { "above" };
    format!("{} {} ({side} {})", words(&sign.signal), number(sign.value), number(sign.limit))
}

/// An event in a sentence, with its colour.
fn told(event: &Event) -> (Tone, String) {
    match event {
        Event::Verdict { after: Verdict::Healthy, .. } => (Tone::Good, "healthy again".to_owned()),
        Event::Verdict { after, signs } => {
            let signs: Vec<String> = signs.iter().map(describe).collect();
            (tone(*after), format!("{after}: {}", signs.join(", ")))
        }
        Event::Rollback { from, learning_rate_factor } => {
            let (from, factor) = (number(*from as f64), number(*learning_rate_factor));
            (
                Tone::Neutral,
                format!("rolled back from step {from}, with other noise and {factor} of the learning rates"),
            )
        }
        Event::Divergence { loss, value } => {
            let value = value.map_or_else(String::new, |value| format!(" is {}", number(value)));
            (Tone::Bad, format!("diverged: the loss {loss}{value}; lower both learning rates"))
        }
        Event::Stop => (Tone::Bad, "stopped, since the generator has collapsed".to_owned()),
        Event::Unknown => (Tone::Neutral, "something that this version does not know".to_owned()),
    }
}

/// The events as marks on charts.
pub(super) fn marks(run: &RunRecords) -> Vec<Mark> {
    let mark = |(step, event): (u64, &Event)| {
        let (tone, label) = told(event);
        Mark { step: step as f64, tone, label: format!("step {step}: {label}") }
    };
    run.records.events().map(mark).collect()
}

/// The events as a table.
pub(super) fn events(html: &mut Html, run: &RunRecords) {
    if run.records.events().next().is_none() {
        html.raw("<p class=\"quiet\">None.</p>\n");
        return;
    }
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">step</th>");
    html.raw("<th scope=\"col\">what happened</th></tr></thead><tbody>\n");
    for (step, event) in run.records.events() {
        let (tone, text) = told(event);
        html.raw("<tr><td class=\"number\">").text(number(step as f64)).raw("</td><td><span class=\"dot ");
        html.raw(tone.class()).raw("\" aria-hidden=\"true\"></span>").text(sentence(&text)).raw("</td></tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}
