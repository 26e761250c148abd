//! Arrays that are made up, as files of every format, and what may happen to a file.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::bytes::{idx, npy};

/// A type by the names that the formats give it: numpy's, that of tensors, and that of IDX files.
pub(crate) type Kind = (&'static str, &'static str, u8);

const KINDS: &[Kind] = &[
    ("u1", "U8", 0x08),
    ("i1", "I8", 0x09),
    ("i2", "I16", 0x0b),
    ("i4", "I32", 0x0c),
    ("f4", "F32", 0x0d),
    ("f8", "F64", 0x0e),
];

/// An array of small numbers.
#[derive(Clone, Debug)]
pub(crate) struct Array {
    pub(crate) kind: Kind,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<u8>,
}

impl Array {
    pub(crate) fn data(&self, big_endian: bool) -> Vec<u8> {
        let encode = |value: &u8| {
            let mut bytes = match self.kind.0 {
                "f4" => f32::from(*value).to_le_bytes().to_vec(),
                "f8" => f64::from(*value).to_le_bytes().to_vec(),
                integer => u32::from(*value).to_le_bytes()[..usize::from(integer.as_bytes()[1] - b'0')].to_vec(),
            };
            if big_endian {
                bytes.reverse();
            }
            bytes
        };
        self.values.iter().flat_map(encode).collect()
    }

    pub(crate) fn lengths(&self) -> String {
        self.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
    }

    pub(crate) fn npy(&self, big_endian: bool, fortran_order: bool) -> Vec<u8> {
        let descr = format!("'{}{}'", if big_endian { '>' } else { '<' }, self.kind.0);
        npy(&descr, fortran_order, &format!("({},)", self.lengths()), &self.data(big_endian))
    }

    pub(crate) fn idx(&self) -> Vec<u8> {
        let sizes: Vec<u32> = self.shape.iter().map(|size| *size as u32).collect();
        idx(self.kind.2, &sizes, &self.data(true))
    }

    /// Labels 0 for as many samples.
    pub(crate) fn labels(&self) -> Self {
        Self { kind: KINDS[3], shape: vec![self.shape[0]], values: vec![0; self.shape[0]] }
    }
}

pub(crate) fn arrays() -> impl Strategy<Value = Array> {
    (select(KINDS), vec(1_usize..5, 1..4)).prop_flat_map(|(kind, shape)| {
        vec(0_u8..4, shape.iter().product::<usize>()).prop_map(move |values| Array {
            kind,
            shape: shape.clone(),
            values,
        })
    })
}

/// One thing that happens to a file.
#[derive(Clone, Debug)]
pub(crate) enum Damage {
    Flip(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
    /// The bytes between two places once more at a third.
    Repeat(Index, Index, Index),
    /// Another number for one written in digits.
    Digits(Index, &'static str),
    /// Another number for some of the first bytes, or of any.
    Number(Index, bool, &'static [u8]),
}

/// Numbers that lie: none, a billion, and the highest of 32 and of 64 bits.
const DIGITS: &[&str] = &["0", "1000000000", "4294967295", "18446744073709551615", "99999999999999999999999"];
const NUMBERS: &[&[u8]] = &[&[0; 4], &[0x3b, 0x9a, 0xca, 0], &[0, 0xca, 0x9a, 0x3b], &[0xff; 4], &[0xff; 8], &[0x7f]];

pub(crate) fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let place = any::<Index>;
    let damage = prop_oneof![
        (place(), 1_u8..=255).prop_map(|(at, change)| Damage::Flip(at, change)),
        place().prop_map(Damage::Cut),
        (place(), vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (place(), place(), place()).prop_map(|(from, to, at)| Damage::Repeat(from, to, at)),
        (place(), select(DIGITS)).prop_map(|(at, number)| Damage::Digits(at, number)),
        (place(), any::<bool>(), select(NUMBERS)).prop_map(|(at, early, number)| Damage::Number(at, early, number)),
    ];
    vec(damage, 0..3)
}

/// The file after all that has happened to it.
pub(crate) fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let place = |index: &Index| index.index(bytes.len() + 1);
        match damage {
            _ if bytes.is_empty() => {}
            Damage::Flip(at, change) => {
                let at = at.index(bytes.len());
                bytes[at] ^= change;
            }
            Damage::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Damage::Insert(at, more) => drop(bytes.splice(place(at)..place(at), more.iter().copied())),
            Damage::Repeat(from, to, at) => {
                let (from, to, at) = (place(from), place(to), place(at));
                let more = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(at..at, more);
            }
            Damage::Digits(at, number) => {
                let runs: Vec<&[u8]> = bytes.chunk_by(|a, b| a.is_ascii_digit() && b.is_ascii_digit()).collect();
                let numbers: Vec<usize> = (0..runs.len()).filter(|run| runs[*run][0].is_ascii_digit()).collect();
                if !numbers.is_empty() {
                    let run = *at.get(&numbers);
                    let start: usize = runs[..run].iter().map(|run| run.len()).sum();
                    let end = start + runs[run].len();
                    bytes.splice(start..end, number.bytes());
                }
            }
            Damage::Number(at, early, number) => {
                let start = at.index(if *early { bytes.len().min(16) } else { bytes.len() });
                let end = bytes.len().min(start + number.len());
                bytes[start..end].copy_from_slice(&number[..end - start]);
            }
        }
    }
    bytes
}
