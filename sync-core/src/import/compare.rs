//! Holds what a row says against what the roster says: an update, a conflict, or nothing.

use super::columns::Columns;
use super::person_keys::{phone_tail, share_phone};
use super::read_row::ReadRow;
use super::{Conflict, ConflictReason, Who, name_change, shorter};
use crate::canonical::is_same_code;
use crate::documents::Authored;
use crate::documents::roster::{ListKey, Person, PersonEdit, PersonField, PersonName, PersonRecord};
use crate::ids::PersonId;

/// What a row would change in a person who is on the roster.
#[derive(Default)]
pub(super) struct Changes {
    /// What the list says now; of what a person must decide about, still what it said before.
    pub said: Person,
    /// The list says by now what the roster says already.
    pub agrees: bool,
    pub edits: Vec<PersonEdit>,
    /// What the roster says where `edits` say something else, in their order.
    pub before: Vec<PersonEdit>,
    pub conflicts: Vec<Conflict>,
    /// The list has a shorter form of the name, which stays as it is.
    pub is_shorter: bool,
    /// What the list says now cannot be of the human being on the roster.
    pub another: Option<Another>,
}

/// By what a row speaks of another human being than before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Another {
    /// The name is another human being's.
    Name,
    /// By the year of birth, known and listed.
    BirthYear(u16, u16),
}

/// Years of birth further apart are hardly a slip of the pen: mothers and daughters, uncles and nephews share names.
const GENERATION_YEARS: u16 = 12;

/// Somebody who is on the roster.
#[derive(Clone, Copy)]
pub(super) struct OnRoster<'a> {
    pub id: PersonId,
    pub record: &'a PersonRecord,
}

/// The list that a row is of: what its columns are, and by which key the roster remembers what the list said.
#[derive(Clone, Copy)]
pub(super) struct OfList<'a> {
    pub columns: &'a Columns,
    pub key: ListKey,
}

/// Compares every field of which the row says something.
pub(super) fn compare(known: OnRoster<'_>, person: &Person, row: &ReadRow, list: OfList<'_>) -> Changes {
    let OnRoster { id, record } = known;
    let OfList { columns, key: list } = list;
    let said = record.said_by(list);
    let before = said.last().map(|said| said.value.clone()).unwrap_or_default();
    let mut changes = Changes { said: before, ..Changes::default() };
    for &field in PersonField::ALL.iter().filter(|field| !row.unsaid.contains(field)) {
        let Some(column) = columns.of_field(field) else {
            continue;
        };
        let current = record.values(field);
        let InFile { file, is_shorter } = in_file(person, field, &current);
        changes.is_shorter |= is_shorter;
        let said: Vec<PersonEdit> = said.iter().map(|said| PersonEdit::of(&said.value, field)).collect();
        let reason = match verdict(&file, &said, &current) {
            Verdict::Unchanged => continue,
            Verdict::Agreed => {
                file.apply_to(&mut changes.said);
                changes.agrees = true;
                continue;
            }
            Verdict::Update => {
                changes.another = changes.another.or(of_another(&file, person, record));
                file.apply_to(&mut changes.said);
                changes.before.extend(current.into_iter().next_back().map(|current| current.value));
                changes.edits.push(file);
                continue;
            }
            Verdict::Conflict(reason) => reason,
        };
        if reason == ConflictReason::EditedSince {
            changes.another = changes.another.or(of_another(&file, person, record));
        }
        let (column, who) = (column.clone(), Who::default());
        changes.conflicts.push(Conflict { person: id, who, line: row.line, column, current, file, reason });
    }
    changes
}

/// The name in a row, as it would be written in the record: nothing that is known of it is lost.
pub(super) fn listed_name(person: &Person, record: &PersonRecord) -> PersonEdit {
    in_file(person, PersonField::Names, &record.values(PersonField::Names)).file
}

/// Tells by what a new value cannot be that of the human being on the roster. Another year of birth with another telephone
/// number may be somebody else's, and so may one far from the known year, unless the telephone number is the same.
fn of_another(file: &PersonEdit, person: &Person, record: &PersonRecord) -> Option<Another> {
    let known = record.person();
    match file {
        PersonEdit::Names(_) => (!name_change::may_be_one(&known, person)).then_some(Another::Name),
        PersonEdit::BirthYear(Some(listed)) => {
            let year = known.birth_year.filter(|year| year != listed)?;
            let phones = known.phone.as_deref().zip(person.phone.as_deref());
            let is_another = match phones.map(|(a, b)| share_phone(a, b)) {
                Some(is_shared) => !is_shared,
                None => year.abs_diff(*listed) >= GENERATION_YEARS,
            };
            is_another.then_some(Another::BirthYear(year, *listed))
        }
        _ => None,
    }
}

enum Verdict {
    Unchanged,
    /// Nothing is to be changed, but what the list said before is not what it says now.
    Agreed,
    Update,
    Conflict(ConflictReason),
}

/// `said` is what this list said last, `current` what the roster says now.
fn verdict(file: &PersonEdit, said: &[PersonEdit], current: &[Authored<PersonEdit>]) -> Verdict {
    let is_current = current.iter().any(|current| says_the_same(&current.value, file));
    let is_old = said.iter().any(|said| says_the_same(said, file));
    if is_old {
        return Verdict::Unchanged;
    }
    if is_current {
        return Verdict::Agreed;
    }
    if *file == PersonEdit::of(&Person::default(), file.field()) {
        return Verdict::Conflict(ConflictReason::ClearedInList);
    }
    let is_edited = !current.iter().all(|current| said.iter().any(|said| says_the_same(said, &current.value)));
    if is_edited { Verdict::Conflict(ConflictReason::EditedSince) } else { Verdict::Update }
}

/// What a row says about a field.
struct InFile {
    file: PersonEdit,
    /// It has a shorter form of the known name, which stays.
    is_shorter: bool,
}

/// What the row says about `field`. Where it has a shorter form of the name, the known one stays, and so does the known
/// patronymic where the row has none: blanks never erase.
fn in_file(person: &Person, field: PersonField, current: &[Authored<PersonEdit>]) -> InFile {
    let mut file = PersonEdit::of(person, field);
    let known = current.last().map(|current| &current.value);
    let (PersonEdit::Names(names), Some(PersonEdit::Names(known))) = (&mut file, known) else {
        return InFile { file, is_shorter: false };
    };
    let [name] = &mut names[..] else { return InFile { file, is_shorter: false } };
    if let Some(fuller) = known.iter().find(|known| shorter::is_shorter(known, name)) {
        name.clone_from(fuller);
        return InFile { file, is_shorter: true };
    }
    if let Some(known) = known.first() {
        *name = shorter::written_out(known, name);
    }
    let father = known.first().map(shorter::patronymic).unwrap_or_default();
    if !father.is_empty() && shorter::patronymic(name).is_empty() && !shorter::has_initial(name) {
        if is_divided(name) {
            name.patronymic = father;
        } else {
            name.family = format!("{} {father}", name.family);
        }
    }
    InFile { file, is_shorter: false }
}

/// Tells whether `b` adds nothing to `a`: they differ at most in what makes no difference to a person.
fn says_the_same(a: &PersonEdit, b: &PersonEdit) -> bool {
    match (a, b) {
        (PersonEdit::Names(a), PersonEdit::Names(b)) => b.iter().all(|b| a.iter().any(|a| same_name(a, b))),
        (PersonEdit::Phone(Some(a)), PersonEdit::Phone(Some(b))) => a == b || same_phone(a, b),
        (PersonEdit::Team(Some(a)), PersonEdit::Team(Some(b))) => is_same_code(a, b),
        (PersonEdit::Languages(a), PersonEdit::Languages(b))
        | (PersonEdit::Categories(a), PersonEdit::Categories(b)) => {
            a.len() == b.len() && a.iter().all(|value| b.contains(value))
        }
        (PersonEdit::Shifts(a), PersonEdit::Shifts(b)) => {
            a.len() == b.len() && a.iter().all(|key| b.iter().any(|other| is_same_code(key, other)))
        }
        _ => a == b,
    }
}

fn same_phone(a: &str, b: &str) -> bool {
    let (a, b) = (phone_tail(a), phone_tail(b));
    !a.is_empty() && a == b
}

/// Tells whether `file` adds nothing to `known`. A name in one cell does not say how it is divided.
fn same_name(known: &PersonName, file: &PersonName) -> bool {
    match (is_divided(known), is_divided(file)) {
        (_, false) => words(known) == words(file),
        (true, true) => {
            (&known.family, &known.given, &known.patronymic) == (&file.family, &file.given, &file.patronymic)
        }
        (false, true) => false,
    }
}

const fn is_divided(name: &PersonName) -> bool {
    !name.given.is_empty()
}

/// The words of a name in the order of the alphabet.
fn words(name: &PersonName) -> Vec<&str> {
    let parts = [&name.family, &name.given, &name.patronymic];
    let mut words: Vec<&str> = parts.into_iter().flat_map(|part| part.split_whitespace()).collect();
    words.sort_unstable();
    words
}
