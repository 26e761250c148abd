//! Pictures put behind one another, and what was done to them.

use std::collections::BTreeMap;
use std::path::Path;

use ganymede_samples::{Samples, Shape, Values, scaled};
use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView};

use super::decode::Decoded;
use crate::error::FileError;
use crate::fit::{CROP_REMEDY, describe, target, window};
use crate::options::ReadOptions;
use crate::path::name;

/// Kinds of pictures that an error lists.
const LISTED: usize = 4;

/// Pictures of one size and kind.
pub(crate) struct Gathered<'options> {
    options: &'options ReadOptions,
    /// Height, width and colours of the files, each with the number of such files and the first of them.
    kinds: BTreeMap<[usize; 3], (usize, String)>,
    /// The shape without alpha.
    shape: Option<Shape>,
    color: Buffer,
    alpha: Option<Buffer>,
    /// Pictures so far.
    count: usize,
    with_alpha: usize,
    transparent: usize,
    turned: usize,
    cropped: usize,
    /// Whether there are pictures of 16 bits.
    deep: bool,
    /// Whether there are pictures of 8 bits.
    shallow: bool,
    resized: usize,
    recolored: usize,
}

/// Values of 8 bits for as long as all are.
enum Buffer {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

impl Buffer {
    fn extend(&mut self, values: Channels<'_>) {
        match (&mut *self, values) {
            (Self::Bytes(bytes), Channels::Bytes(new)) => bytes.extend(new),
            (Self::Floats(floats), Channels::Bytes(new)) => floats.extend(new.map(scaled)),
            (Self::Floats(floats), Channels::Words(new)) => {
                floats.extend(new.map(|value| f32::from(value) / 32_767.5 - 1.0));
            }
            (Self::Bytes(bytes), words) => {
                *self = Self::Floats(bytes.iter().map(|byte| scaled(*byte)).collect());
                self.extend(words);
            }
        }
    }

    fn fill_opaque(&mut self, count: usize) {
        match self {
            Self::Bytes(bytes) => bytes.resize(bytes.len() + count, u8::MAX),
            Self::Floats(floats) => floats.resize(floats.len() + count, 1.0),
        }
    }

    fn into_values(self) -> Values {
        match self {
            Self::Bytes(bytes) => Values::Bytes(bytes),
            Self::Floats(floats) => Values::Floats(floats),
        }
    }
}

/// Values of pixels as a file holds them.
enum Channels<'pixels> {
    Bytes(Box<dyn Iterator<Item = u8> + 'pixels>),
    Words(Box<dyn Iterator<Item = u16> + 'pixels>),
}

impl<'options> Gathered<'options> {
    pub(crate) fn new(options: &'options ReadOptions) -> Self {
        Self {
            options,
            kinds: BTreeMap::new(),
            shape: None,
            color: Buffer::Bytes(Vec::new()),
            alpha: None,
            count: 0,
            with_alpha: 0,
            transparent: 0,
            turned: 0,
            cropped: 0,
            deep: false,
            shallow: false,
            resized: 0,
            recolored: 0,
        }
    }

    /// Takes in a picture. Once two are known not to go together, their kinds alone are counted.
    ///
    /// `reserve` receives the shape of the first one, and returns the number of values to make room for.
    pub(crate) fn push(
        &mut self,
        path: &Path,
        decoded: Decoded,
        reserve: impl FnOnce(Shape) -> Result<usize, FileError>,
    ) -> Result<(), FileError> {
        let Decoded { mut image, was_turned } = decoded;
        let (width, height) = image.dimensions();
        let whole = [height as usize, width as usize];
        let [top, left, height, width] = window(whole, self.options).map_err(|problem| FileError::Unfit {
            path: path.to_owned(),
            problem: format!("its {problem}"),
            remedy: CROP_REMEDY,
        })?;
        let from = [height, width];
        if from != whole {
            image = image.crop_imm(left as u32, top as u32, width as u32, height as u32);
            self.cropped += 1;
        }
        let colors = if image.color().has_color() { 3 } else { 1 };
        let sized = self.options.size.map_or(from, |size| size);
        let seen = [sized[0], sized[1], self.options.channels.unwrap_or(colors)];
        self.kinds.entry(seen).or_insert_with(|| (0, name(path))).0 += 1;
        if self.kinds.len() > 1 {
            (self.color, self.alpha) = (Buffer::Bytes(Vec::new()), None);
            return Ok(());
        }
        let to = target(from, self.options);
        if to != from {
            // As wide as a pixel of the smaller picture, so that nothing finer than it is left to alias.
            image = image.resize_exact(to[1] as u32, to[0] as u32, FilterType::Triangle);
            self.resized += 1;
        }
        let transparent = image.color().has_alpha() && !is_opaque(&image);
        if transparent && self.options.channels.is_some_and(|channels| matches!(channels, 1 | 3)) {
            image = over_white(&image);
        }
        image = match self.options.channels {
            None => image,
            Some(channels) => {
                self.recolored += usize::from(usize::from(image.color().channel_count()) != channels);
                with_channels(&image, channels)
            }
        };
        self.with_alpha += usize::from(image.color().has_alpha());
        self.transparent += usize::from(transparent);
        self.turned += usize::from(was_turned);
        let deep = image.color().bytes_per_pixel() > image.color().channel_count();
        self.deep |= deep;
        self.shallow |= !deep;
        if self.shape.is_none() {
            let colors = if image.color().has_color() { 3 } else { 1 };
            let shape = Shape { channels: colors, height: to[0], width: to[1] };
            self.shape = Some(shape);
            let room = reserve(shape)?;
            self.color = if self.deep {
                Buffer::Floats(Vec::with_capacity(room))
            } else {
                Buffer::Bytes(Vec::with_capacity(room))
            };
        }
        self.append(&image, transparent);
        Ok(())
    }

    fn append(&mut self, image: &DynamicImage, transparent: bool) {
        let pixels = self.shape.map_or(0, Shape::pixels);
        let stored = usize::from(image.color().channel_count());
        let has_alpha = image.color().has_alpha();
        self.color.extend(channels(image, move |place| !has_alpha || place % stored != stored - 1));
        let keeps = self.options.channels.is_some_and(|channels| matches!(channels, 2 | 4));
        if self.alpha.is_none() && (transparent && self.options.channels.is_none() || keeps) {
            // Those before were opaque.
            let mut alpha = Buffer::Bytes(Vec::new());
            alpha.fill_opaque(self.count * pixels);
            self.alpha = Some(alpha);
        }
        if let Some(alpha) = &mut self.alpha {
            if has_alpha {
                alpha.extend(channels(image, move |place| place % stored == stored - 1));
            } else {
                alpha.fill_opaque(pixels);
            }
        }
        self.count += 1;
    }

    /// The samples, and what was done to them.
    pub(crate) fn finish(self, folder: &Path, report: &mut Vec<String>) -> Result<Option<Samples>, FileError> {
        if self.kinds.len() > 1 {
            return Err(mixed(folder, &self.kinds));
        }
        let Some(shape) = self.shape else { return Ok(None) };
        let all = self.count;
        if self.alpha.is_some() && self.with_alpha < all && self.options.channels.is_none() {
            let channels = shape.channels;
            return Err(FileError::MixedPictures {
                path: folder.to_owned(),
                kinds: format!(
                    "{} of {all} have alpha, and {} of them are not opaque everywhere",
                    self.with_alpha, self.transparent
                ),
                remedy: format!(
                    "--channels {0} (or channels = {0} in [data]) keeps alpha, the others being opaque, and {channels} lays \
                     them over white",
                    channels + 1
                ),
            });
        }
        if self.shallow {
            report.push("pixels were scaled: 0 to 255 became -1 to 1".to_owned());
        }
        if self.deep {
            report.push("pixels of 16 bits were scaled: 0 to 65535 became -1 to 1".to_owned());
        }
        if self.turned > 0 {
            report.push(format!("{} of {all} pictures were turned as their EXIF entry says", self.turned));
        }
        if self.cropped > 0 {
            report.push(format!("{} of {all} pictures were cropped about their centre", self.cropped));
        }
        if let Some((size, _)) = self.kinds.first_key_value().filter(|_| self.resized > 0) {
            let to = [shape.height, shape.width];
            report.push(match self.options.size {
                Some(_) => format!("{} of {all} pictures were resized to {} x {}", self.resized, to[0], to[1]),
                None => describe([size[0], size[1]], to),
            });
        }
        match self.options.channels {
            Some(channels) if self.transparent > 0 && matches!(channels, 1 | 3) => {
                report.push(format!("{} of {all} pictures had alpha and were laid over white", self.transparent));
            }
            None if self.alpha.is_some() => report.push(format!(
                "alpha was kept as the last channel, as it is not opaque in {} of {all} pictures",
                self.transparent
            )),
            None if self.with_alpha > 0 => {
                report.push(format!(
                    "{} of {all} pictures had alpha that is opaque everywhere; it was dropped",
                    self.with_alpha
                ));
            }
            _ => {}
        }
        if let Some(channels) = self.options.channels.filter(|_| self.recolored > 0) {
            report.push(format!("{} of {all} pictures were given {channels} channels", self.recolored));
        }
        let samples = Samples { values: self.color.into_values(), shape };
        Ok(Some(match self.alpha {
            None => samples,
            Some(alpha) => with_alpha(samples, alpha.into_values()),
        }))
    }
}

/// Puts alpha behind the colours of each pixel.
fn with_alpha(samples: Samples, alpha: Values) -> Samples {
    let Samples { values, shape } = samples;
    let colors = shape.channels;
    let values = match (values, alpha) {
        (Values::Bytes(color), Values::Bytes(alpha)) => Values::Bytes(interleave(&color, &alpha, colors)),
        (color, alpha) => Values::Floats(interleave(&color.into_floats(), &alpha.into_floats(), colors)),
    };
    Samples { values, shape: Shape { channels: colors + 1, ..shape } }
}

fn interleave<T: Copy>(color: &[T], alpha: &[T], colors: usize) -> Vec<T> {
    let mut values = Vec::with_capacity(color.len() + alpha.len());
    for (pixel, alpha) in color.chunks_exact(colors).zip(alpha) {
        values.extend_from_slice(pixel);
        values.push(*alpha);
    }
    values
}

/// The values at accepted places.
fn channels<'pixels>(image: &'pixels DynamicImage, accepted: impl Fn(usize) -> bool + 'pixels) -> Channels<'pixels> {
    fn chosen<'values, T: Copy>(
        values: &'values [T],
        accepted: impl Fn(usize) -> bool + 'values,
    ) -> Box<dyn Iterator<Item = T> + 'values> {
        Box::new(values.iter().enumerate().filter(move |(place, _)| accepted(*place)).map(|(_, value)| *value))
    }
    match image {
        DynamicImage::ImageLuma16(image) => Channels::Words(chosen(image, accepted)),
        DynamicImage::ImageLumaA16(image) => Channels::Words(chosen(image, accepted)),
        DynamicImage::ImageRgb16(image) => Channels::Words(chosen(image, accepted)),
        DynamicImage::ImageRgba16(image) => Channels::Words(chosen(image, accepted)),
        image => Channels::Bytes(chosen(image.as_bytes(), accepted)),
    }
}

fn is_opaque(image: &DynamicImage) -> bool {
    let stored = usize::from(image.color().channel_count());
    match channels(image, move |place| place % stored == stored - 1) {
        Channels::Bytes(mut alpha) => alpha.all(|alpha| alpha == u8::MAX),
        Channels::Words(mut alpha) => alpha.all(|alpha| alpha == u16::MAX),
    }
}

/// The picture on a white ground.
fn over_white(image: &DynamicImage) -> DynamicImage {
    let mut pixels = image.to_rgba16();
    for pixel in pixels.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let most = u32::from(u16::MAX);
        let over =
            |value: u16| ((u32::from(value) * u32::from(alpha) + most * (most - u32::from(alpha))) / most) as u16;
        pixel.0 = [over(red), over(green), over(blue), u16::MAX];
    }
    let image16 = DynamicImage::ImageRgba16(pixels);
    let is_deep = image.color().bytes_per_pixel() > image.color().channel_count();
    match (is_deep, image.color().has_color()) {
        (true, true) => image16,
        (true, false) => image16.to_luma16().into(),
        (false, true) => image16.to_rgb8().into(),
        (false, false) => image16.to_luma8().into(),
    }
}

fn with_channels(image: &DynamicImage, channels: usize) -> DynamicImage {
    let is_deep = image.color().bytes_per_pixel() > image.color().channel_count();
    match (channels, is_deep) {
        (1, false) => image.to_luma8().into(),
        (2, false) => image.to_luma_alpha8().into(),
        (4, false) => image.to_rgba8().into(),
        (_, false) => image.to_rgb8().into(),
        (1, true) => image.to_luma16().into(),
        (2, true) => image.to_luma_alpha16().into(),
        (4, true) => image.to_rgba16().into(),
        (_, true) => image.to_rgb16().into(),
    }
}

fn mixed(folder: &Path, kinds: &BTreeMap<[usize; 3], (usize, String)>) -> FileError {
    let mut sorted: Vec<_> = kinds.iter().collect();
    sorted.sort_by_key(|(kind, (count, _))| (std::cmp::Reverse(*count), **kind));
    let mut shown: Vec<String> = sorted
        .iter()
        .take(LISTED)
        .map(|([height, width, channels], (count, first))| {
            let color = if *channels == 1 { "grey" } else { "RGB" };
            format!("{count} of {height} x {width} pixels in {color} such as {first}")
        })
        .collect();
    if sorted.len() > LISTED {
        shown.push(format!("{} more kinds", sorted.len() - LISTED));
    }
    let differs = |axis: usize| sorted.iter().any(|(kind, _)| kind[axis] != sorted[0].0[axis]);
    let [height, width, _] = sorted[0].0;
    let size = format!("--size {height}x{width} (or size = [{height}, {width}] in [data])");
    let channels = "--channels 3 (or channels = 3 in [data])";
    let remedy = match (differs(0) || differs(1), differs(2)) {
        (true, true) => format!("{size} with {channels} brings them together"),
        (true, false) => format!("{size} brings them together"),
        _ => format!("{channels} brings them together"),
    };
    FileError::MixedPictures { path: folder.to_owned(), kinds: shown.join(", "), remedy }
}
