//! Budgets of counted work: how much of it each of a few acts may take, and what exceeds that.
//!
//! Owns the file of budgets and the comparison. Does not own the counting: see `benches/counted`.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde::Deserialize;

/// A count may exceed its budget by this much: compilers and libraries change a little without anybody's doing.
const TOLERANCE_PERCENT: u64 = 5;

/// What is counted of an act. None of it depends on a clock, or on what else the machine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Instructions of all threads, as callgrind executes them.
    pub instructions: u64,
    /// How often Rust code asked for memory, or for more of it.
    pub allocations: u64,
    /// How many bytes it asked for, those given back included.
    pub allocated_bytes: u64,
    /// KiB that were handed to the operating system to be written, rounded down: a thread is woken with eight bytes, and how
    /// often differs from run to run.
    pub written_kib: u64,
    /// How often a file or a directory was made durable: `fsync` and `fdatasync`.
    pub syncs: u64,
    /// Steps of SQL statements: one for each statement that writes, one more than its rows for each that reads.
    pub sql_steps: u64,
}

impl Counts {
    /// Each count with its name.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, u64); 6] {
        [
            ("instructions", self.instructions),
            ("allocations", self.allocations),
            ("allocated_bytes", self.allocated_bytes),
            ("written_kib", self.written_kib),
            ("syncs", self.syncs),
            ("sql_steps", self.sql_steps),
        ]
    }
}

/// The file of budgets.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// The compiler with which instructions were counted, as `rustc --version` names it up to its number. With another
    /// one, instructions are shown and not compared: it writes other instructions for the same source.
    pub compiler: String,
    /// The budget of each act.
    pub acts: BTreeMap<String, Counts>,
}

/// A count that is over its budget.
#[derive(Debug, PartialEq, Eq)]
pub struct Excess {
    act: String,
    what: &'static str,
    budget: u64,
    counted: u64,
}

impl Display for Excess {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { act, what, budget, counted } = self;
        write!(f, "{act}: {} {what}, budget {}", grouped(*counted), grouped(*budget))?;
        match (counted - budget).saturating_mul(1000).checked_div(*budget) {
            Some(thousandths) => write!(f, ": {}.{} % over", thousandths / 10, thousandths % 10),
            None => Ok(()),
        }
    }
}

impl Budgets {
    /// Reads the file of budgets.
    ///
    /// # Errors
    /// What in the file is not as it should be.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Whether `version`, as a compiler says it, is of the compiler with which instructions were counted.
    #[must_use]
    pub fn are_of(&self, version: &str) -> bool {
        version.strip_prefix(&self.compiler).is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
    }

    /// The counts of an act that are over its budget. An act without a budget may take nothing.
    #[must_use]
    pub fn exceeded_by(&self, act: &str, counts: &Counts) -> Vec<Excess> {
        let nothing =
            Counts { instructions: 0, allocations: 0, allocated_bytes: 0, written_kib: 0, syncs: 0, sql_steps: 0 };
        let budget = self.acts.get(act).unwrap_or(&nothing).named();
        let is_over = |budget: u64, counted: u64| {
            u128::from(counted) * 100 > u128::from(budget) * u128::from(100 + TOLERANCE_PERCENT)
        };
        let pairs = budget.into_iter().zip(counts.named());
        let over = pairs.filter(|((_, budget), (_, counted))| is_over(*budget, *counted));
        over.map(|((what, budget), (_, counted))| Excess { act: act.to_owned(), what, budget, counted }).collect()
    }
}

/// An act as it stands in the file of budgets.
#[must_use]
pub fn entry(act: &str, counts: &Counts) -> String {
    let lines = counts.named().map(|(what, count)| format!("{what} = {}\n", grouped(count)));
    format!("[acts.{act}]\n{}", lines.concat())
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits are text")).collect();
    groups.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: Counts = Counts {
        instructions: 2_000_000,
        allocations: 1000,
        allocated_bytes: 64_000,
        written_kib: 4,
        syncs: 1,
        sql_steps: 10,
    };

    fn budgets() -> Budgets {
        let text = format!("compiler = \"rustc 1.9\"\n{}{}", entry("check-in", &COUNTS), entry("page", &COUNTS));
        Budgets::read(&text).unwrap()
    }

    fn excesses(counts: Counts) -> Vec<String> {
        budgets().exceeded_by("check-in", &counts).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_within_five_percent_of_its_budget_is_let_through() {
        assert_eq!(excesses(Counts { instructions: 2_100_000, allocations: 1050, ..COUNTS }), [""; 0]);
        assert_eq!(excesses(Counts { instructions: 1, ..COUNTS }), [""; 0]);
    }

    #[test]
    fn what_is_further_over_its_budget_is_named_with_how_far() {
        let slow = excesses(Counts { instructions: 2_121_000, ..COUNTS });
        assert_eq!(slow, ["check-in: 2_121_000 instructions, budget 2_000_000: 6.0 % over"]);
        let wasteful = excesses(Counts { allocations: 1051, syncs: 2, ..COUNTS });
        let expected =
            ["check-in: 1_051 allocations, budget 1_000: 5.1 % over", "check-in: 2 syncs, budget 1: 100.0 % over"];
        assert_eq!(wasteful, expected);
    }

    #[test]
    fn an_act_without_a_budget_is_over_it() {
        let excesses = budgets().exceeded_by("opening", &COUNTS);
        assert_eq!(excesses.len(), 6);
        assert_eq!(excesses[4].to_string(), "opening: 1 syncs, budget 0");
    }

    #[test]
    fn a_budget_that_names_nothing_known_is_refused() {
        let text = format!("compiler = \"rustc 1.9\"\n{}seconds = 3\n", entry("check-in", &COUNTS));
        assert!(Budgets::read(&text).unwrap_err().to_string().contains("seconds"));
    }

    #[test]
    fn another_compiler_is_told_apart() {
        let budgets = budgets();
        assert!(budgets.are_of("rustc 1.9.2 (59807616e 2026-04-14)"));
        assert!(!budgets.are_of("rustc 1.95.0 (59807616e 2026-04-14)"));
        assert!(!budgets.are_of("rustc 1.8.0"));
    }
}
