//! What is counted, and sums of it. They saturate.

use std::collections::BTreeMap;

use super::hours::PersonDay;
use crate::documents::log::{LitterCard, PlantingCard};

/// Everything that adds up: time and outputs, but not people.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Figures {
    /// Time between check-ins and check-outs.
    pub observed_ms: u64,
    /// Time with one end taken from the opening hours.
    pub imputed_ms: u64,
    /// Time that organizers granted.
    pub manual_ms: u64,
    /// Observed and manual time, and confirmed imputed time.
    pub verified_ms: u64,
    /// Full bags of litter.
    pub bags: u64,
    /// Weight of litter, in grams.
    pub grams: u64,
    /// Volume of litter, in litres.
    pub litres: u64,
    /// Length of cleaned shore.
    pub metres: u64,
    /// How many seedlings were planted.
    pub seedlings: u64,
    /// The planted area, in square metres.
    pub square_metres: u64,
    /// How many deeds of many people were noted.
    pub deeds: u64,
    /// Pieces of litter by category.
    pub items: BTreeMap<String, u64>,
}

/// One figure of [`Figures`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Figure {
    /// See [`Figures::observed_ms`].
    Observed,
    /// See [`Figures::imputed_ms`].
    Imputed,
    /// See [`Figures::manual_ms`].
    Manual,
    /// See [`Figures::verified_ms`].
    Verified,
    /// See [`Figures::bags`].
    Bags,
    /// See [`Figures::grams`].
    Grams,
    /// See [`Figures::litres`].
    Litres,
    /// See [`Figures::metres`].
    Metres,
    /// See [`Figures::seedlings`].
    Seedlings,
    /// See [`Figures::square_metres`].
    SquareMetres,
    /// See [`Figures::deeds`].
    Deeds,
    /// Pieces of one category of litter.
    Items(String),
}

impl Figure {
    const PLAIN: [(&'static str, Self); 11] = [
        ("observed", Self::Observed),
        ("imputed", Self::Imputed),
        ("manual", Self::Manual),
        ("verified", Self::Verified),
        ("bags", Self::Bags),
        ("grams", Self::Grams),
        ("litres", Self::Litres),
        ("metres", Self::Metres),
        ("seedlings", Self::Seedlings),
        ("square_metres", Self::SquareMetres),
        ("deeds", Self::Deeds),
    ];

    /// The figure of that name; `items: CATEGORY` is a category of litter.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        if let Some(category) = key.strip_prefix("items:") {
            return Some(Self::Items(category.trim().to_owned()));
        }
        Self::PLAIN.into_iter().find(|(name, _)| *name == key).map(|(_, figure)| figure)
    }

    /// The names that [`Figure::from_key`] knows.
    pub fn keys() -> impl Iterator<Item = &'static str> {
        Self::PLAIN.into_iter().map(|(name, _)| name)
    }
}

impl Figures {
    /// The value of one figure.
    #[must_use]
    pub fn get(&self, figure: &Figure) -> u64 {
        match figure {
            Figure::Observed => self.observed_ms,
            Figure::Imputed => self.imputed_ms,
            Figure::Manual => self.manual_ms,
            Figure::Verified => self.verified_ms,
            Figure::Bags => self.bags,
            Figure::Grams => self.grams,
            Figure::Litres => self.litres,
            Figure::Metres => self.metres,
            Figure::Seedlings => self.seedlings,
            Figure::SquareMetres => self.square_metres,
            Figure::Deeds => self.deeds,
            Figure::Items(category) => self.items.get(category).copied().unwrap_or_default(),
        }
    }

    /// Adds all of `more`.
    pub fn add(&mut self, more: &Self) {
        let sums = [
            (&mut self.observed_ms, more.observed_ms),
            (&mut self.imputed_ms, more.imputed_ms),
            (&mut self.manual_ms, more.manual_ms),
            (&mut self.verified_ms, more.verified_ms),
            (&mut self.bags, more.bags),
            (&mut self.grams, more.grams),
            (&mut self.litres, more.litres),
            (&mut self.metres, more.metres),
            (&mut self.seedlings, more.seedlings),
            (&mut self.square_metres, more.square_metres),
            (&mut self.deeds, more.deeds),
        ];
        for (sum, value) in sums {
            *sum = sum.saturating_add(value);
        }
        for (category, count) in &more.items {
            let sum = self.items.entry(category.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
    }

    pub(super) fn of_day(day: &PersonDay) -> Self {
        let PersonDay { observed_ms, imputed_ms, manual_ms, verified_ms, .. } = *day;
        Self { observed_ms, imputed_ms, manual_ms, verified_ms, ..Self::default() }
    }

    pub(super) fn of_litter(card: &LitterCard) -> Self {
        Self {
            bags: card.bags.into(),
            grams: card.grams,
            litres: card.litres,
            metres: card.metres,
            items: card.items.iter().map(|(category, count)| (category.clone(), u64::from(*count))).collect(),
            ..Self::default()
        }
    }

    pub(super) fn of_planting(card: &PlantingCard) -> Self {
        Self { seedlings: card.seedlings.into(), square_metres: card.square_metres, ..Self::default() }
    }
}
