//! A link by which the person who holds an organizer's device signs in to the console.

use super::{App, AppError};
use crate::meeting::{Answer, Post, Refusal};
use crate::storage::Storage;
use crate::time::{ClockReading, UnixMillis};
use crate::wire::{AskSignIn, SignInOffer};

/// A link that signs one person in to the console, once.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct SignInLink {
    /// To be opened in a browser, by nobody else: who opens it first is signed in.
    pub link: String,
    /// Until when it holds, by home's clock.
    pub expires_ms: UnixMillis,
}

impl<S: Storage> App<S> {
    /// The call that asks home for a link by which the person who holds this device signs in to the console, as an organizer
    /// of the event; `None` where home must be met first, because no exchange was made in the last minutes. `name` is what
    /// the list of sessions calls the person; 1 to 100 characters. `now` is what the device's clocks read.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn sign_in_call(&self, name: &str, now: ClockReading) -> Result<Option<Post>, AppError<S::Error>> {
        let opened = self.opened()?;
        let Some(session) = &self.session else { return Ok(None) };
        let event = opened.replica().event().to_string();
        let asks = AskSignIn { access: "organizer".to_owned(), name: name.to_owned(), event };
        Ok(session.authorized(opened, now, Post::json("/v1/sign-in-links", &asks)))
    }

    /// Takes home's answer to that call.
    ///
    /// # Errors
    /// What home says: [`Refusal::Refused`] for a device that is no organizer's.
    pub fn take_sign_in(&self, answer: &Answer) -> Result<SignInLink, AppError<S::Error>> {
        let SignInOffer { link, expires_ms } = serde_json::from_slice(answer.body()?)
            .map_err(|error| AppError::Home(Refusal::Nonsense(error.to_string())))?;
        Ok(SignInLink { link, expires_ms: UnixMillis(expires_ms) })
    }
}
