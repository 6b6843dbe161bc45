//! Messages of an exchange: a request as home reads it, an answer as a device does.

use std::io::Write;

use sync_core::exchange::{Item, Message, Request, Response, Verdict, read_message, write_message};
use sync_core::replica::Progress;

use super::damage::Phone;
use super::home::Home;
use super::scene::{EVENT, answer};

/// The first byte tells whether the rest is a message as it travels, or what stands in one before it is deflated.
fn message<M: Message>(bytes: &[u8]) -> Option<M> {
    let (first, rest) = bytes.split_first()?;
    if first & 1 == 0 {
        return read_message(rest).ok();
    }
    read_message(&framed::<M>(rest)).ok()
}

/// Deflates content under a good head.
fn framed<M: Message>(content: &[u8]) -> Vec<u8> {
    let mut head = write_message(&answer(Vec::new()))[..5].to_vec();
    head[4] = M::KIND;
    let mut deflate = flate2::write::DeflateEncoder::new(head, flate2::Compression::fast());
    deflate.write_all(content).expect("writing to memory does not fail");
    deflate.finish().expect("writing to memory does not fail")
}

/// What was read is written again and says the same.
fn survives<M: Message + PartialEq + std::fmt::Debug>(message: &M) {
    let written = write_message(message);
    if let Ok(again) = read_message::<M>(&written) {
        assert_eq!(&again, message);
    } else {
        // What came in another form may not have room in ours.
        assert!(written.len() > 128 * 1024, "what was read cannot be written");
    }
}

/// Home reads a request and judges what it brings.
pub fn request(bytes: &[u8]) {
    let Some(request) = message::<Request>(bytes) else { return };
    survives(&request);
    if request.event != EVENT {
        return;
    }
    let mut home = Home::begun();
    for item in request.items.iter().take(64) {
        home.is_offered(item);
    }
    home.ends();
}

/// A device reads an answer to a request that brought what it recorded. Whatever the answer says, nothing that was
/// recorded is gone, unless home itself confirmed it.
pub fn response(bytes: &[u8]) {
    let Some(mut response) = message::<Response>(bytes) else { return };
    survives(&response);
    let mut phone = Phone::new();
    let asked = phone.asks();
    // An answer of another length is not one. So that the fuzzer need not count, its receipts are made to fit.
    let sent = asked.request.items.len();
    if bytes[0] & 2 != 0 {
        let plain = sync_core::exchange::Receipt::plain(Verdict::NotYet);
        response.receipts.resize(sent, plain);
    }
    let before = phone.recorded();
    let progress: Option<Progress> = phone.hears(&asked, response);
    assert!(phone.recorded().is_superset(&before), "something that was recorded is gone after {progress:?}");
    phone.opens_again();
    assert!(phone.recorded().is_superset(&before), "something that was recorded is gone on disk");
    phone.goes_on();
}

/// Messages as they travel, for a fuzzer to begin with.
pub fn seeds(items: &[Item]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let phone = Phone::new();
    let mut asked = phone.asks().request;
    let mut requests = vec![both(&asked)];
    asked.items = items.to_vec();
    requests.push(both(&asked));
    let mut page = answer(items.to_vec());
    let mut responses = vec![both(&page)];
    page.items.clear();
    page.receipts = vec![sync_core::exchange::Receipt { verdict: Verdict::Refused, code: Some("gap".to_owned()) }; 2];
    responses.push(both(&page));
    (requests.concat(), responses.concat())
}

/// As it travels, and as it is before it is deflated.
fn both<M: Message>(message: &M) -> Vec<Vec<u8>> {
    let content = minicbor::to_vec(message).expect("writing to memory does not fail");
    vec![[&[0][..], &write_message(message)].concat(), [&[1][..], &content].concat(), [&[3][..], &content].concat()]
}
