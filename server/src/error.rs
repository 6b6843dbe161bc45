//! What an HTTP client is told when something fails: problem details (RFC 9457).
//!
//! A stable code, one safe sentence, and the request's id. The cause is logged once, where it is known.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use sync_core::exchange::MessageError;

use crate::store::StoreError;

/// The media type of problem details.
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// What a client is told of a failed request: a status, a stable code and a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status of the answer.
    pub status: StatusCode,
    /// Never changes; for programs and for translation.
    pub code: &'static str,
    /// One sentence that says what to do.
    pub detail: &'static str,
    /// Come again after this long.
    pub retry_after_s: Option<u32>,
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

/// What in a request is to blame.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Place {
    /// The parameter, the header or the path of the field in the body, e.g. `names[0].family`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What it must be for the request to be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expects: Option<i64>,
    /// The line of the body or of the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column of that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
}

/// A failed request, and what in it is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The failure: status, code and sentence.
    pub problem: Problem,
    /// The part of the request that is to blame.
    pub place: Box<Place>,
}

impl Denial {
    /// Blames a parameter, a header or a field of the body.
    #[must_use]
    pub fn of_field(problem: Problem, field: &str, why: impl Into<String>) -> Self {
        let place = Place { field: Some(field.to_owned()), why: Some(why.into()), ..Place::default() };
        Self { problem, place: Box::new(place) }
    }
}

impl From<Problem> for Denial {
    fn from(problem: Problem) -> Self {
        Self { problem, place: Box::default() }
    }
}

impl From<StoreError> for Denial {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        // The request's id is put in by the layer that knows it; see `router`.
        let mut response = self.problem.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

const fn problem(status: StatusCode, code: &'static str, detail: &'static str) -> Problem {
    Problem { status, code, detail, retry_after_s: None }
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $status:ident $code:literal $detail:literal;)+) => {
        impl Problem { $($(#[$doc])* pub const $name: Self = problem(StatusCode::$status, $code, $detail);)+ }
    };
}

problems! {
    /// Nothing is at this address.
    NOT_FOUND = NOT_FOUND "not_found" "There is nothing at this address.";
    /// The address exists, the method does not.
    METHOD = METHOD_NOT_ALLOWED "method_not_allowed" "This address does not know this method.";
    /// The event does not exist, or the device may not know that it does.
    UNKNOWN_EVENT = NOT_FOUND "unknown_event" "No such event is open to this device.";
    /// The body is not what it should be.
    BAD_BODY = BAD_REQUEST "bad_body" "The body is not what this address expects.";
    /// A parameter, a header or a field is not what it should be; the [`Place`] says which.
    BAD_FIELD = BAD_REQUEST "bad_field" "A parameter, a header or a field of the body has a value that cannot be meant.";
    /// The body is too large.
    TOO_LARGE = PAYLOAD_TOO_LARGE "too_large" "The body is larger than is allowed: send smaller pages.";
    /// The message is of another version.
    VERSION = BAD_REQUEST "unsupported_version" "This version of the exchange is not known here: update the older side.";
    /// The message is of another event than its address.
    FOREIGN = BAD_REQUEST "foreign_event" "The message is of another event than its address.";
    /// There is no such invite.
    UNKNOWN_INVITE = NOT_FOUND "unknown_invite" "There is no such invite: check the link, or ask for a new one.";
    /// The invite was used.
    USED_INVITE = CONFLICT "used_invite" "This invite has been used: ask for a new one.";
    /// The invite's time is over.
    EXPIRED_INVITE = GONE "expired_invite" "This invite has expired: ask for a new one.";
    /// Nobody has shown that they hold the device's key.
    UNPROVEN_KEY = FORBIDDEN "unproven_key" "The signature does not prove to this home server that the device holds its key: the invite link is of another home server, or the app is too old.";
    /// The invite would take away what the device has.
    GIVES_LESS = CONFLICT "gives_less"
        "The invite gives less than this device has, and nothing was changed: repeat it with replaces_ms to agree.";
    /// No token, or one that does not hold.
    UNAUTHENTICATED = UNAUTHORIZED "unauthenticated" "A session is needed: sign a nonce and ask for a token.";
    /// The token's time is over.
    EXPIRED_TOKEN = UNAUTHORIZED "expired_token" "The session is over: sign a new nonce and ask for a token.";
    /// The proof of a session does not hold.
    BAD_PROOF = UNAUTHORIZED "bad_proof"
        "The nonce is not known, was used, or was not signed by a device that is known here: if this stays so, as after the server was restored from an older copy, ask for a new invite and join with it. What the device recorded stays on it.";
    /// An organizer revoked the device.
    REVOKED = FORBIDDEN "revoked" "This device was revoked: what it recorded is safe on it. Ask an organizer. It is let in again only as a new device, with a new journal and a new invite.";
    /// The cookie's session is over or was ended.
    EXPIRED_SESSION = UNAUTHORIZED "expired_session" "The session is over: ask an organizer for a new link to sign in.";
    /// A cookie alone may change nothing: another site may have had it sent.
    FORGED = FORBIDDEN "csrf" "The token against forged requests is missing or another: take it from GET /v1/session.";
    /// The offer to sign in is not known.
    UNKNOWN_SIGN_IN = NOT_FOUND "unknown_sign_in" "There is no such link to sign in: ask for a new one.";
    /// The offer to sign in was used, or its time is over.
    USED_SIGN_IN = GONE "used_sign_in" "This link to sign in was used or has expired: ask for a new one.";
    /// The browser has a session.
    SIGNED_IN = CONFLICT "signed_in" "This browser is signed in already: say `replace` to end that session first.";
    /// A body of another kind.
    NOT_JSON = UNSUPPORTED_MEDIA_TYPE "not_json" "This address expects a body of the type application/json.";
    /// The caller may see no session of this id.
    UNKNOWN_SESSION = NOT_FOUND "unknown_session" "There is no such session among those you may see.";
    /// Only a session with a browser writes here; a device has a replica of its own.
    SESSION_NEEDED = FORBIDDEN "session_needed" "A device writes with its own replica: do it there, and exchange.";
    /// A request that changes something has no name.
    NO_COMMAND_ID = BAD_REQUEST "no_command_id" "The header Idempotency-Key is needed: 1 to 64 letters, digits, - or _.";
    /// The name of a request was used for another.
    REUSED_COMMAND = CONFLICT "reused_command_id" "This Idempotency-Key was used for another request.";
    /// What was to be changed has changed.
    CHANGED = PRECONDITION_FAILED "changed" "It has changed since it was read: read it again.";
    /// Nobody with this id.
    UNKNOWN_SUBJECT = NOT_FOUND "unknown_subject" "Nobody with this id is known in this event.";
    /// The event has no such entry.
    UNKNOWN_ENTRY = NOT_FOUND "unknown_entry" "There is no such entry in this event.";
    /// The event has no such ruling.
    UNKNOWN_RULING = NOT_FOUND "unknown_ruling" "There is no such ruling in this event.";
    /// The id is taken.
    ID_TAKEN = CONFLICT "id_taken" "This id is already taken.";
    /// No report has this name.
    UNKNOWN_REPORT = NOT_FOUND "unknown_report" "There is no report of this name.";
    /// No plan of this id waits to be accepted.
    UNKNOWN_PLAN = NOT_FOUND "unknown_plan" "There is no such plan, or no more: upload the list again.";
    /// Too many lists wait to be accepted.
    TOO_MANY_PLANS = SERVICE_UNAVAILABLE "too_many_plans" "Too many lists wait to be accepted, or are being read: accept one, or try again in a while.";
    /// The plan would say something else now.
    PLAN_CHANGED = CONFLICT "plan_changed" "The event has changed, and the plan with it: upload the list again.";
    /// The list cannot be read.
    BAD_FILE = UNPROCESSABLE_ENTITY "bad_file" "Nothing of this list can be imported.";
    /// No report was published under this number.
    UNKNOWN_PUBLICATION = NOT_FOUND "unknown_publication" "No report was published under this number.";
    /// Nobody is there for whom something could be printed.
    NOBODY = NOT_FOUND "nobody_to_print" "There is nobody to print anything for.";
    /// Nobody here signed this letter.
    NOT_GENUINE = NOT_FOUND "not_genuine" "This letter is not genuine: no letter of this server says so.";
    /// What was published cannot be computed again.
    NOT_REPRODUCED = CONFLICT "not_reproduced" "What this report rests on is not here any more, or says something else: publish a new one.";
    /// A published report was computed by another edition of the rules.
    OTHER_RULES = CONFLICT "other_rules" "This report was computed by another edition of the rules than this server's: its sums are kept, its rows cannot be computed again.";
    /// There is nothing to publish.
    NOTHING_TO_PUBLISH = CONFLICT "nothing_to_publish" "There is nothing to publish: nobody came, and nothing was counted.";
    /// The newest report says the same.
    NOTHING_NEW = CONFLICT "nothing_new" "The newest report says the same: there is nothing new to publish.";
    /// So many events are not summed up at once.
    TOO_MANY_EVENTS = CONFLICT "too_many_events" "These are too many events to sum up at once: name an office below.";
    /// Something that waits for a decision speaks of who is to be erased.
    HELD_SPEAKS_OF_THEM = CONFLICT "held_speaks_of_them" "Changes that wait speak of them: release or discard those first.";
    /// Somebody was erased, but what was deleted may still be read from the disk.
    NOT_OVERWRITTEN = INSUFFICIENT_STORAGE "not_overwritten"
        "They are erased, but the server's disk has no room to overwrite what was deleted: make room. It is tried again by itself; repeat this to learn whether it is done.";
    /// Somebody was erased, but a reader of the store keeps its log from being emptied.
    STORE_IS_READ = SERVICE_UNAVAILABLE "store_is_read"
        "They are erased, but somebody reads the server's data, a backup perhaps, and keeps the last of it from being overwritten. It is tried again by itself; repeat this to learn whether it is done.";
    /// Somebody was erased, and what was deleted is still being overwritten.
    OVERWRITING = SERVICE_UNAVAILABLE "overwriting"
        "They are erased, and what was deleted is being overwritten, which takes a while and goes on by itself: repeat this to learn whether it is done.";
    /// Whoever it is about was erased.
    ERASED = GONE "erased" "They were erased: nothing is written about them any more.";
    /// The place in a list is none.
    BAD_CURSOR = BAD_REQUEST "bad_cursor" "The cursor is not one of this list: begin anew without it.";
    /// The caller may see no device of this id.
    UNKNOWN_DEVICE = NOT_FOUND "unknown_device" "There is no such device among those you may see.";
    /// The device may not do this.
    FORBIDDEN = FORBIDDEN "not_your_role" "This device's role may not do this.";
    /// The disk is full.
    FULL = INSUFFICIENT_STORAGE "storage_full" "The server's disk is full: nothing of this request was kept.";
    /// Something that is not the client's fault.
    INTERNAL = INTERNAL_SERVER_ERROR "internal" "The server failed; nothing of this request was kept. Try again later.";
    /// The caller came too often; [`Problem::retry_after_s`] says when to come again.
    TOO_MANY_CALLS = TOO_MANY_REQUESTS "too_many_calls" "Too many calls: come again after the time in Retry-After.";
    /// The work was cancelled before it was done.
    CANCELLED = GONE "cancelled" "The work was cancelled before it was done: begin it again if it is still wanted.";
    /// The caller has no job of this id, or has it no more.
    UNKNOWN_JOB = NOT_FOUND "unknown_job" "There is no such job of yours, or no more: begin it again.";
    /// The job has no result yet.
    JOB_UNDER_WAY = CONFLICT "job_under_way" "The job is not done yet: its own address says how far it is.";
    /// The result of a job is too large to be kept.
    NO_ROOM_FOR_RESULT = INSUFFICIENT_STORAGE "no_room_for_result"
        "The result is larger than is kept for you: ask for less of it, or forget other jobs.";
    /// No font has the letters of what is to be printed.
    UNWRITABLE = UNPROCESSABLE_ENTITY "unwritable"
        "No font here has some letters of what is to be printed: install one on the server, or spell it otherwise.";
    /// It took too long.
    TIMEOUT = REQUEST_TIMEOUT "timeout" "The request came too slowly, or took too long: send smaller pages.";
}

impl Problem {
    /// Too much is under way.
    pub const BUSY: Self = Self {
        status: StatusCode::SERVICE_UNAVAILABLE,
        code: "busy",
        detail: "Too much is under way: try again in a moment.",
        retry_after_s: Some(2),
    };

    /// Long work did not come to its end within the time of a request.
    pub const ASK_FOR_A_JOB: Self = Self {
        status: StatusCode::SERVICE_UNAVAILABLE,
        code: "ask_for_a_job",
        detail: "This takes longer than a request may, or waits for other reports: ask for it as a job, with job=true, \
                 or come again after the time in Retry-After.",
        retry_after_s: Some(30),
    };

    /// The caller has as many requests under way as may be, or everybody together has as much long work about one event.
    pub const TOO_MUCH_WORK: Self = Self {
        status: StatusCode::TOO_MANY_REQUESTS,
        code: "too_much_work",
        detail: "As many requests, reports and jobs of yours, or of this event, are under way as may be: wait for one, or cancel one.",
        retry_after_s: Some(2),
    };
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownEvent => Self::UNKNOWN_EVENT,
            StoreError::Revoked => Self::REVOKED,
            StoreError::Busy | StoreError::LogInUse | StoreError::Conflict => Self::BUSY,
            StoreError::Full => {
                tracing::error!("the disk is full");
                Self::FULL
            }
            other => {
                tracing::error!(cause = %other, "the store failed");
                Self::INTERNAL
            }
        }
    }
}

impl From<MessageError> for Problem {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::TooLarge => Self::TOO_LARGE,
            MessageError::Version(_) => Self::VERSION,
            MessageError::NotAMessage | MessageError::Damaged => Self::BAD_BODY,
        }
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
        let Problem { status, code, detail, retry_after_s } = self.problem;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_knows_the_codes_after_which_a_new_session_helps() {
        let codes = [Problem::EXPIRED_TOKEN, Problem::UNAUTHENTICATED, Problem::BAD_PROOF].map(|problem| problem.code);
        assert_eq!(codes, sync_core::wire::SESSION_CODES);
    }
}
