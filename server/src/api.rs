//! The resources behind the addresses; one file for each.

pub mod described;
pub mod devices;
pub mod document;
pub mod enrol;
pub mod erasures;
pub mod events;
pub mod exchange;
pub mod health;
pub mod held;
pub mod invites;
pub mod jobs;
pub mod letters;
pub mod nodes;
pub mod organizers;
pub mod own_page;
pub mod place;
pub mod session;
pub mod sign_in;
pub mod tags;
pub mod visitor;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderName;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use self::visitor::Visitor;
use crate::app::App;
use crate::auth::{Device, Recognised};
use crate::error::{Denial, Place, Problem};
use crate::plain_text::decode;

/// A JSON body; anything else is a problem, not axum's own text.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Denial;

    async fn from_request(request: Request, state: &Arc<App>) -> Result<Self, Denial> {
        let Raw(bytes) = Raw::from_request(request, state).await?;
        let text = decode(&bytes).map_err(|_| Problem::BAD_BODY)?;
        let mut reader = serde_json::Deserializer::from_str(&text);
        let body = serde_path_to_error::deserialize(&mut reader).map_err(|error| misread(&error))?;
        reader.end().map_err(|_| Problem::BAD_BODY)?;
        Ok(Self(body))
    }
}

/// Says where in a body something is wrong, and quotes nothing of it.
fn misread(error: &serde_path_to_error::Error<serde_json::Error>) -> Denial {
    let cause = error.inner();
    let place = Place {
        field: Some(error.path().to_string()).filter(|path| path != "."),
        why: None,
        expects: None,
        line: Some(cause.line() as u64).filter(|line| *line > 0),
        column: Some(cause.column() as u64).filter(|_| cause.line() > 0),
    };
    Denial { problem: Problem::BAD_BODY, place: Box::new(place) }
}

/// A body's bytes, within the limit.
pub struct Raw(pub Bytes);

impl FromRequest<Arc<App>> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &Arc<App>) -> Result<Self, Problem> {
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(cause)
                if cause.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE =>
            {
                Problem::TOO_LARGE
            }
            _ => Problem::BAD_BODY,
        })
    }
}

/// A body of which nothing was read yet: its handler reads it, when there is room.
pub struct Unread(pub axum::body::Body);

impl FromRequest<Arc<App>> for Unread {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        Ok(Self(request.into_body()))
    }
}

/// The device that asks: its own, or the one that home holds for whoever signed in with a browser.
pub struct Caller(pub Arc<Device>);

/// The device that asks, even if it was revoked: it may hand over what it has.
pub struct AnyCaller(pub Arc<Device>);

/// The header in which a device that came with a proof finds a token for what follows.
pub const TOKEN_HEADER: HeaderName = HeaderName::from_static(sync_core::wire::TOKEN_HEADER);

/// The fresh token of a device that came with a proof.
pub struct FreshToken(pub Option<String>);

impl FromRequestParts<Arc<App>> for FreshToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        Ok(Self(parts.extensions.remove::<Fresh>().map(|Fresh(token)| token)))
    }
}

#[derive(Clone)]
struct Fresh(String);

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

impl FromRequestParts<Arc<App>> for AnyCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let now = app.auth.clock().now();
        let count_stranger = || app.rates.count_stranger(&parts.headers, &parts.extensions, now);
        // A token is cheap to judge, a proof is not: who comes with one is a stranger until it holds.
        let has_token = header
            .and_then(|header| header.split_once(' '))
            .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        if !has_token {
            count_stranger()?;
        }
        let Recognised { device, token } = match app.auth.recognise(header) {
            Ok(recognised) => recognised,
            Err(problem) if has_token => return Err(count_stranger().err().unwrap_or(problem)),
            Err(problem) => return Err(problem),
        };
        app.rates.count_device(device.id, now)?;
        if let Some(token) = token {
            parts.extensions.insert(Fresh(token));
        }
        Ok(Self(device))
    }
}
