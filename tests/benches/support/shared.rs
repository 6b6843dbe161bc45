//! What an event would be as one Automerge document: the floor that opening is measured against.
#![allow(dead_code, reason = "each bench uses its part")]

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ObjType, ROOT};

use crate::field::{self, Dice, Event};

pub const PEOPLE: u64 = 5000;
pub const LOGS: u64 = 200;
pub const ENTRIES: usize = 350;
/// A device meets home about once a day, and seals then.
pub const CHANGES: [usize; 5] = [ENTRIES / 5; 5];

/// The same people and records in one Automerge document, as maps of maps with six fields each.
pub fn shared_document(event: &Event) -> Vec<u8> {
    let mut doc = Automerge::new().with_actor(ActorId::from([0; 16]));
    let mut tx = doc.transaction();
    let [people, records] = ["people", "records"].map(|key| tx.put_object(ROOT, key, ObjType::Map).expect("a map"));
    for (number, person) in event.people.iter().enumerate() {
        let map = tx.put_object(&people, format!("{:016x}", person.to_bits()), ObjType::Map).expect("a map");
        let fields = ["family", "given", "phone", "organisation", "languages", "team"];
        for field in fields {
            tx.put(&map, field, format!("{field} {number}")).expect("a field");
        }
    }
    tx.commit();
    let mut dice = Dice(9);
    let founded = doc.save();
    let mut changes = Vec::new();
    for device in 0..LOGS {
        let actor: [u8; 16] = std::array::from_fn(|_| dice.roll() as u8);
        let mut own = Automerge::load(&founded).expect("what was saved can be loaded");
        own.set_actor(ActorId::from(actor));
        for (day, entries) in CHANGES.iter().enumerate() {
            let mut tx = own.transaction();
            for entry in 0..*entries as u64 {
                let map = tx.put_object(&records, format!("{:016x}", dice.roll()), ObjType::Map).expect("a map");
                let person = event.people[(dice.roll() % event.people.len() as u64) as usize];
                let wall_ms = field::reading(day as u64 * 86_400_000 + entry * 50_000, dice.roll() % 40_000).wall_ms;
                tx.put(&map, "person", format!("{:016x}", person.to_bits())).expect("a field");
                tx.put(&map, "kind", if entry % 2 == 0 { "in" } else { "out" }).expect("a field");
                tx.put(&map, "site", field::SITE).expect("a field");
                tx.put(&map, "at", wall_ms.0).expect("a field");
                tx.put(&map, "device", device as i64).expect("a field");
                tx.put(&map, "method", "qr").expect("a field");
            }
            tx.commit();
        }
        changes.extend(own.get_changes(&doc.get_heads()));
    }
    doc.apply_changes(changes).expect("honest changes apply");
    doc.save()
}
