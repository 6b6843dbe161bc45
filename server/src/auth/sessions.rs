//! Sessions with browsers: a cookie that scripts cannot read, a token against forged requests, and, for whoever may
//! write, a device that home holds and vouches for.
//!
//! A session begins with an offer that an organizer made and that is good once. It lives by the server's clock.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sync_core::ids::{DeviceId, Incarnation};
use sync_core::time::UnixMillis;
use sync_core::trust::{KeyPair, Scope};

use crate::clock::RandomSource;
use crate::error::Problem;
use crate::store::audit::Deed;
use crate::store::devices::DeviceRow;
use crate::store::sessions::SessionRow;

/// A session lasts this long.
pub const SESSION_LIFE_MS: i64 = 14 * 24 * 3600 * 1000;

/// What a session may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Everything that an organizer may.
    Organizer,
    /// Reads the totals of its office.
    FrontOffice,
    /// Finds people, and asks organizers for corrections.
    CallCentre,
}

impl Access {
    /// Its name in the store and in commands.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Organizer => "organizer",
            Self::FrontOffice => "front_office",
            Self::CallCentre => "call_centre",
        }
    }

    /// The one with this name; `None` if there is none.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        [Self::Organizer, Self::FrontOffice, Self::CallCentre].into_iter().find(|access| access.key() == key)
    }
}

/// Names a session; lets nobody in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SessionId(pub [u8; 8]);

impl SessionId {
    /// Counts a session like a device.
    #[must_use]
    pub fn as_caller(self) -> DeviceId {
        let mut caller = [0; 16];
        caller[..8].copy_from_slice(&self.0);
        DeviceId(caller)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a browser keeps.
#[derive(Clone)]
pub struct Cookie([u8; 32]);

impl Cookie {
    /// Draws a cookie at random.
    #[must_use]
    pub fn drawn(random: &RandomSource) -> Self {
        Self(random.draw())
    }

    /// As it stands in the header.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn read(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// What the server keeps of it. It is looked up by this hash; see [`crate::invite::hash_secret`].
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::new().chain_update(b"saxaul/cookie\0").chain_update(self.0).finalize().into()
    }

    /// What a page of this server must send along with everything that changes something. It follows from the cookie,
    /// which other sites can have sent but cannot read.
    #[must_use]
    pub fn csrf(&self) -> String {
        let hash = Sha256::new().chain_update(b"saxaul/csrf\0").chain_update(self.0).finalize();
        URL_SAFE_NO_PAD.encode(&hash[..18])
    }
}

/// Signs in the name of somebody who has no device of their own.
#[derive(Clone)]
pub struct Clerk {
    /// The device that home holds.
    pub device: DeviceId,
    /// The key of that device.
    pub key: KeyPair,
    /// Drawn whenever the server starts, so that a restored one uses no number twice.
    pub incarnation: Incarnation,
}

/// A session that holds.
pub struct Session {
    /// The id of the session, which lets nobody in.
    pub id: SessionId,
    /// The name of the person whose session it is.
    pub name: String,
    /// What it may do.
    pub access: Access,
    /// The events in which it holds.
    pub scope: Scope,
    /// When it began, by the server's clock.
    pub began: UnixMillis,
    /// Until when it lasts.
    pub expires: UnixMillis,
    /// Who writes for it, if it may.
    pub clerk: Option<Clerk>,
    /// The device that made the link by which it began.
    pub offered_by: Option<DeviceId>,
    /// Who stands behind it: see [`Sessions::sponsor_of`].
    pub sponsor: DeviceId,
}

/// The clock of a server that is set right goes back by less while people are signed in.
const CLOCK_STEP_MS: i64 = 3_600_000;

impl Session {
    /// Whether it is time for the session. One that began while the clock was far ahead does not last until that time comes.
    const fn is_within(&self, now: UnixMillis) -> bool {
        self.began.0.saturating_sub(CLOCK_STEP_MS) <= now.0 && now.0 < self.expires.0
    }
}

impl Session {
    /// What is written down of something that is done in this session. Its device came with it, and nothing of it was
    /// revoked when the session was recognised.
    #[must_use]
    pub fn deed(&self, at: UnixMillis) -> Deed {
        match &self.clerk {
            Some(clerk) => Deed { by: Some(clerk.device), at, revocations: Some(0) },
            None => Deed::of_server(at),
        }
    }
}

/// The sessions that hold, by the hashes of their cookies.
pub struct Sessions {
    known: RwLock<Known>,
    random: RandomSource,
}

#[derive(Default)]
struct Known {
    by_cookie: HashMap<[u8; 32], Arc<Session>>,
    /// Which device offered the session that holds a device, also of sessions that are over.
    offered: BTreeMap<DeviceId, DeviceId>,
    /// Those that were ended: that one began may be read before it ends, and taken after that.
    ended: HashSet<SessionId>,
}

impl Known {
    fn sponsor_of(&self, device: DeviceId) -> DeviceId {
        // A device is drawn when its session begins, so nobody stands behind themselves.
        std::iter::successors(Some(device), |device| self.offered.get(device).copied()).last().unwrap_or(device)
    }
}

impl Sessions {
    /// No session is known yet.
    #[must_use]
    pub fn new(random: RandomSource) -> Self {
        Self { known: RwLock::default(), random }
    }

    /// Takes a session as the store keeps it: recognises it from now on, or not any more if it was ended.
    pub fn take(&self, row: SessionRow) {
        match row.ended {
            Some(_) => self.end(SessionId(row.session)),
            None => self.admit(row),
        }
    }

    /// Notes who offered the session for which home holds a device, or held it.
    pub fn note_offered(&self, row: &DeviceRow) {
        if let Some(offered_by) = row.offered_by {
            self.known.write().expect("no holder panics").offered.insert(row.device, offered_by);
        }
    }

    fn admit(&self, row: SessionRow) {
        let Some(access) = Access::of_key(&row.access) else {
            tracing::error!(session = %SessionId(row.session), "a stored session is of no known access");
            return;
        };
        let clerk = row.held.map(|(device, seed)| Clerk {
            device,
            key: KeyPair::from_seed(&seed),
            incarnation: Incarnation(self.random.draw()),
        });
        let (id, cookie_hash) = (SessionId(row.session), row.cookie_hash);
        let SessionRow { scope, name, began, expires, offered_by, .. } = row;
        let mut known = self.known.write().expect("no holder panics");
        let sponsor = known.sponsor_of(offered_by.unwrap_or_else(|| id.as_caller()));
        let session = Session { id, name, access, scope, began, expires, clerk, offered_by, sponsor };
        known.by_cookie.retain(|_, known| known.expires > began);
        if !known.ended.contains(&id) {
            known.by_cookie.insert(cookie_hash, Arc::new(session));
        }
    }

    /// Who stands behind a device: the device itself, or, where a session holds it, whoever made the link by which that
    /// began, and so on to a device that no session holds. What many may not take is shared out by sponsor: whoever makes links
    /// could otherwise be as many as they like.
    #[must_use]
    pub fn sponsor_of(&self, device: DeviceId) -> DeviceId {
        self.known.read().expect("no holder panics").sponsor_of(device)
    }

    /// The session of a cookie.
    ///
    /// # Errors
    /// [`Problem::UNAUTHENTICATED`], [`Problem::EXPIRED_SESSION`].
    pub fn recognise(&self, cookie: &str, now: UnixMillis) -> Result<(Arc<Session>, Cookie), Problem> {
        let cookie = Cookie::read(cookie).ok_or(Problem::UNAUTHENTICATED)?;
        let known = self.known.read().expect("no holder panics").by_cookie.get(&cookie.hash()).cloned();
        let session = known.ok_or(Problem::EXPIRED_SESSION)?;
        if session.is_within(now) { Ok((session, cookie)) } else { Err(Problem::EXPIRED_SESSION) }
    }

    fn end(&self, id: SessionId) {
        let mut known = self.known.write().expect("no holder panics");
        known.ended.insert(id);
        known.by_cookie.retain(|_, session| session.id != id);
    }

    /// Whether a session that was recognised before has neither ended nor run out.
    #[must_use]
    pub fn holds(&self, session: &Session, now: UnixMillis) -> bool {
        session.is_within(now) && !self.known.read().expect("no holder panics").ended.contains(&session.id)
    }

    /// All that hold, the oldest first.
    #[must_use]
    pub fn all(&self, now: UnixMillis) -> Vec<Arc<Session>> {
        let known = self.known.read().expect("no holder panics");
        let mut all: Vec<Arc<Session>> =
            known.by_cookie.values().filter(|session| session.is_within(now)).cloned().collect();
        all.sort_by_key(|session| (session.began, session.id.0));
        all
    }
}
