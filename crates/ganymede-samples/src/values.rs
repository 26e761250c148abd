//! The values of samples as they are kept: bytes stay bytes.

/// Values of samples, row after row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Pixels of 8 bits; [`scaled`] says what they mean.
    Bytes(Vec<u8>),
    /// Numbers as they are, each of them finite.
    Floats(Vec<f32>),
}

/// What a byte means: 0 to 255 become -1 to 1.
pub fn scaled(byte: u8) -> f32 {
    f32::from(byte) / 127.5 - 1.0
}

/// The byte that is nearest to what a number means, the inverse of [`scaled`]; numbers outside -1 to 1 are cut off.
pub fn byte(value: f32) -> u8 {
    ((value + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8
}

impl Values {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Floats(floats) => floats.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the numbers at `range` to `floats`.
    ///
    /// # Panics
    ///
    /// When the range is not within the values.
    pub fn copy(&self, range: std::ops::Range<usize>, floats: &mut Vec<f32>) {
        match self {
            Self::Bytes(bytes) => floats.extend(bytes[range].iter().map(|byte| scaled(*byte))),
            Self::Floats(values) => floats.extend_from_slice(&values[range]),
        }
    }

    /// All of them as numbers.
    pub fn into_floats(self) -> Vec<f32> {
        match self {
            Self::Bytes(bytes) => bytes.into_iter().map(scaled).collect(),
            Self::Floats(floats) => floats,
        }
    }

    /// Puts each row of `places.len()` values into another order: the new value at `i` is the old one at `places[i]`.
    ///
    /// # Panics
    ///
    /// When a place is not within a row, or when there is not a whole number of rows.
    pub fn reorder(&mut self, places: &[usize]) {
        match self {
            Self::Bytes(bytes) => reorder(bytes, places),
            Self::Floats(floats) => reorder(floats, places),
        }
    }
}

fn reorder<T: Copy>(values: &mut [T], places: &[usize]) {
    assert!(!places.is_empty() && values.len().is_multiple_of(places.len()), "whole rows");
    let mut old = Vec::with_capacity(places.len());
    for row in values.chunks_exact_mut(places.len()) {
        old.clear();
        old.extend_from_slice(row);
        for (value, place) in row.iter_mut().zip(places) {
            *value = old[*place];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Values, byte, scaled};

    #[test]
    fn bytes_span_minus_one_to_one() {
        let all: Vec<f32> = Values::Bytes(vec![0, 51, 255]).into_floats();
        assert_eq!(all, [0, 51, 255].map(scaled));
        let bytes = Values::Bytes(vec![0, 51, 255]);
        let mut floats = vec![7.0];
        bytes.copy(1..3, &mut floats);
        assert_eq!((bytes.len(), floats, bytes.into_floats()), (3, vec![7.0, -0.6, 1.0], vec![-1.0, -0.6, 1.0]));
    }

    #[test]
    fn every_byte_is_found_again() {
        assert!((0..=255).all(|value| byte(scaled(value)) == value));
        assert_eq!([-7.0, 1.5, f32::NAN, 0.0].map(byte), [0, 255, 0, 128]);
    }

    #[test]
    fn rows_are_reordered_one_by_one() {
        for mut values in [Values::Bytes(vec![1, 2, 3, 4, 5, 6]), Values::Bytes(vec![9, 2, 3, 8, 5, 6])] {
            let before = values.clone();
            values.reorder(&[2, 0, 1]);
            assert_ne!(values, before);
            values.reorder(&[1, 2, 0]);
            assert_eq!(values, before);
        }
        let mut floats = Values::Floats(vec![1.0, 2.0, 3.0, 4.0]);
        floats.reorder(&[1, 0]);
        assert_eq!(floats, Values::Floats(vec![2.0, 1.0, 4.0, 3.0]));
    }
}
