//! The exchange over HTTP: one request, one response, answered when everything in it is durable.

use std::convert::Infallible;
use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, ReferenceOr, Response as Described};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sync_core::exchange::{MessageError, Request, read_message, version_of, write_message_in, write_response_around};

use super::body::Raw;
use super::described::{binary, content};
use super::device_caller::{AnyCaller, FreshToken, TOKEN_HEADER};
use super::place::EventInPath;
use crate::app::App;
use crate::desks::WrittenOnce;
use crate::error::{Denial, Problem};
use crate::exchange::{self, Answer};

pub use sync_core::wire::MEDIA_TYPE;

/// A message of the exchange.
pub struct Answered(Response);

impl IntoResponse for Answered {
    fn into_response(self) -> Response {
        self.0
    }
}

impl OperationOutput for Answered {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Described)> {
        if let Some(ReferenceOr::Item(body)) = &mut operation.request_body {
            body.content = content(MEDIA_TYPE, binary());
        }
        let description = "What the server took, and what it has that is new: a message of the exchange.".to_owned();
        vec![(Some(200), Described { description, content: content(MEDIA_TYPE, binary()), ..Described::default() })]
    }
}

/// `POST /v1/events/{event}/exchange`. Repeating it is harmless.
///
/// A revoked device hands over what it has, and is given nothing but its dismissal.
///
/// # Errors
/// [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_BODY`], [`Problem::TOO_LARGE`], [`Problem::VERSION`],
/// [`Problem::FOREIGN`], [`Problem::BUSY`], [`Problem::FULL`]. What is wrong with a single item is in its receipt.
pub async fn exchange(
    State(app): State<Arc<App>>,
    EventInPath(event): EventInPath,
    AnyCaller(caller): AnyCaller,
    FreshToken(token): FreshToken,
    Raw(body): Raw,
) -> Result<Answered, Denial> {
    let caller = Arc::new(app.auth.members().in_event(&caller, event).ok_or(Problem::UNKNOWN_EVENT)?);
    let request: Request = read_message(&body).map_err(|error| match error {
        MessageError::Version(_) => Denial::of_field(Problem::VERSION, "version", error.to_string()),
        other => Problem::from(other).into(),
    })?;
    let answer = exchange::answer(&app, event, caller, request).await?;
    let body = written(version_of(&body), answer);
    let mut response = ([(CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
    if let Some(token) = token.and_then(|token| HeaderValue::from_str(&token).ok()) {
        response.headers_mut().insert(TOKEN_HEADER, token);
    }
    Ok(Answered(response))
}

/// A message, of which the page that others are given too is not copied.
fn written(version: u8, Answer { response, page }: Answer) -> Response {
    let Some(page) = page else { return write_message_in(version, &response).into_response() };
    let [before, after] = write_response_around(version, &response);
    let parts = [Bytes::from(before), Bytes::from_owner(Page(page)), Bytes::from(after)];
    let length = parts.iter().map(Bytes::len).sum::<usize>();
    let body = Body::from_stream(futures_util::stream::iter(parts.map(Ok::<_, Infallible>)));
    ([(CONTENT_LENGTH, length)], body).into_response()
}

struct Page(Arc<WrittenOnce>);

impl AsRef<[u8]> for Page {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref().as_ref()
    }
}
