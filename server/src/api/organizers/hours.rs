//! Attendance by human being and date.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::canonical::WantedCode;
use sync_core::ids::{PersonId, Subject};
use sync_core::view::{PersonDay, Session, SessionBasis};

use super::fresh::{Fresh, Had};
use super::list::{Page, page, page_limit, read_cursor};
use super::person::called;
use super::walk_ins::Entry;
use crate::api::callers::OrganizerOf;
use crate::api::place::Asked;
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::views::Seen;

/// Which hours are asked for.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskHours {
    /// From the page before.
    pub after: Option<String>,
    /// How many at the most; 100 if nothing is said.
    pub limit: Option<usize>,
    /// Only this date, as `2026-05-18`.
    pub date: Option<String>,
    /// Only those of this team.
    pub team: Option<String>,
    /// Only those of this organisation.
    pub organisation: Option<String>,
    /// Only this human being, by any id.
    pub person: Option<String>,
    /// Only those with imputed time that nobody confirmed, also where late data added it to a confirmed day; or without.
    pub unconfirmed: Option<bool>,
}

/// A time in which somebody was there.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownStay {
    /// From, in milliseconds since 1970.
    pub start_ms: i64,
    /// To, in milliseconds since 1970.
    pub end_ms: i64,
    /// `observed`, `imputed` or `manual`.
    pub basis: String,
    /// The check-ins and check-outs that show it.
    pub evidence: Vec<Entry>,
    /// The ruling that grants it, where the basis is manual.
    pub ruling: Option<String>,
}

/// The attendance of one human being on one date.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownDay {
    /// Who, by the id that stands for all of theirs.
    pub class: String,
    /// What they are called.
    pub name: String,
    /// The date in the event's time zone.
    pub date: String,
    /// Between a check-in and a check-out.
    pub observed_ms: u64,
    /// With one end taken from the opening hours.
    pub imputed_ms: u64,
    /// Granted by an organizer.
    pub manual_ms: u64,
    /// Observed and manual time, and confirmed imputed time.
    pub verified_ms: u64,
    /// Whether an organizer confirmed the imputed time; with the warning `confirmed_in_part`, as far as it was known then.
    pub confirmed: bool,
    /// In the order of their starts.
    pub sessions: Vec<KnownStay>,
    /// Check-ins and check-outs that no session rests on.
    pub unmatched: Vec<Entry>,
    /// The site at which they are, if they were not seen leaving.
    pub inside: Option<String>,
    /// `clock`, `open_in`, `orphan_out`, `outside_event`, `confirmed_in_part`.
    pub warnings: Vec<String>,
}

fn stay(session: &Session) -> KnownStay {
    let basis = match session.basis {
        SessionBasis::Observed => "observed",
        SessionBasis::Imputed => "imputed",
        SessionBasis::Manual => "manual",
    };
    KnownStay {
        start_ms: session.start.0,
        end_ms: session.end.0,
        basis: basis.to_owned(),
        evidence: session.evidence.iter().copied().map(Entry::from).collect(),
        ruling: session.ruling.map(|ruling| ruling.to_string()),
    }
}

fn known(seen: &Seen, day: &PersonDay) -> KnownDay {
    KnownDay {
        class: day.class.to_string(),
        name: called(seen, day.class),
        date: day.date.to_string(),
        observed_ms: day.observed_ms,
        imputed_ms: day.imputed_ms,
        manual_ms: day.manual_ms,
        verified_ms: day.verified_ms,
        confirmed: day.confirmed,
        sessions: day.sessions.iter().map(stay).collect(),
        unmatched: day.unmatched.iter().copied().map(Entry::from).collect(),
        inside: day.inside.as_ref().map(|inside| inside.site.clone()),
        warnings: day.warnings.iter().map(ToString::to_string).collect(),
    }
}

/// `GET /v1/events/{event}/hours`, in the order of ids and dates. Where a ruling joins people between two pages, days may
/// come again.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_FIELD`], [`Problem::BAD_CURSOR`].
pub async fn list(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskHours>,
    had: Had,
) -> Result<Fresh<Page<KnownDay>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), After::read)?;
    let wanted = Wanted {
        date: asked.date.as_deref().map(read_date).transpose()?,
        team: asked.team,
        organisation: asked.organisation,
        person: asked.person.as_deref().map(|text| super::read_id("person", text)).transpose()?,
    };
    let unconfirmed = asked.unconfirmed;
    app.fresh(&by, event, had, move |seen| {
        let wanted = wanted.in_event(seen);
        let rulings = seen.ledger.documents().rulings().by_id.len();
        let moved = after.map(|after| after.moved_before(seen, rulings)).unwrap_or_default();
        let days = seen.view.days.iter().filter(|day| {
            after.is_none_or(|after| (day.class, day.date) > (after.class, after.date) || moved.contains(&day.class))
                && wanted.fits(day)
                && unconfirmed.is_none_or(|unconfirmed| unconfirmed == waits_for_confirmation(day))
        });
        Ok(page(days.map(|day| known(seen, day)), limit, |day| format!("{}.{}.{rulings}", day.class, day.date)))
    })
    .await
}

/// Up to where a reader has read, and how many rulings there were then.
#[derive(Clone, Copy)]
struct After {
    class: Subject,
    date: jiff::civil::Date,
    rulings: usize,
}

impl After {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (class, date, rulings) = (parts.next()?, parts.next()?, parts.next()?);
        let after = Self { class: class.parse().ok()?, date: date.parse().ok()?, rulings: rulings.parse().ok()? };
        parts.next().is_none().then_some(after)
    }

    /// Who stands before this place now and of whom a record stood behind it: rulings joined them with somebody who had
    /// been read. They are read again, whole, so that nobody is left out.
    fn moved_before(self, seen: &Seen, rulings: usize) -> BTreeSet<Subject> {
        if rulings == self.rulings {
            return BTreeSet::new();
        }
        let listed = seen.ledger.documents().roster().people.keys().map(|id| Subject::Person(*id));
        let registered = seen.view.walk_ins.iter().map(|found| Subject::WalkIn(found.what.id));
        let behind = listed.chain(registered).filter(|record| *record > self.class);
        behind.map(|record| seen.view.class_of(record)).filter(|class| *class <= self.class).collect()
    }
}

/// Whether somebody should say whether a day's imputed time counts, or what late data added to it since.
pub const fn waits_for_confirmation(day: &PersonDay) -> bool {
    day.unconfirmed_ms() > 0
}

/// Reads a date.
///
/// # Errors
/// [`Problem::BAD_FIELD`].
pub fn read_date(text: &str) -> Result<jiff::civil::Date, Denial> {
    text.parse().map_err(|_| Denial::of_field(Problem::BAD_FIELD, "date", "a date such as 2026-05-18"))
}

/// Whose days, and which.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Rows of this date alone.
    pub date: Option<jiff::civil::Date>,
    /// Rows of this team alone.
    pub team: Option<String>,
    /// Rows of this organisation alone.
    pub organisation: Option<String>,
    /// Of this human being.
    pub person: Option<Subject>,
}

/// The same, as one event knows it.
pub struct WantedInEvent {
    date: Option<jiff::civil::Date>,
    person: Option<Subject>,
    classes: Option<BTreeSet<Subject>>,
}

impl Wanted {
    /// Finds out who is meant. A class belongs where one of its people on the roster does.
    #[must_use]
    pub fn in_event(&self, seen: &Seen) -> WantedInEvent {
        let is_by_belonging = self.team.is_some() || self.organisation.is_some();
        let team = self.team.as_deref().map(WantedCode::of);
        let belonging = || {
            let people = seen.ledger.documents().roster().people.iter();
            let belong = people.filter(|(_, record)| {
                let person = record.person();
                let is_of = |team: &WantedCode| person.team.as_deref().is_some_and(|own| team.is(own));
                team.as_ref().is_none_or(is_of)
                    && (self.organisation.is_none() || self.organisation == person.organisation)
            });
            belong.map(|(id, _): (&PersonId, _)| seen.view.class_of(Subject::Person(*id))).collect()
        };
        WantedInEvent {
            date: self.date,
            person: self.person.map(|person| seen.view.class_of(person)),
            classes: is_by_belonging.then(belonging),
        }
    }
}

impl WantedInEvent {
    /// Whether a day is among them.
    #[must_use]
    pub fn fits(&self, day: &PersonDay) -> bool {
        self.date.is_none_or(|date| date == day.date)
            && self.person.is_none_or(|person| person == day.class)
            && self.classes.as_ref().is_none_or(|classes| classes.contains(&day.class))
    }
}
