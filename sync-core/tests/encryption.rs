//! A finder reads every byte of a phone's storage: without the key it says nothing.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails a test")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use sync_core::command::Command;
use sync_core::documents::log::WalkIn;
use sync_core::documents::roster::PersonName;
use sync_core::ids::{EventId, Incarnation, WalkInId};
use sync_core::journal::{Entropy, Journal, JournalError, JournalKey, Membership, OpenReplica};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{Dismissal, Grant, KeyPair, Post, Role, Scope};
use tempfile::TempDir;

const EVENT: EventId = EventId([7; 16]);
const SEED: [u8; 32] = *b"the seed of this very device....";
const NAME: &str = "Zhaniya Bekmukhambetova";
const URL: &str = "https://home.of.this.camp";
/// SQLCipher's pages, each with a code of its own that shows whether it was altered.
const PAGE_BYTES: usize = 4096;

fn home() -> KeyPair {
    KeyPair::from_seed(&[9; 32])
}

fn key(byte: u8) -> JournalKey {
    JournalKey::from_bytes(&[byte; 32])
}

fn open(place: &Path, key: Option<&JournalKey>) -> Result<Journal, JournalError> {
    let entropy = Entropy { seed: SEED, incarnation: Incarnation([3; 8]) };
    Journal::open(&place.join("journal.db"), &place.join("incarnation"), key, entropy)
}

/// A marker's journal.
fn joined(place: &Path, key: Option<&JournalKey>) -> Journal {
    let mut journal = open(place, key).unwrap();
    let grant = Grant {
        key: journal.public_key(),
        name: "gate".to_owned(),
        role: Role::Marker,
        scope: Scope::Event(EVENT),
        issued: UnixMillis(1),
        post: Post::default(),
        revoked: None,
        vouched: None,
        out_of: None,
    };
    let grant = home().state(&grant);
    journal.join(Membership { home: home().public(), url: URL.to_owned(), grants: vec![grant] }).unwrap();
    journal
}

/// A marker's journal in which one walk-in was registered and sealed.
fn recorded(place: &Path, key: Option<&JournalKey>) -> OpenReplica {
    let mut replica = OpenReplica::open(joined(place, key), EVENT, Incarnation([4; 8])).unwrap();
    let names = vec![PersonName { family: NAME.to_owned(), ..PersonName::default() }];
    let id = WalkInId::from_entropy(5);
    let walk_in = WalkIn { id, names, phone: None, organisation: None, birth_year: None };
    let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(1) };
    replica.act(|state| Ok::<_, JournalError>(state.perform(Command::AddWalkIn(walk_in), reading).unwrap())).unwrap();
    replica.act(|state| Ok::<_, JournalError>(state.seal())).unwrap();
    replica
}

fn storage(place: &Path) -> BTreeMap<OsString, Vec<u8>> {
    let files = std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap());
    files.map(|file| (file.file_name(), std::fs::read(file.path()).unwrap())).collect()
}

/// What the files in a place give away of what nobody may read: as it is, and as SQL would write it.
fn given_away(place: &Path) -> Vec<String> {
    let hex: String = SEED.iter().map(|byte| format!("{byte:02x}")).collect();
    let secrets = [&SEED[..], hex.as_bytes(), NAME.as_bytes(), URL.as_bytes(), b"CREATE TABLE", b"SQLite format"];
    let mut found = Vec::new();
    for (file, bytes) in storage(place) {
        for secret in secrets {
            if bytes.windows(secret.len()).any(|window| window == secret) {
                found.push(format!("{}: {}", file.to_string_lossy(), String::from_utf8_lossy(secret)));
            }
        }
    }
    found
}

#[test]
fn no_file_of_an_encrypted_journal_gives_anything_away_while_it_is_open_nor_after() {
    let place = TempDir::new().unwrap();
    let replica = recorded(place.path(), Some(&key(1)));
    let files = storage(place.path());
    assert!(files.keys().any(|file| file == "journal.db-wal"), "what was written last is beside the file: {files:?}");
    assert_eq!(given_away(place.path()), Vec::<String>::new());
    drop(replica);
    assert_eq!(given_away(place.path()), Vec::<String>::new());

    let plain = TempDir::new().unwrap();
    drop(recorded(plain.path(), None));
    assert!(given_away(plain.path()).len() > 4, "without a key it can all be read: {:?}", given_away(plain.path()));
}

#[test]
fn an_encrypted_journal_opens_again_with_its_key_also_after_a_power_cut() {
    let place = TempDir::new().unwrap();
    let replica = recorded(place.path(), Some(&key(1)));
    let after_a_power_cut = storage(place.path());
    drop(replica);
    for left in [storage(place.path()), after_a_power_cut] {
        let again = TempDir::new().unwrap();
        left.iter().for_each(|(file, bytes)| std::fs::write(again.path().join(file), bytes).unwrap());
        let journal = open(again.path(), Some(&key(1))).unwrap();
        let replica = OpenReplica::open(journal, EVENT, Incarnation([4; 8])).unwrap();
        assert!(format!("{:?}", replica.replica().shown().logs).contains(NAME));
    }
}

#[test]
fn a_journal_that_does_not_open_so_is_left_untouched_and_says_why() {
    let sealed = TempDir::new().unwrap();
    let replica = recorded(sealed.path(), Some(&key(1)));
    let in_use = storage(sealed.path());
    drop(replica);
    let plain = TempDir::new().unwrap();
    drop(recorded(plain.path(), None));
    let cases = [
        (storage(sealed.path()), None, "is encrypted"),
        (storage(sealed.path()), Some(key(2)), "does not open with this key"),
        (in_use.clone(), None, "is encrypted"),
        (in_use, Some(key(2)), "does not open with this key"),
        (storage(plain.path()), Some(key(1)), "is not encrypted"),
    ];
    for (case, (before, key, expected)) in cases.into_iter().enumerate() {
        let place = TempDir::new().unwrap();
        before.iter().for_each(|(file, bytes)| std::fs::write(place.path().join(file), bytes).unwrap());
        let why = open(place.path(), key.as_ref()).map(drop).unwrap_err();
        let typed = match &why {
            JournalError::KeyNeeded(path) | JournalError::WrongKey(path) | JournalError::NotEncrypted(path) => path,
            other => panic!("{case}: {other:?}"),
        };
        assert!(typed.ends_with("journal.db") && why.to_string().contains(expected), "{case}: {why}");
        let mut after = storage(place.path());
        after.retain(|file, bytes| before.contains_key(file) || !bytes.is_empty());
        assert!(after == before, "{case}: something was written");
    }
}

#[test]
fn what_somebody_changed_in_any_page_without_the_key_is_noticed() {
    let place = TempDir::new().unwrap();
    drop(recorded(place.path(), Some(&key(1))));
    let files = storage(place.path());
    let database = &files[OsString::from("journal.db").as_os_str()];
    let pages = database.len() / PAGE_BYTES;
    assert!(pages > 5, "{pages} pages");
    for page in 0..pages {
        let place = TempDir::new().unwrap();
        let mut altered = database.clone();
        altered[page * PAGE_BYTES + PAGE_BYTES / 2] ^= 1;
        files.iter().for_each(|(file, bytes)| std::fs::write(place.path().join(file), bytes).unwrap());
        std::fs::write(place.path().join("journal.db"), altered).unwrap();
        let why = open(place.path(), Some(&key(1))).map(drop).unwrap_err();
        // The first page tells whether the key fits.
        let is_noticed = matches!(why, JournalError::Damaged { .. } | JournalError::WrongKey(_));
        assert!(is_noticed, "page {page}: {why:?}");
    }
}

#[test]
fn a_key_is_not_printed() {
    assert_eq!(format!("{:?}", key(0xab)), "JournalKey");
}

#[test]
fn an_encrypted_journal_is_wiped_by_order() {
    let place = TempDir::new().unwrap();
    let journal = joined(place.path(), Some(&key(1)));
    let order = Dismissal { device: journal.public_key().device(), since: UnixMillis(2), wipe: true };
    journal.wipe(&home().state(&order)).unwrap();
    assert!(storage(place.path()).is_empty());
}
