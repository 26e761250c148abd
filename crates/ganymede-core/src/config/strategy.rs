//! `[[strategy]]`: what the chain reads of it, and what the strategy reads itself.

use crate::config::error::ConfigError;
use crate::config::section::Section;
use crate::invalid::ensure;
use crate::optimizer::schedule::Schedule;

/// What a strategy may know of its run when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunLength {
    /// Training steps, at least 1.
    pub steps: u64,
}

/// One `[[strategy]]` table: what the chain reads of it, and the rest, which is the strategy's own.
#[derive(Clone, Debug)]
pub struct StrategyConfig<'a> {
    /// The strategy's name.
    pub name: String,
    /// Acts on every n-th step.
    pub every: u64,
    /// Factor on its terms.
    pub weight: f64,
    /// How the factor changes over the run.
    pub schedule: Option<Schedule>,
    /// The run that it is part of.
    pub run: RunLength,
    /// The strategy's own keys.
    pub section: Section<'a>,
}

impl<'a> StrategyConfig<'a> {
    /// Reads the keys of the chain; those of the strategy stay in the section.
    pub(super) fn read(mut section: Section<'a>, run: RunLength) -> Result<Self, ConfigError> {
        let name: Option<String> = section.take_value("name")?;
        let name = name.ok_or_else(|| section.wrong("name", "(left out)", "expected a strategy's name"))?;
        let every = section.take_value("every")?.unwrap_or(1);
        let weight = section.take_value("weight")?.unwrap_or(1.0);
        let schedule = section.take_optional("schedule")?;
        let schedule = schedule.map(|section| section.read_checked(Schedule::check)).transpose()?;
        let check = ensure(every >= 1, "every", every, "expected a whole number of at least 1").and_then(|()| {
            ensure(weight >= 0.0 && f64::is_finite(weight), "weight", weight, "expected a number of at least 0")
        });
        check.map_err(|error| section.invalid(error))?;
        let schedule = schedule.map(|schedule| schedule.resolved(run.steps));
        Ok(Self { name, every, weight, schedule, run, section })
    }
}
