//! Home's time, and entropy: the only two things that come from nowhere. With how work is run they are the environment.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use sync_core::time::UnixMillis;

use crate::workers::Workers;

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

/// Where what the server draws at random comes from.
#[derive(Clone, Debug)]
pub enum RandomSource {
    /// The random source of the operating system.
    System,
    /// Bytes that follow from a seed, for a test that wants the same run again. Whoever knows the seed can guess all of them.
    Seeded(Arc<Seeded>),
}

/// A seed, and how often something was drawn.
#[derive(Debug)]
pub struct Seeded {
    seed: [u8; 32],
    drawn: AtomicU64,
}

impl RandomSource {
    /// A source that gives the same bytes again for the same seed.
    #[must_use]
    pub fn seeded(seed: [u8; 32]) -> Self {
        Self::Seeded(Arc::new(Seeded { seed, drawn: AtomicU64::new(0) }))
    }

    /// Draws so many bytes.
    #[must_use]
    pub fn draw<const N: usize>(&self) -> [u8; N] {
        let Self::Seeded(seeded) = self else { return entropy() };
        let draw = seeded.drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let mut bytes = [0; N];
        for (part, chunk) in (0u64..).zip(bytes.chunks_mut(32)) {
            let hash = Sha256::new()
                .chain_update(b"saxaul/seeded random source")
                .chain_update(seeded.seed)
                .chain_update(draw)
                .chain_update(part.to_be_bytes())
                .finalize();
            chunk.copy_from_slice(&hash[..chunk.len()]);
        }
        bytes
    }

    /// Draws the id of a request, or of something else that is only told apart by it.
    #[must_use]
    pub fn draw_id(&self) -> String {
        format!("{:016x}", u64::from_be_bytes(self.draw()))
    }
}

/// What the server does not decide by itself: the time, what it draws at random, and where its work runs.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Tells the time of day.
    pub clock: Clock,
    /// What is drawn at random.
    pub random: RandomSource,
    /// How blocking work is run.
    pub workers: Workers,
}

impl From<Clock> for Environment {
    fn from(clock: Clock) -> Self {
        Self { clock, random: RandomSource::System, workers: Workers::Threads }
    }
}

/// Draws bytes that nobody can guess, from the operating system.
#[must_use]
pub fn entropy<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives entropy");
    bytes
}
