//! One call for an app that brings no radio of its own.

use std::sync::Arc;

use super::open::guarded;
use super::{HomeAnswer, HomeCall, Result, Saxaul, SaxaulError};
use crate::app::Brought;
use crate::bindings::http::Http;
use crate::meeting::{Call, Carrier};
use crate::time::ClockReading;

/// A link that broke is tried again so often.
const TRIES: u32 = 5;
/// After the first failure; twice as long after each further one.
const FIRST_WAIT_MS: u64 = 1000;
/// Whoever is asked to wait longer comes another time.
const LONGEST_WAIT_MS: u64 = 60_000;

/// An app that watches an exchange: its clocks, its patience.
#[uniffi::export(with_foreign)]
pub trait Pace: Send + Sync {
    /// What the device's clocks read now.
    fn reading(&self) -> ClockReading;
    /// Hears of every page; false gives the exchange up. What came before is kept.
    fn goes_on(&self, brought: Brought) -> bool;
    /// Waits so long, by the app's own timer; false gives the exchange up.
    fn waits(&self, ms: u64) -> bool;
}

#[uniffi::export]
impl Saxaul {
    /// Joins with an invite link over HTTP. Waits for the network: call it where that is no harm.
    ///
    /// # Errors
    /// [`SaxaulError::Retry`] if home cannot be reached, and what home says.
    pub fn join_http(&self, link: String, name: String) -> Result<()> {
        let call = self.enrol_call(link.clone(), name)?;
        self.take_enrolled(link, post(&call)?)
    }

    /// The same where home answered `gives_less`, and the person agrees: the invite takes rights away.
    ///
    /// # Errors
    /// As for [`Saxaul::join_http`]; [`SaxaulError::Refused`] if home's last answer was not that.
    pub fn join_for_less_http(&self, link: String, name: String) -> Result<()> {
        let call = self.enrol_for_less_call(link.clone(), name)?;
        self.take_enrolled(link, post(&call)?)
    }

    /// Exchanges with home over HTTP until neither side has more, at `url` or where the invite link said. Waits for the
    /// network: call it where that is no harm. Other calls of this object go on meanwhile.
    ///
    /// # Errors
    /// [`SaxaulError::Retry`] if home cannot be reached or the app gave up; what home says.
    pub fn exchange_http(&self, url: Option<String>, pace: Arc<dyn Pace>) -> Result<Brought> {
        self.meet_home_again(guarded(|| pace.reading())?)?;
        let mut total = Brought::default();
        while let Some(call) = self.next_call(guarded(|| pace.reading())?)? {
            let answer = self.patiently(at(url.as_deref(), call), url.as_deref(), &*pace)?;
            let reading = guarded(|| pace.reading())?;
            let brought = self.take_answer(answer, reading)?;
            total.add(&brought);
            if !guarded(|| pace.goes_on(brought))? {
                return Err(SaxaulError::retry(&"the app gave up"));
            }
        }
        total.more = false;
        Ok(total)
    }
}

impl Saxaul {
    /// Makes a call; again after a while, if home asked for that, and with less in it, if the link broke.
    fn patiently(&self, mut call: HomeCall, url: Option<&str>, pace: &dyn Pace) -> Result<HomeAnswer> {
        let mut wait_ms = FIRST_WAIT_MS;
        for _ in 1..TRIES {
            let (asked, broke) = match post(&call) {
                Ok(answer) if matches!(answer.status, 429 | 503) => {
                    (answer.retry_after_s.map(|s| u64::from(s) * 1000), false)
                }
                Ok(answer) => return Ok(answer),
                Err(SaxaulError::Retry { .. }) => (None, true),
                Err(error) => return Err(error),
            };
            let ms = asked.unwrap_or(wait_ms);
            if ms > LONGEST_WAIT_MS {
                return Err(SaxaulError::Retry { why: "home asks to come later".to_owned(), after_ms: Some(ms) });
            }
            if !guarded(|| pace.waits(ms))? {
                return Err(SaxaulError::retry(&"the app gave up"));
            }
            wait_ms *= 2;
            if broke && let Some(shorter) = self.next_call(guarded(|| pace.reading())?)? {
                call = at(url, shorter);
            }
        }
        post(&call)
    }
}

/// The same call at another address of home.
fn at(url: Option<&str>, call: HomeCall) -> HomeCall {
    let path = call.url.find("/v1/").map(|from| call.url[from..].to_owned());
    match (url, path) {
        (Some(url), Some(path)) => HomeCall { url: format!("{}{path}", url.trim_end_matches('/')), ..call },
        _ => call,
    }
}

fn post(call: &HomeCall) -> Result<HomeAnswer> {
    let at = call.url.find("/v1/").ok_or_else(|| SaxaulError::bad_input(&"this is not an address of home"))?;
    let (url, path) = call.url.split_at(at);
    let (authorization, content_type) = (call.authorization.as_deref(), call.content_type.as_str());
    let call = Call { method: "POST", path, authorization, content_type, body: &call.body };
    let answer = Http::to(url).call(call).map_err(|cause| SaxaulError::retry(&cause))?;
    let crate::meeting::Answer { status, token, retry_after_s, body } = answer;
    Ok(HomeAnswer { status, token, retry_after_s, body })
}
