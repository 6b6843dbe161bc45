//! What the field found that was not on the list: people at the gates, and incidents.

use super::Known;
use super::clock::CorrectedTime;
use crate::documents::log::{Incident, Record, WalkIn};
use crate::ids::EntryRef;

/// Something that was recorded, and the entry that says so.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Found<T> {
    /// As it was recorded.
    pub what: T,
    /// When.
    pub time: CorrectedTime,
    /// Where it stands.
    pub entry: EntryRef,
}

/// Lists the walk-ins by id, time and entry. An id that several entries claim is there several times.
pub(super) fn walk_ins(known: &Known<'_>) -> Vec<Found<WalkIn>> {
    let mut found = all(known, |record| match record {
        Record::WalkIn(walk_in) => Some(walk_in),
        _ => None,
    });
    found.sort_unstable_by_key(|each| (each.what.id, each.time.at, each.entry));
    found
}

/// Lists the incidents by time and entry.
pub(super) fn incidents(known: &Known<'_>) -> Vec<Found<Incident>> {
    let mut found = all(known, |record| match record {
        Record::Incident(incident) => Some(incident),
        _ => None,
    });
    found.sort_unstable_by_key(|each| (each.time.at, each.entry));
    found
}

fn all<T: Clone>(known: &Known<'_>, pick: impl Fn(&Record) -> Option<&T>) -> Vec<Found<T>> {
    let picked = known.ledger.entries().filter_map(|standing| Some((pick(&standing.entry.record)?.clone(), standing)));
    picked.map(|(what, standing)| Found { what, time: known.clocks.time_of(&standing), entry: standing.at }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::roster::PersonName;
    use crate::ids::WalkInId;
    use crate::view::story::{Phone, seen};

    fn walk_in(id: WalkInId, family: &str) -> Record {
        let names = vec![PersonName { family: family.to_owned(), ..PersonName::default() }];
        Record::WalkIn(WalkIn { id, names, phone: None, organisation: None, birth_year: None })
    }

    #[test]
    fn a_walk_in_whose_registration_is_undone_is_not_listed() {
        let mut north = Phone::anchored(1);
        let (aida, mistake) = (WalkInId::from_entropy(8), WalkInId::from_entropy(2));
        let kept = north.records("18 09:00", walk_in(aida, "Akhmetova"));
        let undone = north.records("18 09:01", walk_in(mistake, "Axmetova"));
        north.undoes("18 09:02", undone);
        let view = seen(&[&north]);
        assert_eq!(view.walk_in(aida).map(|found| found.entry), Some(kept));
        assert_eq!((view.walk_ins.len(), view.walk_in(mistake)), (1, None));
    }

    #[test]
    fn an_id_registered_again_is_shown_as_it_was_first() {
        let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
        let id = WalkInId::from_entropy(8);
        north.records("18 09:01", walk_in(id, "Later"));
        harbour.records("18 09:00", walk_in(id, "First"));
        let view = seen(&[&north, &harbour]);
        assert_eq!(view.walk_in(id).map(|found| &found.what.names[0].family[..]), Some("First"));
        assert_eq!(view.walk_ins.len(), 2);
    }
}
