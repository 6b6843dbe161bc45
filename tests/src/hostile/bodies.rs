//! Bodies that are no request, or one that nobody would write. Each is sent by a device that was let in.

use std::io::Write;

use sync_core::exchange::{
    Cursor, INFLATED_LIMIT_BYTES, ITEMS_LIMIT, Item, MESSAGE_LIMIT_BYTES, OwnLog, Request, SnapshotPosition,
    write_message,
};
use sync_core::ids::{EventId, Incarnation, Revision};
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, KeyPair, Post, Role, Scope, Signed};

use super::changes::deflated;

/// What it is, the code of its refusal, and how it is made. A code of nothing: it is answered like an honest one.
pub type BodyRow = (&'static str, Option<&'static str>, fn(EventId) -> Vec<u8>);

/// What says nothing else of an event.
#[must_use]
pub fn request(event: EventId) -> Request {
    let own_log = OwnLog { incarnation: Incarnation([1; 8]), entries: 0 };
    Request {
        event,
        cursor: None,
        snapshot: None,
        want_bytes: 1000,
        items: Vec::new(),
        witness: None,
        own_log,
        era: None,
        versions: None,
    }
}

/// Bodies in the place of an exchange.
pub const BODIES: &[BodyRow] = &[
    ("nothing", Some("bad_body"), |_| Vec::new()),
    ("a head alone", Some("bad_body"), |_| head()),
    ("noise", Some("bad_body"), |_| vec![0x5a; 10_000]),
    // A sync message of Automerge begins with 0x42. These two stop a process that knows such messages.
    ("a sync message whose Bloom filter has no bits", Some("bad_body"), |_| sync_message(&[1, 0, 0, 10])),
    ("a sync message with twenty million probes", Some("bad_body"), |_| {
        sync_message(&[1, 10, 0x80, 0xda, 0xc4, 0x09, 0xff, 0xff])
    }),
    ("more bytes than a message may have", Some("too_large"), |_| vec![b'x'; MESSAGE_LIMIT_BYTES + 1]),
    ("a bomb of two hundred megabytes", Some("too_large"), |_| [head(), deflated(200 << 20)].concat()),
    ("one byte too many when inflated", Some("too_large"), |_| framed(&vec![0; INFLATED_LIMIT_BYTES + 1])),
    ("what is not deflated", Some("bad_body"), |_| [head(), vec![0xff; 1000]].concat()),
    ("a stored block that is shorter than it says", Some("bad_body"), |_| {
        [head(), vec![1, 0xff, 0xff, 0, 0, 1, 2, 3]].concat()
    }),
    ("arrays in arrays, half a million deep", Some("bad_body"), |_| framed(&vec![0x81; 500_000])),
    ("arrays in arrays in the place of an item", Some("bad_body"), |event| with_items(event, &vec![0x81; 500_000])),
    ("a field of the future, half a million arrays deep", Some("bad_body"), |event| {
        let mut content = minicbor::to_vec(request(event)).unwrap();
        content[0] += 1;
        content.extend(vec![0x81; 500_000]);
        framed(&content)
    }),
    ("tags upon tags", Some("bad_body"), |_| framed(&vec![0xc1; 500_000])),
    ("arrays without an end, half a million", Some("bad_body"), |_| framed(&vec![0x9f; 500_000])),
    ("items without an end", Some("bad_body"), |event| with_items(event, &[0x9f])),
    ("as many items as a number can say", Some("bad_body"), |event| {
        with_items(event, &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    }),
    ("an item of nine exabytes", Some("bad_body"), |event| {
        with_items(event, &[0x81, 0x82, 0x00, 0x81, 0x82, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    }),
    ("an event that is half an id", Some("bad_body"), |_| framed(&[0x87, 0x48, 0, 0, 0, 0, 0, 0, 0, 0])),
    ("something after the message", Some("bad_body"), |event| {
        framed(&[minicbor::to_vec(request(event)).unwrap(), vec![0xf6]].concat())
    }),
    ("an answer", Some("bad_body"), |_| {
        let mut answer = head();
        answer[4] = 2;
        answer
    }),
    ("a request of another version", Some("unsupported_version"), |event| {
        let mut newer = write_message(&request(event));
        newer[3] = 9;
        newer
    }),
    ("a request of another event", Some("foreign_event"), |_| write_message(&request(EventId([9; 16])))),
    ("more items than an honest page has", Some("too_large"), |event| {
        let items = vec![Item::Grant(forged_grant()); ITEMS_LIMIT + 1];
        write_message(&Request { items, ..request(event) })
    }),
    ("cursors from beyond the end of numbers", None, |event| {
        let beyond = Some(Cursor { revision: Revision(u64::MAX), digest: [1; 32] });
        write_message(&Request { cursor: beyond, witness: beyond, want_bytes: u32::MAX, ..request(event) })
    }),
    ("a cursor of negative numbers", None, |event| {
        let beyond = Some(Cursor { revision: Revision(1 << 63), digest: [0; 32] });
        write_message(&Request { cursor: beyond, ..request(event) })
    }),
    ("a place in a snapshot that is not there", None, |event| {
        let snapshot = Some(SnapshotPosition { revision: Revision(u64::MAX), offset: u64::MAX });
        write_message(&Request { snapshot, ..request(event) })
    }),
    ("a log of as many entries as a number can say", None, |event| {
        let own_log = OwnLog { incarnation: Incarnation([0xff; 8]), entries: u64::MAX };
        write_message(&Request { own_log, ..request(event) })
    }),
];

/// A grant that a stranger gave itself.
#[must_use]
pub fn forged_grant() -> Signed<Grant> {
    let stranger = KeyPair::from_seed(&[9; 32]);
    stranger.state(&Grant {
        key: stranger.public(),
        name: "stranger".to_owned(),
        role: Role::Organizer,
        scope: Scope::Home,
        issued: UnixMillis(i64::MAX),
        post: Post::default(),
        revoked: None,
        vouched: None,
        out_of: None,
    })
}

fn head() -> Vec<u8> {
    write_message(&request(EventId([0; 16])))[..5].to_vec()
}

/// Deflates content under a good head.
fn framed(content: &[u8]) -> Vec<u8> {
    let mut deflate = flate2::write::DeflateEncoder::new(head(), flate2::Compression::default());
    deflate.write_all(content).unwrap();
    deflate.finish().unwrap()
}

/// A request that is honest up to its items.
fn with_items(event: EventId, items: &[u8]) -> Vec<u8> {
    let honest = minicbor::to_vec(request(event)).unwrap();
    // An array of seven, the event, no cursor, no snapshot, 1000: then come the items.
    let before = 1 + 17 + 1 + 1 + 3;
    assert_eq!(honest[before], 0x80, "an honest request without items has them here");
    framed(&[&honest[..before], items].concat())
}

/// Automerge's sync message: no heads, no needs, one `have` with this Bloom filter, no changes.
fn sync_message(bloom: &[u8]) -> Vec<u8> {
    [&[0x42, 0, 0, 1, 0, bloom.len() as u8][..], bloom, &[0]].concat()
}
