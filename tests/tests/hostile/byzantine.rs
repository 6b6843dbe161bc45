//! One among ten was let in and lies to everybody: to home, to those it meets, and differently to each.
//!
//! Whatever it does with its own key and everybody else's words, all honest devices show the same in the end, nothing
//! that they recorded is lost, and nothing waits for ever. `SAXAUL_SEEDS=100..200` tries other worlds.

use std::ops::Range;

use sync_core::exchange::{Cursor, ITEMS_LIMIT, Item, Reading, Receipt, Request, Response, Verdict, write_message};
use sync_core::ids::{DocumentRef, Incarnation, Revision};
use sync_core::replica::Unconfirmed;
use sync_core::trust::{Role, Signature};
use tests::forgery::Forger;
use tests::hostile::{DEEDS, FORMS, POISON, Pen, Scene, append, litter, phone, phone_of_nobody, put, ruling};
use tests::turmoil::{Disaster, Turmoil};
use tests::world::{Impostor, Phone, problem};
use tests::{Chance, World};

/// How many things happen in a world, and as many lies.
const THINGS: usize = 60;
/// A story longer than this proves nothing more.
const STORIES: usize = 4;

fn seeds(usual: Range<u64>) -> Range<u64> {
    let Ok(asked) = std::env::var("SAXAUL_SEEDS") else { return usual };
    let (from, to) = asked.split_once("..").expect("seeds are given as FROM..TO");
    from.parse().unwrap()..to.parse().unwrap()
}

/// The one who lies.
struct Liar {
    impostor: Impostor,
    forger: Forger,
    chance: Chance,
    /// What it wrote in each of its stories, one contradicting the other, each on top of what was at home then.
    stories: Vec<(DocumentRef, Vec<Item>)>,
    /// Everything that it ever said.
    said: Vec<Item>,
    /// Bodies of requests that it sent to home.
    bodies: Vec<Vec<u8>>,
}

impl Liar {
    fn among(world: &mut World, seed: u64) -> Self {
        let mut chance = Chance::seeded(seed);
        let role = chance.pick(&[Role::Marker, Role::Lead, Role::Organizer]);
        let impostor = world.impostor(role);
        let key = impostor.key.clone();
        let forger = Forger { key, event: world.event(), incarnation: Incarnation([5; 8]) };
        Self { impostor, forger, chance, stories: Vec::new(), said: Vec::new(), bodies: Vec::new() }
    }

    /// Goes on with one of its stories, or begins another that contradicts them.
    fn writes(&mut self, world: &World) -> Item {
        let begin = self.stories.len() < STORIES && self.chance.one_in(2);
        if begin || self.stories.is_empty() {
            let document = self.chance.pick(&[self.forger.log(), DocumentRef::ROSTER, DocumentRef::RULINGS]);
            self.stories.push((document, world.everything_at_home()));
        }
        let which = usize::try_from(self.chance.below(self.stories.len() as u64)).unwrap();
        let (document, story) = self.stories[which].clone();
        let pen = Pen::of(self.forger.clone(), document, &story);
        let number = u32::try_from(self.chance.below(1000)).unwrap();
        let item = pen.edits(|tx, container| match document {
            DocumentRef::Log { .. } => append(tx, container, litter(number)),
            DocumentRef::Roster(_) => put(tx, container, &phone_of_nobody(), phone(&number.to_string())),
            _ => {
                let id = sync_core::ids::RulingId(u64::from(number).to_be_bytes());
                put(tx, container, &id.to_string(), ruling());
            }
        });
        self.stories[which].1.push(item.clone());
        self.said.push(item.clone());
        item
    }

    /// What nobody writes who runs the app, or what others wrote under its own name, or theirs under another's.
    fn forges(&mut self, world: &World) -> Item {
        let at_home = world.everything_at_home();
        if self.chance.one_in(2) {
            let scene = Scene::set(world.event(), [0; 3].map(|_| self.impostor.key.clone()), &at_home);
            let rows = self.chance.pick(&[POISON, FORMS, DEEDS]);
            let (_, _, forge) = self.chance.pick(rows);
            return forge(&scene);
        }
        let mut item = self.chance.pick(&at_home);
        if let Item::Change(sealed) = &mut item {
            match self.chance.below(5) {
                0 => sealed.device = self.impostor.key.public().device(),
                1 => sealed.seal = Signature(std::array::from_fn(|_| self.chance.bits() as u8)),
                2 => *sealed = self.forger.seals(sealed.document, 1, sealed.change.clone()),
                3 => sealed.document = DocumentRef::RULINGS,
                _ => {
                    let at = usize::try_from(self.chance.below(sealed.change.len() as u64)).unwrap();
                    sealed.change[at] ^= 1 << self.chance.below(8);
                }
            }
        }
        item
    }

    fn some_items(&mut self, world: &World) -> Vec<Item> {
        let mut items: Vec<Item> = (0..1 + self.chance.below(3)).map(|_| self.writes(world)).collect();
        if self.chance.one_in(2) {
            items.push(self.forges(world));
        }
        let said = self.said.clone();
        items.extend((0..self.chance.below(4)).map(|_| self.chance.pick(&said)));
        if self.chance.one_in(3) {
            items.reverse();
        }
        items
    }

    fn some_cursor(&mut self) -> Cursor {
        Cursor { revision: Revision(self.chance.bits() >> self.chance.below(64)), digest: self.chance.bytes() }
    }

    fn turns(&mut self, world: &mut World) {
        let everyone = world.everyone();
        let phone = self.chance.pick(&everyone);
        match self.chance.below(6) {
            0 | 1 => self.speaks_to_home(world),
            2 | 3 => self.asks(world, phone),
            _ => self.answers(world, phone),
        }
    }

    fn alters(&mut self, request: &mut Request) {
        match self.chance.below(4) {
            0 => request.cursor = Some(self.some_cursor()),
            1 => request.witness = Some(self.some_cursor()),
            2 => request.own_log.entries = self.chance.bits(),
            _ => {}
        }
    }

    fn speaks_to_home(&mut self, world: &mut World) {
        let proof = world.proof_of_impostor(&self.impostor);
        let mut items = self.some_items(world);
        if self.chance.one_in(8) {
            let flood = items[0].clone();
            items.resize(ITEMS_LIMIT + usize::try_from(self.chance.below(2)).unwrap(), flood);
        }
        let event = world.event();
        let own_log = sync_core::exchange::OwnLog { incarnation: self.forger.incarnation, entries: 1 };
        let (cursor, snapshot, witness) = (None, None, None);
        let mut request = Request {
            event,
            cursor,
            snapshot,
            want_bytes: 100_000,
            items,
            witness,
            own_log,
            era: None,
            versions: None,
        };
        self.alters(&mut request);
        let mut body = write_message(&request);
        match self.chance.below(8) {
            0 => body.truncate(body.len() / 2),
            1 => {
                let at = usize::try_from(self.chance.below(body.len() as u64)).unwrap();
                body[at] ^= 0xff;
            }
            2 => body.resize(sync_core::exchange::MESSAGE_LIMIT_BYTES + 1, 0),
            3 if !self.bodies.is_empty() => body = self.chance.pick(&self.bodies.clone()),
            _ => self.bodies.push(body.clone()),
        }
        let answer = world.says(event, &proof, &body);
        assert!(answer.status < 500, "home is well: {}", answer.status);
    }

    fn asks(&mut self, world: &mut World, phone: Phone) {
        let items = self.some_items(world);
        let impostor = self.impostor.clone();
        let asked = world.is_asked_by(&phone, &impostor, |request| {
            request.items = items;
            self.alters(request);
        });
        drop(asked);
    }

    fn answers(&mut self, world: &mut World, phone: Phone) {
        let items = self.some_items(world);
        let (cursor, stands) = (self.some_cursor(), self.some_cursor());
        let (rewound, more) = (self.chance.one_in(4), self.chance.one_in(2));
        let reading = Reading(self.chance.bytes());
        let impostor = self.impostor.clone();
        let mut chance = self.chance.clone();
        let verdicts = [Verdict::Accepted, Verdict::AlreadyHad, Verdict::Held, Verdict::Refused, Verdict::NotYet];
        let codes = [None, Some("equivocation"), Some("discarded"), Some("revoked"), Some("poison")];
        let answer = |request: &Request| {
            let receipt = |_| Receipt { verdict: chance.pick(&verdicts), code: chance.pick(&codes).map(str::to_owned) };
            let receipts = request.items.iter().map(receipt).collect();
            let (snapshot, confirmations, refusal) = (None, Vec::new(), None);
            let (home_ms, dismissal) = (None, None);
            Response {
                receipts,
                rewound,
                cursor,
                items,
                snapshot,
                more,
                confirmations,
                home_ms,
                stands,
                dismissal,
                reading,
                refusal,
                begins: true,
                page: None,
                wants_erased: None,
                versions: None,
            }
        };
        drop(world.asks_impostor(&phone, &impostor, answer));
        self.chance.bits();
    }
}

fn nine_honest(seed: u64) -> World {
    let mut world = World::seeded(seed);
    world.phones(["north", "harbour", "pier", "gate"]);
    world.leads(["east", "west", "south"]);
    world.organizers(["office"]);
    world
}

#[test]
fn one_liar_among_ten_neither_parts_the_honest_nor_costs_them_anything() {
    for seed in seeds(0..8) {
        let mut world = nine_honest(seed);
        let mut liar = Liar::among(&mut world, seed);
        let mut turmoil = Turmoil::in_world(world, Disaster::None);
        for _ in 0..THINGS {
            turmoil.rages(1);
            let world = turmoil.world();
            liar.turns(world);
            if world.chance().one_in(4) {
                let everyone = world.everyone();
                let [one, other] = [0; 2].map(|_| world.chance().pick(&everyone));
                if one != other {
                    world.meets(&one, &other);
                }
            }
        }
        let mut world = turmoil.calms_down();
        world.assert_nothing_recorded_is_lost();
        for phone in world.everyone() {
            let unconfirmed = world.replica(&phone).unconfirmed();
            assert_eq!(unconfirmed, Unconfirmed::default(), "world {seed}: of {}", world.name(&phone));
        }
        world.assert_same_view_everywhere();
    }
}

/// Two stories under one number: the first for home, the second for a phone that it meets.
fn two_stories(world: &mut World, impostor: &Impostor, document: impl Fn(&Forger) -> DocumentRef) -> [Item; 2] {
    let forger = Forger { key: impostor.key.clone(), event: world.event(), incarnation: Incarnation([5; 8]) };
    let document = document(&forger);
    let pen = Pen::of(forger, document, &world.everything_at_home());
    [1000, 2000].map(|number| {
        pen.edits(|tx, container| match document {
            DocumentRef::Log { .. } => append(tx, container, litter(number)),
            _ => put(tx, container, &phone_of_nobody(), phone(&number.to_string())),
        })
    })
}

fn tells_home(world: &mut World, impostor: &Impostor, item: &Item) {
    let proof = world.proof_of_impostor(impostor);
    assert_eq!(problem(&world.brings(world.event(), &proof, vec![item.clone()])), None);
}

fn tells(world: &mut World, phone: &Phone, impostor: &Impostor, item: &Item) {
    let answer = world.is_asked_by(phone, impostor, |request| request.items = vec![item.clone()]);
    let receipts = answer.expect("a phone answers who was let in").receipts;
    assert_eq!(receipts, [Receipt::plain(Verdict::Accepted)]);
}

#[test]
fn who_heard_another_story_than_home_drops_it_at_once_and_reads_homes_next() {
    let mut world = World::seeded(1);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let impostor = world.impostor(Role::Marker);
    let [for_home, for_north] = two_stories(&mut world, &impostor, Forger::log);
    tells_home(&mut world, &impostor, &for_home);
    tells(&mut world, &north, &impostor, &for_north);
    world.litter(&north, 1);
    world.meets(&harbour, &north);
    assert_eq!(world.view(&harbour).totals.figures.bags, 2001);
    for phone in [north, harbour] {
        world.exchange(&phone);
        world.crash(&phone);
        assert_eq!(world.view(&phone).totals.figures.bags, 1, "nobody shows what home refused");
        world.exchange(&phone);
        assert_eq!(world.view(&phone).totals.figures.bags, 1001);
    }
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn what_was_edited_on_top_of_another_story_is_edited_again_on_top_of_homes() {
    let mut world = World::seeded(2);
    let [east, west] = world.leads(["east", "west"]);
    let impostor = world.impostor(Role::Lead);
    let [for_home, for_east] = two_stories(&mut world, &impostor, |_| DocumentRef::ROSTER);
    tells_home(&mut world, &impostor, &for_home);
    tells(&mut world, &east, &impostor, &for_east);
    let aida = world.person("Aida");
    world.assign_team(&east, aida, "T1");
    world.meets(&west, &east);
    world.assign_team(&west, aida, "T2");
    for phone in [west, east, west] {
        world.exchange(&phone);
        assert_eq!(world.replica(&phone).unconfirmed(), Unconfirmed::default(), "of {}", world.name(&phone));
    }
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_phone_carried_for_a_device_that_home_revoked_is_shown_when_an_organizer_releases_it() {
    let mut world = World::seeded(3);
    let [north, harbour] = world.phones(["north", "harbour"]);
    world.litter(&north, 7);
    world.meets(&harbour, &north);
    assert_eq!(world.view(&harbour).totals.figures.bags, 7);
    world.revoke(&north, "hold");
    assert_eq!(world.exchange(&harbour).held, 1);
    assert_eq!(world.view(&harbour).totals.figures.bags, 0, "home does not show it either");
    world.crash(&harbour);
    assert_eq!(world.exchange(&harbour).held, 1, "it is offered until somebody decides");
    assert_eq!(world.waiting().len(), 1);
    world.release_all();
    world.exchange(&harbour);
    assert_eq!(world.view(&harbour).totals.figures.bags, 7);
    world.crash(&harbour);
    assert_eq!(world.view(&harbour).totals.figures.bags, 7);
    world.assert_nothing_recorded_is_lost();
}
