//! Phones in one event that meet without a server.

mod clocks;
mod headcounts;
mod hostile;
mod knowing;
mod lost_answers;
mod scanning;
mod sealing;

use super::near::NearError;
use super::*;
use crate::command::CommandError;
use crate::documents::log::Method;
use crate::documents::roster::{ExternalId, Person, PersonName, code_within};
use crate::exchange::Item;
use crate::ids::{EraId, PersonId, Revision, WalkInId};
use crate::replica::Write;
use crate::replica::ledger::{Founding, ItemSource, Ledger, StoredItem, Taken, snapshot_digest};
use crate::replica::reading::Hidden;
use crate::storage::rows::{QueuedRows, Row, Rows};
use crate::storage::{Membership, Outside};
use crate::time::UnixMillis;
use crate::trust::{Grant, HomeKey, KeyPair, Post, Reading, Scope, SnapshotStatement};
use crate::words::Language;

const EVENT: EventId = EventId([7; 16]);
const DAY: i64 = 20_591;
const MORNING_MS: i64 = DAY * 86_400_000 + 8 * 3_600_000;

/// The first records of a device.
fn first(limit: u32) -> RecordQuery {
    RecordQuery { limit, ..RecordQuery::default() }
}

fn home() -> HomeKey {
    HomeKey::from_seed(&[1; 32])
}

impl App<QueuedRows> {
    /// Performs a command that no action stands for.
    fn give(
        &mut self,
        command: Command,
        reading: ClockReading,
    ) -> Result<Draft, AppError<<QueuedRows as Storage>::Error>> {
        let draft = self.act(|state| state.perform(command, reading).map_err(AppError::Command))?;
        self.note_command(&draft);
        Ok(draft)
    }
}

/// A phone with the rows that its platform has.
struct Phone {
    app: App<QueuedRows>,
    kept: std::collections::BTreeMap<String, Vec<u8>>,
    minute: i64,
}

impl Phone {
    fn let_in(number: u8, role: Role, event: EventId) -> Self {
        let mut rows = Rows::open([], [number; 32], Incarnation([number; 8])).unwrap();
        let key = rows.key().public();
        let name = format!("phone {number}");
        let issued = UnixMillis(MORNING_MS);
        let grant = Grant {
            key,
            name,
            role,
            scope: Scope::Event(event),
            issued,
            post: Post::default(),
            revoked: None,
            vouched: None,
            out_of: None,
        };
        let url = "https://home.example".to_owned();
        rows.join(Membership { home: home().public(), url, grants: vec![home().state(&grant)] }).unwrap();
        let app = App::open(rows, Incarnation([number ^ 0xff; 8])).unwrap();
        Self { app, kept: std::collections::BTreeMap::new(), minute: 0 }
    }

    /// An organizer's phone that founded the event, with two people.
    fn organizer() -> Self {
        let mut phone = Self::let_in(9, Role::Organizer, EVENT);
        phone.does(Action::OpenDay { day: DAY, opens: 8 * 60, closes: 18 * 60 });
        phone.does(Action::AddSite { key: "pier".to_owned(), name: Text::default() });
        for (id, family, phone_number) in [(2, "Ахметова", "+7 701 555 01 02"), (4, "Серік", "+7 702 555 03 04")]
        {
            let name = Name { family: family.to_owned(), ..Name::default() };
            let known = Known { name, phone: Some(phone_number.to_owned()), ..Known::default() };
            phone.does(Action::AddPerson { id: PersonId::from_entropy(id), known });
        }
        phone
    }

    fn does(&mut self, action: Action) -> RecordRow {
        self.minute += 1;
        let at = self.minute * 60_000;
        let reading = ClockReading { boot: 1, mono_ms: at.unsigned_abs(), wall_ms: UnixMillis(MORNING_MS + at) };
        self.app.perform(action, reading).unwrap()
    }

    fn checks_in(&mut self, id: u64) -> RecordRow {
        let subject = Subject::Person(PersonId::from_entropy(id));
        self.does(Action::CheckIn { subject, site: "pier".to_owned(), method: Method::Search })
    }

    /// Asks another phone until neither has more.
    fn meets(&mut self, other: &mut Self) -> Vec<Brought> {
        let greeting = other.app.greet([5; 32]).unwrap();
        let mut brought = Vec::new();
        loop {
            let asking = self.app.ask_near(&greeting, [7; 32]).unwrap();
            let giving = other.app.answer_near(&asking).unwrap();
            brought.push(self.app.take_near(&giving).unwrap());
            if !brought.last().unwrap().more {
                return brought;
            }
        }
    }

    /// An exchange with home came to these writes.
    fn keeps(&mut self, writes: &[Write]) {
        self.app.storage_mut().unwrap().commit(EVENT, writes, Incarnation([0x77; 8])).unwrap();
        self.app.choose(EVENT).unwrap();
    }

    /// Whether a text stands in any row that the platform has.
    fn holds(&self, text: &str) -> bool {
        self.kept.values().any(|value| value.windows(text.len()).any(|part| part == text.as_bytes()))
    }

    fn finds(&mut self, text: &str) -> Vec<String> {
        let query = PeopleQuery { text: text.to_owned(), limit: 20, ..PeopleQuery::default() };
        self.app.people(&query).unwrap().rows.into_iter().map(|row| row.name).collect()
    }

    fn view(&mut self) -> Vec<u8> {
        self.app.view_json().unwrap()
    }

    /// The platform writes what is queued, and says so.
    fn writes(&mut self) {
        for Row { key, value } in self.app.storage_mut().unwrap().take_batch() {
            match value {
                Some(value) => drop(self.kept.insert(key, value)),
                None => drop(self.kept.remove(&key)),
            }
        }
    }

    /// The app dies and is opened from what the platform has.
    fn dies(&mut self) {
        let rows = Rows::open(self.kept.clone(), [0; 32], Incarnation([0; 8])).unwrap();
        self.app = App::open(rows, Incarnation([3; 8])).unwrap();
    }
}

#[test]
fn two_phones_that_meet_without_a_server_show_the_same() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    marker.meets(&mut lead);
    assert_eq!(marker.finds(""), ["Ахметова", "Серік"]);
    marker.checks_in(2);
    lead.checks_in(4);
    marker.meets(&mut lead);
    assert_eq!(marker.view(), lead.view());
    assert_eq!(lead.app.hours(None).unwrap().len(), 2);
}

#[test]
fn what_another_phone_has_is_carried_and_not_confirmed() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    marker.meets(&mut lead);
    assert_eq!(marker.checks_in(2).state, RecordState::SavedHere);
    marker.meets(&mut lead);
    let records = marker.app.records(&first(10)).unwrap();
    assert_eq!(records.rows[0].state, RecordState::Carried { by: vec!["phone 9".to_owned()] });
    assert_eq!(marker.app.unconfirmed().unwrap().carried, 1);
}

#[test]
fn meeting_again_brings_nothing_and_harms_nothing() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    marker.meets(&mut lead);
    let before = lead.view();
    let again = marker.meets(&mut lead);
    assert_eq!((again.len(), again[0].received, again[0].delivered), (1, 0, 0));
    assert_eq!(lead.view(), before);
}

#[test]
fn a_stranger_is_neither_answered_nor_asked() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    let mut stranger = Phone::let_in(3, Role::Organizer, EventId([8; 16]));
    let greeting = lead.app.greet([5; 32]).unwrap();
    assert!(matches!(stranger.app.ask_near(&greeting, [7; 32]), Err(AppError::Near(NearError::OtherEvent))));
    let theirs = stranger.app.greet([5; 32]).unwrap();
    assert!(matches!(marker.app.ask_near(&theirs, [7; 32]), Err(AppError::Near(NearError::OtherEvent))));
    // With the event's id in the place of its own, its grant still is for another.
    let mut forged: near::Greeting = minicbor::decode(&theirs).unwrap();
    let said = near::Greets { event: EVENT, nonce: [5; 32], base: Revision(0) };
    forged.statement = stranger.app.storage().unwrap().key().state(&said);
    let forged = crate::documents::encode(&forged);
    assert!(matches!(marker.app.ask_near(&forged, [7; 32]), Err(AppError::Near(NearError::Stranger))));
}

#[test]
fn a_request_to_another_phone_or_another_time_is_not_answered() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    let mut third = Phone::let_in(4, Role::Lead, EVENT);
    let asking = marker.app.ask_near(&lead.app.greet([5; 32]).unwrap(), [7; 32]).unwrap();
    third.app.greet([5; 32]).unwrap();
    assert!(matches!(third.app.answer_near(&asking), Err(AppError::Near(NearError::NotForUs))));
    lead.app.greet([6; 32]).unwrap();
    assert!(matches!(lead.app.answer_near(&asking), Err(AppError::Near(NearError::NotForUs))));
    lead.app.stop_answering();
    assert!(matches!(lead.app.answer_near(&asking), Err(AppError::NothingAsked)));
}

#[test]
fn only_the_phone_that_was_asked_can_answer() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    let mut third = Phone::let_in(4, Role::Lead, EVENT);
    let asking = marker.app.ask_near(&lead.app.greet([5; 32]).unwrap(), [7; 32]).unwrap();
    let theirs = lead.app.answer_near(&asking).unwrap();
    let other = marker.app.ask_near(&third.app.greet([6; 32]).unwrap(), [7; 32]).unwrap();
    assert!(matches!(marker.app.take_near(&theirs), Err(AppError::Near(NearError::NotForUs))));
    let answer = third.app.answer_near(&other).unwrap();
    assert!(marker.app.take_near(&answer).is_ok(), "what nobody was misled by goes on");
}

#[test]
fn a_bundle_on_a_card_brings_everything_and_twice_is_once() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    lead.checks_in(2);
    let bundle = lead.app.export_bundle(None).unwrap();
    let brought = marker.app.import_bundle(&bundle).unwrap();
    assert!(brought.received > 0);
    assert_eq!(marker.view(), lead.view());
    assert_eq!(marker.app.import_bundle(&bundle).unwrap().received, 0);
    let mut altered = bundle.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    assert!(marker.app.import_bundle(&altered).is_err());
    assert!(matches!(marker.app.import_bundle(b"a song"), Err(AppError::Near(NearError::Malformed))));
    let mut other = Phone::let_in(3, Role::Marker, EventId([8; 16]));
    assert!(matches!(other.app.import_bundle(&bundle), Err(AppError::Near(NearError::OtherEvent))));
}

#[test]
fn people_are_found_as_one_types_and_come_in_pages() {
    let mut lead = Phone::organizer();
    assert_eq!(lead.finds("akhm"), ["Ахметова"]);
    assert_eq!(lead.finds("555 03"), ["Серік"]);
    assert_eq!(lead.finds(&PersonId::from_entropy(4).to_string()), ["Серік"]);
    lead.checks_in(4);
    let page = |phone: &mut Phone, presence, offset| {
        let query = PeopleQuery { presence, offset, limit: 1, ..PeopleQuery::default() };
        let page = phone.app.people(&query).unwrap();
        (page.total, page.rows.into_iter().map(|row| row.name).collect::<Vec<_>>())
    };
    assert_eq!(page(&mut lead, PresenceFilter::Anyone, 1), (2, vec!["Серік".to_owned()]));
    assert_eq!(page(&mut lead, PresenceFilter::Inside, 0), (1, vec!["Серік".to_owned()]));
    assert_eq!(page(&mut lead, PresenceFilter::NotInside, 0), (1, vec!["Ахметова".to_owned()]));
    let elsewhere = PresenceFilter::InsideAt { site: "dune".to_owned() };
    assert_eq!(page(&mut lead, elsewhere, 0), (0, vec![]));
}

#[test]
fn a_list_is_in_the_order_of_the_language_that_is_asked_for() {
    let mut phone = Phone::organizer();
    for (id, name) in [(6, "Әсел"), (8, "Яна"), (10, "Zara"), (12, "Бота")] {
        let names = vec![PersonName { family: name.to_owned(), ..PersonName::default() }];
        let person = Person { names, ..Person::default() };
        let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(MORNING_MS) };
        phone.app.give(Command::AddPerson(PersonId::from_entropy(id), person), reading).unwrap();
    }
    let mut list = |language: Option<&str>| {
        let language = language.map(str::to_owned);
        let page = phone.app.people(&PeopleQuery { language, limit: 20, ..PeopleQuery::default() }).unwrap();
        page.rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(list(Some("kk")), ["Ахметова", "Әсел", "Бота", "Серік", "Яна", "Zara"]);
    assert_eq!(list(None), ["Zara", "Ахметова", "Әсел", "Бота", "Серік", "Яна"]);
}

#[test]
fn whoever_holds_a_ticket_of_an_order_is_found_by_the_order() {
    let mut phone = Phone::organizer();
    for (id, name) in [(6, "ana kim"), (8, "bo kim")] {
        let code = ExternalId { issuer: "shop".to_owned(), value: code_within("A1B2C", name) };
        let names = vec![PersonName { family: name.to_owned(), ..PersonName::default() }];
        let person = Person { names, external_ids: vec![code], ..Person::default() };
        let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(MORNING_MS) };
        phone.app.give(Command::AddPerson(PersonId::from_entropy(id), person), reading).unwrap();
    }
    assert_eq!(phone.finds("a1b2c"), ["ana kim", "bo kim"]);
    assert_eq!(phone.finds("A1B2C · bo kim"), ["bo kim"]);
}

#[test]
fn several_things_are_done_all_of_them_or_none() {
    let mut phone = Phone::organizer();
    let id = WalkInId::from_entropy(77);
    let name = Name { family: "Guest".to_owned(), ..Name::default() };
    let registered = Action::AddWalkIn { id, known: Known { name, ..Known::default() } };
    let comes_to =
        |site: &str| Action::CheckIn { subject: Subject::WalkIn(id), site: site.to_owned(), method: Method::Search };
    let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(MORNING_MS) };
    let records = phone.app.records(&first(9)).unwrap();
    let refused = phone.app.perform_all(vec![registered.clone(), comes_to("nowhere")], reading);
    assert!(matches!(refused, Err(AppError::Command(CommandError::UnknownSite(_)))), "{refused:?}");
    assert_eq!(phone.app.records(&first(9)).unwrap(), records);
    assert_eq!(phone.finds("guest"), [""; 0]);
    // Whoever was not added is nobody: an id that was let go of is not taken.
    assert!(phone.app.perform(comes_to("pier"), reading).is_err());

    let done = phone.app.perform_all(vec![registered, comes_to("pier")], reading).unwrap();
    assert_eq!(done.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["walk_in", "check_in"]);
    assert_eq!(phone.finds("guest"), ["Guest"]);
    phone.writes();
    phone.dies();
    let page = phone.app.records(&first(9)).unwrap();
    assert_eq!(page.rows[..2].iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["check_in", "walk_in"]);
    assert_eq!(page.total, records.total + 2);
}

#[test]
fn whoever_is_named_for_a_record_is_named_in_full_or_by_a_code() {
    let mut phone = Phone::organizer();
    let code = ExternalId { issuer: "office".to_owned(), value: "A-12".to_owned() };
    let names =
        vec![PersonName { family: "Серік".to_owned(), given: "Нұрлан".to_owned(), ..PersonName::default() }];
    let person = Person { names, external_ids: vec![code], ..Person::default() };
    let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(MORNING_MS) };
    phone.app.give(Command::AddPerson(PersonId::from_entropy(6), person), reading).unwrap();
    let mut meant = |text: &str, naming| phone.app.seen().unwrap().1.meant(text, naming, Language::En);
    let the_one = |meant: Meant| match meant {
        Meant::One { subject, .. } => subject,
        other => panic!("{other:?}"),
    };
    let third = Subject::Person(PersonId::from_entropy(6));
    for text in ["a-12", "A-12 Серік", "Нұрлан Серік", &third.to_string()] {
        assert_eq!(the_one(meant(text, Naming::AtGate)), third, "{text}");
    }
    assert_eq!(the_one(meant("+7 701 555 01 02", Naming::AtDesk)), Subject::Person(PersonId::from_entropy(2)));
    assert_eq!(the_one(meant("0102", Naming::ByPhone)), Subject::Person(PersonId::from_entropy(2)));
    assert!(matches!(meant("0102", Naming::AtGate), Meant::EndOfPhone(owners) if owners.len() == 1));
    assert!(matches!(meant("0102", Naming::AtDesk), Meant::Nobody(likely) if likely.len() == 1));
    assert!(matches!(meant("Серік", Naming::AtGate), Meant::Several(two) if two.len() == 2));
    assert!(matches!(meant("Сер", Naming::AtGate), Meant::Nobody(likely) if likely.len() == 2));
    assert!(matches!(meant("A-12 Ахметова", Naming::AtDesk), Meant::AnotherName { holders, .. } if holders.len() == 1));
    assert!(matches!(meant("Серік", Naming::ByCode), Meant::Nobody(_)));
}

#[test]
fn two_who_are_one_are_one_row_and_found_by_both_names() {
    let mut lead = Phone::organizer();
    let id = WalkInId::from_entropy(77);
    let name = Name { family: "Guest".to_owned(), ..Name::default() };
    lead.does(Action::AddWalkIn { id, known: Known { name, ..Known::default() } });
    assert_eq!(lead.finds("guest"), ["Guest"]);
    let [a, b] = [Subject::Person(PersonId::from_entropy(2)), Subject::WalkIn(id)];
    lead.does(Action::Same { ruling: crate::ids::RulingId([1; 8]), a, b, reason: String::new() });
    assert_eq!(lead.finds("guest"), ["Ахметова"]);
    assert_eq!(lead.finds("").len(), 2);
}

#[test]
fn what_is_shown_after_each_passage_is_what_the_documents_say() {
    let mut phone = Phone::organizer();
    let (aigerim, guest) = (Subject::Person(PersonId::from_entropy(2)), WalkInId::from_entropy(1));
    let known = Known { name: Name { family: "Akhmetova".to_owned(), ..Name::default() }, ..Known::default() };
    phone.does(Action::AddWalkIn { id: guest, known });
    let (a, b) = (aigerim, Subject::WalkIn(guest));
    phone.does(Action::Same { ruling: crate::ids::RulingId([1; 8]), a, b, reason: String::new() });
    let passes = |subject, is_in: bool| {
        let (site, method) = ("pier".to_owned(), Method::Search);
        if is_in { Action::CheckIn { subject, site, method } } else { Action::CheckOut { subject, site, method } }
    };
    for (subject, is_in) in [(aigerim, true), (Subject::WalkIn(guest), false), (aigerim, true), (aigerim, false)] {
        phone.does(passes(subject, is_in));
        let everybody = PeopleQuery { limit: 20, ..PeopleQuery::default() };
        let followed = (phone.view(), phone.app.people(&everybody).unwrap());
        phone.app.screen.forget();
        assert_eq!(followed, (phone.view(), phone.app.people(&everybody).unwrap()));
    }
    assert!(phone.app.hours(Some(aigerim)).unwrap()[0].observed_s > 0);
}

#[test]
fn changes_are_gathered_until_they_are_asked_for() {
    let mut lead = Phone::organizer();
    assert!(lead.app.take_changes().event);
    assert!(lead.app.take_changes().is_nothing());
    lead.checks_in(2);
    lead.checks_in(4);
    let changes = lead.app.take_changes();
    let both = [2, 4].map(|id| Subject::Person(PersonId::from_entropy(id)));
    assert_eq!((changes.subjects.as_slice(), changes.records, changes.everybody), (&both[..], true, false));
    let mut marker = Phone::let_in(2, Role::Marker, EVENT);
    assert!(!marker.app.take_changes().is_nothing());
    marker.meets(&mut lead);
    assert!(marker.app.take_changes().everybody);
}

#[test]
fn a_record_that_was_taken_back_says_so() {
    let mut lead = Phone::organizer();
    let entry = lead.checks_in(2).entry.unwrap();
    lead.does(Action::Undo { entry });
    let records = lead.app.records(&first(2)).unwrap();
    assert_eq!(records.total, 6);
    assert_eq!(
        records.rows.iter().map(|row| (row.kind.as_str(), row.undone)).collect::<Vec<_>>(),
        [("undo", false), ("check_in", true)]
    );
}

#[test]
fn what_the_platform_wrote_is_there_after_the_app_died_and_nothing_else() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    marker.meets(&mut lead);
    marker.checks_in(2);
    marker.writes();
    let written = marker.view();
    marker.checks_in(4);
    assert_ne!(marker.view(), written);
    marker.dies();
    assert_eq!(marker.view(), written);
    marker.checks_in(4);
    marker.meets(&mut lead);
    assert_eq!(marker.view(), lead.view());
}

#[test]
fn a_device_that_did_not_join_says_so() {
    let rows = Rows::open([], [1; 32], Incarnation([1; 8])).unwrap();
    let mut app = App::open(rows, Incarnation([2; 8])).unwrap();
    assert!(matches!(app.records(&first(1)), Err(AppError::NoEvent)));
    assert!(matches!(app.choose(EVENT), Err(AppError::Outside(Outside::NotJoined))));
    assert!(matches!(app.enrol_call("hello", "phone"), Err(AppError::Link(_))));
    assert_eq!(app.standing().unwrap().event, None);
}

#[test]
fn an_answer_that_nobody_asked_for_is_refused() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    let asking = marker.app.ask_near(&lead.app.greet([5; 32]).unwrap(), [7; 32]).unwrap();
    let giving = lead.app.answer_near(&asking).unwrap();
    marker.app.take_near(&giving).unwrap();
    assert!(matches!(marker.app.take_near(&giving), Err(AppError::NothingAsked)));
    assert!(matches!(marker.app.next_call(ClockReading::default()), Err(AppError::NothingAsked)));
}

/// What home was told, in order.
struct Told(Vec<StoredItem>);

impl ItemSource for Told {
    type Error = std::convert::Infallible;

    fn items_after(&self, revision: Revision, _: usize) -> Result<Vec<StoredItem>, Self::Error> {
        Ok(self.0.iter().filter(|stored| stored.cursor.revision > revision).cloned().collect())
    }
}

/// Home, as it is once a phone has told it everything.
fn home_told_by(phone: &mut Phone) -> (Ledger, Told) {
    phone.app.act(|state| Ok(state.seal())).unwrap();
    let asked = phone.app.opened().unwrap().ask(home().public().device(), 0).unwrap();
    let mut ledger = Ledger::founded(EVENT, home().public());
    ledger.take(&Item::Grant(phone.app.storage().unwrap().membership().unwrap().grants[0].clone())).unwrap();
    let mut told = Told(Vec::new());
    for item in asked.request.items {
        if let Taken::New { cursor, .. } = ledger.take(&item).unwrap() {
            told.0.push(StoredItem { cursor, origin: None, item });
        }
    }
    (ledger, told)
}

fn vouched_for(revision: Revision, bytes: Vec<u8>) -> Write {
    let statement =
        SnapshotStatement { event: EVENT, revision, digest: snapshot_digest(&bytes), reading: Reading::default() };
    Write::Snapshot(home().state(&statement), bytes)
}

#[test]
fn a_phone_that_begins_far_from_home_takes_the_snapshot_that_another_began_with() {
    let mut lead = Phone::organizer();
    lead.checks_in(2);
    let (ledger, told) = home_told_by(&mut lead);
    let bytes = ledger.snapshot(None, &told, &Hidden::default()).unwrap();
    let mut carrier = Phone::let_in(3, Role::Marker, EVENT);
    carrier.keeps(&[vouched_for(ledger.cursor().revision, bytes)]);
    carrier.checks_in(4);
    let mut newcomer = Phone::let_in(5, Role::Marker, EVENT);
    let brought = newcomer.meets(&mut carrier);
    assert!(brought.iter().any(|page| page.snapshot_bytes.is_some()), "{brought:?}");
    assert_eq!(newcomer.view(), carrier.view());
    assert_eq!(newcomer.app.hours(None).unwrap().len(), 2);
    newcomer.writes();
    newcomer.dies();
    assert_eq!(newcomer.view(), carrier.view());
    newcomer.checks_in(2);
    carrier.meets(&mut newcomer);
    assert_eq!(newcomer.view(), carrier.view());
}

#[test]
fn rows_let_go_of_who_was_erased_and_keep_what_home_does_not_have() {
    let mut lead = Phone::organizer();
    lead.checks_in(2);
    let guest = WalkInId::from_entropy(9);
    let name = Name { family: "Қонақ".to_owned(), ..Name::default() };
    lead.does(Action::AddWalkIn { id: guest, known: Known { name, ..Known::default() } });
    let (ledger, told) = home_told_by(&mut lead);
    let erased = [Subject::Person(PersonId::from_entropy(2)), Subject::WalkIn(guest)].into();
    let founding =
        Founding { home: &home(), era: EraId([1; 8]), at: UnixMillis(MORNING_MS), erased: &erased, forgotten: None };
    let founded = ledger.found_again(None, &told, &founding).unwrap();

    // Meanwhile: sealed after home was told, and not sealed yet.
    let known =
        |family: &str| Known { name: Name { family: family.to_owned(), ..Name::default() }, ..Known::default() };
    lead.does(Action::AddPerson { id: PersonId::from_entropy(6), known: known("Марат") });
    lead.app.act(|state| Ok(state.seal())).unwrap();
    lead.does(Action::AddPerson { id: PersonId::from_entropy(8), known: known("Ерлан") });
    lead.writes();
    assert!(lead.holds("Ахметова") && lead.holds("Қонақ"));
    lead.keeps(&[vouched_for(founded.item.cursor.revision, founded.snapshot), Write::Moved]);
    lead.writes();
    assert!(!lead.holds("Ахметова") && !lead.holds("555 01 02") && !lead.holds("Қонақ"));
    lead.dies();
    let everybody = lead.finds("");
    assert!(["Ерлан", "Марат", "Серік"].iter().all(|name| everybody.contains(&(*name).to_owned())), "{everybody:?}");
    let drafts = lead.app.opened().unwrap().replica().drafts().count();
    assert_eq!((everybody.len(), drafts), (5, 2));
    assert_eq!(lead.app.hours(None).unwrap().len(), 1);
    lead.checks_in(4);
    let log = lead.app.opened().unwrap().replica().own_entry(0).incarnation;
    assert_eq!(log, Incarnation([0x77; 8]), "what is recorded now builds on nothing that is gone");
}
