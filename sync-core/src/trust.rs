//! Who may write, and who wrote what: statements in canonical CBOR under a domain tag, signed with Ed25519 (RFC 8032).
//!
//! Owns the statements and their checks. Does not own where keys are kept, nor randomness: a key is made from a
//! seed that is handed in.

use std::fmt;
use std::marker::PhantomData;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};

use crate::ids::{Actor, ChangeHash, DeviceId, DocumentId, DocumentRef, EventId, Revision};
use crate::time::UnixMillis;

/// Why a statement or a seal was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The signature does not fit the statement and the key.
    #[error("the signature does not fit")]
    BadSignature,
    /// The bytes are not a statement of this kind in its one canonical form.
    #[error("this is not a statement of the expected kind")]
    Malformed,
}

/// Whose signatures are believed for what: 32 bytes of an Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct PublicKey(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl PublicKey {
    /// The id of the device that holds the secret half.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        DeviceId::of_key(&self.0)
    }

    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), TrustError> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| TrustError::BadSignature)?;
        key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0))
            .map_err(|_| TrustError::BadSignature)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// 64 bytes of an Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Signature(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// A key pair, of a device or of the home server. Wiped from memory when dropped; never printed.
#[derive(Clone)]
pub struct KeyPair(SigningKey);

impl KeyPair {
    /// Makes the key pair that belongs to 32 bytes of entropy.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }

    /// Seals a change: says that it is this device's own.
    #[must_use]
    pub fn seal(&self, seal: &Seal) -> Signature {
        self.sign(&seal.message())
    }

    /// Signs a statement.
    pub fn state<S: Statement>(&self, statement: &S) -> Signed<S> {
        let body = encode(statement);
        let signature = self.sign(&tagged(S::DOMAIN, &body));
        Signed { body, signature, kind: PhantomData }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.public())
    }
}

fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

fn tagged(domain: &str, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(domain.len() + 1 + body.len());
    message.extend_from_slice(domain.as_bytes());
    message.push(0);
    message.extend_from_slice(body);
    message
}

/// Something that can be stated under a signature.
pub trait Statement: Encode<()> + for<'b> Decode<'b, ()> {
    /// Keeps a signature for one kind of statement from passing for another.
    const DOMAIN: &'static str;
}

/// A statement with its signature, as it travels and is kept. Not believed before [`Signed::verify`].
pub struct Signed<S> {
    body: Vec<u8>,
    signature: Signature,
    kind: PhantomData<fn() -> S>,
}

impl<S: Statement> Signed<S> {
    /// Returns what is stated, if `key` signed it and it is in canonical form.
    ///
    /// # Errors
    /// [`TrustError::BadSignature`] before anything is decoded; [`TrustError::Malformed`] for what `key` should not
    /// have signed.
    pub fn verify(&self, key: &PublicKey) -> Result<S, TrustError> {
        key.verify(&tagged(S::DOMAIN, &self.body), &self.signature)?;
        let statement: S = minicbor::decode(&self.body).map_err(|_| TrustError::Malformed)?;
        if encode(&statement) == self.body { Ok(statement) } else { Err(TrustError::Malformed) }
    }
}

impl<S> Clone for Signed<S> {
    fn clone(&self) -> Self {
        Self { body: self.body.clone(), signature: self.signature, kind: PhantomData }
    }
}

impl<S> PartialEq for Signed<S> {
    fn eq(&self, other: &Self) -> bool {
        self.body == other.body && self.signature == other.signature
    }
}

impl<S> Eq for Signed<S> {}

impl<S> fmt::Debug for Signed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed({} bytes, {:?})", self.body.len(), self.signature)
    }
}

impl<S, C> Encode<C> for Signed<S> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(2)?.bytes(&self.body)?.bytes(&self.signature.0)?.ok()
    }
}

impl<'b, S, C> Decode<'b, C> for Signed<S> {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.array()? != Some(2) {
            return Err(minicbor::decode::Error::message("a signed statement has a body and a signature"));
        }
        let body = d.bytes()?.to_vec();
        Ok(Self { body, signature: d.decode_with(ctx)?, kind: PhantomData })
    }
}

/// What a device is used for. Each role may do what the one before it may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, serde::Serialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Records attendance at a gate.
    #[n(0)]
    Marker,
    /// Edits people, teams and assignments too.
    #[n(1)]
    Lead,
    /// Rules, and edits the event itself.
    #[n(2)]
    Organizer,
}

impl Role {
    /// Whether a device in this role may write documents of this kind.
    #[must_use]
    pub fn may_write(self, document: &DocumentRef) -> bool {
        match document {
            DocumentRef::Log { .. } => true,
            DocumentRef::Roster => self >= Self::Lead,
            DocumentRef::Event | DocumentRef::Rulings => self >= Self::Organizer,
        }
    }

    /// The role's name in commands and messages.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Marker => "marker",
            Self::Lead => "lead",
            Self::Organizer => "organizer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl std::str::FromStr for Role {
    type Err = crate::ids::InvalidId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Marker, Self::Lead, Self::Organizer].into_iter().find(|role| role.key() == text).ok_or_else(|| {
            crate::ids::InvalidId { kind: "role", expected: "marker, lead or organizer", text: text.to_owned() }
        })
    }
}

/// Where a role holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Scope {
    /// In every event of the home server.
    #[n(0)]
    Home,
    /// In one event.
    #[n(1)]
    Event(#[n(0)] EventId),
}

impl Scope {
    /// Whether everything in `other` is in this scope, too.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Home, _) => true,
            (Self::Event(own), Self::Event(event)) => own == event,
            (Self::Event(_), Self::Home) => false,
        }
    }

    /// The one event; `None` where it is every event.
    #[must_use]
    pub const fn event(&self) -> Option<EventId> {
        match self {
            Self::Home => None,
            Self::Event(event) => Some(*event),
        }
    }

    /// Whether the scope includes `event`.
    #[must_use]
    pub fn covers(&self, event: EventId) -> bool {
        match self {
            Self::Home => true,
            Self::Event(own) => *own == event,
        }
    }
}

/// The home server lets a device in.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Grant {
    /// The device's key.
    #[n(0)]
    pub key: PublicKey,
    /// What people call the device.
    #[n(1)]
    pub name: String,
    /// What it may do.
    #[n(2)]
    pub role: Role,
    /// Where.
    #[n(3)]
    pub scope: Scope,
    /// When it was let in, by home's clock.
    #[n(4)]
    pub issued: UnixMillis,
    /// Where it stands.
    #[n(5)]
    pub post: Post,
}

/// Where a device stands within an event. It decides what a marker reads.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Post {
    /// The site's key.
    #[n(0)]
    pub site: Option<String>,
    /// The team's key.
    #[n(1)]
    pub team: Option<String>,
}

impl Post {
    /// Whether nothing is said about where the device stands.
    #[must_use]
    pub const fn is_anywhere(&self) -> bool {
        self.site.is_none() && self.team.is_none()
    }

    /// Whether both stand at one site, or with one team.
    #[must_use]
    pub fn is_shared_with(&self, other: &Self) -> bool {
        (self.site.is_some() && self.site == other.site) || (self.team.is_some() && self.team == other.team)
    }
}

impl Statement for Grant {
    const DOMAIN: &'static str = "saxaul/grant/1";
}

/// A device says that a change is its own. The parts are known to whoever holds the change; only the signature travels.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Seal {
    /// In which document.
    #[n(0)]
    pub document: DocumentId,
    /// By which actor.
    #[n(1)]
    pub actor: Actor,
    /// Its number in the actor's chain, from 1.
    #[n(2)]
    pub seq: u64,
    /// What it contains.
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
    /// Of which event.
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
    /// In which document.
    #[n(0)]
    pub document: DocumentRef,
    /// By which actor.
    #[n(1)]
    pub actor: Actor,
    /// Up to which number.
    #[n(2)]
    pub seq: u64,
    /// The change with this number.
    #[n(3)]
    pub hash: ChangeHash,
}

impl Statement for Confirmation {
    const DOMAIN: &'static str = "saxaul/confirmation/1";
}

/// The home server vouches for a snapshot, so that a relay may hand it on and a phone may load it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SnapshotStatement {
    /// Of which event.
    #[n(0)]
    pub event: EventId,
    /// What it includes.
    #[n(1)]
    pub revision: Revision,
    /// SHA-256 of its bytes.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub digest: [u8; 32],
}

impl Statement for SnapshotStatement {
    const DOMAIN: &'static str = "saxaul/snapshot/1";
}

/// The home server tells a device that an organizer revoked it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Dismissal {
    /// Which device.
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
    /// Which device.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn proof() -> SessionProof {
        SessionProof { device: DeviceId([1; 16]), home: PublicKey([2; 32]), nonce: [3; 32] }
    }

    #[test]
    fn a_statement_is_believed_only_under_its_own_key_and_domain() {
        let [device, other] = [[1; 32], [2; 32]].map(|seed| KeyPair::from_seed(&seed));
        let signed = device.state(&proof());
        assert_eq!(signed.verify(&device.public()), Ok(proof()));
        assert_eq!(signed.verify(&other.public()), Err(TrustError::BadSignature));
        let mut altered = signed;
        altered.body[5] ^= 1;
        assert_eq!(altered.verify(&device.public()), Err(TrustError::BadSignature));
    }

    #[test]
    fn a_statement_has_one_form_only() {
        let key = KeyPair::from_seed(&[1; 32]);
        let mut body = encode(&proof());
        body.push(0xf6);
        let signature = key.sign(&tagged(SessionProof::DOMAIN, &body));
        let signed = Signed::<SessionProof> { body, signature, kind: PhantomData };
        assert_eq!(signed.verify(&key.public()), Err(TrustError::Malformed));
    }

    #[test]
    fn roles_follow_document_kinds() {
        let log = DocumentRef::Log { device: DeviceId([0; 16]), incarnation: crate::ids::Incarnation([0; 8]) };
        assert!(Role::Marker.may_write(&log));
        assert!(!Role::Marker.may_write(&DocumentRef::Roster));
        assert!(Role::Lead.may_write(&DocumentRef::Roster));
        assert!(!Role::Lead.may_write(&DocumentRef::Rulings));
        assert!(Role::Organizer.may_write(&DocumentRef::Event));
    }

    #[test]
    fn a_secret_is_never_printed() {
        let key = KeyPair::from_seed(&[0xab; 32]);
        assert!(!format!("{key:?}").contains("abababab"));
    }
}
