//! Changes that admission refuses, each sealed by a device that was let in and in a document that it may write: only
//! the check in question can refuse it.

use std::io::Write;

use super::scene::{Pen, READING, Scene, append, entry, litter, phone, phone_of_nobody, put};
use crate::forgery::{Forger, Parts, chunk, column, put_unsigned};
use automerge::transaction::Transactable;
use automerge::{Change, ObjType, ROOT, ScalarValue};
use sync_core::admission::SealedChange;
use sync_core::documents::log::{Entry, NewerContent, Record, Undo};
use sync_core::documents::roster::PersonEdit;
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::exchange::Item;
use sync_core::ids::{DeviceId, DocumentRef, EventId, Incarnation, PersonId, RulingId, Subject};
use sync_core::time::{ClockReading, UnixMillis};

/// What it is, the code of its refusal, and how it is made.
pub type ChangeRow = (&'static str, &'static str, fn(&Scene) -> Item);

/// What Automerge 0.12 itself takes badly: it panics, corrupts the document or exhausts memory.
pub const POISON: &[ChangeRow] = &[
    ("seq 2 of an actor that nobody knows", "gap", |s| s.unbegun([6; 8]).alters(|parts| parts.seq = 2)),
    ("a sequence number left out", "gap", |s| s.log.alters(|parts| parts.seq += 1)),
    ("the highest sequence number", "gap", |s| s.log.alters(|parts| parts.seq = u64::MAX)),
    ("sequence number 0", "foreign_change", |s| s.log.alters(|parts| parts.seq = 0)),
    ("an author after the columns", "foreign_change", |s| s.log.alters(|parts| parts.rest = vec![16; 17])),
    ("an operation in an object of nobody's", "foreign_change", |s| s.log.alters(|parts| parts.others.clear())),
    ("an operation in an object that is not there", "not_canonical", |s| {
        s.log.alters(|parts| *parts.column(column::OBJECT_COUNTER) = vec![2, 9])
    }),
    ("an insertion after an element that is not there", "wrong_place", |s| {
        // Two cells: after the element 77, then after the entry just inserted there.
        s.log.alters(|parts| {
            let to_own = i64::try_from(parts.start_op).unwrap() - 77;
            *parts.column(column::KEY_COUNTER) = [&[0x7e, 0xcd, 0x00][..], &signed(to_own)].concat();
        })
    }),
    ("a first operation above 32 bits", "foreign_change", |s| s.log.alters(|parts| parts.start_op = 1 << 32)),
    ("an empty change just below 32 bits", "foreign_change", |s| {
        s.log.alters(|parts| (parts.start_op, parts.columns) = (u64::from(u32::MAX) - 1, Vec::new()))
    }),
    ("an empty change", "foreign_change", |s| s.log.alters(|parts| parts.columns.clear())),
    ("a second change that builds on nothing", "broken_chain", |s| s.log.alters(|parts| parts.deps.clear())),
    ("a second change that builds on another's alone", "broken_chain", |s| {
        let other = Change::from_bytes(s.of_another.change.clone()).unwrap().hash().0;
        s.roster.alters(|parts| parts.deps = vec![other])
    }),
    ("a change that builds on what nobody has", "missing_dependency", |s| s.log.alters(|parts| parts.deps[0][0] ^= 1)),
    ("a value put over one that is not there", "unseen_values", |s| {
        s.roster.alters(|parts| *parts.column(column::PRED_COUNTER) = vec![0x7f, 0x3c])
    }),
    ("a value put over one of an actor that nobody knows", "unseen_values", |s| {
        s.roster.alters(|parts| {
            parts.others.push(vec![0xff; 16]);
            let last = parts.others.len() as u8;
            *parts.column(column::PRED_ACTOR) = vec![0x7f, last];
        })
    }),
    ("operation counters used twice", "bad_counter", |s| {
        s.roster.alters(|parts| (parts.start_op, *parts.column(column::PRED_COUNTER)) = (2, vec![0x7f, 0x02]))
    }),
    ("operation counters far ahead", "bad_counter", |s| s.roster.alters(|parts| parts.start_op += 1_000_000)),
    ("an orphan under the name and number of another's change", "not_your_name", |s| {
        let mut parts = Parts::of(&s.of_another.change);
        parts.deps = vec![[7; 32]];
        s.roster.seals(parts.join())
    }),
    ("garbage before a change", "not_a_change", |s| s.log.seals([b"garbage".to_vec(), s.log.honest()].concat())),
    ("two changes in one", "not_a_change", |s| s.log.seals([s.log.honest(), s.log.honest()].concat())),
    ("a checksum that does not fit", "change_damaged", |s| {
        let mut change = s.log.honest();
        change[4] ^= 1;
        s.log.seals(change)
    }),
    ("a deflated column that becomes a hundred megabytes", "foreign_change", |s| {
        s.log.alters(|parts| {
            let (spec, bytes) = parts.columns.iter_mut().find(|(spec, _)| *spec == column::VALUE).unwrap();
            *spec |= column::DEFLATED;
            *bytes = deflated(100 << 20);
        })
    }),
];

/// Chunks of other kinds, and changes in a form that Automerge would never write.
pub const FORMS: &[ChangeRow] = &[
    ("nothing", "change_truncated", |s| s.log.seals(Vec::new())),
    ("a change that is cut off", "change_truncated", |s| {
        let change = s.log.honest();
        s.log.seals(change[..change.len() - 1].to_vec())
    }),
    ("a whole document", "not_a_change", |s| s.log.seals(s.log.doc.save())),
    ("a compressed change", "not_a_change", |s| {
        let raw = s.log.change(|tx, list| append(tx, list, vec![1; 400]));
        s.log.seals(Change::from_bytes(raw).unwrap().bytes().to_vec())
    }),
    ("a compressed change that becomes a hundred megabytes", "not_a_change", |s| {
        s.log.seals(chunk(2, &deflated(100 << 20)))
    }),
    ("a bundle", "not_a_change", |s| {
        let hashes: Vec<_> = s.log.doc.get_changes_meta(&[]).iter().map(|meta| meta.hash).collect();
        s.log.seals(s.log.doc.bundle(hashes).unwrap().bytes().to_vec())
    }),
    ("a chunk of a kind that is not known", "not_a_change", |s| s.log.seals(chunk(9, &[0; 40]))),
    ("a length that claims sixteen exabytes", "change_too_large", |s| {
        let mut change = s.log.honest()[..9].to_vec();
        put_unsigned(u64::MAX, &mut change);
        s.log.seals(change)
    }),
    ("a length in more bytes than it needs", "not_canonical", |s| {
        let change = s.log.honest();
        let mut longer = change[..9].to_vec();
        // The honest length takes two bytes; the third adds nothing.
        longer.extend([change[9] | 0x80, change[10] | 0x80, 0]);
        longer.extend_from_slice(&change[11..]);
        let content = &change[11..];
        s.log.seals(with_checksum_of(content, longer))
    }),
    ("a change of more than 192 KiB", "change_too_large", |s| {
        s.log.edits(|tx, list| (0..20).for_each(|_| append(tx, list, vec![0; 10_000])))
    }),
    ("257 dependencies", "change_too_large", |s| s.log.alters(|parts| parts.deps = vec![[1; 32]; 257])),
    ("5000 other actors", "change_too_large", |s| s.log.alters(|parts| parts.others = vec![vec![1; 16]; 5000])),
    ("dependencies twice", "broken_chain", |s| s.log.alters(|parts| parts.deps = vec![parts.deps[0]; 2])),
    ("an actor of another length", "foreign_change", |s| s.log.alters(|parts| parts.actor = vec![1; 8])),
    ("an actor of a megabyte", "change_too_large", |s| s.log.alters(|parts| parts.actor = vec![1; 1 << 10])),
    ("an actor that is named in vain", "not_canonical", |s| s.log.alters(|parts| parts.others.push(vec![0xff; 16]))),
    ("a time", "foreign_change", |s| s.log.alters(|parts| parts.time = 60)),
    ("a message", "foreign_change", |s| s.log.alters(|parts| parts.message = b"hello".to_vec())),
    ("a column that is not known", "foreign_change", |s| s.log.alters(|parts| parts.columns.push((0x95, vec![1])))),
    ("columns out of order", "not_canonical", |s| s.log.alters(|parts| parts.columns.reverse())),
    ("a column twice", "not_canonical", |s| {
        s.log.alters(|parts| parts.columns.push(parts.columns.last().unwrap().clone()))
    }),
    ("a run written as two cells", "not_canonical", |s| {
        s.log.alters(|parts| *parts.column(column::ACTION) = vec![0x7e, 1, 1])
    }),
    ("more operations than there is room for", "change_too_large", |s| {
        s.log.alters(|parts| *parts.column(column::ACTION) = [signed(1 << 40), vec![1]].concat())
    }),
    ("no operations and nine quintillion cells of nothing", "change_too_large", |s| {
        s.log.alters(|parts| {
            let mut nothing = vec![0];
            put_unsigned(u64::MAX, &mut nothing);
            *parts.column(column::ACTION) = nothing;
        })
    }),
    ("a value longer than all values together", "change_truncated", |s| {
        s.log.alters(|parts| {
            let mut meta = vec![0x7e];
            put_unsigned(((1 << 50) << 4) | 7, &mut meta);
            meta.push(7);
            *parts.column(column::VALUE_META) = meta;
        })
    }),
    ("delta counters that overflow", "not_canonical", |s| {
        s.log.alters(|parts| *parts.column(column::KEY_COUNTER) = [vec![0x7e], signed(i64::MIN), signed(-1)].concat())
    }),
    ("more replaced values than are named", "foreign_change", |s| {
        s.roster.alters(|parts| *parts.column(column::PRED_COUNT) = vec![0x7f, 100])
    }),
    ("a key that is no text", "not_canonical", |s| {
        s.roster.alters(|parts| *parts.column(column::KEY_STRING) = vec![0x7f, 2, 0xff, 0xfe])
    }),
];

/// An entry whose record is these bytes.
fn newer_entry(s: &Scene, record: &[u8]) -> Item {
    let reading = minicbor::to_vec(READING).unwrap();
    s.log.edits(|tx, list| append(tx, list, [&[0x82], record, &reading].concat()))
}

/// A register's value as a newer version might write it, of nobody.
fn newer_value() -> Vec<u8> {
    let content = NewerContent::new(Vec::new(), vec![0x01]).unwrap();
    minicbor::to_vec((READING, content)).unwrap()
}

/// Changes that are well-formed and do what nobody may do.
pub const DEEDS: &[ChangeRow] = &[
    ("an earlier entry changed", "not_canonical", |s| {
        s.log.edits(|tx, list| tx.put(list, 0, ScalarValue::Bytes(litter(9))).unwrap())
    }),
    ("an earlier entry deleted", "foreign_change", |s| s.log.edits(|tx, list| tx.delete(list, 0).unwrap())),
    ("an entry between others", "wrong_place", |s| {
        s.log.edits(|tx, list| tx.insert(list, 1, ScalarValue::Bytes(litter(9))).unwrap())
    }),
    ("an entry before all others", "wrong_place", |s| {
        s.log.edits(|tx, list| tx.insert(list, 0, ScalarValue::Bytes(litter(9))).unwrap())
    }),
    ("a value beside the list", "foreign_change", |s| s.log.edits(|tx, _| tx.put(ROOT, "more", 1).unwrap())),
    ("another list in the place of the list", "foreign_change", |s| {
        s.log.edits(|tx, _| drop(tx.put_object(ROOT, "entries", ObjType::List).unwrap()))
    }),
    ("a map among the entries", "foreign_change", |s| {
        s.log.edits(|tx, list| drop(tx.insert_object(list, 3, ObjType::Map).unwrap()))
    }),
    ("text among the entries", "foreign_change", |s| s.log.edits(|tx, list| tx.insert(list, 3, "text").unwrap())),
    ("a counter among the entries", "foreign_change", |s| {
        s.log.edits(|tx, list| tx.insert(list, 3, ScalarValue::counter(1)).unwrap())
    }),
    ("an entry that is none", "bad_value", |s| s.log.edits(|tx, list| append(tx, list, vec![0xff; 20]))),
    ("an entry with something after it", "bad_value", |s| {
        s.log.edits(|tx, list| append(tx, list, [litter(1), vec![0]].concat()))
    }),
    ("an entry of no bytes", "bad_value", |s| s.log.edits(|tx, list| append(tx, list, Vec::new()))),
    ("an entry of nested arrays", "bad_value", |s| s.log.edits(|tx, list| append(tx, list, vec![0x81; 16_000]))),
    ("an entry of 17 KiB", "bad_value", |s| s.log.edits(|tx, list| append(tx, list, vec![0; 17 << 10]))),
    ("an entry of a newer kind without subjects", "bad_value", |s| newer_entry(s, &[0x81, 0x18, 40])),
    ("an entry of a newer kind with a subject that is none", "bad_value", |s| {
        newer_entry(s, &[0x82, 0x18, 40, 0x81, 0x20])
    }),
    ("an entry of a newer kind with a fraction", "bad_value", |s| {
        newer_entry(s, &[0x83, 0x18, 40, 0x80, 0xf9, 0x3c, 0x00])
    }),
    ("an entry of a newer kind with a tag", "bad_value", |s| newer_entry(s, &[0x83, 0x18, 40, 0x80, 0xc1, 0x01])),
    ("an entry of a newer kind with a number that is too long", "bad_value", |s| {
        newer_entry(s, &[0x83, 0x18, 40, 0x80, 0x18, 0x01])
    }),
    ("an entry of a newer kind with a text of no end", "bad_value", |s| {
        newer_entry(s, &[0x83, 0x18, 40, 0x80, 0x7f, 0x61, b'a', 0xff])
    }),
    ("an entry of a newer kind with a text that is none", "bad_value", |s| {
        newer_entry(s, &[0x83, 0x18, 40, 0x80, 0x61, 0xff])
    }),
    ("an entry of a newer kind with arrays in arrays", "bad_value", |s| {
        newer_entry(s, &[&[0x83, 0x18, 40, 0x80][..], &[0x81; 17], &[0x00]].concat())
    }),
    ("an entry of a known kind that says more than it does", "bad_value", |s| {
        newer_entry(s, &[0x83, 0x0a, 0x01, 0x01])
    }),
    ("a newer field of nobody", "bad_value", |s| s.roster.edits(|tx, map| put(tx, map, "0000.shoes", newer_value()))),
    ("a newer register with a name that is none", "bad_value", |s| {
        s.roster.edits(|tx, map| put(tx, map, "Shoes", newer_value()))
    }),
    ("a newer register with a value of today", "bad_value", |s| {
        s.roster.edits(|tx, map| put(tx, map, "shoes", phone("1")))
    }),
    ("an undo of an entry that comes later", "bad_value", |s| {
        let undo = Record::Undo(Undo { counter: 4, incarnation: None });
        s.log.edits(|tx, list| (append(tx, list, entry(undo)), append(tx, list, litter(1))).1)
    }),
    ("an undo of itself", "bad_value", |s| {
        let undo = Record::Undo(Undo { counter: 3, incarnation: None });
        s.log.edits(|tx, list| append(tx, list, entry(undo)))
    }),
    ("an entry of a year that no clock reads", "impossible_clock", |s| {
        let reading = ClockReading { wall_ms: UnixMillis(1 << 62), ..READING };
        let record = Record::Undo(Undo { counter: 0, incarnation: None });
        s.log.edits(|tx, list| append(tx, list, minicbor::to_vec(Entry { record, reading }).unwrap()))
    }),
    ("a value of a boot that lasts for ever", "impossible_clock", |s| {
        let reading = ClockReading { mono_ms: u64::MAX, ..READING };
        let value = minicbor::to_vec((reading, PersonEdit::Phone(Some("1".to_owned())))).unwrap();
        s.roster.edits(|tx, map| put(tx, map, &phone_of_nobody(), value))
    }),
    ("entries on the roster", "wrong_place", |s| s.roster.seals(s.log.honest())),
    ("puts in a log", "wrong_place", |s| s.log.seals(s.roster.honest())),
    ("a key of nothing", "bad_value", |s| s.roster.edits(|tx, map| put(tx, map, "", phone("1")))),
    ("a key that names nobody", "bad_value", |s| s.roster.edits(|tx, map| put(tx, map, "nobody.phone", phone("1")))),
    ("a key that names no field", "bad_value", |s| {
        let key = phone_of_nobody().replace("phone", "soul");
        s.roster.edits(|tx, map| put(tx, map, &key, phone("1")))
    }),
    ("a value of another field", "bad_value", |s| {
        let key = phone_of_nobody().replace("phone", "team");
        s.roster.edits(|tx, map| put(tx, map, &key, phone("1")))
    }),
    ("a key of 201 bytes", "bad_value", |s| s.roster.edits(|tx, map| put(tx, map, &"k".repeat(201), phone("1")))),
    ("a key of 100 KB", "bad_value", |s| s.roster.edits(|tx, map| put(tx, map, &"k".repeat(100_000), phone("1")))),
    ("a value of 17 KiB", "bad_value", |s| {
        s.roster.edits(|tx, map| put(tx, map, &phone_of_nobody(), phone(&"7".repeat(17 << 10))))
    }),
    ("a value put there for somebody else, as home alone does", "bad_value", |s| {
        // Whoever wrote it stands behind the value.
        let origin = minicbor::to_vec((DeviceId([9; 16]), 1)).unwrap();
        let value = [&[0x83], &phone("1")[1..], &origin].concat();
        s.roster.edits(|tx, map| put(tx, map, &phone_of_nobody(), value))
    }),
    ("a mark that somebody was erased, as home alone makes it", "bad_value", |s| {
        let mark = minicbor::to_vec((READING, [0_u8; 0])).unwrap();
        let key = format!("erased.{}", Subject::Person(PersonId::from_entropy(4)));
        s.roster.edits(|tx, map| put(tx, map, &key, mark))
    }),
    ("a key deleted", "foreign_change", |s| s.roster.edits(|tx, map| tx.delete(map, phone_of_nobody()).unwrap())),
    ("a key twice, the second over what was there before", "unseen_values", |s| {
        s.roster.alters(|parts| {
            let key = phone_of_nobody();
            let value = phone("2");
            let mut keys = vec![2];
            put_unsigned(key.len() as u64, &mut keys);
            keys.extend_from_slice(key.as_bytes());
            *parts.column(column::KEY_STRING) = keys;
            let mut meta = vec![2];
            put_unsigned((value.len() as u64) << 4 | 7, &mut meta);
            *parts.column(column::VALUE_META) = meta;
            *parts.column(column::VALUE) = value.repeat(2);
            for spec in [0x01, 0x02, 0x34, column::ACTION, column::PRED_COUNT, column::PRED_ACTOR] {
                twice(parts.column(spec), spec);
            }
            let counter = parts.column(column::PRED_COUNTER);
            *counter = [vec![0x7e], counter[1..].to_vec(), vec![0]].concat();
        })
    }),
    ("a ruling changed", "bad_value", |s| {
        s.rulings.edits(|tx, map| {
            let other = minicbor::to_vec((
                READING,
                Ruling { decision: Decision::Retract(RulingId([1; 8])), reason: String::new() },
            ));
            put(tx, map, &RulingId([8; 8]).to_string(), other.unwrap());
        })
    }),
    ("a change on the roster by a marker", "not_your_role", |s| {
        let change = s.roster.honest();
        s.log.forger.offers(DocumentRef::ROSTER, 1, change)
    }),
    ("a ruling by a lead", "not_your_role", |s| s.roster.forger.offers(DocumentRef::RULINGS, 1, s.rulings.honest())),
    ("an entry in another's log", "not_your_name", |s| s.roster.forger.offers(s.log.document, 2, s.log.honest())),
    ("an entry in the log of another incarnation", "not_your_name", |s| {
        let forger = Forger { incarnation: Incarnation([77; 8]), ..s.log.forger.clone() };
        forger.offers(s.log.document, 2, s.log.honest())
    }),
    ("another's change under a seal of one's own", "not_your_name", |s| s.roster.seals(s.of_another.change.clone())),
    ("one's own change under another's seal", "bad_seal", |s| {
        let Item::Change(own) = s.roster.seals(s.roster.honest()) else { unreachable!("a change") };
        Item::Change(SealedChange { seal: s.of_another.seal, ..own })
    }),
    ("an entry of another event", "not_your_name", |s| {
        let forger = Forger { event: EventId([3; 16]), ..s.log.forger.clone() };
        let log = forger.log();
        Pen::of(forger, log, &[]).edits(|tx, list| append(tx, list, litter(1)))
    }),
    ("something else under a number that was used", "equivocation", |s| {
        s.unbegun([5; 8]).edits(|tx, list| append(tx, list, litter(77)))
    }),
];

fn twice(column: &mut Vec<u8>, spec: u64) {
    if spec == 0x34 {
        *column = vec![2];
    } else if column.first() == Some(&0x7f) {
        column[0] = 2;
    }
}

fn signed(mut value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

fn with_checksum_of(content: &[u8], mut chunk_bytes: Vec<u8>) -> Vec<u8> {
    let honest = chunk(1, content);
    chunk_bytes[4..8].copy_from_slice(&honest[4..8]);
    chunk_bytes
}

/// So many zeros, deflated.
pub fn deflated(zeros: usize) -> Vec<u8> {
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    let block = vec![0; 1 << 20];
    (0..zeros >> 20).for_each(|_| deflate.write_all(&block).unwrap());
    deflate.finish().unwrap()
}
