//! One device in two events.

use std::path::Path;

use sync_core::command::Command;
use sync_core::documents::event::{EventEdit, Site};
use sync_core::documents::log::{LitterCard, Record};
use sync_core::exchange::{Cursor, Item, Reading, Receipt, Response, Verdict};
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::{Entropy, Journal, JournalError, Membership, OpenReplica};
use sync_core::replica::DraftState;
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{Grant, KeyPair, Post, Refusal, RefusedChange, Role, Scope};

const HOME: [u8; 32] = [9; 32];
const SHORE: EventId = EventId([1; 16]);
const FOREST: EventId = EventId([2; 16]);

fn reading() -> ClockReading {
    ClockReading { boot: 1, mono_ms: 1000, wall_ms: UnixMillis(1_779_000_000_000) }
}

fn journal_of_an_organizer(directory: &Path) -> Journal {
    let home = KeyPair::from_seed(&HOME);
    let entropy = Entropy { seed: [7; 32], incarnation: Incarnation([1; 8]) };
    let mut journal =
        Journal::open(&directory.join("journal.db"), &directory.join("incarnation"), None, entropy).unwrap();
    let (key, name) = (journal.public_key(), "laptop".to_owned());
    let grant = Grant {
        key,
        name,
        role: Role::Organizer,
        scope: Scope::Home,
        issued: UnixMillis(1),
        post: Post::default(),
        revoked: None,
        vouched: None,
        out_of: None,
    };
    let (url, grant) = ("http://home".to_owned(), home.state(&grant));
    journal.join(Membership { home: home.public(), url, grants: vec![grant] }).unwrap();
    journal
}

fn open(journal: Journal, event: EventId) -> OpenReplica {
    OpenReplica::open(journal, event, Incarnation([2; 8])).unwrap()
}

fn does(replica: &mut OpenReplica, command: Command) {
    replica
        .act(|state| state.perform(command, reading()).map_err(|error| panic!("{error}")))
        .unwrap_or_else(|error: JournalError| panic!("{error}"));
}

fn count_litter(replica: &mut OpenReplica, bags: u32) {
    let site = EventEdit::Site { key: "north".to_owned(), site: Some(Site::default()) };
    does(replica, Command::EditEvent(site));
    does(replica, Command::CountLitter(LitterCard { site: "north".to_owned(), bags, ..LitterCard::default() }));
}

/// Home refuses everything: a clone of the device was there first.
fn is_refused(replica: &mut OpenReplica) {
    replica.act(|state| Ok::<_, JournalError>(state.seal())).unwrap();
    let home = replica.replica().home();
    let asked = replica.ask(home, 0).unwrap();
    let refused = Receipt { verdict: Verdict::Refused, code: Some("equivocation".to_owned()) };
    let changes = asked.request.items.iter().map(|item| match item {
        Item::Change(sealed) => RefusedChange { seal: sealed.seal, code: "equivocation".to_owned() },
        Item::Grant(_) => panic!("only its own changes leave a device"),
    });
    let refusal = Refusal { event: asked.request.event, changes: changes.collect(), held: Vec::new() };
    let response = Response {
        receipts: vec![refused; asked.request.items.len()],
        rewound: false,
        cursor: Cursor::default(),
        items: Vec::new(),
        snapshot: None,
        more: false,
        confirmations: Vec::new(),
        refusal: Some(KeyPair::from_seed(&HOME).state(&refusal)),
        home_ms: None,
        stands: Cursor::default(),
        dismissal: None,
        reading: Reading::default(),
        begins: false,
        page: None,
        wants_erased: None,
        versions: None,
    };
    let received = replica.act(|state| state.receive(home, &asked, response).map_err(|error| panic!("{error}")));
    assert!(received.unwrap_or_else(|error: JournalError| panic!("{error}")).reopen);
}

#[test]
fn a_new_incarnation_begins_in_every_event_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut forest = open(journal_of_an_organizer(directory.path()), FOREST);
    count_litter(&mut forest, 3);
    let mut shore = open(forest.into_journal(), SHORE);
    count_litter(&mut shore, 5);
    is_refused(&mut shore);
    let mut forest = open(shore.into_journal(), FOREST);
    let (entry, record) = forest.replica().last_own_record().unwrap();
    assert!(matches!(record, Record::LitterCard(_)));
    assert_eq!(forest.replica().own_entry(entry.counter), entry, "it stands in the new log");
    does(&mut forest, Command::Undo(entry));
    forest.act(|state| Ok::<_, JournalError>(state.seal())).unwrap();
    assert!(forest.replica().drafts().all(|draft| matches!(draft.state, DraftState::Sealed(_))));
    let shown = forest.replica().shown();
    let view = sync_core::view::project(&shown.event, &shown.roster, &shown.logs, &shown.rulings);
    assert_eq!(view.totals.figures.bags, 0, "the card was taken back");
}
