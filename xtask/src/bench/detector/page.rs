//! `results.md` of the suite `detector`.

use super::{
    super::markdown::{failures, origin},
    Report, Row,
    truth::Label,
};

pub(super) fn page(report: &Report) -> String {
    let mut text = "# Bench `detector`: does it call every collapse, and no healthy run?\n\n".to_owned();
    text += &table(report);
    text += "\n## How to read it\n\n";
    text += HOW_TO_READ;
    text += &failures(&report.failed);
    text + &origin(&report.sittings)
}

/// A row for each group and one for all.
pub(super) fn table(report: &Report) -> String {
    let mut text =
        "| runs | n | collapsed | found in time | found | median delay | healthy | with a false alarm | partial | verdict at the end | diagnosis agrees |\n\
                    | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |\n"
            .to_owned();
    let mut groups: Vec<&str> = Vec::new();
    for row in &report.rows {
        if !groups.contains(&row.group.as_str()) {
            groups.push(&row.group);
        }
    }
    for group in groups {
        let rows: Vec<&Row> = report.rows.iter().filter(|row| row.group == group).collect();
        text += &line(group, &rows);
    }
    text + &line("**all**", &report.rows.iter().collect::<Vec<_>>())
}

fn line(name: &str, rows: &[&Row]) -> String {
    let with = |label| rows.iter().filter(move |row| row.case.label == label);
    let collapsed = with(Label::Collapsed).count();
    let in_time = with(Label::Collapsed).filter(|row| row.case.found).count();
    let found = with(Label::Collapsed).filter(|row| row.case.delay.is_some()).count();
    let mut delays: Vec<f64> = with(Label::Collapsed).filter_map(|row| row.case.delay).collect();
    delays.sort_by(f64::total_cmp);
    let median = delays.get(delays.len() / 2).map_or("-".to_owned(), |delay| format!("{:.0} %", 100.0 * delay));
    let false_alarms = with(Label::Healthy).filter(|row| row.case.wrong_alarms > 0).count();
    let (healthy, partial) = (with(Label::Healthy).count(), with(Label::Partial).count());
    let mut verdicts: Vec<String> = Vec::new();
    for word in ["healthy", "suspect", "collapsed", "inconclusive"] {
        let count = rows.iter().filter(|row| row.verdict == word).count();
        verdicts.extend((count > 0).then(|| format!("{count} {word}")));
    }
    let agrees = rows.iter().filter(|row| row.agrees == Some(true)).count();
    format!(
        "| {name} | {n} | {collapsed} | {in_time} | {found} | {median} | {healthy} | {false_alarms} | {partial} | {} | \
         {agrees} of {n} |\n",
        verdicts.join(", "),
        n = rows.len()
    )
}

const HOW_TO_READ: &str = "\
- A hundred times in a run the generator is measured twice: by the detector, which knows no modes, and against the true\n\
  modes. It *has lost* a mode that is nearest to less than a fifth of the samples due to it.\n\
- A run *collapsed* where, for at least 5 % of it, the lost modes hold 40 % of the data or more (or the samples' standard\n\
  deviation is below a fifth of the data's). What comes before a generator was well for the first time is its start, if that\n\
  takes a fifth of the run at most; otherwise it has collapsed after a tenth of the run.\n\
- A run is *healthy* that never collapsed and whose lost modes hold less than 15 % of the data at its end; *partial* is\n\
  what is neither.\n\
- *Verdict at the end*: that of the run's summary, which is the diagnosis of its samples; *diagnosis agrees* counts the runs\n\
  of which `ganymede diagnose RUN` gives the same verdict and headline. It also hears of narrow modes, of which this table's\n\
  *healthy* knows nothing: conditional runs keep every mode and have collapsed inside them.\n\
- *Found in time*: the detector says `collapsed` within 5 % of the run after the collapse began; the delay is a share of\n\
  the run. A *false alarm* is the word `collapsed` while the generator was not, nor had been in the last 5 % of the run,\n\
  or while it was starting.\n";
