//! Badges at a gate: whose are believed, and what a scan lets a person do.

use super::*;
use crate::scan::BADGE_MARK;
use crate::trust::Badge;

fn person(id: u64) -> Subject {
    Subject::Person(PersonId::from_entropy(id))
}

/// What stands in a badge's QR code.
fn printed(signer: &KeyPair, event: EventId, subject: Subject) -> String {
    format!("{BADGE_MARK}{}", signer.state(&Badge { event, subject }).to_printed())
}

fn of_home(subject: Subject) -> String {
    printed(&KeyPair::from_seed(&[1; 32]), EVENT, subject)
}

fn comes_in(subject: Subject) -> Action {
    Action::CheckIn { subject, site: "pier".to_owned(), method: Method::Qr }
}

fn reading() -> ClockReading {
    ClockReading { boot: 1, mono_ms: 3_600_000, wall_ms: UnixMillis(MORNING_MS + 3_600_000) }
}

fn refuses<T: std::fmt::Debug, E: std::fmt::Debug>(done: Result<T, AppError<E>>) -> ScanError {
    match done {
        Err(AppError::Scan(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_wears_a_badge_of_the_event_is_found_and_checked_in_by_it() {
    let mut gate = Phone::organizer();
    let bearer = gate.app.scan(&of_home(person(2))).unwrap();
    assert_eq!(bearer.subject, person(2));
    assert_eq!(bearer.person.unwrap().name, "Ахметова");
    gate.does(comes_in(person(2)));
    assert_eq!(gate.app.person(person(2)).unwrap().unwrap().inside_at.as_deref(), Some("pier"));
}

#[test]
fn the_method_qr_needs_a_badge_that_was_scanned() {
    let mut gate = Phone::organizer();
    for nobody_scanned in [person(2), Subject::from_bits(0xeeee_eeee_eeee_eeee)] {
        let refused = refuses(gate.app.perform(comes_in(nobody_scanned), reading()));
        assert_eq!(refused, ScanError::NotScanned(nobody_scanned));
        let refused = refuses(gate.app.perform_all(vec![comes_in(nobody_scanned)], reading()));
        assert_eq!(refused, ScanError::NotScanned(nobody_scanned));
    }
    gate.app.scan(&of_home(person(2))).unwrap();
    gate.app.choose(EVENT).unwrap();
    let forgotten = refuses(gate.app.perform(comes_in(person(2)), reading()));
    assert_eq!(forgotten, ScanError::NotScanned(person(2)));
}

#[test]
fn what_nobody_signed_or_what_was_signed_for_another_event_lets_nobody_in() {
    let mut gate = Phone::organizer();
    let badge = of_home(person(2));
    for at in BADGE_MARK.len()..badge.len() {
        let mut other: Vec<u8> = badge.clone().into_bytes();
        other[at] = if other[at] == b'7' { b'8' } else { b'7' };
        let other = String::from_utf8(other).unwrap();
        let refused = refuses(gate.app.scan(&other));
        assert!(matches!(refused, ScanError::BadBadge | ScanError::OtherEvent), "{refused:?}");
    }
    let stranger = printed(&KeyPair::from_seed(&[0x55; 32]), EVENT, person(2));
    assert_eq!(refuses(gate.app.scan(&stranger)), ScanError::BadBadge);
    let elsewhere = printed(&KeyPair::from_seed(&[1; 32]), EventId([8; 16]), person(2));
    assert_eq!(refuses(gate.app.scan(&elsewhere)), ScanError::OtherEvent);
    for text in ["A-1", "", "https://example.org"] {
        assert_eq!(refuses(gate.app.scan(text)), ScanError::NotABadge);
        assert_eq!(gate.app.read_code(text).unwrap(), ScannedCode::Other);
    }
    assert_eq!(refuses(gate.app.perform(comes_in(person(2)), reading())), ScanError::NotScanned(person(2)));
}

#[test]
fn an_organizers_device_signs_badges_and_a_markers_does_not() {
    let mut gate = Phone::organizer();
    let organizer = printed(&KeyPair::from_seed(&[9; 32]), EVENT, person(4));
    assert_eq!(gate.app.scan(&organizer).unwrap().subject, person(4));
    let mut marker = Phone::let_in(3, Role::Marker, EVENT);
    let own = printed(&KeyPair::from_seed(&[3; 32]), EVENT, person(4));
    assert_eq!(refuses(marker.app.scan(&own)), ScanError::BadBadge);
}

#[test]
fn somebody_newer_than_this_roster_is_let_in_by_their_badge_and_listed_until_the_roster_knows_them() {
    let mut gate = Phone::organizer();
    let newcomer = person(66);
    assert_eq!(gate.app.scan(&of_home(newcomer)).unwrap().person, None);
    gate.does(comes_in(newcomer));
    let (view, _) = gate.app.seen().unwrap();
    assert_eq!(view.unlisted_attended, [newcomer]);
    let Subject::Person(id) = newcomer else { unreachable!() };
    let name = Name { family: "Жаңа".to_owned(), ..Name::default() };
    gate.does(Action::AddPerson { id, known: Known { name, ..Known::default() } });
    let (view, _) = gate.app.seen().unwrap();
    assert_eq!(view.unlisted_attended, []);
}

#[test]
fn a_time_that_no_clock_reads_is_refused_before_anything_is_recorded() {
    let mut gate = Phone::organizer();
    let before = gate.app.records(&first(10)).unwrap().total;
    for (mono_ms, wall_ms) in [(1, 1 << 62), (1, i64::MIN), (u64::MAX, MORNING_MS), (1 << 50, MORNING_MS)] {
        let impossible = ClockReading { boot: 1, mono_ms, wall_ms: UnixMillis(wall_ms) };
        let action = Action::CheckIn { subject: person(2), site: "pier".to_owned(), method: Method::Search };
        let refused = gate.app.perform(action, impossible);
        assert!(matches!(refused, Err(AppError::Command(CommandError::ImpossibleReading))), "{refused:?}");
    }
    assert_eq!(gate.app.records(&first(10)).unwrap().total, before);
}
