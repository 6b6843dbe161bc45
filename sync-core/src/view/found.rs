//! What the field found that was not on the list: people at the gates, incidents, deeds, work from elsewhere, requests.

use std::collections::BTreeSet;

use super::clock::CorrectedTime;
use super::{Known, Sources};
use crate::documents::log::{Deed, Incident, Record, RemoteWork, Request, WalkIn};
use crate::documents::rulings::RequestOutcome;
use crate::ids::{EntryRef, RulingId, Subject};

/// Something that was recorded, and the entry that says so.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Found<T> {
    /// The record, as the device wrote it.
    pub what: T,
    /// The time at which it was recorded, by home's clock.
    pub time: CorrectedTime,
    /// The entry that records it.
    pub entry: EntryRef,
}

/// Work from elsewhere, which counts once it is approved.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct RemoteLog {
    /// The work as it was noted, and the entry that notes it.
    pub found: Found<RemoteWork>,
    /// The ruling that approves it; `None` while it waits.
    pub approved: Option<RulingId>,
}

/// A request to an organizer.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Asked {
    /// The request as it was written, and the entry that asks.
    pub found: Found<Request>,
    /// How it was answered; `None` while it waits.
    pub answer: Option<RequestOutcome>,
}

/// Everything that was found, each kind in its order.
#[derive(Default)]
pub(super) struct Findings {
    /// By id, time and entry. An id that several entries claim is there several times.
    pub walk_ins: Vec<Found<WalkIn>>,
    /// By time and entry, as everything below.
    pub incidents: Vec<Found<Incident>>,
    pub deeds: Vec<Found<Deed>>,
    pub remote: Vec<RemoteLog>,
    pub requests: Vec<Asked>,
    /// For whom a guardian consented at a gate: leaders of classes.
    pub guarded: BTreeSet<Subject>,
}

impl Findings {
    /// Reads the logs once.
    pub(super) fn of(known: &Known<'_>) -> Self {
        let mut findings = Self::default();
        for standing in known.ledger.entries() {
            let (time, entry) = (|| known.clocks.time_of(&standing), standing.at);
            match &standing.entry.record {
                Record::WalkIn(what) => findings.walk_ins.push(Found { what: what.clone(), time: time(), entry }),
                Record::Incident(what) => findings.incidents.push(Found { what: what.clone(), time: time(), entry }),
                Record::Deed(what) => findings.deeds.push(Found { what: what.clone(), time: time(), entry }),
                Record::RemoteWork(what) => {
                    let approved = known.decisions.approved.get(&entry).copied();
                    findings
                        .remote
                        .push(RemoteLog { found: Found { what: what.clone(), time: time(), entry }, approved });
                }
                Record::Request(what) => {
                    let answer = known.decisions.answers.get(&entry).map(|(_, outcome)| *outcome);
                    findings.requests.push(Asked { found: Found { what: what.clone(), time: time(), entry }, answer });
                }
                Record::GuardianConsent(consent) => {
                    findings.guarded.insert(known.classes.leader_of(consent.subject));
                }
                _ => {}
            }
        }
        findings.sort();
        findings
    }

    fn sort(&mut self) {
        self.walk_ins.sort_unstable_by_key(|each| (each.what.id, each.time.at, each.entry));
        self.incidents.sort_unstable_by_key(Found::place);
        self.deeds.sort_unstable_by_key(Found::place);
        self.remote.sort_unstable_by_key(|each| each.found.place());
        self.requests.sort_unstable_by_key(|each| each.found.place());
    }
}

/// Lists the people who were registered at gates, as [`super::EventView::walk_ins`] does, and nothing else.
#[must_use]
pub fn walk_ins(sources: &Sources<'_>) -> Vec<Found<WalkIn>> {
    Findings::of(&Known::of(sources.event, sources.logs.clone(), sources.rulings)).walk_ins
}

impl<T> Found<T> {
    const fn place(&self) -> (crate::time::UnixMillis, EntryRef) {
        (self.time.at, self.entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::roster::PersonName;
    use crate::ids::WalkInId;
    use crate::view::fixtures::{Phone, seen};

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
