//! The bytes of a command in a journal.

use minicbor::{Decode, Encode};

use crate::command::Command;
use crate::ids::EntryRef;
use crate::replica::{Draft, DraftState};
use crate::time::ClockReading;

/// A draft as it is written.
#[derive(Encode, Decode)]
pub(super) struct StoredDraft {
    #[n(0)]
    id: u64,
    #[n(1)]
    command: Command,
    #[n(2)]
    reading: ClockReading,
    #[n(3)]
    entry: Option<EntryRef>,
    #[n(4)]
    state: DraftState,
    #[n(5)]
    refusals: u32,
}

impl From<Draft> for StoredDraft {
    fn from(Draft { id, command, reading, entry, state, refusals }: Draft) -> Self {
        Self { id, command, reading, entry, state, refusals }
    }
}

impl From<StoredDraft> for Draft {
    fn from(StoredDraft { id, command, reading, entry, state, refusals }: StoredDraft) -> Self {
        Self { id, command, reading, entry, state, refusals }
    }
}
