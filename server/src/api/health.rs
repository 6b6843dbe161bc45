//! Whether the server lives and can work, and who it is.

use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, NoContent, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::described::{empty, success};
use crate::app::App;
use crate::error::Problem;
use crate::store::StoreError;
use crate::wire::{Base64, Home};

/// `GET /health/live`: the process answers.
pub async fn live() -> NoContent {
    NoContent
}

/// What whoever runs the server should look after.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Warnings {
    /// What an operator should look after, in sentences.
    pub warnings: Vec<String>,
}

/// Whether the server can work.
pub enum Ready {
    /// It works as it should.
    Well,
    /// It can, and something should be looked after.
    But(Warnings),
}

impl IntoResponse for Ready {
    fn into_response(self) -> Response {
        match self {
            Self::Well => StatusCode::NO_CONTENT.into_response(),
            Self::But(warnings) => Json(warnings).into_response(),
        }
    }
}

impl OperationOutput for Ready {
    type Inner = Warnings;

    fn inferred_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Described)> {
        vec![empty(StatusCode::NO_CONTENT, "It can work."), success::<Warnings>(ctx, StatusCode::OK)]
    }
}

/// `GET /health/ready`: something was written to the disk in the last seconds, and a right clock shows home's time.
///
/// # Errors
/// What the store reports: nothing can be written.
pub async fn ready(State(app): State<Arc<App>>) -> Result<Ready, Problem> {
    app.can_write().await?;
    let doubt = app.home_time.doubt()?.map(|doubt| format!("{doubt}; home states no time. {}", doubt.remedy()));
    let stopped = app.forgotten_eras.stopped().into_iter().map(|(event, why)| {
        format!(
            "home was restored from a copy of before an erasure in event {event}, and could not repeat it. {} It is tried \
             again when a device comes that knows of it",
            why.detail
        )
    });
    let warnings: Vec<String> = doubt.into_iter().chain(stopped).collect();
    Ok(if warnings.is_empty() { Ready::Well } else { Ready::But(Warnings { warnings }) })
}

impl App {
    /// Has something written, at most once in [`Probes::EVERY`]: whoever asks in between is told what came of it.
    async fn can_write(&self) -> Result<(), Problem> {
        if let Some(known) = self.probes.known(Instant::now()) {
            return Ok(known?);
        }
        let written = tokio::time::timeout(self.places.limits.patience, self.writer.probe()).await;
        let written = written.unwrap_or(Err(StoreError::Busy));
        self.probes.note(written.clone());
        Ok(written?)
    }
}

/// `GET /v1/home`: who this home server is.
pub async fn home(State(app): State<Arc<App>>) -> Json<Home> {
    Json(Home {
        key: Base64(app.auth.home_key().0.to_vec()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        exchange_version: sync_core::exchange::EXCHANGE_VERSION,
        home_ms: app.home_time.stated().map(|at| at.0),
    })
}
