//! What a replica gives a reader of an event: a page of items, or a part of the snapshot to begin with.
//!
//! Owns the rules of giving, which are the same for home, for a device that answers another one, and for a bundle. Does
//! not own where items and snapshots are kept: see [`PageSource`].

use std::collections::HashSet;

use super::ledger::StoredItem;
use super::reading::Hidden;
use crate::exchange::{Cursor, Item, PAGE_LIMIT_BYTES, Request, Response, SnapshotPart, SnapshotPosition};
use crate::ids::{DeviceId, Revision};

/// One event as a replica keeps it: its items in the order in which it took them, and the snapshot to begin with.
pub trait PageSource {
    /// What reading can fail with.
    type Error;

    /// Where the replica stands; `None` if one of the quoted cursors is not of its past.
    ///
    /// # Errors
    /// Whatever the medium reports.
    fn standing(&self, quoted: [Option<Cursor>; 2]) -> Result<Option<Cursor>, Self::Error>;

    /// The revision of the first item that is still kept one by one; 0 where all are.
    ///
    /// # Errors
    /// Whatever the medium reports.
    fn floor(&self) -> Result<Revision, Self::Error>;

    /// Reads on from a cursor of this replica's past: at least one item if there is one, and then no more than fit into
    /// about `limit_bytes`.
    ///
    /// # Errors
    /// Whatever the medium reports.
    fn items_from(&self, from: Cursor, limit_bytes: usize) -> Result<SourcePage, Self::Error>;

    /// The next part of the whole snapshot that a reader has begun, or the first part of the newest one; `None` where
    /// there is none to begin with.
    ///
    /// # Errors
    /// Whatever the medium reports.
    fn snapshot_from(
        &self,
        begun: Option<SnapshotPosition>,
        limit_bytes: usize,
    ) -> Result<Option<SnapshotPart>, Self::Error>;
}

/// Items that stand one after the other in a [`PageSource`].
#[derive(Debug)]
pub struct SourcePage {
    /// The items, in the order in which the replica took them.
    pub items: Vec<StoredItem>,
    /// The cursor at which the page ends.
    pub cursor: Cursor,
    /// Whether there are more after it.
    pub more: bool,
}

/// What a reader asks for, and may have.
#[derive(Debug)]
pub struct Reader {
    hidden: Hidden,
    leave_out: Option<DeviceId>,
    cursor: Option<Cursor>,
    witness: Option<Cursor>,
    snapshot: Option<SnapshotPosition>,
    limit_bytes: usize,
    sent: HashSet<[u8; 64]>,
}

impl Reader {
    /// Whoever sent this request, and may read everything.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self {
            hidden: Hidden::default(),
            leave_out: None,
            cursor: request.cursor,
            witness: request.witness,
            snapshot: request.snapshot,
            limit_bytes: usize::try_from(request.want_bytes).unwrap_or(usize::MAX).min(PAGE_LIMIT_BYTES),
            sent: request.items.iter().filter_map(Item::seal).collect(),
        }
    }

    /// The same reader, who may not read what is `hidden`.
    #[must_use]
    pub fn who_may_not_read(self, hidden: Hidden) -> Self {
        Self { hidden, ..self }
    }

    /// The same reader, to whom items that came from this device are known. Home leaves out only what the request itself
    /// brings: a device may have a clone under the same id.
    #[must_use]
    pub fn who_knows_items_of(self, device: DeviceId) -> Self {
        Self { leave_out: Some(device), ..self }
    }

    /// What the reader may not read.
    #[must_use]
    pub const fn hidden(&self) -> &Hidden {
        &self.hidden
    }

    /// The same reader, who is given nothing but where the replica stands.
    #[must_use]
    pub fn given_nothing(self) -> Self {
        Self { limit_bytes: 0, ..self }
    }

    /// Whether the reader is to be given nothing but where the replica stands.
    #[must_use]
    pub const fn wants_nothing(&self) -> bool {
        self.limit_bytes == 0
    }

    /// The response to a reader who wants nothing, from a replica that stands there and to which the reader's cursors are
    /// known. Still without receipts and signatures.
    #[must_use]
    pub fn given_where_it_stands(&self, stands: Cursor) -> Response {
        nothing_for(self, stands).into_response(self, None)
    }

    /// Where the reader stopped in a snapshot, and how many bytes of it are wanted.
    #[must_use]
    pub const fn snapshot(&self) -> (Option<SnapshotPosition>, usize) {
        (self.snapshot, self.limit_bytes)
    }

    /// Where the reader stood before the page.
    #[must_use]
    pub fn from(&self) -> Cursor {
        self.cursor.unwrap_or_default()
    }

    /// Whether the reader sent no change.
    #[must_use]
    pub fn sent_nothing(&self) -> bool {
        self.sent.is_empty()
    }

    /// Whether the reader sent this item itself, and is not given it back.
    #[must_use]
    pub fn sent(&self, item: &Item) -> bool {
        item.seal().is_some_and(|seal| self.sent.contains(&seal))
    }

    /// Whether the reader sent one of the changes with these seals.
    #[must_use]
    pub fn sent_one_of(&self, seals: &HashSet<[u8; 64]>) -> bool {
        self.sent.iter().any(|seal| seals.contains(seal))
    }

    /// Whoever reads on from the same place by the same rule, and sent nothing: what they are given is the same for all.
    #[must_use]
    pub fn anyone_alike(&self) -> Self {
        let Self { hidden, leave_out, cursor, witness: _, snapshot, limit_bytes, sent: _ } = self;
        let (hidden, leave_out, cursor, snapshot) = (hidden.clone(), *leave_out, *cursor, *snapshot);
        Self { hidden, leave_out, cursor, witness: None, snapshot, limit_bytes: *limit_bytes, sent: HashSet::new() }
    }

    fn is_new(&self, stored: &StoredItem) -> bool {
        let was_sent = self.sent(&stored.item);
        let came_from_reader = self.leave_out.is_some() && stored.origin == self.leave_out;
        !was_sent && !came_from_reader && !self.hidden.hides(&stored.item)
    }
}

/// What a reader is given.
#[derive(Debug)]
pub enum Given {
    /// The reader's cursor or witness is not of this replica's past.
    Rewound,
    /// A page; empty where there is nothing new, or nothing was wanted.
    Page {
        /// The cursor of the replica that gives.
        stands: Cursor,
        /// The items that the reader lacks and may read.
        items: Vec<Item>,
        /// The cursor at which the page ends.
        cursor: Cursor,
        /// Whether there is more.
        more: bool,
    },
    /// A part of the whole snapshot.
    Snapshot {
        /// The cursor of the replica that gives.
        stands: Cursor,
        /// The part that is given.
        part: SnapshotPart,
    },
    /// The reader begins, and may not read everything: a snapshot made for its reading is to be given.
    PartialSnapshot {
        /// The cursor of the replica that gives.
        stands: Cursor,
    },
    /// What the reader lacks is no longer kept item by item: it must begin anew.
    BeginAnew {
        /// The cursor of the replica that gives.
        stands: Cursor,
    },
}

impl Given {
    /// The items of a page; `None` for anything else.
    #[must_use]
    pub fn items(&self) -> Option<&[Item]> {
        match self {
            Self::Page { items, .. } => Some(items),
            _ => None,
        }
    }

    /// The response that gives it to `reader`, still without receipts and signatures. `partial` is the part of a
    /// snapshot for [`Given::PartialSnapshot`].
    #[must_use]
    pub fn into_response(self, reader: &Reader, partial: Option<SnapshotPart>) -> Response {
        let reading = reader.hidden.reading();
        let empty = Response { reading, ..Response::default() };
        match self {
            Self::Rewound => Response { rewound: true, ..empty },
            Self::Page { stands, items, cursor, more } => Response { stands, items, cursor, more, ..empty },
            Self::Snapshot { stands, part } => Response { stands, snapshot: Some(part), more: true, ..empty },
            Self::PartialSnapshot { stands } => Response { stands, snapshot: partial, more: true, ..empty },
            Self::BeginAnew { stands } => Response { stands, cursor: reader.from(), more: true, begins: true, ..empty },
        }
    }
}

/// What a reader is to be given, before anything of it is read.
#[derive(Debug)]
pub enum Next {
    /// This, and nothing is to be read.
    Given(Given),
    /// Items, from the reader's cursor on.
    Page {
        /// The cursor of the replica that gives.
        stands: Cursor,
        /// The revision of the first item that is kept one by one.
        floor: Revision,
    },
    /// The next part of the whole snapshot; items, where there is no snapshot.
    Snapshot {
        /// The cursor of the replica that gives.
        stands: Cursor,
        /// The revision of the first item that is kept one by one.
        floor: Revision,
    },
}

/// Finds out what a reader is to be given.
///
/// # Errors
/// What `source` reports.
pub fn next<S: PageSource>(source: &S, reader: &Reader) -> Result<Next, S::Error> {
    let Some(stands) = source.standing([reader.cursor, reader.witness])? else {
        return Ok(Next::Given(Given::Rewound));
    };
    let from = reader.from();
    if reader.wants_nothing() {
        return Ok(Next::Given(nothing_for(reader, stands)));
    }
    let floor = source.floor()?;
    if from.revision < floor {
        if reader.cursor.is_some() {
            return Ok(Next::Given(Given::BeginAnew { stands }));
        }
        if !reader.hidden.is_nothing() {
            return Ok(Next::Given(Given::PartialSnapshot { stands }));
        }
    }
    if reader.cursor.is_none() && reader.hidden.is_nothing() {
        return Ok(Next::Snapshot { stands, floor });
    }
    Ok(Next::Page { stands, floor })
}

fn nothing_for(reader: &Reader, stands: Cursor) -> Given {
    Given::Page { stands, items: Vec::new(), cursor: reader.from(), more: false }
}

/// Reads what is new for a reader. Repeating it gives the same as long as nothing is taken in between.
///
/// # Errors
/// What `source` reports.
pub fn give<S: PageSource>(source: &S, reader: &Reader) -> Result<Given, S::Error> {
    match next(source, reader)? {
        Next::Given(given) => Ok(given),
        Next::Page { stands, .. } => give_page(source, reader, stands),
        Next::Snapshot { stands, .. } => match source.snapshot_from(reader.snapshot, reader.limit_bytes)? {
            Some(part) => Ok(Given::Snapshot { stands, part }),
            None => give_page(source, reader, stands),
        },
    }
}

/// Reads the items that follow on a reader's cursor. `stands` is the cursor of the replica that gives.
///
/// # Errors
/// What `source` reports.
pub fn give_page<S: PageSource>(source: &S, reader: &Reader, stands: Cursor) -> Result<Given, S::Error> {
    let mut at = reader.from();
    loop {
        let SourcePage { items, cursor, more } = source.items_from(at, reader.limit_bytes)?;
        let items: Vec<Item> =
            items.into_iter().filter(|stored| reader.is_new(stored)).map(|stored| stored.item).collect();
        // A page of which nothing is for this reader is not worth a round trip.
        if !items.is_empty() || !more {
            return Ok(Given::Page { stands, items, cursor, more });
        }
        at = cursor;
    }
}
