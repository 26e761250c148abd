//! The plan of a run: what strategies may change before the networks exist, and what they claim.

use std::ops::Range;
use std::sync::Arc;

use ganymede_samples::Shape;

pub use crate::claim::{Claim, StrategyId};
use crate::ledger::Ledger;
use crate::network::plan::NetworkPlan;
use crate::network::{Facts, Layer, leaves};
use crate::objective::Objective;
pub use crate::plan_error::PlanError;
use crate::precision::Precision;
use crate::role::Role;

/// What a run will be made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Rows of a batch.
    pub batch_size: usize,
    /// In which numbers the passes of a step compute.
    pub precision: Precision,
    /// The shape of a sample.
    pub shape: Shape,
    /// Classes of the data, where its rows have labels.
    pub classes: Option<usize>,
    /// What discriminator and generator minimise.
    pub objective: Objective,
    /// The generator; its inputs are the latents.
    pub generator: NetworkPlan,
    /// The discriminator; its inputs are samples.
    pub discriminator: NetworkPlan,
    /// Whether latents carry labels, those of the real batch. Any number of strategies may ask.
    pub labelled: bool,
    /// Samples that share one logit; a discriminator gives `batch_size / samples_per_logit` of them for a batch.
    pub samples_per_logit: usize,
    /// The claims and demands of the strategies. Starts empty.
    pub ledger: Ledger,
}

impl Plan {
    /// Names the strategy that makes the following changes to the plan.
    pub fn ask(&mut self, strategy: impl Into<StrategyId>) {
        self.ledger.asked = strategy.into();
    }

    /// The strategy that changes the plan.
    pub fn strategy(&self) -> &StrategyId {
        &self.ledger.asked
    }

    /// The error of a strategy that needs something which this run does not have. `needs` and `remedy` are sentence
    /// parts: "smooths targets, and the objective has none", "remove the strategy".
    pub fn refusal(&self, needs: impl Into<String>, remedy: impl Into<String>) -> PlanError {
        PlanError::Needs { strategy: self.ledger.asked.clone(), needs: needs.into(), remedy: remedy.into() }
    }

    /// The error of a strategy that cannot be stacked with another.
    pub fn conflict(&self, other: impl Into<StrategyId>, reason: impl Into<String>) -> PlanError {
        PlanError::Conflict { first: self.ledger.asked.clone(), second: other.into(), reason: reason.into() }
    }

    /// Claims an exclusive choice.
    ///
    /// # Errors
    ///
    /// [`PlanError::Claimed`] with both names when it is taken.
    pub fn claim(&mut self, claim: Claim) -> Result<(), PlanError> {
        let second = self.ledger.asked.clone();
        if let Some(first) = self.ledger.claims.get(&claim).cloned() {
            return Err(PlanError::Claimed { claim, first, second });
        }
        self.ledger.claims.insert(claim, second);
        Ok(())
    }

    /// Who claimed a choice.
    pub fn claimed_by(&self, claim: Claim) -> Option<&StrategyId> {
        self.ledger.claims.get(&claim)
    }

    /// Appends outputs to the discriminator, after the logit and the outputs of others.
    pub fn add_outputs(&mut self, count: usize) {
        let start = self.discriminator.output.features();
        self.discriminator.output = Shape::point(start + count);
        self.ledger.outputs.push((self.ledger.asked.name.clone(), start..start + count));
    }

    /// The columns of the discriminator's outputs that belong to a strategy; empty when it appended none.
    pub fn outputs_of(&self, strategy: &str) -> Range<usize> {
        let mut outputs = self.ledger.outputs.iter();
        outputs.find(|(owner, _)| owner == strategy).map_or(0..0, |(_, columns)| columns.clone())
    }

    /// Says that the strategy adds terms to the discriminator's loss, which a lookahead could not follow.
    pub fn add_discriminator_term(&mut self) {
        self.ledger.discriminator_terms.push(self.ledger.asked.clone());
    }

    /// Says that the strategy calls [`vjp`](crate::network::Trace::vjp) on a network.
    pub fn need_second_order(&mut self, role: Role) {
        self.ledger.second_order.push((self.ledger.asked.clone(), role));
    }

    /// Asks for what the discriminator's pass over the batch keeps ([`DiscriminatorView::trace`](crate::strategy::DiscriminatorView)),
    /// so that the strategy need not make that pass again.
    pub fn trace_discriminator_pass(&mut self) {
        self.ledger.traced_passes.push(self.ledger.asked.clone());
    }

    /// Whether a strategy has asked for what the discriminator's pass keeps, and the pass computes in full.
    pub(crate) fn traces_discriminator_pass(&self) -> bool {
        !self.ledger.traced_passes.is_empty() && self.precision.narrow().is_none()
    }

    /// Says that the strategy takes a gradient for each row of a network, which batch norm would mix with the other
    /// rows'.
    ///
    /// Only batch norm is refused. Other layers that look at the whole batch (a minibatch's standard deviation) are
    /// trained with such gradients in the literature, as those of the sum over the batch.
    pub fn refuse_batch_norm(&mut self, role: Role) {
        self.ledger.separate_rows.push((self.ledger.asked.clone(), role));
    }

    /// The plan of a role's network.
    pub fn network(&self, role: Role) -> &NetworkPlan {
        match role {
            Role::Generator => &self.generator,
            Role::Discriminator => &self.discriminator,
        }
    }

    /// The number of classes, for a strategy that cannot do without, which also turns labels on.
    ///
    /// # Errors
    ///
    /// [`PlanError::Needs`] when the data has no labels.
    pub fn need_labels(&mut self) -> Result<usize, PlanError> {
        let remedy = "give the labels in [data] (`labels`, or `label_column` of a CSV file), or remove the strategy";
        let none = || self.refusal("needs labels, and the data has none", remedy);
        let classes = self.classes.ok_or_else(none)?;
        self.labelled = true;
        Ok(classes)
    }

    /// Checks what can only be checked once every strategy has been asked.
    ///
    /// # Errors
    ///
    /// [`PlanError`] that names both sides.
    pub fn finish(&self) -> Result<(), PlanError> {
        if let (Some(lookahead), Some(term)) =
            (self.claimed_by(Claim::Lookahead), self.ledger.discriminator_terms.first())
        {
            return Err(PlanError::Conflict {
                first: lookahead.clone(),
                second: term.clone(),
                reason: format!(
                    "\"{term}\" adds a term to the discriminator's loss, which \"{lookahead}\" cannot unroll"
                ),
            });
        }
        for role in [Role::Generator, Role::Discriminator] {
            self.check_shapes(role)?;
        }
        for (strategy, role) in &self.ledger.second_order {
            if let Some(facts) = self.facts(*role).into_iter().find(|facts| !facts.has_vjp) {
                return Err(PlanError::Needs {
                    strategy: strategy.clone(),
                    needs: format!(
                        "needs second-order gradients through the {}, whose layer `{}` has no vector-Jacobian product",
                        role.name(),
                        facts.name
                    ),
                    remedy: "use another layer, or remove the strategy".to_owned(),
                });
            }
        }
        for (strategy, role) in &self.ledger.separate_rows {
            if let Some(facts) = self.facts(*role).into_iter().find(|facts| facts.normalizes_batch) {
                return Err(PlanError::Needs {
                    strategy: strategy.clone(),
                    needs: format!(
                        "needs a gradient for each row, and the {} of the {} makes every row depend on all",
                        facts.name,
                        role.name()
                    ),
                    remedy: format!(
                        "use {} in [{}] instead, or remove the strategy",
                        self.network(*role).layer_norm_keys,
                        role.name()
                    ),
                });
            }
        }
        if !self.batch_size.is_multiple_of(self.samples_per_logit) {
            return Err(PlanError::Needs {
                strategy: self.claimed_by(Claim::SamplesPerLogit).cloned().unwrap_or_default(),
                needs: format!(
                    "puts {} samples into a logit, which does not divide batch_size = {}",
                    self.samples_per_logit, self.batch_size
                ),
                remedy: "change one of the two".to_owned(),
            });
        }
        Ok(())
    }

    /// The facts of the layers as they will be built, those within others included.
    fn facts(&self, role: Role) -> Vec<Facts> {
        let layers = self.network(role).build_layers();
        layers.iter().flat_map(|layer| leaves("", layer)).map(|(_, layer)| layer.facts()).collect()
    }

    /// Every layer can work on the rows that reach it, and the last gives the output of the network.
    fn check_shapes(&self, role: Role) -> Result<(), PlanError> {
        let network = self.network(role);
        let layers = network.build_layers();
        let shape = |what: String| PlanError::Shape { network: role, what };
        for (index, layer) in layers.iter().enumerate() {
            let Facts { name, fault: Some(fault), .. } = layer.facts() else { continue };
            return Err(shape(format!("its layer {index}, `{name}`, {fault}")));
        }
        let last = layers.last().map_or(network.input, |layer: &Arc<dyn Layer>| layer.facts().output);
        if last.features() != network.output.features() {
            return Err(shape(format!("its last layer gives rows of {last}, and {} are needed", network.output)));
        }
        Ok(())
    }
}
