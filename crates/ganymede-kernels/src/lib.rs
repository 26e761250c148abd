//! Operations that the tensor library makes in many passes, in one: convolutions of pictures whose channels come last,
//! activations, and the updates of Adam and of averages.
//!
//! [`Geometry`] says which pixels a convolution joins, and its methods compute on plain slices, as [`elementwise`] does. The
//! modules `convolution` and `passes` are the same for tensors: they serve single precision on the backend `flex`, and leave
//! every other tensor to the caller's own composition of the library's operations. Without the feature `burn` the crate knows
//! slices alone.
//!
//! Each number is summed in one order whatever the number of threads, so the same input gives the same bits on the same
//! machine. Vectors are those of the machine that runs the program: AVX2, AVX-512 or NEON, else plain numbers.

#![allow(
    clippy::inline_always,
    reason = "instructions of the machine are chosen at run time, and only what is inlined there is made of them"
)]

#[cfg(feature = "burn")]
pub mod convolution;
pub mod elementwise;
mod geometry;
mod gradient;
#[cfg(feature = "burn")]
pub mod passes;
mod pictures;
mod product;
mod tile;

pub use geometry::Geometry;
