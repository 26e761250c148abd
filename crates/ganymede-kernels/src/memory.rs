//! The memory that freed tensors leave behind, where `mimalloc` is the program's allocator.

use std::ffi::c_long;

use libmimalloc_sys::{mi_option_set_default, mi_option_t};

/// `mi_option_purge_delay` of mimalloc 3, which the bindings do not name.
const PURGE_DELAY: mi_option_t = 15;

/// From now on, what has been freed for so many milliseconds goes back to the system, unless the environment variable
/// `MIMALLOC_PURGE_DELAY` says when.
///
/// A step frees its tensors, and the next one allocates as many of the same sizes. After the library's own delay, a second, the system
/// has to clear every page of them again, so the delay should be longer than a step takes.
pub fn keep_freed(milliseconds: u16) {
    #[expect(unsafe_code, reason = "the library is written in C")]
    // SAFETY: the option exists in mimalloc 3, and the library takes options at any time from any thread.
    unsafe {
        mi_option_set_default(PURGE_DELAY, c_long::from(milliseconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(unsafe_code, reason = "the library is written in C")]
    fn delay() -> c_long {
        // SAFETY: as above.
        unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY) }
    }

    #[test]
    fn the_option_with_this_number_is_the_delay_and_is_changed() {
        if std::env::var_os("MIMALLOC_PURGE_DELAY").is_none() {
            assert_eq!(delay(), 1_000, "the library's own");
            keep_freed(60_000);
            assert_eq!(delay(), 60_000);
        }
    }
}
