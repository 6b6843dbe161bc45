//! What this device recorded, and how safe each record is.

use crate::command::Command;
use crate::documents::log::Record;
use crate::ids::{EntryRef, Subject};
use crate::replica::{Draft, DraftState, Replica};
use crate::time::UnixMillis;

/// How safe a record is.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// It is saved on this device, and nowhere else.
    SavedHere,
    /// Other devices have it too.
    Carried {
        /// What people call them.
        by: Vec<String>,
    },
    /// It is at home, where an organizer decides about it.
    Held,
    /// Home refused it for good: a person must look at it.
    Refused {
        /// Why home refused it, as a stable code.
        code: String,
    },
    /// It is durable at home.
    Confirmed,
}

/// One record of this device.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct RecordRow {
    /// The entry, for taking it back; none for an edit or a ruling.
    pub entry: Option<EntryRef>,
    /// What was done: `check_in`, `check_out`, `no_show`, `undo`, `walk_in`, `litter_card`, `planting_card`, `incident`,
    /// `briefing`, `deed`, `remote_work`, `request`, `guardian_consent`, `person`, `ruling` or `event`.
    pub kind: String,
    /// The person or walk-in whom the record concerns, if it is one.
    pub subject: Option<Subject>,
    /// The key of the site that the record names, if it names one.
    pub site: Option<String>,
    /// What this device took for the time of day.
    pub wall_ms: UnixMillis,
    /// Whether a later record takes it back.
    pub undone: bool,
    /// How safe it is.
    pub state: RecordState,
}

/// A page of records, the newest first.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct RecordPage {
    /// How many there are in all.
    pub total: u32,
    /// The rows of this page.
    pub rows: Vec<RecordRow>,
}

/// Lists what this device recorded: what is not confirmed before what is, each with the newest first.
pub(super) fn page(replica: &Replica, offset: u32, limit: u32) -> RecordPage {
    let undone = undone(replica);
    let mut rows: Vec<RecordRow> = Vec::new();
    let mut drafts: Vec<&Draft> = replica.drafts().filter(|draft| !is_anchor(&draft.command)).collect();
    drafts.reverse();
    rows.extend(drafts.into_iter().map(|draft| row_of_draft(replica, draft)));
    let drafted: std::collections::BTreeSet<EntryRef> = replica.drafts().filter_map(|draft| draft.entry).collect();
    let mut sealed = Vec::new();
    for log in replica.ledger().documents().logs().filter(|log| log.device == replica.device()) {
        let confirmed = replica.confirmed_entries(log);
        let entries =
            (0..).zip(&log.entries).map(|(counter, entry)| (counter < confirmed, log.entry_ref(counter), entry));
        sealed.extend(entries.filter(|(_, at, _)| !drafted.contains(at)));
    }
    sealed.sort_unstable_by_key(|(is_confirmed, at, entry)| {
        (*is_confirmed, std::cmp::Reverse((entry.reading.wall_ms, at.incarnation, at.counter)))
    });
    rows.extend(sealed.into_iter().filter_map(|(is_confirmed, at, entry)| {
        let state = if is_confirmed { RecordState::Confirmed } else { RecordState::SavedHere };
        row_of(Some(at), &entry.record, entry.reading.wall_ms, state)
    }));
    for row in &mut rows {
        row.undone = row.entry.is_some_and(|entry| undone.contains(&entry));
    }
    let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let limit = limit.min(super::people::PAGE_LIMIT) as usize;
    RecordPage { total, rows: rows.into_iter().skip(offset as usize).take(limit).collect() }
}

/// The entries of this device that a later one takes back.
fn undone(replica: &Replica) -> std::collections::BTreeSet<EntryRef> {
    let drafted = replica.drafts().filter_map(|draft| match &draft.command {
        Command::Undo(target) if draft.state.refused().is_none() => Some(*target),
        _ => None,
    });
    let own = replica.ledger().documents().logs().filter(|log| log.device == replica.device());
    let sealed = own.flat_map(|log| {
        log.entries.iter().filter_map(|entry| match entry.record {
            Record::Undo(undo) => {
                let incarnation = undo.incarnation.unwrap_or(log.incarnation);
                Some(EntryRef { device: log.device, incarnation, counter: undo.counter })
            }
            _ => None,
        })
    });
    drafted.chain(sealed).collect()
}

/// A record that is not confirmed, as a row.
pub(super) fn row_of_draft(replica: &Replica, draft: &Draft) -> RecordRow {
    let state = match &draft.state {
        DraftState::Open => RecordState::SavedHere,
        DraftState::Held(_) => RecordState::Held,
        DraftState::Parked(_) | DraftState::Barred(_) => {
            RecordState::Refused { code: draft.state.refused().unwrap_or_default().to_owned() }
        }
        DraftState::Sealed(at) => {
            let carriers = replica.carriers_of(at.revision);
            let name = |device| match replica.ledger().grant(device) {
                Some(grant) => grant.name.clone(),
                None if device == replica.home() => "home".to_owned(),
                None => device.to_string(),
            };
            let mut by: Vec<String> = carriers.into_iter().map(name).collect();
            by.sort_unstable();
            if by.is_empty() { RecordState::SavedHere } else { RecordState::Carried { by } }
        }
    };
    let wall_ms = draft.reading.wall_ms;
    let recorded = draft.record().and_then(|record| row_of(draft.entry, &record, wall_ms, state.clone()));
    recorded.unwrap_or_else(|| {
        let (kind, subject) = match &draft.command {
            Command::AddPerson(id, _) | Command::EditPerson(id, _) | Command::NoteListed(id, ..) => {
                ("person", Some(Subject::Person(*id)))
            }
            Command::Rule(..) => ("ruling", None),
            _ => ("event", None),
        };
        RecordRow { entry: draft.entry, kind: kind.to_owned(), subject, site: None, wall_ms, undone: false, state }
    })
}

const fn is_anchor(command: &Command) -> bool {
    matches!(command, Command::Anchor(_))
}

/// `None` for a note of home's time, which nobody made.
fn row_of(entry: Option<EntryRef>, record: &Record, wall_ms: UnixMillis, state: RecordState) -> Option<RecordRow> {
    let (kind, subject, site) = match record {
        Record::CheckIn(presence) => ("check_in", Some(presence.subject), Some(&presence.site)),
        Record::CheckOut(presence) => ("check_out", Some(presence.subject), Some(&presence.site)),
        Record::NoShow(presence) => ("no_show", Some(presence.subject), Some(&presence.site)),
        Record::Undo(_) => ("undo", None, None),
        Record::WalkIn(walk_in) => ("walk_in", Some(Subject::WalkIn(walk_in.id)), None),
        Record::LitterCard(card) => ("litter_card", None, Some(&card.site)),
        Record::PlantingCard(card) => ("planting_card", None, Some(&card.site)),
        Record::Incident(incident) => ("incident", incident.subject, Some(&incident.site)),
        Record::Briefing(briefing) => ("briefing", Some(briefing.subject), None),
        Record::Deed(deed) => ("deed", None, Some(&deed.site)),
        Record::RemoteWork(work) => ("remote_work", Some(work.subject), None),
        Record::Request(request) => ("request", request.subject, None),
        Record::GuardianConsent(consent) => ("guardian_consent", Some(consent.subject), None),
        Record::Newer(record) => ("newer", record.content().subjects.first().copied(), None),
        Record::Anchor(_) => return None,
    };
    Some(RecordRow { entry, kind: kind.to_owned(), subject, site: site.cloned(), wall_ms, undone: false, state })
}
