//! Networks as lists of layers: what a configuration writes out, and what the presets are made of.

mod check;
mod entry;
mod make;

use ganymede_samples::Shape;
use serde::{Deserialize, Serialize};

pub use self::entry::{
    BatchNormConfig, ConvolutionConfig, DownsamplingConfig, DownsamplingFilter, DropoutConfig, FourierFeaturesConfig,
    GroupNormConfig, LAYER_KINDS, LayerConfig, LeakyReluConfig, LearnedBasisConfig, LinearConfig, MaxoutConfig,
    ResidualConfig, Sides, UpsamplingConfig, UpsamplingFilter,
};
use crate::invalid::{InvalidValue, ensure};
use crate::network::initialization::{InitializationKind, check_start};
use crate::network::plan::{LayerPlan, NetworkPlan, Position, WeightStart};
use crate::role::Role;

/// The one value of `kind`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayersKind {
    /// `layers`.
    #[default]
    Layers,
}

/// A layer with more weights than this is refused as a mistake: it would not fit in memory.
pub const MOST_WEIGHTS: usize = 1 << 31;

/// A row with more values than this is refused as a mistake.
const MOST_FEATURES: usize = 1 << 30;

/// A network as a list of layers, first to last. Each takes what the one before it gives.
///
/// One of them leaves its size out (the `width` of a linear layer, the `channels` of a convolution): it makes the network's
/// outputs, however many the data and the strategies ask for, and belongs to the output with all that follows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LayersConfig {
    /// `layers`.
    pub kind: LayersKind,
    /// How weights start, of those layers that do not say another; default `xavier`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<InitializationKind>,
    /// Standard deviation of `normal`, gain of `orthogonal` and `fan-in`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization_std: Option<f64>,
    /// The layers.
    pub layers: Vec<LayerConfig>,
}

impl LayersConfig {
    /// These layers, whose weights start in this way where they do not say another.
    pub fn starting(start: WeightStart, layers: Vec<LayerConfig>) -> Self {
        let scale = start.initialization.default_scale().map(|_| start.scale);
        Self { kind: LayersKind::Layers, initialization: Some(start.initialization), initialization_std: scale, layers }
    }

    /// The same list with the defaults of the network spelled out.
    #[must_use]
    pub fn resolved(self) -> Self {
        let initialization = self.initialization.unwrap_or_default();
        let scale = self.initialization_std.or(initialization.default_scale());
        Self { initialization: Some(initialization), initialization_std: scale, ..self }
    }

    /// Checks a [resolved](LayersConfig::resolved) list, whatever the data.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the layer by its number from 0 and the key: `layers.2.kernel`.
    pub fn check(&self, role: Role) -> Result<(), InvalidValue> {
        check_start(self.initialization, self.initialization_std)?;
        let expected = "expected at least the layer that makes the outputs: layers = [{ kind = \"linear\" }]";
        ensure(!self.layers.is_empty(), "layers", "[]", expected)?;
        for (index, layer) in self.layers.iter().enumerate() {
            layer.check(0).map_err(|error| error.within(&format!("layers.{index}")))?;
        }
        let makers: Vec<usize> = (0..self.layers.len()).filter(|index| self.layers[*index].makes_outputs()).collect();
        match makers.as_slice() {
            [] => {
                let last = self.layers.len() - 1;
                let expected = "no layer makes the network's outputs; leave the width of the last linear layer out, or the \
                                channels of the last convolution, so that they follow from what is asked of the network";
                Err(InvalidValue::new(format!("layers.{last}"), self.layers[last].kind(), expected))
            }
            [output] => self.check_behind(*output, role),
            [first, second, ..] => {
                let expected = format!(
                    "layers.{first} makes the network's outputs already, as it leaves its size out; say the width or the \
                     channels of one of the two"
                );
                Err(InvalidValue::new(format!("layers.{second}"), self.layers[*second].kind(), expected))
            }
        }
    }

    /// A discriminator's outputs are logits: nothing may bend or normalise them.
    fn check_behind(&self, output: usize, role: Role) -> Result<(), InvalidValue> {
        let keeps_logits = |layer: &LayerConfig| {
            matches!(
                layer,
                LayerConfig::GlobalPooling
                    | LayerConfig::Downsampling(_)
                    | LayerConfig::Upsampling(_)
                    | LayerConfig::Linear(_)
                    | LayerConfig::Convolution(_)
            )
        };
        for (index, layer) in self.layers.iter().enumerate().skip(output + 1) {
            let legal = role == Role::Generator || keeps_logits(layer);
            let expected = "a discriminator gives logits, which the objective turns into losses; leave this layer out";
            ensure(legal, &format!("layers.{index}"), layer.kind(), expected)?;
        }
        Ok(())
    }

    /// How the weights start of layers that do not say another.
    pub fn start(&self) -> WeightStart {
        WeightStart::default().or(self.initialization, self.initialization_std)
    }

    /// The layers as a plan of a network.
    pub fn plans(&self) -> Vec<LayerPlan> {
        let start = self.start();
        let output = self.layers.iter().position(LayerConfig::makes_outputs).unwrap_or(self.layers.len());
        let position = |index: usize| if index < output { Position::Body } else { Position::Output };
        self.layers.iter().enumerate().map(|(index, layer)| layer.plan(start).at(position(index))).collect()
    }

    /// The network between rows of these shapes, as a plan that strategies may still change. Call on a checked, resolved list.
    ///
    /// # Errors
    ///
    /// Which layer does not fit and what to change, as a sentence part.
    pub fn plan(&self, input: Shape, output: Shape) -> Result<NetworkPlan, String> {
        let last = through(&self.layers, "layers", self.start(), input, output)?;
        if last.features() != output.features() {
            return Err(format!(
                "its layers.{} gives rows of {last}, and {output} are needed; let the layers before it end in that size, or \
                 end in {{ kind = \"linear\" }}, which makes any",
                self.layers.len().saturating_sub(1)
            ));
        }
        Ok(NetworkPlan::new(input, output, self.plans()).starting(self.start()))
    }

    /// The list as a table of a configuration, a layer a line, without what is the default.
    ///
    /// # Errors
    ///
    /// [`toml::ser::Error`] when a value cannot be written.
    pub fn to_toml(&self, table: &str) -> Result<String, toml::ser::Error> {
        let head = toml::to_string(&Self { layers: Vec::new(), ..self.clone() })?;
        let head = head.replace("layers = []\n", "");
        let line = |layer: &LayerConfig| toml::Value::try_from(layer).map(|layer| format!("    {},\n", inline(&layer)));
        let lines = self.layers.iter().map(line).collect::<Result<String, _>>()?;
        Ok(format!("[{table}]\n{head}layers = [\n{lines}]\n"))
    }
}

/// A layer in one line, its kind first, without what is the default.
fn inline(value: &toml::Value) -> String {
    match value {
        toml::Value::Table(table) => {
            let convolves =
                table.get("kind").and_then(toml::Value::as_str).is_some_and(|kind| kind.ends_with("convolution"));
            let is_default = |key: &str, value: &toml::Value| match key {
                "stride" => value.as_integer() == Some(1),
                "groups" => convolves && value.as_integer() == Some(1),
                "bias" => value.as_bool() == Some(true),
                "scale" => value.as_float() == Some(1.0),
                _ => false,
            };
            let (kind, others): (Vec<_>, Vec<_>) = table.iter().partition(|(key, _)| *key == "kind");
            let written = kind.into_iter().chain(others).filter(|(key, value)| !is_default(key, value));
            let keys: Vec<String> = written.map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", keys.join(", "))
        }
        toml::Value::Array(entries) => format!("[{}]", entries.iter().map(inline).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// The shape of rows behind these layers, each of which must fit what reaches it.
fn through(
    layers: &[LayerConfig],
    list: &str,
    start: WeightStart,
    input: Shape,
    output: Shape,
) -> Result<Shape, String> {
    let mut shape = input;
    for (index, layer) in layers.iter().enumerate() {
        let place = format!("{list}.{index}");
        if let LayerConfig::Residual(residual) = layer {
            let [body, shortcut] = [("body", &residual.body), ("shortcut", &residual.shortcut)]
                .map(|(name, layers)| through(layers, &format!("{place}.{name}"), start, shape, output));
            let (body, shortcut) = (body?, shortcut?);
            if body != shortcut {
                return Err(format!(
                    "its {place}, a residual block, adds rows of {body} from its body to rows of {shortcut} from its \
                     shortcut; make them alike, say by a convolution with kernel = 1 in the shortcut"
                ));
            }
            shape = body;
            continue;
        }
        let built = layer.plan(start).build(shape, output);
        let facts = built.facts();
        if let Some(fault) = facts.fault {
            return Err(format!("its {place}, `{}` on rows of {shape}, {fault}; {}", layer.kind(), remedy(layer)));
        }
        let sides = facts.output.height.max(facts.output.width);
        let features = facts.output.checked_features().filter(|features| *features <= MOST_FEATURES);
        if sides > check::LONGEST_SIDE || features.is_none() {
            return Err(format!(
                "its {place}, `{}`, makes rows of {}, which would not fit in memory; make fewer channels or smaller pictures",
                layer.kind(),
                facts.output
            ));
        }
        let weights: usize = built.parameters().iter().map(|spec| spec.shape[0].saturating_mul(spec.shape[1])).sum();
        if weights >= MOST_WEIGHTS {
            return Err(format!(
                "its {place}, `{}`, has {weights} weights, which would not fit in memory; make it smaller",
                layer.kind()
            ));
        }
        shape = facts.output;
    }
    Ok(shape)
}

/// What to change where a layer does not fit the rows that reach it, as a sentence part.
fn remedy(layer: &LayerConfig) -> &'static str {
    match layer {
        LayerConfig::Convolution(_) => {
            "choose kernel, stride and padding for these sides, and groups that divide the channels of both pictures"
        }
        LayerConfig::TransposedConvolution(_) => {
            "choose kernel, stride and padding that lead to its size, or another size, and groups that divide the channels \
             of both pictures"
        }
        LayerConfig::Maxout(_) => "let the layer before it make a multiple of its pieces",
        LayerConfig::GroupNorm(_) => "choose groups that divide the channels",
        _ => "change it or the layer before it",
    }
}
