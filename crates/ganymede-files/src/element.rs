//! The numbers that arrays are made of.

use half::{bf16, f16};

/// How one element is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Float16,
    BrainFloat16,
    Float32,
    Float64,
    Unsigned(IntegerWidth),
    Signed(IntegerWidth),
    /// A byte that is 0 or another number.
    Boolean,
}

/// The bytes of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IntegerWidth {
    One = 1,
    Two = 2,
    Four = 4,
    Eight = 8,
}

impl IntegerWidth {
    pub(crate) fn of(bytes: usize) -> Option<Self> {
        [Self::One, Self::Two, Self::Four, Self::Eight].into_iter().find(|width| *width as usize == bytes)
    }
}

impl Element {
    /// Bytes of one element, at most 8.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Float16 | Self::BrainFloat16 => 2,
            Self::Float32 => 4,
            Self::Float64 => 8,
            Self::Unsigned(width) | Self::Signed(width) => width as usize,
            Self::Boolean => 1,
        }
    }

    /// The value of an element, given as the low bytes of a little-endian number of 8 bytes.
    pub(crate) fn value(self, bytes: [u8; 8]) -> f64 {
        let [a, b, c, d, ..] = bytes;
        match self {
            Self::Float16 => f16::from_le_bytes([a, b]).to_f64(),
            Self::BrainFloat16 => bf16::from_le_bytes([a, b]).to_f64(),
            Self::Float32 => f64::from(f32::from_le_bytes([a, b, c, d])),
            Self::Float64 => f64::from_le_bytes(bytes),
            Self::Boolean => f64::from(u8::from(a != 0)),
            Self::Unsigned(_) => u64::from_le_bytes(bytes) as f64,
            Self::Signed(width) => sign_extended(bytes, width) as f64,
        }
    }

    /// The value of an integer, or `None` for a float.
    pub(crate) fn integer(self, bytes: [u8; 8]) -> Option<i128> {
        match self {
            Self::Unsigned(_) => Some(i128::from(u64::from_le_bytes(bytes))),
            Self::Signed(width) => Some(i128::from(sign_extended(bytes, width))),
            Self::Boolean => Some(i128::from(bytes[0] != 0)),
            Self::Float16 | Self::BrainFloat16 | Self::Float32 | Self::Float64 => None,
        }
    }

    /// Whether single precision cannot hold all of its values.
    pub(crate) fn is_wide(self) -> bool {
        let width = |width| matches!(width, IntegerWidth::Four | IntegerWidth::Eight);
        matches!(self, Self::Float64) || matches!(self, Self::Unsigned(bytes) | Self::Signed(bytes) if width(bytes))
    }
}

/// The sign bit of a shorter integer has to travel up to the 64th.
fn sign_extended(bytes: [u8; 8], width: IntegerWidth) -> i64 {
    let unused = 64 - 8 * width as usize;
    (u64::from_le_bytes(bytes) << unused) as i64 >> unused
}
