//! Products of matrices in slices: those of the crate `gemm`, into memory that is written once.

use std::ops::RangeInclusive;

use gemm::{Parallelism, gemm};

/// From so many multiply-adds on, a product is shared out among threads, as burn's are.
const SHARED: usize = 192 * 192 * 192;

/// With so many rows of the left matrix, and from so many rows and columns of a right one that lies column by column, the product is
/// computed as its transpose: `gemm` copies the larger matrix against its order, which takes up to three times as long as the
/// product itself. A single row it sums in another order.
const FEW: RangeInclusive<usize> = 2..=128;
const MANY: usize = 256;

/// The side of the square parts in which a matrix is transposed.
const SIDE: usize = 16;

/// A matrix whose rows and columns lie at even distances in a slice.
#[derive(Clone, Copy, Debug)]
pub struct MatrixRef<'a> {
    numbers: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> MatrixRef<'a> {
    /// A matrix whose entry in row `i` and column `j` is `numbers[i * row_stride + j * column_stride]`.
    ///
    /// # Panics
    /// When an entry lies outside the numbers.
    pub fn new(numbers: &'a [f32], [rows, columns]: [usize; 2], [row_stride, column_stride]: [usize; 2]) -> Self {
        if rows > 0 && columns > 0 {
            let last = (rows - 1)
                .checked_mul(row_stride)
                .zip((columns - 1).checked_mul(column_stride))
                .and_then(|(below, right)| below.checked_add(right));
            let fits = last.is_some_and(|last| last < numbers.len());
            assert!(fits, "{rows} x {columns} entries at strides {row_stride} and {column_stride} lie in the slice");
        }
        Self { numbers, rows, columns, row_stride, column_stride }
    }

    /// The entry in this row and column.
    ///
    /// # Panics
    /// When there is none.
    pub fn get(&self, row: usize, column: usize) -> f32 {
        assert!(row < self.rows && column < self.columns, "an entry of {} x {}", self.rows, self.columns);
        self.numbers[row * self.row_stride + column * self.column_stride]
    }

    /// The product, row by row, with the bits of burn's: the same ones on any number of threads.
    ///
    /// # Panics
    /// When this matrix has not as many columns as `other` has rows.
    pub fn product(self, other: MatrixRef<'_>) -> Vec<f32> {
        assert_eq!(self.columns, other.rows, "columns of the left and rows of the right matrix");
        let large_lies_by_columns = other.row_stride == 1 && other.rows.min(other.columns) >= MANY;
        if large_lies_by_columns && self.column_stride == 1 && FEW.contains(&self.rows) {
            let (rows, columns) = (self.rows, self.columns);
            let turned = transposed(self.numbers, [rows, columns], self.row_stride);
            let product = other.turned().multiplied(MatrixRef::new(&turned, [columns, rows], [rows, 1]));
            return transposed(&product, [other.columns, rows], rows);
        }
        self.multiplied(other)
    }

    /// The transpose.
    pub(crate) fn turned(self) -> Self {
        Self {
            numbers: self.numbers,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// The product, in this order.
    fn multiplied(self, other: MatrixRef<'_>) -> Vec<f32> {
        let (rows, columns, inner) = (self.rows, other.columns, self.columns);
        let count = rows.checked_mul(columns).expect("a matrix that memory can hold");
        if count == 0 || inner == 0 {
            return vec![0.0; count];
        }
        let shared = count.saturating_mul(inner) >= SHARED;
        let mut product = Vec::with_capacity(count);
        // SAFETY: `new` has seen that each entry of both matrices lies in its slice. The product has room for `count` numbers, row by
        // row. They are not read, as the flag behind its strides says, and all of them are written.
        #[expect(
            unsafe_code,
            reason = "the crate `gemm` takes pointers, and memory need not hold zeros before it is written"
        )]
        unsafe {
            gemm(
                rows,
                columns,
                inner,
                product.as_mut_ptr(),
                1,
                columns as isize,
                false,
                self.numbers.as_ptr(),
                self.column_stride as isize,
                self.row_stride as isize,
                other.numbers.as_ptr(),
                other.column_stride as isize,
                other.row_stride as isize,
                0.0,
                1.0,
                false,
                false,
                false,
                if shared { Parallelism::Rayon(0) } else { Parallelism::None },
            );
            product.set_len(count);
        }
        product
    }
}

/// The transpose of rows that lie `stride` numbers apart, row by row.
pub(crate) fn transposed(numbers: &[f32], [rows, columns]: [usize; 2], stride: usize) -> Vec<f32> {
    let mut result = vec![0.0; rows * columns];
    let [whole_rows, whole_columns] = [rows, columns].map(|count| count / SIDE * SIDE);
    let part = |row: usize, column: usize| {
        let mut part = [[0.0; SIDE]; SIDE];
        for (at, line) in (0..SIDE).map(|at| &numbers[(row + at) * stride + column..][..SIDE]).enumerate() {
            part.iter_mut().zip(line).for_each(|(turned, number)| turned[at] = *number);
        }
        part
    };
    for row in (0..whole_rows).step_by(SIDE) {
        for column in (0..whole_columns).step_by(SIDE) {
            for (at, line) in part(row, column).iter().enumerate() {
                result[(column + at) * rows + row..][..SIDE].copy_from_slice(line);
            }
        }
    }
    for row in 0..rows {
        let first = if row < whole_rows { whole_columns } else { 0 };
        for column in first..columns {
            result[column * rows + row] = numbers[row * stride + column];
        }
    }
    result
}
