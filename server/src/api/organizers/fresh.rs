//! Reads that say which revision they show, and spare the body where the reader has it.

use std::marker::PhantomData;
use std::sync::Arc;

use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described};
use aide::{OperationInput, OperationOutput};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use schemars::{JsonSchema, json_schema};
use serde::Serialize;
use sync_core::ids::{EventId, Subject};
use sync_core::view::duplicates::Pairs;

use crate::api::described::{empty, header_parameter, success};
use crate::api::tags::TagList;
use crate::api::visitor::Visitor;
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::views::{Seen, tag};

/// The tags that a reader has.
#[derive(Clone, Default)]
pub struct Had(TagList);

impl Had {
    /// Whether the reader has what this tag names.
    pub(super) fn has(&self, tag: &str) -> bool {
        self.0.names(tag)
    }
}

impl FromRequestParts<Arc<App>> for Had {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        Ok(Self(TagList::read(&parts.headers, &IF_NONE_MATCH).unwrap_or_default()))
    }
}

impl OperationInput for Had {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = json_schema!({ "type": "string", "description": "The ETag of what the reader has." });
        header_parameter(ctx, operation, "if-none-match", schema, false);
    }
}

/// What was asked for, at the revision that its tag names; or nothing, if the reader has it.
pub struct Fresh<T> {
    tag: String,
    body: Option<Vec<u8>>,
    of: PhantomData<fn() -> T>,
}

impl<T> IntoResponse for Fresh<T> {
    fn into_response(self) -> Response {
        let headers = [(ETAG, self.tag), (CACHE_CONTROL, "private, no-cache".to_owned())];
        match self.body {
            None => (StatusCode::NOT_MODIFIED, headers).into_response(),
            Some(body) => (headers, [(CONTENT_TYPE, "application/json")], body).into_response(),
        }
    }
}

impl<T: JsonSchema> OperationOutput for Fresh<T> {
    type Inner = T;

    fn inferred_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Described)> {
        vec![success::<T>(ctx, StatusCode::OK), empty(StatusCode::NOT_MODIFIED, "The reader has it.")]
    }
}

impl App {
    /// Reads something of an event that changes with its revision alone.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], and what `look` refuses.
    pub(super) async fn fresh<T: Serialize + 'static>(
        &self,
        by: &Visitor,
        event: EventId,
        had: Had,
        look: impl FnOnce(&Seen) -> Result<T, Denial> + Send + 'static,
    ) -> Result<Fresh<T>, Denial> {
        let stands = tag(self.views.stands(event).await?);
        if had.has(&stands) {
            return Ok(Fresh { tag: stands, body: None, of: PhantomData });
        }
        let look = move |seen: &Seen| {
            let body = serde_json::to_vec(&look(seen)?).map_err(|_| Problem::INTERNAL)?;
            Ok::<_, Denial>((seen.tag(), body))
        };
        let (tag, body) = self.reader(by)?.see(event, look).await??;
        Ok(Fresh { tag, body: Some(body), of: PhantomData })
    }

    /// The same for something that is at least as new as the candidate pairs of duplicates on which it rests. Its tag is
    /// theirs: the reader who has it has nothing older.
    pub(super) async fn fresh_of_pairs<T: Serialize + 'static>(
        &self,
        by: &Visitor,
        event: EventId,
        had: Had,
        look: impl FnOnce(&Seen, &Pairs<Subject>) -> Result<T, Denial> + Send + 'static,
    ) -> Result<Fresh<T>, Denial> {
        let stands = tag(self.views.stands(event).await?);
        if had.has(&stands) {
            return Ok(Fresh { tag: stands, body: None, of: PhantomData });
        }
        let reader = self.reader(by)?;
        let (at, pairs) = reader.pairs(event).await?;
        let look =
            move |seen: &Seen| serde_json::to_vec(&look(seen, &pairs)?).map_err(|_| Denial::from(Problem::INTERNAL));
        let body = reader.see(event, look).await??;
        Ok(Fresh { tag: tag(at), body: Some(body), of: PhantomData })
    }

    /// The same for something whose tag follows from what it says, so that other changes of the event leave it alone.
    pub(super) async fn fresh_by_content<T: Serialize + 'static>(
        &self,
        by: &Visitor,
        event: EventId,
        had: Had,
        look: impl FnOnce(&Seen) -> Result<T, Denial> + Send + 'static,
    ) -> Result<Fresh<T>, Denial> {
        let look = move |seen: &Seen| {
            let body = serde_json::to_vec(&look(seen)?).map_err(|_| Problem::INTERNAL)?;
            Ok::<_, Denial>((tag_of(&body), body))
        };
        let (tag, body) = self.reader(by)?.see(event, look).await??;
        let body = Some(body).filter(|_| !had.has(&tag));
        Ok(Fresh { tag, body, of: PhantomData })
    }
}

/// The tag of what is written in these bytes.
pub(super) fn tag_of(body: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let hash: String = Sha256::digest(body)[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hash}\"")
}
