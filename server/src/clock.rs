//! Home's time, and entropy: the only two things that come from nowhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sync_core::time::UnixMillis;

/// A machine's clock that shows an earlier time than this is wrong: the program was not built yet. 2026-11-01, in UTC.
///
/// A constant instead of the time of the build, so that the same sources give the same program. Whoever releases a
/// version moves it to the day of the release.
pub const BUILT: UnixMillis = UnixMillis(1_793_491_200_000);

const DAY_MS: i64 = 86_400_000;
/// A clock that is further ahead of the program than this is wrong.
const LIFE_OF_A_BUILD_MS: i64 = 3653 * DAY_MS;

/// Where the server's time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The clock of the machine.
    System,
    /// A clock that a recording or a test moves.
    Set(Arc<SetClock>),
}

/// A clock that stands where it was put.
#[derive(Debug)]
pub struct SetClock {
    now: AtomicI64,
    built: UnixMillis,
}

impl Clock {
    /// A clock that stands at `at` until it is moved. A program that it belongs to counts as built a year before.
    #[must_use]
    pub fn set_to(at: UnixMillis) -> Self {
        let built = UnixMillis(at.0.saturating_sub(366 * DAY_MS));
        Self::Set(Arc::new(SetClock { now: AtomicI64::new(at.0), built }))
    }

    /// Moves a clock that can be moved.
    pub fn move_to(&self, at: UnixMillis) {
        if let Self::Set(clock) = self {
            clock.now.store(at.0, Ordering::SeqCst);
        }
    }

    /// The earliest and the latest time that a right clock can show this program: the time of its build, and ten years
    /// after that.
    #[must_use]
    pub fn bounds(&self) -> (UnixMillis, UnixMillis) {
        let built = match self {
            Self::System => BUILT,
            Self::Set(clock) => clock.built,
        };
        (built, UnixMillis(built.0.saturating_add(LIFE_OF_A_BUILD_MS)))
    }

    /// The time now. A machine's clock before 1970 reads 1970.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        match self {
            Self::System => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Set(clock) => UnixMillis(clock.now.load(Ordering::SeqCst)),
        }
    }
}

/// Draws bytes that nobody can guess.
#[must_use]
pub fn entropy<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives entropy");
    bytes
}
