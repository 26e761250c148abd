//! What an entry of a list may hold, whatever reaches it.

use crate::invalid::{InvalidValue, ensure};
use crate::network::initialization::check_start;
use crate::network::list::entry::{
    ConvolutionConfig, DownsamplingFilter, FourierFeaturesConfig, LayerConfig, LearnedBasisConfig, LinearConfig,
    ResidualConfig, UpsamplingFilter,
};

/// Most features of a point, as the widest hidden layer of a perceptron.
const WIDEST: usize = 1 << 25;

/// Most channels of a picture.
const MOST_CHANNELS: usize = 1 << 16;

/// The longest side of a picture. Below it no product of sizes overflows.
pub(super) const LONGEST_SIDE: usize = 4096;

/// The largest kernel, stride and factor.
const LONGEST_STEP: usize = 64;

/// Most frequencies of Fourier features.
const MOST_OCTAVES: usize = 16;

/// Lists within lists.
const DEEPEST: usize = 8;

fn whole(key: &str, value: usize, range: std::ops::RangeInclusive<usize>) -> Result<(), InvalidValue> {
    let expected = format!("expected a whole number from {} to {}", range.start(), range.end());
    ensure(range.contains(&value), key, value, &expected)
}

impl LayerConfig {
    /// Checks an entry that stands `depth` lists deep.
    pub(super) fn check(&self, depth: usize) -> Result<(), InvalidValue> {
        match self {
            Self::Linear(linear) => linear.check(),
            Self::Convolution(convolution) => {
                if let Some(size) = convolution.size {
                    let expected = "a convolution's size follows from kernel, stride and padding; leave it out";
                    return Err(InvalidValue::new("size", format!("{:?}", size.pixels()), expected));
                }
                convolution.check()
            }
            Self::TransposedConvolution(convolution) => convolution.check(),
            Self::LearnedBasis(basis) => basis.check(),
            Self::FourierFeatures(features) => features.check(),
            Self::Upsampling(sampling) => factor(sampling.factor, sampling.filter == UpsamplingFilter::Binomial),
            Self::Downsampling(sampling) => factor(sampling.factor, sampling.filter == DownsamplingFilter::Binomial),
            Self::LeakyRelu(leaky) => {
                ensure((0.0..1.0).contains(&leaky.slope), "slope", leaky.slope, "expected a number in [0, 1)")
            }
            Self::Maxout(maxout) => whole("pieces", maxout.pieces, 2..=64),
            Self::BatchNorm(norm) => {
                let legal = norm.momentum > 0.0 && norm.momentum <= 1.0;
                ensure(legal, "momentum", norm.momentum, "expected a number in (0, 1]")
            }
            Self::GroupNorm(norm) => whole("groups", norm.groups, 1..=MOST_CHANNELS),
            Self::Dropout(dropout) => {
                let probability = dropout.probability;
                ensure((0.0..1.0).contains(&probability), "probability", probability, "expected a number in [0, 1)")
            }
            Self::Residual(residual) => residual.check(depth),
            Self::GlobalPooling | Self::Relu | Self::Tanh | Self::Sigmoid | Self::LayerNorm => Ok(()),
        }
    }
}

fn factor(factor: usize, is_binomial: bool) -> Result<(), InvalidValue> {
    whole("factor", factor, 1..=LONGEST_STEP)?;
    ensure(!is_binomial || factor == 2, "factor", factor, "expected 2, as filter = \"binomial\" resamples by 2 only")
}

fn shape(shape: [usize; 3]) -> Result<(), InvalidValue> {
    let [height, width, channels] = shape;
    let sides = 1..=LONGEST_SIDE;
    let legal = sides.contains(&height) && sides.contains(&width) && (1..=MOST_CHANNELS).contains(&channels);
    let expected = format!(
        "expected [height, width, channels] with sides from 1 to {LONGEST_SIDE} and 1 to {MOST_CHANNELS} channels"
    );
    ensure(legal, "shape", format!("{shape:?}"), &expected)
}

impl LinearConfig {
    fn check(&self) -> Result<(), InvalidValue> {
        if let Some(width) = self.width {
            ensure(
                self.shape.is_none(),
                "width",
                width,
                "shape says how many outputs there are; leave one of them out",
            )?;
            whole("width", width, 1..=WIDEST)?;
        }
        self.shape.map_or(Ok(()), shape)?;
        check_start(self.initialization, self.initialization_std)
    }
}

impl ConvolutionConfig {
    fn check(&self) -> Result<(), InvalidValue> {
        self.channels.map_or(Ok(()), |channels| whole("channels", channels, 1..=MOST_CHANNELS))?;
        whole("kernel", self.kernel, 1..=LONGEST_STEP)?;
        whole("stride", self.stride, 1..=LONGEST_STEP)?;
        whole("groups", self.groups, 1..=MOST_CHANNELS)?;
        if let Some(size) = self.size {
            let legal = size.pixels().iter().all(|side| (1..=LONGEST_SIDE).contains(side));
            let expected = format!("expected a side from 1 to {LONGEST_SIDE}, or [height, width]");
            ensure(legal, "size", format!("{:?}", size.pixels()), &expected)?;
        }
        let (padding, kernel) = (self.window().padding, self.kernel);
        let expected = format!("expected a whole number below kernel = {kernel}, which reaches over no more");
        ensure(padding < kernel, "padding", padding, &expected)?;
        check_start(self.initialization, self.initialization_std)
    }
}

impl LearnedBasisConfig {
    fn check(&self) -> Result<(), InvalidValue> {
        shape(self.shape)?;
        check_start(self.initialization, self.initialization_std)
    }
}

impl FourierFeaturesConfig {
    fn check(&self) -> Result<(), InvalidValue> {
        let frequency = self.frequency;
        let expected = "expected a number above 0, in radians a unit of the values";
        ensure(frequency.is_finite() && frequency > 0.0, "frequency", frequency, expected)?;
        whole("octaves", self.octaves, 1..=MOST_OCTAVES)
    }
}

impl ResidualConfig {
    fn check(&self, depth: usize) -> Result<(), InvalidValue> {
        let scale = self.scale;
        let expected = "expected a number above 0, such as 1 or 0.7071 for a sum that keeps its variance";
        ensure(scale.is_finite() && scale > 0.0, "scale", scale, expected)?;
        let expected = "expected at least one layer beside the shortcut; without any leave the residual block out";
        ensure(!self.body.is_empty(), "body", "[]", expected)?;
        let expected = format!("expected lists at most {DEEPEST} deep; write the inner layers one after another");
        ensure(depth < DEEPEST, "body", "(a list)", &expected)?;
        for (key, layers) in [("body", &self.body), ("shortcut", &self.shortcut)] {
            for (index, layer) in layers.iter().enumerate() {
                let place = format!("{key}.{index}");
                layer.check(depth + 1).map_err(|error| error.within(&place))?;
                let expected = "a layer within another cannot make the network's outputs; say its width or channels";
                ensure(!layer.makes_outputs(), &place, layer.kind(), expected)?;
            }
        }
        Ok(())
    }
}
