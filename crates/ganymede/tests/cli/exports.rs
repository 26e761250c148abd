//! Exported generators: whoever reads them gets the samples that the program draws.

use std::collections::BTreeMap;
use std::process::Command;

use ganymede_core::store::TensorFile;
use serde_json::Value;

use crate::support::{TINY, Workplace};

type Matrix = (Vec<usize>, Vec<f64>);

/// The tensors of an exported file, and what its layers are.
fn exported(bytes: &[u8]) -> (BTreeMap<String, Matrix>, Vec<Value>) {
    let file = TensorFile::from_bytes(bytes).unwrap();
    let layers = serde_json::from_str(&file.metadata["layers"]).unwrap();
    let matrix = |data: &burn::tensor::TensorData| (data.shape().as_slice().to_vec(), data.iter::<f64>().collect());
    (file.tensors.iter().map(|(name, data)| (name.clone(), matrix(data))).collect(), layers)
}

/// The generator as the card and the metadata describe it, in plain loops.
fn generate(tensors: &BTreeMap<String, Matrix>, layers: &[Value]) -> Vec<f64> {
    let (shape, mut values) = tensors["example.latents"].clone();
    let rows = shape[0];
    for (index, layer) in layers.iter().enumerate() {
        let tensor = |name: &str| &tensors[&format!("layers.{index}.{name}")];
        let width = values.len() / rows;
        match layer["kind"].as_str().unwrap() {
            "linear" => {
                let (weight, bias) = (tensor("weight"), tensor("bias"));
                let outputs = weight.0[1];
                let entry = |row: usize, output: usize| {
                    let products =
                        (0..width).map(|input| values[row * width + input] * weight.1[input * outputs + output]);
                    products.sum::<f64>() + bias.1[output]
                };
                values = (0..rows * outputs).map(|place| entry(place / outputs, place % outputs)).collect();
            }
            "leaky ReLU" => {
                let slope = layer["slope"].as_f64().unwrap();
                for value in &mut values {
                    *value *= if *value > 0.0 { 1.0 } else { slope };
                }
            }
            "tanh" => values.iter_mut().for_each(|value| *value = value.tanh()),
            "batch norm" => {
                let epsilon = layer["epsilon"].as_f64().unwrap();
                for (place, value) in values.iter_mut().enumerate() {
                    let of = |name: &str| tensor(name).1[place % width];
                    let normal = (*value - of("running_mean")) / (of("running_variance") + epsilon).sqrt();
                    *value = normal * of("scale") + of("shift");
                }
            }
            other => panic!("the layer {other} is not known here"),
        }
    }
    values
}

#[test]
fn the_examples_follow_from_the_weights() {
    let kinds = [
        ("", ""),
        ("", " --best"),
        ("activation = \"leaky-relu\"\nslope = 0.1\n", ""),
        ("activation = \"tanh\"\nbatch_norm = true\n", ""),
    ];
    for (settings, flags) in kinds {
        let workplace = Workplace::new();
        let text = TINY.replace("[generator]\n", &format!("[generator]\n{settings}"));
        workplace.write("run.toml", format!("{text}\n[averaging]\ndecay = 0.9\n"));
        workplace.succeed("train run.toml --quiet --out run");
        let mut weights = Vec::new();
        for ema in ["", " --ema"] {
            workplace.succeed(&format!("export run --format safetensors --out out{flags}{ema}"));
            let bytes = workplace.bytes("out/generator.safetensors");
            let (tensors, layers) = exported(&bytes);
            let ours = generate(&tensors, &layers);
            let theirs = &tensors["example.samples"].1;
            assert_eq!((theirs.len(), ours.len()), (16, 16));
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert!((ours - theirs).abs() < 1e-5, "{settings}{flags}{ema}: {ours} and {theirs}");
            }
            weights.push(tensors["layers.0.weight"].clone());
            let card = workplace.read("out/card.md");
            for fragment in ["ring", "seed: 0", "ganymede train config.toml", "batch_size = 16", "reverse KL", "none"] {
                assert!(card.contains(fragment), "{fragment} in {card}");
            }
        }
        assert_ne!(weights[0], weights[1], "the average is not the weights");
    }
}

#[cfg(feature = "conditional")]
#[test]
fn labels_come_with_the_examples() {
    let workplace = Workplace::new();
    workplace.write("run.toml", format!("{TINY}\n[[strategy]]\nname = \"conditional\"\n"));
    workplace.succeed("train run.toml --quiet --out run");
    workplace.succeed("export run --format safetensors");
    let file = TensorFile::from_bytes(&workplace.bytes("run/export/generator.safetensors")).unwrap();
    assert_eq!(file.metadata["example.labels"], "[0,1,2,3,4,5,6,7]");
    assert!(workplace.read("run/export/card.md").contains("mode collapse: conditional"));
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out run");
    std::fs::create_dir(workplace.path("empty")).unwrap();
    let rows: [(&str, &[&str]); 5] = [
        ("export nowhere --format npz", &["nowhere", "no such folder"]),
        ("export empty --format npz", &["empty/generator.safetensors", "cannot be read"]),
        ("export tiny.toml --format npz", &["tiny.toml", "no such folder"]),
        ("export run --format npz --ema", &["--ema", "leave --ema out", "[averaging]"]),
        ("export run --format npz --out tiny.toml", &["--out tiny.toml", "cannot be created"]),
    ];
    for (words, fragments) in rows {
        workplace.run(words).assert_error(2, fragments, words);
    }
    for words in ["export run", "export run --format onnx"] {
        assert_eq!(workplace.run(words).code, Some(2), "{words}");
    }
}

/// Generators of pictures, of odd sides too, and whether the program in `PyTorch` rebuilds them.
const PICTURES: [(&str, usize, &str, bool); 5] = [
    ("a DCGAN", 28, "kind = \"dcgan\"\nchannels = 4", true),
    ("an odd side and a kernel of 5", 17, "kind = \"dcgan\"\nchannels = 4\nkernel = 5\nnorm = \"layer\"", true),
    (
        "a list",
        16,
        "kind = \"layers\"\nlayers = [{ kind = \"linear\", shape = [2, 4, 6] }, { kind = \"group-norm\", groups = 3 }, \
         { kind = \"sigmoid\" }, { kind = \"upsampling\" }, { kind = \"convolution\", channels = 4, groups = 2 }, \
         { kind = \"batch-norm\" }, { kind = \"dropout\", probability = 0.2 }, { kind = \"leaky-relu\" }, \
         { kind = \"linear\", shape = [8, 8, 4] }, { kind = \"transposed-convolution\", kernel = 4, stride = 2 }]",
        true,
    ),
    ("a perceptron", 16, "hidden = [6]\nbatch_norm = true", true),
    ("residual blocks", 16, "kind = \"resnet\"\nchannels = 4\ngroup_width = 4", false),
];

#[test]
fn pytorch_rebuilds_generators_of_pictures() {
    let readme = include_str!("../../README.md");
    let known = Command::new("python3").args(["-c", "import torch, safetensors"]).output();
    let has_pytorch = known.is_ok_and(|output| output.status.success());
    for (what, side, generator, is_known) in PICTURES {
        let workplace = Workplace::new();
        let text = TINY
            .replace("kind = \"ring\"\nsamples = 1_000", &format!("kind = \"glyphs\"\nside = {side}\nsamples = 100"))
            .replace("[generator]\nhidden = [8]", &format!("[generator]\n{generator}"));
        workplace.write("run.toml", text);
        let ended = workplace.run("train run.toml --quiet --steps 4 --out run --set evaluation.every=0");
        assert!(matches!(ended.code, Some(0 | 5)), "{what}: {ended:?}");
        workplace.succeed("export run --format safetensors --out out");
        let card = workplace.read("out/card.md");
        let Some(program) = card.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()) else {
            assert!(!is_known, "{what}: {card}");
            continue;
        };
        assert!(is_known && readme.contains(program), "{what}: the README has the program of the card");
        workplace.succeed("export run --format npz --out npz");
        assert!(!workplace.read("npz/card.md").contains("```python"), "{what}: it reads safetensors");
        if !has_pytorch {
            eprintln!("LEFT OUT: {what} in PyTorch, since python3 has no torch and safetensors here");
            continue;
        }
        workplace.write("out/program.py", program);
        let ended = workplace.ended(Command::new("python3").arg("program.py").current_dir(workplace.path("out")));
        assert_eq!(ended.stdout, format!("(8, 1, {side}, {side})\n"), "{what}: {ended:?}");
    }
}

/// The program of the README, word for word.
#[test]
fn the_readmes_python_reproduces_the_examples() {
    let readme = include_str!("../../README.md");
    let program = readme.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let workplace = Workplace::new();
    workplace.write("snippet.py", program);
    workplace.succeed("train tiny.toml --quiet --out runs/00001-ring");
    workplace.succeed("export runs/00001-ring --format safetensors");
    workplace.succeed("export runs/00001-ring --format npz");
    let python = |arguments: &[&str]| workplace.ended(Command::new("python3").args(arguments));
    let known = Command::new("python3").args(["-c", "import numpy, safetensors"]).output();
    if !known.is_ok_and(|output| output.status.success()) {
        eprintln!("LEFT OUT: the README's Python program, since python3 has no numpy and safetensors here");
        return;
    }
    let ended = python(&["snippet.py"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("(8, 2)"), "{ended:?}");
    let script = "import json, numpy; file = numpy.load('runs/00001-ring/export/generator.npz'); \
                  print(json.loads(bytes(file['layers']).decode())[0]['kind'], file['example.samples'].shape)";
    let ended = python(&["-c", script]);
    assert_eq!(ended.stdout, "linear (8, 2)\n", "{ended:?}");
}
