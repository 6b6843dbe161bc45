//! Two lists that stand side by side in one table: each row speaks of two people.

use std::collections::BTreeSet;

use super::super::headers::Dictionary;
use super::super::meaning::Meaning;
use super::super::{Source, Table};
use super::values;

/// The places of the known columns of two lists.
pub(super) struct Lists {
    pub left: Vec<usize>,
    pub right: Vec<usize>,
}

/// Finds two lists: names stand in two columns, and beside both of them the same is told of whoever is named.
///
/// What somebody said is to be left alone counts here: to leave one column of names alone makes one list of nothing.
pub(super) fn find(table: &Table, source: &Source) -> Option<Lists> {
    let mut profile = source.profile.clone();
    profile.retain(|_, meaning| *meaning != Meaning::Nothing);
    let dictionary = Dictionary::with_profile(&profile);
    let meaning = |place: usize| {
        let by_number = profile.get(&format!("#{}", place + 1)).copied();
        by_number.or_else(|| dictionary.meaning(&table.headers[place]))
    };
    let known: Vec<(usize, Meaning)> =
        (0..table.headers.len()).filter_map(|place| Some((place, meaning(place)?))).collect();
    let at = |(number, (_, meaning)): (usize, &(usize, Meaning))| meaning.is_name().then_some((number, *meaning));
    let (first, name) = known.iter().enumerate().find_map(at)?;
    let second = first + 1 + known[first + 1..].iter().position(|(_, meaning)| *meaning == name)?;
    let (left, right) = known.split_at(second - first);
    let meanings = |columns: &[(usize, Meaning)]| columns.iter().map(|(_, meaning)| *meaning).collect::<BTreeSet<_>>();
    let common = meanings(left).intersection(&meanings(right)).count();
    let says_the_same = values(table, known[first].0).eq(values(table, known[second].0));
    let is_empty = values(table, known[second].0).next().is_none();
    if common < 2 || common < meanings(right).len() || says_the_same || is_empty {
        return None;
    }
    let places = |columns: &[(usize, Meaning)]| columns.iter().map(|(place, _)| *place).collect();
    Some(Lists { left: places(left), right: places(right) })
}
