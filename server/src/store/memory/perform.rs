//! Carrying out a commit on a copy of the state, which is dropped if the commit is refused.

use std::sync::Arc;

use super::State;
use super::events::Event;
use super::registry::Changed;
use crate::store::StoreError;
use crate::store::audit::Act;
use crate::store::commit::{Commit, Outcome};

pub(super) fn perform(state: &mut State, commit: Commit) -> Result<Outcome, StoreError> {
    match commit {
        Commit::Nothing | Commit::Probe | Commit::OverwriteRemains(_) => {}
        Commit::Batch(batch) => state.keep_batch(batch)?,
        Commit::FoundAgain(founded) => state.found_again(*founded)?,
        Commit::KeepSnapshot(snapshot) => state.event_mut(snapshot.event)?.keep_snapshot(*snapshot),
        Commit::KeepPartialSnapshot(row) => state.event_mut(row.snapshot.event)?.keep_partial_snapshot(*row),
        Commit::CreateEvent { event, node, deed } => {
            let is_new = !state.events.contains_key(&event);
            if is_new {
                state.created.push(event);
                state.events.insert(event, Arc::new(Event { node, ..Event::default() }));
                state.registry.extend(node.map(|_| Changed::Event(event)));
                state.write_down(deed, &Act::EventCreated { event: event.to_string() })?;
            }
            return Ok(Outcome::Answer(is_new));
        }
        Commit::AddNode { row, deed } => {
            let is_new = !state.nodes.contains_key(&row.node);
            if is_new {
                state.write_down(deed, &Act::NodeAdded { node: row.node.to_string(), kind: row.kind.clone() })?;
                state.registry.push(Changed::Node(row.node));
                state.nodes.insert(row.node, row);
            }
            return Ok(Outcome::Answer(is_new));
        }
        Commit::AddInvite { invite, deed, may } => return state.add_invite(*invite, deed, may).map(Outcome::Answer),
        Commit::AddFirstInvite { invite, deed } => state.add_first_invite(*invite, deed)?,
        Commit::WithdrawInvite { secret_hash, deed } => {
            return state.withdraw_invite(&secret_hash, deed).map(Outcome::Answer);
        }
        Commit::Redeem { redemption, judge } => return state.redeem(redemption, judge).map(Outcome::Answer),
        Commit::ChangeGrants { device, deed, decide } => state.change_grants(device, deed, decide)?,
        Commit::Revoke(revocation) => return state.revoke(&revocation).map(Outcome::Answer),
        Commit::NoteSeen { device, at } => {
            state.devices.get_mut(&device).into_iter().for_each(|device| device.seen = Some(at));
        }
        Commit::OfferSignIn { offer, deed, may } => return state.offer_sign_in(*offer, deed, may).map(Outcome::Answer),
        Commit::WithdrawSignIn { secret_hash, deed } => state.withdraw_sign_in(&secret_hash, deed)?,
        Commit::BeginSession(beginning) => return state.begin_session(*beginning).map(Outcome::Begun),
        Commit::EndSession { session, deed } => state.end_session(session, deed)?,
        Commit::TrustClock(deed) => state.write_down(deed, &Act::ClockTrusted)?,
        Commit::KeepHomeKey(key) => drop(state.home.get_or_insert(key)),
        Commit::KeepRetentionNotice { event, notice } => state.event_mut(event)?.notice = notice,
        Commit::ForgetRetentionNotices => {
            for event in state.events.values_mut().filter(|event| event.notice.is_some()) {
                Arc::make_mut(event).notice = None;
            }
        }
        Commit::NoteOverwritten(up_to) => state.overwriting.retain(|number| *number > up_to),
    }
    Ok(Outcome::Done)
}
