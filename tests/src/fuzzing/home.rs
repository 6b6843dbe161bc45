//! A home that is offered items, and what must hold of it whatever comes.

use std::cell::Cell;
use std::sync::LazyLock;

use sync_core::admission::Rejection;
use sync_core::command::Command;
use sync_core::documents::event::EventInfo;
use sync_core::documents::log::Log;
use sync_core::documents::roster::{PersonEdit, Roster};
use sync_core::documents::rulings::{Decision, Ruling, Rulings};
use sync_core::exchange::Item;
use sync_core::ids::{Revision, RulingId};
use sync_core::replica::ledger::{ItemSource, Ledger, StoredItem, Taken};
use sync_core::replica::reading::Hidden;
use sync_core::view::{EventView, project};

use super::scene::{Device, EVENT, listed, person, presence, reading, scene};

/// Everything that the documents of a ledger say.
#[derive(PartialEq, Debug)]
pub struct Known {
    view: EventView,
    info: EventInfo,
    roster: Roster,
    rulings: Rulings,
    logs: Vec<Log>,
}

impl Known {
    /// Reads a ledger.
    pub fn of(ledger: &Ledger) -> Self {
        let documents = ledger.documents();
        let (info, roster, rulings) = (documents.info(), documents.roster(), documents.rulings());
        let logs: Vec<&Log> = documents.logs().collect();
        let view = project(info, roster, &logs, rulings);
        let logs = logs.into_iter().cloned().collect();
        Self { view, info: info.clone(), roster: roster.clone(), rulings: rulings.clone(), logs }
    }

    /// Whether the documents of a ledger say this. What they say decides the view, so that it need not be made.
    fn is_what_is_said_in(&self, ledger: &Ledger) -> bool {
        let documents = ledger.documents();
        documents.info() == &self.info
            && documents.roster() == &self.roster
            && documents.rulings() == &self.rulings
            && documents.logs().eq(&self.logs)
    }
}

/// The ledger of the scene's home, with what it keeps on disk.
pub struct Home {
    ledger: Ledger,
    stored: Vec<StoredItem>,
    known: Known,
}

thread_local! {
    /// A home that was offered things and took none of them: as good as one that begins, and there already.
    static UNTOUCHED: Cell<Option<Home>> = const { Cell::new(None) };
}

impl Home {
    /// Has everything honest, and nothing else.
    pub fn begun() -> Self {
        if let Some(home) = UNTOUCHED.take() {
            return home;
        }
        let mut ledger = Ledger::founded(EVENT, scene().home.public());
        let stored = honest().to_vec();
        stored.iter().for_each(|stored| ledger.retake(stored).expect("what is honest is taken again"));
        Self { known: Known::of(&ledger), ledger, stored }
    }

    /// Whatever was offered is over. A home that took nothing serves for the next time.
    pub fn ends(self) {
        if self.stored.len() == honest().len() {
            UNTOUCHED.set(Some(self));
        } else {
            self.goes_on();
        }
    }

    /// Is offered an item, and takes it or not. What is not taken has changed nothing.
    ///
    /// # Panics
    /// If it has, or if only Automerge itself stood against it: where a panic cannot be caught, it would have ended
    /// the program.
    pub fn is_offered(&mut self, item: &Item) -> bool {
        let before = self.ledger.cursor();
        let kept = self.stored.len();
        let judged = take(&mut self.ledger, item, &mut self.stored);
        assert_ne!(judged, Err(Rejection::Poison), "admission must be right before Automerge guards it");
        let is_new = self.stored.len() > kept;
        if is_new {
            self.known = Known::of(&self.ledger);
        } else {
            let is_unchanged = self.ledger.cursor() == before && self.known.is_what_is_said_in(&self.ledger);
            assert!(is_unchanged, "{judged:?}, and yet it left something");
        }
        is_new
    }

    /// Whatever was taken can be read again, by home itself and by others, and everybody honest goes on.
    ///
    /// # Panics
    /// If it cannot.
    pub fn goes_on(mut self) {
        self.is_opened_again();
        self.is_read_from_a_snapshot();
        let items: Vec<Item> = self.stored.iter().map(|stored| stored.item.clone()).collect();
        let mut devices: Vec<Device> = (0..3).map(|of| Device::with(&scene().home, of, &items)).collect();
        for (of, device) in devices.iter_mut().enumerate() {
            assert_eq!(Known::of(device.ledger()), self.known, "others see the same");
            assert!(!device.tries(next_of(of)).is_empty(), "nobody is kept from recording");
        }
        for item in devices.iter().flat_map(Device::sealed) {
            assert!(self.is_offered(item), "who is honest goes on");
        }
        self.is_opened_again();
    }

    fn is_opened_again(&self) {
        let mut again = Ledger::founded(EVENT, scene().home.public());
        for stored in &self.stored {
            again.retake(stored).expect("what was stored is taken again");
        }
        assert_eq!((again.cursor(), Known::of(&again)), (self.ledger.cursor(), Known::of(&self.ledger)));
    }

    fn is_read_from_a_snapshot(&self) {
        let bytes = self.ledger.snapshot(None, &Stored(&self.stored), &Hidden::default()).expect("it is in memory");
        let loaded = Ledger::load_snapshot(EVENT, scene().home.public(), &bytes).expect("a snapshot can be read");
        assert_eq!(Known::of(&loaded), self.known, "a snapshot says the same");
    }
}

fn honest() -> &'static [StoredItem] {
    static HONEST: LazyLock<Vec<StoredItem>> = LazyLock::new(|| {
        let mut ledger = Ledger::founded(EVENT, scene().home.public());
        let mut stored = Vec::new();
        for item in &scene().items {
            take(&mut ledger, item, &mut stored).expect("what is honest is admitted");
        }
        stored
    });
    &HONEST
}

/// Who is on the roster of the scene.
pub fn roster() -> &'static Roster {
    static ROSTER: LazyLock<Roster> = LazyLock::new(|| Home::begun().known.roster);
    &ROSTER
}

fn take(ledger: &mut Ledger, item: &Item, stored: &mut Vec<StoredItem>) -> Result<(), Rejection> {
    if let Taken::New { cursor, .. } = ledger.take(item)? {
        stored.push(StoredItem { cursor, origin: None, item: item.clone() });
    }
    Ok(())
}

/// What the marker, the lead and the organizer do next.
fn next_of(of: usize) -> Vec<Command> {
    let mut commands = vec![Command::Anchor(reading(60).wall_ms), Command::CheckOut(presence(2))];
    if of > 0 {
        commands.push(Command::EditPerson(person(1), PersonEdit::Phone(Some(format!("+7 70{of}")))));
    }
    if of > 1 {
        let decision = Decision::Same(listed(1), listed(2));
        commands.push(Command::Rule(RulingId([0xee; 8]), Ruling { decision, reason: "the same".to_owned() }));
    }
    commands
}

struct Stored<'a>(&'a [StoredItem]);

impl ItemSource for Stored<'_> {
    type Error = std::convert::Infallible;

    fn items_after(&self, revision: Revision, _: usize) -> Result<Vec<StoredItem>, Self::Error> {
        Ok(self.0.iter().filter(|stored| stored.cursor.revision > revision).cloned().collect())
    }
}
