//! Finding somebody in every event within one's rights: the call-centre's first question.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::ids::{EventId, Subject};
use sync_core::names::How;
use sync_core::spoken::SpokenCode;
use sync_core::trust::Scope;

use super::person::Listed;
use crate::api::callers::Finder;
use crate::api::place::Asked;
use crate::api::visitor::Visitor;
use crate::app::App;
use crate::directory::Hit;
use crate::error::{Denial, Problem};

/// Who is looked for.
#[derive(Deserialize, Debug, JsonSchema)]
pub struct AskLookup {
    /// Part of a name in any spelling, a code, or the end of a telephone number, typed in any keyboard layout; 2 to 100
    /// characters.
    pub q: String,
    /// How many at the most; 20 if nothing is said, 100 at the most.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// Somebody who may be meant. Of a telephone number only the end is shown.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct FoundPerson {
    /// The id of the event in which they are known.
    pub event: String,
    /// What it is called, in English, Russian or Kazakh, whichever there is.
    pub event_name: String,
    /// The id of the person or walk-in.
    pub person: String,
    /// The first code on a list or a badge.
    pub code: Option<String>,
    /// The code that is made to be spoken.
    pub spoken: String,
    /// The preferred spelling of the name.
    pub name: String,
    /// The last four digits.
    pub phone_tail: Option<String>,
    /// The organisation to which they belong.
    pub organisation: Option<String>,
    /// The key of their team.
    pub team: Option<String>,
    /// Where they are known from.
    pub listed: Listed,
    /// By what they were found.
    pub how: FoundBy,
}

/// By what somebody was found.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// The spoken code, the id, or a code on a badge or a list.
    Code,
    /// The end of the telephone number.
    Phone,
    /// Every word is a word of the name.
    Name,
    /// Every word begins a word of the name.
    Beginning,
    /// A letter is read in another way.
    OtherReading,
    /// But for one mistake in a word.
    Mistyped,
    /// The spoken code but for one symbol that was heard wrong.
    MistypedCode,
}

/// The answer of `GET /v1/lookup`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct FoundPeople {
    /// The best first, then by event.
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
    if !(2..=100).contains(&asked.q.trim().chars().count()) {
        return Err(Denial::of_field(Problem::BAD_FIELD, "q", "2 to 100 characters"));
    }
    let events = app.events_within(&by).await?;
    let mut hits = app.directory.search(&app.reader(&by)?, events, asked.q, limit + 1).await?;
    let more = hits.len() > limit;
    hits.truncate(limit);
    Ok(Json(FoundPeople { found: hits.into_iter().map(FoundPerson::from).collect(), more }))
}

impl From<Hit> for FoundPerson {
    fn from(Hit { event, event_name, how, card }: Hit) -> Self {
        let text = |text: Option<Arc<str>>| text.map(|text| text.to_string());
        Self {
            event: event.to_string(),
            event_name: event_name.to_string(),
            person: card.subject.to_string(),
            code: text(card.code),
            spoken: SpokenCode::of(card.subject).to_string(),
            name: card.name.to_string(),
            phone_tail: text(card.phone_tail),
            organisation: text(card.organisation),
            team: text(card.team),
            listed: match card.subject {
                Subject::Person(_) => Listed::Roster,
                Subject::WalkIn(_) => Listed::WalkIn,
            },
            how: how.into(),
        }
    }
}

impl From<How> for FoundBy {
    fn from(how: How) -> Self {
        match how {
            How::Code => Self::Code,
            How::Phone => Self::Phone,
            How::Name => Self::Name,
            How::Beginning => Self::Beginning,
            How::OtherReading => Self::OtherReading,
            How::Mistyped => Self::Mistyped,
            How::CodeButFor(_) => Self::MistypedCode,
        }
    }
}

impl App {
    /// The events within a visitor's rights.
    ///
    /// # Errors
    /// What the store reports.
    pub(super) async fn events_within(&self, by: &Visitor) -> Result<Vec<EventId>, Problem> {
        let events = self.store.read(|store| store.events()).await?;
        let scopes = by.scopes();
        let is_within = |event: &EventId| self.auth.tree().is_within(&scopes, &Scope::Event(*event));
        Ok(events.into_iter().filter(is_within).collect())
    }
}
