//! One picture from a PNG or JPEG file, with limits that hold before anything is allocated for its pixels.

use std::fmt;
use std::io::{Cursor, Read};
use std::path::Path;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::{ColorType, ImageDecoder, ImageFormat, Limits};

use crate::array::unreadable;
use crate::element::scaled;
use crate::error::{FileError, one_line};
use crate::open::open;

/// The largest file that is read as one picture.
const MAXIMUM_FILE_BYTES: u64 = 1 << 28;

/// The most values of one picture: some 3,300 x 3,300 pixels in colour.
const MAXIMUM_VALUES: u64 = 1 << 25;

/// No picture takes fewer bytes than its values divided by this: deflate reaches 1,032, and a JPEG of one colour with the
/// coarsest chroma 1,365.
pub(crate) const MAXIMUM_RATIO: u64 = 2048;

/// What any decoder may use beside the pixels.
const DECODER_BYTES: u64 = 1 << 20;

const START_OF_SCAN: [u8; 2] = [0xff, 0xda];
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// The size of a picture and its colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// 1 for grey, 3 for red, green and blue.
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl Kind {
    /// Values of one picture, without alpha.
    pub(crate) fn values(self) -> u64 {
        (self.channels as u64).saturating_mul(self.height as u64).saturating_mul(self.width as u64)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colours = if self.channels == 1 { "grey" } else { "RGB" };
        write!(formatter, "{colours} of {} x {} pixels", self.width, self.height)
    }
}

/// Appends the values of a picture on [-1, 1], channel by channel, once `check` has accepted its kind, which may
/// reserve memory.
pub(crate) fn decode(
    path: &Path,
    check: impl FnOnce(Kind, &mut Vec<f32>) -> Result<(), FileError>,
    values: &mut Vec<f32>,
) -> Result<Kind, FileError> {
    let refuse = |problem: String| FileError::NotAPicture { path: path.to_owned(), problem };
    let (mut file, length) = open(path, "a PNG or JPEG picture")?;
    if length > MAXIMUM_FILE_BYTES {
        return Err(refuse(format!("its {length} bytes are more than {MAXIMUM_FILE_BYTES}")));
    }
    let mut bytes = vec![0; length as usize];
    file.read_exact(&mut bytes).map_err(unreadable(path))?;
    let broken = |error: image::ImageError| refuse(one_line(error));
    match image::guess_format(&bytes) {
        Ok(ImageFormat::Png) => {
            let decoder = PngDecoder::with_limits(Cursor::new(&bytes), limits(length)).map_err(broken)?;
            read(decoder, length, refuse, check, values)
        }
        Ok(ImageFormat::Jpeg) => {
            // The decoder fills what a truncated file lacks with grey.
            if !is_complete(&bytes) {
                return Err(refuse("it is truncated".to_owned()));
            }
            let decoder = JpegDecoder::new(Cursor::new(&bytes)).map_err(broken)?;
            read(decoder, length, refuse, check, values)
        }
        _ => Err(refuse("it is neither PNG nor JPEG".to_owned())),
    }
}

/// Whether the picture's data ends as the format prescribes.
fn is_complete(jpeg: &[u8]) -> bool {
    let scan = jpeg.windows(2).rposition(|marker| marker == START_OF_SCAN);
    scan.is_some_and(|scan| jpeg[scan..].windows(2).any(|marker| marker == END_OF_IMAGE))
}

fn limits(length: u64) -> Limits {
    let mut limits = Limits::no_limits();
    let most = (length * MAXIMUM_RATIO).min(8 * MAXIMUM_VALUES);
    limits.max_alloc = Some(most + DECODER_BYTES);
    limits
}

fn read(
    decoder: impl ImageDecoder,
    length: u64,
    refuse: impl Fn(String) -> FileError,
    check: impl FnOnce(Kind, &mut Vec<f32>) -> Result<(), FileError>,
    values: &mut Vec<f32>,
) -> Result<Kind, FileError> {
    let (color, (width, height)) = (decoder.color_type(), decoder.dimensions());
    let channels = if color.has_color() { 3 } else { 1 };
    let kind = Kind { channels, height: height as usize, width: width as usize };
    if kind.values() == 0 {
        return Err(refuse(format!("it has {width} x {height} pixels")));
    }
    if kind.values() > MAXIMUM_VALUES {
        return Err(refuse(format!(
            "its {width} x {height} pixels are more than the {MAXIMUM_VALUES} values that are read"
        )));
    }
    if decoder.total_bytes() > length.saturating_mul(MAXIMUM_RATIO) {
        return Err(refuse(format!("{length} bytes cannot hold the {width} x {height} pixels that it declares")));
    }
    check(kind, values)?;
    let mut pixels = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut pixels).map_err(|error| refuse(one_line(error)))?;
    append(&pixels, color, kind, values);
    Ok(kind)
}

/// Appends pixels channel by channel, without alpha.
fn append(pixels: &[u8], color: ColorType, kind: Kind, values: &mut Vec<f32>) {
    let stored = usize::from(color.channel_count());
    let sample_bytes = usize::from(color.bytes_per_pixel()) / stored;
    for channel in 0..kind.channels {
        let channel = pixels.chunks_exact(sample_bytes).skip(channel).step_by(stored);
        values.extend(channel.map(|sample| match *sample {
            // The decoders give samples of 16 bits in native order.
            [first, second] => f32::from(u16::from_ne_bytes([first, second])) / 32_767.5 - 1.0,
            [first, ..] => scaled(first),
            [] => 0.0,
        }));
    }
}
