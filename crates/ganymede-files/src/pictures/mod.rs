//! Folders of pictures, with a sub-folder for each class, in shards or plain.

mod decode;
mod gather;
mod listing;
mod named;
mod tree;

use std::path::{Path, PathBuf};

use ganymede_samples::{Labels, Shape};

use self::decode::{Fault, MAXIMUM_RATIO, decode};
use self::gather::Gathered;
use self::listing::{Classes, Listing};
pub(crate) use self::named::DATASET;
use self::named::NamedLabels;
use self::tree::{Folder, Packed, Tree};
use crate::error::FileError;
use crate::labels::read_labels;
use crate::options::{BAD_FILES, ReadOptions};
use crate::path::name;
use crate::set::{Numbers, SampleSet};

/// The most values that a folder of pictures may hold: 8 GiB of bytes.
const MAXIMUM_VALUES: u64 = 1 << 33;

/// Bad files that an error or a report names.
const NAMED: usize = 5;

/// Reads a folder of pictures: those in it, or those in its sub-folders, which are classes unless they are shards.
pub(crate) fn read_folder(path: &Path, options: &ReadOptions) -> Result<SampleSet, FileError> {
    read_tree(&Folder { root: path.to_owned() }, options)
}

/// Reads a zip archive of a folder of pictures, by the same rules.
pub(crate) fn read_archive(path: &Path, options: &ReadOptions) -> Result<SampleSet, FileError> {
    read_tree(&Packed::open(path)?, options)
}

fn read_tree(tree: &dyn Tree, options: &ReadOptions) -> Result<SampleSet, FileError> {
    let path = tree.root();
    let dataset = Some(path.join(DATASET)).filter(|file| tree.start(file).is_ok());
    let mut notes = Vec::new();
    let mut named = match (&options.labels, &dataset) {
        (Some(labels), _) => NamedLabels::read(labels, &mut notes)?,
        (None, Some(dataset)) => NamedLabels::inside(tree, dataset, &mut notes)?,
        (None, None) => None,
    };
    let classes = if named.is_some() || options.labels.is_some() { Classes::Elsewhere } else { Classes::InFolders };
    let listing = Listing::read(tree, options.folders, dataset.as_deref(), classes)?;
    let total = listing.files.len() + listing.strays.len();
    if listing.files.is_empty() {
        return Err(FileError::NoPictures { path: path.to_owned() });
    }
    let mut report = listing.report;
    report.extend(notes);
    let mut bad: Vec<(PathBuf, String)> =
        listing.strays.into_iter().map(|stray| (stray, "it is no picture".to_owned())).collect();
    let allowed = (options.bad_files.unwrap_or(BAD_FILES) * total as f64 + 1e-9).floor() as usize;
    let mut gathered = Gathered::new(options);
    let mut labels = Vec::with_capacity(listing.labels.len());
    let reserve = |shape: Shape| {
        let values = shape.features() as u128 * listing.files.len() as u128;
        if values > u128::from(MAXIMUM_VALUES) {
            return Err(FileError::TooLarge { path: path.to_owned(), values, maximum: MAXIMUM_VALUES });
        }
        Ok((values as u64).min(listing.bytes.saturating_mul(MAXIMUM_RATIO)) as usize)
    };
    for (index, file) in listing.files.iter().enumerate() {
        match tree.bytes(file).and_then(|bytes| decode(&bytes)) {
            Ok(decoded) => {
                gathered.push(file, decoded, reserve)?;
                match &mut named {
                    Some(named) => named.take(file.strip_prefix(path).unwrap_or(file))?,
                    None => labels.extend(listing.labels.get(index).copied()),
                }
            }
            Err(Fault::Bad(problem)) => bad.push((file.clone(), problem)),
            Err(Fault::File(error)) => return Err(error),
        }
    }
    let describe = |(file, problem): &(PathBuf, String)| format!("{} ({problem})", inner(path, file));
    let mut list: Vec<String> = bad.iter().take(NAMED).map(describe).collect();
    if bad.len() > NAMED {
        list.push(format!("{} more", bad.len() - NAMED));
    }
    if bad.len() > allowed {
        let (path, bad, list) = (path.to_owned(), bad.len(), list.join(", "));
        let needed = (bad as f64 / total as f64 * 1000.0).ceil() / 1000.0;
        return Err(FileError::BadPictures { path, bad, files: total, allowed, list, needed });
    }
    let samples = gathered.finish(path, &mut report)?;
    let samples = samples.ok_or_else(|| FileError::NoPictures { path: path.to_owned() })?;
    if !bad.is_empty() {
        report.push(format!("{} of {total} files are no pictures and were skipped: {}", bad.len(), list.join(", ")));
    }
    let mut set = SampleSet::new(samples, Numbers::Bytes);
    set.contents.labels = match (named, &options.labels) {
        (Some(named), _) => Some(named.finish(&mut report)),
        (None, Some(labels)) => Some(read_labels(labels, set.rows())?),
        (None, None) => (!listing.names.is_empty()).then(|| without_gaps(labels, &listing.names)),
    };
    set.report = report;
    Ok(set)
}

/// Classes of which each has a picture: all files of one may have been bad.
fn without_gaps(mut labels: Vec<usize>, names: &[String]) -> Labels {
    let mut places = vec![None; names.len()];
    for label in &labels {
        places[*label] = Some(0);
    }
    let kept: Vec<usize> = (0..names.len()).filter(|label| places[*label].is_some()).collect();
    kept.iter().enumerate().for_each(|(place, label)| places[*label] = Some(place));
    for label in &mut labels {
        *label = places[*label].unwrap_or_default();
    }
    Labels { classes: labels, names: kept.into_iter().map(|label| names[label].clone()).collect() }
}

/// A file's path inside the folder.
fn inner(folder: &Path, file: &Path) -> String {
    file.strip_prefix(folder).map_or_else(|_| name(file), |inner| inner.display().to_string())
}
