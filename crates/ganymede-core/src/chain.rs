//! Several strategies as one.

use serde_json::{Map, Value};

use crate::batch::DiscriminatorBatch;
use crate::claim::StrategyId;
use crate::network::Network;
use crate::optimizer::schedule::Schedule;
use crate::plan::{Plan, PlanError};
use crate::role::Role;
use crate::strategy::{
    DiscriminatorView, GeneratorView, LookaheadView, StepContext, Strategy, StrategyState, StrategyStateError, Terms,
};

/// A strategy with its name, how often it acts and how much its terms weigh.
pub struct Entry {
    /// The name in configurations, losses, saved state and messages, and where it was configured. No two entries of a
    /// chain have the same name.
    pub id: StrategyId,
    /// The strategy.
    pub strategy: Box<dyn Strategy>,
    /// Acts on every n-th step, counted from step 0; at least 1. The plan is not affected.
    pub every: u64,
    /// Factor on the terms it adds; at least 0.
    pub weight: f64,
    /// How the factor changes over the run.
    pub schedule: Option<Schedule>,
}

impl Entry {
    /// A strategy that acts at every step with weight 1.
    pub fn new(name: impl Into<String>, strategy: impl Strategy + 'static) -> Self {
        let id = StrategyId { name: name.into(), location: None };
        Self { id, strategy: Box::new(strategy), every: 1, weight: 1.0, schedule: None }
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
        self.entries.iter().map(|entry| entry.id.name.clone()).collect()
    }

    /// Lets every strategy change the plan, which notes whose turn it is.
    fn ask(
        &self,
        plan: &mut Plan,
        stage: impl Fn(&dyn Strategy, &mut Plan) -> Result<(), PlanError>,
    ) -> Result<(), PlanError> {
        self.entries.iter().try_for_each(|entry| {
            plan.ask(entry.id.clone());
            stage(entry.strategy.as_ref(), plan)
        })
    }

    /// Every strategy that acts in this step, with the context as it sees it.
    fn acting<'a>(
        &'a mut self,
        context: &'a StepContext<'_>,
    ) -> impl Iterator<Item = (&'a mut (dyn Strategy + 'static), StepContext<'a>, f64)> {
        self.entries.iter_mut().filter(|entry| entry.acts(context)).map(|entry| {
            let weight = entry.weight_at(context.step);
            (entry.strategy.as_mut(), context.of(&entry.id.name), weight)
        })
    }
}

impl Strategy for Chain {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        self.ask(plan, |strategy, plan| strategy.configure(plan))
    }

    fn complete(&self, plan: &mut Plan) -> Result<(), PlanError> {
        self.ask(plan, |strategy, plan| strategy.complete(plan))
    }

    fn discriminator_batch(&mut self, batch: DiscriminatorBatch, context: &StepContext<'_>) -> DiscriminatorBatch {
        self.acting(context).fold(batch, |batch, (strategy, context, _)| strategy.discriminator_batch(batch, &context))
    }

    fn discriminator_terms(&mut self, view: &DiscriminatorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        for (strategy, context, weight) in self.acting(context) {
            terms.scope(context.strategy, weight);
            strategy.discriminator_terms(view, &context, terms);
        }
    }

    fn lookahead(&self, discriminator: Network, view: &LookaheadView<'_>, context: &StepContext<'_>) -> Network {
        let acting = self.entries.iter().filter(|entry| entry.acts(context));
        acting
            .fold(discriminator, |network, entry| entry.strategy.lookahead(network, view, &context.of(&entry.id.name)))
    }

    fn generator_terms(&mut self, view: &GeneratorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        for (strategy, context, weight) in self.acting(context) {
            terms.scope(context.strategy, weight);
            strategy.generator_terms(view, &context, terms);
        }
    }

    fn after_update(&mut self, role: Role, network: &mut Network, context: &StepContext<'_>) {
        for (strategy, context, _) in self.acting(context) {
            strategy.after_update(role, network, &context);
        }
    }

    /// The state of every strategy under its name.
    fn state(&self) -> Option<StrategyState> {
        let mut whole = StrategyState::default();
        let mut values = Map::new();
        for entry in &self.entries {
            let Some(state) = entry.strategy.state() else { continue };
            let name = &entry.id.name;
            whole.tensors.extend(state.tensors.into_iter().map(|(key, tensor)| (format!("{name}/{key}"), tensor)));
            values.insert(name.clone(), state.values);
        }
        (!values.is_empty()).then(|| StrategyState { values: values.into(), ..whole })
    }

    fn load_state(&mut self, state: Option<StrategyState>) -> Result<(), StrategyStateError> {
        let StrategyState { tensors, values } = state.unwrap_or_default();
        let mut values = match values {
            Value::Object(values) => values,
            _ => Map::new(),
        };
        for Entry { id, strategy, .. } in &mut self.entries {
            let prefix = format!("{}/", id.name);
            let own = values.remove(&id.name).map(|values| {
                let named = tensors.iter();
                let own = named
                    .filter_map(|(key, tensor)| key.strip_prefix(&prefix).map(|key| (key.to_owned(), tensor.clone())));
                StrategyState { tensors: own.collect(), values }
            });
            strategy.load_state(own).map_err(|error| error.of(&id.name))?;
        }
        match values.keys().next() {
            None => Ok(()),
            Some(name) => Err(StrategyStateError::new("the configuration does not name this strategy").of(name)),
        }
    }
}
