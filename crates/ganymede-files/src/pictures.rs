//! Folders of pictures, with a sub-folder for each class or without.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::decode::{Kind, MAXIMUM_RATIO, decode};
use crate::error::FileError;
use crate::open::{metadata, unreadable};
use crate::picture::Picture;
use crate::sample_set::SampleSet;
use crate::samples::Samples;

/// The most values that a folder of pictures may hold: 8 GiB in single precision.
const MAXIMUM_VALUES: u64 = 1 << 31;

const PICTURE_FILES: &str = "a PNG or JPEG picture";

/// Reads a folder of pictures, or a folder of such folders whose places among the sorted names are the classes.
pub(crate) fn read_folder(path: &Path) -> Result<SampleSet, FileError> {
    let mut listing = Listing::read(path)?;
    if listing.folders.is_empty() {
        return read_pictures(path, &listing.files, listing.bytes, None);
    }
    if !listing.files.is_empty() {
        return Err(FileError::MixedFolder { path: listing.folders.swap_remove(0) });
    }
    let (mut pictures, mut labels, mut bytes) = (Vec::new(), Vec::new(), 0);
    for (class, folder) in listing.folders.into_iter().enumerate() {
        let listing = Listing::read(&folder)?;
        if let Some(inner) = listing.folders.into_iter().next() {
            return Err(FileError::MixedFolder { path: inner });
        }
        if listing.files.is_empty() {
            return Err(FileError::NoPictures { path: folder });
        }
        labels.resize(labels.len() + listing.files.len(), class);
        pictures.extend(listing.files);
        bytes += listing.bytes;
    }
    read_pictures(path, &pictures, bytes, Some(labels))
}

/// What a folder holds, each sorted by name.
struct Listing {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
    /// The length of all files.
    bytes: u64,
}

impl Listing {
    /// Lists a folder without hidden files. What a link leads to counts, not the link.
    fn read(path: &Path) -> Result<Self, FileError> {
        let entries = std::fs::read_dir(path).map_err(|reason| unreadable(path, reason))?;
        let mut names: Vec<OsString> = entries
            .map(|entry| entry.map(|entry| entry.file_name()))
            .filter(|name| !name.as_ref().is_ok_and(|name| name.as_encoded_bytes().starts_with(b".")))
            .collect::<Result<_, _>>()
            .map_err(|reason| unreadable(path, reason))?;
        names.sort();
        let mut listing = Self { folders: Vec::new(), files: Vec::new(), bytes: 0 };
        for name in names {
            let path = path.join(name);
            let found = metadata(&path)?;
            if found.is_dir() {
                listing.folders.push(path);
            } else if found.is_file() {
                listing.files.push(path);
                listing.bytes += found.len();
            } else {
                return Err(FileError::NotAFile { path, expected: PICTURE_FILES });
            }
        }
        Ok(listing)
    }
}

/// Reads pictures of one size and kind; `bytes` is the length of all files.
fn read_pictures(
    folder: &Path,
    paths: &[PathBuf],
    bytes: u64,
    labels: Option<Vec<usize>>,
) -> Result<SampleSet, FileError> {
    let [first, others @ ..] = paths else {
        return Err(FileError::NoPictures { path: folder.to_owned() });
    };
    let mut values = Vec::new();
    let check = |kind: Kind, values: &mut Vec<f32>| {
        let total = u128::from(kind.values()) * paths.len() as u128;
        if total > u128::from(MAXIMUM_VALUES) {
            return Err(FileError::TooLarge { path: folder.to_owned(), values: total, maximum: MAXIMUM_VALUES });
        }
        values.reserve_exact((total as u64).min(bytes.saturating_mul(MAXIMUM_RATIO)) as usize);
        Ok(())
    };
    let expected = decode(first, check, &mut values)?;
    for path in others {
        let check = |found: Kind, _: &mut Vec<f32>| {
            if found == expected {
                return Ok(());
            }
            let (path, first) = (path.clone(), first.clone());
            Err(FileError::PictureSize { path, found: found.to_string(), first, expected: expected.to_string() })
        };
        decode(path, check, &mut values)?;
    }
    let Kind { channels, height, width } = expected;
    let shape = vec![channels, height, width];
    let picture = Picture::of(&shape);
    Ok(SampleSet { samples: Samples { values, features: channels * height * width }, labels, shape, picture })
}
