//! Changes of devices that were let in and have no scruples: sealed with their own keys, so that only what admission
//! reads can stand against them.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, Change, ObjId, ReadDoc, ScalarValue};
use sync_core::exchange::Item;
use sync_core::ids::DocumentRef;

use super::deeds::{Deed, Twist};
use super::home::Home;
use super::scene::{EVENT, forger, scene};
use crate::forgery::{Forger, Parts, chunk};
use crate::hostile::founded;

/// The documents that somebody can try to write.
fn document(which: u8, of: &Forger) -> DocumentRef {
    match which % 4 {
        0 => of.log(),
        1 => DocumentRef::Event,
        2 => DocumentRef::ROSTER,
        _ => DocumentRef::RULINGS,
    }
}

/// One change of any bytes. The first byte says whose it is, of which document, and whether the rest is framed as a
/// change with a checksum that fits; the second one, in which incarnation.
pub fn change(bytes: &[u8]) {
    let Some(([who, incarnation], content)) = bytes.split_first_chunk::<2>() else { return };
    let forger = forger(usize::from(*who & 3), *incarnation);
    let document = document(*who >> 2, &forger);
    let change = if who & 0x80 == 0 { chunk(1, content) } else { content.to_vec() };
    let seq = change.get(9..).and_then(Parts::read).map_or(1, |parts| parts.seq);
    let mut home = Home::begun();
    if home.is_offered(&forger.offers(document, seq, change)) {
        home.goes_on();
    }
}

/// What the first change of the forgers' and the next one of each honest chain looks like, for a fuzzer to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut desk = Desk::new();
    let mut seeds = Vec::new();
    for (of, which, incarnation) in [(0, 0, 0), (0, 0, 1), (1, 0, 1), (1, 2, 1), (2, 1, 0), (2, 2, 0), (2, 3, 0)] {
        let forger = forger(of, incarnation);
        let document = document(which, &forger);
        let change = desk.writes(&forger, document, 0, |tx, container| Deed::plain(&document).perform(tx, container));
        let head = [of as u8 | which << 2, incarnation];
        let length = change[9..].iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        seeds.push([&head[..], &change[9 + length..]].concat());
        seeds.push([&[head[0] | 0x80, incarnation][..], &change].concat());
    }
    seeds
}

/// What one forger does next.
#[derive(Arbitrary, Debug)]
struct Act {
    by: u8,
    incarnation: u8,
    document: u8,
    /// So many of the document's newest changes the forger has not seen.
    unseen: u8,
    deeds: Vec<Deed>,
    twists: Vec<Twist>,
}

/// Several changes, each built on what was taken before and then altered.
pub fn story(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    let (mut home, mut desk, mut taken) = (Home::begun(), Desk::new(), 0);
    for _ in 0..8 {
        if input.is_empty() {
            break;
        }
        let Ok(act) = Act::arbitrary(&mut input) else { break };
        let forger = forger(usize::from(act.by), act.incarnation);
        let document = document(act.document, &forger);
        let written = desk.writes(&forger, document, usize::from(act.unseen), |tx, container| {
            act.deeds.iter().take(40).for_each(|deed| deed.perform(tx, container));
        });
        let mut parts = Parts::of(&written);
        act.twists.iter().take(4).for_each(|twist| twist.alter(&mut parts, &desk.hashes));
        let change = parts.join();
        let item = forger.offers(document, parts.seq, change.clone());
        if home.is_offered(&item) {
            desk.reads(document, change);
            taken += 1;
        }
    }
    if taken > 0 {
        home.goes_on();
    }
}

/// Each document as Automerge holds it, after each of its changes: what the forgers write with.
struct Desk {
    stages: BTreeMap<DocumentRef, Vec<Automerge>>,
    hashes: Vec<[u8; 32]>,
}

impl Desk {
    fn new() -> Self {
        let mut desk = Self { stages: BTreeMap::new(), hashes: Vec::new() };
        for item in &scene().items {
            if let Item::Change(sealed) = item {
                desk.reads(sealed.document, sealed.change.clone());
            }
        }
        desk
    }

    fn stages(&mut self, document: DocumentRef) -> &mut Vec<Automerge> {
        self.stages.entry(document).or_insert_with(|| vec![founded(document, EVENT).0])
    }

    /// Automerge takes every change that admission let pass, and reads what it saved with it.
    fn reads(&mut self, document: DocumentRef, change: Vec<u8>) {
        let stages = self.stages(document);
        let mut doc = stages.last().expect("a document begins with its genesis").clone();
        let change = Change::from_bytes(change).expect("what was admitted is a change");
        let hash = change.hash().0;
        doc.apply_changes([change]).expect("what was admitted applies");
        let heads = doc.get_heads();
        assert!(heads.iter().any(|head| head.0 == hash), "what was admitted is there");
        assert_eq!(Automerge::load(&doc.save()).expect("what was saved can be read").get_heads(), heads);
        stages.push(doc);
        self.hashes.push(hash);
    }

    /// Writes a change as Automerge does, on a document as it was some changes ago.
    fn writes(
        &mut self,
        forger: &Forger,
        document: DocumentRef,
        unseen: usize,
        deed: impl FnOnce(&mut Transaction<'_>, &ObjId),
    ) -> Vec<u8> {
        let stages = self.stages(document);
        let seen = stages.len() - unseen % stages.len();
        let mut doc = stages[seen - 1].clone().with_actor(ActorId::from(forger.actor(document).0));
        let (_, container) = founded(document, EVENT);
        let mut tx = doc.transaction();
        deed(&mut tx, &container);
        // Nothing at all is written where nothing was done: an empty change is one of the forger's too.
        let options = CommitOptions::default().with_time(0);
        if tx.commit_with(options).0.is_none() {
            doc.empty_commit(CommitOptions::default().with_time(0));
        }
        doc.get_last_local_change().expect("something was written").raw_bytes().to_vec()
    }
}

/// Puts a value into a list, at a place that is there.
pub fn insert(tx: &mut Transaction<'_>, list: &ObjId, from_end: usize, value: ScalarValue) {
    let length = tx.length(list);
    drop(tx.insert(list, length - from_end % (length + 1), value));
}
