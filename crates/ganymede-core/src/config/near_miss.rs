//! The word that was probably meant.

/// Above this similarity (Jaro-Winkler, 1 is equality) a known word is offered.
const ALIKE: f64 = 0.75;

/// The known word most like `word`, if any is alike.
///
/// ```
/// use ganymede_core::config::near_miss;
///
/// assert_eq!(near_miss("lerning_rate", &["learning_rate", "beta1"]), Some("learning_rate"));
/// assert_eq!(near_miss("zzz", &["learning_rate", "beta1"]), None);
/// ```
pub fn near_miss<'a, S: AsRef<str>>(word: &str, known: &'a [S]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate.as_ref()), candidate.as_ref()))
        .filter(|(similarity, _)| *similarity >= ALIKE)
        .max_by(|first, second| first.0.total_cmp(&second.0))
        .map(|(_, candidate)| candidate)
}

/// `did you mean ...?`, or the list of what exists.
pub(crate) fn hint<S: AsRef<str>>(word: &str, known: &[S]) -> String {
    if let Some(meant) = near_miss(word, known) {
        return format!("did you mean `{meant}`?");
    }
    if known.is_empty() {
        return "no key is known here; remove it".to_owned();
    }
    let list: Vec<String> = known.iter().map(|key| format!("`{}`", key.as_ref())).collect();
    format!("known are {}", list.join(", "))
}
