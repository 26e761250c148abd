#![doc = include_str!("../README.md")]

mod spectrum;

use burn::tensor::{Tensor, TensorData};
use ganymede_core::batch::Batch;
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::place::Place;
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::{GeneratorView, StepContext, Strategy, Terms};
use serde::{Deserialize, Serialize};

pub use crate::spectrum::{Comparison, Settings, compare};

/// Keeps the length of a row of zeros differentiable.
const LENGTH_GUARD: f64 = 1e-12;

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "gdpp",
    summary: "The fakes' kernel of the discriminator's features takes on the spectrum of the real samples' kernel.",
    paper: "Elfeki et al. 2019, GDPP: learning diverse generations using determinantal point processes",
    equation: "sum_i (l_i - m_i)^2 + sum_i w_i (1 - |v_i . u_i|), kernels' eigenpairs (l, v) fake and (m, u) real",
    defaults: "kernel = \"samples\" # or \"features\"\nmagnitude = 1.0\nstructure = 1.0\ngap = 1e-3",
    build: build::<Gdpp>,
};

/// What the kernel compares with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// Samples with samples, `F F^T / n`, as in the paper.
    #[default]
    Samples,
    /// Features with features, `F^T F / n`: the same eigenvalues other than 0, and eigenvectors that do not depend on
    /// the order of the rows.
    Features,
}

/// Generative determinantal point processes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gdpp {
    /// What the kernel compares with what.
    pub kernel: Kernel,
    /// Factor of the eigenvalues' part, at least 0.
    pub magnitude: f64,
    /// Factor of the eigenvectors' part, at least 0.
    pub structure: f64,
    /// Eigenvalues closer than this nearly coincide, above 0; the eigenvalues of a kernel sum to 1.
    pub gap: f64,
}

impl Default for Gdpp {
    fn default() -> Self {
        Self { kernel: Kernel::Samples, magnitude: 1.0, structure: 1.0, gap: 1e-3 }
    }
}

impl Configurable for Gdpp {
    fn check(&self) -> Result<(), InvalidValue> {
        for (key, value) in [("magnitude", self.magnitude), ("structure", self.structure)] {
            ensure(value.is_finite() && value >= 0.0, key, value, "expected a number of at least 0")?;
        }
        ensure(self.gap.is_finite() && self.gap > 0.0, "gap", self.gap, "expected a number above 0, such as 1e-3")
    }
}

impl Gdpp {
    fn settings(&self) -> Settings {
        Settings { magnitude: self.magnitude, structure: self.structure, gap: self.gap }
    }
}

/// The kernel of features `[rows, features]`, each row scaled to length 1: `[rows, rows]` or `[features, features]`,
/// of trace 1.
pub fn kernel(features: Tensor<2>, kind: Kernel) -> Tensor<2> {
    let [rows, _] = features.dims();
    let lengths = features.clone().square().sum_dim(1).add_scalar(LENGTH_GUARD).sqrt();
    let unit = features.div(lengths);
    let other = unit.clone().transpose();
    let product = match kind {
        Kernel::Samples => unit.matmul(other),
        Kernel::Features => other.matmul(unit),
    };
    product.div_scalar(rows as f64)
}

/// The loss between the kernels of two sets of features, `[rows, features]` each, a tensor of one number; NaN where a
/// decomposition fails. Differentiable in `fake` alone: the real kernel is the target.
///
/// Eigenvalues are found on the host, so the graph gets a term with the same value and the same derivative: the sum of
/// the fake kernel's entries times the loss's derivative at them, shifted to the value of the loss.
pub fn spectral_loss(real: Tensor<2>, fake: Tensor<2>, kind: Kernel, settings: Settings) -> Tensor<1> {
    let (real, fake) = (kernel(real.without_autodiff(), kind), kernel(fake, kind));
    let [size, _] = fake.dims();
    let place = Place::of(&fake);
    match compare(&host(&fake), &host(&real), size, settings) {
        None => place.full([1, 1], f64::NAN).sum(),
        Some(Comparison { loss, cotangent }) => {
            let data = TensorData::new(cotangent, [size, size]);
            let cotangent = Tensor::from_data(data, (place.device(), place.dtype()));
            let linear: Tensor<1> = fake.mul(cotangent).sum();
            let shift = linear.clone().without_autodiff();
            linear.sub(shift).add_scalar(loss)
        }
    }
}

fn host(kernel: &Tensor<2>) -> Vec<f64> {
    kernel.clone().without_autodiff().into_data().iter::<f64>().collect()
}

impl Strategy for Gdpp {
    fn generator_terms(&mut self, view: &GeneratorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        let features = |name: &str, batch: &Batch| {
            view.discriminator.features(batch.samples.clone(), &context.discriminator_pass(name, batch))
        };
        let (real, fake) = (features("real", view.real), features("fake", view.fake));
        terms.add("", spectral_loss(real, fake, self.kernel, self.settings()));
    }
}
