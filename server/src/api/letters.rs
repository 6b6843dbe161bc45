//! What became of a service letter, for whoever holds it: anybody may ask, and learns no more than the paper says.
//!
//! A letter is known by the code on it, which was signed; a code that nobody signed leads nowhere, and an event is
//! opened only for one that was. After somebody was erased their letters say so, and no name.

mod page;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::time::UnixMillis;
use sync_core::trust::{Letter, Role, Signed};
use sync_core::view::{LetterCheck, SignedBy, Standing, check_letter};
use sync_core::words::Language;

use self::page::LetterPage;
use super::callers::Stranger;
use super::document::{Carried, carried_style};
use super::place::{Asked, LetterInPath};
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::event_plan::Text;
use crate::long_work::Owner;
use crate::reports::name_on_paper;
use crate::views::Seen;

/// Whether a letter may be relied on.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LetterStanding {
    /// It says what the newest report says.
    Stands,
    /// A newer report was published since.
    Superseded,
    /// The report on which it rests was withdrawn.
    Withdrawn,
    /// It was printed before any report was published, and confirms nothing.
    Draft,
    /// The report on which it rests says something else.
    Contradicted,
    /// The report on which it rests has not come to this server yet.
    NotHereYet,
    /// The report on which it rests cannot be computed again, and the device that signed it was revoked since.
    Unproven,
    /// What is known of the person is no longer held.
    NotHeld,
}

impl From<Standing> for LetterStanding {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Stands => Self::Stands,
            Standing::Superseded => Self::Superseded,
            Standing::Withdrawn => Self::Withdrawn,
            Standing::Draft => Self::Draft,
            Standing::Contradicted => Self::Contradicted,
            Standing::NotHereYet => Self::NotHereYet,
            Standing::Unproven => Self::Unproven,
            Standing::NotHeld => Self::NotHeld,
        }
    }
}

/// The newest report of the event, where a letter rests on another.
#[derive(Serialize, Deserialize, Debug, Clone, JsonSchema)]
pub struct NewestReport {
    /// The number of the published report: v1, v2, …
    pub revision: u32,
    /// The date on which it was published, by the event's own clock.
    pub published: String,
    /// The verified time that it gives the person, in seconds; none if it cannot be computed any more.
    pub verified_s: Option<u64>,
}

/// `GET /v1/letters/{letter}`: what became of a letter that is genuine.
#[derive(Serialize, Deserialize, Debug, Clone, JsonSchema)]
pub struct KnownLetter {
    /// Whether it may be relied on.
    pub standing: LetterStanding,
    /// What the event is called.
    pub event: Text,
    /// The name on the letter; none where what is known of the person is no longer held.
    pub name: Option<String>,
    /// The verified time on the letter, in seconds.
    pub verified_s: u64,
    /// The number of the report on which it rests; none for a draft.
    pub revision: Option<u32>,
    /// The date on which that report was published, by the event's own clock.
    pub published: Option<String>,
    /// Whether the report was computed again and says the same; otherwise the signature alone vouches for it.
    pub recomputed: bool,
    /// The newest report, if it is another.
    pub newest: Option<NewestReport>,
}

/// The language in which the page is wanted.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskPage {
    /// `kk`, `ru` or `en`; the browser's own if nothing is said.
    pub lang: Option<String>,
}

/// `GET /v1/letters/{letter}`: says to anybody who holds a letter what became of it.
///
/// # Errors
/// [`Problem::NOT_GENUINE`].
pub async fn letter(
    State(app): State<Arc<App>>,
    stranger: Stranger,
    LetterInPath(code): LetterInPath,
) -> Result<Json<KnownLetter>, Denial> {
    Ok(Json(app.check(&code, stranger).await?))
}

/// `GET /letter/{letter}`: the same as a page, where a phone is led that scans the code.
///
/// # Errors
/// What the store reports; a letter that is not genuine is an answer, not an error.
pub async fn page(
    State(app): State<Arc<App>>,
    stranger: Stranger,
    LetterInPath(code): LetterInPath,
    Asked(asked): Asked<AskPage>,
    headers: HeaderMap,
) -> Result<LetterPage, Denial> {
    let preferred = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let language = Language::of_tag(asked.lang.as_deref().unwrap_or(preferred));
    match app.check(&code, stranger).await {
        Ok(known) => Ok(LetterPage::of(Some(&known), language)),
        Err(refusal) if refusal.problem == Problem::NOT_GENUINE => Ok(LetterPage::of(None, language)),
        Err(other) => Err(other),
    }
}

/// `GET /letter/page.css`: the style of the pages of letters.
pub async fn style() -> Carried {
    carried_style(include_str!("../../web/letter/page.css"))
}

impl App {
    async fn check(&self, code: &str, stranger: Stranger) -> Result<KnownLetter, Denial> {
        let (letter, signed_by) = self.genuine(code)?;
        let reader = self.views.reader(Owner::Stranger(stranger.0))?;
        let known = reader.see(letter.event, move |seen| known(seen, &letter, signed_by)).await;
        // Whoever signs for an event that is not here tells nobody whether it is.
        known.map_err(|problem| if problem == Problem::UNKNOWN_EVENT { Problem::NOT_GENUINE } else { problem }.into())
    }

    /// The letter with this code, if home or an organizer of its event signed it.
    fn genuine(&self, code: &str) -> Result<(Letter, SignedBy), Problem> {
        let key_of = |device| self.auth.device(device).map(|device| device.key);
        let signed = Signed::<Letter>::from_printed(code);
        let letter = signed.and_then(|signed| signed.verify_signer(&self.auth.home_key(), key_of));
        let letter = letter.map_err(|_| Problem::NOT_GENUINE)?;
        let Some(device) = letter.signed_by else { return Ok((letter, SignedBy::Trusted)) };
        let device = self.auth.device(device).ok_or(Problem::NOT_GENUINE)?;
        let known = self.auth.members().in_event(&device, letter.event).ok_or(Problem::NOT_GENUINE)?;
        if known.grant.role < Role::Organizer {
            return Err(Problem::NOT_GENUINE);
        }
        Ok((letter, if known.grant.revoked.is_some() { SignedBy::Revoked } else { SignedBy::Trusted }))
    }
}

fn known(seen: &Seen, letter: &Letter, signed_by: SignedBy) -> KnownLetter {
    let documents = seen.ledger.documents();
    let reports = |published: &_| seen.published_people(published);
    let check = check_letter(letter, signed_by, documents, &seen.view, reports);
    let LetterCheck { standing, names, published, recomputed, newest } = check;
    let event = documents.info();
    let date = |at: UnixMillis| event.zone.table.local(at).date().to_string();
    KnownLetter {
        standing: standing.into(),
        event: event.name.clone().into(),
        name: Some(name_on_paper(&names)).filter(|name| !name.is_empty()),
        verified_s: letter.verified_s,
        revision: letter.revision,
        published: published.map(date),
        recomputed,
        newest: newest.map(|newest| NewestReport {
            revision: newest.number,
            published: date(newest.published),
            verified_s: newest.verified_s,
        }),
    }
}
