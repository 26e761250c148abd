//! Kinds of data: from two dimensions to 784, with and without parts, points, tables and pictures.

use super::{
    pictures, points, published,
    sets::{Set, Source},
    tables,
};

pub(super) struct Family {
    pub(super) name: &'static str,
    /// How many parts the data has, of equal shares unless `shares` says otherwise; 1 for data without parts.
    pub(super) classes: usize,
    /// Draws this number of samples.
    pub(super) draw: fn(usize, &mut Source<'_>) -> Set,
}

const fn of(name: &'static str, classes: usize, draw: fn(usize, &mut Source<'_>) -> Set) -> Family {
    Family { name, classes, draw }
}

/// All of them. The last two lie in files.
pub(super) static FAMILIES: &[Family] = &[
    of("ring", 8, points::ring),
    of("unequal-ring", 8, points::unequal_ring),
    of("grid", 25, points::grid),
    of("moons", 2, points::moons),
    of("spiral", 1, points::spiral),
    of("square", 1, points::square),
    of("normal-2d", 1, points::normal),
    of("checkerboard", 8, points::checkerboard),
    of("heavy-tails", 1, points::heavy_tails),
    of("sphere-8d", 1, points::sphere),
    of("cube-10d", 1, points::cube),
    of("clusters-16d", 10, points::clusters),
    of("classes-200", 200, points::many_classes),
    of("manifold-50d", 1, points::manifold),
    of("series-64d", 3, points::series),
    of("clusters-784d", 10, points::wide_clusters),
    of("people", 4, tables::people),
    of("sensors", 3, tables::sensors),
    of("ledger", 6, tables::ledger),
    of("categories", 5, tables::categories),
    of("counts", 4, tables::counts),
    of("terrain", 4, tables::terrain),
    of("glyphs-16", 10, pictures::small_glyphs),
    of("glyphs-28", 10, pictures::glyphs),
    of("fields-20", 1, pictures::fields),
    of("mnist", 10, published::mnist),
    of("fashion-mnist", 10, published::fashion_mnist),
];

/// Those of [`FAMILIES`] that need `GANYMEDE_DATA`.
pub(super) const PUBLISHED: [&str; 2] = ["mnist", "fashion-mnist"];

pub(super) fn family(name: &str) -> &'static Family {
    FAMILIES.iter().find(|family| family.name == name).expect("cases name families that exist")
}
