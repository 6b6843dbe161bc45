//! What this device's clocks read, for an app that hands in no reading of its own.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use super::drawn::entropy;
use crate::time::{ClockReading, UnixMillis};

/// What the device's clocks read now. Calls that record something, or that learn home's time, read them by themselves where
/// no reading is handed in.
///
/// On Linux and Android the boot is named after the run of the kernel, so that it is the same for every process until the
/// device is switched off. Elsewhere each run of the app is a boot of its own: what was recorded in an earlier run is then
/// placed in time by that run's own exchanges.
#[uniffi::export]
#[must_use]
pub fn clocks() -> ClockReading {
    ClockReading { boot: boot(), mono_ms: since_boot_ms(), wall_ms: wall() }
}

/// A name of this run of the device, below 2⁵³, so that every language's numbers hold it.
fn boot() -> u64 {
    static BOOT: OnceLock<u64> = OnceLock::new();
    *BOOT.get_or_init(|| boot_of_the_kernel().unwrap_or_else(|| u64::from_be_bytes(entropy())) >> 11)
}

/// The kernel's name of its run; with it that of the process's clocks, because a container may have clocks of its own.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn boot_of_the_kernel() -> Option<u64> {
    use sha2::{Digest, Sha256};
    let run = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let clocks = std::fs::read_link("/proc/self/ns/time").unwrap_or_default();
    let hash = Sha256::new()
        .chain_update(b"saxaul/boot")
        .chain_update(run.trim())
        .chain_update(clocks.as_os_str().as_encoded_bytes())
        .finalize();
    let (first, _) = hash.split_first_chunk()?;
    Some(u64::from_be_bytes(*first))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
const fn boot_of_the_kernel() -> Option<u64> {
    None
}

/// A clock that only moves forward and counts sleep, too.
#[cfg(unix)]
fn since_boot_ms() -> u64 {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    // On Apple's systems this one counts sleep.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let rustix::time::Timespec { tv_sec, tv_nsec } = rustix::time::clock_gettime(CLOCK);
    u64::try_from(tv_sec).unwrap_or(0) * 1000 + u64::try_from(tv_nsec).unwrap_or(0) / 1_000_000
}

#[cfg(not(unix))]
fn since_boot_ms() -> u64 {
    static BEGAN: OnceLock<std::time::Instant> = OnceLock::new();
    u64::try_from(BEGAN.get_or_init(std::time::Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn wall() -> UnixMillis {
    let ms = |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    UnixMillis(match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => ms(since),
        Err(before) => -ms(before.duration()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_of_the_device_is_one_boot_in_which_time_moves_forward() {
        let [earlier, later] = [clocks(), clocks()];
        assert_eq!(earlier.boot, later.boot);
        assert!(earlier.mono_ms <= later.mono_ms);
        assert!(earlier.boot < 1 << 53 && earlier.boot != 0);
        assert!(earlier.is_possible() && later.is_possible());
    }
}
