//! What is drawn for each picture of a pass.

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::place::Place;
use ganymede_core::random::uniforms;
use rand::Rng;

use crate::config::Strengths;

/// The transformations, each applied with the probability on its own.
const TRANSFORMATIONS: usize = 5;

/// Numbers drawn for a picture: whether each transformation is applied, then how.
const NUMBERS: usize = TRANSFORMATIONS + 7;

/// How far the transformations change each picture; a column holds one number a picture, `[rows, 1]`. Where a
/// transformation is not applied the number is 0, and nothing of the picture changes.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    /// Added to every value.
    pub(crate) brightness: Tensor<2>,
    /// Added to 1, the factor on a pixel's distance from its mean over channels.
    pub(crate) saturation: Tensor<2>,
    /// Added to 1, the factor on a value's distance from the picture's mean.
    pub(crate) contrast: Tensor<2>,
    /// Whole pixels that the picture's content moves up and left.
    pub(crate) shift: [Tensor<2>; 2],
    /// First row and column of the hole, which may lie outside.
    pub(crate) hole: [Tensor<2>; 2],
    /// 1 where there is a hole.
    pub(crate) holed: Tensor<2>,
}

/// The largest shift along a side: `int(side * ratio + 0.5)` in `DiffAugment`'s code.
pub(crate) fn pixels(side: usize, share: f64) -> usize {
    (side as f64 * share + 0.5).floor() as usize
}

impl Draws {
    /// Draws for `rows` pictures, of whose transformations each is applied with a probability that is read where it lives,
    /// `[1, 1]`. Picture by picture: real and fake ones of a pass are drawn alike.
    pub(crate) fn new(
        rows: usize,
        shape: Shape,
        strengths: Strengths,
        probability: &Tensor<2>,
        stream: &mut impl Rng,
    ) -> Self {
        let place = Place::of(probability);
        let numbers = uniforms(stream, rows * NUMBERS, 0.0, 1.0);
        let column = |index: usize, from: &dyn Fn(f64) -> f64| {
            let column = numbers.iter().skip(index).step_by(NUMBERS).map(|number| from(f64::from(*number)) as f32);
            place.tensor(column.collect(), [rows, 1])
        };
        let applied = |index: usize| {
            let coins = column(index, &|number| number);
            coins.clone().lower(probability.clone().expand([rows, 1])).float().cast(place.dtype())
        };
        let when = |index: usize, how: Tensor<2>| applied(index).mul(how);
        let drawn = |index: usize, from: &dyn Fn(f64) -> f64| column(TRANSFORMATIONS + index, from);
        let whole = |index: usize, first: i64, count: usize| {
            drawn(index, &|number| first as f64 + (number * count as f64).floor())
        };
        let Strengths { colour, translation, cutout } = strengths;
        let shift = |index: usize, side: usize| {
            let largest = pixels(side, translation);
            when(3, whole(index, -(largest as i64), 2 * largest + 1))
        };
        let hole = |index: usize, side: usize| {
            let size = pixels(side, cutout);
            whole(index, -((size / 2) as i64), side + 1 - size % 2)
        };
        Self {
            brightness: when(0, drawn(0, &|number| colour * (number - 0.5))),
            saturation: when(1, drawn(1, &|number| colour * (2.0 * number - 1.0))),
            contrast: when(2, drawn(2, &|number| colour * (number - 0.5))),
            shift: [shift(3, shape.height), shift(4, shape.width)],
            hole: [hole(5, shape.height), hole(6, shape.width)],
            holed: applied(4),
        }
    }

    /// Everything as tensors for [`Draws::from_columns`].
    pub(crate) fn into_columns(self) -> [Tensor<2>; 8] {
        let Self { brightness, saturation, contrast, shift: [up, left], hole: [top, side], holed } = self;
        [brightness, saturation, contrast, up, left, top, side, holed]
    }

    /// The reverse of [`Draws::into_columns`]; `None` for another number of columns.
    pub(crate) fn from_columns(columns: &[Tensor<2>]) -> Option<Self> {
        let [brightness, saturation, contrast, up, left, top, side, holed] = columns else { return None };
        Some(Self {
            brightness: brightness.clone(),
            saturation: saturation.clone(),
            contrast: contrast.clone(),
            shift: [up.clone(), left.clone()],
            hole: [top.clone(), side.clone()],
            holed: holed.clone(),
        })
    }
}
