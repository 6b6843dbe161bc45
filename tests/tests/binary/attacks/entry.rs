//! Whoever wants more rights than organizers gave, or that others have fewer.

use serde_json::{Value, json};
use sync_core::invite::InviteLink;
use sync_core::meeting::enrol;
use sync_core::trust::KeyPair;
use sync_core::wire::Base64;
use tests::binary::{HttpAnswer, Laptop};
use tests::hostile::{Attack, Target};

/// Whoever wants to get in, or to be somebody else.
pub const ROWS: &[Attack] = &[
    Attack {
        name: "a marker enrols the public key of the organizer with a poster's invite",
        flags: &[],
        memory_limit_mib: 16,
        throw: another_devices_key,
    },
    Attack {
        name: "bytes that are no key, and the home server's own key, are enrolled",
        flags: &[],
        memory_limit_mib: 16,
        throw: keys_of_nobody,
    },
    Attack {
        name: "a stolen organizer's device renames itself in a loop while it is revoked",
        flags: &["--device-calls-per-minute", "0"],
        memory_limit_mib: 32,
        throw: renames_while_it_is_revoked,
    },
    Attack {
        name: "invites, links and sessions that a stolen device prepared are used after its revocation",
        flags: &[],
        memory_limit_mib: 32,
        throw: prepared_things,
    },
    Attack {
        name: "a page of another site signs a browser in",
        flags: &[],
        memory_limit_mib: 16,
        throw: login_by_another_site,
    },
];

const JSON: (&str, &str) = ("content-type", "application/json");

fn invite(by: &Laptop<'_>, args: &[&str]) -> InviteLink {
    let printed = by.does([&["invite", "--role"][..], args].concat()).done();
    printed.lines().next().unwrap().parse().unwrap()
}

fn body(answer: &HttpAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// An organizer's device that somebody has stolen, with its `Authorization` header.
fn stolen<'a>(target: &Target<'a>) -> (Laptop<'a>, String, String) {
    let link = invite(&target.organizer, &["organizer"]);
    let laptop = target.place.laptop("stolen");
    laptop.joins(&link.to_string()).done();
    laptop.does(["field", "exchange"]).done();
    let journal = laptop.open().unwrap();
    let id = journal.public_key().device().to_string();
    let token = target.wire().session_of(&journal);
    drop(journal);
    (laptop, id, token)
}

fn another_devices_key(target: &mut Target<'_>) -> String {
    let poster = invite(&target.organizer, &["marker", "--uses", "30"]);
    let organizer = target.organizer.open().unwrap().public_key();
    let mut forged: Value =
        serde_json::from_slice(&enrol(&KeyPair::from_seed(&[1; 32]), &poster, "thief", None).body).unwrap();
    forged["public_key"] = serde_json::to_value(Base64(organizer.0.to_vec())).unwrap();
    for _ in 0..30 {
        let answer = target.wire().post("/v1/enrol", &[JSON], forged.to_string().as_bytes());
        answer.is_problem(403, "unproven_key");
    }
    target.somebody_exchanges();
    target.organizer.does(["invite", "--role", "organizer"]).done();
    "nothing: the organizer is one still".to_owned()
}

fn keys_of_nobody(target: &mut Target<'_>) -> String {
    let poster = invite(&target.organizer, &["marker", "--uses", "30"]);
    let mut one = [0; 32];
    one[0] = 1;
    for key in [[0; 32], [0xff; 32], one, poster.home.0] {
        let mut forged: Value =
            serde_json::from_slice(&enrol(&KeyPair::from_seed(&[1; 32]), &poster, "x", None).body).unwrap();
        forged["public_key"] = serde_json::to_value(Base64(key.to_vec())).unwrap();
        let answer = target.wire().post("/v1/enrol", &[JSON], forged.to_string().as_bytes());
        answer.is_problem(403, "unproven_key");
    }
    "nothing: no use of the invite".to_owned()
}

fn renames_while_it_is_revoked(target: &mut Target<'_>) -> String {
    let (laptop, id, token) = stolen(target);
    let (wire, path) = (target.wire(), format!("/v1/devices/{id}/rename"));
    let renaming = std::thread::spawn(move || {
        let headers = [("authorization", token.as_str())];
        let mut renamed = 0;
        while wire.post(&path, &headers, b"{\"name\": \"again\"}").status == 204 {
            renamed += 1;
        }
        renamed
    });
    target.somebody_exchanges();
    target.organizer.does(["device", "revoke", &id, "--later", "refuse"]).done();
    let renamed = renaming.join().unwrap();
    target
        .wire()
        .get("/v1/invites", &[("authorization", &target.wire().session_of(&laptop.open().unwrap()))])
        .is_problem(403, "revoked");
    format!("{renamed} new names, and it is revoked")
}

fn prepared_things(target: &mut Target<'_>) -> String {
    let (laptop, id, token) = stolen(target);
    let event = target.event.to_string();
    let spare = invite(&laptop, &["organizer", "--uses", "50"]);
    let wire = target.wire();
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let offer = json!({ "access": "organizer", "name": "accomplice", "event": event, "expires_in_s": 604_800 });
        let offered = wire.post("/v1/sign-in-links", &[("authorization", &token)], offer.to_string().as_bytes());
        secrets.push(body(&offered)["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned());
    }
    let signs_in = |secret: &str| {
        let asked = json!({ "secret": secret }).to_string();
        wire.post("/v1/session", &[JSON], asked.as_bytes())
    };
    let session = signs_in(&secrets[0]);
    let cookie = session.raw_head.lines().find_map(|line| line.split_once("ookie: ")).unwrap().1;
    let cookie = cookie.split(';').next().unwrap();
    target.organizer.does(["device", "revoke", &id]).done();
    target.somebody_exchanges();
    let with_spare = enrol(&KeyPair::from_seed(&[2; 32]), &spare, "accomplice", None).body;
    wire.post("/v1/enrol", &[JSON], &with_spare).is_problem(410, "expired_invite");
    signs_in(&secrets[1]).is_problem(410, "used_sign_in");
    let read = wire.get(&format!("/v1/events/{event}"), &[("cookie", cookie)]);
    read.is_problem(401, "expired_session");
    "nothing: all of it was withdrawn".to_owned()
}

fn login_by_another_site(target: &mut Target<'_>) -> String {
    let offer = json!({ "access": "organizer", "name": "attacker" }).to_string();
    let offered =
        target.wire().post("/v1/sign-in-links", &[("authorization", &target.as_organizer())], offer.as_bytes());
    let secret = body(&offered)["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let as_a_form = format!("{{\"secret\":\"{secret}\",\"x\":\"=\"}}");
    let cross_site =
        [("content-type", "text/plain"), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    for headers in [&cross_site[..], &cross_site[..2]] {
        target.wire().post("/v1/session", headers, as_a_form.as_bytes()).is_problem(403, "csrf");
    }
    target.wire().post("/v1/session", &cross_site[..1], as_a_form.as_bytes()).is_problem(415, "not_json");
    target.somebody_exchanges();
    "no session".to_owned()
}
