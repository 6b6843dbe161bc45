//! What a scanned code means in the event that the app works in.

use std::collections::VecDeque;

use super::{Action, App, AppError, PersonRow};
use crate::documents::log::Method;
use crate::ids::Subject;
use crate::replica::ledger::BadgeError;
use crate::scan::{ScannedText, read_scanned};
use crate::storage::Storage;

/// So many of the newest badges are remembered: a person who scans a whole team in and then says where they are.
const REMEMBERED: usize = 256;

/// What a scanned code means here.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScannedCode {
    /// A badge of this event, signed by home or by an organizer of the event.
    Badge {
        /// Under this id its bearer is checked in, with the method `qr`.
        subject: Subject,
    },
    /// A badge of another event.
    OtherEvent,
    /// It looks like a badge, and nobody who may sign badges of this event signed it: it is damaged or forged.
    BadBadge,
    /// An invite link, with which a device joins.
    Invite {
        /// The link, for joining.
        link: String,
    },
    /// A service letter: home says whether it holds, at the address that was scanned.
    Letter,
    /// Nothing of Saxaul's. It may be a code of a list: search for it.
    Other,
}

/// The bearer of a badge that was scanned.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Bearer {
    /// Under this id they are checked in, with the method `qr`.
    pub subject: Subject,
    /// What is known of them; none if they are newer than what this device knows of the roster.
    pub person: Option<PersonRow>,
}

/// Why nobody can be checked in by what was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// It is no badge.
    #[error("this is not a badge of Saxaul: search for the person by name or code")]
    NotABadge,
    /// Nobody who may sign badges of this event signed it.
    #[error("this badge is damaged or forged: search for the person by name or code")]
    BadBadge,
    /// It is a badge of another event.
    #[error("this badge is for another event: search for the person by name or code, or register a walk-in")]
    OtherEvent,
    /// Somebody is to be checked in by a badge that was not scanned.
    #[error("no badge of {0} was scanned: scan it first, or say how they were found")]
    NotScanned(Subject),
}

/// Whose badges were scanned and believed since the app was opened, the newest last.
#[derive(Default)]
pub(super) struct ScannedBadges(VecDeque<Subject>);

impl ScannedBadges {
    fn remember(&mut self, subject: Subject) {
        self.0.retain(|other| *other != subject);
        self.0.push_back(subject);
        if self.0.len() > REMEMBERED {
            self.0.pop_front();
        }
    }

    /// # Errors
    /// [`ScanError::NotScanned`] for an action that says that somebody's badge was scanned, if none was.
    pub fn check(&self, action: &Action) -> Result<(), ScanError> {
        match action {
            Action::CheckIn { subject, method: Method::Qr, .. }
            | Action::CheckOut { subject, method: Method::Qr, .. }
            | Action::NoShow { subject, method: Method::Qr, .. }
                if !self.0.contains(subject) =>
            {
                Err(ScanError::NotScanned(*subject))
            }
            _ => Ok(()),
        }
    }
}

impl<S: Storage> App<S> {
    /// Says what a scanned code means here. The bearer of a badge may be checked in with the method `qr` from now on, until
    /// the app is closed or works in another event.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn read_code(&mut self, text: &str) -> Result<ScannedCode, AppError<S::Error>> {
        Ok(match read_scanned(text) {
            ScannedText::Badge(badge) => match self.opened()?.replica().ledger().believe(&badge) {
                Ok(subject) => {
                    self.scanned.remember(subject);
                    ScannedCode::Badge { subject }
                }
                Err(BadgeError::OtherEvent) => ScannedCode::OtherEvent,
                Err(BadgeError::Forged) => ScannedCode::BadBadge,
            },
            ScannedText::NoBadge => ScannedCode::BadBadge,
            ScannedText::Invite(link) => ScannedCode::Invite { link: link.to_string() },
            ScannedText::Letter(_) => ScannedCode::Letter,
            ScannedText::Other => ScannedCode::Other,
        })
    }

    /// Reads a badge at a gate: the same as [`App::read_code`], for an app that wants a bearer or a reason.
    ///
    /// # Errors
    /// [`AppError::Scan`] for everything but a badge of this event; [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn scan(&mut self, text: &str) -> Result<Bearer, AppError<S::Error>> {
        Err(AppError::Scan(match self.read_code(text)? {
            ScannedCode::Badge { subject } => return Ok(Bearer { subject, person: self.person(subject)? }),
            ScannedCode::OtherEvent => ScanError::OtherEvent,
            ScannedCode::BadBadge => ScanError::BadBadge,
            ScannedCode::Invite { .. } | ScannedCode::Letter | ScannedCode::Other => ScanError::NotABadge,
        }))
    }
}
