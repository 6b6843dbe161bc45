//! What an app lets a person do, as it stands at the edge: every [`Command`], with named fields and plain values.
//!
//! Written in JSON it is an object whose `do` names the case. What cannot be meant is refused here, before anything is
//! performed.

use serde::Deserialize;

use super::parts::{Counted, Known, Text};
use crate::command::Command;
use crate::documents::event::{DayHours, EventEdit, MarkersRead, Site};
use crate::documents::log::{
    Briefing, Deed, GuardianConsent, Incident, LitterCard, Method, PlantingCard, Presence, RemoteWork, Request,
};
use crate::documents::roster::{InvalidValue, PersonEdit, PersonField};
use crate::documents::rulings::{Decision, Ruling};
use crate::ids::{EntryRef, PersonId, RulingId, Subject, WalkInId};
use crate::time::UnixMillis;

/// Something a person does. Repeating a check-in or check-out adds evidence, never hours.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Marks somebody present at a site.
    CheckIn {
        /// The person or walk-in who came.
        subject: Subject,
        /// The key of the site where they came.
        site: String,
        /// How they were found.
        method: Method,
    },
    /// Marks somebody as having left.
    CheckOut {
        /// The person or walk-in who left.
        subject: Subject,
        /// The key of the site that they left.
        site: String,
        /// How they were found.
        method: Method,
    },
    /// Notes that somebody who was expected did not come.
    NoShow {
        /// The person or walk-in who did not come.
        subject: Subject,
        /// The key of the site where they were expected.
        site: String,
        /// How they were found.
        method: Method,
    },
    /// Takes back a record that this device made.
    Undo {
        /// The entry to take back, of this device's present log or an earlier one.
        entry: EntryRef,
    },
    /// Registers somebody who is not on the list. The id is drawn by the device; a repeated one is the same walk-in.
    AddWalkIn {
        /// The walk-in's id, drawn at random.
        id: WalkInId,
        /// What is known of them.
        known: Known,
    },
    /// Fills in a card with what was collected.
    CountLitter {
        /// The key of the site where it was collected.
        site: String,
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
    /// Fills in a card with what was planted.
    CountSeedlings {
        /// The key of the site where they were planted.
        site: String,
        /// The scientific name of the species.
        species: String,
        /// How many seedlings were planted.
        seedlings: u32,
        /// The planted area, in square metres.
        square_metres: u64,
    },
    /// Reports something that somebody must read.
    ReportIncident {
        /// The key of the site where it happened.
        site: String,
        /// What happened, in the words of whoever reports it.
        text: String,
        /// The person or walk-in whom it concerns, if it is one.
        subject: Option<Subject>,
    },
    /// Notes that somebody was briefed.
    Brief {
        /// The person or walk-in who heard the briefing.
        subject: Subject,
        /// The edition of the text that was read out.
        version: String,
        /// BCP 47 tag of the language it was given in.
        language: String,
    },
    /// Notes a deed of many.
    RecordDeed {
        /// The key of the site where it was done.
        site: String,
        /// What was done, in a few words.
        title: String,
        /// Everybody who took part; their number is counted apart from attendance.
        participants: Vec<Subject>,
    },
    /// Notes work that somebody did from somewhere else. It counts once an organizer approves it.
    LogRemoteWork {
        /// The person or walk-in who worked.
        subject: Subject,
        /// The key of the remote task, as the event lists it.
        task: String,
        /// When the work began.
        start: UnixMillis,
        /// When the work ended; after `start`.
        end: UnixMillis,
        /// What was done, in their own words.
        note: String,
    },
    /// Asks an organizer for a correction.
    Ask {
        /// The person or walk-in whom it concerns, if it is one.
        subject: Option<Subject>,
        /// The correction, in the words of whoever asks for it.
        text: String,
    },
    /// Notes that a guardian consented to somebody's taking part.
    NoteGuardianConsent {
        /// The person or walk-in who takes part.
        subject: Subject,
        /// The name of the guardian who consented.
        guardian: String,
    },
    /// Puts somebody on the roster.
    AddPerson {
        /// Drawn by the device.
        id: PersonId,
        /// What is known of them.
        known: Known,
    },
    /// Takes somebody who was registered at a gate onto the roster, and rules that the two are one. Two organizers who do it
    /// without a network do it once. What is known of them is what was typed at the gate.
    AcceptWalkIn {
        /// The walk-in.
        id: WalkInId,
    },
    /// Changes one field of somebody on the roster: lists are separated by commas, nothing is no value.
    EditPerson {
        /// The person to edit.
        id: PersonId,
        /// The field's name, e.g. `phone`.
        field: String,
        /// The new value, as a person types it.
        value: String,
    },
    /// Rules that two are one human being.
    Same {
        /// Drawn by the device.
        ruling: RulingId,
        /// A record of the human being.
        a: Subject,
        /// The other record of the same human being.
        b: Subject,
        /// Why; may be empty.
        reason: String,
    },
    /// Rules that two are two human beings.
    NotSame {
        /// Drawn by the device.
        ruling: RulingId,
        /// A record of one human being.
        a: Subject,
        /// A record of another human being.
        b: Subject,
        /// Why; may be empty.
        reason: String,
    },
    /// Rules that an entry has no effect.
    Void {
        /// Drawn by the device.
        ruling: RulingId,
        /// The entry that has no effect from now on.
        entry: EntryRef,
        /// Why; may be empty.
        reason: String,
    },
    /// Rules that somebody was there.
    GrantTime {
        /// Drawn by the device.
        ruling: RulingId,
        /// The person or walk-in who was there.
        subject: Subject,
        /// When they came.
        start: UnixMillis,
        /// When they left.
        end: UnixMillis,
        /// The key of the site, if it is known.
        site: Option<String>,
        /// Why; may be empty.
        reason: String,
    },
    /// Rules that the imputed time of somebody's day counts.
    ConfirmDay {
        /// Drawn by the device.
        ruling: RulingId,
        /// The person or walk-in whose day it is.
        subject: Subject,
        /// Days since 1970-01-01 of the date in the event's time zone.
        day: i64,
        /// As much as was seen when it was confirmed; what comes later needs another ruling then.
        imputed_ms: Option<u64>,
        /// Why; may be empty.
        reason: String,
    },
    /// Rules that work from somewhere else counts.
    Approve {
        /// Drawn by the device.
        ruling: RulingId,
        /// The entry that notes the work.
        entry: EntryRef,
        /// Why; may be empty.
        reason: String,
    },
    /// Takes back a ruling.
    Retract {
        /// Drawn by the device.
        ruling: RulingId,
        /// The ruling that is taken back.
        earlier: RulingId,
        /// Why; may be empty.
        reason: String,
    },
    /// Says what the event is called.
    NameEvent {
        /// The name, in up to three languages.
        name: Text,
    },
    /// Says when the gates are open on a day.
    OpenDay {
        /// The date, as days since 1970-01-01.
        day: i64,
        /// Minutes after midnight of the event's time zone.
        opens: u16,
        /// Minutes after midnight of the event's time zone.
        closes: u16,
    },
    /// Takes a day off the event.
    CloseDay {
        /// The date, as days since 1970-01-01.
        day: i64,
    },
    /// Adds a site to the event, or calls it by another name.
    AddSite {
        /// A short key that never changes, e.g. `north`: records refer to it.
        key: String,
        /// What people call it.
        name: Text,
    },
    /// Takes a site off the event.
    RemoveSite {
        /// The key of the site that goes.
        key: String,
    },
    /// Says which logs markers read.
    LetMarkersRead {
        /// All, or those of their own site and team.
        all: bool,
    },
}

/// What an action asks for.
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once, and never kept")]
pub(super) enum Asked {
    /// This command.
    Command(Command),
    /// The commands that take a walk-in onto the roster, which depend on what is known of them.
    AcceptWalkIn(WalkInId),
}

/// Why something that a person asks for cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// There is no such field of a person.
    #[error("a person has no field `{0}`")]
    UnknownField(String),
    /// The text is not a value of the field.
    #[error(transparent)]
    Value(#[from] InvalidValue),
    /// Nobody was registered at a gate under this id, as far as is known here.
    #[error("nobody was registered at a gate as {0}")]
    UnknownWalkIn(WalkInId),
    /// Somebody took the walk-in onto the roster already.
    #[error("{0} is on the roster already")]
    AcceptedAlready(WalkInId),
}

impl Action {
    /// What it asks for.
    ///
    /// # Errors
    /// See [`ActionError`].
    pub(super) fn asked(self) -> Result<Asked, ActionError> {
        let rule = |id, decision, reason| Command::Rule(id, Ruling { decision, reason });
        Ok(Asked::Command(match self {
            Self::AcceptWalkIn { id } => return Ok(Asked::AcceptWalkIn(id)),
            Self::CheckIn { subject, site, method } => Command::CheckIn(Presence { site, method, subject }),
            Self::CheckOut { subject, site, method } => Command::CheckOut(Presence { site, method, subject }),
            Self::NoShow { subject, site, method } => Command::NoShow(Presence { site, method, subject }),
            Self::Undo { entry } => Command::Undo(entry),
            Self::AddWalkIn { id, known } => Command::AddWalkIn(known.walk_in(id)),
            Self::CountLitter { site, team, bags, grams, litres, metres, people, items } => {
                let items = items.into_iter().map(|counted| (counted.category, counted.count)).collect();
                Command::CountLitter(LitterCard { site, team, bags, grams, litres, metres, people, items })
            }
            Self::CountSeedlings { site, species, seedlings, square_metres } => {
                Command::CountSeedlings(PlantingCard { site, species, seedlings, square_metres })
            }
            Self::ReportIncident { site, text, subject } => Command::ReportIncident(Incident { site, text, subject }),
            Self::Brief { subject, version, language } => Command::Brief(Briefing { subject, version, language }),
            Self::RecordDeed { site, title, mut participants } => {
                let mut named = std::collections::BTreeSet::new();
                participants.retain(|one| named.insert(*one));
                Command::RecordDeed(Deed { site, title, participants })
            }
            Self::LogRemoteWork { subject, task, start, end, note } => {
                Command::LogRemoteWork(RemoteWork { subject, task, start, end, note })
            }
            Self::Ask { subject, text } => Command::Ask(Request { subject, edit: None, text }),
            Self::NoteGuardianConsent { subject, guardian } => {
                Command::NoteGuardianConsent(GuardianConsent { subject, guardian })
            }
            Self::AddPerson { id, known } => Command::AddPerson(id, known.person()),
            Self::EditPerson { id, field, value } => {
                let known = PersonField::from_key(&field).ok_or(ActionError::UnknownField(field))?;
                Command::EditPerson(id, PersonEdit::from_text(known, &value)?)
            }
            Self::Same { ruling, a, b, reason } => rule(ruling, Decision::Same(a, b), reason),
            Self::NotSame { ruling, a, b, reason } => rule(ruling, Decision::NotSame(a, b), reason),
            Self::Void { ruling, entry, reason } => rule(ruling, Decision::Void(entry), reason),
            Self::GrantTime { ruling, subject, start, end, site, reason } => {
                rule(ruling, Decision::Manual { subject, start, end, site }, reason)
            }
            Self::ConfirmDay { ruling, subject, day, imputed_ms, reason } => {
                rule(ruling, Decision::Confirm { subject, day, imputed_ms }, reason)
            }
            Self::Approve { ruling, entry, reason } => rule(ruling, Decision::Approve(entry), reason),
            Self::Retract { ruling, earlier, reason } => rule(ruling, Decision::Retract(earlier), reason),
            Self::NameEvent { name } => Command::EditEvent(EventEdit::Name(name.into())),
            Self::OpenDay { day, opens, closes } => {
                Command::EditEvent(EventEdit::Day { day, hours: Some(DayHours { opens, closes }) })
            }
            Self::CloseDay { day } => Command::EditEvent(EventEdit::Day { day, hours: None }),
            Self::AddSite { key, name } => {
                Command::EditEvent(EventEdit::Site { key, site: Some(Site { name: name.into() }) })
            }
            Self::RemoveSite { key } => Command::EditEvent(EventEdit::Site { key, site: None }),
            Self::LetMarkersRead { all } => {
                Command::EditEvent(EventEdit::MarkersRead(if all { MarkersRead::All } else { MarkersRead::default() }))
            }
        }))
    }
}
