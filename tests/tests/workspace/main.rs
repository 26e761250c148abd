//! What must stay true across the workspace.

mod configurations;
mod invariants;
mod stacking;
