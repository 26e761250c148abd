//! `ganymede guide`.

use crate::failure::{Outcome, print};

/// Prints what to do about each headline of a diagnosis.
pub(crate) fn guide() -> Outcome<()> {
    print(include_str!("../../GUIDE.md"))
}
