//! Talking to a home server, for whoever holds a journal: joining, sessions, exchange.
//!
//! What is said is the same over every [`Carrier`]; the one for HTTP stands apart.

mod figures;

mod organizer;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_core::exchange::MessageError;
use sync_core::ids::{EventId, NodeId};
use sync_core::journal::{Journal, JournalError, OpenReplica};
use sync_core::meeting::{Meeting, MeetingError, Refusal, Session, enrol, take_enrolled};
use sync_core::replica::{Progress, ReceiveError};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{PublicKey, SessionProof, Signed};

pub use sync_core::bindings::http::{Authority, AuthorityError, Http};
pub use sync_core::meeting::{Answer, Call, Carrier, Exchanged, asks_to_lose};

pub use self::figures::Traffic;
use crate::invite::InviteLink;
use crate::print::OneLine;
use crate::wire::{
    AskNonce, AskToken, Carried, CreateEvent, CreateInvite, CreatedInvite, EnrolOutcome, Events, Home, Nonce,
    ProblemDetails, Token,
};

/// Why a talk with a home server came to nothing. What was recorded is safe in the journal.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// The server cannot be reached, or the link broke. Try again.
    #[error("cannot reach {url}: {cause}")]
    Unreachable {
        /// The address of the home server.
        url: String,
        /// What the carrier reported.
        cause: String,
    },
    /// The server said no.
    #[error("{} (code {}, request {})", detail_and_why(.0), .0.code, .0.request_id)]
    Refused(ProblemDetails),
    /// The answer makes no sense.
    #[error("the server at {url} did not answer as a home server does: {what}")]
    Nonsense {
        /// The address of the server that answered.
        url: String,
        /// What is wrong with the answer.
        what: String,
    },
    /// The journal could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The answer does not fit what was asked.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// A message cannot be read.
    #[error(transparent)]
    Message(#[from] MessageError),
}

/// What the server said, with what is wrong with one part of the request.
fn detail_and_why(problem: &ProblemDetails) -> String {
    match &problem.why {
        Some(why) => format!("{}: {}", problem.detail.trim_end_matches('.'), OneLine(why)),
        None => problem.detail.clone(),
    }
}

impl TalkError {
    /// Whether the server was found, and its certificate was not believed.
    #[must_use]
    pub fn is_about_certificate(&self) -> bool {
        matches!(self, Self::Unreachable { cause, .. } if cause.contains("certificate"))
    }
}

/// A device that talks to its home server.
pub struct Talk<C> {
    carrier: C,
    url: String,
    token: Option<String>,
    session: Option<Session>,
    wait: Option<Box<dyn FnMut(Duration) + Send>>,
    /// What this device moved so far.
    pub traffic: Traffic,
}

/// An invite that home made.
pub struct MadeInvite {
    /// To be shown as a code, or sent to one person.
    pub link: InviteLink,
    /// What home could not check of it.
    pub notes: Vec<String>,
}

/// A call is made again at most so often when home asks to wait.
const WAITS_LIMIT: usize = 8;
/// Whoever is asked to wait longer comes another time.
const LONGEST_WAIT_S: u32 = 60;

impl<C: Carrier> Talk<C> {
    /// Talks over `carrier`; `url` is for messages to people.
    pub fn over(carrier: C, url: &str) -> Self {
        Self { carrier, url: url.to_owned(), token: None, session: None, wait: None, traffic: Traffic::default() }
    }

    /// When home asks to wait, waits with `wait` and tries again, a few times for each call. Without this the error
    /// says how long: the time is the app's.
    #[must_use]
    pub fn waiting(self, wait: impl FnMut(Duration) + Send + 'static) -> Self {
        Self { wait: Some(Box::new(wait)), ..self }
    }

    /// Makes a call, and waits and makes it again as long as home asks for that.
    fn call(&mut self, call: Call<'_>) -> Result<Answer, TalkError> {
        let mut answer = self.call_once(call)?;
        for _ in 0..WAITS_LIMIT {
            match (answer.asks_to_wait(), &mut self.wait) {
                (Some(seconds), Some(wait)) if seconds <= LONGEST_WAIT_S => wait(Duration::from_secs(seconds.into())),
                _ => break,
            }
            answer = self.call_once(call)?;
        }
        Ok(answer)
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
        let body = answer.body().map_err(|refusal| self.told(refusal))?;
        let bytes = if body.is_empty() { b"null" } else { body };
        serde_json::from_slice(bytes).map_err(|error| self.nonsense(&error.to_string()))
    }

    /// Uses an invite, and returns what came of it, if home says it. Repeating it with the same journal is harmless.
    ///
    /// # Errors
    /// See [`TalkError`]; [`TalkError::Refused`] asks whether the device is to lose rights, as [`asks_to_lose`] tells.
    pub fn join(
        &mut self,
        journal: &mut Journal,
        link: &InviteLink,
        name: &str,
    ) -> Result<Option<EnrolOutcome>, TalkError> {
        self.enrol(journal, link, name, None)
    }

    /// The same where home asked whether the device is to lose rights, and the person agrees: `replaces` is the grant that
    /// home named.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn join_for_less(
        &mut self,
        journal: &mut Journal,
        link: &InviteLink,
        name: &str,
        replaces: UnixMillis,
    ) -> Result<Option<EnrolOutcome>, TalkError> {
        self.enrol(journal, link, name, Some(replaces))
    }

    fn enrol(
        &mut self,
        journal: &mut Journal,
        link: &InviteLink,
        name: &str,
        replaces: Option<UnixMillis>,
    ) -> Result<Option<EnrolOutcome>, TalkError> {
        let answer = self.call(enrol(journal.key(), link, name, replaces).call())?;
        take_enrolled(journal, link, &answer).map_err(|error| self.failed(error))
    }

    /// Has a nonce drawn and signs it.
    fn prove(&mut self, journal: &Journal) -> Result<Signed<SessionProof>, TalkError> {
        let home = journal.membership().ok_or(JournalError::NotJoined)?.home;
        let device = journal.public_key().device();
        let nonce: Nonce = self.json("POST", "/v1/nonce", &AskNonce { device: device.to_string() })?;
        let bytes = nonce.nonce.0.try_into().map_err(|_| self.nonsense("its nonce has another length"))?;
        Ok(journal.key().state(&SessionProof { device, home, nonce: bytes }))
    }

    /// Begins a session for calls other than the exchange.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn sign_in(&mut self, journal: &Journal) -> Result<(), TalkError> {
        let proof = self.prove(journal)?;
        let device = journal.public_key().device().to_string();
        let token: Token = self.json("POST", "/v1/token", &AskToken { device, proof: Carried(proof) })?;
        self.token = Some(token.token);
        Ok(())
    }

    /// The token of the present session; `None` before there was one.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Exchanges with home until neither side has more: learns home's time, seals, sends and reads page by page. In the
    /// minutes after that, an exchange of this talk knows home's time and does not ask for it.
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
        let meeting = match &self.session {
            Some(session) => Meeting::exchange_in(session, replica, clock()).map_err(|error| self.failed(error))?,
            None => Meeting::exchange(),
        };
        self.meet(meeting, replica, clock, tell)
    }

    /// Reads what is new at home, page by page, and sends what was sealed before; seals nothing.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn read_on(&mut self, replica: &mut OpenReplica) -> Result<Exchanged, TalkError> {
        self.meet(Meeting::read_on(), replica, &ClockReading::default, &mut |_| {})
    }

    /// Forgets what was agreed with home: the next exchange asks for home's time.
    pub fn end_session(&mut self) {
        self.session = None;
    }

    fn meet(
        &mut self,
        mut meeting: Meeting,
        replica: &mut OpenReplica,
        clock: &dyn Fn() -> ClockReading,
        tell: &mut dyn FnMut(&Progress),
    ) -> Result<Exchanged, TalkError> {
        while let Some(post) = meeting.next_call(replica, clock()).map_err(|error| self.failed(error))? {
            let answer = match self.call(post.call()) {
                Ok(answer) => answer,
                Err(error) => {
                    meeting.note_break(replica).map_err(|error| self.failed(error))?;
                    return Err(error);
                }
            };
            let progress = meeting.take(replica, clock(), &answer).map_err(|error| self.failed(error))?;
            self.token = meeting.token().map(str::to_owned).or(self.token.take());
            self.session = meeting.session().cloned().or(self.session.take());
            progress.iter().for_each(&mut *tell);
        }
        Ok(meeting.exchanged().clone())
    }

    fn told(&self, refusal: Refusal) -> TalkError {
        match refusal {
            Refusal::Refused(problem) => TalkError::Refused(problem),
            Refusal::Nonsense(what) => self.nonsense(&what),
        }
    }

    fn failed(&self, error: MeetingError<JournalError>) -> TalkError {
        match error {
            MeetingError::Home(refusal) => self.told(refusal),
            MeetingError::Storage(error) => error.into(),
            MeetingError::Receive(error) => error.into(),
            MeetingError::Message(error) => error.into(),
        }
    }

    /// The events that are open to this device. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn events(&mut self) -> Result<Vec<EventId>, TalkError> {
        let events: Events = self.json("GET", "/v1/events", &())?;
        events.events.iter().map(|id| id.parse().map_err(|_| self.nonsense("an event's id is not one"))).collect()
    }

    /// Creates an event, of an office if one is named. Needs [`Talk::sign_in`]; repeating it is harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn create_event(&mut self, event: EventId, node: Option<NodeId>) -> Result<(), TalkError> {
        let body = CreateEvent { event: event.to_string(), node: node.map(|node| node.to_string()) };
        self.json::<_, Option<()>>("POST", "/v1/events", &body).map(drop)
    }

    /// Makes an invite. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn invite(&mut self, invite: &CreateInvite) -> Result<InviteLink, TalkError> {
        self.make_invite(invite).map(|made| made.link)
    }

    /// The same, with what home could not check.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn make_invite(&mut self, invite: &CreateInvite) -> Result<MadeInvite, TalkError> {
        let created: CreatedInvite = self.json("POST", "/v1/invites", invite)?;
        let link = created.link.parse().map_err(|_| self.nonsense("its invite link is not one"))?;
        Ok(MadeInvite { link, notes: created.notes })
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
