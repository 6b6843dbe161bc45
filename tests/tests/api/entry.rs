//! Who gets in and who stays in: over HTTP, as a device, a browser or a stranger asks.

use serde_json::{Value, json};
use sync_core::ids::DeviceId;
use sync_core::invite::InviteLink;
use sync_core::meeting::{Post, enrol};
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, KeyPair, Role, Signed};
use sync_core::wire::Base64;
use tests::desk::{Browser, Desk, Laptop, MORNING, Reply, SHORE};

const JSON: (&str, &str) = ("content-type", "application/json");
const OTHER_EVENT: &str = "0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e";

fn key(seed: u8) -> KeyPair {
    KeyPair::from_seed(&[seed; 32])
}

fn says(desk: &Desk, post: &Post) -> Reply {
    desk.call("POST", &post.path, &[JSON], post.body.clone())
}

fn uses(desk: &Desk, key: &KeyPair, link: &InviteLink, replaces: Option<i64>) -> Reply {
    says(desk, &enrol(key, link, "device", replaces.map(UnixMillis)))
}

fn invite(laptop: &Laptop<'_>, role: &str, event: Option<&str>, uses: u32) -> InviteLink {
    let body = json!({ "role": role, "event": event, "uses": uses }).to_string();
    let reply = laptop.desk().call("POST", "/v1/invites", &[("authorization", &laptop.token())], body);
    reply.is(201)["link"].as_str().unwrap().parse().unwrap()
}

fn creates_the_other_event(laptop: &Laptop<'_>) {
    let body = json!({ "event": OTHER_EVENT }).to_string();
    laptop.desk().call("POST", "/v1/events", &[("authorization", &laptop.token())], body).is(201);
}

/// What home says of a device, by event; revoked ones without a role.
fn known(laptop: &Laptop<'_>, device: DeviceId) -> Vec<(Option<String>, String, bool)> {
    let reply = laptop.desk().call("GET", "/v1/devices", &[("authorization", &laptop.token())], "").is(200);
    let devices = reply["devices"].as_array().unwrap().iter().filter(|one| one["device"] == device.to_string());
    let mut known: Vec<_> = devices
        .map(|one| {
            let event = one["event"].as_str().map(str::to_owned);
            (event, one["role"].as_str().unwrap().to_owned(), !one["revoked_ms"].is_null())
        })
        .collect();
    known.sort();
    known
}

fn founded(desk: &Desk, invite: &InviteLink) -> String {
    let laptop = desk.found(invite, SHORE.as_bytes());
    laptop.event().to_string()
}

#[test]
fn whoever_knows_a_public_key_and_has_an_invite_cannot_speak_for_its_device() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let event = laptop.event().to_string();
    let poster = invite(&laptop, "marker", Some(&event), 30);
    let organizer = laptop.replica.journal().public_key();
    let before = known(&laptop, organizer.device());
    let mut forged: Value = serde_json::from_slice(&enrol(&key(1), &poster, "thief", None).body).unwrap();
    forged["public_key"] = serde_json::to_value(Base64(organizer.0.to_vec())).unwrap();
    let body = forged.to_string();
    desk.call("POST", "/v1/enrol", &[JSON], body).is_problem(403, "unproven_key");
    forged.as_object_mut().unwrap().remove("signature");
    desk.call("POST", "/v1/enrol", &[JSON], forged.to_string()).is_problem(400, "bad_body");
    assert_eq!(known(&laptop, organizer.device()), before);
    assert_eq!(before, [(None, "organizer".to_owned(), false)]);
    let left = desk.call("GET", "/v1/invites", &[("authorization", &laptop.token())], "").is(200);
    let poster = left["invites"].as_array().unwrap().iter().find(|one| one["role"] == "marker").unwrap().clone();
    assert_eq!(poster["uses_left"], 30, "nothing was used up");
}

#[test]
fn a_second_event_is_added_and_the_first_stays_as_it_was() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let event = laptop.event().to_string();
    creates_the_other_event(&laptop);
    let (lead, other) = (invite(&laptop, "lead", Some(&event), 1), invite(&laptop, "marker", Some(OTHER_EVENT), 1));
    let device = key(1).public().device();
    assert_eq!(uses(&desk, &key(1), &lead, None).is(200)["outcome"], "let_in");
    let told = uses(&desk, &key(1), &other, None).is(200);
    assert_eq!(told["grants"].as_array().unwrap().len(), 2, "home says everything that it knows");
    let mut both = vec![
        (Some(event.clone()), "lead".to_owned(), false),
        (Some(OTHER_EVENT.to_owned()), "marker".to_owned(), false),
    ];
    both.sort();
    assert_eq!(known(&laptop, device), both);
    // A repeated invite changes nothing, and neither does one that gives what is there.
    assert_eq!(uses(&desk, &key(1), &lead, None).is(200)["outcome"], "again");
    let same = invite(&laptop, "marker", Some(OTHER_EVENT), 1);
    assert_eq!(uses(&desk, &key(1), &same, None).is(200)["outcome"], "already");
    assert_eq!(uses(&desk, &key(2), &same, None).is(200)["outcome"], "let_in", "it was not used up");
}

#[test]
fn less_is_given_only_to_a_device_that_agrees_to_lose_what_it_has() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let event = laptop.event().to_string();
    let (organizer, marker) =
        (invite(&laptop, "organizer", Some(&event), 2), invite(&laptop, "marker", Some(&event), 2));
    let device = key(1).public().device();
    uses(&desk, &key(1), &organizer, None).is(200);
    let asked = uses(&desk, &key(1), &marker, None);
    asked.is_problem(409, "gives_less");
    let asked = asked.json();
    assert!(asked["why"].as_str().unwrap().contains("organizer"), "{asked}");
    assert_eq!(asked["field"], "replaces_ms");
    let issued = asked["expects"].as_i64().unwrap();
    uses(&desk, &key(1), &marker, Some(issued - 1)).is_problem(409, "gives_less");
    assert_eq!(known(&laptop, device), [(Some(event.clone()), "organizer".to_owned(), false)]);
    let agreed = enrol(&key(1), &marker, "device", Some(UnixMillis(issued)));
    says(&desk, &agreed).is(200);
    assert_eq!(known(&laptop, device), [(Some(event.clone()), "marker".to_owned(), false)]);

    // What was said once is not said again by whoever heard it: neither the rise nor the fall.
    uses(&desk, &key(1), &organizer, None).is_problem(409, "gives_less");
    let issued = uses(&desk, &key(1), &organizer, None).json()["expects"].as_i64().unwrap();
    uses(&desk, &key(1), &organizer, Some(issued)).is(200);
    says(&desk, &agreed).is_problem(409, "gives_less");
    assert_eq!(known(&laptop, device), [(Some(event), "organizer".to_owned(), false)]);
}

#[test]
fn a_link_for_a_marker_takes_nothing_from_an_organizer_of_every_event() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let marker = invite(&laptop, "marker", Some(&laptop.event().to_string()), 1);
    let own = laptop.replica.journal().key().clone();
    assert_eq!(uses(&desk, &own, &marker, None).is(200)["outcome"], "already");
    assert_eq!(known(&laptop, own.public().device()), [(None, "organizer".to_owned(), false)]);
    assert_eq!(uses(&desk, &key(1), &marker, None).is(200)["outcome"], "let_in", "it was not used up");
}

#[test]
fn what_home_says_of_a_device_is_always_newer_than_before_although_its_clock_was_set_back() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let event = laptop.event().to_string();
    let [lead, marker] = ["lead", "marker"].map(|role| invite(&laptop, role, Some(&event), 1));
    let issued = |reply: Value| {
        let grant: sync_core::wire::Carried<Signed<Grant>> =
            serde_json::from_value(reply["grants"][0].clone()).unwrap();
        let grant = grant.0.verify(&desk.app().auth.home_key()).unwrap();
        (grant.role, grant.issued)
    };
    let (_, before) = issued(uses(&desk, &key(1), &lead, None).is(200));
    desk.clock.move_to(UnixMillis(MORNING.0 - 3_600_000));
    let (role, after) = issued(uses(&desk, &key(1), &marker, Some(before.0)).is(200));
    assert_eq!((role, after > before), (Role::Marker, true), "{before:?}, {after:?}");
}

#[test]
fn revoking_withdraws_what_the_device_prepared_and_what_was_prepared_with_that() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let event = laptop.event().to_string();
    let stolen = invite(&laptop, "organizer", Some(&event), 1);
    let thief = desk.join(&stolen, "stolen", |_| laptop.event());
    let device = thief.replica.journal().public_key().device();
    let spare = invite(&thief, "organizer", Some(&event), 50);
    let kept = invite(&thief, "marker", Some(&event), 50);
    let [link, used] = ["organizer"; 2].map(|access| thief.offers(access));
    let accomplice = desk.sign_in(&used);
    let further = accomplice.send("POST", "/v1/invites", &json!({ "role": "organizer", "event": event, "uses": 9 }));
    let further: InviteLink = further.is(201)["link"].as_str().unwrap().parse().unwrap();
    uses(&desk, &key(4), &kept, None).is(200);

    let token = laptop.token();
    let by_laptop = |method: &str, path: &str, body: &Value| {
        desk.call(method, path, &[("authorization", &token)], body.to_string())
    };
    let prepared = by_laptop("GET", &format!("/v1/devices/{device}/prepared"), &json!(null)).is(200);
    let count = |what: &str| prepared[what].as_array().unwrap().len();
    assert_eq!([count("invites"), count("sign_in_links"), count("sessions"), count("devices")], [3, 1, 1, 1]);
    let invites = by_laptop("GET", "/v1/invites", &json!(null)).is(200);
    let made = |row: &Value| row["made_by"] == device.to_string() && row["made_by_name"] == "stolen";
    let rows = invites["invites"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|row| made(row)).count(), 2, "{invites}");
    let keep = rows.iter().find(|row| made(row) && row["role"] == "marker").unwrap()["invite"].clone();

    let how = json!({ "later": "refuse", "keep": [keep] });
    by_laptop("POST", &format!("/v1/devices/{device}/revoke"), &how).is(204);
    let secret = |link: &str| json!({ "secret": link.split_once('#').unwrap().1 }).to_string();
    desk.call("POST", "/v1/session", &[JSON], secret(&link)).is_problem(410, "used_sign_in");
    accomplice.get(&format!("/v1/events/{event}")).is_problem(401, "expired_session");
    for (seed, invite) in [(2, &spare), (3, &further)] {
        uses(&desk, &key(seed), invite, None).is_problem(410, "expired_invite");
    }
    uses(&desk, &key(5), &kept, None).is(200);
    let nothing = by_laptop("GET", &format!("/v1/devices/{device}/prepared"), &json!(null)).is(200);
    assert_eq!(nothing["sessions"], json!([]));
    assert_eq!(nothing["invites"].as_array().unwrap().len(), 1, "what was kept");
}

#[test]
fn revoking_withdraws_what_was_prepared_by_sessions_that_have_ended() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let event = laptop.event().to_string();
    let thief = desk.join(&invite(&laptop, "organizer", None, 1), "stolen", |_| laptop.event());
    let device = thief.replica.journal().public_key().device();
    let offered_by = |browser: &Browser<'_>| {
        let offer = json!({ "name": "x", "access": "organizer", "event": event, "expires_in_s": 604_800 });
        browser.send("POST", "/v1/sign-in-links", &offer).is(201)["link"].as_str().unwrap().to_owned()
    };
    let gone = desk.sign_in(&thief.offers("organizer"));
    let [second, later] = [offered_by(&gone), offered_by(&gone)];
    let second = desk.sign_in(&second);
    let further = second.send("POST", "/v1/invites", &json!({ "role": "organizer", "event": event, "uses": 9 }));
    let further: InviteLink = further.is(201)["link"].as_str().unwrap().parse().unwrap();
    gone.send("DELETE", "/v1/session", &json!(null)).is(204);

    let token = laptop.token();
    let by_laptop = |method: &str, path: &str| desk.call(method, path, &[("authorization", &token)], "{}");
    let prepared = by_laptop("GET", &format!("/v1/devices/{device}/prepared")).is(200);
    let count = |what: &str| prepared[what].as_array().unwrap().len();
    assert_eq!([count("invites"), count("sign_in_links"), count("sessions")], [1, 1, 1], "{prepared}");
    by_laptop("POST", &format!("/v1/devices/{device}/revoke")).is(204);
    second.get(&format!("/v1/events/{event}")).is_problem(401, "expired_session");
    let secret = json!({ "secret": later.split_once('#').unwrap().1 }).to_string();
    desk.call("POST", "/v1/session", &[JSON], secret).is_problem(410, "used_sign_in");
    uses(&desk, &key(3), &further, None).is_problem(410, "expired_invite");
}

#[test]
fn what_waits_at_the_event_when_its_sender_is_revoked_is_not_done() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let event = laptop.event();
    let thief = desk.join(&invite(&laptop, "organizer", None, 1), "stolen", |_| event);
    let device = thief.replica.journal().public_key().device();
    let accomplice = desk.sign_in(&thief.offers("organizer"));
    let (path, token) = (format!("/v1/events/{event}/people"), laptop.token());
    let headers = [
        ("content-type", "application/json"),
        ("cookie", accomplice.cookie.as_str()),
        ("x-saxaul-csrf", &accomplice.csrf),
        ("idempotency-key", "one"),
    ];
    let body = json!({ "names": [{ "family": "Nobody" }] }).to_string();

    // The event's desk is busy, and the write waits behind that.
    let app = desk.app();
    let (go_on, is_to_go_on) = std::sync::mpsc::channel::<()>();
    let (is_busy, wait_until_busy) = std::sync::mpsc::channel::<()>();
    let busy = desk.runtime().spawn(async move {
        let hold = move |_: &sync_core::replica::ledger::Ledger| {
            is_busy.send(()).unwrap();
            tokio::task::block_in_place(|| is_to_go_on.recv().unwrap());
        };
        app.desks.look(event, hold).await.unwrap();
    });
    wait_until_busy.recv().unwrap();
    let mut write = Box::pin(desk.answer("POST", &path, &headers, body));
    let _inside = desk.runtime().enter();
    let polled = || std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..1000 {
        assert!(write.as_mut().poll(&mut polled()).is_pending(), "the desk is busy");
        std::thread::yield_now();
    }
    let revoke = format!("/v1/devices/{device}/revoke");
    desk.call("POST", &revoke, &[("authorization", &token)], "{}").is(204);
    go_on.send(()).unwrap();
    let reply = desk.runtime().block_on(write);
    reply.is_problem(403, "revoked");
    desk.runtime().block_on(busy).unwrap();
}

#[test]
fn what_a_device_prepared_is_told_to_an_organizer_of_the_place_alone() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let event = laptop.event().to_string();
    creates_the_other_event(&laptop);
    let of_event = desk.join(&invite(&laptop, "organizer", Some(&event), 1), "local", |_| laptop.event());
    let of_both = desk.join(&invite(&laptop, "organizer", Some(&event), 1), "both", |_| laptop.event());
    let maker = of_both.replica.replica().key();
    uses(&desk, maker, &invite(&laptop, "organizer", Some(OTHER_EVENT), 1), None).is(200);
    for (seed, place) in [(1, event.as_str()), (2, OTHER_EVENT)] {
        uses(&desk, &key(seed), &invite(&of_both, "marker", Some(place), 1), None).is(200);
    }
    let listed = |by: &Laptop<'_>| {
        let path = format!("/v1/devices/{}/prepared", maker.public().device());
        desk.call("GET", &path, &[("authorization", &by.token())], "").is(200)["devices"].clone()
    };
    let [here, elsewhere] = [1, 2].map(|seed| key(seed).public().device().to_string());
    let mut all = [here.clone(), elsewhere];
    all.sort();
    assert_eq!((listed(&laptop), listed(&of_event)), (json!(all), json!([here])));
}

#[test]
fn an_organizer_of_one_event_revokes_there_and_nowhere_else() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let event = laptop.event().to_string();
    creates_the_other_event(&laptop);
    let of_event = desk.join(&invite(&laptop, "organizer", Some(&event), 1), "local", |_| laptop.event());
    let phone = key(1).public().device();
    for place in [&event, OTHER_EVENT] {
        uses(&desk, &key(1), &invite(&laptop, "marker", Some(place), 1), None).is(200);
    }
    let path = format!("/v1/devices/{phone}/revoke");
    desk.call("POST", &path, &[("authorization", &of_event.token())], "{}").is(204);
    let mut expected = vec![
        (Some(event.clone()), "marker".to_owned(), true),
        (Some(OTHER_EVENT.to_owned()), "marker".to_owned(), false),
    ];
    expected.sort();
    assert_eq!(known(&laptop, phone), expected);
    assert_eq!(known(&of_event, phone), [(Some(event.clone()), "marker".to_owned(), true)], "the other is no business");
    uses(&desk, &key(1), &invite(&laptop, "marker", Some(&event), 1), None).is_problem(403, "revoked");
}

#[test]
fn links_to_sign_in_are_listed_and_withdrawn_like_invites() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let [link, used] = ["call_centre"; 2].map(|access| laptop.offers(access));
    let _browser = desk.sign_in(&used);
    let token = laptop.token();
    let list = || desk.call("GET", "/v1/sign-in-links", &[("authorization", &token)], "").is(200);
    let listed = list();
    let rows = listed["links"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{listed}");
    assert!(rows.iter().all(|row| row["made_by_name"] == "office" && row["access"] == "call_centre"));
    assert!(!listed.to_string().contains(link.split_once('#').unwrap().1));
    let open = rows.iter().find(|row| row["used_ms"].is_null()).unwrap()["link"].as_str().unwrap().to_owned();
    let path = format!("/v1/sign-in-links/{open}/withdraw");
    for _ in 0..2 {
        desk.call("POST", &path, &[("authorization", &token)], "").is(204);
    }
    let secret = json!({ "secret": link.split_once('#').unwrap().1 }).to_string();
    desk.call("POST", "/v1/session", &[JSON], secret).is_problem(410, "used_sign_in");
    assert!(list()["links"].as_array().unwrap().iter().any(|row| !row["withdrawn_ms"].is_null()));
}

#[test]
fn another_site_signs_nobody_in() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let link = laptop.offers("organizer");
    let body = json!({ "secret": link.split_once('#').unwrap().1 }).to_string();
    let tries = |headers: &[(&str, &str)]| desk.call("POST", "/v1/session", headers, body.clone());
    tries(&[JSON, ("sec-fetch-site", "cross-site")]).is_problem(403, "csrf");
    tries(&[JSON, ("sec-fetch-site", "same-site")]).is_problem(403, "csrf");
    tries(&[JSON, ("origin", "https://evil.example"), ("host", "home.example")]).is_problem(403, "csrf");
    tries(&[JSON, ("origin", "null"), ("host", "home.example")]).is_problem(403, "csrf");
    // What no browser sends, though this server's own address begins with it.
    for part in ["http:", "http:/", "http://", "https://", "h"] {
        tries(&[JSON, ("origin", part), ("host", "home.example")]).is_problem(403, "csrf");
    }
    tries(&[("content-type", "text/plain")]).is_problem(415, "not_json");
    tries(&[]).is_problem(415, "not_json");
    let of_own_page = [
        ("content-type", "application/json; charset=utf-8"),
        ("sec-fetch-site", "same-origin"),
        ("origin", "https://home.example"),
        ("host", "home.example"),
    ];
    assert_eq!(tries(&of_own_page).status, 201, "nothing of that used the link up");
}

#[test]
fn a_browser_that_is_signed_in_is_asked_before_another_session_takes_its_place() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let link = laptop.offers("call_centre");
    let secret = link.split_once('#').unwrap().1;
    let begins = |body: Value| desk.call("POST", "/v1/session", &[JSON, ("cookie", &browser.cookie)], body.to_string());
    begins(json!({ "secret": secret })).is_problem(409, "signed_in");
    let session = browser.get("/v1/session").is(200);
    assert_eq!(session["access"], "organizer", "nothing has changed");
    begins(json!({ "secret": "AAAA", "replace": true })).is_problem(404, "unknown_sign_in");
    browser.get("/v1/session").is(200);
    begins(json!({ "secret": secret, "replace": true })).is(201);
    browser.get("/v1/session").is_problem(401, "expired_session");
}

#[test]
fn a_first_invite_that_was_lost_is_made_again_at_each_start_until_somebody_is_in() {
    let mut desk = Desk::open();
    let lost = desk.first_invite();
    desk.restart();
    let second = desk.first_invite();
    assert_ne!(lost.secret, second.secret);
    uses(&desk, &key(1), &lost, None).is_problem(410, "expired_invite");
    founded(&desk, &second);
    desk.restart();
    assert!(!desk.offers_a_first_invite());
}

#[test]
fn a_device_is_called_by_one_line_in_which_something_can_be_seen() {
    let mut desk = Desk::open();
    let first = desk.first_invite();
    let laptop = desk.found(&first, SHORE.as_bytes());
    let event = laptop.event().to_string();
    let link = invite(&laptop, "marker", Some(&event), 9);
    for name in [
        "",
        " ",
        "\u{200b}",
        "\u{feff}\u{2060}",
        "north\u{2028}south",
        "a\nb",
        "\u{1b}[2J",
        "a\u{202e}b",
        "\u{3164}",
        "a\u{e0041}b",
        "\u{fff9}a",
        "\u{2066}a",
    ] {
        says(&desk, &enrol(&key(1), &link, name, None)).is_problem(400, "bad_body");
    }
    says(&desk, &enrol(&key(1), &link, "Солтүстік 👩\u{200d}🌾", None)).is(200);
}
