//! Who may write, and who wrote what: statements in canonical CBOR under a domain tag, signed with Ed25519 (RFC 8032).
//!
//! Owns the statements and their checks. Does not own where keys are kept, nor randomness: a key is made from a
//! seed that is handed in.

mod authority;
mod enrolment;
mod grants;
mod papers;
mod signing;

use minicbor::{Decode, Encode};

pub use self::authority::{Authority, HomeKey, SaidByHome};
pub use self::enrolment::Enrolment;
pub use self::grants::{Grant, Later, Post, Revoked, Role, Scope, VouchedBy};
pub use self::papers::{Badge, Letter};
pub use self::signing::{KeyPair, PublicKey, Signature, Signed, Statement, TrustError};
use self::signing::{encode, tagged};
use crate::ids::{Actor, ChangeHash, DeviceId, DocumentId, DocumentRef, EventId, Revision};
use crate::time::UnixMillis;

/// A device says that a change is its own. The parts are known to whoever holds the change; only the signature travels.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Seal {
    /// The document that the change belongs to.
    #[n(0)]
    pub document: DocumentId,
    /// The author of the change in that document.
    #[n(1)]
    pub actor: Actor,
    /// Its number in the actor's chain, from 1.
    #[n(2)]
    pub seq: u64,
    /// The hash of the change, which covers its content and what it builds on.
    #[n(3)]
    pub hash: ChangeHash,
}

impl Seal {
    fn message(&self) -> Vec<u8> {
        tagged("saxaul/seal/1", &encode(self))
    }

    /// Checks the signature of the device that holds `key`.
    ///
    /// # Errors
    /// [`TrustError::BadSignature`].
    pub fn verify(&self, key: &PublicKey, signature: &Signature) -> Result<(), TrustError> {
        key.verify(&self.message(), signature)
    }
}

/// The home server says: these chains are durable here, up to these numbers.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Confirmation {
    /// The event to which the chains belong.
    #[n(0)]
    pub event: EventId,
    /// How much home had admitted when it said so.
    #[n(1)]
    pub revision: Revision,
    /// For each chain, everything up to this number is durable.
    #[n(2)]
    pub chains: Vec<ConfirmedChain>,
}

/// One chain of a [`Confirmation`].
///
/// The hash tells a device whose disk was rolled back that home speaks of other changes than those it has now.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct ConfirmedChain {
    /// The document to which the chain belongs.
    #[n(0)]
    pub document: DocumentRef,
    /// The author of the chain.
    #[n(1)]
    pub actor: Actor,
    /// The number up to which everything in the chain is durable.
    #[n(2)]
    pub seq: u64,
    /// The change with this number.
    #[n(3)]
    pub hash: ChangeHash,
}

impl Statement for Confirmation {
    const DOMAIN: &'static str = "saxaul/confirmation/1";
}

/// The home server says which changes it does not take: some never, and some until an organizer decides. Without its
/// signature nobody drops a change, does again what it holds, or puts it out of sight.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Refusal {
    /// The event to which the changes belong.
    #[n(0)]
    pub event: EventId,
    /// What will never be taken.
    #[n(1)]
    pub changes: Vec<RefusedChange>,
    /// The seals of what waits for an organizer.
    #[n(2)]
    pub held: Vec<Signature>,
}

/// One change of a [`Refusal`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct RefusedChange {
    /// The change's seal, which tells it from all others.
    #[n(0)]
    pub seal: Signature,
    /// Why, as a stable code.
    #[n(1)]
    pub code: String,
}

impl Statement for Refusal {
    const DOMAIN: &'static str = "saxaul/refusal/1";
}

/// The home server vouches for a snapshot, so that a relay may hand it on and a phone may load it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SnapshotStatement {
    /// The event of which it is a snapshot.
    #[n(0)]
    pub event: EventId,
    /// The revision up to which it includes everything.
    #[n(1)]
    pub revision: Revision,
    /// SHA-256 of its bytes.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub digest: [u8; 32],
    /// For whom it was made: what they may not read is left out.
    #[n(3)]
    pub reading: Reading,
}

impl SnapshotStatement {
    /// Whether the snapshot holds everything, so that it may be passed on and take the place of any other.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.reading == Reading::default()
    }
}

/// Stands for the rule by which a device reads at a peer; all zeros is everything. When it changes, what was left out
/// before may be open now, and the device reads anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Reading(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 8]);

impl Statement for SnapshotStatement {
    const DOMAIN: &'static str = "saxaul/snapshot/1";
}

/// The home server tells a device that an organizer revoked it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Dismissal {
    /// The device that is revoked.
    #[n(0)]
    pub device: DeviceId,
    /// Since when, by home's clock.
    #[n(1)]
    pub since: UnixMillis,
    /// Whether it is to forget everything, once it has handed over what home does not have.
    #[n(2)]
    pub wipe: bool,
}

impl Statement for Dismissal {
    const DOMAIN: &'static str = "saxaul/dismissal/1";
}

/// A device begins a session: it signs the nonce that the server drew for it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SessionProof {
    /// The device that begins the session.
    #[n(0)]
    pub device: DeviceId,
    /// At which server, so that no other can pass the proof on.
    #[n(1)]
    pub home: PublicKey,
    /// What the server drew.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub nonce: [u8; 32],
}

impl Statement for SessionProof {
    const DOMAIN: &'static str = "saxaul/session/1";
}
