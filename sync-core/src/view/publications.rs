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
    /// The device that published it.
    pub by: DeviceId,
    /// When it was published, by home's clock.
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
    published.sort_unstable_by_key(|one| (one.publication.number, one.id));
    let numbers: Vec<u32> = published.iter().map(|one| one.publication.number).collect();
    let newest = published.last().map(|one| (one.publication.number, one.id));
    for one in &mut published {
        let number = one.publication.number;
        one.number_taken_twice = numbers.iter().filter(|other| **other == number).count() > 1;
        one.superseded_by = newest.filter(|(newest, _)| *newest > number).map(|(_, id)| id);
        one.take_parts(rulings);
    }
    published
}

impl Published {
    /// Adds the logs and the heads that stand in rulings of their own.
    fn take_parts(&mut self, rulings: &Rulings) {
        let Publication { logs, event, roster, rulings: ruled, log_count, head_count, .. } = &mut self.publication;
        for value in rulings.by_id.values().flatten().filter(|value| value.by == self.by) {
            match &value.value.decision {
                Decision::PublishedLogs { publication, logs: more } if *publication == self.id => logs.extend(more),
                Decision::PublishedHeads { publication, event: e, roster: r, rulings: d }
                    if *publication == self.id =>
                {
                    event.extend(e);
                    roster.extend(r);
                    ruled.extend(d);
                }
                _ => {}
            }
        }
        logs.sort_unstable_by_key(|mark: &LogMark| (mark.device, mark.incarnation, mark.entries));
        logs.dedup();
        for heads in [&mut *event, &mut *roster, &mut *ruled] {
            heads.sort_unstable();
            heads.dedup();
        }
        let heads = event.len() + roster.len() + ruled.len();
        let is = |count: usize, said: u32| u32::try_from(count).is_ok_and(|count| count == said);
        self.complete = is(logs.len(), *log_count) && head_count.is_none_or(|said| is(heads, said));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::event::EventInfo;
    use crate::documents::roster::Roster;
    use crate::documents::rulings::{Headline, ReportDigest, RulesEdition, Ruling};
    use crate::ids::Incarnation;
    use crate::view::fixtures::written;
    use crate::view::project;

    fn mark(device: u8) -> LogMark {
        LogMark { device: DeviceId([device; 16]), incarnation: Incarnation([0; 8]), entries: 1 }
    }

    fn published(rulings: &[(u8, Decision)]) -> Vec<Published> {
        let mut all = Rulings::default();
        for (id, decision) in rulings {
            let ruling = Ruling { decision: decision.clone(), reason: String::new() };
            all.by_id.insert(RulingId([*id; 8]), vec![written(ruling)]);
        }
        project(&EventInfo::default(), &Roster::default(), &[] as &[crate::documents::log::Log], &all).publications
    }

    fn publish(number: u32, logs: Vec<LogMark>, log_count: u32) -> Decision {
        let [event, roster, rulings] = [const { Vec::new() }; 3];
        let (digest, headline) = (ReportDigest([0; 32]), Headline::default());
        let (head_count, edition) = (None, RulesEdition::CURRENT);
        Decision::Publish(Publication {
            number,
            event,
            roster,
            rulings,
            logs,
            log_count,
            digest,
            headline,
            head_count,
            edition,
        })
    }

    #[test]
    fn a_report_on_more_logs_than_one_ruling_holds_is_complete_when_all_of_them_are_here() {
        let first = (1, publish(1, vec![mark(1)], 3));
        let more = (2, Decision::PublishedLogs { publication: RulingId([1; 8]), logs: vec![mark(3), mark(2)] });
        let of_another = (3, Decision::PublishedLogs { publication: RulingId([9; 8]), logs: vec![mark(4)] });
        assert!(!published(&[first.clone(), of_another.clone()])[0].complete);
        let [whole] = &published(&[first, more, of_another])[..] else { panic!("one report") };
        assert_eq!((&whole.publication.logs[..], whole.complete), (&[mark(1), mark(2), mark(3)][..], true));
    }

    #[test]
    fn a_report_on_more_heads_than_one_ruling_holds_is_complete_when_all_of_them_are_here() {
        let head = |byte: u8| crate::ids::ChangeHash([byte; 32]);
        let Decision::Publish(mut publication) = publish(1, vec![], 0) else { panic!("a publication") };
        publication.roster = vec![head(1)];
        publication.head_count = Some(3);
        let first = (1, Decision::Publish(publication));
        let more = |of: u8, roster: Vec<crate::ids::ChangeHash>| Decision::PublishedHeads {
            publication: RulingId([of; 8]),
            event: vec![head(9)],
            roster,
            rulings: Vec::new(),
        };
        assert!(!published(&[first.clone(), (2, more(7, vec![head(2)]))])[0].complete, "those are of another");
        let [whole] = &published(&[first, (2, more(1, vec![head(2)]))])[..] else { panic!("one report") };
        let Publication { event, roster, .. } = &whole.publication;
        assert_eq!((&event[..], &roster[..], whole.complete), (&[head(9)][..], &[head(1), head(2)][..], true));
    }

    #[test]
    fn a_retracted_report_is_not_listed_and_supersedes_nothing() {
        let rulings = [(1, publish(1, vec![], 0)), (2, publish(2, vec![], 0))];
        let [first, second] = &published(&rulings)[..] else { panic!("two reports") };
        assert_eq!((first.superseded_by, second.superseded_by), (Some(RulingId([2; 8])), None));
        let [one, two] = rulings;
        let [left] = &published(&[one, two, (3, Decision::Retract(RulingId([2; 8])))])[..] else { panic!("one") };
        assert_eq!((left.publication.number, left.superseded_by), (1, None));
    }
}
