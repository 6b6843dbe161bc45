//! Whoever attacks the built server gains nothing by it, and nobody else is kept from being answered.
//!
//! `tests/src/hostile/attacks.rs` holds the frame, and says how a row is added. The table of figures is printed in the end:
//! `cargo test -p tests --test binary -- attacks --nocapture`.

mod bad_days;
mod connections;
mod entry;
mod reports;
mod what_leaves;
mod work;

use tests::hostile::{Attack, throw_all};

/// Each file here is one kind of attack.
const TABLE: &[&[Attack]] =
    &[connections::ROWS, entry::ROWS, work::ROWS, reports::ROWS, bad_days::ROWS, what_leaves::ROWS];

#[test]
fn no_attack_of_the_table_gains_anything_or_stops_others() {
    println!("{}", throw_all(TABLE));
}
