//! The machine: devices, threads, memory, signals, files that are whole or not there.

pub(crate) mod atomic;
pub(crate) mod bar;
pub(crate) mod cache;
mod cgroup;
pub(crate) mod device;
pub(crate) mod memory;
pub(crate) mod signals;
pub(crate) mod threads;
