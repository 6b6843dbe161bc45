//! Whether the server lives and can work, and who it is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;

use crate::error::Problem;
use crate::router::App;
use crate::wire::{Base64, Home};

/// `GET /health/live`: the process answers.
pub async fn live() -> NoContent {
    NoContent
}

/// `GET /health/ready`: the store answers too.
///
/// # Errors
/// What the store reports.
pub async fn ready(State(app): State<Arc<App>>) -> Result<NoContent, Problem> {
    let store = Arc::clone(&app.store);
    tokio::task::spawn_blocking(move || store.has_anyone()).await.map_err(|_| Problem::INTERNAL)??;
    Ok(NoContent)
}

/// `GET /v1/home`.
pub async fn home(State(app): State<Arc<App>>) -> Json<Home> {
    Json(Home {
        key: Base64(app.auth.home_key().0.to_vec()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        exchange_version: sync_core::exchange::EXCHANGE_VERSION,
        home_ms: app.auth.clock().now().0,
    })
}
