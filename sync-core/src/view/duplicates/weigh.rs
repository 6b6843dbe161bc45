//! What speaks for and against two records being one human being.
//!
//! Everything is added up in sixteenths of a bit: 16 doubles the odds.

use super::traits::{Spelling, Traits};
use super::{LIKELY, Weight};
use crate::names::{ONE_MISTAKE_IN_TINY, SAME, patronymics_agree, similarity};

/// Why two records may be one human being, or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The names are the same once folded; the points say how few bear it.
    Name,
    /// ... and typed alike, letter for letter.
    SameSpelling,
    /// ... and written in two scripts.
    Transliteration,
    /// A blank stands elsewhere.
    MovedBlank,
    /// One typing mistake, or two in a long name.
    Typo,
    /// One name has a word more, or only an initial.
    PartOfName,
    /// The patronymics say the same father.
    Patronymic,
    /// Their patronymics say that they have two fathers.
    OtherPatronymic,
    /// The telephone numbers end alike; the points of the name say how few share the number.
    PhoneTail,
    /// One digit is another, or two changed places.
    PhoneTypo,
    /// The numbers are others.
    OtherPhone,
    /// Born in the same year.
    Year,
    /// Born in a neighbouring year, or two digits changed places.
    YearTypo,
    /// Born in another year.
    OtherYear,
    /// Of the same organisation. To name another one says nothing: people volunteer for several.
    Organisation,
    /// One register knows both under one id.
    ExternalId,
    /// One list has both, under two ids.
    OneList,
}

/// How many of a record's chance likenesses are one human being, before anything else is known: one in ten.
const BEFORE: i32 = -53;
/// From these odds on an organizer of an event is asked: one to eleven. A pair that is none takes a glance; one that
/// nobody sees counts a human being twice.
const ASKED_FROM: i32 = -56;
/// Up to so many records; among more, questions come by the thousand, and each doubling asks a quarter of a bit later.
const EVENT: u64 = 8192;
/// A name alone is never believed to be rarer than one namesake among sixteen such crowds; in 256ths of a person.
const RAREST_NAMESAKES: u64 = 16;
/// Who shares a telephone number bears the same name by more than chance: one in 256, in 2^32ths.
const HOUSEHOLD_SHARE: u64 = 1 << 24;
/// Brothers and sisters, who share a telephone, often bear names that are nearly alike; long ones seldom.
const RHYMES: i32 = 48;
/// Without a shared telephone, names that are nearly alike are often two names.
const OTHER_FAMILY: i32 = 24;

/// What a pair among so many records begins with, so that 0 is where somebody is asked.
pub(super) fn begin(records: usize) -> i32 {
    let beyond_an_event = log2((records as u64).max(EVENT)) - log2(EVENT);
    BEFORE - ASKED_FROM - beyond_an_event / 4
}

/// Points of the score for sixteenths of a bit: two each, so that sixteen bits lie between what is asked about and 1000.
const fn points(sixteenths: i32) -> i32 {
    sixteenths * 2
}

/// The logarithm to the base of two, in sixteenths, linear between the powers; 0 of 0.
pub(super) const fn log2(number: u64) -> i32 {
    let number = if number == 0 { 1 } else { number };
    let power = 63 - number.leading_zeros();
    let fraction = ((number << (63 - power)) >> 59) & 15;
    (power * 16 + fraction as u32).cast_signed()
}

/// What the fields beside the name say. Cheap, so that most pairs need no comparison of texts.
struct Fields {
    phone: Option<(Reason, i32)>,
    year: Option<(Reason, i32)>,
    organisation: Option<(Reason, i32)>,
    ids: Option<(Reason, i32)>,
}

impl Fields {
    fn of(a: &Traits, b: &Traits) -> Self {
        Self { phone: phones(a, b), year: years(a, b), organisation: organisations(a, b), ids: ids(a, b) }
    }

    fn all(&self) -> [Option<(Reason, i32)>; 4] {
        [self.phone, self.year, self.organisation, self.ids]
    }

    fn sum(&self) -> i32 {
        self.all().iter().flatten().map(|(_, bits)| bits).sum()
    }

    fn phone_is_shared(&self) -> bool {
        matches!(self.phone, Some((Reason::PhoneTail, _)))
    }
}

fn phones(a: &Traits, b: &Traits) -> Option<(Reason, i32)> {
    let (own, other) = (a.phone?, b.phone?);
    Some(if own.is(other) {
        // What it is worth shows in how rare the name is among those who share the number.
        (Reason::PhoneTail, 16)
    } else if own.is_one_slip_from(other) {
        (Reason::PhoneTypo, 48)
    } else {
        (Reason::OtherPhone, -24)
    })
}

fn years(a: &Traits, b: &Traits) -> Option<(Reason, i32)> {
    if a.year == 0 || b.year == 0 {
        return None;
    }
    let swapped = |year: u16| [year / 100, year % 10, year / 10 % 10];
    let in_order = |year: u16| [year / 100, year / 10 % 10, year % 10];
    Some(match a.year.abs_diff(b.year) {
        0 => (Reason::Year, a.worth.year),
        1 => (Reason::YearTypo, -16),
        _ if swapped(a.year) == in_order(b.year) => (Reason::YearTypo, -16),
        _ => (Reason::OtherYear, -128),
    })
}

fn organisations(a: &Traits, b: &Traits) -> Option<(Reason, i32)> {
    (a.organisation != 0 && a.organisation == b.organisation).then_some((Reason::Organisation, a.worth.organisation))
}

fn ids(a: &Traits, b: &Traits) -> Option<(Reason, i32)> {
    let shared = a.ids.iter().any(|id| b.ids.binary_search(id).is_ok());
    let one_list = || a.ids.iter().any(|(issuer, _)| b.ids.iter().any(|(other, _)| issuer == other));
    if shared {
        Some((Reason::ExternalId, 320))
    } else if one_list() {
        Some((Reason::OneList, -128))
    } else {
        None
    }
}

/// How rare it is that chance gives two records this name, in sixteenths of a bit.
fn rarity(a: &Traits, b: &Traits, fields: &Fields) -> i32 {
    let mut namesakes = a.worth.namesakes.max(b.worth.namesakes).max(RAREST_NAMESAKES);
    if fields.phone_is_shared() {
        let others = u64::from(a.worth.phone_names.max(b.worth.phone_names).saturating_sub(1).max(1));
        let share = a.worth.name_share.max(b.worth.name_share).saturating_add(HOUSEHOLD_SHARE);
        namesakes = namesakes.min(others.saturating_mul(share >> 16) >> 8);
    }
    8 * 16 - log2(namesakes.max(1))
}

/// What the likeness of the names takes away, or adds.
struct Likeness {
    reason: Option<Reason>,
    bits: i32,
}

fn likeness(a: &Traits, b: &Traits, fields: &Fields) -> Option<Likeness> {
    let pairs = a.spellings.iter().flat_map(|own| b.spellings.iter().map(move |other| (own, other)));
    let (cost, own, other) = pairs
        .map(|(own, other)| (SAME - similarity(&own.key, &other.key), own, other))
        .min_by_key(|(cost, own, other)| (*cost, own.typed != other.typed, own.is_latin != other.is_latin))?;
    let reason = spelling_reason(cost, own, other);
    let bits = match cost {
        0 if own.typed == other.typed => 16,
        0 => 0,
        1..=40 => -16,
        41..=180 if fields.phone_is_shared() => mistake(cost, a, b) - if cost > 60 { RHYMES } else { 0 },
        41..=180 => mistake(cost, a, b) - OTHER_FAMILY,
        // Women and men of one family share much: no pair without a shared number.
        181..=200 if fields.phone_is_shared() => -128,
        // A slip in a word of two or three sounds, as in Ким.
        ONE_MISTAKE_IN_TINY if fields.phone_is_shared() => -64,
        // A name of one word.
        201..=480 if fields.phone_is_shared() => -16,
        _ => return None,
    };
    Some(Likeness { reason, bits })
}

/// What a mistake in a word takes away. Where one spelling is of a kind that hardly anybody else has, it is not another
/// name but a mistaken one.
fn mistake(cost: u16, a: &Traits, b: &Traits) -> i32 {
    let (rare, common) = (a.worth.namesakes.min(b.worth.namesakes), a.worth.namesakes.max(b.worth.namesakes));
    let is_no_name = rare.saturating_mul(8) <= common;
    match (cost, is_no_name) {
        (..=60, true) => -24,
        (..=60, false) => -48,
        (61..=100, true) => -40,
        (61..=100, false) => -64,
        (_, true) => -72,
        (_, false) => -104,
    }
}

fn spelling_reason(cost: u16, own: &Spelling, other: &Spelling) -> Option<Reason> {
    let words = own.key.words().count() == other.key.words().count();
    match cost {
        0 if own.typed == other.typed => Some(Reason::SameSpelling),
        0 if own.is_latin != other.is_latin => Some(Reason::Transliteration),
        0 => None,
        1..=40 => Some(Reason::MovedBlank),
        _ if words && cost != 150 => Some(Reason::Typo),
        _ => Some(Reason::PartOfName),
    }
}

/// What the fathers' names say. Brothers and sisters share theirs: it excuses no mistake in the rest of the name.
fn patronymics(a: &Traits, b: &Traits, likeness: &Likeness) -> Option<(Reason, i32)> {
    let pairs = a.spellings.iter().flat_map(|own| b.spellings.iter().map(move |other| (&own.key, &other.key)));
    let agree = pairs.filter_map(|(own, other)| patronymics_agree(own, other)).max()?;
    let is_mistaken = matches!(likeness.reason, Some(Reason::Typo | Reason::PartOfName));
    let worth = if is_mistaken { 0 } else { a.worth.patronymic.min(b.worth.patronymic) };
    Some(if agree { (Reason::Patronymic, worth) } else { (Reason::OtherPatronymic, -168) })
}

/// The score of a pair, or `None` where it is not likely enough to ask anybody.
pub(super) fn score(a: &Traits, b: &Traits) -> Option<u16> {
    let fields = Fields::of(a, b);
    let known = a.worth.begin + rarity(a, b, &fields) + fields.sum();
    let most = known + 16 + a.worth.patronymic.min(b.worth.patronymic);
    if most < 0 {
        return None;
    }
    let likeness = likeness(a, b, &fields)?;
    let total = known + likeness.bits + patronymics(a, b, &likeness).map_or(0, |(_, bits)| bits);
    let score = i32::from(LIKELY) + points(total);
    (total >= 0).then(|| u16::try_from(score.min(1000)).unwrap_or(1000))
}

/// What makes up the score.
pub(super) fn reasons(a: &Traits, b: &Traits) -> Vec<Weight> {
    let fields = Fields::of(a, b);
    let Some(likeness) = likeness(a, b, &fields) else { return Vec::new() };
    let name = (Reason::Name, a.worth.begin + rarity(a, b, &fields));
    let spelling = likeness.reason.map(|reason| (reason, likeness.bits));
    let all = [Some(name), spelling, patronymics(a, b, &likeness)].into_iter().chain(fields.all()).flatten();
    all.map(|(reason, bits)| Weight { reason, points: i16::try_from(points(bits)).unwrap_or(i16::MAX) }).collect()
}
