//! Somebody among the devices who wants more rights than organizers gave, or that others have fewer; and beside them a
//! small model of what organizers gave, which knows nothing of how home keeps it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use server::client::{Answer, Call};
use server::invite::InviteLink;
use server::wire::{AskNonce, CreateInvite, Enrolled, Nonce};
use sync_core::exchange::Item;
use sync_core::ids::{DeviceId, EventId};
use sync_core::meeting::{Post, enrol};
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, KeyPair, Role, SessionProof, Signed};

use super::World;
use super::home::Sent;
use super::outsiders::problem;

/// What the attacker tries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attack {
    /// Enrols a victim's public key, signed with another key.
    EnrolsForAnother,
    /// Sends again what somebody said when they were let in.
    ReplaysAnEnrolment,
    /// Sends again what somebody said when they agreed to lose rights.
    ReplaysAnAgreement,
    /// Brings home an older word of home about somebody.
    BringsAnOldGrant,
    /// Uses a proof of somebody a second time.
    ReplaysAProof,
    /// Proves with their own key to be somebody else.
    ProvesAsAnother,
    /// Makes invites, renames and revokes although they are a marker.
    ActsAsOrganizer,
    /// Enrols home's own key, or bytes that are no key.
    EnrolsNoDevice,
    /// Has their own device revoked, and lets it in again by every invite that there is.
    ComesBack,
    /// Sends a victim's revocation, and at the same moment everything that might undo it.
    Races,
}

/// Every kind of attack, each of which a world tries.
pub const ATTACKS: [Attack; 10] = [
    Attack::EnrolsForAnother,
    Attack::ReplaysAnEnrolment,
    Attack::ReplaysAnAgreement,
    Attack::BringsAnOldGrant,
    Attack::ReplaysAProof,
    Attack::ProvesAsAnother,
    Attack::ActsAsOrganizer,
    Attack::EnrolsNoDevice,
    Attack::ComesBack,
    Attack::Races,
];

/// What organizers gave a device, by event; `None` is every event. Whoever was revoked somewhere has nothing there.
type Given = BTreeMap<DeviceId, BTreeMap<Option<EventId>, Option<Role>>>;

/// A device that is known by its key alone.
#[derive(Clone)]
struct Member {
    key: KeyPair,
    /// What it said when it was let in, and when it agreed to lose rights.
    said: Vec<Post>,
    agreed: Vec<Post>,
    /// What home said of it so far.
    grants: Vec<Signed<Grant>>,
}

/// Devices that are let in, moved and revoked, and an attacker among them.
pub struct Intrigue {
    /// The world in which it happens.
    pub world: World,
    events: [EventId; 2],
    members: Vec<Member>,
    attacker: Member,
    links: Vec<InviteLink>,
    given: Given,
    /// What home answered to each attack that it refused, for the story.
    pub refusals: BTreeMap<String, u32>,
}

impl Intrigue {
    /// Begins with an organizer, some markers and the attacker, who is a marker of the event.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::in_world(World::seeded(seed))
    }

    /// The same in a world that is there.
    #[must_use]
    pub fn in_world(mut world: World) -> Self {
        let events = [world.event(), world.begins_another_event()];
        let laptop = world.device(&world.laptop());
        let attacker = Member::drawn(&mut world);
        let given = Given::from([(laptop, BTreeMap::from([(None, Some(Role::Organizer))]))]);
        let (members, links, refusals) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut intrigue = Self { world, events, members, attacker, links, given, refusals };
        let mut attacker = intrigue.attacker.clone();
        intrigue.lets_in(&mut attacker, 0, Role::Marker);
        intrigue.attacker = attacker;
        for role in [Role::Organizer, Role::Lead, Role::Marker] {
            let mut member = Member::drawn(&mut intrigue.world);
            intrigue.lets_in(&mut member, 0, role);
            intrigue.members.push(member);
        }
        intrigue
    }

    fn invite(&mut self, event: usize, role: Role) -> InviteLink {
        let event = Some(self.events[event].to_string());
        let invite = CreateInvite { role: role.key().to_owned(), event, uses: 4, ..CreateInvite::default() };
        let link = self.world.office().invite(&invite).unwrap();
        self.links.push(link.clone());
        link
    }

    /// Lets a device in, as an organizer and the device want it.
    fn lets_in(&mut self, member: &mut Member, event: usize, role: Role) {
        let link = self.invite(event, role);
        let (id, place) = (member.key.public().device(), Some(self.events[event]));
        let before = self.given.get(&id).and_then(|given| given.get(&place)).copied();
        let said = enrol(&member.key, &link, "member", None);
        let answer = self.world.says_to_home(said.call());
        member.said.push(said);
        let expected = match before {
            Some(None) => Err("revoked"),
            Some(Some(known)) if known > role => Err("gives_less"),
            _ if self.is_revoked(id) => Err("revoked"),
            _ => Ok(()),
        };
        assert_eq!(problem(&answer).as_deref(), expected.err(), "{before:?} and an invite for {role}");
        if expected == Err("gives_less") && self.world.chance().one_in(2) {
            let replaces: Value = serde_json::from_slice(&answer.body).unwrap();
            let replaces = Some(UnixMillis(replaces["expects"].as_i64().unwrap()));
            let agreed = enrol(&member.key, &link, "member", replaces);
            let answer = self.world.says_to_home(agreed.call());
            member.agreed.push(agreed);
            member.heard(&answer);
            self.given.entry(id).or_default().insert(place, Some(role));
        } else if expected.is_ok() {
            member.heard(&answer);
            self.given.entry(id).or_default().insert(place, Some(role));
        }
    }

    fn is_revoked(&self, id: DeviceId) -> bool {
        self.given.get(&id).is_some_and(|given| given.values().all(Option::is_none))
    }

    /// Something honest happens: somebody is let in, joins another event, is given another role, is renamed or revoked.
    pub fn goes_on(&mut self) {
        let count = self.members.len() as u64;
        let which = usize::try_from(self.world.chance().below(count)).unwrap();
        let event = usize::from(self.world.chance().one_in(2));
        let role = [Role::Marker, Role::Lead, Role::Organizer][usize::try_from(self.world.chance().below(3)).unwrap()];
        match self.world.chance().below(6) {
            0 => {
                let mut member = Member::drawn(&mut self.world);
                self.lets_in(&mut member, event, role);
                self.members.push(member);
            }
            1 if count > 2 => self.revokes(which),
            2 => {
                let (id, name) = (self.members[which].key.public().device(), "renamed");
                self.world.office().rename(id, name).unwrap();
            }
            3 => self.world.wait_minutes(1),
            4 => self.world.crash_home(),
            _ => {
                let mut member = self.members[which].clone();
                self.lets_in(&mut member, event, role);
                self.members[which] = member;
            }
        }
    }

    fn revokes(&mut self, which: usize) {
        let id = self.members[which].key.public().device();
        self.world.office().revoke(id, &server::wire::Revoke::default()).unwrap();
        self.given.get_mut(&id).unwrap().values_mut().for_each(|role| *role = None);
    }

    /// The attacker tries something. What home does about it, [`Intrigue::assert_rights_are_as_given`] tells.
    pub fn is_attacked(&mut self, attack: Attack) {
        let count = self.members.len() as u64;
        let victim = self.members[usize::try_from(self.world.chance().below(count)).unwrap()].clone();
        let id = victim.key.public().device();
        let link = self.some_link();
        match attack {
            Attack::EnrolsForAnother => {
                for replaces in [None, self.newest(&victim)] {
                    // Signed with the attacker's key, and with that of a victim in other words.
                    let mut post = enrol(&self.attacker.key, &link, "member", replaces);
                    post.alter(|body| body["public_key"] = json!(URL_SAFE_NO_PAD.encode(victim.key.public().0)));
                    self.says(&post);
                }
                for said in victim.said.iter().chain(&victim.agreed) {
                    let mut post = said.clone();
                    post.alter(|body| body["secret"] = json!(URL_SAFE_NO_PAD.encode(link.secret)));
                    self.says(&post);
                    let mut post = said.clone();
                    let issued = self.newest(&victim).map(|issued| issued.0);
                    post.alter(|body| body["replaces_ms"] = json!(issued));
                    self.says(&post);
                }
            }
            Attack::ReplaysAnEnrolment => {
                for said in &victim.said {
                    self.says(said);
                }
            }
            Attack::ReplaysAnAgreement => {
                for said in &victim.agreed {
                    self.says(said);
                }
            }
            Attack::BringsAnOldGrant => {
                let proof = self.proof_of_attacker();
                let items = victim.grants.iter().cloned().map(Item::Grant).collect();
                self.counts(&self.world.brings(self.events[0], &proof, items));
            }
            Attack::ReplaysAProof => {
                let proof = self.proof_of_attacker();
                drop(self.world.brings(self.events[0], &proof, Vec::new()));
                let again = self.world.brings(self.events[0], &proof, Vec::new());
                assert_eq!(problem(&again).as_deref(), Some("bad_proof"));
                self.counts(&again);
            }
            Attack::ProvesAsAnother => {
                let proof = self.proof(&self.attacker.key, id);
                let answer = self.world.brings(self.events[0], &proof, Vec::new());
                assert_eq!(problem(&answer).as_deref(), Some("bad_proof"));
                self.counts(&answer);
            }
            Attack::ActsAsOrganizer => {
                let proof = self.proof_of_attacker();
                let Some(token) = self.world.brings(self.events[0], &proof, Vec::new()).token else { return };
                let bearer = format!("Bearer {token}");
                let invite = json!({ "role": "organizer", "event": self.events[0].to_string(), "uses": 9 });
                for (path, body) in [
                    ("/v1/invites".to_owned(), invite.clone()),
                    ("/v1/sign-in-links".to_owned(), json!({ "access": "organizer", "name": "x" })),
                    (format!("/v1/devices/{id}/revoke"), json!({})),
                    (format!("/v1/devices/{id}/rename"), json!({ "name": "x" })),
                ] {
                    let answer = self.posts(&path, Some(&bearer), &body);
                    assert_eq!(problem(&answer).as_deref(), Some("not_your_role"), "{path}");
                    self.counts(&answer);
                }
            }
            Attack::EnrolsNoDevice => {
                let home = self.world.home_key();
                let mut neutral = [0; 32];
                neutral[0] = 1;
                for key in [home.0, [0; 32], [0xff; 32], neutral] {
                    let mut post = enrol(&self.attacker.key, &link, "x", None);
                    post.alter(|body| body["public_key"] = json!(URL_SAFE_NO_PAD.encode(key)));
                    assert_eq!(problem(&self.says(&post)).as_deref(), Some("unproven_key"));
                }
            }
            Attack::ComesBack => {
                let mut spare = Member::drawn(&mut self.world);
                self.lets_in(&mut spare, 1, Role::Lead);
                self.members.push(spare.clone());
                self.revokes(self.members.len() - 1);
                for link in self.links.clone() {
                    self.says(&enrol(&spare.key, &link, "x", None));
                    self.says(&enrol(&spare.key, &link, "x", self.newest(&spare)));
                }
            }
            Attack::Races => self.races(victim),
        }
    }

    /// A device that an organizer revokes says at the same moment everything that it can.
    fn races(&mut self, victim: Member) {
        let id = victim.key.public().device();
        if self.is_revoked(id) || self.members.len() < 4 {
            return;
        }
        let organizer = self.world.laptop();
        let proof = self.world.proof_of(&organizer);
        let token = self.world.brings(self.events[0], &proof, Vec::new()).token.unwrap();
        let mut sent = vec![Sent {
            method: "POST",
            path: format!("/v1/devices/{id}/revoke"),
            authorization: Some(format!("Bearer {token}")),
            content_type: "application/json".to_owned(),
            body: b"{}".to_vec(),
            headers: Vec::new(),
        }];
        sent.extend(victim.said.iter().map(|said| Sent::from(said.call())));
        sent.extend(victim.agreed.iter().map(|said| Sent::from(said.call())));
        let at = usize::try_from(self.world.chance().below(sent.len() as u64)).unwrap();
        sent.swap(0, at);
        let answers = self.world.network.borrow().home.answer_all(&sent);
        assert_eq!(answers[at].status, 204, "{}", String::from_utf8_lossy(&answers[at].body));
        self.given.get_mut(&id).unwrap().values_mut().for_each(|role| *role = None);
    }

    /// Home says of each device what organizers gave it, no more and no less.
    ///
    /// # Panics
    /// If it does not.
    pub fn assert_rights_are_as_given(&self, context: &str) {
        let mut said = Given::new();
        for device in self.world.office().devices(None).unwrap() {
            let (id, event) = (device.device.parse().unwrap(), device.event.map(|event| event.parse().unwrap()));
            let role = device.role.parse().ok().filter(|_| device.revoked_ms.is_none());
            said.entry(id).or_default().insert(event, role);
        }
        assert_eq!(said, self.given, "{context}");
    }

    /// What each may do shows in what home does: an exchange is answered where a device was let in, and with a dismissal
    /// where it was revoked.
    ///
    /// # Panics
    /// If it does not.
    pub fn assert_home_acts_as_it_says(&mut self) {
        for member in self.members.clone() {
            let id = member.key.public().device();
            for event in self.events {
                let proof = self.proof(&member.key, id);
                let answer = self.world.brings(event, &proof, Vec::new());
                let given = self.given.get(&id).and_then(|given| given.get(&Some(event))).copied();
                match given {
                    None => assert_eq!(problem(&answer).as_deref(), Some("unknown_event")),
                    Some(role) => {
                        let said = sync_core::exchange::read_message::<sync_core::exchange::Response>(&answer.body);
                        assert_eq!(said.unwrap().dismissal.is_some(), role.is_none());
                    }
                }
            }
        }
    }

    /// When home said something last of a device: everybody in the event can read it.
    fn newest(&self, member: &Member) -> Option<UnixMillis> {
        let home = self.world.home_key();
        member.grants.iter().map(|grant| grant.verify(&home).unwrap().issued).max()
    }

    fn some_link(&mut self) -> InviteLink {
        let count = self.links.len() as u64;
        self.links[usize::try_from(self.world.chance().below(count)).unwrap()].clone()
    }

    fn says(&mut self, post: &Post) -> Answer {
        let answer = self.world.says_to_home(post.call());
        self.counts(&answer);
        answer
    }

    fn counts(&mut self, answer: &Answer) {
        let code = problem(answer).unwrap_or_else(|| "answered".to_owned());
        *self.refusals.entry(code).or_default() += 1;
    }

    fn posts(&self, path: &str, authorization: Option<&str>, body: &Value) -> Answer {
        let body = body.to_string().into_bytes();
        let content_type = "application/json";
        self.world.says_to_home(Call { method: "POST", path, authorization, content_type, body: &body })
    }

    fn proof(&self, key: &KeyPair, device: DeviceId) -> String {
        let body = serde_json::to_value(AskNonce { device: device.to_string() }).unwrap();
        let nonce: Nonce = serde_json::from_slice(&self.posts("/v1/nonce", None, &body).body).unwrap();
        let nonce = nonce.nonce.0.try_into().unwrap();
        let proof = key.state(&SessionProof { device, home: self.world.home_key(), nonce });
        format!("Proof {device}.{}", URL_SAFE_NO_PAD.encode(minicbor::to_vec(&proof).unwrap()))
    }

    fn proof_of_attacker(&self) -> String {
        self.proof(&self.attacker.key, self.attacker.key.public().device())
    }
}

impl Member {
    fn drawn(world: &mut World) -> Self {
        let key = KeyPair::from_seed(&world.chance().bytes());
        Self { key, said: Vec::new(), agreed: Vec::new(), grants: Vec::new() }
    }

    fn heard(&mut self, answer: &Answer) {
        let enrolled: Enrolled = serde_json::from_slice(&answer.body)
            .unwrap_or_else(|_| panic!("not let in: {}", String::from_utf8_lossy(&answer.body)));
        self.grants.extend(enrolled.grants.into_iter().map(|grant| grant.0));
    }
}

/// What can be done with a call on its way.
trait Alter {
    fn alter(&mut self, alter: impl FnOnce(&mut Value));
}

impl Alter for Post {
    fn alter(&mut self, alter: impl FnOnce(&mut Value)) {
        let mut body: Value = serde_json::from_slice(&self.body).unwrap();
        alter(&mut body);
        self.body = body.to_string().into_bytes();
    }
}
