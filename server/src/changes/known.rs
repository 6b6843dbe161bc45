//! What is remembered of one event, so that a listener is told what it missed without a read of the store.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use sync_core::exchange::{Cursor, Item};
use sync_core::ids::{DocumentRef, Revision};

use crate::store::items::Turn;

/// Of so many batches it is remembered where the event stood after each.
const CURSORS_KEPT: usize = 512;

/// A part of an event that listeners read apart from the others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Who was let in, and who was let out.
    Devices,
    /// Names, days, sites, teams, rules.
    Event,
    /// What waits for an organizer's decision.
    Held,
    /// What a device recorded.
    Log,
    /// People and their fields.
    Roster,
    /// The decisions of organizers.
    Rulings,
}

/// The kinds of documents in which something changed.
pub type Kinds = BTreeSet<Kind>;

impl Kind {
    /// Every kind, in the order of their names.
    pub const ALL: [Self; 6] = [Self::Devices, Self::Event, Self::Held, Self::Log, Self::Roster, Self::Rulings];
    /// What an erasure writes anew, whatever it says of whom.
    pub const ERASED: [Self; 3] = [Self::Log, Self::Roster, Self::Rulings];

    /// The part to which an item belongs.
    #[must_use]
    pub const fn of(item: &Item) -> Self {
        match item {
            Item::Grant(_) => Self::Devices,
            Item::Change(sealed) => match sealed.document {
                DocumentRef::Event => Self::Event,
                DocumentRef::Roster(_) => Self::Roster,
                DocumentRef::Rulings(_) => Self::Rulings,
                DocumentRef::Log { .. } => Self::Log,
            },
        }
    }
}

/// Where an event stands. What waits for a decision moves the turn alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Where the event stands with what was admitted.
    pub cursor: Cursor,
    /// The turn of the event with what was kept.
    pub turn: Turn,
}

impl Position {
    /// The name of the position in messages.
    #[must_use]
    pub fn id(&self) -> PositionId {
        let hash = *self.cursor.digest.first_chunk().expect("a digest is longer");
        PositionId { revision: self.cursor.revision, hash, turn: self.turn }
    }
}

/// A position as a client says it: `REVISION-HASH-TURN`. The hash tells a restored server from the one before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PositionId {
    revision: Revision,
    hash: [u8; 6],
    turn: Turn,
}

impl fmt::Display for PositionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.revision.0)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "-{}", self.turn.0)
    }
}

/// A text that names no position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoPosition;

impl FromStr for PositionId {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let mut parts = text.split('-');
        let (Some(revision), Some(hash), Some(turn), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NoPosition);
        };
        let number = |text: &str| text.parse::<u64>().map_err(|_| NoPosition);
        let bits = Some(hash).filter(|hash| hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let bits = bits.and_then(|hash| u64::from_str_radix(hash, 16).ok()).ok_or(NoPosition)?;
        let [_, _, hash @ ..] = bits.to_be_bytes();
        Ok(Self { revision: Revision(number(revision)?), hash, turn: Turn(number(turn)?) })
    }
}

/// What became durable in an event.
#[derive(Clone, Debug)]
pub struct News {
    /// The turn before it.
    pub since: Turn,
    /// Where the event stands with it.
    pub stands: Position,
    /// Which kinds it changed; none if there is nothing to be told.
    pub kinds: Kinds,
}

/// What a listener is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// Nothing is known of what the listener had before: whatever it has may be out of date.
    Stands(Position),
    /// These kinds changed since it was told last.
    Changed(Position, Kinds),
}

/// Where an event stands, and when each kind changed last. Its size does not depend on how much changed.
#[derive(Clone, Debug)]
pub(super) struct Known {
    stands: Position,
    changed: BTreeMap<Kind, Position>,
    /// Where the event stood after the last batches, oldest first: whoever names another place was told by another store.
    cursors: VecDeque<Cursor>,
}

impl Known {
    /// Nothing is known of what was before: each kind may have changed.
    pub fn at(stands: Position) -> Self {
        let changed = Kind::ALL.into_iter().map(|kind| (kind, stands)).collect();
        Self { stands, changed, cursors: VecDeque::from([stands.cursor]) }
    }

    pub const fn stands(&self) -> Position {
        self.stands
    }

    /// Takes up what became durable. Answers whether listeners are to be told. Hearing it twice changes nothing.
    ///
    /// Where something is missing in between, as after a write of another process, every kind counts as changed.
    pub fn hear(&mut self, news: News) -> bool {
        let News { since, stands, kinds } = news;
        if stands.turn <= self.stands.turn {
            return false;
        }
        let kinds = if since > self.stands.turn { Kinds::from(Kind::ALL) } else { kinds };
        self.changed.extend(kinds.iter().map(|kind| (*kind, stands)));
        if stands.cursor != self.stands.cursor {
            self.cursors.push_back(stands.cursor);
        }
        if self.cursors.len() > CURSORS_KEPT {
            self.cursors.pop_front();
        }
        self.stands = stands;
        !kinds.is_empty()
    }

    /// What changed since a listener was at a position of which it was told here.
    pub fn since(&self, at: Position) -> Kinds {
        self.after(at.cursor.revision, at.turn)
    }

    /// What to tell a listener that comes back; `None` if it missed nothing.
    pub fn missed(&self, heard: PositionId) -> Option<Told> {
        let PositionId { revision, turn, hash } = heard;
        if revision > self.stands.cursor.revision || turn > self.stands.turn {
            return Some(Told::Stands(self.stands));
        }
        let kinds = match self.cursors.iter().rfind(|cursor| cursor.revision == revision) {
            Some(cursor) if cursor.digest.starts_with(&hash) => self.after(revision, turn),
            Some(_) => return Some(Told::Stands(self.stands)),
            // It was told long ago, or by another process.
            None => Kinds::from(Kind::ALL),
        };
        Some(Told::Changed(self.stands, kinds))
            .filter(|told| !matches!(told, Told::Changed(_, none) if none.is_empty()))
    }

    fn after(&self, revision: Revision, turn: Turn) -> Kinds {
        let is_later = |kind: Kind, changed: &Position| match kind {
            Kind::Held => changed.turn > turn,
            _ => changed.cursor.revision > revision,
        };
        self.changed.iter().filter(|(kind, changed)| is_later(**kind, changed)).map(|(kind, _)| *kind).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(number: u64) -> Position {
        let digest = std::array::from_fn(|_| u8::try_from(number % 251).unwrap());
        Position { cursor: Cursor { revision: Revision(number), digest }, turn: Turn(number) }
    }

    fn news(number: u64, kinds: &[Kind]) -> News {
        News { since: Turn(number - 1), stands: position(number), kinds: kinds.iter().copied().collect() }
    }

    #[test]
    fn what_was_missed_is_one_message_however_much_it_was_and_nothing_is_told_twice() {
        let mut known = Known::at(position(7));
        assert_eq!(known.missed(position(7).id()), None);
        for number in 8..2000 {
            assert!(known.hear(news(number, &[if number % 2 == 0 { Kind::Log } else { Kind::Roster }])));
        }
        assert!(!known.hear(news(1999, &[Kind::Rulings])), "it was heard");
        let changed = |kinds: &[Kind]| Some(Told::Changed(position(1999), kinds.iter().copied().collect()));
        assert_eq!(known.missed(position(1998).id()), changed(&[Kind::Roster]));
        assert_eq!(known.missed(position(1900).id()), changed(&[Kind::Log, Kind::Roster]));
        assert_eq!(known.missed(position(8).id()), changed(&Kind::ALL), "it is too long ago to say");
        assert!(known.cursors.len() <= CURSORS_KEPT);
    }

    #[test]
    fn whoever_was_told_by_another_store_is_told_where_this_one_stands() {
        let mut known = Known::at(position(7));
        known.hear(news(8, &[Kind::Log]));
        let stands = Some(Told::Stands(position(8)));
        let elsewhere = Position { cursor: position(9).cursor, ..position(8) };
        let other_hash = Position { cursor: Cursor { digest: [9; 32], ..position(8).cursor }, turn: Turn(8) };
        for foreign in [position(9), elsewhere, other_hash] {
            assert_eq!(known.missed(foreign.id()), stands, "{foreign:?}");
        }
    }

    #[test]
    fn what_is_missing_in_between_may_have_changed_anything() {
        let mut known = Known::at(position(7));
        assert!(known.hear(news(9, &[])));
        assert_eq!(known.since(position(7)), Kinds::from(Kind::ALL));
        assert!(!known.hear(news(10, &[])), "a batch that changed nothing wakes nobody");
        assert_eq!(known.since(position(9)), Kinds::new());
    }

    #[test]
    fn a_position_is_read_as_it_was_written_and_nothing_else_is_one() {
        let id = position(250).id();
        assert_eq!(id.to_string(), "250-fafafafafafa-250");
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in
            ["", "1", "1-fafafafafafa", "1-fafa-1", "1-+afafafafafa-1", "-1-fafafafafafa-1", "1-fafafafafafa-1-1"]
        {
            assert_eq!(text.parse::<PositionId>(), Err(NoPosition), "{text}");
        }
    }
}
