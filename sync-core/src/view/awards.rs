//! «Волонтёр года»: a dossier of whoever has the most verified hours, with its evidence and the exact query.
//!
//! Over one event or several: a human being is joined across events as sums are, by an id of one register or a
//! ruling, never by a name. The same documents and the same query give the same dossier, on every device.

mod evidence;

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::across::{Among, Humans};
use super::dates::as_text;
use crate::documents::event::LocalText;
use crate::documents::roster::{ExternalId, PersonField, PersonName};
use crate::ids::{EventId, Subject};

pub use evidence::{AwardsRecord, Basis, DayEvidence, EntryEvidence, SessionEvidence, Verification};

/// The query of a dossier: which days count, how many hours are enough, how many people are listed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AwardsQuery {
    /// The first day that counts; `None`: from the beginning.
    pub from: Option<Date>,
    /// The last day that counts; `None`: to the end.
    pub until: Option<Date>,
    /// Whoever has less verified time is left out.
    pub at_least_ms: u64,
    /// How many are shortlisted; more, if the last of them have equal hours.
    pub most: usize,
    /// The registers whose ids join people across events; `None`: every register.
    pub registers: Option<Vec<String>>,
}

/// Written so that whoever reads the dossier can ask the same again.
impl serde::Serialize for AwardsQuery {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut query = serializer.serialize_struct("AwardsQuery", 5)?;
        query.serialize_field("from", &self.from.map(|date| date.to_string()))?;
        query.serialize_field("until", &self.until.map(|date| date.to_string()))?;
        query.serialize_field("at_least_ms", &self.at_least_ms)?;
        query.serialize_field("most", &self.most)?;
        query.serialize_field("registers", &self.registers)?;
        query.end()
    }
}

/// A dossier: who has the most verified hours in some events, and on what evidence.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Dossier {
    /// The query that the dossier answers.
    pub query: AwardsQuery,
    /// Of which events, and of which state of them.
    pub events: Vec<AwardsEvent>,
    /// By rank, then as they are known first.
    pub nominees: Vec<Nominee>,
    /// Who has the hours, but about whom people still say different things. The most hours first.
    pub excluded: Vec<Excluded>,
}

/// An event that was asked.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct AwardsEvent {
    /// The id of the event whose hours count.
    pub event: EventId,
    /// What it is called.
    pub name: LocalText,
    /// The state of its documents.
    pub basis: Basis,
}

/// A human being, and what names them.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Named {
    /// The leader of their class in each event that knows them.
    pub known_as: Vec<(EventId, Subject)>,
    /// Every spelling, each once, the preferred one first.
    pub names: Vec<PersonName>,
    /// Ids in registers, in ascending order.
    pub external_ids: Vec<ExternalId>,
    /// The organisation to which they belong.
    pub organisation: Option<String>,
    /// The region or country from which they come.
    pub region: Option<String>,
}

/// Somebody with enough hours.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Nominee {
    /// From 1; equal hours have one rank.
    pub rank: usize,
    /// The human being who is nominated.
    #[serde(flatten)]
    pub who: Named,
    /// What counts in all.
    pub verified_ms: u64,
    /// What that rests on, by event and date.
    pub days: Vec<DayEvidence>,
    /// Records that may be the same human being, of which nobody has said whether they are: hours may be missing.
    pub doubts: Vec<Doubt>,
}

/// Somebody with enough hours about whom people still say different things.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Excluded {
    /// The human being who is left out.
    #[serde(flatten)]
    pub who: Named,
    /// What would count in all.
    pub verified_ms: u64,
    /// What must be decided first.
    pub disputes: Vec<Dispute>,
}

/// An open conflict about a human being, for which they are left out of a shortlist.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
pub struct Dispute {
    /// The event in which it is open.
    pub event: EventId,
    /// The kind of conflict, and the field if it is one of a field.
    pub about: DisputeKind,
}

/// What an open conflict is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeKind {
    /// A field has several concurrent values.
    Field(PersonField),
    /// Two records are ruled both the same and not the same.
    Pair(Subject, Subject),
}

/// A record that may be the same human being.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
pub struct Doubt {
    /// The event in which the other record stands.
    pub event: EventId,
    /// The other record that may be the same human being's.
    pub with: Subject,
    /// How likely that is: see [`super::duplicates::Pair::score`].
    pub score: u16,
}

/// Evidence of a human being out of every event.
#[derive(Default)]
struct Gathered {
    who: Named,
    verified_ms: u64,
    days: Vec<DayEvidence>,
    disputes: Vec<Dispute>,
    doubts: Vec<Doubt>,
}

/// Shortlists people by verified hours over the events of `records`, in whose order the evidence stands. Whoever is
/// part of an open conflict is excluded and named.
#[must_use]
pub fn dossier(query: AwardsQuery, records: &[AwardsRecord]) -> Dossier {
    let among: Vec<Among<'_>> = records.iter().map(AwardsRecord::among).collect();
    let humans = Humans::among(&among, query.registers.as_deref());
    let mut gathered: BTreeMap<usize, Gathered> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        for (class, evidence) in record.contenders() {
            gathered.entry(humans.who(at, *class).0).or_default().take(record, *class, evidence, &query);
        }
    }
    let enough = gathered.into_values().filter(|one| one.verified_ms >= query.at_least_ms.max(1));
    let (disputed, clear): (Vec<Gathered>, Vec<Gathered>) = enough.partition(|one| !one.disputes.is_empty());
    let mut excluded: Vec<Excluded> = disputed
        .into_iter()
        .map(|Gathered { who, verified_ms, disputes, .. }| Excluded { who, verified_ms, disputes })
        .collect();
    excluded.sort_by(|a, b| (b.verified_ms, &a.who.known_as).cmp(&(a.verified_ms, &b.who.known_as)));
    let events = records.iter().map(AwardsRecord::event).collect();
    Dossier { nominees: ranked(clear, query.most), query, events, excluded }
}

impl Gathered {
    fn take(&mut self, record: &AwardsRecord, class: Subject, evidence: &evidence::Contender, query: &AwardsQuery) {
        self.who.known_as.push((record.id, class));
        let new = evidence.names.iter().filter(|name| !self.who.names.contains(name)).cloned();
        self.who.names.extend(new.collect::<Vec<_>>());
        if let Some(person) = record.attributes(class) {
            self.who.external_ids.extend(person.external_ids.iter().cloned());
            self.who.organisation = self.who.organisation.take().or_else(|| person.organisation.clone());
            self.who.region = self.who.region.take().or_else(|| person.region.clone());
        }
        self.who.external_ids.sort();
        self.who.external_ids.dedup();
        self.disputes.extend(evidence.disputes.iter().cloned());
        self.doubts.extend(&evidence.doubts);
        let counts = |day: &&DayEvidence| {
            query.from.is_none_or(|from| day.date >= from) && query.until.is_none_or(|until| day.date <= until)
        };
        for day in evidence.days.iter().filter(counts) {
            self.verified_ms = self.verified_ms.saturating_add(day.verified_ms);
            self.days.push(day.clone());
        }
    }
}

fn ranked(clear: Vec<Gathered>, most: usize) -> Vec<Nominee> {
    let nominees = clear.into_iter().map(|Gathered { who, verified_ms, days, doubts, .. }| Nominee {
        rank: 0,
        who,
        verified_ms,
        days,
        doubts,
    });
    let mut nominees: Vec<Nominee> = nominees.collect();
    nominees.sort_by(|a, b| (b.verified_ms, &a.who.known_as).cmp(&(a.verified_ms, &b.who.known_as)));
    let mut rank = 1;
    for at in 0..nominees.len() {
        if at > 0 && nominees[at].verified_ms < nominees[at - 1].verified_ms {
            rank = at + 1;
        }
        nominees[at].rank = rank;
    }
    nominees.retain(|one| one.rank <= most);
    nominees
}
