//! In which order the items of one answer are taken over.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::documents::change::Change;
use crate::exchange::Item;
use crate::ids::{Actor, ChangeHash, DeviceId, DocumentRef};

/// Puts items into an order in which each comes after the ones it needs, and otherwise leaves them as they came: then one
/// pass takes them all, whatever order they were sent in.
///
/// A change needs the changes it builds on, the one before it in its author's chain, and the first grant of its author if
/// `is_known` says that there is none yet.
pub(super) fn in_order(items: Vec<Item>, is_known: impl Fn(DeviceId) -> bool) -> Vec<Item> {
    let needed = needs_of(&items, is_known);
    let mut left: Vec<usize> = needed.iter().map(Vec::len).collect();
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
    for (index, needs) in needed.iter().enumerate() {
        needs.iter().for_each(|need| waiting[*need].push(index));
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..items.len()).filter(|index| left[*index] == 0).map(Reverse).collect();
    let mut items: Vec<Option<Item>> = items.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(items.len());
    while let Some(Reverse(index)) = ready.pop() {
        ordered.extend(items[index].take());
        for later in &waiting[index] {
            left[*later] -= 1;
            if left[*later] == 0 {
                ready.push(Reverse(*later));
            }
        }
    }
    // Only what claims to come before itself is left.
    ordered.extend(items.into_iter().flatten());
    ordered
}

/// For each item, the items that it needs.
fn needs_of(items: &[Item], is_known: impl Fn(DeviceId) -> bool) -> Vec<Vec<usize>> {
    let mut grants: HashMap<DeviceId, usize> = HashMap::new();
    let mut changes: HashMap<ChangeHash, usize> = HashMap::new();
    let mut chains: HashMap<(DocumentRef, Actor, u64), usize> = HashMap::new();
    let mut heads = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        heads.push(match item {
            Item::Grant(signed) => {
                if let Ok(grant) = signed.recall() {
                    grants.entry(grant.key.device()).or_insert(index);
                }
                None
            }
            Item::Change(sealed) => Change::decode_again(&sealed.change).ok().map(|(change, hash)| {
                changes.entry(hash).or_insert(index);
                chains.entry((sealed.document, change.head.actor, change.head.seq)).or_insert(index);
                (sealed, change.head)
            }),
        });
    }
    let needs = heads.into_iter().enumerate().map(|(index, head)| {
        let Some((sealed, head)) = head else { return Vec::new() };
        let before = chains.get(&(sealed.document, head.actor, head.seq.wrapping_sub(1)));
        let grant = grants.get(&sealed.device).filter(|_| !is_known(sealed.device));
        let mut needs: Vec<usize> = head.deps.iter().filter_map(|dep| changes.get(dep)).copied().collect();
        needs.extend(before.into_iter().chain(grant).copied());
        needs.retain(|need| *need != index);
        needs.sort_unstable();
        needs.dedup();
        needs
    });
    needs.collect()
}
