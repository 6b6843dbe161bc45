//! How well pairs of records that were found agree with who is who.

use std::collections::{BTreeMap, BTreeSet};

/// What follows of the truth from the right ones of `found`, and what part of `found` is right: whoever rules on pairs
/// that join three records has settled the third pair, too.
#[must_use]
pub fn recall_and_precision<T: Ord>(truth: &BTreeSet<(T, T)>, found: &BTreeSet<(T, T)>) -> (f64, f64) {
    let humans = Groups::of(truth.iter());
    let right: Vec<&(T, T)> = found.iter().filter(|pair| humans.has_together(pair)).collect();
    let joined = Groups::of(right.iter().copied());
    let settled = truth.iter().filter(|pair| joined.has_together(pair)).count() as f64;
    (settled / truth.len() as f64, right.len() as f64 / found.len() as f64)
}

/// Of each record one that it is joined with; of one record of each group none.
struct Groups<'a, T>(BTreeMap<&'a T, &'a T>);

impl<'a, T: Ord> Groups<'a, T> {
    fn of(pairs: impl Iterator<Item = &'a (T, T)>) -> Self {
        let mut groups = Self(BTreeMap::new());
        for (a, b) in pairs {
            let (a, b) = (groups.first(a), groups.first(b));
            if a != b {
                groups.0.insert(a.max(b), a.min(b));
            }
        }
        groups
    }

    fn first<'b>(&self, mut record: &'b T) -> &'b T
    where
        'a: 'b,
    {
        while let Some(before) = self.0.get(record) {
            record = before;
        }
        record
    }

    fn has_together(&self, (a, b): &(T, T)) -> bool {
        self.first(a) == self.first(b)
    }
}
