//! What letters print beside hours: how people, sites and the event are called.
//!
//! A published report keeps these texts as it keeps hours: its letters go on printing them until the next number. So a
//! corrected name is something new to publish.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::dates::as_text;
use super::letters::names;
use super::places::Places;
use super::{EventView, Sources};
use crate::documents::event::LocalText;
use crate::documents::roster::Roster;
use crate::ids::Subject;

/// Which text of letters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterText {
    /// Every spelling of a person's name.
    Names,
    /// The codes under which a person is known.
    Codes,
    /// Where a person was on a date.
    Sites(#[serde(serialize_with = "as_text")] Date),
    /// What the event is called.
    EventName,
    /// Who holds the event.
    Organisation,
    /// What the site of this key is called.
    SiteName(String),
}

impl LetterText {
    /// The text's stable name.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Codes => "codes",
            Self::Sites(_) => "sites",
            Self::EventName => "event_name",
            Self::Organisation => "organisation",
            Self::SiteName(_) => "site_name",
        }
    }
}

/// A text that letters of two reports print differently.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct TextChange {
    /// About whom: the leader of a class; `None` for a text about the event.
    pub class: Option<Subject>,
    /// The text that changed, and whose it is.
    pub text: LetterText,
    /// The text in letters of the earlier report.
    pub before: String,
    /// The text in letters of the later report.
    pub after: String,
}

/// What letters of one report print beside hours, of everybody who has a row in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LetterTexts(BTreeMap<(Option<Subject>, LetterText), String>);

impl LetterTexts {
    /// Reads the texts from the documents on which a view rests.
    #[must_use]
    pub fn of(sources: &Sources<'_>, view: &EventView) -> Self {
        let places = Places::of(&sources.logs, sources.rulings);
        let mut texts = BTreeMap::new();
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for day in &view.days {
            let of_day: BTreeSet<&str> = day.sessions.iter().flat_map(|session| places.of_session(session)).collect();
            used.extend(&of_day);
            texts.insert((Some(day.class), LetterText::Sites(day.date)), joined(of_day.iter().copied(), ", "));
        }
        let classes: BTreeSet<Subject> = view.days.iter().map(|day| day.class).collect();
        for class in classes {
            let mut spellings: Vec<String> = Vec::new();
            for name in names(view, sources.roster, class).into_iter().map(|name| name.to_string()) {
                if !spellings.contains(&name) {
                    spellings.push(name);
                }
            }
            texts.insert((Some(class), LetterText::Names), joined(spellings.iter(), "; "));
            texts.insert((Some(class), LetterText::Codes), codes(view, sources.roster, class));
        }
        let event = sources.event;
        let held_by = event.belonging.organisation.clone().unwrap_or_default();
        texts.insert((None, LetterText::EventName), in_all_languages(&event.name));
        texts.insert((None, LetterText::Organisation), held_by);
        for key in used {
            let name = event.sites.get(key).map(|site| in_all_languages(&site.name)).unwrap_or_default();
            texts.insert((None, LetterText::SiteName(key.to_owned())), name);
        }
        Self(texts)
    }

    /// The texts that both have, and that differ. What only one has is told by the rows of hours.
    #[must_use]
    pub fn changes_to(&self, later: &Self) -> Vec<TextChange> {
        let both = self.0.iter().filter_map(|(key, before)| Some((key, before, later.0.get(key)?)));
        let changed = both.filter(|(_, before, after)| before != after);
        let changes = changed.map(|((class, text), before, after)| TextChange {
            class: *class,
            text: text.clone(),
            before: before.clone(),
            after: after.clone(),
        });
        changes.collect()
    }
}

fn codes(view: &EventView, roster: &Roster, class: Subject) -> String {
    let mut codes: Vec<String> = Vec::new();
    for member in view.classes.members_of(class) {
        let record = if let Subject::Person(id) = member { roster.people.get(&id) } else { None };
        let given = record.and_then(|record| record.person().external_ids.first().map(|id| id.value.clone()));
        codes.push(given.unwrap_or_else(|| member.to_string()));
    }
    codes.sort();
    codes.join("+")
}

fn in_all_languages(text: &LocalText) -> String {
    joined([&text.kk, &text.ru, &text.en].into_iter().filter(|text| !text.is_empty()), " / ")
}

fn joined<T: AsRef<str>>(texts: impl Iterator<Item = T>, between: &str) -> String {
    let mut joined = String::new();
    for text in texts {
        if !joined.is_empty() {
            joined.push_str(between);
        }
        joined.push_str(text.as_ref());
    }
    joined
}
