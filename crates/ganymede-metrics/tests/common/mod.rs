//! Test data by the same formula as in the script of the fixtures, equal bit for bit.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use ganymede_metrics::MatrixView;
use serde::Deserialize;

/// An owned matrix.
#[derive(Clone)]
pub(crate) struct Samples {
    pub(crate) values: Vec<f32>,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl Samples {
    pub(crate) fn view(&self) -> MatrixView<'_> {
        MatrixView::new(&self.values, self.rows, self.columns).unwrap()
    }

    /// The rows of all sets, one set after the other.
    pub(crate) fn stacked(sets: &[Samples]) -> Samples {
        let columns = sets[0].columns;
        let values: Vec<f32> = sets.iter().flat_map(|set| set.values.clone()).collect();
        Samples { rows: values.len() / columns, values, columns }
    }
}

/// A description of samples, as the fixtures hold it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Description {
    pub(crate) columns: usize,
    pub(crate) parts: Vec<Part>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Part {
    pub(crate) seed: u64,
    pub(crate) rows: usize,
    pub(crate) scale: f64,
    pub(crate) shift: Vec<f64>,
    pub(crate) copies: usize,
}

impl Description {
    pub(crate) fn samples(&self) -> Samples {
        let mut values = Vec::new();
        for part in &self.parts {
            for row in normals(part.seed, part.rows, self.columns).chunks(self.columns) {
                let row: Vec<f32> = row
                    .iter()
                    .zip(part.shift.iter().cycle())
                    .map(|(x, shift)| (shift + part.scale * x) as f32)
                    .collect();
                for _ in 0..part.copies {
                    values.extend_from_slice(&row);
                }
            }
        }
        Samples { rows: values.len() / self.columns, values, columns: self.columns }
    }
}

/// The top 16 bits of `SplitMix64` at `seed * 2^32 + index`.
pub(crate) fn bits(seed: u64, count: usize) -> Vec<u64> {
    (0..count as u64)
        .map(|index| {
            let mut state = (seed << 32).wrapping_add(index).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            (state ^ (state >> 31)) >> 48
        })
        .collect()
}

/// Nearly normal numbers: twelve uniform ones minus six.
pub(crate) fn normals(seed: u64, rows: usize, columns: usize) -> Vec<f64> {
    bits(seed, rows * columns * 12)
        .chunks(12)
        .map(|twelve| (twelve.iter().sum::<u64>() as f64 - 6.0 * 65536.0) / 65536.0)
        .collect()
}

/// A normal cloud: `shift` is repeated over the columns.
pub(crate) fn cloud(seed: u64, rows: usize, columns: usize, scale: f64, shift: &[f64]) -> Samples {
    let part = Part { seed, rows, scale, shift: shift.to_vec(), copies: 1 };
    Description { columns, parts: vec![part] }.samples()
}

/// The first `modes` of eight modes on a ring of radius 1, `rows` samples each.
pub(crate) fn ring(seed: u64, rows: usize, modes: usize, std: f64) -> Samples {
    let parts = (0..modes)
        .map(|mode| {
            let angle = std::f64::consts::TAU * mode as f64 / 8.0;
            Part { seed: seed + mode as u64, rows, scale: std, shift: vec![angle.cos(), angle.sin()], copies: 1 }
        })
        .collect();
    Description { columns: 2, parts }.samples()
}

/// Fails with both numbers when they differ by more than `tolerance` of the expected one (or of `floor`, if larger).
pub(crate) fn close(what: &str, found: f64, expected: f64, tolerance: f64, floor: f64) {
    let allowed = tolerance * expected.abs().max(floor);
    assert!((found - expected).abs() <= allowed, "{what}: {found} against {expected}, allowed {allowed}");
}
