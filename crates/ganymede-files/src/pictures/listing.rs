//! Which files of a folder are pictures of which class.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::decode::is_picture;
use super::tree::{Level, Tree};
use crate::classes::sort_names;
use crate::error::FileError;
use crate::options::Folders;
use crate::path::name;

/// Folders inside folders are read down to this depth: a link may lead back to a folder above it.
const MAXIMUM_DEPTH: usize = 16;

/// Digits from which on a folder's name is that of a shard.
const SHARD_DIGITS: usize = 5;

/// The files of a folder, in the order in which they are read.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) files: Vec<PathBuf>,
    /// Files beside sub-folders, which are no pictures.
    pub(crate) strays: Vec<PathBuf>,
    /// The length of all files.
    pub(crate) bytes: u64,
    /// The names of the sub-folders that are classes, and that of each file; empty where there are none.
    pub(crate) names: Vec<String>,
    pub(crate) labels: Vec<usize>,
    pub(crate) report: Vec<String>,
}

/// Where the classes of pictures stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Classes {
    /// In the names of sub-folders, where these are no shards.
    InFolders,
    /// In a file, so that sub-folders mean nothing unless it is said what they are.
    Elsewhere,
}

impl Listing {
    /// Lists a folder of pictures, or of folders that hold them. The file at `labels` is none of them.
    pub(crate) fn read(
        tree: &dyn Tree,
        wanted: Option<Folders>,
        labels: Option<&Path>,
        classes: Classes,
    ) -> Result<Self, FileError> {
        let mut path = tree.root().to_owned();
        let mut report = Vec::new();
        let mut level = tree.level(&path)?;
        level.files.retain(|file| Some(file.as_path()) != labels);
        let mut depth = 0;
        while let ([only], true, true) = (&level.folders[..], level.files.is_empty(), depth < MAXIMUM_DEPTH) {
            path.clone_from(only);
            level = tree.level(&path)?;
            depth += 1;
        }
        if depth > 0 {
            report.push(format!("the pictures are those of its only sub-folder, {}", path.display()));
        }
        let Level { mut folders, files, bytes } = level;
        if folders.is_empty() {
            return Ok(Self { files, bytes, report, ..Self::default() });
        }
        sort_by_name(&mut folders);
        for file in &files {
            if starts_as_picture(tree, file)? {
                let Some(folder) = Self::first_with_files(tree, &folders, depth + 1) else {
                    report.extend(folders.iter().map(|folder| no_pictures(folder)));
                    return Ok(Self { files, bytes, report, ..Self::default() });
                };
                let (picture, folder) = (name(file), name(folder));
                return Err(FileError::MixedFolder { path, picture, folder });
            }
        }
        let mut listing = Self { strays: files, bytes, report, ..Self::default() };
        for folder in &folders {
            let start = listing.files.len();
            listing.descend(tree, folder, depth + 1)?;
            if listing.files.len() > start {
                let label = listing.names.len();
                listing.names.push(name(folder));
                listing.labels.resize(listing.files.len(), label);
            } else {
                listing.report.push(no_pictures(folder));
            }
        }
        match classes {
            Classes::Elsewhere if wanted.is_none() => listing.forget_folders(),
            _ => listing.decide(wanted),
        }
        Ok(listing)
    }

    /// The first of these folders that has any files, or that cannot be listed.
    fn first_with_files<'a>(tree: &dyn Tree, folders: &'a [PathBuf], depth: usize) -> Option<&'a PathBuf> {
        for folder in folders {
            let mut below = Self::default();
            if below.descend(tree, folder, depth).is_err() || !below.files.is_empty() {
                return Some(folder);
            }
        }
        None
    }

    /// Adds all files below a folder.
    fn descend(&mut self, tree: &dyn Tree, folder: &Path, depth: usize) -> Result<(), FileError> {
        if depth > MAXIMUM_DEPTH {
            return Err(FileError::Unfit {
                path: folder.to_owned(),
                problem: format!("it lies more than {MAXIMUM_DEPTH} folders deep"),
                remedy: "name a folder nearer to the pictures; a link may lead in a circle",
            });
        }
        let Level { mut folders, files, bytes } = tree.level(folder)?;
        self.files.extend(files);
        self.bytes += bytes;
        sort_by_name(&mut folders);
        folders.iter().try_for_each(|folder| self.descend(tree, folder, depth + 1))
    }

    /// Says whether the sub-folders are classes, and forgets them if they are not.
    fn decide(&mut self, wanted: Option<Folders>) {
        let folders = self.names.len();
        let why = match wanted {
            Some(_) => "as asked",
            None => {
                "as all names are numbers of the same five digits or more and no file's name occurs twice; \
                folders = \"classes\" or --folders classes makes them classes"
            }
        };
        match wanted.unwrap_or_else(|| if self.are_shards() { Folders::Shards } else { Folders::Classes }) {
            Folders::Shards => {
                self.report.push(format!("the {folders} sub-folders are shards, not classes, {why}"));
                self.forget_folders();
            }
            Folders::Classes => self.report.push(format!("the {folders} sub-folders are classes")),
        }
    }

    fn forget_folders(&mut self) {
        self.names.clear();
        self.labels.clear();
    }

    fn are_shards(&self) -> bool {
        let Some(first) = self.names.first() else { return false };
        let is_number = |name: &String| name.len() == first.len() && name.bytes().all(|byte| byte.is_ascii_digit());
        let mut seen = HashSet::new();
        first.len() >= SHARD_DIGITS
            && self.names.iter().all(is_number)
            && self.files.iter().all(|file| seen.insert(file.file_name()))
    }
}

fn no_pictures(folder: &Path) -> String {
    format!("the folder {:?} holds no pictures", name(folder))
}

/// Whether a file begins as a picture does. What cannot be opened as a file is none.
fn starts_as_picture(tree: &dyn Tree, file: &Path) -> Result<bool, FileError> {
    match tree.start(file) {
        Ok(start) => Ok(is_picture(&start)),
        Err(FileError::Missing { .. } | FileError::NotAFile { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Sorts by the value of the names if all are numbers, so that 10 comes after 2, else by their bytes.
fn sort_by_name(paths: &mut [PathBuf]) {
    let mut named: Vec<(String, PathBuf)> = paths.iter().map(|path| (name(path), path.clone())).collect();
    sort_names(&mut named, |(name, _)| name);
    paths.iter_mut().zip(named).for_each(|(path, (_, sorted))| *path = sorted);
}
