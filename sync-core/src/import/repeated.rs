//! Rows of one list that speak of one human being.

use std::collections::BTreeMap;

use super::alike::agreement_of_fathers;
use super::codes::number_of;
use super::columns::Columns;
use super::header_words::counts_rows;
use super::identity::NAMESAKES_COMPARED;
use super::meaning::{Meaning, plain};
use super::problem::{Problem, ProblemKind, Refused};
use super::read_row::ReadRow;
use super::{ImportPlan, PlanNote, Table};
use crate::canonical::canonical_code;
use crate::documents::roster::Person;

/// By what rows are known to speak of one human being; codes that are typed differently may be one.
fn key_of(row: &ReadRow) -> Option<String> {
    match &row.code {
        Some(code) => Some(number_of(code).unwrap_or_else(|| canonical_code(code))),
        // No code begins with the separator.
        None => Some(format!("\u{1f}{}", row.derived_id.or(row.id)?)),
    }
}

/// Whether two rows in a list without codes speak of two people: their fathers have other names.
fn are_two_people(one: &ReadRow, other: &ReadRow) -> bool {
    let people = one.person.as_ref().zip(other.person.as_ref());
    one.code.is_none() && people.is_some_and(|(a, b)| agreement_of_fathers(a, b) == Some(false))
}

/// The rows of a list as they were read from its tables.
pub(super) struct Written<'a> {
    pub tables: &'a [Table],
    pub columns: &'a [Columns],
}

impl Written<'_> {
    /// Whether cells speak of two human beings that are not read, or of which only a part is read: under one header stand two
    /// days of birth, two schools, two addresses. Numbers of rows and times of registration do not count.
    fn speak_of_two(&self, one: &ReadRow, other: &ReadRow) -> bool {
        let of = |row: &ReadRow| -> BTreeMap<String, String> {
            let (table, columns) = (&self.tables[row.table], &self.columns[row.table]);
            let at = table.rows.binary_search_by_key(&row.line, |written| written.line);
            let cells = at.map_or(&[][..], |at| table.rows[at].cells.as_slice());
            let told = table.headers.iter().zip(cells).enumerate().filter(|(place, (header, cell))| {
                let is_read = columns.meaning_at(*place).is_some_and(|meaning| meaning != Meaning::BirthDate);
                !is_read && !cell.trim().is_empty() && !counts_or_dates_rows(header)
            });
            told.map(|(_, (header, cell))| (plain(header), plain(cell))).collect()
        };
        let (one, other) = (of(one), of(other));
        one.iter().any(|(header, cell)| other.get(header).is_some_and(|other| other != cell))
    }
}

/// Whether a column says nothing of people: it counts the rows, or says when they were written.
fn counts_or_dates_rows(header: &str) -> bool {
    const TIMES: [&str; 6] =
        ["отметкавремени", "timestamp", "уақытбелгісі", "датарегистрации", "датазаявки", "starttime"];
    let words = plain(header);
    counts_rows(header) || words.is_empty() || TIMES.contains(&words.as_str())
}

/// Whether two rows say the same to the letter.
fn are_alike(one: &ReadRow, other: &ReadRow) -> bool {
    one.person.is_some() && one.person == other.person && one.unsaid == other.unsaid
}

/// Whether two rows say the same but for what somebody may have several of, as who works in two shifts.
fn are_parts(one: &ReadRow, other: &ReadRow) -> bool {
    let without = |row: &ReadRow| {
        row.person.clone().map(|person| Person { shifts: Vec::new(), categories: Vec::new(), ..person })
    };
    one.person.is_some() && without(one) == without(other) && one.unsaid == other.unsaid
}

/// Takes what another row says of the same person.
fn take_part(person: &mut Person, other: &Person) {
    let Person { shifts, categories, .. } = other;
    for (own, others) in [(&mut person.shifts, shifts), (&mut person.categories, categories)] {
        let new = others.iter().filter(|value| !own.contains(value)).cloned();
        let new: Vec<String> = new.collect();
        own.extend(new);
    }
}

impl ImportPlan {
    /// Keeps one of rows that say the same, as a sheet of everybody does beside those of the teams, and joins those that say
    /// more of what somebody may have several of. Others that speak of one human being are all refused: nobody can tell
    /// which one is right.
    pub(super) fn settle_repeated(&mut self, rows: &mut Vec<ReadRow>, written: &Written<'_>) {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, row) in rows.iter().enumerate() {
            if let Some(key) = key_of(row) {
                groups.entry(key).or_default().push(place);
            }
        }
        let mut is_left_out = vec![false; rows.len()];
        for places in groups.into_values().filter(|places| places.len() > 1) {
            let first = &rows[places[0]];
            let are_one = !places[1..].iter().any(|place| written.speak_of_two(first, &rows[*place]));
            if are_one && places.iter().all(|place| are_alike(first, &rows[*place])) {
                for place in &places[1..] {
                    is_left_out[*place] = true;
                    self.notes.push(PlanNote::Repeated { line: rows[*place].line, of: rows[places[0]].line });
                }
                continue;
            }
            if are_one && places.iter().all(|place| are_parts(&rows[places[0]], &rows[*place])) {
                for place in &places[1..] {
                    is_left_out[*place] = true;
                    self.notes.push(PlanNote::Joined { line: rows[*place].line, of: rows[places[0]].line });
                    let Some(other) = rows[*place].person.take() else { continue };
                    rows[places[0]].person.iter_mut().for_each(|person| take_part(person, &other));
                }
                continue;
            }
            refuse(rows, &places, written.columns);
        }
        let mut left_out = is_left_out.into_iter();
        rows.retain(|_| left_out.next() != Some(true));
    }
}

/// Refuses the rows of a group for each of which there is another one of the same human being.
fn refuse(rows: &mut [ReadRow], places: &[usize], columns: &[Columns]) {
    let others: Vec<Option<u64>> = places
        .iter()
        .map(|place| {
            let mut others = places.iter().filter(|other| *other != place).take(NAMESAKES_COMPARED);
            others.find(|other| !are_two_people(&rows[*place], &rows[**other])).map(|other| rows[*other].line)
        })
        .collect();
    for (place, other_line) in places.iter().zip(others) {
        let (row, Some(other_line)) = (&mut rows[*place], other_line) else { continue };
        let columns = &columns[row.table];
        let code = columns.code().filter(|_| row.code.is_some());
        let column = code.and_then(|code| columns.of_meaning(code)).cloned();
        let kind = match column {
            Some(_) => ProblemKind::DuplicateCode { other_line },
            None => ProblemKind::DuplicatePerson { other_line },
        };
        row.problems.push(Problem { line: row.line, column, kind, refused: Refused::Row });
        row.person = None;
    }
}
