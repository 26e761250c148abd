//! Products of matrices: those of the crate `gemm`, into memory that is written once, and our own where they are thin.

use gemm::{Parallelism, gemm};

use crate::matrix::{MatrixRef, transposed};
use crate::thin;

/// From so many multiply-adds on, a product is shared out among threads, as burn's are.
const SHARED: usize = 192 * 192 * 192;

/// From so many rows and columns of a right matrix that lies column by column, the product is computed as its transpose, if the
/// left matrix and the product together have fewer numbers than it: `gemm` copies the right one against its order, which takes up to three times as long as
/// the product itself.
const MANY: usize = 256;

impl MatrixRef<'_> {
    /// The product, row by row, with the same bits on any number of threads. They are those of burn's product, but where sums of 32 terms
    /// and more fill at most four columns, and where the right matrix lies column by column and is larger than the others.
    ///
    /// # Panics
    /// When this matrix has not as many columns as `other` has rows.
    pub fn product(self, other: MatrixRef<'_>) -> Vec<f32> {
        assert_eq!(self.columns, other.rows, "columns of the left and rows of the right matrix");
        let large_lies_by_columns = other.row_stride == 1 && other.rows.min(other.columns) >= MANY;
        let (rows, columns) = (self.rows, self.columns);
        let is_small = rows.saturating_mul(other.rows + other.columns) <= other.rows.saturating_mul(other.columns);
        // A single row `gemm` sums in another order.
        if large_lies_by_columns && self.column_stride == 1 && is_small && rows > 1 {
            let turned = transposed(self.numbers, [rows, columns], self.row_stride);
            let product = other.turned().multiplied(MatrixRef::new(&turned, [columns, rows], [rows, 1]));
            return transposed(&product, [other.columns, rows], rows);
        }
        self.multiplied(other)
    }

    /// The product, in this order.
    fn multiplied(self, other: MatrixRef<'_>) -> Vec<f32> {
        let (rows, columns, inner) = (self.rows, other.columns, self.columns);
        let count = rows.checked_mul(columns).expect("a matrix that memory can hold");
        if count == 0 || inner == 0 {
            return vec![0.0; count];
        }
        let shared = count.saturating_mul(inner) >= SHARED;
        if !shared && let Some(product) = thin::product(self, other) {
            return product;
        }
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
