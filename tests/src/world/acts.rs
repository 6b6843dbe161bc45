//! What people do in a world, in their words.

use sync_core::command::{Command, CommandError};
use sync_core::documents::log::{LitterCard, Method, Presence, WalkIn};
use sync_core::documents::roster::{Person, PersonEdit, PersonName};
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::ids::{EntryRef, PersonId, RulingId, Subject, WalkInId};
use sync_core::journal::JournalError;
use sync_core::replica::Draft;

use super::{Phone, World};

/// Whoever a marker can look up: someone on the roster, or a walk-in.
pub trait Someone: Copy {
    /// The subject of an entry about them.
    fn subject(self) -> Subject;
}

impl Someone for PersonId {
    fn subject(self) -> Subject {
        Subject::Person(self)
    }
}

impl Someone for WalkInId {
    fn subject(self) -> Subject {
        Subject::WalkIn(self)
    }
}

impl Someone for Subject {
    fn subject(self) -> Subject {
        self
    }
}

/// Why a command came to nothing.
enum Failure {
    Refused(CommandError),
    Journal(JournalError),
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

fn named(name: &str) -> Vec<PersonName> {
    vec![PersonName { family: name.to_owned(), ..PersonName::default() }]
}

impl World {
    /// Gives a command. When it returns, somebody was told that it is saved.
    ///
    /// # Errors
    /// Why the phone refused it.
    pub fn attempt(&mut self, phone: &Phone, command: Command) -> Result<Draft, CommandError> {
        match self.give(phone, command) {
            Ok(draft) => Ok(draft),
            Err(Failure::Refused(error)) => Err(error),
            Err(Failure::Journal(error)) => panic!("{}: {error}", self.name(phone)),
        }
    }

    /// Gives a command to a phone whose disk may fail.
    ///
    /// # Errors
    /// What the journal reports: nobody was told that the command is saved.
    ///
    /// # Panics
    /// If the phone refuses it.
    pub fn tries_to_record(&mut self, phone: &Phone, command: Command) -> Result<Draft, JournalError> {
        match self.give(phone, command) {
            Ok(draft) => Ok(draft),
            Err(Failure::Refused(error)) => panic!("{}: {error}", self.name(phone)),
            Err(Failure::Journal(error)) => Err(error),
        }
    }

    fn give(&mut self, phone: &Phone, command: Command) -> Result<Draft, Failure> {
        self.tick();
        let reading = self.clocks_of(phone);
        let what = format!("{command:?}");
        let replica = self.devices[phone.0].replica.as_mut().unwrap();
        let draft = replica.act(|state| state.perform(command, reading).map_err(Failure::Refused))?;
        self.note(format!("{}: {what}", self.name(phone)));
        self.was_told(phone, reading, what);
        Ok(draft)
    }

    /// Gives a command that the phone takes.
    pub fn does(&mut self, phone: &Phone, command: Command) -> Draft {
        self.attempt(phone, command).unwrap_or_else(|error| panic!("{}: {error}", self.name(phone)))
    }

    fn records(&mut self, phone: &Phone, command: Command) -> EntryRef {
        self.does(phone, command).entry.expect("such a command records an entry")
    }

    /// Marks someone present, by the badge.
    pub fn check_in(&mut self, phone: &Phone, someone: impl Someone) -> EntryRef {
        self.records(phone, Command::CheckIn(presence(someone)))
    }

    /// Marks someone as having left, by the badge.
    pub fn check_out(&mut self, phone: &Phone, someone: impl Someone) -> EntryRef {
        self.records(phone, Command::CheckOut(presence(someone)))
    }

    /// Takes back an entry.
    pub fn undo(&mut self, phone: &Phone, entry: EntryRef) -> EntryRef {
        self.records(phone, Command::Undo(entry))
    }

    /// Registers somebody who is not on the list.
    pub fn walk_in(&mut self, phone: &Phone, name: &str) -> WalkInId {
        let id = WalkInId::from_entropy(self.chance.bits());
        let walk_in = WalkIn { id, names: named(name), phone: None, organisation: None, birth_year: None };
        self.records(phone, Command::AddWalkIn(walk_in));
        id
    }

    /// Counts full bags of litter.
    pub fn litter(&mut self, phone: &Phone, bags: u32) -> EntryRef {
        let card = LitterCard { site: "north".to_owned(), bags, ..LitterCard::default() };
        self.records(phone, Command::CountLitter(card))
    }

    /// Puts somebody on the roster.
    pub fn add_person(&mut self, phone: &Phone, name: &str) -> PersonId {
        let id = PersonId::from_entropy(self.chance.bits());
        self.does(phone, Command::AddPerson(id, Person { names: named(name), ..Person::default() }));
        id
    }

    /// Puts somebody from a list on the roster, under the id that everyone gives whoever stands so in the list.
    pub(super) fn add_listed(&mut self, phone: &Phone, name: &str) {
        let id = self.person(name);
        self.does(phone, Command::AddPerson(id, Person { names: named(name), ..Person::default() }));
    }

    /// Changes a field of somebody on the roster.
    pub fn edit(&mut self, phone: &Phone, person: PersonId, edit: PersonEdit) {
        self.does(phone, Command::EditPerson(person, edit));
    }

    /// Puts somebody on a team.
    pub fn assign_team(&mut self, phone: &Phone, person: PersonId, team: &str) {
        self.edit(phone, person, PersonEdit::Team(Some(team.to_owned())));
    }

    /// Records a decision of an organizer, and returns the id of its ruling.
    pub fn rule(&mut self, phone: &Phone, decision: Decision) -> RulingId {
        let id = RulingId(self.chance.bytes());
        self.does(phone, Command::Rule(id, Ruling { decision, reason: String::new() }));
        id
    }
}

fn presence(someone: impl Someone) -> Presence {
    Presence { site: "north".to_owned(), method: Method::Qr, subject: someone.subject() }
}
