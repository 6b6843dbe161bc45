//! Commands between being performed and being confirmed.

use std::collections::{BTreeMap, HashSet};

use minicbor::{Decode, Encode};

use crate::admission::Rejection;
use crate::command::{Act, Command};
use crate::documents::event::EventEdit;
use crate::documents::log::Record;
use crate::ids::{Actor, ChangeHash, DocumentRef, EntryRef, Incarnation, Revision, RulingId, Subject};
use crate::time::ClockReading;

/// A command that was refused this often is parked.
const REFUSALS_BEFORE_PARKING: u32 = 2;

/// A command that was performed here and is not confirmed yet.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Draft {
    /// Counts up on this replica.
    #[n(0)]
    pub id: u64,
    /// The command that was performed.
    #[n(1)]
    pub command: Command,
    /// What the clocks read.
    #[n(2)]
    pub reading: ClockReading,
    /// The entry it is, or will be, for a command that records one.
    #[n(3)]
    pub entry: Option<EntryRef>,
    /// Where it is in its life.
    #[n(4)]
    pub state: DraftState,
    /// How often home refused it.
    #[n(5)]
    pub refusals: u32,
}

impl Draft {
    /// Whether the command is part of no change yet. What waits for a higher role is tried again, unless home itself refused
    /// it for the role more than once: what is known here of the role is then not what home knows.
    pub(crate) fn is_to_be_sealed(&self) -> bool {
        let may_try_again = self.refusals < REFUSALS_BEFORE_PARKING;
        self.state == DraftState::Open || (may_try_again && self.state == DraftState::waits_for_a_role())
    }

    /// What the command records in the device's log; `None` for one that edits or rules.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        match self.command.act(self.reading, self.entry?.incarnation) {
            Act::Entry(record) => Some(record),
            Act::Put { .. } => None,
        }
    }
}

/// Where a command is in its life.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum DraftState {
    /// It will be part of the next sealed change.
    #[n(0)]
    Open,
    /// It is part of a change that other replicas can take.
    #[n(1)]
    Sealed(#[n(0)] SealedAt),
    /// Home refused it for good, with this code. A person must look at it.
    #[n(2)]
    Parked(#[n(0)] String),
    /// It is part of a change that waits at home for an organizer.
    #[n(3)]
    Held(#[n(0)] SealedAt),
    /// It is part of a change that home refuses as long as this device is revoked. The change is kept and offered again.
    #[n(4)]
    Barred(#[n(0)] SealedAt),
}

impl DraftState {
    /// The command needs a higher role than the device has now.
    pub(crate) fn waits_for_a_role() -> Self {
        Self::Parked(Rejection::NotYourRole.code().to_owned())
    }

    /// Where the command stands, once it is sealed.
    pub(crate) const fn sealed_at(&self) -> Option<&SealedAt> {
        match self {
            Self::Sealed(at) | Self::Held(at) | Self::Barred(at) => Some(at),
            Self::Open | Self::Parked(_) => None,
        }
    }

    /// Why home does not take the command, as a stable code; `None` where it may yet.
    #[must_use]
    pub fn refused(&self) -> Option<&str> {
        match self {
            Self::Parked(code) => Some(code),
            Self::Barred(_) => Some(Rejection::Revoked.code()),
            Self::Open | Self::Sealed(_) | Self::Held(_) => None,
        }
    }
}

/// Where a sealed command stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SealedAt {
    /// The item that holds it.
    #[n(0)]
    pub revision: Revision,
    /// The document that its change belongs to.
    #[n(1)]
    pub document: DocumentRef,
    /// The author of the change.
    #[n(2)]
    pub actor: Actor,
    /// The number of the change in its author's chain.
    #[n(3)]
    pub seq: u64,
    /// The change: another one may bear its number, if this device was cloned or rolled back.
    #[n(4)]
    pub hash: ChangeHash,
}

/// What the open drafts bring into being, so that it can be looked up.
#[derive(Default)]
pub(super) struct Drafted {
    pub(super) subjects: HashSet<Subject>,
    pub(super) rulings: HashSet<RulingId>,
    pub(super) event: Vec<EventEdit>,
}

impl Drafted {
    pub(super) fn add(&mut self, draft: &Draft) {
        match &draft.command {
            Command::AddPerson(id, _) => drop(self.subjects.insert(Subject::Person(*id))),
            Command::AddWalkIn(walk_in) => drop(self.subjects.insert(Subject::WalkIn(walk_in.id))),
            Command::Rule(id, _) => drop(self.rulings.insert(*id)),
            Command::EditEvent(edit) => self.event.push(edit.clone()),
            _ => {}
        }
    }
}

impl<'a> FromIterator<&'a Draft> for Drafted {
    fn from_iter<I: IntoIterator<Item = &'a Draft>>(drafts: I) -> Self {
        let mut drafted = Self::default();
        drafts.into_iter().for_each(|draft| drafted.add(draft));
        drafted
    }
}

/// Prepares the commands of refused items to be performed again, in a new incarnation.
///
/// `drafts` are all that are not confirmed, `refused` says why the items with these revisions were refused. Entries get
/// new positions, and an undo follows the entry it takes back. A command that was refused too often is parked.
#[must_use]
pub fn redraft(drafts: Vec<Draft>, refused: &BTreeMap<Revision, String>, fresh: Incarnation) -> Vec<Draft> {
    let mut moved: BTreeMap<EntryRef, EntryRef> = BTreeMap::new();
    let mut counter = 0;
    let mut redone = Vec::new();
    for mut draft in drafts {
        match draft.state.clone() {
            DraftState::Sealed(at) | DraftState::Held(at) | DraftState::Barred(at) => match refused.get(&at.revision) {
                None => continue,
                Some(code) => {
                    // Not the command was refused then, but the number that a clone of this device took first, or
                    // what another wrote.
                    let blameless = [Rejection::Equivocation, Rejection::BuildsOnDiscarded];
                    draft.refusals += u32::from(blameless.iter().all(|rejection| rejection.code() != code));
                    let parked = draft.refusals >= REFUSALS_BEFORE_PARKING || Rejection::is_final(code);
                    draft.state = if parked { DraftState::Parked(code.clone()) } else { DraftState::Open };
                }
            },
            DraftState::Open => {}
            DraftState::Parked(_) => continue,
        }
        if let (Some(entry), DraftState::Open) = (draft.entry, &draft.state) {
            let new = EntryRef { device: entry.device, incarnation: fresh, counter };
            moved.insert(entry, new);
            draft.entry = Some(new);
            counter += 1;
        }
        if let Command::Undo(target) = &mut draft.command
            && let Some(new) = moved.get(target)
        {
            *target = *new;
        }
        redone.push(draft);
    }
    redone
}

/// Commands that home did not confirm yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Unconfirmed {
    /// Records that no other device has.
    pub on_this_device: usize,
    /// Another device has them too.
    pub carried: usize,
    /// At home, where an organizer decides about them.
    pub held: usize,
    /// Refused: a person must look at them.
    pub parked: usize,
}
