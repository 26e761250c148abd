#![doc = include_str!("../README.md")]

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use ganymede_core::batch::{Batch, select_rows};
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::{GeneratorView, StepContext, Strategy, Terms};
use serde::{Deserialize, Serialize};

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "mode-seeking",
    summary: "The generator is paid for samples as far apart as the latents that they were made from.",
    paper: "Mao et al. 2019, Mode seeking generative adversarial networks for diverse image synthesis",
    equation: "1 / (d(G(z1), G(z2)) / d(z1, z2) + epsilon), d the mean absolute difference",
    defaults: "epsilon = 1e-5",
    build: build::<ModeSeeking>,
};

/// Mode seeking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModeSeeking {
    /// Added to the ratio before it is inverted, above 0: bounds the term by `1 / epsilon`.
    pub epsilon: f64,
}

impl Default for ModeSeeking {
    fn default() -> Self {
        Self { epsilon: 1e-5 }
    }
}

/// The rows of a batch in pairs: the first half of the rows with the second, among rows of the same class (where rows
/// have one) and of the same generator (where there are several). A row that is left over is in no pair.
pub fn pairs(batch: &Batch) -> (Vec<usize>, Vec<usize>) {
    let tag = |tags: &Option<Vec<usize>>, row: usize| tags.as_ref().map(|tags| tags[row]);
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for row in 0..batch.rows() {
        groups.entry((tag(&batch.generators, row), tag(&batch.labels, row))).or_default().push(row);
    }
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for rows in groups.values() {
        let half = rows.len() / 2;
        first.extend_from_slice(&rows[..half]);
        second.extend_from_slice(&rows[half..2 * half]);
    }
    (first, second)
}

/// The term for [`pairs`] of the samples `[rows, features]` made from `latents` `[rows, latent]`, a tensor of one
/// number in `(0, 1 / epsilon]`; `None` where there is no pair.
pub fn inverse_ratio(fake: &Batch, latents: &Tensor<2>, epsilon: f64) -> Option<Tensor<1>> {
    let (first, second) = pairs(fake);
    if first.is_empty() {
        return None;
    }
    let distance = |rows: &Tensor<2>| {
        let rows = |positions| select_rows(rows.clone(), positions);
        rows(&first).sub(rows(&second)).abs().mean()
    };
    Some(distance(&fake.samples).div(distance(latents)).add_scalar(epsilon).recip())
}

impl Configurable for ModeSeeking {
    fn check(&self) -> Result<(), InvalidValue> {
        let epsilon = self.epsilon;
        ensure(epsilon.is_finite() && epsilon > 0.0, "epsilon", epsilon, "expected a number above 0, such as 1e-5")
    }
}

impl Strategy for ModeSeeking {
    fn generator_terms(&mut self, view: &GeneratorView<'_>, _: &StepContext<'_>, terms: &mut Terms) {
        if let Some(term) = inverse_ratio(view.fake, &view.latents.noise, self.epsilon) {
            terms.add("", term);
        }
    }
}
