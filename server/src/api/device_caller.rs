//! Devices that prove who they are with a token or with a signature.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use indexmap::IndexMap;

use super::described::{BEARER, add_problems};
use crate::app::App;
use crate::auth::{Device, Recognised};
use crate::error::Problem;

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

impl OperationInput for FreshToken {}

impl OperationInput for AnyCaller {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        operation.security.push(IndexMap::from([(BEARER.to_owned(), Vec::new())]));
        let unknown = [Problem::UNAUTHENTICATED, Problem::EXPIRED_TOKEN, Problem::BAD_PROOF];
        add_problems(ctx, operation, &unknown);
        add_problems(ctx, operation, &[Problem::TOO_MANY_CALLS, Problem::FORBIDDEN]);
    }
}
