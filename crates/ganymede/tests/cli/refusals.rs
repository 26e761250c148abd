//! Bad input: each is refused with one line that names file, key, value, what is legal and the remedy, with exit code
//! 2, and without a run folder.

use crate::support::{TINY, Workplace, floats, npy};

/// A change to the tiny configuration and what the refusal must say.
struct Row {
    /// Text to replace in the tiny configuration; empty to append `to`.
    from: &'static str,
    to: &'static str,
    /// More arguments.
    arguments: &'static str,
    fragments: &'static [&'static str],
}

const fn edit(from: &'static str, to: &'static str, fragments: &'static [&'static str]) -> Row {
    Row { from, to, arguments: "", fragments }
}

const fn append(to: &'static str, fragments: &'static [&'static str]) -> Row {
    Row { from: "", to, arguments: "", fragments }
}

const fn arguments(arguments: &'static str, fragments: &'static [&'static str]) -> Row {
    Row { from: "", to: "", arguments, fragments }
}

/// Refuses every row, and finds nothing new in the folder afterwards.
fn refuse(workplace: &Workplace, rows: &[Row]) {
    for Row { from, to, arguments, fragments } in rows {
        let config = if from.is_empty() { format!("{TINY}\n{to}") } else { TINY.replace(from, to) };
        assert!(from.is_empty() || config != TINY, "`{from}` is in the tiny configuration");
        workplace.write("bad.toml", config);
        let before = workplace.listing();
        let words = format!("train bad.toml --quiet {arguments}");
        workplace.run(&words).assert_error(2, fragments, &format!("{words} with {from:?} -> {to:?}"));
        assert_eq!(workplace.listing(), before, "{words} with {from:?} -> {to:?} leaves nothing behind");
    }
}

#[test]
fn bad_keys_and_values_are_refused() {
    refuse(
        &Workplace::new(),
        &[
            edit("steps = 20", "stesp = 20", &["bad.toml:1:", "unknown key `stesp`", "did you mean `steps`?"]),
            edit("[latent]", "[latant]", &["bad.toml:8:", "unknown key `latant`", "did you mean `latent`?"]),
            edit("[generator]\nhidden", "[generator]\nhiden", &["bad.toml:12:", "`generator.hiden`", "`hidden`?"]),
            edit("samples = 1_000", "radios = 2.0", &["bad.toml:6:", "`data.radios`", "did you mean `radius`?"]),
            append(
                "[optimizer.generator]\nlerning_rate = 1e-3",
                &["`optimizer.generator.lerning_rate`", "`learning_rate`?"],
            ),
            append("[optimiser.generator]\nlearning_rate = 1e-3", &["`optimiser`", "did you mean `optimizer`?"]),
            edit("steps = 20", "steps = 0", &["bad.toml:1:", "steps = 0", "at least 1"]),
            edit("steps = 20", "steps = -5", &["bad.toml:1:", "steps = -5"]),
            edit("steps = 20", "steps = 1.5", &["bad.toml:1:", "steps = 1.5"]),
            edit("steps = 20", "steps = \"many\"", &["bad.toml:1:", "steps = \"many\""]),
            edit("batch_size = 16", "batch_size = 1", &["bad.toml:2:", "batch_size = 1", "2 to"]),
            edit(
                "batch_size = 16",
                "updates = \"together\"",
                &["bad.toml:2:", "updates = \"together\"", "`simultaneous`"],
            ),
            edit(
                "batch_size = 16",
                "updates = \"simultaneous\"\ngenerator_steps = 2",
                &["bad.toml:3:", "generator_steps = 2", "updates = \"simultaneous\"", "alternate"],
            ),
            edit("steps = 20", "steps = 20\nsteps = 30", &["bad.toml:2:", "not valid TOML", "duplicate key `steps`"]),
            edit("steps = 20", "steps = ", &["bad.toml:1:", "not valid TOML"]),
            edit("[data]", "[data", &["bad.toml:4:", "not valid TOML"]),
            append(
                "[optimizer.generator]\nlearning_rate = -1e-3",
                &["optimizer.generator.learning_rate = -0.001", "at least 0"],
            ),
            append(
                "[optimizer.discriminator]\nlearning_rate = nan",
                &["optimizer.discriminator.learning_rate = NaN", "at least 0"],
            ),
            append("[optimizer.discriminator]\nbeta1 = 1.0", &["optimizer.discriminator.beta1 = 1", "[0, 1)"]),
            append(
                "[optimizer.discriminator]\nmomentum = 0.9",
                &["optimizer.discriminator.momentum = 0.9", "leave it out"],
            ),
            append(
                "[optimizer.discriminator]\nkind = \"adm\"",
                &["optimizer.discriminator.kind = \"adm\"", "did you mean `adam`?"],
            ),
            append(
                "[objective]\nkind = \"wassersten\"",
                &["objective.kind = \"wassersten\"", "did you mean `wasserstein`?"],
            ),
            append("[averaging]\ndecay = 1.0", &["averaging.decay = 1", "[0, 1)"]),
            edit(
                "kind = \"ring\"",
                "kind = \"rang\"",
                &["bad.toml:5:", "data.kind = \"rang\"", "did you mean `ring`?"],
            ),
            edit("samples = 1_000", "modes = 0", &["bad.toml:6:", "data.modes = 0", "at least 1"]),
            edit("samples = 1_000", "std = -0.1", &["bad.toml:6:", "data.std = -0.1", "above 0"]),
            edit("samples = 1_000", "weights = [1.0, 2.0]", &["bad.toml:6:", "data.weights", "8 modes"]),
            edit("size = 4", "size = 0", &["bad.toml:9:", "latent.size = 0", "from 1"]),
            edit(
                "[generator]\nhidden = [8]",
                "[generator]\nhidden = [0]",
                &["bad.toml:12:", "generator.hidden = [0]", "at least 1"],
            ),
            edit(
                "[generator]\nhidden = [8]",
                "[generator]\nhidden = [8]\nactivation = \"rleu\"",
                &["bad.toml:13:", "\"rleu\"", "did you mean `relu`?"],
            ),
            edit("steps = 20", "steps = 20\nobjective = 5", &["bad.toml:2:", "objective = 5", "expected a table"]),
            edit("samples = 200", "samples = 1", &["bad.toml:19:", "evaluation.samples = 1", "from 2"]),
        ],
    );
}

#[test]
fn bad_strategies_are_refused() {
    refuse(
        &Workplace::new(),
        &[
            append(
                "[[strategy]]\nname = \"unrold\"",
                &["bad.toml:22:", "unknown strategy \"unrold\"", "did you mean \"unrolled\"?"],
            ),
            append("[[strategy]]\nname = \"zzz\"", &["bad.toml:22:", "unknown strategy \"zzz\"", "known are"]),
            append("[[strategy]]", &["bad.toml:21:", "strategy.0.name = (left out)", "strategy's name"]),
            append(
                "[strategy]\nname = \"replay\"",
                &["bad.toml:21:", "strategy", "expected a list of tables: [[strategy]]"],
            ),
            append(
                "[[strategy]]\nname = \"replay\"\nevery = 0",
                &["bad.toml:23:", "strategy.0.every = 0", "at least 1"],
            ),
            append(
                "[[strategy]]\nname = \"replay\"\nweight = -1.0",
                &["bad.toml:23:", "strategy.0.weight = -1", "at least 0"],
            ),
            append(
                "[[strategy]]\nname = \"replay\"\nweight = 1e39",
                &["bad.toml:23:", "strategy.0.weight = 1e39", "at most 3.4028235e38"],
            ),
            arguments("--set optimizer.generator.clip_norm=1e300", &["clip_norm = 1e300", "at most 3.4028235e38"]),
        ],
    );
}

#[cfg(all(feature = "conditional", feature = "label-smoothing", feature = "replay", feature = "unrolled"))]
#[test]
fn strategies_that_do_not_fit_are_refused_before_the_run() {
    let workplace = Workplace::new();
    workplace.write("points.csv", "0,1\n1,0\n1,1\n");
    let no_labels = "kind = \"file\"\npath = \"points.csv\"";
    let conditional_file = Box::leak(format!("{no_labels}\n\n[[strategy]]\nname = \"conditional\"").into_boxed_str());
    refuse(
        &workplace,
        &[
            append(
                "[[strategy]]\nname = \"replay\"\n[[strategy]]\nname = \"replay\"",
                &["bad.toml:24:", "\"replay\" is named twice", "remove one"],
            ),
            append(
                "[[strategy]]\nname = \"replay\"\ncapcity = 9",
                &["bad.toml:23:", "`strategy.0.capcity`", "`capacity`?"],
            ),
            append(
                "[objective]\nkind = \"wasserstein\"\n[[strategy]]\nname = \"label-smoothing\"",
                &["bad.toml:24:", "\"label-smoothing\"", "wasserstein"],
            ),
            append(
                "[[strategy]]\nname = \"label-smoothing\"\nreal = 0.0\nfake = [0.9, 1.0]",
                &["bad.toml:23:", "strategy.0.real = 0", "above those of fake rows, [0.9, 1]", "the opposite"],
            ),
            edit(
                "kind = \"ring\"\nsamples = 1_000",
                conditional_file,
                &["bad.toml:9:", "\"conditional\"", "needs labels", "labels"],
            ),
        ],
    );
}

#[cfg(not(feature = "replay"))]
#[test]
fn a_strategy_that_is_not_in_this_build_says_how_to_get_it() {
    let row = append(
        "[[strategy]]\nname = \"replay\"",
        &["bad.toml:22:", "\"replay\" is not in this build", "add --features replay"],
    );
    refuse(&Workplace::new(), &[row]);
}

#[test]
fn bad_overrides_and_arguments_are_refused() {
    let workplace = Workplace::new();
    workplace.write("file.txt", "a file");
    std::fs::create_dir(workplace.path("full")).unwrap();
    workplace.write("full/file.txt", "a file");
    refuse(
        &workplace,
        &[
            arguments("--set stesp=5", &["--set stesp=5", "unknown key `stesp`", "did you mean `steps`?"]),
            arguments("--set generator.hiddn=[4]", &["--set generator.hiddn=[4]", "`generator.hiddn`", "`hidden`?"]),
            arguments("--set steps", &["--set steps", "expected key=value"]),
            arguments("--set steps=", &["--set steps=", "steps"]),
            arguments("--set steps=0", &["--set steps=0", "steps = 0", "at least 1"]),
            arguments("--set a..b=0", &["--set a..b=0", "empty part"]),
            arguments("--set strategy.0.steps=5", &["--set strategy.0.steps=5", "no entry 0", "no `strategy`"]),
            arguments("--set steps.x=5", &["--set steps.x=5", "not a table"]),
            arguments("--seed 9223372036854775808", &["seed=9223372036854775808", "to 9223372036854775807"]),
            arguments("--device wgpi", &["--device wgpi", "unknown device", "did you mean \"wgpu\"?"]),
            arguments(
                "--device toaster",
                &["unknown device \"toaster\"", "known are flex, ndarray, wgpu, vulkan, cuda"],
            ),
            arguments("--out file.txt", &["--out file.txt", "this is a file"]),
            arguments("--out file.txt/run", &["--out file.txt/run", "cannot be used as a folder", "name another"]),
            arguments("--out full", &["--out full", "not empty", "name another"]),
            arguments("--out /proc/ganymede/run", &["/proc/ganymede", "cannot create the run's folder", "--out"]),
            #[cfg(not(feature = "ndarray"))]
            arguments("--device ndarray", &["device \"ndarray\" is not in this build; add --features ndarray"]),
            #[cfg(not(feature = "wgpu"))]
            arguments("--device wgpu", &["device \"wgpu\" is not in this build; add --features wgpu"]),
            #[cfg(not(feature = "cuda"))]
            arguments("--device cuda", &["device \"cuda\" is not in this build; add --features cuda"]),
        ],
    );
}

#[test]
fn configurations_that_cannot_be_read_are_refused() {
    let workplace = Workplace::new();
    std::fs::create_dir(workplace.path("folder.toml")).unwrap();
    workplace.write("binary.toml", [0xff, 0xfe, 0x00]);
    workplace.write("huge.toml", vec![b'#'; 2 << 20]);
    let before = workplace.listing();
    for (name, fragments) in [
        ("none.toml", ["none.toml", "cannot read the configuration"]),
        ("folder.toml", ["folder.toml", "it is a folder"]),
        ("binary.toml", ["binary.toml:1", "no UTF-8 text"]),
        ("huge.toml", ["huge.toml", "too many for a configuration"]),
    ] {
        workplace.run(&format!("train {name}")).assert_error(2, &fragments, name);
    }
    assert_eq!(workplace.listing(), before);
}

#[test]
fn bad_data_files_are_refused() {
    let workplace = Workplace::new();
    let four = floats(&[0.0, 1.0, 2.0, 3.0]);
    let longs = |values: &[i64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    for (name, bytes) in [
        ("good.npy", npy("<f4", "(2, 2)", &four)),
        ("truncated.npy", npy("<f4", "(200, 2)", &four)),
        ("none.npy", npy("<f4", "(0, 2)", &[])),
        ("nan.npy", npy("<f4", "(2, 2)", &floats(&[0.0, 1.0, f32::NAN, 3.0]))),
        ("infinite.npy", npy("<f4", "(2, 2)", &floats(&[0.0, f32::INFINITY, 2.0, 3.0]))),
        ("garbage.npy", b"garbage".to_vec()),
        ("labels-many.npy", npy("<i8", "(3,)", &longs(&[0, 1, 0]))),
        ("ragged.csv", b"1,2\n3\n".to_vec()),
        ("words.csv", b"1,2\n3,four\n".to_vec()),
        ("nan.csv", b"1,2\n3,NaN\n".to_vec()),
        ("empty.csv", Vec::new()),
    ] {
        workplace.write(name, bytes);
    }
    let before = workplace.listing();
    for (keys, fragments) in [
        ("path = \"nowhere.npy\"", ["nowhere.npy: no such file", "relative paths start at"]),
        ("path = \"points.txt\"", ["points.txt: no such file", "relative paths start at"]),
        ("path = \"truncated.npy\"", ["truncated.npy: declares shape (200, 2)", "truncated"]),
        ("path = \"none.npy\"", ["none.npy: holds no points", "at least one row"]),
        ("path = \"nan.npy\"", ["nan.npy: index [1, 0]: the value NaN", "remove the row"]),
        ("path = \"infinite.npy\"", ["infinite.npy: index [0, 1]: the value inf", "remove the row"]),
        ("path = \"garbage.npy\"", ["garbage.npy: not a valid .npy file", "numpy.save"]),
        ("path = \"good.npy\"\nlabels = \"labels-many.npy\"", ["holds 3 labels for 2 samples", "one for each"]),
        ("path = \"good.npy\"\nlabels = \"gone.npy\"", ["gone.npy: no such file", "bad.toml:6"]),
        ("path = \"good.npy\"\nlabel_column = 1", ["data.label_column = 1", "only with a .csv file"]),
        ("path = \"ragged.csv\"", ["ragged.csv: line 2 has 1 fields", "give every row the same number"]),
        ("path = \"words.csv\"", ["words.csv: line 2, column 2", "\"four\" is not a number"]),
        ("path = \"nan.csv\"", ["nan.csv: line 2, column 2", "not finite"]),
        ("path = \"empty.csv\"", ["empty.csv: holds no points", "at least one row"]),
        ("", ["data.path", "an .npy, .npz, .csv"]),
    ] {
        let config = TINY.replace("kind = \"ring\"\nsamples = 1_000", &format!("kind = \"file\"\n{keys}"));
        workplace.write("bad.toml", config);
        for command in ["train", "check"] {
            let ended = workplace.run(&format!("{command} bad.toml"));
            ended.assert_error(2, &[&["bad.toml"], &fragments[..]].concat(), &format!("{command}: {keys}"));
        }
        std::fs::remove_file(workplace.path("bad.toml")).unwrap();
        assert_eq!(workplace.listing(), before, "{keys} leaves nothing behind");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_would_not_fit_into_memory_is_refused_with_an_estimate() {
    refuse(
        &Workplace::new(),
        &[
            edit(
                "[generator]\nhidden = [8]",
                "[generator]\nhidden = [45000, 45000, 45000, 45000, 45000, 45000, 45000, 45000, \
                 45000, 45000, 45000, 45000, 45000, 45000, 45000, 45000, 45000, 45000, 45000, 45000]",
                &["bad.toml", "weights", "GB", "smaller"],
            ),
            edit("[generator]\nhidden = [8]", "[generator]\nhidden = [100000, 100000]", &["bad.toml:12:", "memory"]),
        ],
    );
}
