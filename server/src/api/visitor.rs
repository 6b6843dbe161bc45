//! Who reads and writes over the API: a device with its token, or a browser with its cookie.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use indexmap::IndexMap;
use schemars::json_schema;
use sha2::{Digest, Sha256};
use sync_core::ids::{DeviceId, EventId};
use sync_core::trust::{Role, Scope};

use super::cookies::{cookie_in, cookie_name};
use super::described::{BEARER, add_problems, header_parameter};
use super::device_caller::AnyCaller;
use super::own_page::is_of_own_page;
use crate::app::App;
use crate::auth::Device;
use crate::auth::sessions::{Access, Cookie, Session};
use crate::changes::Who;
use crate::error::Problem;
use crate::store::audit::Deed;

/// The name under which the document keeps how browsers prove who they are.
pub const COOKIE_SCHEME: &str = "session";
/// The header in which a page sends the token against forged requests.
pub const CSRF_HEADER: &str = "x-saxaul-csrf";
/// The header in which a request that changes something says what it is called.
pub const COMMAND_HEADER: &str = "idempotency-key";

/// Whoever asks over the API.
#[derive(Clone)]
pub enum Visitor {
    /// A device with a key of its own.
    Device(Arc<Device>),
    /// A person with a browser, in a session.
    Session(Arc<Session>),
}

impl Visitor {
    /// Where the visitor has the rights of [`Visitor::access`].
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        match self {
            Self::Device(device) => device.rights.scopes_of(Role::Organizer),
            Self::Session(session) => vec![session.scope],
        }
    }

    /// Where the visitor may know what there is.
    #[must_use]
    pub fn known_scopes(&self) -> Vec<Scope> {
        match self {
            Self::Device(device) => device.rights.scopes_of(Role::Marker),
            Self::Session(session) => vec![session.scope],
        }
    }

    /// What the visitor may do here; `None` for a device of the field.
    #[must_use]
    pub fn access(&self) -> Option<Access> {
        match self {
            Self::Device(device) if device.require_organizer().is_ok() => Some(Access::Organizer),
            Self::Device(_) => None,
            Self::Session(session) => Some(session.access),
        }
    }

    /// Tells the visitor from all others.
    #[must_use]
    pub fn who(&self) -> Who {
        let caller = match self {
            Self::Device(device) => device.id,
            Self::Session(session) => session.id.as_caller(),
        };
        Who { caller, sponsor: self.sponsor() }
    }

    /// By whom what is shared out among everybody is counted.
    #[must_use]
    pub fn sponsor(&self) -> DeviceId {
        match self {
            Self::Device(device) => device.id,
            Self::Session(session) => session.sponsor,
        }
    }

    /// The device that writes for the visitor.
    ///
    /// # Errors
    /// [`Problem::FORBIDDEN`] for somebody who writes nothing.
    pub fn device(&self, app: &App) -> Result<Arc<Device>, Problem> {
        match self {
            Self::Device(device) => Ok(Arc::clone(device)),
            Self::Session(session) => {
                let clerk = session.clerk.as_ref().ok_or(Problem::FORBIDDEN)?;
                app.auth.device(clerk.device).ok_or(Problem::FORBIDDEN)
            }
        }
    }

    /// What is written down of something that the visitor does now.
    #[must_use]
    pub fn deed(&self, app: &App) -> Deed {
        let at = app.auth.clock().now();
        match self {
            Self::Device(device) => Deed { by: Some(device.id), at, revocations: Some(device.revocations) },
            Self::Session(session) => session.deed(at),
        }
    }

    /// Whether the visitor has one of these rights in an event.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`] to whom the event is no business, [`Problem::FORBIDDEN`].
    pub fn require(&self, app: &App, event: EventId, one_of: &[Access]) -> Result<(), Problem> {
        let event = Scope::Event(event);
        if !app.auth.tree().is_within(&self.known_scopes(), &event) {
            return Err(Problem::UNKNOWN_EVENT);
        }
        self.require_access(one_of)?;
        if app.auth.tree().is_within(&self.scopes(), &event) { Ok(()) } else { Err(Problem::FORBIDDEN) }
    }

    /// Whether who was let in a while ago would be let in again: for answers that go on after their request was judged.
    #[must_use]
    pub fn still_may(&self, app: &App, event: EventId, one_of: &[Access]) -> bool {
        let now = match self {
            Self::Device(device) => app.auth.device(device.id).map(Self::Device),
            Self::Session(session) if app.auth.sessions().holds(session, app.auth.clock().now()) => Some(self.clone()),
            Self::Session(_) => None,
        };
        let is_revoked = |by: &Self| match by {
            Self::Device(device) => device.is_revoked(),
            Self::Session(session) => session.clerk.is_some() && by.device(app).is_ok_and(|device| device.is_revoked()),
        };
        now.is_some_and(|by| !is_revoked(&by) && by.require(app, event, one_of).is_ok())
    }

    /// Whether the visitor has one of these rights somewhere.
    ///
    /// # Errors
    /// [`Problem::FORBIDDEN`].
    pub fn require_access(&self, one_of: &[Access]) -> Result<(), Problem> {
        match self.access() {
            Some(access) if one_of.contains(&access) => Ok(()),
            _ => Err(Problem::FORBIDDEN),
        }
    }
}

/// Whether an organizer is signed in who sends this. Says nothing else of a request, and counts none.
pub fn is_organizer(headers: &HeaderMap, app: &App) -> bool {
    match headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default()) {
        // A proof holds once, and is left to whoever answers the request.
        Some(header) => {
            let recognised = header.starts_with("Bearer ").then(|| app.auth.recognise(Some(header)));
            let device = recognised.and_then(Result::ok).map(|recognised| recognised.device);
            device.is_some_and(|device| device.require_organizer().is_ok())
        }
        None => {
            let cookie = cookie_in(headers, cookie_name(app));
            let session = cookie.map(|cookie| app.auth.sessions().recognise(cookie, app.auth.clock().now()));
            session.is_some_and(|session| session.is_ok_and(|(session, _)| session.access == Access::Organizer))
        }
    }
}

/// Recognises a session, and refuses what another site had the browser send.
pub(super) fn recognise(parts: &Parts, app: &App) -> Result<(Arc<Session>, Cookie), Problem> {
    let now = app.auth.clock().now();
    let stranger = |problem| match app.rates.count_stranger(&parts.headers, &parts.extensions, now) {
        Ok(()) => problem,
        Err(too_many) => too_many,
    };
    let cookie = cookie_in(&parts.headers, cookie_name(app)).ok_or_else(|| stranger(Problem::UNAUTHENTICATED))?;
    let (session, cookie) = app.auth.sessions().recognise(cookie, now).map_err(stranger)?;
    app.rates.count_device(session.id.as_caller(), now)?;
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    // Compared as hashes: how long that takes tells nothing of the token.
    let has_its_token = || text(CSRF_HEADER).is_some_and(|sent| Sha256::digest(sent) == Sha256::digest(cookie.csrf()));
    if !is_of_own_page(&parts.headers, app) || !(parts.method.is_safe() || has_its_token()) {
        return Err(Problem::FORGED);
    }
    if let Some(clerk) = &session.clerk
        && app.auth.device(clerk.device).is_none_or(|device| device.is_revoked())
    {
        return Err(Problem::REVOKED);
    }
    Ok((session, cookie))
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if parts.headers.contains_key(AUTHORIZATION) {
            let AnyCaller(device) = AnyCaller::from_request_parts(parts, app).await?;
            return if device.is_revoked() { Err(Problem::REVOKED) } else { Ok(Self::Device(device)) };
        }
        recognise(parts, app).map(|(session, _)| Self::Session(session))
    }
}

impl OperationInput for Visitor {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        AnyCaller::operation_input(ctx, operation);
        add_problems(
            ctx,
            operation,
            &[Problem::EXPIRED_SESSION, Problem::REVOKED, Problem::FORGED, Problem::TOO_MUCH_WORK],
        );
        operation.security = vec![
            IndexMap::from([(BEARER.to_owned(), Vec::new())]),
            IndexMap::from([(COOKIE_SCHEME.to_owned(), Vec::new())]),
        ];
        let schema = json_schema!({
            "type": "string",
            "description": "With a cookie, for everything but GET: the token against forged requests."
        });
        header_parameter(ctx, operation, CSRF_HEADER, schema, false);
    }
}
