//! The suite `stacked-mnist`: a thousand modes, in the full regime and with discriminators of a quarter and of half the
//! generator's channels.

use std::path::Path;

use anyhow::{Context, Result};

use super::{
    cell::Recipe,
    classified::{self, Protocol, data_folder, places},
    reported::{Reported, reported},
    suite::{Defaults, Suite},
};

pub(super) static SUITE: Suite = Suite {
    name: "stacked-mnist",
    title: "stacked MNIST, 1,000 modes",
    about: "PacGAN's protocol and the crippled regimes of a quarter and of half the channels, beside published rows: days, unless \
            --steps shortens it. Needs --data",
    defaults: Defaults::USUAL,
    rows: |_| Ok(ROWS.iter().map(|row| row.name.to_owned()).collect()),
    plan: |request| {
        let places = places(data_folder(request, "mnist")?, "mnist", "data.of");
        request.cells_of(|root, row| Ok(Recipe { places: places.clone(), ..recipe(root, row)? }))
    },
    report: |made| classified::report(made, &PROTOCOL),
};

static PROTOCOL: Protocol = Protocol { recipe, beside, reported: REPORTED, elsewhere: ELSEWHERE, notes: NOTES };

/// A row: its name, its configuration, and what is changed in it.
struct Row {
    name: &'static str,
    config: &'static str,
    regime: Regime,
    changes: &'static [&'static str],
}

/// How large the discriminator is.
#[derive(Clone, Copy)]
enum Regime {
    Full,
    Quarter,
    Half,
}

const fn row(name: &'static str, regime: Regime, changes: &'static [&'static str]) -> Row {
    let config = match regime {
        Regime::Full => "stacked-mnist",
        Regime::Quarter | Regime::Half => "stacked-mnist-small",
    };
    Row { name, config, regime, changes }
}

/// Packing m: batches of as many packs as the plain GAN's has samples, as in the authors' code.
const PACKING: [&[&str]; 4] = [
    &["strategy=[{ name = \"packing\", samples = 2 }]", "batch_size=128"],
    &["strategy=[{ name = \"packing\", samples = 4 }]", "batch_size=256"],
    &["strategy=[{ name = \"packing\", samples = 2 }]", "batch_size=256"],
    &["strategy=[{ name = \"packing\", samples = 4 }]", "batch_size=512"],
];

const UNROLLED: [&[&str]; 2] =
    [&["strategy=[{ name = \"unrolled\", steps = 1 }]"], &["strategy=[{ name = \"unrolled\", steps = 5 }]"]];

/// Our recipe on the small networks, without their norm.
const BEST: &[&str] = &[
    "objective.kind=\"relativistic\"",
    "strategy=[{ name = \"gradient-penalty\", kind = \"r1-r2\", weight = 1.0, schedule = { factor = 0.1 } }]",
    "averaging={ decay = 0.999 }",
    "optimizer.generator={ learning_rate = 2e-3, beta1 = 0.0, beta2 = 0.99, schedule = { factor = 0.1 } }",
    "optimizer.discriminator={ learning_rate = 2e-3, beta1 = 0.0, beta2 = 0.99, schedule = { factor = 0.1 } }",
];

static ROWS: &[Row] = &[
    row("dcgan", Regime::Full, &[]),
    row("packing-2", Regime::Full, PACKING[0]),
    row("packing-4", Regime::Full, PACKING[1]),
    Row { name: "best", config: "best-stacked-mnist", regime: Regime::Full, changes: &[] },
    row("quarter", Regime::Quarter, &[]),
    row("quarter-unrolled-1", Regime::Quarter, UNROLLED[0]),
    row("quarter-unrolled-5", Regime::Quarter, UNROLLED[1]),
    row("quarter-packing-2", Regime::Quarter, PACKING[2]),
    row("quarter-packing-4", Regime::Quarter, PACKING[3]),
    row("quarter-best", Regime::Quarter, BEST),
    row("half", Regime::Half, &[]),
    row("half-unrolled-1", Regime::Half, UNROLLED[0]),
    row("half-unrolled-5", Regime::Half, UNROLLED[1]),
    row("half-packing-2", Regime::Half, PACKING[2]),
    row("half-packing-4", Regime::Half, PACKING[3]),
    row("half-best", Regime::Half, BEST),
];

fn find(name: &str) -> Result<&'static Row> {
    ROWS.iter().find(|row| row.name == name).with_context(|| format!("no row {name}"))
}

/// What a row's runs start with.
fn recipe(root: &Path, name: &str) -> Result<Recipe> {
    let row = find(name)?;
    let mut overrides: Vec<String> = row.changes.iter().map(|change| (*change).to_owned()).collect();
    let plain = row.name.ends_with("-best");
    match row.regime {
        Regime::Full => {}
        Regime::Quarter => overrides.extend(plain.then(|| networks(2, true)).into_iter().flatten()),
        Regime::Half => overrides.extend(networks(4, plain)),
    }
    // Evaluations of 26,000 samples take a minute each on one core.
    overrides.push("evaluation.every=0".to_owned());
    Recipe::read(root, name, format!("configs/{}.toml", row.config), overrides)
}

/// The crippled regime's networks with a discriminator that begins with this many channels, without norm where it is plain.
fn networks(channels: usize, plain: bool) -> Vec<String> {
    let norm = if plain { "" } else { "{ kind = \"batch-norm\" }, " };
    let start =
        if plain { "initialization = \"kaiming\"" } else { "initialization = \"normal\", initialization_std = 0.02" };
    let leaky = "{ kind = \"leaky-relu\", slope = 0.3 }";
    let convolution = |channels: usize| format!("{{ kind = \"convolution\", channels = {channels}, stride = 2 }}");
    let discriminator = format!(
        "discriminator={{ kind = \"layers\", {start}, layers = [{}, {leaky}, {}, {norm}{leaky}, {}, {norm}{leaky}, \
         {{ kind = \"linear\" }}] }}",
        convolution(channels),
        convolution(2 * channels),
        convolution(4 * channels)
    );
    let transposed = |channels: usize, size: usize| {
        format!(
            "{{ kind = \"transposed-convolution\", channels = {channels}, stride = 2, size = {size} }}, \
             {{ kind = \"relu\" }}, "
        )
    };
    let generator = format!(
        "generator={{ kind = \"layers\", {start}, layers = [{{ kind = \"linear\", shape = [4, 4, 64] }}, {{ kind = \"relu\" }}, \
         {}{}{}{{ kind = \"convolution\" }}, {{ kind = \"tanh\" }}] }}",
        transposed(32, 7),
        transposed(16, 14),
        transposed(8, 28)
    );
    std::iter::once(discriminator).chain(plain.then_some(generator)).collect()
}

/// The plain row of a row's regime.
fn beside(name: &str) -> &str {
    match name.split_once('-') {
        Some((regime @ ("quarter" | "half"), _)) => regime,
        _ if ["quarter", "half"].contains(&name) => name,
        _ => "dcgan",
    }
}

const PACGAN: &str = "PacGAN's table";

const REPORTED: &[(&str, Reported)] = &[
    ("dcgan", reported("DCGAN", ["99", "-", "3.40"], PACGAN)),
    ("packing-2", reported("PacDCGAN2", ["1000", "-", "0.06"], PACGAN)),
    ("best", reported("RpGAN + R1 + R2, small ResNet", ["1000", "-", "0.078"], "R3GAN's table")),
    ("quarter", reported("DCGAN, a quarter", ["30.6", "-", "5.99"], PACGAN)),
    ("quarter-unrolled-1", reported("unrolled 1", ["65", "-", "5.91"], PACGAN)),
    ("quarter-unrolled-5", reported("unrolled 5", ["236", "-", "4.67"], PACGAN)),
    ("quarter-packing-4", reported("PacGAN4", ["667", "-", "1.81"], PACGAN)),
    ("half", reported("DCGAN, half", ["628", "-", "2.58"], PACGAN)),
    ("half-unrolled-1", reported("unrolled 1", ["524", "-", "2.44"], PACGAN)),
    ("half-unrolled-5", reported("unrolled 5", ["732", "-", "1.66"], PACGAN)),
];

const ELSEWHERE: &[Reported] = &[
    reported("real samples (floor)", ["1000", "-", "0.0237"], "expected, 26,000 samples"),
    reported("R3GAN, 20 million parameters", ["1000", "-", "0.029"], "its authors"),
    reported("MEG", ["1000", "-", "0.031"], "as quoted by others"),
    reported("StyleGAN2", ["940", "-", "0.42"], "as quoted by others"),
    reported("GAN + R1 + R2, small ResNet", ["693", "-", "0.93"], "R3GAN's table"),
    reported("WGAN-GP", ["959", "-", "0.73"], "as quoted by others"),
    reported("VEEGAN", ["150", "-", "2.95"], PACGAN),
    reported("unrolled", ["48.7", "-", "4.32"], PACGAN),
    reported("ALI", ["16", "-", "5.40"], PACGAN),
    reported("unrolled 10, a quarter", ["327", "-", "4.66"], PACGAN),
    reported("PacGAN3, half", ["867", "-", "0.90"], PACGAN),
    reported("unrolled 10, half", ["817", "-", "1.43"], PACGAN),
];

const NOTES: &str =
    "- `quarter` and `half`: discriminators that begin with 2 and with 4 channels beside a generator that ends with 8
  (`configs/stacked-mnist-small.toml`). The `-best` rows have these networks without batch norm.
- Packing m has batches of m times as many samples, and m times as many to make in a step, hence its cost.
";

#[cfg(test)]
mod tests {
    use super::{ROWS, beside, networks};

    #[test]
    fn every_row_stands_beside_a_plain_one() {
        for row in ROWS {
            let plain = beside(row.name);
            assert!(ROWS.iter().any(|row| row.name == plain), "{}", row.name);
            assert_eq!(beside(plain), plain, "{}", row.name);
        }
        assert_eq!(["best", "quarter-best", "half-unrolled-5"].map(beside), ["dcgan", "quarter", "half"]);
    }

    #[test]
    fn networks_are_values_of_toml() {
        for (plain, norms, count) in [(false, 2, 1), (true, 0, 2)] {
            let changes = networks(4, plain);
            assert_eq!(changes.len(), count);
            for change in changes {
                let table: toml::Table = change.parse().unwrap();
                let network = table.values().next().unwrap();
                assert_eq!(network["kind"].as_str(), Some("layers"));
            }
            let first = &networks(4, plain)[0];
            assert_eq!(first.matches("batch-norm").count(), norms);
            assert!(first.contains("channels = 4") && first.contains("channels = 16"), "{first}");
        }
    }
}
