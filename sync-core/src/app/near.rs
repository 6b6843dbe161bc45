//! Two phones that meet without a server, and bundles for a memory card.
//!
//! The messages are those of the exchange. What home's sessions do between a phone and home, signatures do here: the
//! one who answers greets with a nonce, under its signature; each request is signed for that nonce and that device, and
//! each answer for that request. A request carries a nonce of its own, so that no answer of earlier can be played back,
//! and the first one carries nothing else that is new: the asking device hands over what it has only after the other one
//! has answered. So neither side shows anything to a stranger, nor to a device that it knows is revoked. Whoever listens can read along: the carrier must keep strangers out, as a paired link or a hotspot with a
//! password does. A revocation is known to a phone that heard of it, from home or from another phone.

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::documents::{decode_exact, encode};
use crate::exchange::{MESSAGE_LIMIT_BYTES, MessageError};
use crate::ids::{DeviceId, EventId, Revision};
use crate::trust::{Grant, KeyPair, PublicKey, Signed, Statement};

/// Beyond the message it carries, an envelope has no more than this.
const ENVELOPE_LIMIT_BYTES: usize = 4096;

/// Why two devices do not understand each other. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NearError {
    /// The bytes are not what was expected at this place.
    #[error("this is not what a device nearby says: begin again")]
    Malformed,
    /// The other device was not let into this event.
    #[error("the other device was not let into this event by this home server")]
    Stranger,
    /// An organizer revoked the other device.
    #[error("the other device was revoked by an organizer")]
    Revoked,
    /// What was said was said to somebody else, or earlier.
    #[error("this was said to another device or at another time: begin again")]
    NotForUs,
    /// Home has not told this device yet what it may do in this event.
    #[error("this device must meet home once before it meets others")]
    Unintroduced,
    /// The bundle is of another event.
    #[error("this is of another event")]
    OtherEvent,
}

impl From<MessageError> for NearError {
    fn from(_: MessageError) -> Self {
        Self::Malformed
    }
}

/// The first thing that the answering device says.
#[derive(Clone, Encode, Decode)]
pub(super) struct Greeting {
    #[n(0)]
    pub grant: Signed<Grant>,
    #[n(1)]
    pub statement: Signed<Greets>,
}

/// What a greeting says, under the signature of the device that greets.
#[derive(Clone, Encode, Decode)]
pub(super) struct Greets {
    #[n(0)]
    pub event: EventId,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nonce: [u8; 32],
    /// Which snapshot of home's it began with, if that holds everything.
    #[n(2)]
    pub base: Revision,
}

impl Statement for Greets {
    const DOMAIN: &'static str = "saxaul/near-greeting/1";
}

/// A request under the asking device's signature.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Asking {
    #[n(0)]
    pub to: DeviceId,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nonce: [u8; 32],
    #[cbor(n(2), with = "minicbor::bytes")]
    pub digest: [u8; 32],
    /// What the asking device drew for this meeting.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub challenge: [u8; 32],
}

impl Asking {
    /// What the answer is signed for.
    pub fn digest_of_all(&self) -> [u8; 32] {
        digest(&encode(self))
    }
}

impl Statement for Asking {
    const DOMAIN: &'static str = "saxaul/near-asking/1";
}

/// An answer, or a page of a bundle, under the signature of the device that gives it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Giving {
    /// The digest of what the request was signed for; in a bundle the digest of the page before, all zeros on the first.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub request: [u8; 32],
    #[cbor(n(1), with = "minicbor::bytes")]
    pub digest: [u8; 32],
}

impl Statement for Giving {
    const DOMAIN: &'static str = "saxaul/near-giving/1";
}

/// A message with what its sender states about it.
#[derive(Encode, Decode)]
pub(super) struct Envelope<S> {
    #[n(0)]
    pub grant: Signed<Grant>,
    #[n(1)]
    pub statement: Signed<S>,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub message: Vec<u8>,
}

/// A bundle: pages, in order.
#[derive(Encode, Decode)]
pub(super) struct Bundle {
    #[n(0)]
    pub event: EventId,
    #[n(1)]
    pub pages: Vec<Envelope<Giving>>,
}

/// Stands before a bundle's bytes, so that a file is known for what it is.
pub(super) const BUNDLE_MAGIC: [u8; 4] = *b"SXLB";

/// SHA-256 of a message.
pub(super) fn digest(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

impl Greeting {
    pub fn read(bytes: &[u8], event: EventId, home: &PublicKey) -> Result<(Greets, Grant), NearError> {
        if bytes.len() > ENVELOPE_LIMIT_BYTES {
            return Err(NearError::Malformed);
        }
        let greeting: Self = decode_exact(bytes).map_err(|_| NearError::Malformed)?;
        // Which event it is of is told first, for who holds the wrong phone against this one. Nothing else is believed yet.
        if greeting.statement.recall().map_err(|_| NearError::Malformed)?.event != event {
            return Err(NearError::OtherEvent);
        }
        let grant = known(&greeting.grant, event, home)?;
        let said = greeting.statement.verify(&grant.key).map_err(|_| NearError::Stranger)?;
        Ok((said, grant))
    }
}

impl<S: Statement> Envelope<S> {
    pub fn write(key: &KeyPair, grant: Signed<Grant>, statement: &S, message: Vec<u8>) -> Vec<u8> {
        encode(&Self { grant, statement: key.state(statement), message })
    }

    /// Reads an envelope; returns what its sender states and who that is, if home let them in.
    pub fn read(bytes: &[u8], event: EventId, home: &PublicKey) -> Result<(Self, S, Grant), NearError> {
        if bytes.len() > MESSAGE_LIMIT_BYTES + ENVELOPE_LIMIT_BYTES {
            return Err(NearError::Malformed);
        }
        let envelope: Self = decode_exact(bytes).map_err(|_| NearError::Malformed)?;
        let (statement, grant) = envelope.open(event, home)?;
        Ok((envelope, statement, grant))
    }

    pub fn open(&self, event: EventId, home: &PublicKey) -> Result<(S, Grant), NearError> {
        let grant = known(&self.grant, event, home)?;
        let statement = self.statement.verify(&grant.key).map_err(|_| NearError::Stranger)?;
        Ok((statement, grant))
    }
}

fn known(signed: &Signed<Grant>, event: EventId, home: &PublicKey) -> Result<Grant, NearError> {
    let grant = signed.verify(home).map_err(|_| NearError::Stranger)?;
    if grant.scope.covers(event) { Ok(grant) } else { Err(NearError::Stranger) }
}
