//! Talking to a home server, for whoever holds a journal: joining, sessions, exchange.
//!
//! What is said is the same over every [`Carrier`]; the one for HTTP stands apart.

mod figures;
mod http;

mod organizer;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_core::exchange::{MessageError, PAGE_LIMIT_BYTES, read_message, write_message};
use sync_core::ids::EventId;
use sync_core::journal::{Journal, JournalError, Membership, OpenReplica};
use sync_core::replica::{Progress, ReceiveError};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{PublicKey, SessionProof, Signed};

pub use self::figures::{Exchanged, Traffic};
pub use self::http::{Authority, AuthorityError, Http};
use crate::api::exchange::MEDIA_TYPE;
use crate::invite::InviteLink;
use crate::wire::{
    AskNonce, AskToken, Base64, Carried, CreateEvent, CreateInvite, CreatedInvite, Enrol, Enrolled, Events, Home,
    Nonce, ProblemDetails, Token,
};

/// Why a talk with a home server came to nothing. What was recorded is safe in the journal.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// The server cannot be reached, or the link broke. Try again.
    #[error("cannot reach {url}: {cause}")]
    Unreachable {
        /// Where.
        url: String,
        /// What was reported.
        cause: String,
    },
    /// The server said no.
    #[error("{} (code {}, request {})", .0.detail, .0.code, .0.request_id)]
    Refused(ProblemDetails),
    /// The answer makes no sense.
    #[error("the server at {url} did not answer as a home server does: {what}")]
    Nonsense {
        /// Where.
        url: String,
        /// What is wrong.
        what: String,
    },
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The answer does not fit what was asked.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// A message cannot be read.
    #[error(transparent)]
    Message(#[from] MessageError),
}

/// A call over some carrier.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Beginning with `/`.
    pub path: &'a str,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: &'a [u8],
}

/// An answer over some carrier.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// A fresh token.
    pub token: Option<String>,
    /// How many seconds to wait before trying again, if the server asks for that.
    pub retry_after_s: Option<u32>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The server has done nothing yet, and will if it is asked again after so many seconds.
    const fn asks_to_wait(&self) -> Option<u32> {
        if matches!(self.status, 429 | 503) { self.retry_after_s } else { None }
    }
}

/// Moves calls to a home server and answers back.
pub trait Carrier {
    /// Makes one call. Whether it arrived is unknown if this fails.
    ///
    /// # Errors
    /// What went wrong, in words.
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String>;
}

/// A device that talks to its home server.
pub struct Talk<C> {
    carrier: C,
    url: String,
    token: Option<String>,
    wait: Option<Box<dyn FnMut(Duration) + Send>>,
    /// What this device moved so far.
    pub traffic: Traffic,
}

/// An exchange goes on for at most so many pages before it says that something is wrong.
const PAGES_LIMIT: usize = 100_000;
/// A call is made again at most so often when home asks to wait.
const WAITS_LIMIT: usize = 8;
/// Whoever is asked to wait longer comes another time.
const LONGEST_WAIT_S: u32 = 60;

impl<C: Carrier> Talk<C> {
    /// Talks over `carrier`; `url` is for messages to people.
    pub fn over(carrier: C, url: &str) -> Self {
        Self { carrier, url: url.to_owned(), token: None, wait: None, traffic: Traffic::default() }
    }

    /// When home asks to wait, waits with `wait` and tries again, a few times for each call. Without this the error
    /// says how long: the time is the app's.
    #[must_use]
    pub fn waiting(self, wait: impl FnMut(Duration) + Send + 'static) -> Self {
        Self { wait: Some(Box::new(wait)), ..self }
    }

    fn call(&mut self, call: Call<'_>) -> Result<Answer, TalkError> {
        let mut answer = self.call_once(call)?;
        for _ in 0..WAITS_LIMIT {
            match (answer.asks_to_wait(), &mut self.wait) {
                (Some(seconds), Some(wait)) if seconds <= LONGEST_WAIT_S => wait(Duration::from_secs(seconds.into())),
                _ => break,
            }
            answer = self.call_once(call)?;
        }
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        let problem = serde_json::from_slice::<ProblemDetails>(&answer.body);
        let problem = problem.map_err(|_| self.nonsense(&format!("status {}", answer.status)))?;
        Err(TalkError::Refused(ProblemDetails { retry_after_s: answer.retry_after_s, ..problem }))
    }

    fn call_once(&mut self, call: Call<'_>) -> Result<Answer, TalkError> {
        self.traffic.calls += 1;
        self.traffic.sent += call.body.len() as u64;
        let answer =
            self.carrier.call(call).map_err(|cause| TalkError::Unreachable { url: self.url.clone(), cause })?;
        self.traffic.received += answer.body.len() as u64;
        Ok(answer)
    }

    fn nonsense(&self, what: &str) -> TalkError {
        TalkError::Nonsense { url: self.url.clone(), what: what.to_owned() }
    }

    fn json<B: Serialize, T: DeserializeOwned>(
        &mut self,
        method: &'static str,
        path: &str,
        body: &B,
    ) -> Result<T, TalkError> {
        let body = serde_json::to_vec(body).map_err(|error| self.nonsense(&error.to_string()))?;
        let authorization = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let authorization = authorization.as_deref();
        let content_type = "application/json";
        let answer = self.call(Call { method, path, authorization, content_type, body: &body })?;
        let bytes = if answer.body.is_empty() { b"null" } else { answer.body.as_slice() };
        serde_json::from_slice(bytes).map_err(|error| self.nonsense(&error.to_string()))
    }

    /// Uses an invite. Repeating it with the same journal is harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn join(&mut self, journal: &mut Journal, link: &InviteLink, name: &str) -> Result<(), TalkError> {
        let body = Enrol {
            secret: Base64(link.secret.to_vec()),
            public_key: Base64(journal.public_key().0.to_vec()),
            name: name.to_owned(),
        };
        let enrolled: Enrolled = self.json("POST", "/v1/enrol", &body)?;
        let grant = enrolled.grant.0;
        let said = grant.verify(&link.home).map_err(|_| self.nonsense("its key is not the one in the invite link"))?;
        if said.key != journal.public_key() {
            return Err(self.nonsense("it let another device in"));
        }
        Ok(journal.join(Membership { home: link.home, url: link.url.clone(), grant })?)
    }

    /// Has a nonce drawn and signs it. Returns home's time, too.
    fn prove(&mut self, journal: &Journal) -> Result<(UnixMillis, Signed<SessionProof>), TalkError> {
        let home = journal.membership().ok_or(JournalError::NotJoined)?.home;
        let device = journal.public_key().device();
        let nonce: Nonce = self.json("POST", "/v1/nonce", &AskNonce { device: device.to_string() })?;
        let bytes = nonce.nonce.0.try_into().map_err(|_| self.nonsense("its nonce has another length"))?;
        let proof = journal.key().state(&SessionProof { device, home, nonce: bytes });
        Ok((UnixMillis(nonce.home_ms), proof))
    }

    /// Begins a session for calls other than the exchange.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn sign_in(&mut self, journal: &Journal) -> Result<(), TalkError> {
        let (_, proof) = self.prove(journal)?;
        let device = journal.public_key().device().to_string();
        let token: Token = self.json("POST", "/v1/token", &AskToken { device, proof: Carried(proof) })?;
        self.token = Some(token.token);
        Ok(())
    }

    /// Exchanges with home until neither side has more: learns home's time, seals, sends and reads page by page.
    ///
    /// `clock` reads the device's clocks. `tell` hears of every page.
    ///
    /// # Errors
    /// See [`TalkError`]. What was received before is kept; the next exchange goes on from there.
    pub fn exchange(
        &mut self,
        replica: &mut OpenReplica,
        clock: &dyn Fn() -> ClockReading,
        tell: &mut dyn FnMut(&Progress),
    ) -> Result<Exchanged, TalkError> {
        let (home_ms, authorization) = self.present(replica.journal())?;
        let reading = clock();
        replica.act(|state| state.learn_home_time(reading, home_ms).map_err(never))?;
        replica.act(|state| Ok::<_, JournalError>(state.seal()))?;
        let mut total = self.exchange_pages(replica, authorization, tell)?;
        // What home refused is performed again on home's documents; a replica parks what is refused twice.
        while !total.refused.is_empty() && replica.replica().has_open_drafts() {
            replica.act(|state| Ok::<_, JournalError>(state.seal()))?;
            let authorization = self.present(replica.journal())?.1;
            let again = self.exchange_pages(replica, authorization, tell)?;
            let settled = again.refused.is_empty();
            total += again;
            if settled {
                break;
            }
        }
        Ok(total)
    }

    /// Reads what is new at home, page by page, and sends what was sealed before; seals nothing.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn read_on(&mut self, replica: &mut OpenReplica) -> Result<Exchanged, TalkError> {
        let (_, authorization) = self.present(replica.journal())?;
        self.exchange_pages(replica, authorization, &mut |_| {})
    }

    /// Signs a nonce as an `Authorization` header.
    fn present(&mut self, journal: &Journal) -> Result<(UnixMillis, String), TalkError> {
        let (home_ms, proof) = self.prove(journal)?;
        let proof = minicbor::to_vec(&proof).expect("writing to memory does not fail");
        let device = journal.public_key().device();
        Ok((home_ms, format!("Proof {device}.{}", URL_SAFE_NO_PAD.encode(proof))))
    }

    fn exchange_pages(
        &mut self,
        replica: &mut OpenReplica,
        mut authorization: String,
        tell: &mut dyn FnMut(&Progress),
    ) -> Result<Exchanged, TalkError> {
        let event = replica.replica().event();
        let home = replica.replica().home();
        let path = format!("/v1/events/{event}/exchange");
        let mut total = Exchanged::default();
        let want_bytes = u32::try_from(PAGE_LIMIT_BYTES).unwrap_or(u32::MAX);
        while total.pages < PAGES_LIMIT {
            let asked = replica.ask(home, want_bytes)?;
            let body = write_message(&asked.request);
            let page = Call { method: "POST", path: &path, authorization: None, content_type: MEDIA_TYPE, body: &body };
            let mut answered = self.call(Call { authorization: Some(&authorization), ..page });
            // A long exchange outlives its token, and a restarted server knows none.
            if let Err(TalkError::Refused(problem)) = &answered
                && problem.is_about_the_session()
            {
                authorization = self.present(replica.journal())?.1;
                answered = self.call(Call { authorization: Some(&authorization), ..page });
            }
            let answer = answered?;
            if let Some(token) = answer.token {
                authorization = format!("Bearer {token}");
                self.token = Some(token);
            }
            let response = read_message(&answer.body)?;
            let progress = replica.act(|state| state.receive(home, &asked, response).map_err(TalkError::from))?;
            total.pages += 1;
            total.delivered += progress.delivered;
            total.received += progress.received;
            total.refused.extend(progress.refused.iter().cloned());
            total.rejected.extend(progress.rejected.iter().map(ToString::to_string));
            total.home_was_restored |= progress.peer_was_restored;
            total.held += progress.held;
            total.dismissal.clone_from(&progress.dismissal);
            tell(&progress);
            if !progress.more {
                return Ok(total);
            }
        }
        Err(self.nonsense("the exchange does not come to an end"))
    }

    /// The events that are open to this device. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn events(&mut self) -> Result<Vec<EventId>, TalkError> {
        let events: Events = self.json("GET", "/v1/events", &())?;
        events.events.iter().map(|id| id.parse().map_err(|_| self.nonsense("an event's id is not one"))).collect()
    }

    /// Creates an event. Needs [`Talk::sign_in`]; repeating it is harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn create_event(&mut self, event: EventId) -> Result<(), TalkError> {
        self.json::<_, Option<()>>("POST", "/v1/events", &CreateEvent { event: event.to_string() }).map(drop)
    }

    /// Makes an invite. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn invite(&mut self, invite: &CreateInvite) -> Result<InviteLink, TalkError> {
        let created: CreatedInvite = self.json("POST", "/v1/invites", invite)?;
        created.link.parse().map_err(|_| self.nonsense("its invite link is not one"))
    }

    /// Who is at the other end.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn home_key(&mut self) -> Result<PublicKey, TalkError> {
        let home: Home = self.json("GET", "/v1/home", &())?;
        home.key.0.try_into().map(PublicKey).map_err(|_| self.nonsense("its key has another length"))
    }
}

/// An anchor is never refused: it names nobody and stands in a log.
fn never(error: sync_core::command::CommandError) -> JournalError {
    unreachable!("an anchor was refused: {error}")
}
