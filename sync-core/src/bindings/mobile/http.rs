//! Joining and exchanging over HTTP, for an app that brings no radio of its own.
//!
//! One exchange at a time: whoever asks for another while one is under way waits for that one, and is told the same. The
//! thread that makes a call knows bytes and no journal, so an exchange ends at once when it is cancelled or the journal is
//! closed, whatever the network does.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::cancel::Cancel;
use super::log::{LogLevel, log};
use super::open::guarded;
use super::{HomeAnswer, HomeCall, Result, Saxaul, SaxaulError};
use crate::app::{Brought, SignInLink};
use crate::bindings::http::Http;
use crate::error_codes::ErrorCode;
use crate::meeting::{Answer, Call, Carrier};

/// A link that broke is tried again so often.
const TRIES: u32 = 5;
/// After the first failure; twice as long after each further one.
const FIRST_WAIT_MS: u64 = 1000;
/// Whoever is asked to wait longer comes another time.
const LONGEST_WAIT_MS: u64 = 60_000;

/// An app that watches an exchange, and waits by a timer of its own. Without one the library waits by itself, and goes on to the
/// end.
#[uniffi::export(with_foreign)]
pub trait Pace: Send + Sync {
    /// Hears of every page; false gives the exchange up. What came before is kept.
    ///
    /// # Errors
    /// What the app throws ends the exchange.
    fn goes_on(&self, brought: Brought) -> Result<bool>;
    /// Waits so long; false gives the exchange up.
    ///
    /// # Errors
    /// What the app throws ends the exchange.
    fn waits(&self, ms: u64) -> Result<bool>;
}

/// What an exchange came to, for everybody who waits for it.
#[derive(Default)]
pub(super) struct Running {
    cancel: Arc<Cancel>,
    ended: Mutex<Option<Result<Brought>>>,
    waiting: Mutex<Vec<Arc<Cancel>>>,
}

impl Running {
    fn ended(&self) -> Option<Result<Brought>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn end(&self, with: Result<Brought>) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(with);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|waiting| waiting.wake());
    }

    fn wait(&self, cancel: &Arc<Cancel>) -> Result<Brought> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(cancel));
        cancel.wait_until(|| self.ended()).unwrap_or_else(|| Err(SaxaulError::cancelled()))
    }

    /// Ends it as if whoever began it had.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }
}

#[uniffi::export]
impl Saxaul {
    /// Joins with an invite link over HTTP. Waits for the network: call it where that is no harm. `cancel` ends it.
    ///
    /// # Errors
    /// [`SaxaulError::Retry`] if home cannot be reached, and what home says.
    #[uniffi::method(default(cancel = None))]
    pub fn join_http(&self, link: String, name: String, cancel: Option<Arc<Cancel>>) -> Result<()> {
        let call = self.enrol_call(link.clone(), name)?;
        self.take_enrolled(link, post(call, &cancel.unwrap_or_default())?)
    }

    /// The same where home answered `gives_less`, and the person agrees: the invite takes rights away.
    ///
    /// # Errors
    /// As for [`Saxaul::join_http`]; [`SaxaulError::Refused`] if home's last answer was not that.
    #[uniffi::method(default(cancel = None))]
    pub fn join_for_less_http(&self, link: String, name: String, cancel: Option<Arc<Cancel>>) -> Result<()> {
        let call = self.enrol_for_less_call(link.clone(), name)?;
        self.take_enrolled(link, post(call, &cancel.unwrap_or_default())?)
    }

    /// Exchanges with home over HTTP until neither side has more, at `url` or where the invite link said. Waits for the
    /// network: call it where that is no harm. Other calls of this object go on meanwhile. While an exchange is under way,
    /// another one is not begun: whoever asks waits for it. `cancel` ends it at once.
    ///
    /// # Errors
    /// [`SaxaulError::Retry`] if home cannot be reached, or it was cancelled; what home says.
    #[uniffi::method(default(url = None, pace = None, cancel = None))]
    pub fn exchange_http(
        &self,
        url: Option<String>,
        pace: Option<Arc<dyn Pace>>,
        cancel: Option<Arc<Cancel>>,
    ) -> Result<Brought> {
        self.exchange_for(url.as_deref(), pace.as_deref(), &cancel.unwrap_or_default())
    }

    /// A link by which the person who holds this device signs in to the console, as an organizer of the event: good once, for
    /// a quarter of an hour. `name` is what the list of sessions calls the person. Exchanges with home first where that was
    /// not done in the last minutes; waits for the network.
    ///
    /// # Errors
    /// [`SaxaulError::Retry`] if home cannot be reached; [`SaxaulError::Refused`] with `not_your_role` for a device that is no
    /// organizer's.
    #[uniffi::method(default(url = None, cancel = None))]
    pub fn sign_in_link_http(
        &self,
        name: String,
        url: Option<String>,
        cancel: Option<Arc<Cancel>>,
    ) -> Result<SignInLink> {
        let (cancel, url) = (cancel.unwrap_or_default(), url.as_deref());
        let call = match self.sign_in_call(name.clone(), None)? {
            Some(call) => call,
            None => {
                self.exchange_for(url, None, &cancel)?;
                let no_session = || SaxaulError::of(ErrorCode::NO_SESSION, &"home's clock cannot be right: ask later");
                self.sign_in_call(name, None)?.ok_or_else(no_session)?
            }
        };
        self.take_sign_in(post(at(url, call), &cancel)?)
    }
}

/// Whose exchange is under way.
enum Begun {
    /// The caller's.
    Here(Arc<Running>),
    /// Somebody else's, which began before.
    Elsewhere(Arc<Running>),
}

impl Saxaul {
    /// Exchanges, or waits for the exchange that is under way.
    pub(super) fn exchange_for(
        &self,
        url: Option<&str>,
        pace: Option<&dyn Pace>,
        cancel: &Arc<Cancel>,
    ) -> Result<Brought> {
        let running = loop {
            match self.begin_or_join(cancel) {
                Begun::Here(running) => break running,
                Begun::Elsewhere(running) => {
                    let ended = running.wait(cancel);
                    // Whoever began it gave it up; whoever waited for it did not.
                    let was_given_up = matches!(&ended, Err(error) if *error == SaxaulError::cancelled());
                    if was_given_up && !cancel.is_cancelled() {
                        continue;
                    }
                    return ended;
                }
            }
        };
        let ended = guarded(|| self.exchange(url, pace, &running.cancel)).and_then(|ended| ended);
        match &ended {
            Ok(brought) => log(LogLevel::Info, &format_args!("exchanged with home: {}", brought.in_words())),
            Err(error) => log(LogLevel::Warning, &format_args!("the exchange with home ended: {error}")),
        }
        *self.exchanging.lock().unwrap_or_else(PoisonError::into_inner) = None;
        running.end(ended.clone());
        ended
    }

    fn begin_or_join(&self, cancel: &Arc<Cancel>) -> Begun {
        let mut exchanging = self.exchanging.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(under_way) = &*exchanging {
            return Begun::Elsewhere(Arc::clone(under_way));
        }
        let running = Arc::new(Running { cancel: Arc::clone(cancel), ..Running::default() });
        *exchanging = Some(Arc::clone(&running));
        Begun::Here(running)
    }

    fn exchange(&self, url: Option<&str>, pace: Option<&dyn Pace>, cancel: &Arc<Cancel>) -> Result<Brought> {
        self.meet_home_again(None)?;
        let mut total = Brought::default();
        while let Some(call) = self.next_call(None)? {
            let answer = self.patiently(at(url, call), url, Waiting { pace, cancel })?;
            let brought = self.take_answer(answer, None).map_err(|error| match error {
                SaxaulError::Refused { code, .. } if code == ErrorCode::NOTHING_ASKED.code => SaxaulError::of(
                    ErrorCode::CANCELLED,
                    &"the app began to work in another event, or began another exchange: what came before is kept",
                ),
                other => other,
            })?;
            total.add(&brought);
            let goes_on = pace.map_or(Ok(true), |pace| guarded(|| pace.goes_on(brought)).and_then(|told| told))?;
            if !goes_on || cancel.is_cancelled() {
                return Err(SaxaulError::cancelled());
            }
        }
        total.more = false;
        Ok(total)
    }

    /// Makes a call; again after a while, if home asked for that, and with less in it, if the link broke.
    fn patiently(&self, mut call: HomeCall, url: Option<&str>, waiting: Waiting<'_>) -> Result<HomeAnswer> {
        let cancel = waiting.cancel;
        let mut wait_ms = FIRST_WAIT_MS;
        for _ in 1..TRIES {
            let (asked, broke) = match post(call.clone(), cancel) {
                Ok(answer) if matches!(answer.status, 429 | 503) => {
                    (answer.retry_after_s.map(|s| u64::from(s) * 1000), false)
                }
                Ok(answer) => return Ok(answer),
                Err(SaxaulError::Retry { .. }) if !cancel.is_cancelled() => (None, true),
                Err(error) => return Err(error),
            };
            let ms = asked.unwrap_or(wait_ms);
            if ms > LONGEST_WAIT_MS {
                return Err(SaxaulError::of(ErrorCode::COME_LATER, &"home asks to come later").in_ms(Some(ms)));
            }
            if !waiting.waits(ms)? {
                return Err(SaxaulError::cancelled());
            }
            wait_ms *= 2;
            if broke && let Some(shorter) = self.next_call(None)? {
                call = at(url, shorter);
            }
        }
        post(call, cancel)
    }
}

/// How an exchange waits before it tries again.
#[derive(Clone, Copy)]
struct Waiting<'a> {
    pace: Option<&'a dyn Pace>,
    cancel: &'a Arc<Cancel>,
}

impl Waiting<'_> {
    /// Waits so long; false if the exchange is given up.
    fn waits(self, ms: u64) -> Result<bool> {
        let goes_on = match self.pace {
            Some(pace) => guarded(|| pace.waits(ms)).and_then(|waited| waited)?,
            None => self.cancel.wait(Duration::from_millis(ms)),
        };
        Ok(goes_on && !self.cancel.is_cancelled())
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

/// Makes a call on a thread of its own, which is left alone when the call is cancelled.
fn post(call: HomeCall, cancel: &Arc<Cancel>) -> Result<HomeAnswer> {
    let answered = Arc::new(Mutex::new(None));
    let (calling, caller) = (Arc::clone(&answered), Arc::clone(cancel));
    let name = "saxaul call".to_owned();
    let call = std::thread::Builder::new().name(name).spawn(move || {
        let answer = guarded(|| send(&call)).and_then(|sent| sent);
        *calling.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        caller.wake();
    });
    call.map_err(|error| SaxaulError::of(ErrorCode::NO_THREAD, &error))?;
    let taken = || answered.lock().unwrap_or_else(PoisonError::into_inner).take();
    cancel.wait_until(taken).unwrap_or_else(|| Err(SaxaulError::cancelled()))
}

fn send(call: &HomeCall) -> Result<HomeAnswer> {
    let at = call.url.find("/v1/").ok_or_else(|| SaxaulError::bad_input(&"this is not an address of home"))?;
    let (url, path) = call.url.split_at(at);
    let (authorization, content_type) = (call.authorization.as_deref(), call.content_type.as_str());
    let sent_bytes = call.body.len();
    let call = Call { method: "POST", path, authorization, content_type, body: &call.body };
    let answer = Http::to(url)
        .call(call)
        .map_err(|cause| SaxaulError::of(ErrorCode::OFFLINE, &format_args!("{url}: {cause}")))?;
    let Answer { status, token, retry_after_s, body } = answer;
    log(LogLevel::Debug, &format_args!("{url}: {sent_bytes} bytes sent, status {status}, {} bytes back", body.len()));
    Ok(HomeAnswer { status, token, retry_after_s, body })
}
