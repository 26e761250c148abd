//! The unrolled strategy of Ganymede.
