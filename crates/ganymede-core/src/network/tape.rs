//! What a forward pass leaves behind for the backward pass, and for the buffers.

use burn::tensor::Tensor;

/// The tensors that a layer saved for its backward pass, with those of the layers inside it.
#[derive(Clone, Debug, Default)]
pub struct SavedTensors {
    /// The layer's own, in the order in which it saved them.
    pub tensors: Vec<Tensor<2>>,
    /// Those of the layers inside it, in the order in which they ran.
    pub children: Vec<SavedTensors>,
}

impl SavedTensors {
    /// The same without any graph.
    pub(crate) fn untracked(&self) -> Self {
        Self {
            tensors: self.tensors.iter().map(|tensor| tensor.clone().without_autodiff()).collect(),
            children: self.children.iter().map(Self::untracked).collect(),
        }
    }
}

/// Keeps what the backward pass will need, or nothing when no backward pass of ours will follow.
#[derive(Debug, Default)]
pub struct Tape {
    recording: bool,
    saved: SavedTensors,
    statistics: Vec<Tensor<2>>,
}

impl Tape {
    /// A tape that keeps what it is given when `recording`.
    pub(crate) fn new(recording: bool) -> Self {
        Self { recording, ..Self::default() }
    }

    /// Whether a backward pass of ours may follow, which differentiates what is kept.
    pub fn is_recording(&self) -> bool {
        self.recording
    }

    /// Keeps the tensors that `make` returns; not called when nothing is recorded.
    pub fn keep<const N: usize>(&mut self, make: impl FnOnce() -> [Tensor<2>; N]) {
        if self.recording {
            self.saved.tensors.extend(make());
        }
    }

    /// Runs a layer within this one; what it keeps is the next of [`SavedTensors::children`].
    pub fn inside<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::take(&mut self.saved);
        let result = run(self);
        let saved = std::mem::replace(&mut self.saved, outer);
        if self.recording {
            self.saved.children.push(saved);
        }
        result
    }

    /// Hands over the values that the layer's buffers should move towards (batch statistics): one for each buffer, in
    /// their order, in every training pass.
    pub fn observe<const N: usize>(&mut self, statistics: [Tensor<2>; N]) {
        self.statistics.extend(statistics.map(Tensor::without_autodiff));
    }

    /// What was kept, and the observed statistics.
    pub(crate) fn finish(self) -> (SavedTensors, Vec<Tensor<2>>) {
        (self.saved, self.statistics)
    }
}
