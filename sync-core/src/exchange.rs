//! What two replicas say to each other: one request, one response, over any carrier.
//!
//! Owns the messages, their limits and their bytes: a short head with a version, then CBOR, deflated. Inflation stops
//! at a limit. Does not own what is done about a message; see [`crate::replica`].

mod erased;
mod page;
mod written_page;

use std::io::Write;

use flate2::{Decompress, FlushDecompress, Status};
use minicbor::{Decode, Encode};

pub use self::erased::{EraStatement, ErasedPart, QuotedEra};
pub use self::page::PageStatement;
pub use self::written_page::{WrittenPage, write_response_around};
use crate::admission::SealedChange;
use crate::ids::{EventId, Incarnation, Revision, tagged_hash};
use crate::time::UnixMillis;
pub use crate::trust::Reading;
use crate::trust::{Confirmation, Dismissal, Grant, Refusal, Signed, SnapshotStatement};

/// The newest version of the messages that this build writes and reads.
pub const EXCHANGE_VERSION: u8 = Versions::OWN.newest;

/// A range of versions of the messages, as a replica says it of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Versions {
    /// The oldest that it reads and writes.
    #[n(0)]
    pub oldest: u8,
    /// The newest that it reads and writes.
    #[n(1)]
    pub newest: u8,
}

impl Versions {
    /// The versions that this build speaks.
    pub const OWN: Self = Self { oldest: 1, newest: 1 };

    /// In which version to write to a replica that says this of itself: the newest that both speak. `None` stands for a
    /// replica that was not heard yet: it is written to in the oldest version that this build speaks.
    #[must_use]
    pub fn to_write_to(peer: Option<Self>) -> u8 {
        let newest = peer.map_or(Self::OWN.oldest, |peer| peer.newest.min(Self::OWN.newest));
        newest.max(Self::OWN.oldest)
    }

    const fn contains(self, version: u8) -> bool {
        self.oldest <= version && version <= self.newest
    }
}

impl std::fmt::Display for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.oldest == self.newest {
            write!(f, "{}", self.newest)
        } else {
            write!(f, "{} to {}", self.oldest, self.newest)
        }
    }
}
/// A message may be no longer than this on the wire.
pub const MESSAGE_LIMIT_BYTES: usize = 256 * 1024;
/// A message may inflate to no more than this.
pub const INFLATED_LIMIT_BYTES: usize = 1024 * 1024;
/// A page holds changes of no more than this, before they are deflated.
pub const PAGE_LIMIT_BYTES: usize = 240 * 1024;
/// A request carries no more items than this: an honest page has fewer, because every item counts towards its bytes.
pub const ITEMS_LIMIT: usize = 1024;

/// A message is deflated if it is longer than this. Most answers are shorter and consist of hashes and signatures: that
/// saves no packet, and costs more than all else about them.
const PLAIN_UP_TO_BYTES: usize = 512;

const MAGIC: [u8; 3] = *b"SXL";

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// They do not begin like one.
    #[error("this is not a message of an exchange")]
    NotAMessage,
    /// They are of a version that this build does not know.
    #[error("version {0} of the exchange is not spoken here, but {own}: update the older side", own = Versions::OWN)]
    Version(u8),
    /// They are, or would become, too long.
    #[error("the message is too large")]
    TooLarge,
    /// They end early, or their content is not what it should be.
    #[error("the message is damaged or cut off")]
    Damaged,
}

/// How far a replica has read another: a number, and a hash of everything admitted up to it.
///
/// The hash shows a replica that its peer was restored from an older copy.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Encode, Decode)]
pub struct Cursor {
    /// How many items were admitted.
    #[n(0)]
    pub revision: Revision,
    /// Running hash of it.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub digest: [u8; 32],
}

impl Cursor {
    /// The cursor after one more item.
    #[must_use]
    pub fn advanced_by(&self, item: &Item) -> Self {
        match item {
            Item::Grant(grant) => self.advanced_by_grant(grant),
            Item::Change(change) => self.advanced_by_change(change),
        }
    }

    pub(crate) fn advanced_by_grant(&self, grant: &Signed<Grant>) -> Self {
        self.advanced(b"grant", &crate::documents::encode(grant))
    }

    pub(crate) fn advanced_by_change(&self, change: &SealedChange) -> Self {
        self.advanced(b"change", &change.seal.0)
    }

    fn advanced(&self, kind: &[u8], item: &[u8]) -> Self {
        let digest = tagged_hash("saxaul/revision", &[&self.digest, kind, item]);
        Self { revision: Revision(self.revision.0 + 1), digest }
    }
}

/// One thing that replicas pass on.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Item {
    /// Home lets a device in.
    #[n(0)]
    Grant(#[n(0)] Signed<Grant>),
    /// A device changed a document.
    #[n(1)]
    Change(#[n(0)] SealedChange),
}

impl Item {
    /// The seal of a change, which tells it from all others; `None` for a grant.
    #[must_use]
    pub const fn seal(&self) -> Option<[u8; 64]> {
        match self {
            Self::Change(sealed) => Some(sealed.seal.0),
            Self::Grant(_) => None,
        }
    }
}

/// Asks a peer to take what is new here and to give what is new there.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Request {
    /// The event that is asked about.
    #[n(0)]
    pub event: EventId,
    /// How far the peer was read; `None` before anything was read, when a snapshot may come instead of items. Revision 0
    /// asks for every item: a snapshot could be older than what is here, and would take its place.
    #[n(1)]
    pub cursor: Option<Cursor>,
    /// Where to go on in a snapshot that was begun.
    #[n(2)]
    pub snapshot: Option<SnapshotPosition>,
    /// Give no more than about this many bytes of changes; 0 for an upload in a hurry.
    #[n(3)]
    pub want_bytes: u32,
    /// What the peer is not known to have, in order.
    #[n(4)]
    pub items: Vec<Item>,
    /// The farthest that the peer ever said it stands. What it took may lie beyond what was read of it, and is missing
    /// too if it was restored.
    #[n(5)]
    pub witness: Option<Cursor>,
    /// How far the asking device's present log goes.
    #[n(6)]
    pub own_log: OwnLog,
    /// In which era the asking device is, unless it is the first. Only home is told.
    #[n(7)]
    pub era: Option<QuotedEra>,
    /// Which versions of the messages the asking replica speaks. Home answers in that of the request.
    #[n(8)]
    pub versions: Option<Versions>,
}

/// How far a device has come in recording. If the device is lost, this tells how much is lost with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct OwnLog {
    /// The incarnation under which the device records now.
    #[n(0)]
    pub incarnation: Incarnation,
    /// How many entries its log has.
    #[n(1)]
    pub entries: u64,
}

/// A place in a snapshot's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Encode, Decode)]
pub struct SnapshotPosition {
    /// The revision of the snapshot, which tells it from others.
    #[n(0)]
    pub revision: Revision,
    /// The byte from which on the part is wanted or given.
    #[n(1)]
    pub offset: u64,
}

/// A part of a snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SnapshotPart {
    /// Home vouches for the whole.
    #[n(0)]
    pub statement: Signed<SnapshotStatement>,
    /// The snapshot, and the byte at which the part begins.
    #[n(1)]
    pub position: SnapshotPosition,
    /// Length of the whole.
    #[n(2)]
    pub total: u64,
    /// The bytes of the part.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// Where to read on after the snapshot.
    #[n(4)]
    pub cursor: Cursor,
}

/// What became of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was new and is durable here.
    #[n(0)]
    Accepted,
    /// It was durable here before.
    #[n(1)]
    AlreadyHad,
    /// It waits for an organizer.
    #[n(2)]
    Held,
    /// It will never be taken.
    #[n(3)]
    Refused,
    /// What it builds on has not arrived: send it again later.
    #[n(4)]
    NotYet,
}

/// Answers for one item of a request, in the same order.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Receipt {
    /// What became of it.
    #[n(0)]
    pub verdict: Verdict,
    /// Why, as a stable code, unless it was taken.
    #[n(1)]
    pub code: Option<String>,
}

impl Receipt {
    /// A receipt that needs no reason.
    #[must_use]
    pub const fn plain(verdict: Verdict) -> Self {
        Self { verdict, code: None }
    }
}

/// Answers a request. The default gives nothing and says nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Response {
    /// One for each item of the request.
    #[n(0)]
    pub receipts: Vec<Receipt>,
    /// The request's cursor or witness is not of this replica's past: it was restored. Forget what it had, and send all
    /// again. Nobody signs this, so nothing else follows from it.
    #[n(1)]
    pub rewound: bool,
    /// The cursor at which this page ends: what to ask from next.
    #[n(2)]
    pub cursor: Cursor,
    /// What is new here.
    #[n(3)]
    pub items: Vec<Item>,
    /// Instead of items, for a device that begins.
    #[n(4)]
    pub snapshot: Option<SnapshotPart>,
    /// Whether there is more to read: ask again.
    #[n(5)]
    pub more: bool,
    /// What home confirms of what it was sent, now or earlier.
    #[n(6)]
    pub confirmations: Vec<Signed<Confirmation>>,
    /// Home's time, from home itself.
    #[n(7)]
    pub home_ms: Option<UnixMillis>,
    /// Where this replica stands, with what it took of the request: to be quoted as the witness from now on.
    #[n(8)]
    pub stands: Cursor,
    /// An organizer revoked the asking device: it gets nothing more.
    #[n(9)]
    pub dismissal: Option<Signed<Dismissal>>,
    /// The rule by which the asking device reads here.
    #[n(10)]
    pub reading: Reading,
    /// What home did not take of what it was sent. A receipt that says so without it is not believed.
    #[n(11)]
    pub refusal: Option<Signed<Refusal>>,
    /// What lies between the cursor and this is no longer given item by item: the asking device must begin from a snapshot,
    /// once it has handed over what it has.
    #[n(12)]
    #[cbor(default)]
    pub begins: bool,
    /// Home vouches for the items. Without it they are judged by their authors' present roles.
    #[n(13)]
    pub page: Option<Signed<PageStatement>>,
    /// Home does not know the era in which the asking device is: it wants to be told this part of who is erased in it, and
    /// gives nothing before.
    #[n(14)]
    pub wants_erased: Option<u32>,
    /// Which versions of the messages this replica speaks.
    #[n(15)]
    pub versions: Option<Versions>,
}

/// A message with bytes of its own.
pub trait Message: Encode<()> + for<'b> Decode<'b, ()> {
    /// Tells the messages apart.
    const KIND: u8;
}

impl Message for Request {
    const KIND: u8 = 1;
}

impl Message for Response {
    const KIND: u8 = 2;
}

/// Writes a message for whoever may read it: in the oldest version that this build speaks.
pub fn write_message<M: Message>(message: &M) -> Vec<u8> {
    write_message_in(Versions::OWN.oldest, message)
}

/// Writes a message in one of the versions that this build speaks.
pub fn write_message_in<M: Message>(version: u8, message: &M) -> Vec<u8> {
    let content = crate::documents::encode(message);
    let mut out = MAGIC.to_vec();
    out.extend([version, M::KIND]);
    if content.len() <= PLAIN_UP_TO_BYTES {
        put_stored(&content, Block::Last, &mut out);
    } else {
        out.extend(deflate(&content));
    }
    out
}

/// In which version a message is written that [`read_message`] has read.
#[must_use]
pub fn version_of(message: &[u8]) -> u8 {
    message.get(3).copied().unwrap_or(Versions::OWN.oldest)
}

/// Whether more blocks of a DEFLATE stream follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    GoesOn = 0,
    Last = 1,
}

/// One stored block (RFC 1951, section 3.2.4).
fn put_stored(content: &[u8], block: Block, out: &mut Vec<u8>) {
    let len = u16::try_from(content.len()).expect("so little fits into a block");
    out.push(block as u8);
    out.extend(len.to_le_bytes());
    out.extend((!len).to_le_bytes());
    out.extend_from_slice(content);
}

/// Reads a message.
///
/// # Errors
/// See [`MessageError`]; inflation stops at [`INFLATED_LIMIT_BYTES`].
pub fn read_message<M: Message>(bytes: &[u8]) -> Result<M, MessageError> {
    if bytes.len() > MESSAGE_LIMIT_BYTES {
        return Err(MessageError::TooLarge);
    }
    let (head, body) = bytes.split_at_checked(5).ok_or(MessageError::NotAMessage)?;
    if head[..3] != MAGIC {
        return Err(MessageError::NotAMessage);
    }
    if !Versions::OWN.contains(head[3]) {
        return Err(MessageError::Version(head[3]));
    }
    if head[4] != M::KIND {
        return Err(MessageError::NotAMessage);
    }
    let content = inflate(body, INFLATED_LIMIT_BYTES)?;
    let mut decoder = minicbor::Decoder::new(&content);
    let message = decoder.decode().map_err(|_| MessageError::Damaged)?;
    if decoder.position() == content.len() { Ok(message) } else { Err(MessageError::Damaged) }
}

/// Inflates to no more than `limit` bytes.
pub(crate) fn inflate(bytes: &[u8], limit: usize) -> Result<Vec<u8>, MessageError> {
    let mut inflater = Decompress::new(false);
    let mut content = Vec::with_capacity(bytes.len().saturating_mul(4).min(limit + 1));
    loop {
        let read = usize::try_from(inflater.total_in()).map_err(|_| MessageError::TooLarge)?;
        let status = inflater.decompress_vec(&bytes[read..], &mut content, FlushDecompress::Finish);
        match status.map_err(|_| MessageError::Damaged)? {
            _ if content.len() > limit => return Err(MessageError::TooLarge),
            Status::StreamEnd => return Ok(content),
            // It ends before its end: there was room for more.
            _ if content.len() < content.capacity() => return Err(MessageError::Damaged),
            _ => content.reserve_exact(content.len().max(1024).min(limit + 1 - content.len())),
        }
    }
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflate.write_all(bytes).expect("writing to memory does not fail");
    deflate.finish().expect("writing to memory does not fail")
}

/// Deflates in blocks that end at a whole byte and are not the last of their stream.
fn deflate_and_go_on(bytes: &[u8]) -> Vec<u8> {
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflate.write_all(bytes).and_then(|()| deflate.flush()).expect("writing to memory does not fail");
    // What the encoder writes when it ends would be a last block.
    std::mem::take(deflate.get_mut())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            event: EventId([1; 16]),
            cursor: Some(Cursor { revision: Revision(7), digest: [3; 32] }),
            snapshot: None,
            want_bytes: 1000,
            items: Vec::new(),
            witness: None,
            own_log: OwnLog { incarnation: Incarnation([2; 8]), entries: 7 },
            era: None,
            versions: Some(Versions::OWN),
        }
    }

    #[test]
    fn a_message_of_a_later_version_may_say_more_at_its_end() {
        let mut content = crate::documents::encode(&request());
        assert_eq!(content[0], 0x89, "nine fields");
        content[0] = 0x8b;
        content.extend([0x01, 0xf6]);
        let mut bytes = write_message(&request());
        bytes.truncate(5);
        put_stored(&content, Block::Last, &mut bytes);
        assert_eq!(read_message(&bytes), Ok(request()));
    }

    #[test]
    fn a_replica_is_written_to_in_the_newest_version_that_both_speak() {
        let versions = |oldest, newest| Versions::to_write_to(Some(Versions { oldest, newest }));
        assert_eq!([Versions::to_write_to(None), versions(1, 1), versions(1, 9)], [1, 1, 1]);
    }

    #[test]
    fn a_message_survives() {
        assert_eq!(read_message(&write_message(&request())), Ok(request()));
    }

    #[test]
    fn what_is_no_message_is_told_apart() {
        let good = write_message(&request());
        let with = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            read_message::<Request>(&bytes).unwrap_err()
        };
        assert_eq!(with(0, b'x'), MessageError::NotAMessage);
        assert_eq!(with(3, 9), MessageError::Version(9));
        assert_eq!(with(4, 2), MessageError::NotAMessage);
        assert_eq!(read_message::<Request>(&good[..20]).unwrap_err(), MessageError::Damaged);
        assert_eq!(read_message::<Request>(&[]).unwrap_err(), MessageError::NotAMessage);
        assert_eq!(read_message::<Request>(&vec![0; MESSAGE_LIMIT_BYTES + 1]).unwrap_err(), MessageError::TooLarge);
    }

    #[test]
    fn a_bomb_is_not_inflated() {
        let mut bytes = write_message(&request());
        bytes.truncate(5);
        bytes.extend(deflate(&vec![0; 200 * INFLATED_LIMIT_BYTES]));
        assert!(bytes.len() < MESSAGE_LIMIT_BYTES);
        assert_eq!(read_message::<Request>(&bytes).unwrap_err(), MessageError::TooLarge);
    }
}
