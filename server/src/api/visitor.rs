//! Who reads and writes over the API: a device with its token, or a browser with its cookie.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, IF_MATCH};
use axum::http::request::Parts;
use indexmap::IndexMap;
use schemars::json_schema;
use sha2::{Digest, Sha256};
use sync_core::ids::{DeviceId, EventId};
use sync_core::trust::{Role, Scope};

use super::described::{BEARER, add_problems, header_parameter};
use super::own_page::is_of_own_page;
use super::place::EventInPath;
use super::tags::TagList;
use super::{AnyCaller, Caller};
use crate::app::App;
use crate::auth::sessions::{Access, Clerk, Cookie, Session};
use crate::auth::{Device, Participant};
use crate::changes::Who;
use crate::error::Problem;
use crate::rates::holder_of;
use crate::store::audit::Deed;

/// The name under which the document keeps how browsers prove who they are.
pub const COOKIE_SCHEME: &str = "session";
/// The cookie's name where the server is reached without TLS: on the machine itself.
pub const COOKIE_NAME: &str = "saxaul-session";
/// A browser keeps a cookie of this name for no other host, and sends it over TLS alone (RFC 6265bis).
const SECURE_COOKIE_NAME: &str = "__Host-saxaul-session";
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

/// The name of the session's cookie.
pub fn cookie_name(app: &App) -> &'static str {
    if app.public_url.starts_with("https://") { SECURE_COOKIE_NAME } else { COOKIE_NAME }
}

pub(super) fn cookie_in<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
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
fn recognise(parts: &Parts, app: &App) -> Result<(Arc<Session>, Cookie), Problem> {
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

/// Whoever holds the address from which somebody calls who need not say who they are.
#[derive(Clone, Copy)]
pub struct Stranger(pub IpAddr);

impl FromRequestParts<Arc<App>> for Stranger {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self(holder_of(app.rates.address_of(&parts.headers, &parts.extensions))))
    }
}

impl OperationInput for Stranger {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        add_problems(ctx, operation, &[Problem::TOO_MUCH_WORK]);
    }
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

/// A browser's session, with its token against forged requests.
pub struct Browsing {
    /// The session of the browser.
    pub session: Arc<Session>,
    /// For the header [`CSRF_HEADER`].
    pub csrf: String,
}

impl FromRequestParts<Arc<App>> for Browsing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        recognise(parts, app).map(|(session, cookie)| Self { session, csrf: cookie.csrf() })
    }
}

impl OperationInput for Browsing {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Visitor::operation_input(ctx, operation);
        operation.security.remove(0);
    }
}

macro_rules! readers {
    ($($(#[$doc:meta])* $type:ident may be [$($access:ident),+];)+) => {$(
        $(#[$doc])*
        pub struct $type {
            /// The event that is read.
            pub event: EventId,
            /// Whoever reads.
            pub by: Visitor,
        }

        impl FromRequestParts<Arc<App>> for $type {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
                let by = Visitor::from_request_parts(parts, app).await?;
                let EventInPath(event) = EventInPath::from_request_parts(parts, app).await?;
                by.require(app, event, &[$(Access::$access),+])?;
                Ok(Self { event, by })
            }
        }

        impl OperationInput for $type {
            fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
                Visitor::operation_input(ctx, operation);
                EventInPath::operation_input(ctx, operation);
            }
        }
    )+};
}

readers! {
    /// An organizer of the event in the path.
    OrganizerOf may be [Organizer];
    /// Whoever may read the totals of the event in the path.
    TotalsReaderOf may be [Organizer, FrontOffice];
    /// Whoever may ask for corrections in the event in the path.
    AskerOf may be [Organizer, CallCentre];
}

/// An organizer with a browser who changes the event in the path, once.
pub struct Writing {
    /// The event that is read.
    pub event: EventId,
    /// The device that home holds, as the event knows it.
    pub device: Arc<Participant>,
    /// Who signs for it.
    pub clerk: Clerk,
    /// What the request is called: with this name it is performed once.
    pub command: String,
    /// The tags of what the organizer has seen, if it must be one of them still.
    pub if_match: Option<TagList>,
    /// The method and the path of the request.
    pub address: String,
    /// The session whose request this is; whether it still may write is asked again before each part.
    pub by: Visitor,
}

fn is_command(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl FromRequestParts<Arc<App>> for Writing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let OrganizerOf { event, by } = OrganizerOf::from_request_parts(parts, app).await?;
        Self::by(by, event, (parts, app)).await
    }
}

impl Writing {
    async fn by(by: Visitor, event: EventId, (parts, app): (&Parts, &App)) -> Result<Self, Problem> {
        let Visitor::Session(session) = &by else { return Err(Problem::SESSION_NEEDED) };
        let clerk = session.clerk.clone().ok_or(Problem::FORBIDDEN)?;
        let known = app.auth.device(clerk.device).ok_or(Problem::FORBIDDEN)?;
        let text = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or_default().to_owned());
        let command = text(COMMAND_HEADER).filter(|text| is_command(text)).ok_or(Problem::NO_COMMAND_ID)?;
        app.require_event(event).await?;
        Ok(Self {
            event,
            device: Arc::new(app.auth.members().in_event(&known, event).ok_or(Problem::FORBIDDEN)?),
            clerk,
            command,
            if_match: TagList::read(&parts.headers, &IF_MATCH).filter(|tags| !tags.is_any()),
            address: format!("{} {}", parts.method, parts.uri.path()),
            by,
        })
    }
}

impl OperationInput for Writing {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        OrganizerOf::operation_input(ctx, operation);
        operation.security.remove(0);
        let refused = [
            Problem::SESSION_NEEDED,
            Problem::NO_COMMAND_ID,
            Problem::REUSED_COMMAND,
            Problem::ID_TAKEN,
            Problem::ERASED,
            Problem::BAD_FIELD,
            Problem::UNKNOWN_SUBJECT,
            Problem::UNKNOWN_ENTRY,
            Problem::UNKNOWN_RULING,
            Problem::FULL,
        ];
        add_problems(ctx, operation, &refused);
        let schema = json_schema!({
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{1,64}$",
            "description": "A name that the client draws for this request. Repeating the request with the same name is harmless."
        });
        header_parameter(ctx, operation, COMMAND_HEADER, schema, true);
    }
}

/// Says that a write may be made to depend on what was read, by [`Writing::if_match`].
pub struct IfSame;

impl FromRequestParts<Arc<App>> for IfSame {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        Ok(Self)
    }
}

impl OperationInput for IfSame {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema =
            json_schema!({ "type": "string", "description": "The ETag of what was read: refused if it changed." });
        header_parameter(ctx, operation, "if-match", schema, false);
        add_problems(ctx, operation, &[Problem::CHANGED]);
    }
}

/// Somebody with a browser who asks organizers for something, once.
pub struct Asking(pub Writing);

impl FromRequestParts<Arc<App>> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let AskerOf { event, by } = AskerOf::from_request_parts(parts, app).await?;
        Writing::by(by, event, (parts, app)).await.map(Self)
    }
}

impl OperationInput for Asking {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Writing::operation_input(ctx, operation);
    }
}

/// Whoever may read totals, wherever that is.
pub struct TotalsReader(pub Visitor);

impl FromRequestParts<Arc<App>> for TotalsReader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let by = Visitor::from_request_parts(parts, app).await?;
        by.require_access(&[Access::Organizer, Access::FrontOffice])?;
        Ok(Self(by))
    }
}

impl OperationInput for TotalsReader {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Visitor::operation_input(ctx, operation);
    }
}

/// Somebody who finds people: the call-centre, or an organizer.
pub struct Finder(pub Visitor);

impl FromRequestParts<Arc<App>> for Finder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let by = Visitor::from_request_parts(parts, app).await?;
        by.require_access(&[Access::Organizer, Access::CallCentre])?;
        Ok(Self(by))
    }
}

impl OperationInput for Finder {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Visitor::operation_input(ctx, operation);
    }
}

/// An organizer, wherever that is.
pub struct Organizer(pub Visitor);

impl FromRequestParts<Arc<App>> for Organizer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let by = Visitor::from_request_parts(parts, app).await?;
        by.require_access(&[Access::Organizer])?;
        Ok(Self(by))
    }
}

impl OperationInput for Organizer {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Caller::operation_input(ctx, operation);
    }
}
