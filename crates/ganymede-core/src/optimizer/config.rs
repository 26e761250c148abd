//! How an optimiser is configured.

use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};
use crate::optimizer::schedule::Schedule;

/// The update rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// Kingma & Ba 2015; weight decay is added to the gradient.
    #[default]
    Adam,
    /// Loshchilov & Hutter 2019; weight decay shrinks the weights themselves.
    AdamW,
    /// Stochastic gradient descent, with heavy-ball or Nesterov momentum.
    Sgd,
    /// Tieleman & Hinton 2012.
    RmsProp,
}

/// One network's optimiser. Keys that the kind does not use must be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// The update rule.
    pub kind: OptimizerKind,
    /// Step size, at least 0; default 1e-3, and 1e-2 for SGD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Adam, AdamW: decay of the mean of gradients, in `[0, 1)`; default 0.5, as is usual for GANs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta1: Option<f64>,
    /// Adam, AdamW: decay of the mean of squares, in `[0, 1)`; default 0.999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta2: Option<f64>,
    /// Adam, AdamW, RMSprop: added to the root of the mean of squares; default 1e-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
    /// SGD: momentum in `[0, 1)`; default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// SGD: look ahead along the momentum; default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nesterov: Option<bool>,
    /// RMSprop: decay of the mean of squares, in `[0, 1)`; default 0.99.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay: Option<f64>,
    /// Weight decay, at least 0; default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// Scales the gradient of the whole network down to this Euclidean norm; above 0; off when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Clamps each entry of the gradient to plus or minus this; above 0; off when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_value: Option<f64>,
    /// How the learning rate changes over the run; constant when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
}

impl OptimizerConfig {
    /// The same configuration with every default that the kind uses spelled out.
    #[must_use]
    pub fn resolved(self, steps: u64) -> Self {
        use OptimizerKind::{Adam, AdamW, RmsProp, Sgd};
        let kind = self.kind;
        let learning_rate = if kind == Sgd { 1e-2 } else { 1e-3 };
        let when = |used: bool, value: Option<f64>, default: f64| value.or(used.then_some(default));
        Self {
            kind,
            learning_rate: self.learning_rate.or(Some(learning_rate)),
            beta1: when(matches!(kind, Adam | AdamW), self.beta1, 0.5),
            beta2: when(matches!(kind, Adam | AdamW), self.beta2, 0.999),
            epsilon: when(kind != Sgd, self.epsilon, 1e-8),
            momentum: when(kind == Sgd, self.momentum, 0.0),
            nesterov: self.nesterov.or((kind == Sgd).then_some(false)),
            decay: when(kind == RmsProp, self.decay, 0.99),
            weight_decay: self.weight_decay.or(Some(0.0)),
            clip_norm: self.clip_norm,
            clip_value: self.clip_value,
            schedule: self.schedule.map(|schedule| schedule.resolved(steps)),
        }
    }

    /// Checks ranges, and that no key is set which the kind does not use.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self) -> Result<(), InvalidValue> {
        use OptimizerKind::{Adam, AdamW, RmsProp, Sgd};
        let fraction = |key: &str, value: Option<f64>| match value {
            Some(value) => ensure((0.0..1.0).contains(&value), key, value, "expected a number in [0, 1)"),
            None => Ok(()),
        };
        let amount = |key: &str, value: Option<f64>, least: &str, legal: fn(f64) -> bool| match value {
            Some(value) => ensure(value.is_finite() && legal(value), key, value, &format!("expected a number {least}")),
            None => Ok(()),
        };
        amount("learning_rate", self.learning_rate, "of at least 0, such as 1e-3", |value| value >= 0.0)?;
        fraction("beta1", self.beta1)?;
        fraction("beta2", self.beta2)?;
        fraction("momentum", self.momentum)?;
        fraction("decay", self.decay)?;
        amount("epsilon", self.epsilon, "above 0", |value| value > 0.0)?;
        amount("weight_decay", self.weight_decay, "of at least 0", |value| value >= 0.0)?;
        amount("clip_norm", self.clip_norm, "above 0; leave it out for no clipping", |value| value > 0.0)?;
        amount("clip_value", self.clip_value, "above 0; leave it out for no clipping", |value| value > 0.0)?;
        let adam = [Adam, AdamW];
        let uses: [(&str, Option<f64>, &[OptimizerKind]); 5] = [
            ("beta1", self.beta1, &adam),
            ("beta2", self.beta2, &adam),
            ("epsilon", self.epsilon, &[Adam, AdamW, RmsProp]),
            ("momentum", self.momentum, &[Sgd]),
            ("decay", self.decay, &[RmsProp]),
        ];
        for (key, value, kinds) in uses {
            if let Some(value) = value.filter(|_| !kinds.contains(&self.kind)) {
                return Err(InvalidValue::new(key, value, format!("{:?} does not use it; leave it out", self.kind)));
            }
        }
        if let Some(nesterov) = self.nesterov.filter(|_| self.kind != Sgd) {
            return Err(InvalidValue::new("nesterov", nesterov, "only sgd uses it; leave it out"));
        }
        self.schedule.as_ref().map_or(Ok(()), |schedule| schedule.check().map_err(|error| error.within("schedule")))
    }
}
