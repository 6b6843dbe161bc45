//! Each card by itself, for those who hand counts on to others.

use std::borrow::Borrow;

use super::clock::Clocks;
use super::dates::Dates;
use super::decisions::Decisions;
use super::found::Found;
use super::ledger::Ledger;
use crate::documents::event::EventInfo;
use crate::documents::log::{LitterCard, Log, PlantingCard, Record};
use crate::documents::rulings::Rulings;

/// A count from the field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Card {
    /// A count of litter.
    Litter(LitterCard),
    /// A count of seedlings.
    Planting(PlantingCard),
}

/// Lists the cards that count, by time and entry: neither undone by their device nor voided by an organizer.
#[must_use]
pub fn cards(event: &EventInfo, logs: &[impl Borrow<Log>], rulings: &Rulings) -> Vec<Found<Card>> {
    let decisions = Decisions::standing(rulings);
    let ledger = Ledger::read(logs.iter().map(Borrow::borrow).collect(), &decisions.voided);
    let clocks = Clocks::of(&ledger, &Dates::of(event));
    let counted = ledger.entries().filter_map(|standing| {
        let what = match &standing.entry.record {
            Record::LitterCard(card) => Card::Litter(card.clone()),
            Record::PlantingCard(card) => Card::Planting(card.clone()),
            _ => return None,
        };
        Some(Found { what, time: clocks.time_of(&standing), entry: standing.at })
    });
    let mut cards: Vec<Found<Card>> = counted.collect();
    cards.sort_unstable_by_key(|card| (card.time.at, card.entry));
    cards
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::rulings::Decision;
    use crate::view::fixtures::{Office, Phone, event};

    #[test]
    fn a_card_counts_unless_it_was_undone_or_voided() {
        let mut north = Phone::anchored(1);
        let litter = |bags| Record::LitterCard(LitterCard { bags, ..LitterCard::default() });
        let mistake = north.records("18 09:00", litter(1));
        let doubtful = north.records("18 09:10", litter(2));
        let planted = north.records("18 11:00", Record::PlantingCard(PlantingCard::default()));
        let kept = north.records("18 10:00", litter(3));
        north.undoes("18 11:01", mistake);
        let mut office = Office::default();
        office.rules(Decision::Void(doubtful));
        let listed: Vec<_> =
            cards(&event(), &[north.log.clone()], &office.rulings).into_iter().map(|card| card.entry).collect();
        assert_eq!(listed, [kept, planted]);
    }
}
