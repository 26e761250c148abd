//! The most that a cache may hold: what was used longest ago goes first.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// A file that is being written has been touched in this time; one that was not is what a process that ended left.
const ABANDONED: Duration = Duration::from_hours(24);

/// What the names of files that are being written end in.
const UNFINISHED: &str = "partial";

/// The most bytes that the files in some folders hold together.
///
/// Several processes may use the folders and limit them at the same time: a file that one of them removes is one that another
/// makes anew, and what is being written is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheLimit {
    /// The folders, with all that is in them.
    pub folders: Vec<PathBuf>,
    /// The most bytes.
    pub bytes: u64,
}

impl CacheLimit {
    /// Removes the files that were used longest ago until the others are within the limit, and returns how many bytes went. What
    /// cannot be read or removed stays.
    pub fn enforce(&self) -> u64 {
        let mut files = Vec::new();
        self.folders.iter().for_each(|folder| list(folder, &mut files));
        let now = SystemTime::now();
        let is_unfinished = |file: &Listed| {
            let is_young = now.duration_since(file.used).is_ok_and(|age| age < ABANDONED);
            file.path.extension().is_some_and(|end| end == UNFINISHED) && is_young
        };
        files.retain(|file| !is_unfinished(file));
        files.sort_by(|a, b| a.used.cmp(&b.used).then_with(|| a.path.cmp(&b.path)));
        let mut held: u64 = files.iter().map(|file| file.bytes).sum();
        let mut removed = 0;
        for file in &files {
            if held <= self.bytes {
                break;
            }
            held -= file.bytes;
            if fs::remove_file(&file.path).is_ok() {
                removed += file.bytes;
            }
        }
        removed
    }
}

/// A file of the cache.
struct Listed {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

/// The fewest letters of a name in a cache, up to its first full stop.
const NAME_LETTERS: usize = 16;

/// Whether a file is named as those of a cache are, by numbers and checksums. A folder that somebody names as a cache may hold other
/// files, which are not ours to remove.
fn is_of_a_cache(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (stem, end) = name.split_once('.').unwrap_or((&name, ""));
    let is_letter = |letter: u8| matches!(letter, b'0'..=b'9' | b'a'..=b'f' | b'x' | b'-');
    let ends = ["npz", "safetensors", "lock", UNFINISHED];
    stem.len() >= NAME_LETTERS && stem.bytes().all(is_letter) && ends.iter().any(|known| end.ends_with(known))
}

/// Adds every file of a cache in a folder and the folders in it; links are not followed.
fn list(folder: &Path, files: &mut Vec<Listed>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(found) = entry.metadata() else { continue };
        if found.is_dir() {
            list(&entry.path(), files);
        } else if let (true, Ok(used)) = (found.is_file() && is_of_a_cache(&entry.path()), found.modified()) {
            files.push(Listed { path: entry.path(), bytes: found.len(), used });
        }
    }
}

/// Notes that a file of a cache was used now. One that cannot be changed is taken to be as old as it says.
pub fn note_use(path: &Path) {
    if let Ok(file) = fs::File::options().append(true).open(path) {
        // Of no consequence but that it may go earlier than it should.
        let _ = file.set_modified(SystemTime::now());
    }
}

/// A name beside `path` that nobody else writes to, for a file that is renamed to `path` once it is whole. Two processes or threads
/// that make the same file then never see a part of it.
pub fn own_name_beside(path: &Path) -> PathBuf {
    static NAMES: AtomicU64 = AtomicU64::new(0);
    let number = NAMES.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.{UNFINISHED}", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        let now = SystemTime::now();
        let write = |path: PathBuf, hours: u64| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, [0; 100]).unwrap();
            let file = fs::File::options().append(true).open(&path).unwrap();
            file.set_modified(now - Duration::from_hours(hours)).unwrap();
            path
        };
        let files = [
            write(one.join("deep/0123456789abcdef.npz"), 40),
            write(two.join("28x28x1-60000-f3639b56-1.safetensors.7.partial"), 30),
            write(two.join("28x28x1-60000-f3639b56-1.safetensors"), 20),
            write(one.join("ffffffffffffffff.npz"), 10),
            write(one.join("eeeeeeeeeeeeeeee.npz.7.partial"), 3),
        ];
        let there = || files.each_ref().map(|path| path.exists());
        let limit = |bytes| CacheLimit { folders: vec![one.clone(), two.clone(), folder.path().join("none")], bytes };
        assert_eq!((limit(400).enforce(), there()), (0, [true; 5]));
        // What another process is writing does not count and stays; what one left does not.
        assert_eq!((limit(399).enforce(), there()), (100, [false, true, true, true, true]));
        note_use(&files[2]);
        assert_eq!((limit(100).enforce(), there()), (200, [false, false, true, false, true]));
        assert_eq!((limit(0).enforce(), there()), (100, [false, false, false, false, true]));
        assert_eq!(limit(0).enforce(), 0);
        // What somebody else put there is neither counted nor removed.
        let theirs = ["model.onnx", "features-of-mine.npz", "deep/cafe.npz"].map(|name| write(one.join(name), 50));
        assert_eq!((limit(0).enforce(), theirs.map(|path| path.exists())), (0, [true; 3]));
    }

    #[test]
    fn a_name_of_ones_own_is_beside_the_file_and_unfinished() {
        let own = own_name_beside(Path::new("folder/a.npz"));
        assert_eq!(own.parent(), Some(Path::new("folder")));
        let name = own.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("a.npz.") && own.extension().is_some_and(|end| end == UNFINISHED), "{name}");
        assert_ne!(own, own_name_beside(Path::new("folder/a.npz")));
    }
}
