//! The people of one event at one revision, ready to be found.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use sync_core::documents::log::WalkIn;
use sync_core::documents::roster::{ExternalId, PersonName, found_by};
use sync_core::exchange::Cursor;
use sync_core::ids::{Era, Subject};
use sync_core::names::{How, Listed, PeopleIndex, phones::numbers};
use sync_core::replica::ledger::Ledger;
use sync_core::spoken::SpokenCode;
use sync_core::view::{Found, Sources, walk_ins};

/// Changes that stand beside the index; more are worth a new one.
const LATER_LIMIT: usize = 2000;

/// What is shown of somebody who was found.
#[derive(Clone, Debug)]
pub struct Card {
    /// The person or walk-in who is shown.
    pub subject: Subject,
    /// The preferred spelling of the name.
    pub name: Arc<str>,
    /// The first code on a list or a badge.
    pub code: Option<Arc<str>>,
    /// The last four digits of the telephone number.
    pub phone_tail: Option<Arc<str>>,
    /// The organisation to which they belong.
    pub organisation: Option<Arc<str>>,
    /// The key of their team.
    pub team: Option<Arc<str>>,
    /// Stands for everything by which they are found and all of the above.
    fingerprint: u64,
}

/// Everybody of an event.
pub struct Listing {
    /// Where the event stood when it was read.
    pub at: Cursor,
    era: Era,
    /// What the event is called, in English, Russian or Kazakh, whichever there is.
    pub event_name: Arc<str>,
    first: Arc<Part>,
    /// Whose card in `first` is right no more.
    outdated: Vec<bool>,
    later: Part,
}

/// Some people, by subject, and the index over them: whom it finds is their place.
struct Part {
    cards: Vec<Card>,
    index: PeopleIndex<u32>,
}

/// Somebody as the documents say.
#[derive(Clone, Copy, Hash)]
struct Entry<'a> {
    subject: Subject,
    names: &'a [PersonName],
    phone: Option<&'a str>,
    organisation: Option<&'a str>,
    team: Option<&'a str>,
    ids: &'a [ExternalId],
}

impl Listing {
    /// Lists everybody of an event. Of a listing of earlier, what is still right is taken over.
    pub(super) fn of(ledger: &Ledger, before: Option<&Self>) -> Self {
        let documents = ledger.documents();
        let event_name = documents.info().name.in_language("en").into();
        let registered = walk_ins(&Sources {
            event: documents.info(),
            roster: documents.roster(),
            logs: documents.logs().collect(),
            rulings: documents.rulings(),
        });
        let entries = entries(ledger, &registered);
        let era = documents.era();
        // Of before somebody was erased, nothing stays.
        let taken_over = before.filter(|before| before.era == era).and_then(|before| {
            let (outdated, later) = changes(&before.first, &entries);
            let is_little = later.len() <= LATER_LIMIT.max(before.first.cards.len() / 8);
            is_little.then(|| (Arc::clone(&before.first), outdated, Part::of(&later)))
        });
        let (first, outdated, later) = taken_over.unwrap_or_else(|| {
            let outdated = vec![false; entries.len()];
            (Arc::new(Part::of(&entries)), outdated, Part::of(&[]))
        });
        Self { at: ledger.cursor(), era, event_name, first, outdated, later }
    }

    /// Finds whom `query` may mean, the best first, at most `limit`.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<(How, &Card)> {
        let is_right = |place: u32| !self.outdated[place as usize];
        let first = self.first.index.search_among(query, limit, &is_right).into_iter();
        let first = first.map(|hit| (hit.how, &self.first.cards[hit.who as usize]));
        let later = self.later.index.search(query, limit).into_iter();
        let later = later.map(|hit| (hit.how, &self.later.cards[hit.who as usize]));
        let mut hits: Vec<_> = first.chain(later).collect();
        hits.sort_by_key(|(how, _)| *how);
        hits.truncate(limit);
        hits
    }
}

/// Everybody, by subject; an id that a device repeated is listed once, as it was first registered.
fn entries<'a>(ledger: &'a Ledger, registered: &'a [Found<WalkIn>]) -> Vec<Entry<'a>> {
    let listed = ledger.documents().roster().people.iter().filter_map(|(id, record)| {
        let person = record.shown()?;
        Some(Entry {
            subject: Subject::Person(*id),
            names: person.names,
            phone: person.phone.as_deref(),
            organisation: person.organisation.as_deref(),
            team: person.team.as_deref(),
            ids: person.external_ids,
        })
    });
    let registered = registered.iter().map(|found| Entry {
        subject: Subject::WalkIn(found.what.id),
        names: &found.what.names,
        phone: found.what.phone.as_deref(),
        organisation: found.what.organisation.as_deref(),
        team: None,
        ids: &[],
    });
    let mut entries: Vec<Entry<'a>> = listed.chain(registered).collect();
    entries.sort_by_key(|entry| entry.subject);
    entries.dedup_by_key(|entry| entry.subject);
    entries
}

/// Whose card in `first` is right no more, and who is not in it as they are now.
fn changes<'a>(first: &Part, entries: &[Entry<'a>]) -> (Vec<bool>, Vec<Entry<'a>>) {
    let mut outdated = vec![true; first.cards.len()];
    let mut later = Vec::new();
    let mut place = 0;
    for entry in entries {
        while first.cards.get(place).is_some_and(|card| card.subject < entry.subject) {
            place += 1;
        }
        match first.cards.get(place) {
            Some(card) if card.subject == entry.subject && card.fingerprint == entry.fingerprint() => {
                outdated[place] = false;
            }
            _ => later.push(*entry),
        }
    }
    (outdated, later)
}

impl Part {
    fn of(entries: &[Entry<'_>]) -> Self {
        let ids: Vec<String> = entries.iter().map(|entry| entry.subject.to_string()).collect();
        let codes: Vec<Vec<&str>> = entries
            .iter()
            .zip(&ids)
            .map(|(entry, id)| entry.ids.iter().flat_map(|id| found_by(&id.value)).chain([id.as_str()]).collect())
            .collect();
        let listed = (0u32..).zip(entries).zip(&codes).map(|((who, entry), codes)| Listed {
            who,
            names: entry.names,
            phone: entry.phone,
            spoken: SpokenCode::of(entry.subject),
            codes,
        });
        let index = PeopleIndex::of(listed);
        Self { index, cards: entries.iter().map(Entry::card).collect() }
    }
}

impl Entry<'_> {
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    fn card(&self) -> Card {
        let tail = |phone: &str| -> Arc<str> {
            let digits: Vec<char> = numbers(phone).next().unwrap_or_default().chars().collect();
            digits[digits.len().saturating_sub(4)..].iter().collect::<String>().into()
        };
        Card {
            subject: self.subject,
            name: self.names.first().map(ToString::to_string).unwrap_or_default().into(),
            code: self.ids.first().map(|id| id.value.as_str().into()),
            phone_tail: self.phone.map(tail),
            organisation: self.organisation.map(Into::into),
            team: self.team.map(Into::into),
            fingerprint: self.fingerprint(),
        }
    }
}
