//! What a run is judged by besides its own data: a classifier that names modes, and a network on whose features is measured.

use ganymede_evaluation::classifier::Classifier;

use super::features::Opened;
use crate::checkpoint::known::KnownJudges;

/// The judges of a run, ready for use.
#[derive(Default)]
pub(crate) struct Judges {
    /// What names the modes of pictures.
    pub(crate) classifier: Option<Classifier>,
    /// On whose features is measured.
    pub(crate) features: Option<Opened>,
    /// By what a checkpoint knows them again.
    pub(crate) known: KnownJudges,
}
