//! What was promised to people, written into the trace of a recorded disk, and whether a disk after a power cut keeps it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use server::api::exchange::MEDIA_TYPE;
use server::app::App;
use server::clock::Clock;
use server::desks::DeskSettings;
use server::serve::ServeError;
use server::store::{StoreError, audit};
use sha2::{Digest, Sha256};
use sync_core::exchange::{Item, Request, read_message};
use sync_core::ids::{DeviceId, Incarnation};
use sync_core::journal::{Entropy, Journal, JournalError, OpenReplica};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{Dismissal, Signed};

use super::home::{Sent, Started};
use super::phone::SIDECAR;
use super::{DAY_MS, DAYS, FIRST_DAY, Phone, World};
use crate::chance::Chance;
use crate::lossy_disk::{self, Promise};

impl World {
    /// Everything that was promised to anybody so far.
    #[must_use]
    pub fn promises(&self) -> BTreeSet<Promise> {
        let mut promises = BTreeSet::new();
        for device in &self.devices {
            let (replica, phone) = (device.open(), name_of(&device.directory));
            let (own, event) = (replica.replica().device(), self.event);
            let incarnation = replica.journal().incarnation();
            promises.insert(Promise::Opened { phone: phone.clone(), device: own, incarnation, event: Some(event) });
            let unconfirmed: Vec<ClockReading> = replica.replica().drafts().map(|draft| draft.reading).collect();
            for told in self.told.iter().filter(|told| told.device == own) {
                let command = minicbor::to_vec(told.reading).unwrap();
                if !unconfirmed.contains(&told.reading) {
                    promises.insert(Promise::Confirmed { device: own, command: command.clone() });
                }
                promises.insert(Promise::Saved { phone: phone.clone(), command });
            }
        }
        promises.extend(promises_of_home(&self.network.borrow().home.app()).unwrap());
        promises
    }

    /// Has a phone forget everything, by order of home, and notes when it begins and when it is done.
    ///
    /// # Panics
    /// If the phone does not.
    pub fn wipes_and_notes(&mut self, phone: &Phone, order: &Signed<Dismissal>) {
        let journal = self.devices[phone.0].open().journal();
        let secret = minicbor::to_vec(&journal.membership().unwrap().grants[0]).unwrap();
        let phone_name = name_of(&self.devices[phone.0].directory);
        lossy_disk::note(&Promise::ToBeWiped { phone: phone_name.clone() });
        assert!(self.obeys_the_wipe(phone, order));
        lossy_disk::note(&Promise::Wiped { phone: phone_name, secret });
    }
}

fn promises_of_home(app: &App) -> Result<BTreeSet<Promise>, StoreError> {
    let audited = app.store.read_here(|store| store.audit())?.pop();
    let audited = audited.map(|last| Promise::Audited { number: last.number, digest: last.digest });
    Ok(audited.into_iter().chain([Promise::Founded { home: app.auth.home_key() }]).collect())
}

/// Starts home in a directory, and ends it. Returns what it promised.
///
/// # Errors
/// Why it does not start.
pub fn start_home(directory: &Path) -> Result<BTreeSet<Promise>, ServeError> {
    let home = start(directory)?;
    let promises = promises_of_home(&home.app());
    home.end();
    Ok(promises?)
}

fn start(directory: &Path) -> Result<Started, ServeError> {
    // Nothing in a world is later.
    let now = UnixMillis((FIRST_DAY + DAYS) * DAY_MS);
    let desks = DeskSettings { idle: Duration::MAX, snapshot_items: u64::MAX, snapshot_bytes: u64::MAX };
    Started::in_directory(directory, Clock::set_to(now), desks)
}

/// Opens the journal of a phone that has not joined, in its directory, and closes it. Returns what it promised. A new
/// journal draws its key and its incarnation from `seed`.
///
/// # Errors
/// Why it does not open.
pub fn open_phone(directory: &Path, seed: u64) -> Result<BTreeSet<Promise>, JournalError> {
    let journal = open_journal(directory, seed)?;
    let (device, incarnation) = (journal.public_key().device(), journal.incarnation());
    Ok([Promise::Opened { phone: name_of(directory), device, incarnation, event: None }].into())
}

/// What a check would draw a new key from: no phone has it.
const OF_A_CHECK: u64 = u64::MAX;

fn open_journal(directory: &Path, seed: u64) -> Result<Journal, JournalError> {
    let mut chance = Chance::seeded(seed);
    let entropy = Entropy { seed: chance.bytes(), incarnation: Incarnation(chance.bytes()) };
    Journal::open(&directory.join("journal.db"), &directory.join(SIDECAR), None, entropy)
}

fn name_of(directory: &Path) -> String {
    directory.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Notes what a phone has let out of its hands.
pub(super) fn note_sent(phone: &Path, sent: &Sent) {
    if lossy_disk::is_recording() && sent.content_type == MEDIA_TYPE {
        let request: Request = read_message(&sent.body).unwrap();
        for item in &request.items {
            lossy_disk::note(&Promise::Sent { phone: name_of(phone), item: digest_of(item) });
        }
    }
}

fn digest_of(item: &Item) -> [u8; 32] {
    Sha256::digest(minicbor::to_vec(item).unwrap()).into()
}

/// Opens what a power cut left of a phone, as the app does, and checks that everything is there that the phone, called by
/// the name of its directory, had promised.
///
/// # Errors
/// What is wrong.
pub fn phone_keeps_its_promises(name: &str, left: &Path, promises: &[Promise]) -> Result<(), String> {
    let of_phone = |promise: &&Promise| match promise {
        Promise::Opened { phone, .. }
        | Promise::Saved { phone, .. }
        | Promise::Sent { phone, .. }
        | Promise::ToBeWiped { phone }
        | Promise::Wiped { phone, .. } => phone == name,
        Promise::Confirmed { .. } | Promise::Audited { .. } | Promise::Founded { .. } => false,
    };
    let promises: Vec<&Promise> = promises.iter().filter(of_phone).collect();
    if let Some(Promise::Wiped { secret, .. }) = promises.last() {
        nothing_holds(left, secret)?;
    }
    let journal = open_journal(left, OF_A_CHECK).map_err(|error| format!("the journal does not open: {error}"))?;
    if promises.iter().any(|promise| matches!(promise, Promise::ToBeWiped { .. })) {
        return Ok(());
    }
    let opened = promises.iter().rev().find_map(|promise| match promise {
        Promise::Opened { device, incarnation, event, .. } => Some((*device, *incarnation, *event)),
        _ => None,
    });
    let Some((device, incarnation, event)) = opened else { return Ok(()) };
    require(journal.public_key().device() == device, || "it is another device".to_owned())?;
    require(journal.incarnation() == incarnation, || "another incarnation has begun".to_owned())?;
    let Some(event) = event else { return Ok(()) };
    let replica = OpenReplica::open(journal, event, Incarnation([2; 8]));
    let replica = replica.map_err(|error| format!("the event does not open: {error}"))?;
    let asked = replica.ask(DeviceId([0xff; 16]), 0).map_err(|error| error.to_string())?;
    assert!(!asked.more, "the world is larger than a page");
    let (items, drafts) = (asked.request.items, readings(&replica));
    for promise in promises {
        match promise {
            Promise::Saved { command, .. } => {
                require(drafts.contains(command) || holds(&items, device, command), || {
                    format!("a command is gone that was called saved on this device: {}", hex(command))
                })?
            }
            Promise::Sent { item, .. } => require(items.iter().any(|held| digest_of(held) == *item), || {
                format!("an item is gone that was sent: {}", hex(item))
            })?,
            _ => {}
        }
    }
    Ok(())
}

fn readings(replica: &OpenReplica) -> Vec<Vec<u8>> {
    replica.replica().drafts().map(|draft| minicbor::to_vec(draft.reading).unwrap()).collect()
}

fn holds(items: &[Item], device: DeviceId, command: &[u8]) -> bool {
    items.iter().any(|item| match item {
        Item::Change(sealed) => {
            sealed.device == device && sealed.change.windows(command.len()).any(|window| window == command)
        }
        Item::Grant(_) => false,
    })
}

/// Starts home from what a power cut left of it, and checks that everything is there that it had confirmed, that its audit
/// record is whole, and that the event can be read.
///
/// # Errors
/// What is wrong.
pub fn home_keeps_its_promises(left: &Path, promises: &[Promise]) -> Result<(), String> {
    let home = start(left).map_err(|error| format!("home does not start: {error}"))?;
    let checked = keeps(&home, promises);
    home.end();
    checked
}

fn keeps(home: &Started, promises: &[Promise]) -> Result<(), String> {
    let (store, key) = (home.app().store.clone(), home.app().auth.home_key());
    let entries =
        store.read_here(|store| store.audit()).map_err(|error| format!("the audit record cannot be read: {error}"))?;
    audit::verify(&entries, None).map_err(|error| format!("the audit record: {error}"))?;
    for promise in promises {
        match promise {
            Promise::Founded { home } => require(key == *home, || "it is another home".to_owned())?,
            Promise::Audited { number, digest } => audit::verify(&entries, Some((*number, *digest)))
                .map_err(|error| format!("the audit record since {number}: {error}"))?,
            _ => {}
        }
    }
    let event = promises.iter().find_map(|promise| match promise {
        Promise::Opened { event, .. } => *event,
        _ => None,
    });
    let Some(event) = event else { return Ok(()) };
    let all = store.read_here(|store| store.items_after(event, sync_core::ids::Revision(0), usize::MAX));
    let page = all.map_err(|error| format!("the items cannot be read: {error}"))?;
    let items: Vec<Item> = page.items.into_iter().map(|stored| stored.item).collect();
    for promise in promises {
        if let Promise::Confirmed { device, command } = promise {
            require(holds(&items, *device, command), || {
                format!("a command is gone that home had confirmed: {}", hex(command))
            })?;
        }
    }
    home.read_documents(event).map_err(|error| format!("the event cannot be read: {error:?}"))
}

fn nothing_holds(left: &Path, secret: &[u8]) -> Result<(), String> {
    for file in std::fs::read_dir(left).unwrap() {
        let path = file.unwrap().path();
        let is_there = std::fs::read(&path).unwrap().windows(secret.len()).any(|window| window == secret);
        require(!is_there, || format!("{} holds what was wiped", path.display()))?;
    }
    Ok(())
}

fn require(holds: bool, or: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(or()) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
