//! Who is asking: nonces, session proofs, tokens, grants.
//!
//! Knows tokens and keys, never SQL. A phone's clock decides nothing here: a session begins with a nonce that the
//! server drew, and a token lives by the server's clock alone.

mod hs256;
mod members;
mod nonces;
mod registry;
pub mod rights;
pub mod sessions;
mod tokens;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sync_core::ids::DeviceId;
use sync_core::trust::{HomeKey, PublicKey, Role, Scope, SessionProof, Signed};

pub use self::members::{Device, Members, Participant};
use self::nonces::Nonces;
pub use self::registry::Registry;
use self::rights::Registrar;
use self::sessions::Sessions;
use self::tokens::{TOKEN_LIFE_S, Tokens};
use crate::clock::{Clock, Environment, RandomSource};
use crate::error::Problem;
use crate::store::StoreError;
use crate::tree::Tree;
use crate::workers::Workers;

/// A device that was recognised.
pub struct Recognised {
    /// The device that was recognised.
    pub device: Arc<Device>,
    /// A fresh token, if it came with a proof.
    pub token: Option<String>,
}

/// Lets devices in and recognises them.
pub struct Auth {
    environment: Environment,
    tokens: Tokens,
    nonces: Nonces,
    registry: Arc<Registry>,
}

impl Auth {
    /// Judges by the registry.
    #[must_use]
    pub fn new(environment: Environment, registry: Arc<Registry>) -> Self {
        let home = registry.members().registrar().home();
        let tokens = Tokens::new(home);
        let nonces = Nonces::new(home, Arc::clone(registry.store()), &environment.random);
        Self { environment, tokens, nonces, registry }
    }

    /// Takes what was changed of the registry, by whichever process: see [`Registry::follow`]. Every request is judged
    /// after this, and whoever has the registry changed is answered after it.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn follow(&self) -> Result<(), StoreError> {
        self.registry.follow().await
    }

    /// The home server's keys.
    #[must_use]
    pub fn home(&self) -> &HomeKey {
        self.registrar().home()
    }

    /// The home server's public key.
    #[must_use]
    pub fn home_key(&self) -> PublicKey {
        self.home().public()
    }

    /// The server's clock, by which tokens and nonces live.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.environment.clock
    }

    /// Where what the server draws at random comes from.
    #[must_use]
    pub const fn random(&self) -> &RandomSource {
        &self.environment.random
    }

    /// How blocking work is run.
    #[must_use]
    pub const fn workers(&self) -> Workers {
        self.environment.workers
    }

    /// The registry as it is followed here.
    #[must_use]
    pub const fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The devices that were let in.
    #[must_use]
    pub fn members(&self) -> &Members {
        self.registry.members()
    }

    /// States grants in home's name.
    #[must_use]
    pub fn registrar(&self) -> &Registrar {
        self.members().registrar()
    }

    /// The sessions with browsers.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        self.registry.sessions()
    }

    /// Who belongs to whom.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        self.registrar().tree()
    }

    /// Whether a device has this role, or a higher one, in all of `scope`.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`] to whom the event is no business; [`Problem::FORBIDDEN`] to who may know of it.
    pub fn require(&self, caller: &Device, scope: &Scope, role: Role) -> Result<(), Problem> {
        if self.tree().is_within(&caller.rights.scopes_of(role), scope) {
            return Ok(());
        }
        let may_know = self.tree().is_within(&caller.rights.scopes_of(Role::Marker), scope);
        Err(match scope {
            Scope::Event(_) if !may_know => Problem::UNKNOWN_EVENT,
            Scope::Event(_) | Scope::Home | Scope::Node(_) => Problem::FORBIDDEN,
        })
    }

    /// Draws a nonce for a device. Unknown devices get one too, and learn nothing.
    #[must_use]
    pub fn nonce(&self, device: DeviceId) -> [u8; 32] {
        self.nonces.draw(device, self.clock().now())
    }

    /// Exchanges a signed nonce for a token. Each nonce is good once.
    ///
    /// # Errors
    /// [`Problem::BAD_PROOF`].
    pub fn token(&self, device: DeviceId, proof: &Signed<SessionProof>) -> Result<(String, i64), Problem> {
        let known = self.device(device).ok_or(Problem::BAD_PROOF)?;
        let proof = proof.verify(&known.key).map_err(|_| Problem::BAD_PROOF)?;
        if proof.device != device || proof.home != self.home_key() {
            return Err(Problem::BAD_PROOF);
        }
        let now = self.clock().now();
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
        // A scheme is the same in any case (RFC 9110, section 11.1).
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => self.recognise_token(value).map(|device| Recognised { device, token: None }),
            "proof" => {
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
        let device = self.tokens.judge(token, self.clock().now())?;
        self.device(device).ok_or(Problem::UNAUTHENTICATED)
    }

    /// A device that was let in; `None` if it is not known.
    #[must_use]
    pub fn device(&self, device: DeviceId) -> Option<Arc<Device>> {
        self.members().device(device)
    }
}
