//! Who is one human being: the equivalence classes that organizers' rulings make.

use std::collections::BTreeMap;

use super::decisions::PairRulings;
use crate::ids::Subject;

/// Subjects that are one human being under several ids.
///
/// A class is known by its leader: the smallest person of the roster, or else the smallest walk-in. Whoever no
/// ruling joins to another is a class alone and is not listed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Classes {
    leaders: BTreeMap<Subject, Subject>,
    members: BTreeMap<Subject, Vec<Subject>>,
}

impl Classes {
    /// Joins the pairs that are ruled the same and not also ruled not the same.
    ///
    /// Two subjects whom a `not_same` parts may still meet through a third: that ruling speaks of its own edge.
    pub(super) fn of(pairs: &BTreeMap<(Subject, Subject), PairRulings>) -> Self {
        let mut neighbours: BTreeMap<Subject, Vec<Subject>> = BTreeMap::new();
        for ((a, b), _) in pairs.iter().filter(|(_, ruled)| !ruled.same.is_empty() && ruled.not_same.is_empty()) {
            neighbours.entry(*a).or_default().push(*b);
            neighbours.entry(*b).or_default().push(*a);
        }
        let mut classes = Self::default();
        for leader in neighbours.keys() {
            if !classes.leaders.contains_key(leader) {
                classes.gather(*leader, &neighbours);
            }
        }
        classes
    }

    fn gather(&mut self, leader: Subject, neighbours: &BTreeMap<Subject, Vec<Subject>>) {
        let mut members = vec![leader];
        self.leaders.insert(leader, leader);
        let mut next = 0;
        while let Some(member) = members.get(next) {
            for neighbour in neighbours.get(member).into_iter().flatten() {
                if self.leaders.insert(*neighbour, leader).is_none() {
                    members.push(*neighbour);
                }
            }
            next += 1;
        }
        members.sort_unstable();
        self.members.insert(leader, members);
    }

    /// The leader of the class of `subject`, who may be alone in it.
    #[must_use]
    pub fn leader_of(&self, subject: Subject) -> Subject {
        self.leaders.get(&subject).copied().unwrap_or(subject)
    }

    /// Everyone in the class of `subject`, in ascending order.
    #[must_use]
    pub fn members_of(&self, subject: Subject) -> Vec<Subject> {
        self.members.get(&self.leader_of(subject)).cloned().unwrap_or_else(|| vec![subject])
    }

    /// The classes of several subjects, by leader, with their members in ascending order.
    pub fn joined(&self) -> impl Iterator<Item = (Subject, &[Subject])> {
        self.members.iter().map(|(leader, members)| (*leader, members.as_slice()))
    }
}

/// Written as a map from each leader to the members.
impl serde::Serialize for Classes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.members.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use crate::documents::rulings::Decision::{NotSame, Same};
    use crate::ids::Subject;
    use crate::view::fixtures::{AIDA, BOLAT, GUEST, Office, Phone, STRANGER, day, minutes, view};

    #[test]
    fn a_walk_in_joined_to_someone_on_the_roster_is_known_by_the_roster_and_their_hours_are_the_union() {
        let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
        north.checks_in("18 09:00", GUEST);
        harbour.checks_in("18 10:00", AIDA);
        north.checks_out("18 11:00", GUEST);
        harbour.checks_out("18 11:10", AIDA);
        let mut office = Office::default();
        office.rules(Same(GUEST, AIDA));
        let view = view(&[&north, &harbour], &office);
        assert_eq!(view.class_of(GUEST), AIDA);
        assert_eq!(view.classes.members_of(GUEST), [AIDA, GUEST]);
        assert_eq!(minutes(day(&view, GUEST, 18)), [130, 0, 0, 130]);
        assert_eq!((view.days.len(), view.totals.attended), (1, 1));
    }

    #[test]
    fn the_same_of_the_same_is_the_same_and_the_smallest_id_leads() {
        let mut office = Office::default();
        office.rules(Same(STRANGER, GUEST));
        let both = view(&[], &office);
        assert_eq!((both.class_of(STRANGER), both.class_of(AIDA)), (GUEST, AIDA));
        office.rules(Same(BOLAT, STRANGER));
        office.rules(Same(GUEST, AIDA));
        let all = view(&[], &office);
        let members: Vec<(Subject, &[Subject])> = all.classes.joined().collect();
        assert_eq!(members, [(AIDA, &[AIDA, BOLAT, GUEST, STRANGER][..])]);
    }

    #[test]
    fn a_pair_ruled_both_ways_is_not_joined_but_listed() {
        let mut office = Office::default();
        let same = office.rules(Same(GUEST, AIDA));
        let not_same = office.rules(NotSame(AIDA, GUEST));
        office.rules(NotSame(AIDA, BOLAT));
        let view = view(&[], &office);
        assert_eq!(view.class_of(GUEST), GUEST);
        let [conflict] = &view.ruling_conflicts[..] else { panic!("one pair is ruled both ways") };
        assert_eq!((conflict.a, conflict.b), (AIDA, GUEST));
        assert_eq!((&conflict.same[..], &conflict.not_same[..]), (&[same][..], &[not_same][..]));
    }

    #[test]
    fn nobody_is_in_conflict_with_themselves() {
        let mut office = Office::default();
        office.rules(Same(AIDA, AIDA));
        office.rules(NotSame(AIDA, AIDA));
        assert_eq!(view(&[], &office), view(&[], &Office::default()));
    }
}
