//! By what samples, models and settings are known again.

use std::fmt;

use ganymede_samples::{Samples, Values};
use sha2::{Digest, Sha256};

/// Floats are hashed in pieces of this length.
const PIECE: usize = 1 << 12;

/// A SHA-256: equal for equal contents, and for no others that anybody will meet. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// The checksum of parts, each with its length, so that no two lists of parts are the same text.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The checksum of the samples at `rows`: their shape, the kind of their values, and each of them.
    ///
    /// # Panics
    ///
    /// When an index is not below the number of rows.
    pub fn of_samples(samples: &Samples, rows: std::ops::Range<usize>) -> Self {
        let shape = samples.shape;
        let mut hasher = Sha256::new();
        for number in [shape.channels, shape.height, shape.width, rows.len()] {
            hasher.update((number as u64).to_le_bytes());
        }
        let range = rows.start * shape.features()..rows.end * shape.features();
        match &samples.values {
            Values::Bytes(bytes) => {
                hasher.update(b"bytes");
                hasher.update(&bytes[range]);
            }
            Values::Floats(floats) => {
                hasher.update(b"floats");
                for piece in floats[range].chunks(PIECE) {
                    let bytes: Vec<u8> = piece.iter().flat_map(|value| value.to_le_bytes()).collect();
                    hasher.update(&bytes);
                }
            }
        }
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use ganymede_samples::{Samples, Shape, Values};

    use super::Checksum;

    #[test]
    fn the_checksum_is_a_sha_256() {
        // `printf '\3\0\0\0\0\0\0\0abc' | sha256sum`
        let known = "ce91dc5eec0139adf091900d225971d6ad246a845bad791b5693a9d0d55dd391";
        assert_eq!(Checksum::of(&[b"abc"]).to_string(), known);
    }

    #[test]
    fn whatever_differs_is_seen() {
        let bytes = |values: &[u8], shape| Samples::new(Values::Bytes(values.to_vec()), shape);
        let floats = |values: &[f32], shape| Samples::new(Values::Floats(values.to_vec()), shape);
        let (flat, tall) = (Shape { channels: 1, height: 1, width: 2 }, Shape { channels: 1, height: 2, width: 1 });
        let rows = [
            (bytes(&[1, 2, 3, 4], flat), 0..2),
            (bytes(&[1, 2, 3, 4], tall), 0..2),
            (bytes(&[1, 2, 3, 4], flat), 0..1),
            (bytes(&[1, 2, 3, 4], flat), 1..2),
            (bytes(&[1, 2, 3, 5], flat), 0..2),
            (floats(&[1.0, 2.0, 3.0, 4.0], flat), 0..2),
            (floats(&[1.0, 2.0, 3.0, -4.0], flat), 0..2),
        ];
        let sums: Vec<Checksum> =
            rows.iter().map(|(samples, rows)| Checksum::of_samples(samples, rows.clone())).collect();
        for (index, sum) in sums.iter().enumerate() {
            assert!(!sums[..index].contains(sum), "{index}");
        }
        // Rows have the checksum that they have in any other set.
        assert_eq!(Checksum::of_samples(&bytes(&[9, 9, 1, 2], flat), 1..2), sums[2]);
        let parts: [&[&[u8]]; 4] = [&[b"ab", b"c"], &[b"a", b"bc"], &[b"abc"], &[b"abc", b""]];
        let parts: std::collections::BTreeSet<Checksum> = parts.iter().map(|parts| Checksum::of(parts)).collect();
        assert_eq!(parts.len(), 4);
    }
}
