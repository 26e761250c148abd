//! What `diagnose` refuses: exit code 2, one line with the file, what is wrong and the remedy, and nothing written.

use crate::diagnoses::{points, ring};
use crate::support::{TINY, Workplace, floats, npy};

#[test]
fn bad_files_are_refused() {
    let workplace = Workplace::new();
    let four = floats(&[0.0, 1.0, 2.0, 3.0]);
    let longs = |values: &[i64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    for (name, bytes) in [
        ("good.npy", points(&ring(80, 8))),
        ("wide.npy", npy("<f4", "(20, 3)", &floats(&[0.5; 60]))),
        ("one-row.npy", npy("<f4", "(1, 2)", &floats(&[0.0, 1.0]))),
        ("none.npy", npy("<f4", "(0, 2)", &[])),
        ("no-values.npy", npy("<f4", "(2, 0)", &[])),
        ("scalar.npy", npy("<f4", "()", &floats(&[1.0]))),
        ("truncated.npy", npy("<f4", "(200, 2)", &four)),
        ("billion.npy", npy("<f4", "(1000000000, 2)", &four)),
        ("overflow.npy", npy("<f4", "(18446744073709551615, 2)", &four)),
        ("nan.npy", npy("<f4", "(2, 2)", &floats(&[0.0, 1.0, f32::NAN, 3.0]))),
        ("infinite.npy", npy("<f8", "(1, 2)", &[0_f64, f64::INFINITY].map(f64::to_le_bytes).concat())),
        ("objects.npy", npy("|O", "(2, 1)", &[0; 16])),
        ("complex.npy", npy("<c8", "(1, 2)", &[0; 16])),
        ("magic.npy", b"\x93NUMPX\x01\x00garbage".to_vec()),
        ("header.npy", b"\x93NUMPY\x01\x00\xff\xff{'descr'".to_vec()),
        ("empty.npy", Vec::new()),
        ("garbage.npz", b"PK\x03\x04garbage".to_vec()),
        ("empty.npz", Vec::new()),
        ("garbage.safetensors", b"\xff\xff\xff\xff\xff\xff\xff\xffgarbage".to_vec()),
        ("short.safetensors", b"\x08\x00".to_vec()),
        ("ragged.csv", b"1,2\n3\n".to_vec()),
        ("words.csv", b"1,2\n3,four\n".to_vec()),
        ("nan.csv", b"1,2\nnan,4\n".to_vec()),
        ("empty.csv", Vec::new()),
        ("names.csv", b"x,y\n".to_vec()),
        ("samples.txt", b"1,2\n".to_vec()),
        ("labels-few.npy", npy("<i8", "(3,)", &longs(&[0, 1, 0]))),
        ("labels-half.npy", npy("<f4", "(80,)", &floats(&[0.5; 80]))),
        ("labels-objects.npy", npy("|O", "(80,)", &[0; 640])),
    ] {
        workplace.write(name, bytes);
    }
    for folder in ["nothing", "mixed", "unfinished", "broken"] {
        std::fs::create_dir(workplace.path(folder)).unwrap();
    }
    workplace.write("mixed/notes.txt", "no picture");
    workplace.write("mixed/picture.png", "no picture either");
    workplace.write("unfinished/config.toml", TINY);
    workplace.write("broken/config.toml", "steps = 0");
    workplace.write("broken/samples.npy", points(&ring(80, 8)));
    let before = workplace.listing();

    for name in [
        "nowhere.npy",
        "one-row.npy",
        "none.npy",
        "no-values.npy",
        "scalar.npy",
        "truncated.npy",
        "billion.npy",
        "overflow.npy",
        "nan.npy",
        "infinite.npy",
        "objects.npy",
        "complex.npy",
        "magic.npy",
        "header.npy",
        "empty.npy",
        "garbage.npz",
        "empty.npz",
        "garbage.safetensors",
        "short.safetensors",
        "ragged.csv",
        "words.csv",
        "nan.csv",
        "empty.csv",
        "names.csv",
        "samples.txt",
        "nothing",
        "mixed",
    ] {
        for words in [
            format!("--fake {name}"),
            format!("--fake {name} --real good.npy"),
            format!("--fake good.npy --real {name}"),
        ] {
            let words = format!("diagnose {words} --json --out out");
            workplace.run(&words).assert_error(2, &[name], &words);
        }
    }
    for (words, fragments) in [
        ("--fake wide.npy --real good.npy", ["wide.npy and good.npy", "3 features and the real ones 2", "same width"]),
        ("--fake one-row.npy", ["one-row.npy", "holds 1 sample", "at least 2"]),
        ("--fake good.npy --fake-labels labels-few.npy", ["labels-few.npy", "3 labels", "80"]),
        ("--fake good.npy --fake-labels labels-half.npy", ["labels-half.npy: index [0]", "0.5", "round"]),
        ("--fake good.npy --fake-labels labels-objects.npy", ["labels-objects.npy", "labels.astype(str)", ""]),
        ("--fake good.npy --real good.npy --real-labels nowhere.npy", ["nowhere.npy", "no such file", ""]),
        ("--fake good.npy --out good.npy", ["--out good.npy", "this is a file", "name a folder"]),
        ("--fake good.npy --real good.npy --out good.npy/out", ["--out good.npy/out", "", ""]),
        ("--fake unfinished", ["unfinished", "holds no samples.npy", "ganymede sample unfinished"]),
        ("--fake broken", ["broken/config.toml:1", "steps = 0", "at least 1"]),
        ("--fake broken --real good.npy", ["broken/config.toml:1", "steps = 0", "at least 1"]),
    ] {
        let words = format!("diagnose {words}");
        workplace.run(&words).assert_error(2, &fragments, &words);
    }
    assert_eq!(workplace.listing(), before, "nothing is left behind");
}

#[test]
fn wrong_usage_is_refused() {
    let workplace = Workplace::new();
    for (words, text) in [
        ("diagnose", "--fake"),
        ("diagnose --real real.npy", "--fake"),
        ("diagnose --fake a.npy --real-labels b.npy", "--real"),
        ("diagnose --fake a.npy --seed -1", "--seed"),
        ("diagnose --fake a.npy --jsno", "--json"),
        ("diagnose a.npy", "a.npy"),
    ] {
        let ended = workplace.run(words);
        assert_eq!(ended.code, Some(2), "{words}: {ended:?}");
        assert!(ended.stderr.contains(text) && ended.stdout.is_empty(), "{words}: {text}: {ended:?}");
    }
}
