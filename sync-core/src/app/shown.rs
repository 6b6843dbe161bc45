//! What is on the screen: the view and the lists that are made from it, until something changes.

use std::collections::BTreeSet;

use super::parts::Known;
use super::people::{Directory, PersonRow};
use super::similar::{self, SimilarRow};
use crate::command::Command;
use crate::ids::Subject;
use crate::replica::Replica;
use crate::replica::overlay::Shown;
use crate::view::duplicates::Gathered;
use crate::view::{EventView, Sources, project, project_passages};

/// The view and the lists; nothing while they are out of date.
#[derive(Default)]
pub(super) struct Screen {
    made: Option<Made>,
    moved: Moved,
}

struct Made {
    view: EventView,
    directory: Directory,
    /// Everybody's records, read when somebody asks for likely twins first.
    gathered: Option<Gathered<Subject>>,
}

/// Whose attendance changed since; who they are did not.
#[derive(Default)]
enum Moved {
    #[default]
    Nobody,
    /// They passed a gate.
    These(Vec<Subject>),
    /// The clock was set right, perhaps by much.
    Anybody,
}

impl Screen {
    /// Everything that a first page needs.
    pub fn of(replica: &Replica) -> Self {
        Self { made: Some(Made::of(&replica.shown())), moved: Moved::Nobody }
    }

    /// A command was performed here.
    pub fn note_command(&mut self, command: &Command) {
        match command {
            Command::CheckIn(at) | Command::CheckOut(at) | Command::NoShow(at) => self.moved.add(at.subject),
            Command::Anchor(_) => self.moved = Moved::Anybody,
            _ => self.forget(),
        }
    }

    /// Something came from elsewhere.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    pub fn view(&mut self, replica: &Replica) -> &EventView {
        self.made(replica).0
    }

    /// Somebody like `known`, the likeliest first. `row` finishes the row of somebody.
    pub fn similar(&mut self, replica: &Replica, known: Known, row: impl Fn(&mut PersonRow)) -> Vec<SimilarRow> {
        self.made(replica);
        let Some(Made { view, directory, gathered }) = &mut self.made else { return Vec::new() };
        let gathered = gathered.get_or_insert_with(|| similar::gather(replica, view));
        let row_of = |class| {
            let mut found = directory.row(class)?;
            row(&mut found);
            Some(found)
        };
        similar::similar(gathered, known, |subject| view.class_of(subject), row_of)
    }

    /// Brings everything up to date.
    pub fn made(&mut self, replica: &Replica) -> (&EventView, &Directory) {
        let moved = std::mem::take(&mut self.moved);
        if let Some(made) = &mut self.made {
            made.follow(&moved, replica);
        }
        let made = self.made.get_or_insert_with(|| Made::of(&replica.shown()));
        (&made.view, &made.directory)
    }
}

impl Moved {
    fn add(&mut self, subject: Subject) {
        match self {
            Self::Nobody => *self = Self::These(vec![subject]),
            Self::These(subjects) => subjects.push(subject),
            Self::Anybody => {}
        }
    }
}

impl Made {
    fn of(shown: &Shown<'_>) -> Self {
        let view = project(&shown.event, &shown.roster, &shown.logs, &shown.rulings);
        Self { directory: Directory::of(shown, &view), view, gathered: None }
    }

    fn follow(&mut self, moved: &Moved, replica: &Replica) {
        match moved {
            Moved::Nobody => {}
            Moved::These(subjects) => {
                let shown = replica.shown();
                let logs = shown.logs.iter().map(AsRef::as_ref).collect();
                let (event, roster, rulings) = (&*shown.event, &*shown.roster, &*shown.rulings);
                project_passages(&mut self.view, &Sources { event, roster, logs, rulings }, subjects);
                let classes: BTreeSet<Subject> = subjects.iter().map(|one| self.view.class_of(*one)).collect();
                self.directory.refresh(&self.view, |class| classes.contains(&class));
            }
            Moved::Anybody => {
                let shown = replica.shown();
                self.view = project(&shown.event, &shown.roster, &shown.logs, &shown.rulings);
                self.directory.refresh(&self.view, |_| true);
            }
        }
    }
}
