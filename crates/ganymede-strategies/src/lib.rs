//! The registry of the strategies in this build.
