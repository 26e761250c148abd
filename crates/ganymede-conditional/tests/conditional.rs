//! What the labels do to the networks.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_conditional::{Conditional, GeneratorMethod, Method};
use ganymede_core::chain::Entry;
use ganymede_core::network::Pass;
use ganymede_core::run::Run;
use ganymede_core::sampling::SampleRequest;
use ganymede_testing::games::{self, ring};

fn run(method: Method, embedding: usize) -> Run {
    made(&ring(8, "[5]"), Conditional { method, embedding, ..Conditional::default() }).unwrap()
}

fn made(text: &str, strategy: Conditional) -> Result<Run, String> {
    games::run(text, vec![Entry::new("conditional", strategy)])
}

/// The options for pictures: projection, and the class in the generator's batch norm.
fn for_pictures() -> Conditional {
    Conditional { method: Method::Projection, generator: GeneratorMethod::BatchNorm, embedding: 0 }
}

#[test]
fn every_batch_norm_of_a_generator_of_pictures_has_a_row_for_each_class() {
    let text = "steps = 10\nbatch_size = 8\n[data]\nkind = \"glyphs\"\nside = 16\nsamples = 40\n[latent]\nsize = 3\n\
                [generator]\nkind = \"dcgan\"\nchannels = 4\n[discriminator]\nkind = \"dcgan\"\nchannels = 4\nnorm = \"layer\"\n";
    let mut run = made(text, for_pictures()).unwrap();
    let generator = &run.state.generator.network;
    let names: Vec<_> = generator.layers().iter().map(|layer| layer.facts().name).collect();
    assert_eq!(names.iter().filter(|name| **name == "conditional batch norm").count(), 2, "{names:?}");
    assert!(!names.contains(&"batch norm") && !names.contains(&"label concatenation"), "{names:?}");
    let shapes: Vec<_> = generator.parameters().iter().map(Tensor::dims).collect();
    // A linear layer to 4 x 4 x 8, a scale and a shift of 8 channels, the weight to 8 x 8 x 4, of 4 channels.
    assert_eq!(shapes[..7], [[3, 128], [1, 128], [10, 8], [10, 8], [8, 64], [10, 4], [10, 4]]);
    for _ in 0..3 {
        assert!(run.advance().unwrap().values().all(|loss| loss.is_finite()));
    }
    let place = &run.step.place;
    let drawn = |label| {
        let pass = Pass::evaluate().with_labels(Some(vec![label; 2]));
        let samples = run.state.generator.network.forward(place.full([2, 3], 0.5), &pass);
        samples.try_into_vec_as::<f32>().unwrap()
    };
    assert_ne!(drawn(0), drawn(9), "the classes differ once their scales have learnt");
}

#[test]
fn classes_in_the_batch_norm_of_a_generator_without_any_are_refused() {
    let error = made(&ring(8, "[5]"), for_pictures()).err().unwrap();
    for part in ["conditional", "batch norm", "generator = \"concatenate\""] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn networks_have_the_documented_shapes() {
    let rows = [
        (Method::Concatenate, 0, vec![[3, 3], [5, 5]]),
        (Method::Concatenate, 7, vec![[3, 7], [9, 5]]),
        (Method::Projection, 7, vec![[2, 5]]),
    ];
    for (method, embedding, discriminator) in rows {
        let run = run(method, embedding);
        let shapes = |network: &ganymede_core::network::Network| -> Vec<[usize; 2]> {
            network.parameters().iter().map(Tensor::dims).collect()
        };
        let width = if embedding == 0 { 3 } else { embedding };
        assert_eq!(shapes(&run.state.generator.network)[..2], [[3, width], [2 + width, 4]]);
        let found = shapes(&run.state.discriminator.network);
        assert_eq!(found[..discriminator.len()], discriminator, "{method:?}");
        if method == Method::Projection {
            assert_eq!(found.last(), Some(&[3, 5]), "a vector for each class");
        }
    }
}

#[test]
fn both_networks_answer_to_the_label() {
    for method in [Method::Concatenate, Method::Projection] {
        let run = run(method, 0);
        let place = &run.step.place;
        for network in [&run.state.generator.network, &run.state.discriminator.network] {
            let answer = |label| {
                let pass = Pass::evaluate().with_labels(Some(vec![label; 2]));
                network.forward(place.full([2, 2], 0.5), &pass).try_into_vec_as::<f32>().unwrap()
            };
            assert_ne!(answer(0), answer(1), "{method:?}");
        }
    }
}

#[test]
fn samples_are_drawn_by_label() {
    let run = run(Method::Concatenate, 0);
    let request = |label| SampleRequest { count: 40, label, generator: None, streams: run.step.streams.derive("test") };
    assert_eq!(run.sample(&request(Some(2))).labels, Some(vec![2; 40]));
    let mixed = run.sample(&request(None)).labels.unwrap();
    assert!((0..3).all(|class| mixed.contains(&class)), "{mixed:?}");
}

#[test]
fn data_without_labels_is_refused_before_the_run() {
    let folder = std::env::temp_dir().join(format!("ganymede-conditional-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("points.csv");
    std::fs::write(&path, "0.5,1.0\n1.5,2.0\n2.5,3.0\n").unwrap();
    let text = ring(8, "[5]")
        .replace("kind = \"ring\"\nmodes = 3\nsamples = 60", &format!("kind = \"file\"\npath = {path:?}"));
    let strategy = Entry::new("conditional", Conditional::default());
    let error = games::run(&text, vec![strategy]).err().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(error.contains("conditional") && error.contains("no") && error.contains("label"), "{error}");
}
