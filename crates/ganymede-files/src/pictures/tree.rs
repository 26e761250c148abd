//! Where pictures lie: in a folder, or in a zip archive of one.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::decode::Fault;
use crate::container::{Container, Purpose};
use crate::error::{FileError, unreadable};
use crate::path::{metadata, open, refused};

/// The largest file that is read as one picture.
const MAXIMUM_FILE_BYTES: u64 = 1 << 28;

/// The first bytes of a file, from which its kind is known.
const START_BYTES: u64 = 64;

const PICTURE_FILES: &str = "a picture";

const PURPOSE: Purpose = Purpose { format: ".zip", remedy: "make it anew with `ganymede data pack`, or unpack it" };

/// What a folder itself holds, each sorted by name.
pub(crate) struct Level {
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) files: Vec<PathBuf>,
    /// The length of these files as they are stored.
    pub(crate) bytes: u64,
}

/// Folders of files. All paths begin with the root's.
pub(crate) trait Tree {
    /// The outermost folder.
    fn root(&self) -> &Path;

    /// Lists a folder, without hidden files.
    fn level(&self, folder: &Path) -> Result<Level, FileError>;

    /// The first bytes of a file.
    fn start(&self, file: &Path) -> Result<Vec<u8>, FileError>;

    /// All bytes of a file.
    fn bytes(&self, file: &Path) -> Result<Vec<u8>, Fault>;
}

fn too_long(length: u64) -> Fault {
    Fault::Bad(format!("its {length} bytes are more than {MAXIMUM_FILE_BYTES}"))
}

pub(crate) struct Folder {
    pub(crate) root: PathBuf,
}

impl Tree for Folder {
    fn root(&self) -> &Path {
        &self.root
    }

    /// What a link leads to counts, not the link. What is no folder is listed with the files.
    fn level(&self, folder: &Path) -> Result<Level, FileError> {
        let entries = std::fs::read_dir(folder).map_err(|reason| refused(folder, reason))?;
        let mut names: Vec<OsString> = entries
            .map(|entry| entry.map(|entry| entry.file_name()))
            .filter(|name| !name.as_ref().is_ok_and(|name| name.as_encoded_bytes().starts_with(b".")))
            .collect::<Result<_, _>>()
            .map_err(|reason| refused(folder, reason))?;
        names.sort();
        let mut level = Level { folders: Vec::new(), files: Vec::new(), bytes: 0 };
        for name in names {
            let path = folder.join(name);
            match metadata(&path) {
                Ok(found) if found.is_dir() => level.folders.push(path),
                Ok(found) => {
                    level.bytes += if found.is_file() { found.len() } else { 0 };
                    level.files.push(path);
                }
                // A link that leads nowhere is one file that cannot be read.
                Err(FileError::Missing { .. }) => level.files.push(path),
                Err(error) => return Err(error),
            }
        }
        Ok(level)
    }

    fn start(&self, file: &Path) -> Result<Vec<u8>, FileError> {
        let (opened, _) = open(file, PICTURE_FILES)?;
        let mut start = Vec::new();
        opened.take(START_BYTES).read_to_end(&mut start).map_err(unreadable(file))?;
        Ok(start)
    }

    fn bytes(&self, file: &Path) -> Result<Vec<u8>, Fault> {
        let (mut opened, length) = open(file, PICTURE_FILES).map_err(|error| match error {
            FileError::Missing { .. } => Fault::Bad("it is a link that leads nowhere".to_owned()),
            FileError::NotAFile { .. } => Fault::Bad("it is neither a file nor a folder".to_owned()),
            error => Fault::File(error),
        })?;
        if length > MAXIMUM_FILE_BYTES {
            return Err(too_long(length));
        }
        let mut bytes = vec![0; length as usize];
        opened.read_exact(&mut bytes).map_err(unreadable(file))?;
        Ok(bytes)
    }
}

/// A zip archive of a folder.
pub(crate) struct Packed {
    container: Container,
    /// The place of each file in the archive, by its path from the root.
    places: BTreeMap<PathBuf, usize>,
}

impl Packed {
    /// Opens an archive and lists its files.
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let container = Container::open(path, PURPOSE, |name| !name.ends_with(b"/"))?;
        let mut places = BTreeMap::new();
        for (place, entry) in container.entries.iter().enumerate() {
            let name = entry.name.replace('\\', "/");
            let parts = || name.split('/').filter(|part| !part.is_empty() && *part != ".");
            // Archives made on a Mac hold a second, hidden file beside each.
            if parts().any(|part| part.starts_with('.') || part == "__MACOSX") {
                continue;
            }
            let inner: PathBuf = parts().collect();
            if places.insert(inner, place).is_some() {
                return Err(PURPOSE.malformed(path, format!("it holds {:?} twice", entry.name)));
            }
        }
        Ok(Self { container, places })
    }

    fn place(&self, file: &Path) -> Result<usize, FileError> {
        let inner = file.strip_prefix(&self.container.path).unwrap_or(file);
        self.places.get(inner).copied().ok_or_else(|| FileError::Missing { path: file.to_owned() })
    }

    fn read(&self, file: &Path, most: u64) -> Result<Vec<u8>, FileError> {
        let entry = &self.container.entries[self.place(file)?];
        self.container.read_entry(entry, file, |reader, size, broken| {
            // Grows with what there is, whatever size is declared.
            let mut bytes = Vec::new();
            reader.take(most.min(size)).read_to_end(&mut bytes).map_err(broken)?;
            if size > most {
                return Err(PURPOSE.malformed(file, format!("its {size} bytes are more than {most}")));
            }
            Ok(bytes)
        })
    }
}

impl Tree for Packed {
    fn root(&self) -> &Path {
        &self.container.path
    }

    fn level(&self, folder: &Path) -> Result<Level, FileError> {
        let inner = folder.strip_prefix(self.root()).unwrap_or(folder);
        let (mut folders, mut files, mut bytes) = (BTreeSet::new(), Vec::new(), 0);
        // Paths are sorted part by part, so that what lies below a folder follows it.
        let below = self.places.range(inner.to_owned()..).take_while(|(path, _)| path.starts_with(inner));
        for (path, place) in below {
            let mut parts = path.strip_prefix(inner).unwrap_or(path).components();
            match (parts.next(), parts.next()) {
                (Some(_), None) => {
                    files.push(self.root().join(path));
                    bytes += self.container.entries[*place].stored;
                }
                (Some(first), Some(_)) => {
                    folders.insert(folder.join(first));
                }
                // A file that is also a folder.
                (None, _) => return Err(PURPOSE.malformed(folder, "it is a file and a folder".to_owned())),
            }
        }
        Ok(Level { folders: folders.into_iter().collect(), files, bytes })
    }

    fn start(&self, file: &Path) -> Result<Vec<u8>, FileError> {
        let mut bytes = match self.bytes(file) {
            Ok(bytes) => bytes,
            // What cannot be read is no picture.
            Err(Fault::Bad(_)) => Vec::new(),
            Err(Fault::File(error)) => return Err(error),
        };
        bytes.truncate(START_BYTES as usize);
        Ok(bytes)
    }

    fn bytes(&self, file: &Path) -> Result<Vec<u8>, Fault> {
        self.read(file, MAXIMUM_FILE_BYTES).map_err(|error| match error {
            FileError::Malformed { problem, .. } => Fault::Bad(problem),
            error => Fault::File(error),
        })
    }
}
