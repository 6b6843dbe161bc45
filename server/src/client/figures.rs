//! What a talk came to, in figures.

use sync_core::trust::{Dismissal, Signed};

/// How much crossed the wire: bodies, and how many calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Calls made.
    pub calls: u64,
    /// Bytes of bodies sent.
    pub sent: u64,
    /// Bytes of bodies received.
    pub received: u64,
}

impl std::ops::AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.sent += other.sent;
        self.received += other.received;
    }
}

/// What an exchange brought, over all its pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exchanged {
    /// Requests it took.
    pub pages: usize,
    /// Changes that home took or had.
    pub delivered: usize,
    /// Changes that came.
    pub received: usize,
    /// Own changes that home refused, by code.
    pub refused: Vec<String>,
    /// Changes that came and could not be admitted here, in words.
    pub rejected: Vec<String>,
    /// Home was restored from an older copy, and was given everything again.
    pub home_was_restored: bool,
    /// How many changes wait at home for an organizer.
    pub held: usize,
    /// Home said that an organizer revoked this device.
    pub dismissal: Option<Signed<Dismissal>>,
}

impl std::ops::AddAssign for Exchanged {
    fn add_assign(&mut self, other: Self) {
        self.pages += other.pages;
        self.delivered += other.delivered;
        self.received += other.received;
        self.refused.extend(other.refused);
        self.rejected.extend(other.rejected);
        self.home_was_restored |= other.home_was_restored;
        self.held += other.held;
        self.dismissal = other.dismissal.or(self.dismissal.take());
    }
}
