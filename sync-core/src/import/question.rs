//! What a plan asks: only a person can tell whether a record and a row speak of one human being.

use std::collections::BTreeMap;
use std::fmt;

use super::identity::is_called;
use super::likeness::Likeness;
use super::problem::Line;
use crate::canonical::is_same_code;
use crate::command::Command;
use crate::documents::roster::{ExternalId, PersonEdit};
use crate::ids::PersonId;
use crate::names::{NameKey, patronymics_agree};

/// A code and a name, as they are written.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Who {
    /// Empty where there is none.
    pub code: String,
    /// The name, as it is written.
    pub name: String,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code.is_empty() { f.write_str(&self.name) } else { write!(f, "{} {}", self.code, self.name) }
    }
}

/// Why it is asked.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Doubt {
    /// The code names somebody else than before.
    Renamed {
        /// The code that somebody with the new name has on the roster; empty where they have none.
        elsewhere: Option<String>,
    },
    /// The code has the same name as before, and was another generation's.
    AnotherYear {
        /// The year of birth on the roster.
        known: u16,
        /// That of the list.
        listed: u16,
    },
    /// The code is new, and somebody of this name has another one: with this telephone number, or where the list gives that
    /// code to somebody else.
    AnotherCode {
        /// Whether the telephone number is the same.
        same_phone: bool,
    },
    /// The code is new, and somebody of this name has one that is the same but for separators or for a letter that looks like
    /// a digit.
    AlikeCode,
    /// Somebody of this name is known, with another telephone number or year of birth, or another patronymic; or they are
    /// known otherwise than by this list.
    Namesake {
        /// Whether the telephone number is the same.
        same_phone: bool,
        /// Whether the year of birth is the same.
        same_year: bool,
    },
    /// The code is known with another number of leading zeros, on the roster or above in the list.
    LeadingZeros,
    /// Somebody like this was erased from the event.
    Erased {
        /// By what they are alike.
        by: Vec<Likeness>,
    },
}

/// What somebody decides: is the row about the human being of the record?
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is the same one: the record follows the list; who was erased is left out.
    Same,
    /// It is another one, who is added; the record stays as it is and gives up the code.
    Other,
}

/// A row that is left out until somebody decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Line of the file.
    pub line: u64,
    /// What the list says.
    pub listed: Who,
    /// What the roster says; nothing of somebody who was erased.
    pub known: Who,
    /// Whose record it is; `None` for somebody who was erased.
    pub person: Option<PersonId>,
    /// Why it is asked.
    pub doubt: Doubt,
    /// What somebody decided about the question, if they did.
    pub decided: Option<Decision>,
    /// The ids of each record whose ids a decision changes, before anything is decided.
    pub(super) ids: BTreeMap<PersonId, Vec<ExternalId>>,
    pub(super) same: Vec<Command>,
    pub(super) other: Vec<Command>,
    /// Whose record takes the code if somebody else is meant, where it is not a new one.
    pub(super) mover: Option<PersonId>,
}

impl Question {
    /// Whose record the row speaks of by the decision.
    fn taken(&self) -> Option<PersonId> {
        match self.decided? {
            Decision::Same => self.person,
            Decision::Other => self.mover,
        }
    }

    /// What carries the decision out; nothing before there is one.
    #[must_use]
    pub fn commands(&self) -> &[Command] {
        match self.decided {
            None => &[],
            Some(Decision::Same) => &self.same,
            Some(Decision::Other) => &self.other,
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, listed, known) = (Line(self.line), &self.listed, &self.known);
        match &self.doubt {
            Doubt::Renamed { elsewhere } => {
                write!(f, "{line}: code {} was {} and is {} now", listed.code, known.name, listed.name)?;
                match elsewhere.as_deref() {
                    Some("") => f.write_str(", who is known without a code")?,
                    Some(code) => write!(f, ", whose code was {code}")?,
                    None => {}
                }
                f.write_str("; is that the same human being with another name, or another one?")
            }
            Doubt::AnotherYear { known: before, listed: now } => write!(
                f,
                "{line}: {listed}: the year of birth was {before} and is {now} now; is that the same human being, or another one \
                 of that name?"
            ),
            Doubt::AnotherCode { same_phone } => {
                let what = if *same_phone { "this name and this phone number" } else { "this name" };
                write!(
                    f,
                    "{line}: {listed}: somebody with {what} is known by the code {}; is that the same human being?",
                    known.code
                )
            }
            Doubt::AlikeCode => write!(
                f,
                "{line}: {listed}: the code looks like {} of {}, written otherwise; is that the same human being?",
                known.code, known.name
            ),
            Doubt::Namesake { same_phone, same_year } => {
                let same = match (same_phone, same_year) {
                    (true, true) => ", with the same phone number and year of birth",
                    (true, false) => ", with the same phone number",
                    (false, true) => ", with the same year of birth",
                    (false, false) => "",
                };
                write!(f, "{line}: {listed}: {known} is known{same}; is that the same human being?")
            }
            Doubt::LeadingZeros => {
                let how = if listed.code.len() < known.code.len() { "without its" } else { "with other" };
                write!(
                    f,
                    "{line}: {listed}: the code looks like {} of {} {how} leading zeros; is that the same human being?",
                    known.code, known.name
                )
            }
            Doubt::Erased { by } => write!(
                f,
                "{line}: {listed}: somebody with this {} was erased from this event; is that the same human being?",
                by.iter().map(|likeness| likeness.words()).collect::<Vec<_>>().join(" and this ")
            ),
        }
    }
}

/// Two questions that were decided so that two rows with different names speak of one record.
pub(super) fn contradiction(questions: &[Question]) -> Option<(&Question, &Question)> {
    let mut taken: BTreeMap<PersonId, &Question> = BTreeMap::new();
    questions.iter().find_map(|question| {
        let earlier = taken.insert(question.taken()?, question)?;
        let [one, other] = [earlier, question].map(|question| question.listed.name.as_str());
        let fathers = patronymics_agree(&NameKey::of_text(one), &NameKey::of_text(other));
        (!is_called(&[one], other) || fathers == Some(false)).then_some((earlier, question))
    })
}

/// What carries all decisions out. Where two of them change the ids of one record, each takes away and adds its own.
pub(super) fn decided(questions: &[Question]) -> Vec<Command> {
    let mut ids: BTreeMap<PersonId, Vec<ExternalId>> = BTreeMap::new();
    let mut commands = Vec::new();
    for question in questions {
        for command in question.commands() {
            let Command::EditPerson(person, PersonEdit::ExternalIds(after)) = command else {
                commands.push(command.clone());
                continue;
            };
            let before = question.ids.get(person).map_or(&[][..], Vec::as_slice);
            let own = ids.entry(*person).or_insert_with(|| before.to_vec());
            own.retain(|id| after.contains(id) || !before.contains(id));
            let added = after.iter().filter(|id| !before.contains(id));
            own.extend(added.cloned());
        }
    }
    commands.extend(ids.into_iter().map(|(id, ids)| Command::EditPerson(id, PersonEdit::ExternalIds(ids))));
    commands
}

/// Which question is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Which {
    /// That of a line.
    Line(u64),
    /// That about a code.
    Code(String),
}

impl Which {
    pub(super) fn is(&self, question: &Question) -> bool {
        match self {
            Self::Line(line) => *line == question.line,
            Self::Code(code) => is_same_code(code, &question.listed.code),
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => Line(*line).fmt(f),
            Self::Code(code) => write!(f, "code {code}"),
        }
    }
}
