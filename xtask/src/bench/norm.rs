//! The suite `norm`: does a DCGAN collapse when its batch norm is taken out? The standard deviation of the samples over the
//! run, with and without.

mod chart;

use std::{fs, path::Path};

use anyhow::{Context, Result};
use ganymede_metrics::Thresholds;
use serde::Serialize;

use self::chart::{Line, line_chart};
use super::{
    aggregate::{Estimate, count_verdicts},
    cell::Recipe,
    markdown::{aligned, estimate, verdicts},
    report::{self, Run},
    results::write_results,
    suite::{Defaults, Outcome, Suite},
};
use crate::workspace::write;

pub(super) static SUITE: Suite = Suite {
    name: "norm",
    title: "a DCGAN with and without batch norm",
    about: "A DCGAN on glyphs with and without batch norm, the standard deviation of its samples over the run: some four \
            minutes a seed on one core",
    defaults: Defaults { seeds: 5, steps: None, jobs: None },
    rows: |_| Ok(ROWS.iter().map(|(name, _)| (*name).to_owned()).collect()),
    plan: |request| request.cells_of(|root, row| Recipe::read(root, row, format!("configs/{row}.toml"), Vec::new())),
    report: |made| {
        let report = Report::of_runs(made, |run| Row::of(&run))?;
        report.write(made.out)?;
        Ok(Outcome { console: report.table() + &report.answer(), complete: report.all_ended_well() })
    },
};

/// The configurations, and what each is called in the picture.
const ROWS: [(&str, &str); 2] = [("dcgan", "with batch norm"), ("dcgan-no-norm", "without")];

/// A standard deviation below this part of the real one is a collapse: the detector's own limit.
fn limit() -> f64 {
    Thresholds::default().std_ratio.collapsed
}

/// The file of the picture.
const PICTURE: &str = "standard-deviation.svg";

/// The standard deviation at one evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct SpreadLook {
    step: u64,
    /// Over that of the real samples.
    std_ratio: f64,
}

#[derive(Serialize)]
struct Row {
    config: String,
    seed: u64,
    verdict: String,
    looks: Vec<SpreadLook>,
}

impl Row {
    fn of(run: &Run<'_>) -> Result<Self> {
        let looks = looks(&run.records()?).context("cannot use stats.jsonl")?;
        let verdict = run.finished.summary.verdict_word().to_owned();
        Ok(Self { config: run.name().to_owned(), seed: run.cell.key.seed, verdict, looks })
    }

    /// The ratio of the last look.
    fn end(&self) -> Option<f64> {
        self.looks.last().map(|look| look.std_ratio)
    }

    /// The least ratio in the second half of the run, when what is learnt at all has been learnt.
    fn least(&self) -> Option<f64> {
        let half = self.looks.last()?.step / 2;
        self.looks.iter().filter(|look| look.step >= half).map(|look| look.std_ratio).reduce(f64::min)
    }
}

type Report = report::Report<Row>;

impl Report {
    fn of<'a>(&'a self, config: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.config == config)
    }

    fn table(&self) -> String {
        let below = format!("below {}", limit());
        let head =
            ["configuration", "n", "std ratio at the end", "least of the second half", below.as_str(), "verdicts"];
        let line = |(config, _): &(&str, &str)| {
            vec![
                (*config).to_owned(),
                self.of(config).count().to_string(),
                estimate(Estimate::of(self.of(config).filter_map(Row::end)), 3),
                estimate(Estimate::of(self.of(config).filter_map(Row::least)), 3),
                self.collapsed(config).to_string(),
                verdicts(&count_verdicts(self.of(config).map(|row| row.verdict.as_str()))),
            ]
        };
        aligned(&std::iter::once(head.map(str::to_owned).to_vec()).chain(ROWS.iter().map(line)).collect::<Vec<_>>())
    }

    /// Runs whose standard deviation fell below the limit in their second half.
    fn collapsed(&self, config: &str) -> usize {
        self.of(config).filter_map(Row::least).filter(|least| *least < limit()).count()
    }

    fn answer(&self) -> String {
        let [with, without] = ROWS.map(|(config, _)| (self.collapsed(config), self.of(config).count()));
        format!(
            "\nBelow {} of the real standard deviation in the second half of the run: {} of {} runs with batch norm, \
             {} of {} without.\n",
            limit(),
            with.0,
            with.1,
            without.0,
            without.1
        )
    }

    fn write(&self, out: &Path) -> Result<()> {
        let called = |row: &Row| ROWS.iter().position(|(config, _)| *config == row.config).unwrap_or(0);
        let line = |row: &Row| Line { colour: called(row), points: row.looks.clone() };
        let lines: Vec<Line> = self.rows.iter().map(line).collect();
        let picture = out.join(PICTURE);
        match line_chart(&lines, &ROWS.map(|(_, label)| label)) {
            Some(chart) => write(&picture, &chart)?,
            None => drop(fs::remove_file(&picture)),
        }
        write_results(out, self, &self.page())
    }

    fn page(&self) -> String {
        let parts = [
            "# Bench `norm`: a DCGAN with and without batch norm\n\n".to_owned(),
            self.table(),
            self.answer(),
            format!("\n![The standard deviation over the steps, a line a run]({PICTURE})\n"),
            HOW_TO_READ.to_owned(),
            self.foot(),
        ];
        parts.concat()
    }
}

const HOW_TO_READ: &str = "
- `configs/dcgan.toml` and `configs/dcgan-no-norm.toml`, which differ in the norm of both networks only. ± is the standard error
  over the n seeds.
- Std ratio: the standard deviation of all values of the samples over that of as many real ones, at every evaluation. It sees a
  loss of all variety, not of a few classes; the verdicts are those of the runs' summaries, which see both.
";

/// The evaluations in a run's records.
fn looks(records: &str) -> Result<Vec<SpreadLook>> {
    let mut looks = Vec::new();
    for line in records.lines() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        if let (Some(step), Some(std_ratio)) = (line["step"].as_u64(), line["metrics"]["std_ratio"].as_f64()) {
            looks.push(SpreadLook { step, std_ratio });
        }
    }
    Ok(looks)
}

#[cfg(test)]
mod tests {
    use super::{Report, Row, SpreadLook, looks};

    fn row(config: &str, ratios: &[f64]) -> Row {
        let looks = ratios.iter().enumerate().map(|(at, ratio)| SpreadLook { step: 10 * at as u64, std_ratio: *ratio });
        Row { config: config.to_owned(), seed: 0, verdict: "healthy".to_owned(), looks: looks.collect() }
    }

    #[test]
    fn evaluations_are_read_and_other_records_left_out() {
        let records = "{\"step\":0,\"metrics\":{\"std_ratio\":0.25}}\n{\"step\":5,\"metrics\":null}\n\
                       {\"step\":7}\n{\"step\":9,\"metrics\":{\"std_ratio\":null}}\n{\"step\":10,\"metrics\":{\"std_ratio\":1.5}}\n";
        let expected = [SpreadLook { step: 0, std_ratio: 0.25 }, SpreadLook { step: 10, std_ratio: 1.5 }];
        assert_eq!(looks(records).unwrap(), expected);
        assert!(looks("{\"step\":").is_err());
    }

    #[test]
    fn a_collapse_counts_in_the_second_half_only() {
        let rows = vec![
            row("dcgan", &[0.1, 0.2, 0.9, 0.8, 1.0]),
            row("dcgan", &[0.1, 0.9, 0.9, 0.29, 0.7]),
            row("dcgan-no-norm", &[0.0]),
        ];
        let report = Report { sittings: Vec::new(), rows, failed: Vec::new() };
        assert_eq!((report.rows[0].least(), report.rows[0].end()), (Some(0.8), Some(1.0)));
        assert_eq!((report.collapsed("dcgan"), report.collapsed("dcgan-no-norm")), (1, 1));
        assert!(report.answer().contains("1 of 2 runs with batch norm, 1 of 1 without"), "{}", report.answer());
        assert!(report.table().contains("0.850 ± 0.150"), "{}", report.table());
    }
}
