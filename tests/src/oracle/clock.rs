//! Corrected time.

use std::collections::BTreeMap;

use sync_core::documents::log::{Log, Record};

use super::dates::Dates;

const QUARTER: i128 = 15 * 60_000;

/// What a time rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// An anchor in the same boot.
    Exact,
    /// The wall clock, as it is.
    Estimated,
    /// The bounds that other entries leave.
    Bounded,
    /// The wall clock of a log without an anchor.
    Unanchored,
}

/// The time of each entry of a log.
pub(super) fn times(log: &Log, dates: &Dates, is_voided: impl Fn(usize) -> bool) -> Vec<(i64, Basis)> {
    let entries = &log.entries;
    let mono = |at: usize| i128::from(entries[at].reading.mono_ms);
    let wall = |at: usize| i128::from(entries[at].reading.wall_ms.0);
    let boot = |at: usize| entries[at].reading.boot;
    let anchors: Vec<(usize, i128)> = (0..entries.len())
        .filter_map(|at| match entries[at].record {
            Record::Anchor(home) if !is_voided(at) => Some((at, i128::from(home.0))),
            _ => None,
        })
        .collect();
    let is_anchored = |number: u64| anchors.iter().any(|(at, _)| boot(*at) == number);
    let exact = |at: usize| {
        let own = anchors.iter().filter(|(anchor, _)| boot(*anchor) == boot(at));
        let nearest = own.min_by_key(|(anchor, _)| ((mono(*anchor) - mono(at)).abs(), std::cmp::Reverse(*anchor)));
        nearest.map(|(anchor, home)| home + mono(at) - mono(*anchor))
    };
    let mut placed: BTreeMap<u64, (i128, Basis)> = BTreeMap::new();
    let mut times: Vec<(i128, Basis)> = Vec::new();
    for at in 0..entries.len() {
        if let Some(time) = exact(at) {
            times.push((time, Basis::Exact));
        } else if anchors.is_empty() {
            times.push((wall(at), Basis::Unanchored));
        } else {
            let of_boot: Vec<usize> = (0..entries.len()).filter(|other| boot(*other) == boot(at)).collect();
            let (first, last) = (of_boot[0], of_boot[of_boot.len() - 1]);
            if at == first {
                let length = mono(last) - mono(first);
                let next = (last + 1..entries.len()).find(|other| is_anchored(boot(*other)));
                let next = next.map(|next| (next, exact(next).expect("its boot has an anchor")));
                let lower = first.checked_sub(1).map(|before| times[before].0 + mono(first));
                let upper = next.map(|(next, time)| time - mono(next) - length);
                let mut guesses = Vec::new();
                if let Some(before) = first.checked_sub(1)
                    && times[before].1 != Basis::Bounded
                {
                    guesses.push(wall(first) + times[before].0 - wall(before));
                }
                guesses.extend(next.map(|(next, time)| wall(last) - length + time - wall(next)));
                placed.insert(boot(at), place(&guesses, lower, upper, dates));
            }
            let (base, basis) = placed[&boot(at)];
            times.push((base + mono(at) - mono(first), basis));
        }
    }
    times.into_iter().map(|(time, basis)| (i64::try_from(time).expect("stories are of our time"), basis)).collect()
}

fn place(guesses: &[i128], lower: Option<i128>, upper: Option<i128>, dates: &Dates) -> (i128, Basis) {
    for guess in guesses {
        let mut base = *guess;
        if let Some(lower) = lower
            && base < lower
        {
            base = lower;
        }
        if let Some(upper) = upper
            && base > upper
        {
            base = upper;
        }
        if (base - guess).abs() <= QUARTER {
            return (base, if base == *guess { Basis::Estimated } else { Basis::Bounded });
        }
    }
    let mut open: Vec<i128> = Vec::new();
    for (_, opens, closes) in &dates.days {
        let (opens, closes) = (i128::from(*opens), i128::from(*closes));
        let from = lower.map_or(opens, |lower| lower.max(opens));
        if from <= closes && upper.is_none_or(|upper| from <= upper) {
            open.push(from);
        }
    }
    let base = open.into_iter().min().or(lower).or(upper).expect("an anchored boot stands before or after");
    (base, Basis::Bounded)
}
