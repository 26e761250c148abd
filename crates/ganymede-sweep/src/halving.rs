//! `[halving]`: variants are trained for some steps and judged, and only the better share goes on.

use serde::Deserialize;

use crate::document::Document;
use crate::error::SweepError;
use crate::figures::{Figure, known_figure};

/// Variants that are judged and stopped on the way (successive halving: Jamieson and Talwalkar, "Non-stochastic Best Arm
/// Identification and Hyperparameter Optimization", 2016).
///
/// The paper gives each round the same budget, so that its rounds grow longer as variants go; here the distance is the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Halving {
    /// Steps from one judgement to the next, at least 1.
    pub every: u64,
    /// The share of the variants that goes on, above 0 and at most 1.
    pub keep: f64,
    /// What the variants are judged by.
    pub figure: Figure,
}

/// A stretch of a halved sweep: to which step so many variants are trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The step at which it ends.
    pub steps: u64,
    /// How many variants are trained.
    pub variants: usize,
}

/// The table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypedHalving {
    every: i64,
    keep: f64,
    figure: String,
}

impl Halving {
    pub(crate) fn read(document: &Document, typed: TypedHalving) -> Result<Self, SweepError> {
        let TypedHalving { every, keep, figure } = typed;
        let refuse = |key: &str, value: String, expected: &str| {
            document.invalid(&format!("halving.{key}"), value, expected.to_owned())
        };
        let steps = u64::try_from(every).ok().filter(|steps| *steps > 0);
        let every = steps.ok_or_else(|| refuse("every", every.to_string(), "expected steps, at least 1"))?;
        if !(keep > 0.0 && keep <= 1.0) {
            return Err(refuse("keep", keep.to_string(), "expected a share, above 0 and at most 1"));
        }
        let known = known_figure(&figure);
        let figure = known.map_err(|expected| refuse("figure", format!("\"{figure}\""), &expected))?;
        Ok(Self { every, keep, figure })
    }

    /// How many of some variants go on: at most the share, at least one.
    pub fn kept(&self, variants: usize) -> usize {
        // A share such as 0.29 of 100 is a little below 29 in binary.
        let share = (variants as f64 * self.keep + 1e-9).floor() as usize;
        share.clamp(variants.min(1), variants)
    }

    /// The step of the next judgement or of the end, for variants that have made `before` of `steps`. One that is left alone has
    /// nobody to be judged with.
    pub(crate) fn next(&self, before: u64, variants: usize, steps: u64) -> u64 {
        if variants <= 1 { steps } else { before.saturating_add(self.every).min(steps) }
    }

    /// The stretches of a sweep of some variants over runs of `steps`, as far as every variant can be judged.
    pub fn rungs(&self, variants: usize, steps: u64) -> Vec<Rung> {
        let mut rungs = vec![Rung { steps: self.next(0, variants, steps), variants }];
        while let Some(last) = rungs.last().copied().filter(|last| last.steps < steps) {
            let variants = self.kept(last.variants);
            rungs.push(Rung { steps: self.next(last.steps, variants, steps), variants });
        }
        rungs
    }
}

#[cfg(test)]
mod tests {
    use super::{Halving, Rung};
    use crate::figures::FIGURES;

    fn halving(every: u64, keep: f64) -> Halving {
        Halving { every, keep, figure: FIGURES[0] }
    }

    #[test]
    fn each_rung_keeps_at_most_the_share_and_the_last_one_ends_the_runs() {
        for (every, keep, variants, steps, expected) in [
            (1_000, 0.5, 12, 4_000, vec![(1_000, 12), (2_000, 6), (3_000, 3), (4_000, 1)]),
            (1_000, 0.5, 3, 2_500, vec![(1_000, 3), (2_500, 1)]),
            (1_000, 0.29, 100, 2_000, vec![(1_000, 100), (2_000, 29)]),
            (1_000, 1.0, 2, 2_500, vec![(1_000, 2), (2_000, 2), (2_500, 2)]),
            (10, 0.001, 5, 30, vec![(10, 5), (30, 1)]),
            (10, 0.5, 1, 30, vec![(30, 1)]),
        ] {
            let rungs: Vec<Rung> = expected.into_iter().map(|(steps, variants)| Rung { steps, variants }).collect();
            assert_eq!(halving(every, keep).rungs(variants, steps), rungs, "{every} {keep} {variants} {steps}");
        }
    }

    #[test]
    fn whatever_the_share_rungs_rise_variants_fall_and_the_end_is_reached() {
        for keep in (1..=40).map(|part| f64::from(part) / 40.0) {
            for variants in [1, 2, 3, 5, 8, 13, 100, 1_000] {
                for (every, steps) in [(1, 7), (3, 7), (6, 7), (1_000, 10_001)] {
                    let rungs = halving(every, keep).rungs(variants, steps);
                    let case = format!("keep {keep} of {variants}, every {every} of {steps}: {rungs:?}");
                    assert_eq!((rungs[0].variants, rungs[rungs.len() - 1].steps), (variants, steps), "{case}");
                    for pair in rungs.windows(2) {
                        let (before, after) = (pair[0].variants, pair[1].variants);
                        assert!(pair[0].steps < pair[1].steps, "{case}");
                        assert_eq!(pair[0].steps % every, 0, "{case}");
                        let share = after as f64 / before as f64;
                        assert!(after == 1 || (share <= keep + 1e-9 && after <= before), "{case}");
                        assert!((after + 1) as f64 > before as f64 * keep, "no more are stopped than must be: {case}");
                    }
                }
            }
        }
    }
}
