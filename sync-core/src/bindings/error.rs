//! What an app can do about a failure.

use crate::app::action::ActionError;
use crate::app::{AppError, ScanError};
use crate::command::CommandError;
use crate::error_codes::{ErrorCode, Remedy};
#[cfg(feature = "mobile")]
use crate::journal::JournalError;
use crate::meeting::Refusal;
use crate::storage::{Outside, StorageError, WipeError};

/// Why something was not done. What was recorded before is safe. `code` is one of [`crate::error_codes`], or what a newer
/// home invented; `why` says in English what happened this time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "mobile", derive(uniffi::Error))]
#[cfg_attr(feature = "web", derive(serde::Serialize, tsify::Tsify), serde(tag = "kind", rename_all = "snake_case"))]
pub enum SaxaulError {
    /// It may work later: the disk is full, another process holds the journal, home is busy or out of reach.
    #[error("{why} ({code})")]
    Retry {
        /// Stable, for programs and for translation.
        code: String,
        /// What happened, in one sentence for a person.
        why: String,
        /// So long at least, if that is known.
        after_ms: Option<u64>,
    },
    /// This device must join with an invite first, or again.
    #[error("{why} ({code})")]
    SignIn {
        /// Stable, for programs and for translation.
        code: String,
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
    pub(in crate::bindings) fn of(code: ErrorCode, why: &dyn std::fmt::Display) -> Self {
        Self::under(code.code, code.remedy, why.to_string())
    }

    fn under(code: &str, remedy: Remedy, why: String) -> Self {
        let code = code.to_owned();
        match remedy {
            Remedy::Retry => Self::Retry { code, why, after_ms: None },
            Remedy::SignIn => Self::SignIn { code, why },
            Remedy::Refused => Self::Refused { code, why },
            Remedy::Bug => Self::Bug { what: why },
        }
    }

    #[cfg(any(feature = "http", feature = "web"))]
    pub(in crate::bindings) fn in_ms(self, ms: Option<u64>) -> Self {
        match self {
            Self::Retry { code, why, .. } => Self::Retry { code, why, after_ms: ms },
            other => other,
        }
    }

    pub(in crate::bindings) fn bad_input(why: &dyn std::fmt::Display) -> Self {
        Self::of(ErrorCode::BAD_INPUT, why)
    }

    #[cfg(feature = "http")]
    pub(in crate::bindings) fn cancelled() -> Self {
        Self::of(ErrorCode::CANCELLED, &"it was cancelled: what came before is kept")
    }

    #[cfg(feature = "mobile")]
    pub(in crate::bindings) fn closed() -> Self {
        Self::of(ErrorCode::CLOSED, &"the journal was closed: open it again")
    }

    pub(in crate::bindings) fn read_only() -> Self {
        Self::of(ErrorCode::READ_ONLY, &"the journal is damaged: export what can be saved, and begin a new one")
    }
}

/// What the app threw where the library called it.
#[cfg(feature = "mobile")]
impl From<uniffi::UnexpectedUniFFICallbackError> for SaxaulError {
    fn from(thrown: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::of(ErrorCode::APP_FAILED, &thrown.reason.lines().next().unwrap_or("it does not say why"))
    }
}

#[cfg(feature = "mobile")]
impl From<JournalError> for SaxaulError {
    fn from(error: JournalError) -> Self {
        let code = match &error {
            JournalError::Busy(_) => ErrorCode::IN_USE,
            JournalError::Full(_) => ErrorCode::DISK_FULL,
            JournalError::ReadOnly(_) => ErrorCode::CANNOT_WRITE,
            JournalError::NoPlace { .. } => ErrorCode::BAD_PATH,
            JournalError::Medium { .. } => ErrorCode::NOT_SAVED,
            JournalError::NotJoined => ErrorCode::NOT_JOINED,
            JournalError::Forked(_) => ErrorCode::FORKED,
            JournalError::NotAJournal(_) => ErrorCode::NOT_A_JOURNAL,
            JournalError::FileExists(_) => ErrorCode::FILE_EXISTS,
            JournalError::Newer { .. } => ErrorCode::NEWER_JOURNAL,
            JournalError::Damaged { .. } => ErrorCode::DAMAGED_JOURNAL,
            JournalError::NotLetIn => ErrorCode::NOT_LET_IN,
            JournalError::OtherHome { .. } => ErrorCode::OTHER_HOME,
            JournalError::KeyNeeded(_) => ErrorCode::KEY_NEEDED,
            JournalError::WrongKey(_) => ErrorCode::WRONG_KEY,
            JournalError::NotEncrypted(_) => ErrorCode::NOT_ENCRYPTED,
            JournalError::CannotEncrypt => ErrorCode::CANNOT_ENCRYPT,
        };
        Self::of(code, &error)
    }
}

impl From<StorageError> for SaxaulError {
    fn from(error: StorageError) -> Self {
        let code = match &error {
            StorageError::Outside(outside) => code_of_outside(*outside),
            StorageError::Newer { .. } => ErrorCode::NEWER_JOURNAL,
            StorageError::Damaged(_) => ErrorCode::DAMAGED_JOURNAL,
            StorageError::OtherHome(_) => ErrorCode::OTHER_HOME,
        };
        Self::of(code, &error)
    }
}

impl<E: std::fmt::Display> From<AppError<E>> for SaxaulError
where
    Self: From<E>,
{
    fn from(error: AppError<E>) -> Self {
        let code = match &error {
            AppError::Storage(_) => ErrorCode::NOT_SAVED,
            AppError::Home(_) => ErrorCode::NOT_HOME,
            AppError::Outside(outside) => code_of_outside(*outside),
            AppError::Lost => ErrorCode::REOPEN,
            AppError::NoEvent => ErrorCode::NO_EVENT,
            AppError::NothingAsked => ErrorCode::NOTHING_ASKED,
            AppError::Link(_) => ErrorCode::BAD_LINK,
            AppError::Action(ActionError::UnknownWalkIn(_)) => ErrorCode::UNKNOWN_SUBJECT,
            AppError::Action(ActionError::AcceptedAlready(_)) => ErrorCode::ID_TAKEN,
            AppError::Action(_) => ErrorCode::BAD_INPUT,
            AppError::Scan(ScanError::NotABadge) => ErrorCode::NOT_A_BADGE,
            AppError::Scan(ScanError::BadBadge) => ErrorCode::BAD_BADGE,
            AppError::Scan(ScanError::OtherEvent) => ErrorCode::BADGE_OF_OTHER_EVENT,
            AppError::Scan(ScanError::NotScanned(_)) => ErrorCode::NOT_SCANNED,
            AppError::Command(command) => code_of_command(command),
            AppError::Message(_) | AppError::Receive(_) => ErrorCode::BAD_MESSAGE,
            AppError::Near(_) => ErrorCode::NEAR,
        };
        match error {
            AppError::Storage(error) => error.into(),
            AppError::Home(refusal) => refusal.into(),
            error => Self::of(code, &error),
        }
    }
}

impl From<Refusal> for SaxaulError {
    fn from(refusal: Refusal) -> Self {
        let Refusal::Refused(problem) = &refusal else { return Self::of(ErrorCode::NOT_HOME, &refusal) };
        let after_ms = problem.retry_after_s.map(|seconds| u64::from(seconds) * 1000);
        let remedy = match ErrorCode::of(&problem.code) {
            Some(known) => known.remedy,
            // A newer home that says when to come again says that it may work then.
            None if after_ms.is_some() => Remedy::Retry,
            None => Remedy::Refused,
        };
        let why = match &problem.why {
            Some(why) => format!("{} ({why})", problem.detail),
            None => problem.detail.clone(),
        };
        Self::under(&problem.code, remedy, why).in_ms(after_ms)
    }
}

impl<E: std::fmt::Display> From<WipeError<E>> for SaxaulError
where
    Self: From<E>,
{
    fn from(error: WipeError<E>) -> Self {
        match error {
            WipeError::NotOrdered => Self::of(ErrorCode::NOT_ORDERED, &error),
            WipeError::Unsent(_) => Self::of(ErrorCode::UNSENT, &error),
            WipeError::Storage(error) => error.into(),
        }
    }
}

const fn code_of_outside(outside: Outside) -> ErrorCode {
    match outside {
        Outside::NotJoined => ErrorCode::NOT_JOINED,
        Outside::NotLetIn => ErrorCode::NOT_LET_IN,
    }
}

const fn code_of_command(error: &CommandError) -> ErrorCode {
    match error {
        CommandError::UnknownSubject(_) => ErrorCode::UNKNOWN_SUBJECT,
        CommandError::UnknownSite(_) => ErrorCode::UNKNOWN_SITE,
        CommandError::NothingToUndo => ErrorCode::NOTHING_TO_UNDO,
        CommandError::SeenElsewhere(_) => ErrorCode::SEEN_ELSEWHERE,
        CommandError::UndoInstead => ErrorCode::UNDO_INSTEAD,
        CommandError::UnknownEntry => ErrorCode::UNKNOWN_ENTRY,
        CommandError::UnknownRuling(_) => ErrorCode::UNKNOWN_RULING,
        CommandError::RetractsRetraction(_) => ErrorCode::RETRACTS_RETRACTION,
        CommandError::Erased(_) => ErrorCode::ERASED,
        CommandError::IdTaken => ErrorCode::ID_TAKEN,
        CommandError::UnknownTask(_) => ErrorCode::UNKNOWN_TASK,
        CommandError::Backwards => ErrorCode::BACKWARDS,
        CommandError::TooLong => ErrorCode::TOO_LONG,
        CommandError::MinorAtRisk { .. } => ErrorCode::MINOR_AT_RISK,
        CommandError::OwnWork => ErrorCode::OWN_WORK,
        CommandError::OtherEntry { .. } => ErrorCode::OTHER_ENTRY,
        CommandError::NotYourRole { .. } => ErrorCode::NOT_YOUR_ROLE,
        CommandError::ImpossibleReading => ErrorCode::IMPOSSIBLE_READING,
        CommandError::Invalid { .. } => ErrorCode::INVALID,
    }
}
