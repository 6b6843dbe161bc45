//! Who may be meant by what is typed of a walk-in, so that nobody is registered twice.

use super::parts::Known;
use super::people::PersonRow;
use crate::documents::roster::PersonName;
use crate::ids::Subject;
use crate::replica::Replica;
use crate::view::EventView;
use crate::view::duplicates::{Gathered, Reason, Record, gather_people};

/// Rows of likely twins are no more than this.
const MOST: usize = 5;

/// Somebody who may be the one that is being registered.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct SimilarRow {
    /// Who they are.
    pub person: PersonRow,
    /// How likely it is, from 500 to 1000.
    pub score: u16,
    /// What speaks for it and against it.
    pub reasons: Vec<ReasonRow>,
}

/// What speaks for or against two records being one human being.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ReasonRow {
    /// What it is.
    pub reason: Reason,
    /// What it adds to the score; negative where it speaks against it.
    pub points: i16,
}

/// Everybody's records, read once for many comparisons.
pub(super) fn gather(replica: &Replica, view: &EventView) -> Gathered<Subject> {
    gather_people(&replica.shown().roster, view)
}

/// Somebody like `known`, the likeliest first, each human being once: at most five. `row` gives the row of a class.
pub(super) fn similar(
    gathered: &mut Gathered<Subject>,
    known: Known,
    class_of: impl Fn(Subject) -> Subject,
    row: impl Fn(Subject) -> Option<PersonRow>,
) -> Vec<SimilarRow> {
    let names = [PersonName::from(known.name)];
    let record = Record {
        who: Subject::from_bits(0),
        since: None,
        names: &names,
        phone: known.phone.as_deref(),
        birth_year: known.birth_year,
        organisation: known.organisation.as_deref(),
        external_ids: &[],
    };
    let mut rows: Vec<SimilarRow> = Vec::new();
    for alike in gathered.like(&record) {
        let class = class_of(alike.who);
        if rows.iter().any(|row| row.person.subject == class) {
            continue;
        }
        let reasons = alike.reasons.iter().map(|weight| ReasonRow { reason: weight.reason, points: weight.points });
        let Some(person) = row(class) else { continue };
        rows.push(SimilarRow { person, score: alike.score, reasons: reasons.collect() });
        if rows.len() == MOST {
            break;
        }
    }
    rows
}
