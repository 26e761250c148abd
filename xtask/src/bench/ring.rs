//! The suites `ring` and `pacgan-ring`: `PacGAN`'s ring of eight modes.

use super::{
    comparison::{self, Literature},
    protocol::{self, GDPP, PACGAN, VEEGAN, packings},
    reported::{Reported, reported},
    suite::{Defaults, Suite},
};

const CONFIG: &str = "configs/pacgan-ring.toml";

const TITLE: &str = "PacGAN's ring of eight modes";

/// Every strategy on it.
pub(super) static STRATEGIES: Suite = Suite {
    name: "ring",
    title: TITLE,
    about: "The ring of PacGAN's protocol, 400,000 steps a run: hours, unless --steps shortens it",
    defaults: Defaults::USUAL,
    rows: comparison::strategies,
    plan: |request| request.cells_of(|root, row| protocol::joined(root, CONFIG, row)),
    report: |made| comparison::report(made, |root, row| protocol::joined(root, CONFIG, row), &Literature::of(REPORTED)),
};

/// The rows of the paper's table.
pub(super) static PACKINGS: Suite = Suite {
    name: "pacgan-ring",
    title: TITLE,
    about: "PacGAN's own rows on its ring, the plain GAN and packing 2, 3, 4, beside the reported ones: hours, unless \
            --steps shortens it",
    defaults: Defaults::USUAL,
    rows: |_| Ok(packings()),
    plan: |request| request.cells_of(|root, row| protocol::packed(root, CONFIG, row)),
    report: |made| {
        let literature = Literature { reported: REPORTED, counterpart: protocol::counterpart };
        comparison::report(made, |root, row| protocol::packed(root, CONFIG, row), &literature)
    },
};

const REPORTED: &[Reported] = &[
    reported("real samples (oracle)", ["8", "98.9", "0.0014"], "expected, 2,500 samples"),
    reported("GAN", ["6.3 ± 0.5", "98.2", "0.45"], PACGAN),
    reported("ALI", ["6.6 ± 0.3", "97.6", "0.36"], PACGAN),
    reported("PacGAN2", ["7.9 ± 0.1", "95.6", "0.07"], PACGAN),
    reported("PacGAN4", ["7.8 ± 0.1", "95.9", "0.07"], PACGAN),
    reported("GAN", ["1", "99.3", "-"], VEEGAN),
    reported("Unrolled, K = 5", ["7.6", "35.6", "-"], VEEGAN),
    reported("VEEGAN", ["8", "52.9", "-"], VEEGAN),
    reported("GDPP", ["8", "71.7", "-"], GDPP),
    reported("WGAN-GP", ["6.8", "59.6", "-"], GDPP),
];
