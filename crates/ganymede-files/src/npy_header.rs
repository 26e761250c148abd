//! The header of an `.npy` file, read without trusting any length in it.
//!
//! Format: `numpy.lib.format`, versions 1.0, 2.0 and 3.0. A header is a Python dictionary of three known keys, so a
//! reader of just those needs no recursion, and hostile input can neither exhaust the stack nor the memory.

use std::io::{ErrorKind, Read};

use crate::element::{Element, IntegerWidth};

/// Headers longer than this are refused; numpy writes 128 bytes, and by default reads 10,000 at most.
const MAXIMUM_HEADER_BYTES: usize = 65_536;

/// What an array holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ElementType {
    /// numpy's letter: `f` float, `i` integer, `u` unsigned, `O` object, ...
    pub(crate) kind: char,
    /// Bytes of one element.
    pub(crate) bytes: usize,
    pub(crate) big_endian: bool,
    /// The type as the file spells it.
    spelling: String,
}

impl ElementType {
    fn parse(spelling: &str) -> Option<Self> {
        let (order, rest) = match spelling.chars().next()? {
            order @ ('<' | '>' | '=' | '|') => (order, &spelling[1..]),
            _ => ('=', spelling),
        };
        let kind = rest.chars().next().filter(char::is_ascii_alphabetic)?;
        let size = rest[1..].split('[').next()?;
        let bytes = if size.is_empty() { 0 } else { size.parse().ok()? };
        Some(Self { kind, bytes, big_endian: order == '>', spelling: spelling.to_owned() })
    }

    /// The type as one that can be read.
    pub(crate) fn element(&self) -> Option<Element> {
        match (self.kind, self.bytes) {
            ('f', 2) => Some(Element::Float16),
            ('f', 4) => Some(Element::Float32),
            ('f', 8) => Some(Element::Float64),
            ('u', bytes) => IntegerWidth::of(bytes).map(Element::Unsigned),
            ('i', bytes) => IntegerWidth::of(bytes).map(Element::Signed),
            ('b', 1) => Some(Element::Boolean),
            _ => None,
        }
    }

    /// The type in numpy's words: `int64 ('<i8')`.
    pub(crate) fn describe(&self) -> String {
        let bits = self.bytes.saturating_mul(8);
        let name = match self.kind {
            'f' => format!("float{bits}"),
            'i' => format!("int{bits}"),
            'u' => format!("uint{bits}"),
            'c' => format!("complex{bits}"),
            'b' => "bool".to_owned(),
            'O' => "Python objects".to_owned(),
            'S' | 'a' | 'U' => "text".to_owned(),
            'M' | 'm' => "dates or times".to_owned(),
            _ => "an unknown type".to_owned(),
        };
        format!("{name} ({:?})", self.spelling)
    }
}

/// The contents of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NpyHeader {
    /// `None` for structured arrays.
    pub(crate) element: Option<ElementType>,
    pub(crate) fortran_order: bool,
    pub(crate) shape: Vec<u64>,
    /// Bytes from the start of the file to the first element.
    pub(crate) bytes: u64,
}

impl NpyHeader {
    /// Reads the header and leaves the reader at the first element. An error says what is wrong, as a sentence part.
    pub(crate) fn read(reader: &mut impl Read) -> Result<Self, String> {
        let mut start = [0; 8];
        fill(reader, &mut start, "it ends within its first 8 bytes")?;
        if &start[..6] != b"\x93NUMPY" {
            return Err("it does not start with the bytes \\x93NUMPY".to_owned());
        }
        let (length_bytes, length) = match (start[6], start[7]) {
            (1, 0) => {
                let mut length = [0; 2];
                fill(reader, &mut length, TRUNCATED)?;
                (2, usize::from(u16::from_le_bytes(length)))
            }
            (2 | 3, 0) => {
                let mut length = [0; 4];
                fill(reader, &mut length, TRUNCATED)?;
                (4, u32::from_le_bytes(length) as usize)
            }
            (major, minor) => {
                return Err(format!("format version {major}.{minor} is unknown (1.0, 2.0, 3.0 are known)"));
            }
        };
        if length > MAXIMUM_HEADER_BYTES {
            return Err(format!("its header claims {length} bytes, more than {MAXIMUM_HEADER_BYTES}"));
        }
        let mut text = vec![0; length];
        fill(reader, &mut text, TRUNCATED)?;
        let text = std::str::from_utf8(&text).map_err(|_| "its header is not text".to_owned())?;
        Self::parse(text, (start.len() + length_bytes + length) as u64)
    }

    fn parse(text: &str, bytes: u64) -> Result<Self, String> {
        let (mut element, mut fortran_order, mut shape) = (None, None, None);
        let mut cursor = Cursor { rest: text };
        cursor.expect("{")?;
        while !cursor.take("}") {
            let key = cursor.string()?;
            cursor.expect(":")?;
            match key {
                "descr" if cursor.peek('[') => {
                    // The fields of a structured type may nest; nothing behind them is needed to refuse it.
                    return Ok(Self { element: None, fortran_order: false, shape: Vec::new(), bytes });
                }
                "descr" => {
                    let spelling = cursor.string()?;
                    element = Some(ElementType::parse(spelling).ok_or(format!("its type {spelling:?} is unknown"))?);
                }
                "fortran_order" => fortran_order = Some(cursor.boolean()?),
                "shape" => shape = Some(cursor.shape()?),
                _ => return Err(format!("its header has the unknown key {key:?}")),
            }
            if !cursor.take(",") {
                cursor.expect("}")?;
                break;
            }
        }
        if !cursor.rest.trim().is_empty() {
            return Err("its header has text after the closing brace".to_owned());
        }
        Ok(Self {
            element: Some(element.ok_or("its header lacks the key \"descr\"")?),
            fortran_order: fortran_order.ok_or("its header lacks the key \"fortran_order\"")?,
            shape: shape.ok_or("its header lacks the key \"shape\"")?,
            bytes,
        })
    }
}

const TRUNCATED: &str = "it ends within its header";

/// Fills `bytes`; a file that ends too early is the problem `truncated`.
fn fill(reader: &mut impl Read, bytes: &mut [u8], truncated: &str) -> Result<(), String> {
    reader.read_exact(bytes).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => truncated.to_owned(),
        _ => format!("its header cannot be read: {error}"),
    })
}

/// What is left of the header's text.
struct Cursor<'text> {
    rest: &'text str,
}

impl<'text> Cursor<'text> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn peek(&mut self, wanted: char) -> bool {
        self.skip_space();
        self.rest.starts_with(wanted)
    }

    fn take(&mut self, wanted: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        if self.take(wanted) {
            return Ok(());
        }
        let found: String = self.rest.chars().take(16).collect();
        Err(format!("its header has {found:?} where {wanted:?} belongs"))
    }

    /// A quoted text; the keys and types of the format need no escapes.
    fn string(&mut self) -> Result<&'text str, String> {
        let quote = if self.take("'") { '\'' } else { self.expect("\"").map(|()| '"')? };
        let (text, rest) = self.rest.split_once(quote).ok_or("its header has an unclosed quote")?;
        self.rest = rest;
        Ok(text)
    }

    fn boolean(&mut self) -> Result<bool, String> {
        if self.take("True") { Ok(true) } else { self.expect("False").map(|()| false) }
    }

    fn shape(&mut self) -> Result<Vec<u64>, String> {
        self.expect("(")?;
        let mut shape = Vec::new();
        while !self.take(")") {
            self.skip_space();
            let digits = self.rest.len() - self.rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
            let (number, rest) = self.rest.split_at(digits);
            shape.push(number.parse().map_err(|_| "its shape is not a tuple of lengths".to_owned())?);
            // Python 2 wrote long integers with this letter.
            self.rest = rest.strip_prefix('L').unwrap_or(rest);
            if !self.take(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(shape)
    }
}
