//! Finds whom a row means that has not the code of anybody, or not the name, telephone and year of anybody: lists of one
//! issuer that once have codes and once have none, numbers that were filled in, people who were registered at a gate.

use std::collections::{BTreeMap, BTreeSet};

use super::identity::{ExternalIds, NAMESAKES_COMPARED};
use super::name_change::may_be_one;
use super::person_keys::{derived_id, father_of, folded, phone_tail, share_phone};
use super::question::Doubt;
use super::read_row::{Alike, ReadRow};
use crate::canonical::is_same_issuer;
use crate::documents::roster::{ExternalId, ListKey, Person, PersonName, PersonRecord, Roster, ShownPerson};
use crate::ids::{EventId, PersonId, Subject};
use crate::names::phones::numbers;
use crate::names::{NameKey, patronymics_agree};

/// What the telephone and the year of birth say of two records of one name: `None` where one of them lacks it.
#[derive(Clone, Copy)]
pub(super) struct Agreement {
    pub phone: Option<bool>,
    pub year: Option<bool>,
    /// Neither record has a telephone or a year: by the name alone they are known.
    by_name: bool,
}

impl Agreement {
    pub(super) fn of(one: &Person, other: &Person) -> Self {
        let phones = one.phone.as_deref().zip(other.phone.as_deref());
        Self {
            phone: phones.map(|(a, b)| share_phone(a, b)),
            year: one.birth_year.zip(other.birth_year).map(|(a, b)| a == b),
            by_name: [one, other].iter().all(|person| person.phone.is_none() && person.birth_year.is_none()),
        }
    }

    /// One of them is the same, and none another one.
    pub(super) fn is_certain(self) -> bool {
        let all = [self.phone, self.year];
        all.contains(&Some(true)) && !all.contains(&Some(false))
    }

    /// What they say is the same, be it that there is nothing.
    fn is_the_same(self) -> bool {
        self.is_certain() || self.by_name
    }

    /// Nothing that stays says otherwise: a number was filled in or left out, or is a new one of who has the same year of
    /// birth or the same father.
    fn is_the_same_but_for_number(self, same_father: bool) -> bool {
        let has_new_number = self.phone == Some(false);
        self.year != Some(false) && (!has_new_number || self.year == Some(true) || same_father)
    }

    pub(super) fn doubt(self) -> Doubt {
        Doubt::Namesake { same_phone: self.phone == Some(true), same_year: self.year == Some(true) }
    }
}

/// Somebody on the roster who may be meant without a code.
struct Kept {
    id: PersonId,
    person: Person,
    /// By this issuer; others have no code of anybody.
    is_of_issuer: bool,
    /// Registered at a gate.
    is_walk_in: bool,
    has_code: bool,
}

/// The rows of people who may be known by another name, by what of them stays: places in the list.
#[derive(Default)]
struct Wanted {
    by_number: BTreeMap<String, Vec<usize>>,
    /// By year of birth and each word of the name: a corrected name keeps one, and of one year alone there are too many.
    by_year: BTreeMap<u16, BTreeMap<String, Vec<usize>>>,
}

impl Wanted {
    fn of(rows: &[ReadRow], places: &[usize]) -> Self {
        let mut wanted = Self::default();
        for (place, person) in places.iter().filter_map(|place| Some((*place, rows[*place].person.as_ref()?))) {
            for number in numbers(person.phone.as_deref().unwrap_or_default()) {
                wanted.by_number.entry(phone_tail(&number)).or_default().push(place);
            }
            if let Some((year, name)) = person.birth_year.zip(person.names.first()) {
                let of_year = wanted.by_year.entry(year).or_default();
                folded(name).split(' ').for_each(|word| of_year.entry(word.to_owned()).or_default().push(place));
            }
        }
        wanted
    }

    /// The rows that may mean somebody, no more than are compared. Whoever has a code is looked for by the number alone.
    fn places_of(&self, shown: &ShownPerson<'_>, has_code: bool) -> BTreeSet<usize> {
        let known = numbers(shown.phone.as_deref().unwrap_or_default());
        let of_number = known.flat_map(|number| self.by_number.get(&phone_tail(&number))).flatten();
        let of_year = shown.birth_year.filter(|_| !has_code).and_then(|year| self.by_year.get(&year));
        let name = of_year.zip(shown.names.first()).map(|(_, name)| folded(name)).unwrap_or_default();
        let of_year = of_year.into_iter().flat_map(|of_year| name.split(' ').filter_map(|word| of_year.get(word)));
        of_number.chain(of_year.flatten()).take(NAMESAKES_COMPARED).copied().collect()
    }
}

/// The people of a roster among whom those of a list are looked for.
pub(super) struct Search<'a> {
    pub event: EventId,
    pub issuer: &'a str,
    pub roster: &'a Roster,
    pub walk_ins: &'a BTreeSet<PersonId>,
}

impl Search<'_> {
    /// Finds the people of rows in a list without codes: those whose id follows from what the row says. Another patronymic
    /// is another human being, who has an id of their own.
    pub(super) fn settle_fathers(&self, rows: &mut [ReadRow]) {
        let mut namesakes: BTreeMap<PersonId, Vec<usize>> = BTreeMap::new();
        for (place, row) in rows.iter().enumerate() {
            if let Some(id) = row.derived_id.filter(|_| row.person.is_some()) {
                namesakes.entry(id).or_default().push(place);
            }
        }
        for (id, places) in namesakes {
            let fathers: BTreeSet<String> = places.iter().filter_map(|place| father(&rows[*place])).collect();
            let known = self.roster.people.get(&id).map(PersonRecord::person);
            for place in places {
                self.settle_father(&mut rows[place], id, fathers.len() > 1, known.as_ref());
            }
        }
    }

    fn settle_father(&self, row: &mut ReadRow, id: PersonId, has_several: bool, known: Option<&Person>) {
        let Some(person) = &row.person else { return };
        let Some(father) = father(row) else { return };
        let own = derived_id(self.event, self.issuer, person, Some(&father));
        let is_known = self.roster.people.contains_key(&own);
        let is_anothers = match known {
            None => has_several,
            Some(known) => match agreement_of_fathers(known, person) {
                Some(agree) => !agree,
                None => has_several,
            },
        };
        if is_known || is_anothers {
            row.id = Some(own);
        }
        if let Some(known) = known.filter(|_| is_anothers && !is_known) {
            let doubt = Agreement::of(known, person).doubt();
            row.alike = Some(Alike { id, doubt });
        }
    }

    /// Finds people of the roster for rows that would add somebody: where one alone can be meant, the row speaks of them;
    /// else it is asked.
    pub(super) fn find(&self, rows: &mut [ReadRow], codes: &ExternalIds) {
        let is_new = |row: &ReadRow| {
            let id = row.id.filter(|_| row.person.is_some() && row.alike.is_none());
            id.is_some_and(|id| {
                !self.roster.people.contains_key(&id) && !self.roster.erased.contains(&Subject::Person(id))
            })
        };
        let new: Vec<usize> = (0..rows.len()).filter(|place| is_new(&rows[*place])).collect();
        if new.is_empty() || self.roster.people.is_empty() {
            return;
        }
        let names: BTreeSet<String> = new.iter().filter_map(|place| name(&rows[*place]).map(folded)).collect();
        let kept = self.kept(&names);
        let mut claimed: BTreeSet<PersonId> = rows.iter().filter_map(|row| row.id).collect();
        let candidates = |row: &ReadRow| -> Vec<(&Kept, Agreement)> {
            let own = name(row).and_then(|name| kept.get(&folded(name)));
            own.into_iter().flatten().filter_map(|kept| Some((kept, kept.agreement_with(row)?))).collect()
        };
        // First those who surely are meant; of the others, those of whom a number may have changed.
        for may_have_new_number in [false, true] {
            let mut wanted: BTreeMap<PersonId, usize> = BTreeMap::new();
            let mut only = Vec::new();
            for place in &new {
                let row = &rows[*place];
                let is_settled = row.id.is_some_and(|id| self.roster.people.contains_key(&id));
                if is_settled || row.code.as_deref().is_some_and(|code| codes.is_asked_about(code)) {
                    continue;
                }
                let is_it = |(kept, agreement): &&(&Kept, Agreement)| {
                    let same_father =
                        || row.person.as_ref().and_then(|person| agreement_of_fathers(&kept.person, person));
                    kept.is_of_issuer
                        && !claimed.contains(&kept.id)
                        && (agreement.is_the_same()
                            || (may_have_new_number
                                && row.code.is_none()
                                && agreement.is_the_same_but_for_number(same_father() == Some(true))))
                };
                let all = candidates(row);
                let certain: Vec<PersonId> = all.iter().filter(is_it).map(|(kept, _)| kept.id).collect();
                for id in &certain {
                    *wanted.entry(*id).or_default() += 1;
                }
                if let [one] = certain[..] {
                    only.push((*place, one));
                }
            }
            for (place, id) in only.into_iter().filter(|(_, id)| wanted.get(id) == Some(&1)) {
                rows[place].id = Some(id);
                claimed.insert(id);
            }
        }
        let mut left = Vec::new();
        for place in new {
            let row = &rows[place];
            if row.id.is_some_and(|id| self.roster.people.contains_key(&id)) {
                continue;
            }
            let mut all = candidates(row);
            // Whoever another row speaks of is meant twice where more than the name says so.
            all.retain(|(kept, agreement)| !claimed.contains(&kept.id) || agreement.is_certain());
            let best =
                all.iter().max_by_key(|(_, agreement)| (agreement.is_certain(), agreement.phone, agreement.year));
            rows[place].alike = best.map(|(kept, agreement)| Alike { id: kept.id, doubt: agreement.doubt() });
            if best.is_none() {
                left.push(place);
            }
        }
        self.find_renamed(rows, &left, &claimed);
    }

    /// Finds whom rows may mean by another name: who was listed by this issuer, is in no other row, and has the same telephone
    /// or, without a code and where one of the two has no telephone, the same year of birth. A corrected name else made
    /// another person.
    fn find_renamed(&self, rows: &mut [ReadRow], left: &[usize], claimed: &BTreeSet<PersonId>) {
        if left.is_empty() {
            return;
        }
        let wanted = Wanted::of(rows, left);
        let mut compared: BTreeMap<usize, usize> = BTreeMap::new();
        for (id, record) in &self.roster.people {
            let Some(shown) = record.shown() else { continue };
            let has_code = self.is_of_issuer(shown.external_ids);
            let places = wanted.places_of(&shown, has_code);
            let is_gone = || claimed.contains(id) || self.roster.erased.contains(&Subject::Person(*id));
            let is_meant = || has_code || self.walk_ins.contains(id) || self.has_listed(*id, record);
            if places.is_empty() || is_gone() || !is_meant() {
                continue;
            }
            let known = record.person();
            for place in places {
                let count = compared.entry(place).or_default();
                *count += 1;
                let Some(person) = rows[place].person.as_ref().filter(|_| *count <= NAMESAKES_COMPARED) else {
                    continue;
                };
                let agreement = Agreement::of(&known, person);
                // Who has the same number is meant rather than who has the same year alone.
                let is_first = rows[place].alike.is_none() || agreement.phone == Some(true);
                if is_first && agreement.phone != Some(false) && may_be_one(&known, person) {
                    rows[place].alike = Some(Alike { id: *id, doubt: agreement.doubt() });
                }
            }
        }
    }

    /// The people whose names a list has, by the folded name.
    fn kept(&self, names: &BTreeSet<String>) -> BTreeMap<String, Vec<Kept>> {
        let mut by_name: BTreeMap<String, Vec<Kept>> = BTreeMap::new();
        for (id, record) in &self.roster.people {
            let subject = Subject::Person(*id);
            let Some(shown) = record.shown().filter(|_| !self.roster.erased.contains(&subject)) else { continue };
            let Some(name) = shown.names.first().map(folded).filter(|name| names.contains(name)) else { continue };
            let has_code = self.is_of_issuer(shown.external_ids);
            let is_of_issuer = has_code || self.has_listed(*id, record);
            if is_of_issuer || shown.external_ids.is_empty() {
                let person = record.person();
                let namesakes = by_name.entry(name).or_default();
                if namesakes.len() < NAMESAKES_COMPARED {
                    let is_walk_in = self.walk_ins.contains(id);
                    namesakes.push(Kept { id: *id, person, is_of_issuer, is_walk_in, has_code });
                }
            }
        }
        by_name
    }

    /// The people who have no code of the issuer and whom a list of it may mean, by the folded name.
    pub(super) fn codeless(&self) -> BTreeMap<String, Vec<PersonId>> {
        let mut by_name: BTreeMap<String, Vec<PersonId>> = BTreeMap::new();
        for (id, record) in &self.roster.people {
            let Some(shown) = record.shown().filter(|shown| !self.is_of_issuer(shown.external_ids)) else { continue };
            let is_erased = self.roster.erased.contains(&Subject::Person(*id));
            if is_erased || !(self.walk_ins.contains(id) || self.has_listed(*id, record)) {
                continue;
            }
            if let Some(name) = shown.names.first().map(folded) {
                by_name.entry(name).or_default().push(*id);
            }
        }
        by_name
    }

    fn is_of_issuer(&self, ids: &[ExternalId]) -> bool {
        ids.iter().any(|id| is_same_issuer(&id.issuer, self.issuer))
    }

    /// Whether a list of the issuer without codes has brought somebody, or spoken of them since.
    fn has_listed(&self, id: PersonId, record: &PersonRecord) -> bool {
        let has_brought = |person: &Person| {
            let father = father_of(person);
            id == derived_id(self.event, self.issuer, person, None)
                || father.is_some_and(|father| id == derived_id(self.event, self.issuer, person, Some(&father)))
        };
        record.listed.contains_key(&ListKey::of(self.issuer))
            // Who gave up the code that a list brought.
            || record.added.iter().any(|added| self.is_of_issuer(&added.value.external_ids))
            || record.added.iter().any(|added| !added.value.names.is_empty() && has_brought(&added.value))
    }
}

impl Kept {
    /// What speaks for this being whom a row of the same name means; `None` where it hardly is.
    fn agreement_with(&self, row: &ReadRow) -> Option<Agreement> {
        let person = row.person.as_ref()?;
        // Whoever has another code is looked for by the code.
        if (row.code.is_some() && self.has_code) || agreement_of_fathers(&self.person, person) == Some(false) {
            return None;
        }
        let agreement = Agreement::of(&self.person, person);
        let may_be = match (agreement.phone, agreement.year) {
            (Some(true), _) => self.is_of_issuer || self.is_walk_in,
            (_, Some(false)) => false,
            (Some(false), _) => self.is_of_issuer,
            (None, _) => self.is_of_issuer || self.is_walk_in,
        };
        may_be.then_some(agreement)
    }
}

fn name(row: &ReadRow) -> Option<&PersonName> {
    row.person.as_ref()?.names.first()
}

fn father(row: &ReadRow) -> Option<String> {
    row.person.as_ref().and_then(father_of)
}

/// Whether the patronymics of two people say the same; `None` where one has none.
pub(super) fn agreement_of_fathers(one: &Person, other: &Person) -> Option<bool> {
    patronymics_agree(&NameKey::of(one.names.first()?), &NameKey::of(other.names.first()?))
}
