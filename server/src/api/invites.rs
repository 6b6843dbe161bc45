//! Invites: made, listed, withdrawn by organizers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use sync_core::time::UnixMillis;
use sync_core::trust::{Post, Role, Scope};

use super::described::Created;
use super::place::InviteInPath;
use super::{Body, Caller};
use crate::auth::Device;
use crate::clock::entropy;
use crate::error::Problem;
use crate::invite::InviteLink;
use crate::router::App;
use crate::store::StoreError;
use crate::store::audit::Deed;
use crate::store::devices::{Invite, InviteRow};
use crate::wire::{CreateInvite, CreatedInvite, Invites, KnownInvite};

/// `POST /v1/invites`, for organizers.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_BODY`].
pub async fn create(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    Body(body): Body<CreateInvite>,
) -> Result<Created<CreatedInvite>, Problem> {
    let role: Role = body.role.parse().map_err(|_| Problem::BAD_BODY)?;
    let scope = app.scope_of(body.event.as_deref(), body.node.as_deref())?;
    app.auth.require(&caller, &scope, Role::Organizer)?;
    if let Scope::Event(event) = scope {
        app.require_event(event).await?;
    }
    if body.uses == 0 || body.uses > 10_000 || ![&body.site, &body.team].into_iter().flatten().all(|key| is_key(key)) {
        return Err(Problem::BAD_BODY);
    }
    let expires = body.expires_in_s.map(|life| UnixMillis(app.auth.clock().now().0 + i64::from(life) * 1000));
    let post = Post { site: body.site, team: body.team };
    let terms = Terms { role, scope, post, uses: body.uses, expires };
    let link = app.issue_invite(terms, app.deed_of(&caller)).await?;
    Ok(Created(CreatedInvite { link: link.to_string() }))
}

/// What a site or a team is called by: 1 to 100 bytes.
fn is_key(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 100 && !text.chars().any(char::is_control)
}

/// What an invite gives, and how often.
pub struct Terms {
    /// What its devices may do.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// Where in the event.
    pub post: Post,
    /// How many devices it lets in.
    pub uses: u32,
    /// Until when, by the server's clock; `None` is for good.
    pub expires: Option<UnixMillis>,
}

/// `GET /v1/invites`: those that lie within the caller's rights.
///
/// # Errors
/// [`Problem::FORBIDDEN`].
pub async fn list(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<Invites>, Problem> {
    caller.require_organizer()?;
    let invites = app.invites_under(&caller).await?.into_iter().map(|row| KnownInvite {
        invite: row.invite.id(),
        role: row.invite.role.to_string(),
        event: row.invite.scope.event().map(|event| event.to_string()),
        node: row.invite.scope.node().map(|node| node.to_string()),
        site: row.invite.post.site,
        team: row.invite.post.team,
        uses: row.invite.uses,
        uses_left: row.uses_left,
        created_ms: row.created.0,
        expires_ms: row.invite.expires.map(|at| at.0),
        withdrawn_ms: row.withdrawn.map(|at| at.0),
    });
    Ok(Json(Invites { invites: invites.collect() }))
}

/// `POST /v1/invites/{invite}/withdraw`: it lets nobody in any more. Repeating it is harmless.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_INVITE`].
pub async fn withdraw(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    InviteInPath(invite): InviteInPath,
) -> Result<NoContent, Problem> {
    caller.require_organizer()?;
    let invites = app.invites_under(&caller).await?;
    let row = invites.into_iter().find(|row| row.invite.id() == invite).ok_or(Problem::UNKNOWN_INVITE)?;
    app.writer.withdraw_invite(row.invite.secret_hash, app.deed_of(&caller)).await?;
    tracing::info!(%invite, by = %caller.id, "invite withdrawn");
    Ok(NoContent)
}

impl App {
    /// Makes an invite and keeps what is needed to recognise it.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn issue_invite(&self, terms: Terms, deed: Deed) -> Result<InviteLink, StoreError> {
        let Terms { role, scope, post, uses, expires } = terms;
        let (url, home) = (self.public_url.clone(), self.auth.home_key());
        let link = InviteLink { url, home, secret: entropy(), event: scope.event() };
        let invite = Invite { secret_hash: link.secret_hash(), role, scope, post, uses, expires };
        self.writer.add_invite(invite, deed).await?;
        Ok(link)
    }

    async fn invites_under(&self, caller: &Device) -> Result<Vec<InviteRow>, Problem> {
        let store = Arc::clone(&self.store);
        let mut invites =
            tokio::task::spawn_blocking(move || store.invites()).await.map_err(|_| Problem::INTERNAL)??;
        invites.retain(|row| self.auth.tree().includes(&caller.grant.scope, &row.invite.scope));
        Ok(invites)
    }
}
