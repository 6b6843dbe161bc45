//! Nonces that were spent: each is good once in all processes of a home.
//!
//! They need not outlive the processes, so they cost no write to a disk: they stand in the memory that all processes of a
//! store share. The record has a name that is drawn when it begins. Whoever draws nonces under that name makes none that is
//! good after the record was lost.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, OnceLock};

use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;

use super::Store;

/// A device's spent nonces are kept up to this number; those before them count as spent.
const KEPT: usize = 64;

/// A nonce, as it is told from others: by when it was drawn, and by a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DrawnNonce {
    /// When it was drawn, by the server's clock.
    pub at: UnixMillis,
    /// Tells it from others of the same moment: greater with each that one process draws.
    pub number: u64,
}

/// The spent nonces of a store.
#[derive(Default)]
pub(super) struct SpentNonces {
    name: OnceLock<[u8; 16]>,
    by_device: Mutex<HashMap<DeviceId, Spent>>,
}

/// Which nonces a device has spent.
#[derive(Default)]
struct Spent {
    /// All up to this one.
    up_to: Option<DrawnNonce>,
    /// Those after it that were spent one by one.
    besides: BTreeSet<DrawnNonce>,
}

impl Spent {
    fn spend(&mut self, nonce: DrawnNonce) -> bool {
        if self.up_to.is_some_and(|up_to| nonce <= up_to) || !self.besides.insert(nonce) {
            return false;
        }
        if self.besides.len() > KEPT {
            self.up_to = self.besides.pop_first();
        }
        true
    }

    fn forget_after(&mut self, latest: UnixMillis) {
        self.up_to = self.up_to.filter(|nonce| nonce.at <= latest);
        self.besides.retain(|nonce| nonce.at <= latest);
    }
}

impl Store {
    /// The name of the record of spent nonces. A record that begins takes the name that is offered.
    #[must_use]
    pub fn name_of_spent(&self, offered: [u8; 16]) -> [u8; 16] {
        *self.shared().spent.name.get_or_init(|| offered)
    }

    /// Spends a nonce of a device. Returns whether it was not spent before, in whichever process.
    ///
    /// No nonce that was drawn after `latest` is good now. Such ones were drawn while the clock was ahead: they are
    /// forgotten, for else they would count as later than all that are drawn since.
    #[must_use]
    pub fn spend(&self, device: DeviceId, nonce: DrawnNonce, latest: UnixMillis) -> bool {
        let mut by_device = self.shared().spent.by_device.lock().expect("no holder panics");
        let spent = by_device.entry(device).or_default();
        spent.forget_after(latest);
        spent.spend(nonce)
    }
}
