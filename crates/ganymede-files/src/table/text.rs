//! The lines of a table, however it is encoded and separated.

use std::borrow::Cow;

use super::fields::{Separator, fields, parse};

/// The text of a table, its byte-order mark removed.
pub(crate) struct Text {
    bytes: Vec<u8>,
    /// Bytes before the text.
    start: usize,
    pub(crate) separator: Separator,
    /// What is unusual about the text, a sentence each.
    pub(crate) report: Vec<String>,
}

impl Text {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let mut report = Vec::new();
        let (bytes, start) = match bytes[..] {
            [0xef, 0xbb, 0xbf, ..] => (bytes, 3),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                report.push("the text is encoded as UTF-16".to_owned());
                (utf8(&bytes), 0)
            }
            _ => (bytes, 0),
        };
        let mut text = Self { bytes, start, separator: Separator::Byte(b','), report };
        text.find_separator();
        text
    }

    /// Lines with their numbers, counted from 1, without empty ones.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let bytes = &self.bytes[self.start..];
        // Only very old programs end lines with carriage returns alone.
        let end = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
        let lines = bytes.split(move |byte| *byte == end).map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let separator = self.separator;
        (1..).zip(lines).filter(move |(_, line)| match separator {
            // A spreadsheet writes blank lines with their separators.
            Separator::Byte(separator) => {
                !line.iter().all(|byte| byte.is_ascii_whitespace() || *byte == separator || *byte == b'"')
            }
            Separator::Spaces => !line.trim_ascii().is_empty(),
        })
    }

    /// The separator is what the first line holds between its fields: a tab, else a semicolon, else a comma; spaces where the
    /// first or the second line has nothing but numbers between them.
    fn find_separator(&mut self) {
        let (first, second) = {
            let mut lines = self.lines().map(|(_, line)| line.to_vec());
            (lines.next().unwrap_or_default(), lines.next().unwrap_or_default())
        };
        if let [b's', b'e', b'p', b'=', separator] = *first {
            self.start += first.len();
            self.separator = Separator::Byte(separator);
            return;
        }
        let known = [
            (Separator::Byte(b'\t'), "tabs"),
            (Separator::Byte(b';'), "semicolons"),
            (Separator::Byte(b','), "commas"),
        ];
        let separates = |separator: Separator| fields(&first, separator).nth(1).is_some();
        let are_numbers = |line: &[u8], separator| fields(line, separator).all(|field| parse(field).is_some());
        // A tab may also stand beside a comma.
        let fits = |separator| are_numbers(&first, separator) || are_numbers(&second, separator);
        let spaced = [(Separator::Spaces, "spaces")].into_iter().filter(|_| is_spaced(&first) || is_spaced(&second));
        let possible: Vec<(Separator, &str)> =
            known.into_iter().filter(|(separator, _)| separates(*separator)).chain(spaced).collect();
        let best = possible.iter().find(|(separator, _)| fits(*separator)).or(possible.first());
        let Some((separator, name)) = best.copied() else { return };
        self.separator = separator;
        if self.separator != Separator::Byte(b',') {
            self.report.push(format!("fields are separated by {name}"));
        }
    }
}

/// Whether a line holds several numbers with nothing but spaces between them.
fn is_spaced(line: &[u8]) -> bool {
    let mut numbers = fields(line, Separator::Spaces).map(|field| parse(field).is_some());
    matches!((numbers.next(), numbers.next()), (Some(true), Some(true))) && numbers.all(|number| number)
}

/// UTF-16 with its byte-order mark as UTF-8.
fn utf8(bytes: &[u8]) -> Vec<u8> {
    let is_big = bytes.starts_with(&[0xfe, 0xff]);
    let units = bytes[2..].chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if is_big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    let letters = char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER));
    let mut text = String::with_capacity(bytes.len() / 2);
    text.extend(letters);
    text.into_bytes()
}

pub(crate) fn name(field: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(field)
}
