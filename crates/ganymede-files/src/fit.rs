//! Arrays of pictures, brought to the configured size and channels.

use std::path::Path;

use ganymede_samples::{Samples, Shape, Values};
use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma, Primitive};

use crate::error::FileError;
use crate::options::{Crop, ReadOptions};
use crate::set::SampleSet;

/// The weights of red, green and blue in a grey pixel (ITU-R BT.709, as the `image` crate has them).
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// What helps where pictures are smaller than what should be cut out of them.
pub(crate) const CROP_REMEDY: &str = "crop less, or crop = \"center\" or --crop center: the largest part that fits";

/// The size that a picture is given, `[height, width]`: the configured one, or one within the longest side.
pub(crate) fn target([height, width]: [usize; 2], options: &ReadOptions) -> [usize; 2] {
    let longest = height.max(width);
    match (options.size, options.longest_side) {
        (Some(size), _) => size,
        (None, Some(side)) if side > 0 && longest > side => {
            let reduced = |length: usize| ((length * side + longest / 2) / longest).max(1);
            [reduced(height), reduced(width)]
        }
        _ => [height, width],
    }
}

/// The part of a picture that is kept, `[top, left, height, width]`; an error says as a sentence part why it cannot be.
pub(crate) fn window([height, width]: [usize; 2], options: &ReadOptions) -> Result<[usize; 4], String> {
    let kept = match options.crop {
        None => [height, width],
        Some(Crop::Size(size)) if size[0] > height || size[1] > width => {
            return Err(format!("{height} x {width} pixels are less than the {} x {} of the crop", size[0], size[1]));
        }
        Some(Crop::Size(size)) => size,
        Some(Crop::Center) => {
            let [tall, wide] = options.size.unwrap_or([1, 1]);
            // The largest of this ratio: all of the height, or all of the width.
            let scaled = |length: usize, from: usize, to: usize| ((length * to + from / 2) / from).max(1);
            if height * wide <= width * tall {
                [height, scaled(height, tall, wide).min(width)]
            } else {
                [scaled(width, wide, tall).min(height), width]
            }
        }
    };
    Ok([(height - kept[0]) / 2, (width - kept[1]) / 2, kept[0], kept[1]])
}

/// The report's line on pictures that were resized.
pub(crate) fn describe(from: [usize; 2], to: [usize; 2]) -> String {
    format!("pictures of {} x {} pixels were resized to {} x {}", from[0], from[1], to[0], to[1])
}

/// Resizes an array's pictures and gives them other channels, as asked. Points are left alone.
pub(crate) fn fit(set: &mut SampleSet, options: &ReadOptions, path: &Path) -> Result<(), FileError> {
    let samples = &mut set.contents.samples;
    let shape = samples.shape;
    if shape.is_point() {
        return Ok(());
    }
    let [top, left, height, width] = window([shape.height, shape.width], options).map_err(|problem| {
        FileError::Unfit { path: path.to_owned(), problem: format!("its pictures of {problem}"), remedy: CROP_REMEDY }
    })?;
    let from = [height, width];
    if from != [shape.height, shape.width] {
        *samples = cropped(samples, [top, left], from);
        set.report.push(format!(
            "pictures of {} x {} pixels were cropped to {height} x {width} about their centre",
            shape.height, shape.width
        ));
    }
    let to = target(from, options);
    if to != from {
        *samples = resized(samples, to);
        set.report.push(describe(from, to));
    }
    if let Some(channels) = options.channels.filter(|channels| *channels != shape.channels) {
        *samples = with_channels(samples, channels).ok_or_else(|| FileError::Unfit {
            path: path.to_owned(),
            problem: format!("its pictures have {} channels, of which {channels} cannot be made", shape.channels),
            remedy: "save them with the channels that are wanted; 1 and 3 can be made of each other, and of pixels with alpha",
        })?;
        set.report.push(format!("pictures of {} channels were given {channels}", shape.channels));
    }
    Ok(())
}

/// The part of each picture from `start` on, `[row, column]`, of `size`.
fn cropped(samples: &Samples, start: [usize; 2], size: [usize; 2]) -> Samples {
    fn cut<T: Copy>(values: &[T], from: Shape, [top, left]: [usize; 2], to: Shape) -> Vec<T> {
        let mut kept = Vec::with_capacity(values.len() / from.features() * to.features());
        for sample in values.chunks_exact(from.features()) {
            for row in top..top + to.height {
                kept.extend_from_slice(&sample[from.index(row, left, 0)..][..to.width * to.channels]);
            }
        }
        kept
    }
    let (from, shape) = (samples.shape, Shape { height: size[0], width: size[1], ..samples.shape });
    let values = match &samples.values {
        Values::Bytes(bytes) => Values::Bytes(cut(bytes, from, start, shape)),
        Values::Floats(floats) => Values::Floats(cut(floats, from, start, shape)),
    };
    Samples { values, shape }
}

/// Pictures of another size, each channel filtered separately: with a triangle as wide as a pixel of the smaller picture, so that
/// nothing finer than it is left to alias.
fn resized(samples: &Samples, to: [usize; 2]) -> Samples {
    let shape = Shape { height: to[0], width: to[1], ..samples.shape };
    let values = match &samples.values {
        Values::Bytes(bytes) => Values::Bytes(resize_all(bytes, samples.shape, shape)),
        Values::Floats(floats) => {
            // The filter keeps floats within 0 and 1. It is linear and its weights sum to 1, so any range can be brought there.
            let low = floats.iter().copied().fold(f32::INFINITY, f32::min);
            let high = floats.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let width = if high > low { high - low } else { 1.0 };
            let unit: Vec<f32> = floats.iter().map(|value| (value - low) / width).collect();
            let unit = resize_all(&unit, samples.shape, shape);
            Values::Floats(unit.into_iter().map(|value| value * width + low).collect())
        }
    };
    Samples { values, shape }
}

fn resize_all<T: Primitive + 'static>(values: &[T], from: Shape, to: Shape) -> Vec<T>
where
    Luma<T>: image::Pixel<Subpixel = T>,
{
    let mut resized = Vec::with_capacity(values.len() / from.features() * to.features());
    for sample in values.chunks_exact(from.features()) {
        let start = resized.len();
        resized.resize(start + to.features(), sample[0]);
        for channel in 0..from.channels {
            let plane: Vec<T> = sample.iter().skip(channel).step_by(from.channels).copied().collect();
            let picture = ImageBuffer::<Luma<T>, Vec<T>>::from_vec(from.width as u32, from.height as u32, plane);
            // The plane has one value for each pixel.
            let Some(picture) = picture else { continue };
            let picture = resize(&picture, to.width as u32, to.height as u32, FilterType::Triangle);
            for (place, value) in picture.into_raw().into_iter().enumerate() {
                resized[start + place * to.channels + channel] = value;
            }
        }
    }
    resized
}

/// Pictures with other channels; `None` where they cannot be made.
fn with_channels(samples: &Samples, channels: usize) -> Option<Samples> {
    let from = samples.shape.channels;
    let is_bytes = matches!(samples.values, Values::Bytes(_));
    // For floats the value of an opaque alpha is unknown.
    let known = matches!(from, 1 | 3) || is_bytes && matches!(from, 2 | 4);
    if !known || !matches!(channels, 1..=4) || matches!(channels, 2 | 4) && !is_bytes {
        return None;
    }
    let shape = Shape { channels, ..samples.shape };
    let values = match &samples.values {
        Values::Bytes(bytes) => {
            let unit: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte) / 255.0).collect();
            let unit = convert(&unit, from, channels);
            Values::Bytes(unit.into_iter().map(|value| (value * 255.0).round() as u8).collect())
        }
        Values::Floats(floats) => Values::Floats(convert(floats, from, channels)),
    };
    Some(Samples { values, shape })
}

fn convert(values: &[f32], from: usize, to: usize) -> Vec<f32> {
    let keeps_alpha = matches!(to, 2 | 4);
    let mut converted = Vec::with_capacity(values.len() / from * to);
    for pixel in values.chunks_exact(from) {
        let alpha = if matches!(from, 2 | 4) { pixel[from - 1] } else { 1.0 };
        // What is not kept is laid over white.
        let over_white = |value: f32| if keeps_alpha { value } else { value * alpha + 1.0 - alpha };
        let over_white = |value: f32| if matches!(from, 2 | 4) { over_white(value) } else { value };
        let color = if from >= 3 { [pixel[0], pixel[1], pixel[2]] } else { [pixel[0]; 3] }.map(over_white);
        if to >= 3 {
            converted.extend(color);
        } else if from >= 3 {
            converted.push(color.iter().zip(LUMA).map(|(value, weight)| value * weight).sum());
        } else {
            converted.push(color[0]);
        }
        if keeps_alpha {
            converted.push(alpha);
        }
    }
    converted
}

#[cfg(test)]
mod tests {
    use super::{convert, target, window};
    use crate::options::{Crop, ReadOptions};

    #[test]
    fn sizes_follow_the_options() {
        let none = ReadOptions::default();
        let size = ReadOptions { size: Some([7, 9]), longest_side: Some(3), ..none.clone() };
        let side = ReadOptions { longest_side: Some(64), ..none.clone() };
        let cases = [
            ([5, 6], &none, [5, 6]),
            ([5, 6], &size, [7, 9]),
            ([1024, 512], &side, [64, 32]),
            ([64, 64], &side, [64, 64]),
            ([1000, 1], &side, [64, 1]),
        ];
        for (from, options, to) in cases {
            assert_eq!(target(from, options), to, "{from:?}");
        }
    }

    #[test]
    fn the_kept_part_lies_in_the_middle() {
        let crop = |crop, size| ReadOptions { crop: Some(crop), size, ..ReadOptions::default() };
        let cases = [
            ([5, 6], ReadOptions::default(), Ok([0, 0, 5, 6])),
            ([10, 6], crop(Crop::Center, None), Ok([2, 0, 6, 6])),
            ([6, 11], crop(Crop::Center, Some([64, 64])), Ok([0, 2, 6, 6])),
            ([100, 100], crop(Crop::Center, Some([32, 64])), Ok([25, 0, 50, 100])),
            ([100, 300], crop(Crop::Center, Some([32, 64])), Ok([0, 50, 100, 200])),
            ([1, 100], crop(Crop::Center, Some([64, 1])), Ok([0, 49, 1, 1])),
            ([218, 178], crop(Crop::Size([108, 108]), Some([64, 64])), Ok([55, 35, 108, 108])),
            ([50, 200], crop(Crop::Size([108, 108]), None), Err(())),
        ];
        for (from, options, expected) in cases {
            assert_eq!(window(from, &options).map_err(|_| ()), expected, "{from:?} {options:?}");
        }
    }

    #[test]
    fn channels_are_made_of_each_other() {
        let close = |found: Vec<f32>, expected: &[f32]| {
            let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6);
            assert!(near && found.len() == expected.len(), "{found:?} {expected:?}");
        };
        close(convert(&[0.5], 1, 3), &[0.5, 0.5, 0.5]);
        close(convert(&[1.0, 0.0, 0.0], 3, 1), &[0.2126]);
        close(convert(&[1.0, 0.0, 0.5, 0.5], 4, 3), &[1.0, 0.5, 0.75]);
        close(convert(&[0.25, 0.0], 2, 1), &[1.0]);
        close(convert(&[0.25, 0.5], 2, 4), &[0.25, 0.25, 0.25, 0.5]);
        close(convert(&[-0.5, 0.25, 1.0], 3, 3), &[-0.5, 0.25, 1.0]);
    }
}
