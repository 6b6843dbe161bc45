//! What a replica remembers of another one.

use minicbor::{Decode, Encode};

use crate::exchange::{Cursor, PAGE_LIMIT_BYTES, Reading, Versions};
use crate::ids::{DeviceId, DocumentRef, Incarnation, Revision};

const LARGEST_PAGE_BYTES: u32 = PAGE_LIMIT_BYTES as u32;
/// Of so many chains is remembered that something in them cannot be placed.
const GIVEN_UP_LIMIT: usize = 256;
/// A message with less in it would be mostly what goes with every message.
const SMALLEST_PAGE_BYTES: u32 = 1024;

/// What a replica remembers of another one.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Peer {
    /// How far it was read.
    #[n(0)]
    pub cursor: Option<Cursor>,
    /// Everything admitted here up to this revision was answered for, or came from it.
    #[n(1)]
    pub sent_up_to: Revision,
    /// What it could not take yet.
    #[n(2)]
    pub owed: Vec<Revision>,
    /// It lost what it had: what came from it must go back, up to this revision.
    #[n(3)]
    pub echo_up_to: Revision,
    /// The farthest that it ever said it stands.
    #[n(4)]
    pub stood: Option<Cursor>,
    /// What waits there for an organizer; it is offered again until somebody has decided.
    #[n(5)]
    pub held: Vec<Revision>,
    /// The rule by which it lets this replica read, as far as it was heard.
    #[n(6)]
    pub reading: Option<Reading>,
    /// Of whom something came from it that could not be placed, as where it builds on what did not come: it is read once
    /// more after what it has now.
    #[n(7)]
    #[cbor(default)]
    pub unplaced: Vec<ChainKey>,
    /// What is not shown here: what others wrote waits there, or was refused because of what its author may write now;
    /// what this device wrote was refused because the device is revoked.
    #[n(8)]
    #[cbor(default)]
    pub aside: Vec<Revision>,
    /// How much the link to it carries in one message.
    #[n(9)]
    #[cbor(default)]
    pub page: PageSize,
    /// Which part of who is erased home wants to be told of next, because it does not know the era that is here.
    #[n(10)]
    pub wants_erased: Option<u32>,
    /// Home said last that an organizer revoked this device.
    #[n(11)]
    #[cbor(default)]
    pub has_dismissed_this_device: bool,
    /// Of whom something could not be placed although it was read once more: that is no reason to read it again.
    #[n(12)]
    #[cbor(default)]
    pub given_up: Vec<ChainKey>,
    /// Which versions of the messages it speaks, as far as it was heard.
    #[n(13)]
    pub versions: Option<Versions>,
}

/// Names a chain: the changes that a device wrote to a document in one incarnation, of which each builds on the one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub struct ChainKey {
    /// The document to which the chain belongs.
    #[n(0)]
    pub document: DocumentRef,
    /// The device that wrote the chain.
    #[n(1)]
    pub device: DeviceId,
    /// The incarnation in which the device wrote it.
    #[n(2)]
    pub incarnation: Incarnation,
}

/// How many bytes of items a message to a peer, or its answer, may hold: less after a message that did not get through,
/// a little more after each that did.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct PageSize(#[n(0)] u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(LARGEST_PAGE_BYTES)
    }
}

impl PageSize {
    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        self.0
    }

    /// After a message that did not get through.
    pub(super) fn halved(self) -> Self {
        Self((self.0 / 2).max(SMALLEST_PAGE_BYTES))
    }

    /// After one that did: ten more double it.
    pub(super) fn grown(self) -> Self {
        Self((self.0 + self.0 / 12).min(LARGEST_PAGE_BYTES))
    }
}

impl Peer {
    /// From now on everything that the peer has is read once more.
    pub(super) fn reads_anew(&mut self) {
        self.cursor = self.cursor.map(|_| Cursor::default());
    }

    /// The peer was read as far as it goes. What came and could not be placed may build on what was left out: it is read
    /// once more, unless that was tried already. Says whether it is; each chain is a reason once.
    pub(super) fn ends_reading(&mut self) -> bool {
        let before = self.given_up.len();
        for chain in std::mem::take(&mut self.unplaced) {
            if self.given_up.len() < GIVEN_UP_LIMIT && !self.given_up.contains(&chain) {
                self.given_up.push(chain);
            }
        }
        let is_tried = self.given_up.len() > before;
        if is_tried {
            self.reads_anew();
        }
        is_tried
    }

    /// A device was let in: what it wrote, and could not be placed before, is read once more.
    pub(super) fn tries_again(&mut self, device: DeviceId) {
        let before = self.given_up.len();
        self.given_up.retain(|chain| chain.device != device);
        if self.given_up.len() < before {
            self.reads_anew();
        }
    }

    /// Items were dropped and `last` is the last one left: their revisions will be those of others.
    ///
    /// What came from the peer is read anew, because some of it may have been left out as known here.
    pub(crate) fn forget(&mut self, is_dropped: impl Fn(&Revision) -> bool, last: Revision) {
        self.reads_anew();
        self.given_up.clear();
        self.sent_up_to = self.sent_up_to.min(last);
        self.echo_up_to = self.echo_up_to.min(last);
        self.owed.retain(|owed| !is_dropped(owed));
        self.held.retain(|held| !is_dropped(held));
        self.aside.retain(|aside| !is_dropped(aside));
    }
}
