//! Trains GANs that keep all their modes.
fn main() {}
