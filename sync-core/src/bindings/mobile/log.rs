//! What the library does, told to an app that keeps a log.
//!
//! A line says what was done and how it ended, with codes, numbers and addresses of home. It names no person, and holds no
//! key, link or token.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use super::Result;

/// How much a line of the log matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, uniffi::Enum)]
pub enum LogLevel {
    /// Each call to home.
    Debug,
    /// What an app does: a journal is opened and closed, an exchange ends.
    Info,
    /// What failed and is tried again, or needs somebody.
    Warning,
    /// A mistake in this library.
    Error,
}

/// Takes the lines of the log. It is called on the thread that does the work: it must be quick, and must not call a journal.
/// What it throws is reported where the language reports what nobody catches, and does no harm.
#[uniffi::export(with_foreign)]
pub trait LogSink: Send + Sync {
    /// One line, in English.
    ///
    /// # Errors
    /// What the app throws.
    fn log(&self, level: LogLevel, line: String) -> Result<()>;
}

static SINK: RwLock<Option<Arc<dyn LogSink>>> = RwLock::new(None);

/// Has `sink` take what every journal of this process logs from now on, in the place of the one before. Without a sink nothing
/// is logged.
#[uniffi::export]
pub fn set_log_sink(sink: Option<Arc<dyn LogSink>>) {
    *SINK.write().unwrap_or_else(PoisonError::into_inner) = sink;
}

/// Logs a line, if somebody takes it.
pub(super) fn log(level: LogLevel, line: &dyn Display) {
    let sink = SINK.read().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(sink) = sink {
        let line = line.to_string();
        drop(catch_unwind(AssertUnwindSafe(|| sink.log(level, line))));
    }
}
