//! A disk that does not give back what was written: the person is told, and nothing that is there is lost on top.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::{Connection, params};
use sync_core::command::Command;
use sync_core::documents::log::WalkIn;
use sync_core::documents::roster::PersonName;
use sync_core::ids::{EventId, Incarnation, WalkInId};
use sync_core::journal::{Entropy, Journal, JournalError, Membership, OpenReplica};
use sync_core::replica::{Outcome, Write};
use sync_core::storage::rows::Rows;
use sync_core::storage::{Opened, Storage, StorageError};
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
    const ELSEWHERE: &str = "x'09090909090909090909090909090909'";
    for table in ["drafts", "items", "events", "peers"] {
        let phone = Phone::that_recorded(4);
        if table == "peers" {
            phone.suffers(&format!("INSERT INTO peers VALUES ({ELSEWHERE}, zeroblob(16), x'00')"));
        } else {
            let column = if table == "events" { "id" } else { "event" };
            phone.suffers(&format!("UPDATE {table} SET {column} = {ELSEWHERE}"));
        }
        phone.says_what_is_damaged("belongs to no event");
    }
}

#[test]
fn a_command_is_never_written_over_one_that_is_there() {
    // The row of the event says what it said before the last commands were recorded: a disk was rolled back in part.
    let phone = Phone::that_recorded(1);
    let event: Vec<u8> = {
        let db = Connection::open(phone.path()).unwrap();
        db.query_row("SELECT value FROM events", [], |row| row.get(0)).unwrap()
    };
    let mut replica = phone.opens().unwrap();
    (1..4).for_each(|entry| records(&mut replica, entry));
    drop(replica);
    let db = Connection::open(phone.path()).unwrap();
    assert_eq!(db.execute("UPDATE events SET value = ?1", params![event]).unwrap(), 1);
    drop(db);
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
    phone.suffers("UPDATE device SET value = zeroblob(length(value))");
    phone.says_what_is_damaged("the row `device`");
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

/// What a person sees of a replica.
fn shown(replica: &OpenReplica) -> String {
    let drafts: Vec<_> = replica.replica().drafts().collect();
    let shown = replica.replica().shown();
    format!("{drafts:?} {:?} {:?}", shown.logs, replica.journal().membership())
}

#[test]
fn wherever_a_bit_flips_in_a_journal_it_is_told_or_changes_nothing_that_is_shown() {
    let phone = Phone::that_recorded(12);
    let right = shown(&phone.opens().unwrap());
    let (file, incarnation) =
        (std::fs::read(phone.path()).unwrap(), std::fs::read(phone.0.path("incarnation")).unwrap());
    let mut told = 0;
    // Another place and another bit each time, on every page.
    for trial in 0..file.len() / 61 {
        let (place, bit) = (trial * 61, trial % 8);
        let mut flipped = file.clone();
        flipped[place] ^= 1 << bit;
        for beside in ["journal.db-wal", "journal.db-shm"] {
            drop(std::fs::remove_file(phone.0.path(beside)));
        }
        std::fs::write(phone.path(), &flipped).unwrap();
        std::fs::write(phone.0.path("incarnation"), &incarnation).unwrap();
        match phone.opens() {
            Err(_) => told += 1,
            Ok(replica) => assert_eq!(shown(&replica), right, "byte {place}, bit {bit}"),
        }
    }
    assert!(told > 20, "the flips hit nothing that counts: {told}");
}

fn commands<S: Storage>(replica: &Opened<S>) -> Vec<Command> {
    replica.replica().drafts().map(|draft| draft.command.clone()).collect()
}

#[test]
fn a_bit_that_flips_in_a_command_of_a_journal_costs_no_other_command() {
    let phone = Phone::that_recorded(8);
    let right = commands(&phone.opens().unwrap());
    let kept: Vec<(i64, Vec<u8>)> = {
        let db = Connection::open(phone.path()).unwrap();
        let mut rows = db.prepare("SELECT id, value FROM drafts ORDER BY id").unwrap();
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    };
    // One that is part of no sealed change: nothing else holds it.
    let (id, draft) = kept.last().unwrap();
    let writes = |bytes: &[u8]| {
        let db = Connection::open(phone.path()).unwrap();
        db.execute("UPDATE drafts SET value = ?1 WHERE id = ?2", params![bytes, id]).unwrap();
    };
    for bit in 0..draft.len() * 8 {
        let mut flipped = draft.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        writes(&flipped);
        phone.says_what_is_damaged("the row `draft/");
        let saved = Journal::salvage(&phone.path(), None, Incarnation([51; 8])).unwrap();
        let saved = commands(&Opened::open(saved, EVENT, Incarnation([52; 8])).unwrap());
        // What is sealed can be read and is not performed again; of what is open, one is missing.
        let open = &right[5..right.len() - 1];
        assert!(open.iter().all(|command| saved.contains(command)), "bit {bit}: {saved:?}");
        assert!(saved.iter().all(|command| right.contains(command)), "bit {bit}: {saved:?}");
        writes(draft);
    }
    assert_eq!(commands(&phone.opens().unwrap()), right);
}

#[test]
fn a_bit_that_flips_in_the_rows_of_a_browser_is_told_and_costs_nothing_else() {
    let home = KeyPair::from_seed(&[1; 32]);
    let mut rows = Rows::open([], [10; 32], Incarnation([1; 8])).unwrap();
    let (key, name, issued) = (rows.key().public(), "phone".to_owned(), UnixMillis(1));
    let (role, scope, post) = (Role::Marker, Scope::Event(EVENT), Post::default());
    let grant = home.state(&Grant { key, name, role, scope, issued, post, revoked: None, vouched: None, out_of: None });
    rows.join(Membership { home: home.public(), url: "http://home".to_owned(), grants: vec![grant] }).unwrap();
    let mut replica = Opened::open(rows, EVENT, Incarnation([50; 8])).unwrap();
    for entry in 0..5 {
        let command = Command::Anchor(UnixMillis(entry));
        replica.act(|replica| Ok::<_, StorageError>(replica.perform(command, READING).unwrap())).unwrap();
    }
    let right = commands(&replica);
    let batch = replica.journal_mut().take_batch();
    let rows: BTreeMap<String, Vec<u8>> = batch.into_iter().filter_map(|row| Some((row.key, row.value?))).collect();
    assert!(rows.keys().filter(|key| key.starts_with("draft/")).count() == 5, "{:?}", rows.keys());
    for (key, value) in &rows {
        for bit in (0..value.len() * 8).step_by(3) {
            let mut flipped = rows.clone();
            flipped.get_mut(key).unwrap()[bit / 8] ^= 1 << (bit % 8);
            let opened = Rows::open(flipped.clone(), [0; 32], Incarnation([0; 8]));
            assert_eq!(opened.err(), Some(StorageError::Damaged(key.clone())), "{key}, bit {bit}");
            if key.starts_with("draft/") {
                let saved = Rows::salvage(flipped, Incarnation([51; 8])).unwrap();
                let saved = commands(&Opened::open(saved, EVENT, Incarnation([52; 8])).unwrap());
                assert_eq!(saved.len(), right.len() - 1, "{key}, bit {bit}: {saved:?}");
                assert!(saved.iter().all(|command| right.contains(command)), "{key}, bit {bit}: {saved:?}");
            }
        }
    }
}
