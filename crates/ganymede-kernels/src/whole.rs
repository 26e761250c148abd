//! A [`Geometry`] with one window, which is the whole large picture: products of rows with the weight as it lies.

use crate::geometry::Geometry;
use crate::matrix::{MatrixRef, transposed};

impl Geometry {
    /// [`Geometry::to_small_rows`] without a bias.
    pub(crate) fn whole_to_small(&self, large: &[f32], weight: &[f32]) -> Vec<f32> {
        let (large, rows) = (self.by_channel(large), self.rows_of(large));
        let [inner, outer] = [self.group_features(), self.small_channels()];
        self.by_group(rows, outer, |group| {
            let weight = MatrixRef::new(self.weight_of(weight, group), [inner, outer], [1, inner]);
            self.rows_of_group(&large, rows, group).product(weight)
        })
    }

    /// [`Geometry::to_large_rows`] without a bias.
    pub(crate) fn whole_to_large(&self, small: &[f32], weight: &[f32]) -> Vec<f32> {
        let rows = small.len() / self.small.channels;
        let [inner, outer] = [self.small_channels(), self.group_features()];
        let large = self.by_group(rows, outer, |group| {
            let weight = MatrixRef::new(self.weight_of(weight, group), [inner, outer], [outer, 1]);
            self.pixels_of_group(small, rows, group).product(weight)
        });
        // From channels, then pixels, to pixels, then channels.
        turned(&large, [self.large.channels, self.large.pixels()])
    }

    /// [`Geometry::weight_gradient`].
    pub(crate) fn whole_weight_gradient(&self, large: &[f32], small: &[f32]) -> Vec<f32> {
        let (large, rows) = (self.by_channel(large), self.rows_of(large));
        let of_group =
            |group| self.pixels_of_group(small, rows, group).turned().product(self.rows_of_group(&large, rows, group));
        joined((0..self.groups).map(of_group), self.weight_len())
    }

    fn rows_of(&self, large: &[f32]) -> usize {
        large.len() / self.large.features()
    }

    /// Values of a group in a large picture.
    fn group_features(&self) -> usize {
        self.large_channels() * self.places()
    }

    fn weight_of<'a>(&self, weight: &'a [f32], group: usize) -> &'a [f32] {
        &weight[self.weight_at(group, 0, 0, 0)..]
    }

    /// Large pictures with pixels last, as the weight has them.
    fn by_channel(&self, large: &[f32]) -> Vec<f32> {
        turned(large, [self.large.pixels(), self.large.channels])
    }

    /// A group's part of large pictures with pixels last.
    fn rows_of_group<'a>(&self, large: &'a [f32], rows: usize, group: usize) -> MatrixRef<'a> {
        let width = self.group_features();
        MatrixRef::new(&large[group * width..], [rows, width], [self.large.features(), 1])
    }

    /// A group's part of small pictures.
    fn pixels_of_group<'a>(&self, small: &'a [f32], rows: usize, group: usize) -> MatrixRef<'a> {
        let width = self.small_channels();
        MatrixRef::new(&small[group * width..], [rows, width], [self.small.channels, 1])
    }

    /// `rows` rows of all groups side by side, from `width` columns of each.
    fn by_group(&self, rows: usize, width: usize, of_group: impl Fn(usize) -> Vec<f32>) -> Vec<f32> {
        if self.groups == 1 {
            return of_group(0);
        }
        let mut all = vec![0.0; rows * self.groups * width];
        for group in 0..self.groups {
            let part = of_group(group);
            let lines = all.chunks_exact_mut(self.groups * width).zip(part.chunks_exact(width));
            lines.for_each(|(line, part)| line[group * width..][..width].copy_from_slice(part));
        }
        all
    }
}

/// Matrices of this size behind one another, each transposed.
fn turned(matrices: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let matrix = |matrix| transposed(matrix, [rows, columns], columns);
    joined(matrices.chunks_exact(rows * columns).map(matrix), matrices.len())
}

/// Numbers behind one another, `count` in all. Whole pieces are copied, where a flat iterator takes number after number.
fn joined(pieces: impl Iterator<Item = Vec<f32>>, count: usize) -> Vec<f32> {
    let mut all = Vec::with_capacity(count);
    pieces.for_each(|piece| all.extend_from_slice(&piece));
    all
}
