//! The people of an event: listed, found, added, edited, withdrawn.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::canonical::{WantedCode, canonical_code};
use sync_core::command::Command;
use sync_core::documents::roster::{Person, PersonName, found_by};
use sync_core::ids::{EventId, Subject};
use sync_core::names::{Matcher, NameKey, in_other_layouts, phones::numbers, phones::searched};
use sync_core::order::SortKey;
use sync_core::replica::ledger::Ledger;
use sync_core::scan::{ScannedText, read_scanned};

use super::Written;
use super::fresh::{Fresh, Had, tag_of};
use super::list::{Page, page, page_limit, read_cursor};
use super::person::{KnownPerson, Listed, Name, PersonPatch, check_typed, find, listed, registered};
use super::reports::read_language;
use crate::api::body::Body;
use crate::api::callers::{IfSame, OrganizerOf, Writing};
use crate::api::described::Created;
use crate::api::place::{Asked, SubjectInPath};
use crate::api::visitor::Visitor;
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::views::Seen;

/// Which people are asked for.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskPeople {
    /// From the page before.
    pub after: Option<String>,
    /// How many at the most; 100 if nothing is said.
    pub limit: Option<usize>,
    /// By id if nothing is said.
    pub order: Option<PeopleOrder>,
    /// `kk`, `ru` or `en`: whose alphabet orders names; English if nothing is said.
    pub lang: Option<String>,
    /// Part of a name in any spelling, a code, or the end of a telephone number, typed in any keyboard layout; or what a scanner
    /// reads on a badge of this event, which finds its bearer if the signature holds, and otherwise nobody.
    pub q: Option<String>,
    /// Only those of this organisation.
    pub organisation: Option<String>,
    /// Only those of this region.
    pub region: Option<String>,
    /// Only those of this team.
    pub team: Option<String>,
    /// Only those of this category.
    pub category: Option<String>,
    /// Only those from the roster, or from the gates.
    pub listed: Option<Listed>,
    /// Only those who are withdrawn, or are not.
    pub withdrawn: Option<bool>,
    /// Only those with contested fields, or without.
    pub contested: Option<bool>,
}

/// In which order people are listed.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeopleOrder {
    /// By id, which never changes.
    Id,
    /// By the preferred spelling, then by id. A cursor holds the place in the alphabet, so that a page goes on where the
    /// one before ended, whoever was renamed meanwhile.
    Name,
}

/// `GET /v1/events/{event}/people`, in the order of ids, or of names.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_FIELD`], [`Problem::BAD_CURSOR`].
pub async fn list(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskPeople>,
    had: Had,
) -> Result<Fresh<Page<KnownPerson>>, Denial> {
    let limit = page_limit(asked.limit)?;
    if asked.order == Some(PeopleOrder::Name) {
        return list_by_name(&app, &by, event, had, asked).await;
    }
    let after = read_cursor(asked.after.as_deref(), |text| text.parse::<Subject>().ok())?;
    app.fresh(&by, event, had, move |seen| {
        let filter = asked.filter(seen);
        Ok(page(people_after(seen, after).filter(|person| filter.fits(person)), limit, |person| person.person.clone()))
    })
    .await
}

async fn list_by_name(
    app: &App,
    by: &Visitor,
    event: EventId,
    had: Had,
    asked: AskPeople,
) -> Result<Fresh<Page<KnownPerson>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let language = read_language(asked.lang.as_deref())?.unwrap_or_default();
    let after = read_cursor(asked.after.as_deref(), |text| {
        let (key, subject) = text.rsplit_once('\n')?;
        Some((SortKey::from_cursor(key), subject.parse::<Subject>().ok()?))
    })?;
    app.fresh(by, event, had, move |seen| {
        let filter = asked.filter(seen);
        let mut places: Vec<(SortKey, Subject)> =
            preferred_names(seen).map(|(subject, name)| (SortKey::of(&name, language), subject)).collect();
        places.retain(|place| after.as_ref().is_none_or(|after| place > after));
        places.sort_unstable();
        let people =
            places.into_iter().filter_map(|(_, subject)| find(seen, subject)).filter(|person| filter.fits(person));
        Ok(page(people, limit, |person| {
            let name = person.names.first().map(|name| PersonName::from(name.clone()).to_string()).unwrap_or_default();
            format!("{}\n{}", SortKey::of(&name, language).as_str(), person.person)
        }))
    })
    .await
}

/// Everybody with the preferred spelling, blank for whoever has none.
fn preferred_names(seen: &Seen) -> impl Iterator<Item = (Subject, String)> {
    let first = |names: &[PersonName]| names.first().map(ToString::to_string).unwrap_or_default();
    let roster = seen.ledger.documents().roster().people.iter().map(move |(id, record)| {
        (Subject::Person(*id), record.shown().map(|person| first(person.names)).unwrap_or_default())
    });
    let mut last = None;
    // An id that a device repeated is listed once.
    let walk_ins = seen.view.walk_ins.iter().filter(move |found| last.replace(found.what.id) != Some(found.what.id));
    roster.chain(walk_ins.map(move |found| (Subject::WalkIn(found.what.id), first(&found.what.names))))
}

/// Everybody after a subject, in the order of ids.
fn people_after(seen: &Seen, after: Option<Subject>) -> impl Iterator<Item = KnownPerson> {
    let comes_after = move |subject: Subject| after.is_none_or(|after| subject > after);
    let roster = seen.ledger.documents().roster().people.iter();
    let roster = roster.map(|(id, record)| (Subject::Person(*id), record));
    let roster = roster.filter(move |(subject, _)| comes_after(*subject));
    let mut last = None;
    let walk_ins = seen.view.walk_ins.iter().filter(move |found| {
        let subject = Subject::WalkIn(found.what.id);
        // An id that a device repeated is listed once.
        comes_after(subject) && last.replace(subject) != Some(subject)
    });
    let roster = roster.map(move |(subject, record)| listed(seen, subject, record));
    roster.chain(walk_ins.map(move |found| registered(seen, found)))
}

/// Whom a list shows; what is asked for is prepared once, not for each of the people.
struct Filter<'a> {
    asked: &'a AskPeople,
    team: Option<WantedCode>,
    search: Option<Sought>,
}

impl Filter<'_> {
    fn fits(&self, person: &KnownPerson) -> bool {
        self.asked.fits(person, self.team.as_ref()) && self.search.as_ref().is_none_or(|search| search.fits(person))
    }
}

impl AskPeople {
    fn filter(&self, seen: &Seen) -> Filter<'_> {
        Filter { asked: self, team: self.team.as_deref().map(WantedCode::of), search: self.search(seen) }
    }

    /// What was typed to find people. Where that finds nobody, what the same keys type in another keyboard layout; every
    /// page of one list is found by the same text.
    fn search(&self, seen: &Seen) -> Option<Sought> {
        let text = self.q.as_deref()?;
        match read_scanned(text) {
            ScannedText::Badge(badge) => return Some(Sought::Bearer(seen.ledger.believe(&badge).ok())),
            ScannedText::NoBadge => return Some(Sought::Bearer(None)),
            ScannedText::Invite(_) | ScannedText::Letter(_) | ScannedText::Other => {}
        }
        let typed = Search::of(text);
        let finds_somebody = |search: &Search| people_after(seen, None).any(|person| search.fits(&person));
        if finds_somebody(&typed) {
            return Some(Sought::Typed(typed));
        }
        let mut others = in_other_layouts(typed.text.trim()).into_iter().map(|text| Search::of(&text));
        Some(Sought::Typed(others.find(finds_somebody).unwrap_or(typed)))
    }

    fn fits(&self, person: &KnownPerson, team: Option<&WantedCode>) -> bool {
        let is = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
        is(&self.organisation, &person.organisation)
            && is(&self.region, &person.region)
            && team.is_none_or(|team| person.team.as_ref().is_some_and(|own| team.is(own)))
            && self.category.as_ref().is_none_or(|category| person.categories.contains(category))
            && self.listed.is_none_or(|listed| listed == person.listed)
            && self.withdrawn.is_none_or(|withdrawn| withdrawn == person.withdrawn.is_some())
            && self.contested.is_none_or(|contested| contested != person.contested.is_empty())
    }
}

/// Who is looked for.
enum Sought {
    /// The bearer of a badge; nobody, if it is not believed.
    Bearer(Option<Subject>),
    /// Whoever fits what somebody typed.
    Typed(Search),
}

impl Sought {
    fn fits(&self, person: &KnownPerson) -> bool {
        match self {
            Self::Bearer(bearer) => bearer.is_some_and(|bearer| bearer.to_string() == person.person),
            Self::Typed(search) => search.fits(person),
        }
    }
}

/// What somebody typed to find people.
struct Search {
    text: String,
    code: String,
    digits: Option<String>,
    names: Matcher,
}

impl Search {
    fn of(text: &str) -> Self {
        let digits = searched(text);
        Self { text: text.to_owned(), code: canonical_code(text), digits, names: Matcher::new(text) }
    }

    fn fits(&self, person: &KnownPerson) -> bool {
        let is_code =
            person.external_ids.iter().flat_map(|id| found_by(&id.value)).any(|code| canonical_code(code) == self.code);
        let is_phone = || {
            let mut phones = person.phone.iter().flat_map(|phone| numbers(phone));
            self.digits.as_ref().is_some_and(|digits| phones.any(|phone| phone.ends_with(digits)))
        };
        let is_name = |name: &Name| self.names.fit(&NameKey::of(&PersonName::from(name.clone()))).is_some();
        let has_letters = self.text.chars().any(char::is_alphabetic);
        is_code || is_phone() || (has_letters && person.names.iter().any(is_name))
    }
}

/// `GET /v1/events/{event}/people/{person}`. Its tag follows from what it says.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::UNKNOWN_SUBJECT`].
pub async fn one(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    SubjectInPath(subject): SubjectInPath,
    had: Had,
) -> Result<Fresh<KnownPerson>, Denial> {
    app.fresh_by_content(&by, event, had, move |seen| find(seen, subject).ok_or(Problem::UNKNOWN_SUBJECT.into())).await
}

/// `POST /v1/events/{event}/people`: adds somebody to the roster.
///
/// # Errors
/// As for every write; [`Problem::BAD_FIELD`].
pub async fn add(
    State(app): State<Arc<App>>,
    writing: Writing,
    Body(body): Body<PersonPatch>,
) -> Result<Created<Written>, Denial> {
    if body.names.is_none() {
        return Err(Denial::of_field(Problem::BAD_FIELD, "names", "a person needs a name"));
    }
    let mut person = Person::default();
    let edits = body.clone().edits()?;
    edits.iter().for_each(|edit| edit.apply_to(&mut person));
    let (id, now) = (writing.person(), app.auth.clock().now());
    let plan = move |ledger: &Ledger| {
        check_typed(&edits, ledger.documents().info(), now)?;
        Ok(vec![Command::AddPerson(id, person.clone())])
    };
    let written = app.write(&writing, &body, plan).await?;
    Ok(Created(Written { person: Some(id.to_string()), ..written }))
}

/// `PATCH /v1/events/{event}/people/{person}`: edits fields of somebody on the roster; also how a contested field is
/// decided. With If-Match, only if they are as they were read.
///
/// # Errors
/// As for every write; [`Problem::UNKNOWN_SUBJECT`], [`Problem::CHANGED`].
pub async fn edit(
    State(app): State<Arc<App>>,
    writing: Writing,
    SubjectInPath(subject): SubjectInPath,
    IfSame: IfSame,
    Body(body): Body<PersonPatch>,
) -> Result<Json<Written>, Denial> {
    app.edit_person(writing, subject, body).await
}

/// `POST /v1/events/{event}/people/{person}/withdraw`: somebody will not come. They stay on the roster, and what the
/// field records of them counts.
///
/// # Errors
/// As for [`edit`].
pub async fn withdraw(
    State(app): State<Arc<App>>,
    writing: Writing,
    SubjectInPath(subject): SubjectInPath,
    IfSame: IfSame,
    Body(body): Body<Withdraw>,
) -> Result<Json<Written>, Denial> {
    if body.reason.trim().is_empty() {
        return Err(Denial::of_field(Problem::BAD_FIELD, "reason", "somebody will ask why"));
    }
    let patch = PersonPatch { withdrawn: Some(Some(body.reason)), ..PersonPatch::default() };
    app.edit_person(writing, subject, patch).await
}

/// The body of `POST /v1/events/{event}/people/{person}/withdraw`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Withdraw {
    /// Why they will not come.
    pub reason: String,
}

impl App {
    async fn edit_person(
        &self,
        writing: Writing,
        subject: Subject,
        patch: PersonPatch,
    ) -> Result<Json<Written>, Denial> {
        let Subject::Person(id) = subject else {
            return Err(Denial::of_field(Problem::BAD_FIELD, "person", "a walk-in is not on the roster: rule instead"));
        };
        let edits = patch.clone().edits()?;
        let mut expected = None;
        if let Some(tags) = writing.if_match.clone() {
            let same = move |seen: &Seen| {
                let body = serde_json::to_vec(&find(seen, subject)?).ok()?;
                let record = seen.ledger.documents().roster().people.get(&id)?.clone();
                Some(tags.names_strongly(&tag_of(&body)).then_some(record))
            };
            expected = Some(self.reader(&writing.by)?.see(writing.event, same).await?.ok_or(Problem::UNKNOWN_SUBJECT)?);
        }
        let now = self.auth.clock().now();
        // Judged at the desk, where nothing comes between: a request that is repeated under its name is not judged again.
        let plan = move |ledger: &Ledger| match &expected {
            Some(seen) if seen.as_ref() != ledger.documents().roster().people.get(&id) => Err(Problem::CHANGED.into()),
            _ => {
                check_typed(&edits, ledger.documents().info(), now)?;
                Ok(edits.iter().map(|edit| Command::EditPerson(id, edit.clone())).collect())
            }
        };
        Ok(Json(self.write(&writing, &patch, plan).await?))
    }
}
