//! Meeting home and other phones: bytes in and out, or one call over HTTP.

use std::sync::Arc;

use super::log::{LogLevel, log};
use super::open::guarded;
use super::{HomeAnswer, HomeCall, Result, Saxaul, SaxaulError, clocks, drawn};
use crate::app::{Brought, SignInLink};
use crate::error_codes::ErrorCode;
use crate::time::ClockReading;

/// A link to a phone nearby, by the app's own radio. The other phone's app answers with [`Saxaul::greet`] and
/// [`Saxaul::answer_near`].
#[uniffi::export(with_foreign)]
pub trait NearLink: Send + Sync {
    /// What the other phone's `greet` gave; none if the link broke.
    ///
    /// # Errors
    /// What the app throws.
    fn greeting(&self) -> Result<Option<Vec<u8>>>;
    /// Sends these bytes to the other phone, whose `answer_near` gives what comes back; none if the link broke.
    ///
    /// # Errors
    /// What the app throws.
    fn ask(&self, asking: Vec<u8>) -> Result<Option<Vec<u8>>>;
}

#[uniffi::export]
impl Saxaul {
    /// Exchanges with a phone nearby until neither side has more: what is here goes there, and what the other may read comes
    /// from there. Other calls go on meanwhile. Waits for the link: call it where that is no harm.
    ///
    /// # Errors
    /// [`SaxaulError::Retry`] if the link broke, after which what came before is kept; [`SaxaulError::Refused`] if the other
    /// phone is not let into the event; what the app throws.
    pub fn exchange_near(&self, link: Arc<dyn NearLink>) -> Result<Brought> {
        let broke = || SaxaulError::of(ErrorCode::LINK_BROKE, &"the link to the other phone broke: what came is kept");
        let told = |told: Result<Result<Option<Vec<u8>>>>| told.and_then(|told| told)?.ok_or_else(broke);
        let greeting = told(guarded(|| link.greeting()))?;
        let mut total = Brought::default();
        loop {
            let asking = self.ask_near(greeting.clone())?;
            let brought = self.take_near(told(guarded(|| link.ask(asking)))?)?;
            total.add(&brought);
            if !brought.more {
                log(LogLevel::Info, &format_args!("met a phone nearby: {}", total.in_words()));
                return Ok(total);
            }
        }
    }

    /// The call that asks home for a link by which the person who holds this device signs in to the console, as an organizer
    /// of the event; none where home must be met first, because no exchange was made in the last minutes. `name` is what the
    /// list of sessions calls the person. Without `now` the device's clocks are read.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    #[uniffi::method(default(now = None))]
    pub fn sign_in_call(&self, name: String, now: Option<ClockReading>) -> Result<Option<HomeCall>> {
        let now = now.unwrap_or_else(clocks);
        self.read(|app| {
            let url = app.standing()?.home_url.unwrap_or_default();
            Ok(app.sign_in_call(&name, now)?.map(|post| HomeCall::at(&url, post)))
        })
    }

    /// Takes home's answer to that call.
    ///
    /// # Errors
    /// What home says: [`SaxaulError::Refused`] with `not_your_role` for a device that is no organizer's.
    pub fn take_sign_in(&self, answer: HomeAnswer) -> Result<SignInLink> {
        self.read(|app| Ok(app.take_sign_in(&answer.into())?))
    }

    /// Begins an exchange with home. One that was under way is given up; nothing is lost by that.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn meet_home(&self) -> Result<()> {
        self.write(|app| Ok(app.meet_home()?))
    }

    /// The same soon after an exchange, in its session, as long as that is good: what is new goes out with the first call,
    /// and one call is saved. `now` is what the device's clocks read; without it they are read here.
    ///
    /// # Errors
    /// See [`super::SaxaulError`].
    #[uniffi::method(default(now = None))]
    pub fn meet_home_again(&self, now: Option<ClockReading>) -> Result<()> {
        let now = now.unwrap_or_else(clocks);
        self.write(|app| Ok(app.meet_home_again(now)?))
    }

    /// The next call to home; none when the exchange is over. Asking again without an answer, because the link
    /// broke, gives the call with half as much in it. `now` is what the device's clocks read; without it they are read here.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    #[uniffi::method(default(now = None))]
    pub fn next_call(&self, now: Option<ClockReading>) -> Result<Option<HomeCall>> {
        let now = now.unwrap_or_else(clocks);
        self.write(|app| {
            let url = app.standing()?.home_url.unwrap_or_default();
            Ok(app.next_call(now)?.map(|post| HomeCall::at(&url, post)))
        })
    }

    /// Takes home's answer to the last call. `reading` is what the device's clocks read when it came; without it they are
    /// read here.
    ///
    /// # Errors
    /// What home said. The exchange may go on with the same call.
    #[uniffi::method(default(reading = None))]
    pub fn take_answer(&self, answer: HomeAnswer, reading: Option<ClockReading>) -> Result<Brought> {
        let reading = reading.unwrap_or_else(clocks);
        self.write(|app| Ok(app.take_answer(&answer.into(), reading)?))
    }

    /// Greets a phone nearby that is about to ask this one: give it these bytes first.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn greet(&self) -> Result<Vec<u8>> {
        self.write(|app| Ok(app.greet(drawn::entropy())?))
    }

    /// Answers a request of the phone that was greeted.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn answer_near(&self, asking: Vec<u8>) -> Result<Vec<u8>> {
        self.write(|app| Ok(app.answer_near(&asking)?))
    }

    /// Stops answering.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn stop_answering(&self) -> Result<()> {
        self.write(|app| {
            app.stop_answering();
            Ok(())
        })
    }

    /// The next request to the phone that greeted this one so.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn ask_near(&self, greeting: Vec<u8>) -> Result<Vec<u8>> {
        self.write(|app| Ok(app.ask_near(&greeting, drawn::entropy())?))
    }

    /// Takes the answer to that request. Where it says that there is more, ask again with the same greeting.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn take_near(&self, giving: Vec<u8>) -> Result<Brought> {
        self.write(|app| Ok(app.take_near(&giving)?))
    }
}
