//! Invented people by the thousand, some of whom are registered twice, among others who look much like them.
//!
//! Who is who is known, so that it can be measured how many duplicates are found, and how many of those found are
//! none. The names are put together from common ones; spellings follow the published tables.

pub mod spell;
mod week;
mod words;

use std::collections::BTreeSet;

use sync_core::documents::roster::{ExternalId, PersonName};
use sync_core::time::UnixMillis;
use sync_core::view::duplicates::Record;

use crate::Chance;
use spell::{Script, mistype, spell};
use words::{FIRST_PARTS, MALE_ENDS, MEN, ORGANISATIONS, SECOND_PARTS, STEMS, WOMEN};

/// Somebody as one office registered them.
#[derive(Clone)]
pub struct Row {
    /// What they are called here.
    pub code: u32,
    /// When, if it was at a gate.
    pub since: Option<UnixMillis>,
    /// The name, in the one spelling that the record has.
    pub names: Vec<PersonName>,
    /// As it was typed.
    pub phone: Option<String>,
    /// The year of birth in the Gregorian calendar.
    pub year: Option<u16>,
    /// As it was typed.
    pub organisation: Option<String>,
    /// The place on the office's list.
    pub ids: Vec<ExternalId>,
}

impl Row {
    /// As it is compared.
    #[must_use]
    pub fn record(&self) -> Record<'_, u32> {
        Record {
            who: self.code,
            since: self.since,
            names: &self.names,
            phone: self.phone.as_deref(),
            birth_year: self.year,
            organisation: self.organisation.as_deref(),
            external_ids: &self.ids,
        }
    }
}

/// People, and which rows are one human being.
#[derive(Default)]
pub struct Crowd {
    /// The rows of all lists, in no order.
    pub rows: Vec<Row>,
    /// Every pair of rows of one human being, the smaller first.
    pub truth: BTreeSet<(u32, u32)>,
}

#[derive(Clone)]
struct Human {
    woman: bool,
    family: String,
    given: String,
    father: Option<String>,
    phone: Option<String>,
    year: u16,
    organisation: String,
}

impl Crowd {
    /// Draws about `size` rows. One human being in eleven is registered again; one in ten has a relative, a namesake
    /// or a colleague who looks like a duplicate and is none.
    #[must_use]
    pub fn seeded(seed: u64, size: usize) -> Self {
        let mut chance = Chance::seeded(seed);
        let mut crowd = Self::default();
        while crowd.rows.len() < size {
            let human = Human::drawn(&mut chance);
            crowd.register(&human, &mut chance);
            if chance.one_in(10) {
                let other = human.lookalike(&mut chance);
                crowd.register(&other, &mut chance);
            }
        }
        for at in (1..crowd.rows.len()).rev() {
            crowd.rows.swap(at, usize::try_from(chance.below(at as u64 + 1)).unwrap());
        }
        crowd
    }

    /// What is found of the truth, and what part of `found` is true.
    #[must_use]
    pub fn recall_and_precision(&self, found: &BTreeSet<(u32, u32)>) -> (f64, f64) {
        let hits = self.truth.intersection(found).count() as f64;
        (hits / self.truth.len() as f64, hits / found.len() as f64)
    }

    fn register(&mut self, human: &Human, chance: &mut Chance) {
        let first = self.add(human.on_a_list(chance));
        let mut known = vec![first];
        while known.len() < 4 && chance.one_in(if known.len() == 1 { 11 } else { 6 }) {
            let again = self.add(human.again(chance));
            self.truth.extend(known.iter().map(|other| (*other, again)));
            known.push(again);
        }
    }

    fn add(&mut self, mut row: Row) -> u32 {
        row.code = u32::try_from(self.rows.len()).unwrap();
        if row.since.is_none() {
            let issuer = row.organisation.clone().unwrap_or_default();
            row.ids = vec![ExternalId { issuer, value: row.code.to_string() }];
        }
        self.rows.push(row);
        self.rows.len() as u32 - 1
    }
}

/// Draws with the first much likelier than the last, as names are.
fn pick_common(chance: &mut Chance, all: &'static str) -> &'static str {
    let end = all.split('|').count() as u64;
    let at = chance.below(end).min(chance.below(end));
    all.split('|').nth(usize::try_from(at).unwrap()).unwrap()
}

fn pick_any(chance: &mut Chance, all: &'static str) -> &'static str {
    chance.pick(&all.split('|').collect::<Vec<_>>())
}

fn number(chance: &mut Chance) -> String {
    format!(
        "7{}{:07}",
        chance.pick(&["01", "02", "05", "07", "47", "71", "75", "76", "77", "78"]),
        chance.below(10_000_000)
    )
}

impl Human {
    fn drawn(chance: &mut Chance) -> Self {
        let woman = chance.one_in(2);
        let stem = match chance.below(3) {
            0 => pick_common(chance, STEMS).to_owned(),
            _ => format!("{}{}", pick_common(chance, FIRST_PARTS), pick_common(chance, SECOND_PARTS)),
        };
        let family = format!("{stem}{}", pick_common(chance, MALE_ENDS));
        let given = pick_common(chance, if woman { WOMEN } else { MEN }).to_owned();
        Self {
            woman,
            family,
            given,
            father: (!chance.one_in(8)).then(|| pick_common(chance, MEN).to_owned()),
            phone: (!chance.one_in(12)).then(|| number(chance)),
            year: 1950 + u16::try_from(chance.below(61)).unwrap(),
            organisation: pick_any(chance, ORGANISATIONS).to_owned(),
        }
    }

    /// Somebody else who looks like a duplicate.
    fn lookalike(&self, chance: &mut Chance) -> Self {
        let mut other = self.clone();
        let names = if other.woman { WOMEN } else { MEN };
        let mut another_name = || loop {
            let name = pick_common(chance, names);
            if name != self.given {
                break name.to_owned();
            }
        };
        match self.year % 5 {
            // A brother or a sister, on the family's telephone.
            0 => {
                other.given = another_name();
                other.year = self.year.saturating_add(2);
            }
            // A twin.
            1 => other.given = another_name(),
            // A child.
            2 => {
                other.given = another_name();
                other.father = (!self.woman).then(|| self.given.clone());
                other.year = self.year.saturating_sub(25);
            }
            // A namesake of another age.
            3 => {
                other.year = 1950 + (self.year - 1950 + 7) % 61;
                other.father = Some(pick_common(chance, MEN).to_owned());
                other.phone = Some(number(chance));
            }
            // A colleague on the office's telephone.
            _ => {
                let colleague = Self::drawn(chance);
                other = Self { phone: self.phone.clone(), organisation: self.organisation.clone(), ..colleague };
            }
        }
        other
    }

    fn on_a_list(&self, chance: &mut Chance) -> Row {
        let script = if chance.one_in(5) { chance.pick(&Script::ALL) } else { Script::Cyrillic };
        let mut row = self.written(script, chance);
        row.organisation = Some(self.organisation.clone());
        row.year = (!chance.one_in(50)).then_some(self.year);
        row
    }

    /// Registered a second time: at a gate, or on another office's list.
    fn again(&self, chance: &mut Chance) -> Row {
        let mut row = self.written(chance.pick(&Script::ALL), chance);
        row.names[0].patronymic = if chance.one_in(4) { row.names[0].patronymic.clone() } else { String::new() };
        if chance.one_in(6) {
            let part = if chance.one_in(2) { &mut row.names[0].family } else { &mut row.names[0].given };
            if part.chars().count() >= 5 {
                *part = mistype(part, chance);
            }
        }
        row.phone = match chance.below(20) {
            0..3 => None,
            3..6 => Some(number(chance)),
            _ => row.phone,
        };
        row.year = match chance.below(50) {
            0 | 1 => None,
            2 => Some(self.year + 1),
            _ => Some(self.year),
        };
        if chance.one_in(2) {
            row.since = Some(UnixMillis(1_780_000_000_000 + i64::try_from(chance.below(400_000_000)).unwrap()));
            let name = row.names[0].clone();
            let whole = if chance.one_in(2) {
                format!("{} {} {}", name.given, name.patronymic, name.family)
            } else {
                format!("{} {} {}", name.family, name.given, name.patronymic)
            };
            row.names = vec![PersonName { family: whole, ..PersonName::default() }];
        } else {
            row.organisation = Some(pick_any(chance, ORGANISATIONS).to_owned());
        }
        row
    }

    fn written(&self, script: Script, chance: &mut Chance) -> Row {
        let family = match self.woman && !self.family.ends_with("енко") {
            true => format!("{}а", self.family),
            false => self.family.clone(),
        };
        let patronymic = self.father.as_deref().map(|father| self.patronymic(father, chance)).unwrap_or_default();
        let name = PersonName {
            family: spell(&family, script),
            given: spell(&self.given, script),
            patronymic: spell(&patronymic, script),
            script: String::new(),
        };
        let phone = self.phone.as_deref().map(|digits| match chance.below(3) {
            0 => format!("+7{digits}"),
            1 => format!("8{digits}"),
            _ => format!("+7 ({}) {}-{}-{}", &digits[..3], &digits[3..6], &digits[6..8], &digits[8..]),
        });
        Row { code: 0, since: None, names: vec![name], phone, year: None, organisation: None, ids: Vec::new() }
    }

    fn patronymic(&self, father: &str, chance: &mut Chance) -> String {
        if chance.one_in(2) {
            return format!("{father}{}", if self.woman { "қызы" } else { "ұлы" });
        }
        let soft = father.ends_with(['й', 'ь', 'я']);
        let stem = if soft { &father[..father.len() - 2] } else { father };
        match (self.woman, soft) {
            (true, true) => format!("{stem}евна"),
            (true, false) => format!("{stem}овна"),
            (false, true) => format!("{stem}евич"),
            (false, false) => format!("{stem}ович"),
        }
    }
}
