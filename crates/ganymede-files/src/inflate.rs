//! How much deflated data may become, which is known before any of it is inflated.

/// No byte of deflated data expands to more than this: 258 bytes for a length and a distance of one bit each.
pub(crate) const DEFLATE_RATIO: u64 = 1032;

/// The most bytes that are inflated for one array: 8 GiB.
pub(crate) const MAXIMUM_INFLATED_BYTES: u64 = 1 << 33;

/// Refuses to inflate `stored` bytes to the `declared` that they cannot become or that are too many. An error says what is
/// wrong, as a sentence part.
pub(crate) fn check_inflated(stored: u64, declared: u128) -> Result<(), String> {
    if declared > u128::from(stored) * u128::from(DEFLATE_RATIO) {
        return Err(format!("{stored} bytes cannot inflate to the {declared} that it declares"));
    }
    if declared > u128::from(MAXIMUM_INFLATED_BYTES) {
        return Err(format!("{declared} bytes are more than the {MAXIMUM_INFLATED_BYTES} that are inflated"));
    }
    Ok(())
}
