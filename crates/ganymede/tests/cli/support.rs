//! The one place that runs the program: a folder of its own for each test, and what came out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A run of a few moments.
pub(crate) const TINY: &str = "\
steps = 20
batch_size = 16

[data]
kind = \"ring\"
samples = 1_000

[latent]
size = 4

[generator]
hidden = [8]

[discriminator]
hidden = [8]

[evaluation]
every = 10
samples = 200
";

/// A folder that the program runs in.
pub(crate) struct Workplace {
    folder: tempfile::TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workplace {
    /// With the configuration of [`TINY`] in `tiny.toml`.
    pub(crate) fn new() -> Self {
        let workplace = Self { folder: tempfile::tempdir().unwrap() };
        workplace.write("tiny.toml", TINY);
        workplace
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Every file and folder, sorted, as paths relative to the workplace.
    pub(crate) fn listing(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(self.folder.path(), self.folder.path(), &mut found);
        found.sort();
        found
    }

    /// Runs the program with these words.
    pub(crate) fn run(&self, words: &str) -> Ended {
        self.run_arguments(&words.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs the program with these arguments.
    pub(crate) fn run_arguments(&self, arguments: &[&str]) -> Ended {
        self.ended(Command::new(env!("CARGO_BIN_EXE_ganymede")).args(arguments))
    }

    /// Runs a command of the test's own, in the workplace unless it names a folder.
    pub(crate) fn ended(&self, command: &mut Command) -> Ended {
        if command.get_current_dir().is_none() {
            command.current_dir(self.folder.path());
        }
        let output: Output = command.output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the program, which must succeed.
    pub(crate) fn succeed(&self, words: &str) -> Ended {
        let ended = self.run(words);
        assert_eq!(ended.code, Some(0), "{words}: {ended:?}");
        ended
    }

    /// The summary of a run without its times.
    pub(crate) fn timeless_summary(&self, run: &str) -> serde_json::Value {
        let mut summary = self.json(&format!("{run}/summary.json"));
        let object = summary.as_object_mut().unwrap();
        for key in ["seconds", "steps_per_second", "evaluation_seconds", "peak_memory"] {
            assert!(object.remove(key).unwrap().as_f64().unwrap() > 0.0, "{key}");
        }
        summary
    }

    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }
}

impl Ended {
    /// That it was refused or failed with one line that holds all of these fragments.
    pub(crate) fn assert_error(&self, code: i32, fragments: &[&str], what: &str) {
        assert_eq!(self.code, Some(code), "{what}: {self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{what}: one line: {self:?}");
        assert!(self.stderr.starts_with("error: "), "{what}: {self:?}");
        assert!(!self.stderr.contains("panicked"), "{what}: {self:?}");
        for fragment in fragments {
            assert!(self.stderr.contains(fragment), "{what}: `{fragment}` is missing in {:?}", self.stderr);
        }
    }
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.push(path.strip_prefix(root).unwrap().display().to_string());
        if path.is_dir() {
            collect(root, &path, found);
        }
    }
}

/// An `.npy` file of this element type and shape over these bytes.
pub(crate) fn npy(element: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{element}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((text.len() as u16).to_le_bytes());
    file.extend(text.into_bytes());
    file.extend(data);
    file
}

/// The bytes of single-precision numbers.
pub(crate) fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The numbers of an `.npy` file of single precision.
pub(crate) fn read_floats(file: &[u8]) -> Vec<f32> {
    let header = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
    file[header..].as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}
