//! Asks where a row may speak of somebody who is known otherwise: by another name, by another code, in a line above, or who
//! was erased.

use std::collections::BTreeMap;

use super::ImportPlan;
use super::compare::{self, Another, OnRoster};
use super::likeness::Likeness;
use super::placing::{AddedAbove, OtherCode, OtherName, Placing};
use super::question::{Doubt, Question, Who};
use super::read_row::ReadRow;
use crate::canonical::{is_same_code, is_same_issuer};
use crate::command::Command;
use crate::documents::roster::{ExternalId, Person, PersonEdit, PersonField};

impl Who {
    /// How the roster calls somebody: with the code of this issuer, if they have one.
    pub(super) fn of(person: &Person, issuer: &str) -> Self {
        let own =
            person.external_ids.iter().find(|id| is_same_issuer(&id.issuer, issuer)).or(person.external_ids.first());
        let name = person.names.first().map(ToString::to_string).unwrap_or_default();
        Self { code: own.map(|id| id.value.clone()).unwrap_or_default(), name }
    }
}

impl ImportPlan {
    /// The code of somebody names somebody else now.
    pub(super) fn ask_about_name(&mut self, asked: OtherName<'_>, row: &ReadRow, placing: &Placing<'_>) {
        let OtherName { known: OnRoster { id, record }, person, changes } = asked;
        let known = record.person();
        let names = compare::listed_name(&person, record);
        let code = row.code.clone().unwrap_or_default();
        let mover = placing.moved_to(&code, id, &person).filter(|_| changes.another == Some(Another::Name));
        let doubt = match changes.another {
            Some(Another::BirthYear(known, listed)) => Doubt::AnotherYear { known, listed },
            _ => {
                let named = person.names.first().and_then(|name| placing.known.code_of(name)).map(str::to_owned);
                let elsewhere = named.or_else(|| mover.as_ref().map(|mover| mover.code_before.clone()));
                Doubt::Renamed { elsewhere }
            }
        };
        let (mut said, mut edits) = (changes.said, changes.edits);
        if changes.another == Some(Another::Name) {
            names.apply_to(&mut said);
            edits.retain(|edit| edit.field() != names.field());
            edits.push(names);
        }
        let mut same: Vec<Command> = edits.into_iter().map(|edit| Command::EditPerson(id, edit)).collect();
        same.push(Command::NoteListed(id, placing.issuer.to_owned(), said));
        let is_other =
            |id: &&ExternalId| !is_same_issuer(&id.issuer, placing.issuer) || !is_same_code(&id.value, &code);
        let left: Vec<ExternalId> = known.external_ids.iter().filter(is_other).cloned().collect();
        let mut other = vec![Command::EditPerson(id, PersonEdit::ExternalIds(left))];
        let mut ids = BTreeMap::from([(id, known.external_ids.clone())]);
        match &mover {
            Some(mover) => {
                other.extend(placing.take_code(mover.id, &person, row));
                ids.insert(mover.id, mover.ids.clone());
            }
            None => other.push(Command::AddPerson(placing.of_another(&code, &person), person.clone())),
        }
        self.questions.push(Question {
            line: row.line,
            listed: Who::of(&person, placing.issuer),
            known: Who::of(&known, placing.issuer),
            person: Some(id),
            doubt,
            decided: None,
            ids,
            same,
            other,
            mover: mover.map(|mover| mover.id),
        });
    }

    /// Somebody who may be whom the row speaks of is known by another code.
    pub(super) fn ask_about_code(&mut self, asked: OtherCode<'_>, row: &ReadRow, placing: &Placing<'_>) {
        let OtherCode { id, person, known: (code, known_id), doubt } = asked;
        let Some(record) = placing.roster.people.get(&known_id) else { return };
        let known = record.person();
        let changes = compare::compare(OnRoster { id: known_id, record }, &person, row, placing.list_of(row));
        let mut ids = known.external_ids.clone();
        ids.extend(person.external_ids.first().cloned());
        let given = Some(PersonEdit::ExternalIds(ids)).filter(|_| !person.external_ids.is_empty());
        let edits = changes.edits.into_iter().chain(given);
        let mut same: Vec<Command> = edits.map(|edit| Command::EditPerson(known_id, edit)).collect();
        same.push(Command::NoteListed(known_id, placing.issuer.to_owned(), changes.said));
        let mut who = Who::of(&known, placing.issuer);
        if !code.is_empty() {
            code.clone_into(&mut who.code);
        }
        self.questions.push(Question {
            line: row.line,
            listed: Who::of(&person, placing.issuer),
            known: who,
            person: Some(known_id),
            doubt,
            decided: None,
            ids: BTreeMap::from([(known_id, known.external_ids)]),
            same,
            other: vec![Command::AddPerson(id, person)],
            mover: None,
        });
    }

    /// A line above adds somebody who may be whom the row adds. If they are one, that line speaks of them, they have both codes,
    /// and what the line above leaves blank is taken from the row.
    pub(super) fn ask_about_above(&mut self, asked: AddedAbove, row: &ReadRow, placing: &Placing<'_>) {
        let AddedAbove { id, person, above, doubt } = asked;
        let mut ids = above.person.external_ids.clone();
        ids.extend(person.external_ids.first().cloned());
        let nothing = Person::default();
        let is_news = |field: &&PersonField| {
            let [known, listed, blank] =
                [&above.person, &person, &nothing].map(|person| PersonEdit::of(person, **field));
            **field != PersonField::ExternalIds && known == blank && listed != blank
        };
        let news = PersonField::ALL.iter().filter(is_news).map(|field| PersonEdit::of(&person, *field));
        let same = news.chain([PersonEdit::ExternalIds(ids)]).map(|edit| Command::EditPerson(above.id, edit)).collect();
        self.questions.push(Question {
            line: row.line,
            listed: Who::of(&person, placing.issuer),
            known: Who::of(&above.person, placing.issuer),
            person: Some(above.id),
            doubt,
            decided: None,
            ids: BTreeMap::from([(above.id, above.person.external_ids.clone())]),
            same,
            other: vec![Command::AddPerson(id, person)],
            mover: None,
        });
    }

    /// Asks about people whom the list adds and who may have been erased: by line, and by what they are alike.
    pub fn ask_about_erased(&mut self, alike: &BTreeMap<u64, Vec<Likeness>>, issuer: &str) {
        let added = std::mem::take(&mut self.added);
        for addition in added {
            let Some(by) = alike.get(&addition.line).filter(|by| !by.is_empty()) else {
                self.added.push(addition);
                continue;
            };
            // Whoever is not added takes no second code.
            let of_them = self.questions.iter_mut().filter(|question| question.person == Some(addition.id));
            of_them.for_each(|question| question.same.clear());
            self.questions.push(Question {
                line: addition.line,
                listed: Who::of(&addition.person, issuer),
                known: Who::default(),
                person: None,
                doubt: Doubt::Erased { by: by.clone() },
                decided: None,
                ids: BTreeMap::new(),
                same: Vec::new(),
                other: vec![Command::AddPerson(addition.id, addition.person)],
                mover: None,
            });
        }
        self.questions.sort_by_key(|question| question.line);
    }
}
