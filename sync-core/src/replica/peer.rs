//! What a replica remembers of another one.

use minicbor::{Decode, Encode};

use crate::exchange::{Cursor, Reading};
use crate::ids::Revision;

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
    /// Something that came from it builds on what did not come: it is read once more after what it has now.
    #[n(7)]
    #[cbor(default)]
    pub has_gaps: bool,
    /// Of what waits there, what others wrote.
    #[n(8)]
    #[cbor(default)]
    pub aside: Vec<Revision>,
}

impl Peer {
    /// From now on everything that the peer has is read once more.
    pub(super) fn reads_anew(&mut self) {
        self.cursor = self.cursor.map(|_| Cursor::default());
    }

    /// Items were dropped and `last` is the last one left: their revisions will be those of others.
    ///
    /// What came from the peer is read anew, because some of it may have been left out as known here.
    pub(crate) fn forget(&mut self, is_dropped: impl Fn(&Revision) -> bool, last: Revision) {
        self.reads_anew();
        self.sent_up_to = self.sent_up_to.min(last);
        self.echo_up_to = self.echo_up_to.min(last);
        self.owed.retain(|owed| !is_dropped(owed));
        self.held.retain(|held| !is_dropped(held));
        self.aside.retain(|aside| !is_dropped(aside));
    }
}
