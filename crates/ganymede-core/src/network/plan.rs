//! A network before it exists: layers that do not know their input's shape yet, and what strategies may do to them.

use std::fmt;
use std::sync::Arc;

use ganymede_samples::Shape;

use crate::claim::StrategyId;
use crate::network::Network;
use crate::network::initialization::InitializationKind;
use crate::network::layer::{Layer, change_leaves};
use crate::network::layers::activation::{Activation, Function, Maxout};
use crate::network::layers::dropout::Dropout;
use crate::network::layers::linear::Linear;
use crate::network::layers::normalization::{BatchNorm, LayerNorm};
use crate::place::Place;
use crate::plan_error::PlanError;
use crate::random::Streams;
use crate::role::Role;

/// Where a layer stands. Layers that strategies put at one position are in the order of the strategies' names, so that no
/// network depends on the order of the strategies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// It sees the rows as they go into the network, before anything is added to them: noise, augmentation.
    First,
    /// It adds to the rows what the network should see beside them: labels.
    Input,
    /// It puts rows together, once all has been added to them: packing.
    Joint,
    /// The network's own layers, in their own order.
    Body,
    /// It adds to the features that the outputs are made of: statistics of the batch.
    BeforeOutput,
    /// The layer that makes the outputs and what follows it, in their own order.
    Output,
}

/// Makes a layer from the shape of the rows that reach it and the shape of the network's output.
pub type MakeLayer = Arc<dyn Fn(Shape, Shape) -> Arc<dyn Layer> + Send + Sync>;

/// Wraps a layer in another.
pub type WrapLayer = Arc<dyn Fn(Arc<dyn Layer>) -> Arc<dyn Layer> + Send + Sync>;

/// A layer before its input's shape is known.
#[derive(Clone)]
pub struct LayerPlan {
    name: String,
    position: Position,
    make: MakeLayer,
}

impl fmt::Debug for LayerPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl LayerPlan {
    /// A layer made from the shape of the rows that reach it and the shape of the network's output. `name` says what it is,
    /// with its sizes: `linear(128)`.
    pub fn new<L: Layer + 'static>(
        name: impl Into<String>,
        make: impl Fn(Shape, Shape) -> L + Send + Sync + 'static,
    ) -> Self {
        Self::shared(name, move |input, output| Arc::new(make(input, output)))
    }

    /// [`LayerPlan::new`] for a layer of a type that is known only once it is made.
    pub fn shared(
        name: impl Into<String>,
        make: impl Fn(Shape, Shape) -> Arc<dyn Layer> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), position: Position::Body, make: Arc::new(make) }
    }

    /// A fully connected layer to points of `width` features.
    pub fn linear(width: usize, start: WeightStart) -> Self {
        let WeightStart { initialization, scale } = start;
        let output = Shape::point(width);
        Self::new(format!("linear({width})"), move |input, _| Linear { input, output, initialization, scale })
    }

    /// The fully connected layer that makes the network's outputs.
    pub fn linear_output(start: WeightStart) -> Self {
        let WeightStart { initialization, scale } = start;
        Self::new("linear(outputs)", move |input, output| Linear { input, output, initialization, scale })
            .at(Position::Output)
    }

    /// An element-wise activation.
    pub fn activation(function: Function) -> Self {
        Self::new(format!("{function:?}"), move |shape, _| Activation { shape, function })
    }

    /// Maxout over groups of `pieces` channels.
    pub fn maxout(pieces: usize) -> Self {
        Self::new(format!("maxout({pieces})"), move |input, _| Maxout { input, pieces })
    }

    /// Batch normalisation, whose running statistics move by `momentum` in one update.
    pub fn batch_norm(momentum: f64) -> Self {
        Self::new("batch norm", move |shape, _| BatchNorm { shape, momentum })
    }

    /// Layer normalisation.
    pub fn layer_norm() -> Self {
        Self::new("layer norm", |shape, _| LayerNorm { shape })
    }

    /// Dropout with this probability.
    pub fn dropout(probability: f64) -> Self {
        Self::new(format!("dropout({probability})"), move |shape, _| Dropout { shape, probability })
    }

    /// The same layer at another position.
    #[must_use]
    pub fn at(self, position: Position) -> Self {
        Self { position, ..self }
    }

    /// Where it stands.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The layer for rows of shape `input`, in a network whose output has the shape `output`.
    pub fn build(&self, input: Shape, output: Shape) -> Arc<dyn Layer> {
        (self.make)(input, output)
    }
}

/// How the weights of a network start, for layers that are added to it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WeightStart {
    /// How weights start.
    pub initialization: InitializationKind,
    /// Standard deviation or gain of the start, where the kind takes one.
    pub scale: f64,
}

impl WeightStart {
    /// What a layer or a network asks for, and this where it asks for nothing.
    #[must_use]
    pub fn or(self, kind: Option<InitializationKind>, scale: Option<f64>) -> Self {
        let of_kind = |initialization: InitializationKind| Self {
            initialization,
            scale: scale.or(initialization.default_scale()).unwrap_or(1.0),
        };
        kind.map_or(self, of_kind)
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

/// A wrapper around layers, with the name of the strategy that added it.
#[derive(Clone)]
struct Wrap {
    name: String,
    wrap: WrapLayer,
}

impl fmt::Debug for Wrap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

/// One network before it exists.
///
/// Strategies change it with verbs, never by positions in a list, and whatever they do takes effect on what has come
/// together in the end: the built network does not depend on the order in which they are asked.
#[derive(Clone, Debug)]
pub struct NetworkPlan {
    /// The shape of a row that goes in.
    pub input: Shape,
    /// The shape of an output row. A discriminator's is a point whose first feature is the logit; strategies append
    /// others.
    pub output: Shape,
    /// How the weights of layers start that strategies add.
    pub start: WeightStart,
    /// The keys that give these layers a norm within each row instead of batch norm, for refusals.
    pub layer_norm_keys: &'static str,
    /// Stacks that share out the rows.
    pub members: usize,
    /// How they share them.
    pub routing: Routing,
    layers: Vec<LayerPlan>,
    wraps: Vec<Wrap>,
    output_replaced_by: Option<StrategyId>,
}

impl NetworkPlan {
    /// A network of one member with these layers.
    pub fn new(input: Shape, output: Shape, layers: Vec<LayerPlan>) -> Self {
        Self {
            input,
            output,
            start: WeightStart::default(),
            layer_norm_keys: "layer_norm = true",
            members: 1,
            routing: Routing::Whole,
            layers,
            wraps: Vec::new(),
            output_replaced_by: None,
        }
    }

    /// The same network whose added layers start in this way.
    #[must_use]
    pub fn starting(self, start: WeightStart) -> Self {
        Self { start, ..self }
    }

    /// The same network with several members.
    #[must_use]
    pub fn shared_by(self, members: usize, routing: Routing) -> Self {
        Self { members, routing, ..self }
    }

    /// Puts a layer before all others, where it sees the rows as they are.
    pub fn at_first(&mut self, layer: LayerPlan) {
        self.layers.push(layer.at(Position::First));
    }

    /// Puts a layer at the input, where it adds something to the rows.
    pub fn at_input(&mut self, layer: LayerPlan) {
        self.layers.push(layer.at(Position::Input));
    }

    /// Puts a layer behind all that add something to the rows.
    pub fn after_input(&mut self, layer: LayerPlan) {
        self.layers.push(layer.at(Position::Joint));
    }

    /// Puts a layer before the one that makes the outputs.
    pub fn before_output(&mut self, layer: LayerPlan) {
        self.layers.push(layer.at(Position::BeforeOutput));
    }

    /// Replaces the layer that makes the outputs; what follows it stays.
    ///
    /// # Errors
    ///
    /// [`PlanError`] that names both strategies when another has replaced it.
    pub fn replace_output(&mut self, strategy: impl Into<StrategyId>, layer: LayerPlan) -> Result<(), PlanError> {
        let strategy = strategy.into();
        if let Some(first) = &self.output_replaced_by {
            return Err(PlanError::Conflict {
                first: first.clone(),
                second: strategy,
                reason: "both replace the layer that makes the outputs".to_owned(),
            });
        }
        self.output_replaced_by = Some(strategy);
        let layer = layer.at(Position::Output);
        match self.layers.iter_mut().find(|plan| plan.position == Position::Output) {
            Some(output) => *output = layer,
            None => self.layers.push(layer),
        }
        Ok(())
    }

    /// Wraps every layer of the network, those within others and those that are added later included. Of several wrappers
    /// the alphabetically first is innermost.
    pub fn wrap(
        &mut self,
        name: impl Into<String>,
        wrap: impl Fn(Arc<dyn Layer>) -> Arc<dyn Layer> + Send + Sync + 'static,
    ) {
        self.wraps.push(Wrap { name: name.into(), wrap: Arc::new(wrap) });
    }

    /// The planned layers in the order in which they will stand.
    pub fn layers(&self) -> Vec<&LayerPlan> {
        let mut layers: Vec<&LayerPlan> = self.layers.iter().collect();
        // The sort is stable: a network's own layers keep their order.
        layers.sort_by_key(|plan| match plan.position {
            Position::Body | Position::Output => (plan.position, ""),
            position => (position, plan.name.as_str()),
        });
        layers
    }

    /// The layers, each made from the shape that reaches it.
    pub fn build_layers(&self) -> Vec<Arc<dyn Layer>> {
        let mut wraps: Vec<&Wrap> = self.wraps.iter().collect();
        wraps.sort_by_key(|wrap| wrap.name.as_str());
        let mut shape = self.input;
        let build = |plan: &LayerPlan| {
            let plain = plan.build(shape, self.output);
            let layer = wraps.iter().fold(plain, |layer, wrap| change_leaves(layer, wrap.wrap.as_ref()));
            shape = layer.facts().output;
            layer
        };
        self.layers().into_iter().map(build).collect()
    }

    /// The network, initialised from `streams` under the role's name.
    pub fn build(&self, role: Role, streams: Streams, place: &Place) -> Network {
        Network::new(role.name(), self.input, self.build_layers(), self.members, streams, place)
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
