//! A layer whose weights are divided by their largest singular values.

use std::sync::Arc;

use burn::tensor::Tensor;
use ganymede_core::network::initialization::Initialization;
use ganymede_core::network::{BufferSpec, Facts, Layer, Mode, ParameterSpec, Pass, SavedTensors, Tape, Values};

/// The parameters that are normalised, with the names of their two vectors.
const NORMALIZED: [(&str, [&str; 2]); 2] =
    [("weight", ["weight_u", "weight_v"]), ("classes", ["classes_u", "classes_v"])];

/// Added to norms before they divide.
const EPSILON: f64 = 1e-12;

/// Tensors kept for each normalised weight.
const KEPT: usize = 3;

/// Another layer with `W / sigma(W)` for each of its weights W.
///
/// `sigma = v W u^T` with `W: [inputs, outputs]`, `u: [1, outputs]` and `v: [1, inputs]`. Training passes move u and v
/// by power iteration from where the last update left them, evaluation takes them as they are. Both are constant to the
/// gradient.
#[derive(Debug)]
pub struct SpectralNorm {
    inner: Arc<dyn Layer>,
    /// Positions of the normalised among the inner layer's parameters.
    weights: Vec<usize>,
    iterations: usize,
}

impl SpectralNorm {
    /// The layer with its weights normalised by `iterations` power iterations a pass; itself where it has none.
    pub fn around(inner: Arc<dyn Layer>, iterations: usize) -> Arc<dyn Layer> {
        let names = inner.parameters().into_iter().enumerate();
        let weights: Vec<usize> = names.filter(|(_, spec)| vectors(spec).is_some()).map(|(at, _)| at).collect();
        if weights.is_empty() {
            return inner;
        }
        Arc::new(Self { inner, weights, iterations })
    }

    /// The inner layer's parameters, as the forward pass normalised them.
    fn normalized(&self, values: Values<'_>, saved: &SavedTensors) -> Vec<Tensor<2>> {
        let mut parameters = values.parameters.to_vec();
        for (&at, kept) in self.weights.iter().zip(saved.tensors.chunks_exact(KEPT)) {
            parameters[at] = kept[0].clone();
        }
        parameters
    }

    fn inner_buffers<'a>(&self, values: Values<'a>) -> &'a [Tensor<2>] {
        &values.buffers[2 * self.weights.len()..]
    }
}

/// The names of a parameter's vectors, where it is normalised.
fn vectors(spec: &ParameterSpec) -> Option<[&'static str; 2]> {
    NORMALIZED.iter().find(|(name, _)| *name == spec.name).map(|(_, vectors)| *vectors)
}

/// A row of norm 1.
fn unit(row: Tensor<2>) -> Tensor<2> {
    let norm = row.clone().square().sum_dim(1).sqrt().add_scalar(EPSILON);
    row.div(norm)
}

impl Layer for SpectralNorm {
    fn facts(&self) -> Facts {
        // The vectors are buffers, which members do not share.
        Facts { serves_members: false, ..self.inner.facts() }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        self.inner.parameters()
    }

    /// u and v of each weight, then the inner layer's. They start at ones rather than at random, so that the network's
    /// weights start as they would without them. They are replaced, not averaged.
    fn buffers(&self) -> Vec<BufferSpec> {
        let ones = |name: &str, length| BufferSpec {
            name: name.to_owned(),
            shape: [1, length],
            initialization: Initialization::Constant(1.0),
            momentum: 1.0,
        };
        let parameters = self.inner.parameters();
        let of_weight = |spec: &ParameterSpec| {
            vectors(spec).map(|[u, v]| [ones(u, spec.shape[1]), ones(v, spec.shape[0])]).into_iter().flatten()
        };
        parameters.iter().flat_map(of_weight).chain(self.inner.buffers()).collect()
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        let (vectors, buffers) = values.buffers.split_at(2 * self.weights.len());
        let mut parameters = values.parameters.to_vec();
        for (&at, vectors) in self.weights.iter().zip(vectors.chunks_exact(2)) {
            let weight = values.parameters[at].clone();
            let [mut u, mut v] = [vectors[0].clone(), vectors[1].clone()];
            if pass.mode == Mode::Train {
                let constant = weight.clone().without_autodiff();
                for _ in 0..self.iterations {
                    v = unit(u.matmul(constant.clone().transpose()));
                    u = unit(v.clone().matmul(constant.clone()));
                }
                tape.observe([u.clone(), v.clone()]);
            }
            let sigma = v.clone().matmul(weight.clone()).matmul(u.clone().transpose()).add_scalar(EPSILON);
            let normalized = weight.div(sigma.clone());
            tape.keep(|| [normalized.clone(), sigma, v.transpose().matmul(u)]);
            parameters[at] = normalized;
        }
        let values = Values { parameters: &parameters, buffers };
        tape.inside(|tape| self.inner.forward(values, input, pass, tape))
    }

    /// With `N = W / sigma` and `G` the gradient at N, the gradient at W is `(G - <G, N> v^T u) / sigma`.
    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let parameters = self.normalized(values, saved);
        let inner = Values { parameters: &parameters, buffers: self.inner_buffers(values) };
        let (input, mut gradients) = self.inner.vjp(inner, &saved.children[0], cotangent);
        for (&at, kept) in self.weights.iter().zip(saved.tensors.chunks_exact(KEPT)) {
            let [normalized, sigma, outer] = [kept[0].clone(), kept[1].clone(), kept[2].clone()];
            let gradient = gradients[at].clone();
            let along = gradient.clone().mul(normalized).sum_dim(0).sum_dim(1);
            gradients[at] = gradient.sub(outer.mul(along)).div(sigma);
        }
        (input, gradients)
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        let parameters = self.normalized(values, saved);
        let inner = Values { parameters: &parameters, buffers: self.inner_buffers(values) };
        self.inner.input_cotangent(inner, &saved.children[0], cotangent)
    }
}
