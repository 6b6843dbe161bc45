//! A slow radio link: bytes take their time, packets are lost and sent again, and the link is up for a while only.

use server::pace::BYTES_IN_A_WINDOW;

use crate::chance::Chance;

/// A radio link, in the time of the world.
#[derive(Clone, Copy, Debug)]
pub struct Radio {
    /// How fast bytes move.
    pub bytes_a_second: u64,
    /// How many packets of a hundred are lost.
    pub lost_in_hundred: u64,
    /// A call that takes longer breaks: the link is up for no longer at a time.
    pub up_for_ms: u64,
}

const PACKET_BYTES: usize = 512;
/// What goes with every message and every answer: names of headers, a token.
const HEAD_BYTES: usize = 600;
/// A packet that was lost is sent again after this long, and twice as long after each further loss (RFC 6298).
const FIRST_RETRY_MS: u64 = 3_000;
/// In so long the server must see so many bytes as [`BYTES_IN_A_WINDOW`] says.
const WINDOW_MS: u64 = 30_000;

/// The link broke before a message was across.
#[derive(Debug)]
pub(super) struct Broke;

impl Radio {
    /// How long a message takes from one end to the other.
    pub(super) fn carries(&self, bytes: usize, chance: &mut Chance) -> Result<u64, Broke> {
        let (mut took_ms, mut in_window_ms, mut in_window) = (0, 0, 0);
        for _ in 0..(bytes + HEAD_BYTES).div_ceil(PACKET_BYTES) {
            let mut retry_ms = FIRST_RETRY_MS;
            let once_ms = PACKET_BYTES as u64 * 1000 / self.bytes_a_second;
            let mut packet_ms = once_ms;
            while chance.below(100) < self.lost_in_hundred {
                packet_ms += retry_ms + once_ms;
                retry_ms *= 2;
            }
            took_ms += packet_ms;
            in_window_ms += packet_ms;
            in_window += PACKET_BYTES as u64;
            if in_window_ms > WINDOW_MS || took_ms > self.up_for_ms {
                return Err(Broke);
            }
            if in_window >= BYTES_IN_A_WINDOW {
                (in_window_ms, in_window) = (0, 0);
            }
        }
        Ok(took_ms)
    }
}
