//! What the two records of a pair say, side by side, so that a person can rule.

use jiff::civil::Date;

use super::super::clock::CorrectedTime;
use super::super::dates::as_text;
use super::super::{EventView, Known, Sources};
use super::{Candidate, Candidates};
use crate::documents::log::{Presence, Record, WalkIn};
use crate::documents::roster::{PersonEdit, PersonField, PersonName};
use crate::documents::rulings::Decision;
use crate::ids::{DeviceId, EntryRef, RulingId, Subject};

/// Everything that speaks for and against a pair.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Evidence {
    /// The pair as it is listed; `None` where nothing speaks for it.
    pub candidate: Option<Candidate>,
    /// What the smaller record says.
    pub a: Said,
    /// What the greater record says.
    pub b: Said,
    /// What organizers ruled on the two, by id; retracted rulings, too.
    pub rulings: Vec<PairRuling>,
}

/// What one record says of a human being.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Said {
    /// The person or walk-in whose record it is.
    pub subject: Subject,
    /// Field by field, as a person would read them; a field with several concurrent values is there several times.
    pub statements: Vec<Statement>,
    /// What gates noted of this record alone, by time.
    pub seen: Vec<Seen>,
}

/// A value of a field, with its author.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Statement {
    /// The field that the statement is about.
    pub field: PersonField,
    /// The value, as a person would read it.
    pub text: String,
    /// The device that wrote it.
    pub by: DeviceId,
    /// The time at which it was written, by home's clock.
    pub time: CorrectedTime,
}

/// Somebody at a gate.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Seen {
    /// The date to which the moment belongs in the event.
    #[serde(serialize_with = "as_text")]
    pub date: Date,
    /// The time at which it was noted, by home's clock.
    pub time: CorrectedTime,
    /// Whether they came, left or stayed away.
    pub what: Noted,
    /// The key of the site.
    pub site: String,
    /// The entry that says so.
    pub entry: EntryRef,
}

/// What a gate noted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Noted {
    /// Somebody was checked in.
    CheckIn,
    /// Somebody was checked out.
    CheckOut,
    /// They did not come.
    NoShow,
}

/// A ruling on the pair.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct PairRuling {
    /// The id of the ruling, by which it can be retracted.
    pub ruling: RulingId,
    /// Whether it says that the two are one.
    pub same: bool,
    /// Why, in the organizer's words.
    pub reason: String,
    /// The device of the organizer who ruled.
    pub by: DeviceId,
    /// The time at which it was ruled, by home's clock.
    pub time: CorrectedTime,
    /// Whether it was retracted.
    pub retracted: bool,
}

/// Puts what the two records of a pair say side by side, the smaller first. `view` and `listed` are what `sources` say.
///
/// Somebody of whom nothing is known has nothing to say.
#[must_use]
pub fn evidence(sources: &Sources<'_>, view: &EventView, listed: &Candidates, pair: [Subject; 2]) -> Evidence {
    let [a, b] = [pair[0].min(pair[1]), pair[0].max(pair[1])];
    let known = Known::of(sources.event, sources.logs.clone(), sources.rulings);
    let said =
        |subject| Said { subject, statements: statements(sources, view, &known, subject), seen: seen(&known, subject) };
    Evidence {
        candidate: listed.pairs.iter().find(|candidate| (candidate.pair.a, candidate.pair.b) == (a, b)).cloned(),
        a: said(a),
        b: said(b),
        rulings: rulings_on(sources, &known, [a, b]),
    }
}

fn statements(sources: &Sources<'_>, view: &EventView, known: &Known<'_>, subject: Subject) -> Vec<Statement> {
    let id = match subject {
        Subject::WalkIn(id) => {
            return view.walk_in(id).map_or_else(Vec::new, |found| {
                let written = |(field, text)| Statement { field, text, by: found.entry.device, time: found.time };
                of_walk_in(&found.what).into_iter().map(written).collect()
            });
        }
        Subject::Person(id) => id,
    };
    let Some(record) = sources.roster.people.get(&id) else { return Vec::new() };
    let values = PersonField::ALL.iter().flat_map(|field| record.values(*field));
    let said = values.map(|value| Statement {
        field: value.value.field(),
        text: value.value.to_string(),
        by: value.by,
        time: known.clocks.time_on(value.by, &value.reading),
    });
    said.filter(|statement| !statement.text.is_empty()).collect()
}

fn of_walk_in(walk_in: &WalkIn) -> Vec<(PersonField, String)> {
    let names: Vec<PersonName> = walk_in.names.clone();
    let edits = [
        PersonEdit::Names(names),
        PersonEdit::BirthYear(walk_in.birth_year),
        PersonEdit::Phone(walk_in.phone.clone()),
        PersonEdit::Organisation(walk_in.organisation.clone()),
    ];
    let said = edits.iter().map(|edit| (edit.field(), edit.to_string()));
    said.filter(|(_, text)| !text.is_empty()).collect()
}

fn seen(known: &Known<'_>, subject: Subject) -> Vec<Seen> {
    let mut seen: Vec<Seen> = Vec::new();
    for standing in known.ledger.entries() {
        let (what, presence): (Noted, &Presence) = match &standing.entry.record {
            Record::CheckIn(presence) => (Noted::CheckIn, presence),
            Record::CheckOut(presence) => (Noted::CheckOut, presence),
            Record::NoShow(presence) => (Noted::NoShow, presence),
            _ => continue,
        };
        if presence.subject == subject {
            let time = known.clocks.time_of(&standing);
            let date = known.event.zone.table.date_of(time.at);
            seen.push(Seen { date, time, what, site: presence.site.clone(), entry: standing.at });
        }
    }
    seen.sort_by_key(|one| (one.time.at, one.entry));
    seen
}

/// The rulings on a pair, the smaller record first.
fn rulings_on(sources: &Sources<'_>, known: &Known<'_>, pair: [Subject; 2]) -> Vec<PairRuling> {
    let all = || sources.rulings.by_id.iter().flat_map(|(id, values)| values.iter().map(move |value| (*id, value)));
    let is_retracted = |id| all().any(|(_, other)| other.value.decision == Decision::Retract(id));
    let on_the_pair = all().filter_map(|(ruling, written)| {
        let (same, a, b) = match written.value.decision {
            Decision::Same(a, b) => (true, a, b),
            Decision::NotSame(a, b) => (false, a, b),
            _ => return None,
        };
        ([a.min(b), a.max(b)] == pair).then(|| PairRuling {
            ruling,
            same,
            reason: written.value.reason.clone(),
            by: written.by,
            time: known.clocks.time_on(written.by, &written.reading),
            retracted: is_retracted(ruling),
        })
    });
    on_the_pair.collect()
}
