//! Home's time, and entropy: the only two things that come from nowhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sync_core::time::UnixMillis;

/// Where the server's time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that a recording or a test moves.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until it is moved.
    #[must_use]
    pub fn set_to(at: UnixMillis) -> Self {
        Self::Set(Arc::new(AtomicI64::new(at.0)))
    }

    /// Moves a clock that can be moved.
    pub fn move_to(&self, at: UnixMillis) {
        if let Self::Set(cell) = self {
            cell.store(at.0, Ordering::SeqCst);
        }
    }

    /// The time now. A machine's clock before 1970 reads 1970.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        match self {
            Self::System => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Set(cell) => UnixMillis(cell.load(Ordering::SeqCst)),
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
