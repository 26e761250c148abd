//! What people read of a run or of samples: figures, pictures, diagnoses, cards.

pub(crate) mod card;
pub(crate) mod diagnosis;
pub(crate) mod evaluation;
pub(crate) mod features;
pub(crate) mod picture;
pub(crate) mod pytorch;
