//! What an app is told of an event and of who is here.

use super::*;
use crate::app::{Headcount, SiteHeadcount, TeamHeadcount};
use crate::documents::event::{CardTemplate, EventEdit, LocalText, Shift, Team};
use crate::documents::roster::PersonEdit;

fn edits(phone: &mut Phone, edit: EventEdit) {
    commands(phone, Command::EditEvent(edit));
}

fn commands(phone: &mut Phone, command: Command) {
    phone.minute += 1;
    let at = phone.minute * 60_000;
    let reading = ClockReading { boot: 1, mono_ms: at.unsigned_abs(), wall_ms: UnixMillis(MORNING_MS + at) };
    phone.app.give(command, reading).unwrap();
}

#[test]
fn the_plan_of_an_event_is_told_in_an_order_that_people_expect() {
    let mut phone = Phone::organizer();
    let called = |en: &str| LocalText { en: en.to_owned(), ..LocalText::default() };
    let team = Team { name: called("Red"), organisation: Some("School 7".to_owned()), site: Some("pier".to_owned()) };
    edits(&mut phone, EventEdit::Team { key: "red".to_owned(), team: Some(team) });
    for (key, starts) in [("a", 12 * 60), ("b", 8 * 60)] {
        let shift = Shift { site: "pier".to_owned(), day: DAY, starts, ends: starts + 60, need: 5, ..Shift::default() };
        edits(&mut phone, EventEdit::Shift { key: key.to_owned(), shift: Some(shift) });
    }
    let template = CardTemplate { name: called("Litter"), lines: vec!["glass".to_owned()], ..CardTemplate::default() };
    edits(&mut phone, EventEdit::Template { key: "litter".to_owned(), template: Some(template) });
    let event = phone.app.event().unwrap();
    assert_eq!(event.teams[0].name.en, "Red");
    assert_eq!(
        (event.teams[0].organisation.as_deref(), event.teams[0].site.as_deref()),
        (Some("School 7"), Some("pier"))
    );
    let shifts: Vec<(&str, u16, &str)> =
        event.shifts.iter().map(|shift| (&*shift.key, shift.starts, &*shift.date)).collect();
    assert_eq!(shifts, [("b", 8 * 60, &*event.days[0].date), ("a", 12 * 60, &*event.days[0].date)]);
    assert_eq!((event.cards[0].key.as_str(), &event.cards[0].lines[..]), ("litter", &["glass".to_owned()][..]));
    assert_eq!((event.consent_age, event.adult_age, event.people), (16, 18, 2));
}

#[test]
fn a_headcount_says_who_is_expected_who_came_and_who_is_inside() {
    let mut phone = Phone::organizer();
    let person = PersonId::from_entropy(2);
    commands(&mut phone, Command::EditPerson(person, PersonEdit::Team(Some("red".to_owned()))));
    let of = |expected, came, inside| Headcount { expected, came, inside };
    assert_eq!(phone.app.headcounts().unwrap().everybody, of(2, 0, 0));
    phone.checks_in(2);
    phone.checks_in(4);
    let (subject, site) = (Subject::Person(person), "pier".to_owned());
    phone.does(Action::CheckOut { subject, site, method: Method::Search });
    let counts = phone.app.headcounts().unwrap();
    assert_eq!(counts.everybody, of(2, 2, 1));
    assert_eq!(counts.teams, [TeamHeadcount { team: "red".to_owned(), people: of(1, 1, 0) }]);
    assert_eq!(counts.sites, [SiteHeadcount { site: "pier".to_owned(), inside: 1 }]);
    commands(&mut phone, Command::EditPerson(PersonId::from_entropy(2), PersonEdit::Withdrawn(Some("ill".to_owned()))));
    assert_eq!(phone.app.headcounts().unwrap().everybody, of(2, 2, 1), "who came counts, although withdrawn");
}

#[test]
fn a_device_knows_what_home_calls_it_and_where_it_was_put() {
    let phone = Phone::organizer();
    let standing = phone.app.standing().unwrap();
    assert_eq!((standing.name.as_deref(), standing.site, standing.team), (Some("phone 9"), None, None));
}
