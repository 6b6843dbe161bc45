//! Lists of people, page by page: an app draws twenty and never holds five thousand.
//!
//! One human being is one row, under the id by which their class is known, and is found by every name of the class.

mod finding;
mod naming;
mod row;

use std::cell::OnceCell;

use crate::canonical::{WantedCode, canonical_code};
use crate::documents::roster::{PersonName, found_by};
use crate::ids::Subject;
use crate::names::{NameKey, phones::numbers};
use crate::order::SortKey;
use crate::replica::overlay::Shown;
use crate::spoken::SpokenCode;
use crate::view::{EventView, LastSeen, inside_now};
use crate::words::Language;

use self::finding::Found;
pub use self::naming::{Meant, Naming};
pub use self::row::{FoundBy, PassageRow, PersonNotice, PersonRow, Way};

/// A page has no more rows than this, whatever is asked for.
pub const PAGE_LIMIT: u32 = 200;

/// Which people are wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct PeopleQuery {
    /// What was typed so far: a name in any spelling or its beginning, a code, or digits of a telephone number. Empty
    /// is everybody.
    #[cfg_attr(feature = "mobile", uniffi(default = ""))]
    pub text: String,
    /// The key of a team: only its members are wanted.
    #[cfg_attr(feature = "mobile", uniffi(default = None))]
    pub team: Option<String>,
    /// Whether they are here.
    pub presence: PresenceFilter,
    /// With those who were withdrawn.
    #[cfg_attr(feature = "mobile", uniffi(default = false))]
    pub withdrawn: bool,
    /// So many rows are left out at the beginning.
    #[cfg_attr(feature = "mobile", uniffi(default = 0))]
    pub offset: u32,
    /// No more rows than this; at most 200.
    #[cfg_attr(feature = "mobile", uniffi(default = 20))]
    pub limit: u32,
    /// The language whose alphabet orders the rows, as a BCP 47 tag: `kk`, `ru`, or English for any other and for none.
    #[cfg_attr(feature = "mobile", uniffi(default = None))]
    pub language: Option<String>,
}

/// Whether people are here.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum PresenceFilter {
    /// Everybody, wherever they are.
    #[default]
    Anyone,
    /// Those who came and were not seen leaving, at any site.
    Inside,
    /// The same, at one site.
    InsideAt {
        /// The key of the site.
        site: String,
    },
    /// Those who are not inside.
    NotInside,
    /// Those who were never seen.
    NeverSeen,
}

/// A page of a list.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PeoplePage {
    /// How many people the query finds in all.
    pub total: u32,
    /// The rows of this page.
    pub rows: Vec<PersonRow>,
}

/// Everybody, ready to be listed and found.
pub struct Directory {
    /// One entry for each human being, in the order of their ids.
    people: Vec<Listed>,
    /// The places in `people` by name, for each language in which somebody asked for a list.
    by_name: [OnceCell<Vec<usize>>; 3],
    /// Every spelling of each of `people`, folded when somebody searches for a name first: a list needs none of it.
    keys: OnceCell<Vec<Vec<NameKey>>>,
    /// The same as whole names, in every alphabet in which they can be read, folded when somebody is named first.
    readings: OnceCell<Vec<Vec<NameKey>>>,
}

pub(super) struct Listed {
    pub(super) row: PersonRow,
    /// The records of the human being: the one on the roster first.
    members: Vec<Subject>,
    /// Every spelling of every member of the class.
    spellings: Vec<Spelling>,
    /// Telephone numbers, as digits.
    digits: Vec<String>,
    /// Codes and ids of every member, in their canonical form.
    codes: Vec<Code>,
    /// The same codes as the lists write them, without the ids.
    written: Vec<Code>,
    pub(super) was_seen: bool,
    /// The last check-in or check-out that has an effect.
    last_seen: Option<LastSeen>,
}

/// A code, and which record of a human being has it.
struct Code {
    of: Subject,
    text: String,
}

/// A name, and which record of a human being has it.
struct Spelling {
    of: Subject,
    name: KnownName,
}

/// A name as it is known: in its parts, or as somebody typed it at a gate.
enum KnownName {
    Parts(PersonName),
    Typed(String),
}

impl Spelling {
    /// The name as it is written and, where its letters could as well be Cyrillic, as those.
    fn keys(&self) -> impl Iterator<Item = NameKey> + use<> {
        let (as_written, in_other_alphabet) = match &self.name {
            KnownName::Parts(name) => (NameKey::of(name), NameKey::of_other_alphabet(name)),
            KnownName::Typed(text) => {
                let in_one_piece = PersonName { family: text.clone(), ..PersonName::default() };
                (NameKey::of_text(text), NameKey::of_other_alphabet(&in_one_piece))
            }
        };
        std::iter::once(as_written).chain(in_other_alphabet)
    }

    fn text(&self) -> String {
        match &self.name {
            KnownName::Parts(name) => name.to_string(),
            KnownName::Typed(text) => text.clone(),
        }
    }
}

impl Directory {
    /// Lists everybody whom the documents know.
    #[must_use]
    pub fn of(shown: &Shown<'_>, view: &EventView) -> Self {
        let mut by_class = std::collections::BTreeMap::new();
        let listed = shown.roster.people.iter().filter_map(|(id, record)| {
            let person = record.shown()?;
            Some(Member {
                subject: Subject::Person(*id),
                names: person.names.iter().cloned().map(KnownName::Parts).collect(),
                codes: person.external_ids.iter().map(|id| id.value.clone()).collect(),
                phone: person.phone.clone(),
                organisation: person.organisation.clone(),
                team: person.team.clone(),
                withdrawn: person.withdrawn.clone(),
            })
        });
        let registered = view.walk_ins.iter().map(|found| Member {
            subject: Subject::WalkIn(found.what.id),
            names: found.what.names.iter().map(|name| KnownName::Typed(name.to_string())).collect(),
            codes: Vec::new(),
            phone: found.what.phone.clone(),
            organisation: found.what.organisation.clone(),
            team: None,
            withdrawn: None,
        });
        for member in listed.chain(registered) {
            let class = view.class_of(member.subject);
            by_class.entry(class).or_insert_with(|| Listed::new(class)).add(member);
        }
        let mut people: Vec<Listed> = by_class.into_values().collect();
        people.iter_mut().for_each(|listed| listed.attend(view));
        let mut directory =
            Self { people, by_name: Default::default(), keys: OnceCell::new(), readings: OnceCell::new() };
        directory.note(view);
        directory
    }

    /// Takes over what the gate must know of people.
    fn note(&mut self, view: &EventView) {
        for notice in &view.notices {
            if let Ok(place) = self.people.binary_search_by_key(&notice.class, |listed| listed.row.subject) {
                self.people[place].row.notices.push(PersonNotice::from(&notice.kind));
            }
        }
    }

    /// Takes over where these classes are now, for a view in which nobody was renamed.
    pub(super) fn refresh(&mut self, view: &EventView, is_meant: impl Fn(Subject) -> bool) {
        self.people.iter_mut().filter(|listed| is_meant(listed.row.subject)).for_each(|listed| listed.attend(view));
    }

    /// The rows that a query asks for.
    #[must_use]
    pub fn page(&self, query: &PeopleQuery) -> PeoplePage {
        let language = Language::of_tag(query.language.as_deref().unwrap_or_default());
        let found = self.find(query.text.trim(), language);
        let team = query.team.as_deref().map(WantedCode::of);
        let site = match &query.presence {
            PresenceFilter::InsideAt { site } => Some(WantedCode::of(site)),
            _ => None,
        };
        let is_wanted = |found: &Found<'_>| found.listed.fits(query, team.as_ref(), site.as_ref());
        let wanted: Vec<Found<'_>> = found.into_iter().filter(is_wanted).collect();
        let limit = query.limit.min(PAGE_LIMIT) as usize;
        PeoplePage {
            total: u32::try_from(wanted.len()).unwrap_or(u32::MAX),
            rows: wanted.iter().skip(query.offset as usize).take(limit).map(Found::row).collect(),
        }
    }

    /// Everybody, in no order that a person would expect.
    pub(super) fn listed(&self) -> impl Iterator<Item = &Listed> {
        self.people.iter()
    }

    /// Every row, in no order that a person would expect.
    pub fn rows(&self) -> impl Iterator<Item = &PersonRow> {
        self.people.iter().map(|listed| &listed.row)
    }

    /// The places of everybody by name, then id.
    fn by_name(&self, language: Language) -> &[usize] {
        let key = |place: &usize| (SortKey::of(&self.people[*place].row.name, language), *place);
        self.by_name[language as usize].get_or_init(|| {
            let mut places: Vec<usize> = (0..self.people.len()).collect();
            places.sort_by_cached_key(key);
            places
        })
    }

    /// The row of whoever is known as `class`.
    #[must_use]
    pub fn row(&self, class: Subject) -> Option<PersonRow> {
        Some(self.listed_as(class)?.shown(None))
    }

    /// The name of whoever is known as `class`, as the lists show it; empty where nobody here knows one.
    pub(super) fn name_of(&self, class: Subject) -> String {
        self.listed_as(class).map(|listed| listed.row.name.clone()).unwrap_or_default()
    }

    pub(super) fn listed_as(&self, class: Subject) -> Option<&Listed> {
        let place = self.people.binary_search_by_key(&class, |listed| listed.row.subject).ok()?;
        Some(&self.people[place])
    }
}

/// One subject of a class.
struct Member {
    subject: Subject,
    names: Vec<KnownName>,
    /// Of every list, the one that is shown first.
    codes: Vec<String>,
    phone: Option<String>,
    organisation: Option<String>,
    team: Option<String>,
    withdrawn: Option<String>,
}

impl Listed {
    fn new(class: Subject) -> Self {
        let row = PersonRow {
            subject: class,
            code: class.to_string(),
            name: String::new(),
            phone: None,
            organisation: None,
            team: None,
            withdrawn: None,
            is_walk_in: matches!(class, Subject::WalkIn(_)),
            inside_at: None,
            inside_since: None,
            verified_s: 0,
            spoken: String::new(),
            notices: Vec::new(),
            last_passage: None,
            found_by: None,
        };
        let (members, spellings, digits) = (Vec::new(), Vec::new(), Vec::new());
        let (codes, written) = (Vec::new(), Vec::new());
        Self { row, members, spellings, digits, codes, written, was_seen: false, last_seen: None }
    }

    /// What the leader leaves open, another member fills in.
    fn add(&mut self, member: Member) {
        let Member { subject, names, codes, phone, organisation, team, withdrawn } = member;
        let row = &mut self.row;
        self.members.push(subject);
        let code = |text: String| Code { of: subject, text };
        self.codes.push(code(canonical_code(&subject.to_string())));
        self.codes.extend(codes.iter().flat_map(|code| found_by(code)).map(canonical_code).map(code));
        self.written.extend(codes.iter().flat_map(|code| found_by(code)).map(str::to_owned).map(code));
        let spellings: Vec<Spelling> = names.into_iter().map(|name| Spelling { of: subject, name }).collect();
        self.digits.extend(phone.iter().flat_map(|phone| numbers(phone)));
        if let Some(code) = codes.into_iter().next().filter(|_| row.code == row.subject.to_string()) {
            row.code = code;
        }
        if let Some(name) = spellings.first().filter(|_| row.name.is_empty()) {
            row.name = name.text();
        }
        self.spellings.extend(spellings);
        row.phone = row.phone.take().or(phone);
        row.organisation = row.organisation.take().or(organisation);
        row.team = row.team.take().or(team);
        if subject == row.subject {
            row.withdrawn = withdrawn;
        }
    }

    fn attend(&mut self, view: &EventView) {
        let days = view.days_of(self.row.subject);
        let inside = inside_now(days);
        self.row.inside_at = inside.map(|inside| inside.site.clone());
        self.row.inside_since = inside.map(|inside| inside.since);
        self.row.verified_s = days.iter().map(|day| day.verified_ms).sum::<u64>() / 1000;
        let last = days.iter().rfind(|day| day.observations > 0);
        self.was_seen = last.is_some();
        self.last_seen = last.and_then(|day| day.last_seen.clone());
    }

    /// The row as it is handed out: what is costly to say of everybody is said of those who are asked for.
    fn shown(&self, found_by: Option<FoundBy>) -> PersonRow {
        let last_passage = self.last_seen.as_ref().map(PassageRow::from);
        let spoken = SpokenCode::of(self.row.subject).to_string();
        PersonRow { spoken, last_passage, found_by, ..self.row.clone() }
    }

    /// The records of the human being: the one on the roster first.
    pub(super) fn records(&self) -> &[Subject] {
        &self.members
    }

    /// Every spelling of the name but the one that is shown, each once.
    pub(super) fn other_spellings(&self) -> Vec<String> {
        let mut others: Vec<String> = Vec::new();
        for text in self.spellings.iter().map(Spelling::text) {
            if text != self.row.name && !others.contains(&text) {
                others.push(text);
            }
        }
        others
    }

    /// Whether the query means them; `team` and `site` are the codes that it wants.
    fn fits(&self, query: &PeopleQuery, team: Option<&WantedCode>, site: Option<&WantedCode>) -> bool {
        let inside = self.row.inside_at.as_deref();
        let is_there = match &query.presence {
            PresenceFilter::Anyone => true,
            PresenceFilter::Inside => inside.is_some(),
            PresenceFilter::InsideAt { .. } => inside.is_some_and(|here| site.is_some_and(|site| site.is(here))),
            PresenceFilter::NotInside => inside.is_none(),
            PresenceFilter::NeverSeen => !self.was_seen,
        };
        let own_team = self.row.team.as_deref();
        let is_of_team = team.is_none_or(|team| own_team.is_some_and(|own| team.is(own)));
        is_there && is_of_team && (query.withdrawn || self.row.withdrawn.is_none())
    }
}
