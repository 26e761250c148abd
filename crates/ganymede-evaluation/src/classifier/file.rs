//! A classifier as one safetensors file, which is read without anything of its training.

use burn::tensor::TensorData;
use ganymede_core::network::Network;
use ganymede_core::network::list::LayersConfig;
use ganymede_core::place::Place;
use ganymede_core::random::Streams;
use ganymede_core::role::Role;
use ganymede_core::store::{StoreError, TensorFile};
use ganymede_samples::Shape;

use super::Classifier;
use super::card::ClassifierCard;
use super::error::ClassifierError;

/// The version of the file's metadata.
const FORMAT: u64 = 1;

/// Keys of the metadata: the version and the card as JSON.
const FORMAT_KEY: &str = "ganymede_classifier";
const CARD_KEY: &str = "card";

/// The tensor of the confidences in held-out samples, in rising order.
const CONFIDENCES: &str = "held_out_confidences";

/// What the network's tensors are called.
const PREFIX: &str = "classifier.";

impl Classifier {
    /// The bytes of its file: weights, card, and the confidences in held-out samples.
    ///
    /// # Errors
    ///
    /// [`ClassifierError::Store`] when a tensor is of a type that the format does not know.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ClassifierError> {
        let mut file = TensorFile::default();
        file.push_network(PREFIX, &self.network);
        let confidences = TensorData::new(self.confidences.clone(), [1, self.confidences.len()]);
        file.tensors.push((CONFIDENCES.to_owned(), confidences));
        let card = serde_json::to_string(&self.card).map_err(|error| ClassifierError::Card(error.to_string()))?;
        file.metadata.insert(FORMAT_KEY.to_owned(), FORMAT.to_string());
        file.metadata.insert(CARD_KEY.to_owned(), card);
        Ok(file.to_bytes()?)
    }

    /// Reads the bytes of a file; the network will compute at `place`.
    ///
    /// # Errors
    ///
    /// As [`ClassifierFile::from_bytes`] and [`ClassifierFile::at`].
    pub fn from_bytes(bytes: &[u8], place: &Place) -> Result<Self, ClassifierError> {
        ClassifierFile::from_bytes(bytes)?.at(place)
    }
}

/// A classifier that has been read and has no network yet, so that no device was opened.
#[derive(Clone, Debug)]
pub struct ClassifierFile {
    /// What is known of it.
    pub card: ClassifierCard,
    tensors: TensorFile,
    confidences: Vec<f32>,
}

impl ClassifierFile {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    ///
    /// [`ClassifierError`] when these are not the bytes of a file of tensors, when it is damaged or holds no classifier, when
    /// it is of a newer program, or when what it says does not fit together.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClassifierError> {
        let tensors = TensorFile::from_bytes(bytes)?;
        let entry = |key: &'static str| tensors.metadata.get(key).ok_or(ClassifierError::NotAClassifier(key));
        let format = entry(FORMAT_KEY)?;
        let found = format.parse().map_err(|_| ClassifierError::Card(format!("its format is \"{format}\"")))?;
        if found != FORMAT {
            return Err(ClassifierError::Format { found, known: FORMAT });
        }
        let card: ClassifierCard =
            serde_json::from_str(entry(CARD_KEY)?).map_err(|error| ClassifierError::Card(error.to_string()))?;
        card.check()?;
        let confidences = tensors.tensors.iter().find(|(name, _)| name == CONFIDENCES);
        let (_, confidences) = confidences.ok_or_else(|| StoreError::Missing(CONFIDENCES.to_owned()))?;
        let confidences: Vec<f32> = confidences.clone().convert::<f32>().iter::<f32>().collect();
        let known = confidences.len() == card.measured_on() && confidences.is_sorted();
        if !known || !confidences.iter().all(|confidence| (0.0..=1.0).contains(confidence)) {
            return Err(ClassifierError::Card(format!("{CONFIDENCES} are not those of its measured samples")));
        }
        Ok(Self { card, tensors, confidences })
    }

    /// The classifier, whose network computes at `place`.
    ///
    /// # Errors
    ///
    /// [`ClassifierError::Card`] when its layers do not fit its samples, [`ClassifierError::Store`] when its tensors do not fit
    /// its layers.
    pub fn at(&self, place: &Place) -> Result<Classifier, ClassifierError> {
        let card = &self.card;
        let like = network(&card.layers, card.shape(), card.classes.len(), card.seed, place)?;
        let network = self.tensors.network(PREFIX, &like, place)?;
        Ok(Classifier::new(network, card.clone(), self.confidences.clone()))
    }
}

/// The network of these layers before its training.
pub(super) fn network(
    layers: &LayersConfig,
    input: Shape,
    classes: usize,
    seed: u64,
    place: &Place,
) -> Result<Network, ClassifierError> {
    let refuse = |reason: String| ClassifierError::Card(format!("its layers do not fit its samples: {reason}"));
    // Logits, as a discriminator's outputs are: what may follow the layer that makes them is the same.
    layers.check(Role::Discriminator).map_err(|error| refuse(error.to_string()))?;
    let plan = layers.plan(input, Shape::point(classes)).map_err(refuse)?;
    Ok(Network::new("classifier", input, plan.build_layers(), 1, Streams::new(seed), place))
}
