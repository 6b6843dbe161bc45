//! Recognises patronymics among folded words, so that leaving one out changes nothing.

/// What follows the father's name, folded: `-ұлы`, `-қызы`, `-ович`, `-евич`, `-овна`, `-евна`, `-ична`, `-оғлы`,
/// `-гызы`.
const SUFFIXES: [&str; 9] = ["uli", "kizi", "ovich", "evich", "ovna", "evna", "ichna", "ogli", "gizi"];

/// Suffixes that are also written as a word of their own.
const DETACHED: [&str; 4] = ["uli", "kizi", "ogli", "gizi"];

/// Patronymics in `-ич`, too short a suffix to look for.
const IRREGULAR: [&str; 5] = ["ilich", "kuzmich", "lukich", "fomich", "nikitich"];

/// Tells the father's name in a folded patronymic, or `None` where the word does not look like one.
pub(super) fn stem(word: &str) -> Option<&str> {
    if IRREGULAR.contains(&word) {
        return word.strip_suffix("ich");
    }
    SUFFIXES.iter().find_map(|suffix| word.strip_suffix(suffix)).filter(|stem| stem.len() >= 2)
}

/// Takes the patronymic out of the words of a whole name and gives its stem.
///
/// A name keeps at least two words, and one where two words could be the patronymic keeps both: there a family name
/// ends like a patronymic, and dropping the wrong one would hide more than an extra word does.
pub(super) fn take(words: &mut Vec<String>) -> Option<String> {
    attach(words);
    if words.len() < 3 {
        return None;
    }
    let mut candidates = (0..words.len()).filter(|index| stem(&words[*index]).is_some());
    let index = candidates.next()?;
    if candidates.next().is_some() {
        return None;
    }
    let word = words.remove(index);
    stem(&word).map(str::to_owned)
}

/// Joins a suffix that stands alone to the father's name before it.
fn attach(words: &mut Vec<String>) {
    let mut index = 1;
    while index < words.len() {
        if DETACHED.contains(&words[index].as_str()) {
            let suffix = words.remove(index);
            words[index - 1].push_str(&suffix);
        } else {
            index += 1;
        }
    }
}

/// Tells whether a word that is still being typed may become the patronymic with this stem.
pub(super) fn begins(typed: &str, stem: &str) -> bool {
    stem.starts_with(typed)
        || typed
            .strip_prefix(stem)
            .is_some_and(|rest| SUFFIXES.iter().chain(&["ich"]).any(|suffix| suffix.starts_with(rest)))
}

/// The stems of which `typed` may be the patronymic, whole or as far as it has been typed.
pub(super) fn fathers(typed: &str) -> impl Iterator<Item = &str> {
    let ends = typed.char_indices().map(|(at, _)| at).filter(|at| *at >= 2);
    ends.map(|at| &typed[..at]).filter(|stem| begins(typed, stem))
}
