//! Columns whose offset would use up the digits of single precision.

/// A column keeps at least 16 of the 24 digits that single precision has, unless its values are this factor larger than
/// their range.
const LARGEST_OFFSET: f64 = 256.0;

/// Ranges of the columns of a matrix, in double precision.
#[derive(Debug)]
pub(crate) struct Ranges {
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Ranges {
    pub(crate) fn new(columns: usize) -> Self {
        Self { low: vec![f64::INFINITY; columns], high: vec![f64::NEG_INFINITY; columns] }
    }

    pub(crate) fn add(&mut self, column: usize, value: f64) {
        self.low[column] = self.low[column].min(value);
        self.high[column] = self.high[column].max(value);
    }

    /// The middle of each column that has to be centred, and 0 for the others; `None` if none has to be.
    pub(crate) fn offsets(&self) -> Option<Vec<f64>> {
        let middle = |(low, high): (&f64, &f64)| {
            let range = high - low;
            let largest = low.abs().max(high.abs());
            if range > 0.0 && largest > LARGEST_OFFSET * range { low + range / 2.0 } else { 0.0 }
        };
        let offsets: Vec<f64> = self.low.iter().zip(&self.high).map(middle).collect();
        offsets.iter().any(|offset| *offset != 0.0).then_some(offsets)
    }
}

/// The report's line on offsets that were taken.
pub(crate) fn describe(offsets: &[f64], columns: Option<&[String]>) -> Option<String> {
    const LISTED: usize = 3;
    let taken: Vec<(usize, f64)> = offsets.iter().copied().enumerate().filter(|(_, offset)| *offset != 0.0).collect();
    let name = |column: usize| match columns.and_then(|columns| columns.get(column)) {
        Some(name) => format!("{name:?}"),
        None => column.to_string(),
    };
    let shown: Vec<String> =
        taken.iter().take(LISTED).map(|(column, offset)| format!("{offset} from column {}", name(*column))).collect();
    let more = if taken.len() > LISTED { format!(" and {} more", taken.len() - LISTED) } else { String::new() };
    let why = "single precision would have lost their digits";
    (!taken.is_empty()).then(|| format!("columns were centred, as {why}: {}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::{Ranges, describe};

    #[test]
    fn only_columns_that_would_lose_digits_are_centred() {
        let cases: [(&[f64], bool); 6] = [
            (&[1e9 - 1.0, 1e9 + 3.0], true),
            (&[-1e9 - 3.0, -1e9], true),
            (&[1.7e9, 1.7e9 + 3e7], false),
            (&[-1.0, 1.0], false),
            (&[5e9, 5e9], false),
            (&[0.0, 255.0], false),
        ];
        for (values, centred) in cases {
            let mut ranges = Ranges::new(1);
            for value in values {
                ranges.add(0, *value);
            }
            let offsets = ranges.offsets();
            assert_eq!(offsets.is_some(), centred, "{values:?}");
            if let Some(offsets) = offsets {
                assert!(values.iter().all(|value| (value - offsets[0]).abs() < 3.0), "{offsets:?}");
            }
        }
        assert_eq!(describe(&[0.0, 0.0], None), None);
        let text = describe(&[0.0, 5e9], Some(&["a".to_owned(), "time".to_owned()])).unwrap_or_default();
        assert!(text.ends_with("5000000000 from column \"time\""), "{text}");
    }
}
