//! Litter cards in the columns of Ocean Conservancy's TIDES database, one row for each card.
//!
//! A card is a cleanup there. What TIDES asks and nobody recorded stays blank: coordinates, adults and children apart.
//! Categories that are no column of TIDES stand behind its own columns, each under its name after `Not in TIDES: `;
//! the total counts them too. Weight and length are converted from the card's own figure and rounded once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use sync_core::documents::log::LitterCard;
use sync_core::view::{Card, Found, cards};
use sync_core::words::Language;

use super::material::Material;
use super::sheet::{Cell, Column, Sheet};

/// The columns before the counts (TIDES / Clean Swell, newer export).
const ABOUT: [&str; 13] = [
    "Cleanup ID",
    "Zone",
    "State",
    "Country",
    "GPS",
    "Cleanup Type",
    "Cleanup Date",
    "Group Name",
    "Adults",
    "Children",
    "People",
    "Pounds",
    "Miles",
];

/// What is counted, in the order of TIDES.
const ITEMS: [&str; 33] = [
    "Cigarette butts",
    "Food wrappers (candy, chips, etc.)",
    "Food containers (plastic)",
    "Food containers (foam)",
    "Bottle caps (plastic)",
    "Lids (plastic)",
    "Straws/stirrers (plastic)",
    "Utensils (plastic)",
    "Beverage bottles (plastic)",
    "Beverage bottles (glass)",
    "Beverage cans",
    "Grocery bags (plastic)",
    "Cups, Plates (plastic)",
    "Cups, Plates (foam)",
    "Lines, nets, traps, ropes, etc.",
    "Other plastic/foam packaging",
    "Foam dock pieces",
    "Strapping bands",
    "Balloons",
    "Cigar tips",
    "Cigarette lighters",
    "Tobacco packaging/wrap",
    "Tobacco products (lighters, cigar tips, wrap)",
    "Foam packaging",
    "Clothing",
    "Electronic waste (phones, batteries)",
    "Footwear (shoes/slippers)",
    "Personal hygiene (Clean Swell)",
    "Gloves & masks (PPE)",
    "Plastic/foam pieces",
    "Other plastic waste",
    "Cotton bud sticks (swabs)",
    "Total Items Collected",
];

/// Other names under which cards count what TIDES has a column for.
const ALSO: &[(&str, &str)] = &[
    ("Окурки", "Cigarette butts"),
    ("Темекі тұқылы", "Cigarette butts"),
    ("Пластиковые бутылки", "Beverage bottles (plastic)"),
    ("Пластик бөтелке", "Beverage bottles (plastic)"),
    ("Plastic bottles", "Beverage bottles (plastic)"),
    ("Стеклянные бутылки", "Beverage bottles (glass)"),
    ("Шыны бөтелке", "Beverage bottles (glass)"),
    ("Glass bottles", "Beverage bottles (glass)"),
    ("Крышки", "Bottle caps (plastic)"),
    ("Қақпақ", "Bottle caps (plastic)"),
    ("Bottle caps", "Bottle caps (plastic)"),
    ("Банки", "Beverage cans"),
    ("Банка", "Beverage cans"),
    ("Cans", "Beverage cans"),
    ("Пакеты", "Grocery bags (plastic)"),
    ("Пакет", "Grocery bags (plastic)"),
    ("Plastic bags", "Grocery bags (plastic)"),
    ("Сети", "Lines, nets, traps, ropes, etc."),
    ("Ау", "Lines, nets, traps, ropes, etc."),
    ("Fishing line", "Lines, nets, traps, ropes, etc."),
    ("Fishing nets", "Lines, nets, traps, ropes, etc."),
    ("Одежда", "Clothing"),
    ("Киім", "Clothing"),
    ("Обувь", "Footwear (shoes/slippers)"),
    ("Аяқ киім", "Footwear (shoes/slippers)"),
    ("Маски и перчатки", "Gloves & masks (PPE)"),
];

const TOTAL: &str = "Total Items Collected";
const NOT_IN_TIDES: &str = "Not in TIDES: ";
const GRAMS_PER_POUND: f64 = 453.592_37;
const METRES_PER_MILE: f64 = 1_609.344;

/// Every litter card that counts.
pub(super) fn sheet(material: &Material<'_>) -> Sheet {
    let found = cards(material.event, material.logs, material.rulings);
    let litter: Vec<(&Found<Card>, &LitterCard)> = found
        .iter()
        .filter_map(|card| match &card.what {
            Card::Litter(litter) => Some((card, litter)),
            Card::Planting(_) => None,
        })
        .collect();
    let strange: BTreeSet<&str> = litter
        .iter()
        .flat_map(|(_, card)| card.items.keys().map(String::as_str))
        .filter(|category| column_of(category).is_none())
        .collect();
    let own = ABOUT.iter().chain(&ITEMS).map(|name| Cow::Borrowed(*name));
    let more = ["Bags", "Litres"].into_iter().map(Cow::Borrowed);
    let rest = strange.iter().map(|category| Cow::Owned(format!("{NOT_IN_TIDES}{category}")));
    let named = own.chain(more).chain(rest).map(|key| Column { width: 14, heading: Some(key.to_string()), key });
    let rows = litter.iter().map(|(found, card)| row(found, card, &strange, material)).collect();
    Sheet { key: "tides", is_of_others: true, columns: named.collect(), rows }
}

/// The column of TIDES in which a category is counted; case and blanks make no difference.
fn column_of(category: &str) -> Option<&'static str> {
    let plain =
        |text: &str| text.split_whitespace().flat_map(str::chars).flat_map(char::to_lowercase).collect::<String>();
    let wanted = plain(category);
    let direct = ITEMS.iter().copied().filter(|name| *name != TOTAL);
    let named = direct.map(|name| (name, name)).chain(ALSO.iter().copied());
    named.into_iter().find(|(name, _)| plain(name) == wanted).map(|(_, column)| column)
}

fn row(found: &Found<Card>, card: &LitterCard, strange: &BTreeSet<&str>, material: &Material<'_>) -> Vec<Cell> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (category, count) in &card.items {
        *counts.entry(column_of(category).unwrap_or(category)).or_default() += u64::from(*count);
    }
    let total: u64 = counts.values().sum();
    let count = |name: &str| counts.get(name).map_or(Cell::Empty, |count| Cell::Number(*count));
    let mut cells = about(found, card, material);
    cells.extend(ITEMS.iter().map(|name| match *name {
        TOTAL => Cell::Number(total),
        name => count(name),
    }));
    cells.extend([u64::from(card.bags), card.litres].map(Cell::Number));
    cells.extend(strange.iter().map(|category| count(category)));
    cells
}

fn about(found: &Found<Card>, card: &LitterCard, material: &Material<'_>) -> Vec<Cell> {
    let event = material.event;
    let team = card.team.as_ref().and_then(|key| event.teams.get(key));
    let group = team.and_then(|team| team.organisation.as_ref()).or(event.belonging.organisation.as_ref());
    let entry = &found.entry;
    vec![
        Cell::Text(format!("{}-{}-{}", entry.device, entry.incarnation, entry.counter)),
        Cell::text(material.site_name(&card.site, Language::En)),
        Cell::optional(event.belonging.region.as_ref()),
        Cell::text("Kazakhstan"),
        Cell::Empty,
        Cell::text("Land (beach, shoreline and inland) Cleanup"),
        Cell::Date(material.local(found.time.at).date()),
        Cell::optional(group.or(card.team.as_ref())),
        Cell::Empty,
        Cell::Empty,
        Cell::Number(u64::from(card.people)),
        Cell::Decimal(rounded(card.grams as f64 / GRAMS_PER_POUND)),
        Cell::Decimal(rounded(card.metres as f64 / METRES_PER_MILE)),
    ]
}

/// To three places behind the point.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_finds_its_column_by_any_of_its_names() {
        assert_eq!(column_of("bottle caps  (Plastic)"), Some("Bottle caps (plastic)"));
        assert_eq!(column_of("Окурки"), Some("Cigarette butts"));
        assert_eq!(column_of("Lids (metal)"), None);
        assert_eq!(column_of(TOTAL), None, "a card counts no totals");
        for (_, column) in ALSO {
            assert!(ITEMS.contains(column), "{column}");
        }
    }
}
