//! Requests about one device that run into one another: every order of their steps ends as if one had come after the other.
//!
//! A request about rights has three steps: it is judged by what memory holds and hands its job over; the job is written;
//! memory learns of it and the answer goes out. The writer's hold stands between any two jobs, and each request is driven by
//! hand, so that every order is seen and none by chance. Jobs are written in the order in which they were handed over.

mod steps;

use std::sync::Arc;

use serde_json::{Value, json};
use server::auth::Device;
use server::store::registry::RegistryNumber;
use sync_core::command::Command;
use sync_core::documents::log::WalkIn;
use sync_core::documents::roster::PersonName;
use sync_core::ids::{DeviceId, WalkInId};
use sync_core::invite::InviteLink;
use sync_core::meeting::enrol;
use sync_core::trust::{KeyPair, SessionProof};
use tests::desk::{Browser, Desk, Laptop, MORNING, SHORE};

use self::steps::{Running, drive, orders};

/// What may happen to a device while it is revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Deed {
    /// An organizer revokes it.
    Revoke,
    /// It calls itself otherwise.
    Rename,
    /// It uses its own invite again.
    EnrolAgain,
    /// It uses an invite for another event.
    Redeem,
    /// It makes an invite.
    Invite,
    /// It makes a link to sign in.
    Offer,
    /// Somebody uses a link to sign in that it made.
    SignIn,
    /// It erases somebody.
    Erase,
    /// Somebody who signed in by its link publishes a report.
    Publish,
    /// Somebody who signed in by its link adds somebody to the roster.
    Write,
    /// It withdraws an invite.
    Withdraw,
    /// It refuses for good what waits.
    Discard,
}

/// What may run into one another: every two and every three of these are tried together.
const VERBS: [Deed; 6] = [Deed::Revoke, Deed::Rename, Deed::EnrolAgain, Deed::Redeem, Deed::Publish, Deed::Erase];

/// What else is tried together: what a device prepares, or has somebody do, while it is revoked.
const MORE: &[&[Deed]] = &[
    &[Deed::Revoke, Deed::Revoke],
    &[Deed::Revoke, Deed::Invite],
    &[Deed::Revoke, Deed::Offer],
    &[Deed::Revoke, Deed::SignIn],
    &[Deed::Revoke, Deed::Write],
    &[Deed::Revoke, Deed::Withdraw],
    &[Deed::Revoke, Deed::Discard],
    &[Deed::Revoke, Deed::SignIn, Deed::Invite],
];

/// Every choice of `count` different verbs.
fn choices(verbs: &[Deed], count: usize) -> Vec<Vec<Deed>> {
    let Some((first, rest)) = verbs.split_first() else {
        return if count == 0 { vec![Vec::new()] } else { Vec::new() };
    };
    let with_first = count.checked_sub(1).map(|others| choices(rest, others)).unwrap_or_default();
    let with_first = with_first.into_iter().map(|others| [vec![*first], others].concat());
    with_first.chain(choices(rest, count)).collect()
}

#[test]
fn there_are_as_many_orders_as_there_must_be() {
    // Of 6! / 3!^2 orders of two requests, and of 9! / 3!^3 of three, those are left in which the first to begin is the
    // first to be written.
    assert_eq!([1, 2, 3].map(|requests| orders(requests).len()), [1, 14, 636]);
    assert_eq!([2, 3].map(|count| choices(&VERBS, count).len()), [15, 20]);
}

/// A device that is revoked while something else happens to it.
struct Suspect {
    key: KeyPair,
    id: DeviceId,
    token: String,
    /// The secret of a link to sign in that it made.
    link: String,
    /// Somebody whom it may erase, or report; `None` if nobody is erased or reported.
    person: Option<String>,
    /// A change that it may refuse for good; `None` if nothing is refused.
    waiting: Option<String>,
    /// An invite that it may withdraw; `None` if none is withdrawn.
    invite: Option<String>,
}

impl Suspect {
    fn person(&self) -> &str {
        self.person.as_deref().expect("somebody was added to be erased or reported")
    }
}

/// One desk, on which several orders are tried, each with a device of its own.
struct Stage<'a> {
    desk: &'a Desk,
    laptop: Laptop<'a>,
    browser: Browser<'a>,
    other_event: String,
    /// By which every device came in.
    own_invite: InviteLink,
    /// For the other event.
    other_invite: InviteLink,
    devices: u32,
}

impl<'a> Stage<'a> {
    fn set(desk: &'a Desk, invite: &InviteLink) -> Self {
        let laptop = desk.found(invite, SHORE.as_bytes());
        let other_event = "0e".repeat(16);
        let body = json!({ "event": other_event }).to_string();
        let reply = desk.call("POST", "/v1/events", &[("authorization", &laptop.token())], body);
        reply.is(201);
        let browser = desk.sign_in(&laptop.offers("organizer"));
        let invite = |event: &str| {
            let body = json!({ "role": "organizer", "event": event, "uses": 100 });
            let reply = desk.call("POST", "/v1/invites", &[("authorization", &laptop.token())], body.to_string());
            reply.is(201)["link"].as_str().unwrap().parse().unwrap()
        };
        let (own_invite, other_invite) = (invite(&laptop.event().to_string()), invite(&other_event));
        Self { desk, laptop, browser, other_event, own_invite, other_invite, devices: 0 }
    }

    /// An organizer of the event, whose laptop is going to be stolen.
    fn suspect(&mut self, together: &[Deed]) -> Suspect {
        self.devices += 1;
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&self.devices.to_be_bytes());
        let key = KeyPair::from_seed(&seed);
        let event = self.laptop.event().to_string();
        let id = key.public().device();
        let (path, body) = enrolment(&key, &self.own_invite);
        self.desk.call("POST", path, &[], body).is(200);
        let token = self.token(&key);
        let offer = json!({ "access": "organizer", "name": "accomplice", "event": event }).to_string();
        let offered = self.desk.call("POST", "/v1/sign-in-links", &[("authorization", &token)], offer).is(201);
        let link = offered["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        let needs_somebody = together.iter().any(|deed| matches!(deed, Deed::Erase | Deed::Publish));
        let person = needs_somebody.then(|| self.adds_somebody());
        let waiting = together.contains(&Deed::Discard).then(|| self.brings_what_waits());
        let invite = together.contains(&Deed::Withdraw).then(|| self.makes_an_invite());
        Suspect { key, id, token, link, person, waiting, invite }
    }

    /// Makes an invite: its public id.
    fn makes_an_invite(&self) -> String {
        let token = self.laptop.token();
        let headers = [("authorization", token.as_str())];
        let earlier = self.desk.app().store.read_here(|store| store.invites()).unwrap();
        let body = json!({ "role": "marker", "event": self.laptop.event().to_string(), "uses": 1 });
        self.desk.call("POST", "/v1/invites", &headers, body.to_string()).is(201);
        let mut invites =
            self.desk.app().store.read_here(|store| store.invites()).unwrap().into_iter().map(|row| row.invite.id());
        invites.find(|id| earlier.iter().all(|row| row.invite.id() != *id)).expect("an invite was made")
    }

    /// Has a revoked lead bring something, which waits: its hash.
    fn brings_what_waits(&mut self) -> String {
        let earlier = self.waiting();
        let event = self.laptop.event();
        let invite = self.laptop.invites("lead");
        let mut lead = self.desk.join(&invite, &format!("lead {}", self.devices), |_| event);
        lead.exchanges();
        let device = lead.replica.replica().device();
        self.browser.send("POST", &format!("/v1/devices/{device}/revoke"), &json!({ "later": "hold" })).is(204);
        let id = WalkInId::from_entropy(self.devices.into());
        let names = vec![PersonName { family: "Guest".to_owned(), ..PersonName::default() }];
        let walk_in = WalkIn { id, names, phone: None, organisation: None, birth_year: None };
        lead.does(Command::AddWalkIn(walk_in));
        lead.exchanges();
        self.waiting().into_iter().find(|change| !earlier.contains(change)).expect("what a revoked lead brings waits")
    }

    fn waiting(&self) -> Vec<String> {
        let held = self.browser.get(&format!("/v1/events/{}/held", self.laptop.event())).is(200);
        held["held"].as_array().unwrap().iter().map(|held| held["change"].as_str().unwrap().to_owned()).collect()
    }

    fn adds_somebody(&self) -> String {
        let names = json!({ "names": [{ "family": format!("Somebody {}", self.devices) }] });
        let person = self.browser.send("POST", &format!("/v1/events/{}/people", self.laptop.event()), &names).is(201);
        person["person"].as_str().unwrap().to_owned()
    }

    fn token(&self, key: &KeyPair) -> String {
        let device = key.public().device();
        let home = self.desk.app().auth.home_key();
        let proof = key.state(&SessionProof { device, home, nonce: self.desk.app().auth.nonce(device) });
        format!("Bearer {}", self.desk.app().auth.token(device, &proof).unwrap().0)
    }

    fn request(&self, deed: Deed, suspect: &Suspect) -> Running<'a> {
        let event = self.laptop.event().to_string();
        let (path, by, body) = match deed {
            Deed::Revoke => {
                (format!("/v1/devices/{}/revoke", suspect.id), Some(self.laptop.token()), json!({ "later": "refuse" }))
            }
            Deed::Rename => {
                (format!("/v1/devices/{}/rename", suspect.id), Some(suspect.token.clone()), json!({ "name": "again" }))
            }
            Deed::EnrolAgain => return self.drive("/v1/enrol", None, enrolment(&suspect.key, &self.own_invite).1),
            Deed::Redeem => return self.drive("/v1/enrol", None, enrolment(&suspect.key, &self.other_invite).1),
            Deed::Invite => {
                let body = json!({ "role": "organizer", "event": event, "uses": 9 });
                ("/v1/invites".to_owned(), Some(suspect.token.clone()), body)
            }
            Deed::Offer => {
                let body = json!({ "access": "organizer", "name": "accomplice", "event": event });
                ("/v1/sign-in-links".to_owned(), Some(suspect.token.clone()), body)
            }
            Deed::SignIn => ("/v1/session".to_owned(), None, json!({ "secret": suspect.link })),
            Deed::Erase => {
                let body = json!({ "people": [suspect.person()] });
                (format!("/v1/events/{event}/erasures"), Some(suspect.token.clone()), body)
            }
            Deed::Withdraw => (
                format!("/v1/invites/{}/withdraw", suspect.invite.as_deref().unwrap()),
                Some(suspect.token.clone()),
                json!({}),
            ),
            Deed::Discard => {
                let body = json!({ "changes": [suspect.waiting], "reason": "" });
                (format!("/v1/events/{event}/held/discard"), Some(suspect.token.clone()), body)
            }
            Deed::Write => return self.accomplice(suspect, "people", json!({ "names": [{ "family": "Nobody" }] })),
            Deed::Publish => {
                // Somebody was given hours since the last report: else there would be nothing to be published.
                let (start, end) = (MORNING.0, MORNING.0 + 3_600_000);
                let hours = json!({ "kind": "manual", "person": suspect.person(), "start_ms": start, "end_ms": end });
                let ruling = json!({ "decision": hours, "reason": "paper list" });
                self.browser.send("POST", &format!("/v1/events/{event}/rulings"), &ruling).is(201);
                return self.accomplice(suspect, "publications", json!({ "note": "" }));
            }
        };
        self.drive(&path, by, body.to_string().into_bytes())
    }

    /// Somebody who signed in by the device's link posts something about the event.
    fn accomplice(&self, suspect: &Suspect, what: &str, body: Value) -> Running<'a> {
        let accomplice = self.desk.sign_in(&format!("#{}", suspect.link));
        let (path, desk) = (format!("/v1/events/{}/{what}", self.laptop.event()), self.desk);
        Box::pin(async move {
            let headers = [
                ("cookie", accomplice.cookie.as_str()),
                ("x-saxaul-csrf", &accomplice.csrf),
                ("idempotency-key", "one"),
            ];
            desk.answer("POST", &path, &headers, body.to_string()).await
        })
    }

    fn drive(&self, path: &str, by: Option<String>, body: Vec<u8>) -> Running<'a> {
        let (desk, path) = (self.desk, path.to_owned());
        Box::pin(async move {
            let mut headers = vec![("content-type", "application/json")];
            headers.extend(by.as_deref().map(|token| ("authorization", token)));
            desk.answer("POST", &path, &headers, body).await
        })
    }

    /// What memory holds of the device's rights.
    fn assert_memory_is_the_store(&self, suspect: &Suspect, context: &str) -> Arc<Device> {
        let device = self.desk.app().auth.device(suspect.id).unwrap();
        let all = RegistryNumber::default();
        let registry = self.desk.app().store.read_here(|store| store.registry_since(all)).unwrap();
        let row = registry.devices.iter().find(|row| row.device == suspect.id).unwrap();
        let kept = self.desk.app().auth.registrar().read(&row.grants);
        let kept: Vec<_> = kept.all().map(|right| right.signed.clone()).collect();
        let held: Vec<_> = device.rights.all().map(|right| right.signed.clone()).collect();
        let is_same = kept.len() == held.len() && kept.iter().all(|signed| held.contains(signed));
        assert!(is_same, "{context}: the store has {kept:?}, and memory {held:?}");
        device
    }

    /// Nobody took anything from the device, and it has what it was given besides.
    fn assert_has(&self, suspect: &Suspect, redeemed: bool, context: &str) {
        let device = self.assert_memory_is_the_store(suspect, context);
        assert!(!device.is_revoked(), "{context}");
        let app = self.desk.app();
        let members = app.auth.members();
        assert!(members.in_event(&device, self.laptop.event()).is_some(), "{context}: it lost its own event");
        let other = members.in_event(&device, self.other_event.parse().unwrap());
        assert_eq!(other.is_some(), redeemed, "{context}: the other event");
    }

    /// How many reports were published.
    fn published(&self) -> usize {
        let event = self.laptop.event();
        let list = self.browser.get(&format!("/v1/events/{event}/publications")).is(200);
        list["publications"].as_array().unwrap().len()
    }

    fn is_named(&self, suspect: &Suspect) -> bool {
        let address = format!("/v1/events/{}/people/{}", self.laptop.event(), suspect.person());
        self.browser.get(&address).text().contains("Somebody")
    }

    /// The device is revoked: in memory, in the store, for its browser, and in all that it prepared.
    fn assert_revoked(&mut self, suspect: &Suspect, context: &str) {
        let device = self.assert_memory_is_the_store(suspect, context);
        let event = self.laptop.event();
        let known = self.desk.app().auth.members().in_event(&device, event).unwrap();
        assert!(known.grant.revoked.is_some() && device.is_revoked(), "{context}: memory");
        for session in self.desk.app().auth.sessions().all(self.desk.app().auth.clock().now()) {
            assert_ne!(session.offered_by, Some(suspect.id), "{context}: a session goes on");
        }
        for row in self.desk.app().store.read_here(|store| store.invites()).unwrap() {
            let is_open = row.over(self.desk.app().auth.clock().now()).is_none();
            assert!(row.made_by != Some(suspect.id) || !is_open, "{context}: an invite is left");
        }
        for row in self.desk.app().store.read_here(|store| store.sign_ins()).unwrap() {
            let is_open = row.used.is_none() && row.withdrawn.is_none();
            assert!(row.made_by != Some(suspect.id) || !is_open, "{context}: a link is left");
        }
        let audit = self.desk.app().store.read_here(|store| store.audit()).unwrap();
        let revoked = audit
            .iter()
            .rposition(|entry| entry.act.contains("device_revoked") && entry.act.contains(&suspect.id.to_string()));
        let later = &audit[revoked.expect("the record says that it was revoked") + 1..];
        let done = later.iter().find(|entry| entry.deed.by == Some(suspect.id));
        assert_eq!(done, None, "{context}: it did something after it was revoked");
        let body = json!({ "secret": suspect.link }).to_string();
        let late = self.desk.call("POST", "/v1/session", &[("content-type", "application/json")], body);
        assert_eq!(late.status, 410, "{context}: {}", late.text());
    }
}

fn enrolment(key: &KeyPair, invite: &InviteLink) -> (&'static str, Vec<u8>) {
    ("/v1/enrol", enrol(key, invite, "suspect", None).body)
}

/// So many orders are tried at one desk: what a desk keeps of the devices before costs time.
const AT_ONE_DESK: usize = 12;

/// Tries all orders of what may happen to a device while it is revoked.
fn try_all(together: &[Deed]) {
    let includes = |deed: Deed| together.contains(&deed);
    for orders in orders(together.len()).chunks(AT_ONE_DESK) {
        let mut desk = Desk::open();
        let invite = desk.first_invite();
        let mut stage = Stage::set(&desk, &invite);
        let mut published = 0;
        for order in orders {
            let suspect = stage.suspect(together);
            let running = together.iter().map(|deed| stage.request(*deed, &suspect)).collect();
            let replies = drive(&desk, running, order);
            let said: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
            let context = format!("{together:?} in the order {order:?} answered {said:?}");
            assert!(said.iter().all(|status| *status < 500), "{context}");
            let was_done = |deed: Deed| together.iter().zip(&said).any(|(did, said)| *did == deed && *said < 300);
            if includes(Deed::Revoke) {
                assert_eq!(said[0], 204, "{context}: {}", replies[0].text());
                stage.assert_revoked(&suspect, &context);
            } else {
                assert!(said.iter().all(|status| *status < 300), "{context}: nobody was in the way");
                stage.assert_has(&suspect, was_done(Deed::Redeem), &context);
            }
            // What was answered as done is done, and nothing else.
            if includes(Deed::Publish) {
                published += usize::from(was_done(Deed::Publish));
                assert_eq!(stage.published(), published, "{context}: reports");
            }
            if includes(Deed::Discard) {
                let waits = stage.waiting().contains(suspect.waiting.as_ref().unwrap());
                assert_eq!(waits, !was_done(Deed::Discard), "{context}: refused or not");
            }
            if includes(Deed::Erase) {
                assert_eq!(stage.is_named(&suspect), !was_done(Deed::Erase), "{context}: erased or not");
            }
        }
    }
}

#[test]
fn any_two_of_a_devices_deeds_in_every_order() {
    choices(&VERBS, 2).iter().for_each(|pair| try_all(pair));
}

#[test]
fn a_revocation_and_any_two_other_deeds_in_every_order() {
    choices(&VERBS[1..], 2).iter().for_each(|others| try_all(&[&[Deed::Revoke], &others[..]].concat()));
}

#[test]
fn any_three_deeds_but_a_revocation_in_every_order() {
    choices(&VERBS[1..], 3).iter().for_each(|three| try_all(three));
}

#[test]
fn a_revocation_and_what_the_device_prepares_or_has_others_do_in_every_order() {
    MORE.iter().for_each(|together| try_all(together));
}

#[test]
fn of_two_organizers_who_revoke_each_other_one_stays() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut stage = Stage::set(&desk, &invite);
    for order in orders(2) {
        let [one, other] = [stage.suspect(&[]), stage.suspect(&[])];
        let revokes = |by: &Suspect, whom: &Suspect| {
            let body = json!({ "later": "hold" }).to_string().into_bytes();
            stage.drive(&format!("/v1/devices/{}/revoke", whom.id), Some(by.token.clone()), body)
        };
        let replies = drive(&desk, vec![revokes(&one, &other), revokes(&other, &one)], &order);
        let is_in = |suspect: &Suspect| !desk.app().auth.device(suspect.id).unwrap().is_revoked();
        assert!(is_in(&one) != is_in(&other), "{order:?}: {replies:?}");
    }
}
