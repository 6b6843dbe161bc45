//! What this replica shows before it is sealed: commands are checked and seen at once.

use std::borrow::Cow;

use super::Replica;
use crate::command::{Act, Command, CommandError};
use crate::documents::event::EventInfo;
use crate::documents::log::{Entry, Log, Record};
use crate::documents::roster::{Person, PersonEdit, PersonRecord, Roster};
use crate::documents::rulings::{Decision, Rulings};
use crate::ids::{EntryRef, PersonId, SharedDocument, Subject};

/// The documents of an event with this replica's drafts in place. Only what a draft changes is a copy.
pub struct Shown<'a> {
    /// What the event is.
    pub event: Cow<'a, EventInfo>,
    /// The people who are expected.
    pub roster: Cow<'a, Roster>,
    /// The logs of all devices; this device's own with what is not sealed yet.
    pub logs: Vec<Cow<'a, Log>>,
    /// The decisions of organizers.
    pub rulings: Cow<'a, Rulings>,
}

impl Replica {
    /// Puts the drafts over the documents, as sealing will.
    #[must_use]
    pub fn shown(&self) -> Shown<'_> {
        let documents = self.ledger.documents();
        let mut shown = Shown {
            event: Cow::Borrowed(documents.info()),
            roster: Cow::Borrowed(documents.roster()),
            logs: documents.logs().map(Cow::Borrowed).collect(),
            rulings: Cow::Borrowed(documents.rulings()),
        };
        let own = self.author();
        for draft in self.open_drafts() {
            match draft.command.act(draft.reading, own.incarnation) {
                Act::Entry(record) => {
                    let entry = Entry { record, reading: draft.reading };
                    let is_own = |log: &Cow<'_, Log>| (log.device, log.incarnation) == (own.device, own.incarnation);
                    let at = shown.logs.iter().position(is_own).unwrap_or_else(|| {
                        shown.logs.push(Cow::Owned(Log::new(own.device, own.incarnation)));
                        shown.logs.len() - 1
                    });
                    shown.logs[at].to_mut().entries.push(entry);
                }
                Act::Put { document, key, value } => {
                    let values = [(own.device, value)];
                    let absorbed = match document {
                        SharedDocument::Event => shown.event.to_mut().absorb(&key, &values),
                        SharedDocument::Roster => shown.roster.to_mut().absorb(&key, &values),
                        SharedDocument::Rulings => shown.rulings.to_mut().absorb(&key, &values),
                    };
                    absorbed.expect("a command writes what belongs there");
                }
            }
        }
        shown
    }

    pub(super) fn check(&self, command: &Command) -> Result<(), CommandError> {
        command.may_be_given_by(self.role())?;
        command.check_values()?;
        if let Some(subject) = command.subjects().into_iter().find(|subject| !self.knows(*subject)) {
            return Err(CommandError::UnknownSubject(subject));
        }
        if let Some(site) = command.site()
            && !self.knows_site(site)
        {
            return Err(CommandError::UnknownSite(site.to_owned()));
        }
        if let Command::LogRemoteWork(work) = command
            && !self.event_now().remote_tasks.contains_key(&work.task)
        {
            return Err(CommandError::UnknownTask(work.task.clone()));
        }
        self.check_assignment(command)?;
        match command {
            Command::AddPerson(id, _) | Command::EditPerson(id, _) | Command::NoteListed(id, ..)
                if self.ledger.documents().roster().erased.contains(&Subject::Person(*id)) =>
            {
                Err(CommandError::Erased(*id))
            }
            Command::Undo(target) if target.device != self.device() || !self.knows_entry(target) => {
                Err(CommandError::NothingToUndo)
            }
            Command::Undo(target) => match self.record_at(target) {
                Some(Record::WalkIn(walk_in)) if self.is_seen_elsewhere(walk_in.id) => {
                    Err(CommandError::SeenElsewhere(walk_in.id))
                }
                _ => Ok(()),
            },
            Command::AddPerson(id, _) if self.knows(Subject::Person(*id)) => Err(CommandError::IdTaken),
            Command::Rule(id, _) if self.knows_ruling(*id) => Err(CommandError::IdTaken),
            Command::Rule(_, ruling) => match &ruling.decision {
                // If home refuses the entry but not the ruling, the entry moves and the ruling would void another's.
                Decision::Void(entry) if self.own_entry(entry.counter) == *entry => Err(CommandError::UndoInstead),
                Decision::Void(entry) if !self.knows_entry(entry) => Err(CommandError::UnknownEntry),
                Decision::Retract(id)
                | Decision::PublishedLogs { publication: id, .. }
                | Decision::PublishedHeads { publication: id, .. }
                    if !self.knows_ruling(*id) =>
                {
                    Err(CommandError::UnknownRuling(*id))
                }
                Decision::Retract(id) if self.is_retraction(*id) => Err(CommandError::RetractsRetraction(*id)),
                Decision::Approve(entry) => self.check_approval(entry),
                Decision::Answer { request, .. } => match self.record_at(request) {
                    Some(Record::Request(_)) => Ok(()),
                    Some(_) => Err(CommandError::OtherEntry { expected: "request" }),
                    None => Err(CommandError::UnknownEntry),
                },
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Nobody who may be under age is assigned to what is hazardous, as far as this replica knows.
    fn check_assignment(&self, command: &Command) -> Result<(), CommandError> {
        let shifts = match command {
            Command::AddPerson(_, Person { shifts, .. }) | Command::EditPerson(_, PersonEdit::Shifts(shifts)) => shifts,
            _ => return Ok(()),
        };
        let event = self.event_now();
        let Some(shift) = event.first_hazardous(shifts) else { return Ok(()) };
        let birth_year = match command {
            Command::AddPerson(_, person) => person.birth_year,
            Command::EditPerson(id, _) => self.birth_year_now(*id),
            _ => None,
        };
        if event.is_minor(birth_year) { Err(CommandError::MinorAtRisk { shift: shift.to_owned() }) } else { Ok(()) }
    }

    /// Nobody approves their own work, nor what could still move in this device's log.
    fn check_approval(&self, entry: &EntryRef) -> Result<(), CommandError> {
        match self.record_at(entry) {
            None => Err(CommandError::UnknownEntry),
            Some(Record::RemoteWork(_)) if entry.device == self.device() => Err(CommandError::OwnWork),
            Some(Record::RemoteWork(_)) => Ok(()),
            Some(_) => Err(CommandError::OtherEntry { expected: "remote work" }),
        }
    }

    /// What an entry records, sealed or not.
    #[must_use]
    pub fn record_at(&self, entry: &EntryRef) -> Option<Record> {
        let log = self.ledger.documents().log(entry.device, entry.incarnation);
        let at = usize::try_from(entry.counter).ok()?;
        let sealed = log.and_then(|log| log.entries.get(at)).map(|entry| entry.record.clone());
        sealed.or_else(|| self.open_drafts().find(|draft| draft.entry.as_ref() == Some(entry))?.record())
    }

    /// The event with the drafts that speak of it.
    fn event_now(&self) -> Cow<'_, EventInfo> {
        let mut event = Cow::Borrowed(self.ledger.documents().info());
        self.drafted.event.iter().for_each(|edit| event.to_mut().apply(edit.clone()));
        event
    }

    fn birth_year_now(&self, id: PersonId) -> Option<u16> {
        let record = self.ledger.documents().roster().people.get(&id);
        let sealed = record.and_then(PersonRecord::shown).and_then(|person| *person.birth_year);
        self.open_drafts().fold(sealed, |year, draft| match &draft.command {
            Command::AddPerson(other, person) if *other == id => person.birth_year,
            Command::EditPerson(other, PersonEdit::BirthYear(edited)) if *other == id => *edited,
            _ => year,
        })
    }

    /// Whether anybody here has heard of the subject.
    #[must_use]
    pub fn knows(&self, subject: Subject) -> bool {
        let documents = self.ledger.documents();
        let admitted = match subject {
            Subject::Person(id) => documents.roster().people.contains_key(&id),
            Subject::WalkIn(id) => documents.walk_in(id).is_some(),
        };
        admitted || self.drafted.subjects.contains(&subject)
    }

    fn knows_site(&self, site: &str) -> bool {
        self.ledger.documents().info().sites.contains_key(site)
            || self.open_drafts().any(|draft| match &draft.command {
                Command::EditEvent(crate::documents::event::EventEdit::Site { key, site: Some(_) }) => key == site,
                _ => false,
            })
    }

    fn knows_entry(&self, entry: &EntryRef) -> bool {
        let log = self.ledger.documents().log(entry.device, entry.incarnation);
        log.is_some_and(|log| entry.counter < log.entries.len() as u64)
            || self.open_drafts().any(|draft| draft.entry.as_ref() == Some(entry))
    }

    fn knows_ruling(&self, id: crate::ids::RulingId) -> bool {
        self.ledger.documents().rulings().by_id.contains_key(&id) || self.drafted.rulings.contains(&id)
    }

    /// Whether everything that stands under the id is a retraction.
    fn is_retraction(&self, id: crate::ids::RulingId) -> bool {
        let sealed = self.ledger.documents().rulings().by_id.get(&id).into_iter().flatten();
        let drafted = self.open_drafts().filter_map(|draft| match &draft.command {
            Command::Rule(other, ruling) if *other == id => Some(&ruling.decision),
            _ => None,
        });
        let mut said = sealed.map(|ruling| &ruling.value.decision).chain(drafted).peekable();
        said.peek().is_some() && said.all(|decision| matches!(decision, Decision::Retract(_)))
    }
}
