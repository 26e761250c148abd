//! The part of a matrix product that stays in registers, and the instructions that it is made of.

use pulp::{Arch, Simd, WithSimd};

/// Vectors of a tile across its columns, where one is not enough.
pub(crate) const ACROSS: usize = 2;

/// Rows of a tile where there are 16 vector registers, and where there are more: with [`ACROSS`] vectors each, its sums and
/// the values that are multiplied just fit. A tile of one vector across has no more: twice as many would want as many pointers to
/// their values, and took twice as long.
pub(crate) const FEW: usize = 6;
/// See [`FEW`].
pub(crate) const MANY: usize = 12;

/// The sums of a tile.
pub(crate) type Sums<S, const DOWN: usize, const ACROSS: usize> = [[<S as Simd>::f32s; ACROSS]; DOWN];

/// What the machine's vectors are like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vectors {
    /// Columns of a tile.
    pub(crate) columns: usize,
    /// Rows of a tile.
    pub(crate) rows: usize,
    /// Numbers of one vector.
    pub(crate) lanes: usize,
}

impl Vectors {
    /// Those of this machine.
    pub(crate) fn of_machine() -> Self {
        Arch::new().dispatch(Look)
    }
}

struct Look;

impl WithSimd for Look {
    type Output = Vectors;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vectors {
        let rows = if S::REGISTER_COUNT >= 32 { MANY } else { FEW };
        Vectors { columns: ACROSS * S::F32_LANES, rows, lanes: S::F32_LANES }
    }
}

/// `sums` plus the product of `rows` of the left matrix with a panel of the right one, which holds the vectors of a tile for
/// each value of a row.
#[inline(always)]
pub(crate) fn product<S: Simd, const DOWN: usize, const ACROSS: usize>(
    simd: S,
    mut sums: Sums<S, DOWN, ACROSS>,
    rows: [&[f32]; DOWN],
    panel: &[[S::f32s; ACROSS]],
) -> Sums<S, DOWN, ACROSS> {
    // Rows as long as the panel spare the loop its checks of bounds.
    let mut rows = rows;
    for row in &mut rows {
        *row = &row[..panel.len()];
    }
    for (at, vectors) in panel.iter().enumerate() {
        for (sums, row) in sums.iter_mut().zip(&rows) {
            let value = simd.splat_f32s(row[at]);
            for (sum, vector) in sums.iter_mut().zip(vectors) {
                *sum = simd.mul_add_e_f32s(value, *vector, *sum);
            }
        }
    }
    sums
}

/// `sums` plus the outer products of `DOWN` values each with the vectors of a tile.
#[inline(always)]
pub(crate) fn outer<S: Simd, const DOWN: usize>(
    simd: S,
    mut sums: Sums<S, DOWN, ACROSS>,
    values: &[[f32; DOWN]],
    panel: &[[S::f32s; ACROSS]],
) -> Sums<S, DOWN, ACROSS> {
    for (values, vectors) in values.iter().zip(panel) {
        for (sums, value) in sums.iter_mut().zip(values) {
            let value = simd.splat_f32s(*value);
            for (sum, vector) in sums.iter_mut().zip(vectors) {
                *sum = simd.mul_add_e_f32s(value, *vector, *sum);
            }
        }
    }
    sums
}

/// As many numbers as a tile has columns, or fewer, which zeros then follow.
#[inline(always)]
pub(crate) fn load<S: Simd, const ACROSS: usize>(simd: S, row: &[f32]) -> [S::f32s; ACROSS] {
    if let [row] = vectors::<S, ACROSS>(row) {
        return *row;
    }
    let mut parts = row.chunks(S::F32_LANES);
    std::array::from_fn(|_| simd.partial_load_f32s(parts.next().unwrap_or_default()))
}

/// The reverse of [`load`].
#[inline(always)]
pub(crate) fn store<S: Simd, const ACROSS: usize>(simd: S, row: &mut [f32], sums: [S::f32s; ACROSS]) {
    if let [row] = vectors_mut::<S, ACROSS>(row) {
        *row = sums;
        return;
    }
    for (part, sums) in row.chunks_mut(S::F32_LANES).zip(sums) {
        simd.partial_store_f32s(part, sums);
    }
}

/// Numbers as the vectors of tiles, one after the other.
#[inline(always)]
pub(crate) fn vectors<S: Simd, const ACROSS: usize>(numbers: &[f32]) -> &[[S::f32s; ACROSS]] {
    S::as_simd_f32s(numbers).0.as_chunks().0
}

/// See [`vectors`].
#[inline(always)]
pub(crate) fn vectors_mut<S: Simd, const ACROSS: usize>(numbers: &mut [f32]) -> &mut [[S::f32s; ACROSS]] {
    S::as_mut_simd_f32s(numbers).0.as_chunks_mut().0
}
