//! A batch of a fixed set by the positions of its rows.

/// A batch by the stored rows that it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredBatch {
    /// Their positions: one for each row of the batch, or several for each that is stacked.
    pub(crate) positions: Vec<usize>,
    /// How they make the batch.
    pub(crate) arrangement: Arrangement,
    /// The class of each row of the batch.
    pub(crate) labels: Option<Vec<usize>>,
}

/// How stored rows make a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// They are the batch.
    AsStored,
    /// Those that are marked are exchanged for their images in a mirror.
    Mirrored(Vec<bool>),
    /// As many consecutive ones are the channels of one row.
    Stacked(usize),
}
