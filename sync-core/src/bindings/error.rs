//! What an app can do about a failure.

use crate::app::{AppError, ScanError};
use crate::command::CommandError;
#[cfg(feature = "mobile")]
use crate::journal::JournalError;
use crate::meeting::Refusal;
use crate::storage::{Outside, StorageError, WipeError};

/// Why something was not done. What was recorded before is safe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "mobile", derive(uniffi::Error))]
#[cfg_attr(feature = "web", derive(serde::Serialize, tsify::Tsify), serde(tag = "kind", rename_all = "snake_case"))]
pub enum SaxaulError {
    /// It may work later: the disk is full, another process holds the journal, home is busy or out of reach.
    #[error("{why}")]
    Retry {
        /// What happened, in one sentence for a person.
        why: String,
        /// So long at least, if that is known.
        after_ms: Option<u64>,
    },
    /// This device must join with an invite first, or again.
    #[error("{why}")]
    SignIn {
        /// What happened, in one sentence for a person.
        why: String,
    },
    /// It cannot be done, now or later.
    #[error("{why} ({code})")]
    Refused {
        /// Stable, for programs and for translation.
        code: String,
        /// Why it was refused, in one sentence for a person.
        why: String,
    },
    /// A mistake in this library. The journal is whole.
    #[error("a bug in the library: {what}")]
    Bug {
        /// What went wrong, for a report to the developers.
        what: String,
    },
}

impl SaxaulError {
    pub(in crate::bindings) fn refused(code: &str, why: &dyn std::fmt::Display) -> Self {
        Self::Refused { code: code.to_owned(), why: why.to_string() }
    }

    pub(in crate::bindings) fn bad_input(why: &dyn std::fmt::Display) -> Self {
        Self::refused("bad_input", why)
    }

    pub(in crate::bindings) fn retry(why: &dyn std::fmt::Display) -> Self {
        Self::Retry { why: why.to_string(), after_ms: None }
    }

    #[cfg(feature = "http")]
    pub(in crate::bindings) fn cancelled() -> Self {
        Self::retry(&"it was cancelled: what came before is kept")
    }

    #[cfg(feature = "mobile")]
    pub(in crate::bindings) fn closed() -> Self {
        Self::refused("closed", &"the journal was closed: open it again")
    }

    pub(in crate::bindings) fn read_only() -> Self {
        Self::refused("read_only", &"the journal is damaged: export what can be saved, and begin a new one")
    }
}

#[cfg(feature = "mobile")]
impl From<JournalError> for SaxaulError {
    fn from(error: JournalError) -> Self {
        let code = match &error {
            JournalError::Busy(_) | JournalError::Full(_) | JournalError::ReadOnly(_) | JournalError::Medium { .. } => {
                return Self::retry(&error);
            }
            JournalError::NotJoined => return Self::SignIn { why: error.to_string() },
            JournalError::Forked(_) => "forked",
            JournalError::NotAJournal(_) => "not_a_journal",
            JournalError::FileExists(_) => "file_exists",
            JournalError::Newer { .. } => "newer_journal",
            JournalError::Damaged { .. } => "damaged_journal",
            JournalError::NotLetIn => "not_let_in",
            JournalError::OtherHome { .. } => "other_home",
            JournalError::KeyNeeded(_) => "key_needed",
            JournalError::WrongKey(_) => "wrong_key",
            JournalError::NotEncrypted(_) => "not_encrypted",
            JournalError::CannotEncrypt => "cannot_encrypt",
        };
        Self::refused(code, &error)
    }
}

impl From<StorageError> for SaxaulError {
    fn from(error: StorageError) -> Self {
        let code = match &error {
            StorageError::Outside(Outside::NotJoined) => return Self::SignIn { why: error.to_string() },
            StorageError::Newer { .. } => "newer_journal",
            StorageError::Damaged(_) => "damaged_journal",
            StorageError::Outside(Outside::NotLetIn) => "not_let_in",
            StorageError::OtherHome(_) => "other_home",
        };
        Self::refused(code, &error)
    }
}

impl<E: std::fmt::Display> From<AppError<E>> for SaxaulError
where
    Self: From<E>,
{
    fn from(error: AppError<E>) -> Self {
        match error {
            AppError::Storage(error) => error.into(),
            AppError::Outside(Outside::NotJoined) => Self::SignIn { why: error.to_string() },
            AppError::Outside(Outside::NotLetIn) => Self::refused("not_let_in", &error),
            AppError::Lost => Self::retry(&error),
            AppError::NoEvent => Self::refused("no_event", &error),
            AppError::NothingAsked => Self::refused("nothing_asked", &error),
            AppError::Link(_) => Self::refused("bad_link", &error),
            AppError::Action(_) => Self::bad_input(&error),
            AppError::Scan(ScanError::NotABadge) => Self::refused("not_a_badge", &error),
            AppError::Scan(ScanError::BadBadge) => Self::refused("bad_badge", &error),
            AppError::Scan(ScanError::OtherEvent) => Self::refused("badge_of_other_event", &error),
            AppError::Scan(ScanError::NotScanned(_)) => Self::refused("not_scanned", &error),
            AppError::Command(command) => Self::refused(code_of(&command), &command),
            AppError::Message(_) | AppError::Receive(_) => Self::refused("bad_message", &error),
            AppError::Near(_) => Self::refused("near", &error),
            AppError::Home(refusal) => refusal.into(),
        }
    }
}

impl From<Refusal> for SaxaulError {
    fn from(refusal: Refusal) -> Self {
        let Refusal::Refused(problem) = &refusal else { return Self::retry(&refusal) };
        let after_ms = problem.retry_after_s.map(|seconds| u64::from(seconds) * 1000);
        match problem.code.as_str() {
            "busy" | "too_many_calls" | "internal" | "timeout" | "storage_full" => {
                Self::Retry { why: problem.detail.clone(), after_ms }
            }
            _ if problem.is_about_the_session() => Self::SignIn { why: problem.detail.clone() },
            code => match &problem.why {
                Some(why) => Self::refused(code, &format_args!("{} ({why})", problem.detail)),
                None => Self::refused(code, &problem.detail),
            },
        }
    }
}

impl<E: std::fmt::Display> From<WipeError<E>> for SaxaulError
where
    Self: From<E>,
{
    fn from(error: WipeError<E>) -> Self {
        match error {
            WipeError::NotOrdered => Self::refused("not_ordered", &error),
            WipeError::Unsent(_) => Self::refused("unsent", &error),
            WipeError::Storage(error) => error.into(),
        }
    }
}

/// Stable codes for what cannot be done.
fn code_of(error: &CommandError) -> &'static str {
    match error {
        CommandError::UnknownSubject(_) => "unknown_subject",
        CommandError::UnknownSite(_) => "unknown_site",
        CommandError::NothingToUndo => "nothing_to_undo",
        CommandError::SeenElsewhere(_) => "seen_elsewhere",
        CommandError::UndoInstead => "undo_instead",
        CommandError::UnknownEntry => "unknown_entry",
        CommandError::UnknownRuling(_) => "unknown_ruling",
        CommandError::Erased(_) => "erased",
        CommandError::IdTaken => "id_taken",
        CommandError::NotYourRole { .. } => "not_your_role",
        CommandError::ImpossibleReading => "impossible_reading",
        _ => "invalid",
    }
}
