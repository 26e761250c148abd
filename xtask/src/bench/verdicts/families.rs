//! Kinds of data: from two dimensions to 784, with and without parts, points, tables and pictures.

use super::{
    pictures, points, published, tables,
    sets::{Set, Stream},
};

/// Which of two disjoint halves a set that lies in files is drawn from; what is drawn by code has no halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Real,
    Fake,
}

/// What a family draws from.
pub(super) struct Source<'a> {
    /// Seed of what real and fake samples share: centres, maps, shapes.
    pub(super) world: u64,
    pub(super) half: Half,
    pub(super) stream: &'a mut Stream,
}

/// A kind of data.
pub(super) struct Family {
    pub(super) name: &'static str,
    /// Whether the values are the pixels of a picture, which have one unit.
    pub(super) pictures: bool,
    /// How many parts the data has, of equal shares unless `shares` says otherwise; 1 for data without parts.
    pub(super) classes: usize,
    /// Draws so many samples.
    pub(super) draw: fn(usize, &mut Source<'_>) -> Set,
}

const fn points(name: &'static str, classes: usize, draw: fn(usize, &mut Source<'_>) -> Set) -> Family {
    Family { name, pictures: false, classes, draw }
}

const fn pictures(name: &'static str, classes: usize, draw: fn(usize, &mut Source<'_>) -> Set) -> Family {
    Family { name, pictures: true, classes, draw }
}

/// All of them. The last two lie in files.
pub(super) static FAMILIES: &[Family] = &[
    points("ring", 8, points::ring),
    points("unequal-ring", 8, points::unequal_ring),
    points("grid", 25, points::grid),
    points("moons", 2, points::moons),
    points("spiral", 1, points::spiral),
    points("square", 1, points::square),
    points("normal-2d", 1, points::normal),
    points("checkerboard", 8, points::checkerboard),
    points("heavy-tails", 1, points::heavy_tails),
    points("sphere-8d", 1, points::sphere),
    points("cube-10d", 1, points::cube),
    points("clusters-16d", 10, points::clusters),
    points("classes-200", 200, points::many_classes),
    points("manifold-50d", 1, points::manifold),
    points("series-64d", 3, points::series),
    points("clusters-784d", 10, points::wide_clusters),
    points("people", 4, tables::people),
    points("sensors", 3, tables::sensors),
    points("ledger", 6, tables::ledger),
    points("categories", 5, tables::categories),
    points("counts", 4, tables::counts),
    pictures("glyphs-16", 10, pictures::small_glyphs),
    pictures("glyphs-28", 10, pictures::glyphs),
    pictures("fields-20", 1, pictures::fields),
    pictures("mnist", 10, published::mnist),
    pictures("fashion-mnist", 10, published::fashion_mnist),
];

/// Those of [`FAMILIES`] that need `GANYMEDE_DATA`.
pub(super) const PUBLISHED: [&str; 2] = ["mnist", "fashion-mnist"];

/// The family of this name.
pub(super) fn family(name: &str) -> &'static Family {
    FAMILIES.iter().find(|family| family.name == name).expect("cases name families that exist")
}
