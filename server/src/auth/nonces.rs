//! Nonces that cost nothing until they are spent.
//!
//! A nonce carries what the server must know of it, under a code that only a process with the home key can make. So a
//! stranger who asks for millions takes no memory, and pushes out nobody else's. Which ones a device has spent stands in
//! the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::HomeKey;

use crate::clock::RandomSource;
use crate::store::Store;
use crate::store::spent::DrawnNonce;

/// A nonce can be signed this long.
const LIFE_MS: i64 = 2 * 60 * 1000;

/// Draws nonces, and takes each back once.
pub(super) struct Nonces {
    secret: [u8; 32],
    /// The name of the record in which spent nonces stand: none is good that was drawn for another record.
    record: [u8; 16],
    store: Arc<Store>,
    /// Tells this process from the others that draw nonces at the same moment.
    process: [u8; 4],
    drawn: AtomicU32,
}

impl Nonces {
    /// Draws in the name of home, for the store's present record of spent nonces.
    pub fn new(home: &HomeKey, store: Arc<Store>, random: &RandomSource) -> Self {
        let record = store.name_of_spent(random.draw());
        let (secret, process) = (home.derived_secret("nonces"), random.draw());
        Self { secret, record, store, process, drawn: AtomicU32::default() }
    }

    /// Draws a nonce for a device: the time, a number that is greater with each nonce of the same moment, which process
    /// draws it, and a code over all of it and the device.
    pub fn draw(&self, device: DeviceId, now: UnixMillis) -> [u8; 32] {
        let mut nonce = [0; 32];
        nonce[..8].copy_from_slice(&now.0.to_be_bytes());
        nonce[8..12].copy_from_slice(&self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        nonce[12..16].copy_from_slice(&self.process);
        let code = self.code(device, &nonce[..16]).finalize().into_bytes();
        nonce[16..].copy_from_slice(&code[..16]);
        nonce
    }

    /// Takes a nonce back from the device that it was drawn for: `true` once, within its life.
    ///
    /// The device must have proved that it is known: only then is anything kept.
    pub fn spend(&self, device: DeviceId, nonce: &[u8; 32], now: UnixMillis) -> bool {
        let (said, code) = nonce.split_at(16);
        // Compared in constant time: a code that can be guessed byte by byte would be a forged one.
        if self.code(device, said).verify_truncated_left(code).is_err() {
            return false;
        }
        let (at, number) = said.split_at(8);
        let at = UnixMillis(i64::from_be_bytes(at.try_into().expect("sixteen bytes are twice eight")));
        let number = u64::from_be_bytes(number.try_into().expect("sixteen bytes are twice eight"));
        let latest = UnixMillis(now.0.saturating_add(LIFE_MS));
        now.0.abs_diff(at.0) <= LIFE_MS.unsigned_abs() && self.store.spend(device, DrawnNonce { at, number }, latest)
    }

    fn code(&self, device: DeviceId, said: &[u8]) -> Hmac<Sha256> {
        let code = Hmac::new_from_slice(&self.secret).expect("a key of any length will do");
        code.chain_update(self.record).chain_update(device.0).chain_update(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::Memory;

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
    const PHONE: DeviceId = DeviceId([1; 16]);
    const OTHER: DeviceId = DeviceId([2; 16]);

    /// The nonces of a process on a memory.
    fn nonces_on(memory: &Memory) -> Nonces {
        let store = Arc::new(Store::in_memory(memory).0);
        Nonces::new(&HomeKey::from_seed(&[1; 32]), store, &RandomSource::System)
    }

    #[test]
    fn a_nonce_is_good_once_for_its_device_for_two_minutes_and_as_long_as_it_is_known_what_was_spent() {
        let memory = Memory::default();
        let nonces = nonces_on(&memory);
        let nonce = nonces.draw(PHONE, NOW);
        assert!(!nonces.spend(OTHER, &nonce, NOW));
        assert!(!nonces_on(&memory.copy()).spend(PHONE, &nonce, NOW));
        assert!(!nonces.spend(PHONE, &nonce, UnixMillis(NOW.0 + 120_001)));
        assert!(nonces.spend(PHONE, &nonce, UnixMillis(NOW.0 + 120_000)));
        assert!(!nonces.spend(PHONE, &nonce, NOW));
        for place in 0..32 {
            let mut forged = nonces.draw(PHONE, NOW);
            forged[place] ^= 1;
            assert!(!nonces.spend(PHONE, &forged, NOW), "byte {place}");
        }
    }

    #[test]
    fn a_nonce_of_one_process_is_good_once_in_all_processes() {
        let memory = Memory::default();
        let (one, other) = (nonces_on(&memory), nonces_on(&memory));
        let [first, second] = [(); 2].map(|()| one.draw(PHONE, NOW));
        assert!(other.spend(PHONE, &first, NOW) && !one.spend(PHONE, &first, NOW));
        assert!(one.spend(PHONE, &second, NOW) && !other.spend(PHONE, &second, NOW));
    }

    #[test]
    fn a_device_that_spent_many_while_the_clock_was_ahead_is_let_in_when_it_is_set_right() {
        let nonces = nonces_on(&Memory::default());
        let ahead = UnixMillis(NOW.0 + 3_600_000);
        for _ in 0..100 {
            assert!(nonces.spend(PHONE, &nonces.draw(PHONE, ahead), ahead));
        }
        let nonce = nonces.draw(PHONE, NOW);
        assert!(nonces.spend(PHONE, &nonce, NOW) && !nonces.spend(PHONE, &nonce, NOW));
    }

    #[test]
    fn nonces_that_nobody_spends_push_nobody_out() {
        let nonces = nonces_on(&Memory::default());
        let honest = nonces.draw(PHONE, NOW);
        for _ in 0..10_000 {
            let nonce = nonces.draw(OTHER, NOW);
            assert!(!nonces.spend(PHONE, &nonce, NOW));
        }
        assert!(nonces.spend(PHONE, &honest, NOW));
    }
}
