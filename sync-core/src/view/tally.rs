//! Contributions, summed by what somebody asks for.
//!
//! Time and outputs add up: the parts of a breakdown sum to the whole. Human beings do not: someone who was at two
//! sites is one of the people of each, and one in the whole. Someone of two categories counts in both with all
//! their time, so that breakdown alone is marked as overlapping.

use std::collections::{BTreeMap, BTreeSet};

use super::contribution::Contribution;
use super::figures::Figures;
use crate::ids::Subject;

/// What sums can be broken down by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Where people come from; for cards, where the event belongs.
    Region,
    /// Who sends people; for cards, who sends the team, or holds the event.
    Organisation,
    /// Participant categories. Those of one person overlap.
    Category,
    /// The team to which people and cards belong.
    Team,
    /// Sites: time counts where it began.
    Site,
    /// Dates of the event's time zone.
    Day,
}

impl Dimension {
    /// Every dimension, in the order of a report.
    pub const ALL: &[Self] = &[Self::Region, Self::Organisation, Self::Category, Self::Team, Self::Site, Self::Day];

    /// The dimension's stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Organisation => "organisation",
            Self::Category => "category",
            Self::Team => "team",
            Self::Site => "site",
            Self::Day => "day",
        }
    }

    /// The inverse of [`Dimension::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dimension| dimension.key() == key)
    }

    /// In which parts a contribution counts; `None` is the part of which nobody said which it is.
    pub(super) fn keys_of(self, one: &Contribution) -> Vec<Option<String>> {
        match self {
            Self::Region => vec![one.region.clone()],
            Self::Organisation => vec![one.organisation.clone()],
            Self::Team => vec![one.team.clone()],
            Self::Site => vec![one.site.clone()],
            Self::Day => vec![Some(one.date.to_string())],
            Self::Category if one.categories.is_empty() => vec![None],
            Self::Category => one.categories.iter().cloned().map(Some).collect(),
        }
    }
}

/// Sums of one part.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Part {
    /// Which part; `None` is the part of which nobody said which it is, or the whole.
    pub key: Option<String>,
    /// Human beings who were seen at a gate.
    pub attended: u64,
    /// Human beings who attended or have hours.
    pub people: u64,
    /// Of `people`, those who may be under age.
    pub minors: u64,
    /// Of `people`, those who count as silver volunteers.
    pub silver: u64,
    /// Human beings who took part in deeds; counted apart from `people`.
    pub deed_people: u64,
    /// The sums of this part.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Sums by one dimension.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Breakdown {
    /// The dimension by which the parts are told apart.
    pub dimension: Dimension,
    /// By key; the part without one first.
    pub parts: Vec<Part>,
    /// What adds up counts in several parts: they sum to more than the whole.
    pub overlapping: bool,
}

impl Breakdown {
    pub(super) fn of<H: Ord + Copy>(dimension: Dimension, tallies: BTreeMap<Option<String>, Tally<H>>) -> Self {
        let parts = tallies.into_iter().map(|(key, tally)| tally.part(key)).collect();
        Self { dimension, parts, overlapping: dimension == Dimension::Category }
    }
}

/// Sums in the making. `H` names human beings.
pub(super) struct Tally<H> {
    attended: BTreeSet<H>,
    people: BTreeSet<H>,
    minors: BTreeSet<H>,
    silver: BTreeSet<H>,
    deed_people: BTreeSet<H>,
    figures: Figures,
}

impl<H> Default for Tally<H> {
    fn default() -> Self {
        let none = BTreeSet::new;
        Self {
            attended: none(),
            people: none(),
            minors: none(),
            silver: none(),
            deed_people: none(),
            figures: Figures::default(),
        }
    }
}

impl<H: Ord + Copy> Tally<H> {
    /// Adds a contribution. `who` names the human being behind a class, and tells whether they are a minor and silver.
    pub(super) fn add(&mut self, one: &Contribution, who: impl Fn(Subject) -> (H, bool, bool)) {
        self.figures.add(&one.figures);
        self.deed_people.extend(one.participants.iter().map(|class| who(*class).0));
        let Some((human, is_minor, is_silver)) = one.class.map(&who) else { return };
        let figures = &one.figures;
        if !one.attendance && figures.manual_ms == 0 {
            return;
        }
        self.people.insert(human);
        if one.attendance {
            self.attended.insert(human);
        }
        if is_minor {
            self.minors.insert(human);
        }
        if is_silver {
            self.silver.insert(human);
        }
    }

    pub(super) fn part(self, key: Option<String>) -> Part {
        Part {
            key,
            attended: self.attended.len() as u64,
            people: self.people.len() as u64,
            minors: self.minors.len() as u64,
            silver: self.silver.len() as u64,
            deed_people: self.deed_people.len() as u64,
            figures: self.figures,
        }
    }
}
