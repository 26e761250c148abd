//! A line chart: what is drawn, and its SVG.

use crate::axes::{Axes, Scale};
use crate::text::{Svg, escaped, number};
use crate::{COLOURS, ticks};

/// What a band or an event says of the values in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to worry about.
    Good,
    /// Worth a look.
    Doubtful,
    /// A fault.
    Bad,
    /// Neither good nor bad.
    Neutral,
}

impl Tone {
    /// The class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Doubtful => "doubtful",
            Self::Bad => "bad",
            Self::Neutral => "neutral",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is.
    pub label: String,
    /// Its colour's number.
    pub colour: usize,
    /// Its points, as (step, value).
    pub points: Vec<(f64, f64)>,
    /// Below and above the points, as (step, low, high); empty without.
    pub spread: Vec<(f64, f64, f64)>,
    /// Lines that were left behind: steps that a rollback undid.
    pub undone: Vec<Vec<(f64, f64)>>,
    /// Whether it stands back behind the others, without a colour of its own.
    pub faint: bool,
    /// Whether it is a level to compare with, which is drawn broken.
    pub reference: bool,
}

impl Line {
    /// A line through points.
    pub fn new(label: impl Into<String>, colour: usize, points: Vec<(f64, f64)>) -> Self {
        let label = label.into();
        Self { label, colour, points, spread: Vec::new(), undone: Vec::new(), faint: false, reference: false }
    }

    /// A level to compare with.
    pub fn level(label: impl Into<String>, colour: usize, steps: [f64; 2], value: f64) -> Self {
        let points = steps.map(|step| (step, value)).to_vec();
        Self { reference: true, ..Self::new(label, colour, points) }
    }

    fn class(&self) -> String {
        let colour = if self.faint { "faint".to_owned() } else { format!("c{}", self.colour % COLOURS) };
        format!("line {colour}{}", if self.reference { " reference" } else { "" })
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        let undone = self.undone.iter().flatten();
        let own = self.points.iter().chain(undone).map(|(_, value)| *value);
        own.chain(self.spread.iter().flat_map(|(_, low, high)| [*low, *high])).filter(|value| value.is_finite())
    }
}

/// A band of values across the chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Its lower end; at most `to`.
    pub from: f64,
    /// Its upper end, which may be infinite.
    pub to: f64,
    /// What it says.
    pub tone: Tone,
    /// Its name, in a word.
    pub label: &'static str,
}

/// Something that happened at a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The step.
    pub step: f64,
    /// What it says.
    pub tone: Tone,
    /// What it was.
    pub label: String,
}

/// A chart over steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What is drawn; also its name for those who do not see it.
    pub title: String,
    /// The lines, the first on top.
    pub lines: Vec<Line>,
    /// Bands behind them.
    pub bands: Vec<Band>,
    /// What happened on the way.
    pub marks: Vec<Mark>,
    /// The layout of values.
    pub scale: Scale,
    /// The last step of the axis; where the lines end, if that is later.
    pub steps: f64,
    /// Values that the axis holds in any case, such as limits.
    pub shown: Vec<f64>,
}

/// The sheet, in pixels of the drawing.
const SHEET: [f64; 2] = [392.0, 190.0];
/// Left, right, top and bottom of the axes on it.
const FRAME: [f64; 4] = [46.0, 370.0, 14.0, 166.0];
/// The largest value of an axis: the length of an axis between two such values is still a number. What is larger lies at its end.
const LARGEST: f64 = 1e300;
/// How much room is left above and below the lines, as a share of what they span.
const ROOM: f64 = 0.06;

impl Chart {
    /// Whether there is nothing to draw: no line has a finite point.
    pub fn is_empty(&self) -> bool {
        self.lines.iter().filter(|line| !line.reference).all(|line| line.values().next().is_none())
    }

    /// The axes that hold everything.
    pub fn axes(&self) -> Axes {
        let [left, right, top, bottom] = FRAME;
        let ends = self.lines.iter().flat_map(|line| line.points.iter().map(|(step, _)| *step));
        let last = ends.filter(|step| step.is_finite()).fold(self.steps, f64::max).max(1.0);
        let wanted = self.lines.iter().flat_map(Line::values).chain(self.shown.iter().copied());
        let finite = wanted.filter(|value| value.is_finite());
        let usable = finite.filter_map(|value| match self.scale {
            Scale::Linear => Some(value.clamp(-LARGEST, LARGEST)),
            Scale::Logarithmic => (value > 0.0).then(|| value.clamp(1.0 / LARGEST, LARGEST)),
        });
        let (low, high) =
            usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let values = match self.scale {
            _ if low > high => [0.0, 1.0],
            Scale::Logarithmic => [low / 1.2, high * 1.2],
            Scale::Linear if high <= low => [low - low.abs().max(1.0) * 0.5, high + high.abs().max(1.0) * 0.5],
            Scale::Linear => {
                let room = ROOM * (high - low);
                // Nothing that is never negative gets a negative axis.
                [if low >= 0.0 { (low - room).max(0.0) } else { low - room }, high + room]
            }
        };
        let scale = if low > high { Scale::Linear } else { self.scale };
        Axes { left, right, top, bottom, steps: [0.0, last], values, scale }
    }

    /// The drawing.
    pub fn svg(&self) -> Svg {
        let axes = self.axes();
        let mut svg = Svg::default();
        let [width, height] = SHEET;
        let name = escaped(&self.name());
        svg.push(format_args!(
            "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" tabindex=\"0\" aria-label=\"{name}\" \
             data-frame=\"{} {} {} {}\" data-steps=\"{}\">",
            axes.left, axes.right, axes.top, axes.bottom, axes.steps[1]
        ));
        self.push_bands(&axes, &mut svg);
        push_grid(&axes, &mut svg);
        self.push_marks(&axes, &mut svg);
        for line in self.lines.iter().rev() {
            push_line(line, &axes, &mut svg);
        }
        svg.push(format_args!("</svg>"));
        svg
    }

    /// The chart in words, for those who do not see it.
    fn name(&self) -> String {
        let lines = self.lines.iter().filter_map(|line| {
            let (first, last) = (line.points.first()?.1, line.points.last()?.1);
            Some(format!("{} from {} to {}", line.label, number(first), number(last)))
        });
        let lines: Vec<String> = lines.take(COLOURS).collect();
        format!("{} over the steps: {}", self.title, lines.join("; "))
    }

    fn push_bands(&self, axes: &Axes, svg: &mut Svg) {
        let [low, high] = axes.values;
        for band in &self.bands {
            let (from, to) = (band.from.max(low), band.to.min(high));
            if from.is_nan() || to.is_nan() || from >= to {
                continue;
            }
            let (upper, lower) = (axes.up(to), axes.up(from));
            let (class, tall) = (band.tone.class(), lower - upper);
            svg.push(format_args!(
                "<rect class=\"band {class}\" x=\"{}\" y=\"{upper:.1}\" width=\"{}\" height=\"{tall:.1}\"/>",
                axes.left,
                axes.right - axes.left
            ));
            let limit = if band.to.is_finite() { band.to } else { band.from };
            if (low..=high).contains(&limit) {
                let y = axes.up(limit);
                svg.push(format_args!("<path class=\"limit {class}\" d=\"M{} {y:.1}H{}\"/>", axes.left, axes.right));
            }
            // A name needs its own height.
            if tall >= 11.0 {
                let (x, y) = (axes.right - 4.0, if band.to.is_finite() { upper + 9.5 } else { lower - 3.5 });
                svg.push(format_args!(
                    "<text class=\"band-name {class}\" x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{}</text>",
                    escaped(band.label)
                ));
            }
        }
    }

    fn push_marks(&self, axes: &Axes, svg: &mut Svg) {
        for mark in &self.marks {
            let (x, class) = (axes.across(mark.step), mark.tone.class());
            svg.push(format_args!(
                "<g class=\"mark {class}\"><title>{}</title><path d=\"M{x:.1} {}V{}\"/>\
                 <path class=\"flag\" d=\"M{:.1} {top}h7l-3.5 6z\"/></g>",
                escaped(&mark.label),
                axes.top,
                axes.bottom,
                x - 3.5,
                top = axes.top - 7.0
            ));
        }
    }
}

/// Round values at the left, round steps below.
fn push_grid(axes: &Axes, svg: &mut Svg) {
    for value in axes.value_ticks() {
        let (y, name) = (axes.up(value), number(value));
        svg.push(format_args!(
            "<path class=\"grid\" d=\"M{} {y:.1}H{}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
            axes.left,
            axes.right,
            axes.left - 5.0,
            y + 3.5
        ));
    }
    for step in ticks(axes.steps[0], axes.steps[1], 5) {
        let (x, y, name) = (axes.across(step), axes.bottom + 14.0, number(step));
        svg.push(format_args!("<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{name}</text>"));
    }
    svg.push(format_args!("<path class=\"axis\" d=\"M{} {}H{}\"/>", axes.left, axes.bottom, axes.right));
}

fn push_line(line: &Line, axes: &Axes, svg: &mut Svg) {
    svg.push(format_args!("<g class=\"{}\" data-label=\"{}\" ", line.class(), escaped(&line.label)));
    let finite = |(step, value): &&(f64, f64)| step.is_finite() && value.is_finite();
    if !line.reference && !line.faint {
        let values = line.points.iter().filter(finite).map(|(step, value)| format!("{step},{}", significant(*value)));
        svg.push(format_args!("data-points=\"{}\"", values.collect::<Vec<_>>().join(" ")));
    }
    svg.push(format_args!(">"));
    if !line.spread.is_empty() {
        let upper = line.spread.iter().map(|(step, _, high)| (*step, *high));
        let lower = line.spread.iter().rev().map(|(step, low, _)| (*step, *low));
        svg.push(format_args!("<polygon class=\"spread\" points=\"{}\"/>", axes.points(upper.chain(lower))));
    }
    for undone in &line.undone {
        svg.push(format_args!("<polyline class=\"undone\" points=\"{}\"/>", axes.points(undone.iter().copied())));
    }
    let mut points = line.points.iter().filter(finite);
    match (points.next(), points.next()) {
        (Some((step, value)), None) => svg.push(format_args!(
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\"/>",
            axes.across(*step),
            axes.up(*value).clamp(axes.top, axes.bottom)
        )),
        _ => svg.push(format_args!("<polyline points=\"{}\"/>", axes.points(line.points.iter().copied()))),
    }
    svg.push(format_args!("</g>"));
}

/// Four significant digits, for programs to read.
fn significant(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    if rounded == 0.0 || (1e-4..1e7).contains(&rounded.abs()) { format!("{rounded}") } else { format!("{rounded:e}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Band, Chart, Line, Mark, Scale, Tone};

    fn chart(points: Vec<(f64, f64)>, scale: Scale) -> Chart {
        let bad = Band { from: f64::NEG_INFINITY, to: 0.3, tone: Tone::Bad, label: "collapsed" };
        let doubtful = Band { from: 2.0, to: f64::INFINITY, tone: Tone::Doubtful, label: "suspect" };
        let mark = Mark { step: 50.0, tone: Tone::Bad, label: "a < b".to_owned() };
        Chart {
            title: "x & y".to_owned(),
            lines: vec![Line::new("\"it\"", 9, points)],
            bands: vec![bad, doubtful],
            marks: vec![mark],
            scale,
            steps: 100.0,
            shown: vec![0.0, 1.0],
        }
    }

    #[test]
    fn everything_is_drawn_to_scale() {
        let chart = chart(vec![(0.0, 0.0), (100.0, 1.0)], Scale::Linear);
        let svg = chart.svg().to_string();
        // The frame is 324 wide and 152 high, for values from 0 to 1.06.
        for part in [
            "aria-label=\"x &amp; y over the steps: &quot;it&quot; from 0 to 1\"",
            "<g class=\"line c1\" data-label=\"&quot;it&quot;\" data-points=\"0,0 100,1\"",
            "<polyline points=\"46.0,166.0 370.0,22.6\"/>",
            "<rect class=\"band bad\" x=\"46\" y=\"123.0\" width=\"324\" height=\"43.0\"/>",
            "<path class=\"limit bad\" d=\"M46 123.0H370\"/>",
            "<title>a &lt; b</title><path d=\"M208.0 14V166\"/>",
        ] {
            assert!(svg.contains(part), "no {part} in {svg}");
        }
        assert!(!svg.contains("band doubtful"), "it lies above the axis: {svg}");
    }

    #[test]
    fn one_point_is_a_dot_and_none_is_empty() {
        assert!(chart(vec![(3.0, 0.5)], Scale::Linear).svg().to_string().contains("<circle cx=\"55.7\""));
        for points in [vec![], vec![(0.0, f64::NAN)]] {
            assert!(chart(points.clone(), Scale::Linear).is_empty(), "{points:?}");
        }
        let level = Chart { lines: vec![Line::level("l", 0, [0.0, 1.0], 8.0)], ..Chart::default() };
        assert!(level.is_empty(), "a level alone shows nothing");
    }

    proptest! {
        #[test]
        fn nothing_leaves_the_frame(
            values in prop::collection::vec(prop::num::f64::ANY, 0..20),
            logarithmic: bool,
        ) {
            let scale = if logarithmic { Scale::Logarithmic } else { Scale::Linear };
            let points: Vec<_> = values.iter().enumerate().map(|(step, value)| (step as f64, *value)).collect();
            let svg = chart(points, scale).svg().to_string();
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", svg);
            let line = svg.split("<polyline points=\"").nth(1).and_then(|rest| rest.split('"').next());
            for point in line.unwrap_or_default().split(' ').filter(|point| !point.is_empty()) {
                let (x, y) = point.split_once(',').unwrap();
                let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                prop_assert!((46.0..=370.0).contains(&x) && (14.0..=166.0).contains(&y), "{}", point);
            }
        }
    }
}
