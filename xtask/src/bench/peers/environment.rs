//! The Python that the peers run in: an environment of the suite's own, into which it installs what is missing.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::bench::peer::{self, run_python};

/// Names an interpreter that has the libraries already, instead of the suite's own environment.
const READY: &str = "PEERS_PYTHON";

/// The environment, below the workspace.
const FOLDER: &str = "bench/peers-python";

/// A library whose steps are compared with ours.
pub(super) struct Library {
    pub(super) name: &'static str,
    /// What Python imports.
    module: &'static str,
    /// The script in `xtask/peers/`.
    pub(super) script: &'static str,
    /// What pip is asked for, one way after the other until one succeeds.
    install: &'static [&'static [&'static str]],
}

pub(super) static PYTORCH: Library = Library {
    name: "PyTorch",
    module: "torch",
    script: "torch_steps.py",
    // The wheel without CUDA is a tenth as large; not every mirror has it.
    install: &[&["torch", "--index-url", "https://download.pytorch.org/whl/cpu"], &["torch"]],
};

pub(super) static JAX: Library =
    Library { name: "JAX", module: "jax", script: "jax_steps.py", install: &[&["jax[cpu]"]] };

/// The interpreter.
pub(super) fn python(root: &Path) -> OsString {
    std::env::var_os(READY).unwrap_or_else(|| own(root).into())
}

fn own(root: &Path) -> PathBuf {
    let program = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    root.join(FOLDER).join(program)
}

/// The version of a library in the environment, which is made, and the library installed, where it is missing; or why there is none.
pub(super) fn prepare(root: &Path, library: &Library) -> Result<String, String> {
    let ready = std::env::var_os(READY).is_some();
    if !ready && !own(root).is_file() {
        println!("making {FOLDER} ...");
        run_python(root, &peer::python(), ["-m", "venv", FOLDER])?;
    }
    let python = python(root);
    let import = format!("import {0}; print({0}.__version__)", library.module);
    let version = || run_python(root, &python, ["-c", &import]);
    let mut found = version();
    for ways in library.install.iter().filter(|_| !ready) {
        if found.is_ok() {
            break;
        }
        println!("installing {} ...", library.name);
        let words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        found = run_python(root, &python, [&words, *ways].concat()).and_then(|_| version());
    }
    found
}
