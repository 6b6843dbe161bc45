//! The part of a response that is the same for everyone who reads on from one place by one rule, written once.
//!
//! To deflate a page costs more than everything else about an exchange. A DEFLATE stream is made of blocks, and a
//! response is written as three runs of them: what stands before the page, the page, and what stands behind it. No run
//! refers back to an earlier one, so the middle run can be handed out as it is.

use super::{Block, Item, MAGIC, Message, PLAIN_UP_TO_BYTES, Response, SnapshotPart};
use super::{deflate, deflate_and_go_on, put_stored};
use crate::documents::encode;

/// How an absent snapshot part stands in a response: `null`.
const NO_SNAPSHOT: [u8; 1] = [0xf6];

/// The items of a response, or its part of a snapshot, as they stand in the bytes of a message.
#[derive(Debug)]
pub struct WrittenPage {
    blocks: Vec<u8>,
}

impl WrittenPage {
    /// Writes and deflates the fields `items` and `snapshot` of a response.
    #[must_use]
    pub fn of(items: &[Item], snapshot: Option<&SnapshotPart>) -> Self {
        let mut content = encode(&items);
        content.extend(snapshot.map_or_else(|| NO_SNAPSHOT.to_vec(), encode));
        let mut blocks = deflate_and_go_on(&content);
        blocks.shrink_to_fit();
        Self { blocks }
    }

    /// The bytes, to be put between the two parts that [`write_response_around`] returns.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.blocks
    }
}

/// Writes everything of a response but its items and its part of a snapshot: what stands before and behind a
/// [`WrittenPage`] in the message.
///
/// # Panics
/// If `response` has items or a part of a snapshot of its own: nobody would be given them.
#[must_use]
pub fn write_response_around(version: u8, response: &Response) -> [Vec<u8>; 2] {
    assert!(response.items.is_empty() && response.snapshot.is_none(), "a written page stands in their place");
    let content = encode(response);
    // One byte says how many fields there are; then they follow by their numbers.
    let before =
        1 + encode(&response.receipts).len() + encode(&response.rewound).len() + encode(&response.cursor).len();
    let (head, rest) = content.split_at(before);
    let tail = rest.strip_prefix(&[0x80, NO_SNAPSHOT[0]]).expect("no items and no snapshot stand between the others");
    let mut message = MAGIC.to_vec();
    message.extend([version, Response::KIND]);
    put_run(head, Block::GoesOn, &mut message);
    let mut end = Vec::new();
    put_run(tail, Block::Last, &mut end);
    [message, end]
}

fn put_run(content: &[u8], block: Block, out: &mut Vec<u8>) {
    match block {
        _ if content.len() <= PLAIN_UP_TO_BYTES => put_stored(content, block, out),
        Block::GoesOn => out.extend(deflate_and_go_on(content)),
        Block::Last => out.extend(deflate(content)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cursor, Receipt, Verdict, read_message, write_message};
    use super::*;
    use crate::ids::Revision;
    use crate::trust::{Grant, Post, Role, Scope, Signed};

    fn grant(number: i64) -> Signed<Grant> {
        let home = crate::trust::HomeKey::from_seed(&[1; 32]);
        let (role, scope, post) = (Role::Marker, Scope::Home, Post::default());
        let (name, issued) = (format!("phone {number}"), crate::time::UnixMillis(number));
        home.state(&Grant {
            key: home.public(),
            name,
            role,
            scope,
            issued,
            post,
            revoked: None,
            vouched: None,
            out_of: None,
        })
    }

    fn response(receipts: usize) -> Response {
        let refused = Receipt { verdict: Verdict::Refused, code: Some("not_your_role".to_owned()) };
        let cursor = Cursor { revision: Revision(70_000), digest: [5; 32] };
        Response { receipts: vec![refused; receipts], cursor, more: true, stands: cursor, ..Response::default() }
    }

    #[test]
    fn a_response_that_is_written_around_a_page_says_the_same_as_one_that_is_written_whole() {
        let items: Vec<Item> = (0..400).map(|number| Item::Grant(grant(number))).collect();
        let page = WrittenPage::of(&items, None).into_bytes();
        // Few receipts are written as they are, many are deflated.
        for receipts in [0, 1, 900] {
            let own = response(receipts);
            let [before, after] = write_response_around(1, &own);
            let read: Response = read_message(&[&before[..], &page, &after].concat()).unwrap();
            assert_eq!(read, Response { items: items.clone(), ..own });
        }
    }

    #[test]
    fn a_page_without_anything_is_a_page_too() {
        let [before, after] = write_response_around(1, &response(1));
        let page = WrittenPage::of(&[], None).into_bytes();
        let whole = write_message(&response(1));
        assert_eq!(
            read_message::<Response>(&[&before[..], &page, &after].concat()).unwrap(),
            read_message::<Response>(&whole).unwrap()
        );
    }
}
