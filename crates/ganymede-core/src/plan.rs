//! The plan of a run: what strategies may change before the networks exist, and what they claim.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use crate::claim::Claim;
use crate::network::activation::{Activation, Function, Maxout};
use crate::network::dropout::Dropout;
use crate::network::initialization::InitializationKind;
use crate::network::linear::Linear;
use crate::network::normalization::{BatchNorm, LayerNorm};
use crate::network::{Layer, Network};
use crate::objective::Objective;
use crate::place::Place;
pub use crate::plan_error::PlanError;
use crate::random::Streams;
use crate::role::Role;

/// The width of a linear layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// This many units.
    Fixed(usize),
    /// As many as the network has outputs, known once every strategy has been asked.
    Outputs,
}

/// Makes a layer once the width of its input is known; the second number is the network's outputs.
pub type MakeLayer = Arc<dyn Fn(usize, usize) -> Arc<dyn Layer> + Send + Sync>;

/// A layer before its input's width is known.
#[derive(Clone)]
pub enum LayerPlan {
    /// A fully connected layer.
    Linear {
        /// Units.
        width: Width,
        /// How the weight starts.
        initialization: InitializationKind,
        /// Standard deviation or gain of the start, where the kind takes one.
        scale: f64,
    },
    /// An element-wise activation.
    Activation(Function),
    /// Maxout over groups of this many units.
    Maxout {
        /// Units in a group.
        pieces: usize,
    },
    /// Batch normalisation.
    BatchNorm {
        /// How far the running statistics move in one update.
        momentum: f64,
    },
    /// Layer normalisation.
    LayerNorm,
    /// Dropout.
    Dropout {
        /// Probability that an entry is dropped.
        probability: f64,
    },
    /// Any other layer.
    Custom(MakeLayer),
    /// Any other layer that must see the rows that go into the network as they are: it comes before all others,
    /// wherever strategies that are asked later put theirs.
    First(MakeLayer),
}

impl fmt::Debug for LayerPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear { width, .. } => write!(formatter, "linear({width:?})"),
            Self::Activation(function) => write!(formatter, "{function:?}"),
            Self::Maxout { pieces } => write!(formatter, "maxout({pieces})"),
            Self::BatchNorm { .. } => formatter.write_str("batch norm"),
            Self::LayerNorm => formatter.write_str("layer norm"),
            Self::Dropout { probability } => write!(formatter, "dropout({probability})"),
            Self::Custom(_) => formatter.write_str("custom"),
            Self::First(_) => formatter.write_str("custom, first"),
        }
    }
}

impl LayerPlan {
    /// The layer for rows of `input` features, in a network of `outputs` outputs.
    pub fn build(&self, input: usize, outputs: usize) -> Arc<dyn Layer> {
        match self {
            Self::Linear { width, initialization, scale } => Arc::new(Linear {
                inputs: input,
                outputs: match width {
                    Width::Fixed(width) => *width,
                    Width::Outputs => outputs,
                },
                initialization: *initialization,
                scale: *scale,
            }),
            Self::Activation(function) => Arc::new(Activation { width: input, function: *function }),
            Self::Maxout { pieces } => Arc::new(Maxout { width: input / pieces, pieces: *pieces }),
            Self::BatchNorm { momentum } => Arc::new(BatchNorm { width: input, momentum: *momentum }),
            Self::LayerNorm => Arc::new(LayerNorm { width: input }),
            Self::Dropout { probability } => Arc::new(Dropout { width: input, probability: *probability }),
            Self::Custom(make) | Self::First(make) => make(input, outputs),
        }
    }
}

/// Who decides which member of a network a row goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Routing {
    /// One member takes every row.
    #[default]
    Whole,
    /// Consecutive parts of (nearly) equal size.
    Even,
    /// The row's class.
    ByClass,
}

/// One network before it exists.
#[derive(Clone, Debug)]
pub struct NetworkPlan {
    /// Features of a row that goes in.
    pub inputs: usize,
    /// Features of a row that comes out. A discriminator's first is the logit; strategies append others.
    pub outputs: usize,
    /// Layers, first to last.
    pub layers: Vec<LayerPlan>,
    /// Stacks that share out the rows.
    pub members: usize,
    /// How they share them.
    pub routing: Routing,
}

impl NetworkPlan {
    /// The layers with their widths.
    pub fn build_layers(&self) -> Vec<Arc<dyn Layer>> {
        let mut width = self.inputs;
        let mut layers = Vec::with_capacity(self.layers.len());
        let (first, others): (Vec<_>, Vec<_>) =
            self.layers.iter().partition(|plan| matches!(plan, LayerPlan::First(_)));
        for plan in first.into_iter().chain(others) {
            let layer = plan.build(width, self.outputs);
            width = layer.output_width();
            layers.push(layer);
        }
        layers
    }

    /// The network, initialised from `streams` under the role's name.
    pub fn build(&self, role: Role, streams: Streams, place: &Place) -> Network {
        Network::new(role.name(), self.build_layers(), self.members, streams, place)
    }

    /// How many consecutive rows each member takes; empty with one member. Rows routed by class must be sorted by it.
    pub fn groups(&self, rows: usize, labels: Option<&[usize]>) -> Vec<usize> {
        match self.routing {
            Routing::Whole => Vec::new(),
            Routing::Even => {
                (0..self.members).map(|k| rows * (k + 1) / self.members - rows * k / self.members).collect()
            }
            Routing::ByClass => {
                let mut groups = vec![0; self.members];
                labels.into_iter().flatten().for_each(|label| groups[*label] += 1);
                groups
            }
        }
    }
}

/// What a run will be made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Rows of a batch.
    pub batch_size: usize,
    /// Features of a sample.
    pub features: usize,
    /// Classes of the data, where its rows have labels.
    pub classes: Option<usize>,
    /// Steps of the run; 1 where nobody has said.
    pub steps: u64,
    /// Phases of a step, so that a layer knows the step of a pass: [`Plan::step_of`].
    pub phases: u64,
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
        features: usize,
        classes: Option<usize>,
        objective: Objective,
        generator: NetworkPlan,
        discriminator: NetworkPlan,
    ) -> Self {
        Self {
            batch_size,
            features,
            classes,
            steps: 1,
            phases: 1,
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

    /// The step in which a pass with this [`Pass::step`](crate::network::Pass::step) happens.
    pub fn step_of(&self, moment: u64) -> u64 {
        moment / self.phases.max(1)
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
        let start = self.discriminator.outputs;
        self.discriminator.outputs += count;
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
        for (strategy, role) in &self.second_order {
            if let Some(layer) = self.network(*role).build_layers().iter().find(|layer| !layer.has_vjp()) {
                return Err(PlanError::Needs {
                    strategy: strategy.clone(),
                    needs: format!(
                        "needs second-order gradients through the {}, whose layer `{}` has no vector-Jacobian product",
                        role.name(),
                        layer.name()
                    ),
                    remedy: "use another layer, or remove the strategy".to_owned(),
                });
            }
        }
        for (strategy, role) in &self.separate_rows {
            let network = self.network(*role);
            if network.layers.iter().any(|layer| matches!(layer, LayerPlan::BatchNorm { .. })) {
                return Err(PlanError::Needs {
                    strategy: strategy.clone(),
                    needs: format!(
                        "needs a gradient for each row, and the batch norm of the {} makes every row depend on all",
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
}
