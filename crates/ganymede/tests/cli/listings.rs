//! `check`, `strategies`, `devices` and help.

use crate::support::{TINY, Workplace};

#[test]
fn check_reports_each_configuration_and_trains_nothing() {
    let workplace = Workplace::new();
    workplace.write("bad.toml", TINY.replace("steps = 20", "steps = 0"));
    workplace
        .write("missing.toml", TINY.replace("kind = \"ring\"\nsamples = 1_000", "kind = \"file\"\npath = \"no.npy\""));
    let good = workplace.succeed("check tiny.toml");
    for text in ["tiny.toml: ok", "ring in 2 dimensions", "8 modes", "20 steps of 16 rows", "no strategy"] {
        assert!(good.stdout.contains(text), "{text}: {}", good.stdout);
    }
    let mixed = workplace.run("check bad.toml tiny.toml missing.toml");
    assert_eq!(mixed.code, Some(2), "{mixed:?}");
    assert!(mixed.stdout.contains("tiny.toml: ok"), "{mixed:?}");
    for text in ["bad.toml:1: steps = 0", "missing.toml:6", "no.npy: no such file", "2 of 3 configurations"] {
        assert!(mixed.stderr.contains(text), "{text}: {mixed:?}");
    }
    assert_eq!(workplace.listing(), ["bad.toml", "missing.toml", "tiny.toml"]);
}

#[test]
fn check_prints_the_layers_of_both_networks() {
    let workplace = Workplace::new();
    let text = "batch_size = 10\n[data]\nkind = \"glyphs\"\nside = 16\nsamples = 20\n[latent]\nsize = 5\n\
                [generator]\nkind = \"dcgan\"\nchannels = 4\n[discriminator]\nkind = \"dcgan\"\nchannels = 4\n";
    workplace.write("glyphs.toml", text);
    let output = workplace.succeed("check glyphs.toml --layers").stdout;
    let cells = |start: &str| -> Vec<String> {
        let line = output.lines().map(str::trim).find(|line| line.starts_with(start));
        let line = line.unwrap_or_else(|| panic!("{start}: {output}"));
        line.split("  ").map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
    };
    // A linear layer from 5 to 4 x 4 x 8: 5 * 128 + 128 parameters, 10 * 640 products, 10 * 128 values of 12 bytes.
    assert_eq!(cells("0 ")[1..], ["linear", "4 x 4 x 8", "768", "6.40 k", "15.36 kB"]);
    // Transposed to 8 x 8 x 4: a kernel of 4 x 4 from each of 8 channels to 4, at 16 pixels, for 10 rows; 10 * 256 values of
    // 12 bytes, and nothing is kept besides.
    assert_eq!(cells("3 ")[1..], ["transposed convolution", "8 x 8 x 4", "512", "81.92 k", "30.72 kB"]);
    let sums: Vec<&str> = output.lines().filter(|line| line.trim().starts_with("in all")).collect();
    assert_eq!(sums.len(), 2, "{output}");
    assert!(
        output.contains("generator 5 features to 16 x 16 x 1")
            && output.contains("discriminator 16 x 16 x 1 to 1 feature,"),
        "{output}"
    );
    assert!(!workplace.succeed("check glyphs.toml").stdout.contains("multiply-adds"));
}

#[test]
fn networks_printed_as_lists_train_to_the_same_bit() {
    let workplace = Workplace::new();
    let (data, networks) = (
        "steps = 3\nbatch_size = 8\n[data]\nkind = \"glyphs\"\nside = 16\nsamples = 50\n[latent]\nsize = 4\n\
         [evaluation]\nevery = 0\nsamples = 50\n[optimizer.generator]\nlearning_rate = 1e-3\n",
        "[generator]\nkind = \"dcgan\"\nchannels = 4\n[discriminator]\nkind = \"resnet\"\nchannels = 4\ngroup_width = 2\n",
    );
    let strategy = "[[strategy]]\nname = \"conditional\"\n";
    let strategy = if cfg!(feature = "conditional") { strategy } else { "" };
    workplace.write("preset.toml", format!("{data}{networks}{strategy}"));
    let printed = workplace.succeed("check preset.toml --layers --toml").stdout;
    assert!(printed.starts_with("# preset.toml: ok: glyphs"), "{printed}");
    assert!(
        printed.contains("    { kind = \"transposed-convolution\", bias = false, channels = 4, kernel = 4,"),
        "{printed}"
    );
    workplace.write("list.toml", format!("{data}{printed}{strategy}"));
    for name in ["preset", "list"] {
        let ended = workplace.run(&format!("train {name}.toml --quiet --out {name}"));
        assert!(matches!(ended.code, Some(0 | 5)), "{name}: {ended:?}");
    }
    for file in ["samples.npy", "generator.safetensors"] {
        let [preset, list] = ["preset", "list"].map(|run| workplace.bytes(&format!("{run}/{file}")));
        // The file of a generator names nothing but its tensors and what the data is.
        assert!(preset == list, "{file}");
    }
    // A run of a list is resumed from its own resolved configuration.
    let ended = workplace.run("train --resume list --steps 5 --quiet");
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    // What is wrong in a list has its line, also where it is set on the command line.
    workplace.write("list.toml", format!("{data}{printed}").replace("{ kind = \"tanh\" }", "{ kind = \"tahn\" }"));
    let line = |text: &str| 1 + workplace.read("list.toml").lines().position(|line| line.contains(text)).unwrap();
    let place = format!("list.toml:{}:", line("tahn"));
    workplace.run("check list.toml").assert_error(
        2,
        &[&place, "generator.layers.", "did you mean `tanh`?"],
        "a misspelt kind",
    );
    let words = "train preset.toml --quiet --set generator.kind=layers";
    workplace.run(words).assert_error(2, &["unknown key `generator.channels`", "layers"], "a preset's keys");
    assert_eq!(workplace.run("check preset.toml --toml").code, Some(2), "--toml is of the layers");
}

#[test]
fn strategies_are_listed_whether_in_this_build_or_not() {
    let workplace = Workplace::new();
    let names = ["conditional", "label-smoothing", "multi-generator", "replay", "unrolled"];
    let listed: serde_json::Value = serde_json::from_str(&workplace.succeed("strategies --json").stdout).unwrap();
    let found: Vec<&str> = listed.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    for name in names {
        assert!(found.contains(&name), "{name}: {found:?}");
        assert!(workplace.succeed("strategies").stdout.contains(name), "{name}");
    }
    for entry in listed.as_array().unwrap() {
        let described = ["summary", "paper", "equation", "defaults"].iter().all(|key| entry[key].is_string());
        assert_eq!(entry["in_build"], described, "{entry}");
    }
    let rows = workplace.succeed("strategies --markdown").stdout;
    assert_eq!(rows.lines().count(), found.len());
    for line in rows.lines() {
        assert!(line.starts_with("| [`") && line.ends_with(" |") && line.matches(" | ").count() == 2, "{line}");
    }
    assert_eq!(workplace.run("strategies --json --markdown").code, Some(2));
}

#[test]
fn every_kind_of_device_is_listed() {
    let lines = Workplace::new().succeed("devices").stdout;
    let first: Vec<&str> = lines.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(first, ["flex", "ndarray", "wgpu", "vulkan", "cuda"], "{lines}");
    assert!(lines.lines().next().unwrap().ends_with("ready"), "{lines}");
    let cuda = lines.lines().last().unwrap();
    assert!(cuda.contains("untested"), "{lines}");
    #[cfg(not(feature = "cuda"))]
    assert!(cuda.contains("add --features cuda, whose build downloads an LLVM bundle; use vulkan"), "{lines}");
}

#[test]
fn help_is_no_error_and_wrong_usage_is() {
    let workplace = Workplace::new();
    for (words, code, text) in [
        ("--help", 0, "Exit codes"),
        ("train --help", 0, "strategy.0.steps=10"),
        ("sample --help", 0, "--label"),
        ("--version", 0, env!("CARGO_PKG_VERSION")),
        ("", 2, "Usage"),
        ("trian", 2, "'train'"),
        ("train", 2, "<CONFIG>"),
        ("train tiny.toml --sed 5", 2, "--seed"),
        ("train tiny.toml --seed -1", 2, "--seed"),
        ("train tiny.toml --seed x", 2, "--seed"),
        ("sample run --out a.npy", 2, "--count"),
        ("check", 2, "<CONFIG>"),
    ] {
        let ended = workplace.run(words);
        assert_eq!(ended.code, Some(code), "{words}: {ended:?}");
        let output = if code == 0 { &ended.stdout } else { &ended.stderr };
        assert!(output.contains(text), "{words}: {text}: {ended:?}");
    }
}
