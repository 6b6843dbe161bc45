//! Who is asking: nonces, session proofs, tokens, grants.
//!
//! Knows tokens and keys, never SQL. A phone's clock decides nothing here: a session begins with a nonce that the
//! server drew, and a token lives by the server's clock alone.

mod nonces;
pub mod sessions;
mod tokens;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sync_core::ids::{DeviceId, EventId};
use sync_core::trust::{Grant, KeyPair, PublicKey, Role, Scope, SessionProof, Signed};

use self::nonces::Nonces;
use self::sessions::Sessions;
use self::tokens::{TOKEN_LIFE_S, Tokens};
use crate::clock::{Clock, entropy};
use crate::error::Problem;
use crate::secret_file::write_secret;
use crate::store::devices::{DeviceRow, Revoked};
use crate::tree::Tree;

/// A device that was let in, as requests see it.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What home said of it.
    pub grant: Grant,
    /// The same, signed, to be passed on.
    pub signed: Signed<Grant>,
    /// How an organizer revoked it, if one did.
    pub revoked: Option<Revoked>,
    /// Whether the grant was stated for one event, out of one for a node of the tree.
    pub is_of_a_node: bool,
}

impl Device {
    /// Whether the device is an organizer's, wherever that is.
    ///
    /// # Errors
    /// [`Problem::FORBIDDEN`].
    pub fn require_organizer(&self) -> Result<(), Problem> {
        if self.grant.role < Role::Organizer { Err(Problem::FORBIDDEN) } else { Ok(()) }
    }
}

/// A device that was recognised.
pub struct Recognised {
    /// Who it is.
    pub device: Arc<Device>,
    /// A fresh token, if it came with a proof.
    pub token: Option<String>,
}

/// Lets devices in and recognises them.
pub struct Auth {
    clock: Clock,
    home: KeyPair,
    tokens: Tokens,
    nonces: Nonces,
    devices: RwLock<HashMap<DeviceId, Arc<Device>>>,
    tree: Tree,
    sessions: Sessions,
}

/// Why the home key could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is not a key.
    #[error("{0} is not a home key: restore it from a backup, or every device must join anew")]
    Damaged(std::path::PathBuf),
    /// The operating system reports something else.
    #[error("cannot use {path}: {cause}")]
    Medium {
        /// The file.
        path: std::path::PathBuf,
        /// What was reported.
        cause: std::io::Error,
    },
}

/// Reads the home key of a data directory, or draws one. Only its owner may read the file.
///
/// # Errors
/// See [`KeyError`].
pub fn home_key(directory: &Path) -> Result<KeyPair, KeyError> {
    let path = directory.join("home.key");
    let medium = |cause| KeyError::Medium { path: path.clone(), cause };
    match std::fs::read(&path) {
        Ok(bytes) => {
            let seed: [u8; 32] = bytes.try_into().map_err(|_| KeyError::Damaged(path.clone()))?;
            Ok(KeyPair::from_seed(&seed))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let seed = entropy::<32>();
            write_secret(&path, &seed).map_err(medium)?;
            Ok(KeyPair::from_seed(&seed))
        }
        Err(error) => Err(medium(error)),
    }
}

impl Auth {
    /// Begins with the devices that were let in so far. Tokens of an earlier run no longer hold.
    #[must_use]
    pub fn new(clock: Clock, home: KeyPair, (devices, sessions): (Vec<DeviceRow>, Sessions), tree: Tree) -> Self {
        let tokens = Tokens::new(home.public().to_string(), clock.now());
        let auth = Self { clock, home, tokens, nonces: Nonces::new(), devices: RwLock::default(), tree, sessions };
        for row in devices {
            auth.admit(&row);
        }
        auth
    }

    /// The home server's keys.
    #[must_use]
    pub const fn home(&self) -> &KeyPair {
        &self.home
    }

    /// The home server's public key.
    #[must_use]
    pub fn home_key(&self) -> PublicKey {
        self.home.public()
    }

    /// The server's clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// From now on, recognises a device whose grant is durable.
    pub fn admit(&self, row: &DeviceRow) {
        match row.grant.verify(&self.home_key()) {
            Ok(grant) => {
                let (signed, revoked) = (row.grant.clone(), row.revoked);
                let device = Device { id: row.device, grant, signed, revoked, is_of_a_node: false };
                self.devices.write().expect("no holder panics").insert(row.device, Arc::new(device));
            }
            Err(error) => tracing::error!(device = %row.device, %error, "a stored grant is not of this home key"),
        }
    }

    /// What is news in a grant that another device gives back: home said so, and was restored from a copy that is older.
    ///
    /// A grant for one event says nothing about a device that is known as one of more, except that it was revoked.
    #[must_use]
    pub fn recalls(&self, signed: &Signed<Grant>) -> Option<DeviceRow> {
        let grant = signed.verify(&self.home_key()).ok()?;
        let device = grant.key.device();
        let row = |grant: &Grant, signed| DeviceRow { device, grant: signed, revoked: grant.revoked, seen: None };
        let Some(known) = self.device(device) else { return Some(row(&grant, signed.clone())) };
        let is_taken_back = known.revoked.is_some() && grant.revoked.is_none();
        if known.grant.issued >= grant.issued || is_taken_back {
            return None;
        }
        if known.grant.scope.event().is_none() && grant.scope.event().is_some() {
            let whole = Grant { scope: known.grant.scope, ..grant };
            return whole.revoked.is_some().then(|| row(&whole, self.home.state(&whole)));
        }
        Some(row(&grant, signed.clone()))
    }

    /// Sessions with browsers.
    #[must_use]
    pub const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Who belongs to whom.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Whether a device has this role, or a higher one, in all of `scope`.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`] to whom the event is no business; [`Problem::FORBIDDEN`] to who may know of it.
    pub fn require(&self, caller: &Device, scope: &Scope, role: Role) -> Result<(), Problem> {
        if !self.tree.includes(&caller.grant.scope, scope) {
            return Err(match scope {
                Scope::Event(_) => Problem::UNKNOWN_EVENT,
                Scope::Home | Scope::Node(_) => Problem::FORBIDDEN,
            });
        }
        if caller.grant.role < role { Err(Problem::FORBIDDEN) } else { Ok(()) }
    }

    /// A device as one event knows it: a grant for a node of the tree is stated anew for the event, always in the same
    /// words.
    #[must_use]
    pub fn in_event(&self, device: &Arc<Device>, event: EventId) -> Arc<Device> {
        if !matches!(device.grant.scope, Scope::Node(_)) {
            return Arc::clone(device);
        }
        let grant = Grant { scope: Scope::Event(event), ..device.grant.clone() };
        let signed = self.home.state(&grant);
        Arc::new(Device { grant, signed, is_of_a_node: true, ..Device::clone(device) })
    }

    /// The devices that `caller` may see: those whose rights lie within the caller's.
    #[must_use]
    pub fn devices_under(&self, caller: &Device) -> Vec<Arc<Device>> {
        let devices = self.devices.read().expect("no holder panics");
        let mut under: Vec<_> = devices
            .values()
            .filter(|device| self.tree.includes(&caller.grant.scope, &device.grant.scope))
            .cloned()
            .collect();
        under.sort_by_key(|device| (device.grant.issued, device.id));
        under
    }

    /// Draws a nonce for a device. Unknown devices get one too, and learn nothing.
    #[must_use]
    pub fn nonce(&self, device: DeviceId) -> [u8; 32] {
        self.nonces.draw(device, self.clock.now())
    }

    /// Exchanges a signed nonce for a token. Each nonce is good once.
    ///
    /// # Errors
    /// [`Problem::BAD_PROOF`].
    pub fn token(&self, device: DeviceId, proof: &Signed<SessionProof>) -> Result<(String, i64), Problem> {
        let known = self.device(device).ok_or(Problem::BAD_PROOF)?;
        let proof = proof.verify(&known.grant.key).map_err(|_| Problem::BAD_PROOF)?;
        if proof.device != device || proof.home != self.home_key() {
            return Err(Problem::BAD_PROOF);
        }
        let now = self.clock.now();
        if !self.nonces.spend(device, &proof.nonce, now) {
            return Err(Problem::BAD_PROOF);
        }
        Ok((self.tokens.issue(device, now), TOKEN_LIFE_S))
    }

    /// Recognises the device behind an `Authorization` header: a token, or the proof itself, which spares a round
    /// trip and earns a token for what follows.
    ///
    /// # Errors
    /// [`Problem::UNAUTHENTICATED`], [`Problem::BAD_PROOF`] or [`Problem::EXPIRED_TOKEN`].
    pub fn recognise(&self, authorization: Option<&str>) -> Result<Recognised, Problem> {
        let (scheme, value) = authorization.and_then(|value| value.split_once(' ')).ok_or(Problem::UNAUTHENTICATED)?;
        match scheme {
            "Bearer" => self.recognise_token(value).map(|device| Recognised { device, token: None }),
            "Proof" => {
                let (device, proof) = value.split_once('.').ok_or(Problem::UNAUTHENTICATED)?;
                let id = device.parse().map_err(|_| Problem::UNAUTHENTICATED)?;
                let proof = URL_SAFE_NO_PAD.decode(proof).map_err(|_| Problem::UNAUTHENTICATED)?;
                let proof = minicbor::decode(&proof).map_err(|_| Problem::UNAUTHENTICATED)?;
                let (token, _) = self.token(id, &proof)?;
                let device = self.device(id).ok_or(Problem::UNAUTHENTICATED)?;
                Ok(Recognised { device, token: Some(token) })
            }
            _ => Err(Problem::UNAUTHENTICATED),
        }
    }

    fn recognise_token(&self, token: &str) -> Result<Arc<Device>, Problem> {
        let device = self.tokens.judge(token, self.clock.now())?;
        self.device(device).ok_or(Problem::UNAUTHENTICATED)
    }

    /// A device that was let in; `None` if it is not known.
    #[must_use]
    pub fn device(&self, device: DeviceId) -> Option<Arc<Device>> {
        self.devices.read().expect("no holder panics").get(&device).cloned()
    }
}
