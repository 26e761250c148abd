//! Matrices in slices.

/// The side of the square parts in which a matrix is transposed.
const SIDE: usize = 16;

/// A matrix whose rows and columns lie at even distances in a slice.
#[derive(Clone, Copy, Debug)]
pub struct MatrixRef<'a> {
    pub(crate) numbers: &'a [f32],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_stride: usize,
    pub(crate) column_stride: usize,
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
