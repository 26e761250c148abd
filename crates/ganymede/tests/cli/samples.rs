//! Drawing from the generator of a run.

use ganymede_core::store::TensorFile;

use crate::support::{TINY, Workplace, read_floats};

#[test]
fn samples_are_a_function_of_run_and_seed() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out run");
    for (file, seed) in [("a.npy", 1), ("b.npy", 1), ("c.npy", 2)] {
        workplace.succeed(&format!("sample run --count 30 --seed {seed} --out {file}"));
    }
    let [a, b, c] = ["a.npy", "b.npy", "c.npy"].map(|file| read_floats(&workplace.bytes(file)));
    assert_eq!(a.len(), 60);
    assert_eq!(a, b);
    assert_ne!(a, c);

    workplace.succeed("sample run --count 10 --seed 1 --out fewer.npy");
    assert_eq!(read_floats(&workplace.bytes("fewer.npy")), a[..20], "fewer are the first of more");
    workplace.succeed("sample run --count 30 --seed 1 --out a.csv");
    let csv = workplace.read("a.csv");
    assert!(csv.starts_with("x0,x1\n"), "{csv}");
    let values: Vec<f32> =
        csv.lines().skip(1).flat_map(|line| line.split(',')).map(|text| text.parse().unwrap()).collect();
    assert_eq!(values, a, "the table holds the same numbers");
    workplace.succeed("sample run --count 30 --out a.PNG");
    assert!(workplace.bytes("a.PNG").starts_with(b"\x89PNG"));
}

#[test]
fn the_average_is_drawn_from_where_one_is_kept() {
    let workplace = Workplace::new();
    workplace.write("averaged.toml", format!("{TINY}\n[averaging]\ndecay = 0.99\n"));
    workplace.succeed("train tiny.toml --quiet --out plain");
    workplace.succeed("train averaged.toml --quiet --out averaged");
    for run in ["plain", "averaged"] {
        workplace.succeed(&format!("sample {run} --count 5 --out {run}.npy"));
    }
    assert_ne!(
        workplace.bytes("plain.npy"),
        workplace.bytes("averaged.npy"),
        "training is the same, the average is not"
    );
}

#[test]
fn samples_need_no_data() {
    let workplace = Workplace::new();
    workplace.write("points.csv", "0,1\n1,0\n1,1\n0.5,0.5\n");
    workplace
        .write("file.toml", TINY.replace("kind = \"ring\"\nsamples = 1_000", "kind = \"file\"\npath = \"points.csv\""));
    let ended = workplace.run("train file.toml --quiet --out run");
    assert_eq!(ended.code, Some(5), "too few rows to tell: {ended:?}");
    std::fs::remove_file(workplace.path("points.csv")).unwrap();
    workplace.succeed("sample run --count 5 --out samples.npy");
    workplace.succeed("sample run --count 5 --out samples.png");
}

#[test]
fn what_cannot_be_drawn_is_refused_with_the_remedy() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out run");
    let weights = workplace.bytes("run/generator.safetensors");
    let damaged = |name: &str, bytes: &[u8]| {
        std::fs::create_dir(workplace.path(name)).unwrap();
        workplace.write(&format!("{name}/config.toml"), workplace.read("run/config.toml"));
        workplace.write(&format!("{name}/generator.safetensors"), bytes);
    };
    damaged("truncated", &weights[..weights.len() - 5]);
    damaged("garbage", b"not tensors at all");
    damaged("empty", b"");
    damaged("newer", &edited(&weights, |key, text| (key, text.replacen("\"format\":1", "\"format\":9", 1))));
    damaged("stranger", &edited(&weights, |_, text| ("mymedeas".to_owned(), text)));
    let mut flipped = weights.clone();
    *flipped.last_mut().unwrap() ^= 1;
    damaged("flipped", &flipped);
    damaged("other", &weights);
    workplace.write("other/config.toml", TINY.replace("[generator]\nhidden = [8]", "[generator]\nhidden = [9]"));

    let rows: &[(&str, &[&str])] = &[
        ("sample nowhere --count 5 --out a.npy", &["nowhere", "no such folder"]),
        ("sample tiny.toml --count 5 --out a.npy", &["tiny.toml", "folder of a run"]),
        ("sample . --count 5 --out a.npy", &["generator.safetensors", "a run that has ended"]),
        ("sample run --count 0 --out a.npy", &["--count 0", "at least 1"]),
        ("sample run --count 900000000000 --out a.npy", &["--count 900000000000", "GB", "fewer"]),
        ("sample run --count 5 --out a.txt", &["--out a.txt", ".npy, .csv or .png"]),
        ("sample run --count 5 --out no/a.npy", &["--out no/a.npy", "folder does not exist"]),
        ("sample run --count 5 --label 2 --out a.npy", &["--label 2", "without labels", "leave --label out"]),
        ("sample run --count 5 --generator 1 --out a.npy", &["--generator 1", "one generator", "leave it out"]),
        ("sample run --count 5 --device wgpi --out a.npy", &["wgpi", "did you mean \"wgpu\"?"]),
        ("sample truncated --count 5 --out a.npy", &["truncated/generator.safetensors", "not a safetensors file"]),
        ("sample garbage --count 5 --out a.npy", &["garbage/generator.safetensors", "not a safetensors file"]),
        ("sample empty --count 5 --out a.npy", &["empty/generator.safetensors", "not a safetensors file"]),
        ("sample newer --count 5 --out a.npy", &["newer/generator.safetensors", "format 9", "reads format 1"]),
        ("sample flipped --count 5 --out a.npy", &["flipped/generator.safetensors", "the file is damaged"]),
        ("sample stranger --count 5 --out a.npy", &["stranger/generator.safetensors", "metadata `ganymede`"]),
        ("sample other --count 5 --out a.npy", &["other/generator.safetensors", "layers.0.weight", "config.toml"]),
    ];
    for (words, fragments) in rows {
        workplace.run(words).assert_error(2, fragments, words);
        assert!(!workplace.path("a.npy").exists(), "{words}");
    }
}

/// The file, whole, with another key or text for its metadata.
fn edited(file: &[u8], edit: impl FnOnce(String, String) -> (String, String)) -> Vec<u8> {
    let mut file = TensorFile::from_bytes(file).unwrap();
    let text = file.metadata.remove("ganymede").unwrap();
    let (key, text) = edit("ganymede".to_owned(), text);
    file.metadata.insert(key, text);
    file.to_bytes().unwrap()
}

#[cfg(feature = "conditional")]
#[test]
fn samples_come_by_label_where_the_run_has_labels() {
    let workplace = Workplace::new();
    workplace.write("conditional.toml", format!("{TINY}\n[[strategy]]\nname = \"conditional\"\n"));
    workplace.succeed("train conditional.toml --quiet --out run");
    assert_eq!(workplace.json("run/summary.json")["strategies"], serde_json::json!(["conditional"]));
    let labels = |arguments: &str| -> Vec<usize> {
        workplace.succeed(&format!("sample run --count 40 --out drawn.csv {arguments}"));
        let csv = workplace.read("drawn.csv");
        assert!(csv.starts_with("x0,x1,label\n"), "{csv}");
        csv.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect()
    };
    assert_eq!(labels("--label 3"), [3; 40]);
    let all = labels("");
    assert!(
        (0..8).filter(|label| all.contains(label)).count() >= 6,
        "all classes come when none is asked for: {all:?}"
    );

    workplace.succeed("sample run --count 40 --label 3 --out three.npy");
    workplace.succeed("sample run --count 40 --label 4 --out four.npy");
    assert_ne!(workplace.bytes("three.npy"), workplace.bytes("four.npy"));
    let refused = workplace.run("sample run --count 5 --label 8 --out no.npy");
    refused.assert_error(2, &["--label 8", "classes 0 to 7"], "label 8");
}

#[cfg(feature = "multi-generator")]
#[test]
fn samples_come_by_generator_where_the_run_has_several() {
    let workplace = Workplace::new();
    let strategy = "\n[[strategy]]\nname = \"multi-generator\"\n";
    workplace.write("mixture.toml", format!("{TINY}{strategy}generators = 3\n"));
    workplace.write("class.toml", format!("{TINY}{strategy}assignment = \"class\"\n"));
    workplace.succeed("train mixture.toml --quiet --out mixture");
    workplace.succeed("train class.toml --quiet --out class");
    for generator in 0..3 {
        workplace.succeed(&format!("sample mixture --count 20 --generator {generator} --out {generator}.npy"));
    }
    assert_ne!(workplace.bytes("0.npy"), workplace.bytes("1.npy"));
    assert_ne!(workplace.bytes("1.npy"), workplace.bytes("2.npy"));
    workplace.succeed("sample class --count 20 --label 7 --out seven.npy");
    for (words, fragments) in [
        ("sample mixture --count 5 --generator 3 --out no.npy", ["--generator 3", "generators 0 to 2"]),
        ("sample class --count 5 --generator 3 --out no.npy", ["--generator 3", "use --label 3"]),
    ] {
        workplace.run(words).assert_error(2, &fragments, words);
    }
}
