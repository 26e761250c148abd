//! Real digits: complete sets are healthy, and lost classes are found without labels.
#![allow(clippy::unwrap_used, reason = "a test that cannot read its own files should stop")]

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use flate2::read::GzDecoder;
use ganymede_metrics::Verdict::{self, Collapsed, Healthy, Suspect};
use ganymede_metrics::{DiagnosisOptions, Labelled, MatrixView, diagnose};

/// Values of a picture.
const PIXELS: usize = 784;

/// Pictures in [-1, 1] with the digit that each shows.
struct Digits {
    values: Vec<f32>,
    labels: Vec<usize>,
}

/// The bytes of a gzipped IDX file behind its header.
fn idx(path: &Path, header: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes.split_off(header)
}

impl Digits {
    /// One split of the data in the folder `GANYMEDE_DATA`; `None`, with a message, when the variable is not set.
    fn read(split: &str) -> Option<Self> {
        let Some(folder) = std::env::var_os("GANYMEDE_DATA") else {
            // Unlike `eprintln!`, this is shown for tests that pass, too.
            let line = b"LEFT OUT: GANYMEDE_DATA is not set; set it to a folder whose mnist/ holds the digits\n";
            std::io::stderr().write_all(line).unwrap();
            return None;
        };
        let file = |kind: &str| Path::new(&folder).join("mnist").join(format!("{split}-{kind}-ubyte.gz"));
        let values = idx(&file("images-idx3"), 16).into_iter().map(|pixel| f32::from(pixel) / 127.5 - 1.0).collect();
        let labels = idx(&file("labels-idx1"), 8).into_iter().map(usize::from).collect();
        Some(Self { values, labels })
    }

    /// The first `count` digits of the chosen classes.
    fn only(&self, count: usize, chosen: impl Fn(usize) -> bool) -> Self {
        let rows = (0..self.labels.len()).filter(|row| chosen(self.labels[*row])).take(count);
        let (values, labels): (Vec<_>, Vec<_>) =
            rows.map(|row| (&self.values[row * PIXELS..(row + 1) * PIXELS], self.labels[row])).unzip();
        Self { values: values.concat(), labels }
    }

    fn view(&self) -> MatrixView<'_> {
        MatrixView::new(&self.values, self.labels.len(), PIXELS).unwrap()
    }
}

/// The name of the case, the size of each set, the digits of the fakes, and the right verdicts.
type Row<'a> = (&'a str, usize, &'a dyn Fn(usize) -> bool, &'a [Verdict]);

#[test]
fn lost_classes_of_digits_are_found_without_labels() {
    let (Some(real), Some(other)) = (Digits::read("t10k"), Digits::read("train")) else { return };
    let all = |_: usize| true;
    let rows: [Row; 9] = [
        ("all", 1_000, &all, &[Healthy]),
        ("all, few", 50, &all, &[Healthy]),
        ("all, some", 200, &all, &[Healthy]),
        ("without 0 to 3", 1_000, &|digit| digit > 3, &[Suspect, Collapsed]),
        ("without 6 to 9", 1_000, &|digit| digit < 6, &[Suspect, Collapsed]),
        ("without 2, 4, 6 and 8", 1_000, &|digit| digit % 2 == 1 || digit == 0, &[Suspect, Collapsed]),
        ("threes", 1_000, &|digit| digit == 3, &[Collapsed]),
        ("ones", 1_000, &|digit| digit == 1, &[Collapsed]),
        ("ones, some", 200, &|digit| digit == 1, &[Collapsed]),
    ];
    for (name, count, chosen, expected) in rows {
        let (real, fake) = (real.only(count, all), other.only(count, chosen));
        let real = Labelled { samples: real.view(), labels: Some(&real.labels) };
        let fake = Labelled { samples: fake.view(), labels: None };
        let found = diagnose(fake, Some(real), &DiagnosisOptions::default()).unwrap();
        assert!(expected.contains(&found.verdict), "{name}: {} {:?}", found.verdict, found.signals);
        // The missing bins name their digits, none of which the fakes have.
        let named = found.missing_bins.iter().filter_map(|bin| bin.label);
        let kept = named.filter(|digit| chosen(*digit)).count();
        assert!(kept * 4 <= found.missing_bins.len(), "{name}: {:?}", found.missing_bins);
    }
}
