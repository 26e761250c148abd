//! What must stay true across the workspace.

mod invariants;
mod stacking;
