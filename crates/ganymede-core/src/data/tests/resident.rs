//! Batches that are gathered on a device have the bits of those that the host makes.

use burn::tensor::{Device, Tensor};
use ganymede_samples::{LabelledSamples, Labels, Samples, Shape, Values};

use crate::data::rows::Rows;
use crate::data::stack::Stack;
use crate::data::{DataConfig, Dataset, RingConfig};
use crate::place::Place;
use crate::random::Streams;

/// Rows that differ in every value; bytes of all values, floats of any.
fn rows(count: usize, shape: Shape, bytes: bool, labelled: bool, seed: u64) -> LabelledSamples {
    let mut stream = Streams::new(seed).at("rows", 0);
    let length = count * shape.features();
    let values = if bytes {
        Values::Bytes((0..length).map(|_| rand::RngExt::random(&mut stream)).collect())
    } else {
        Values::Floats(crate::random::normals(&mut stream, length))
    };
    let labels = labelled.then(|| Labels {
        classes: (0..count).map(|row| row % 3).collect(),
        names: (0..3).map(|class: u8| class.to_string()).collect(),
    });
    LabelledSamples { samples: Samples::new(values, shape), labels, columns: None }
}

#[test]
fn gathered_batches_are_the_hosts_to_the_bit() {
    let bits = |tensor: Tensor<2>| tensor.into_data().iter::<f64>().map(f64::to_bits).collect::<Vec<_>>();
    let streams = Streams::new(1);
    let shapes = [(1, 1, 1), (1, 2, 3), (3, 5, 4), (4, 1, 2), (3, 3, 5)];
    for (seed, (channels, height, width)) in shapes.into_iter().enumerate() {
        for (count, batch) in [(1, 3), (7, 5), (40, 64)] {
            for ([bytes, labelled], place) in [
                ([true, true], Place::new(Device::flex())),
                ([true, false], Place::new(Device::flex()).double()),
                ([false, true], Place::new(Device::flex())),
            ] {
                let set = |channels| rows(count, Shape { channels, height, width }, bytes, labelled, seed as u64);
                let sets = [
                    Rows::Plain(set(channels)),
                    Rows::Mirrored(set(channels)),
                    Rows::Stacked(Stack::new(set(1), 30, streams).unwrap()),
                ];
                for data in sets.map(|rows| Dataset::of(rows, Vec::new())) {
                    // All in one piece, a row in each, and several in each but the last.
                    for bytes_a_piece in [1 << 20, 1, 3 * 4 * data.features()] {
                        let resident = data.resident_within(&place, usize::MAX, bytes_a_piece).unwrap();
                        for step in [0, 3] {
                            let stored = data.stored_batch(streams, "batch", step, batch).unwrap();
                            let host = data.batch(streams, "batch", step, batch);
                            let found = resident.gather(&stored);
                            let expected = place.tensor(host.samples.values, [batch, data.features()]);
                            let case = format!("{data:?} {bytes_a_piece} {step}");
                            assert_eq!((found.dims(), found.dtype()), (expected.dims(), place.dtype()), "{case}");
                            assert!(bits(found) == bits(expected) && stored.labels == host.labels, "{case}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_too_large_or_drawn_afresh_stays_on_the_host() {
    let place = Place::new(Device::flex());
    let shape = Shape { channels: 3, height: 3, width: 3 };
    // 27 bytes take 7 words.
    for (bytes, size) in [(true, 10 * 28), (false, 10 * 27 * 4)] {
        let data = Dataset::of(Rows::Plain(rows(10, shape, bytes, false, 0)), Vec::new());
        assert!(data.resident_within(&place, size, 64).is_some());
        assert!(data.resident_within(&place, size - 1, 64).is_none());
    }
    let ring = DataConfig::Ring(RingConfig { draw: crate::data::Draw::Fresh, ..RingConfig::default() });
    let fresh = ring.build(std::path::Path::new("."), Streams::new(0)).unwrap();
    assert!(fresh.resident(&place).is_none());
    assert!(fresh.stored_batch(Streams::new(0), "batch", 0, 4).is_none());
}
