//! Letting a device in that uses an invite.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use sync_core::canonical::is_invisible;
use sync_core::command::has_control_characters;
use sync_core::time::UnixMillis;
use sync_core::trust::{Enrolment as Statement, Grant, Post, PublicKey, Signature};

use super::body::Body;
use crate::app::App;
use crate::auth::rights::{Asked, Enrolment, Registrar, Rights, new_grants};
use crate::error::{Denial, Place, Problem};
use crate::invite::hash_secret;
use crate::store::devices::{EarlierUse, Over, Presented, Redeeming, Redemption};
use crate::wire::{Carried, Enrol, EnrolOutcome, Enrolled};

/// `POST /v1/enrol`. The same device may repeat it with the same invite, if the answer was lost.
///
/// What a device has is never taken away by this, unless it agrees: it names the grant that it loses.
///
/// # Errors
/// [`Problem::UNKNOWN_INVITE`], [`Problem::USED_INVITE`], [`Problem::EXPIRED_INVITE`], [`Problem::BAD_BODY`];
/// [`Problem::UNPROVEN_KEY`] to whoever does not hold the device's key; [`Problem::REVOKED`]; [`Problem::GIVES_LESS`].
pub async fn enrol(State(app): State<Arc<App>>, Body(body): Body<Enrol>) -> Result<Json<Enrolled>, Denial> {
    let asked = Proven::read(&app, body)?;
    let (device, now) = (asked.key.device(), app.auth.clock().now());
    let redemption = Redemption { secret_hash: hash_secret(&asked.secret), device, now };
    let registrar = app.auth.registrar().clone();
    let judged = app.writer.redeem(redemption, move |presented| judge(&registrar, presented, asked, now)).await?;
    let (rights, outcome) = match judged.ok_or(Problem::UNKNOWN_INVITE)? {
        Judged::In(rights, outcome) => (rights, outcome),
        Judged::Over(Over::Used) => return Err(Problem::USED_INVITE.into()),
        Judged::Over(Over::Expired) => return Err(Problem::EXPIRED_INVITE.into()),
        Judged::Revoked => return Err(Problem::REVOKED.into()),
        Judged::Loses(known) => return Err(gives_less(&known)),
    };
    app.auth.follow().await?;
    if let Some(first_invite) = app.first_invite.clone() {
        app.auth.workers().run(move || first_invite.forget()).await.map_err(|_| Problem::INTERNAL)?;
    }
    tracing::info!(%device, ?outcome, "device let in");
    let grants = rights.holding().map(|right| Carried(right.signed.clone())).collect();
    Ok(Json(Enrolled { grants, outcome: Some(outcome), home_ms: app.home_time.stated().map(|at| at.0) }))
}

/// A device that has shown that it holds its key.
struct Proven {
    key: PublicKey,
    secret: [u8; 16],
    name: String,
    replaces: Option<UnixMillis>,
}

impl Proven {
    fn read(app: &App, body: Enrol) -> Result<Self, Problem> {
        let device = PublicKey(body.public_key.0.try_into().map_err(|_| Problem::BAD_BODY)?);
        let signature = Signature(body.signature.0.try_into().map_err(|_| Problem::BAD_BODY)?);
        let name = short_name(&body.name)?;
        let secret = body.secret.0.try_into().map_err(|_| Problem::UNKNOWN_INVITE)?;
        let (home, replaces) = (app.auth.home_key(), body.replaces_ms.map(UnixMillis));
        let stated = Statement { device, home, secret, name: body.name, replaces };
        // Home is no device: what it writes itself could not be told from what somebody else has it write.
        if device == home || stated.verify(&signature).is_err() {
            return Err(Problem::UNPROVEN_KEY);
        }
        Ok(Self { key: device, secret, name, replaces })
    }
}

enum Judged {
    In(Rights, EnrolOutcome),
    Over(Over),
    Revoked,
    Loses(Box<Grant>),
}

/// Decides inside the writer's job, on what stands in the store.
fn judge(registrar: &Registrar, presented: &Presented<'_>, asked: Proven, now: UnixMillis) -> Redeeming<Judged> {
    let rights = registrar.read(presented.grants);
    let invite = presented.invite;
    let known = rights.holding().map(|right| &right.grant).find(|grant| grant.scope == invite.scope).cloned();
    match (presented.earlier, known) {
        (Some(EarlierUse::Counts), Some(_)) => return Redeeming::Leave(Judged::In(rights, EnrolOutcome::Again)),
        // Whoever heard what a device said back then cannot have it said again.
        (Some(EarlierUse::IsOver), Some(known)) if asked.replaces != Some(known.issued) => {
            return Redeeming::Leave(Judged::Loses(Box::new(known)));
        }
        _ => {}
    }
    let grant = Grant {
        key: asked.key,
        name: asked.name,
        role: invite.role,
        scope: invite.scope,
        issued: now,
        post: invite.post.clone(),
        revoked: None,
        vouched: None,
        out_of: None,
    };
    let judged = registrar.enrol(&rights, Asked { grant, replaces: asked.replaces });
    match (judged, presented.over) {
        (Enrolment::Revoked, _) => Redeeming::Leave(Judged::Revoked),
        (_, Some(over)) => Redeeming::Leave(Judged::Over(over)),
        (Enrolment::Covered, None) => Redeeming::Leave(Judged::In(rights, EnrolOutcome::Already)),
        (Enrolment::Loses(known), None) => Redeeming::Leave(Judged::Loses(known)),
        (Enrolment::Gives(new), None) => {
            let given = new_grants(&new);
            Redeeming::Give(given, Judged::In(rights.with(new), EnrolOutcome::LetIn))
        }
    }
}

/// Asks whether the device is to lose what it has.
fn gives_less(known: &Grant) -> Denial {
    let Post { site, team } = &known.post;
    let site = site.as_ref().map(|site| format!(" at site {site}")).unwrap_or_default();
    let team = team.as_ref().map(|team| format!(" with team {team}")).unwrap_or_default();
    let why = format!("the device is {}{site}{team} now, and would be what the invite says instead", known.role);
    let place = Place {
        field: Some("replaces_ms".to_owned()),
        why: Some(why),
        expects: Some(known.issued.0),
        ..Place::default()
    };
    Denial { problem: Problem::GIVES_LESS, place: Box::new(place) }
}

/// What people call a device or an office: 1 to 100 characters in one line, of which some can be seen.
pub(super) fn short_name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    let is_seen = |c: char| !c.is_whitespace() && !is_invisible(c);
    let fits = name.chars().any(is_seen) && name.chars().count() <= 100 && !has_control_characters(name);
    if fits { Ok(name.to_owned()) } else { Err(Problem::BAD_BODY) }
}
