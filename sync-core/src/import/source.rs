//! Where a list comes from: under whose name its codes are unique, and what its columns mean there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dictionary, Meaning, Profile, Table, TeamNames};
use crate::canonical::is_same_issuer;
use crate::command::person_of_walk_in;
use crate::documents::Documents;
use crate::documents::event::{EventEdit, EventInfo};
use crate::documents::log::Record;
use crate::documents::roster::{PersonRecord, Roster};
use crate::ids::PersonId;
use crate::time::date_of_day;

/// Where a list comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The name of the list or register. Its codes are unique under this name, and two offices that import the list
    /// under the same name mean the same people.
    pub issuer: String,
    /// Last year in which anyone on it was born: that of the event. A hundred and twenty years before it is the first.
    pub born_by: u16,
    /// Headers that somebody mapped by hand, for lists that call their columns otherwise.
    pub profile: BTreeMap<String, Meaning>,
    /// What the teams of the event are called.
    pub teams: TeamNames,
    /// The records that walk-ins have when they are accepted: a list may speak of whoever was registered at a gate.
    pub walk_ins: BTreeSet<PersonId>,
}

/// What somebody says of a list when they import it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Said {
    /// Under whose name its codes are unique.
    pub issuer: Option<String>,
    /// What columns mean that are called otherwise, by header.
    pub columns: BTreeMap<String, Meaning>,
}

/// Somebody said what a column means that no table of a list has.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no column is called `{header}`; the columns are {}", named(found))]
pub struct NoSuchColumn {
    /// How it was named.
    pub header: String,
    /// The headers that there are.
    pub found: Vec<String>,
}

fn named(headers: &[String]) -> String {
    let named: Vec<String> = headers.iter().map(|header| format!("`{header}`")).collect();
    if named.is_empty() { "without headers".to_owned() } else { named.join(", ") }
}

/// How many columns a table has, those without headers among them.
fn width(table: &Table) -> usize {
    table.rows.iter().map(|row| row.cells.len()).max().unwrap_or_default().max(table.headers.len())
}

impl Said {
    /// Finds out whether the columns of which something is said are there.
    ///
    /// # Errors
    /// [`NoSuchColumn`] for the first one that none of the tables has.
    pub fn check_columns<'a>(&self, tables: impl Iterator<Item = &'a Table> + Clone) -> Result<(), NoSuchColumn> {
        let is_there = |header: &String| {
            let number = header.strip_prefix('#').and_then(|number| number.trim().parse::<usize>().ok());
            let called = Dictionary::of_header(header);
            tables.clone().any(|table| match number {
                Some(number) => number > 0 && number <= width(table),
                None => table.headers.iter().any(|other| called.meaning(other) == Some(Meaning::Nothing)),
            })
        };
        let Some(header) = self.columns.keys().find(|header| !is_there(header)).cloned() else { return Ok(()) };
        let mut found: Vec<String> = Vec::new();
        for header in tables.flat_map(|table| &table.headers).map(|header| header.trim()) {
            if !header.is_empty() && !found.iter().any(|other| other == header) {
                found.push(header.to_owned());
            }
        }
        Err(NoSuchColumn { header, found })
    }

    /// What is known of columns before it is known whose list it is: what is said now, and what organizers mapped for this
    /// issuer, or for any where none is named.
    #[must_use]
    pub fn known_columns(&self, event: &EventInfo) -> BTreeMap<String, Meaning> {
        let issuer = self.issuer.as_deref().map(str::trim);
        let of_issuer = event
            .list_columns
            .iter()
            .filter(|((known, _), _)| issuer.is_none_or(|issuer| is_same_issuer(issuer, known)));
        let mut columns: BTreeMap<String, Meaning> =
            of_issuer.filter_map(|((_, header), key)| Some((header.clone(), Meaning::from_key(key)?))).collect();
        columns.extend(self.columns.iter().map(|(header, meaning)| (header.clone(), *meaning)));
        columns
    }
}

/// Nobody said who issued the list, and it does not show it.
///
/// To make a name up, of a file perhaps, would make one human being of two strangers who have the same code on two lists
/// called alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "who issued this list? Codes are unique under that name, here and in other events: say the office or the register, \
     and the same for its later lists"
)]
pub struct NoIssuer;

/// The last year in which somebody can be born who takes part in the event: that of its last day. `today` counts days since
/// 1970-01-01, for an event that has none of its own yet.
#[must_use]
pub fn born_by(event: &EventInfo, today: i64) -> u16 {
    let last_day = event.days.keys().next_back().copied().unwrap_or(today);
    u16::try_from(date_of_day(last_day).year()).unwrap_or(2100)
}

impl Source {
    /// Works out where the tables of a list come from when it is imported into `event`. `today` counts days since 1970-01-01, for an
    /// event that has none of its own yet.
    ///
    /// What a column means is said by the kind of list, above it by what organizers mapped before for this issuer, above
    /// that by what is said now.
    ///
    /// # Errors
    /// [`NoIssuer`].
    pub fn of(tables: &[Table], event: &EventInfo, said: &Said, today: i64) -> Result<Self, NoIssuer> {
        let kinds: Vec<Profile> = tables.iter().filter_map(Profile::of).collect();
        let named = said.issuer.as_deref().map(str::trim).filter(|issuer| !issuer.is_empty());
        let shown = kinds.iter().find_map(|kind| kind.issuer());
        let issuer = named.or(shown).ok_or(NoIssuer)?.to_owned();
        // Of two kinds that call different things alike, the first table's holds.
        let mut profile: BTreeMap<String, Meaning> = kinds.iter().rev().flat_map(|kind| kind.columns()).collect();
        let of_issuer = event.list_columns.iter().filter(|((known, _), _)| is_same_issuer(known, &issuer));
        profile.extend(of_issuer.filter_map(|((_, header), key)| Some((header.clone(), Meaning::from_key(key)?))));
        profile.extend(said.columns.clone());
        let (teams, walk_ins) = (TeamNames::of(event), BTreeSet::new());
        Ok(Self { issuer, born_by: born_by(event, today), profile, teams, walk_ins })
    }

    /// The same source in an event at whose gates people were registered.
    #[must_use]
    pub fn beside_walk_ins(self, documents: &Documents) -> Self {
        let entries = documents.logs().flat_map(|log| &log.entries);
        let walk_ins = entries.filter_map(|entry| match &entry.record {
            Record::WalkIn(walk_in) => Some(person_of_walk_in(documents.event(), walk_in.id)),
            _ => None,
        });
        Self { walk_ins: walk_ins.collect(), ..self }
    }

    /// The same source with its issuer spelt as `roster` spells it: codes stay those under which people are known.
    pub(super) fn as_known(&self, roster: &Roster) -> Self {
        let people = roster.people.values().filter_map(PersonRecord::shown);
        let issuers: BTreeSet<&str> =
            people.flat_map(|person| person.external_ids).map(|id| id.issuer.as_str()).collect();
        let spelling = issuers.iter().find(|known| is_same_issuer(known, &self.issuer));
        match spelling.filter(|_| !issuers.contains(self.issuer.as_str())) {
            Some(spelling) => Self { issuer: (*spelling).to_owned(), ..self.clone() },
            None => self.clone(),
        }
    }

    /// What is said now of columns and is not known in `event` yet, to be written there for every organizer.
    #[must_use]
    pub fn to_remember(&self, said: &Said, event: &EventInfo) -> Vec<EventEdit> {
        // A column that is named by its number is another one in another list.
        let is_new = |(header, meaning): &(&String, &Meaning)| {
            if header.starts_with('#') {
                return false;
            }
            let is_it = |(issuer, known): &(String, String)| known == *header && is_same_issuer(issuer, &self.issuer);
            let mut known = event.list_columns.iter().filter(|(key, _)| is_it(key));
            known.next_back().is_none_or(|(_, known)| known != meaning.key())
        };
        let edit = |(header, meaning): (&String, &Meaning)| EventEdit::ListColumn {
            issuer: self.issuer.clone(),
            header: header.clone(),
            meaning: Some(meaning.key().to_owned()),
        };
        said.columns.iter().filter(is_new).map(edit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(headers: &[&str]) -> Table {
        Table { header_line: 1, headers: headers.iter().map(|&header| header.to_owned()).collect(), rows: Vec::new() }
    }

    fn said(issuer: Option<&str>, columns: &[(&str, Meaning)]) -> Said {
        let columns = columns.iter().map(|(header, meaning)| ((*header).to_owned(), *meaning)).collect();
        Said { issuer: issuer.map(str::to_owned), columns }
    }

    #[test]
    fn who_issued_a_list_is_said_or_shown_by_its_columns_and_never_made_up() {
        let of = |headers: &[&str], issuer| {
            Source::of(&[table(headers)], &EventInfo::default(), &said(issuer, &[]), 20_000).map(|source| source.issuer)
        };
        assert_eq!(of(&["Код", "ФИО"], Some(" office ")), Ok("office".to_owned()));
        assert_eq!(of(&["Код", "ФИО"], None), Err(NoIssuer));
        assert_eq!(of(&["Код", "ФИО"], Some(" ")), Err(NoIssuer));
        assert_eq!(of(&["ID волонтёра", "ФИО"], None), Ok("qazvolunteer".to_owned()));
        assert_eq!(of(&["ID волонтёра", "ФИО"], Some("office")), Ok("office".to_owned()));
        let tickets = ["Order code", "Attendee name", "Product"];
        assert_eq!(of(&tickets, None), Err(NoIssuer), "another shop has the same codes");
    }

    #[test]
    fn what_is_said_now_stands_above_what_is_remembered_and_that_above_the_kind_of_list() {
        let mut event = EventInfo::default();
        let first = said(Some("shop"), &[("Product", Meaning::Team), ("Кто", Meaning::FullName)]);
        let tickets = [table(&["Order code", "Attendee name", "Product", "Кто"])];
        let source = Source::of(&tickets, &event, &first, 20_000).unwrap();
        let news = source.to_remember(&first, &event);
        assert_eq!(news.len(), 2);
        news.into_iter().for_each(|edit| event.apply(edit));
        assert!(source.to_remember(&first, &event).is_empty(), "said twice, written once");

        let remembered = Source::of(&tickets, &event, &said(Some("shop"), &[]), 20_000).unwrap();
        assert_eq!(
            (remembered.profile["Product"], remembered.profile["Order code"]),
            (Meaning::Team, Meaning::SharedCode)
        );
        let other = Source::of(&tickets, &event, &said(Some("another"), &[]), 20_000).unwrap();
        assert_eq!(other.profile["Product"], Meaning::Categories);
        let now = said(Some("shop"), &[("Product", Meaning::Shifts)]);
        assert_eq!(Source::of(&tickets, &event, &now, 20_000).unwrap().profile["Product"], Meaning::Shifts);
    }
}
