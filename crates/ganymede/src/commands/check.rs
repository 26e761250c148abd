//! `ganymede check`.

use std::path::Path;

use super::layers;
use super::session::cost_of_features;
use crate::arguments::CheckArguments;
use crate::failure::{Failure, Outcome, error_line, print};
use crate::run::prepare::{CheckedRun, LoadedConfig};
use crate::system::device::DeviceKind;

/// Reads every configuration, plans it and says what it would train; fails when one of them cannot be used.
pub(crate) fn check(arguments: &CheckArguments) -> Outcome<()> {
    let all = arguments.configs.len();
    let mut bad = 0_usize;
    for config in &arguments.configs {
        match prepare(config) {
            Ok(prepared) => {
                let mut line = format!("{}: {}\n", config.display(), describe(&prepared));
                if let Some(cost) = cost_of_features(&prepared)?.filter(|_| !arguments.toml) {
                    line.push_str(&cost);
                    line.push('\n');
                }
                if arguments.toml {
                    // The whole is TOML, to paste or to put into a file.
                    print(&format!("# {line}{}", layers::lists(&prepared)?))?;
                } else {
                    let table = arguments.layers.then(|| layers::table(&prepared.step.plan));
                    print(&(line + &table.unwrap_or_default()))?;
                }
            }
            Err(failure) if all == 1 => return Err(failure),
            Err(failure) => {
                error_line(&failure.to_string());
                bad += 1;
            }
        }
    }
    if bad == 0 { Ok(()) } else { Err(Failure::refused(format!("{bad} of {all} configurations cannot be used"))) }
}

fn prepare(config: &Path) -> Outcome<CheckedRun> {
    let kind = DeviceKind::choose(None)?;
    let device = kind.require()?;
    LoadedConfig::read(config, &[], None)?.prepare(device)
}

/// One line on what a configuration would train.
fn describe(prepared: &CheckedRun) -> String {
    let (experiment, plan) = (&prepared.loaded.experiment, &prepared.step.plan);
    let modes = prepared.data.mixture().map(|mixture| format!(", {} modes", mixture.modes()));
    let classes = plan.classes.filter(|_| modes.is_none()).map(|classes| format!(", {classes} classes"));
    let rows = prepared
        .data
        .rows()
        .map(|rows| format!(", {rows} {}", if plan.shape.is_point() { "points" } else { "pictures" }))
        .unwrap_or_default();
    let strategies = prepared.loaded.chain.names();
    let strategies = if strategies.is_empty() { "no strategy".to_owned() } else { strategies.join(" + ") };
    format!(
        "ok: {} {}{}{rows}; {} steps of {} rows, {}; {strategies}",
        experiment.data.kind(),
        if plan.shape.is_point() {
            format!("in {} dimensions", plan.shape.features())
        } else {
            format!("of {}", plan.shape)
        },
        modes.or(classes).unwrap_or_default(),
        experiment.steps,
        plan.batch_size,
        experiment.objective.kind.name()
    )
}
