//! The transformations of pictures, each linear given its draws, and their transposes.
//!
//! Rows are `[pictures, features]`, channels-last. A change of colour is `x + a (x - mean of x)`, with the mean over a
//! pixel's channels or over the picture: a symmetric matrix, so its transpose is itself. A shift's transpose is the
//! opposite shift, and a hole's is the hole.

use burn::tensor::{Bool, Int, Tensor};
use ganymede_core::Shape;

use crate::config::Strengths;
use crate::draws::{Draws, pixels};

/// Pictures of a shape, and which transformations there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transform {
    pub(crate) shape: Shape,
    pub(crate) strengths: Strengths,
}

impl Transform {
    /// The pictures, changed as drawn: brightness, saturation, contrast, shift, hole, in `DiffAugment`'s order.
    pub(crate) fn apply(self, pictures: Tensor<2>, draws: &Draws) -> Tensor<2> {
        let bright = if self.colours() { pictures.clone().add(like(&draws.brightness, &pictures)) } else { pictures };
        let saturated = self.saturate(bright, draws);
        let contrasted = self.contrast(saturated, draws);
        let shifted = self.shift(contrasted, draws, 1);
        self.cut(shifted, draws)
    }

    /// The cotangent of the pictures that went in, from that of those that came out.
    pub(crate) fn transposed(self, cotangent: Tensor<2>, draws: &Draws) -> Tensor<2> {
        let cut = self.cut(cotangent, draws);
        let shifted = self.shift(cut, draws, -1);
        let contrasted = self.contrast(shifted, draws);
        self.saturate(contrasted, draws)
    }

    fn colours(self) -> bool {
        self.strengths.colour > 0.0
    }

    /// Moves each value away from its pixel's mean over channels. A grey picture has no saturation.
    fn saturate(self, pictures: Tensor<2>, draws: &Draws) -> Tensor<2> {
        if !self.colours() || self.shape.channels == 1 {
            return pictures;
        }
        let ([rows, features], pixels) = (pictures.dims(), self.shape.pixels());
        let by_pixel = pictures.clone().reshape([rows, pixels, self.shape.channels]);
        let mean = by_pixel.clone().mean_dim(2);
        let distance = by_pixel.sub(mean).reshape([rows, features]);
        let factor = like(&draws.saturation, &pictures);
        pictures.add(distance.mul(factor))
    }

    /// Moves each value away from the picture's mean.
    fn contrast(self, pictures: Tensor<2>, draws: &Draws) -> Tensor<2> {
        if !self.colours() {
            return pictures;
        }
        let distance = pictures.clone().sub(pictures.clone().mean_dim(1));
        let factor = like(&draws.contrast, &pictures);
        pictures.add(distance.mul(factor))
    }

    /// Moves the content by the drawn shift times `direction`; what comes in from outside is zero.
    fn shift(self, pictures: Tensor<2>, draws: &Draws, direction: i64) -> Tensor<2> {
        let Shape { channels, height, width } = self.shape;
        let nowhere = pixels(height, self.strengths.translation) == 0 && pixels(width, self.strengths.translation) == 0;
        if nowhere {
            return pictures;
        }
        let [row, column, channel] = self.grid(&pictures);
        let from = |grid: Tensor<2, Int>, shift: &Tensor<2>| grid.add(shift.clone().int().mul_scalar(direction));
        let (row, column) = (from(row, &draws.shift[0]), from(column, &draws.shift[1]));
        let outside = outside(&row, 0, height).bool_or(outside(&column, 0, width));
        let source = row.clamp(0, height as i64 - 1).mul_scalar(width as i64).add(column.clamp(0, width as i64 - 1));
        let source = source.mul_scalar(channels as i64).add(channel);
        pictures.gather(1, source).mask_fill(outside, 0.0)
    }

    /// Puts zeros into the hole.
    fn cut(self, pictures: Tensor<2>, draws: &Draws) -> Tensor<2> {
        let sizes = [self.shape.height, self.shape.width].map(|side| pixels(side, self.strengths.cutout));
        if sizes.contains(&0) {
            return pictures;
        }
        let [row, column, _] = self.grid(&pictures);
        let beyond =
            |grid: Tensor<2, Int>, first: &Tensor<2>, size: usize| outside(&grid.sub(first.clone().int()), 0, size);
        let spared = beyond(row, &draws.hole[0], sizes[0]).bool_or(beyond(column, &draws.hole[1], sizes[1]));
        let [rows, features] = pictures.dims();
        let whole = draws.holed.clone().lower_elem(0.5).expand([rows, features]);
        pictures.mask_fill(spared.bool_or(whole).bool_not(), 0.0)
    }

    /// Row, column and channel of each feature, `[1, features]` each.
    fn grid(self, pictures: &Tensor<2>) -> [Tensor<2, Int>; 3] {
        let Shape { channels, height: _, width } = self.shape;
        let features = self.shape.features();
        let index = Tensor::<1, Int>::arange(0..features as i64, &pictures.device()).reshape([1, features]);
        let (channels, width) = (channels as i64, width as i64);
        let pixel = index.clone().div_scalar(channels);
        [pixel.clone().div_scalar(width), pixel.remainder_scalar(width), index.remainder_scalar(channels)]
    }
}

/// Where `indices` are not in `first..first + count`.
fn outside(indices: &Tensor<2, Int>, first: i64, count: usize) -> Tensor<2, Bool> {
    let below = indices.clone().lower_elem(first);
    below.bool_or(indices.clone().greater_equal_elem(first + count as i64))
}

/// A column in the precision of the pictures.
fn like(column: &Tensor<2>, pictures: &Tensor<2>) -> Tensor<2> {
    column.clone().cast(pictures.dtype())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use burn::tensor::Tensor;
    use ganymede_core::Shape;
    use ganymede_testing::numbers::{assert_close, column, noise, tensor, values};

    use super::Transform;
    use crate::config::Strengths;
    use crate::draws::Draws;

    /// What is shown, a picture and its shape, what is drawn, and what comes out.
    type Case<'a> = (&'a str, Shape, &'a [f64], Draws, Vec<f64>);

    const WHOLE: Strengths = Strengths { colour: 1.0, translation: 1.0, cutout: 0.5 };

    /// Draws for one picture: brightness, saturation, contrast, shift up and left, the hole's corner where there is one.
    fn draws(colours: [f64; 3], shift: [f64; 2], hole: Option<[f64; 2]>) -> Draws {
        let [brightness, saturation, contrast] = colours;
        let [top, left] = hole.unwrap_or_default();
        let holed = if hole.is_some() { 1.0 } else { 0.0 };
        let numbers = [brightness, saturation, contrast, shift[0], shift[1], top, left, holed];
        Draws::from_columns(&numbers.map(|number| column(&[number]))).unwrap()
    }

    fn changed(shape: Shape, picture: &[f64], draws: &Draws) -> Vec<f64> {
        let picture = tensor(picture, [1, shape.features()]);
        values(&Transform { shape, strengths: WHOLE }.apply(picture, draws))
    }

    #[test]
    fn small_pictures_become_what_the_definition_says() {
        let grey = Shape { channels: 1, height: 3, width: 3 };
        let nine = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let colour = Shape { channels: 3, height: 1, width: 2 };
        let six = [1.0, 2.0, 3.0, 5.0, 5.0, 8.0];
        let none = [0.0; 3];
        let rows: Vec<Case<'_>> = vec![
            ("nothing", grey, &nine, draws(none, [0.0, 0.0], None), nine.to_vec()),
            ("brightness", grey, &nine, draws([0.5, 0.0, 0.0], [0.0, 0.0], None), nine.map(|x| x + 0.5).to_vec()),
            (
                "contrast",
                grey,
                &nine,
                draws([0.0, 0.0, 0.5], [0.0, 0.0], None),
                nine.map(|x| 5.0 + 1.5 * (x - 5.0)).to_vec(),
            ),
            ("no contrast is the mean", colour, &six, draws([0.0, 0.0, -1.0], [0.0, 0.0], None), vec![4.0; 6]),
            (
                "no saturation is grey",
                colour,
                &six,
                draws([0.0, -1.0, 0.0], [0.0, 0.0], None),
                vec![2.0, 2.0, 2.0, 6.0, 6.0, 6.0],
            ),
            ("saturation", colour, &six, draws([0.0, 1.0, 0.0], [0.0, 0.0], None), vec![0.0, 2.0, 4.0, 4.0, 4.0, 10.0]),
            ("a grey picture has none", grey, &nine, draws([0.0, 1.0, 0.0], [0.0, 0.0], None), nine.to_vec()),
            ("up", grey, &nine, draws(none, [1.0, 0.0], None), vec![4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 0.0, 0.0, 0.0]),
            (
                "down and left",
                grey,
                &nine,
                draws(none, [-1.0, 2.0], None),
                vec![0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 6.0, 0.0, 0.0],
            ),
            ("right, whole pixels", colour, &six, draws(none, [0.0, -1.0], None), vec![0.0, 0.0, 0.0, 1.0, 2.0, 3.0]),
            (
                "a hole at the edge",
                grey,
                &nine,
                draws(none, [0.0, 0.0], Some([-1.0, 1.0])),
                vec![1.0, 0.0, 0.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
            ),
        ];
        for (what, shape, picture, draws, expected) in rows {
            assert_close(what, &changed(shape, picture, &draws), &expected, 1e-12);
        }
    }

    #[test]
    fn nothing_drawn_changes_no_bit() {
        let shape = Shape { channels: 3, height: 5, width: 4 };
        let picture = values(&noise("picture", [1, shape.features()]));
        assert_eq!(changed(shape, &picture, &draws([0.0; 3], [0.0; 2], None)), picture);
    }

    #[test]
    fn transposes_are_transposes() {
        let shape = Shape { channels: 3, height: 5, width: 4 };
        let transform = Transform { shape, strengths: WHOLE };
        let inner = |one: &Tensor<2>, other: &Tensor<2>| one.clone().mul(other.clone()).sum().into_scalar::<f64>();
        let [x, y] = ["x", "y"].map(|name| noise(name, [1, shape.features()]));
        let zero = x.clone().zeros_like();
        for (shift, hole) in [([0.0, 0.0], None), ([2.0, -1.0], Some([-1.0, 3.0])), ([-4.0, 1.0], Some([-1.0, 2.0]))] {
            let draws = draws([0.3, 0.7, -0.4], shift, hole);
            let linear = transform.apply(x.clone(), &draws).sub(transform.apply(zero.clone(), &draws));
            let (there, back) = (inner(&linear, &y), inner(&x, &transform.transposed(y.clone(), &draws)));
            assert!((there - back).abs() < 1e-12 && there.abs() > 1e-3, "{shift:?} {hole:?}: {there} {back}");
        }
    }
}
