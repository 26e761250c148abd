//! Horizontal bars with error bars, written as SVG.
#![expect(clippy::format_push_string, reason = "these texts are small")]

use super::aggregate::Estimate;

pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) estimate: Estimate,
}

const WIDTH: f64 = 720.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 120.0;
const TOP: f64 = 64.0;
const ROW: f64 = 28.0;

/// The chart of `bars`, from zero on, with a dashed line where `reference` stands.
pub(crate) fn bar_chart(title: &str, bars: &[Bar], reference: Option<(&str, f64)>) -> String {
    let reach = |bar: &Bar| bar.estimate.mean + bar.estimate.standard_error.unwrap_or(0.0);
    let largest = bars.iter().map(reach).chain(reference.map(|(_, value)| value)).fold(0.0, f64::max);
    let scale = (WIDTH - LEFT - RIGHT) / if largest > 0.0 { largest } else { 1.0 };
    let at = |value: f64| LEFT + value.max(0.0) * scale;
    let bottom = TOP + ROW * bars.len() as f64;
    let height = bottom + 16.0;

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"16\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    );
    for (row, Bar { label, estimate }) in bars.iter().enumerate() {
        let middle = TOP + ROW * (row as f64 + 0.5);
        let (end, base) = (at(estimate.mean), middle + 4.5);
        let half = estimate.standard_error.map_or(0.0, |error| error * scale);
        svg +=
            &format!("<text x=\"{:.1}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>\n", LEFT - 8.0, escaped(label));
        svg += &format!(
            "<rect x=\"{LEFT:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#4878a8\"/>\n",
            middle - 9.0,
            end - LEFT,
            18.0
        );
        if half > 0.0 {
            let (low, high) = ((end - half).max(LEFT), end + half);
            svg += &format!(
                "<path d=\"M{low:.1} {middle:.1}H{high:.1}M{low:.1} {:.1}v10M{high:.1} {:.1}v10\" \
                 stroke=\"black\" fill=\"none\"/>\n",
                middle - 5.0,
                middle - 5.0
            );
        }
        svg += &format!("<text x=\"{:.1}\" y=\"{base:.1}\">{}</text>\n", WIDTH - RIGHT + 10.0, number(estimate));
    }
    if let Some((label, value)) = reference {
        let x = at(value);
        svg += &format!(
            "<path d=\"M{x:.1} {:.1}V{bottom:.1}\" stroke=\"#b04030\" stroke-dasharray=\"4 3\"/>\n\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"11\" fill=\"#b04030\">{}</text>\n",
            TOP - 4.0,
            TOP - 10.0,
            escaped(label)
        );
    }
    svg + "</svg>\n"
}

/// Three significant digits, with the standard error where there is one.
fn number(estimate: &Estimate) -> String {
    let digits = match estimate.mean.abs() {
        large if large >= 100.0 => 0,
        large if large >= 10.0 => 1,
        medium if medium >= 0.1 => 2,
        _ => 4,
    };
    let mean = format!("{:.digits$}", estimate.mean);
    estimate.standard_error.map_or(mean.clone(), |error| format!("{mean} ± {error:.digits$}"))
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{Bar, Estimate, bar_chart};

    #[test]
    fn bars_are_to_scale() {
        let bar = |label: &str, mean, standard_error| Bar {
            label: label.to_owned(),
            estimate: Estimate { mean, standard_error, n: 3 },
        };
        let svg = bar_chart("a < b", &[bar("x & y", 4.0, Some(1.0)), bar("z", 8.0, None)], Some(("all", 8.0)));
        // 720 - 170 - 120 = 430 wide for 8.
        for part in ["a &lt; b", "x &amp; y", "width=\"215.0\"", "width=\"430.0\"", "4.00 ± 1.00", "M600.0 60.0"] {
            assert!(svg.contains(part), "no {part} in {svg}");
        }
        assert!(!svg.contains("NaN"));
        assert!(!bar_chart("t", &[bar("zero", 0.0, None)], None).contains("NaN"));
    }
}
