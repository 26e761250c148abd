//! The frame of line charts over the steps of runs, written as SVG.
#![expect(clippy::format_push_string, reason = "these texts are small")]

/// Where a chart's lines lie, in pixels, and what its corners stand for. Both axes begin at zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axes {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    /// Steps at the right.
    pub(super) steps: f64,
    /// The value at the top.
    pub(super) most: f64,
}

impl Axes {
    pub(super) fn across(&self, step: f64) -> f64 {
        self.left + (self.right - self.left) * step / self.steps
    }

    pub(super) fn up(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * value / self.most
    }

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
        let (left, wide) = (self.left, self.right - self.left);
        let mut svg = String::new();
        for value in ticks(self.most) {
            let y = self.up(value);
            svg += &format!(
                "<path d=\"M{left} {y:.1}h{wide}\" stroke=\"#d5dade\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
                left - 6.0,
                y + 4.0,
                (value * 100.0).round() / 100.0
            );
        }
        for value in ticks(self.steps) {
            let (x, base) = (self.across(value), self.bottom + 18.0);
            svg += &format!("<text x=\"{x:.1}\" y=\"{base:.1}\" text-anchor=\"middle\">{value}</text>\n");
        }
        svg
    }

    /// The points of a line, as SVG takes them.
    pub(super) fn points(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let points = points.map(|(step, value)| format!("{:.1},{:.1}", self.across(step), self.up(value)));
        points.collect::<Vec<_>>().join(" ")
    }
}

/// Round numbers from zero to `most`, three to seven of them.
fn ticks(most: f64) -> Vec<f64> {
    let power = 10.0_f64.powf((most / 6.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|part| part * power).into_iter().find(|step| most / step <= 6.0);
    let step = step.unwrap_or(most);
    (0..=(most / step) as u32).map(|at| f64::from(at) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn ticks_are_round() {
        for (most, expected) in [
            (47.7, vec![0.0, 10.0, 20.0, 30.0, 40.0]),
            (100_000.0, vec![0.0, 20_000.0, 40_000.0, 60_000.0, 80_000.0, 100_000.0]),
            (3_000.0, vec![0.0, 500.0, 1_000.0, 1_500.0, 2_000.0, 2_500.0, 3_000.0]),
            (7.0, vec![0.0, 2.0, 4.0, 6.0]),
        ] {
            assert_eq!(ticks(most), expected, "{most}");
        }
    }
}
