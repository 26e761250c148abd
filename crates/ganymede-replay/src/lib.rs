//! The replay strategy of Ganymede.
