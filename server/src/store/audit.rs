//! Who was let in, who changed rights, who decided what: an append-only record, each entry bound to all before it.
//!
//! An entry names devices, invites and changes by their ids, never people.

use super::commit::Commit;
use super::{StoreError, Writer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;

/// Who asked for something, and when by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deed {
    /// The device; `None` is the server itself, or who runs it.
    pub by: Option<DeviceId>,
    /// When it was asked for, by the server's clock.
    pub at: UnixMillis,
    /// How often something of the device had been revoked when it was looked at what it may do. What it asked for is not
    /// done if something was revoked since. `None` where that was not looked at, as for the server itself.
    pub revocations: Option<u64>,
}

impl Deed {
    /// Of the server itself, or of who runs it.
    #[must_use]
    pub const fn of_server(at: UnixMillis) -> Self {
        Self { by: None, at, revocations: None }
    }

    /// Of a device whose rights are looked at where the deed is written down.
    #[must_use]
    pub const fn of_itself(device: DeviceId, at: UnixMillis) -> Self {
        Self { by: Some(device), at, revocations: None }
    }
}

/// What was done. Ids are hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// An event was created.
    EventCreated {
        /// The id of the event.
        event: String,
    },
    /// An office, a region or an organisation was added.
    NodeAdded {
        /// The id of the node.
        node: String,
        /// The kind of node: `national`, `region` or `organisation`.
        kind: String,
    },
    /// Somebody may let devices in.
    InviteMade {
        /// The invite's public id, which lets nobody in.
        invite: String,
        /// What its devices may do.
        role: String,
        /// The events to which it lets in.
        scope: String,
        /// How many devices it lets in.
        uses: u32,
    },
    /// An invite lets nobody in any more.
    InviteWithdrawn {
        /// The invite's public id.
        invite: String,
    },
    /// A device was let in.
    DeviceLetIn {
        /// The id of the device.
        device: String,
        /// The public id of the invite that it used.
        invite: String,
        /// What it may do.
        role: String,
        /// The events into which it was let.
        scope: String,
    },
    /// Another device gave back what home had said of a device and lost, as after it was restored from an older copy.
    DeviceRecalled {
        /// The id of the device that was recalled.
        device: String,
        /// Whether it is revoked.
        revoked: bool,
    },
    /// People call a device by another name.
    DeviceRenamed {
        /// The id of the device.
        device: String,
    },
    /// A device was revoked.
    DeviceRevoked {
        /// The id of the device.
        device: String,
        /// What happens to what it still brings.
        later: String,
        /// Whether it is to forget everything.
        wipe: bool,
    },
    /// Somebody may sign in with a browser, once.
    SignInOffered {
        /// The link's public id, which lets nobody in.
        offer: String,
        /// What they may do.
        access: String,
        /// The events in which they may do it.
        scope: String,
    },
    /// Nobody signs in with a link any more.
    SignInWithdrawn {
        /// The link's public id.
        offer: String,
    },
    /// Somebody signed in with a browser.
    SignedIn {
        /// The id of the session.
        session: String,
        /// The public id of the link that was used.
        offer: String,
        /// The device that home holds for them and vouches for, if they may write.
        device: Option<String>,
    },
    /// A session with a browser was ended.
    SignedOut {
        /// The id of the session.
        session: String,
    },
    /// Changes that waited were let into an event.
    Released {
        /// The id of the event.
        event: String,
        /// Hashes of the changes.
        changes: Vec<String>,
    },
    /// People were erased from an event; whom, nobody writes down.
    Erased {
        /// The id of the event.
        event: String,
        /// How many human beings were erased.
        people: u32,
    },
    /// A device told of an erasure that home had forgotten, as after it was restored from an older copy: it was repeated.
    ErasureRepeated {
        /// The id of the event.
        event: String,
        /// How many ids are erased in it; one human being may have several.
        ids: u32,
    },
    /// Whoever runs the server said that its clock is right: entries before this one may have a later time, from a clock
    /// that was ahead.
    ClockTrusted,
    /// Changes that waited were refused for good.
    Discarded {
        /// The id of the event.
        event: String,
        /// Hashes of the changes.
        changes: Vec<String>,
        /// Why, in the organizer's words.
        reason: String,
    },
}

/// One entry of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// When it was written, in the order of the record: not before it was asked for, and not before the entry before it,
    /// unless whoever runs the server said since that the clock is right.
    pub at: UnixMillis,
    /// Who asked for it, and when.
    pub deed: Deed,
    /// What was done, as it was written.
    pub act: String,
    /// Binds it to all before it.
    pub digest: [u8; 32],
}

/// The record is not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry was altered, or one before it was taken out or put in.
    #[error("entry {0} of the audit record does not follow from those before it: it was altered, or one is missing")]
    At(u64),
    /// The record ends before an entry that was noted earlier, or another one stands there.
    #[error("the audit record does not contain the entry {0} that was noted: its end was cut off or replaced")]
    Cut(u64),
}

/// The place of an entry in the record: its number, from 1, and when it was written.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub number: u64,
    pub at: UnixMillis,
}

pub(super) fn digest(before: &[u8; 32], place: Place, deed: Deed, act: &str) -> [u8; 32] {
    let by = deed.by.map(|device| device.0).unwrap_or_default();
    Sha256::new()
        .chain_update(b"saxaul/audit/1\0")
        .chain_update(before)
        .chain_update(place.number.to_be_bytes())
        .chain_update([u8::from(deed.by.is_some())])
        .chain_update(by)
        .chain_update(place.at.0.to_be_bytes())
        .chain_update(deed.at.0.to_be_bytes())
        .chain_update(act)
        .finalize()
        .into()
}

/// Checks that nothing in a record was altered, taken out or put in, and that it contains `noted`: the number and
/// digest of an entry that somebody wrote down earlier.
///
/// # Errors
/// See [`Broken`].
pub fn verify(entries: &[Entry], noted: Option<(u64, [u8; 32])>) -> Result<(), Broken> {
    let mut before = [0; 32];
    for (entry, number) in entries.iter().zip(1..) {
        let place = Place { number, at: entry.at };
        if entry.number != number || entry.digest != digest(&before, place, entry.deed, &entry.act) {
            return Err(Broken::At(number));
        }
        before = entry.digest;
    }
    match noted {
        Some(noted) if !entries.iter().any(|entry| (entry.number, entry.digest) == noted) => Err(Broken::Cut(noted.0)),
        _ => Ok(()),
    }
}

impl Writer {
    /// Writes down that whoever runs the server said that its clock is right.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn trust_clock(&self, deed: Deed) -> Result<(), StoreError> {
        self.write(Commit::TrustClock(deed)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(acts: u64) -> Vec<Entry> {
        let mut before = [0; 32];
        let entries = (1..=acts).map(|number| {
            let deed = Deed::of_itself(DeviceId([1; 16]), UnixMillis(1000));
            let act = format!("{{\"act\":\"event_created\",\"event\":\"{number}\"}}");
            before = digest(&before, Place { number, at: deed.at }, deed, &act);
            Entry { number, at: deed.at, deed, act, digest: before }
        });
        entries.collect()
    }

    #[test]
    fn a_record_that_nobody_touched_is_whole() {
        let entries = record(5);
        assert_eq!(verify(&entries, None), Ok(()));
        assert_eq!(verify(&entries, Some((3, entries[2].digest))), Ok(()));
        assert_eq!(verify(&[], None), Ok(()));
    }

    #[test]
    fn whatever_is_altered_taken_out_put_in_or_cut_off_shows() {
        let whole = record(5);
        let with = |touch: fn(&mut Vec<Entry>)| {
            let mut entries = whole.clone();
            touch(&mut entries);
            verify(&entries, Some((5, whole[4].digest)))
        };
        assert_eq!(with(|entries| entries[2].act.push(' ')), Err(Broken::At(3)));
        assert_eq!(with(|entries| entries[2].deed.by = None), Err(Broken::At(3)));
        assert_eq!(with(|entries| entries[2].deed.at.0 += 1), Err(Broken::At(3)));
        assert_eq!(with(|entries| entries[2].at.0 += 1), Err(Broken::At(3)));
        assert_eq!(with(|entries| drop(entries.remove(2))), Err(Broken::At(3)));
        assert_eq!(with(|entries| entries.insert(1, entries[1].clone())), Err(Broken::At(3)));
        assert_eq!(with(|entries| entries.truncate(4)), Err(Broken::Cut(5)));
    }
}
