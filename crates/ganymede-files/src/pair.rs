//! Two sets brought under one rule: columns and classes by name, pixels by one scale, pictures in one order.

use std::fmt;

use ganymede_samples::{Labels, Samples, Shape, Values};
use thiserror::Error;

use crate::names::{listed, lone, partners};
use crate::options::PictureLayout;
use crate::set::{Numbers, SampleSet};

/// Values of a sample from which on their range is that of a scale, as of a picture, rather than of where samples are.
const SCALED_VALUES: usize = 16;

/// Above this ratio of the two sets' ranges of values a doubt is reported.
const SUSPICIOUS_SCALE: f32 = 1.8;

/// Above this least value, fakes from 0 to 1 do not fill that scale: on one from -1 to 1 they are bright.
const DARK: f32 = 0.1;

/// The largest probability with which chance alone makes a class one set's own.
const SURELY_OWN: f64 = 1e-3;

/// Room for rounding at the ends of a scale.
const SLACK: f32 = 1e-3;

/// What is said of two sets, and what cannot be said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paired {
    /// What was changed or has no partner, a sentence each.
    pub notes: Vec<String>,
    /// Why a comparison of the two may mean nothing.
    pub doubts: Vec<Doubt>,
}

/// Why a comparison of two sets may mean nothing. Whoever judges them has to wait until it is removed.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt {
    /// The values of the two lie on different scales.
    Scale {
        /// The lowest and the highest value of the fake set.
        fake: [f32; 2],
        /// Those of the real set.
        real: [f32; 2],
    },
    /// Rows without a shape stand beside pictures of several channels, in an unknown order.
    Layout {
        /// The shape of the pictures.
        shape: Shape,
    },
    /// The fake table lacks columns of the real one, of which then nothing can be said.
    Columns {
        /// The names of these columns.
        lacking: Vec<String>,
    },
    /// The classes of the two have other names, so that they may count differently.
    Classes {
        /// The names of the fake set's classes.
        fake: Vec<String>,
        /// Those of the real set's.
        real: Vec<String>,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scale { fake: [low, high], real: [real_low, real_high] } => write!(
                formatter,
                "the fake values lie in [{low}, {high}] and the real ones in [{real_low}, {real_high}], as if they had two \
                 scales; save pixels of both as uint8, or bring both to -1 to 1"
            ),
            Self::Layout { shape } => write!(
                formatter,
                "flat rows stand beside pictures of {shape}, and nothing says in which order they hold the channels; say it with \
                 --layout channels-first or --layout channels-last"
            ),
            Self::Columns { lacking } => write!(
                formatter,
                "the fake table has no column {}, so nothing can be said of what it should hold; name the columns of both alike, or \
                 leave those of the real table out with --drop",
                listed(lacking)
            ),
            Self::Classes { fake, real } => write!(
                formatter,
                "the fake classes are {} and the real ones {}, as if they were counted or named differently; give both the same \
                 names",
                listed(fake),
                listed(real)
            ),
        }
    }
}

/// Why two sets cannot be compared. Every message is one line with the remedy.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PairError {
    /// Their samples are not equally long.
    #[error("the fake samples have {fake} and the real ones {real}; the two sets must have the same width{}", remedy(*fake, *real))]
    Width {
        /// The shape of the fake samples.
        fake: Shape,
        /// That of the real ones.
        real: Shape,
    },
    /// Their pictures differ.
    #[error("the fake pictures are {fake} (height, width, channels) and the real ones {real}{}", remedy(*fake, *real))]
    Shapes {
        /// The shape of the fake pictures.
        fake: Shape,
        /// That of the real ones.
        real: Shape,
    },
}

/// The options that bring pictures together.
fn remedy(fake: Shape, real: Shape) -> String {
    if fake.is_point() || real.is_point() {
        return String::new();
    }
    let mut options = Vec::new();
    if (fake.height, fake.width) != (real.height, real.width) {
        options.push(format!("--size {}x{}", fake.height.min(real.height), fake.width.min(real.width)));
    }
    if fake.channels != real.channels {
        options.push(format!("--channels {}", fake.channels.max(real.channels)));
    }
    format!("; {} brings both together", options.join(" "))
}

/// Brings two sets under one rule and says what was done. `layout` is the order of flat rows beside pictures.
///
/// # Errors
///
/// When the samples of the two do not have the same shape.
pub fn pair(fake: &mut SampleSet, real: &mut SampleSet, layout: Option<PictureLayout>) -> Result<Paired, PairError> {
    let mut paired = Paired::default();
    match_columns(fake, real, &mut paired);
    match_shapes(fake, real, layout, &mut paired)?;
    match_scales(fake, real, &mut paired);
    if let (Some(fake), Some(real)) = (&mut fake.contents.labels, &mut real.contents.labels) {
        match_classes(fake, real, &mut paired);
    }
    Ok(paired)
}

/// Keeps the columns that both name, in the real order.
fn match_columns(fake: &mut SampleSet, real: &mut SampleSet, paired: &mut Paired) {
    let (Some(fake_names), Some(real_names)) = (&fake.contents.columns, &real.contents.columns) else { return };
    if fake_names == real_names {
        return;
    }
    let of_real = partners(real_names, fake_names);
    let common: Vec<(usize, usize)> =
        of_real.iter().enumerate().filter_map(|(real, fake)| Some(((*fake)?, real))).collect();
    if common.is_empty() {
        if fake_names.len() == real_names.len() {
            let note = "no column has the same name in both tables; they were compared by their places";
            paired.notes.push(note.to_owned());
        }
        return;
    }
    let of_fake = partners(fake_names, real_names);
    note_folded("columns of the fake table", fake_names, real_names, &of_fake, paired);
    let more = lone(fake_names, &of_fake);
    if !more.is_empty() {
        paired.notes.push(format!("columns of the fake table alone were left out: {}", listed(&more)));
    }
    let lacking = lone(real_names, &of_real);
    if !lacking.is_empty() {
        paired.doubts.push(Doubt::Columns { lacking });
    }
    if common.windows(2).any(|pair| pair[0].0 > pair[1].0) {
        paired.notes.push("the fake columns were brought into the order of the real ones".to_owned());
    }
    let (fake_places, real_places): (Vec<usize>, Vec<usize>) = common.into_iter().unzip();
    keep_columns(fake, &fake_places);
    keep_columns(real, &real_places);
}

/// Says which names were taken for others that are not quite the same.
fn note_folded(what: &str, names: &[String], others: &[String], partners: &[Option<usize>], paired: &mut Paired) {
    let pairs = names.iter().zip(partners).filter_map(|(name, other)| Some((name, &others[(*other)?])));
    let folded: Vec<String> = pairs.filter(|(name, other)| name != other).map(|(name, _)| name.clone()).collect();
    if !folded.is_empty() {
        let list = listed(&folded);
        paired.notes.push(format!("{what} were matched without regard to case and space: {list}"));
    }
}

/// Keeps the columns at these places, in this order.
fn keep_columns(set: &mut SampleSet, places: &[usize]) {
    let samples = &set.contents.samples;
    let rows: Vec<usize> = (0..samples.rows()).collect();
    let matrix = samples.select(&rows);
    let values = matrix.values.chunks_exact(matrix.features.max(1));
    let kept: Vec<f32> = values.flat_map(|row| places.iter().map(|place| row[*place])).collect();
    set.contents.samples = Samples { values: Values::Floats(kept), shape: Shape::point(places.len()) };
    if let Some(names) = &mut set.contents.columns {
        *names = places.iter().map(|place| names[*place].clone()).collect();
    }
    if !set.offsets.is_empty() {
        set.offsets = places.iter().map(|place| set.offsets[*place]).collect();
    }
}

/// Gives flat rows the shape of the pictures beside them.
fn match_shapes(
    fake: &mut SampleSet,
    real: &mut SampleSet,
    layout: Option<PictureLayout>,
    paired: &mut Paired,
) -> Result<(), PairError> {
    let (fake_shape, real_shape) = (fake.contents.samples.shape, real.contents.samples.shape);
    if fake_shape == real_shape {
        return Ok(());
    }
    if fake_shape.features() != real_shape.features() && (fake_shape.is_point() || real_shape.is_point()) {
        return Err(PairError::Width { fake: fake_shape, real: real_shape });
    }
    let (flat, shape) = match (fake_shape.is_point(), real_shape.is_point()) {
        (true, false) => (fake, real_shape),
        (false, true) => (real, fake_shape),
        _ => return Err(PairError::Shapes { fake: fake_shape, real: real_shape }),
    };
    let samples = &mut flat.contents.samples;
    samples.shape = shape;
    if shape.channels > 1 {
        match layout {
            None => paired.doubts.push(Doubt::Layout { shape }),
            Some(PictureLayout::ChannelsFirst) => samples.values.reorder(&shape.channels_first()),
            Some(PictureLayout::ChannelsLast) => {}
        }
    }
    Ok(())
}

/// The scales that pixels come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// 0 to 1.
    Unit,
    /// -1 to 1.
    Signed,
    /// 0 to 255.
    Byte,
}

impl Scale {
    fn of([low, high]: [f32; 2]) -> Option<Self> {
        let within = |least: f32, most: f32| low >= least - SLACK && high <= most + SLACK;
        if within(0.0, 1.0) && high > 0.9 {
            Some(Self::Unit)
        } else if within(-1.0, 1.0) && low < -0.5 {
            Some(Self::Signed)
        } else if within(0.0, 255.0) && high > 2.0 {
            Some(Self::Byte)
        } else {
            None
        }
    }
}

/// Takes the integers of one set for pixels where the other's are, and doubts what else lies on another scale.
fn match_scales(fake: &mut SampleSet, real: &mut SampleSet, paired: &mut Paired) {
    let (fake_numbers, real_numbers) = (fake.numbers, real.numbers);
    for (which, set, other) in [("fake", &mut *fake, real_numbers), ("real", &mut *real, fake_numbers)] {
        if other == Numbers::Bytes && set.numbers == Numbers::Whole && take_for_pixels(set) {
            let note = format!(
                "the {which} integers were taken for pixels, as the other set holds bytes: 0 to 255 became -1 to 1"
            );
            paired.notes.push(note);
        }
    }
    let (fake_range, real_range) = (range(&fake.contents.samples), range(&real.contents.samples));
    if let (Some(fake), Some(real)) = (two_levels(&fake.contents.samples), two_levels(&real.contents.samples))
        && fake != real
        && fake[0] == real[0]
        && fake[1].min(real[1]) == 1
    {
        // Black and white as 0 and 1 beside the same as 0 and 255.
        let [fake, real] = [fake, real].map(|levels| levels.map(f32::from));
        paired.doubts.push(Doubt::Scale { fake, real });
        return;
    }
    let scale =
        |set: &SampleSet, range| if set.numbers == Numbers::Bytes { Some(Scale::Signed) } else { Scale::of(range) };
    let (fake_scale, real_scale) = (scale(fake, fake_range), scale(real, real_range));
    let features = fake.contents.samples.shape.features();
    let one_is_bytes = (fake.numbers == Numbers::Bytes) != (real.numbers == Numbers::Bytes);
    let is_bright = fake_scale == Some(Scale::Unit) && real_scale == Some(Scale::Signed) && fake_range[0] > DARK;
    let differ = !is_bright && matches!((fake_scale, real_scale), (Some(fake), Some(real)) if fake != real);
    let is_integer_beyond = |set: &SampleSet| one_is_bytes && set.numbers == Numbers::Whole;
    let is_scaled = features >= SCALED_VALUES;
    let byte = fake_scale == Some(Scale::Byte) || real_scale == Some(Scale::Byte);
    if differ && (is_scaled || one_is_bytes && byte) || is_integer_beyond(fake) || is_integer_beyond(real) {
        paired.doubts.push(Doubt::Scale { fake: fake_range, real: real_range });
        return;
    }
    let (fake_width, real_width) = (fake_range[1] - fake_range[0], real_range[1] - real_range[0]);
    let differ = real_width > SUSPICIOUS_SCALE * fake_width || fake_width > SUSPICIOUS_SCALE * real_width;
    if is_scaled && differ && fake_width > 0.0 && real_width > 0.0 {
        let [[fake_low, fake_high], [real_low, real_high]] = [fake_range, real_range];
        paired.notes.push(format!(
            "the fake values lie in [{fake_low:.4}, {fake_high:.4}] and the real ones in [{real_low:.4}, {real_high:.4}]; \
             are both scaled alike?"
        ));
    }
}

/// Makes bytes of integers from 0 to 255.
fn take_for_pixels(set: &mut SampleSet) -> bool {
    let Values::Floats(floats) = &set.contents.samples.values else { return false };
    if !set.offsets.is_empty() || !floats.iter().all(|value| (0.0..=255.0).contains(value)) {
        return false;
    }
    set.contents.samples.values = Values::Bytes(floats.iter().map(|value| *value as u8).collect());
    set.numbers = Numbers::Bytes;
    true
}

/// The two values of bytes that have no others.
fn two_levels(samples: &Samples) -> Option<[u8; 2]> {
    let Values::Bytes(bytes) = &samples.values else { return None };
    let (low, high) = (*bytes.iter().min()?, *bytes.iter().max()?);
    (low < high && bytes.iter().all(|byte| *byte == low || *byte == high)).then_some([low, high])
}

/// The lowest and the highest value.
fn range(samples: &Samples) -> [f32; 2] {
    let wider = |[low, high]: [f32; 2], value: f32| [low.min(value), high.max(value)];
    let start = [f32::INFINITY, f32::NEG_INFINITY];
    match &samples.values {
        Values::Bytes(bytes) => bytes.iter().map(|byte| ganymede_samples::scaled(*byte)).fold(start, wider),
        Values::Floats(floats) => floats.iter().copied().fold(start, wider),
    }
}

/// Numbers the classes of both sets alike, by their names: the real ones first.
fn match_classes(fake: &mut Labels, real: &mut Labels, paired: &mut Paired) {
    if fake.names == real.names {
        return;
    }
    let of_fake = partners(&fake.names, &real.names);
    let fake_lone = lone(&fake.names, &of_fake);
    let of_real = partners(&real.names, &fake.names);
    let real_lone = lone(&real.names, &of_real);
    note_folded("classes of the fake set", &fake.names, &real.names, &of_fake, paired);
    let numbers = |labels: &Labels| labels.names.iter().map(|name| name.parse().ok()).collect::<Option<Vec<i128>>>();
    let are_shifted = match (numbers(fake), numbers(real)) {
        (Some(fake), Some(real)) => {
            let counted = |numbers: &[i128]| numbers.windows(2).all(|pair| pair[1] - pair[0] == 1);
            let apart = fake.first().zip(real.first()).map(|(fake, real)| (fake - real).abs());
            fake.len() == real.len() && apart == Some(1) && counted(&fake) && counted(&real)
        }
        _ => false,
    };
    let rows = fake.classes.len() + real.classes.len();
    let each_has_own = has_surely_own(fake, &of_fake, rows) && has_surely_own(real, &of_real, rows);
    if are_shifted || each_has_own || fake_lone.len() == fake.names.len() {
        paired.doubts.push(Doubt::Classes { fake: fake.names.clone(), real: real.names.clone() });
    }
    if !fake_lone.is_empty() {
        paired.notes.push(format!("classes of the fake set alone: {}", listed(&fake_lone)));
    }
    if !real_lone.is_empty() {
        paired.notes.push(format!("classes of the real set alone: {}", listed(&real_lone)));
    }
    let names: Vec<String> = real.names.iter().chain(&fake_lone).cloned().collect();
    let mut behind = real.names.len()..;
    let places: Vec<usize> = of_fake.iter().map(|place| place.or_else(|| behind.next()).unwrap_or_default()).collect();
    fake.classes.iter_mut().for_each(|class| *class = places[*class]);
    fake.names.clone_from(&names);
    real.names = names;
}

/// Whether a class without a partner has so many samples of the `rows` of both sets that chance does not leave the other set without any,
/// whichever of the classes it is.
fn has_surely_own(labels: &Labels, partners: &[Option<usize>], rows: usize) -> bool {
    let mut counts = vec![0; partners.len()];
    labels.classes.iter().for_each(|class| counts[*class] += 1);
    let share = labels.classes.len() as f64 / rows as f64;
    let by_chance = |count: i32| share.powi(count) * partners.len() as f64;
    partners.iter().zip(counts).any(|(partner, count)| partner.is_none() && by_chance(count) < SURELY_OWN)
}
