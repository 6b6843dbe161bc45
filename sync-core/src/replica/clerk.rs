//! A replica whose documents are somebody else's: home performs for a person who has no replica of their own.

use super::drafts::DraftState;
use super::ledger::{Ledger, StoredItem};
use super::{Identity, Kept, NotLetIn, Replica, Write};
use crate::command::{Command, CommandError};
use crate::time::ClockReading;

/// What came of commands that a clerk was given.
pub struct Clerked {
    /// The ledger that was lent, with what was admitted.
    pub ledger: Ledger,
    /// What was admitted, in order. To be made durable before anybody is told.
    pub items: Vec<StoredItem>,
    /// Whether all commands were performed; if not, none was.
    pub performed: Result<(), ClerkError>,
}

/// Why commands were not performed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClerkError {
    /// One of them cannot be meant, or not here.
    #[error("command {index}: {cause}")]
    Command {
        /// The place of the command among those that were given, from 0.
        index: usize,
        /// Why the command was refused.
        cause: CommandError,
    },
    /// The author's own change was not admitted: the author may write no more.
    #[error("what was written was not admitted")]
    NotSealed,
}

/// Performs commands on a ledger in the name of `identity`, and seals them: all of them, or none.
///
/// # Errors
/// [`NotLetIn`] if the grant is not for this event. The ledger is lost then and must be read anew.
pub fn clerk(
    ledger: Ledger,
    identity: Identity,
    commands: Vec<Command>,
    reading: ClockReading,
) -> Result<Clerked, NotLetIn> {
    let kept = Kept {
        ledger,
        drafts: Vec::new(),
        next_draft: 0,
        peers: Default::default(),
        confirmed: Vec::new(),
        partial: None,
    };
    let opened = Replica::open(identity, kept)?;
    let (mut replica, mut writes) = (opened.answer, opened.writes);
    let tried = commands.into_iter().enumerate().try_for_each(|(index, command)| {
        replica.perform(command, reading).map(drop).map_err(|cause| ClerkError::Command { index, cause })
    });
    let performed = tried.and_then(|()| {
        writes.extend(replica.seal().writes);
        let is_sealed = |draft: &super::Draft| matches!(draft.state, DraftState::Sealed(_));
        if replica.drafts().all(is_sealed) { Ok(()) } else { Err(ClerkError::NotSealed) }
    });
    let items = writes.into_iter().filter_map(|write| match write {
        Write::Item(stored) => Some(stored),
        _ => None,
    });
    Ok(Clerked { items: items.collect(), performed, ledger: replica.ledger })
}
