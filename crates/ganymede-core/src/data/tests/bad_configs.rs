//! Values out of range: each error names the key, the value and the range.

use crate::data::{
    CropConfig, DataConfig, Draw, FileConfig, GlyphsConfig, GridConfig, HighDimensionalConfig, KINDS, LabelColumn,
    RingConfig, StackedConfig,
};
use crate::invalid::InvalidValue;
use crate::random::Streams;

fn check(result: Result<(), InvalidValue>, expected: &str) {
    let message = result.unwrap_err().to_string();
    assert!(message.starts_with(expected), "expected {expected:?}, got {message:?}");
    assert!(!message.contains('\n'), "{message}");
}

#[test]
fn defaults_are_valid_and_named() {
    let configs = [
        DataConfig::Ring(RingConfig::default()),
        DataConfig::Grid(GridConfig::default()),
        DataConfig::HighDimensional(HighDimensionalConfig::default()),
        DataConfig::Glyphs(GlyphsConfig::default()),
        DataConfig::Stacked(StackedConfig::default()),
        DataConfig::Images(FileConfig { path: "photos".into(), ..FileConfig::default() }),
        DataConfig::File(FileConfig { path: "points.npy".into(), ..FileConfig::default() }),
    ];
    for config in &configs {
        assert_eq!(config.check(), Ok(()));
    }
    assert_eq!(configs.each_ref().map(DataConfig::kind), KINDS);
}

#[test]
fn rings() {
    let ring = RingConfig::default;
    let weights = |weights: &[f64]| RingConfig { modes: 2, weights: weights.to_vec(), ..ring() };
    let cases = [
        (RingConfig { modes: 0, ..ring() }, "modes = 0: expected at least 1"),
        (RingConfig { modes: usize::MAX, ..ring() }, "modes = 18446744073709551615: expected at least 1 and at most"),
        (RingConfig { radius: 0.0, ..ring() }, "radius = 0: expected a number above 0"),
        (RingConfig { radius: -1.0, ..ring() }, "radius = -1: expected a number above 0"),
        (RingConfig { radius: f64::INFINITY, ..ring() }, "radius = inf: expected a number above 0"),
        (RingConfig { std: f64::NAN, ..ring() }, "std = NaN: expected a number above 0"),
        (RingConfig { std: 1e-60, ..ring() }, "std = 0.0000"),
        (weights(&[1.0]), "weights = [1 numbers]: expected one weight for each of the 2 modes"),
        (weights(&[1.0, 2.0, 3.0]), "weights = [3 numbers]: expected one weight for each of the 2 modes"),
        (weights(&[1.0, -2.0]), "weights.1 = -2: expected a finite number above 0"),
        (weights(&[0.0, 1.0]), "weights.0 = 0: expected a finite number above 0"),
        (weights(&[f64::NAN, 1.0]), "weights.0 = NaN: expected a finite number above 0"),
        (weights(&[f64::MAX, f64::MAX]), "weights = [sum overflows]: expected weights with a finite sum"),
        (RingConfig { samples: 0, ..ring() }, "samples = 0: expected 1 to 536870912 points"),
        (RingConfig { samples: usize::MAX, ..ring() }, "samples = 18446744073709551615: expected 1 to"),
    ];
    for (config, expected) in cases {
        check(config.check(), expected);
        let error = DataConfig::Ring(config).build(".".as_ref(), Streams::new(0)).unwrap_err();
        assert!(error.to_string().starts_with(expected), "building checks too: {error}");
    }
}

#[test]
fn grids() {
    let grid = GridConfig::default;
    let cases = [
        (GridConfig { rows: 0, ..grid() }, "rows = 0: expected at least 1"),
        (GridConfig { columns: 0, ..grid() }, "columns = 0: expected 1 to 209715 columns"),
        (GridConfig { columns: usize::MAX, ..grid() }, "columns = 18446744073709551615: expected 1 to"),
        (GridConfig { spacing: 0.0, ..grid() }, "spacing = 0: expected"),
        (GridConfig { std: -0.1, ..grid() }, "std = -0.1: expected"),
        (
            GridConfig { weights: vec![1.0; 5], ..grid() },
            "weights = [5 numbers]: expected one weight for each of the 25",
        ),
        (GridConfig { samples: 0, ..grid() }, "samples = 0: expected"),
    ];
    for (config, expected) in cases {
        check(config.check(), expected);
    }
}

#[test]
fn high_dimensional_mixtures() {
    let mixture = HighDimensionalConfig::default;
    let cases = [
        (HighDimensionalConfig { features: 0, ..mixture() }, "features = 0: expected 1 to 131072"),
        (HighDimensionalConfig { features: usize::MAX, ..mixture() }, "features = 18446744073709551615: expected 1 to"),
        (HighDimensionalConfig { intrinsic: 0, ..mixture() }, "intrinsic = 0: expected 1 to features = 1200"),
        (HighDimensionalConfig { intrinsic: 1_201, ..mixture() }, "intrinsic = 1201: expected 1 to features = 1200"),
        (HighDimensionalConfig { modes: 0, ..mixture() }, "modes = 0: expected"),
        (
            HighDimensionalConfig { modes: 1 << 20, ..mixture() },
            "modes = 1048576: expected at most 223696 modes of 1200",
        ),
        (HighDimensionalConfig { spread: 0.0, ..mixture() }, "spread = 0: expected"),
        (HighDimensionalConfig { std: 0.0, ..mixture() }, "std = 0: expected"),
        (HighDimensionalConfig { weights: vec![1.0], ..mixture() }, "weights = [1 numbers]: expected"),
        (
            HighDimensionalConfig { samples: 10_000_000, ..mixture() },
            "samples = 10000000: expected 1 to 894784 points of",
        ),
    ];
    for (config, expected) in cases {
        check(config.check(), expected);
    }
}

#[test]
fn files() {
    let file = |path: &str| FileConfig { path: path.into(), ..FileConfig::default() };
    let (name, place) = (Some(LabelColumn::Name("class".to_owned())), Some(LabelColumn::Index(2)));
    let labels = |path: &str| Some(path.into());
    let cases = [
        (FileConfig::default(), "path = \"\": expected the path of an .npy, .npz, .csv, .tsv"),
        (FileConfig { size: Some([0, 8]), ..file("photos") }, "size = [0, 8]: expected a height and a width from 1"),
        (FileConfig { size: Some([8, 5_000]), ..file("photos") }, "size = [8, 5000]: expected"),
        (FileConfig { crop: Some(CropConfig::Size([0, 8])), ..file("photos") }, "crop = [0, 8]: expected \"center\""),
        (FileConfig { channels: Some(5), ..file("photos") }, "channels = 5: expected 1 (grey), 3 (RGB)"),
        (FileConfig { bad_files: Some(1.5), ..file("photos") }, "bad_files = 1.5: expected a share from 0 to 1"),
        (FileConfig { bad_files: Some(f64::NAN), ..file("photos") }, "bad_files = NaN: expected"),
        (FileConfig { drop: vec!["x".to_owned()], ..file("photos") }, "drop = [\"x\"]: expected only with a .csv"),
        (
            FileConfig { labels: labels("labels.npy"), label_column: place.clone(), ..file("points.csv") },
            "labels = \"labels.npy\": expected either labels or label_column, not both",
        ),
        (
            FileConfig { label_column: name.clone(), ..file("points.npy") },
            "label_column = \"class\": expected only with a .csv file",
        ),
        (FileConfig { label_column: place, ..file("points.npy") }, "label_column = 2: expected only with a .csv file"),
        (
            FileConfig { header: Some(true), ..file("train-images-idx3-ubyte.gz") },
            "header = true: expected only with a .csv",
        ),
        (FileConfig { header: Some(true), ..file("points.npy") }, "header = true: expected only with a .csv file"),
        (
            FileConfig { header: Some(false), label_column: name, ..file("points.csv") },
            "label_column = \"class\": expected a column's place",
        ),
    ];
    for (config, expected) in cases {
        check(config.check(), expected);
    }
}

#[test]
fn stacks() {
    let of = |of| StackedConfig { of: Box::new(of), ..StackedConfig::default() };
    let no_file = DataConfig::Images(FileConfig::default());
    let cases = [
        (StackedConfig { samples: 0, ..StackedConfig::default() }, "samples = 0: expected 1 to 4294967295 rows"),
        (of(DataConfig::Ring(RingConfig::default())), "of.kind = \"ring\": expected a set of grey pictures"),
        (of(DataConfig::Stacked(StackedConfig::default())), "of.kind = \"stacked\": expected a set of grey"),
        (of(no_file), "of.path = \"\": expected the path"),
        (of(DataConfig::Glyphs(GlyphsConfig { side: 9, ..GlyphsConfig::default() })), "of.side = 9: expected"),
    ];
    for (config, expected) in cases {
        check(config.check(), expected);
    }
}

#[test]
fn configurations_survive_toml() {
    let file = FileConfig {
        path: "points.csv".into(),
        label_column: Some(LabelColumn::Index(3)),
        header: Some(true),
        ..FileConfig::default()
    };
    let named = FileConfig { label_column: Some(LabelColumn::Name("class".to_owned())), ..file.clone() };
    for config in [FileConfig::default(), file, named] {
        assert_eq!(toml::from_str::<FileConfig>(&toml::to_string(&config).unwrap()).unwrap(), config);
    }
    let ring = RingConfig { weights: vec![0.5, 1.5], modes: 2, draw: Draw::Fresh, ..RingConfig::default() };
    let text = toml::to_string(&ring).unwrap();
    assert_eq!(text, "modes = 2\nradius = 1.0\nstd = 0.01\nweights = [0.5, 1.5]\nsamples = 100000\ndraw = \"fresh\"\n");
    assert_eq!(toml::from_str::<RingConfig>(&text).unwrap(), ring);
    assert_eq!(toml::from_str::<RingConfig>("modes = 3").unwrap().radius.to_bits(), 1.0_f64.to_bits());
    for unknown in ["mode = 3", "kind = \"ring\""] {
        assert!(toml::from_str::<RingConfig>(unknown).unwrap_err().to_string().contains("unknown field"));
    }
}
