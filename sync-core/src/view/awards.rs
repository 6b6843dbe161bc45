//! «Волонтёр года»: a shortlist by verified hours, with its evidence and the exact query.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::hours::as_text;
use super::{EventView, PersonDay};
use crate::ids::{EntryRef, RulingId, Subject};

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AwardsQuery {
    /// The first day that counts; `None`: from the beginning.
    pub from: Option<Date>,
    /// The last day that counts; `None`: to the end.
    pub until: Option<Date>,
    /// Whoever has less verified time is left out.
    pub at_least_ms: u64,
    /// How many are shortlisted; more, if the last of them have equal hours.
    pub most: usize,
}

/// Written so that whoever reads the dossier can ask the same again.
impl serde::Serialize for AwardsQuery {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut query = serializer.serialize_struct("AwardsQuery", 4)?;
        query.serialize_field("from", &self.from.map(|date| date.to_string()))?;
        query.serialize_field("until", &self.until.map(|date| date.to_string()))?;
        query.serialize_field("at_least_ms", &self.at_least_ms)?;
        query.serialize_field("most", &self.most)?;
        query.end()
    }
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Shortlist {
    /// What was asked.
    pub query: AwardsQuery,
    /// By rank, then by person.
    pub candidates: Vec<Candidate>,
    /// Who has the hours, but about whom people still say different things. By person.
    pub excluded: Vec<Subject>,
}

/// Somebody with enough hours.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Candidate {
    /// From 1; equal hours have one rank.
    pub rank: usize,
    /// Who: the leader of a class.
    pub class: Subject,
    /// What counts in all.
    pub verified_ms: u64,
    /// What that rests on.
    pub days: Vec<Evidence>,
}

/// One day of a candidate.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Evidence {
    /// When.
    #[serde(serialize_with = "as_text")]
    pub date: Date,
    /// What counts.
    pub verified_ms: u64,
    /// The entries that show it.
    pub entries: Vec<EntryRef>,
    /// The rulings that grant some of it.
    pub rulings: Vec<RulingId>,
    /// Whether an organizer confirmed imputed time.
    pub confirmed: bool,
}

impl EventView {
    /// Shortlists people by verified hours. Whoever is part of an open conflict is excluded and named.
    #[must_use]
    pub fn shortlist(&self, query: AwardsQuery) -> Shortlist {
        let counts = |day: &PersonDay| {
            query.from.is_none_or(|from| day.date >= from) && query.until.is_none_or(|until| day.date <= until)
        };
        let disputed = self.disputed();
        let (mut candidates, mut excluded) = (Vec::new(), Vec::new());
        for of_class in self.days.chunk_by(|a, b| a.class == b.class) {
            let class = of_class[0].class;
            let counted = of_class.iter().filter(|day| counts(day) && day.verified_ms > 0);
            let days: Vec<Evidence> = counted.map(evidence).collect();
            let verified_ms = days.iter().fold(0, |sum: u64, day| sum.saturating_add(day.verified_ms));
            if verified_ms < query.at_least_ms.max(1) {
                continue;
            }
            if disputed.contains(&class) {
                excluded.push(class);
            } else {
                candidates.push(Candidate { rank: 0, class, verified_ms, days });
            }
        }
        candidates.sort_by_key(|one| (std::cmp::Reverse(one.verified_ms), one.class));
        Shortlist { query, candidates: ranked(candidates, query.most), excluded }
    }

    /// Whoever is part of an open conflict.
    fn disputed(&self) -> BTreeSet<Subject> {
        let fields = self.field_conflicts.iter().map(|conflict| Subject::Person(conflict.person));
        let pairs = self.ruling_conflicts.iter().flat_map(|conflict| [conflict.a, conflict.b]);
        fields.chain(pairs).map(|subject| self.class_of(subject)).collect()
    }
}

fn evidence(day: &PersonDay) -> Evidence {
    let counted = day.sessions.iter();
    Evidence {
        date: day.date,
        verified_ms: day.verified_ms,
        entries: counted.clone().flat_map(|session| &session.evidence).copied().collect(),
        rulings: counted.filter_map(|session| session.ruling).collect(),
        confirmed: day.confirmed,
    }
}

fn ranked(mut candidates: Vec<Candidate>, most: usize) -> Vec<Candidate> {
    let mut rank = 1;
    for at in 0..candidates.len() {
        if at > 0 && candidates[at].verified_ms < candidates[at - 1].verified_ms {
            rank = at + 1;
        }
        candidates[at].rank = rank;
    }
    candidates.retain(|one| one.rank <= most);
    candidates
}
