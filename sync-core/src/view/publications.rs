//! Reports that were published, and which of them still stand.

use super::Known;
use super::clock::CorrectedTime;
use crate::documents::rulings::{Decision, LogMark, Publication, Rulings};
use crate::ids::{DeviceId, RulingId};

/// A report that was published.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Published {
    /// The ruling that published it.
    pub id: RulingId,
    /// What it rests on, with every log, and what it said in sum.
    pub publication: Publication,
    /// Why, in the organizer's words; may be empty.
    pub note: String,
    /// Who published it.
    pub by: DeviceId,
    /// When.
    pub time: CorrectedTime,
    /// The newest report, where this one is no longer it.
    pub superseded_by: Option<RulingId>,
    /// Two organizers published under one number without having seen each other's.
    pub number_taken_twice: bool,
    /// Whether everything is here that says what it rests on.
    pub complete: bool,
}

/// Lists what was published and not retracted, by number and ruling.
pub(super) fn of(rulings: &Rulings, known: &Known<'_>) -> Vec<Published> {
    let mut published: Vec<Published> = Vec::new();
    let standing = rulings.by_id.iter().filter(|(id, _)| known.decisions.standing.contains(id));
    for (id, ruling) in standing.clone().flat_map(|(id, values)| values.iter().map(move |value| (*id, value))) {
        let Decision::Publish(publication) = &ruling.value.decision else { continue };
        published.push(Published {
            id,
            publication: publication.clone(),
            note: ruling.value.reason.clone(),
            by: ruling.by,
            time: known.clocks.time_on(ruling.by, &ruling.reading),
            superseded_by: None,
            number_taken_twice: false,
            complete: false,
        });
    }
    published.sort_by_key(|one| (one.publication.number, one.id));
    let numbers: Vec<u32> = published.iter().map(|one| one.publication.number).collect();
    let newest = published.last().map(|one| (one.publication.number, one.id));
    for one in &mut published {
        let number = one.publication.number;
        one.number_taken_twice = numbers.iter().filter(|other| **other == number).count() > 1;
        one.superseded_by = newest.filter(|(newest, _)| *newest > number).map(|(_, id)| id);
        one.take_marks(rulings);
    }
    published
}

impl Published {
    /// Adds the logs that stand in rulings of their own.
    fn take_marks(&mut self, rulings: &Rulings) {
        let logs = &mut self.publication.logs;
        for value in rulings.by_id.values().flatten().filter(|value| value.by == self.by) {
            if let Decision::PublishedLogs { publication, logs: more } = &value.value.decision
                && *publication == self.id
            {
                logs.extend(more.iter().copied());
            }
        }
        logs.sort_unstable_by_key(|mark: &LogMark| (mark.device, mark.incarnation, mark.entries));
        logs.dedup();
        self.complete = u32::try_from(logs.len()).is_ok_and(|logs| logs == self.publication.log_count);
    }
}
