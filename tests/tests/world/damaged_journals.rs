//! A disk that does not give back what was written: the person is told, and nothing that is there is lost on top.

use std::path::PathBuf;

use rusqlite::{Connection, params};
use sync_core::command::Command;
use sync_core::documents::log::WalkIn;
use sync_core::documents::roster::PersonName;
use sync_core::ids::{EventId, Incarnation, WalkInId};
use sync_core::journal::{Entropy, Journal, JournalError, Membership, OpenReplica};
use sync_core::replica::{Outcome, Write};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{Grant, KeyPair, Post, Role, Scope};
use tests::binary::Place;

const EVENT: EventId = EventId([2; 16]);
const READING: ClockReading = ClockReading { boot: 7, mono_ms: 1, wall_ms: UnixMillis(1_779_000_000_000) };

/// A phone with a journal.
struct Phone(Place);

impl Phone {
    /// Has joined, and recorded so many entries, of which the first ones are sealed.
    fn that_recorded(entries: i64) -> Self {
        let phone = Self(Place::new());
        let home = KeyPair::from_seed(&[1; 32]);
        let mut journal = phone.journal().unwrap();
        let (key, name, issued) = (journal.public_key(), "phone".to_owned(), UnixMillis(1));
        let (role, scope, post) = (Role::Marker, Scope::Event(EVENT), Post::default());
        let grant =
            home.state(&Grant { key, name, role, scope, issued, post, revoked: None, vouched: None, out_of: None });
        journal.join(Membership { home: home.public(), url: "http://home".to_owned(), grants: vec![grant] }).unwrap();
        drop(journal);
        let mut replica = phone.opens().unwrap();
        for entry in 0..entries {
            records(&mut replica, entry);
            if entry == entries / 2 {
                replica.act(|replica| Ok::<_, JournalError>(replica.seal())).unwrap();
            }
        }
        phone
    }

    fn path(&self) -> PathBuf {
        self.0.path("journal.db")
    }

    fn journal(&self) -> Result<Journal, JournalError> {
        let entropy = Entropy { seed: [10; 32], incarnation: Incarnation([1; 8]) };
        Journal::open(&self.path(), &self.0.path("incarnation"), None, entropy)
    }

    fn opens(&self) -> Result<OpenReplica, JournalError> {
        OpenReplica::open(self.journal()?, EVENT, Incarnation([50; 8]))
    }

    /// Something happens to the file that SQLite knows of.
    fn suffers(&self, sql: &str) {
        let db = Connection::open(self.path()).unwrap();
        assert!(db.execute(sql, params![]).unwrap() > 0, "nothing happened: {sql}");
    }

    #[track_caller]
    fn says_what_is_damaged(&self, what: &str) {
        match self.opens().map(drop) {
            Err(JournalError::Damaged { what: told, .. }) => assert!(told.contains(what), "{told}"),
            other => panic!("nobody was told: {other:?}"),
        }
    }
}

fn records(replica: &mut OpenReplica, entry: i64) {
    let command = Command::Anchor(UnixMillis(entry));
    replica.act(|replica| Ok::<_, JournalError>(replica.perform(command, READING).unwrap())).unwrap();
}

/// Where SQLite keeps the first page of a table or an index.
fn page_of(phone: &Phone, name: &str) -> usize {
    let db = Connection::open(phone.path()).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let page: i64 = db.query_row(sql, params![name], |row| row.get(0)).unwrap();
    (usize::try_from(page).unwrap() - 1) * 4096
}

#[test]
fn a_page_that_forgot_a_command_or_a_change_is_noticed() {
    for table in ["drafts", "items", "sqlite_autoindex_items_1"] {
        let phone = Phone::that_recorded(6);
        let page = page_of(&phone, table);
        let mut file = std::fs::read(phone.path()).unwrap();
        // The number of cells of a page stands in its bytes 3 and 4.
        assert!(file[page + 4] > 1, "several rows are on the page");
        file[page + 4] -= 1;
        std::fs::write(phone.path(), file).unwrap();
        phone.says_what_is_damaged("SQLite finds");
    }
}

#[test]
fn what_belongs_to_an_event_that_is_not_there_is_noticed() {
    let elsewhere = "SET event = x'09090909090909090909090909090909'";
    for table in ["drafts", "items", "events", "peers"] {
        let phone = Phone::that_recorded(4);
        if table == "peers" {
            phone.suffers("INSERT INTO peers VALUES (x'09090909090909090909090909090909', zeroblob(16), x'00')");
        } else {
            phone.suffers(&format!("UPDATE {table} {elsewhere}"));
        }
        phone.says_what_is_damaged("belongs to no event");
    }
}

#[test]
fn a_command_is_never_written_over_one_that_is_there() {
    let phone = Phone::that_recorded(4);
    phone.suffers("UPDATE events SET next_draft = 0");
    let mut replica = phone.opens().unwrap();
    records(&mut replica, 4);
    assert_eq!(replica.replica().drafts().count(), 5);
}

#[test]
fn a_journal_that_lost_its_device_is_not_taken_for_a_new_one() {
    let phone = Phone::that_recorded(4);
    phone.suffers("DELETE FROM device");
    phone.says_what_is_damaged("the device's key");
    let phone = Phone::that_recorded(4);
    std::fs::write(phone.path(), []).unwrap();
    phone.says_what_is_damaged("the device's key");
    let phone = Phone::that_recorded(4);
    phone.suffers("UPDATE device SET url = NULL");
    phone.says_what_is_damaged("where the device belongs");
}

#[test]
fn what_was_deleted_goes_from_every_file_although_the_phone_died_right_after() {
    const NAME: &str = "Whoever asked to be forgotten";
    let phone = Phone::that_recorded(2);
    let mut replica = phone.opens().unwrap();
    let names = vec![PersonName { family: NAME.to_owned(), ..PersonName::default() }];
    let walk_in = WalkIn { id: WalkInId::from_entropy(1), names, phone: None, organisation: None, birth_year: None };
    let added = Command::AddWalkIn(walk_in);
    replica.act(|replica| Ok::<_, JournalError>(replica.perform(added, READING).unwrap())).unwrap();
    let draft = replica.replica().drafts().last().unwrap().id;
    replica.act(|_| Ok::<_, JournalError>(Outcome { writes: vec![Write::Done(vec![draft])], answer: () })).unwrap();

    // The files as they are now are what a phone finds that dies now.
    let dead = Phone(Place::new());
    for file in ["journal.db", "journal.db-wal", "incarnation"] {
        std::fs::copy(phone.0.path(file), dead.0.path(file)).unwrap();
    }
    let files_with_the_name = || {
        let files = std::fs::read_dir(dead.0.path(".")).unwrap().map(|file| file.unwrap().path());
        files
            .filter(|file| std::fs::read(file).unwrap().windows(NAME.len()).any(|part| part == NAME.as_bytes()))
            .count()
    };
    assert_eq!(files_with_the_name(), 1, "it stands in the log");
    let replica = dead.opens().unwrap();
    assert_eq!(files_with_the_name(), 0);
    assert_eq!(replica.replica().drafts().count(), 2, "nothing else is lost");
}

#[test]
fn a_new_journal_begins_where_somebody_took_the_old_one_away() {
    let phone = Phone::that_recorded(4);
    std::fs::remove_file(phone.path()).unwrap();
    phone.journal().unwrap();
}
