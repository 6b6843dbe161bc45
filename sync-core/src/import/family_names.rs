//! Family names that say by their ending whether a man or a woman bears them.

use super::given_names::Bearer;

const MANS_ENDINGS: [&str; 13] =
    ["ов", "ев", "ёв", "ин", "ын", "ский", "ской", "цкий", "ov", "ev", "sky", "skiy", "skii"];
const WOMANS_ENDINGS: [&str; 11] = ["ова", "ева", "ёва", "ина", "ына", "ская", "цкая", "ova", "eva", "skaya", "skaia"];

/// Who bears a family name in small letters, as far as its ending tells.
pub(super) fn bearer_of_family_name(family: &str) -> Option<Bearer> {
    let letters = family.chars().count();
    if letters > 3 && MANS_ENDINGS.iter().any(|ending| family.ends_with(ending)) {
        return Some(Bearer::Man);
    }
    (letters > 4 && WOMANS_ENDINGS.iter().any(|ending| family.ends_with(ending))).then_some(Bearer::Woman)
}

/// Whether a word in small letters ends as family names do.
pub(super) fn is_family_name(word: &str) -> bool {
    bearer_of_family_name(word).is_some()
}
