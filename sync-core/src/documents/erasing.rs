//! What is left of what was written about somebody who is erased.
//!
//! Hours stay, and so do the figures they belong to: whose they are does not. A person's id stays as their pseudonym,
//! because everything that was recorded refers to it; where a name stood, the code stands that is spoken for this id.

use std::collections::BTreeSet;

use super::Documents;
use super::log::{GuardianConsent, Incident, Record, RemoteWork, Request, WalkIn};
use super::roster::{Person, PersonName, PersonRecord};
use super::rulings::{Decision, Ruling};
use crate::ids::{EntryRef, SharedDocument, Subject};
use crate::spoken::SpokenCode;
use crate::time::UnixMillis;

/// The people and walk-ins who are erased.
pub(crate) type Erased = BTreeSet<Subject>;

/// The name that somebody has who was erased.
fn pseudonym(subject: Subject) -> Vec<PersonName> {
    vec![PersonName { family: SpokenCode::of(subject).to_string(), ..PersonName::default() }]
}

/// What stays of somebody on the roster: what sums are made by.
pub(crate) fn remainder(subject: Subject, record: &PersonRecord) -> Person {
    let Person { organisation, region, categories, team, shifts, .. } = record.person();
    Person { names: pseudonym(subject), organisation, region, categories, team, shifts, ..Person::default() }
}

impl Record {
    /// The record without what it says about anybody who is erased; `None` where it says nothing about them.
    pub(crate) fn without(&self, erased: &Erased) -> Option<Self> {
        let is_about = |subject: &Option<Subject>| subject.is_some_and(|subject| erased.contains(&subject));
        let left = match self {
            Self::WalkIn(WalkIn { id, organisation, .. }) if erased.contains(&Subject::WalkIn(*id)) => {
                let (names, organisation) = (pseudonym(Subject::WalkIn(*id)), organisation.clone());
                Self::WalkIn(WalkIn { id: *id, names, phone: None, organisation, birth_year: None })
            }
            Self::Incident(incident) if is_about(&incident.subject) => {
                Self::Incident(Incident { text: String::new(), ..incident.clone() })
            }
            Self::RemoteWork(work) if erased.contains(&work.subject) => {
                Self::RemoteWork(RemoteWork { note: String::new(), ..work.clone() })
            }
            Self::Request(request) if is_about(&request.subject) => {
                Self::Request(Request { subject: request.subject, edit: None, text: String::new() })
            }
            Self::GuardianConsent(consent) if erased.contains(&consent.subject) => {
                Self::GuardianConsent(GuardianConsent { subject: consent.subject, guardian: String::new() })
            }
            Self::Newer(record) if record.content().speaks_of(erased) => Self::Newer(record.emptied()),
            _ => return None,
        };
        (left != *self).then_some(left)
    }

    /// Whether the record is about somebody who is erased, as far as it says whom it is about.
    fn is_about(&self, erased: &Erased) -> bool {
        match self {
            Self::Newer(record) => record.content().speaks_of(erased),
            known => known.subject().is_some_and(|subject| erased.contains(&subject)),
        }
    }
}

impl Documents {
    /// Whether something is recorded here about somebody who was erased, that should not be: it came later.
    fn speaks_of_the_erased(&self) -> bool {
        let erased = &self.roster().erased;
        !erased.is_empty()
            && self.logs().flat_map(|log| &log.entries).any(|entry| entry.record.without(erased).is_some())
    }

    /// Whom to erase because the time for which the event keeps personal data is over at a moment: everybody who is not
    /// erased already.
    #[must_use]
    pub fn past_retention(&self, now: UnixMillis) -> BTreeSet<Subject> {
        if self.info().keeps_people_until().is_none_or(|until| until > now) {
            return BTreeSet::new();
        }
        let erased = &self.roster().erased;
        let listed = self.roster().people.keys().map(|id| Subject::Person(*id));
        let registered = self.walk_ins.keys().map(|id| Subject::WalkIn(*id));
        listed.chain(registered).filter(|subject| !erased.contains(subject)).collect()
    }

    /// Whom to erase again: those who were erased, if something is said of them that should not be.
    #[must_use]
    pub fn to_erase_again(&self) -> BTreeSet<Subject> {
        if self.speaks_of_the_erased() { self.roster().erased.iter().copied().collect() } else { BTreeSet::new() }
    }

    /// How much people have recorded, edited and ruled: grows with each of these, and not when a device only exchanges.
    #[must_use]
    pub fn recorded(&self) -> u64 {
        let entries = self.logs().flat_map(|log| &log.entries);
        let entries = entries.filter(|entry| !matches!(entry.record, Record::Anchor(_))).count();
        let shared = [SharedDocument::Event, SharedDocument::Roster, SharedDocument::Rulings];
        let changes: usize = shared.iter().map(|document| self.shared(*document).history().links().len()).sum();
        (entries + changes) as u64
    }

    /// Whether the reason of a ruling may name somebody who is erased.
    pub(super) fn concerns(&self, ruling: &Ruling, erased: &Erased) -> bool {
        let entry = |entry: &EntryRef| {
            let log = self.log(entry.device, entry.incarnation);
            let at = usize::try_from(entry.counter).ok();
            let record = log.zip(at).and_then(|(log, at)| log.entries.get(at)).map(|entry| &entry.record);
            record.is_some_and(|record| record.is_about(erased))
        };
        match &ruling.decision {
            Decision::Same(a, b) | Decision::NotSame(a, b) => erased.contains(a) || erased.contains(b),
            Decision::Manual { subject, .. }
            | Decision::Confirm { subject, .. }
            | Decision::SameElsewhere { subject, .. } => erased.contains(subject),
            Decision::Void(of) | Decision::Approve(of) | Decision::Answer { request: of, .. } => entry(of),
            Decision::Retract(id) => {
                let retracted = self.rulings().by_id.get(id).into_iter().flatten();
                retracted.into_iter().any(|other| {
                    !matches!(other.value.decision, Decision::Retract(_)) && self.concerns(&other.value, erased)
                })
            }
            Decision::Publish(_) | Decision::PublishedLogs { .. } | Decision::PublishedHeads { .. } => false,
        }
    }
}
