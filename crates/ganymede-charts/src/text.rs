//! Text in SVG and HTML, and numbers for people.

use std::fmt::{self, Write};

/// Text that shows as itself between tags and inside quoted attributes of HTML and SVG. Characters that XML forbids become
/// the replacement character.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' | '\r' => safe.push(character),
            other if other.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&other) => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

/// A number for people: three significant digits, thousands apart, powers of ten where zeros would be counted.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return if value.is_nan() {
            "not a number".to_owned()
        } else {
            format!("{}∞", if value < 0.0 { "−" } else { "" })
        };
    }
    let text = match size {
        0.0 => "0".to_owned(),
        large if large >= 1e7 => return powers(value),
        whole if whole.fract() == 0.0 || whole >= 100.0 => grouped(whole.round()),
        tens if tens >= 10.0 => trimmed(format!("{tens:.1}")),
        ones if ones >= 1.0 => trimmed(format!("{ones:.2}")),
        small if small >= 1e-3 => {
            let digits = 2 - small.log10().floor() as i32;
            trimmed(format!("{small:.*}", digits.max(0) as usize))
        }
        _ => return powers(value),
    };
    if value < 0.0 { format!("−{text}") } else { text }
}

/// As a mantissa and a power of ten.
fn powers(value: f64) -> String {
    let text = format!("{:.2e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{}e{exponent}", trimmed(mantissa.to_owned()))
}

/// Without zeros behind the point that say nothing.
fn trimmed(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A whole number with narrow spaces between thousands, from five digits on.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Finished markup, whose text is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Svg(String);

impl Svg {
    /// Appends markup. Texts from elsewhere must have gone through [`escaped`].
    pub(crate) fn push(&mut self, markup: fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(markup);
    }
}

impl fmt::Display for Svg {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{escaped, number};

    #[test]
    fn numbers_are_for_people() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (8.0, "8"),
            (0.5, "0.5"),
            (0.123_456, "0.123"),
            (0.001_234_5, "0.00123"),
            (0.000_123_4, "1.23e-4"),
            (1e-12, "1e-12"),
            (3.456_78, "3.46"),
            (31.4159, "31.4"),
            (314.159, "314"),
            (2_500.0, "2500"),
            (12_345.6, "12\u{202f}346"),
            (1_234_567.0, "1\u{202f}234\u{202f}567"),
            (9e8, "9e8"),
            (-0.25, "−0.25"),
            (-2.5e9, "−2.5e9"),
            (0.9999, "1"),
            (f64::NAN, "not a number"),
            (f64::NEG_INFINITY, "−∞"),
        ] {
            assert_eq!(number(value), text, "{value:?}");
        }
    }

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(escaped("<script>'\"&\u{0}"), "&lt;script&gt;&#39;&quot;&amp;\u{fffd}");
        assert_eq!(escaped("ünï → 漢"), "ünï → 漢");
    }
}
