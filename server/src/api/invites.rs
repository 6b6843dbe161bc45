//! Invites: made, listed, withdrawn by organizers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use sync_core::canonical::KnownKeys;
use sync_core::ids::{DeviceId, EventId};
use sync_core::replica::ledger::Ledger;
use sync_core::time::UnixMillis;
use sync_core::trust::{Post, PublicKey, Role, Scope};

use super::body::Body;
use super::callers::Caller;
use super::described::Created;
use super::place::InviteInPath;
use crate::app::App;
use crate::auth::Device;
use crate::clock::RandomSource;
use crate::error::{Denial, Problem};
use crate::invite::InviteLink;
use crate::long_work::Owner;
use crate::store::StoreError;
use crate::store::audit::Deed;
use crate::store::invites::{Invite, InviteRow, MayStill};
use crate::wire::{CreateInvite, CreatedInvite, Invites, KnownInvite};

/// `POST /v1/invites`, for organizers.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_BODY`]; [`Problem::BAD_FIELD`] for a site or a team
/// that the event does not have.
pub async fn create(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    Body(body): Body<CreateInvite>,
) -> Result<Created<CreatedInvite>, Denial> {
    let role: Role = body.role.parse().map_err(|_| Problem::BAD_BODY)?;
    let scope = app.scope_of(body.event.as_deref(), body.node.as_deref())?;
    app.auth.require(&caller, &scope, Role::Organizer)?;
    if let Scope::Event(event) = scope {
        app.require_event(event).await?;
    }
    if body.uses == 0 || body.uses > 10_000 || ![&body.site, &body.team].into_iter().flatten().all(|key| is_key(key)) {
        return Err(Problem::BAD_BODY.into());
    }
    let expires = body.expires_in_s.map(|life| UnixMillis(app.auth.clock().now().0 + i64::from(life) * 1000));
    let mut post = Post { site: body.site, team: body.team };
    let notes = match scope {
        Scope::Event(event) if !post.is_anywhere() => {
            app.name_as_known(event, Owner::Device(caller.id), &mut post).await?
        }
        _ => Vec::new(),
    };
    let terms = Terms { role, scope, post, uses: body.uses, expires };
    let link = app.issue_invite(terms, app.deed_of(&caller)).await?.ok_or(Problem::REVOKED)?;
    Ok(Created(CreatedInvite { link: link.to_string(), notes }))
}

/// What a site or a team is called by: 1 to 100 bytes.
fn is_key(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 100 && !text.chars().any(char::is_control)
}

/// The key of a site or a team as the event has it; as it was written, with a note, where the event has none at all.
fn as_known<T>(
    field: &str,
    written: &str,
    known: &BTreeMap<String, T>,
    notes: &mut Vec<String>,
) -> Result<String, Denial> {
    if known.is_empty() {
        notes.push(format!("the event has no {field}s yet: nobody can tell whether `{written}` will be one"));
        return Ok(written.to_owned());
    }
    let found = KnownKeys::of(known).get(written).map(|(key, _)| key.to_owned());
    found.ok_or_else(|| {
        let mut all: Vec<&str> = known.keys().take(KEYS_NAMED).map(String::as_str).collect();
        if known.len() > KEYS_NAMED {
            all.push("…");
        }
        let all = all.join(", ");
        Denial::of_field(Problem::BAD_FIELD, field, format!("the event has no {field} `{written}`; it has {all}"))
    })
}

/// So many sites or teams are named to somebody who wrote another.
const KEYS_NAMED: usize = 30;

/// What an invite gives, and how often.
pub struct Terms {
    /// What its devices may do.
    pub role: Role,
    /// The events to which the invite lets in.
    pub scope: Scope,
    /// Where in the event.
    pub post: Post,
    /// How many devices it lets in.
    pub uses: u32,
    /// Until when, by the server's clock; `None` is for good.
    pub expires: Option<UnixMillis>,
}

impl Terms {
    /// Draws a link, and what is kept of it.
    #[must_use]
    pub fn draw(self, url: String, home: PublicKey, random: &RandomSource) -> (InviteLink, Invite) {
        let Self { role, scope, post, uses, expires } = self;
        let link = InviteLink { url, home, secret: random.draw(), event: scope.event() };
        let invite = Invite { secret_hash: link.secret_hash(), role, scope, post, uses, expires };
        (link, invite)
    }
}

/// `GET /v1/invites`: those that lie within the caller's rights.
///
/// # Errors
/// [`Problem::FORBIDDEN`].
pub async fn list(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<Invites>, Problem> {
    caller.require_organizer()?;
    let invites = app.invites_under(&caller).await?.into_iter().map(|row| app.known_invite(row));
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
    /// Has a post name its site and its team as the event does. Returns notes on what the event says nothing about.
    async fn name_as_known(&self, event: EventId, caller: Owner, post: &mut Post) -> Result<Vec<String>, Denial> {
        let reader = self.views.reader(caller)?;
        let written = post.clone();
        let look = move |ledger: &Ledger| {
            let (info, mut notes) = (ledger.documents().info(), Vec::new());
            let site = written.site.map(|site| as_known("site", &site, &info.sites, &mut notes)).transpose()?;
            let team = written.team.map(|team| as_known("team", &team, &info.teams, &mut notes)).transpose()?;
            Ok::<_, Denial>((Post { site, team }, notes))
        };
        let (known, notes) = reader.see_documents(event, look).await??;
        *post = known;
        Ok(notes)
    }

    /// Makes an invite and keeps what is needed to recognise it; `None` if whoever makes it may not do so any more.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn issue_invite(&self, terms: Terms, deed: Deed) -> Result<Option<InviteLink>, StoreError> {
        let may = self.may_organize(terms.scope);
        let (link, invite) = terms.draw(self.public_url.clone(), self.auth.home_key(), self.auth.random());
        Ok(self.writer.add_invite(invite, deed, may).await?.then_some(link))
    }

    /// Whether a device organizes all of `scope`, by what home says of it.
    pub(super) fn may_organize(&self, scope: Scope) -> MayStill {
        let registrar = self.auth.registrar().clone();
        Box::new(move |grants| {
            let scopes = registrar.read(grants).scopes_of(Role::Organizer);
            registrar.tree().is_within(&scopes, &scope)
        })
    }

    /// What people call a device that made something.
    pub(super) fn name_of(&self, device: Option<DeviceId>) -> Option<String> {
        let device = self.auth.device(device?)?;
        device.rights.all().next_back().map(|right| right.grant.name.clone())
    }

    pub(super) fn known_invite(&self, row: InviteRow) -> KnownInvite {
        KnownInvite {
            invite: row.invite.id(),
            role: row.invite.role.to_string(),
            event: row.invite.scope.event().map(|event| event.to_string()),
            node: row.invite.scope.node().map(|node| node.to_string()),
            site: row.invite.post.site,
            team: row.invite.post.team,
            uses: row.invite.uses,
            uses_left: row.uses_left,
            created_ms: row.created.0,
            made_by: row.made_by.map(|device| device.to_string()),
            made_by_name: self.name_of(row.made_by),
            expires_ms: row.invite.expires.map(|at| at.0),
            withdrawn_ms: row.withdrawn.map(|at| at.0),
        }
    }

    async fn invites_under(&self, caller: &Device) -> Result<Vec<InviteRow>, Problem> {
        let mut invites = self.store.read(|store| store.invites()).await?;
        let scopes = caller.rights.scopes_of(Role::Organizer);
        invites.retain(|row| self.auth.tree().is_within(&scopes, &row.invite.scope));
        Ok(invites)
    }
}
