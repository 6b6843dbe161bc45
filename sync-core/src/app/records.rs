//! What this device recorded, and how safe each record is.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::Counted;
use super::{device_name, people::Directory};
use crate::command::Command;
use crate::documents::log::{LitterCard, Record, Undo};
use crate::ids::{EntryRef, Subject};
use crate::replica::{Draft, DraftState, Replica};
use crate::time::{ClockReading, UnixMillis};
use crate::view::{ClockBasis, EventView, LogClocks};

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

/// Which records are wanted, by how safe they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum RecordFilter {
    /// All of them.
    #[default]
    All,
    /// All that home did not confirm.
    NotConfirmed,
    /// Those on this device alone.
    SavedHere,
    /// Those that other devices have too, and home did not confirm.
    Carried,
    /// Those about which an organizer decides at home.
    Held,
    /// Those that home refused.
    Refused,
    /// Those that are durable at home.
    Confirmed,
}

/// Which records are wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct RecordQuery {
    /// How safe they are.
    pub filter: RecordFilter,
    /// What was done, as [`RecordRow::kind`] says it; none is anything.
    #[cfg_attr(feature = "mobile", uniffi(default = None))]
    pub kind: Option<String>,
    /// One human being, by any id; none is everybody.
    #[cfg_attr(feature = "mobile", uniffi(default = None))]
    pub subject: Option<Subject>,
    /// So many rows are left out at the beginning.
    #[cfg_attr(feature = "mobile", uniffi(default = 0))]
    pub offset: u32,
    /// No more rows than this; at most 200.
    #[cfg_attr(feature = "mobile", uniffi(default = 20))]
    pub limit: u32,
}

/// What a card counts, as it was filled in.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum FilledCard {
    /// What was collected.
    Litter {
        /// The key of the team that collected it; none if nobody said.
        team: Option<String>,
        /// How many full bags there are.
        bags: u32,
        /// Weight of the litter, in grams.
        grams: u64,
        /// Volume of the litter, in litres.
        litres: u64,
        /// Length of the shore that was cleaned, in metres.
        metres: u64,
        /// How many people took part.
        people: u32,
        /// How many pieces there are of each category.
        items: Vec<Counted>,
    },
    /// What was planted.
    Planting {
        /// The scientific name of the species.
        species: String,
        /// How many seedlings were planted.
        seedlings: u32,
        /// The planted area, in square metres.
        square_metres: u64,
    },
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
    /// Their name, as the lists show it. None in what `perform` gives, which waits for no list.
    pub name: Option<String>,
    /// The key of the site that the record names, if it names one.
    pub site: Option<String>,
    /// What it says in words: what happened, what is asked for, the title of a deed, the edition of a briefing, the name of a
    /// guardian, the note on work from elsewhere.
    pub text: Option<String>,
    /// What a card says.
    pub card: Option<FilledCard>,
    /// The entry that the record takes back.
    pub undoes: Option<EntryRef>,
    /// What this device took for the time of day.
    pub wall_ms: UnixMillis,
    /// When it was, by home's clock. None in what `perform` gives, and for an edit or a ruling.
    pub at: Option<UnixMillis>,
    /// What that time rests on.
    pub basis: Option<ClockBasis>,
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

impl RecordFilter {
    const fn wants(self, state: &RecordState) -> bool {
        match self {
            Self::All => true,
            Self::NotConfirmed => !matches!(state, RecordState::Confirmed),
            Self::SavedHere => matches!(state, RecordState::SavedHere),
            Self::Carried => matches!(state, RecordState::Carried { .. }),
            Self::Held => matches!(state, RecordState::Held),
            Self::Refused => matches!(state, RecordState::Refused { .. }),
            Self::Confirmed => matches!(state, RecordState::Confirmed),
        }
    }
}

/// Lists what this device recorded: what is not confirmed before what is, each with the newest first.
pub(super) fn page(replica: &Replica, view: &EventView, directory: &Directory, query: &RecordQuery) -> RecordPage {
    let wanted = query.subject.map(|subject| view.class_of(subject));
    let is_wanted = |listed: &Listed| {
        let row = &listed.row;
        let is_of_kind = query.kind.as_ref().is_none_or(|kind| *kind == row.kind);
        let is_of_them = wanted.is_none_or(|class| row.subject.is_some_and(|subject| view.class_of(subject) == class));
        query.filter.wants(&row.state) && is_of_kind && is_of_them
    };
    let rows: Vec<Listed> = listed(replica).into_iter().filter(is_wanted).collect();
    let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let limit = query.limit.min(super::people::PAGE_LIMIT) as usize;
    let mut page: Vec<Listed> = rows.into_iter().skip(query.offset as usize).take(limit).collect();
    complete(&mut page, replica, view, directory);
    RecordPage { total, rows: page.into_iter().map(|listed| listed.row).collect() }
}

/// A record on its way into a page.
struct Listed {
    row: RecordRow,
    /// What the clocks read; none for a record that stands in no log.
    reading: Option<ClockReading>,
}

/// Every record, what is not confirmed before what is.
fn listed(replica: &Replica) -> Vec<Listed> {
    let mut drafts: Vec<&Draft> = replica.drafts().filter(|draft| !is_anchor(&draft.command)).collect();
    drafts.reverse();
    let of_draft =
        |draft: &Draft| Listed { row: row_of_draft(replica, draft), reading: draft.entry.map(|_| draft.reading) };
    let mut rows: Vec<Listed> = drafts.into_iter().map(of_draft).collect();
    let drafted: BTreeSet<EntryRef> = replica.drafts().filter_map(|draft| draft.entry).collect();
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
        let row = row_of(Some(at), &entry.record, entry.reading.wall_ms, state)?;
        Some(Listed { row, reading: Some(entry.reading) })
    }));
    rows
}

/// Says of the rows of a page what costs a look at more than the record: names, times, what was taken back.
fn complete(page: &mut [Listed], replica: &Replica, view: &EventView, directory: &Directory) {
    let undone: BTreeMap<EntryRef, bool> =
        replica.own_records().into_iter().map(|own| (own.entry, own.is_undone)).collect();
    let shown = replica.shown();
    let own = shown.logs.iter().map(AsRef::as_ref).filter(|log| log.device == replica.device());
    let clocks = LogClocks::of(&shown.event, own.collect(), &shown.rulings);
    for Listed { row, reading } in page {
        row.undone = row.entry.is_some_and(|entry| undone.get(&entry).copied().unwrap_or_default());
        row.name = row.subject.map(|subject| directory.name_of(view.class_of(subject))).filter(|name| !name.is_empty());
        let time = row.entry.zip(*reading).map(|(entry, reading)| clocks.time_of(&entry, &reading));
        row.at = time.map(|time| time.at);
        row.basis = time.map(|time| time.basis);
    }
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
            let name = |device| match device_name(replica, device) {
                Some(name) => name,
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
        RecordRow { entry: draft.entry, subject, ..RecordRow::bare(kind, wall_ms, state) }
    })
}

const fn is_anchor(command: &Command) -> bool {
    matches!(command, Command::Anchor(_))
}

/// `None` for a note of home's time, which nobody made.
fn row_of(entry: Option<EntryRef>, record: &Record, wall_ms: UnixMillis, state: RecordState) -> Option<RecordRow> {
    let (kind, subject, site, text) = match record {
        Record::CheckIn(presence) => ("check_in", Some(presence.subject), Some(&presence.site), None),
        Record::CheckOut(presence) => ("check_out", Some(presence.subject), Some(&presence.site), None),
        Record::NoShow(presence) => ("no_show", Some(presence.subject), Some(&presence.site), None),
        Record::Undo(_) => ("undo", None, None, None),
        Record::WalkIn(walk_in) => ("walk_in", Some(Subject::WalkIn(walk_in.id)), None, None),
        Record::LitterCard(card) => ("litter_card", None, Some(&card.site), None),
        Record::PlantingCard(card) => ("planting_card", None, Some(&card.site), None),
        Record::Incident(incident) => ("incident", incident.subject, Some(&incident.site), Some(&incident.text)),
        Record::Briefing(briefing) => ("briefing", Some(briefing.subject), None, Some(&briefing.version)),
        Record::Deed(deed) => ("deed", None, Some(&deed.site), Some(&deed.title)),
        Record::RemoteWork(work) => ("remote_work", Some(work.subject), None, Some(&work.note)),
        Record::Request(request) => ("request", request.subject, None, Some(&request.text)),
        Record::GuardianConsent(consent) => ("guardian_consent", Some(consent.subject), None, Some(&consent.guardian)),
        Record::Newer(record) => ("newer", record.content().subjects.first().copied(), None, None),
        Record::Anchor(_) => return None,
    };
    let undoes = match (record, entry) {
        (Record::Undo(Undo { counter, incarnation }), Some(own)) => {
            Some(EntryRef { incarnation: incarnation.unwrap_or(own.incarnation), counter: *counter, ..own })
        }
        _ => None,
    };
    let bare = RecordRow::bare(kind, wall_ms, state);
    let (site, text, card) = (site.cloned(), text.cloned(), FilledCard::of(record));
    Some(RecordRow { entry, subject, site, text, card, undoes, ..bare })
}

impl RecordRow {
    fn bare(kind: &str, wall_ms: UnixMillis, state: RecordState) -> Self {
        Self {
            entry: None,
            kind: kind.to_owned(),
            subject: None,
            name: None,
            site: None,
            text: None,
            card: None,
            undoes: None,
            wall_ms,
            at: None,
            basis: None,
            undone: false,
            state,
        }
    }
}

impl FilledCard {
    fn of(record: &Record) -> Option<Self> {
        match record {
            Record::LitterCard(LitterCard { team, bags, grams, litres, metres, people, items, .. }) => {
                let counted =
                    |(category, count): (&String, &u32)| Counted { category: category.clone(), count: *count };
                Some(Self::Litter {
                    team: team.clone(),
                    bags: *bags,
                    grams: *grams,
                    litres: *litres,
                    metres: *metres,
                    people: *people,
                    items: items.iter().map(counted).collect(),
                })
            }
            Record::PlantingCard(card) => Some(Self::Planting {
                species: card.species.clone(),
                seedlings: card.seedlings,
                square_metres: card.square_metres,
            }),
            _ => None,
        }
    }
}
