//! A recorded week through the built program, and any other recording of that format.

use std::collections::BTreeSet;
use std::path::Path;

use sync_core::exchange::Item;
use sync_core::ids::Revision;
use tests::Chance;
use tests::any_order::{Reader, offer_in_any_order};
use tests::binary::{Place, open_journal};
use tests::pairs::recall_and_precision;

const RESULTS: [&str; 4] = ["hours.csv", "conflicts.csv", "ruling-conflicts.csv", "totals.json"];

#[test]
fn every_recording_comes_out_as_it_was_computed_apart() {
    for recording in tests::recorded::all() {
        let (place, name) = (Place::new(), recording.display().to_string());
        let recording = recording.canonicalize().unwrap();
        let told = place.saxaul([Path::new("replay"), &recording, Path::new("--out"), &place.path("out")]).done();
        assert!(told.contains("every phone shows the same view, to the byte"), "{name}: {told}");
        for file in RESULTS {
            let expected = std::fs::read(recording.join("expected").join(file)).unwrap();
            let found = std::fs::read(place.path("out").join(file)).unwrap();
            assert!(found == expected, "{name}: {file} is not what was computed");
        }
    }
}

#[test]
fn the_changes_of_a_week_show_the_same_in_any_order_and_in_any_parts() {
    for recording in tests::recorded::all() {
        let (place, name) = (Place::new(), recording.display().to_string());
        let recording = recording.canonicalize().unwrap();
        let [out, kept] = [place.path("out"), place.path("kept")];
        let told =
            place.saxaul([Path::new("replay"), &recording, Path::new("--out"), &out, Path::new("--keep"), &kept]);
        told.done();
        // What home handed over in one order, to whoever reads everything.
        let journal = open_journal(&kept.join("organizer.journal")).unwrap();
        let (home, event) = (journal.membership().unwrap().home, journal.events().unwrap()[0]);
        let stored = journal.items_after(event, Revision(0), usize::MAX).unwrap();
        let (grants, changes): (Vec<Item>, Vec<Item>) =
            stored.into_iter().map(|stored| stored.item).partition(|item| matches!(item, Item::Grant(_)));
        assert!(changes.len() > 3, "{name}: {}", changes.len());
        let mut in_order = Reader::founded(event, home);
        grants.iter().chain(&changes).for_each(|item| in_order.takes(item).unwrap());
        let expected = std::fs::read_to_string(recording.join("expected/totals.json")).unwrap();
        let totals: serde_json::Value = serde_json::from_str(&expected).unwrap();
        let shown: serde_json::Value = serde_json::from_str(&in_order.shows()).unwrap();
        assert_eq!(shown["totals"]["log_entries"], totals["log_entries"], "{name}: everything is here");
        for order in 0..2 {
            let mut chance = Chance::seeded(order);
            let mut reader = Reader::founded(event, home);
            offer_in_any_order(&mut reader, grants.clone(), &mut chance);
            offer_in_any_order(&mut reader, changes.clone(), &mut chance);
            assert!(reader.shows() == in_order.shows(), "{name}, order {order}: another view");
        }
    }
}

#[test]
fn duplicates_of_the_bundled_week_are_found() {
    let place = Place::new();
    let week = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/field-week").canonicalize().unwrap();
    place.saxaul([Path::new("replay"), &week, Path::new("--out"), &place.path("out")]).done();
    let truth = std::fs::read_to_string(week.join("expected/duplicate-truth.csv")).unwrap();
    let candidates = std::fs::read_to_string(place.path("out").join("duplicates.csv")).unwrap();
    assert!(candidates.starts_with("a,b,score\r\n"), "{candidates}");
    let (recall, precision) = recall_and_precision(&pairs_in(&truth), &pairs_in(&candidates));
    println!("recall {recall:.3}, precision {precision:.3}");
    assert!(recall >= 0.975 && precision >= 0.93, "recall {recall}, precision {precision}");
}

type Rows = BTreeSet<(String, String)>;

/// The first two columns, the smaller first.
fn pairs_in(csv: &str) -> Rows {
    let rows = csv.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    rows.map(|row| (row[0].min(row[1]).to_owned(), row[0].max(row[1]).to_owned())).collect()
}

/// Two days on the Baltic coast, across the night in which the clocks go back. Two leads with two phones; one phone is
/// an hour slow, the other two days fast, and it is restarted and set to 1970 on the second morning.
fn write_weekend(place: &Place) {
    let event = r#"{
        "name": {"en": "Dune weekend"}, "time_zone": "Europe/Berlin",
        "days": [{"date": "2025-10-25", "opens": "09:00", "closes": "17:00"},
                 {"date": "2025-10-26", "opens": "09:00", "closes": "17:00"}],
        "sites": [{"key": "dune"}, {"key": "pier"}], "rosters": ["helpers.csv"],
        "phones": [{"key": "red", "role": "lead", "site": "dune"}, {"key": "blue", "role": "lead", "site": "pier"}]
    }"#;
    place.write("weekend/event.json", event);
    let helpers =
        "Code,Family name,Given name,Team\nP1,Weiss,Anna,east\nP2,Roth,Jonas,east\nP3,Kern,Mira,\nP4,Lang,Ole,\n";
    place.write("weekend/helpers.csv", helpers);
    let red = |time: &str, deed: &str| Line {
        at: format!("2025-10-25T{time}+02:00"),
        clock: Clock::Slow,
        deed: deed.to_owned(),
    };
    let gate = |what: &str, who: &str, site: &str, method: &str| {
        format!(r#""{what}": {{"subject": "{who}", "site": "{site}", "method": "{method}"}}"#)
    };
    let walk_in = |name: &str| {
        format!(r#""walk_in": {{"ref": "{name}", "name": "Lena Sand", "phone": "+49 170 5550101", "year": 1991}}"#)
    };
    let team = |name: &str| format!(r#""edit_person": {{"person": "P1", "field": "team", "value": "{name}"}}"#);
    let meet = r#""exchange": "home""#;
    write_lines(
        place,
        "red",
        &[
            red("08:00:00", meet),
            red("09:10:00", &gate("check_in", "P1", "dune", "qr")),
            red("09:15:00", &gate("check_in", "P2", "dune", "search")),
            red("09:20:00", &walk_in("w1")),
            red("09:20:05", &gate("check_in", "w1", "dune", "search")),
            red("12:00:00", &gate("check_out", "P1", "dune", "qr")),
            red("12:30:00", &gate("check_out", "P2", "dune", "search")),
            red("12:31:00", r#""undo": {"line": 7}"#),
            red("13:00:00", &gate("check_out", "w1", "dune", "search")),
            red(
                "14:00:00",
                r#""litter_card": {"site": "dune", "bags": 3, "grams": 12500, "litres": 90, "items": {"Rope": 4}}"#,
            ),
            red("14:10:00", &team("north")),
            red("18:00:00", meet),
        ],
    );
    let blue = |time: &str, deed: &str| Line {
        at: format!("2025-10-25T{time}+02:00"),
        clock: Clock::Fast,
        deed: deed.to_owned(),
    };
    let later = |time: &str, deed: &str| Line {
        at: format!("2025-10-26T{time}+01:00"),
        clock: Clock::Lost,
        deed: deed.to_owned(),
    };
    write_lines(
        place,
        "blue",
        &[
            blue("09:00:00", meet),
            blue("10:00:00", &gate("check_in", "P3", "pier", "qr")),
            blue("10:05:00", &gate("check_in", "P4", "pier", "paper")),
            blue("16:00:00", &gate("check_out", "P3", "pier", "qr")),
            blue("16:01:00", &team("south")),
            later("09:30:00", &gate("check_in", "P1", "pier", "qr")),
            later("12:30:00", &gate("check_out", "P1", "pier", "qr")),
            later("12:40:00", &gate("check_out", "P1", "dune", "qr")),
            later("13:00:00", &gate("check_out", "P2", "pier", "search")),
            later(
                "13:05:00",
                r#""planting_card": {"site": "pier", "species": "Marram", "seedlings": 40, "square_metres": 25}"#,
            ),
            later("13:10:00", &walk_in("w2")),
            later("13:10:10", &gate("check_in", "w2", "pier", "search")),
            later("14:00:00", meet),
        ],
    );
    let decisions = [
        r#""same": ["w1", "w2"]"#,
        r#""same": ["P4", "w1"]"#,
        r#""same": ["P3", "P4"]"#,
        r#""not_same": ["P4", "P3"]"#,
        r#""retract_same": ["w1", "P4"]"#,
        r#""void": {"phone": "blue", "line": 3, "reason": "he only asked the way"}"#,
        r#""manual": {"person": "P4", "start": "2025-10-25T10:00:00+02:00", "end": "2025-10-25T11:30:00+02:00", "reason": "paper"}"#,
        r#""manual": {"person": "P1", "start": "2025-10-25T11:30:00+02:00", "end": "2025-10-25T12:30:00+02:00", "reason": "paper"}"#,
        r#""confirm": {"person": "P2", "date": "2025-10-26"}"#,
        r#""withdraw": {"person": "P3", "reason": "asked to"}"#,
    ];
    let lines = (0..)
        .zip(decisions)
        .map(|(minute, deed)| format!("{{\"t\": \"2025-10-27T09:{minute:02}:00+01:00\", \"do\": {{{deed}}}}}\n"));
    place.write("weekend/organizer.jsonl", lines.collect::<String>());
}

/// What a phone's clocks read.
#[derive(Clone, Copy)]
enum Clock {
    /// One run; an hour slow.
    Slow,
    /// The run before the battery died; two days fast.
    Fast,
    /// The run after it: the phone believes it is 1970.
    Lost,
}

struct Line {
    at: String,
    clock: Clock,
    deed: String,
}

fn write_lines(place: &Place, phone: &str, lines: &[Line]) {
    let lines = lines.iter().map(|Line { at, clock, deed }| {
        let true_ms = at.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let morning = "2025-10-25T06:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let second_morning = "2025-10-26T07:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let (boot, mono_ms, wall_ms) = match clock {
            Clock::Slow => (7, true_ms - morning + 1_000_000, true_ms - 3_600_000),
            Clock::Fast => (3, true_ms - morning + 77, true_ms + 2 * 86_400_000),
            Clock::Lost => (4, true_ms - second_morning, true_ms - second_morning + 5),
        };
        format!(
            "{{\"t\": \"{at}\", \"boot\": {boot}, \"mono_ms\": {mono_ms}, \"wall_ms\": {wall_ms}, \"do\": {{{deed}}}}}\n"
        )
    });
    place.write(&format!("weekend/phones/{phone}.jsonl"), lines.collect::<String>());
}

#[test]
fn it_would_for_any_other_recording_of_that_format() {
    let place = Place::new();
    write_weekend(&place);
    let told = place.saxaul(["replay", "weekend", "--out", "out", "--keep", "kept"]).done();
    assert!(told.contains("every phone shows the same view, to the byte"), "{told}");
    let found = |name: &str| String::from_utf8(std::fs::read(place.path("out").join(name)).unwrap()).unwrap();
    // P1 was seen 09:10 to 12:00, and granted 11:30 to 12:30, of which half an hour is new. On Sunday the second
    // check-out, ten minutes after the first, moves the end. P2's check-out was undone, so Saturday lasts until closing.
    // P4's check-in was voided. w1 and w2 are one, and neither is P4.
    let hours = "\
subjects,date,observed_s,imputed_s,manual_s,verified_s,warnings\r
P1,2025-10-25,10200,0,1800,12000,\r
P1,2025-10-26,11400,0,0,11400,\r
P2,2025-10-25,0,27900,0,0,\r
P2,2025-10-26,0,14400,0,14400,\r
P3,2025-10-25,21600,0,0,21600,\r
P4,2025-10-25,0,0,5400,5400,\r
w1+w2,2025-10-25,13195,0,0,13195,\r
w1+w2,2025-10-26,0,13790,0,0,\r
";
    assert_eq!(found("hours.csv"), hours);
    assert_eq!(found("conflicts.csv"), "person,field,values\r\nP1,team,north|south\r\n");
    assert_eq!(found("ruling-conflicts.csv"), "a,b\r\nP3,P4\r\n");
    let totals: serde_json::Value = serde_json::from_str(&found("totals.json")).unwrap();
    // Twelve lines and thirteen, without the two edits.
    let expected = serde_json::json!({
        "attended": 4, "observed_s": 56395, "imputed_s": 56090, "manual_s": 7200, "verified_s": 77995,
        "bags": 3, "grams": 12500, "litres": 90, "seedlings": 40, "square_metres": 25,
        "log_entries": 23, "withdrawn_attended": 1, "items": {"Rope": 4},
    });
    assert_eq!(totals, expected);
    assert!(place.path("kept/home/saxaul.db").is_file() && place.path("kept/blue.journal").is_file());
    place.saxaul(["replay", "weekend", "--out", "out", "--keep", "kept"]).refused(3, &["kept is not empty"]);
}

#[test]
fn a_recording_with_a_mistake_is_refused_with_file_and_line() {
    let replay = |spoil: fn(&Place), said: &[&str]| {
        let place = Place::new();
        write_weekend(&place);
        spoil(&place);
        place.saxaul(["replay", "weekend", "--out", "out"]).refused(3, said);
        assert!(!place.path("out").exists(), "something was written");
    };
    fn swap(place: &Place, file: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(place.path(file)).unwrap();
        assert!(text.contains(old), "{file} has no {old}");
        place.write(file, text.replacen(old, new, 1));
    }
    replay(|at| swap(at, "weekend/phones/red.jsonl", "\"P2\"", "\"P9\""), &["phones/red.jsonl, line 3: ", "`P9`"]);
    replay(
        |at| swap(at, "weekend/organizer.jsonl", "\"P4\", \"w1\"", "\"P4\", \"w7\""),
        &["organizer.jsonl, line 2: ", "`w7`"],
    );
    replay(
        |at| swap(at, "weekend/phones/red.jsonl", "\"line\": 7", "\"line\": 1"),
        &["phones/red.jsonl, line 8: ", "line 1 "],
    );
    replay(
        |at| swap(at, "weekend/phones/blue.jsonl", "\"pier\"", "\"harbour\""),
        &["phones/blue.jsonl, line 2: ", "`harbour`"],
    );
    replay(|at| swap(at, "weekend/phones/blue.jsonl", "{\"t\"", "\"t\""), &["phones/blue.jsonl, line 1: "]);
    replay(
        |at| swap(at, "weekend/event.json", "Europe/Berlin", "Europe/Atlantis"),
        &["event.json: ", "Europe/Atlantis"],
    );
    replay(|at| swap(at, "weekend/helpers.csv", "P2,", "P1,"), &["helpers.csv, line "]);
    replay(
        |at| std::fs::remove_file(at.path("weekend/phones/blue.jsonl")).unwrap(),
        &["phones/blue.jsonl: cannot be read"],
    );
}
