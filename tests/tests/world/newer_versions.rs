//! Programs of several versions at one event: what an older one cannot read it keeps and passes on.
//!
//! What a newer version writes is written here by hand: records of kinds that this version does not know, and registers
//! with names that it does not know.

use sync_core::command::Command;
use sync_core::documents::event::{Edition, EventEdit};
use sync_core::documents::log::{NewerContent, NewerRecord, Record};
use sync_core::exchange::{Cursor, Item, Receipt, Response, Verdict, Versions, read_message};
use sync_core::ids::{DocumentRef, Incarnation, Revision, Subject};
use sync_core::trust::Role;
use tests::World;
use tests::forgery::Forger;
use tests::hostile::{Pen, READING, append, litter, put};
use tests::world::{Impostor, Phone, Someone, problem};

/// What a newer version says of somebody: a text and a number.
fn content(subjects: &[Subject], text: &str) -> NewerContent {
    let values = [minicbor::to_vec(text).unwrap(), minicbor::to_vec(7).unwrap()].concat();
    NewerContent::new(subjects.to_vec(), values).unwrap()
}

fn record(kind: u16, subjects: &[Subject], text: &str) -> Record {
    Record::Newer(NewerRecord::new(kind, content(subjects, text)).unwrap())
}

fn records(world: &mut World, phone: &Phone, subjects: &[Subject], text: &str) {
    let record = NewerRecord::new(40, content(subjects, text)).unwrap();
    world.does(phone, Command::KeepNewer(record));
}

/// A register's value, as a newer version writes it.
fn value(subjects: &[Subject], text: &str) -> Vec<u8> {
    minicbor::to_vec((READING, content(subjects, text))).unwrap()
}

/// The registers that only a newer version can read, as a phone shows them.
fn newer_names(world: &World, phone: &Phone) -> Vec<String> {
    let shown = world.replica(phone).shown();
    [&shown.event.newer, &shown.roster.newer, &shown.rulings.newer].into_iter().flatten().cloned().collect()
}

/// An organizer whose program is newer: it writes registers that no other program knows.
struct NewerOffice {
    organizer: Impostor,
    written: u8,
}

impl NewerOffice {
    fn opened(world: &mut World) -> Self {
        Self { organizer: world.impostor(Role::Organizer), written: 0 }
    }

    /// Brings home what it puts into a register. Returns home's receipt.
    fn puts(&mut self, world: &mut World, document: DocumentRef, key: &str, value: Vec<u8>) -> Receipt {
        self.written += 1;
        let (key_pair, event) = (self.organizer.key.clone(), world.event());
        let forger = Forger { key: key_pair, event, incarnation: Incarnation([self.written; 8]) };
        let pen = Pen::of(forger, document, &world.everything_at_home());
        let item = pen.edits(|tx, map| put(tx, map, key, value));
        let proof = world.proof_of_impostor(&self.organizer);
        let answer = world.brings(event, &proof, vec![item]);
        assert_eq!(problem(&answer), None);
        read_message::<Response>(&answer.body).unwrap().receipts.remove(0)
    }
}

#[test]
fn a_record_of_a_kind_that_nobody_here_knows_is_kept_passed_on_and_changes_no_hours() {
    let mut world = World::seeded(1);
    let [new, old, other] = world.phones(["new", "old", "other"]);
    let aida = world.person("Aida");
    world.check_in(&new, aida);
    world.wait_minutes(60);
    records(&mut world, &new, &[aida.subject()], "a tide of 40 cm");
    world.wait_minutes(60);
    world.check_out(&new, aida);
    let recorded = world.recorded_by(&new, &new);
    assert_eq!((recorded.len(), &recorded[1]), (3, &record(40, &[aida.subject()], "a tide of 40 cm")));

    // From phone to phone, over a restart, and home by another phone than that which recorded it.
    world.cut(&new);
    world.meets(&old, &new);
    world.crash(&old);
    assert_eq!(world.recorded_by(&new, &old), recorded);
    world.exchange(&old);
    world.exchange(&other);
    assert_eq!(world.recorded_by(&new, &other), recorded);
    let days = &world.view(&other).days;
    assert_eq!(days.iter().map(|day| day.observed_ms).sum::<u64>() / 60_000, 120, "{days:?}");
    world.heal();
    world.settle();
    assert_eq!(world.read_on(&old).received, 0, "nothing is read again");
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_newer_version_put_into_documents_is_kept_beside_what_is_known_and_erased_with_whom_it_names() {
    let mut world = World::seeded(2);
    let [north] = world.phones(["north"]);
    let mut office = NewerOffice::opened(&mut world);
    let (aida, bolat) = (world.person("Aida"), world.person("Bolat"));
    let ids = [aida.subject(), bolat.subject()];
    for (document, key, value) in [
        (DocumentRef::Event, "boat.north".to_owned(), value(&[], "the white boat")),
        (DocumentRef::ROSTER, format!("{aida}.allergies"), value(&[ids[0]], "allergic to bees")),
        (DocumentRef::ROSTER, "pair.1".to_owned(), value(&ids, "always in one team")),
        (DocumentRef::RULINGS, "verdict.1".to_owned(), value(&ids[..1], "gets a medal")),
        (DocumentRef::RULINGS, "verdict.2".to_owned(), value(&ids[1..], "gets a scarf")),
    ] {
        assert_eq!(office.puts(&mut world, document, &key, value).verdict, Verdict::Accepted, "{key}");
    }
    records(&mut world, &north, &ids[..1], "swims every morning");
    world.settle();
    let (allergies, pair) = (format!("{aida}.allergies"), "pair.1".to_owned());
    assert_eq!(newer_names(&world, &north), ["boat.north", &allergies, &pair, "verdict.1", "verdict.2"]);
    // Whoever cannot read what is said of a person shows and edits the rest.
    let laptop = world.laptop();
    world.assign_team(&laptop, aida, "T1");
    world.settle();
    world.assert_same_view_everywhere();

    let of_aida = ["allergic to bees", "always in one team", "gets a medal", "swims every morning"];
    assert!(of_aida.iter().all(|text| !world.files_at_home_with(text).is_empty()));
    world.erase(&[aida.subject()]);
    for text in of_aida {
        assert_eq!(world.files_at_home_with(text), Vec::<std::path::PathBuf>::new(), "{text}");
    }
    world.settle();
    for text in of_aida {
        assert_eq!(world.files_of_phone_with(&north, text), Vec::<std::path::PathBuf>::new(), "{text}");
    }
    // That something was said of her stays, beside what every version keeps of her.
    assert_eq!(newer_names(&world, &north), ["boat.north", &pair, "verdict.1", "verdict.2"]);
    // Nor does anybody write about her again what only a newer version can read.
    let roster = world.replica(&north).ledger().documents().current(sync_core::ids::SharedDocument::Roster);
    let again = office.puts(&mut world, roster, "pair.2", value(&ids[..1], "always first"));
    assert_eq!((again.verdict, again.code.as_deref()), (Verdict::Refused, Some("erased")));
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn what_an_event_speaks_is_raised_by_an_organizer_and_never_lowered() {
    let mut world = World::seeded(3);
    let [old] = world.phones(["old"]);
    let laptop = world.laptop();
    assert_eq!(world.replica(&old).shown().event.speaks, Edition::FIRST);
    // This version of the program knows no later edition than its own.
    let later = EventEdit::Speaks(Edition(Edition::CURRENT.0 + 1));
    let refused = world.attempt(&laptop, Command::EditEvent(later)).unwrap_err();
    assert!(refused.to_string().contains("update it first"), "{refused}");
    // A newer one raises the event's, and somebody raises it to less at the same time: three weeks later an old phone comes.
    let mut office = NewerOffice::opened(&mut world);
    for edition in [7, 3] {
        let raised = minicbor::to_vec((READING, EventEdit::Speaks(Edition(edition)))).unwrap();
        let receipt = office.puts(&mut world, DocumentRef::Event, &format!("speaks.{edition}"), raised);
        assert_eq!(receipt.verdict, Verdict::Accepted);
    }
    let [new] = world.phones(["new"]);
    records(&mut world, &new, &[], "what the seventh edition has");
    world.exchange(&new);
    world.litter(&old, 4);
    world.wait_minutes(21 * 24 * 60);
    world.exchange(&old);
    assert_eq!(world.replica(&old).shown().event.speaks, Edition(7));
    assert_eq!(world.recorded_by(&new, &old), [record(40, &[], "what the seventh edition has")]);
    world.settle();
    assert_eq!(world.view(&laptop).totals.figures.bags, 4);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_change_that_can_never_be_placed_is_read_once_more_and_then_not_again() {
    let mut world = World::seeded(4);
    let [north] = world.phones(["north"]);
    let (giver, author) = (world.impostor(Role::Marker), world.impostor(Role::Marker));
    let forger = Forger { key: author.key.clone(), event: world.event(), incarnation: Incarnation([5; 8]) };
    let mut pen = Pen::of(forger.clone(), forger.log(), &[]);
    let bad = pen.edits(|tx, list| append(tx, list, vec![0xff; 20]));
    let Item::Change(change) = &bad else { unreachable!("it is sealed") };
    pen.doc.apply_changes([automerge::Change::from_bytes(change.change.clone()).unwrap()]).unwrap();
    let after_it = pen.edits(|tx, list| append(tx, list, litter(3)));
    let stands = |revision| Cursor { revision: Revision(revision), digest: [revision as u8; 32] };
    let answers = |world: &mut World, items: &[Item], revision: u64| {
        let items = [Item::Grant(author.grant.clone())].iter().chain(items).cloned().collect();
        let mut asked = None;
        world.asks_impostor(&north, &giver, |request| {
            asked = request.cursor;
            Response {
                receipts: receipts(request),
                cursor: stands(revision),
                stands: stands(revision),
                items,
                ..Response::default()
            }
        });
        asked.map(|cursor: Cursor| cursor.revision.0)
    };
    assert_eq!(answers(&mut world, std::slice::from_ref(&bad), 2), Some(0));
    // Something may have been left out on the way: everything is asked for again, once.
    assert_eq!(answers(&mut world, std::slice::from_ref(&bad), 2), Some(0));
    assert_eq!(answers(&mut world, &[], 2), Some(2), "it was read again, and is no better");
    assert_eq!(answers(&mut world, std::slice::from_ref(&after_it), 3), Some(2));
    assert_eq!(answers(&mut world, &[], 3), Some(3), "nor is what builds on it a reason");
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn a_chain_that_was_placed_after_all_is_read_again_when_something_of_it_is_missing_later() {
    let mut world = World::seeded(6);
    let [north] = world.phones(["north"]);
    let (giver, author) = (world.impostor(Role::Marker), world.impostor(Role::Marker));
    let forger = Forger { key: author.key.clone(), event: world.event(), incarnation: Incarnation([5; 8]) };
    let mut pen = Pen::of(forger.clone(), forger.log(), &[]);
    let written: Vec<Item> = (1..=4)
        .map(|bags| {
            let item = pen.edits(|tx, list| append(tx, list, litter(bags)));
            let Item::Change(change) = &item else { unreachable!("it is sealed") };
            pen.doc.apply_changes([automerge::Change::from_bytes(change.change.clone()).unwrap()]).unwrap();
            item
        })
        .collect();
    let answers = |world: &mut World, items: &[&Item], revision: u64| {
        let items = [&Item::Grant(author.grant.clone())].into_iter().chain(items.iter().copied()).cloned().collect();
        let stands = Cursor { revision: Revision(revision), digest: [revision as u8; 32] };
        let mut asked = None;
        world.asks_impostor(&north, &giver, |request| {
            asked = request.cursor;
            Response { receipts: receipts(request), cursor: stands, stands, items, ..Response::default() }
        });
        asked.map(|cursor: Cursor| cursor.revision.0)
    };
    let [first, second, third, fourth] = &written[..] else { unreachable!("four were written") };
    assert_eq!(answers(&mut world, &[second], 3), Some(0));
    assert_eq!(answers(&mut world, &[first, second], 3), Some(0), "the first was left out");
    assert_eq!(answers(&mut world, &[fourth], 5), Some(3));
    assert_eq!(answers(&mut world, &[first, second, third, fourth], 5), Some(0), "now the third was");
    assert_eq!(world.view(&north).totals.figures.bags, 10);
}

/// Takes everything that is brought.
fn receipts(request: &sync_core::exchange::Request) -> Vec<Receipt> {
    request.items.iter().map(|_| Receipt::plain(Verdict::Accepted)).collect()
}

#[test]
fn a_request_of_a_later_version_is_refused_with_the_versions_that_home_speaks() {
    let mut world = World::seeded(5);
    let [north] = world.phones(["north"]);
    let proof = world.proof_of(&north);
    let request = sync_core::exchange::Request {
        versions: Some(Versions { oldest: 1, newest: 9 }),
        ..tests::hostile::request(world.event())
    };
    // A newer program writes to who was not heard yet in the oldest version that it speaks.
    let answer = world.says(world.event(), &proof, &sync_core::exchange::write_message(&request));
    let response: Response = read_message(&answer.body).unwrap();
    assert_eq!(response.versions, Some(Versions::OWN));
    let proof = world.proof_of(&north);
    let answer = world.says(world.event(), &proof, &sync_core::exchange::write_message_in(9, &request));
    assert_eq!(problem(&answer).as_deref(), Some("unsupported_version"));
    let detail = String::from_utf8(answer.body).unwrap();
    assert!(detail.contains("version 9") && detail.contains(&format!("but {}", Versions::OWN)), "{detail}");
}
