//! What the labels do to the networks.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_conditional::{Conditional, Method};
use ganymede_core::chain::Entry;
use ganymede_core::network::Pass;
use ganymede_core::run::Run;
use ganymede_core::sampling::SampleRequest;
use ganymede_testing::games::{self, ring};

fn run(method: Method, embedding: usize) -> Run {
    let strategy = Conditional { method, embedding };
    games::run(&ring(8, "[5]"), vec![Entry::new("conditional", strategy)]).unwrap()
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
