//! An app meets home, or another phone.

use super::near::{Asking, Envelope, Giving, Greeting, Greets, NearError, digest};
use super::{App, AppError};
use crate::exchange::{PAGE_LIMIT_BYTES, Request, read_message, version_of, write_message_in};
use crate::ids::{DeviceId, Revision};
use crate::meeting::{Answer, Exchanged, Meeting, Post};
use crate::replica::answer::Asker;
use crate::replica::{Asked, Progress};
use crate::storage::Storage;
use crate::time::ClockReading;
use crate::trust::{Grant, PublicKey, Signed, SnapshotStatement};

/// What is under way with another phone.
#[derive(Default)]
pub(super) struct Near {
    /// With which nonce this device greeted the one that asks it.
    greeted: Option<[u8; 32]>,
    asked: Option<AskedNear>,
    /// Which device has just shown that it holds its key, and with which nonce it had greeted.
    proven: Option<(DeviceId, [u8; 32])>,
}

struct AskedNear {
    of: DeviceId,
    greeted: [u8; 32],
    digest: [u8; 32],
    asked: Asked,
}

/// What a meeting brought.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Brought {
    /// There is more on one side or the other: go on.
    pub more: bool,
    /// How many changes the other side took or had.
    pub delivered: u32,
    /// How many changes came.
    pub received: u32,
    /// How many changes wait at home for an organizer.
    pub held: u32,
    /// Own changes that were refused, by code.
    pub refused: Vec<String>,
    /// Changes that came and could not be admitted here, in words.
    pub rejected: Vec<String>,
    /// The other side was restored from an older copy and is given everything again.
    pub was_restored: bool,
    /// Bytes of the event so far, while a new device reads it as one piece.
    pub snapshot_bytes: Option<u64>,
    /// Length of that piece.
    pub snapshot_total: Option<u64>,
    /// An organizer revoked this device.
    pub revoked: bool,
    /// Home orders this device to forget everything.
    pub wipe_ordered: bool,
}

impl Brought {
    /// What it came to, as a line of a log says it.
    #[cfg(feature = "mobile")]
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { delivered, received, held, .. } = self;
        let refused = self.refused.len() + self.rejected.len();
        format!("{delivered} delivered, {received} received, {held} held, {refused} refused")
    }

    /// Adds what one page brought.
    pub fn add(&mut self, page: &Self) {
        self.more = page.more;
        self.delivered = self.delivered.saturating_add(page.delivered);
        self.received = self.received.saturating_add(page.received);
        self.held = self.held.saturating_add(page.held);
        self.refused.extend(page.refused.iter().cloned());
        self.rejected.extend(page.rejected.iter().cloned());
        self.was_restored |= page.was_restored;
        self.revoked |= page.revoked;
        self.wipe_ordered |= page.wipe_ordered;
    }
}

impl<S: Storage> App<S> {
    /// Begins an exchange with home. Whatever was under way with home is given up; nothing is lost by that.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn meet_home(&mut self) -> Result<(), AppError<S::Error>> {
        self.opened()?;
        self.give_up_meeting()?;
        self.meeting = Some(Meeting::exchange());
        Ok(())
    }

    /// The same soon after an exchange: in its session, as long as that is good, what is new goes out with the first call
    /// and one call is saved. `now` is what the device's clocks read.
    ///
    /// # Errors
    /// As for [`App::meet_home`]; what the storage reports.
    pub fn meet_home_again(&mut self, now: ClockReading) -> Result<(), AppError<S::Error>> {
        let Some(session) = self.session.clone() else { return self.meet_home() };
        self.give_up_meeting()?;
        self.meeting = Some(Meeting::exchange_in(&session, self.opened_mut()?, now)?);
        self.changes.note_safety();
        Ok(())
    }

    /// What is under way with home may have been given up because the link broke.
    fn give_up_meeting(&mut self) -> Result<(), AppError<S::Error>> {
        match self.meeting.take() {
            Some(mut meeting) => Ok(meeting.note_break(self.opened_mut()?)?),
            None => Ok(()),
        }
    }

    /// The next call to home; `None` when the exchange is over. Asking again without an answer, because the link broke,
    /// gives the call with half as much in it. `now` is what the
    /// device's clocks read.
    ///
    /// # Errors
    /// [`AppError::NothingAsked`] before [`App::meet_home`]; what the storage reports.
    pub fn next_call(&mut self, now: ClockReading) -> Result<Option<Post>, AppError<S::Error>> {
        let mut meeting = self.meeting.take().ok_or(AppError::NothingAsked)?;
        let call = self.opened_mut().and_then(|opened| Ok(meeting.next_call(opened, now)?));
        if !matches!(call, Ok(None)) {
            self.meeting = Some(meeting);
        }
        call
    }

    /// Takes home's answer to the last call.
    ///
    /// # Errors
    /// What home said, and what the storage reports. The exchange may go on with the same call.
    pub fn take_answer(&mut self, answer: &Answer, reading: ClockReading) -> Result<Brought, AppError<S::Error>> {
        let mut meeting = self.meeting.take().ok_or(AppError::NothingAsked)?;
        let taken = self.opened_mut().and_then(|opened| Ok(meeting.take(opened, reading, answer)?));
        self.session = meeting.session().cloned();
        self.meeting = Some(meeting);
        if taken.is_err() {
            // A part of it may be there.
            self.screen.forget();
            self.changes.note_received();
        }
        Ok(match taken? {
            Some(progress) => self.note(progress),
            None => {
                self.screen.forget();
                self.changes.note_safety();
                Brought { more: true, ..Brought::default() }
            }
        })
    }

    /// Greets a device nearby that is about to ask this one. `nonce` is drawn at random for each meeting.
    ///
    /// # Errors
    /// [`NearError::Unintroduced`]; what the storage reports.
    pub fn greet(&mut self, nonce: [u8; 32]) -> Result<Vec<u8>, AppError<S::Error>> {
        self.act(|state| Ok(state.seal()))?;
        let grant = self.own_grant()?;
        let base = self.base()?;
        let event = self.opened()?.replica().event();
        self.near.greeted = Some(nonce);
        let statement = self.storage()?.key().state(&Greets { event, nonce, base });
        Ok(crate::documents::encode(&Greeting { grant, statement }))
    }

    /// Answers a request of the device that was greeted. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`NearError`]; what the storage reports.
    pub fn answer_near(&mut self, asking: &[u8]) -> Result<Vec<u8>, AppError<S::Error>> {
        let (event, home) = self.place()?;
        let nonce = self.near.greeted.ok_or(AppError::NothingAsked)?;
        let (envelope, statement, _) = Envelope::<Asking>::read(asking, event, &home)?;
        let own = self.opened()?.replica().device();
        let challenge = statement.challenge;
        if statement != (Asking { to: own, nonce, digest: digest(&envelope.message), challenge }) {
            return Err(NearError::NotForUs.into());
        }
        let request: Request = read_message(&envelope.message).map_err(AppError::Message)?;
        let answered = self.opened_mut()?.answer(&Asker { grant: &envelope.grant, request: &request });
        if !request.items.is_empty() {
            self.screen.forget();
            self.changes.note_received();
        }
        let response = answered?;
        let message = write_message_in(version_of(&envelope.message), &response);
        let giving = Giving { request: statement.digest_of_all(), digest: digest(&message) };
        Ok(Envelope::write(self.storage()?.key(), self.own_grant()?, &giving, message))
    }

    /// Stops answering the device that was greeted.
    pub fn stop_answering(&mut self) {
        self.near.greeted = None;
    }

    /// The next request to the device that greeted this one so. The first request only asks; what is here is handed over
    /// once an answer showed that the other device is who it says. Asking again without an answer asks the same again.
    /// `challenge` is drawn at random each time.
    ///
    /// # Errors
    /// See [`NearError`]; what the storage reports.
    pub fn ask_near(&mut self, greeting: &[u8], challenge: [u8; 32]) -> Result<Vec<u8>, AppError<S::Error>> {
        let (event, home) = self.place()?;
        let (greeting, other) = Greeting::read(greeting, event, &home)?;
        let of = other.key.device();
        let known = self.opened()?.replica().ledger().grant(of).and_then(|known| known.revoked);
        if known.or(other.revoked).is_some() {
            return Err(NearError::Revoked.into());
        }
        self.act(|state| Ok(state.seal()))?;
        let grant = self.own_grant()?;
        let needs_snapshot = self.needs_snapshot(greeting.base)?;
        let opened = self.opened()?;
        let want_bytes = u32::try_from(PAGE_LIMIT_BYTES).unwrap_or(u32::MAX);
        let asked = opened.ask(of, want_bytes).map_err(AppError::Storage)?;
        let asked = if needs_snapshot { opened.replica().ask_for_snapshot(asked) } else { asked };
        // Good for one request: whoever plays the greeting back later has to show the key again.
        let is_proven = self.near.proven.take() == Some((of, greeting.nonce));
        let asked = if is_proven { asked } else { asked.without_items() };
        let message = asked.message();
        let asking = Asking { to: of, nonce: greeting.nonce, digest: digest(&message), challenge };
        let digest = asking.digest_of_all();
        self.near.asked = Some(AskedNear { of, greeted: greeting.nonce, digest, asked });
        Ok(Envelope::write(self.storage()?.key(), grant, &asking, message))
    }

    /// Takes the answer to that request.
    ///
    /// # Errors
    /// See [`NearError`]; what the storage reports.
    pub fn take_near(&mut self, giving: &[u8]) -> Result<Brought, AppError<S::Error>> {
        let (event, home) = self.place()?;
        let (envelope, statement, giver) = Envelope::<Giving>::read(giving, event, &home)?;
        let near = self.near.asked.take().ok_or(AppError::NothingAsked)?;
        let is_answer = giver.key.device() == near.of
            && statement == (Giving { request: near.digest, digest: digest(&envelope.message) });
        if !is_answer {
            self.near.asked = Some(near);
            return Err(NearError::NotForUs.into());
        }
        let response = read_message(&envelope.message).map_err(AppError::Message)?;
        let progress = self.act(|state| state.receive(near.of, &near.asked, response).map_err(AppError::Receive))?;
        self.near.proven = progress.more.then_some((near.of, near.greeted));
        Ok(self.note(progress))
    }

    /// Home's order to forget everything, if the last exchange brought one.
    #[must_use]
    pub const fn wipe_order(&self) -> Option<&Signed<crate::trust::Dismissal>> {
        self.order.as_ref()
    }

    /// Notes what a page brought.
    pub(super) fn note(&mut self, progress: Progress) -> Brought {
        if progress.received > 0 || progress.reopen {
            self.screen.forget();
            self.changes.note_received();
        } else {
            self.changes.note_safety();
        }
        let mut total = Exchanged::default();
        total.add(&progress);
        let mut brought = Brought::from(total);
        brought.more = progress.more;
        brought.snapshot_bytes = progress.snapshot.map(|(so_far, _)| so_far);
        brought.snapshot_total = progress.snapshot.map(|(_, whole)| whole);
        if let (Some(order), Ok((_, home))) = (progress.dismissal, self.place()) {
            brought.wipe_ordered = order.verify(&home).is_ok_and(|dismissal| dismissal.wipe);
            self.order = brought.wipe_ordered.then_some(order);
        }
        brought
    }

    pub(super) fn place(&self) -> Result<(crate::ids::EventId, PublicKey), AppError<S::Error>> {
        let replica = self.opened()?.replica();
        Ok((replica.event(), replica.home_key()))
    }

    /// What home said of this device in this event.
    pub(super) fn own_grant(&self) -> Result<Signed<Grant>, AppError<S::Error>> {
        let replica = self.opened()?.replica();
        Ok(replica.ledger().signed_grant(replica.device()).cloned().ok_or(NearError::Unintroduced)?)
    }

    /// Which whole snapshot of home's this device began with; 0 is none, or one that was made for a single post.
    fn base(&self) -> Result<Revision, AppError<S::Error>> {
        let (event, home) = self.place()?;
        let kept = self.storage()?.snapshot(event).map_err(AppError::Storage)?;
        let stated = kept.and_then(|kept| kept.statement.verify(&home).ok());
        Ok(stated.filter(SnapshotStatement::is_whole).map_or(Revision(0), |it| it.revision))
    }

    /// Whether another device's snapshot holds what this one has not read: what builds on it could not be admitted here.
    pub(super) fn needs_snapshot(&self, theirs: Revision) -> Result<bool, AppError<S::Error>> {
        let replica = self.opened()?.replica();
        let read = replica.read_of(replica.home()).unwrap_or_default().revision;
        Ok(theirs > read && theirs > self.base()?)
    }
}

impl From<Exchanged> for Brought {
    fn from(total: Exchanged) -> Self {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            delivered: count(total.delivered),
            received: count(total.received),
            held: count(total.held),
            refused: total.refused,
            rejected: total.rejected,
            was_restored: total.home_was_restored,
            revoked: total.dismissal.is_some(),
            ..Self::default()
        }
    }
}
