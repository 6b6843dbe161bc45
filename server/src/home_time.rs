//! Whether home's clock can be right. While it cannot be, home states no time, and phones write no anchor.
//!
//! A camp box without a battery-backed clock begins in 1970, or where its last shutdown left it. An anchor with such a
//! time would move everything that a phone recorded; without one the phone's own order and distances stay. Everything
//! else goes on, with the time as it is.

use std::sync::Arc;

use sync_core::time::{UnixMillis, date_of_day};

use crate::clock::Clock;
use crate::store::{Store, StoreError};

/// Why home's clock cannot be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockDoubt {
    /// The program was built later.
    BeforeBuild {
        /// What the clock shows.
        now: UnixMillis,
        /// When the program was built.
        built: UnixMillis,
    },
    /// The audit record has an entry of a later time.
    BeforeRecord {
        /// What the clock shows.
        now: UnixMillis,
        /// The newest time in the audit record.
        newest: UnixMillis,
    },
    /// The program is more than ten years old by this clock.
    LongAfterBuild {
        /// What the clock shows.
        now: UnixMillis,
    },
}

impl ClockDoubt {
    /// What whoever runs the server can do, as a sentence without its full stop.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::BeforeBuild { .. } | Self::LongAfterBuild { .. } => "Set the clock",
            Self::BeforeRecord { .. } => {
                "Set the clock; if it is right, and it was ahead before, stop the server and say so with `saxaul audit \
                 trust-clock`"
            }
        }
    }
}

impl std::fmt::Display for ClockDoubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let day = |at: &UnixMillis| date_of_day(at.0.div_euclid(86_400_000));
        match self {
            Self::BeforeBuild { now, built } => write!(
                f,
                "the clock of this machine shows {}, and the program was made on {} or later",
                day(now),
                day(built)
            ),
            Self::BeforeRecord { now, newest } => write!(
                f,
                "the clock of this machine shows {}, before the newest time in the audit record, {}",
                stamp(now),
                stamp(newest)
            ),
            Self::LongAfterBuild { now } => {
                write!(
                    f,
                    "the clock of this machine shows {}, more than ten years after the program was made",
                    day(now)
                )
            }
        }
    }
}

fn stamp(at: &UnixMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |at| format!("{at:.0}"))
}

/// States home's time, or says why it cannot.
#[derive(Clone)]
pub struct HomeTime {
    clock: Clock,
    store: Arc<Store>,
}

impl HomeTime {
    /// Judges this clock by this store's audit record.
    #[must_use]
    pub const fn new(clock: Clock, store: Arc<Store>) -> Self {
        Self { clock, store }
    }

    /// Home's time; `None` while the clock cannot be right, and while that cannot be judged.
    #[must_use]
    pub fn stated(&self) -> Option<UnixMillis> {
        let now = self.clock.now();
        match self.doubt_about(now) {
            Ok(None) => Some(now),
            Ok(Some(_)) => None,
            Err(error) => {
                tracing::warn!(%error, "home states no time: its audit record cannot be read");
                None
            }
        }
    }

    /// Why the clock cannot be right; `None` if it can.
    ///
    /// # Errors
    /// What the store reports.
    pub fn doubt(&self) -> Result<Option<ClockDoubt>, StoreError> {
        self.doubt_about(self.clock.now())
    }

    fn doubt_about(&self, now: UnixMillis) -> Result<Option<ClockDoubt>, StoreError> {
        let (built, latest) = self.clock.bounds();
        if now < built {
            return Ok(Some(ClockDoubt::BeforeBuild { now, built }));
        }
        if now > latest {
            return Ok(Some(ClockDoubt::LongAfterBuild { now }));
        }
        // What was written down while the clock was beyond `latest` says nothing: it would hold for decades.
        let newest = self.store.read_here(|store| store.newest_audited(latest))?.filter(|newest| now < *newest);
        Ok(newest.map(|newest| ClockDoubt::BeforeRecord { now, newest }))
    }
}
