//! What an app is told of people, records and the journal, beyond the lists.

use super::*;
use crate::app::{AgeGroup, ConflictRow, FilledCard, FoundBy, PassageRow, PersonNotice, RecordFilter, SimilarRow, Way};
use crate::documents::event::{EventEdit, Shift};
use crate::documents::roster::PersonField;
use crate::spoken::SpokenCode;
use crate::view::duplicates::Reason;
use crate::view::{ClockBasis, Effect};

const AKHMETOVA: u64 = 2;

fn subject(id: u64) -> Subject {
    Subject::Person(PersonId::from_entropy(id))
}

fn edit(phone: &mut Phone, field: PersonField, value: &str) {
    let (id, field, value) = (PersonId::from_entropy(AKHMETOVA), field.key().to_owned(), value.to_owned());
    phone.does(Action::EditPerson { id, field, value });
}

fn searched(phone: &mut Phone, text: &str) -> Vec<(String, Option<FoundBy>)> {
    let query = PeopleQuery { text: text.to_owned(), limit: 20, ..PeopleQuery::default() };
    phone.app.people(&query).unwrap().rows.into_iter().map(|row| (row.name, row.found_by)).collect()
}

fn known(family: &str, given: &str) -> Known {
    let name = Name { family: family.to_owned(), given: given.to_owned(), ..Name::default() };
    Known { name, ..Known::default() }
}

fn alike(phone: &mut Phone, known: Known) -> Vec<SimilarRow> {
    phone.app.similar(known).unwrap()
}

#[test]
fn a_search_says_by_what_it_found_somebody_and_forgives_one_mistake_where_nobody_fits_without() {
    let mut phone = Phone::organizer();
    let found = |by| vec![("Ахметова".to_owned(), Some(by))];
    assert_eq!(searched(&mut phone, "ахм"), found(FoundBy::Name));
    assert_eq!(searched(&mut phone, "5550102"), found(FoundBy::Phone));
    assert_eq!(searched(&mut phone, "Ахмпетова"), found(FoundBy::MistypedName));
    assert_eq!(searched(&mut phone, "akhmetvoa"), found(FoundBy::MistypedName));
    assert_eq!(searched(&mut phone, "Кузнецова"), []);
    let by_name: Vec<Option<FoundBy>> = searched(&mut phone, "").into_iter().map(|(_, by)| by).collect();
    assert_eq!(by_name, [None, None]);
}

#[test]
fn the_code_that_a_badge_says_finds_its_bearer_also_where_one_symbol_was_heard_wrong() {
    let mut phone = Phone::organizer();
    let spoken = phone.app.person(subject(AKHMETOVA)).unwrap().unwrap().spoken;
    assert_eq!(spoken, SpokenCode::of(subject(AKHMETOVA)).to_string());
    assert_eq!(searched(&mut phone, &spoken), [("Ахметова".to_owned(), Some(FoundBy::Code))]);
    for place in 0..spoken.len() {
        let mut misheard = spoken.clone().into_bytes();
        misheard[place] = if misheard[place] == b'7' { b'8' } else { b'7' };
        let found = searched(&mut phone, &String::from_utf8(misheard).unwrap());
        let is_among = found.contains(&("Ахметова".to_owned(), Some(FoundBy::MisheardCode)));
        assert!(is_among, "{spoken}, wrong at {place}: {found:?}");
    }
}

#[test]
fn a_row_says_what_the_gate_must_know_and_where_somebody_was_seen_last() {
    let mut phone = Phone::organizer();
    let row = |phone: &mut Phone| phone.app.person(subject(AKHMETOVA)).unwrap().unwrap();
    edit(&mut phone, PersonField::BirthYear, "2014");
    assert_eq!(row(&mut phone).notices, [PersonNotice::GuardianConsentMissing]);
    assert_eq!(row(&mut phone).last_passage, None);
    phone.checks_in(AKHMETOVA);
    let (device, name) = (phone.app.standing().unwrap().device, Some("phone 9".to_owned()));
    let wall = UnixMillis(MORNING_MS + phone.minute * 60_000);
    let last = |way, at| {
        let (site, device_name) = ("pier".to_owned(), name.clone());
        Some(PassageRow { way, site, at, basis: ClockBasis::Unanchored, device, device_name })
    };
    assert_eq!(row(&mut phone).last_passage, last(Way::In, wall));
    let leaves = Action::CheckOut { subject: subject(AKHMETOVA), site: "pier".to_owned(), method: Method::Search };
    let record = phone.does(leaves);
    let left = UnixMillis(MORNING_MS + phone.minute * 60_000);
    assert_eq!(row(&mut phone).last_passage, last(Way::Out, left));
    phone.does(Action::Undo { entry: record.entry.unwrap() });
    assert_eq!(row(&mut phone).last_passage, last(Way::In, wall));
}

#[test]
fn a_person_is_told_with_everything_that_is_known_of_them() {
    let mut phone = Phone::organizer();
    let shift = Shift { site: "pier".to_owned(), day: DAY, starts: 480, ends: 720, ..Shift::default() };
    let event_edit = Command::EditEvent(EventEdit::Shift { key: "morning".to_owned(), shift: Some(shift) });
    let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(MORNING_MS) };
    phone.app.give(event_edit, reading).unwrap();
    edit(&mut phone, PersonField::Shifts, "morning");
    edit(&mut phone, PersonField::BirthYear, "2014");
    let walk_in = WalkInId::from_entropy(8);
    phone.does(Action::AddWalkIn { id: walk_in, known: known("Akhmetova", "") });
    let (a, b, reason) = (subject(AKHMETOVA), Subject::WalkIn(walk_in), String::new());
    phone.does(Action::Same { ruling: crate::ids::RulingId([4; 8]), a, b, reason });
    phone.does(Action::Brief { subject: a, version: "3".to_owned(), language: "kk".to_owned() });
    phone.does(Action::NoteGuardianConsent { subject: b, guardian: "Дана".to_owned() });
    let details = phone.app.person_details(b).unwrap().unwrap();
    assert_eq!(details.row.name, "Ахметова");
    assert_eq!(details.records, [a, b]);
    assert_eq!(details.other_spellings, ["Akhmetova"]);
    assert_eq!((details.birth_year, details.age), (Some(2014), AgeGroup::NeedsConsent));
    assert_eq!((details.shifts, details.expected_on), (vec!["morning".to_owned()], vec!["2026-05-18".to_owned()]));
    assert_eq!(details.guardian.as_deref(), Some("Дана"));
    assert_eq!(details.briefings.iter().map(|row| &*row.version).collect::<Vec<_>>(), ["3"]);
    assert_eq!(details.row.notices, []);
    assert_eq!(phone.app.person_details(subject(66)).unwrap(), None);
}

#[test]
fn a_timeline_tells_what_every_phone_recorded_of_somebody_and_what_became_of_it() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    marker.meets(&mut lead);
    marker.checks_in(AKHMETOVA);
    marker.meets(&mut lead);
    lead.minute = 200;
    let wrong = lead.checks_in(AKHMETOVA);
    lead.does(Action::Undo { entry: wrong.entry.unwrap() });
    let told = lead.app.timeline(subject(AKHMETOVA)).unwrap();
    let rows: Vec<(&str, Option<&str>, Effect)> =
        told.iter().map(|row| (&*row.kind, row.device_name.as_deref(), row.effect)).collect();
    assert_eq!(rows, [("check_in", Some("phone 9"), Effect::Undone), ("check_in", Some("phone 2"), Effect::Opens)]);
}

#[test]
fn who_is_about_to_be_registered_twice_is_shown_before() {
    let mut phone = Phone::organizer();
    edit(&mut phone, PersonField::Names, "Ахметова Айгерім");
    let found = alike(&mut phone, known("Akhmetova", "Aigerim"));
    let names: Vec<(&str, bool)> = found.iter().map(|row| (&*row.person.name, row.score >= 500)).collect();
    assert_eq!(names, [("Ахметова Айгерім", true)]);
    assert!(found[0].reasons.iter().any(|row| row.reason == Reason::Transliteration), "{:?}", found[0].reasons);
    let of_phone = Known { phone: Some("8 701 555 01 02".to_owned()), ..known("Ахметова", "Айгерим") };
    assert!(alike(&mut phone, of_phone)[0].score > found[0].score);
    assert_eq!(alike(&mut phone, known("Кузнецова", "Ольга")), []);
    assert_eq!(alike(&mut phone, Known::default()), []);
    let walk_in = WalkInId::from_entropy(8);
    phone.does(Action::AddWalkIn { id: walk_in, known: known("Кузнецова", "Ольга") });
    let again = alike(&mut phone, known("Кузнецова", "Ольга"));
    assert_eq!(again.iter().map(|row| row.person.subject).collect::<Vec<_>>(), [Subject::WalkIn(walk_in)]);
}

#[test]
fn records_are_told_with_what_they_say_and_found_by_kind_person_and_safety() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    marker.meets(&mut lead);
    let came = marker.checks_in(AKHMETOVA);
    assert_eq!((came.name, came.at), (None, None));
    let items = vec![Counted { category: "glass".to_owned(), count: 4 }];
    let (team, site) = (Some("red".to_owned()), "pier".to_owned());
    let (bags, grams, litres, metres, people) = (2, 300, 4, 50, 6);
    let card =
        Action::CountLitter { site, team: team.clone(), bags, grams, litres, metres, people, items: items.clone() };
    marker.does(card);
    marker.meets(&mut lead);
    let undo = marker.does(Action::Undo { entry: came.entry.unwrap() });
    let mut find = |query: RecordQuery| marker.app.records(&RecordQuery { limit: 9, ..query }).unwrap();
    let all = find(RecordQuery::default());
    let kinds = |page: &RecordPage| page.rows.iter().map(|row| row.kind.clone()).collect::<Vec<_>>();
    assert_eq!(kinds(&all), ["undo", "litter_card", "check_in"]);
    assert_eq!((all.rows[0].entry, all.rows[0].undoes), (undo.entry, came.entry));
    assert_eq!(all.rows[1].card, Some(FilledCard::Litter { team, bags, grams, litres, metres, people, items }));
    let check_in = &all.rows[2];
    assert_eq!((check_in.name.as_deref(), check_in.undone), (Some("Ахметова"), true));
    assert_eq!((check_in.at, check_in.basis), (Some(check_in.wall_ms), Some(ClockBasis::Unanchored)));
    let kind = Some("litter_card".to_owned());
    assert_eq!(find(RecordQuery { kind, ..RecordQuery::default() }).total, 1);
    let of_her = RecordQuery { subject: Some(subject(AKHMETOVA)), ..RecordQuery::default() };
    assert_eq!(kinds(&find(of_her)), ["check_in"]);
    let safe = |filter| RecordQuery { filter, ..RecordQuery::default() };
    assert_eq!(kinds(&find(safe(RecordFilter::SavedHere))), ["undo"]);
    assert_eq!(kinds(&find(safe(RecordFilter::Carried))), ["litter_card", "check_in"]);
    assert_eq!(find(safe(RecordFilter::NotConfirmed)).total, 3);
    for none in [RecordFilter::Held, RecordFilter::Refused, RecordFilter::Confirmed] {
        assert_eq!(find(safe(none)).total, 0);
    }
    let page = marker.app.records(&RecordQuery { offset: 2, limit: 9, ..RecordQuery::default() }).unwrap();
    assert_eq!((page.total, kinds(&page)), (3, vec!["check_in".to_owned()]));
}

#[test]
fn a_walk_in_is_accepted_in_one_act_and_once() {
    let mut phone = Phone::organizer();
    let id = WalkInId::from_entropy(8);
    phone.does(Action::AddWalkIn { id, known: known("Кузнецова", "Ольга") });
    assert_eq!(phone.app.walk_ins().unwrap()[0].person, None);
    let accepted = phone.does(Action::AcceptWalkIn { id });
    let [row] = &phone.app.walk_ins().unwrap()[..] else { panic!("one walk-in") };
    assert_eq!((row.name.as_str(), row.person), ("Кузнецова Ольга", accepted.subject));
    assert_eq!(row.device_name.as_deref(), Some("phone 9"));
    let reading = ClockReading { boot: 1, mono_ms: 9_000_000, wall_ms: UnixMillis(MORNING_MS) };
    let again = phone.app.perform(Action::AcceptWalkIn { id }, reading);
    assert!(matches!(again, Err(AppError::Action(ActionError::AcceptedAlready(_)))), "{again:?}");
    assert_eq!((phone.app.walk_ins().unwrap().len(), phone.app.event().unwrap().people), (1, 3));
    let unknown = phone.app.perform(Action::AcceptWalkIn { id: WalkInId::from_entropy(12) }, reading);
    assert!(matches!(unknown, Err(AppError::Action(ActionError::UnknownWalkIn(_)))), "{unknown:?}");
}

#[test]
fn what_two_leads_said_differently_is_told_until_one_value_is_chosen() {
    let (mut lead, mut other) = (Phone::organizer(), Phone::let_in(2, Role::Organizer, EVENT));
    other.meets(&mut lead);
    edit(&mut lead, PersonField::Phone, "+7 701 000 00 01");
    other.minute = 50;
    edit(&mut other, PersonField::Phone, "+7 701 000 00 02");
    other.meets(&mut lead);
    let [ConflictRow { name, field, values, .. }] = &lead.app.conflicts().unwrap()[..] else { panic!("one conflict") };
    assert_eq!((name.as_str(), field.as_str()), ("Ахметова", "phone"));
    let mut said: Vec<(&str, Option<&str>)> =
        values.iter().map(|value| (&*value.text, value.device_name.as_deref())).collect();
    said.sort_unstable();
    assert_eq!(said, [("+7 701 000 00 01", Some("phone 9")), ("+7 701 000 00 02", Some("phone 2"))]);
    edit(&mut lead, PersonField::Phone, "+7 701 000 00 02");
    assert_eq!(lead.app.conflicts().unwrap(), []);
}

#[test]
fn sums_notices_events_dates_and_the_journal_itself_are_told() {
    let mut phone = Phone::organizer();
    edit(&mut phone, PersonField::BirthYear, "2014");
    phone.checks_in(AKHMETOVA);
    phone.does(Action::NameEvent { name: Text { en: "Shore day".to_owned(), ..Text::default() } });
    let totals = phone.app.totals().unwrap();
    assert_eq!((totals.attended, totals.records, totals.imputed_s > 0), (1, 1, true));
    let [notice] = &phone.app.notices().unwrap()[..] else { panic!("one notice") };
    assert_eq!((notice.name.as_str(), &notice.notice), ("Ахметова", &PersonNotice::GuardianConsentMissing));
    let [event] = &phone.app.events().unwrap()[..] else { panic!("one event") };
    assert_eq!((event.event, event.name.en.as_str()), (EVENT, "Shore day"));
    assert_eq!((event.from.as_deref(), event.until.as_deref()), (Some("2026-05-18"), Some("2026-05-18")));
    assert_eq!(phone.app.date_at(UnixMillis(MORNING_MS)).unwrap(), "2026-05-18");
    let held = phone.app.inspect().unwrap();
    let of_event = held.event.unwrap();
    assert_eq!((held.device, of_event.people), (phone.app.standing().unwrap().device, 2));
    assert_eq!(of_event.not_sealed, u64::from(phone.app.unconfirmed().unwrap().on_this_device as u32));
    let other = EventId([8; 16]);
    let mut elsewhere = Phone::let_in(3, Role::Marker, other);
    let [unread] = &elsewhere.app.events().unwrap()[..] else { panic!("one event") };
    assert_eq!((unread.event, &unread.name, &unread.from), (other, &Text::default(), &None));
    assert_eq!(elsewhere.app.totals().unwrap().attended, 0);
}
