//! Signing in with a browser: an organizer offers a link that is good once; the browser gives its secret back and is
//! given a cookie that scripts cannot read.
//!
//! For whoever may write, home makes a device and states a grant that says that home holds its key. So what they write
//! is a change like anyone's, is seen to be vouched for, and can be revoked like a device.

use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described};
use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, NoContent, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, KeyPair, Post, Role, Scope, Signed, VouchedBy};

use super::body::Body;
use super::callers::{Browsing, Organizer};
use super::cookies::cookie_name;
use super::described::{Created, add_problems, success};
use super::document::{Carried, carried_page};
use super::enrol::short_name;
use super::own_page::OfOwnPage;
use super::place::{SessionInPath, SignInInPath};
use super::visitor::Visitor;
use crate::app::App;
use crate::auth::sessions::{Access, Cookie, SESSION_LIFE_MS, Session, SessionId};
use crate::error::{Denial, Problem};
use crate::invite::hash_secret;
use crate::store::audit::Deed;
use crate::store::sessions::{Beginning, Begun, SessionRow, SignIn, SignInRow};
use crate::wire::Base64;

/// An offer lasts so long if nothing is said, and at most [`OFFER_LIMIT_S`].
const OFFER_LIFE_S: u32 = 15 * 60;
const OFFER_LIMIT_S: u32 = 7 * 24 * 3600;

/// The body of `POST /v1/sign-in-links`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct OfferSignIn {
    /// What whoever uses the link may do.
    pub access: Access,
    /// Whose link it is; 1 to 100 characters.
    pub name: String,
    /// The event for which it is; none for every event of the node, or of the home server.
    #[serde(default)]
    pub event: Option<String>,
    /// The office, region or organisation for whose events it is.
    #[serde(default)]
    pub node: Option<String>,
    /// It holds so long; a quarter of an hour if nothing is said, a week at most.
    #[serde(default)]
    pub expires_in_s: Option<u32>,
}

/// A link for one person, good once.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct OfferedSignIn {
    /// To be sent to that person. Its secret stands behind the `#` and is never part of a request line.
    pub link: String,
    /// Until when it holds, in milliseconds since 1970.
    pub expires_ms: i64,
}

/// `POST /v1/session`: a browser gives back what stands behind the `#`.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct BeginSession {
    /// The secret of the link.
    pub secret: Base64,
    /// Whether a session that this browser has is ended. Without this a browser that is signed in is told so.
    #[serde(default)]
    pub replace: bool,
}

/// The answer of `GET /v1/sign-in-links`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct SignInLinks {
    /// The links, the oldest first.
    pub links: Vec<KnownSignInLink>,
}

/// A link to sign in that was made. Its secret is known to nobody but its bearer.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownSignInLink {
    /// By which it is withdrawn.
    pub link: String,
    /// The name of the person for whom the link is.
    pub name: String,
    /// What whoever uses it may do.
    pub access: Access,
    /// The event it is for; none for more than one.
    pub event: Option<String>,
    /// The office, region or organisation for whose events it is.
    pub node: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: i64,
    /// The device that made it.
    pub made_by: Option<String>,
    /// What people call that device.
    pub made_by_name: Option<String>,
    /// Until when it holds, in milliseconds since 1970.
    pub expires_ms: i64,
    /// When somebody signed in with it, if anybody did.
    pub used_ms: Option<i64>,
    /// When it was withdrawn, if it was.
    pub withdrawn_ms: Option<i64>,
}

/// A session with a browser.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownSession {
    /// By which it is ended.
    pub session: String,
    /// The name of the person whose session it is.
    pub name: String,
    /// What it may do.
    pub access: Access,
    /// The event it is for; none for more than one.
    pub event: Option<String>,
    /// The office, region or organisation for whose events it is.
    pub node: Option<String>,
    /// The device that home holds for it, if it may write.
    pub device: Option<String>,
    /// The device that made the link by which it began.
    pub offered_by: Option<String>,
    /// When it began, in milliseconds since 1970.
    pub began_ms: i64,
    /// Until when it lasts, in milliseconds since 1970.
    pub expires_ms: i64,
    /// For the header `x-saxaul-csrf`; only its own session is told.
    pub csrf: Option<String>,
}

/// The answer of `GET /v1/sessions`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownSessions {
    /// The sessions, the oldest first.
    pub sessions: Vec<KnownSession>,
}

fn known(session: &Session, csrf: Option<String>) -> KnownSession {
    KnownSession {
        session: session.id.to_string(),
        name: session.name.clone(),
        access: session.access,
        event: session.scope.event().map(|event| event.to_string()),
        node: session.scope.node().map(|node| node.to_string()),
        device: session.clerk.as_ref().map(|clerk| clerk.device.to_string()),
        offered_by: session.offered_by.map(|device| device.to_string()),
        began_ms: session.began.0,
        expires_ms: session.expires.0,
        csrf,
    }
}

/// A session as the store keeps it; `None` for one of an access that this program does not know.
pub(super) fn known_row(row: &SessionRow) -> Option<KnownSession> {
    Some(KnownSession {
        session: row.id(),
        name: row.name.clone(),
        access: Access::of_key(&row.access)?,
        event: row.scope.event().map(|event| event.to_string()),
        node: row.scope.node().map(|node| node.to_string()),
        device: row.held.map(|(device, _)| device.to_string()),
        offered_by: row.offered_by.map(|device| device.to_string()),
        began_ms: row.began.0,
        expires_ms: row.expires.0,
        csrf: None,
    })
}

/// `POST /v1/sign-in-links`, for organizers of what the link is for.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_FIELD`].
pub async fn offer(
    State(app): State<Arc<App>>,
    Organizer(by): Organizer,
    Body(body): Body<OfferSignIn>,
) -> Result<Created<OfferedSignIn>, Denial> {
    let scope = app.scope_of(body.event.as_deref(), body.node.as_deref())?;
    if !app.auth.tree().is_within(&by.scopes(), &scope) {
        return Err(if scope.event().is_some() { Problem::UNKNOWN_EVENT } else { Problem::FORBIDDEN }.into());
    }
    if let Scope::Event(event) = scope {
        app.require_event(event).await?;
    }
    let name =
        short_name(&body.name).map_err(|_| Denial::of_field(Problem::BAD_FIELD, "name", "1 to 100 characters"))?;
    let life = body.expires_in_s.unwrap_or(OFFER_LIFE_S);
    if !(1..=OFFER_LIMIT_S).contains(&life) {
        return Err(Denial::of_field(Problem::BAD_FIELD, "expires_in_s", "1 to 604800 seconds"));
    }
    // Whether they still may is looked up for the device that makes the link.
    let maker = by.device(&app)?;
    let deed = app.deed_of(&maker);
    let (secret, expires) = (app.auth.random().draw::<16>(), UnixMillis(deed.at.0 + i64::from(life) * 1000));
    let access = body.access.key().to_owned();
    let offer = SignIn { secret_hash: hash_secret(&secret), access, scope, name, expires };
    if !app.writer.offer_sign_in(offer, deed, app.may_organize(scope)).await? {
        return Err(Problem::REVOKED.into());
    }
    let encoded = serde_json::to_value(Base64(secret.to_vec())).map_err(|_| Problem::INTERNAL)?;
    let link = format!("{}/sign-in#{}", app.public_url, encoded.as_str().unwrap_or_default());
    Ok(Created(OfferedSignIn { link, expires_ms: expires.0 }))
}

/// `GET /v1/sign-in-links`: those within the caller's rights.
///
/// # Errors
/// [`Problem::FORBIDDEN`].
pub async fn links(State(app): State<Arc<App>>, Organizer(by): Organizer) -> Result<Json<SignInLinks>, Problem> {
    let links = app.links_under(&by).await?.into_iter().filter_map(|row| app.known_link(row));
    Ok(Json(SignInLinks { links: links.collect() }))
}

/// `POST /v1/sign-in-links/{link}/withdraw`: nobody signs in with it any more. Repeating it is harmless.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_SIGN_IN`].
pub async fn withdraw(
    State(app): State<Arc<App>>,
    Organizer(by): Organizer,
    SignInInPath(id): SignInInPath,
) -> Result<NoContent, Problem> {
    let links = app.links_under(&by).await?;
    let row = links.into_iter().find(|row| row.sign_in.id() == id).ok_or(Problem::UNKNOWN_SIGN_IN)?;
    app.writer.withdraw_sign_in(row.sign_in.secret_hash, by.deed(&app)).await?;
    tracing::info!(link = %id, "link to sign in withdrawn");
    Ok(NoContent)
}

impl App {
    async fn links_under(&self, by: &Visitor) -> Result<Vec<SignInRow>, Problem> {
        let (mut links, scopes) = (self.store.read(|store| store.sign_ins()).await?, by.scopes());
        links.retain(|row| self.auth.tree().is_within(&scopes, &row.sign_in.scope));
        Ok(links)
    }

    pub(super) fn known_link(&self, row: SignInRow) -> Option<KnownSignInLink> {
        let SignInRow { sign_in, made, made_by, used, withdrawn } = row;
        Some(KnownSignInLink {
            link: sign_in.id(),
            name: sign_in.name,
            access: Access::of_key(&sign_in.access)?,
            event: sign_in.scope.event().map(|event| event.to_string()),
            node: sign_in.scope.node().map(|node| node.to_string()),
            made_ms: made.0,
            made_by: made_by.map(|device| device.to_string()),
            made_by_name: self.name_of(made_by),
            expires_ms: sign_in.expires.0,
            used_ms: used.map(|at| at.0),
            withdrawn_ms: withdrawn.map(|at| at.0),
        })
    }
}

/// A session that has begun, with its cookie.
pub struct BegunSession(KnownSession, HeaderValue);

impl IntoResponse for BegunSession {
    fn into_response(self) -> Response {
        let headers = [(SET_COOKIE, self.1), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        (StatusCode::CREATED, headers, Json(self.0)).into_response()
    }
}

impl OperationOutput for BegunSession {
    type Inner = KnownSession;

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Described)> {
        let refused = [
            Problem::UNKNOWN_SIGN_IN,
            Problem::USED_SIGN_IN,
            Problem::SIGNED_IN,
            Problem::FORGED,
            Problem::NOT_JSON,
            Problem::TOO_MANY_CALLS,
        ];
        add_problems(ctx, operation, &refused);
        vec![success::<KnownSession>(ctx, StatusCode::CREATED)]
    }
}

/// `POST /v1/session`.
///
/// # Errors
/// [`Problem::UNKNOWN_SIGN_IN`], [`Problem::USED_SIGN_IN`], [`Problem::BAD_BODY`]; [`Problem::FORGED`] for what another
/// site had the browser send, [`Problem::NOT_JSON`]; [`Problem::SIGNED_IN`].
pub async fn begin(
    State(app): State<Arc<App>>,
    OfOwnPage { present }: OfOwnPage,
    Body(body): Body<BeginSession>,
) -> Result<BegunSession, Denial> {
    if present.is_some() && !body.replace {
        return Err(Problem::SIGNED_IN.into());
    }
    let begun = app.begin_session(&hash_secret(&body.secret.0)).await?;
    if let Some(session) = present {
        app.end_session(session.id, session.deed(app.auth.clock().now())).await?;
    }
    Ok(begun)
}

impl App {
    async fn begin_session(&self, secret_hash: &[u8; 32]) -> Result<BegunSession, Problem> {
        let (app, secret_hash) = (self, *secret_hash);
        let offered = app.store.read(move |store| store.sign_in(&secret_hash)).await?;
        let SignInRow { sign_in: offer, made_by, .. } = offered.ok_or(Problem::UNKNOWN_SIGN_IN)?;
        let access = Access::of_key(&offer.access).ok_or(Problem::INTERNAL)?;
        let (now, cookie) = (app.auth.clock().now(), Cookie::drawn(app.auth.random()));
        // A front office writes nothing; the call-centre writes requests, as a device of the field would.
        let role = match access {
            Access::Organizer => Some(Role::Organizer),
            Access::CallCentre => Some(Role::Marker),
            Access::FrontOffice => None,
        };
        let held = role.map(|role| Held::drawn(app, &offer, role, now));
        let row = SessionRow {
            session: app.auth.random().draw(),
            cookie_hash: cookie.hash(),
            access: offer.access,
            scope: offer.scope,
            name: offer.name,
            began: now,
            expires: UnixMillis(now.0 + SESSION_LIFE_MS),
            ended: None,
            held: held.as_ref().map(|held| (held.device, held.seed)),
            offered_by: made_by,
        };
        let beginning = Beginning { secret_hash, session: row, grant: held.map(|held| held.grant) };
        match app.writer.begin_session(beginning).await? {
            Begun::Now => {}
            Begun::Unknown => return Err(Problem::UNKNOWN_SIGN_IN),
            Begun::Over => return Err(Problem::USED_SIGN_IN),
        }
        app.auth.follow().await?;
        let text = cookie.text();
        let (session, cookie) = app.auth.sessions().recognise(&text, now)?;
        tracing::info!(session = %session.id, access = access.key(), "signed in with a browser");
        let header = set_cookie(app, &text, SESSION_LIFE_MS / 1000)?;
        Ok(BegunSession(known(&session, Some(cookie.csrf())), header))
    }
}

/// A device that home holds for somebody.
struct Held {
    device: DeviceId,
    seed: [u8; 32],
    /// Says that home holds its key.
    grant: Signed<Grant>,
}

impl Held {
    fn drawn(app: &App, offer: &SignIn, role: Role, now: UnixMillis) -> Self {
        let seed = app.auth.random().draw::<32>();
        let key = KeyPair::from_seed(&seed).public();
        let grant = Grant {
            key,
            name: offer.name.clone(),
            role,
            scope: offer.scope,
            issued: now,
            post: Post::default(),
            revoked: None,
            vouched: Some(VouchedBy::Home),
            out_of: None,
        };
        Self { device: key.device(), seed, grant: app.auth.home().state(&grant) }
    }
}

fn set_cookie(app: &App, value: &str, life_s: i64) -> Result<HeaderValue, Problem> {
    let (name, secure) = (cookie_name(app), if app.public_url.starts_with("https://") { "; Secure" } else { "" });
    let text = format!("{name}={value}; Path=/; Max-Age={life_s}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).map_err(|_| Problem::INTERNAL)
}

/// `GET /v1/session`: who is signed in.
///
/// # Errors
/// [`Problem::UNAUTHENTICATED`], [`Problem::EXPIRED_SESSION`].
pub async fn current(Browsing { session, csrf }: Browsing) -> Result<Json<KnownSession>, Problem> {
    Ok(Json(known(&session, Some(csrf))))
}

/// `DELETE /v1/session`: signs out.
///
/// # Errors
/// [`Problem::UNAUTHENTICATED`], [`Problem::EXPIRED_SESSION`], [`Problem::FORGED`].
pub async fn end_own(State(app): State<Arc<App>>, browsing: Browsing) -> Result<NoContent, Problem> {
    let deed = browsing.session.deed(app.auth.clock().now());
    app.end_session(browsing.session.id, deed).await
}

/// `GET /v1/sessions`: those within the caller's rights.
///
/// # Errors
/// [`Problem::FORBIDDEN`].
pub async fn list(State(app): State<Arc<App>>, Organizer(by): Organizer) -> Result<Json<KnownSessions>, Problem> {
    let all = app.auth.sessions().all(app.auth.clock().now());
    let scopes = by.scopes();
    let under = all.iter().filter(|session| app.auth.tree().is_within(&scopes, &session.scope));
    Ok(Json(KnownSessions { sessions: under.map(|session| known(session, None)).collect() }))
}

/// `DELETE /v1/sessions/{session}`: ends a session within the caller's rights.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_SESSION`].
pub async fn end(
    State(app): State<Arc<App>>,
    Organizer(by): Organizer,
    SessionInPath(id): SessionInPath,
) -> Result<NoContent, Problem> {
    let all = app.auth.sessions().all(app.auth.clock().now());
    let scopes = by.scopes();
    let is_under = |session: &&Arc<Session>| app.auth.tree().is_within(&scopes, &session.scope);
    let found = all.iter().filter(is_under).find(|session| session.id.to_string() == id);
    let session = found.ok_or(Problem::UNKNOWN_SESSION)?;
    app.end_session(session.id, by.deed(&app)).await
}

impl App {
    async fn end_session(&self, id: SessionId, deed: Deed) -> Result<NoContent, Problem> {
        self.writer.end_session(id.0, deed).await?;
        self.auth.follow().await?;
        Ok(NoContent)
    }
}

/// `GET /sign-in`: the page that gives the secret of a link back.
pub async fn page() -> Carried {
    carried_page(include_str!("../../web/sign-in/page.html"))
}

/// `GET /sign-in/page.js`: the script of the page to sign in.
pub async fn script() -> Carried {
    super::document::carried_script(include_str!("../../web/sign-in/page.js"))
}
