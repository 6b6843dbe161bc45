//! What everybody's verified hours in one event rest on: sessions, the entries and devices that show them, and who
//! confirmed or granted what is not shown by two of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::{AwardsEvent, Dispute, DisputeKind, Doubt, as_text};
use crate::documents::event::LocalText;
use crate::documents::log::Record;
use crate::documents::roster::PersonName;
use crate::documents::rulings::{Decision, LogMark, Publication, ReportDigest, RulesEdition, Rulings};
use crate::documents::{Documents, encode};
use crate::ids::{ChangeHash, DeviceId, EntryRef, EventId, RulingId, SharedDocument, Subject};
use crate::time::{UnixMillis, day_of_date};
use crate::view::across::Among;
use crate::view::clock::ClockBasis;
use crate::view::duplicates::{CandidateState, candidates};
use crate::view::hours::PersonDay;
use crate::view::people::Attributes;
use crate::view::sessions::{Session, SessionBasis};
use crate::view::warning::Warning;
use crate::view::{Account, EventView, Known, Sources, letters};

/// The state of an event's documents: whoever has the same computes the same.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Basis {
    /// The published report of which this is the state, if it was asked for.
    pub publication: Option<u32>,
    /// The newest changes of the event document.
    pub event: Vec<ChangeHash>,
    /// The newest changes of the roster.
    pub roster: Vec<ChangeHash>,
    /// The newest changes of the rulings.
    pub rulings: Vec<ChangeHash>,
    /// How far each log is known.
    pub logs: Vec<LogMark>,
    /// SHA-256 of all of these, to be compared by eye.
    pub digest: ReportDigest,
    /// By which edition of the rules hours are computed from them; for a published report, the one by which it was published.
    pub rules_edition: RulesEdition,
}

impl Basis {
    /// The state in which documents are.
    #[must_use]
    pub fn now(documents: &Documents) -> Self {
        let [event, roster, rulings] = [SharedDocument::Event, SharedDocument::Roster, SharedDocument::Rulings]
            .map(|document| documents.heads(document));
        Self::of(None, RulesEdition::CURRENT, [event, roster, rulings], documents.log_marks())
    }

    /// The state on which a published report rests.
    #[must_use]
    pub fn published(publication: &Publication) -> Self {
        let Publication { number, edition, event, roster, rulings, logs, .. } = publication.clone();
        Self::of(Some(number), edition, [event, roster, rulings], logs)
    }

    fn of(
        publication: Option<u32>,
        rules_edition: RulesEdition,
        mut heads: [Vec<ChangeHash>; 3],
        mut logs: Vec<LogMark>,
    ) -> Self {
        heads.iter_mut().for_each(|heads| heads.sort_unstable());
        logs.sort_unstable();
        let mut hash = Sha256::new();
        hash.update(b"saxaul/state\0");
        heads.iter().for_each(|heads| hash.update(encode(heads)));
        hash.update(encode(&logs));
        let [event, roster, rulings] = heads;
        let digest = ReportDigest(hash.finalize().into());
        Self { publication, event, roster, rulings, logs, digest, rules_edition }
    }
}

/// One day of a human being.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct DayEvidence {
    /// The event in which they served.
    pub event: EventId,
    /// The date, in the event's time zone.
    #[serde(serialize_with = "as_text")]
    pub date: Date,
    /// Observed and manual time, and confirmed imputed time.
    pub verified_ms: u64,
    /// Who confirmed the imputed time of the day; nobody had to where there is none.
    pub confirmed: Vec<Verification>,
    /// What somebody should look at.
    pub warnings: BTreeSet<Warning>,
    /// What was there, in the order of its start, also what does not count.
    pub sessions: Vec<SessionEvidence>,
}

/// A session, and what shows it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct SessionEvidence {
    /// When the session began.
    pub start: UnixMillis,
    /// When the session ended.
    pub end: UnixMillis,
    /// Whether it was seen, imputed or granted.
    pub basis: SessionBasis,
    /// The key of the site, if it is known.
    pub site: Option<String>,
    /// The entries that show it.
    pub entries: Vec<EntryEvidence>,
    /// Who granted or approved it, where nobody saw it.
    pub granted: Option<Verification>,
}

/// An entry of a device.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct EntryEvidence {
    /// The entry that shows it.
    pub entry: EntryRef,
    /// The time at which it was recorded, by home's clock.
    pub at: UnixMillis,
    /// How well the device's clock was known.
    pub clock: ClockBasis,
}

/// What an organizer decided.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Verification {
    /// The ruling that confirms or grants the time.
    pub ruling: RulingId,
    /// The device with which it was made.
    pub by: DeviceId,
    /// The time at which it was ruled, by home's clock.
    pub at: UnixMillis,
    /// Why, in the organizer's words; may be empty.
    pub reason: String,
}

/// What is known of somebody with verified time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Contender {
    pub names: Vec<PersonName>,
    pub days: Vec<DayEvidence>,
    pub disputes: Vec<Dispute>,
    pub doubts: Vec<Doubt>,
}

/// The evidence of one event, whatever is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AwardsRecord {
    /// The id of the event that the evidence is from.
    pub id: EventId,
    name: LocalText,
    basis: Basis,
    view: EventView,
    account: Account,
    contenders: BTreeMap<Subject, Contender>,
}

impl AwardsRecord {
    /// Takes the evidence out of documents that are in the state of `basis`.
    #[must_use]
    pub fn of(id: EventId, basis: Basis, sources: &Sources<'_>) -> Self {
        let view = sources.view();
        let account = Account::of(sources, &view);
        let known = Known::of(sources.event, sources.logs.clone(), sources.rulings);
        let reader =
            Reader { id, known: &known, rulings: sources.rulings, confirmed: confirmed(&known, sources.rulings) };
        let mut contenders: BTreeMap<Subject, Contender> = BTreeMap::new();
        for day in view.days.iter().filter(|day| day.verified_ms > 0) {
            contenders.entry(day.class).or_default().days.push(reader.day(day));
        }
        for (class, contender) in &mut contenders {
            contender.names = letters::names(&view, sources.roster, *class);
        }
        let mut record = Self { id, name: sources.event.name.clone(), basis, view, account, contenders };
        record.add_disputes();
        record.add_doubts(sources);
        record
    }

    fn add_disputes(&mut self) {
        let fields = self.view.field_conflicts.iter().map(|conflict| {
            let about = DisputeKind::Field(conflict.field);
            (Subject::Person(conflict.person), about)
        });
        let pairs = self.view.ruling_conflicts.iter().flat_map(|conflict| {
            let about = DisputeKind::Pair(conflict.a, conflict.b);
            [(conflict.a, about), (conflict.b, about)]
        });
        for (subject, about) in fields.chain(pairs) {
            if let Some(contender) = self.contenders.get_mut(&self.view.class_of(subject)) {
                contender.disputes.push(Dispute { event: self.id, about });
            }
        }
    }

    /// Adds pairs that nobody has ruled on, and that do not follow from better ones.
    fn add_doubts(&mut self, sources: &Sources<'_>) {
        let all = candidates(sources.roster, &self.view, sources.rulings).pairs;
        for one in all.iter().filter(|one| one.state == CandidateState::Open && !one.pair.follows) {
            let pair = &one.pair;
            for (subject, with) in [(pair.a, pair.b), (pair.b, pair.a)] {
                if let Some(contender) = self.contenders.get_mut(&self.view.class_of(subject)) {
                    contender.doubts.push(Doubt { event: self.id, with, score: pair.score });
                }
            }
        }
    }

    pub(super) fn contenders(&self) -> impl Iterator<Item = (&Subject, &Contender)> {
        self.contenders.iter()
    }

    pub(super) fn attributes(&self, class: Subject) -> Option<&Attributes> {
        self.account.people.get(&class)
    }

    pub(super) const fn among(&self) -> Among<'_> {
        Among { id: self.id, view: &self.view, account: &self.account }
    }

    pub(super) fn event(&self) -> AwardsEvent {
        AwardsEvent { event: self.id, name: self.name.clone(), basis: self.basis.clone() }
    }
}

/// Who confirmed whose day.
type Confirmed = BTreeMap<(Subject, i64), Vec<Verification>>;

fn confirmed(known: &Known<'_>, rulings: &Rulings) -> Confirmed {
    let mut confirmed = Confirmed::new();
    for (id, values) in rulings.by_id.iter().filter(|(id, _)| known.decisions.standing.contains(id)) {
        for value in values {
            let Decision::Confirm { subject, day, .. } = value.value.decision else { continue };
            let key = (known.classes.leader_of(subject), day);
            confirmed.entry(key).or_default().push(Verification {
                ruling: *id,
                by: value.by,
                at: known.clocks.time_on(value.by, &value.reading).at,
                reason: value.value.reason.clone(),
            });
        }
    }
    confirmed
}

struct Reader<'a> {
    id: EventId,
    known: &'a Known<'a>,
    rulings: &'a Rulings,
    confirmed: Confirmed,
}

impl Reader<'_> {
    fn day(&self, day: &PersonDay) -> DayEvidence {
        let confirmed = self.confirmed.get(&(day.class, day_of_date(day.date)));
        DayEvidence {
            event: self.id,
            date: day.date,
            verified_ms: day.verified_ms,
            confirmed: confirmed.filter(|_| day.imputed_ms > 0).cloned().unwrap_or_default(),
            warnings: day.warnings.clone(),
            sessions: day.sessions.iter().map(|session| self.session(session)).collect(),
        }
    }

    fn session(&self, session: &Session) -> SessionEvidence {
        let ruling = session.ruling.and_then(|id| self.rulings.by_id.get(&id)?.first().map(|value| (id, value)));
        let granted_site = ruling.and_then(|(_, value)| match &value.value.decision {
            Decision::Manual { site, .. } => site.clone(),
            _ => None,
        });
        SessionEvidence {
            start: session.start,
            end: session.end,
            basis: session.basis,
            site: session.evidence.iter().find_map(|entry| self.site(entry)).or(granted_site),
            entries: session.evidence.iter().filter_map(|entry| self.entry(entry)).collect(),
            granted: ruling.map(|(ruling, value)| Verification {
                ruling,
                by: value.by,
                at: self.known.clocks.time_on(value.by, &value.reading).at,
                reason: value.value.reason.clone(),
            }),
        }
    }

    fn site(&self, entry: &EntryRef) -> Option<String> {
        match &self.known.ledger.standing(entry)?.entry.record {
            Record::CheckIn(presence) | Record::CheckOut(presence) => Some(presence.site.clone()),
            _ => None,
        }
    }

    fn entry(&self, entry: &EntryRef) -> Option<EntryEvidence> {
        let time = self.known.clocks.time_of(&self.known.ledger.standing(entry)?);
        Some(EntryEvidence { entry: *entry, at: time.at, clock: time.basis })
    }
}
