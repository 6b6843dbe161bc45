//! Who fits a query, the best first.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{PeopleIndex, Tail, fold_code};
use crate::names::search::{Fit, Matcher, QueryWord};
use crate::spoken::{NoCode, SpokenCode};

/// Digits of a telephone number that a search needs.
const LEAST_DIGITS: usize = 4;

/// Somebody who was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Hit<W> {
    /// The one who was found.
    pub who: W,
    /// What of them fits the query.
    pub how: How,
}

/// By what somebody was found; the best sorts first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The spoken code, or one on a badge or a list.
    Code,
    /// The end of the telephone number.
    Phone,
    /// Every word is a word of the name.
    Name,
    /// Every word begins a word of the name.
    Beginning,
    /// A letter is read in another way.
    OtherReading,
    /// But for one mistake in a word.
    Mistyped,
    /// The spoken code but for the symbol at this place, from 1: the one that was heard wrong.
    CodeButFor(u8),
}

impl<W: Copy + Ord> PeopleIndex<W> {
    /// Finds whom `query` may mean, the best first, at most `limit`, everybody once.
    ///
    /// A query is a code, the last digits of a telephone number (four or more), or a name as far as it has been
    /// typed, in any script and order. Mistakes are forgiven when too few fit without. An empty query finds nobody.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<Hit<W>> {
        self.search_among(query, limit, &|_| true)
    }

    /// The same among those who are wanted.
    #[must_use]
    pub fn search_among(&self, query: &str, limit: usize, is_wanted: &dyn Fn(W) -> bool) -> Vec<Hit<W>> {
        let mut found = Found { index: self, limit, is_wanted, known: BTreeSet::new(), hits: Vec::new() };
        found.by_code(query);
        found.by_phone(query);
        if query.chars().any(char::is_alphabetic) {
            found.by_name(query);
        }
        found.by_wrong_code(query);
        found.hits
    }
}

struct Found<'a, W> {
    index: &'a PeopleIndex<W>,
    limit: usize,
    is_wanted: &'a dyn Fn(W) -> bool,
    known: BTreeSet<W>,
    hits: Vec<Hit<W>>,
}

impl<W: Copy + Ord> Found<'_, W> {
    fn is_full(&self) -> bool {
        self.hits.len() >= self.limit
    }

    fn add(&mut self, place: u32, how: How) {
        let who = self.index.owners[place as usize];
        if !self.is_full() && (self.is_wanted)(who) && self.known.insert(who) {
            self.hits.push(Hit { who, how });
        }
    }

    fn add_spoken(&mut self, code: SpokenCode, how: How) {
        let from = self.index.spoken.partition_point(|(other, _)| *other < code);
        let bearers = self.index.spoken[from..].iter().take_while(|(other, _)| *other == code);
        bearers.for_each(|(_, place)| self.add(*place, how));
    }

    fn by_code(&mut self, query: &str) {
        if let Ok(code) = SpokenCode::parse(query) {
            self.add_spoken(code, How::Code);
        }
        let Some(code) = fold_code(query) else { return };
        let from = self.index.codes.partition_point(|(other, _)| *other < code);
        let bearers = self.index.codes[from..].iter().take_while(|(other, _)| *other == code);
        bearers.for_each(|(_, place)| self.add(*place, How::Code));
    }

    fn by_wrong_code(&mut self, query: &str) {
        let Err(NoCode::Check { meant }) = SpokenCode::parse(query) else { return };
        for meant in meant {
            self.add_spoken(meant.code, How::CodeButFor(u8::try_from(meant.place).unwrap_or(u8::MAX)));
        }
    }

    fn by_phone(&mut self, query: &str) {
        let is_number = query.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-().".contains(c));
        let Some(tail) = Tail::of(query, LEAST_DIGITS).filter(|_| is_number) else { return };
        let from = self.index.phones.partition_point(|(number, _)| *number < tail.from);
        let ends_so = self.index.phones[from..].iter().take_while(|(number, _)| *number <= tail.to);
        ends_so.for_each(|(_, place)| self.add(*place, How::Phone));
    }

    fn by_name(&mut self, query: &str) {
        let matcher = Matcher::new(query);
        self.by_whole_words(&matcher);
        self.by_beginnings(&matcher);
        if !self.is_full() {
            self.by_mistyped_name(&matcher);
        }
    }

    /// Adds those who have every word of the query as a whole word.
    fn by_whole_words(&mut self, matcher: &Matcher) {
        let vocabulary = &self.index.vocabulary;
        let words = matcher.words().map(|word| vocabulary.position(word.readings().next()?));
        let Some(words) = words.collect::<Option<Vec<usize>>>() else { return };
        let bearers = words.into_iter().map(|at| vocabulary.bearers(&(at..at + 1))).min_by_key(|bearers| bearers.len());
        for place in bearers.unwrap_or_default() {
            if matcher.fit_key(self.index.keys.get(*place as usize)) == Some(Fit::Whole) {
                self.add(*place, How::Name);
            }
            if self.is_full() {
                return;
            }
        }
    }

    /// Adds those who fit as far as it has been typed, in alphabetical order, as long as there is room.
    fn by_beginnings(&mut self, matcher: &Matcher) {
        let Some(rarest) = self.rarest(matcher) else { return };
        let vocabulary = &self.index.vocabulary;
        let mut places: Vec<u32> = rarest.iter().flat_map(|range| vocabulary.bearers(range)).copied().collect();
        places.sort_unstable();
        places.dedup();
        let mut other_readings = Vec::new();
        for place in places {
            match matcher.fit_key(self.index.keys.get(place as usize)) {
                Some(Fit::Whole | Fit::Prefix) => self.add(place, How::Beginning),
                Some(Fit::Guess) if other_readings.len() < self.limit => other_readings.push(place),
                Some(Fit::Guess) | None => {}
            }
            if self.is_full() {
                return;
            }
        }
        other_readings.into_iter().for_each(|place| self.add(place, How::OtherReading));
    }

    /// The words of the vocabulary that the rarest word of the query may become.
    fn rarest(&self, matcher: &Matcher) -> Option<Vec<Range<usize>>> {
        let words = matcher.words().map(|word| self.beginning_with(word));
        words.min_by_key(|ranges| self.index.vocabulary.count(ranges))
    }

    fn beginning_with(&self, word: &QueryWord) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> =
            word.readings().map(|reading| self.index.vocabulary.beginning_with(reading)).collect();
        // A patronymic that was typed whole is kept as the father's name.
        ranges.extend(word.fathers().filter_map(|father| {
            let at = self.index.vocabulary.position(father)?;
            Some(at..at + 1)
        }));
        ranges.retain(|range| !range.is_empty());
        ranges
    }

    fn by_mistyped_name(&mut self, matcher: &Matcher) {
        let mut wanted: Vec<BTreeSet<usize>> = Vec::new();
        for word in matcher.words() {
            let mut meant: BTreeSet<usize> = self.beginning_with(word).into_iter().flatten().collect();
            meant.extend(word.readings().take(1).flat_map(|reading| self.index.vocabulary.mistyped(reading)));
            wanted.push(meant);
        }
        let count = |meant: &BTreeSet<usize>| {
            meant.iter().map(|at| self.index.vocabulary.bearers(&(*at..at + 1)).len()).sum::<usize>()
        };
        let Some(rarest) = wanted.iter().min_by_key(|meant| count(meant)) else { return };
        let mut places: Vec<u32> =
            rarest.iter().flat_map(|at| self.index.vocabulary.bearers(&(*at..at + 1))).copied().collect();
        places.sort_unstable();
        places.dedup();
        for place in places {
            let key = self.index.keys.get(place as usize);
            let words = key.split([' ', '|']).filter_map(|word| self.index.vocabulary.position(word));
            let words: Vec<usize> = words.collect();
            if wanted.iter().all(|meant| words.iter().any(|word| meant.contains(word))) {
                self.add(place, How::Mistyped);
            }
            if self.is_full() {
                return;
            }
        }
    }
}
