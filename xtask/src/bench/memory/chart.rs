//! Resident memory over the steps, a line a run, written as SVG.
#![expect(clippy::format_push_string, reason = "these texts are small")]

use super::{
    super::{axes::Axes, chart::escaped},
    growth::{EARLY, LATE},
    watch::MemoryLook,
};

pub(super) struct Line {
    pub(super) label: String,
    pub(super) looks: Vec<MemoryLook>,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 220.0;
const TOP: f64 = 44.0;
const BELOW: f64 = 44.0;
const LEAST_HEIGHT: f64 = 300.0;
/// Between two labels.
const LABEL: f64 = 15.0;
/// Points of a line; more would not be seen.
const POINTS: u64 = 250;

const COLOURS: [&str; 8] = ["#1f5f9e", "#d07010", "#2f8f4e", "#b03a3a", "#7a55a8", "#7d5a3c", "#c2559b", "#5b6770"];
/// Every colour comes in each of these.
const DASHES: [&str; 3] = ["none", "6 3", "2 2"];

/// The chart of `lines`, memory from zero on; `None` where nothing was seen.
pub(super) fn line_chart(lines: &[Line]) -> Option<String> {
    let looks = || lines.iter().flat_map(|line| &line.looks);
    let last_step = looks().map(|look| look.step).max()?.max(1);
    let high = LEAST_HEIGHT.max(LABEL * lines.len() as f64);
    let bottom = TOP + high;
    let axes = Axes {
        width: WIDTH,
        height: bottom + BELOW,
        left: LEFT,
        right: WIDTH - RIGHT,
        top: TOP,
        bottom,
        steps: last_step as f64,
        most: looks().map(mib).fold(1.0, f64::max),
    };

    let mut svg = axes.head("resident memory in MiB over the steps");
    for tenth in [EARLY, LATE] {
        let (from, width) = (axes.across(axes.steps * tenth as f64 / 10.0), (axes.right - axes.left) / 10.0);
        svg += &format!(
            "<rect x=\"{from:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{high}\" fill=\"#eef1f4\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"11\" fill=\"#5b6770\">{}</text>\n",
            from + width / 2.0,
            TOP - 5.0,
            if tenth == EARLY { "early" } else { "late" }
        );
    }
    svg += &axes.marks();

    let ends: Vec<f64> = lines.iter().map(|line| line.looks.last().map_or(bottom, |look| axes.up(mib(look)))).collect();
    let beside = spread(&ends, TOP, bottom);
    for (at, (line, (end, beside))) in lines.iter().zip(ends.iter().zip(beside)).enumerate() {
        let (colour, dashes) = (COLOURS[at % COLOURS.len()], DASHES[at / COLOURS.len() % DASHES.len()]);
        let points = axes.points(thinned(&line.looks, last_step).iter().map(|look| (look.step as f64, mib(look))));
        let right = axes.right;
        svg += &format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\" stroke-dasharray=\"{dashes}\"/>\n\
             <path d=\"M{:.1} {end:.1}L{:.1} {beside:.1}h16\" fill=\"none\" stroke=\"{colour}\" stroke-dasharray=\"{dashes}\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            points,
            right + 2.0,
            right + 16.0,
            right + 38.0,
            beside + 4.0,
            escaped(&line.label)
        );
    }
    Some(svg + "</svg>\n")
}

fn mib(look: &MemoryLook) -> f64 {
    look.resident_kib as f64 / 1024.0
}

/// At most [`POINTS`] of the looks, the highest of each stretch of steps.
fn thinned(looks: &[MemoryLook], last_step: u64) -> Vec<MemoryLook> {
    let stretch = |look: &MemoryLook| look.step * POINTS / (last_step + 1);
    let together = looks.chunk_by(|one, next| stretch(one) == stretch(next));
    together.filter_map(|looks| looks.iter().copied().max_by_key(|look| look.resident_kib)).collect()
}

/// Heights near `wanted`, in the same order, none closer to another than [`LABEL`], if they fit from `top` to `bottom`.
fn spread(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|one, other| wanted[*one].total_cmp(&wanted[*other]));
    let mut heights = wanted.to_vec();
    let mut free = top;
    for at in &order {
        heights[*at] = heights[*at].max(free);
        free = heights[*at] + LABEL;
    }
    let mut free = bottom;
    for at in order.iter().rev() {
        heights[*at] = heights[*at].min(free);
        free = heights[*at] - LABEL;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::{Line, MemoryLook, POINTS, line_chart, spread, thinned};

    fn look(step: u64, resident_mib: u64) -> MemoryLook {
        MemoryLook { step, resident_kib: 1024 * resident_mib }
    }

    #[test]
    fn lines_are_to_scale() {
        let line = |label: &str, looks: &[MemoryLook]| Line { label: label.to_owned(), looks: looks.to_vec() };
        let lines = [line("a < b", &[look(0, 10), look(1_000, 40)]), line("c", &[look(500, 20)]), line("none", &[])];
        let svg = line_chart(&lines).unwrap();
        // 860 - 56 - 220 = 584 wide for 1,000 steps, 300 high for 40 MiB from 344 upwards.
        for part in ["56.0,269.0 640.0,44.0", "348.0,194.0", "a &lt; b", ">1000</text>", ">40</text>"] {
            assert!(svg.contains(part), "no {part} in {svg}");
        }
        assert!(!svg.contains("NaN"));
        assert_eq!(svg.matches("<polyline").count(), 3);
    }

    #[test]
    fn nothing_seen_is_no_chart() {
        assert_eq!(line_chart(&[]), None);
        assert_eq!(line_chart(&[Line { label: "none".to_owned(), looks: Vec::new() }]), None);
        let at_the_start = Line { label: "short".to_owned(), looks: vec![look(0, 0)] };
        assert!(!line_chart(&[at_the_start]).unwrap().contains("NaN"));
    }

    #[test]
    fn long_series_keep_their_peaks() {
        let looks: Vec<MemoryLook> = (0..=10_000).map(|step| look(step, if step == 5_003 { 90 } else { 30 })).collect();
        let thinned = thinned(&looks, 10_000);
        assert_eq!(thinned.len() as u64, POINTS);
        assert!(thinned.contains(&look(5_003, 90)));
    }

    #[test]
    fn labels_keep_apart() {
        let rows: [(&[f64], &[f64]); 4] = [
            (&[10.0, 50.0, 90.0], &[10.0, 50.0, 90.0]),
            (&[50.0, 50.0, 51.0], &[50.0, 65.0, 80.0]),
            (&[99.0, 98.0], &[100.0, 85.0]),
            (&[0.0, 1.0], &[10.0, 25.0]),
        ];
        for (wanted, expected) in rows {
            assert_eq!(spread(wanted, 10.0, 100.0), expected, "{wanted:?}");
        }
    }
}
