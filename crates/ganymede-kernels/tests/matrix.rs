//! Products of matrices in slices: sums written out, from memory in any order, and nothing beyond the slice is read.

mod near;

use std::panic::catch_unwind;

use ganymede_kernels::matrix::MatrixRef;
use near::assert_near;
use proptest::prelude::*;

/// How a matrix lies in memory: row by row or column by column, with a gap behind each line.
#[derive(Clone, Copy, Debug)]
struct Lying {
    by_column: bool,
    gap: usize,
}

impl Lying {
    fn strides(self, [rows, columns]: [usize; 2]) -> [usize; 2] {
        if self.by_column { [1, rows + self.gap] } else { [columns + self.gap, 1] }
    }

    /// Just the numbers that such a matrix reaches, in memory of their own, beyond which a sanitizer sees what is read.
    fn numbers(self, sizes: [usize; 2], numbers: &[f32]) -> Vec<f32> {
        let strides = self.strides(sizes);
        let last: usize = sizes.iter().zip(strides).map(|(size, stride)| (size - 1) * stride).sum();
        numbers[..=last].to_vec()
    }
}

fn lying() -> impl Strategy<Value = Lying> {
    (any::<bool>(), 0..4usize).prop_map(|(by_column, gap)| Lying { by_column, gap })
}

/// Asserts that the product of two matrices that lie like this is the sum written out.
fn assert_product([rows, inner, columns]: [usize; 3], [left, right]: [Lying; 2], [first, second]: [&[f32]; 2]) {
    let (of_left, of_right) = ([rows, inner], [inner, columns]);
    let (first, second) = (left.numbers(of_left, first), right.numbers(of_right, second));
    let first = MatrixRef::new(&first, of_left, left.strides(of_left));
    let second = MatrixRef::new(&second, of_right, right.strides(of_right));
    let sums = first.product(second);
    let expected: Vec<f64> = (0..rows * columns)
        .map(|at| {
            let term = |k| f64::from(first.get(at / columns, k)) * f64::from(second.get(k, at % columns));
            (0..inner).map(term).sum()
        })
        .collect();
    assert_near(&sums, &expected, "the product");
}

proptest! {
    #[test]
    fn a_product_is_the_sum_written_out(
        (rows, inner, columns) in (1..40usize, 1..40usize, 1..40usize),
        (left, right) in (lying(), lying()),
        first in prop::collection::vec(-3.0..3.0f32, 44 * 44),
        second in prop::collection::vec(-3.0..3.0f32, 44 * 44),
    ) {
        assert_product([rows, inner, columns], [left, right], [&first, &second]);
    }

    /// Tall and wide, so that there are whole vectors of each machine and some numbers behind them.
    #[test]
    fn a_thin_product_is_the_sum_written_out(
        (rows, inner, columns) in prop_oneof![
            (1..10usize, 1..=2usize, 30..150usize),
            (1..150usize, 30..150usize, 1..=4usize),
        ],
        (left, right) in (lying(), lying()),
        first in prop::collection::vec(-1.0..1.0f32, 154 * 154),
        second in prop::collection::vec(-1.0..1.0f32, 154 * 8),
    ) {
        assert_product([rows, inner, columns], [left, right], [&first, &second]);
    }
}

#[test]
fn a_product_with_a_large_matrix_that_lies_by_columns_is_the_sum_written_out() {
    let (sizes, gap) = ([301, 1_000, 700], 3);
    let numbers: Vec<f32> = (0..703 * 1_003).map(|at| (at * 37 % 1013) as f32 * 0.01 - 5.0).collect();
    let [left, right] = [false, true].map(|by_column| Lying { by_column, gap });
    assert_product(sizes, [left, right], [&numbers, &numbers]);
}

#[test]
fn a_product_has_the_same_bits_on_any_number_of_threads() {
    // Enough multiply-adds to be shared out.
    let sizes = [251, 301];
    let numbers: Vec<f32> = (0..sizes[0] * sizes[1]).map(|at| (at % 1013) as f32 * 0.01 - 5.0).collect();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        let left = MatrixRef::new(&numbers, sizes, [sizes[1], 1]);
        let right = MatrixRef::new(&numbers, [sizes[1], sizes[0]], [1, sizes[1]]);
        pool.install(|| left.product(right)).into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    let alone = on(1);
    assert!([2, 5].into_iter().all(|threads| on(threads) == alone));
}

#[test]
fn empty_matrices_have_products() {
    let empty = |rows, columns| MatrixRef::new(&[], [rows, columns], [columns, 1]);
    assert_eq!(empty(2, 0).product(empty(0, 3)), [0.0; 6]);
    assert_eq!(empty(0, 3).product(MatrixRef::new(&[1.0; 6], [3, 2], [2, 1])), [0.0; 0]);
}

#[test]
fn what_does_not_lie_in_the_slice_is_refused() {
    for (sizes, strides) in [([2, 3], [3, 1]), ([5, 1], [2, 1]), ([2, 2], [usize::MAX, 1]), ([usize::MAX, 2], [2, 1])] {
        assert!(catch_unwind(|| MatrixRef::new(&[0.0; 5], sizes, strides)).is_err(), "{sizes:?} {strides:?}");
    }
    let matrix = MatrixRef::new(&[0.0; 6], [2, 3], [3, 1]);
    assert!(catch_unwind(|| matrix.product(matrix)).is_err(), "3 columns and 2 rows");
}
