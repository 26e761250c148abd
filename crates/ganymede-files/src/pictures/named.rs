//! Classes of pictures that a file gives by the pictures' names.

use std::collections::HashMap;
use std::path::Path;

use ganymede_samples::Labels;
use serde::Deserialize;

use super::decode::Fault;
use super::tree::Tree;
use crate::classes::LabelCollector;
use crate::error::{FileError, one_line, unreadable};
use crate::path::{name, open};
use crate::table;

/// What `StyleGAN` calls the file of labels in a data set.
pub(crate) const DATASET: &str = "dataset.json";

/// Labels by the names of files, and which of them have been used.
#[derive(Debug)]
pub(crate) struct NamedLabels {
    /// What errors and the report call the file.
    source: String,
    labels: HashMap<String, String>,
    found: LabelCollector,
    used: usize,
}

/// `dataset.json`: `{"labels": [["00000/img00000000.png", 6], ...]}`, or `null` in place of the list. `classes`, which
/// `ganymede data pack` adds, holds the classes' names.
#[derive(Deserialize)]
struct Dataset {
    labels: Option<Vec<(String, Label)>>,
    classes: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Label {
    Class(i64),
    Name(String),
    Vector(Vec<f64>),
}

impl Label {
    /// The class as a text; `None` for a vector that is no one-hot row.
    fn name(self, classes: Option<&[String]>) -> Option<String> {
        let named = |class: i64| {
            let name = usize::try_from(class).ok().and_then(|class| classes?.get(class).cloned());
            name.unwrap_or_else(|| class.to_string())
        };
        match self {
            Self::Class(class) => Some(named(class)),
            Self::Name(name) => Some(name),
            Self::Vector(vector) => {
                let ones: Vec<usize> =
                    (0..vector.len()).filter(|place| vector[*place].total_cmp(&1.0).is_eq()).collect();
                let zeros = vector.iter().filter(|value| **value == 0.0).count();
                match ones[..] {
                    [one] if zeros + 1 == vector.len() => Some(named(one as i64)),
                    _ => None,
                }
            }
        }
    }
}

impl NamedLabels {
    /// The labels that a data set holds itself; `None` if it holds none that are classes.
    pub(crate) fn inside(tree: &dyn Tree, file: &Path, report: &mut Vec<String>) -> Result<Option<Self>, FileError> {
        let bytes = tree.bytes(file).map_err(|fault| match fault {
            Fault::Bad(problem) => malformed(file, problem),
            Fault::File(error) => error,
        })?;
        Self::of_json(file, &bytes, report)
    }

    /// The labels of a file: JSON as in a data set, or a table with a column of names; `None` where the labels of a table have no
    /// names, or where those of a data set are no classes.
    pub(crate) fn read(path: &Path, report: &mut Vec<String>) -> Result<Option<Self>, FileError> {
        match path.extension().unwrap_or_default().to_ascii_lowercase().to_str() {
            Some("json") => {
                let (mut file, _) = open(path, "a file of labels")?;
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut file, &mut bytes).map_err(unreadable(path))?;
                Self::of_json(path, &bytes, report)
            }
            Some("csv" | "tsv") => {
                let pairs = table::read_named_labels(path)?;
                pairs.map(|pairs| Self::of(path, pairs)).transpose()
            }
            _ => Ok(None),
        }
    }

    fn of_json(path: &Path, bytes: &[u8], report: &mut Vec<String>) -> Result<Option<Self>, FileError> {
        let dataset: Dataset = serde_json::from_slice(bytes).map_err(|error| malformed(path, one_line(error)))?;
        let Some(labels) = dataset.labels else { return Ok(None) };
        let count = labels.len();
        let classes = dataset.classes.as_deref();
        let pairs: Vec<(String, String)> =
            labels.into_iter().filter_map(|(file, label)| Some((file, label.name(classes)?))).collect();
        if pairs.len() < count {
            report.push(format!("the labels of {} are vectors, not classes; they were left out", name(path)));
            return Ok(None);
        }
        Self::of(path, pairs).map(Some)
    }

    fn of(path: &Path, pairs: Vec<(String, String)>) -> Result<Self, FileError> {
        let mut labels = HashMap::with_capacity(pairs.len());
        for (file, label) in pairs {
            if let Some(before) =
                labels.insert(file.replace('\\', "/"), label.clone()).filter(|before| *before != label)
            {
                return Err(FileError::Unfit {
                    path: path.to_owned(),
                    problem: format!("it gives {file:?} two labels, {before:?} and {label:?}"),
                    remedy: "leave one of them",
                });
            }
        }
        Ok(Self { source: path.display().to_string(), labels, found: LabelCollector::new(), used: 0 })
    }

    /// Takes the label of a picture: by its path inside the folder, or by its name alone, with or without what it ends in.
    pub(crate) fn take(&mut self, inner: &Path) -> Result<(), FileError> {
        let whole = inner.to_string_lossy().replace('\\', "/");
        let name = inner.file_name().unwrap_or_default().to_string_lossy();
        let stem = inner.file_stem().unwrap_or_default().to_string_lossy();
        let label = [whole.as_str(), &name, &stem].into_iter().find_map(|key| self.labels.get(key));
        let Some(label) = label else {
            return Err(FileError::Unfit {
                path: self.source.clone().into(),
                problem: format!("it has no label for the picture {whole}"),
                remedy: "add a line for it, or move the picture away",
            });
        };
        self.found.push(label.as_bytes());
        self.used += 1;
        Ok(())
    }

    /// The classes of the pictures that were looked up, in that order.
    pub(crate) fn finish(self, report: &mut Vec<String>) -> Labels {
        let labels = self.found.labels();
        report.push(format!("the {} classes are those of {}", labels.names.len(), name(Path::new(&self.source))));
        if self.used < self.labels.len() {
            report.push(format!(
                "{} of its {} labels belong to no picture here",
                self.labels.len() - self.used,
                self.labels.len()
            ));
        }
        labels
    }
}

fn malformed(path: &Path, problem: String) -> FileError {
    let remedy = "expected {\"labels\": [[\"00000/img00000000.png\", 6], ...]}, or null in place of the list";
    FileError::Malformed { path: path.to_owned(), format: ".json", problem, remedy }
}
