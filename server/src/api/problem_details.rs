//! How HTTP says why something is not done: a status for each kind of failure, and problem details (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Denial, Kind, Place, Problem};

/// The media type of problem details.
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// The status for a kind of failure.
#[must_use]
pub const fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Unknown => StatusCode::NOT_FOUND,
        Kind::NoSuchMethod => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Unusable => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::OtherMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Changed => StatusCode::PRECONDITION_FAILED,
        Kind::Gone => StatusCode::GONE,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
        Kind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The body of a problem, as clients read it (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProblemBody<'a> {
    /// Names the code as a URN.
    r#type: String,
    /// The name of the status.
    title: &'a str,
    /// The HTTP status, once more in the body.
    status: u16,
    /// Stable, for programs and for translation.
    code: &'a str,
    /// One sentence that says what to do.
    detail: &'a str,
    /// To be quoted when asking for help.
    request_id: &'a str,
    #[serde(flatten)]
    place: &'a Place,
}

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        // The request's id is put in by the layer that knows it; see `router`.
        let mut response = status_of(self.problem.kind).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        Denial::from(self).into_response()
    }
}

impl Denial {
    /// Writes the problem with the id of its request.
    #[must_use]
    pub fn with_request_id(&self, request_id: &str) -> Response {
        self.with_status(status_of(self.problem.kind), request_id)
    }

    /// The same under a status that a library has chosen.
    #[must_use]
    pub fn with_status(&self, status: StatusCode, request_id: &str) -> Response {
        let Problem { code, detail, retry_after_s, .. } = self.problem;
        let body = ProblemBody {
            r#type: format!("urn:saxaul:problem:{code}"),
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code,
            detail,
            request_id,
            place: &self.place,
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
