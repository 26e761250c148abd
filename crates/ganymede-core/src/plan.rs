//! The plan of a run: what strategies may change before the networks exist, and what they claim.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ganymede_samples::Shape;

pub use crate::claim::Claim;
use crate::network::plan::NetworkPlan;
use crate::network::{Facts, Layer, leaves};
use crate::objective::Objective;
pub use crate::plan_error::PlanError;
use crate::role::Role;

/// What a run will be made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Rows of a batch.
    pub batch_size: usize,
    /// The shape of a sample.
    pub shape: Shape,
    /// Classes of the data, where its rows have labels.
    pub classes: Option<usize>,
    /// Steps of the run; 1 where nobody has said.
    pub steps: u64,
    /// The game.
    pub objective: Objective,
    /// The generator; its inputs are the latents.
    pub generator: NetworkPlan,
    /// The discriminator; its inputs are samples.
    pub discriminator: NetworkPlan,
    /// Whether latents carry labels, those of the real batch. Any number of strategies may ask.
    pub labelled: bool,
    /// Samples that make one logit; a discriminator answers `batch_size / samples_per_logit` times.
    pub samples_per_logit: usize,
    claims: BTreeMap<Claim, String>,
    outputs: Vec<(String, Range<usize>)>,
    discriminator_terms: Vec<String>,
    second_order: Vec<(String, Role)>,
    separate_rows: Vec<(String, Role)>,
}

impl Plan {
    /// A plan that no strategy has changed.
    pub fn new(
        batch_size: usize,
        shape: Shape,
        classes: Option<usize>,
        objective: Objective,
        generator: NetworkPlan,
        discriminator: NetworkPlan,
    ) -> Self {
        Self {
            batch_size,
            shape,
            classes,
            steps: 1,
            objective,
            generator,
            discriminator,
            labelled: false,
            samples_per_logit: 1,
            claims: BTreeMap::new(),
            outputs: Vec::new(),
            discriminator_terms: Vec::new(),
            second_order: Vec::new(),
            separate_rows: Vec::new(),
        }
    }

    /// Claims an exclusive choice for a strategy.
    ///
    /// # Errors
    ///
    /// [`PlanError::Claimed`] with both names when it is taken.
    pub fn claim(&mut self, claim: Claim, strategy: &str) -> Result<(), PlanError> {
        if let Some(first) = self.claims.get(&claim) {
            return Err(PlanError::Claimed { claim, first: first.clone(), second: strategy.to_owned() });
        }
        self.claims.insert(claim, strategy.to_owned());
        Ok(())
    }

    /// Who claimed a choice.
    pub fn claimed_by(&self, claim: Claim) -> Option<&str> {
        self.claims.get(&claim).map(String::as_str)
    }

    /// Appends outputs to the discriminator for a strategy, after the logit and the outputs of others.
    pub fn add_outputs(&mut self, strategy: &str, count: usize) {
        let start = self.discriminator.output.features();
        self.discriminator.output = Shape::point(start + count);
        self.outputs.push((strategy.to_owned(), start..start + count));
    }

    /// The columns of the discriminator's outputs that belong to a strategy; empty when it appended none.
    pub fn outputs_of(&self, strategy: &str) -> Range<usize> {
        self.outputs.iter().find(|(owner, _)| owner == strategy).map_or(0..0, |(_, columns)| columns.clone())
    }

    /// Says that a strategy adds terms to the discriminator's loss, which a lookahead could not follow.
    pub fn add_discriminator_term(&mut self, strategy: &str) {
        self.discriminator_terms.push(strategy.to_owned());
    }

    /// Says that a strategy calls [`vjp`](crate::network::Trace::vjp) on a network.
    pub fn need_second_order(&mut self, strategy: &str, role: Role) {
        self.second_order.push((strategy.to_owned(), role));
    }

    /// Says that a strategy takes a gradient for each row of a network, which batch norm would mix with the other rows'.
    ///
    /// Only batch norm is refused. Other layers that look at the whole batch (a minibatch's standard deviation) are
    /// trained with such gradients in the literature, as those of the sum over the batch.
    pub fn refuse_batch_norm(&mut self, strategy: &str, role: Role) {
        self.separate_rows.push((strategy.to_owned(), role));
    }

    fn network(&self, role: Role) -> &NetworkPlan {
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
    pub fn need_labels(&mut self, strategy: &str) -> Result<usize, PlanError> {
        let classes = self.classes.ok_or_else(|| PlanError::Needs {
            strategy: strategy.to_owned(),
            needs: "needs labels, and the data has none".to_owned(),
            remedy: "give the labels in [data] (`labels`, or `label_column` of a CSV file), or remove the strategy"
                .to_owned(),
        })?;
        self.labelled = true;
        Ok(classes)
    }

    /// Checks what can only be checked once every strategy has spoken.
    ///
    /// # Errors
    ///
    /// [`PlanError`] that names both sides.
    pub fn finish(&self) -> Result<(), PlanError> {
        if let (Some(lookahead), Some(term)) = (self.claimed_by(Claim::Lookahead), self.discriminator_terms.first()) {
            return Err(PlanError::Conflict {
                first: lookahead.to_owned(),
                second: term.clone(),
                reason: format!(
                    "\"{term}\" adds a term to the discriminator's loss, which \"{lookahead}\" cannot unroll"
                ),
            });
        }
        for role in [Role::Generator, Role::Discriminator] {
            self.check_shapes(role)?;
        }
        for (strategy, role) in &self.second_order {
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
        for (strategy, role) in &self.separate_rows {
            if let Some(facts) = self.facts(*role).into_iter().find(|facts| facts.normalizes_batch) {
                return Err(PlanError::Needs {
                    strategy: strategy.clone(),
                    needs: format!(
                        "needs a gradient for each row, and the {} of the {} makes every row depend on all",
                        facts.name,
                        role.name()
                    ),
                    remedy: format!("use layer_norm in [{}] instead, or remove the strategy", role.name()),
                });
            }
        }
        if !self.batch_size.is_multiple_of(self.samples_per_logit) {
            return Err(PlanError::Needs {
                strategy: self.claimed_by(Claim::SamplesPerLogit).unwrap_or_default().to_owned(),
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

    /// Every layer can work on the rows that reach it, and the last gives what is asked of the network.
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
