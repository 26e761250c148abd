//! Every objective against its paper's formula in plain arithmetic.

use burn::tensor::Tensor;
use ganymede_core::batch::Targets;
use ganymede_core::objective::{Objective, RealFake};
use ganymede_core::place::Place;

use ganymede_testing::derivatives::{by_autodiff, by_differences};
use ganymede_testing::numbers::{assert_close, double, single, tensor_at, values};

/// Logits and targets, row by row.
struct Rows {
    name: &'static str,
    real: [f64; 4],
    fake: [f64; 4],
    real_targets: [f64; 4],
    fake_targets: [f64; 4],
}

const ROWS: [Rows; 3] = [
    Rows {
        name: "plain targets",
        real: [0.3, -1.7, 2.4, 0.0],
        fake: [-0.6, 1.9, -2.2, 0.4],
        real_targets: [1.0; 4],
        fake_targets: [0.0; 4],
    },
    Rows {
        name: "smoothed targets",
        real: [-0.2, 1.3, -3.1, 0.8],
        fake: [0.7, -0.4, 3.3, -1.6],
        real_targets: [0.9, 0.7, 1.0, 0.85],
        fake_targets: [0.1, 0.3, 0.0, 0.05],
    },
    Rows {
        name: "extreme logits",
        real: [80.0, -80.0, 80.0, -80.0],
        fake: [80.0, -80.0, -80.0, 80.0],
        real_targets: [1.0, 1.0, 0.9, 0.0],
        fake_targets: [0.0, 0.0, 0.1, 1.0],
    },
];

impl Rows {
    fn logits(&self, place: &Place) -> RealFake {
        RealFake { real: tensor_at(place, &self.real, [4, 1]), fake: tensor_at(place, &self.fake, [4, 1]) }
    }

    fn targets(&self, place: &Place) -> Targets {
        Targets {
            real: tensor_at(place, &self.real_targets, [4, 1]),
            fake: tensor_at(place, &self.fake_targets, [4, 1]),
        }
    }
}

fn mean(terms: impl Iterator<Item = f64>) -> f64 {
    let terms: Vec<f64> = terms.collect();
    terms.iter().sum::<f64>() / terms.len() as f64
}

/// `log D`, of a logit.
fn log_real(logit: f64) -> f64 {
    -(-logit).exp().ln_1p()
}

/// `log(1 - D)`, of a logit.
fn log_fake(logit: f64) -> f64 {
    -logit.exp().ln_1p()
}

fn cross_entropy(logits: &[f64], targets: &[f64]) -> f64 {
    -mean(logits.iter().zip(targets).map(|(x, t)| t * log_real(*x) + (1.0 - t) * log_fake(*x)))
}

fn discriminator_formula(objective: Objective, rows: &Rows) -> f64 {
    let (real, fake) = (&rows.real, &rows.fake);
    let half_square = |x: &[f64], t: &[f64]| mean(x.iter().zip(t).map(|(x, t)| 0.5 * (x - t) * (x - t)));
    match objective {
        Objective::NonSaturating | Objective::Minimax => {
            cross_entropy(real, &rows.real_targets) + cross_entropy(fake, &rows.fake_targets)
        }
        Objective::LeastSquares => half_square(real, &rows.real_targets) + half_square(fake, &rows.fake_targets),
        Objective::Wasserstein => mean(fake.iter().copied()) - mean(real.iter().copied()),
        Objective::Hinge => {
            mean(real.iter().map(|x| (1.0 - x).max(0.0))) + mean(fake.iter().map(|x| (1.0 + x).max(0.0)))
        }
        Objective::Relativistic => -mean(real.iter().zip(fake).map(|(real, fake)| log_real(real - fake))),
    }
}

fn generator_formula(objective: Objective, rows: &Rows) -> f64 {
    let (real, fake) = (&rows.real, &rows.fake);
    match objective {
        Objective::NonSaturating => -mean(fake.iter().map(|x| log_real(*x))),
        Objective::Minimax => mean(fake.iter().map(|x| log_fake(*x))),
        Objective::LeastSquares => mean(fake.iter().map(|x| 0.5 * (x - 1.0) * (x - 1.0))),
        Objective::Wasserstein | Objective::Hinge => -mean(fake.iter().copied()),
        Objective::Relativistic => -mean(real.iter().zip(fake).map(|(real, fake)| log_real(fake - real))),
    }
}

fn each(test: impl Fn(&str, Objective, &Rows)) {
    for objective in Objective::ALL {
        for rows in &ROWS {
            test(&format!("{}, {}", objective.name(), rows.name), objective, rows);
        }
    }
}

fn paired(objective: Objective, real: Tensor<2>) -> Option<Tensor<2>> {
    objective.pairs().then_some(real)
}

#[test]
fn losses_equal_the_formulas() {
    each(|what, objective, rows| {
        let logits = rows.logits(&double());
        let discriminator = objective.discriminator_loss(&logits, &rows.targets(&double()));
        assert_close(what, &values(&discriminator), &[discriminator_formula(objective, rows)], 1e-12);
        let generator = objective.generator_loss(logits.fake, paired(objective, logits.real));
        assert_close(what, &values(&generator), &[generator_formula(objective, rows)], 1e-12);
    });
}

#[test]
fn discriminator_cotangents_equal_both_derivatives() {
    each(|what, objective, rows| {
        let targets = rows.targets(&double());
        let loss = |logits: &[Tensor<2>]| {
            let logits = RealFake { real: logits[0].clone(), fake: logits[1].clone() };
            objective.discriminator_loss(&logits, &targets)
        };
        let logits = rows.logits(&double());
        let closed = objective.discriminator_cotangents(&logits, &targets);
        let found = [values(&closed.real), values(&closed.fake)].concat();
        let point = [logits.real, logits.fake];
        assert_close(what, &found, &by_autodiff(&loss, &point).concat(), 1e-12);
        assert_close(what, &found, &by_differences(&loss, &point).concat(), 1e-6);
    });
}

#[test]
fn extreme_logits_stay_finite_in_both_precisions() {
    each(|what, objective, rows| {
        for place in [single(), double()] {
            let (logits, targets) = (rows.logits(&place), rows.targets(&place));
            let closed = objective.discriminator_cotangents(&logits, &targets);
            let real = paired(objective, logits.real.clone());
            let leaf = |logits: &Tensor<2>| logits.clone().autodiff().require_grad();
            let leaves = RealFake { real: leaf(&logits.real), fake: leaf(&logits.fake) };
            let loss = objective.discriminator_loss(&leaves, &targets);
            let gradients = loss.backward();
            let backward = [&leaves.real, &leaves.fake].map(|leaf| leaf.grad(&gradients).map(|found| values(&found)));
            let found = [
                values(&loss),
                values(&closed.real),
                values(&closed.fake),
                values(&objective.generator_loss(logits.fake.clone(), real)),
                backward.into_iter().flatten().flatten().collect(),
            ];
            assert!(found.concat().iter().all(|value| value.is_finite()), "{what}, {:?}: {found:?}", place.dtype());
        }
    });
}

#[test]
fn smoothed_targets_move_only_the_objectives_that_use_them() {
    for objective in Objective::ALL {
        let loss = |rows: &Rows| {
            values(&objective.discriminator_loss(&ROWS[1].logits(&double()), &rows.targets(&double())))[0]
        };
        let moved = (loss(&ROWS[0]) - loss(&ROWS[1])).abs() > 1e-6;
        assert_eq!(moved, objective.uses_targets(), "{}", objective.name());
    }
}
