//! The multi-generator strategy of Ganymede.
