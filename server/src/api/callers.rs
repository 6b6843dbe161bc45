//! What handlers take as whoever asks: each says in its type who may call, and where.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, IF_MATCH};
use axum::http::request::Parts;
use schemars::json_schema;
use sync_core::ids::EventId;

use super::described::{add_problems, header_parameter};
use super::device_caller::AnyCaller;
use super::place::EventInPath;
use super::tags::TagList;
use super::visitor::{COMMAND_HEADER, Visitor, recognise};
use crate::app::App;
use crate::auth::sessions::{Access, Clerk, Session};
use crate::auth::{Device, Participant};
use crate::error::Problem;
use crate::rates::holder_of;

/// The device that asks: its own, or the one that home holds for whoever signed in with a browser.
pub struct Caller(pub Arc<Device>);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Visitor::from_request_parts(parts, app).await?.device(app).map(Self);
        }
        let AnyCaller(device) = AnyCaller::from_request_parts(parts, app).await?;
        if device.is_revoked() { Err(Problem::REVOKED) } else { Ok(Self(device)) }
    }
}

impl OperationInput for Caller {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Visitor::operation_input(ctx, operation);
    }
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

/// A browser's session, with its token against forged requests.
pub struct Browsing {
    /// The session of the browser.
    pub session: Arc<Session>,
    /// For the header [`CSRF_HEADER`](super::visitor::CSRF_HEADER).
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
            /// The device or the session that reads.
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
        Self::by(by, event, parts, app).await
    }
}

impl Writing {
    async fn by(by: Visitor, event: EventId, parts: &Parts, app: &App) -> Result<Self, Problem> {
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
        Writing::by(by, event, parts, app).await.map(Self)
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
