//! Which rulings hold.
//!
//! A retraction cancels every decision of the ruling it names, except a retraction: so whatever organizers write,
//! nothing depends on an order and nothing goes round in circles. To undo a retraction, rule again.

use std::collections::{BTreeMap, BTreeSet};

use super::Elsewhere;
use super::ledger::Ledger;
use crate::documents::rulings::{Decision, RequestOutcome, Rulings};
use crate::ids::{EntryRef, RulingId, Subject};
use crate::time::UnixMillis;

/// Decisions that nobody retracted.
#[derive(Default)]
pub(super) struct Decisions {
    /// What was ruled on a pair, the smaller subject first. Nobody is a pair with themselves.
    pub pairs: BTreeMap<(Subject, Subject), PairRulings>,
    /// Entries that have no effect, because an organizer voided them.
    pub voided: Vec<EntryRef>,
    /// Time that somebody vouches for.
    pub manual: Vec<ManualTime>,
    /// Who and day since 1970-01-01, and how much imputed time somebody saw who confirmed it: the most that anybody saw.
    pub confirmed: BTreeMap<(Subject, i64), Seen>,
    /// Remote work that somebody approved, and the ruling that does.
    pub approved: BTreeMap<EntryRef, RulingId>,
    /// How requests were answered: of several answers, the one of the greatest ruling.
    pub answers: BTreeMap<EntryRef, (RulingId, RequestOutcome)>,
    /// Who is one human being with whom of another event.
    pub elsewhere: BTreeSet<Elsewhere>,
    /// Rulings that nobody retracted.
    pub standing: BTreeSet<RulingId>,
}

/// How much of a day's imputed time was seen by who confirmed it. The greater confirms more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    Ms(u64),
    /// All imputed time of the day.
    All,
}

/// The rulings on one pair of subjects.
#[derive(Default)]
pub(super) struct PairRulings {
    pub same: Vec<RulingId>,
    pub not_same: Vec<RulingId>,
}

/// Presence that no entry shows.
pub(super) struct ManualTime {
    pub subject: Subject,
    pub start: UnixMillis,
    pub end: UnixMillis,
    pub ruling: RulingId,
    /// The entry that was approved, if it is remote work.
    pub remote: Option<EntryRef>,
}

impl Decisions {
    /// Sorts out the decisions that hold.
    pub(super) fn standing(rulings: &Rulings) -> Self {
        let all =
            || rulings.by_id.iter().flat_map(|(id, values)| values.iter().map(|each| (*id, &each.value.decision)));
        let retracted: BTreeSet<RulingId> = all()
            .filter_map(|(_, decision)| match decision {
                Decision::Retract(id) => Some(*id),
                _ => None,
            })
            .collect();
        let mut decisions = Self::default();
        for (id, decision) in all().filter(|(id, _)| !retracted.contains(id)) {
            decisions.standing.insert(id);
            decisions.take(id, decision);
        }
        decisions
    }

    /// Takes what was ruled on a copy of an entry as ruled on the entry: see [`Ledger`].
    pub(super) fn settle_copies(&mut self, ledger: &Ledger<'_>) {
        let approved = std::mem::take(&mut self.approved);
        for (entry, ruling) in approved {
            self.approved
                .entry(ledger.original_of(entry))
                .and_modify(|first| *first = ruling.min(*first))
                .or_insert(ruling);
        }
        let answers = std::mem::take(&mut self.answers);
        for (entry, answer) in answers {
            let entry = ledger.original_of(entry);
            let given = self.answers.entry(entry).or_insert(answer);
            *given = answer.max(*given);
        }
    }

    fn take(&mut self, ruling: RulingId, decision: &Decision) {
        match decision.clone() {
            Decision::Same(a, b) if a != b => self.pair(a, b).same.push(ruling),
            Decision::NotSame(a, b) if a != b => self.pair(a, b).not_same.push(ruling),
            Decision::Same(..) | Decision::NotSame(..) | Decision::Retract(_) => {}
            Decision::Void(entry) => self.voided.push(entry),
            Decision::Manual { subject, start, end, .. } => {
                self.manual.push(ManualTime { subject, start, end, ruling, remote: None });
            }
            Decision::Confirm { subject, day, imputed_ms } => {
                let seen = imputed_ms.map_or(Seen::All, Seen::Ms);
                let most = self.confirmed.entry((subject, day)).or_insert(seen);
                *most = seen.max(*most);
            }
            Decision::Approve(entry) => drop(self.approved.entry(entry).or_insert(ruling)),
            Decision::Answer { request, outcome } => drop(self.answers.insert(request, (ruling, outcome))),
            Decision::SameElsewhere { subject, event, other } => {
                self.elsewhere.insert(Elsewhere { subject, event, there: other });
            }
            Decision::Publish(_) | Decision::PublishedLogs { .. } | Decision::PublishedHeads { .. } => {}
        }
    }

    fn pair(&mut self, a: Subject, b: Subject) -> &mut PairRulings {
        self.pairs.entry((a.min(b), a.max(b))).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::rulings::Ruling;
    use crate::view::fixtures::{AIDA, BOLAT, Office, Phone, day, minutes, view, written};

    #[test]
    fn a_retracted_ruling_has_no_effect_and_a_retraction_stays() {
        let mut north = Phone::anchored(1);
        let check_in = north.checks_in("18 09:00", AIDA);
        north.checks_out("18 10:00", AIDA);
        let mut office = Office::default();
        let rulings = [
            office.rules(Decision::Same(AIDA, BOLAT)),
            office.rules(Decision::Void(check_in)),
            office.grants(AIDA, "18 12:00", "18 13:00"),
            office.confirms(AIDA, 18),
        ];
        let retractions = rulings.map(|ruling| office.rules(Decision::Retract(ruling)));
        for retraction in retractions {
            office.rules(Decision::Retract(retraction));
        }
        let view = view(&[&north], &office);
        assert_eq!(minutes(day(&view, AIDA, 18)), [60, 0, 0, 60]);
        assert_eq!(view.classes.joined().count(), 0);
        assert!(!day(&view, AIDA, 18).confirmed);
    }

    #[test]
    fn rulings_that_retract_themselves_and_each_other_are_read_all_the_same() {
        let mut office = Office::default();
        let own = RulingId([0; 8]);
        assert_eq!(office.rules(Decision::Retract(own)), own);
        office.rules(Decision::Retract(RulingId([2; 8])));
        office.rules(Decision::Retract(RulingId([1; 8])));
        office.rules(Decision::Retract(RulingId([99; 8])));
        assert_eq!(view(&[], &office), view(&[], &Office::default()));
    }

    #[test]
    fn of_several_decisions_under_one_id_all_hold_until_the_id_is_retracted() {
        let (one, two) = (RulingId([1; 8]), RulingId([2; 8]));
        let ruled = |decision| written(Ruling { decision, reason: String::new() });
        let mut rulings = Rulings::default();
        let both = vec![ruled(Decision::Same(AIDA, BOLAT)), ruled(Decision::NotSame(BOLAT, AIDA))];
        rulings.by_id.insert(one, both);
        let held = Decisions::standing(&rulings);
        let pair = &held.pairs[&(AIDA, BOLAT)];
        assert_eq!((&pair.same[..], &pair.not_same[..]), (&[one][..], &[one][..]));
        rulings.by_id.insert(two, vec![ruled(Decision::Retract(one))]);
        assert!(Decisions::standing(&rulings).pairs.is_empty());
    }
}
