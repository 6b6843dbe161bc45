//! Recordings, projected straight from their lines: no network, no storage.
//!
//! What must come out was computed from the domain's text by a separate program.

use tests::recorded::{self, Week};

/// Compares the texts without printing both where they differ.
fn assert_same_lines(week: &Week, place: &str, file: &str, found: &str) {
    let expected = week.expected(file);
    for (number, (found, expected)) in (1..).zip(found.lines().zip(expected.lines())) {
        assert_eq!(found, expected, "{place}, {file}, line {number}");
    }
    assert!(found == expected, "{place}, {file}: {} bytes instead of {}", found.len(), expected.len());
}

#[test]
fn what_was_computed_apart_comes_out_of_every_recording() {
    for directory in recorded::all() {
        let (week, place) = (Week::recorded(&directory), directory.display().to_string());
        let view = week.view();
        assert_same_lines(&week, &place, "hours.csv", &week.hours(&view));
        assert_same_lines(&week, &place, "totals.json", &recorded::totals(&view));
        assert_same_lines(&week, &place, "ruling-conflicts.csv", &week.ruling_conflicts(&view));
        assert_same_lines(&week, &place, "conflicts.csv", &week.conflicts(&view));
    }
}

#[test]
fn the_order_in_which_logs_are_found_does_not_show() {
    for directory in recorded::all() {
        let mut week = Week::recorded(&directory);
        let bytes = serde_json::to_vec(&week.view()).unwrap();
        week.logs.reverse();
        assert!(serde_json::to_vec(&week.view()).unwrap() == bytes, "{}", directory.display());
    }
}
