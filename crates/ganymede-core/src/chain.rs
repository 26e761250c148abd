//! Several strategies as one.

use crate::batch::{DiscriminatorBatch, Latents};
use crate::network::Network;
use crate::optimizer::schedule::Schedule;
use crate::plan::{Plan, PlanError};
use crate::strategy::{
    DiscriminatorView, GeneratorView, LookaheadView, Networks, StepContext, Strategy, StrategyState,
    StrategyStateError, Terms,
};

/// A strategy with how often it acts and how much its terms weigh.
pub struct Entry {
    /// The strategy.
    pub strategy: Box<dyn Strategy>,
    /// Acts at every this many steps, counted from step 0; at least 1. Latents and the plan are not affected: they
    /// are the shape of the run.
    pub every: u64,
    /// Factor on the terms it adds; at least 0.
    pub weight: f64,
    /// How the factor changes over the run.
    pub schedule: Option<Schedule>,
}

impl Entry {
    /// A strategy that acts at every step with weight 1.
    pub fn new(strategy: Box<dyn Strategy>) -> Self {
        Self { strategy, every: 1, weight: 1.0, schedule: None }
    }

    fn acts(&self, context: &StepContext<'_>) -> bool {
        context.step.is_multiple_of(self.every)
    }

    fn weight_at(&self, step: u64) -> f64 {
        self.weight * self.schedule.as_ref().map_or(1.0, |schedule| schedule.at(step))
    }
}

/// Strategies stacked in order: each stage folds through them. The empty chain changes nothing.
#[derive(Default)]
pub struct Chain {
    entries: Vec<Entry>,
}

impl Chain {
    /// These strategies, first to last.
    pub fn new(entries: Vec<Entry>) -> Self {
        Self { entries }
    }

    /// The names, first to last.
    pub fn names(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.strategy.name().to_owned()).collect()
    }

    fn acting<'a>(&'a mut self, context: &'a StepContext<'_>) -> impl Iterator<Item = &'a mut Entry> {
        self.entries.iter_mut().filter(|entry| entry.acts(context))
    }
}

impl Strategy for Chain {
    fn name(&self) -> &'static str {
        "chain"
    }

    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        self.entries.iter().try_for_each(|entry| entry.strategy.configure(plan))
    }

    fn complete(&self, plan: &mut Plan) -> Result<(), PlanError> {
        self.entries.iter().try_for_each(|entry| entry.strategy.complete(plan))
    }

    fn latents(&self, latents: Latents, context: &StepContext<'_>) -> Latents {
        self.entries.iter().fold(latents, |latents, entry| entry.strategy.latents(latents, context))
    }

    fn discriminator_batch(&mut self, batch: DiscriminatorBatch, context: &StepContext<'_>) -> DiscriminatorBatch {
        self.acting(context).fold(batch, |batch, entry| entry.strategy.discriminator_batch(batch, context))
    }

    fn discriminator_terms(&mut self, view: &DiscriminatorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        for entry in self.acting(context) {
            terms.scope(entry.strategy.name(), entry.weight_at(context.step));
            entry.strategy.discriminator_terms(view, context, terms);
        }
    }

    fn lookahead(&self, discriminator: Network, view: &LookaheadView<'_>, context: &StepContext<'_>) -> Network {
        let acting = self.entries.iter().filter(|entry| entry.acts(context));
        acting.fold(discriminator, |network, entry| entry.strategy.lookahead(network, view, context))
    }

    fn generator_terms(&mut self, view: &GeneratorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        for entry in self.acting(context) {
            terms.scope(entry.strategy.name(), entry.weight_at(context.step));
            entry.strategy.generator_terms(view, context, terms);
        }
    }

    fn after_update(&mut self, networks: Networks, context: &StepContext<'_>) -> Networks {
        self.acting(context).fold(networks, |networks, entry| entry.strategy.after_update(networks, context))
    }

    /// Every strategy's record under its name.
    fn state(&self) -> Option<StrategyState> {
        let mut whole = StrategyState::default();
        let mut values = serde_json::Map::new();
        for entry in &self.entries {
            let Some(record) = entry.strategy.state() else { continue };
            let name = entry.strategy.name();
            whole.tensors.extend(record.tensors.into_iter().map(|(key, tensor)| (format!("{name}/{key}"), tensor)));
            values.insert(name.to_owned(), record.values);
        }
        (!values.is_empty()).then(|| StrategyState { values: values.into(), ..whole })
    }

    fn load_state(&mut self, record: Option<StrategyState>) -> Result<(), StrategyStateError> {
        let StrategyState { tensors, values } = record.unwrap_or_default();
        let mut values = match values {
            serde_json::Value::Object(values) => values,
            _ => serde_json::Map::new(),
        };
        for entry in &mut self.entries {
            let prefix = format!("{}/", entry.strategy.name());
            let own = values.remove(entry.strategy.name()).map(|values| {
                let tensors = tensors.iter();
                let own = tensors
                    .filter_map(|(key, tensor)| key.strip_prefix(&prefix).map(|key| (key.to_owned(), tensor.clone())));
                StrategyState { tensors: own.collect(), values }
            });
            entry.strategy.load_state(own)?;
        }
        match values.keys().next() {
            None => Ok(()),
            Some(name) => Err(StrategyStateError {
                strategy: name.clone(),
                reason: "the configuration does not name this strategy".to_owned(),
            }),
        }
    }
}
