//! The sheet of line charts over the steps of runs, written as SVG that stands alone.
#![expect(clippy::format_push_string, reason = "these texts are small")]

use ganymede_charts::ticks;

/// A sheet with axes on it, which both begin at zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sheet {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) axes: ganymede_charts::Axes,
}

/// Between how many round numbers an axis is divided at most.
const TICKS: u32 = 6;

impl Sheet {
    /// The beginning of the file, with the chart's title.
    pub(super) fn head(&self, title: &str) -> String {
        let Self { width, height, .. } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
             <text x=\"16\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{title}</text>\n"
        )
    }

    /// Lines at round values, and round steps below.
    pub(super) fn marks(&self) -> String {
        let axes = &self.axes;
        let (left, wide) = (axes.left, axes.right - axes.left);
        let mut svg = String::new();
        for value in ticks(axes.values[0], axes.values[1], TICKS) {
            let y = axes.up(value);
            svg += &format!(
                "<path d=\"M{left} {y:.1}h{wide}\" stroke=\"#d5dade\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
                left - 6.0,
                y + 4.0,
                (value * 100.0).round() / 100.0
            );
        }
        for value in ticks(axes.steps[0], axes.steps[1], TICKS) {
            let (x, base) = (axes.across(value), axes.bottom + 18.0);
            svg += &format!("<text x=\"{x:.1}\" y=\"{base:.1}\" text-anchor=\"middle\">{value}</text>\n");
        }
        svg
    }
}
