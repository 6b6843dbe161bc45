//! Decides what a row changes in the record of which it speaks, or what must be asked first.

use std::collections::BTreeMap;

use super::columns::Columns;
use super::compare::{self, Another, Changes, OnRoster};
use super::placing::{AddedAbove, Namesake, OtherCode, OtherName, Placing};
use super::question::{Doubt, Question, Who};
use super::read_row::{Alike, ReadRow};
use super::{Addition, CellCount, Conflict, ImportPlan, PlanNote, TeamNames, Unchanged, Update};
use crate::canonical::is_same_code;
use crate::documents::roster::Person;
use crate::ids::PersonId;

/// So many codes that name other people look like numbers of rows.
const MANY_RENAMED: usize = 3;
/// So many teams are named that the event does not have.
const TEAMS_NAMED: usize = 5;
/// So many people who are known by another code do, too.
const MANY_MOVED: usize = 2;

impl ImportPlan {
    pub(super) fn place(&mut self, id: PersonId, person: Person, row: &ReadRow, placing: &Placing<'_>) {
        let Some(record) = placing.roster.people.get(&id) else {
            if let Some(known) = placing.but_for_zeros(row) {
                self.ask_about_code(OtherCode { id, person, known, doubt: Doubt::LeadingZeros }, row, placing);
            } else if let Some(above) = placing.added_but_for_zeros(row, &self.added).cloned() {
                self.ask_about_above(AddedAbove { id, person, above, doubt: Doubt::LeadingZeros }, row, placing);
            } else if let Some(known) = placing.of_alike_code(row, &person) {
                self.ask_about_code(OtherCode { id, person, known, doubt: Doubt::AlikeCode }, row, placing);
            } else if let Some(Namesake { code, id: known_id, same_phone }) =
                row.code.as_ref().and_then(|_| placing.with_another_code(&person))
            {
                let (known, doubt) = ((code, known_id), Doubt::AnotherCode { same_phone });
                self.ask_about_code(OtherCode { id, person, known, doubt }, row, placing);
            } else if let Some(Alike { id: known, doubt }) = row.alike.clone() {
                self.ask_about_code(OtherCode { id, person, known: ("", known), doubt }, row, placing);
            } else if let Some((above, doubt)) =
                placing.added_alike(row, &person, &self.added).map(|(above, doubt)| (above.clone(), doubt))
            {
                self.ask_about_above(AddedAbove { id, person, above, doubt }, row, placing);
            } else {
                self.added.push(Addition { id, person, line: row.line });
            }
            return;
        };
        let known = OnRoster { id, record };
        let mut changes = compare::compare(known, &person, row, placing.list_of(row));
        if changes.another.is_none() && placing.is_the_name_of_another(id, record, &person) {
            changes.another = Some(Another::Name);
        }
        placing.give_code(row, record, &mut changes);
        match changes.another.filter(|_| row.code.is_some()) {
            Some(_) => self.ask_about_name(OtherName { known, person, changes }, row, placing),
            None => self.follow(known, row, changes, placing),
        }
    }

    fn follow(&mut self, known: OnRoster<'_>, row: &ReadRow, changes: Changes, placing: &Placing<'_>) {
        let OnRoster { id, record } = known;
        let Changes { said, agrees, edits, before, conflicts, is_shorter, .. } = changes;
        if is_shorter {
            self.note_shorter_name(row.line);
        }
        let who = Who::of(&record.person(), placing.issuer);
        if edits.is_empty() && conflicts.is_empty() {
            self.unchanged.push(Unchanged { id, who: who.clone(), line: row.line });
        }
        self.conflicts.extend(conflicts.into_iter().map(|conflict| Conflict { who: who.clone(), ..conflict }));
        if !edits.is_empty() {
            self.updated.push(Update { id, who, edits, before, said, line: row.line });
        } else if agrees {
            self.agreed.push((id, said));
        }
    }

    pub(super) fn note_row_numbers(&mut self) {
        let renamed = |question: &&Question| matches!(question.doubt, Doubt::Renamed { .. });
        let codes = self.questions.iter().filter(renamed).count();
        let known = codes + self.updated.len() + self.unchanged.len();
        // Whoever has the code of another now was moved by a row above.
        let is_moved = |question: &&Question| {
            matches!(question.doubt, Doubt::Renamed { elsewhere: Some(_) } | Doubt::AnotherCode { .. })
        };
        let moved = self.questions.iter().filter(is_moved).count();
        if codes > 0 && (codes >= MANY_RENAMED || moved >= MANY_MOVED) && codes * 3 >= known {
            self.notes.push(PlanNote::LooksLikeRowNumbers { codes });
        }
    }

    /// Tells which teams the event does not have; an event without teams has whatever lists say.
    pub(super) fn note_unknown_teams(&mut self, rows: &[ReadRow], known: &TeamNames) {
        let written = rows.iter().filter_map(|row| row.person.as_ref()?.team.as_deref());
        let unknown: Vec<&str> = written.filter(|team| !known.is_empty() && known.key_of(team).is_none()).collect();
        let mut teams: Vec<String> = Vec::new();
        for team in &unknown {
            if teams.len() < TEAMS_NAMED && !teams.iter().any(|named| is_same_code(named, team)) {
                teams.push((*team).to_owned());
            }
        }
        if !unknown.is_empty() {
            self.notes.push(PlanNote::UnknownTeams { rows: unknown.len(), teams });
        }
    }

    fn note_shorter_name(&mut self, line: u64) {
        let told = self.notes.iter_mut().find_map(|note| match note {
            PlanNote::ShorterNames(cells) => Some(cells),
            _ => None,
        });
        match told {
            Some(cells) => cells.count += 1,
            None => self.notes.push(PlanNote::ShorterNames(CellCount { count: 1, first_line: line })),
        }
    }

    /// Several tickets of one order that are in one name are one human being's: a ticket and what was bought with it. Two of
    /// the same product may be two people of one name, and are left for the list to tell.
    pub(super) fn join_add_ons(&mut self, rows: &mut Vec<ReadRow>, columns: &Columns) {
        let mut first: BTreeMap<PersonId, usize> = BTreeMap::new();
        let mut joined = BTreeMap::new();
        for place in 0..rows.len() {
            if rows[place].add_on_to.is_some() {
                joined.insert(place, rows[..place].iter().rposition(|row| row.add_on_to.is_none()).unwrap_or(place));
                continue;
            }
            let Some(id) = rows[place].id.filter(|_| columns.has_shared_codes() && rows[place].person.is_some()) else {
                continue;
            };
            let Some(&own) = first.get(&id) else {
                first.insert(id, place);
                continue;
            };
            if rows[own].takes(place, rows) {
                joined.insert(place, own);
            }
        }
        for (place, own) in &joined {
            let categories = rows[*place].person.as_ref().map(|person| person.categories.clone()).unwrap_or_default();
            self.notes.push(PlanNote::AddOn { line: rows[*place].line, of: rows[*own].line });
            if let Some(person) = rows[*own].person.as_mut().filter(|_| own != place) {
                person.categories.extend(categories);
                person.categories.dedup();
            }
        }
        let mut place = 0;
        rows.retain(|_| {
            place += 1;
            !joined.contains_key(&(place - 1))
        });
    }
}

impl ReadRow {
    /// Whether another row says the same of the same human being, but for what was bought.
    fn takes(&self, other: usize, rows: &[Self]) -> bool {
        let (Some(own), Some(other)) = (&self.person, &rows[other].person) else { return false };
        let alike = |person: &Person| Person { categories: Vec::new(), ..person.clone() };
        own.categories != other.categories && !own.categories.is_empty() && alike(own) == alike(other)
    }
}
