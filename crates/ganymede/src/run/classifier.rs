//! The classifier that a run's pictures are judged by: read, or trained on the run's own data and kept.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use ganymede_core::config::ClassifierSource;
use ganymede_core::data::{Dataset, Fingerprint, LabelledSamples};
use ganymede_core::place::Place;
use ganymede_evaluation::classifier::{
    Classifier, ClassifierCard, ClassifierError, ClassifierFile, TrainingOptions, train_classifier,
};
use ganymede_evaluation::{Checksum, note_use, own_name_beside};

use crate::checkpoint::known::KnownFile;
use crate::failure::{Failure, Outcome};
use crate::system::atomic::{store, unwritable};
use crate::system::bar::Bar;
use crate::system::cache;

/// The version of the training: another one is another classifier of the same data.
const RECIPE: u32 = 1;

/// The letters of the checksum of the classes' names that stand in a file's name.
const NAME_LETTERS: usize = 8;

/// The key of a run's classifier.
const KEY: &str = "evaluation.classifier";

/// Reads the file of a classifier. `place` stands before its path in messages: what names it, with a colon, or nothing.
pub(crate) fn read(path: &Path, place: &str) -> Outcome<ClassifierFile> {
    Ok(read_known(path, place)?.0)
}

/// The same, and by what the file is known again.
fn read_known(path: &Path, place: &str) -> Outcome<(ClassifierFile, KnownFile)> {
    let refuse = |reason: String| Failure::refused(format!("{place}{}: {reason}", path.display()));
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            refuse("no such file; make it with `ganymede classifier train DATA --out FILE`".to_owned())
        }
        _ => refuse(format!("cannot be read: {error}")),
    })?;
    let file = ClassifierFile::from_bytes(&bytes).map_err(|error| refuse(error.to_string()))?;
    let known = known(&bytes, &file.card);
    Ok((file, known))
}

/// By what the bytes of a classifier's file are known again.
fn known(bytes: &[u8], card: &ClassifierCard) -> KnownFile {
    KnownFile { checksum: Checksum::of(&[bytes]).to_string(), facts: card.to_string() }
}

/// What a run's classifier is made of, checked before anything is computed.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// It has been read.
    Read(Box<(ClassifierFile, KnownFile)>, PathBuf),
    /// It is in the cache, or has to be trained.
    Automatic,
}

impl Origin {
    /// Finds out whether the classifier that a configuration names can judge this data. `place` is the key's, for messages, and
    /// relative paths start at `folder`.
    pub(crate) fn of(source: &ClassifierSource, folder: &Path, data: &Dataset, place: &str) -> Outcome<Self> {
        let refuse = |reason: String| Failure::refused(format!("{place}: {KEY}: {reason}"));
        if data.mixture().is_some() {
            return Err(refuse("the modes of this data are known; leave it out".to_owned()));
        }
        match source {
            ClassifierSource::File(path) => {
                let path = folder.join(path);
                let read = read_known(&path, &format!("{place}: {KEY}: "))?;
                let fits = read.0.card.parts(data.shape());
                fits.map_err(|error| refuse(format!("{}: {error}", path.display())))?;
                Ok(Self::Read(Box::new(read), path))
            }
            ClassifierSource::Automatic(_) => {
                let labelled = data.originals().is_some_and(|stored| stored.labels.is_some());
                let remedy = "\"auto\" learns from the data's classes, and this data has none; name data.labels, or the file \
                              of a classifier that was trained on such data with classes";
                cache::limit()?;
                if labelled { Ok(Self::Automatic) } else { Err(refuse(remedy.to_owned())) }
            }
        }
    }

    /// Refuses the file of another classifier than a checkpoint knows. One that is trained on the run's own data is known by these.
    pub(crate) fn check(&self, before: Option<&KnownFile>, place: &str) -> Outcome<()> {
        match self {
            Self::Read(read, path) => read.1.check(before, path, KEY, place),
            Self::Automatic => Ok(()),
        }
    }

    /// The classifier, for samples of the data's shape, and by what it is known again; trained now if there is none yet. `place` is
    /// the key's, for messages.
    pub(crate) fn classifier(
        &self,
        data: &Dataset,
        device: &Place,
        place: &str,
        quiet: bool,
    ) -> Outcome<(Classifier, KnownFile)> {
        let refuse = |reason: String| Failure::refused(format!("{place}: {KEY}: {reason}"));
        let of_file = |error: ClassifierError| error.to_string();
        let (classifier, known) = match self {
            Self::Read(read, path) => {
                let (file, known) = read.as_ref();
                let made = file.at(device).map_err(|error| refuse(format!("{}: {error}", path.display())))?;
                (made, known.clone())
            }
            Self::Automatic => {
                let made = automatic(data, device, quiet).map_err(|error| refuse(of_file(error)))?;
                let bytes = made.to_bytes().map_err(|error| refuse(of_file(error)))?;
                let known = known(&bytes, made.card());
                (made, known)
            }
        };
        let serving = classifier.serving(data.shape()).map_err(|error| refuse(of_file(error)))?;
        Ok((serving, known))
    }
}

/// The classifier of a run's own data.
fn automatic(data: &Dataset, device: &Place, quiet: bool) -> Result<Classifier, ClassifierError> {
    let (Some(stored), Some(fingerprint)) = (data.originals(), data.fingerprint()) else {
        return Err(ClassifierError::NoLabels);
    };
    classifier_of(stored, fingerprint, device, quiet)
}

/// The classifier of samples with classes: that of the cache, or a new one, which is put there.
pub(crate) fn classifier_of(
    stored: &LabelledSamples,
    fingerprint: &Fingerprint,
    device: &Place,
    quiet: bool,
) -> Result<Classifier, ClassifierError> {
    let names = stored.labels.as_ref().map_or(&[][..], |labels| &labels.names);
    let kept = cache::folder("classifiers").map(|folder| folder.join(file_name(fingerprint, names)));
    let find = || kept.as_deref().and_then(|path| read_kept(path, fingerprint, names));
    if let Some(file) = find() {
        return file.at(device);
    }
    let mut bar = Bar::new("classifier of the data", quiet);
    // Runs that begin side by side want the same one.
    let _turn = kept.as_deref().and_then(|path| wait_for_turn(path, &bar));
    if let Some(file) = find() {
        return file.at(device);
    }
    let trained = train_classifier(stored, None, &TrainingOptions::default(), device, |progress| {
        bar.show(progress.step, progress.steps, &format!("loss {:.3}", progress.loss));
    });
    bar.clear();
    let classifier = trained?;
    bar.note(&format!("classifier: {}", classifier.card()));
    if let Some(path) = kept {
        // A folder that cannot be written costs the next run its time, not this one its result.
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = folder.is_ok() && keep(&path, &classifier.to_bytes()?).is_ok();
        bar.note(&if written && !path.exists() {
            "classifier: not kept, as the cache has no room for it".to_owned()
        } else if written {
            format!("classifier: kept in {}", path.display())
        } else {
            format!("warning: {} cannot be written, so that the next run trains its own", path.display())
        });
    }
    Ok(classifier)
}

/// Waits until no other program trains the classifier that is kept at `path`; the turn lasts as long as the file is open, however the
/// program ends. `None` where files cannot be locked: then each trains its own.
fn wait_for_turn(path: &Path, bar: &Bar) -> Option<File> {
    fs::create_dir_all(path.parent()?).ok()?;
    let file = File::create(path.with_extension("lock")).ok()?;
    match file.try_lock() {
        Ok(()) => return Some(file),
        Err(TryLockError::WouldBlock) => bar.note("classifier: waiting for another program, which trains the same one"),
        Err(TryLockError::Error(_)) => return None,
    }
    file.lock().ok()?;
    Some(file)
}

/// Keeps a classifier within the limit of the cache. Whoever trains the same at the same time writes the same, and each puts the
/// whole file into its place at once.
fn keep(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let own = own_name_beside(path);
    store(&own, bytes)?;
    fs::rename(&own, path).map_err(|error| unwritable(path, &error))?;
    cache::limit()?.enforce();
    Ok(())
}

/// A classifier of the cache, if it is whole and of this very data with these names of its classes.
fn read_kept(path: &Path, fingerprint: &Fingerprint, names: &[String]) -> Option<ClassifierFile> {
    let file = ClassifierFile::from_bytes(&fs::read(path).ok()?).ok()?;
    note_use(path);
    (file.card.data == *fingerprint && file.card.classes == names).then_some(file)
}

/// By the data's checksums and shape, the names of its classes, and the version of the training.
fn file_name(data: &Fingerprint, names: &[String]) -> String {
    let [height, width, channels] = data.shape;
    let classes = data.classes.unwrap_or_default();
    // Each name with its length, so that no two lists make one text.
    let parts: Vec<Vec<u8>> = names.iter().map(|name| format!("{}:{name}", name.len()).into_bytes()).collect();
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let names = &Checksum::of(&parts).to_string()[..NAME_LETTERS];
    format!("{height}x{width}x{channels}-{}-{:08x}-{classes:08x}-{names}-{RECIPE}.safetensors", data.rows, data.values)
}

#[cfg(test)]
mod tests {
    use ganymede_core::data::Fingerprint;

    use super::file_name;

    #[test]
    fn a_classifier_is_kept_by_its_data_and_the_names_of_its_classes() {
        let data = Fingerprint { rows: 9, shape: [28, 28, 1], values: 7, classes: Some(5) };
        let named = |names: &[&str]| file_name(&data, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(named(&["cat", "dog"]), named(&["cat", "dog"]));
        for others in [&["dog", "cat"][..], &["ca", "tdog"], &["cat", "dog", ""], &[]] {
            assert_ne!(named(&["cat", "dog"]), named(others), "{others:?}");
        }
        assert!(named(&["cat"]).starts_with("28x28x1-9-00000007-00000005-"), "{}", named(&["cat"]));
    }
}
