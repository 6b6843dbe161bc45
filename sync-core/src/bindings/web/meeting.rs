//! Meeting home and other phones: bytes in and out.

use wasm_bindgen::prelude::wasm_bindgen;

use super::{Core, Result, failed, id, read, shown, thrown};
use crate::bindings::drawn::entropy;
use crate::bindings::{HomeAnswer, HomeCall};
use crate::meeting::Answer;

/// What came back from home, whatever its status.
#[wasm_bindgen]
pub struct HomeReply(Answer);

#[wasm_bindgen]
impl HomeReply {
    /// The status, the headers `X-Saxaul-Token` and `Retry-After`, and the body.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(status: u16, token: Option<String>, retry_after_s: Option<u32>, body: Vec<u8>) -> Self {
        Self(HomeAnswer { status, token, retry_after_s, body }.into())
    }
}

#[wasm_bindgen]
impl Core {
    /// The call that asks home to let this device in; where to, the invite link says. Repeating it is harmless.
    ///
    /// # Errors
    /// The text is not an invite link.
    pub fn enrol_call(&self, link: &str, name: &str) -> Result<HomeCall> {
        HomeCall::to(link, self.app.enrol_call(link, name).map_err(failed)?).map_err(thrown)
    }

    /// The same call where home answered `gives_less`, and the person agrees: the invite takes rights away.
    ///
    /// # Errors
    /// Home's last answer was not that.
    pub fn enrol_for_less_call(&self, link: &str, name: &str) -> Result<HomeCall> {
        HomeCall::to(link, self.app.enrol_for_less_call(link, name).map_err(failed)?).map_err(thrown)
    }

    /// Takes home's answer to that call: the device is in, and works in the event of the link.
    ///
    /// # Errors
    /// What home says.
    pub fn take_enrolled(&mut self, link: &str, reply: &HomeReply) -> Result<()> {
        self.writable()?.take_enrolled(link, &reply.0).map_err(failed)
    }

    /// The call that asks home for a link to the console; none where home must be met first. `now` is what the clocks read.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn sign_in_call(&self, name: &str, now: &str) -> Result<Option<HomeCall>> {
        let url = self.app.standing().map_err(failed)?.home_url.unwrap_or_default();
        let call = self.app.sign_in_call(name, read(now)?).map_err(failed)?;
        Ok(call.map(|post| HomeCall::at(&url, post)))
    }

    /// Takes home's answer to that call.
    ///
    /// # Errors
    /// What home says.
    pub fn take_sign_in(&self, reply: &HomeReply) -> Result<String> {
        shown(self.app.take_sign_in(&reply.0))
    }

    /// Begins an exchange with home. One that was under way is given up; nothing is lost by that.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn meet_home(&mut self) -> Result<()> {
        self.writable()?.meet_home().map_err(failed)
    }

    /// The same soon after an exchange, in its session, which saves a call. `now` is what the clocks read.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn meet_home_again(&mut self, now: &str) -> Result<()> {
        let now = read(now)?;
        self.writable()?.meet_home_again(now).map_err(failed)
    }

    /// The next call to home; none when the exchange is over. Asking again without an answer, because the link broke,
    /// gives the call with half as much in it. `now` is what the clocks read.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn next_call(&mut self, now: &str) -> Result<Option<HomeCall>> {
        let now = read(now)?;
        let app = self.writable()?;
        let url = app.standing().map_err(failed)?.home_url.unwrap_or_default();
        Ok(app.next_call(now).map_err(failed)?.map(|post| HomeCall::at(&url, post)))
    }

    /// Takes home's answer to the last call.
    ///
    /// # Errors
    /// What home said. The exchange may go on with the same call.
    pub fn take_answer(&mut self, reply: &HomeReply, reading: &str) -> Result<String> {
        let reading = read(reading)?;
        shown(self.writable()?.take_answer(&reply.0, reading))
    }

    /// Greets a phone nearby that is about to ask this one: give it these bytes first.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn greet(&mut self) -> Result<Vec<u8>> {
        self.writable()?.greet(entropy()).map_err(failed)
    }

    /// Answers a request of the phone that was greeted.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn answer_near(&mut self, asking: &[u8]) -> Result<Vec<u8>> {
        self.writable()?.answer_near(asking).map_err(failed)
    }

    /// Stops answering the device that was greeted.
    pub fn stop_answering(&mut self) {
        self.app.stop_answering();
    }

    /// The next request to the phone that greeted this one so.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn ask_near(&mut self, greeting: &[u8]) -> Result<Vec<u8>> {
        self.writable()?.ask_near(greeting, entropy()).map_err(failed)
    }

    /// Takes the answer to that request. Where it says that there is more, ask again with the same greeting.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn take_near(&mut self, giving: &[u8]) -> Result<String> {
        shown(self.writable()?.take_near(giving))
    }

    /// Writes a bundle for a memory card: everything that is here and that `reader` may read; without a reader,
    /// everything.
    ///
    /// # Errors
    /// See [`crate::bindings::SaxaulError`].
    pub fn export_bundle(&mut self, reader: Option<String>) -> Result<Vec<u8>> {
        let reader = reader.map(|device| id(&device)).transpose()?;
        self.app.export_bundle(reader).map_err(failed)
    }

    /// Takes a bundle over. Repeating it is harmless.
    ///
    /// # Errors
    /// What is no bundle of this event.
    pub fn import_bundle(&mut self, bundle: &[u8]) -> Result<String> {
        shown(self.writable()?.import_bundle(bundle))
    }
}
