//! The newest cursors of an event, so that whoever quotes one of them is believed without asking the store.

use std::collections::VecDeque;

use sync_core::exchange::Cursor;
use sync_core::ids::Revision;

/// So many are remembered: a phone that was here an hour ago quotes one of them.
const REMEMBERED: usize = 4096;

/// The cursors after each of the items that were taken last, without a gap.
#[derive(Debug)]
pub(super) struct RecentCursors {
    /// The revision of the first that is remembered.
    first: u64,
    digests: VecDeque<[u8; 32]>,
}

impl RecentCursors {
    /// Remembers where the event stands.
    pub(super) fn from(stands: Cursor) -> Self {
        Self { first: stands.revision.0, digests: VecDeque::from([stands.digest]) }
    }

    /// Remembers the cursor after one more item.
    pub(super) fn note(&mut self, cursor: Cursor) {
        if cursor.revision.0 != self.first + self.digests.len() as u64 {
            *self = Self::from(cursor);
            return;
        }
        self.digests.push_back(cursor.digest);
        if self.digests.len() > REMEMBERED {
            self.digests.pop_front();
            self.first += 1;
        }
    }

    /// Whether a cursor is certainly of the event's past. Of an older one nothing is known here.
    pub(super) fn hold(&self, cursor: Cursor) -> bool {
        if cursor.revision == Revision(0) {
            return true;
        }
        let at = cursor.revision.0.checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.digests.get(at)).is_some_and(|digest| *digest == cursor.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(revision: u64) -> Cursor {
        Cursor { revision: Revision(revision), digest: [revision as u8; 32] }
    }

    #[test]
    fn what_was_noted_is_held_until_much_has_come_after_it() {
        let mut recent = RecentCursors::from(cursor(7));
        for revision in 8..=7 + REMEMBERED as u64 {
            recent.note(cursor(revision));
        }
        let newest = 7 + REMEMBERED as u64;
        assert!([8, 9, newest].iter().all(|revision| recent.hold(cursor(*revision))));
        assert!(!recent.hold(cursor(7)) && !recent.hold(cursor(newest + 1)));
        assert!(recent.hold(Cursor::default()), "everybody has read nothing once");
    }

    #[test]
    fn a_cursor_with_another_hash_is_not_held() {
        let recent = RecentCursors::from(cursor(7));
        assert!(!recent.hold(Cursor { digest: [8; 32], ..cursor(7) }));
    }

    #[test]
    fn after_a_gap_nothing_before_it_is_held() {
        let mut recent = RecentCursors::from(cursor(7));
        recent.note(cursor(9));
        assert!(!recent.hold(cursor(7)) && recent.hold(cursor(9)));
    }
}
