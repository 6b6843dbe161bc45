//! Reads a row: whom it speaks of, and what it says about them.

use super::blank_cells::{is_nobodys_pair, is_nothing, names_nobody, says_nothing};
use super::columns::{Columns, is_identity, meanings_of};
use super::meaning::Meaning;
use super::person_keys::{derived_id, folded};
use super::problem::{Column, Problem, ProblemKind, Refused};
use super::read_row::{ReadRow, Told};
use super::{Row, Source, cells};
use crate::canonical::is_same_code;
use crate::command::has_letters;
use crate::documents::roster::{ExternalId, Person, PersonField, PersonName, code_within};
use crate::ids::{EventId, PersonId};

/// By what a list knows a person.
enum Code {
    /// Nobody else on it has it.
    Own(String),
    /// Those of one order have it together.
    Shared(String),
}

impl Code {
    /// What is the person's own.
    fn of(self, name: Option<&PersonName>) -> Option<String> {
        match self {
            Self::Own(code) => Some(code),
            Self::Shared(code) => name.map(|name| code_within(&code, &folded(name))),
        }
    }
}

/// Reads a row that is not blank.
pub(super) fn read(row: &Row, columns: &Columns, event: EventId, source: &Source) -> ReadRow {
    let told = Told::default();
    let reader =
        Reader { row, columns, problems: Vec::new(), unsaid: Vec::new(), told, is_pair: false, is_id_derived: false };
    reader.read(event, source)
}

struct Reader<'a> {
    row: &'a Row,
    columns: &'a Columns,
    problems: Vec<Problem>,
    unsaid: Vec<PersonField>,
    told: Told,
    /// The family name and the given name are read as they stand.
    is_pair: bool,
    /// The id follows from name, telephone and year of birth: the list has no codes, or the row's cell for it is blank.
    is_id_derived: bool,
}

impl Reader<'_> {
    fn read(mut self, event: EventId, source: &Source) -> ReadRow {
        let surplus = self.row.cells.iter().skip(self.columns.count()).any(|cell| !cell.trim().is_empty());
        if surplus {
            let (expected, found) = (self.columns.count(), self.row.cells.len());
            self.refuse_row(None, ProblemKind::CellCount { expected, found });
            return self.finish(None, None, Person::default());
        }
        let code = self.read_code();
        let has_code = code.is_some() || !self.problems.is_empty();
        let may_lack_code = self.columns.code().is_none_or(|code| code == Meaning::Code);
        self.is_id_derived = !has_code && may_lack_code;
        let mut person = self.read_person(source);
        let tells_apart = self.columns.code().is_none() || person.phone.is_some() || person.birth_year.is_some();
        let is_known_by_something = has_code || (may_lack_code && tells_apart);
        if !is_known_by_something {
            self.refuse_row(self.columns.code(), ProblemKind::NoCode);
        }
        let code = code.and_then(|code| code.of(person.names.first()));
        let is_derived = self.is_id_derived && !person.names.is_empty();
        let derived_id = is_derived.then(|| derived_id(event, &source.issuer, &person, None));
        let id = derived_id.or_else(|| code.as_deref().map(|code| PersonId::of_external(event, &source.issuer, code)));
        let ids = code.clone().map(|value| ExternalId { issuer: source.issuer.clone(), value });
        person.external_ids.extend(ids);
        ReadRow { derived_id, ..self.finish(id, code, person) }
    }

    /// Reads by what code the list knows the person, if it has codes.
    fn read_code(&mut self) -> Option<Code> {
        let shared = self.columns.code() == Some(Meaning::SharedCode);
        let position = self.read_cell(Meaning::Position, cells::code);
        let code = self.read_cell(self.columns.code()?, cells::code)?;
        Some(match position {
            Some(position) => Code::Own(format!("{code}-{position}")),
            None if shared => Code::Shared(code),
            None => Code::Own(code),
        })
    }

    fn finish(self, id: Option<PersonId>, code: Option<String>, person: Person) -> ReadRow {
        let refused = self.problems.iter().any(|problem| problem.refused == Refused::Row);
        let add_on = self.columns.cell(self.row, Meaning::AddOnTo).map(|(_, cell)| cell.trim().to_owned());
        ReadRow {
            told: self.told,
            add_on_to: add_on.filter(|position| !position.is_empty() && position != "0"),
            line: self.row.line,
            table: 0,
            id,
            derived_id: None,
            alike: None,
            code,
            person: (!refused).then_some(person),
            unsaid: self.unsaid,
            problems: self.problems,
        }
    }

    fn read_person(&mut self, source: &Source) -> Person {
        Person {
            names: self.read_names(),
            birth_year: self.read_birth_year(source.born_by),
            phone: self.read_cell(Meaning::Phone, cells::phone),
            organisation: self.read_cell(Meaning::Organisation, cells::text),
            region: self.read_first(&[Meaning::Region, Meaning::Country]),
            languages: self.read_languages(),
            categories: self.read_list(Meaning::Categories),
            team: self.read_team(source),
            shifts: self.read_list(Meaning::Shifts),
            ..Person::default()
        }
    }

    /// A team that is written by its name has its key. One that is written by its key stays as it is written.
    fn read_team(&mut self, source: &Source) -> Option<String> {
        let written = self.read_cell(Meaning::Team, cells::key)?;
        let key = source.teams.key_of(&written).filter(|key| !is_same_code(key, &written));
        Some(key.map_or(written.clone(), str::to_owned))
    }

    /// Reads the name in one spelling or in several. Parts of the name come before the whole name, which fills in only where
    /// there are none.
    fn read_names(&mut self) -> Vec<PersonName> {
        let problems_before = self.problems.len();
        let pair_names_somebody = self.pair_names_somebody();
        self.is_pair = pair_names_somebody == Some(true);
        let mut part = |meaning| self.read_cell(meaning, cells::name).unwrap_or_default();
        let (family, given) = (part(Meaning::Family), part(Meaning::Given));
        let patronymic = part(Meaning::Patronymic);
        let is_known = !family.is_empty() || !given.is_empty();
        let of_nobody = |part: &Meaning| pair_names_somebody == Some(false) || self.is_of_nobody(*part);
        let nobodys = [Meaning::Family, Meaning::Given].into_iter().find(of_nobody);
        if let Some(nobodys) = nobodys.filter(|_| !self.is_pair) {
            self.refuse_row(Some(nobodys), ProblemKind::NoName);
            return Vec::new();
        }
        let mut names = vec![PersonName { family, given, patronymic, script: String::new() }];
        if is_known {
            // The whole name says nothing more, whatever is wrong with it.
            let whole = self.problems.len();
            self.read_cell(Meaning::FullName, cells::name);
            self.problems[whole..].iter_mut().for_each(|problem| problem.refused = Refused::Cell);
            self.unsaid.retain(|field| *field != PersonField::Names || whole > problems_before);
        } else {
            names = self.read_whole_names(std::mem::take(&mut names[0].patronymic));
        }
        let meanings = [Meaning::Family, Meaning::Given, Meaning::Patronymic, Meaning::FullName];
        let cells = meanings.iter().filter_map(|meaning| self.columns.cell(self.row, *meaning));
        self.told.adorned += cells.filter(|(_, cell)| cells::bare_name(cell) != cell.trim()).count();
        self.told.has_remark =
            names.iter().any(|name| cells::has_remark(&name.family) || cells::has_remark(&name.given));
        let written = |name: &PersonName| format!("{}{}", name.family, name.given);
        if !names.first().is_some_and(|name| has_letters(&written(name))) {
            if self.problems.len() == problems_before {
                let column = if self.columns.has(Meaning::Family) { Meaning::Family } else { Meaning::FullName };
                self.refuse_row(Some(column), ProblemKind::NoName);
            }
            return Vec::new();
        }
        for name in &mut names {
            cells::script(&written(name)).clone_into(&mut name.script);
        }
        names
    }

    /// Tells whether a family name and a given name in two cells name somebody together, as `Test` and `Maria` do and `Test
    /// Maria` does in one; `None` where they do not stand in two cells.
    fn pair_names_somebody(&self) -> Option<bool> {
        let cell = |meaning| self.columns.cell(self.row, meaning).map(|(_, cell)| cell);
        let (family, given) = cell(Meaning::Family).zip(cell(Meaning::Given))?;
        let are_there = !is_nothing(&family, Meaning::Family) && !is_nothing(&given, Meaning::Given);
        let have_letters = has_letters(&family) && has_letters(&given);
        (are_there && have_letters).then(|| !is_nobodys_pair(&family, &given))
    }

    /// Tells whether a part of a name is a word that stands where nobody is: `тест`, `удалён`.
    fn is_of_nobody(&self, part: Meaning) -> bool {
        self.columns.cell(self.row, part).is_some_and(|(_, cell)| !cell.contains('.') && names_nobody(cell.trim()))
    }

    /// Reads the spellings of a name from one cell. A patronymic of another column belongs to the first.
    fn read_whole_names(&mut self, patronymic: String) -> Vec<PersonName> {
        let spellings = self.read_cell(Meaning::FullName, super::several::one_name).unwrap_or_default();
        let mut spellings = spellings.into_iter();
        let first = whole_name(spellings.next().unwrap_or_default(), patronymic);
        [first].into_iter().chain(spellings.map(|spelling| whole_name(spelling, String::new()))).collect()
    }

    fn read_birth_year(&mut self, born_by: u16) -> Option<u16> {
        let read = |cell: &str| match cells::text(cell)? {
            text if text.is_empty() => Ok(None),
            text => cells::year(&text, born_by).map(Some),
        };
        let year = self.read_cell(Meaning::BirthYear, read);
        let date = self.read_cell(Meaning::BirthDate, read);
        let is_short =
            |meaning| self.columns.cell(self.row, meaning).is_some_and(|(_, cell)| cells::short_year(&cell).is_some());
        self.told.short_year = [(year, Meaning::BirthYear), (date, Meaning::BirthDate)]
            .into_iter()
            .any(|(read, meaning)| read.flatten().is_some() && is_short(meaning));
        year.flatten().or(date.flatten())
    }

    fn read_first(&mut self, meanings: &[Meaning]) -> Option<String> {
        let mut values: Vec<String> =
            meanings.iter().filter_map(|meaning| self.read_cell(*meaning, cells::text)).collect();
        (!values.is_empty()).then(|| values.swap_remove(0))
    }

    fn read_list(&mut self, meaning: Meaning) -> Vec<String> {
        let read = |cell: &str| {
            cells::text(cell)?;
            cells::list(cell).map(cells::text).collect::<Result<Vec<_>, _>>()
        };
        self.read_cell(meaning, read).unwrap_or_default()
    }

    /// A language that nobody knows is left out, the others count.
    fn read_languages(&mut self) -> Vec<String> {
        let written = self.read_list(Meaning::Languages);
        let mut tags = Vec::new();
        for name in written.iter().flat_map(|name| name.split('/')) {
            match cells::language(name) {
                Some(tag) if tags.contains(&tag) => {}
                Some(tag) => tags.push(tag),
                None => self.refuse(Meaning::Languages, ProblemKind::UnknownLanguage, Refused::Cell),
            }
        }
        tags
    }

    /// Reads one cell. Blank, refused and missing cells give the empty value of their kind.
    fn read_cell<T: Default + PartialEq>(
        &mut self,
        meaning: Meaning,
        read: impl FnOnce(&str) -> Result<T, ProblemKind>,
    ) -> Option<T> {
        let (_, cell) = self.columns.cell(self.row, meaning)?;
        let unstored = self.columns.is_unstored(self.row, meaning);
        let is_of_pair = self.is_pair && matches!(meaning, Meaning::Family | Meaning::Given);
        let is_blank = if is_of_pair { is_nothing } else { says_nothing };
        if !unstored && is_blank(&cell, meaning) {
            self.told.placeholders += 1;
            return None;
        }
        let read = if unstored { Err(ProblemKind::UnstoredFormula) } else { read(&cell) };
        match read {
            Ok(value) => Some(value).filter(|value| *value != T::default()),
            Err(kind) => {
                self.unsaid.extend(PersonField::ALL.iter().filter(|field| meanings_of(**field).contains(&meaning)));
                let identifies = is_identity(meaning) || (self.is_id_derived && is_part_of_id(meaning));
                // A name is one without its patronymic, too.
                let is_failed = matches!(kind, ProblemKind::FailedFormula | ProblemKind::UnstoredFormula);
                let identifies = identifies && !(is_failed && meaning == Meaning::Patronymic);
                let refused = if identifies { Refused::Row } else { Refused::Cell };
                self.refuse(meaning, kind, refused);
                None
            }
        }
    }

    fn refuse(&mut self, meaning: Meaning, kind: ProblemKind, refused: Refused) {
        let column = self.columns.cell(self.row, meaning).map(|(column, _)| column.clone());
        self.push(column, kind, refused);
    }

    fn refuse_row(&mut self, meaning: Option<Meaning>, kind: ProblemKind) {
        let column = meaning.and_then(|meaning| self.columns.cell(self.row, meaning));
        self.push(column.map(|(column, _)| column.clone()), kind, Refused::Row);
    }

    fn push(&mut self, column: Option<Column>, kind: ProblemKind, refused: Refused) {
        self.problems.push(Problem { line: self.row.line, column, kind, refused });
    }
}

/// Reads a name from one text; commas part it as columns would.
fn whole_name(whole: String, patronymic: String) -> PersonName {
    let parts: Vec<&str> = whole.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let has_remark = parts.iter().any(|part| part.contains(|c: char| c.is_ascii_digit()));
    match parts[..] {
        _ if has_remark => PersonName { family: whole, patronymic, ..PersonName::default() },
        [family, given] => {
            PersonName { family: family.into(), given: given.into(), patronymic, ..PersonName::default() }
        }
        [family, given, last] if patronymic.is_empty() => PersonName {
            family: family.into(),
            given: given.into(),
            patronymic: if says_nothing(last, Meaning::Patronymic) { String::new() } else { last.into() },
            ..PersonName::default()
        },
        _ => PersonName { family: whole, patronymic, ..PersonName::default() },
    }
}

/// Without them a person in a list without codes would be another one as soon as the cell is corrected.
const fn is_part_of_id(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::Phone | Meaning::BirthYear | Meaning::BirthDate)
}
