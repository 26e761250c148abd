//! Labels as files give them, made into classes that are counted from 0.

use std::collections::HashMap;
use std::path::Path;

use ganymede_samples::Labels;

use crate::cell::Cell;
use crate::error::FileError;

const NOT_WHOLE: &str = "expected whole numbers or texts: round continuous labels into classes, or leave them out";
const EMPTY: &str = "expected a class in every row: fill it in or remove the row";

/// Turns labels into classes one after another, and collects their names.
#[derive(Debug)]
pub(crate) struct LabelCollector {
    classes: Vec<usize>,
    /// The place of each name in `names`.
    places: HashMap<Vec<u8>, usize>,
    names: Vec<String>,
}

impl LabelCollector {
    pub(crate) fn new() -> Self {
        Self::for_rows(0)
    }

    /// With room for the labels of `rows` samples, which must be known to be there.
    pub(crate) fn for_rows(rows: usize) -> Self {
        Self { classes: Vec::with_capacity(rows), places: HashMap::new(), names: Vec::new() }
    }

    pub(crate) fn count(&self) -> usize {
        self.classes.len()
    }

    /// Adds a label that is a text, or a number in its shortest form.
    pub(crate) fn push(&mut self, name: &[u8]) {
        let class = if let Some(class) = self.places.get(name) {
            *class
        } else {
            self.names.push(String::from_utf8_lossy(name).into_owned());
            self.places.insert(name.to_owned(), self.names.len() - 1);
            self.names.len() - 1
        };
        self.classes.push(class);
    }

    /// Adds a label that is a number.
    pub(crate) fn push_number(&mut self, number: f64, path: &Path, cell: impl Fn() -> Cell) -> Result<(), FileError> {
        if number.fract() != 0.0 {
            let value = number.to_string();
            return Err(FileError::Label { path: path.to_owned(), cell: cell(), value, remedy: NOT_WHOLE });
        }
        // -0 is 0.
        self.push((number + 0.0).to_string().as_bytes());
        Ok(())
    }

    /// Adds a field of a table.
    pub(crate) fn push_field(
        &mut self,
        field: &[u8],
        number: Option<f64>,
        path: &Path,
        cell: impl Fn() -> Cell,
    ) -> Result<(), FileError> {
        match number {
            Some(number) if number.is_finite() => self.push_number(number, path, cell),
            _ if number.is_some() || field.is_empty() => {
                Err(FileError::Label { path: path.to_owned(), cell: cell(), value: lossy(field), remedy: EMPTY })
            }
            _ => {
                self.push(field);
                Ok(())
            }
        }
    }

    /// The classes: numbers in their order, texts in that of their bytes, without gaps.
    pub(crate) fn labels(self) -> Labels {
        let Self { mut classes, names, .. } = self;
        let mut named: Vec<(String, usize)> = names.into_iter().zip(0..).collect();
        sort_names(&mut named, |(name, _)| name);
        let mut ranks = vec![0; named.len()];
        named.iter().enumerate().for_each(|(rank, (_, place))| ranks[*place] = rank);
        for class in &mut classes {
            *class = ranks[*class];
        }
        Labels { classes, names: named.into_iter().map(|(name, _)| name).collect() }
    }
}

fn lossy(field: &[u8]) -> String {
    String::from_utf8_lossy(field).chars().take(32).collect()
}

/// Sorts names by their values if all of them are whole numbers, else by their bytes.
pub(crate) fn sort_names<T>(things: &mut [T], name: impl Fn(&T) -> &str) {
    if things.iter().all(|thing| name(thing).parse::<i128>().is_ok()) {
        things.sort_by_cached_key(|thing| (name(thing).parse::<i128>().unwrap_or_default(), name(thing).to_owned()));
    } else {
        things.sort_by(|first, second| name(first).cmp(name(second)));
    }
}

/// One label for each sample.
pub(crate) fn check_count(labels: u64, rows: usize, path: &Path) -> Result<(), FileError> {
    if labels == rows as u64 {
        return Ok(());
    }
    Err(FileError::LabelCount { path: path.to_owned(), labels, rows })
}

/// What the numbers of classes stand for, as a sentence; `None` where a class is called by its number.
pub fn describe_classes(labels: &Labels) -> Option<String> {
    const LISTED: usize = 6;
    let names = &labels.names;
    let shown: Vec<String> =
        names.iter().take(LISTED).enumerate().map(|(class, name)| format!("{class} is {name:?}")).collect();
    let more = if names.len() > LISTED { format!(" and {} more", names.len() - LISTED) } else { String::new() };
    labels.are_named().then(|| format!("{} classes, numbered from 0: {}{more}", names.len(), shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::{LabelCollector, describe_classes};

    #[test]
    fn classes_are_numbered_without_gaps_in_the_order_of_their_names() {
        let cases: [(&[&str], &[usize], &[&str]); 4] = [
            (&["10", "2", "10", "-1"], &[2, 1, 2, 0], &["-1", "2", "10"]),
            (&["dog", "cat", "dog"], &[1, 0, 1], &["cat", "dog"]),
            (&["10", "2", "two"], &[0, 1, 2], &["10", "2", "two"]),
            (&["0", "1", "1"], &[0, 1, 1], &["0", "1"]),
        ];
        for (texts, classes, names) in cases {
            let mut found = LabelCollector::new();
            for text in texts {
                found.push(text.as_bytes());
            }
            let labels = found.labels();
            assert_eq!((labels.classes.as_slice(), labels.names.as_slice()), (classes, &names.map_to_owned()[..]));
            assert_eq!(describe_classes(&labels).is_some(), names != ["0", "1"]);
        }
    }

    trait Owned {
        fn map_to_owned(&self) -> Vec<String>;
    }

    impl Owned for &[&str] {
        fn map_to_owned(&self) -> Vec<String> {
            self.iter().map(|name| (*name).to_owned()).collect()
        }
    }
}
