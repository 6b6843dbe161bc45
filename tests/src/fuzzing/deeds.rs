//! What a forger can do to a document, and to a change that was written already.

use arbitrary::Arbitrary;
use automerge::transaction::{Transactable, Transaction};
use automerge::{ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use minicbor::Encode;
use sync_core::documents::event::{DayHours, EventEdit, EventZone, MarkersRead, Site};
use sync_core::documents::log::{Entry, Method, PlantingCard, Presence, Record, Undo};
use sync_core::documents::roster::PersonEdit;
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::ids::{DeviceId, DocumentRef, EntryRef, Incarnation, RulingId, Subject};
use sync_core::time::{ClockReading, UnixMillis, ZoneOffset, ZoneTable};

use super::admission::insert;
use super::scene::{HONEST, key, listed, litter, named, person, walk_in};
use crate::forgery::Parts;

/// What somebody's clocks read, however absurd.
#[derive(Arbitrary, Clone, Copy, Debug, Default)]
pub struct Clocks {
    boot: u8,
    mono_ms: u64,
    wall_ms: i64,
}

impl Clocks {
    const fn reading(self) -> ClockReading {
        ClockReading { boot: self.boot as u64, mono_ms: self.mono_ms, wall_ms: UnixMillis(self.wall_ms) }
    }
}

/// Something that may stand in an entry or a register, or not.
#[derive(Arbitrary, Debug)]
pub enum Value {
    Record(Entered, Clocks),
    Bytes(Vec<u8>),
}

/// An entry that an app could write.
#[derive(Arbitrary, Debug)]
pub enum Entered {
    Presence { kind: u8, subject: Who },
    Undo { counter: u8, incarnation: Option<u8> },
    WalkIn { id: u8 },
    Litter { bags: u32, grams: u64 },
    Planting { seedlings: u32, square_metres: u64 },
    Anchor { home_ms: i64 },
}

/// Somebody: on the roster, a walk-in, or nobody.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Who {
    Listed(u8),
    WalkedIn(u8),
    Nobody(u64),
}

impl Who {
    fn subject(self) -> Subject {
        match self {
            Self::Listed(number) => listed(u64::from(number % 4)),
            Self::WalkedIn(number) => Subject::WalkIn(walk_in(u64::from(number % 4)).id),
            Self::Nobody(bits) => Subject::from_bits(bits),
        }
    }
}

impl Entered {
    fn record(&self) -> Record {
        match *self {
            Self::Presence { kind, subject } => {
                let presence = Presence { site: "north".to_owned(), method: Method::Qr, subject: subject.subject() };
                match kind % 3 {
                    0 => Record::CheckIn(presence),
                    1 => Record::CheckOut(presence),
                    _ => Record::NoShow(presence),
                }
            }
            Self::Undo { counter, incarnation } => {
                let incarnation = incarnation.map(|number| Incarnation([1 + number % 4; 8]));
                Record::Undo(Undo { counter: u64::from(counter), incarnation })
            }
            Self::WalkIn { id } => Record::WalkIn(walk_in(u64::from(id % 4))),
            Self::Litter { bags, grams } => {
                let mut card = litter(bags);
                card.grams = grams;
                Record::LitterCard(card)
            }
            Self::Planting { seedlings, square_metres } => Record::PlantingCard(PlantingCard {
                site: "north".to_owned(),
                species: "Haloxylon".to_owned(),
                seedlings,
                square_metres,
            }),
            Self::Anchor { home_ms } => Record::Anchor(UnixMillis(home_ms)),
        }
    }
}

impl Value {
    fn bytes(&self) -> ScalarValue {
        ScalarValue::Bytes(match self {
            Self::Record(entered, clocks) => cbor(Entry { record: entered.record(), reading: clocks.reading() }),
            Self::Bytes(bytes) => bytes.clone(),
        })
    }
}

/// A register with what may stand in it.
#[derive(Arbitrary, Debug)]
pub enum Register {
    Added {
        number: u8,
        name: u8,
    },
    Edited {
        number: u8,
        edit: Edit,
    },
    Ruled {
        id: u8,
        decided: Decided,
    },
    Day {
        day: i64,
        hours: Option<(u16, u16)>,
    },
    Site {
        key: u8,
        there: bool,
    },
    Zone(Vec<(i64, i32)>),
    ReadAll,
    /// A value of one register under the key of another one.
    Under(String, Vec<u8>),
}

#[derive(Arbitrary, Debug)]
pub enum Edit {
    Phone(u8),
    Year(Option<u16>),
    Withdrawn(Option<String>),
}

#[derive(Arbitrary, Debug)]
pub enum Decided {
    Same(Who, Who),
    NotSame(Who, Who),
    Void { of: u8, incarnation: u8, counter: u8 },
    Manual { who: Who, start: i64, end: i64 },
    Confirm { who: Who, day: i64, imputed_ms: Option<u64> },
    Retract(u8),
}

impl Register {
    fn put(&self, clocks: Clocks) -> (String, Vec<u8>) {
        match self {
            Self::Added { number, name } => {
                (person(u64::from(number % 4)).to_string(), stored(clocks, named(&format!("N{name}"))))
            }
            Self::Edited { number, edit } => {
                let edit = edit.edit();
                (format!("{}.{}", person(u64::from(number % 4)), edit.field()), stored(clocks, edit))
            }
            Self::Ruled { id, decided } => {
                let ruling = Ruling { decision: decided.decision(), reason: String::new() };
                (RulingId([*id; 8]).to_string(), stored(clocks, ruling))
            }
            Self::Day { day, hours } => {
                let hours = hours.map(|(opens, closes)| DayHours { opens, closes });
                (format!("day.{day}"), stored(clocks, EventEdit::Day { day: *day, hours }))
            }
            Self::Site { key, there } => {
                let (key, site) = (format!("s{key}"), there.then(Site::default));
                (format!("site.{key}"), stored(clocks, EventEdit::Site { key, site }))
            }
            Self::Zone(offsets) => {
                let offsets =
                    offsets.iter().map(|(from, seconds)| ZoneOffset { from: UnixMillis(*from), seconds: *seconds });
                let zone = EventZone { name: String::new(), table: ZoneTable { offsets: offsets.collect() } };
                ("zone".to_owned(), stored(clocks, EventEdit::Zone(zone)))
            }
            Self::ReadAll => ("markers_read".to_owned(), stored(clocks, EventEdit::MarkersRead(MarkersRead::All))),
            Self::Under(key, value) => (key.clone(), value.clone()),
        }
    }
}

impl Edit {
    fn edit(&self) -> PersonEdit {
        match self {
            Self::Phone(number) => PersonEdit::Phone(Some(number.to_string())),
            Self::Year(year) => PersonEdit::BirthYear(*year),
            Self::Withdrawn(why) => PersonEdit::Withdrawn(why.clone()),
        }
    }
}

impl Decided {
    fn decision(&self) -> Decision {
        match *self {
            Self::Same(one, other) => Decision::Same(one.subject(), other.subject()),
            Self::NotSame(one, other) => Decision::NotSame(one.subject(), other.subject()),
            Self::Void { of, incarnation, counter } => Decision::Void(EntryRef {
                device: if of > 3 { DeviceId([of; 16]) } else { key(usize::from(of)).public().device() },
                incarnation: Incarnation([1 + incarnation % 4; 8]),
                counter: u64::from(counter),
            }),
            Self::Manual { who, start, end } => {
                Decision::Manual { subject: who.subject(), start: UnixMillis(start), end: UnixMillis(end), site: None }
            }
            Self::Confirm { who, day, imputed_ms } => Decision::Confirm { subject: who.subject(), day, imputed_ms },
            Self::Retract(id) => Decision::Retract(RulingId([id; 8])),
        }
    }
}

fn stored<T: Encode<()>>(clocks: Clocks, value: T) -> Vec<u8> {
    cbor((clocks.reading(), value))
}

fn cbor<T: Encode<()>>(value: T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

/// Something that is done to a document.
#[derive(Arbitrary, Debug)]
pub enum Deed {
    /// An entry at the end.
    Append(Value),
    /// An entry somewhere else.
    Insert(u8, Value),
    /// A value in a register.
    Put(Register, Clocks),
    /// An entry in the place of another one.
    Overwrite(u8, Value),
    /// An entry taken out.
    Delete(u8),
    /// A register taken out.
    Forget(Register),
    /// A value beside the container.
    Beside(String),
    /// Another container in the place of the one.
    Replace,
    /// A container inside the container.
    Nest(u8),
}

impl Deed {
    /// What an honest device does next in such a document.
    pub fn plain(document: &DocumentRef) -> Self {
        let clocks = Clocks { boot: 7, mono_ms: 2_000_000, wall_ms: 1_779_000_000_000 };
        match document {
            DocumentRef::Log { .. } => Self::Append(Value::Record(Entered::Litter { bags: 2, grams: 500 }, clocks)),
            DocumentRef::Event => Self::Put(Register::Site { key: 1, there: true }, clocks),
            DocumentRef::Roster(_) => Self::Put(Register::Edited { number: 1, edit: Edit::Phone(7) }, clocks),
            DocumentRef::Rulings(_) => {
                let decided = Decided::Void { of: 0, incarnation: HONEST.0[0] - 1, counter: 1 };
                Self::Put(Register::Ruled { id: 9, decided }, clocks)
            }
        }
    }

    /// Does it, as far as Automerge lets it be done.
    pub fn perform(&self, tx: &mut Transaction<'_>, container: &ObjId) {
        let length = tx.length(container).max(1);
        match self {
            Self::Append(value) => insert(tx, container, 0, value.bytes()),
            Self::Insert(place, value) => insert(tx, container, usize::from(*place), value.bytes()),
            Self::Put(register, clocks) => {
                let (key, value) = register.put(*clocks);
                drop(tx.put(container, key, ScalarValue::Bytes(value)));
            }
            Self::Overwrite(place, value) => drop(tx.put(container, usize::from(*place) % length, value.bytes())),
            Self::Delete(place) => drop(tx.delete(container, usize::from(*place) % length)),
            Self::Forget(register) => drop(tx.delete(container, register.put(Clocks::default()).0)),
            Self::Beside(key) => drop(tx.put(ROOT, key.as_str(), 1)),
            Self::Replace => drop(tx.put_object(ROOT, "entries", ObjType::List)),
            Self::Nest(place) => drop(tx.insert_object(container, usize::from(*place) % length, ObjType::Map)),
        }
    }
}

/// Something that is done to a change that was written.
#[derive(Arbitrary, Debug)]
pub enum Twist {
    /// Another number.
    Seq(u64),
    /// Another first operation.
    StartOp(u64),
    /// Numbers just beside the right ones.
    Off { seq: i8, start_op: i8 },
    /// Builds on something else.
    Deps(Vec<u8>),
    /// Builds on something that nobody has.
    Orphan([u8; 32]),
    /// Other bytes in a column.
    Splice { column: u8, at: u8, with: Vec<u8> },
    /// Another column.
    Column(u8, Vec<u8>),
    /// Names other actors.
    Others(Vec<u8>),
    /// A time, and a message.
    Said(i64, Vec<u8>),
    /// Something after the columns.
    Rest(Vec<u8>),
}

impl Twist {
    /// Alters a change. `known` are the hashes of changes that are there.
    pub fn alter(&self, parts: &mut Parts, known: &[[u8; 32]]) {
        match self {
            Self::Seq(seq) => parts.seq = *seq,
            Self::StartOp(start_op) => parts.start_op = *start_op,
            Self::Off { seq, start_op } => {
                parts.seq = parts.seq.wrapping_add_signed(i64::from(*seq));
                parts.start_op = parts.start_op.wrapping_add_signed(i64::from(*start_op));
            }
            Self::Deps(picked) => {
                parts.deps = picked.iter().map(|at| known[usize::from(*at) % known.len()]).collect();
            }
            Self::Orphan(hash) => parts.deps.push(*hash),
            Self::Splice { column, at, with } => {
                if let Some(at_column) = usize::from(*column).checked_rem(parts.columns.len()) {
                    let bytes = &mut parts.columns[at_column].1;
                    let from = usize::from(*at) % (bytes.len() + 1);
                    let to = (from + with.len()).min(bytes.len());
                    bytes.splice(from..to, with.iter().copied());
                }
            }
            Self::Column(spec, bytes) => parts.column(u64::from(*spec)).clone_from(bytes),
            Self::Others(picked) => parts.others.extend(picked.iter().map(|byte| vec![*byte; 16])),
            Self::Said(time, message) => (parts.time, parts.message) = (*time, message.clone()),
            Self::Rest(rest) => parts.rest.clone_from(rest),
        }
    }
}
