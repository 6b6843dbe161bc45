//! Why an app's wish was not granted.

use super::action::ActionError;
use super::near::NearError;
use super::scanning::ScanError;
use crate::command::CommandError;
use crate::exchange::MessageError;
use crate::invite::LinkError;
use crate::meeting::{MeetingError, Refusal};
use crate::replica::ReceiveError;
use crate::replica::answer::AnswerError;
use crate::storage::Outside;

/// Why an app's wish was not granted. What was recorded is safe.
#[derive(Debug, thiserror::Error)]
pub enum AppError<E> {
    /// The storage failed; the storage's own error says how.
    #[error("{0}")]
    Storage(E),
    /// The storage failed before, and the app must be opened anew.
    #[error("the app lost its storage: open it again")]
    Lost,
    /// No event was chosen.
    #[error("no event was chosen: join with an invite, or choose one")]
    NoEvent,
    /// There is nobody to whom this could be an answer.
    #[error("no exchange is under way: begin one")]
    NothingAsked,
    /// The device has not joined, or was not let in there.
    #[error(transparent)]
    Outside(#[from] Outside),
    /// The text is not an invite link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// What is asked for cannot be meant.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// Nobody can be checked in by what was scanned.
    #[error(transparent)]
    Scan(ScanError),
    /// What is asked for cannot be done.
    #[error(transparent)]
    Command(CommandError),
    /// Home said no, or something that no home says.
    #[error(transparent)]
    Home(#[from] Refusal),
    /// A message cannot be read.
    #[error(transparent)]
    Message(MessageError),
    /// An answer does not fit what was asked.
    #[error(transparent)]
    Receive(ReceiveError),
    /// Another device was not understood, or not believed.
    #[error(transparent)]
    Near(#[from] NearError),
}

impl<E> From<MeetingError<E>> for AppError<E> {
    fn from(error: MeetingError<E>) -> Self {
        match error {
            MeetingError::Home(refusal) => Self::Home(refusal),
            MeetingError::Storage(error) => Self::Storage(error),
            MeetingError::Receive(error) => Self::Receive(error),
            MeetingError::Message(error) => Self::Message(error),
        }
    }
}

impl<E> From<AnswerError<E>> for AppError<E> {
    fn from(error: AnswerError<E>) -> Self {
        match error {
            AnswerError::NotLetIn => Self::Near(NearError::Stranger),
            AnswerError::OtherEvent => Self::Near(NearError::OtherEvent),
            AnswerError::TooMany => Self::Near(NearError::Malformed),
            AnswerError::Source(error) => Self::Storage(error),
        }
    }
}

/// What a storage reports, on its way through a replica.
pub(super) struct Through<E>(pub AppError<E>);

impl<E> From<E> for Through<E> {
    fn from(error: E) -> Self {
        Self(AppError::Storage(error))
    }
}
