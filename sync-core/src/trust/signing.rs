//! Keys, signatures, and statements that are signed.

use std::fmt;
use std::marker::PhantomData;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};

use super::Seal;
use crate::ids::{DeviceId, tagged_hash};

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

    /// Whether these bytes are a point under which a signature proves something, in its one canonical form.
    pub(super) fn is_of_a_device(&self) -> bool {
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| !key.is_weak() && key.to_edwards().compress().to_bytes() == self.0)
    }

    pub(super) fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), TrustError> {
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

/// Its first bytes; all of them in the alternate form, `{:#?}`.
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return f.debug_tuple("Signature").field(&self.0).finish();
        }
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

    /// The entropy from which the key pair was made: what a device keeps of it.
    pub(crate) fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public key of the pair.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// A secret that follows from this key and a purpose: whoever has the key can derive it, and nobody else.
    #[must_use]
    pub fn derived_secret(&self, purpose: &str) -> [u8; 32] {
        tagged_hash("saxaul/derived secret", &[self.0.as_bytes(), purpose.as_bytes()])
    }

    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }

    /// Seals a change: says that it is this device's own.
    #[must_use]
    pub fn seal(&self, seal: &Seal) -> Signature {
        self.sign(&seal.message())
    }

    /// Signs a statement under its domain.
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

pub(super) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

pub(super) fn tagged(domain: &str, body: &[u8]) -> Vec<u8> {
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
        self.recall()
    }

    /// Returns what is stated, when the signature was verified before.
    pub(crate) fn recall(&self) -> Result<S, TrustError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::SessionProof;

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
    fn a_secret_is_never_printed() {
        let key = KeyPair::from_seed(&[0xab; 32]);
        assert!(!format!("{key:?}").contains("abababab"));
    }
}
