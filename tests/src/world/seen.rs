//! What people see, and whether all see the same.

use sync_core::documents::log::Record;
use sync_core::exchange::Item;
use sync_core::ids::PersonId;
use sync_core::trust::PublicKey;
use sync_core::view::{EventView, project};

use super::{Phone, World};

impl World {
    /// What a device shows.
    #[must_use]
    pub fn view(&self, phone: &Phone) -> EventView {
        let shown = self.replica(phone).shown();
        project(&shown.event, &shown.roster, &shown.logs, &shown.rulings)
    }

    /// The team that a device shows somebody to be on.
    #[must_use]
    pub fn team_of(&self, person: PersonId, shown_by: &Phone) -> Option<String> {
        self.replica(shown_by).shown().roster.people[&person].person().team
    }

    /// What one device recorded, as another shows it: without anchors, incarnation by incarnation.
    #[must_use]
    pub fn recorded_by(&self, recorder: &Phone, shown_by: &Phone) -> Vec<Record> {
        let device = self.device(recorder);
        let logs = self.replica(shown_by).shown().logs;
        let entries = logs.iter().filter(|log| log.device == device).flat_map(|log| &log.entries);
        entries.map(|entry| entry.record.clone()).filter(|record| !matches!(record, Record::Anchor(_))).collect()
    }

    /// How many logs a device has begun, as another shows them: one for each of its incarnations that recorded.
    #[must_use]
    pub fn logs_of(&self, recorder: &Phone, shown_by: &Phone) -> usize {
        let device = self.device(recorder);
        self.replica(shown_by).shown().logs.iter().filter(|log| log.device == device).count()
    }

    /// Everything home keeps, in the order in which it came.
    #[must_use]
    pub fn everything_at_home(&self) -> Vec<Item> {
        self.network.borrow().home.items(self.event)
    }

    /// How many items home keeps.
    #[must_use]
    pub fn items_at_home(&self) -> usize {
        self.everything_at_home().len()
    }

    /// The key by which everyone knows home.
    #[must_use]
    pub fn home_key(&self) -> PublicKey {
        self.replica(&self.laptop()).home_key()
    }

    /// What a device shows, as bytes: first the view, then every document that it was made from.
    #[must_use]
    pub fn everything_shown(&self, phone: &Phone) -> [String; 5] {
        let shown = self.replica(phone).shown();
        let view = serde_json::to_string(&self.view(phone)).unwrap();
        let rulings = format!("{:?}", shown.rulings);
        [view, format!("{:?}", shown.event), format!("{:?}", shown.roster), format!("{:?}", shown.logs), rulings]
    }

    /// Checks that every device shows the same: those that are here, one that joins now and reads everything that
    /// home was told, and one that joins now and begins with a snapshot.
    ///
    /// # Panics
    /// If one of them shows something else.
    pub fn assert_same_view_everywhere(&mut self) {
        let expected = self.everything_shown(&self.laptop());
        let compared = |world: &Self, phone: &Phone| {
            for (found, expected) in world.everything_shown(phone).iter().zip(&expected) {
                assert_same_text(world.name(phone), found, expected);
            }
        };
        self.everyone().iter().for_each(|phone| compared(self, phone));
        let reader = self.newcomer("reader");
        self.read_on(&reader);
        compared(self, &reader);
        self.writes_a_snapshot_now();
        let beginner = self.newcomer("beginner");
        let moved = self.read_on(&beginner);
        assert!(moved.snapshot_parts > 0, "there was no snapshot to begin with: {moved:?}");
        compared(self, &beginner);
    }
}

/// Compares long texts, and shows where they part.
fn assert_same_text(who: &str, found: &str, expected: &str) {
    if found != expected {
        let parts = found.bytes().zip(expected.bytes()).take_while(|(found, expected)| found == expected).count();
        let around = |text: &str| {
            let bytes = &text.as_bytes()[parts.saturating_sub(300)..(parts + 300).min(text.len())];
            String::from_utf8_lossy(bytes).into_owned()
        };
        panic!("{who} shows\n…{}…\ninstead of\n…{}…", around(found), around(expected));
    }
}
