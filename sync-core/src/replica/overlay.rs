//! What this replica shows before it is sealed: commands are checked and seen at once.

use std::borrow::Cow;

use super::Replica;
use crate::command::{Act, Command, CommandError};
use crate::documents::event::EventInfo;
use crate::documents::log::{Entry, Log};
use crate::documents::roster::Roster;
use crate::documents::rulings::{Decision, Rulings};
use crate::ids::{DocumentRef, EntryRef, Subject};

/// The documents of an event with this replica's drafts in place. Only what a draft changes is a copy.
pub struct Shown<'a> {
    /// What the event is.
    pub event: Cow<'a, EventInfo>,
    /// Who is expected.
    pub roster: Cow<'a, Roster>,
    /// What was recorded.
    pub logs: Vec<Cow<'a, Log>>,
    /// What was decided.
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
                        DocumentRef::Event => shown.event.to_mut().absorb(&key, &values),
                        DocumentRef::Roster => shown.roster.to_mut().absorb(&key, &values),
                        _ => shown.rulings.to_mut().absorb(&key, &values),
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
        match command {
            Command::Undo(target) if target.device != self.device() || !self.knows_entry(target) => {
                Err(CommandError::NothingToUndo)
            }
            Command::AddPerson(id, _) if self.knows(Subject::Person(*id)) => Err(CommandError::IdTaken),
            Command::Rule(id, _) if self.knows_ruling(*id) => Err(CommandError::IdTaken),
            Command::Rule(_, ruling) => match &ruling.decision {
                // If home refuses the entry but not the ruling, the entry moves and the ruling would void another's.
                Decision::Void(entry) if self.own_entry(entry.counter) == *entry => Err(CommandError::UndoInstead),
                Decision::Void(entry) if !self.knows_entry(entry) => Err(CommandError::UnknownEntry),
                Decision::Retract(id) if !self.knows_ruling(*id) => Err(CommandError::UnknownRuling(*id)),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
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
}
