//! `saxaul demo`.

use std::path::PathBuf;

use super::replay::{bad_input, print_timing, run_watched};
use super::{Failure, event_name_of};
use crate::replay::{Replayed, bundled_week};
use crate::reports;

/// Replays the bundled week and shows what comes out.
///
/// 1,350 people on two lists, eight phones with wrong clocks, five days without a network. The names are invented.
#[derive(clap::Args)]
pub struct Demo {
    /// Write the results here, too
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(self) -> Result<(), Failure> {
        let recording = bundled_week().map_err(|error| bad_input(error.into()))?;
        println!("A week by the Aral Sea: {} phones, {} recorded acts.\n", recording.phones.len(), recording.len());
        let replayed = run_watched(&recording, None)?;
        print_summary(&replayed);
        println!("\nHow long it took");
        print_timing(&replayed);
        if let Some(out) = &self.out {
            println!();
            for path in crate::replay::write_results(&replayed, out)? {
                println!("wrote {}", path.display());
            }
        }
        println!("\nWhere to look next");
        println!("  saxaul demo --out results      the same, with hours.csv and the other reports");
        println!("  saxaul serve                   a home server of your own; its first start prints an invite link");
        println!("  saxaul --help                  everything else");
        Ok(())
    }
}

fn print_summary(replayed: &Replayed) {
    let totals = reports::totals(&replayed.view);
    println!("{}", event_name_of(&replayed.event));
    println!("\nPeople");
    println!("  {:>7}  on the lists", count(replayed.roster.people.len() as u64));
    println!("  {:>7}  registered at a gate", count(replayed.view.walk_ins.len() as u64));
    let joined: usize = replayed.view.classes.joined().map(|(_, members)| members.len() - 1).sum();
    println!("  {:>7}  of these ruled to be somebody else on the lists", count(joined as u64));
    println!("  {:>7}  people came", count(totals.attended));
    println!("  {:>7}  of them had been withdrawn, and came all the same", count(totals.withdrawn_attended));
    println!("\nHours");
    for (seconds, what) in [
        (totals.observed_s, "observed: between a check-in and a check-out"),
        (totals.imputed_s, "imputed: one end taken from the opening hours"),
        (totals.manual_s, "manual: granted from a paper list"),
        (totals.verified_s, "verified: what counts"),
    ] {
        println!("  {:>9}  {what}", format!("{}.{}", count(seconds / 3600), seconds % 3600 / 360));
    }
    println!("\nOn the shore");
    println!(
        "  {} bags, {} kg, {} litres of litter",
        count(totals.bags),
        count(totals.grams / 1000),
        count(totals.litres)
    );
    println!("  {} seedlings on {} m²", count(totals.seedlings), count(totals.square_metres));
    println!("\nTo decide");
    for conflict in reports::conflicts(&replayed.view, &replayed.labels) {
        println!("  {}: {} is {}", conflict.person, conflict.field, conflict.values.replace('|', " or "));
    }
    for pair in reports::ruling_conflicts(&replayed.view, &replayed.labels) {
        println!("  {} and {} were ruled both the same and not the same", pair.a, pair.b);
    }
    println!("\nLatest arrivals");
    for arrival in replayed.arrivals.iter().take(3) {
        println!("  {}: {} records, the oldest after {:.1} days", arrival.phone, arrival.commands, arrival.days);
    }
}

/// A number with its thousands apart.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_stand_apart() {
        assert_eq!(super::count(0), "0");
        assert_eq!(super::count(999), "999");
        assert_eq!(super::count(1_234_567), "1 234 567");
    }
}
