//! Why the server does not do what it is asked: a kind, a stable code and one safe sentence.
//!
//! The cause is logged once, where it is known. How HTTP says it stands in [`crate::api::problem_details`].

use schemars::JsonSchema;
use serde::Serialize;
use sync_core::exchange::MessageError;

use crate::store::StoreError;

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What is named is not known, or not to this caller.
    Unknown,
    /// What is there cannot be asked for in this way.
    NoSuchMethod,
    /// What was sent cannot be read, or cannot be meant.
    Malformed,
    /// What was sent is a text or a list that can be read and not used.
    Unusable,
    /// What was sent is of another media type than is read here.
    OtherMediaType,
    /// What was sent is too large.
    TooLarge,
    /// What was sent came too slowly, or its work took too long.
    TooSlow,
    /// The caller has not shown who they are.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// What is there contradicts it.
    Conflict,
    /// What it was decided on has changed since.
    Changed,
    /// What is named was there, and is over.
    Gone,
    /// The caller comes too often, or has too much under way.
    TooMany,
    /// The server has too much to do: the same request may succeed later.
    Unavailable,
    /// The server has no room to keep it.
    NoRoom,
    /// The server failed.
    Failed,
}

/// Why something is not done: a kind, a stable code and a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The kind of the failure.
    pub kind: Kind,
    /// Never changes; for programs and for translation.
    pub code: &'static str,
    /// One sentence that says what to do.
    pub detail: &'static str,
    /// Come again after this long.
    pub retry_after_s: Option<u32>,
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
    /// The failure: kind, code and sentence.
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

const fn problem(kind: Kind, code: &'static str, detail: &'static str) -> Problem {
    Problem { kind, code, detail, retry_after_s: None }
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $kind:ident $code:literal $detail:literal;)+) => {
        impl Problem { $($(#[$doc])* pub const $name: Self = problem(Kind::$kind, $code, $detail);)+ }

        /// All of them but those that say when to come again.
        #[cfg(test)]
        const ALL: &[Problem] = &[$(Problem::$name,)+];
    };
}

problems! {
    /// Nothing is at this address.
    NOT_FOUND = Unknown "not_found" "There is nothing at this address.";
    /// The address exists, the method does not.
    METHOD = NoSuchMethod "method_not_allowed" "This address does not know this method.";
    /// The event does not exist, or the device may not know that it does.
    UNKNOWN_EVENT = Unknown "unknown_event" "No such event is open to this device.";
    /// The body is not what it should be.
    BAD_BODY = Malformed "bad_body" "The body is not what this address expects.";
    /// A parameter, a header or a field is not what it should be; the [`Place`] says which.
    BAD_FIELD = Malformed "bad_field" "A parameter, a header or a field of the body has a value that cannot be meant.";
    /// The body is too large.
    TOO_LARGE = TooLarge "too_large" "The body is larger than is allowed: send smaller pages.";
    /// The message is of another version.
    VERSION = Malformed "unsupported_version" "This version of the exchange is not known here: update the older side.";
    /// The message is of another event than its address.
    FOREIGN = Malformed "foreign_event" "The message is of another event than its address.";
    /// There is no such invite.
    UNKNOWN_INVITE = Unknown "unknown_invite" "There is no such invite: check the link, or ask for a new one.";
    /// The invite was used.
    USED_INVITE = Conflict "used_invite" "This invite has been used: ask for a new one.";
    /// The invite's time is over.
    EXPIRED_INVITE = Gone "expired_invite" "This invite has expired: ask for a new one.";
    /// Nobody has shown that they hold the device's key.
    UNPROVEN_KEY = Forbidden "unproven_key" "The signature does not prove to this home server that the device holds its key: the invite link is of another home server, or the app is too old.";
    /// The invite would take away what the device has.
    GIVES_LESS = Conflict "gives_less"
        "The invite gives less than this device has, and nothing was changed: repeat it with replaces_ms to agree.";
    /// No token, or one that does not hold.
    UNAUTHENTICATED = Unauthenticated "unauthenticated" "A session is needed: sign a nonce and ask for a token.";
    /// The token's time is over.
    EXPIRED_TOKEN = Unauthenticated "expired_token" "The session is over: sign a new nonce and ask for a token.";
    /// The proof of a session does not hold.
    BAD_PROOF = Unauthenticated "bad_proof"
        "The nonce is not known, was used, or was not signed by a device that is known here: if this stays so, as after the server was restored from an older copy, ask for a new invite and join with it. What the device recorded stays on it.";
    /// An organizer revoked the device.
    REVOKED = Forbidden "revoked" "This device was revoked: what it recorded is safe on it. Ask an organizer. It is let in again only as a new device, with a new journal and a new invite.";
    /// The cookie's session is over or was ended.
    EXPIRED_SESSION = Unauthenticated "expired_session" "The session is over: ask an organizer for a new link to sign in.";
    /// A cookie alone may change nothing: another site may have had it sent.
    FORGED = Forbidden "csrf" "The token against forged requests is missing or another: take it from GET /v1/session.";
    /// The offer to sign in is not known.
    UNKNOWN_SIGN_IN = Unknown "unknown_sign_in" "There is no such link to sign in: ask for a new one.";
    /// The offer to sign in was used, or its time is over.
    USED_SIGN_IN = Gone "used_sign_in" "This link to sign in was used or has expired: ask for a new one.";
    /// The browser has a session.
    SIGNED_IN = Conflict "signed_in" "This browser is signed in already: say `replace` to end that session first.";
    /// A body of another kind.
    NOT_JSON = OtherMediaType "not_json" "This address expects a body of the type application/json.";
    /// The caller may see no session of this id.
    UNKNOWN_SESSION = Unknown "unknown_session" "There is no such session among those you may see.";
    /// Only a session with a browser writes here; a device has a replica of its own.
    SESSION_NEEDED = Forbidden "session_needed" "A device writes with its own replica: do it there, and exchange.";
    /// A request that changes something has no name.
    NO_COMMAND_ID = Malformed "no_command_id" "The header Idempotency-Key is needed: 1 to 64 letters, digits, - or _.";
    /// The name of a request was used for another.
    REUSED_COMMAND = Conflict "reused_command_id" "This Idempotency-Key was used for another request.";
    /// What was to be changed has changed.
    CHANGED = Changed "changed" "It has changed since it was read: read it again.";
    /// Nobody with this id.
    UNKNOWN_SUBJECT = Unknown "unknown_subject" "Nobody with this id is known in this event.";
    /// The event has no such entry.
    UNKNOWN_ENTRY = Unknown "unknown_entry" "There is no such entry in this event.";
    /// The event has no such ruling.
    UNKNOWN_RULING = Unknown "unknown_ruling" "There is no such ruling in this event.";
    /// The id is taken.
    ID_TAKEN = Conflict "id_taken" "This id is already taken.";
    /// No report has this name.
    UNKNOWN_REPORT = Unknown "unknown_report" "There is no report of this name.";
    /// No plan of this id waits to be accepted.
    UNKNOWN_PLAN = Unknown "unknown_plan" "There is no such plan, or no more: upload the list again.";
    /// Too many lists wait to be accepted.
    TOO_MANY_PLANS = Unavailable "too_many_plans" "Too many lists wait to be accepted, or are being read: accept one, or try again in a while.";
    /// The plan would say something else now.
    PLAN_CHANGED = Conflict "plan_changed" "The event has changed, and the plan with it: upload the list again.";
    /// The list cannot be read.
    BAD_FILE = Unusable "bad_file" "Nothing of this list can be imported.";
    /// No report was published under this number.
    UNKNOWN_PUBLICATION = Unknown "unknown_publication" "No report was published under this number.";
    /// Nobody is there for whom something could be printed.
    NOBODY = Unknown "nobody_to_print" "There is nobody to print anything for.";
    /// Nobody here signed this letter.
    NOT_GENUINE = Unknown "not_genuine" "This letter is not genuine: no letter of this server says so.";
    /// What was published cannot be computed again.
    NOT_REPRODUCED = Conflict "not_reproduced" "What this report rests on is not here any more, or says something else: publish a new one.";
    /// A published report was computed by another edition of the rules.
    OTHER_RULES = Conflict "other_rules" "This report was computed by another edition of the rules than this server's: its sums are kept, its rows cannot be computed again.";
    /// There is nothing to publish.
    NOTHING_TO_PUBLISH = Conflict "nothing_to_publish" "There is nothing to publish: nobody came, and nothing was counted.";
    /// The newest report says the same.
    NOTHING_NEW = Conflict "nothing_new" "The newest report says the same: there is nothing new to publish.";
    /// So many events are not summed up at once.
    TOO_MANY_EVENTS = Conflict "too_many_events" "These are too many events to sum up at once: name an office below.";
    /// Something that waits for a decision speaks of who is to be erased.
    HELD_SPEAKS_OF_THEM = Conflict "held_speaks_of_them" "Changes that wait speak of them: release or discard those first.";
    /// Somebody was erased, but what was deleted may still be read from the disk.
    NOT_OVERWRITTEN = NoRoom "not_overwritten"
        "They are erased, but the server's disk has no room to overwrite what was deleted: make room. It is tried again by itself; repeat this to learn whether it is done.";
    /// Somebody was erased, but a reader of the store keeps its log from being emptied.
    STORE_IS_READ = Unavailable "store_is_read"
        "They are erased, but somebody reads the server's data, a backup perhaps, and keeps the last of it from being overwritten. It is tried again by itself; repeat this to learn whether it is done.";
    /// Somebody was erased, and what was deleted is still being overwritten.
    OVERWRITING = Unavailable "overwriting"
        "They are erased, and what was deleted is being overwritten, which takes a while and goes on by itself: repeat this to learn whether it is done.";
    /// Whoever it is about was erased.
    ERASED = Gone "erased" "They were erased: nothing is written about them any more.";
    /// The place in a list is none.
    BAD_CURSOR = Malformed "bad_cursor" "The cursor is not one of this list: begin anew without it.";
    /// The caller may see no device of this id.
    UNKNOWN_DEVICE = Unknown "unknown_device" "There is no such device among those you may see.";
    /// The device may not do this.
    FORBIDDEN = Forbidden "not_your_role" "This device's role may not do this.";
    /// The disk is full.
    FULL = NoRoom "storage_full" "The server's disk is full: nothing of this request was kept.";
    /// Something that is not the client's fault.
    INTERNAL = Failed "internal" "The server failed; nothing of this request was kept. Try again later.";
    /// The caller came too often; [`Problem::retry_after_s`] says when to come again.
    TOO_MANY_CALLS = TooMany "too_many_calls" "Too many calls: come again after the time in Retry-After.";
    /// The work was cancelled before it was done.
    CANCELLED = Gone "cancelled" "The work was cancelled before it was done: begin it again if it is still wanted.";
    /// The caller has no job of this id, or has it no more.
    UNKNOWN_JOB = Unknown "unknown_job" "There is no such job of yours, or no more: begin it again.";
    /// The job has no result yet.
    JOB_UNDER_WAY = Conflict "job_under_way" "The job is not done yet: its own address says how far it is.";
    /// The result of a job is too large to be kept.
    NO_ROOM_FOR_RESULT = NoRoom "no_room_for_result"
        "The result is larger than is kept for you: ask for less of it, or forget other jobs.";
    /// No font has the letters of what is to be printed.
    UNWRITABLE = Unusable "unwritable"
        "No font here has some letters of what is to be printed: install one on the server, or spell it otherwise.";
    /// It took too long.
    TIMEOUT = TooSlow "timeout" "The request came too slowly, or took too long: send smaller pages.";
}

impl Problem {
    /// Too much is under way.
    pub const BUSY: Self = Self {
        kind: Kind::Unavailable,
        code: "busy",
        detail: "Too much is under way: try again in a moment.",
        retry_after_s: Some(2),
    };

    /// Long work did not come to its end within the time of a request.
    pub const ASK_FOR_A_JOB: Self = Self {
        kind: Kind::Unavailable,
        code: "ask_for_a_job",
        detail: "This takes longer than a request may, or waits for other reports: ask for it as a job, with job=true, \
                 or come again after the time in Retry-After.",
        retry_after_s: Some(30),
    };

    /// The caller has as many requests under way as may be, or everybody together has as much long work about one event.
    pub const TOO_MUCH_WORK: Self = Self {
        kind: Kind::TooMany,
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

#[cfg(test)]
mod tests {
    use sync_core::error_codes::ErrorCode;

    use super::*;

    /// Codes that answer what organizers, browsers and jobs ask for, and no device's own library.
    const TOLD_TO_NO_LIBRARY: &[&str] = &[
        "ask_for_a_job",
        "bad_cursor",
        "bad_file",
        "cancelled",
        "changed",
        "csrf",
        "expired_session",
        "held_speaks_of_them",
        "job_under_way",
        "method_not_allowed",
        "no_command_id",
        "no_room_for_result",
        "nobody_to_print",
        "not_genuine",
        "not_json",
        "not_overwritten",
        "not_reproduced",
        "nothing_new",
        "nothing_to_publish",
        "other_rules",
        "overwriting",
        "plan_changed",
        "reused_command_id",
        "session_needed",
        "signed_in",
        "store_is_read",
        "too_many_events",
        "too_many_plans",
        "unknown_device",
        "unknown_job",
        "unknown_plan",
        "unknown_publication",
        "unknown_report",
        "unknown_session",
        "unknown_sign_in",
        "unwritable",
        "used_sign_in",
    ];

    #[test]
    fn every_code_that_a_library_may_be_told_has_a_sentence_there() {
        let come_again = [Problem::BUSY, Problem::ASK_FOR_A_JOB, Problem::TOO_MUCH_WORK];
        for problem in ALL.iter().chain(&come_again) {
            let is_known = ErrorCode::of(problem.code).is_some();
            let is_for_others = TOLD_TO_NO_LIBRARY.contains(&problem.code);
            // `cancelled` is what a library says of an exchange, too.
            assert!(is_known || is_for_others, "{} is in no table", problem.code);
        }
    }

    #[test]
    fn a_device_knows_the_codes_after_which_a_new_session_helps() {
        let codes = [Problem::EXPIRED_TOKEN, Problem::UNAUTHENTICATED, Problem::BAD_PROOF].map(|problem| problem.code);
        assert_eq!(codes, sync_core::wire::SESSION_CODES);
    }
}
