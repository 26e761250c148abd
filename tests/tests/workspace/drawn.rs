//! Samples drawn from a generator: pictures in several passes are those of one.

use burn::tensor::Device;
use ganymede_core::random::Streams;
use ganymede_core::sampling::SampleRequest;
use ganymede_tests::{run, with_strategies};

/// Glyphs of 32 x 32, of which a pass makes 1,024.
const PICTURES: &str = "steps = 20\nbatch_size = 8\nseed = 5\n[data]\nkind = \"glyphs\"\nside = 32\nsamples = 50\n\
                        [latent]\nsize = 3\n[generator]\nkind = \"dcgan\"\nchannels = 2\n\
                        [discriminator]\nkind = \"dcgan\"\nchannels = 2\n";

#[test]
fn pictures_of_several_passes_are_those_of_one() {
    let forms = [("conditional", ""), ("multi-generator", "assignment = \"mixture\"\ngenerators = 2")];
    for strategies in [&[][..], &forms[..1], &forms[1..]] {
        let mut run = run(&with_strategies(PICTURES, strategies), Device::flex()).unwrap();
        run.advance().unwrap();
        let request = |count| SampleRequest { count, label: None, generator: Some(0), streams: Streams::new(9) };
        let (many, few) = (run.sample(&request(1_100)), run.sample(&request(1_000)));
        assert_eq!(many.samples.rows(), 1_100, "{strategies:?}");
        let shared = &many.samples.values[..few.samples.values.len()];
        let off = shared.iter().zip(&few.samples.values).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
        assert!(off < 1e-6, "{strategies:?}: off by {off}");
        assert_eq!(many.labels.map(|labels| labels[..1_000].to_vec()), few.labels, "{strategies:?}");
    }
}

#[test]
fn several_generators_share_out_pictures_and_paths_as_they_do_few() {
    let shared = [("multi-generator", "assignment = \"mixture\"\ngenerators = 3")];
    let mut run = run(&with_strategies(PICTURES, &shared), Device::flex()).unwrap();
    run.advance().unwrap();
    let request = |count, generator| SampleRequest { count, label: None, generator, streams: Streams::new(9) };
    // More than a pass makes of each generator.
    let drawn = run.sample(&request(3_300, None));
    let generators = drawn.generators.unwrap();
    assert_eq!([0, 1, 2].map(|member| generators.iter().filter(|one| **one == member).count()), [1_100; 3]);
    // The rows of a generator are those that it makes by itself of the same latents.
    let alone = run.sample(&request(3_300, Some(1))).samples;
    let off = (1_100..2_200).map(|row| {
        let pairs = drawn.samples.row(row).iter().zip(alone.row(row));
        pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
    });
    assert!(off.clone().all(|off| off < 1e-6), "off by {}", off.fold(0.0, f32::max));
    // Four paths of ten steps over three generators: each path comes from one.
    let paths = run.step.sample_paths(run.state.sampled_generator(), &[], &request(40, None), 10).generators.unwrap();
    assert!(paths.chunks(10).all(|path| path.iter().all(|member| *member == path[0])), "{paths:?}");
}
