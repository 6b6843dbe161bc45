//! Anchors that cannot all be right, so that somebody voids the wrong one.

use super::Known;
use crate::documents::event::EventInfo;
use crate::documents::log::Log;
use crate::documents::rulings::Rulings;
use crate::ids::EntryRef;
use crate::time::{Anchor, UnixMillis};

/// An anchor is the middle of a question and an answer that lie at most 10 s apart: each may be wrong by half of that.
const READ_WITHIN_MS: i128 = 10_000;
/// So many milliseconds of a steady clock may be one too many or too few: the quartz of a phone is ten times better.
const DRIFTS_BY_ONE_IN: i128 = 1000;

/// Two anchors of one log of which at least one is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnchorConflict {
    /// The one that was recorded first.
    pub earlier: (EntryRef, Anchor),
    /// The next anchor of the same log.
    pub later: (EntryRef, Anchor),
    /// By how much they differ. Of one boot: home's clock went so much further between them than the device's.
    /// Of two: home's time when the later boot began less that of the earlier anchor, which is never negative in truth.
    pub differ_ms: i64,
}

/// Lists the anchors that contradict the one before them in their log, by device, incarnation and counter. A voided anchor
/// contradicts nothing.
#[must_use]
pub fn anchor_conflicts(event: &EventInfo, logs: &[&Log], rulings: &Rulings) -> Vec<AnchorConflict> {
    let known = Known::of(event, logs.to_vec(), rulings);
    let mut conflicts = Vec::new();
    for index in 0..known.ledger.logs().len() {
        let anchors = || standing(&known, index);
        for (earlier, later) in anchors().zip(anchors().skip(1)) {
            if let Some(differ_ms) = contradiction(&earlier.1, &later.1) {
                conflicts.push(AnchorConflict { earlier, later, differ_ms });
            }
        }
    }
    conflicts.sort_unstable_by_key(|conflict| (conflict.earlier.0, conflict.later.0));
    conflicts
}

/// Home's time when a device last learned it, as far as nobody voided that; `None` where none ever did.
#[must_use]
pub fn newest_home_time(event: &EventInfo, logs: &[&Log], rulings: &Rulings) -> Option<UnixMillis> {
    let known = Known::of(event, logs.to_vec(), rulings);
    let all = (0..known.ledger.logs().len()).flat_map(|index| standing(&known, index));
    all.map(|(_, anchor)| anchor.home_ms).max()
}

/// The anchors of a log that nobody voided.
fn standing<'a>(known: &'a Known<'_>, index: usize) -> impl Iterator<Item = (EntryRef, Anchor)> + use<'a> {
    let log = known.ledger.logs()[index];
    let counts = move |counter: u64| usize::try_from(counter).is_ok_and(|at| !known.ledger.is_voided(index, at));
    let anchors = log.anchors().filter(move |(counter, _)| counts(*counter));
    anchors.map(move |(counter, anchor)| (log.entry_ref(counter), anchor))
}

fn contradiction(earlier: &Anchor, later: &Anchor) -> Option<i64> {
    let mono = |anchor: &Anchor| i128::from(anchor.reading.mono_ms);
    let passed_at_home = i128::from(later.home_ms.0) - i128::from(earlier.home_ms.0);
    let (differ, is_possible) = if earlier.reading.boot == later.reading.boot {
        let passed = mono(later) - mono(earlier);
        let differ = passed_at_home - passed;
        (differ, differ.abs() <= READ_WITHIN_MS + passed.abs() / DRIFTS_BY_ONE_IN)
    } else {
        let differ = passed_at_home - mono(later);
        (differ, differ >= -READ_WITHIN_MS - mono(later) / DRIFTS_BY_ONE_IN)
    };
    let saturated = || i64::try_from(differ).unwrap_or(if differ < 0 { i64::MIN } else { i64::MAX });
    (!is_possible).then(saturated)
}
