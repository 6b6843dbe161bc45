//! Everything a person can do: the whole write interface of the product.
//!
//! A command is checked against what this replica knows, written to the journal, and only later becomes part of a
//! change. It can be performed again on other documents, so it holds ids and values, never positions in a document.

mod texts;
mod walk_ins;

use minicbor::{Decode, Encode};

use crate::documents::event::{Edition, EventEdit};
use crate::documents::log::{
    Briefing, Deed, GuardianConsent, Incident, LitterCard, Log, Method, NewerRecord, PlantingCard, Presence, Record,
    RemoteWork, Request, Undo, WalkIn,
};
use crate::documents::roster::{ListKey, Person, PersonEdit, register, register_of_list};
use crate::documents::rulings::{Decision, Ruling};
use crate::documents::{KEY_LIMIT_BYTES, Stored, VALUE_LIMIT_BYTES, encode};
use crate::ids::{DocumentRef, EntryRef, Incarnation, PersonId, RulingId, SharedDocument, Subject, WalkInId};
use crate::time::{ClockReading, UnixMillis};
use crate::trust::Role;

pub use texts::{LINE_LIMIT_CHARS, has_control_characters, has_digits, has_letters};
pub use walk_ins::{accept_walk_in, person_of_walk_in};

/// Something a person does.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Command {
    /// Marks a subject present at a site. Repeating it adds evidence, never hours.
    #[n(0)]
    CheckIn(#[n(0)] Presence),
    /// Marks a subject as having left.
    #[n(1)]
    CheckOut(#[n(0)] Presence),
    /// Notes that somebody who was expected did not come.
    #[n(2)]
    NoShow(#[n(0)] Presence),
    /// Takes back an entry that this device recorded.
    #[n(3)]
    Undo(#[n(0)] EntryRef),
    /// Registers somebody who is not on the list.
    #[n(4)]
    AddWalkIn(#[n(0)] WalkIn),
    /// Fills in a card with what was collected.
    #[n(5)]
    CountLitter(#[n(0)] LitterCard),
    /// Fills in a card with what was planted.
    #[n(6)]
    CountSeedlings(#[n(0)] PlantingCard),
    /// Reports something that somebody must read.
    #[n(7)]
    ReportIncident(#[n(0)] Incident),
    /// Notes that somebody was briefed.
    #[n(8)]
    Brief(#[n(0)] Briefing),
    /// Notes a deed of many.
    #[n(9)]
    RecordDeed(#[n(0)] Deed),
    /// Notes home's time. A replica does this by itself when it learns it.
    #[n(10)]
    Anchor(#[n(0)] UnixMillis),
    /// Puts somebody on the roster.
    #[n(11)]
    AddPerson(#[n(0)] PersonId, #[n(1)] Person),
    /// Changes one field of somebody on the roster.
    #[n(12)]
    EditPerson(#[n(0)] PersonId, #[n(1)] PersonEdit),
    /// Decides something: see [`Ruling`].
    #[n(13)]
    Rule(#[n(0)] RulingId, #[n(1)] Ruling),
    /// Changes the event itself.
    #[n(14)]
    EditEvent(#[n(0)] EventEdit),
    /// Notes work that someone did from somewhere else.
    #[n(15)]
    LogRemoteWork(#[n(0)] RemoteWork),
    /// Asks an organizer for a correction.
    #[n(16)]
    Ask(#[n(0)] Request),
    /// Notes that a guardian consented.
    #[n(17)]
    NoteGuardianConsent(#[n(0)] GuardianConsent),
    /// Notes what a list says of somebody on the roster, for the next import of it. It shows nothing and changes nothing.
    #[n(18)]
    NoteListed(#[n(0)] PersonId, #[n(1)] String, #[n(2)] Person),
    /// Records once more what a newer version of the program recorded on this device.
    #[n(19)]
    KeepNewer(#[n(0)] NewerRecord),
}

/// Nobody works longer in one go: a longer time is a slip of the pen.
pub const SESSION_LIMIT_MS: u64 = 24 * 3_600_000;

/// Why a command was not performed. The journal is untouched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Nobody with this id is known here. Exchange, or register a walk-in.
    #[error("nobody with the id {0} is known here")]
    UnknownSubject(Subject),
    /// The event has no such site.
    #[error("the event has no site `{0}`")]
    UnknownSite(String),
    /// No such entry of this device is known here.
    #[error("this device has no such entry to undo")]
    NothingToUndo,
    /// It registers a walk-in of whom another device recorded something. That would be left without a name.
    #[error(
        "another device recorded something of the walk-in {0}, which would be left without a name: ask an organizer to join \
         the walk-in with whoever it is, or to void what was recorded"
    )]
    SeenElsewhere(WalkInId),
    /// The entry is one that this device is still recording in the same log: a ruling about it could go astray.
    #[error("this device recorded the entry itself: take it back with undo")]
    UndoInstead,
    /// No such entry is known here.
    #[error("no such entry is known here")]
    UnknownEntry,
    /// No such ruling is known here.
    #[error("no ruling {0} is known here")]
    UnknownRuling(RulingId),
    /// The ruling only takes back another one. Nothing depends on an order of retractions: to have the other back, rule
    /// again.
    #[error("ruling {0} takes back another one: to have that back, rule again")]
    RetractsRetraction(RulingId),
    /// They asked to be erased: nothing is written about them any more. Their hours still count.
    #[error("{0} was erased: nothing is written about them any more")]
    Erased(PersonId),
    /// The id is taken.
    #[error("this id is already taken")]
    IdTaken,
    /// The event has no such remote task.
    #[error("the event has no remote task `{0}`")]
    UnknownTask(String),
    /// A time ends before it begins.
    #[error("it ends before it begins, or at once")]
    Backwards,
    /// A time is longer than anybody works in one go.
    #[error("it is longer than {} hours", SESSION_LIMIT_MS / 3_600_000)]
    TooLong,
    /// Somebody under age, or of whom that cannot be ruled out, may not be assigned to this shift.
    #[error("the shift `{shift}` is hazardous: nobody who may be under age can be assigned to it")]
    MinorAtRisk {
        /// The key of the hazardous shift.
        shift: String,
    },
    /// Nobody approves what their own device noted.
    #[error("this device noted the work itself: somebody else must approve it")]
    OwnWork,
    /// The entry is of another kind.
    #[error("the entry is no {expected}")]
    OtherEntry {
        /// What it would have to be.
        expected: &'static str,
    },
    /// The device may not do this.
    #[error("a {role} may not do this")]
    NotYourRole {
        /// What the device is.
        role: Role,
    },
    /// No clock gives such a reading.
    #[error("no clock reads this: a time of day is from 1900 to 2999, and no device runs for a thousand years")]
    ImpossibleReading,
    /// A value cannot be meant.
    #[error("{field}: {why}")]
    Invalid {
        /// The name of the value, as people know it.
        field: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// What a command writes, once it is known where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// An entry of the device's own log.
    Entry(Record),
    /// A value of a register.
    Put { document: SharedDocument, key: String, value: Vec<u8> },
}

impl Command {
    /// The kind of document the command writes to; a log stands for the device's own.
    pub(crate) fn may_be_given_by(&self, role: Role) -> Result<(), CommandError> {
        let allowed = match self {
            Self::AddPerson(..) | Self::EditPerson(..) | Self::NoteListed(..) => role.may_write(&DocumentRef::ROSTER),
            Self::Rule(..) => role.may_write(&DocumentRef::RULINGS),
            Self::EditEvent(..) => role.may_write(&DocumentRef::Event),
            _ => true,
        };
        if allowed { Ok(()) } else { Err(CommandError::NotYourRole { role }) }
    }

    /// What the command writes. `incarnation` is that of the log an entry goes to.
    pub(crate) fn act(&self, reading: ClockReading, incarnation: Incarnation) -> Act {
        let entry = |record: Record| Act::Entry(record);
        match self.clone() {
            Self::CheckIn(presence) => entry(Record::CheckIn(presence)),
            Self::CheckOut(presence) => entry(Record::CheckOut(presence)),
            Self::NoShow(presence) => entry(Record::NoShow(presence)),
            Self::Undo(target) => entry(Record::Undo(Undo {
                counter: target.counter,
                incarnation: (target.incarnation != incarnation).then_some(target.incarnation),
            })),
            Self::AddWalkIn(walk_in) => entry(Record::WalkIn(walk_in)),
            Self::CountLitter(card) => entry(Record::LitterCard(card)),
            Self::CountSeedlings(card) => entry(Record::PlantingCard(card)),
            Self::ReportIncident(incident) => entry(Record::Incident(incident)),
            Self::Brief(briefing) => entry(Record::Briefing(briefing)),
            Self::RecordDeed(deed) => entry(Record::Deed(deed)),
            Self::Anchor(home_ms) => entry(Record::Anchor(home_ms)),
            Self::LogRemoteWork(work) => entry(Record::RemoteWork(work)),
            Self::Ask(request) => entry(Record::Request(request)),
            Self::NoteGuardianConsent(consent) => entry(Record::GuardianConsent(consent)),
            Self::KeepNewer(record) => entry(Record::Newer(record)),
            Self::AddPerson(id, person) => {
                put(SharedDocument::Roster, register(id, None), Stored::new(reading, person))
            }
            Self::EditPerson(id, edit) => {
                put(SharedDocument::Roster, register(id, Some(edit.field())), Stored::new(reading, edit))
            }
            Self::NoteListed(id, issuer, said) => {
                let register = register_of_list(id, ListKey::of(&issuer));
                put(SharedDocument::Roster, register, Stored::new(reading, said))
            }
            Self::Rule(id, ruling) => put(SharedDocument::Rulings, id.to_string(), Stored::new(reading, ruling)),
            Self::EditEvent(edit) => put(SharedDocument::Event, edit.register(), Stored::new(reading, edit)),
        }
    }

    /// The command that records `record`, which stands in `own_log`, once more in another log of the same device.
    pub(crate) fn recording(record: Record, own_log: &Log) -> Self {
        match record {
            Record::CheckIn(presence) => Self::CheckIn(presence),
            Record::CheckOut(presence) => Self::CheckOut(presence),
            Record::NoShow(presence) => Self::NoShow(presence),
            Record::Undo(Undo { counter, incarnation }) => Self::Undo(EntryRef {
                device: own_log.device,
                incarnation: incarnation.unwrap_or(own_log.incarnation),
                counter,
            }),
            Record::WalkIn(walk_in) => Self::AddWalkIn(walk_in),
            Record::LitterCard(card) => Self::CountLitter(card),
            Record::PlantingCard(card) => Self::CountSeedlings(card),
            Record::Incident(incident) => Self::ReportIncident(incident),
            Record::Briefing(briefing) => Self::Brief(briefing),
            Record::Deed(deed) => Self::RecordDeed(deed),
            Record::Anchor(home_ms) => Self::Anchor(home_ms),
            Record::RemoteWork(work) => Self::LogRemoteWork(work),
            Record::Request(request) => Self::Ask(request),
            Record::GuardianConsent(consent) => Self::NoteGuardianConsent(consent),
            Record::Newer(record) => Self::KeepNewer(record),
        }
    }

    /// Checks what can be checked without knowing any document: lengths, ranges, order, what cannot be a name.
    ///
    /// # Errors
    /// [`CommandError::Invalid`] and its like.
    pub fn check_values(&self) -> Result<(), CommandError> {
        let encoded = encode(self);
        if encoded.len() > VALUE_LIMIT_BYTES / 2 {
            return Err(invalid("text", "it is too long"));
        }
        if let Act::Put { key, .. } = self.act(ClockReading::default(), Incarnation([0; 8]))
            && key.len() > KEY_LIMIT_BYTES
        {
            return Err(invalid("key", "it is too long"));
        }
        self.check_meaning()?;
        texts::check_texts(&encoded)
    }

    /// Checks what each kind of command says.
    fn check_meaning(&self) -> Result<(), CommandError> {
        match self {
            Self::AddWalkIn(walk_in) if walk_in.names.iter().all(|name| name.to_string().trim().is_empty()) => {
                Err(invalid("name", "a walk-in needs a name"))
            }
            Self::AddPerson(_, person) if person.names.iter().all(|name| name.to_string().trim().is_empty()) => {
                Err(invalid("name", "a person needs a name"))
            }
            Self::AddWalkIn(walk_in) => texts::check_walk_in(walk_in),
            Self::AddPerson(_, person) => texts::check_person(person),
            Self::EditPerson(_, edit) => texts::check_edit(edit),
            Self::RecordDeed(deed) if has_control_characters(&deed.title) => {
                Err(invalid("title", "it holds invisible control characters"))
            }
            Self::Rule(_, Ruling { decision: Decision::Manual { start, end, .. }, .. })
            | Self::LogRemoteWork(RemoteWork { start, end, .. }) => check_span(*start, *end),
            Self::Ask(request) if request.text.trim().is_empty() && request.edit.is_none() => {
                Err(invalid("text", "a request says what is asked"))
            }
            Self::Ask(Request { edit: Some(edit), .. }) => texts::check_edit(edit),
            Self::NoteGuardianConsent(consent) if consent.guardian.trim().is_empty() => {
                Err(invalid("guardian", "a consent needs the name of who gives it"))
            }
            Self::RecordDeed(deed) if deed.title.trim().is_empty() => Err(invalid("title", "a deed needs a name")),
            Self::Rule(_, Ruling { decision: Decision::Same(a, b) | Decision::NotSame(a, b), .. }) if a == b => {
                Err(invalid("subject", "a subject is always the same as itself"))
            }
            Self::EditEvent(edit) => check_plan(edit).and_then(|()| texts::check_event(edit)),
            _ => Ok(()),
        }
    }

    /// The subjects that must be known. A scanned badge vouches for its bearer, who may be newer than this replica's
    /// roster.
    pub(crate) fn subjects(&self) -> Vec<Subject> {
        match self {
            Self::CheckIn(presence) | Self::CheckOut(presence) | Self::NoShow(presence) => match presence.method {
                Method::Qr => Vec::new(),
                Method::Search | Method::Paper => vec![presence.subject],
            },
            Self::ReportIncident(incident) => incident.subject.into_iter().collect(),
            Self::Brief(briefing) => vec![briefing.subject],
            Self::RecordDeed(deed) => deed.participants.clone(),
            Self::EditPerson(id, _) | Self::NoteListed(id, ..) => vec![Subject::Person(*id)],
            Self::LogRemoteWork(work) => vec![work.subject],
            Self::Ask(request) => request.subject.into_iter().collect(),
            Self::NoteGuardianConsent(consent) => vec![consent.subject],
            Self::Rule(_, ruling) => match &ruling.decision {
                Decision::Same(a, b) | Decision::NotSame(a, b) => vec![*a, *b],
                Decision::Manual { subject, .. }
                | Decision::Confirm { subject, .. }
                | Decision::SameElsewhere { subject, .. } => vec![*subject],
                Decision::Void(_)
                | Decision::Retract(_)
                | Decision::Approve(_)
                | Decision::Publish(_)
                | Decision::PublishedLogs { .. }
                | Decision::PublishedHeads { .. }
                | Decision::Answer { .. } => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The site that must be known.
    pub(crate) fn site(&self) -> Option<&str> {
        match self {
            Self::CheckIn(presence) | Self::CheckOut(presence) | Self::NoShow(presence) => Some(&presence.site),
            Self::CountLitter(card) => Some(&card.site),
            Self::CountSeedlings(card) => Some(&card.site),
            Self::ReportIncident(incident) => Some(&incident.site),
            Self::RecordDeed(deed) => Some(&deed.site),
            Self::Rule(_, Ruling { decision: Decision::Manual { site: Some(site), .. }, .. }) => Some(site),
            _ => None,
        }
    }
}

fn check_span(start: UnixMillis, end: UnixMillis) -> Result<(), CommandError> {
    if end <= start {
        return Err(CommandError::Backwards);
    }
    if end.0.abs_diff(start.0) > SESSION_LIMIT_MS { Err(CommandError::TooLong) } else { Ok(()) }
}

/// Checks what a statement about the event says.
fn check_plan(edit: &EventEdit) -> Result<(), CommandError> {
    if edit.key().is_some_and(|key| key.is_empty() || key.len() > 100) {
        return Err(invalid("key", "it has 1 to 100 bytes"));
    }
    match edit {
        EventEdit::Day { hours: Some(hours), .. } if hours.span() != (hours.opens, hours.closes) => {
            Err(invalid("closes", "a day opens before 24:00 and closes after that, at most 24 hours later"))
        }
        EventEdit::Shift { shift: Some(shift), .. } if shift.span() != (shift.starts, shift.ends) => {
            Err(invalid("ends", "a shift starts before 24:00 and ends after that, at most 24 hours later"))
        }
        EventEdit::LongestStretch(Some(hours)) if !(1..=24).contains(hours) => {
            Err(invalid("longest_stretch", "it is 1 to 24 hours"))
        }
        EventEdit::ListColumn { issuer, header, .. }
            if [issuer, header]
                .iter()
                .any(|text| text.is_empty() || text.len() > 200 || text.contains(char::is_control)) =>
        {
            Err(invalid("header", "issuer and header have 1 to 200 bytes"))
        }
        EventEdit::RemoteTask { task: Some(task), .. } if task.until < task.from => {
            Err(invalid("until", "a task does not end before it begins"))
        }
        EventEdit::Speaks(edition) if *edition > Edition::CURRENT => {
            Err(invalid("speaks", "this version of the program does not know that edition: update it first"))
        }
        EventEdit::Minors(rules) if rules.adult_age < rules.consent_age => {
            Err(invalid("adult_age", "it is not below the age of consent"))
        }
        _ => Ok(()),
    }
}

const fn invalid(field: &'static str, why: &'static str) -> CommandError {
    CommandError::Invalid { field, why }
}

fn put<T: Encode<()>>(document: SharedDocument, key: String, stored: Stored<T>) -> Act {
    Act::Put { document, key, value: encode(&stored) }
}
