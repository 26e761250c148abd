//! The program `ganymede`; all of it is in the library beside it.

use std::process::ExitCode;

/// A step makes and frees hundreds of tensors, which this allocator keeps a store of for each thread. It lays them on
/// transparent huge pages: those cost some 6 MiB at the start, and without them a step of a DCGAN (`configs/dcgan.toml` with 96
/// channels) took a fifth more processor time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Longer than a step takes, in milliseconds; of memory that nobody has used since the system can make other use.
const KEPT: u16 = 60_000;

fn main() -> ExitCode {
    ganymede_kernels::memory::keep_freed(KEPT);
    ganymede::main()
}
