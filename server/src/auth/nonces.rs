//! Nonces that cost nothing until they are spent.
//!
//! A nonce carries what the server must know of it, under a code that only this process can make. So a stranger who
//! asks for millions takes no memory, and pushes out nobody else's. What is kept is which ones a device has spent.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;

use crate::clock::RandomSource;

/// A nonce can be signed this long.
const LIFE_MS: u64 = 2 * 60 * 1000;
/// A device's spent nonces are kept up to this number; those before them count as spent.
const SPENT_KEPT: usize = 64;
const DOMAIN: &[u8] = b"saxaul/nonce\0";

/// Draws nonces, and takes each back once.
pub(super) struct Nonces {
    secret: [u8; 32],
    drawn: AtomicU64,
    spent: Mutex<HashMap<DeviceId, Spent>>,
}

/// Which nonces a device has spent, by their numbers.
#[derive(Default)]
struct Spent {
    /// All up to this one.
    up_to: u64,
    /// Numbers above it that were spent one by one.
    besides: BTreeSet<u64>,
}

impl Spent {
    fn spend(&mut self, number: u64) -> bool {
        if number <= self.up_to || !self.besides.insert(number) {
            return false;
        }
        if self.besides.len() > SPENT_KEPT {
            self.up_to = self.besides.pop_first().unwrap_or(self.up_to);
        }
        true
    }
}

impl Nonces {
    /// None is drawn yet, and none of an earlier run holds.
    pub fn new(random: &RandomSource) -> Self {
        Self { secret: random.draw(), drawn: AtomicU64::new(0), spent: Mutex::default() }
    }

    /// Draws a nonce for a device: its number, the time, and a code over both and the device.
    pub fn draw(&self, device: DeviceId, now: UnixMillis) -> [u8; 32] {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed) + 1;
        let mut nonce = [0; 32];
        nonce[..8].copy_from_slice(&number.to_be_bytes());
        nonce[8..16].copy_from_slice(&now.0.to_be_bytes());
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
        let (number, drawn) = said.split_at(8);
        let number = u64::from_be_bytes(number.try_into().expect("sixteen bytes are twice eight"));
        let drawn = i64::from_be_bytes(drawn.try_into().expect("sixteen bytes are twice eight"));
        now.0.abs_diff(drawn) <= LIFE_MS
            && self.spent.lock().expect("no holder panics").entry(device).or_default().spend(number)
    }

    fn code(&self, device: DeviceId, said: &[u8]) -> Hmac<Sha256> {
        let code = Hmac::new_from_slice(&self.secret).expect("a key of any length will do");
        code.chain_update(DOMAIN).chain_update(device.0).chain_update(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
    const PHONE: DeviceId = DeviceId([1; 16]);
    const OTHER: DeviceId = DeviceId([2; 16]);

    #[test]
    fn a_nonce_is_good_once_for_its_device_for_two_minutes_and_in_this_run() {
        let nonces = Nonces::new(&RandomSource::System);
        let nonce = nonces.draw(PHONE, NOW);
        assert!(!nonces.spend(OTHER, &nonce, NOW));
        assert!(!Nonces::new(&RandomSource::System).spend(PHONE, &nonce, NOW));
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
    fn nonces_are_spent_in_any_order_and_never_twice() {
        let nonces = Nonces::new(&RandomSource::System);
        let drawn: Vec<_> = (0..SPENT_KEPT).map(|_| nonces.draw(PHONE, NOW)).collect();
        assert!(drawn.iter().rev().all(|nonce| nonces.spend(PHONE, nonce, NOW)));
        assert!(!drawn.iter().any(|nonce| nonces.spend(PHONE, nonce, NOW)));
        for _ in 0..1000 {
            let nonce = nonces.draw(PHONE, NOW);
            assert!(nonces.spend(PHONE, &nonce, NOW) && !nonces.spend(PHONE, &nonce, NOW));
        }
        assert!(!drawn.iter().any(|nonce| nonces.spend(PHONE, nonce, NOW)), "also when they are no longer kept");
        assert_eq!(nonces.spent.lock().unwrap()[&PHONE].besides.len(), SPENT_KEPT);
    }

    #[test]
    fn nonces_that_nobody_spends_take_no_memory_and_push_nobody_out() {
        let nonces = Nonces::new(&RandomSource::System);
        let honest = nonces.draw(PHONE, NOW);
        for _ in 0..100_000 {
            let nonce = nonces.draw(OTHER, NOW);
            assert!(!nonces.spend(PHONE, &nonce, NOW));
        }
        assert!(nonces.spent.lock().unwrap().is_empty());
        assert!(nonces.spend(PHONE, &honest, NOW));
    }
}
