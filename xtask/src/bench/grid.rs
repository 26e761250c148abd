//! The suites `grid` and `pacgan-grid`: `PacGAN`'s grid of twenty-five modes.

use super::{
    comparison::{self, Literature},
    protocol::{self, GDPP, PACGAN, VEEGAN, packings},
    reported::{Reported, reported},
    suite::{Defaults, Suite},
};

const CONFIG: &str = "configs/pacgan-grid.toml";

const TITLE: &str = "PacGAN's grid of twenty-five modes";

/// Every strategy on it.
pub(super) static STRATEGIES: Suite = Suite {
    name: "grid",
    title: TITLE,
    about: "The grid of PacGAN's protocol, 400,000 steps a run: hours, unless --steps shortens it",
    defaults: Defaults::USUAL,
    rows: comparison::strategies,
    plan: |request| request.cells_of(|root, row| protocol::joined(root, CONFIG, row)),
    report: |made| comparison::report(made, |root, row| protocol::joined(root, CONFIG, row), &Literature::of(REPORTED)),
};

/// The rows of the paper's table.
pub(super) static PACKINGS: Suite = Suite {
    name: "pacgan-grid",
    title: TITLE,
    about: "PacGAN's own rows on its grid, the plain GAN and packing 2, 3, 4, beside the reported ones: hours, unless \
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
    reported("real samples (oracle)", ["25", "98.9", "0.0048"], "expected, 2,500 samples"),
    reported("GAN", ["17.3 ± 0.8", "94.8", "0.70"], PACGAN),
    reported("ALI", ["24.1 ± 0.4", "95.7", "0.14"], PACGAN),
    reported("PacGAN2", ["23.8 ± 0.7", "91.3", "0.13"], PACGAN),
    reported("PacGAN4", ["24.8 ± 0.2", "93.6", "0.04"], PACGAN),
    reported("GAN", ["3.3", "0.5", "-"], VEEGAN),
    reported("Unrolled, K = 5", ["23.6", "16", "-"], VEEGAN),
    reported("VEEGAN", ["24.6", "40", "-"], VEEGAN),
    reported("GDPP", ["24.8", "68.5", "-"], GDPP),
    reported("WGAN-GP", ["24.2", "28.7", "-"], GDPP),
];
