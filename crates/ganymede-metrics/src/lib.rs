//! What a set of samples says about mode collapse: diversity, modes, and distances to real data.
