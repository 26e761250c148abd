//! Numbers as people say them.

/// A share in percent, as people write it.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 1.0 { "under 1 %".to_owned() } else { format!("{percent:.0} %") }
}

/// How many times, as people say it.
pub(super) fn times(ratio: f64) -> String {
    if ratio < 1_000.0 { format!("{ratio:.1} times") } else { "over 1,000 times".to_owned() }
}

/// A number in three figures, without zeros at its end.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
