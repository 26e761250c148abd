//! The workspace as the commands see it: its root, its files and its manifests.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// The folder around the current one that holds both a `Cargo.toml` and an `xtask` crate.
pub(crate) fn find_root() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    here.ancestors()
        .find(|folder| folder.join("Cargo.toml").is_file() && folder.join("xtask/Cargo.toml").is_file())
        .map(Path::to_path_buf)
        .with_context(|| format!("no workspace with an xtask crate around {}", here.display()))
}

/// The text of a file that must be there; the error names it.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The TOML file at `path`; the error names it.
pub(crate) fn read_toml(path: &Path) -> Result<toml::Table> {
    read(path)?.parse().with_context(|| format!("{} is not valid TOML", path.display()))
}

/// Writes `text`, making the folders above it; the error names the file.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// A command that does not see what `cargo run` told this program about its own package.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&key);
        }
    }
    command
}

pub(crate) struct Member {
    /// Its folder relative to the root, `crates/ganymede-core`.
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) manifest: toml::Table,
}

impl Member {
    /// The path of its manifest relative to the root.
    pub(crate) fn manifest_path(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    /// Whether only the member's tests, examples and benchmarks use `dependency`.
    pub(crate) fn is_only_for_tests(&self, dependency: &str) -> bool {
        let stands = |table: &str| self.manifest.get(table).is_some_and(|table| table.get(dependency).is_some());
        stands("dev-dependencies") && !stands("dependencies") && !stands("build-dependencies")
    }

    /// Every entry of every dependency table: the dependency's name and what is written for it.
    pub(crate) fn dependencies(&self) -> Vec<(&str, &toml::Value)> {
        ["dependencies", "dev-dependencies", "build-dependencies"]
            .iter()
            .filter_map(|table| self.manifest.get(*table)?.as_table())
            .flatten()
            .map(|(name, value)| (name.as_str(), value))
            .collect()
    }
}

/// The files of the workspace (those that git tracks or would track), read when asked for.
pub(crate) struct Workspace {
    root: PathBuf,
    files: Vec<String>,
    members: Vec<Member>,
    manifest: toml::Table,
}

impl Workspace {
    /// Lists the files under `root` and reads the members' manifests.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let mut files = if root.join(".git").exists() { list_by_git(root)? } else { list_by_walking(root)? };
        files.sort();
        files.dedup();
        let mut members = Vec::new();
        for file in &files {
            let Some(folder) = file.strip_suffix("/Cargo.toml") else { continue };
            let manifest = read_toml(&root.join(file))?;
            let name = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
            let name = name.with_context(|| format!("{file} names no package"))?.to_owned();
            members.push(Member { folder: folder.to_owned(), name, manifest });
        }
        Ok(Self { root: root.to_path_buf(), files, members, manifest: read_toml(&root.join("Cargo.toml"))? })
    }

    /// The root's `Cargo.toml`.
    pub(crate) fn manifest(&self) -> &toml::Table {
        &self.manifest
    }

    /// Every file, relative to the root, with `/` between folders, in order.
    pub(crate) fn files(&self) -> &[String] {
        &self.files
    }

    /// The files whose name ends in `suffix` and whose path begins with `prefix`.
    pub(crate) fn files_in(&self, prefix: &str, suffix: &str) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str).filter(move |file| file.starts_with(prefix) && file.ends_with(suffix))
    }

    pub(crate) fn has(&self, file: &str) -> bool {
        self.files.binary_search_by(|candidate| candidate.as_str().cmp(file)).is_ok()
    }

    /// The text of a file; empty where it is absent, `None` where it is not text.
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        match fs::read(self.root.join(file)) {
            Ok(bytes) => String::from_utf8(bytes).ok(),
            Err(_) => Some(String::new()),
        }
    }

    /// The manifest of the member `name`, where there is one.
    pub(crate) fn manifest_of(&self, name: &str) -> Option<&toml::Table> {
        self.members.iter().find(|member| member.name == name).map(|member| &member.manifest)
    }

    /// Every crate that has a manifest below the root.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }
}

fn list_by_git(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let present = listed.split('\0').filter(|file| !file.is_empty() && root.join(file).is_file());
    Ok(present.map(str::to_owned).collect())
}

fn list_by_walking(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let generated = ["target", "runs", "bench"].iter().any(|name| path == Path::new(name));
            if entry.file_type()?.is_dir() {
                if !generated {
                    folders.push(path);
                }
            } else {
                let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
                files.push(parts.join("/"));
            }
        }
    }
    Ok(files)
}
