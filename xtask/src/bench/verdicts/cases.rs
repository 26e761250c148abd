//! The labelled cases, as rows of tables: data, what is wrong with the fakes, sizes, and what a verdict must be.
//!
//! The expectations follow from what was done to the samples, not from any figure: with half of the data or more gone
//! `collapsed` is right, with a tenth to two fifths gone at least `suspect`, and the sizes are such that a test which knew
//! the parts would be certain. Where nothing was done, only `healthy` is right.

use serde::Serialize;

use super::damage::Damage::{
    self, Blurred, ClassesRepeated, Copied, Frozen, HalfSpace, Keep, LabelsShuffled, Lose, Moved, NearlyRepeated,
    Noisy, None, NormalCloud, NothingVaries, OneSampleFor, Rank, Rarer, Repeated, Scaled, Shrunk, ShrunkInside, Sorted,
    TwiceInReal, Unlike,
};
use super::families::PUBLISHED;

/// What a case tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Healthy,
    HealthyFew,
    ModerateNoise,
    Copies,
    Covering,
    Collapsed,
    Partial,
    Repeats,
    PartlyRepeated,
    InsideCollapse,
    PartlyInside,
    NotLearnt,
    LabelsIgnored,
    Divergence,
    /// A spread that ran away about another middle, which may as well be another scale.
    DivergenceElsewhere,
    ScaleMismatch,
    NothingToTell,
    FakesAlone,
}

impl Kind {
    /// All of them, in the order of the tables.
    pub(super) const ALL: [Self; 18] = [
        Self::Healthy,
        Self::HealthyFew,
        Self::ModerateNoise,
        Self::Copies,
        Self::Covering,
        Self::Collapsed,
        Self::Partial,
        Self::Repeats,
        Self::PartlyRepeated,
        Self::InsideCollapse,
        Self::PartlyInside,
        Self::NotLearnt,
        Self::LabelsIgnored,
        Self::Divergence,
        Self::DivergenceElsewhere,
        Self::ScaleMismatch,
        Self::NothingToTell,
        Self::FakesAlone,
    ];

    /// What it is, for the tables.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Healthy => "healthy: new samples of the data",
            Self::HealthyFew => "healthy, 5 to 20 rows of either set",
            Self::ModerateNoise => "healthy but for noise of a tenth of the deviation",
            Self::Copies => "copies of the real samples",
            Self::Covering => "blurred, noisy, moved or unbalanced, but nothing lost",
            Self::Collapsed => "half of the data or more lost",
            Self::Partial => "a tenth to two fifths lost",
            Self::Repeats => "few different samples, exact or nearly",
            Self::PartlyRepeated => "a third of the samples is one of them",
            Self::InsideCollapse => "every class or mode narrowed to a sixth or less",
            Self::PartlyInside => "every class narrowed to two fifths, or one class of some a single sample",
            Self::NotLearnt => "between the modes, or unlike the data",
            Self::LabelsIgnored => "labels that say nothing of the samples",
            Self::Divergence => "spread run away",
            Self::DivergenceElsewhere => "spread run away, about another middle",
            Self::ScaleMismatch => "another scale",
            Self::NothingToTell => "nothing varies, or one row",
            Self::FakesAlone => "repeated samples, and no real ones",
        }
    }

    /// The verdicts that are right; `refused` is an error instead of a verdict.
    pub(super) fn expected(self) -> &'static [&'static str] {
        match self {
            Self::Healthy | Self::ModerateNoise | Self::Copies => &["healthy"],
            Self::HealthyFew => &["healthy", "inconclusive"],
            Self::Covering => &["healthy", "suspect"],
            Self::Collapsed | Self::Repeats | Self::InsideCollapse => &["collapsed"],
            Self::Partial | Self::PartlyRepeated | Self::PartlyInside | Self::LabelsIgnored | Self::FakesAlone => {
                &["suspect", "collapsed"]
            }
            Self::NotLearnt | Self::Divergence => &["suspect"],
            Self::DivergenceElsewhere => &["suspect", "inconclusive"],
            Self::ScaleMismatch => &["inconclusive"],
            Self::NothingToTell => &["inconclusive", "refused"],
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) kind: Kind,
    pub(super) family: &'static str,
    pub(super) damage: Damage,
    /// Rows of the fake and of the real set; no real set without a row.
    pub(super) sizes: [usize; 2],
    /// Whether the diagnosis sees the labels.
    pub(super) labels: bool,
}

impl Case {
    /// A name of its own.
    pub(super) fn name(&self) -> String {
        let labels = if self.labels { ", labels" } else { "" };
        format!("{}: {:?}, {} against {}{labels}", self.family, self.damage, self.sizes[0], self.sizes[1])
    }

    /// Whether it needs the published pictures.
    pub(super) fn needs_data(&self) -> bool {
        PUBLISHED.contains(&self.family)
    }
}

/// One kind of case: the families, what is done to them, the sizes, and whether labels are given.
type Table = (Kind, &'static [&'static str], &'static [Damage], &'static [[usize; 2]], &'static [bool]);

const UNLABELLED: &[bool] = &[false];
const LABELLED: &[bool] = &[true];
const BOTH: &[bool] = &[false, true];

/// Each row is a product: every family with every damage, size and kind of labels.
const TABLES: &[Table] = &[
    // Healthy.
    (
        Kind::Healthy,
        &["ring", "unequal-ring", "grid", "moons", "spiral", "square", "normal-2d", "checkerboard", "heavy-tails"],
        &[None],
        &[[1_000, 1_000], [300, 2_500]],
        UNLABELLED,
    ),
    (
        Kind::Healthy,
        &["sphere-8d", "cube-10d", "clusters-16d", "manifold-50d", "series-64d", "clusters-784d"],
        &[None],
        &[[800, 800], [200, 1_500]],
        UNLABELLED,
    ),
    (
        Kind::Healthy,
        &["people", "sensors", "ledger", "categories", "counts"],
        &[None],
        &[[1_000, 1_000], [150, 600]],
        UNLABELLED,
    ),
    (Kind::Healthy, &["glyphs-16", "glyphs-28", "fields-20"], &[None], &[[700, 700], [2_000, 400]], UNLABELLED),
    (Kind::Healthy, &["mnist", "fashion-mnist"], &[None], &[[900, 900], [100, 1_000], [3_000, 3_000]], UNLABELLED),
    (Kind::Healthy, &["ring", "square"], &[None], &[[10_000, 10_000], [10_000, 100], [50, 50]], UNLABELLED),
    (
        Kind::Healthy,
        &["unequal-ring", "clusters-16d", "people", "categories", "glyphs-16", "mnist"],
        &[None],
        &[[900, 900], [60, 300]],
        LABELLED,
    ),
    (
        Kind::Healthy,
        &["ring", "clusters-16d", "ledger", "glyphs-28", "mnist"],
        &[Sorted, TwiceInReal(3)],
        &[[600, 1_200]],
        UNLABELLED,
    ),
    (Kind::Healthy, &["terrain"], &[None, Sorted], &[[900, 900], [200, 1_500]], UNLABELLED),
    (Kind::Healthy, &["classes-200"], &[None], &[[1_000, 1_000], [2_000, 1_000], [400, 1_000]], BOTH),
    (
        Kind::HealthyFew,
        &["ring", "normal-2d", "clusters-16d", "people", "glyphs-28"],
        &[None],
        &[[5, 5], [20, 20], [10, 1_000]],
        UNLABELLED,
    ),
    (Kind::ModerateNoise, &["moons", "cube-10d", "clusters-16d", "sensors"], &[Noisy(0.1)], &[[600, 600]], UNLABELLED),
    (Kind::ModerateNoise, &["glyphs-16", "mnist"], &[Noisy(0.1)], &[[600, 600]], UNLABELLED),
    (
        Kind::Copies,
        &["normal-2d", "clusters-16d", "ledger", "glyphs-16", "mnist"],
        &[Copied],
        &[[500, 1_000]],
        UNLABELLED,
    ),
    (
        Kind::Covering,
        &["glyphs-28", "mnist", "fashion-mnist"],
        &[Blurred, Moved(1), Noisy(0.5)],
        &[[600, 600]],
        UNLABELLED,
    ),
    (
        Kind::Covering,
        &["grid", "clusters-16d", "series-64d", "people"],
        &[Noisy(0.4), Rarer(0.5)],
        &[[900, 900]],
        UNLABELLED,
    ),
    // Half or more is lost.
    (
        Kind::Collapsed,
        &["ring", "grid", "clusters-16d", "clusters-784d", "glyphs-16", "glyphs-28", "mnist", "fashion-mnist"],
        &[Keep(1), Keep(3)],
        &[[600, 600], [60, 1_200]],
        UNLABELLED,
    ),
    (
        Kind::Collapsed,
        &["moons", "series-64d", "people", "sensors", "categories", "counts"],
        &[Keep(1)],
        &[[600, 600]],
        BOTH,
    ),
    (Kind::Collapsed, &["terrain"], &[Keep(1), Shrunk(0.1)], &[[600, 600]], UNLABELLED),
    (Kind::Collapsed, &["unequal-ring"], &[Keep(1), Keep(2)], &[[600, 600], [60, 1_200]], UNLABELLED),
    (Kind::Collapsed, &["classes-200"], &[Keep(60)], &[[500, 1_000]], BOTH),
    (Kind::Collapsed, &["clusters-16d", "glyphs-28", "mnist"], &[Keep(1)], &[[600, 600]], LABELLED),
    (
        Kind::Collapsed,
        &["ring", "heavy-tails", "cube-10d", "manifold-50d", "people", "ledger", "glyphs-16", "fields-20"],
        &[Shrunk(0.1)],
        &[[500, 500]],
        UNLABELLED,
    ),
    (
        Kind::Collapsed,
        &["spiral", "square", "normal-2d", "checkerboard"],
        &[HalfSpace, Rank(1)],
        &[[700, 700]],
        UNLABELLED,
    ),
    (
        Kind::Collapsed,
        &["cube-10d", "manifold-50d", "fields-20", "clusters-784d"],
        &[Rank(1)],
        &[[500, 900]],
        UNLABELLED,
    ),
    // A tenth to two fifths is lost.
    (
        Kind::Partial,
        &["ring", "clusters-16d", "clusters-784d", "glyphs-16", "glyphs-28", "mnist", "fashion-mnist"],
        &[Lose(3), Lose(2)],
        &[[900, 900]],
        UNLABELLED,
    ),
    (Kind::Partial, &["grid"], &[Lose(9), Lose(4)], &[[900, 900]], UNLABELLED),
    (
        Kind::Partial,
        &["unequal-ring", "people", "ledger", "categories", "terrain"],
        &[Lose(1)],
        &[[900, 900], [200, 1_500]],
        UNLABELLED,
    ),
    (Kind::Partial, &["ring", "clusters-16d", "mnist"], &[Lose(2)], &[[120, 2_000]], BOTH),
    (Kind::Partial, &["classes-200"], &[Lose(50)], &[[600, 1_000]], LABELLED),
    (
        Kind::Partial,
        &["square", "cube-10d", "people", "sensors", "glyphs-16"],
        &[Shrunk(0.5)],
        &[[700, 700]],
        UNLABELLED,
    ),
    (Kind::Partial, &["cube-10d", "sensors", "series-64d", "people"], &[Frozen(0.3)], &[[700, 700]], UNLABELLED),
    (Kind::Partial, &["cube-10d", "manifold-50d"], &[Rank(3)], &[[700, 700]], UNLABELLED),
    // Repeats.
    (
        Kind::Repeats,
        &["ring", "normal-2d", "cube-10d", "people", "series-64d", "glyphs-28", "mnist"],
        &[Repeated(1), Repeated(20)],
        &[[1_000, 1_000]],
        UNLABELLED,
    ),
    (
        Kind::Repeats,
        &["square", "clusters-16d", "sensors", "glyphs-16"],
        &[NearlyRepeated(10, 0.01)],
        &[[1_000, 1_000]],
        BOTH,
    ),
    (
        Kind::PartlyRepeated,
        &["moons", "clusters-16d", "ledger", "glyphs-28"],
        &[OneSampleFor(0.35)],
        &[[800, 800]],
        UNLABELLED,
    ),
    // Inside the classes.
    (
        Kind::InsideCollapse,
        &["ring", "grid", "clusters-16d", "people", "glyphs-16", "mnist"],
        &[ShrunkInside(0.15)],
        &[[900, 900]],
        BOTH,
    ),
    (
        Kind::InsideCollapse,
        &["clusters-784d", "glyphs-28", "fashion-mnist"],
        &[ShrunkInside(0.05)],
        &[[700, 1_400]],
        BOTH,
    ),
    (Kind::PartlyInside, &["ring", "clusters-16d", "glyphs-28", "mnist"], &[ShrunkInside(0.4)], &[[900, 900]], BOTH),
    (
        Kind::PartlyInside,
        &["clusters-16d", "people", "glyphs-28", "mnist"],
        &[ClassesRepeated(1)],
        &[[900, 900]],
        LABELLED,
    ),
    // Other faults.
    (
        Kind::NotLearnt,
        &["ring", "grid", "clusters-16d", "mnist", "glyphs-28"],
        &[NormalCloud],
        &[[1_000, 1_000]],
        UNLABELLED,
    ),
    (Kind::NotLearnt, &["grid"], &[Noisy(0.3)], &[[1_500, 1_500]], UNLABELLED),
    (Kind::NotLearnt, &["glyphs-16", "mnist", "manifold-50d"], &[Unlike], &[[600, 600]], UNLABELLED),
    (
        Kind::LabelsIgnored,
        &["ring", "clusters-16d", "people", "glyphs-28", "mnist"],
        &[LabelsShuffled],
        &[[900, 900]],
        LABELLED,
    ),
    (
        Kind::Divergence,
        &["ring", "normal-2d", "clusters-16d", "glyphs-16"],
        &[Scaled(30.0, 0.0), Scaled(-50.0, 0.0)],
        &[[500, 500]],
        UNLABELLED,
    ),
    (
        Kind::DivergenceElsewhere,
        &["ring", "normal-2d", "clusters-16d", "glyphs-16"],
        &[Scaled(1e4, 3e4)],
        &[[500, 500]],
        UNLABELLED,
    ),
    (Kind::ScaleMismatch, &["glyphs-16", "glyphs-28", "mnist"], &[Scaled(127.5, 127.5)], &[[500, 500]], BOTH),
    (Kind::NothingToTell, &["square", "cube-10d", "glyphs-16"], &[NothingVaries], &[[500, 500]], UNLABELLED),
    (Kind::NothingToTell, &["normal-2d", "glyphs-16"], &[None], &[[1, 500], [500, 1], [1, 1]], UNLABELLED),
    (Kind::FakesAlone, &["normal-2d", "cube-10d", "glyphs-16"], &[Repeated(1), Repeated(8)], &[[1_000, 0]], UNLABELLED),
];

/// Every case; those that need the published pictures among them.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, families, damages, sizes, labels) in TABLES {
        for family in *families {
            for damage in *damages {
                for sizes in *sizes {
                    let case =
                        |labels: &bool| Case { kind: *kind, family, damage: *damage, sizes: *sizes, labels: *labels };
                    cases.extend(labels.iter().map(case));
                }
            }
        }
    }
    cases
}
