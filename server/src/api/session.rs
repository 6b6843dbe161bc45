//! Beginning a session: a nonce, and a token for the signed nonce.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::body::Body;
use crate::app::App;
use crate::error::Problem;
use crate::wire::{AskNonce, AskToken, Base64, Nonce, Token};

/// `POST /v1/nonce`. States home's time too, unless home's clock cannot be right.
///
/// # Errors
/// [`Problem::BAD_BODY`].
pub async fn nonce(State(app): State<Arc<App>>, Body(body): Body<AskNonce>) -> Result<Json<Nonce>, Problem> {
    let device = body.device.parse().map_err(|_| Problem::BAD_BODY)?;
    let nonce = app.auth.nonce(device);
    Ok(Json(Nonce { nonce: Base64(nonce.to_vec()), home_ms: app.home_time.stated().map(|at| at.0) }))
}

/// `POST /v1/token`.
///
/// # Errors
/// [`Problem::BAD_PROOF`], also for a device that is not known: nobody learns which are.
pub async fn token(State(app): State<Arc<App>>, Body(body): Body<AskToken>) -> Result<Json<Token>, Problem> {
    let device = body.device.parse().map_err(|_| Problem::BAD_BODY)?;
    let (token, expires_in_s) = app.auth.token(device, &body.proof.0)?;
    Ok(Json(Token { token, expires_in_s }))
}
