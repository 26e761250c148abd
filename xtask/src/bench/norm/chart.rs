//! Standard deviations over the steps, a line a run, written as SVG.
#![expect(clippy::format_push_string, reason = "these texts are small")]

use super::{super::axes::Axes, SpreadLook};

pub(super) struct Line {
    /// Which of the labels it belongs to.
    pub(super) colour: usize,
    pub(super) points: Vec<SpreadLook>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 60.0;
const BELOW: f64 = 44.0;

const COLOURS: [&str; 2] = ["#1f5f9e", "#d07010"];

/// The chart of `lines`, whose colours stand for `labels`; `None` where nothing was seen.
pub(super) fn line_chart(lines: &[Line], labels: &[&str; 2]) -> Option<String> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let axes = Axes {
        width: WIDTH,
        height: HEIGHT,
        left: LEFT,
        right: WIDTH - RIGHT,
        top: TOP,
        bottom: HEIGHT - BELOW,
        steps: points().map(|look| look.step).max()?.max(1) as f64,
        most: points().map(|look| look.std_ratio).fold(1.0, f64::max),
    };
    let mut svg = axes.head("standard deviation of the samples over the real one, over the steps");
    for (index, (label, colour)) in labels.iter().zip(COLOURS).enumerate() {
        let x = LEFT + 160.0 * index as f64;
        svg += &format!(
            "<path d=\"M{x} 42h24\" stroke=\"{colour}\" stroke-width=\"2\"/><text x=\"{}\" y=\"46\">{label}</text>\n",
            x + 30.0
        );
    }
    svg += &axes.marks();
    for line in lines {
        svg += &format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.4\"/>\n",
            axes.points(line.points.iter().map(|look| (look.step as f64, look.std_ratio))),
            COLOURS[line.colour % COLOURS.len()]
        );
    }
    Some(svg + "</svg>\n")
}

#[cfg(test)]
mod tests {
    use super::{Line, SpreadLook, line_chart};

    #[test]
    fn lines_are_to_scale_and_in_the_colour_of_their_label() {
        let look = |step, std_ratio| SpreadLook { step, std_ratio };
        let lines = [
            Line { colour: 0, points: vec![look(0, 0.0), look(100, 2.0)] },
            Line { colour: 1, points: vec![look(50, 1.0)] },
        ];
        let svg = line_chart(&lines, &["one", "other"]).unwrap();
        // 720 - 52 - 24 = 644 wide for 100 steps, 380 - 44 - 60 = 276 high for a ratio of 2 from 336 upwards.
        for part in [
            "\"52.0,336.0 696.0,60.0\" fill=\"none\" stroke=\"#1f5f9e\"",
            "\"374.0,198.0\" fill=\"none\" stroke=\"#d07010\"",
        ] {
            assert!(svg.contains(part), "no {part} in {svg}");
        }
        assert!(svg.contains(">one<") && svg.contains(">other<") && !svg.contains("NaN"));
        assert_eq!(line_chart(&[], &["one", "other"]), None);
    }
}
