//! A device meets home: which calls it makes, one after the other, and what it makes of the answers.
//!
//! Moves no bytes and knows no clock: whoever has a radio asks for the next call, makes it, and hands the answer in.
//! So an app, a command line and a simulated network hold the same conversation.

mod calls;
mod session;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use self::calls::{Answer, Call, Carrier, Post, Refusal};
pub use self::session::Session;
use crate::exchange::{MessageError, read_message};
use crate::invite::InviteLink;
use crate::replica::{Asked, LoopGuard, Progress, ReceiveError};
use crate::storage::{Device, Membership, Opened, Outside, Storage};
use crate::time::{ClockReading, UnixMillis};
use crate::trust::{Dismissal, Enrolment, KeyPair, SessionProof, Signed};
use crate::wire::{AskNonce, Base64, Enrol, EnrolOutcome, Enrolled, LESS_CODE, MEDIA_TYPE, Nonce, ProblemDetails};

/// Why a meeting came to nothing. What was recorded is safe, and what was received before is kept.
#[derive(Debug, thiserror::Error)]
pub enum MeetingError<E> {
    /// Home said no, or something that no home says.
    #[error(transparent)]
    Home(#[from] Refusal),
    /// The device's storage failed; nothing of the last step was kept.
    #[error("{0}")]
    Storage(E),
    /// The answer does not fit what was asked.
    #[error("{0}")]
    Receive(ReceiveError),
    /// A message cannot be read.
    #[error("{0}")]
    Message(MessageError),
}

/// What a storage reports, on its way through a replica.
struct Kept<E>(MeetingError<E>);

impl<E> From<E> for Kept<E> {
    fn from(error: E) -> Self {
        Self(MeetingError::Storage(error))
    }
}

/// What an exchange brought, over all its pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exchanged {
    /// How many requests were answered.
    pub pages: usize,
    /// Changes that home took or had.
    pub delivered: usize,
    /// How many new items came from home.
    pub received: usize,
    /// Own changes that home refused, by code.
    pub refused: Vec<String>,
    /// Changes that came and could not be admitted here, in words.
    pub rejected: Vec<String>,
    /// Home was restored from an older copy, and was given everything again.
    pub home_was_restored: bool,
    /// How many changes wait at home for an organizer.
    pub held: usize,
    /// Home said that an organizer revoked this device.
    pub dismissal: Option<Signed<Dismissal>>,
}

impl Exchanged {
    /// Adds what one page brought.
    pub(crate) fn add(&mut self, progress: &Progress) {
        self.pages += 1;
        self.delivered += progress.delivered;
        self.received += progress.received;
        self.refused.extend(progress.refused.iter().cloned());
        self.rejected.extend(progress.rejected.iter().map(ToString::to_string));
        if progress.reads_again {
            self.rejected.clear();
        }
        self.home_was_restored |= progress.peer_was_restored;
        self.held += progress.held;
        self.dismissal = progress.dismissal.clone().or(self.dismissal.take());
    }
}

/// The request came too slowly for home, or took it too long (RFC 9110, section 15.5.9).
const TOO_SLOW: u16 = 408;
/// What home refuses is performed again so often in one exchange, and then in the next.
const ROUNDS_LIMIT: u32 = 4;
/// An exchange goes on for at most so many pages before it says that something is wrong.
const PAGES_LIMIT: usize = 100_000;

/// Asks home to let the device that holds `key` in, and proves that it does. Repeating it is harmless.
///
/// `replaces` agrees that the invite takes rights away: it names the grant that is to be replaced by its time of issue,
/// as [`asks_to_lose`] reads it from home's answer.
#[must_use]
pub fn enrol(key: &KeyPair, link: &InviteLink, name: &str, replaces: Option<UnixMillis>) -> Post {
    let (device, home, secret, name) = (key.public(), link.home, link.secret, name.to_owned());
    let signature = key.enrol(&Enrolment { device, home, secret, name: name.clone(), replaces });
    let body = Enrol {
        secret: Base64(secret.to_vec()),
        public_key: Base64(device.0.to_vec()),
        name,
        replaces_ms: replaces.map(|issued| issued.0),
        signature: Base64(signature.0.to_vec()),
    };
    Post::json("/v1/enrol", &body)
}

/// Which grant home would replace by one that gives less, if the device agrees; `None` if that is not what home asks.
#[must_use]
pub fn asks_to_lose(problem: &ProblemDetails) -> Option<UnixMillis> {
    problem.expects.filter(|_| problem.code == LESS_CODE).map(UnixMillis)
}

/// Takes home's answer to [`enrol`]: the device is in. Returns what came of the invite, if home says it.
///
/// # Errors
/// [`MeetingError::Home`] if home said no or is not the one of the link, and what the storage reports.
pub fn take_enrolled<S: Storage>(
    device: &mut Device<S>,
    link: &InviteLink,
    answer: &Answer,
) -> Result<Option<EnrolOutcome>, MeetingError<S::Error>> {
    let nonsense = |what: &str| Refusal::Nonsense(what.to_owned());
    let enrolled: Enrolled = serde_json::from_slice(answer.body()?).map_err(|error| nonsense(&error.to_string()))?;
    let grants: Vec<_> = enrolled.grants.into_iter().map(|grant| grant.0).collect();
    for grant in &grants {
        let said = grant.verify(&link.home).map_err(|_| nonsense("its key is not the one in the invite link"))?;
        if said.key != device.public_key() {
            return Err(nonsense("it let another device in").into());
        }
    }
    if grants.is_empty() {
        return Err(nonsense("it lets this device do nothing").into());
    }
    let membership = Membership { home: link.home, url: link.url.clone(), grants };
    device.join(membership).map_err(MeetingError::Storage)?;
    Ok(enrolled.outcome)
}

/// What a device is about to say.
enum Stage {
    /// It asks for a nonce, and goes on with what follows.
    Present(Then),
    /// It sends a page. A session that does not hold is begun anew once.
    Page { renewed: bool },
    /// It has nothing more to say.
    Done,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// It learns home's time and seals before the first page.
    Seal,
    /// It sends pages with what was sealed before.
    Pages,
    /// It sends the last page again, which a session that did not hold kept from home, with home's time.
    Again,
}

/// One exchange with home, from the first call to the last.
pub struct Meeting {
    stage: Stage,
    authorization: String,
    token: Option<String>,
    session: Option<Session>,
    asked: Option<Asked>,
    /// What the device's clocks read when it asked for a nonce.
    presented: Option<ClockReading>,
    /// Whether the last page that was asked for was answered.
    is_answered: bool,
    /// Before home said what this device may do in the event, nothing can be sealed.
    was_unsealed: bool,
    seals: bool,
    refused_before: usize,
    rounds: u32,
    loop_guard: LoopGuard,
    total: Exchanged,
}

impl Meeting {
    /// Learns home's time, seals, and sends and reads until neither side has more. What home refused is performed again
    /// on home's documents.
    #[must_use]
    pub fn exchange() -> Self {
        Self::begin(Then::Seal)
    }

    /// The same in the session of an earlier exchange, as long as that is good: home's time is known, and what is new
    /// goes out with the first call. `now` is what the device's clocks read.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn exchange_in<S: Storage>(
        session: &Session,
        replica: &mut Opened<S>,
        now: ClockReading,
    ) -> Result<Self, MeetingError<S::Error>> {
        let mut meeting = Self::exchange();
        if let Some(authorization) = session.authorization_for(replica, now) {
            authorization.clone_into(&mut meeting.authorization);
            meeting.session = Some(session.clone());
            meeting.first_seal(replica)?;
            meeting.stage = Stage::Page { renewed: false };
        }
        Ok(meeting)
    }

    /// Sends what was sealed before and reads what is new at home; seals nothing.
    #[must_use]
    pub fn read_on() -> Self {
        Self::begin(Then::Pages)
    }

    fn begin(then: Then) -> Self {
        Self {
            stage: Stage::Present(then),
            authorization: String::new(),
            token: None,
            session: None,
            asked: None,
            presented: None,
            is_answered: true,
            was_unsealed: false,
            seals: then == Then::Seal,
            refused_before: 0,
            rounds: 0,
            loop_guard: LoopGuard::default(),
            total: Exchanged::default(),
        }
    }

    /// What came of it so far.
    #[must_use]
    pub const fn exchanged(&self) -> &Exchanged {
        &self.total
    }

    /// A token that home gave, for other calls of the same session.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The session of this exchange, for the next one.
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The next call to make; `None` when the meeting is over. Asking again without an answer, for a link that broke,
    /// gives the same call with half as much in it; after a home that asked to wait it is the same. `now` is what the
    /// device's clocks read: home's time is placed in the middle between the question and the answer.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn next_call<S: Storage>(
        &mut self,
        replica: &mut Opened<S>,
        now: ClockReading,
    ) -> Result<Option<Post>, MeetingError<S::Error>> {
        self.note_break(replica)?;
        Ok(match self.stage {
            Stage::Done => None,
            Stage::Present(_) => {
                self.presented = Some(now);
                let device = replica.replica().device().to_string();
                Some(Post::json("/v1/nonce", &AskNonce { device }))
            }
            Stage::Page { .. } => {
                let state = replica.replica();
                let page = state.page_size(state.home());
                let asked = replica.ask(state.home(), page.bytes()).map_err(MeetingError::Storage)?;
                let body = asked.message();
                let path = format!("/v1/events/{}/exchange", state.event());
                self.asked = Some(asked);
                self.is_answered = false;
                Some(Post { path, authorization: Some(self.authorization.clone()), content_type: MEDIA_TYPE, body })
            }
        })
    }

    /// Notes that the last call was not answered, if it was not: the link broke. The next page is half as long, also in
    /// later meetings.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn note_break<S: Storage>(&mut self, replica: &mut Opened<S>) -> Result<(), MeetingError<S::Error>> {
        if std::mem::replace(&mut self.is_answered, true) {
            return Ok(());
        }
        // Home may have spent the nonce of an answer that was lost: then it wants another one, once for each that is lost.
        if let Stage::Page { renewed } = &mut self.stage {
            *renewed = false;
        }
        let home = replica.replica().home();
        replica.act(|state| Ok::<_, Kept<S::Error>>(state.note_break(home))).map_err(|Kept(error)| error)
    }

    /// Takes home's answer to the last call. `reading` is what the device's clocks read now. Returns what a page
    /// brought.
    ///
    /// # Errors
    /// See [`MeetingError`]. The meeting may go on with the same call.
    pub fn take<S: Storage>(
        &mut self,
        replica: &mut Opened<S>,
        reading: ClockReading,
        answer: &Answer,
    ) -> Result<Option<Progress>, MeetingError<S::Error>> {
        if answer.status == TOO_SLOW {
            self.note_break(replica)?;
        }
        self.is_answered = true;
        match self.stage {
            Stage::Done => Ok(None),
            Stage::Present(then) => self.take_nonce(replica, reading, then, answer.body()?).map(|()| None),
            Stage::Page { renewed } => match answer.body() {
                // A long exchange outlives its token, and a restarted server knows none.
                Err(Refusal::Refused(problem)) if !renewed && problem.is_about_the_session() => {
                    self.stage = Stage::Present(Then::Again);
                    Ok(None)
                }
                Err(refusal) => Err(refusal.into()),
                Ok(body) => self.take_page(replica, body, answer.token.clone()).map(Some),
            },
        }
    }

    fn take_nonce<S: Storage>(
        &mut self,
        replica: &mut Opened<S>,
        reading: ClockReading,
        then: Then,
        body: &[u8],
    ) -> Result<(), MeetingError<S::Error>> {
        let nonce: Nonce = serde_json::from_slice(body).map_err(|error| Refusal::Nonsense(error.to_string()))?;
        let home_ms = nonce.home_ms.map(UnixMillis);
        let nonce = nonce.nonce.0.try_into();
        let nonce = nonce.map_err(|_| Refusal::Nonsense("its nonce has another length".to_owned()))?;
        let home = replica.journal().membership().ok_or(MeetingError::Storage(Outside::NotJoined.into()))?.home;
        let key = replica.journal().key();
        let device = key.public().device();
        let proof = crate::documents::encode(&key.state(&SessionProof { device, home, nonce }));
        self.authorization = format!("Proof {device}.{}", URL_SAFE_NO_PAD.encode(proof));
        // Also on the way: the device may have slept while its own clock stood still.
        if self.seals && then != Then::Pages {
            // A home whose clock cannot be right states no time, and an answer that was long under way says nothing of it:
            // then there is nothing to anchor to.
            self.session = None;
            let middle = self.presented.take().and_then(|asked| ClockReading::middle(asked, reading));
            // What a revoked device brings waits for a person. Home's time alone is worth nobody's decision.
            let home_ms = home_ms.filter(|_| !replica.replica().is_dismissed());
            if let (Some(reading), Some(home_ms)) = (middle, home_ms) {
                let anchored = replica.act(|state| Ok::<_, Kept<S::Error>>(state.learn_home_time(reading, home_ms)));
                let anchor = anchored.map_err(|Kept(error)| error)?.entry;
                self.session = anchor.map(|anchor| Session::begun(replica.replica().event(), anchor, reading));
            }
            self.first_seal(replica)?;
        }
        self.stage = Stage::Page { renewed: then == Then::Again };
        Ok(())
    }

    fn take_page<S: Storage>(
        &mut self,
        replica: &mut Opened<S>,
        body: &[u8],
        token: Option<String>,
    ) -> Result<Progress, MeetingError<S::Error>> {
        if let Some(token) = token {
            self.authorization = format!("Bearer {token}");
            self.token = Some(token);
            self.session.iter_mut().for_each(|session| session.keep(&self.authorization));
        }
        self.stage = Stage::Page { renewed: false };
        let response = read_message(body).map_err(|error| match error {
            MessageError::Version(_) => MeetingError::Message(error),
            // A network that wants a sign-in first says that all is well, and something of its own.
            other => Refusal::Nonsense(other.to_string()).into(),
        })?;
        let home = replica.replica().home();
        let Some(asked) = self.asked.take() else { return Err(MeetingError::Receive(ReceiveError::Misfit)) };
        let received = replica
            .act(|state| state.receive(home, &asked, response).map_err(|error| Kept(MeetingError::Receive(error))));
        let progress = received.map_err(|Kept(error)| error)?;
        self.total.add(&progress);
        if let Some(error) = progress.spoiled {
            return Err(Refusal::Nonsense(error.to_string()).into());
        }
        let goes_on = self.loop_guard.allows_more_after(&progress) && self.total.pages < PAGES_LIMIT;
        if progress.more && !goes_on {
            return Err(Refusal::Nonsense("the exchange does not come to an end".to_owned()).into());
        }
        if !progress.more {
            self.end_round(replica)?;
        }
        Ok(progress)
    }

    /// What home refused is performed again on home's documents; a replica parks what is refused twice.
    fn end_round<S: Storage>(&mut self, replica: &mut Opened<S>) -> Result<(), MeetingError<S::Error>> {
        let refused = self.total.refused.len() > self.refused_before;
        self.refused_before = self.total.refused.len();
        let again = self.seals && (refused || std::mem::take(&mut self.was_unsealed));
        self.rounds += 1;
        if again && self.rounds <= ROUNDS_LIMIT && replica.replica().has_open_drafts() {
            seal(replica)?;
            self.stage = Stage::Present(Then::Pages);
        } else {
            self.stage = Stage::Done;
        }
        Ok(())
    }

    fn first_seal<S: Storage>(&mut self, replica: &mut Opened<S>) -> Result<(), MeetingError<S::Error>> {
        seal(replica)?;
        self.was_unsealed = replica.replica().has_open_drafts();
        Ok(())
    }
}

fn seal<S: Storage>(replica: &mut Opened<S>) -> Result<(), MeetingError<S::Error>> {
    replica.act(|state| Ok::<_, Kept<S::Error>>(state.seal())).map_err(|Kept(error)| error)
}
