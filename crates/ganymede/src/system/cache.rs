//! The user's folder for what can be made again.

use std::env;
use std::path::PathBuf;

/// Where the folder may be named; it then holds nothing but ours.
const OWN: &str = "GANYMEDE_CACHE";

/// The folder for a kind of things: under `GANYMEDE_CACHE` if that is set, else where the system keeps such things. `None` where
/// the user has no folder. It need not exist.
pub(crate) fn folder(kind: &str) -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let root = named(OWN).or_else(|| {
        let system = if cfg!(windows) {
            named("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            named("HOME").map(|home| home.join("Library/Caches"))
        } else {
            // The XDG base directory specification: a relative path is to be ignored.
            let xdg = named("XDG_CACHE_HOME").filter(|path| path.is_absolute());
            xdg.or_else(|| named("HOME").map(|home| home.join(".cache")))
        };
        system.map(|root| root.join("ganymede"))
    });
    root.map(|root| root.join(kind))
}
