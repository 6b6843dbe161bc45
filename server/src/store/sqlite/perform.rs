//! Carrying out a commit inside a transaction.

use rusqlite::Connection;

use super::{audit, devices, erasing, home, invites, items, overwriting, prepared, sessions, tree};
use crate::store::StoreError;
use crate::store::audit::Act;
use crate::store::commit::{Commit, Outcome};

/// Writes what a commit says. What was written is to be rolled back if it fails.
pub(super) fn perform(db: &Connection, commit: Commit) -> Result<Outcome, StoreError> {
    match commit {
        Commit::Nothing => Ok(()),
        Commit::Batch(batch) => items::insert(db, &batch),
        Commit::FoundAgain(founded) => erasing::replace(db, &founded),
        Commit::KeepSnapshot(snapshot) => items::insert_snapshot(db, &snapshot),
        Commit::KeepPartialSnapshot(row) => erasing::keep_partial_snapshot(db, &row),
        Commit::CreateEvent { event, node, deed } => return answer(tree::create_event(db, event, node, deed)),
        Commit::AddNode { row, deed } => return answer(tree::add_node(db, row, deed)),
        Commit::AddInvite { invite, deed, may } => return answer(invites::add_invite(db, &invite, deed, may)),
        Commit::AddFirstInvite { invite, deed } => invites::add_first_invite(db, &invite, deed),
        Commit::WithdrawInvite { secret_hash, deed } => return answer(invites::withdraw(db, &secret_hash, deed)),
        Commit::Redeem { redemption, judge } => return answer(devices::redeem(db, redemption, judge)),
        Commit::ChangeGrants { device, deed, decide } => devices::change_grants(db, device, deed, decide),
        Commit::Revoke(revocation) => return answer(prepared::revoke(db, &revocation)),
        Commit::NoteSeen { device, at } => devices::note_seen(db, device, at),
        Commit::OfferSignIn { offer, deed, may } => return answer(sessions::offer_sign_in(db, &offer, deed, may)),
        Commit::WithdrawSignIn { secret_hash, deed } => sessions::withdraw_link(db, &secret_hash, deed),
        Commit::BeginSession(beginning) => return sessions::begin(db, &beginning).map(Outcome::Begun),
        Commit::EndSession { session, deed } => sessions::end(db, session, deed),
        Commit::TrustClock(deed) => audit::append(db, deed, &Act::ClockTrusted),
        Commit::KeepHomeKey(key) => home::keep_home_key(db, key),
        Commit::Probe => home::probe(db),
        Commit::KeepRetentionNotice { event, notice } => home::keep_retention_notice(db, event, notice),
        Commit::ForgetRetentionNotices => home::forget_retention_notices(db),
        Commit::OverwriteRemains(pages) => overwriting::overwrite_remains(db, &pages),
        Commit::NoteOverwritten(up_to) => overwriting::note_overwritten(db, up_to),
    }
    .map(|()| Outcome::Done)
}

fn answer(answer: Result<bool, StoreError>) -> Result<Outcome, StoreError> {
    answer.map(Outcome::Answer)
}
