//! The fields of a line of a table.

/// As much of a bad field as an error quotes.
const QUOTED_CHARACTERS: usize = 32;

/// What stands between the fields of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    /// One such byte between two fields.
    Byte(u8),
    /// Any number of spaces.
    Spaces,
}

/// The fields of a line, without the spaces and the quotes around them; separators between quotes do not count.
pub(crate) fn fields(line: &[u8], separator: Separator) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    let is_end = move |byte: &u8| {
        quoted ^= *byte == b'"';
        !quoted
            && match separator {
                Separator::Byte(separator) => *byte == separator,
                Separator::Spaces => byte.is_ascii_whitespace(),
            }
    };
    let all = line.split(is_end).map(|field| {
        let field = field.trim_ascii();
        let inner = field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\""));
        inner.map_or(field, <[u8]>::trim_ascii)
    });
    all.filter(move |field| separator != Separator::Spaces || !field.is_empty())
}

/// A number, and how its decimals were set off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: f64,
    /// The letter before the decimals, if there are any.
    pub(crate) mark: Option<u8>,
}

/// A field as a number, with a decimal point or, as in much of Europe, a decimal comma.
pub(crate) fn parse(field: &[u8]) -> Option<Number> {
    let text = std::str::from_utf8(field).ok()?;
    if let Ok(value) = text.parse() {
        return Some(Number { value, mark: text.contains('.').then_some(b'.') });
    }
    let (whole, decimals) = text.split_once(',')?;
    if decimals.is_empty() || decimals.contains([',', '.']) || whole.contains('.') {
        return None;
    }
    let value = format!("{whole}.{decimals}").parse().ok()?;
    Some(Number { value, mark: Some(b',') })
}

/// Whether a number with a comma may have it between thousands: one to three digits, of which the first is not 0, before it and
/// three after it.
pub(crate) fn may_be_thousands(field: &[u8]) -> bool {
    let digits = field.strip_prefix(b"-").or_else(|| field.strip_prefix(b"+")).unwrap_or(field);
    let Some(comma) = digits.iter().position(|byte| *byte == b',') else { return false };
    let (whole, rest) = (&digits[..comma], &digits[comma + 1..]);
    (1..=3).contains(&whole.len()) && whole[0] != b'0' && rest.len() == 3
}

/// The start of a field, for an error.
pub(crate) fn quote(field: &[u8]) -> String {
    let start = &field[..field.len().min(4 * QUOTED_CHARACTERS)];
    String::from_utf8_lossy(start).chars().take(QUOTED_CHARACTERS).collect()
}
