//! The phases of a step, as data.

use serde::{Deserialize, Serialize};

use crate::role::Role;

/// Whether the networks of a step take turns, as configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Updates {
    /// The generator answers to the discriminator that has just learnt, with fakes of its own (Goodfellow et al. 2014).
    #[default]
    Alternating,
    /// Both learn from the same fakes, the generator against the discriminator as it was before (`PacGAN`'s code).
    Simultaneous,
}

/// The network that a phase holds against the one that learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opponent {
    /// As it is when the phase begins.
    Present,
    /// As it was before the step.
    BeforeStep,
}

/// One phase of a step: one update of one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The network that learns.
    pub role: Role,
    /// The batch of real rows that it uses, counted from 0 within the step.
    pub batch: usize,
    /// The draw of random numbers that it uses, counted from 0 within the step. Phases of the same draw see the same
    /// latents, noise and dropout masks.
    pub draw: u64,
    /// The network that it learns against.
    pub opponent: Opponent,
}

/// The phases of every step of a run: the discriminator's, each on a batch of its own, and then the generator's, which
/// answer to the last of these batches.
pub fn phases(discriminator_steps: usize, generator_steps: usize, updates: Updates) -> Vec<Phase> {
    let discriminator = (0..discriminator_steps).map(|index| Phase {
        role: Role::Discriminator,
        batch: index,
        draw: index as u64,
        opponent: Opponent::Present,
    });
    let (draw, opponent) = match updates {
        Updates::Alternating => (discriminator_steps as u64, Opponent::Present),
        Updates::Simultaneous => (0, Opponent::BeforeStep),
    };
    let generator = (0..generator_steps).map(|index| Phase {
        role: Role::Generator,
        batch: discriminator_steps.saturating_sub(1),
        draw: draw + index as u64,
        opponent,
    });
    discriminator.chain(generator).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generator_answers_to_the_last_batch_with_draws_of_its_own_unless_both_learn_at_once() {
        let short = |phase: Phase| (phase.role.name().as_bytes()[0] as char, phase.batch, phase.draw, phase.opponent);
        let rows = [
            (1, 1, Updates::Alternating, vec![('d', 0, 0, Opponent::Present), ('g', 0, 1, Opponent::Present)]),
            (1, 1, Updates::Simultaneous, vec![('d', 0, 0, Opponent::Present), ('g', 0, 0, Opponent::BeforeStep)]),
            (
                2,
                2,
                Updates::Alternating,
                vec![
                    ('d', 0, 0, Opponent::Present),
                    ('d', 1, 1, Opponent::Present),
                    ('g', 1, 2, Opponent::Present),
                    ('g', 1, 3, Opponent::Present),
                ],
            ),
        ];
        for (discriminator, generator, updates, expected) in rows {
            let found: Vec<_> = phases(discriminator, generator, updates).into_iter().map(short).collect();
            assert_eq!(found, expected, "{discriminator} and {generator}, {updates:?}");
        }
    }
}
