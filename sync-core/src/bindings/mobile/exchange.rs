//! Meeting home and other phones: bytes in and out, or one call over HTTP.

use super::{Result, Saxaul, SaxaulError, open};
use crate::app::Brought;
use crate::invite::InviteLink;
use crate::meeting::{Answer, Post};
use crate::time::ClockReading;

/// A call to make: `POST` these bytes to this address with these headers.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Record)]
pub struct HomeCall {
    /// The whole address.
    pub url: String,
    /// The header `Authorization`; none is left out.
    pub authorization: Option<String>,
    /// The header `Content-Type`.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// What came back, whatever its status.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Record)]
pub struct HomeAnswer {
    /// HTTP status.
    pub status: u16,
    /// The header `X-Saxaul-Token`.
    pub token: Option<String>,
    /// The header `Retry-After`, in seconds.
    pub retry_after_s: Option<u32>,
    /// The body.
    pub body: Vec<u8>,
}

impl HomeCall {
    pub(super) fn to(link: &str, post: Post) -> Result<Self> {
        let link: InviteLink = link.parse().map_err(|error| SaxaulError::refused("bad_link", &error))?;
        Ok(Self::at(&link.url, post))
    }

    fn at(url: &str, post: Post) -> Self {
        Self {
            url: format!("{url}{}", post.path),
            authorization: post.authorization,
            content_type: post.content_type.to_owned(),
            body: post.body,
        }
    }
}

impl From<HomeAnswer> for Answer {
    fn from(HomeAnswer { status, token, retry_after_s, body }: HomeAnswer) -> Self {
        Self { status, token, retry_after_s, body }
    }
}

#[uniffi::export]
impl Saxaul {
    /// Begins an exchange with home. One that was under way is given up; nothing is lost by that.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn meet_home(&self) -> Result<()> {
        self.write(|app| Ok(app.meet_home()?))
    }

    /// The next call to home; none when the exchange is over. Asking again without an answer gives the same call, for a
    /// link that broke.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn next_call(&self) -> Result<Option<HomeCall>> {
        self.write(|app| {
            let url = app.standing()?.home_url.unwrap_or_default();
            Ok(app.next_call()?.map(|post| HomeCall::at(&url, post)))
        })
    }

    /// Takes home's answer to the last call.
    ///
    /// # Errors
    /// What home said. The exchange may go on with the same call.
    pub fn take_answer(&self, answer: HomeAnswer, reading: ClockReading) -> Result<Brought> {
        self.write(|app| Ok(app.take_answer(&answer.into(), reading)?))
    }

    /// Greets a phone nearby that is about to ask this one: give it these bytes first.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn greet(&self) -> Result<Vec<u8>> {
        self.write(|app| Ok(app.greet(open::entropy())?))
    }

    /// Answers a request of the phone that was greeted.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn answer_near(&self, asking: Vec<u8>) -> Result<Vec<u8>> {
        self.write(|app| Ok(app.answer_near(&asking)?))
    }

    /// Stops answering.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn stop_answering(&self) -> Result<()> {
        self.write(|app| {
            app.stop_answering();
            Ok(())
        })
    }

    /// The next request to the phone that greeted this one so.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn ask_near(&self, greeting: Vec<u8>) -> Result<Vec<u8>> {
        self.write(|app| Ok(app.ask_near(&greeting)?))
    }

    /// Takes the answer to that request. Where it says that there is more, ask again with the same greeting.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn take_near(&self, giving: Vec<u8>) -> Result<Brought> {
        self.write(|app| Ok(app.take_near(&giving)?))
    }
}
