//! What every suite leaves: its results as numbers and as a page.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::workspace::write;

/// The page of a suite's results.
pub(super) const PAGE: &str = "results.md";

/// Writes `results.json` and `results.md`.
pub(super) fn write_results(out: &Path, report: &impl Serialize, page: &str) -> Result<()> {
    write(&out.join("results.json"), &(serde_json::to_string_pretty(report)? + "\n"))?;
    write(&out.join(PAGE), page)
}
