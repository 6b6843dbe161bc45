//! How many of something each holder of addresses has: nobody has all of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use crate::rates::holder_of;

/// The holders who have any.
#[derive(Clone, Default)]
pub struct Holders(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One that somebody has, until it is dropped.
pub struct Held {
    holders: Holders,
    holder: IpAddr,
}

impl Holders {
    /// Counts one more for whoever holds an address; `None` if that is more than `limit`.
    #[must_use]
    pub fn take(&self, address: IpAddr, limit: Option<usize>) -> Option<Held> {
        let holder = holder_of(address);
        let mut all = self.0.lock().expect("no holder panics");
        let count = all.entry(holder).or_default();
        if limit.is_some_and(|limit| *count >= limit) {
            return None;
        }
        *count += 1;
        Some(Held { holders: self.clone(), holder })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut all = self.holders.0.lock().expect("no holder panics");
        if let Some(count) = all.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_one_holder_counts_as_one_address() {
        let holders = Holders::default();
        let take = |address: &str| holders.take(address.parse().unwrap(), Some(2));
        let (first, _second) = (take("2001:db8:1:2::7").unwrap(), take("2001:db8:1:2:ffff::8").unwrap());
        assert!(take("2001:db8:1:2::9").is_none());
        let _neighbour = take("2001:db8:1:3::7").unwrap();
        drop(first);
        let _again = take("2001:db8:1:2::9").unwrap();
        assert!(take("2001:db8:1:2::a").is_none());
    }
}
