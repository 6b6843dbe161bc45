//! How often callers may come: a bucket of calls for each address and each device, by the server's clock.
//!
//! A bucket holds a minute's calls and fills evenly. Owns the buckets; does not know what a call costs.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;

use axum::http::{Extensions, HeaderMap};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;

use crate::error::Problem;

/// How many calls there may be in a minute; 0 is any number.
#[derive(Clone, Copy, Debug)]
pub struct RateLimits {
    /// From one address, by callers who have not proved who they are.
    pub address_calls_per_minute: u32,
    /// By one device that has.
    pub device_calls_per_minute: u32,
    /// Whether an address is what a proxy adds to `X-Forwarded-For`, or the one that a connection comes from.
    pub behind_proxy: bool,
}

/// Whose connection a request came over; stands among the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// A bucket fills in this time.
const FILLS_IN_US: i64 = 60_000_000;
/// Buckets in one of two generations: both together take some 10 MB.
const BUCKETS_KEPT: usize = 50_000;

/// The buckets of all callers.
pub struct Rates {
    behind_proxy: bool,
    addresses: Buckets<IpAddr>,
    devices: Buckets<DeviceId>,
}

impl Rates {
    /// Begins with full buckets.
    #[must_use]
    pub fn new(limits: RateLimits) -> Self {
        Self {
            behind_proxy: limits.behind_proxy,
            addresses: Buckets::of(limits.address_calls_per_minute),
            devices: Buckets::of(limits.device_calls_per_minute),
        }
    }

    /// Counts a call by somebody who has not proved who they are.
    ///
    /// # Errors
    /// [`Problem::TOO_MANY_CALLS`], with the time after which there is room for one more.
    pub fn count_stranger(&self, headers: &HeaderMap, extensions: &Extensions, now: UnixMillis) -> Result<(), Problem> {
        self.addresses.take(holder_of(self.address_of(headers, extensions)), now)
    }

    /// Counts a call by a device.
    ///
    /// # Errors
    /// [`Problem::TOO_MANY_CALLS`], with the time after which there is room for one more.
    pub fn count_device(&self, device: DeviceId, now: UnixMillis) -> Result<(), Problem> {
        self.devices.take(device, now)
    }

    /// The address of whoever calls.
    ///
    /// What a proxy was told by its own client stands before what it adds, so only the last address counts.
    #[must_use]
    pub fn address_of(&self, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
        let forwarded = || {
            let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
            let last = last.rsplit(',').next()?.trim();
            last.parse().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
        };
        let peer = || extensions.get::<Peer>().map(|peer| peer.0);
        let address = self.behind_proxy.then(forwarded).flatten().or_else(peer);
        address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }
}

/// Whoever holds one IPv6 address holds the other 2^64 of its network (RFC 4291, section 2.5.1).
#[must_use]
pub fn holder_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        v4 => v4,
    }
}

/// A bucket is one number: the time at which it is full again (the generic cell rate algorithm, ITU-T I.371).
struct Buckets<K> {
    /// Between two calls, on average; `None` if nothing is counted.
    spacing_us: Option<i64>,
    kept: Mutex<Generations<K>>,
}

/// A bucket that nobody took from for as long as it takes to fill is full, so it need not be kept: buckets that are
/// touched move to the young generation, which becomes the old one when its time is over or it is too large. Of a
/// flood from more addresses than are kept the first are forgiven; no limit by address holds against that.
struct Generations<K> {
    young: HashMap<K, i64>,
    old: HashMap<K, i64>,
    began_us: i64,
    latest_us: i64,
}

impl<K: Eq + Hash + Copy> Buckets<K> {
    fn of(calls_per_minute: u32) -> Self {
        let generations = Generations { young: HashMap::new(), old: HashMap::new(), began_us: 0, latest_us: 0 };
        let spacing_us = (calls_per_minute > 0).then(|| FILLS_IN_US / i64::from(calls_per_minute));
        Self { spacing_us, kept: Mutex::new(generations) }
    }

    fn take(&self, key: K, now: UnixMillis) -> Result<(), Problem> {
        let Some(spacing_us) = self.spacing_us else { return Ok(()) };
        let mut kept = self.kept.lock().expect("no holder panics");
        let now_us = kept.age(now.0.saturating_mul(1000));
        let full_at = kept.young.get(&key).copied().or_else(|| kept.old.remove(&key)).unwrap_or(now_us).max(now_us);
        let missing_us = full_at + spacing_us - now_us - FILLS_IN_US;
        if missing_us > 0 {
            kept.young.insert(key, full_at);
            let seconds = u32::try_from((missing_us + 999_999) / 1_000_000).unwrap_or(u32::MAX);
            return Err(Problem { retry_after_s: Some(seconds), ..Problem::TOO_MANY_CALLS });
        }
        kept.young.insert(key, full_at + spacing_us);
        Ok(())
    }
}

impl<K> Generations<K> {
    /// Takes note of the time, and returns the time by which is counted, which does not go back by a little: callers read
    /// the clock before their turn. Where the clock was set back, what was counted by it before says nothing: every bucket is
    /// full.
    fn age(&mut self, now_us: i64) -> i64 {
        if now_us < self.latest_us.saturating_sub(FILLS_IN_US) {
            self.young.clear();
            self.old.clear();
            (self.began_us, self.latest_us) = (now_us, now_us);
        }
        self.latest_us = self.latest_us.max(now_us);
        let now_us = self.latest_us;
        let is_over = !(self.began_us..self.began_us + FILLS_IN_US).contains(&now_us);
        if is_over || self.young.len() >= BUCKETS_KEPT {
            self.old = std::mem::take(&mut self.young);
            self.began_us = now_us;
        }
        now_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

    fn later(ms: i64) -> UnixMillis {
        UnixMillis(NOW.0 + ms)
    }

    #[test]
    fn a_bucket_holds_a_minutes_calls_and_fills_evenly() {
        let buckets = Buckets::of(60);
        (0..60).for_each(|_| buckets.take("camp", NOW).unwrap());
        let refused = buckets.take("camp", NOW).unwrap_err();
        assert_eq!((refused.code, refused.retry_after_s), ("too_many_calls", Some(1)));
        buckets.take("another", NOW).unwrap();
        assert!(buckets.take("camp", later(999)).is_err());
        buckets.take("camp", later(1000)).unwrap();
        assert!(buckets.take("camp", later(1000)).is_err());
        (0..60).for_each(|_| buckets.take("camp", later(70_000)).unwrap());
        assert!(buckets.take("camp", later(70_000)).is_err());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let buckets = Buckets::of(60);
        (0..60).for_each(|_| buckets.take("camp", later(86_400_000)).unwrap());
        buckets.take("gate", later(86_400_000)).unwrap();
        (0..60).for_each(|_| buckets.take("camp", NOW).unwrap());
        assert!(buckets.take("camp", NOW).is_err());
        buckets.take("camp", later(1000)).unwrap();
        (0..60).for_each(|_| buckets.take("gate", later(1000)).unwrap());
    }

    #[test]
    fn a_clock_that_goes_back_by_less_than_a_bucket_takes_to_fill_gives_nobody_more_calls() {
        let buckets = Buckets::of(60);
        (0..60).for_each(|_| buckets.take("camp", later(30_000)).unwrap());
        assert!(buckets.take("camp", NOW).is_err());
        buckets.take("camp", later(31_000)).unwrap();
        assert!(buckets.take("camp", later(31_000)).is_err());
    }

    #[test]
    fn a_flood_of_addresses_takes_no_more_memory_than_is_meant_for_it() {
        let buckets = Buckets::of(1);
        for address in 0..300_000_u32 {
            buckets.take(address, NOW).unwrap();
        }
        let kept = buckets.kept.lock().unwrap();
        assert!(kept.young.len() + kept.old.len() <= 2 * BUCKETS_KEPT);
        assert!(kept.young.capacity() + kept.old.capacity() <= 8 * BUCKETS_KEPT);
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_holder() {
        let of = |text: &str| holder_of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::7"), of("2001:db8:1:2:ffff::8"));
        assert_ne!(of("2001:db8:1:2::7"), of("2001:db8:1:3::7"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
