//! Changes of devices that were let in and have no scruples: sealed with their own keys, so that only what admission
//! reads can stand against them.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, Change, ObjId, ReadDoc, ScalarValue};
use sync_core::admission::inspect;
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
    let unsealed = forger.offers_unsealed(document, change);
    // What has not the form of a change is refused before anybody looks at its seal, and to seal takes longest.
    let item = match inspect(&unsealed) {
        Ok(_) => forger.offers(document, seq, unsealed.change),
        Err(_) => Item::Change(unsealed),
    };
    let mut home = Home::begun();
    home.is_offered(&item);
    home.ends();
}

/// What the first change of the forgers' and the next one of each honest chain looks like, for a fuzzer to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let desk = Desk::new();
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
    let (mut home, mut desk) = (Home::begun(), Desk::new());
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
        }
    }
    home.ends();
}

/// Each document as Automerge holds it, after each of its changes: what the forgers write with.
#[derive(Default)]
struct Desk {
    /// After the changes that came on top of the honest ones.
    stages: BTreeMap<DocumentRef, Vec<Automerge>>,
    hashes: Vec<[u8; 32]>,
}

thread_local! {
    /// What the honest changes made of the documents. It is there already when a story begins.
    static HONEST: Desk = Desk::of_the_honest();
}

impl Desk {
    fn new() -> Self {
        Self { stages: BTreeMap::new(), hashes: HONEST.with(|honest| honest.hashes.clone()) }
    }

    fn of_the_honest() -> Self {
        let mut desk = Self::default();
        for item in &scene().items {
            if let Item::Change(sealed) = item {
                let before = desk.stages.get(&sealed.document).and_then(|stages| stages.last());
                let before = before.cloned().unwrap_or_else(|| founded(sealed.document, EVENT).0);
                desk.stages.entry(sealed.document).or_insert_with(|| vec![before.clone()]);
                desk.goes_on_from(before, sealed.document, sealed.change.clone());
            }
        }
        desk
    }

    /// The document as it was before its newest `unseen` changes, or fewer if it has not so many.
    fn stage(&self, document: DocumentRef, unseen: usize) -> Automerge {
        HONEST.with(|honest| {
            let [before, own] = [honest, self].map(|desk| desk.stages.get(&document).map_or(&[][..], Vec::as_slice));
            let stages = before.len() + own.len();
            match (stages.max(1) - unseen % stages.max(1)).checked_sub(1) {
                Some(at) if at < before.len() => before[at].clone(),
                Some(at) if at < stages => own[at - before.len()].clone(),
                _ => founded(document, EVENT).0,
            }
        })
    }

    fn reads(&mut self, document: DocumentRef, change: Vec<u8>) {
        let newest = self.stage(document, 0);
        if HONEST.with(|honest| !honest.stages.contains_key(&document)) {
            // As everybody begins with it.
            self.stages.entry(document).or_insert_with(|| vec![newest.clone()]);
        }
        self.goes_on_from(newest, document, change);
    }

    /// Automerge takes every change that admission let pass, and reads what it saved with it.
    fn goes_on_from(&mut self, mut doc: Automerge, document: DocumentRef, change: Vec<u8>) {
        let change = Change::from_bytes(change).expect("what was admitted is a change");
        let hash = change.hash().0;
        doc.apply_changes([change]).expect("what was admitted applies");
        let heads = doc.get_heads();
        assert!(heads.iter().any(|head| head.0 == hash), "what was admitted is there");
        assert_eq!(Automerge::load(&doc.save()).expect("what was saved can be read").get_heads(), heads);
        self.stages.entry(document).or_default().push(doc);
        self.hashes.push(hash);
    }

    /// Writes a change as Automerge does, on a document as it was some changes ago.
    fn writes(
        &self,
        forger: &Forger,
        document: DocumentRef,
        unseen: usize,
        deed: impl FnOnce(&mut Transaction<'_>, &ObjId),
    ) -> Vec<u8> {
        let mut doc = self.stage(document, unseen).with_actor(ActorId::from(forger.actor(document).0));
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
