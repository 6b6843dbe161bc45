//! Whom the names of a recording mean.

use std::collections::{HashMap, HashSet};

use sync_core::command::Command;
use sync_core::documents::roster::{Person, Roster};
use sync_core::ids::{EventId, PersonId, Subject, WalkInId};
use sync_core::import::{Decision, Source, Which, plan_import};

use super::recording::{Deed, Name, Recording, RecordingError};
use crate::reports::Labels;
use crate::tables::{self, ReadOptions};

/// Everyone who is named in a recording.
pub(super) struct People {
    subjects: HashMap<Name, Subject>,
    /// Who is on the lists, in their order.
    pub listed: Vec<(PersonId, Person)>,
}

impl People {
    /// Reads the lists as an import does, and draws ids for walk-ins as a phone does.
    pub(super) fn of(recording: &Recording, event: EventId) -> Result<Self, RecordingError> {
        let mut people = Self { subjects: HashMap::new(), listed: Vec::new() };
        for (file, bytes) in &recording.rosters {
            people.read_list(file, bytes, event, recording)?;
        }
        for act in recording.phones.iter().flatten() {
            if let Deed::WalkIn { name, .. } = &act.deed {
                let id = WalkInId::from_entropy(u64::from_be_bytes(crate::clock::entropy()));
                people.subjects.insert(name.clone(), Subject::WalkIn(id));
            }
        }
        Ok(people)
    }

    fn read_list(
        &mut self,
        file: &str,
        bytes: &[u8],
        event: EventId,
        recording: &Recording,
    ) -> Result<(), RecordingError> {
        let wrong = |line: u64, what: String| RecordingError {
            file: file.to_owned(),
            line: usize::try_from(line).unwrap_or(0),
            what,
        };
        let list = tables::read_table(file, bytes, &ReadOptions::default())
            .map_err(|error| wrong(error.line.unwrap_or(0), error.fault.to_string()))?;
        let issuer = file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned();
        let source = Source {
            issuer,
            born_by: recording.year(),
            profile: Default::default(),
            teams: Default::default(),
            walk_ins: Default::default(),
        };
        let mut plan = plan_import(&list.tables, &Roster::default(), event, &source)
            .map_err(|error| wrong(0, error.to_string()))?;
        if let Some(problem) = plan.problems.first() {
            return Err(wrong(problem.line, problem.to_string()));
        }
        // Whom a list has under two codes, a recording may speak of under each of them.
        let others: Vec<(Which, Decision)> =
            plan.questions.iter().map(|question| (Which::Line(question.line), Decision::Other)).collect();
        plan.decide(&others).map_err(|error| wrong(0, error.to_string()))?;
        let asked = plan.questions.iter().flat_map(|question| {
            question.commands().iter().filter_map(|command| match command {
                Command::AddPerson(id, person) => Some((question.line, *id, person.clone())),
                _ => None,
            })
        });
        let added = plan.added.iter().map(|addition| (addition.line, addition.id, addition.person.clone()));
        let mut people: Vec<(u64, PersonId, Person)> = added.chain(asked).collect();
        people.sort_by_key(|(line, ..)| *line);
        for (line, id, person) in people {
            let code = person.external_ids.first().map(|id| id.value.clone()).unwrap_or_default();
            if self.subjects.insert(code.clone(), Subject::Person(id)).is_some() {
                return Err(wrong(line, format!("`{code}` is on two lists")));
            }
            self.listed.push((id, person));
        }
        Ok(())
    }

    /// Every name that the recording knows.
    pub(super) fn names(&self) -> HashSet<Name> {
        self.subjects
            .iter()
            .filter(|(_, who)| matches!(who, Subject::Person(_)))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Whom a name means. Every name was checked before.
    pub(super) fn subject(&self, name: &str) -> Subject {
        *self.subjects.get(name).expect("names are checked before the week begins")
    }

    /// How reports call them.
    pub(super) fn labels(&self) -> Labels {
        let mut labels = Labels::default();
        self.subjects.iter().for_each(|(name, subject)| labels.call(*subject, name.clone()));
        labels
    }
}
