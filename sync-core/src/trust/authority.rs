//! Speaking in home's name: which statements only home signs, and the one key that signs them.

use std::fmt;

use super::papers::{Badge, Letter};
use super::signing::{KeyPair, PublicKey, Signed, Statement};
use super::{Confirmation, Dismissal, Grant, Refusal, SnapshotStatement};

/// A statement that is believed only under home's signature, or, like a badge, also under that of a device which home
/// let in.
pub trait SaidByHome: Statement {}

impl SaidByHome for Grant {}
impl SaidByHome for Confirmation {}
impl SaidByHome for Refusal {}
impl SaidByHome for Dismissal {}
impl SaidByHome for SnapshotStatement {}
impl SaidByHome for Badge {}
impl SaidByHome for Letter {}

/// The secret key of a home server. It signs what [`SaidByHome`] lists, and the changes that home writes itself when it
/// founds an event again.
#[derive(Clone)]
pub struct HomeKey(KeyPair);

impl HomeKey {
    /// Makes the key that belongs to 32 bytes of entropy.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(KeyPair::from_seed(seed))
    }

    /// The public half, by which devices know their home.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.0.public()
    }

    /// Signs a statement as home.
    pub fn state<S: SaidByHome>(&self, statement: &S) -> Signed<S> {
        self.0.state(statement)
    }

    /// A secret that follows from this key and a purpose: see [`KeyPair::derived_secret`].
    #[must_use]
    pub fn derived_secret(&self, purpose: &str) -> [u8; 32] {
        self.0.derived_secret(purpose)
    }

    /// The key with which home seals changes of its own.
    pub(crate) const fn as_author(&self) -> &KeyPair {
        &self.0
    }
}

impl fmt::Debug for HomeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HomeKey({})", self.public())
    }
}

/// In whose name a replica answers: home itself, or a carrier, which passes on what home said and can add nothing to it.
#[derive(Clone, Copy, Debug)]
pub enum Authority<'a> {
    /// Home, with its key.
    Home(&'a HomeKey),
    /// A carrier, which knows whose word counts.
    Carrier(PublicKey),
}

impl Authority<'_> {
    /// The public key of home, whose word counts.
    #[must_use]
    pub fn home(&self) -> PublicKey {
        match self {
            Self::Home(key) => key.public(),
            Self::Carrier(home) => *home,
        }
    }

    /// Signs a statement as home; `None` for a carrier.
    pub fn state<S: SaidByHome>(&self, statement: &S) -> Option<Signed<S>> {
        match self {
            Self::Home(key) => Some(key.state(statement)),
            Self::Carrier(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::DeviceId;
    use crate::time::UnixMillis;

    #[test]
    fn home_is_believed_and_a_carrier_says_nothing_in_its_name() {
        let key = HomeKey::from_seed(&[1; 32]);
        let dismissal = Dismissal { device: DeviceId([2; 16]), since: UnixMillis(3), wipe: false };
        let (home, carrier) = (Authority::Home(&key), Authority::Carrier(key.public()));
        assert_eq!(home.home(), carrier.home());
        assert_eq!(home.state(&dismissal).unwrap().verify(&carrier.home()), Ok(dismissal));
        assert!(carrier.state(&dismissal).is_none());
    }
}
