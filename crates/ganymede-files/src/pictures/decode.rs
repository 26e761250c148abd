//! One picture from a file, with limits that hold before anything is allocated for its pixels.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, Limits};

use crate::error::{FileError, one_line};

/// The most values of one picture: some 3,300 x 3,300 pixels in colour.
const MAXIMUM_VALUES: u64 = 1 << 25;

/// No picture takes fewer bytes than its values divided by this: deflate reaches 1,032, and a JPEG of one colour with the
/// coarsest chroma 1,365.
pub(crate) const MAXIMUM_RATIO: u64 = 2048;

/// A WebP or TIFF file may pack one colour into a few bytes; pictures of no more values than this are not held to the ratio.
const TRUSTED_VALUES: u64 = 1 << 22;

/// What any decoder may use beside the pixels.
const DECODER_BYTES: u64 = 1 << 20;

const START_OF_SCAN: [u8; 2] = [0xff, 0xda];
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// Pixels of 8 or 16 bits, and whether EXIF had them turned.
pub(crate) struct Decoded {
    pub(crate) image: DynamicImage,
    pub(crate) was_turned: bool,
}

/// Why a file gives no picture.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The file itself is at fault: it may be skipped.
    Bad(String),
    /// It could not be read at all.
    File(FileError),
}

impl From<FileError> for Fault {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// Whether a file that begins with these bytes is a picture.
pub(crate) fn is_picture(start: &[u8]) -> bool {
    image::guess_format(start).is_ok_and(is_read)
}

fn is_read(format: ImageFormat) -> bool {
    use ImageFormat::{Bmp, Jpeg, Png, Tiff, WebP};
    matches!(format, Png | Jpeg | Bmp | WebP | Tiff)
}

/// Reads the bytes of a file as a picture, as its EXIF entry says that it is to be looked at.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    let length = bytes.len() as u64;
    let broken = |error: image::ImageError| Fault::Bad(one_line(error));
    let cursor = Cursor::new(bytes);
    match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => read(PngDecoder::with_limits(cursor, limits(length, 0)).map_err(broken)?, length, 0),
        Ok(ImageFormat::Jpeg) => {
            // The decoder fills what a truncated file lacks with grey.
            if !is_complete(bytes) {
                return Err(Fault::Bad("it is truncated".to_owned()));
            }
            read(JpegDecoder::new(cursor).map_err(broken)?, length, 0)
        }
        Ok(ImageFormat::Bmp) => read(BmpDecoder::new(cursor).map_err(broken)?, length, 0),
        Ok(ImageFormat::WebP) => {
            // The container says how long it is, and the decoder does not mind if it is shorter.
            let declared = bytes.get(4..8).map_or(0, |size| u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
            if u64::from(declared) + 8 > length {
                return Err(Fault::Bad("it is truncated".to_owned()));
            }
            read(WebPDecoder::new(cursor).map_err(broken)?, length, TRUSTED_VALUES)
        }
        Ok(ImageFormat::Tiff) => read(TiffDecoder::new(cursor).map_err(broken)?, length, TRUSTED_VALUES),
        _ => Err(Fault::Bad(unknown(bytes))),
    }
}

/// What a file is that is no picture.
fn unknown(bytes: &[u8]) -> String {
    match bytes {
        [] => "it is empty".to_owned(),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => {
            "it is an array: name the file itself, one for all samples, instead of its folder".to_owned()
        }
        [b'P', b'K', 3, 4, ..] => {
            "it is an archive: name the file itself, with .zip or .npz at its end, instead of its folder".to_owned()
        }
        [0x80, 2..=5, b'}' | 0x95, ..] => {
            "it is a Python pickle: save its array with numpy.save, or take the binary version of the data".to_owned()
        }
        [b'G', b'I', b'F', ..] => "it is a GIF: convert it to PNG".to_owned(),
        _ if bytes.get(4..8) == Some(b"ftyp") => "it is a HEIC, AVIF or video file: convert it to PNG".to_owned(),
        _ => "it is neither PNG, JPEG, BMP, WebP nor TIFF".to_owned(),
    }
}

/// Whether the picture's data ends as the format prescribes.
fn is_complete(jpeg: &[u8]) -> bool {
    let scan = jpeg.windows(2).rposition(|marker| marker == START_OF_SCAN);
    scan.is_some_and(|scan| jpeg[scan..].windows(2).any(|marker| marker == END_OF_IMAGE))
}

fn limits(length: u64, trusted: u64) -> Limits {
    let mut limits = Limits::no_limits();
    let most = (length * MAXIMUM_RATIO + 4 * trusted).min(8 * MAXIMUM_VALUES);
    limits.max_alloc = Some(most + DECODER_BYTES);
    limits
}

fn read(mut decoder: impl ImageDecoder, length: u64, trusted: u64) -> Result<Decoded, Fault> {
    let (color, (width, height)) = (decoder.color_type(), decoder.dimensions());
    let values = u64::from(color.channel_count()) * u64::from(width) * u64::from(height);
    if values == 0 {
        return Err(Fault::Bad(format!("it has {width} x {height} pixels")));
    }
    if values > MAXIMUM_VALUES {
        let most = "values that are read";
        return Err(Fault::Bad(format!("its {width} x {height} pixels are more than the {MAXIMUM_VALUES} {most}")));
    }
    if decoder.total_bytes() > length.saturating_mul(MAXIMUM_RATIO).max(trusted) {
        return Err(Fault::Bad(format!("{length} bytes cannot hold the {width} x {height} pixels that it declares")));
    }
    let broken = |error: image::ImageError| Fault::Bad(one_line(error));
    decoder.set_limits(limits(length, trusted)).map_err(broken)?;
    // A damaged entry is none.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    image.apply_orientation(orientation);
    if matches!(image, DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_)) {
        return Err(Fault::Bad("its pixels are floats: save them as an array".to_owned()));
    }
    Ok(Decoded { image, was_turned: orientation != Orientation::NoTransforms })
}
