//! Numbers in sentences.

/// A share in percent: `12 %`, or `under 1 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 1.0 { "under 1 %".to_owned() } else { format!("{percent:.0} %") }
}

/// A ratio in words: `3.0 times`, or `over 1,000 times`.
pub(super) fn times(ratio: f64) -> String {
    if ratio < 1_000.0 { format!("{ratio:.1} times") } else { "over 1,000 times".to_owned() }
}

/// A number with up to three decimals, without trailing zeros.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
