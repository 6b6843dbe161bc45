//! Meeting home and other phones: bytes in and out, or one call over HTTP.

use super::{HomeAnswer, HomeCall, Result, Saxaul, clocks, drawn};
use crate::app::Brought;
use crate::time::ClockReading;

#[uniffi::export]
impl Saxaul {
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
