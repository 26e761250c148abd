//! Networks by configuration: multilayer perceptrons of any widths, and the small pair that introductions to GANs use.

use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};
use crate::network::initialization::{InitializationKind, check_start};
use crate::network::layers::activation::ActivationKind;
use crate::network::list::{
    BatchNormConfig, DropoutConfig, LayerConfig, LayersConfig, LeakyReluConfig, LinearConfig, MOST_WEIGHTS,
    MaxoutConfig,
};
use crate::network::plan::{LayerPlan, WeightStart};
use crate::role::Role;

/// Which preset a network starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PresetKind {
    /// A multilayer perceptron; every key is its own.
    #[default]
    Mlp,
    /// Perceptrons for values from -1 to 1, as articles that introduce GANs with code write them. Generator: 128, then 256
    /// with batch norm, tanh at the end. Discriminator: 512, 256. Leaky `ReLU` with slope 0.2 in both. No paper has them:
    /// they are here so that such an article's run can be repeated. Keys that are set override them.
    Article,
}

/// Batch norm for all hidden layers or for each one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerLayer {
    /// The same for every hidden layer.
    All(bool),
    /// One entry for each hidden layer.
    Each(Vec<bool>),
}

impl PerLayer {
    /// Whether any layer has it.
    fn any(&self) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Each(each) => each.contains(&true),
        }
    }
}

/// One network as configured. What is left out takes the preset's default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// The preset.
    pub kind: PresetKind,
    /// Widths of the hidden layers, each at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Vec<usize>>,
    /// After each hidden layer; default `relu`, and `leaky-relu` for `article`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<ActivationKind>,
    /// Slope of leaky `ReLU` below zero, in `[0, 1)`; default 0.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slope: Option<f64>,
    /// Linear units that each maxout unit picks from, at least 2; default 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pieces: Option<usize>,
    /// Batch norm before the activation, for all hidden layers or for each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_norm: Option<PerLayer>,
    /// How far batch norm's running statistics move in one update, in `(0, 1]`; default 0.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_norm_momentum: Option<f64>,
    /// Layer norm before the activation of every hidden layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_norm: Option<bool>,
    /// Probability that dropout after each hidden activation drops an entry, in `[0, 1)`; default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropout: Option<f64>,
    /// After the last layer of a generator: `none`, `tanh` or `sigmoid`; a discriminator gives logits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_activation: Option<ActivationKind>,
    /// How weights start; default `xavier`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<InitializationKind>,
    /// Standard deviation of `normal` (default 0.02), gain of `orthogonal` or `fan-in` (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization_std: Option<f64>,
}

impl NetworkConfig {
    /// The same configuration with every default that applies spelled out.
    #[must_use]
    pub fn resolved(self, role: Role) -> Self {
        let article = self.kind == PresetKind::Article;
        let generator = role == Role::Generator;
        let hidden = self.hidden.unwrap_or_else(|| match (article, generator) {
            (false, _) => vec![128, 128],
            (true, true) => vec![128, 256],
            (true, false) => vec![512, 256],
        });
        let batch_norm = self.batch_norm.unwrap_or_else(|| {
            if article && generator && hidden.len() == 2 {
                PerLayer::Each(vec![false, true])
            } else {
                PerLayer::All(false)
            }
        });
        let activation =
            self.activation.unwrap_or(if article { ActivationKind::LeakyRelu } else { ActivationKind::Relu });
        let initialization = self.initialization.unwrap_or_default();
        let ends_in_tanh = if article { ActivationKind::Tanh } else { ActivationKind::None };
        Self {
            kind: self.kind,
            slope: self.slope.or((activation == ActivationKind::LeakyRelu).then_some(0.2)),
            pieces: self.pieces.or((activation == ActivationKind::Maxout).then_some(5)),
            batch_norm_momentum: self.batch_norm_momentum.or(batch_norm.any().then_some(0.1)),
            layer_norm: self.layer_norm.or(Some(false)),
            dropout: self.dropout.or(Some(0.0)),
            output_activation: self.output_activation.or(generator.then_some(ends_in_tanh)),
            initialization: Some(initialization),
            initialization_std: self.initialization_std.or(initialization.default_scale()),
            hidden: Some(hidden),
            batch_norm: Some(batch_norm),
            activation: Some(activation),
        }
    }

    /// Checks a [resolved](NetworkConfig::resolved) configuration.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self, role: Role) -> Result<(), InvalidValue> {
        let hidden = self.hidden.clone().unwrap_or_default();
        for width in &hidden {
            ensure(*width >= 1, "hidden", format!("{hidden:?}"), "expected widths of at least 1")?;
        }
        for pair in hidden.windows(2) {
            let weights = pair[0].checked_mul(pair[1]).and_then(|w| w.checked_mul(self.pieces.unwrap_or(1)));
            ensure(
                weights.is_some_and(|weights| weights < MOST_WEIGHTS),
                "hidden",
                format!("{hidden:?}"),
                "expected widths whose layers fit in memory (training takes some 32 bytes a weight with Adam)",
            )?;
        }
        let widest = hidden.iter().copied().max().unwrap_or(0);
        ensure(widest < MOST_WEIGHTS / 64, "hidden", widest, "expected widths whose layers fit in memory")?;
        let fraction = |key: &str, value: Option<f64>| match value {
            Some(value) => ensure((0.0..1.0).contains(&value), key, value, "expected a number in [0, 1)"),
            None => Ok(()),
        };
        fraction("slope", self.slope)?;
        fraction("dropout", self.dropout)?;
        let activation = self.activation.unwrap_or_default();
        let uses = [
            ("slope", self.slope, activation == ActivationKind::LeakyRelu, "only leaky-relu has one"),
            (
                "pieces",
                self.pieces.map(|pieces| pieces as f64),
                activation == ActivationKind::Maxout,
                "only maxout has them",
            ),
            (
                "batch_norm_momentum",
                self.batch_norm_momentum,
                self.batch_norm.as_ref().is_some_and(PerLayer::any),
                "no layer here has batch norm",
            ),
        ];
        for (key, value, used, reason) in uses {
            if let Some(value) = value {
                ensure(used, key, value, &format!("{reason}; leave it out"))?;
            }
        }
        let momentum = self.batch_norm_momentum.unwrap_or(0.1);
        ensure(momentum > 0.0 && momentum <= 1.0, "batch_norm_momentum", momentum, "expected a number in (0, 1]")?;
        let pieces = self.pieces.unwrap_or(5);
        ensure((2..=64).contains(&pieces), "pieces", pieces, "expected a whole number from 2 to 64")?;
        check_start(self.initialization, self.initialization_std)?;
        if let Some(PerLayer::Each(each)) = &self.batch_norm {
            ensure(
                each.len() == hidden.len(),
                "batch_norm",
                format!("{each:?}"),
                &format!("expected true, false, or one of them for each of the {} hidden layers", hidden.len()),
            )?;
        }
        check_output_activation(self.output_activation, role)
    }

    /// The layers, as a list. Call on a checked, resolved configuration.
    pub fn list(&self) -> LayersConfig {
        let hidden = self.hidden.clone().unwrap_or_default();
        let activation = self.activation.unwrap_or_default();
        let pieces = self.pieces.unwrap_or(5);
        let dropout = self.dropout.unwrap_or(0.0);
        let mut layers = Vec::new();
        for (index, width) in hidden.into_iter().enumerate() {
            let units = if activation == ActivationKind::Maxout { width * pieces } else { width };
            layers.push(LayerConfig::Linear(LinearConfig { width: Some(units), ..LinearConfig::default() }));
            if self.has_batch_norm(index) {
                let momentum = self.batch_norm_momentum.unwrap_or(0.1);
                layers.push(LayerConfig::BatchNorm(BatchNormConfig { momentum }));
            }
            if self.layer_norm.unwrap_or(false) {
                layers.push(LayerConfig::LayerNorm);
            }
            layers.extend(self.activation_layer(activation));
            if dropout > 0.0 {
                layers.push(LayerConfig::Dropout(DropoutConfig { probability: dropout }));
            }
        }
        layers.push(LayerConfig::Linear(LinearConfig::default()));
        layers.extend(self.activation_layer(self.output_activation.unwrap_or(ActivationKind::None)));
        LayersConfig::starting(self.start(), layers)
    }

    /// The layers, as a plan that strategies may still change. Call on a checked, resolved configuration.
    pub fn layers(&self) -> Vec<LayerPlan> {
        self.list().plans()
    }

    /// How the weights start.
    pub fn start(&self) -> WeightStart {
        WeightStart {
            initialization: self.initialization.unwrap_or_default(),
            scale: self.initialization_std.unwrap_or(1.0),
        }
    }

    fn has_batch_norm(&self, layer: usize) -> bool {
        match &self.batch_norm {
            None => false,
            Some(PerLayer::All(all)) => *all,
            Some(PerLayer::Each(each)) => each.get(layer).copied().unwrap_or(false),
        }
    }

    fn activation_layer(&self, kind: ActivationKind) -> Option<LayerConfig> {
        match kind {
            ActivationKind::Relu => Some(LayerConfig::Relu),
            ActivationKind::LeakyRelu => {
                Some(LayerConfig::LeakyRelu(LeakyReluConfig { slope: self.slope.unwrap_or(0.2) }))
            }
            ActivationKind::Tanh => Some(LayerConfig::Tanh),
            ActivationKind::Sigmoid => Some(LayerConfig::Sigmoid),
            ActivationKind::Maxout => Some(LayerConfig::Maxout(MaxoutConfig { pieces: self.pieces.unwrap_or(5) })),
            ActivationKind::None => None,
        }
    }
}

/// What a convolutional generator ends in.
pub(super) fn output_layer(output: Option<ActivationKind>) -> Option<LayerConfig> {
    match output {
        Some(ActivationKind::Tanh) => Some(LayerConfig::Tanh),
        Some(ActivationKind::Sigmoid) => Some(LayerConfig::Sigmoid),
        _ => None,
    }
}

/// Checks what stands behind the last layer.
///
/// # Errors
///
/// [`InvalidValue`] where the role's outputs are of another range.
pub(super) fn check_output_activation(output: Option<ActivationKind>, role: Role) -> Result<(), InvalidValue> {
    let output = output.unwrap_or(ActivationKind::None);
    let (legal, expected) = match role {
        Role::Generator => (
            matches!(output, ActivationKind::None | ActivationKind::Tanh | ActivationKind::Sigmoid),
            "expected \"none\", \"tanh\" or \"sigmoid\"",
        ),
        Role::Discriminator => (
            output == ActivationKind::None,
            "a discriminator gives logits, which the objective turns into losses; leave it out",
        ),
    };
    ensure(legal, "output_activation", format!("{output:?}"), expected)
}
