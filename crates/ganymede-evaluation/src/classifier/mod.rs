//! A classifier of our own layers.
