//! Pictures of a diagnosis: the missing parts of the real data, and those that come too often.

use std::fs;
use std::path::{Path, PathBuf};

use ganymede_core::data::Shape;
use ganymede_metrics::{BinDiagnosis, Diagnosis};

use super::sources::{Set, Sources};
use crate::failure::{Failure, Outcome};
use crate::report::picture::grid::Grid;
use crate::report::picture::scatter::Scatter;
use crate::system::atomic::store;

/// Rows of a picture, one for each part.
const MOST_PARTS: usize = 12;

/// Refuses an `--out` that cannot be a folder, before anything is measured.
pub(crate) fn check_out(out: Option<&Path>) -> Outcome<()> {
    match out {
        Some(out) if out.exists() && !out.is_dir() => {
            Err(Failure::refused(format!("--out {}: this is a file; name a folder", out.display())))
        }
        _ => Ok(()),
    }
}

/// Draws what there is to draw into a folder, and returns the files: for pictures the parts
/// (or, without real ones, some of them), for points a scatter plot.
pub(crate) fn draw(out: &Path, diagnosis: &Diagnosis, sources: &Sources) -> Outcome<Vec<PathBuf>> {
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    let Sources { fake, real, .. } = sources;
    match (real, Some(fake.shape).filter(|shape| !shape.is_point())) {
        (Some(real), Some(picture)) => {
            let range = real.range();
            if !diagnosis.missing_bins.is_empty() {
                let rows = rows_of(&diagnosis.missing_bins, |bin| bin.nearest_real.as_slice());
                files.push(("missing.png", tiles(real, picture, range, rows)?));
            }
            if !diagnosis.over_represented_bins.is_empty() {
                let rows = rows_of(&diagnosis.over_represented_bins, |bin| bin.nearest_fake.as_slice());
                files.push(("over-represented.png", tiles(fake, picture, range, rows)?));
            }
        }
        (None, Some(picture)) => {
            let samples: Vec<usize> = (0..fake.samples.rows().min(MOST_PARTS * MOST_PARTS)).collect();
            let rows = samples.chunks(MOST_PARTS).map(<[usize]>::to_vec).collect();
            files.push(("samples.png", tiles(fake, picture, fake.range(), rows)?));
        }
        (_, None) => {
            let real = real.as_ref().map(|real| &real.samples);
            let title = String::new();
            let scatter = Scatter { real, fake: &fake.samples, modes: None, histogram: &[], title };
            files.push(("samples.png", scatter.png()?));
        }
    }
    if !files.is_empty() {
        fs::create_dir_all(out).map_err(|error| {
            Failure::refused(format!("--out {}: cannot create the folder: {error}; name another", out.display()))
        })?;
    }
    files
        .into_iter()
        .map(|(name, bytes)| {
            let path = out.join(name);
            store(&path, &bytes).map(|()| path)
        })
        .collect()
}

/// The samples of each part.
fn rows_of(bins: &[BinDiagnosis], samples: fn(&BinDiagnosis) -> &[usize]) -> Vec<Vec<usize>> {
    bins.iter().take(MOST_PARTS).map(|bin| samples(bin).to_vec()).collect()
}

/// Samples side by side, one row of them for each part.
fn tiles(set: &Set, shape: Shape, range: [f32; 2], rows: Vec<Vec<usize>>) -> Outcome<Vec<u8>> {
    Grid { samples: &set.samples, shape, range, rows }.png()
}
