//! The conditional strategy of Ganymede.
