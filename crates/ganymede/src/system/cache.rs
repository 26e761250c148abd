//! The user's folder for what can be made again.

use std::env;
use std::path::PathBuf;

use ganymede_evaluation::CacheLimit;

use crate::failure::{Failure, Outcome};

/// What the folder holds.
const KINDS: [&str; 2] = ["features", "classifiers"];

/// Where the most bytes that it may hold may be said.
const LIMIT: &str = "GANYMEDE_CACHE_LIMIT";

/// The most bytes where nobody says: the features of some 400,000 pictures by a network of 1,280.
const DEFAULT_BYTES: u64 = 2_000_000_000;

/// Where the folder may be named.
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

/// The most that is kept, of all kinds together; what was used longest ago goes first.
pub(crate) fn limit() -> Outcome<CacheLimit> {
    let bytes = match env::var(LIMIT) {
        Ok(text) if !text.trim().is_empty() => bytes(&text).ok_or_else(|| {
            Failure::refused(format!("{LIMIT}={text}: expected a size such as 500MB or 2GB, or 0 to keep nothing"))
        })?,
        Err(env::VarError::NotUnicode(_)) => return Err(Failure::refused(format!("{LIMIT} is no text"))),
        _ => DEFAULT_BYTES,
    };
    Ok(CacheLimit { folders: KINDS.into_iter().filter_map(folder).collect(), bytes })
}

/// A size with its unit, bytes where there is none.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_numbers_with_a_unit() {
        for (text, expected) in [
            ("0", Some(0)),
            (" 500MB ", Some(500_000_000)),
            ("2 gb", Some(2_000_000_000)),
            ("7B", Some(7)),
            ("3kB", Some(3_000)),
            ("99999999TB", None),
            ("1.5GB", None),
            ("GB", None),
            ("-1", None),
            ("2 GiB", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
