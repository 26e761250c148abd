//! Pictures of samples as part of a page.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use crate::run::RunRecords;

/// A picture in the page.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// Steps made.
    pub(crate) step: u64,
    /// The whole picture, as a `data:` address.
    pub(crate) address: String,
    /// Its pixels across.
    pub(crate) width: u32,
    /// Its pixels down.
    pub(crate) height: u32,
}

/// The pictures of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Album {
    /// Over the steps, in order.
    pub(crate) samples: Vec<Picture>,
    /// Real samples.
    pub(crate) reals: Option<Picture>,
    /// What was left out or made smaller, and what could not be read.
    pub(crate) notes: Vec<String>,
}

/// The longest sides that a picture is tried at until it is small enough, in pixels.
const SIDES: [u32; 7] = [u32::MAX, 640, 440, 360, 300, 250, 200];
/// How much longer the sides of a JPEG may be than those of a PNG of as many bytes, about.
const COARSER: f64 = 1.5;
/// How far from its likely length a side is still tried.
const SLACK: f64 = 1.1;
/// How well pictures are kept that must be smaller, of 100.
const QUALITY: u8 = 82;
/// The longest side that is read, in pixels; a grid of samples has less.
const LARGEST_SIDE: u32 = 8_192;

/// Bytes below which a picture of samples shows little; fewer pictures are better than smaller ones.
const LEAST: usize = 24_000;

impl Album {
    /// The run's pictures in about `bytes` bytes of text. The newest is there in any case, the others evenly spread.
    pub(crate) fn of(run: &RunRecords, bytes: usize) -> Self {
        let mut album = Self::default();
        let slots = (bytes / LEAST).max(1);
        let reals = run.reals.as_ref().filter(|_| slots >= 3);
        let (count, for_reals) = (run.pictures.len(), usize::from(reals.is_some()));
        let each = bytes / slots.min(count + for_reals).max(1);
        let mut smaller = 0;
        let mut add = |path: &Path, step, notes: &mut Vec<String>| match embed(path, step, each) {
            Ok((picture, changed)) => {
                smaller += usize::from(changed);
                Some(picture)
            }
            Err(reason) => {
                notes.push(format!("{}: {reason}; it is left out", path.display()));
                None
            }
        };
        let positions = spread(count, slots - for_reals);
        for position in &positions {
            let (step, path) = &run.pictures[*position];
            album.samples.extend(add(path, *step, &mut album.notes));
        }
        album.reals = reals.and_then(|path| add(path, 0, &mut album.notes));
        if positions.len() < count {
            let kept = positions.len();
            album.notes.push(format!("{kept} of {count} pictures are in this report; all are in the run's folder"));
        }
        if smaller > 0 {
            let note = "Pictures are smaller or coarser here than in the run's folder, to keep the report short.";
            album.notes.push(note.to_owned());
        }
        album
    }
}

/// At most `most` positions of `count`, evenly spread: the last alone, or the first and the last and some between.
fn spread(count: usize, most: usize) -> Vec<usize> {
    match count.min(most) {
        0 => Vec::new(),
        1 => vec![count - 1],
        kept => (0..kept).map(|at| at * (count - 1) / (kept - 1)).collect(),
    }
}

/// A picture of at most about `bytes` bytes of text, and whether it had to be changed for that.
fn embed(path: &Path, step: u64, bytes: usize) -> Result<(Picture, bool), String> {
    let file = fs::read(path).map_err(|error| format!("cannot be read ({error})"))?;
    let mut reader = ImageReader::with_format(Cursor::new(&file), ImageFormat::Png);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LARGEST_SIDE), Some(LARGEST_SIDE));
    reader.limits(limits);
    let image = reader.decode().map_err(|error| format!("no picture ({error})"))?;
    if file.len().div_ceil(3) * 4 <= bytes {
        let address = address("image/png", &file);
        return Ok((Picture { step, address, width: image.width(), height: image.height() }, false));
    }
    let longest = image.width().max(image.height());
    let room = |text: usize| (bytes as f64 / text.max(1) as f64).sqrt();
    // As many bytes a pixel as the file has, of which a coarser picture needs fewer.
    let mut likely = f64::from(longest) * room(file.len() * 4 / 3) * COARSER;
    let mut smallest = None;
    for (index, side) in SIDES.into_iter().enumerate() {
        if f64::from(side.min(longest)) > likely && index + 1 < SIDES.len() {
            continue;
        }
        let shrunk = shrink(&image, side);
        let mut encoded = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut encoded, QUALITY);
        shrunk.to_rgb8().write_with_encoder(encoder).map_err(|error| format!("cannot be made smaller ({error})"))?;
        let text = encoded.len().div_ceil(3) * 4;
        let done = text <= bytes;
        likely = f64::from(shrunk.width().max(shrunk.height())) * room(text) * SLACK;
        smallest = Some((shrunk.width(), shrunk.height(), encoded));
        if done {
            break;
        }
    }
    let (width, height, encoded) = smallest.ok_or("cannot be made smaller")?;
    Ok((Picture { step, address: address("image/jpeg", &encoded), width, height }, true))
}

/// The picture with no side longer than `side`.
fn shrink(image: &DynamicImage, side: u32) -> DynamicImage {
    if image.width().max(image.height()) <= side {
        return image.clone();
    }
    image.thumbnail(side, side)
}

fn address(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::{embed, spread};

    #[test]
    fn first_and_last_stay() {
        for (count, most, positions) in [
            (0, 5, vec![]),
            (1, 5, vec![0]),
            (11, 0, vec![]),
            (11, 1, vec![10]),
            (11, 2, vec![0, 10]),
            (11, 3, vec![0, 5, 10]),
            (3, 9, vec![0, 1, 2]),
        ] {
            assert_eq!(spread(count, most), positions, "{count} in {most}");
        }
    }

    #[test]
    fn pictures_fit_their_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise.png");
        // Noise, which no format packs well.
        let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_le_bytes();
        RgbImage::from_fn(500, 400, |x, y| Rgb([noise(x, y)[1], noise(y, x)[2], noise(x + y, y)[1]]))
            .save(&path)
            .unwrap();
        let (whole, changed) = embed(&path, 7, usize::MAX).unwrap();
        assert!(whole.address.starts_with("data:image/png;base64,iVBOR") && !changed);
        assert_eq!((whole.step, whole.width, whole.height), (7, 500, 400));
        let (small, changed) = embed(&path, 7, 40_000).unwrap();
        assert!(small.address.starts_with("data:image/jpeg;base64,") && changed);
        assert!(small.address.len() < 40_100, "{}", small.address.len());
        assert!(small.width < 500 && small.width * 4 / 5 == small.height, "{} x {}", small.width, small.height);
        std::fs::write(&path, "no picture").unwrap();
        assert!(embed(&path, 7, 40_000).unwrap_err().starts_with("no picture"));
    }
}
