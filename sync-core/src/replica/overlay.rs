//! What this replica shows before it is sealed: commands are checked and seen at once.

use super::Replica;
use crate::command::{Act, Command, CommandError};
use crate::documents::event::EventInfo;
use crate::documents::log::{Entry, Log};
use crate::documents::roster::Roster;
use crate::documents::rulings::{Decision, Rulings};
use crate::ids::{DocumentRef, EntryRef, Subject};

/// The documents of an event with this replica's drafts in place.
pub struct Shown {
    /// What the event is.
    pub event: EventInfo,
    /// Who is expected.
    pub roster: Roster,
    /// What was recorded.
    pub logs: Vec<Log>,
    /// What was decided.
    pub rulings: Rulings,
}

impl Replica {
    /// Puts the drafts over the documents, as sealing will.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let documents = self.ledger.documents();
        let mut shown = Shown {
            event: documents.info().clone(),
            roster: documents.roster().clone(),
            logs: documents.logs().cloned().collect(),
            rulings: documents.rulings().clone(),
        };
        let own = self.author();
        for draft in self.open_drafts() {
            match draft.command.act(draft.reading, own.incarnation) {
                Act::Entry(record) => {
                    let entry = Entry { record, reading: draft.reading };
                    let is_own = |log: &Log| (log.device, log.incarnation) == (own.device, own.incarnation);
                    match shown.logs.iter_mut().find(|log| is_own(log)) {
                        Some(log) => log.entries.push(entry),
                        None => {
                            let mut log = Log::new(own.device, own.incarnation);
                            log.entries.push(entry);
                            shown.logs.push(log);
                        }
                    }
                }
                Act::Put { document, key, value } => {
                    let values = [(own.device, value)];
                    let absorbed = match document {
                        DocumentRef::Event => shown.event.absorb(&key, &values),
                        DocumentRef::Roster => shown.roster.absorb(&key, &values),
                        _ => shown.rulings.absorb(&key, &values),
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
