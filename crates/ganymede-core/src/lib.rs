//! The training step, networks, objectives, data and the Strategy trait of Ganymede.
