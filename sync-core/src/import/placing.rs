//! Finds whose record a row speaks of: by its code, by another code, or by what it says of somebody.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::alike::{Agreement, Search, agreement_of_fathers};
use super::codes::{form_of, without_zeros};
use super::columns::Columns;
use super::compare::{self, Changes, OfList, OnRoster};
use super::identity::{ExternalIds, NAMESAKES_COMPARED};
use super::person_keys::{folded, phone_tail, share_phone};
use super::question::Doubt;
use super::read_row::ReadRow;
use super::{Addition, name_change};
use crate::canonical::{canonical_code, is_same_code, is_same_issuer};
use crate::command::Command;
use crate::documents::roster::{
    ExternalId, ListKey, Person, PersonEdit, PersonField, PersonName, PersonRecord, Roster,
};
use crate::ids::{EventId, PersonId, Subject};
use crate::names::phones::numbers;

/// Somebody to whom a code has moved.
pub(super) struct Mover {
    pub id: PersonId,
    /// By which code this issuer's list knew them; empty where by none.
    pub code_before: String,
    /// All their ids before anything is decided.
    pub ids: Vec<ExternalId>,
}

/// Somebody who has the name of a row under another code.
pub(super) struct Namesake<'a> {
    pub code: &'a str,
    pub id: PersonId,
    pub same_phone: bool,
}

/// What is needed to place the rows of one list.
pub(super) struct Placing<'a> {
    pub event: EventId,
    pub issuer: &'a str,
    pub roster: &'a Roster,
    /// The columns of each table of the list.
    pub columns: &'a [Columns],
    pub known: ExternalIds,
    pub walk_ins: &'a BTreeSet<PersonId>,
    /// The lines of this list by their codes, compared without leading zeros.
    pub lines: BTreeMap<String, Vec<u64>>,
    /// The lines of this list by the telephone numbers in them.
    pub lines_by_number: BTreeMap<String, Vec<u64>>,
    /// The lines of this list by their folded names.
    pub lines_by_name: BTreeMap<String, Vec<u64>>,
    /// The folded names of this list by their codes.
    pub named: BTreeMap<String, String>,
    /// People without a code of this issuer, by the folded name; found when it is first asked.
    pub codeless: OnceCell<BTreeMap<String, Vec<PersonId>>>,
}

impl Placing<'_> {
    /// Finds whose code a row has, and whom a row means without one.
    pub(super) fn resolve(&mut self, rows: &mut [ReadRow]) {
        for (person, line) in rows.iter().filter_map(|row| Some((row.person.as_ref()?, row.line))) {
            if let Some(name) = person.names.first() {
                self.lines_by_name.entry(folded(name)).or_default().push(line);
            }
            for number in numbers_of(person) {
                self.lines_by_number.entry(number).or_default().push(line);
            }
        }
        for (code, row) in rows.iter().filter_map(|row| Some((row.code.as_deref()?, row))) {
            let code = canonical_code(code);
            self.lines.entry(without_zeros(&code)).or_default().push(row.line);
            let name = row.person.as_ref().and_then(|person| person.names.first());
            self.named.insert(code, name.map(folded).unwrap_or_default());
        }
        for row in rows.iter_mut() {
            let Some(code) = row.code.as_deref() else { continue };
            if let Some(holder) = self.known.holder(code) {
                row.id = Some(holder);
            } else if row.id.is_some_and(|id| self.has_given_up(id)) {
                row.id = row.person.as_ref().map(|person| self.of_another(code, person));
            }
        }
        let search = Search { event: self.event, issuer: self.issuer, roster: self.roster, walk_ins: self.walk_ins };
        search.settle_fathers(rows);
        search.find(rows, &self.known);
    }

    /// Whether somebody is on the roster who had the code once. Whoever was erased has it still: they are not to come back.
    fn has_given_up(&self, id: PersonId) -> bool {
        self.roster.people.contains_key(&id) && !self.roster.erased.contains(&Subject::Person(id))
    }

    /// Tells whether a row calls somebody what somebody else with another code is called, to the letter or in another
    /// order: however alike two names are, the code may have changed hands.
    pub(super) fn is_the_name_of_another(&self, id: PersonId, record: &PersonRecord, person: &Person) -> bool {
        let Some(listed) = person.names.first() else { return false };
        let is_own = record.person().names.iter().any(|own| folded(own) == folded(listed));
        !is_own && self.known.called(listed).iter().any(|(_, other)| *other != id)
    }

    /// The id of whoever has a code now that was somebody else's.
    pub(super) fn of_another(&self, code: &str, person: &Person) -> PersonId {
        let name = person.names.first().map(folded).unwrap_or_default();
        PersonId::of_external(self.event, self.issuer, &format!("{code}\u{1f}{name}"))
    }

    /// Somebody on the roster who has another code and may be whom the row would add: with the same name and telephone
    /// number, or with the same name where the list gives that code to somebody else.
    pub(super) fn with_another_code(&self, person: &Person) -> Option<Namesake<'_>> {
        let name = person.names.first()?;
        self.known.called(name).iter().find_map(|(code, id)| {
            let known = self.roster.people.get(id)?.person();
            let agree = |a: Option<u16>, b: Option<u16>| a.zip(b).is_none_or(|(a, b)| a == b);
            let phones = known.phone.as_deref().zip(person.phone.as_deref());
            let same_phone = phones.is_some_and(|(a, b)| share_phone(a, b));
            let has_moved = phones.is_none()
                && agree(known.birth_year, person.birth_year)
                && self.named.get(&canonical_code(code)).is_some_and(|listed| *listed != folded(name));
            (name_change::may_be_one(&known, person) && (same_phone || has_moved)).then_some(Namesake {
                code,
                id: *id,
                same_phone,
            })
        })
    }

    /// Adds the code of a row to a record that was known without one.
    pub(super) fn give_code(&self, row: &ReadRow, record: &PersonRecord, changes: &mut Changes) {
        let known = record.person().external_ids;
        let has_code = |id: &ExternalId| is_same_issuer(&id.issuer, self.issuer);
        let Some(code) = row.code.clone().filter(|_| !known.iter().any(has_code)) else { return };
        let mut ids = known.clone();
        ids.push(ExternalId { issuer: self.issuer.to_owned(), value: code });
        changes.edits.push(PersonEdit::ExternalIds(ids));
        changes.before.push(PersonEdit::ExternalIds(known));
    }

    /// Who has moved to a code that was somebody else's: the only one of that name, if the list gives the code that they had to
    /// nobody of it, or if they had none.
    pub(super) fn moved_to(&self, code: &str, holder: PersonId, person: &Person) -> Option<Mover> {
        let name = person.names.first()?;
        let (id, code_before) = match self.known.called(name) {
            [(before, id)] => {
                let stays = self.named.get(&canonical_code(before)).is_some_and(|listed| *listed == folded(name));
                ((!stays && !is_same_code(before, code)).then_some(*id)?, before.clone())
            }
            [] => (self.without_code(name, person)?, String::new()),
            _ => return None,
        };
        let ids = self.roster.people.get(&id)?.person().external_ids;
        (id != holder).then_some(Mover { id, code_before, ids })
    }

    /// The only one of a name who has no code of this issuer, and of whom nothing says that somebody else is meant.
    fn without_code(&self, name: &PersonName, person: &Person) -> Option<PersonId> {
        let search = Search { event: self.event, issuer: self.issuer, roster: self.roster, walk_ins: self.walk_ins };
        let by_name = self.codeless.get_or_init(|| search.codeless());
        let mut may_be = by_name.get(&folded(name))?.iter().filter(|id| {
            let known = self.roster.people.get(id).map(PersonRecord::person);
            known.is_some_and(|known| {
                let Agreement { phone, year, .. } = Agreement::of(&known, person);
                phone != Some(false) && year != Some(false) && agreement_of_fathers(&known, person) != Some(false)
            })
        });
        let only = may_be.next()?;
        may_be.next().is_none().then_some(*only)
    }

    /// The list that a row is of.
    pub(super) fn list_of(&self, row: &ReadRow) -> OfList<'_> {
        OfList { columns: &self.columns[row.table], key: ListKey::of(self.issuer) }
    }

    /// Gives somebody the code of a row in the place of the one that this issuer's list had for them, and what else it says.
    pub(super) fn take_code(&self, id: PersonId, person: &Person, row: &ReadRow) -> Vec<Command> {
        let Some(record) = self.roster.people.get(&id) else { return Vec::new() };
        let changes = compare::compare(OnRoster { id, record }, person, row, self.list_of(row));
        let mut ids = record.person().external_ids;
        ids.retain(|known| !is_same_issuer(&known.issuer, self.issuer));
        ids.extend(person.external_ids.first().cloned());
        let edits = changes.edits.into_iter().filter(|edit| edit.field() != PersonField::ExternalIds);
        let edits = edits.chain([PersonEdit::ExternalIds(ids)]).map(|edit| Command::EditPerson(id, edit));
        edits.chain([Command::NoteListed(id, self.issuer.to_owned(), changes.said)]).collect()
    }

    /// Somebody of the same name whose code is the same but for what separates its parts, or for a letter that looks like a
    /// digit.
    pub(super) fn of_alike_code(&self, row: &ReadRow, person: &Person) -> Option<(&str, PersonId)> {
        self.known.holder_of_form(row.code.as_deref()?, person.names.first()?)
    }

    /// Somebody on the roster whose code differs by leading zeros only.
    pub(super) fn but_for_zeros(&self, row: &ReadRow) -> Option<(&str, PersonId)> {
        self.known.holder_but_for_zeros(row.code.as_deref()?)
    }

    /// Whom a line above adds under a code that differs by leading zeros only; no line is added with the same code.
    pub(super) fn added_but_for_zeros<'a>(&self, row: &ReadRow, added: &'a [Addition]) -> Option<&'a Addition> {
        let lines = self.lines.get(&without_zeros(&canonical_code(row.code.as_deref()?)))?;
        let mut above = lines.iter().take_while(|line| **line != row.line);
        above.find_map(|line| added_in(*line, added))
    }

    /// Whom a line above adds who has the same name, or the same telephone and a name that may be the same, and why that may
    /// be whom the row adds.
    pub(super) fn added_alike<'a>(
        &self,
        row: &ReadRow,
        person: &Person,
        added: &'a [Addition],
    ) -> Option<(&'a Addition, Doubt)> {
        let name = folded(person.names.first()?);
        let above = |lines: &Vec<u64>| -> Vec<&'a Addition> {
            let above = lines.iter().take_while(|line| **line != row.line).take(NAMESAKES_COMPARED);
            above.filter_map(|line| added_in(*line, added)).collect()
        };
        let namesakes = self.lines_by_name.get(&name).map(above).unwrap_or_default();
        let doubted = namesakes.into_iter().find_map(|above| Some((above, doubt_about(&above.person, person)?)));
        doubted.or_else(|| {
            let lines = numbers_of(person).into_iter().filter_map(|number| self.lines_by_number.get(&number));
            // Two codes of a list are two people until somebody looks for duplicates.
            let has_code = |person: &Person| !person.external_ids.is_empty();
            let is_another_name = |above: &&Addition| {
                !(has_code(person) && has_code(&above.person))
                    && above.person.names.first().is_some_and(|other| folded(other) != name)
                    && name_change::may_be_one(&above.person, person)
            };
            let alike = lines.flat_map(above).find(is_another_name)?;
            Some((alike, Agreement::of(&alike.person, person).doubt()))
        })
    }
}

/// A row whose code is that of somebody on the roster, and which names another human being.
pub(super) struct OtherName<'a> {
    pub known: OnRoster<'a>,
    pub person: Person,
    pub changes: Changes,
}

/// A row that would add somebody whom a line above may have added already.
pub(super) struct AddedAbove {
    /// Whose id the row's code would give.
    pub id: PersonId,
    pub person: Person,
    pub above: Addition,
    pub doubt: Doubt,
}

/// A row that may speak of somebody who is known by another code.
pub(super) struct OtherCode<'a> {
    /// Whose id the row's code would give.
    pub id: PersonId,
    pub person: Person,
    /// The known code, and whose it is.
    pub known: (&'a str, PersonId),
    pub doubt: Doubt,
}

/// The numbers of somebody, as far as they do not depend on how they are written.
fn numbers_of(person: &Person) -> Vec<String> {
    numbers(person.phone.as_deref().unwrap_or_default()).map(|number| phone_tail(&number)).collect()
}

fn added_in(line: u64, added: &[Addition]) -> Option<&Addition> {
    added.binary_search_by_key(&line, |addition| addition.line).ok().map(|at| &added[at])
}

/// Why two rows of one name may add one human being.
fn doubt_about(above: &Person, person: &Person) -> Option<Doubt> {
    let agreement = Agreement::of(above, person);
    if agreement_of_fathers(above, person) == Some(false) {
        return None;
    }
    let form = |code: &str| form_of(&canonical_code(code));
    match (above.external_ids.first(), person.external_ids.first()) {
        (Some(one), Some(other)) if form(&one.value) == form(&other.value) => Some(Doubt::AlikeCode),
        (Some(_), Some(_)) => {
            (agreement.phone == Some(true) && agreement.is_certain()).then_some(Doubt::AnotherCode { same_phone: true })
        }
        _ => agreement.is_certain().then(|| agreement.doubt()),
    }
}
