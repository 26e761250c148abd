//! A classifier's file: read back to the bit, and refused where it is not one.

use ganymede_core::store::TensorFile;
use ganymede_evaluation::classifier::{Classifier, ClassifierFile};
use ganymede_testing::numbers::single;
use serde_json::{Value, json};

use crate::{glyphs, of_glyphs};

#[test]
fn what_was_written_is_read_back_and_says_the_same() {
    let (first, samples) = (of_glyphs(), glyphs(50, 9).samples.into_matrix());
    let bytes = first.to_bytes().unwrap();
    let second = Classifier::from_bytes(&bytes, &single()).unwrap();
    assert_eq!(second.card(), first.card());
    assert_eq!(second.classify(&samples), first.classify(&samples));
    assert!(second.to_bytes().unwrap() == bytes);
    assert_eq!(ClassifierFile::from_bytes(&bytes).unwrap().card, *first.card());
}

/// What is changed in a file.
type Damage = fn(&mut TensorFile, &mut Value);

#[test]
fn files_that_are_no_classifiers_are_refused() {
    let bytes = of_glyphs().to_bytes().unwrap();
    let rows: [(&str, Damage); 16] = [
        ("lack `ganymede_classifier`", |file, _| drop(file.metadata.remove("ganymede_classifier"))),
        ("lack `card`", |_, card| *card = Value::Null),
        ("format 2, and this program reads format 1", |file, _| {
            drop(file.metadata.insert("ganymede_classifier".to_owned(), "2".to_owned()));
        }),
        ("its format is \"new\"", |file, _| {
            drop(file.metadata.insert("ganymede_classifier".to_owned(), "new".to_owned()));
        }),
        ("unknown field `colour`", |_, card| card["colour"] = json!("red")),
        ("missing field `classes`", |_, card| drop(card.as_object_mut().unwrap().remove("classes"))),
        ("has 1 classes", |_, card| card["classes"] = json!(["only"])),
        ("tables are not of 11 classes", |_, card| card["classes"].as_array_mut().unwrap().push(json!("more"))),
        ("tables are not of 10 classes", |_, card| drop(card["confusion"][3].as_array_mut().unwrap().pop())),
        ("share of a class is not above 0", |_, card| card["class_shares"][0] = json!(0.0)),
        ("scaled by", |_, card| card["std"] = json!(0.0)),
        ("values", |_, card| card["shape"] = json!([0, 16, 1])),
        ("not those of its measured samples", |_, card| card["confusion"][0][0] = json!(1_000)),
        ("`held_out_confidences` is missing", |file, _| {
            file.tensors.retain(|(name, _)| name != "held_out_confidences");
        }),
        ("`classifier.layers.0.weight` is missing", |file, _| {
            file.tensors.retain(|(name, _)| name != "classifier.layers.0.weight");
        }),
        ("layers do not fit", |_, card| card["layers"]["layers"] = json!([])),
    ];
    for (fragment, damage) in rows {
        let mut file = TensorFile::from_bytes(&bytes).unwrap();
        let mut card: Value = serde_json::from_str(&file.metadata["card"]).unwrap();
        damage(&mut file, &mut card);
        match card {
            Value::Null => drop(file.metadata.remove("card")),
            card => drop(file.metadata.insert("card".to_owned(), card.to_string())),
        }
        let error = Classifier::from_bytes(&file.to_bytes().unwrap(), &single()).unwrap_err().to_string();
        assert!(error.contains(fragment), "`{fragment}` is missing in {error}");
    }
    // Cut off and damaged bytes are errors, never anything else.
    for length in (0..bytes.len()).step_by(bytes.len() / 97) {
        assert!(ClassifierFile::from_bytes(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
    }
    for place in (0..bytes.len()).step_by(bytes.len() / 97) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x10;
        assert!(ClassifierFile::from_bytes(&damaged).is_err(), "a bit of byte {place}");
    }
}
