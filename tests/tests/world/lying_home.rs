//! Somebody sits between a phone and home, answers as they like, and has no key but their own.
//!
//! While the lie lasts, the phone refuses it or goes on, comes to an end, and calls nothing confirmed that home does not
//! have. When it is over, everything is where it belongs, once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sync_core::documents::log::Record;
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::exchange::{Cursor, Item, Reading, Receipt, Response, SnapshotPart, Verdict};
use sync_core::ids::{Actor, ChangeHash, DocumentRef, EventId, Incarnation, Revision, RulingId};
use sync_core::replica::Unconfirmed;
use sync_core::time::UnixMillis;
use sync_core::trust::{
    Confirmation, ConfirmedChain, Dismissal, KeyPair, Refusal, RefusedChange, Role, Signature, SnapshotStatement,
};
use tests::World;
use tests::forgery::{Forger, Parts};
use tests::hostile::{Pen, READING, put};
use tests::world::{Phone, Someone};

/// A phone to which is lied, and others who write what it should read.
struct Scene {
    world: World,
    north: Phone,
    harbour: Phone,
    east: Phone,
}

impl Scene {
    fn set(seed: u64) -> Self {
        let mut world = World::seeded(seed);
        let [north, harbour] = world.phones(["north", "harbour"]);
        let [east] = world.leads(["east"]);
        let mut scene = Self { world, north, harbour, east };
        scene.others_write("T1");
        scene.others_write("T2");
        scene.world.litter(&north, 100);
        scene
    }

    fn others_write(&mut self, team: &str) {
        let aida = self.world.person("Aida");
        self.world.litter(&self.harbour, 1);
        self.world.assign_team(&self.east, aida, team);
        for phone in [self.harbour, self.east] {
            self.world.exchange(&phone);
        }
    }

    /// The phone tries again and again while the lie lasts.
    fn lie_is_told(&mut self, what: &str) {
        for _ in 0..2 {
            self.world.litter(&self.north, 10);
            drop(self.world.try_exchange(&self.north));
            self.world.assert_only_what_is_at_home_counts_as_confirmed();
            let unconfirmed = self.world.replica(&self.north).unconfirmed();
            assert_eq!(unconfirmed.parked, 0, "{what}: nobody who may decide decided against anything");
            self.world.crash(&self.north);
        }
    }

    fn truth_comes_out(mut self, what: &str) {
        self.world.heal();
        self.others_write("T3");
        self.world.settle();
        self.world.assert_nothing_recorded_is_lost();
        for phone in self.world.everyone() {
            assert_eq!(self.world.replica(&phone).unconfirmed(), Unconfirmed::default(), "{what}");
        }
        let bags = self.world.view(&self.world.laptop()).totals.figures.bags;
        assert_eq!(bags, 100 + 2 * 10 + 3, "{what}: every card counts once");
        self.world.assert_same_view_everywhere();
    }
}

type Lie = (&'static str, fn(&mut Response));

fn liar() -> KeyPair {
    KeyPair::from_seed(&[66; 32])
}

fn all(response: &mut Response, verdict: Verdict, code: Option<&str>) {
    for receipt in &mut response.receipts {
        *receipt = Receipt { verdict, code: code.map(str::to_owned) };
    }
}

fn alter_changes(response: &mut Response, mut alter: impl FnMut(&mut sync_core::admission::SealedChange)) {
    for item in &mut response.items {
        if let Item::Change(sealed) = item {
            alter(sealed);
        }
    }
}

/// A chain that nobody confirmed, as every confirmation of the liar names it.
fn a_chain() -> ConfirmedChain {
    ConfirmedChain { document: DocumentRef::ROSTER, actor: Actor([1; 16]), seq: 1, hash: ChangeHash([1; 32]) }
}

const ITEMS: &[Lie] = &[
    ("withholds the second half", |response| response.items.truncate(response.items.len() / 2)),
    ("withholds the first half", |response| drop(response.items.drain(..response.items.len() / 2))),
    ("withholds everything", |response| response.items.clear()),
    ("says everything twice", |response| response.items.extend(response.items.clone())),
    ("says everything backwards", |response| response.items.reverse()),
    ("alters what was written", |response| {
        alter_changes(response, |sealed| {
            let end = sealed.change.len() - 1;
            sealed.change[end] ^= 1;
        });
    }),
    ("alters what was written, and makes the checksum fit", |response| {
        alter_changes(response, |sealed| {
            let mut parts = Parts::of(&sealed.change);
            parts.start_op += 1;
            sealed.change = parts.join();
        });
    }),
    ("cuts changes off", |response| alter_changes(response, |sealed| sealed.change.truncate(40))),
    ("sends nothing as changes", |response| alter_changes(response, |sealed| sealed.change.clear())),
    ("breaks the seals", |response| alter_changes(response, |sealed| sealed.seal = Signature([7; 64]))),
    ("gives what one wrote to another", |response| alter_changes(response, |sealed| sealed.device.0[0] ^= 1)),
    ("moves what was written to another document", |response| {
        alter_changes(response, |sealed| sealed.document = DocumentRef::RULINGS);
    }),
    ("speaks of another event", |response| {
        alter_changes(response, |sealed| {
            let forger = Forger { key: liar(), event: EventId([5; 16]), incarnation: Incarnation([1; 8]) };
            *sealed = forger.seals(sealed.document, 1, sealed.change.clone());
        });
    }),
];

const RECEIPTS: &[Lie] = &[
    ("leaves a receipt out", |response| drop(response.receipts.pop())),
    ("adds a receipt", |response| response.receipts.push(Receipt::plain(Verdict::Accepted))),
    ("says that all was taken", |response| all(response, Verdict::Accepted, None)),
    ("says that all was there", |response| all(response, Verdict::AlreadyHad, None)),
    ("says that all waits", |response| all(response, Verdict::Held, Some("revoked"))),
    ("says that all is early", |response| all(response, Verdict::NotYet, Some("gap"))),
    ("refuses all", |response| all(response, Verdict::Refused, Some("poison"))),
    ("refuses all without a reason", |response| all(response, Verdict::Refused, None)),
    ("says that another was there first", |response| all(response, Verdict::Refused, Some("equivocation"))),
    ("says that an organizer discarded all", |response| all(response, Verdict::Refused, Some("discarded"))),
    ("says that the phone is revoked", |response| all(response, Verdict::Refused, Some("revoked"))),
    ("refuses under its own key", |response| {
        let changes = vec![RefusedChange { seal: Signature([1; 64]), code: "discarded".to_owned() }];
        response.refusal = Some(liar().state(&Refusal { event: EventId([5; 16]), changes, held: Vec::new() }));
        all(response, Verdict::Refused, Some("discarded"));
    }),
    ("dismisses under its own key", |response| {
        let dismissal = Dismissal { device: liar().public().device(), since: UnixMillis(1), wipe: true };
        response.dismissal = Some(liar().state(&dismissal));
        all(response, Verdict::Refused, Some("revoked"));
    }),
    ("keeps confirmations to itself", |response| response.confirmations.clear()),
    ("confirms under its own key", |response| {
        let chains = vec![a_chain()];
        let confirmation = Confirmation { event: EventId([5; 16]), revision: Revision(9), chains };
        response.confirmations = vec![liar().state(&confirmation)];
    }),
];

const CURSORS: &[Lie] = &[
    ("says that the page ends nowhere", |response| response.cursor = Cursor::default()),
    ("says that the page ends far ahead", |response| {
        response.cursor = Cursor { revision: Revision(u64::MAX), digest: [9; 32] };
    }),
    ("gives the end of the page another digest", |response| response.cursor.digest[0] ^= 1),
    ("says that home stands far ahead", |response| {
        response.stands = Cursor { revision: Revision(u64::MAX - 1), digest: [9; 32] };
    }),
    ("says that home has nothing", |response| response.stands = Cursor::default()),
    ("says again and again that home was restored", |response| response.rewound = true),
    ("always has more", |response| response.more = true),
    ("always has more, a little further", |response| {
        response.more = true;
        response.items.clear();
        response.cursor.revision.0 += 1_000_000;
    }),
    ("changes what may be read with every page", |response| {
        response.reading = Reading(response.home_ms.map_or([1; 8], |at| at.0.to_be_bytes()));
        response.home_ms = None;
        response.more = true;
    }),
    ("never has more", |response| response.more = false),
];

fn each_lie_comes_to_nothing(seed: u64, lies: &[Lie]) {
    for &(what, lie) in lies {
        let mut scene = Scene::set(seed);
        scene.world.on_the_way_back(&scene.north.clone(), lie);
        scene.lie_is_told(what);
        scene.truth_comes_out(what);
    }
}

#[test]
fn what_home_has_may_be_withheld_or_altered_on_the_way_and_comes_in_the_end() {
    each_lie_comes_to_nothing(1, ITEMS);
}

#[test]
fn no_receipt_alone_makes_a_phone_forget_what_it_recorded_or_do_it_twice() {
    each_lie_comes_to_nothing(2, RECEIPTS);
}

#[test]
fn no_cursor_makes_a_phone_miss_anything_for_good_or_read_for_ever() {
    each_lie_comes_to_nothing(3, CURSORS);
}

/// Which receipts somebody on the way alters.
type Forges = fn(&Item) -> bool;

#[test]
fn no_flags_that_nobody_signed_make_a_phone_hide_what_it_has_or_stop_it() {
    let grants: Forges = |item| matches!(item, Item::Grant(_));
    let changes: Forges = |item| matches!(item, Item::Change(_));
    for (which, forges) in [("everything", (|_| true) as Forges), ("grants", grants), ("changes", changes)] {
        for verdict in [Verdict::Held, Verdict::Refused, Verdict::AlreadyHad] {
            let what = format!("says that home was restored, and of {which} {verdict:?}");
            let mut scene = Scene::set(11);
            let north = scene.north;
            scene.world.exchange(&north);
            let shown = |world: &World| {
                let view = world.view(&north);
                let people = world.replica(&north).ledger().documents().roster().people.len();
                (view.totals.figures.bags, people, world.recorded_by(&north, &north).len())
            };
            let sent = Rc::new(RefCell::new(Vec::new()));
            let sends = Rc::clone(&sent);
            scene.world.on_the_way_there(&north, move |request| {
                *sends.borrow_mut() = request.items.iter().map(forges).collect();
            });
            let mut pages = 0;
            scene.world.on_the_way_back(&north, move |response| {
                pages += 1;
                if pages % 2 == 1 {
                    let receipts = std::mem::take(&mut response.receipts);
                    *response = Response { receipts, rewound: true, ..Response::default() };
                } else {
                    let sent = sent.borrow();
                    let forged = response.receipts.iter_mut().zip(sent.iter()).filter(|(_, is)| **is);
                    forged.for_each(|(receipt, _)| *receipt = Receipt::plain(verdict));
                    response.confirmations.clear();
                    response.items.clear();
                }
            });
            let (bags, people, records) = shown(&scene.world);
            scene.lie_is_told(&what);
            // Two cards were recorded meanwhile; an anchor goes with each exchange.
            let (bags_now, people_now, records_now) = shown(&scene.world);
            assert_eq!((bags_now, people_now), (bags + 2 * 10, people), "{what}");
            assert!(records_now >= records + 2, "{what}: {records_now} of {records}");
            let unconfirmed = scene.world.replica(&north).unconfirmed();
            assert_eq!(unconfirmed.held, 0, "{what}: {unconfirmed:?}");
            assert!(unconfirmed.on_this_device + unconfirmed.carried >= 2, "{what}: {unconfirmed:?}");
            scene.world.heal();
            scene.world.settle();
            assert_eq!(scene.world.logs_of(&north, &scene.world.laptop()), 1, "{what}: nothing was recorded twice");
            scene.truth_comes_out(&what);
        }
    }
}

#[test]
fn what_never_reached_home_is_not_confirmed_whatever_the_answer_says() {
    let mut scene = Scene::set(4);
    let swallowed = Rc::new(Cell::new(0));
    let count = Rc::clone(&swallowed);
    scene.world.on_the_way_there(&scene.north.clone(), move |request| {
        count.set(request.items.len());
        request.items.clear();
    });
    scene.world.on_the_way_back(&scene.north.clone(), move |response| {
        response.receipts = vec![Receipt::plain(Verdict::Accepted); swallowed.get()];
    });
    scene.lie_is_told("swallows what the phone brings");
    let unconfirmed = scene.world.replica(&scene.north).unconfirmed();
    assert_eq!(unconfirmed.carried + unconfirmed.on_this_device, 3, "{unconfirmed:?}");
    scene.truth_comes_out("swallows what the phone brings");
}

type SnapshotLie = (&'static str, fn(&mut SnapshotPart));

const SNAPSHOTS: &[SnapshotLie] = &[
    ("alters a byte", |part| part.bytes[0] ^= 1),
    ("sends nothing", |part| part.bytes.clear()),
    ("cuts a part off", |part| part.bytes.truncate(1 + part.bytes.len() / 2)),
    ("begins in the middle", |part| part.position.offset += 1),
    ("begins anew with every part", |part| {
        part.position.revision.0 += part.position.offset + 1;
        part.position.offset = 0;
    }),
    ("says that it never ends", |part| part.total = u64::MAX),
    ("says that it ends at once", |part| part.total = 1),
    ("says that home stands elsewhere", |part| part.cursor.digest[0] ^= 1),
    ("vouches for it under its own key", |part| {
        let statement = SnapshotStatement {
            event: EventId([5; 16]),
            revision: Revision(1),
            digest: [1; 32],
            reading: Reading::default(),
        };
        part.statement = liar().state(&statement);
    }),
];

#[test]
fn a_snapshot_for_which_home_does_not_vouch_is_dropped_and_the_next_begins_from_the_start() {
    for &(what, lie) in SNAPSHOTS {
        let mut scene = Scene::set(5);
        scene.world.writes_a_snapshot_now();
        let late = scene.world.newcomer("late");
        scene.world.narrow(&late, 300);
        scene.world.on_the_way_back(&late, move |response| response.snapshot.iter_mut().for_each(lie));
        for _ in 0..2 {
            drop(scene.world.try_exchange(&late));
            scene.world.crash(&late);
        }
        scene.world.litter(&scene.north, 20);
        scene.truth_comes_out(what);
    }
}

#[test]
fn an_old_snapshot_that_home_once_vouched_for_takes_nobodys_place() {
    let mut scene = Scene::set(6);
    scene.world.writes_a_snapshot_now();
    let kept = Rc::new(RefCell::new(None));
    let keeps = Rc::clone(&kept);
    let early = scene.world.newcomer("early");
    scene.world.on_the_way_back(&early, move |response| {
        if let Some(part) = &response.snapshot {
            *keeps.borrow_mut() = Some(part.clone());
        }
    });
    scene.world.exchange(&early);
    assert!(kept.borrow().is_some());
    scene.others_write("T4");
    scene.world.on_the_way_back(&scene.north.clone(), move |response| response.snapshot.clone_from(&kept.borrow()));
    let before = scene.world.recorded_by(&scene.harbour, &scene.harbour).len();
    scene.lie_is_told("brings an old snapshot");
    scene.world.heal();
    scene.world.exchange(&scene.north.clone());
    let shown = scene.world.recorded_by(&scene.harbour, &scene.north);
    assert_eq!(shown.iter().filter(|record| matches!(record, Record::LitterCard(_))).count(), before);
    scene.world.settle();
    scene.world.assert_same_view_everywhere();
}

#[test]
fn a_ruling_of_a_marker_that_somebody_slips_into_homes_page_is_believed_by_nobody() {
    let what = "slips a ruling in";
    let mut scene = Scene::set(8);
    let impostor = scene.world.impostor(Role::Marker);
    let forger = Forger { key: impostor.key, event: scene.world.event(), incarnation: Incarnation([9; 8]) };
    let pen = Pen::of(forger, DocumentRef::RULINGS, &scene.world.everything_at_home());
    let (subject, end) = (scene.world.person("Aida").subject(), scene.world.now());
    let start = UnixMillis(end.0 - 10 * 3_600_000);
    let decision = Decision::Manual { subject, start, end, site: None };
    let ruling = minicbor::to_vec((READING, Ruling { decision, reason: String::new() })).unwrap();
    let ruling = pen.edits(|tx, map| put(tx, map, &RulingId([9; 8]).to_string(), ruling));
    let slipped = [Item::Grant(impostor.grant), ruling];
    scene.world.on_the_way_back(&scene.north.clone(), move |response| response.items.extend(slipped.clone()));
    scene.lie_is_told(what);
    assert_eq!(scene.world.view(&scene.north).days_of(subject), []);
    let [harbour, north] = [scene.harbour, scene.north];
    scene.world.meets(&harbour, &north);
    assert_eq!(scene.world.view(&harbour).days_of(subject), []);
    scene.truth_comes_out(what);
}

#[test]
fn what_somebody_on_the_way_leaves_out_comes_with_the_next_answer_although_nothing_builds_on_it() {
    for &(what, lie) in ITEMS {
        let mut scene = Scene::set(9);
        let (harbour, north) = (scene.harbour, scene.north);
        scene.world.on_the_way_back(&north, lie);
        drop(scene.world.try_exchange(&north));
        scene.world.heal();
        scene.world.exchange(&north);
        let [written, read] = [&harbour, &north].map(|of| scene.world.recorded_by(&harbour, of).len());
        assert_eq!(read, written, "{what}");
    }
}

#[test]
fn a_snapshot_is_not_taken_for_what_came_after_it_whatever_is_said_of_its_end() {
    let mut scene = Scene::set(10);
    scene.world.writes_a_snapshot_now();
    let late = scene.world.newcomer("late");
    scene.others_write("T3");
    scene.world.on_the_way_back(&late, |response| {
        let stands = response.stands;
        response.snapshot.iter_mut().for_each(|part| part.cursor = stands);
    });
    drop(scene.world.try_exchange(&late));
    scene.world.heal();
    scene.world.exchange(&late);
    let harbour = scene.harbour;
    let [written, read] = [&harbour, &late].map(|of| scene.world.recorded_by(&harbour, of).len());
    assert_eq!(read, written);
}

/// Keeps the snapshot that home gives to a phone, as somebody on the way could.
fn overheard_snapshot(world: &mut World, phone: &Phone) -> SnapshotPart {
    let kept = Rc::new(RefCell::new(None));
    let keeps = Rc::clone(&kept);
    world.on_the_way_back(phone, move |response| {
        if let Some(part) = &response.snapshot {
            *keeps.borrow_mut() = Some(part.clone());
        }
    });
    world.exchange(phone);
    world.heal();
    kept.take().expect("the phone began with a snapshot")
}

/// Somebody on the way makes a phone begin anew with a snapshot that home once gave to another, and then cuts the link.
fn is_made_to_begin_with(world: &mut World, phone: &Phone, kept: SnapshotPart) {
    let mut pages = 0;
    world.on_the_way_back(phone, move |response| {
        pages += 1;
        response.begins = pages == 1;
        if pages == 2 {
            response.items.clear();
            response.snapshot = Some(kept.clone());
        }
    });
    world.cut_after_pages(phone, 2);
    assert!(world.try_exchange(phone).is_err());
    world.crash(phone);
}

#[test]
fn no_snapshot_that_home_once_gave_to_others_makes_a_phone_forget_what_it_shows() {
    let mut world = World::seeded(7);
    let [gate] = world.phones_at("north", ["gate"]);
    let [pier] = world.phones_at("harbour", ["pier"]);
    let [office] = world.organizers(["office"]);
    world.litter(&pier, 40);
    world.settle();
    world.erase(&[world.person("Zhanar").subject()]);
    let of_the_gate = overheard_snapshot(&mut world, &gate);
    let of_then = overheard_snapshot(&mut world, &office);
    world.litter(&pier, 5);
    world.exchange(&pier);
    world.writes_a_snapshot_now();
    let invite = world.invite(Role::Organizer);
    let late = world.join("late", &invite);
    world.exchange(&late);
    world.exchange(&office);
    let bags = |world: &World, phone: &Phone| world.view(phone).totals.figures.bags;
    for kept in [of_the_gate, of_then] {
        for phone in [late, office] {
            is_made_to_begin_with(&mut world, &phone, kept.clone());
            assert_eq!(bags(&world, &phone), 45, "as {} shows it", world.name(&phone));
            world.heal();
            world.exchange(&phone);
            assert_eq!(bags(&world, &phone), 45);
        }
    }
    world.litter(&office, 1);
    world.settle();
    world.assert_nothing_recorded_is_lost();
    for phone in [late, office, world.laptop()] {
        assert_eq!(bags(&world, &phone), 46);
        assert_eq!(world.replica(&phone).unconfirmed(), Unconfirmed::default());
    }
}
