//! Event files, as TensorBoard reads them.
//!
//! A file is a list of records (`TFRecord`: a length, its checksum, bytes, their checksum), each of which is an `Event` of TensorFlow's
//! `core/util/event.proto`, written here field by field: a handful of fields needs no compiler of protocol buffers.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, ImageReader};

use crate::error::ReportError;
use crate::records::Record;
use crate::run::RunRecords;
use crate::table::scalars;

/// The records of a run as an event file: every number at its step, and the pictures of samples. `start` is when the run began,
/// in seconds since 1970. The second value is what could not be read.
///
/// Tags are the names of [`crate::csv`]'s columns. A rollback starts a session after the step that the run went back to, so that
/// TensorBoard forgets the steps that were undone.
///
/// # Errors
/// [`ReportError`] where there is no run.
pub fn events(path: &Path, start: f64) -> Result<(Vec<u8>, Vec<String>), ReportError> {
    let run = RunRecords::read(path)?;
    let mut notes = run.notes.clone();
    let mut events = EventWriter::new(start);
    let mut pictures = run.pictures.iter().peekable();
    for record in &run.records.lines {
        events.record(record);
        // A picture belongs to the first record of its step.
        while let Some((step, path)) = pictures.next_if(|(step, _)| *step <= record.step) {
            if let Err(reason) = events.picture(*step, record.seconds, path) {
                notes.push(format!("{}: {reason}; it is left out", path.display()));
            }
        }
    }
    Ok((events.take(), notes))
}

/// Turns the lines and pictures of a run into the bytes of an event file, while the run makes them.
pub struct EventWriter {
    file: EventFile,
    start: f64,
    rollbacks: u32,
}

impl EventWriter {
    /// The file of a run that began at `start`, in seconds since 1970.
    pub fn new(start: f64) -> Self {
        Self { file: EventFile::new(start), start, rollbacks: 0 }
    }

    /// The next file of a run that resumes at a step, whose lines and pictures are still to come, after so many `rollbacks` and
    /// `seconds` of training: `TensorBoard` forgets what earlier files have from that step on.
    pub fn resumed(start: f64, step: u64, rollbacks: u32, seconds: f64) -> Self {
        let mut file = EventFile::new(start);
        file.session(start + seconds, step);
        Self { file, start, rollbacks }
    }

    /// Adds a line of `stats.jsonl`.
    ///
    /// # Errors
    /// What is wrong with a text that is no such line.
    pub fn line(&mut self, text: &str) -> Result<(), String> {
        let record: Record = serde_json::from_str(text).map_err(|error| error.to_string())?;
        self.record(&record);
        Ok(())
    }

    fn record(&mut self, record: &Record) {
        let time = self.start + record.seconds;
        if record.rollbacks > self.rollbacks {
            self.rollbacks = record.rollbacks;
            // The step itself is kept.
            self.file.session(time, record.step + 1);
        }
        let values: Vec<Vec<u8>> = scalars(record).iter().map(|(tag, value)| scalar(tag, *value)).collect();
        self.file.summary(time, record.step, &values);
    }

    /// Adds the picture of a step, after so many seconds of training.
    ///
    /// # Errors
    /// What is wrong with a file that is no PNG.
    pub fn picture(&mut self, step: u64, seconds: f64, path: &Path) -> Result<(), String> {
        let value = picture(path)?;
        self.file.summary(self.start + seconds, step, &[value]);
        Ok(())
    }

    /// The bytes that are to be appended to the file.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.file.bytes)
    }
}

/// A file that is being written.
struct EventFile {
    bytes: Vec<u8>,
}

impl EventFile {
    fn new(start: f64) -> Self {
        let mut file = Self { bytes: Vec::new() };
        file.event(start, 0, |event| field(event, 3, b"brain.Event:2"));
        file
    }

    /// Values of one step.
    fn summary(&mut self, time: f64, step: u64, values: &[Vec<u8>]) {
        if values.is_empty() {
            return;
        }
        let mut summary = Vec::new();
        for value in values {
            field(&mut summary, 1, value);
        }
        self.event(time, step, |event| field(event, 5, &summary));
    }

    /// A session that starts at a step: what came after it before is void.
    fn session(&mut self, time: f64, step: u64) {
        const START: u64 = 1;
        let mut session = Vec::new();
        number(&mut session, 1, START);
        self.event(time, step, |event| field(event, 7, &session));
    }

    fn event(&mut self, time: f64, step: u64, content: impl FnOnce(&mut Vec<u8>)) {
        let mut event = vec![key(1, 1)];
        event.extend(time.to_le_bytes());
        number(&mut event, 2, step);
        content(&mut event);
        self.record(&event);
    }

    fn record(&mut self, data: &[u8]) {
        let length = (data.len() as u64).to_le_bytes();
        self.bytes.extend(length);
        self.bytes.extend(masked(crc32c::crc32c(&length)).to_le_bytes());
        self.bytes.extend(data);
        self.bytes.extend(masked(crc32c::crc32c(data)).to_le_bytes());
    }
}

/// A checksum as these records hold it: rotated and moved, so that the checksum of a file that holds checksums means something.
fn masked(checksum: u32) -> u32 {
    checksum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// A `Summary.Value` with a number.
fn scalar(tag: &str, value: f64) -> Vec<u8> {
    let mut bytes = Vec::new();
    field(&mut bytes, 1, tag.as_bytes());
    bytes.push(key(2, 5));
    bytes.extend((value as f32).to_le_bytes());
    bytes
}

/// The channels that a picture is said to have: red, green and blue.
const CHANNELS: u64 = 3;

/// A `Summary.Value` with a picture, which stays the PNG that it is.
fn picture(path: &Path) -> Result<Vec<u8>, String> {
    let png = fs::read(path).map_err(|error| format!("cannot be read ({error})"))?;
    let reader = ImageReader::with_format(Cursor::new(&png), ImageFormat::Png);
    let (width, height) = reader.into_dimensions().map_err(|error| format!("no picture ({error})"))?;
    let mut image = Vec::new();
    number(&mut image, 1, u64::from(height));
    number(&mut image, 2, u64::from(width));
    number(&mut image, 3, CHANNELS);
    field(&mut image, 4, &png);
    let mut bytes = Vec::new();
    field(&mut bytes, 1, b"samples");
    field(&mut bytes, 4, &image);
    Ok(bytes)
}

/// The key of a field whose number is below 16.
fn key(number: u8, wire: u8) -> u8 {
    number << 3 | wire
}

/// A field of a whole number.
fn number(bytes: &mut Vec<u8>, field: u8, value: u64) {
    bytes.push(key(field, 0));
    variable(bytes, value);
}

/// A field of bytes, text or another message.
fn field(bytes: &mut Vec<u8>, field: u8, content: &[u8]) {
    bytes.push(key(field, 2));
    variable(bytes, content.len() as u64);
    bytes.extend(content);
}

/// Seven bits a byte, the lowest first.
fn variable(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::{EventFile, masked, scalar, variable};

    #[test]
    fn checksums_are_castagnolis_and_masked() {
        // RFC 3720, appendix B.4: 32 bytes of zeros.
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(masked(0), 0xa282_ead8);
        assert_eq!(masked(0x8000), 0xa282_ead9);
    }

    #[test]
    fn numbers_take_seven_bits_a_byte() {
        for (value, expected) in
            [(0, vec![0]), (127, vec![127]), (300, vec![0xac, 2]), (1 << 35, vec![128, 128, 128, 128, 128, 1])]
        {
            let mut bytes = Vec::new();
            variable(&mut bytes, value);
            assert_eq!(bytes, expected, "{value}");
        }
    }

    #[test]
    fn a_record_is_framed() {
        let mut file = EventFile::new(1.5);
        let first = file.bytes.len();
        // Time (9 bytes), step (2), version (2 and 13).
        assert_eq!(file.bytes[..8], 26_u64.to_le_bytes());
        assert_eq!(first, 8 + 4 + 26 + 4);
        assert_eq!(file.bytes[12..21], [9, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]);
        file.summary(2.0, 300, &[scalar("a", 0.5)]);
        let event = &file.bytes[first + 12..file.bytes.len() - 4];
        assert_eq!(event[9..], [16, 0xac, 2, 42, 10, 10, 8, 10, 1, b'a', 21, 0, 0, 0, 0x3f]);
        file.summary(2.0, 300, &[]);
        assert_eq!(
            file.bytes.len(),
            first + 12 + event_length(&file.bytes[first..]) + 4,
            "nothing is written of nothing"
        );
    }

    fn event_length(bytes: &[u8]) -> usize {
        u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize
    }
}
