//! The values of a journal with their checksums, each under a key that names its row.

use std::path::Path;

use minicbor::{Decode, Encode};

use super::error::{damaged, decode};
use super::{DeviceRow, JournalError};
use crate::documents::encode;
use crate::ids::{Actor, DeviceId, EventId, Revision};
use crate::storage::checksum;
use crate::storage::rows::{draft_key, item_key};

/// Names a row, so that no value can stand in another row's place.
#[derive(Clone, Copy)]
pub(super) enum Row {
    Draft(EventId, u64),
    /// With whom it came from.
    Item(EventId, Revision, Option<DeviceId>),
    Peer(EventId, DeviceId),
    Confirmed(EventId, Actor),
    Partial(EventId),
}

impl Row {
    fn key(self) -> String {
        match self {
            Self::Draft(event, id) => draft_key(event, id),
            Self::Item(event, revision, None) => item_key(event, revision),
            Self::Item(event, revision, Some(origin)) => format!("{}/{origin}", item_key(event, revision)),
            Self::Peer(event, device) => format!("peer/{event}/{device}"),
            Self::Confirmed(event, actor) => format!("confirmed/{event}/{actor}"),
            Self::Partial(event) => format!("partial/{event}"),
        }
    }

    /// What is written of a value.
    pub fn seal<T: Encode<()>>(self, value: &T) -> Vec<u8> {
        checksum::sealed(&self.key(), encode(value))
    }

    /// The value that was written; `None` if this is another one.
    pub fn open<T: for<'b> Decode<'b, ()>>(self, bytes: &[u8]) -> Option<T> {
        minicbor::decode(checksum::opened(&self.key(), bytes)?).ok()
    }

    /// The same, or what is damaged.
    pub fn read<T: for<'b> Decode<'b, ()>>(self, path: &Path, what: &str, bytes: &[u8]) -> Result<T, JournalError> {
        let changed = || damaged(path, &format!("{what}: it is not what was written"));
        decode(path, what, checksum::opened(&self.key(), bytes).ok_or_else(changed)?)
    }
}

impl DeviceRow {
    /// The checksum of who the device is and where it belongs.
    pub(super) fn checksum(&self) -> Vec<u8> {
        let Self { seed, incarnation, home, url, grant, .. } = self;
        let said = (seed, incarnation, home, url, grant);
        let mut sealed = checksum::sealed("device", encode(&said));
        sealed.split_off(sealed.len() - 8)
    }
}
