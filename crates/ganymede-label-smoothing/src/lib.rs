//! The label-smoothing strategy of Ganymede.
