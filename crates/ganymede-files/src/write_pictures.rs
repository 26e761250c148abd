//! Pictures into files: one as PNG, or a set as a zip archive that `StyleGAN`'s tools read too.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use ganymede_samples::{LabelledSamples, Shape, Values};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use rawzip::ZipArchiveWriter;
use rawzip::time::UtcDateTime;

use crate::error::FileError;
use crate::write::write;
use crate::write_npz::WRITTEN_AT;

/// A picture of 1 to 4 channels (2 and 4 are grey and RGB with alpha) as a PNG file; `pixels` lie channels-last.
///
/// # Errors
///
/// For other channels, no pixels, or pixels that do not fill the shape.
pub fn encode_png(pixels: &[u8], shape: Shape) -> io::Result<Vec<u8>> {
    let color = match shape.channels {
        1 => ExtendedColorType::L8,
        2 => ExtendedColorType::La8,
        3 => ExtendedColorType::Rgb8,
        4 => ExtendedColorType::Rgba8,
        channels => return Err(io::Error::other(format!("a PNG file has 1 to 4 channels, not {channels}"))),
    };
    if pixels.is_empty() || pixels.len() != shape.features() {
        return Err(io::Error::other(format!("{} values are no picture of {shape}", pixels.len())));
    }
    let mut file = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive);
    encoder.write_image(pixels, shape.width as u32, shape.height as u32, color).map_err(io::Error::other)?;
    Ok(file)
}

/// Writes pictures as `StyleGAN`'s `dataset_tool.py` does: PNG files in folders of a thousand, without further compression, and
/// `dataset.json` with a class for each. Beside `labels` it holds the `classes`' names, which other programs pass over. The
/// same set makes the same bytes.
///
/// # Errors
///
/// For samples that are no pictures of bytes in grey or RGB, and when the file cannot be written.
pub fn write_zip(path: &Path, set: &LabelledSamples) -> Result<(), FileError> {
    let shape = set.samples.shape;
    let refuse = |problem: String, remedy| Err(FileError::Unfit { path: path.to_owned(), problem, remedy });
    if shape.is_point() {
        let remedy = "save an array of pictures as (rows, height, width, channels)";
        return refuse(format!("samples of {shape} are points, not pictures"), remedy);
    }
    if !matches!(shape.channels, 1 | 3) {
        return refuse(
            format!("pictures of {} channels are neither grey nor RGB", shape.channels),
            "--channels 3 makes them RGB",
        );
    }
    let Values::Bytes(bytes) = &set.samples.values else {
        return refuse("pixels that are no bytes have no known scale".to_owned(), "save them as uint8, 0 to 255");
    };
    write(path, |file| write_archive(file, bytes, set))
}

fn write_archive(file: &mut BufWriter<File>, bytes: &[u8], set: &LabelledSamples) -> io::Result<()> {
    let shape = set.samples.shape;
    let mut archive = ZipArchiveWriter::new(file);
    let mut add = |name: &str, contents: &[u8]| {
        let entry = archive.new_file(name).last_modified(UtcDateTime::from_unix(WRITTEN_AT));
        let (mut entry, options) = entry.start().map_err(io::Error::other)?;
        let mut writer = options.wrap(&mut entry);
        writer.write_all(contents)?;
        let (_, written) = writer.finish().map_err(io::Error::other)?;
        entry.finish(written).map_err(io::Error::other)?;
        io::Result::Ok(())
    };
    for (index, pixels) in bytes.chunks_exact(shape.features()).enumerate() {
        add(&picture_name(index), &encode_png(pixels, shape)?)?;
    }
    let dataset = match &set.labels {
        None => serde_json::json!({ "labels": null }),
        Some(labels) => {
            let named: Vec<(String, usize)> =
                labels.classes.iter().enumerate().map(|(index, class)| (picture_name(index), *class)).collect();
            serde_json::json!({ "labels": named, "classes": labels.names })
        }
    };
    add(crate::pictures::DATASET, dataset.to_string().as_bytes())?;
    archive.finish().map_err(io::Error::other)?;
    Ok(())
}

/// `00012/img00012345.png`: the number and, as its folder, the number without the last three of eight digits.
fn picture_name(index: usize) -> String {
    let number = format!("{index:08}");
    format!("{}/img{number}.png", &number[..number.len() - 3])
}
