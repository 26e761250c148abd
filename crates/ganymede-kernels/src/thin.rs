//! Products whose sums have one or two terms, or that have few columns: those of a network's input and output. Memory is their
//! limit, not multiplication, and `gemm` leaves most of each vector empty in them.

use pulp::{Arch, Simd, WithSimd, bytemuck};

use crate::matrix::MatrixRef;
use crate::tile;

/// Products of more numbers than this are computed here if their sums have one or two terms. Of fewer, `gemm` gives the sums of zeros
/// another sign.
const MANY: usize = 256;

/// Products of one to four columns are, if their sums have so many terms.
const LONG: usize = 32;

/// Vectors down the rows of the left matrix, or rows, for which a number of the right one is loaded once.
const DOWN: usize = 4;

/// Terms that are added one after the other before they join their sum: the gradient of a weight has one for each sample, and their
/// rounding errors would grow with their number.
const PART: usize = 64;

/// The product row by row, if it is thin. Sums of one or two terms have the bits of `gemm`.
pub(crate) fn product(left: MatrixRef<'_>, right: MatrixRef<'_>) -> Option<Vec<f32>> {
    match (left.columns, right.columns) {
        (1, columns) if left.rows * columns > MANY => Some(of_one_term(left, right)),
        (2, columns) if left.rows * columns > MANY => Some(of_two_terms(left, right)),
        (LONG.., 1) => of_few_columns::<1>(left, right),
        (LONG.., 2) => of_few_columns::<2>(left, right),
        (LONG.., 3) => of_few_columns::<3>(left, right),
        (LONG.., 4) => of_few_columns::<4>(left, right),
        _ => None,
    }
}

fn of_one_term(left: MatrixRef<'_>, right: MatrixRef<'_>) -> Vec<f32> {
    let [numbers] = columns::<1>(right.turned());
    by_rows(left.rows, numbers.len(), |row, product| {
        let factor = left.get(row, 0);
        product.extend(numbers.iter().map(|number| factor * number));
    })
}

fn of_two_terms(left: MatrixRef<'_>, right: MatrixRef<'_>) -> Vec<f32> {
    let [first, second] = columns::<2>(right.turned());
    by_rows(left.rows, first.len(), |row, product| {
        let factors = [0, 1].map(|term| left.get(row, term));
        product.extend(first.iter().zip(&second).map(|(first, second)| factors[0] * first + factors[1] * second));
    })
}

/// Calls `extend` for each row, in order.
fn by_rows(rows: usize, columns: usize, extend: impl Fn(usize, &mut Vec<f32>)) -> Vec<f32> {
    let mut product = Vec::with_capacity(rows * columns);
    Arch::new().dispatch(|| (0..rows).for_each(|row| extend(row, &mut product)));
    product
}

/// The product with a few columns, if the left matrix lies row by row or column by column.
fn of_few_columns<const COLUMNS: usize>(left: MatrixRef<'_>, right: MatrixRef<'_>) -> Option<Vec<f32>> {
    if left.column_stride != 1 && left.row_stride != 1 {
        return None;
    }
    let columns = columns::<COLUMNS>(right);
    let columns = columns.each_ref().map(Vec::as_slice);
    let mut product = vec![0.0; left.rows * COLUMNS];
    let (rows, _) = product.as_chunks_mut();
    let few = FewColumns { left, columns, rows };
    if left.column_stride == 1 {
        Arch::new().dispatch(AlongRows(few));
    } else {
        Arch::new().dispatch(AlongColumns(few));
    }
    Some(product)
}

/// A product with columns, and the memory for its rows.
struct FewColumns<'a, const COLUMNS: usize> {
    left: MatrixRef<'a>,
    columns: [&'a [f32]; COLUMNS],
    rows: &'a mut [[f32; COLUMNS]],
}

/// The columns of a matrix, each in memory of its own.
fn columns<const COLUMNS: usize>(matrix: MatrixRef<'_>) -> [Vec<f32>; COLUMNS] {
    std::array::from_fn(|column| (0..matrix.rows).map(|row| matrix.get(row, column)).collect())
}

/// Where the left matrix lies row by row: the terms of a sum are shared out over a vector.
struct AlongRows<'a, const COLUMNS: usize>(FewColumns<'a, COLUMNS>);

impl<const COLUMNS: usize> WithSimd for AlongRows<'_, COLUMNS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let FewColumns { left, columns, rows } = self.0;
        let columns = columns.map(S::as_simd_f32s);
        for (block, products) in rows.chunks_mut(DOWN).enumerate() {
            // Rows behind the last one repeat it and are not written.
            let rows: [_; DOWN] = std::array::from_fn(|down| {
                let row = (block * DOWN + down).min(left.rows - 1);
                S::as_simd_f32s(&left.numbers[row * left.row_stride..][..left.columns])
            });
            let mut sums = [[simd.splat_f32s(0.0); COLUMNS]; DOWN];
            for at in 0..left.columns / S::F32_LANES {
                for (sums, (row, _)) in sums.iter_mut().zip(&rows) {
                    for (sum, (column, _)) in sums.iter_mut().zip(&columns) {
                        *sum = simd.mul_add_e_f32s(row[at], column[at], *sum);
                    }
                }
            }
            for ((products, sums), (_, rest)) in products.iter_mut().zip(sums).zip(rows) {
                let rest = simd.partial_load_f32s(rest);
                for ((product, sum), (_, column)) in products.iter_mut().zip(sums).zip(columns) {
                    let sum = simd.mul_add_e_f32s(rest, simd.partial_load_f32s(column), sum);
                    *product = simd.reduce_sum_f32s(sum);
                }
            }
        }
    }
}

/// Where the left matrix lies column by column: a vector holds as many sums.
struct AlongColumns<'a, const COLUMNS: usize>(FewColumns<'a, COLUMNS>);

impl<const COLUMNS: usize> WithSimd for AlongColumns<'_, COLUMNS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let FewColumns { left, columns, rows } = self.0;
        for (block, products) in rows.chunks_mut(DOWN * S::F32_LANES).enumerate() {
            let begin = block * DOWN * S::F32_LANES;
            let mut totals = [[simd.splat_f32s(0.0); COLUMNS]; DOWN];
            for first in (0..left.columns).step_by(PART) {
                let mut sums = [[simd.splat_f32s(0.0); COLUMNS]; DOWN];
                for at in first..(first + PART).min(left.columns) {
                    let numbers = &left.numbers[at * left.column_stride + begin..][..products.len()];
                    let factors = columns.map(|column| simd.splat_f32s(column[at]));
                    for (sums, numbers) in sums.iter_mut().zip(tile::load::<S, DOWN>(simd, numbers)) {
                        for (sum, factor) in sums.iter_mut().zip(factors) {
                            *sum = simd.mul_add_e_f32s(numbers, factor, *sum);
                        }
                    }
                }
                for (total, sum) in totals.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
                    *total = simd.add_f32s(*total, *sum);
                }
            }
            for (products, sums) in products.chunks_mut(S::F32_LANES).zip(&totals) {
                for (column, sum) in sums.iter().enumerate() {
                    let numbers: &[f32] = bytemuck::cast_slice(std::slice::from_ref(sum));
                    products.iter_mut().zip(numbers).for_each(|(product, number)| product[column] = *number);
                }
            }
        }
    }
}
