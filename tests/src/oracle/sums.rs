//! Sums, in which nobody's time counts twice.

use std::collections::BTreeMap;

use sync_core::ids::RulingId;

use super::stays::Reading;

/// Observed, imputed and manual time by date.
pub(super) fn add_up(readings: &[Reading], granted: &[(i64, i64, i64, RulingId)]) -> BTreeMap<i64, [i64; 3]> {
    let mut sums: BTreeMap<i64, [i64; 3]> = BTreeMap::new();
    let mut counted: Vec<(i64, i64)> = Vec::new();
    for reading in readings {
        sums.entry(reading.day).or_default()[0] += count(&reading.observed, &mut counted);
    }
    for (day, start, end, _) in granted {
        sums.entry(*day).or_default()[2] += count(&[(*start, *end)], &mut counted);
    }
    for reading in readings {
        sums.entry(reading.day).or_default()[1] += count(&reading.imputed, &mut counted);
    }
    sums
}

/// How much of some spans is not counted yet. Then it is.
fn count(spans: &[(i64, i64)], counted: &mut Vec<(i64, i64)>) -> i64 {
    let before = covered(counted);
    counted.extend(spans.iter().filter(|(start, end)| start < end));
    covered(counted) - before
}

/// How much time spans cover together.
fn covered(spans: &[(i64, i64)]) -> i64 {
    let mut edges: Vec<i64> = spans.iter().flat_map(|(start, end)| [*start, *end]).collect();
    edges.sort_unstable();
    edges.dedup();
    let is_covered = |from: i64, to: i64| spans.iter().any(|(start, end)| *start <= from && to <= *end);
    edges.windows(2).filter(|pair| is_covered(pair[0], pair[1])).map(|pair| pair[1] - pair[0]).sum()
}
