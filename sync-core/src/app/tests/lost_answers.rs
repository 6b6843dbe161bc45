//! Answers of home that do not come, or that are not home's.

use super::*;
use crate::meeting::{Answer, Refusal};
use crate::wire::{Base64, Nonce};

fn answered(status: u16, body: &[u8]) -> Answer {
    Answer { status, token: None, retry_after_s: None, body: body.to_vec() }
}

fn reading(minute: i64) -> ClockReading {
    let at = minute * 60_000;
    ClockReading { boot: 1, mono_ms: at.unsigned_abs(), wall_ms: UnixMillis(MORNING_MS + at) }
}

/// Presents itself with a nonce, until it has a page to send. Returns where that goes.
fn presents(phone: &mut Phone, minute: i64) -> String {
    let asks = phone.app.next_call(reading(minute)).unwrap().unwrap();
    assert_eq!(asks.path, "/v1/nonce");
    let nonce = serde_json::to_vec(&Nonce { nonce: Base64(vec![3; 32]), home_ms: None }).unwrap();
    phone.app.take_answer(&answered(200, &nonce), reading(minute)).unwrap();
    phone.app.next_call(reading(minute)).unwrap().unwrap().path
}

const SPENT: &[u8] = br#"{"code": "bad_proof", "detail": "The nonce was used.", "request_id": "1"}"#;

#[test]
fn however_many_answers_are_lost_a_nonce_that_was_spent_for_one_is_replaced() {
    let mut phone = Phone::let_in(2, Role::Marker, EVENT);
    phone.app.meet_home().unwrap();
    assert!(presents(&mut phone, 1).ends_with("/exchange"));
    for minute in 2..6 {
        // The answer is lost, and home has spent the nonce.
        assert!(phone.app.next_call(reading(minute)).unwrap().unwrap().path.ends_with("/exchange"));
        phone.app.take_answer(&answered(401, SPENT), reading(minute)).unwrap();
        assert!(presents(&mut phone, minute).ends_with("/exchange"));
    }
    // Where no answer was lost, another nonce helps nobody.
    phone.app.take_answer(&answered(401, SPENT), reading(7)).unwrap_err();
}

#[test]
fn a_page_of_a_network_that_wants_a_sign_in_first_is_no_message_of_home() {
    let mut phone = Phone::let_in(2, Role::Marker, EVENT);
    phone.app.meet_home().unwrap();
    presents(&mut phone, 1);
    let portal = answered(200, b"<html>Welcome to the hotel: sign in.</html>");
    let refused = phone.app.take_answer(&portal, reading(1)).unwrap_err();
    assert!(matches!(refused, AppError::Home(Refusal::Nonsense(_))), "{refused}");
}
