//! Pictures as a network takes them: resized, with its channels, in its range and order.

use ganymede_samples::{Samples, Shape, Values};
use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma, Pixel, Rgb};
use serde::{Deserialize, Serialize};

/// How pictures are resized. Either filter is as wide as a pixel of the smaller picture, so that nothing finer is left to
/// alias; values outside black and white are cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resize {
    /// A triangle. Where pictures grow these are the values of PyTorch's `interpolate(mode="bilinear",
    /// align_corners=False)`, which `pytorch-fid` uses; where they shrink, of Pillow's `BILINEAR` before it rounds.
    #[default]
    Bilinear,
    /// A cubic of parameter -0.5, as Pillow's `BICUBIC`, which `clean-fid` uses.
    Bicubic,
}

/// The order of the values of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Batch, channels, height, width.
    Nchw,
    /// Batch, height, width, channels.
    Nhwc,
}

/// How pictures are brought into a network's form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pixels {
    /// The shape of the network's input.
    pub(crate) shape: Shape,
    pub(crate) layout: Layout,
    pub(crate) resize: Resize,
    /// What the channel's value from 0 (black) to 1 (white) is multiplied by.
    pub(crate) scale: Vec<f32>,
    /// And what is added to it then.
    pub(crate) shift: Vec<f32>,
}

impl Pixels {
    /// Whether pictures of this shape can be given: those with its number of channels, and grey ones, which are repeated.
    pub(crate) fn takes(&self, from: Shape) -> bool {
        !from.is_point() && (from.channels == self.shape.channels || from.channels == 1)
    }

    /// Writes a sample to `input`, which has the values of the network's input. The sample's shape must be one that
    /// [`Pixels::takes`].
    pub(crate) fn write(&self, samples: &Samples, row: usize, input: &mut [f32]) {
        let from = samples.shape;
        let range = row * from.features()..(row + 1) * from.features();
        let unit: Vec<f32> = match &samples.values {
            Values::Bytes(bytes) => bytes[range].iter().map(|byte| f32::from(*byte) / 255.0).collect(),
            Values::Floats(floats) => floats[range].iter().map(|value| (0.5 * (value + 1.0)).clamp(0.0, 1.0)).collect(),
        };
        let resized = if (from.height, from.width) == (self.shape.height, self.shape.width) {
            unit
        } else if from.channels == 1 {
            self.resized::<Luma<f32>>(unit, from)
        } else if from.channels == 3 {
            self.resized::<Rgb<f32>>(unit, from)
        } else {
            self.each_channel(&unit, from)
        };
        let (channels, pixels) = (self.shape.channels, self.shape.pixels());
        for channel in 0..channels {
            let (scale, shift) = (self.scale[channel], self.shift[channel]);
            let values = resized.iter().skip(channel % from.channels).step_by(from.channels);
            let values = values.map(|value| value * scale + shift);
            match self.layout {
                Layout::Nchw => {
                    let plane = &mut input[channel * pixels..(channel + 1) * pixels];
                    plane.iter_mut().zip(values).for_each(|(place, value)| *place = value);
                }
                Layout::Nhwc => {
                    let places = input.iter_mut().skip(channel).step_by(channels);
                    places.zip(values).for_each(|(place, value)| *place = value);
                }
            }
        }
    }

    /// A picture in the input's size, whose pixels are `P`.
    fn resized<P: Pixel<Subpixel = f32> + 'static>(&self, values: Vec<f32>, from: Shape) -> Vec<f32> {
        let filter = match self.resize {
            Resize::Bilinear => FilterType::Triangle,
            Resize::Bicubic => FilterType::CatmullRom,
        };
        // A picture has the values that its shape says, so this is never empty.
        let picture = ImageBuffer::<P, Vec<f32>>::from_raw(from.width as u32, from.height as u32, values);
        let picture = picture.unwrap_or_default();
        resize(&picture, self.shape.width as u32, self.shape.height as u32, filter).into_raw()
    }

    /// The same for any number of channels.
    fn each_channel(&self, values: &[f32], from: Shape) -> Vec<f32> {
        let mut resized = vec![0.0; self.shape.pixels() * from.channels];
        for channel in 0..from.channels {
            let plane = values.iter().skip(channel).step_by(from.channels).copied().collect();
            let plane = self.resized::<Luma<f32>>(plane, Shape { channels: 1, ..from });
            for (place, value) in resized.iter_mut().skip(channel).step_by(from.channels).zip(plane) {
                *place = value;
            }
        }
        resized
    }
}

#[cfg(test)]
mod tests {
    use ganymede_samples::{Samples, Shape, Values};

    use super::{Layout, Pixels, Resize};

    /// A picture of each shape, written for a network of another size.
    fn written(samples: &Samples, shape: Shape, layout: Layout, resize: Resize) -> Vec<f32> {
        let [scale, shift] = [2.0, 10.0].map(|number| (0..shape.channels).map(|index| number + index as f32).collect());
        let pixels = Pixels { shape, layout, resize, scale, shift };
        assert!(pixels.takes(samples.shape));
        let mut input = vec![f32::NAN; shape.features()];
        pixels.write(samples, samples.rows() - 1, &mut input);
        input
    }

    fn bytes(shape: Shape) -> Samples {
        let bytes = (0..2 * shape.features()).map(|index| (index * index * 37 % 256) as u8).collect();
        Samples::new(Values::Bytes(bytes), shape)
    }

    /// Bilinear interpolation between centres of pixels, the outermost ones continued beyond the edge.
    fn interpolated(samples: &Samples, to: [usize; 2], channel: usize) -> Vec<f64> {
        let from = samples.shape;
        let matrix = samples.clone().into_matrix();
        let value = |row: usize, column: usize| {
            0.5 * (f64::from(matrix.row(samples.rows() - 1)[from.index(row, column, channel)]) + 1.0)
        };
        let source = |place: usize, to: usize, from: usize| {
            let at = ((place as f64 + 0.5) * from as f64 / to as f64 - 0.5).clamp(0.0, (from - 1) as f64);
            (at.floor() as usize, (at.floor() as usize + 1).min(from - 1), at.fract())
        };
        let mut values = Vec::new();
        for row in 0..to[0] {
            for column in 0..to[1] {
                let (top, bottom, down) = source(row, to[0], from.height);
                let (left, right, across) = source(column, to[1], from.width);
                let line = |row| (1.0 - across) * value(row, left) + across * value(row, right);
                values.push((1.0 - down) * line(top) + down * line(bottom));
            }
        }
        values
    }

    #[test]
    fn enlarged_pictures_are_interpolated_in_every_channel_and_layout() {
        for (channels, input_channels) in [(1, 1), (1, 3), (3, 3), (5, 5)] {
            let from = Shape { channels, height: 5, width: 7 };
            let samples = bytes(from);
            let to = Shape { channels: input_channels, height: 11, width: 21 };
            for layout in [Layout::Nchw, Layout::Nhwc] {
                let found = written(&samples, to, layout, Resize::Bilinear);
                for channel in 0..input_channels {
                    let expected = interpolated(&samples, [11, 21], channel % channels);
                    for (pixel, value) in expected.iter().enumerate() {
                        let place = match layout {
                            Layout::Nchw => channel * to.pixels() + pixel,
                            Layout::Nhwc => pixel * input_channels + channel,
                        };
                        let expected = value * (2.0 + channel as f64) + 10.0 + channel as f64;
                        assert!(
                            (f64::from(found[place]) - expected).abs() < 1e-5,
                            "{channels} {layout:?} {channel} {pixel}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn reduced_pictures_do_not_alias() {
        // Stripes of one pixel are grey in half the size, but for the edges, which see more of one than of the other.
        let shape = Shape { channels: 1, height: 4, width: 64 };
        let stripes = (0..shape.features()).map(|index| if index % 2 == 0 { 255 } else { 0 }).collect();
        let samples = Samples::new(Values::Bytes(stripes), shape);
        for resize in [Resize::Bilinear, Resize::Bicubic] {
            let found = written(&samples, Shape { channels: 1, height: 2, width: 32 }, Layout::Nchw, resize);
            for value in found.chunks_exact(32).flat_map(|row| &row[2..30]) {
                assert!((value - 11.0).abs() < 1e-5, "{resize:?}: {value}");
            }
        }
    }

    #[test]
    fn pixels_of_the_right_size_are_left_alone_and_cut_off_at_black_and_white() {
        let shape = Shape { channels: 1, height: 1, width: 4 };
        let floats = Samples::new(Values::Floats(vec![-1.0, 0.0, 1.0, -3.0]), shape);
        assert_eq!(written(&floats, shape, Layout::Nchw, Resize::Bicubic), [10.0, 11.0, 12.0, 10.0]);
        let bytes = Samples::new(Values::Bytes(vec![0, 51, 255, 102]), shape);
        assert_eq!(written(&bytes, shape, Layout::Nhwc, Resize::Bilinear), [10.0, 10.4, 12.0, 10.8]);
    }

    #[test]
    fn colours_are_not_made_grey_and_points_are_no_pictures() {
        let grey = Pixels {
            shape: Shape { channels: 1, height: 4, width: 4 },
            layout: Layout::Nchw,
            resize: Resize::Bilinear,
            scale: vec![1.0],
            shift: vec![0.0],
        };
        for (shape, takes) in [
            (Shape { channels: 1, height: 2, width: 9 }, true),
            (Shape { channels: 3, height: 2, width: 9 }, false),
            (Shape::point(1), false),
        ] {
            assert_eq!(grey.takes(shape), takes, "{shape}");
        }
    }
}
