//! The fields of a line of a `.csv` file.

/// As much of a bad field as an error quotes.
const QUOTED_CHARACTERS: usize = 32;

/// The fields of a line, without the spaces and the quotes around them; commas between quotes do not separate.
pub(crate) fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    line.split(move |byte| {
        quoted ^= *byte == b'"';
        *byte == b',' && !quoted
    })
    .map(|field| {
        let field = field.trim_ascii();
        let inner = field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\""));
        inner.map_or(field, <[u8]>::trim_ascii)
    })
}

/// A field as a number.
pub(crate) fn parse(field: &[u8]) -> Option<f64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The start of a field, for an error.
pub(crate) fn quote(field: &[u8]) -> String {
    let start = &field[..field.len().min(4 * QUOTED_CHARACTERS)];
    String::from_utf8_lossy(start).chars().take(QUOTED_CHARACTERS).collect()
}
