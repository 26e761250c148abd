//! Pictures of a diagnosis: the missing parts of the real data, and those that come too often.

use std::fs;
use std::path::{Path, PathBuf};

use ganymede_core::data::Shape;
use ganymede_metrics::{BinDiagnosis, Diagnosis};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::sources::{Set, Sources};
use crate::failure::{Failure, OrFailure, Outcome};
use crate::report::picture::scatter::Scatter;
use crate::system::atomic::store;

/// Rows of a picture, one for each part.
const MOST_PARTS: usize = 12;

/// Pictures are enlarged to at least so many pixels a side.
const LEAST_SIDE: usize = 48;

/// White pixels around a sample.
const MARGIN: usize = 2;

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
                files.push(("missing.png", tiles(real, picture, range, &rows)?));
            }
            if !diagnosis.over_represented_bins.is_empty() {
                let rows = rows_of(&diagnosis.over_represented_bins, |bin| bin.nearest_fake.as_slice());
                files.push(("over-represented.png", tiles(fake, picture, range, &rows)?));
            }
        }
        (None, Some(picture)) => {
            let samples: Vec<usize> = (0..fake.samples.rows().min(MOST_PARTS * MOST_PARTS)).collect();
            let rows: Vec<&[usize]> = samples.chunks(MOST_PARTS).collect();
            files.push(("samples.png", tiles(fake, picture, fake.range(), &rows)?));
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
fn rows_of(bins: &[BinDiagnosis], samples: fn(&BinDiagnosis) -> &[usize]) -> Vec<&[usize]> {
    bins.iter().take(MOST_PARTS).map(samples).collect()
}

/// Samples side by side, one row of them for each part.
fn tiles(set: &Set, picture: Shape, range: [f32; 2], rows: &[&[usize]]) -> Outcome<Vec<u8>> {
    let scale = LEAST_SIDE.div_ceil(picture.height.min(picture.width)).max(1);
    let (tile_height, tile_width) = (picture.height * scale + MARGIN, picture.width * scale + MARGIN);
    let columns = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let (height, width) = (rows.len() * tile_height + MARGIN, columns * tile_width + MARGIN);
    let mut pixels = vec![u8::MAX; height * width * 3];
    for (part, samples) in rows.iter().enumerate() {
        for (place, sample) in samples.iter().enumerate() {
            let values = set.samples.row(*sample);
            for y in 0..picture.height * scale {
                for x in 0..picture.width * scale {
                    let (top, left) = (part * tile_height + MARGIN + y, place * tile_width + MARGIN + x);
                    let pixel = &mut pixels[(top * width + left) * 3..][..3];
                    for (color, byte) in pixel.iter_mut().enumerate() {
                        let channel = if picture.channels >= 3 { color } else { 0 };
                        *byte = shade(values[picture.index(y / scale, x / scale, channel)], range);
                    }
                }
            }
        }
    }
    let mut file = Vec::new();
    let (width, height) = (width as u32, height as u32);
    PngEncoder::new(&mut file).write_image(&pixels, width, height, ExtendedColorType::Rgb8).or_fail()?;
    Ok(file)
}

/// A value as a shade from 0 to 255.
fn shade(value: f32, [low, high]: [f32; 2]) -> u8 {
    let width = high - low;
    if width > 0.0 { ((value - low) / width * 255.0).round().clamp(0.0, 255.0) as u8 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::shade;

    #[test]
    fn shades_span_the_range() {
        for (value, range, expected) in [
            (-1.0, [-1.0, 1.0], 0),
            (1.0, [-1.0, 1.0], 255),
            (0.0, [-1.0, 1.0], 128),
            (9.0, [0.0, 1.0], 255),
            (3.0, [3.0; 2], 128),
        ] {
            assert_eq!(shade(value, range), expected, "{value} in {range:?}");
        }
    }
}
