//! Finding somebody in every event within one's rights: the call-centre's first question.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::ids::EventId;
use sync_core::trust::Scope;

use super::people::{Search, people_after};
use super::person::{KnownPerson, Listed};
use crate::api::place::Asked;
use crate::api::visitor::{Finder, Visitor};
use crate::error::{Denial, Problem};
use crate::router::App;

/// Who is looked for.
#[derive(Deserialize, Debug, JsonSchema)]
pub struct AskLookup {
    /// Part of a name in any spelling, a code, or the end of a telephone number; at least two characters.
    pub q: String,
    /// How many at the most; 20 if nothing is said, 100 at the most.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// Somebody who may be meant. Of a telephone number only the end is shown.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct FoundPerson {
    /// In which event.
    pub event: String,
    /// What it is called, in English, Russian or Kazakh, whichever there is.
    pub event_name: String,
    /// Their id.
    pub person: String,
    /// The code spoken at a gate.
    pub code: Option<String>,
    /// The preferred spelling.
    pub name: String,
    /// The last four digits.
    pub phone_tail: Option<String>,
    /// Where they belong.
    pub organisation: Option<String>,
    /// The team's key.
    pub team: Option<String>,
    /// Where they are known from.
    pub listed: Listed,
}

/// `GET /v1/lookup`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct FoundPeople {
    /// By event.
    pub found: Vec<FoundPerson>,
    /// Whether there are more: say more of the name.
    pub more: bool,
}

/// `GET /v1/lookup`, for the call-centre and organizers, in the events within their rights.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::BAD_FIELD`].
pub async fn lookup(
    State(app): State<Arc<App>>,
    Finder(by): Finder,
    Asked(asked): Asked<AskLookup>,
) -> Result<Json<FoundPeople>, Denial> {
    let limit = asked.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Denial::of_field(Problem::BAD_FIELD, "limit", "1 to 100"));
    }
    if asked.q.trim().chars().count() < 2 {
        return Err(Denial::of_field(Problem::BAD_FIELD, "q", "at least two characters"));
    }
    let mut found = Vec::new();
    for event in app.events_within(&by).await? {
        let (search, room) = (Search::of(&asked.q), limit + 1 - found.len());
        found.extend(
            app.views
                .see(event, move |seen| {
                    let name = seen.ledger.documents().info().name.in_language("en").to_owned();
                    let fits = people_after(seen, None).filter(|person| search.fits(person)).take(room);
                    fits.map(|person| shown(event, &name, person)).collect::<Vec<_>>()
                })
                .await?,
        );
        if found.len() > limit {
            break;
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    Ok(Json(FoundPeople { found, more }))
}

fn shown(event: EventId, event_name: &str, person: KnownPerson) -> FoundPerson {
    let tail = |phone: String| {
        let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
        digits[digits.len().saturating_sub(4)..].iter().collect()
    };
    let name = person.names.first().cloned().map(sync_core::documents::roster::PersonName::from);
    FoundPerson {
        event: event.to_string(),
        event_name: event_name.to_owned(),
        person: person.person,
        code: person.code,
        name: name.map(|name| name.to_string()).unwrap_or_default(),
        phone_tail: person.phone.map(tail),
        organisation: person.organisation,
        team: person.team,
        listed: person.listed,
    }
}

impl App {
    /// The events within a visitor's rights.
    ///
    /// # Errors
    /// What the store reports.
    pub(super) async fn events_within(&self, by: &Visitor) -> Result<Vec<EventId>, Problem> {
        let store = Arc::clone(&self.store);
        let events = tokio::task::spawn_blocking(move || store.events()).await.map_err(|_| Problem::INTERNAL)??;
        let is_within = |event: &EventId| self.auth.tree().includes(by.scope(), &Scope::Event(*event));
        Ok(events.into_iter().filter(is_within).collect())
    }
}
