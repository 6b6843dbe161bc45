//! Pairs of records that may be one human being, with a score and the reasons.
//!
//! Owns which pairs an organizer is asked about and what speaks for and against each. Deliberately joins nobody: that
//! takes a ruling. The same records give the same pairs, to the byte, in any order and on every platform: scores are
//! integers.
//!
//! A score weighs how often chance alone would make two records look so much alike, after Fellegi and Sunter (1969):
//! a rare name, a year, a patronymic or a telephone number that two records share speaks for one human being by the
//! more, the fewer others share it.

mod blocks;
mod census;
mod evidence;
mod links;
mod phone;
mod traits;
mod weigh;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::EventView;
use super::decisions::Decisions;
use crate::documents::roster::{ExternalId, PersonName, Roster};
use crate::documents::rulings::Rulings;
use crate::ids::{RulingId, Subject};
use crate::time::UnixMillis;

pub use evidence::{Evidence, Noted, PairRuling, Said, Seen, Statement, evidence};
pub use weigh::Reason;

use traits::Traits;

/// From this score on, an organizer is asked.
pub const LIKELY: u16 = 500;

/// What one record says of a human being, as far as it is compared.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a, W> {
    /// The person or walk-in whose record it is.
    pub who: W,
    /// When somebody registered them; `None` for who was expected.
    pub since: Option<UnixMillis>,
    /// Spellings of the name.
    pub names: &'a [PersonName],
    /// The telephone number, as it was given.
    pub phone: Option<&'a str>,
    /// The Gregorian year in which they were born.
    pub birth_year: Option<u16>,
    /// The organisation to which they belong.
    pub organisation: Option<&'a str>,
    /// Their ids in registers and lists.
    pub external_ids: &'a [ExternalId],
}

/// Two records that may be one human being.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Pair<W> {
    /// The record with the smaller id.
    pub a: W,
    /// The record with the greater id.
    pub b: W,
    /// From [`LIKELY`] to 1000; 0 where nothing but a ruling speaks of the pair.
    pub score: u16,
    /// Whether better pairs already join the two, so that ruling on those settles this one, too: nobody needs to be asked.
    pub follows: bool,
    /// What speaks for and against it.
    pub reasons: Vec<Weight>,
}

/// What one reason adds to a score.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Weight {
    /// What speaks for or against the pair.
    pub reason: Reason,
    /// In points of the score; negative where it speaks against the pair.
    pub points: i16,
}

/// What a search for pairs came to.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Pairs<W> {
    /// The best first, then by the records' order.
    pub found: Vec<Pair<W>>,
    /// How many records stand in a crowd that is alike in everything and too large to be compared pair by pair: there
    /// each was held against its neighbours only, and a pair may be missing.
    pub crowded: u32,
}

/// Records that were read and not yet compared: what a search needs, without the documents it came from.
pub struct Gathered<W> {
    owners: Vec<W>,
    traits: Vec<Traits>,
}

/// Reads `records`, in any order; of several with one `who`, the earliest counts.
#[must_use]
pub fn gather<'a, W: Copy + Ord>(records: impl IntoIterator<Item = Record<'a, W>>) -> Gathered<W> {
    let mut all: Vec<(W, Traits)> = records.into_iter().map(|record| (record.who, Traits::of(&record))).collect();
    all.sort_by(|(a, one), (b, other)| (a, one.since, one.typed).cmp(&(b, other.since, other.typed)));
    all.dedup_by_key(|(who, _)| *who);
    let (owners, traits) = all.into_iter().unzip();
    Gathered { owners, traits }
}

impl<W: Copy + Ord + Hash> Gathered<W> {
    /// Stands for everything that is compared, within one run of a program: records that give the same number give
    /// the same pairs.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.owners, &self.traits).hash(&mut hasher);
        hasher.finish()
    }
}

impl<W: Copy + Ord> Gathered<W> {
    /// Finds the pairs.
    ///
    /// The cost grows nearly in proportion to the records: only those are compared that share a word and part of
    /// another, the letters of a name, or the end of a telephone number, and of many that do, those that agree in more.
    #[must_use]
    pub fn find_pairs(self) -> Pairs<W> {
        let Self { owners, mut traits } = self;
        census::weigh_values(&mut traits);
        let blocks::Compared { mut links, crowded } = blocks::compare(&traits);
        links::mark_followers(&mut links, &traits);
        let found = links.into_iter().map(|link| Pair {
            a: owners[link.a as usize],
            b: owners[link.b as usize],
            score: link.score,
            follows: link.follows,
            reasons: weigh::reasons(&traits[link.a as usize], &traits[link.b as usize]),
        });
        let mut found: Vec<Pair<W>> = found.collect();
        found.sort_by(|one, other| (other.score, one.a, one.b).cmp(&(one.score, other.a, other.b)));
        Pairs { found, crowded }
    }
}

/// A record that may be of the human being whom another record describes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alike<W> {
    /// The person or walk-in whose record it is.
    pub who: W,
    /// From [`LIKELY`] to 1000.
    pub score: u16,
    /// What speaks for and against it.
    pub reasons: Vec<Weight>,
}

impl<W: Copy + Ord> Gathered<W> {
    /// Finds whom `record`, which is none of those that were gathered, may describe: the likeliest first, then by the order of
    /// `W`. The score is the one that the pair will have once the record is among them.
    pub fn like(&mut self, record: &Record<'_, W>) -> Vec<Alike<W>> {
        self.traits.push(Traits::of(record));
        census::weigh_values(&mut self.traits);
        let Some(own) = self.traits.pop() else { return Vec::new() };
        let scored = self.owners.iter().zip(&self.traits).filter_map(|(who, other)| {
            let score = weigh::score(&own, other)?;
            Some(Alike { who: *who, score, reasons: weigh::reasons(&own, other) })
        });
        let mut alike: Vec<Alike<W>> = scored.collect();
        alike.sort_by_key(|one| (std::cmp::Reverse(one.score), one.who));
        alike
    }
}

/// Finds the pairs among `records`: see [`gather`] and [`Gathered::find_pairs`].
#[must_use]
pub fn find_pairs<'a, W: Copy + Ord>(records: impl IntoIterator<Item = Record<'a, W>>) -> Pairs<W> {
    gather(records).find_pairs()
}

/// A pair of an event, with what was ruled on it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Candidate {
    /// The two records, with their score.
    #[serde(flatten)]
    pub pair: Pair<Subject>,
    /// What organizers ruled about the pair so far.
    pub state: CandidateState,
}

/// What was decided about a pair.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateState {
    /// Nobody has ruled about it.
    Open,
    /// Rulings on other pairs make the two one.
    Joined,
    /// These rulings join them.
    Same(Vec<RulingId>),
    /// These rulings part them.
    NotSame(Vec<RulingId>),
    /// Both was ruled; until one side is retracted, neither holds.
    Contested {
        /// The rulings that join the two.
        same: Vec<RulingId>,
        /// The rulings that part the two.
        not_same: Vec<RulingId>,
    },
}

/// The candidate pairs of an event.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Candidates {
    /// The best first; pairs that somebody ruled on are among them, whatever their score.
    pub pairs: Vec<Candidate>,
    /// How many records were compared with their neighbours only: see [`Pairs::crowded`].
    pub crowded: u32,
}

/// Lists the candidate pairs over the roster and the walk-ins of `view`, which was projected from the same documents.
#[must_use]
pub fn candidates(roster: &Roster, view: &EventView, rulings: &Rulings) -> Candidates {
    with_rulings(&gather_people(roster, view).find_pairs(), view, rulings)
}

/// Reads the roster and the walk-ins of `view`, which was projected from the same documents. Whoever was erased is left
/// out: nothing is there to know them by.
#[must_use]
pub fn gather_people(roster: &Roster, view: &EventView) -> Gathered<Subject> {
    let listed = roster.people.iter().filter_map(|(id, record)| {
        let person = record.shown()?;
        Some(Record {
            who: Subject::Person(*id),
            since: None,
            names: person.names,
            phone: person.phone.as_deref(),
            birth_year: *person.birth_year,
            organisation: person.organisation.as_deref(),
            external_ids: person.external_ids,
        })
    });
    let registered = view.walk_ins.iter().map(|found| Record {
        who: Subject::WalkIn(found.what.id),
        since: Some(found.time.at),
        names: &found.what.names,
        phone: found.what.phone.as_deref(),
        birth_year: found.what.birth_year,
        organisation: found.what.organisation.as_deref(),
        external_ids: &[],
    });
    gather(listed.chain(registered).filter(|record| !roster.erased.contains(&record.who)))
}

/// Adds what was ruled to each pair, and the pairs that were ruled on without being found.
#[must_use]
pub fn with_rulings(pairs: &Pairs<Subject>, view: &EventView, rulings: &Rulings) -> Candidates {
    let mut ruled: BTreeMap<_, _> = Decisions::standing(rulings).pairs.into_iter().collect();
    let state = |a, b, ruled: Option<super::decisions::PairRulings>| match ruled {
        Some(ruled) if ruled.not_same.is_empty() => CandidateState::Same(ruled.same),
        Some(ruled) if ruled.same.is_empty() => CandidateState::NotSame(ruled.not_same),
        Some(ruled) => CandidateState::Contested { same: ruled.same, not_same: ruled.not_same },
        None if view.class_of(a) == view.class_of(b) => CandidateState::Joined,
        None => CandidateState::Open,
    };
    let listed = pairs
        .found
        .iter()
        .map(|pair| Candidate { state: state(pair.a, pair.b, ruled.remove(&(pair.a, pair.b))), pair: pair.clone() });
    let mut listed: Vec<Candidate> = listed.collect();
    listed.extend(ruled.into_iter().map(|((a, b), of_pair)| Candidate {
        pair: Pair { a, b, score: 0, follows: false, reasons: Vec::new() },
        state: state(a, b, Some(of_pair)),
    }));
    Candidates { pairs: listed, crowded: pairs.crowded }
}

#[cfg(test)]
mod tests;
