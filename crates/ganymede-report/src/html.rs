//! HTML in which only what stands in this program is markup.

use std::fmt::Display;

use ganymede_charts::{Svg, escaped};

/// A page that is being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    /// Markup, which can only be a text of this program.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text of any origin, also inside a quoted attribute.
    pub(crate) fn text(&mut self, text: impl Display) -> &mut Self {
        self.0.push_str(&escaped(&text.to_string()));
        self
    }

    /// A chart.
    pub(crate) fn svg(&mut self, svg: &Svg) -> &mut Self {
        self.0.push_str(&svg.to_string());
        self
    }

    /// A text in an element, such as `element("td", ..)`.
    pub(crate) fn element(&mut self, name: &'static str, text: impl Display) -> &mut Self {
        self.raw("<").raw(name).raw(">").text(text).raw("</").raw(name).raw(">")
    }

    /// The page.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// A length of time for people.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        _ if !seconds.is_finite() => "unknown".to_owned(),
        0..60 => format!("{} s", ganymede_charts::number((seconds.max(0.0) * 10.0).round() / 10.0)),
        60..3_600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3_600, whole % 3_600 / 60),
    }
}

/// A number of bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let unit = units.into_iter().find(|(_, power)| bytes >> power > 0);
    unit.map_or_else(
        || format!("{bytes} bytes"),
        |(unit, power)| format!("{} {unit}", ganymede_charts::number(bytes as f64 / f64::from(1 << power))),
    )
}

/// A share for people.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match percent {
        few if few.abs() < 1.0 || (99.0..100.0).contains(&few) => {
            format!("{}\u{a0}%", ganymede_charts::number((few * 10.0).round() / 10.0))
        }
        other => format!("{other:.0}\u{a0}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Html, duration, percent, size};

    #[test]
    fn texts_are_no_markup() {
        let mut html = Html::default();
        html.element("td", "<script>alert('x')</script>").raw("<a title=\"").text("\" onclick=\"").raw("\">");
        assert_eq!(
            html.finish(),
            "<td>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</td><a title=\"&quot; onclick=&quot;\">"
        );
    }

    #[test]
    fn units_are_for_people() {
        for (seconds, text) in [
            (0.0, "0 s"),
            (8.46, "8.5 s"),
            (59.4, "59.4 s"),
            (63.2, "1 min 03 s"),
            (7_500.0, "2 h 05 min"),
            (f64::INFINITY, "unknown"),
            (-1.0, "0 s"),
        ] {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
        for (bytes, text) in [(12, "12 bytes"), (2_048, "2 KiB"), (3 << 29, "1.5 GiB")] {
            assert_eq!(size(bytes), text, "{bytes}");
        }
        for (share, text) in [(0.0, "0"), (0.004, "0.4"), (0.62, "62"), (0.998, "99.8"), (1.0, "100")] {
            assert_eq!(percent(share), format!("{text}\u{a0}%"), "{share}");
        }
    }
}
