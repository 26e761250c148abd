//! The values that flow through a step: latents, batches and targets.

use burn::tensor::{Int, Tensor, TensorData};

/// Rows of samples with what is known of each row.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `[rows, features]`.
    pub samples: Tensor<2>,
    /// Class of each row, where the data has classes and a strategy uses them.
    pub labels: Option<Vec<usize>>,
    /// Which member of the generator made each row; `None` for real rows.
    pub generators: Option<Vec<usize>>,
}

impl Batch {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.samples.dims()[0]
    }

    /// The rows at these positions of `self`, in this order, tags included. A position may occur several times.
    #[must_use]
    pub fn select(&self, positions: &[usize]) -> Self {
        let pick = |tags: &Option<Vec<usize>>| tags.as_ref().map(|tags| positions.iter().map(|at| tags[*at]).collect());
        Self {
            samples: select_rows(self.samples.clone(), positions),
            labels: pick(&self.labels),
            generators: pick(&self.generators),
        }
    }

    /// The rows of `self` and then those of `other`. A tag is kept where both have it.
    #[must_use]
    pub fn concatenate(self, other: Self) -> Self {
        let join = |first: Option<Vec<usize>>, second: Option<Vec<usize>>| Some([first?, second?].concat());
        Self {
            samples: Tensor::cat(vec![self.samples, other.samples], 0),
            labels: join(self.labels, other.labels),
            generators: join(self.generators, other.generators),
        }
    }

    /// The positions that sort the rows by label, equal labels in their order; `None` when they are sorted already or
    /// have none.
    pub fn label_order(&self) -> Option<Vec<usize>> {
        let labels = self.labels.as_ref().filter(|labels| !labels.is_sorted())?;
        let mut order: Vec<usize> = (0..labels.len()).collect();
        order.sort_by_key(|row| labels[*row]);
        Some(order)
    }

    /// The same values without any graph.
    #[must_use]
    pub fn untracked(self) -> Self {
        Self { samples: self.samples.without_autodiff(), ..self }
    }
}

/// The rows of a matrix at these positions, in their order. A position may occur several times.
pub fn select_rows(samples: Tensor<2>, positions: &[usize]) -> Tensor<2> {
    let indices: Vec<i64> = positions.iter().map(|at| *at as i64).collect();
    let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [positions.len()]), &samples.device());
    samples.select(0, indices)
}

/// What the generator draws from.
#[derive(Clone, Debug)]
pub struct Latents {
    /// `[rows, latent]`.
    pub noise: Tensor<2>,
    /// Class of each row, where the plan asks for labels.
    pub labels: Option<Vec<usize>>,
    /// Consecutive rows for each member of the generator; empty when it has one member.
    pub groups: Vec<usize>,
}

/// What the discriminator should answer, `[logits, 1]` each; 1 means "real".
#[derive(Clone, Debug)]
pub struct Targets {
    /// For real rows.
    pub real: Tensor<2>,
    /// For fake rows.
    pub fake: Tensor<2>,
}

/// What the discriminator learns from in one phase.
#[derive(Clone, Debug)]
pub struct DiscriminatorBatch {
    /// Rows from the data.
    pub real: Batch,
    /// Rows from the generator, without a graph.
    pub fake: Batch,
    /// What it should answer.
    pub targets: Targets,
}
