//! Formats that others define.

use server::reports::{Export, Format};
use sync_core::words::Language;

use super::scene::{Desk, Scene, asked};

/// Ocean Conservancy's newer export, as its column list was published.
const TIDES: &str = "Cleanup ID|Zone|State|Country|GPS|Cleanup Type|Cleanup Date|Group Name|Adults|Children|People|\
    Pounds|Miles|Cigarette butts|Food wrappers (candy, chips, etc.)|Food containers (plastic)|Food containers (foam)|\
    Bottle caps (plastic)|Lids (plastic)|Straws/stirrers (plastic)|Utensils (plastic)|Beverage bottles (plastic)|\
    Beverage bottles (glass)|Beverage cans|Grocery bags (plastic)|Cups, Plates (plastic)|Cups, Plates (foam)|\
    Lines, nets, traps, ropes, etc.|Other plastic/foam packaging|Foam dock pieces|Strapping bands|Balloons|Cigar tips|\
    Cigarette lighters|Tobacco packaging/wrap|Tobacco products (lighters, cigar tips, wrap)|Foam packaging|Clothing|\
    Electronic waste (phones, batteries)|Footwear (shoes/slippers)|Personal hygiene (Clean Swell)|\
    Gloves & masks (PPE)|Plastic/foam pieces|Other plastic waste|Cotton bud sticks (swabs)|Total Items Collected";

#[test]
fn litter_cards_stand_in_the_columns_of_tides() {
    let text = Scene::new().text(Export::Tides, Format::Csv, Some(Language::Ru));
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers().unwrap().clone();
    let expected: Vec<&str> = TIDES.split('|').collect();
    assert_eq!(headers.iter().take(expected.len()).collect::<Vec<_>>(), expected);
    assert_eq!(
        headers.iter().skip(expected.len()).collect::<Vec<_>>(),
        ["Bags", "Litres", "Not in TIDES: Strange thing"]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1, "a planting card is no litter");
    let cell = |name: &str| &rows[0][headers.iter().position(|header| header == name).unwrap()];
    assert_eq!(cell("Cleanup Date"), "2026-05-18");
    assert_eq!(cell("Zone"), "North beach");
    assert_eq!(cell("Group Name"), "Жасыл Ел; жасақ, №1");
    assert_eq!((cell("Pounds"), cell("Miles"), cell("People")), ("27.216", "0.528", "6"));
    assert_eq!((cell("Bottle caps (plastic)"), cell("Lines, nets, traps, ropes, etc.")), ("120", "7"));
    assert_eq!((cell("Total Items Collected"), cell("Not in TIDES: Strange thing")), ("130", "3"));
    assert_eq!((cell("Adults"), cell("GPS"), cell("Lids (plastic)")), ("", "", ""));
}

const READ_CALENDAR: &str = "
import sys, icalendar
calendar = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
print(calendar['VERSION'], calendar['X-WR-CALNAME'])
for event in calendar.walk('VEVENT'):
    print(event['UID'], event.decoded('DTSTART').isoformat(), event.decoded('DTEND').isoformat(), event['SUMMARY'],
        event.get('LOCATION', '-'), event.get('DESCRIPTION', '-'), sep='|')
";

#[test]
fn a_calendar_is_read_by_a_parser_that_is_not_ours_and_means_the_events_own_hours() {
    let (scene, desk) = (Scene::new(), Desk::new());
    let asked = asked(Some(Language::Kk));
    let written = scene.export(Export::Calendar, Format::Ics, &asked);
    assert_eq!(
        (written.media_type, written == scene.export(Export::Calendar, Format::Ics, &asked)),
        ("text/calendar; charset=utf-8", true)
    );
    desk.put("shifts.ics", &written);
    std::fs::write(desk.path("read.py"), READ_CALENDAR).unwrap();
    let read = desk.run("/usr/bin/python3", &["read.py", "shifts.ics"]);
    let event = super::scene::EVENT;
    let expected = format!(
        "2.0 Каспий жағалауын тазалау апталығы\n\
         day-20591@{event}.saxaul|2026-05-18T03:00:00+00:00|2026-05-18T13:00:00+00:00|\
         Іс-шара күні: Каспий жағалауын тазалау апталығы|-|-\n\
         day-20592@{event}.saxaul|2026-05-19T03:00:00+00:00|2026-05-19T13:00:00+00:00|\
         Іс-шара күні: Каспий жағалауын тазалау апталығы|-|-\n\
         shift-m1@{event}.saxaul|2026-05-18T03:30:00+00:00|2026-05-18T08:00:00+00:00|\
         Таңғы ауысым|Солтүстік жағажай|Қажет адам: 40\n"
    );
    assert_eq!(read, expected);
    let lines = String::from_utf8(written.bytes).unwrap();
    assert!(lines.split("\r\n").all(|line| line.len() <= 75), "lines are folded (RFC 5545, 3.1)");
}
