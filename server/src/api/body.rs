//! The bodies of requests: JSON, bytes, and what a handler reads by itself.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, RequestBody};
use aide::operation::set_body;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::described::{add_problems, binary, content};
use crate::app::App;
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

impl<T: JsonSchema> OperationInput for Body<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = ctx.schema.subschema_for::<T>();
        let content = content("application/json", schema);
        set_body(ctx, operation, RequestBody { content, required: true, ..RequestBody::default() });
        add_problems(ctx, operation, &[Problem::BAD_BODY, Problem::TOO_LARGE, Problem::FULL]);
    }
}

impl OperationInput for Unread {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Raw::operation_input(ctx, operation);
        add_problems(ctx, operation, &[Problem::TIMEOUT]);
    }
}

impl OperationInput for Raw {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let content = content("application/octet-stream", binary());
        set_body(ctx, operation, RequestBody { content, required: true, ..RequestBody::default() });
        add_problems(ctx, operation, &[Problem::BAD_BODY, Problem::TOO_LARGE, Problem::FULL]);
    }
}
