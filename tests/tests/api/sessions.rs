//! Signing in with a browser, and what a cookie is good for.

use serde_json::json;
use tests::desk::{Browser, Desk, SHORE};

#[test]
fn a_link_signs_one_browser_in_once_and_its_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let link = laptop.offers("organizer");
    let secret = link.split_once('#').unwrap().1;
    let body = json!({ "secret": secret }).to_string();
    let first = desk.call("POST", "/v1/session", &[("content-type", "application/json")], body.clone());
    let cookie = first.header("set-cookie").to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict") && cookie.contains("Path=/"), "{cookie}");
    let told = first.is(201);
    assert_eq!((&told["access"], &told["event"]), (&"organizer".into(), &laptop.event().to_string().into()));
    desk.call("POST", "/v1/session", &[("content-type", "application/json")], body).is_problem(410, "used_sign_in");
    desk.call("POST", "/v1/session", &[("content-type", "application/json")], json!({ "secret": "AAAA" }).to_string())
        .is_problem(404, "unknown_sign_in");

    let late = laptop.offers("organizer");
    desk.clock.move_to(sync_core::time::UnixMillis(tests::desk::MORNING.0 + 16 * 60_000));
    let body = json!({ "secret": late.split_once('#').unwrap().1 }).to_string();
    desk.call("POST", "/v1/session", &[("content-type", "application/json")], body).is_problem(410, "used_sign_in");
}

#[test]
fn a_cookie_alone_changes_nothing() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let path = format!("/v1/events/{}/people", laptop.event());
    let body = json!({ "names": [{ "family": "Ахметова" }] }).to_string();
    let sent = |more: &[(&str, &str)]| {
        let mut headers = vec![("cookie", browser.cookie.as_str()), ("idempotency-key", "a")];
        headers.extend_from_slice(more);
        desk.call("POST", &path, &headers, body.clone())
    };
    sent(&[]).is_problem(403, "csrf");
    sent(&[("x-saxaul-csrf", "guessed")]).is_problem(403, "csrf");
    sent(&[("x-saxaul-csrf", &browser.csrf), ("sec-fetch-site", "cross-site")]).is_problem(403, "csrf");
    // A browser that does not say how the site is related says at least which it is.
    for origin in ["http://evil", "https://home.example.evil", "null", ""] {
        let told = [("x-saxaul-csrf", browser.csrf.as_str()), ("origin", origin), ("host", "home.example")];
        sent(&told).is_problem(403, "csrf");
        for (method, path) in [("DELETE", "/v1/session"), ("POST", "/v1/sign-in-links"), ("POST", "/v1/invites")] {
            let told =
                [&told[..], &[("cookie", browser.cookie.as_str()), ("content-type", "application/json")]].concat();
            desk.call(method, path, &told, "{}").is_problem(403, "csrf");
        }
    }
    let own = [("x-saxaul-csrf", browser.csrf.as_str()), ("origin", "https://home.example"), ("host", "home.example")];
    assert_eq!(sent(&own).status, 201);
    assert_eq!(sent(&[("x-saxaul-csrf", &browser.csrf), ("sec-fetch-site", "same-origin")]).status, 201);
    let read = desk.call("GET", &path, &[("cookie", &browser.cookie), ("sec-fetch-site", "cross-site")], "");
    read.is_problem(403, "csrf");
}

#[test]
fn who_signs_out_is_ended_or_revoked_reads_and_writes_no_more() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let path = format!("/v1/events/{}", laptop.event());
    let [own, ended, revoked] = ["organizer"; 3].map(|access| desk.sign_in(&laptop.offers(access)));
    let token = laptop.token();
    let by_laptop =
        |method: &str, path: &str, body: &str| desk.call(method, path, &[("authorization", &token)], body.to_owned());
    own.send("DELETE", "/v1/session", &json!(null)).is(204);
    own.get(&path).is_problem(401, "expired_session");

    let sessions = by_laptop("GET", "/v1/sessions", "").is(200);
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 2, "{sessions}");
    assert!(!sessions.to_string().contains(&ended.csrf));
    let who = |browser: &Browser<'_>, what: &str| browser.get("/v1/session").is(200)[what].as_str().unwrap().to_owned();
    by_laptop("DELETE", &format!("/v1/sessions/{}", who(&ended, "session")), "").is(204);
    let device = who(&revoked, "device");
    by_laptop("POST", &format!("/v1/devices/{device}/revoke"), "{}").is(204);
    let gone: Vec<u16> = [&ended, &revoked].map(|browser| browser.get(&path).status).into();
    assert_eq!(gone, [401, 401], "the session of a revoked device has ended");

    let fresh = desk.sign_in(&laptop.offers("organizer"));
    desk.clock.move_to(sync_core::time::UnixMillis(tests::desk::MORNING.0 + 15 * 24 * 3_600_000));
    fresh.get(&path).is_problem(401, "expired_session");
}

#[test]
fn what_a_browser_writes_is_a_change_like_anyones_under_a_grant_that_says_who_holds_the_key() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let path = format!("/v1/events/{}/people", laptop.event());
    let written = browser.send("POST", &path, &json!({ "names": [{ "family": "Ахметова", "given": "Дана" }] })).is(201);
    laptop.exchanges();
    let ledger = laptop.replica.replica().ledger();
    let id = written["person"].as_str().unwrap().parse().unwrap();
    let record = &ledger.documents().roster().people[&id];
    let author = record.added[0].by;
    assert!(ledger.grant(author).unwrap().vouched.is_some(), "home says that it holds the key");
    assert!(laptop.replica.replica().ledger().grant(laptop.replica.replica().device()).unwrap().vouched.is_none());
    let session = browser.get("/v1/session").is(200);
    assert_eq!(session["device"], author.to_string());
}

#[test]
fn each_may_do_what_they_are_for_and_outsiders_learn_of_no_event() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let event = laptop.event();
    let marker = laptop.invites("marker");
    let marker = desk.join(&marker, "gate", |_| event);
    let [organizer, office, callers] =
        ["organizer", "front_office", "call_centre"].map(|access| desk.sign_in(&laptop.offers(access)));
    let statuses = |path: &str| [&organizer, &office, &callers].map(|browser| browser.get(path).status);
    assert_eq!(statuses(&format!("/v1/events/{event}/people")), [200, 403, 403]);
    assert_eq!(statuses(&format!("/v1/events/{event}/totals")), [200, 200, 403]);
    assert_eq!(statuses("/v1/sessions"), [200, 403, 403]);
    let by_marker = |path: &str| desk.call("GET", path, &[("authorization", &marker.token())], "").status;
    assert_eq!(by_marker(&format!("/v1/events/{event}/people")), 403);
    assert_eq!(by_marker(&format!("/v1/events/{event}/totals")), 403);

    // Another event, and one that there is not, look the same from outside.
    let other = "00112233445566778899aabbccddeeff";
    let there_is_another =
        desk.call("POST", "/v1/events", &[("authorization", &laptop.token())], json!({ "event": other }).to_string());
    assert_eq!(there_is_another.status, 201);
    for unknown in [other, "ffeeddccbbaa99887766554433221100"] {
        for what in
            ["", "/people", "/totals", "/changes", "/reports/hours", "/imports/00112233445566778899aabbccddeeff"]
        {
            organizer.get(&format!("/v1/events/{unknown}{what}")).is_problem(404, "unknown_event");
        }
        let path = format!("/v1/events/{unknown}/people");
        organizer.send("POST", &path, &json!({ "names": [{ "family": "A" }] })).is_problem(404, "unknown_event");
    }
    // A device writes with its own replica.
    let body = json!({ "names": [{ "family": "A" }] }).to_string();
    let headers = [("authorization", laptop.token()), ("idempotency-key", "a".to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    desk.call("POST", &format!("/v1/events/{event}/people"), &headers, body).is_problem(403, "session_needed");
}

#[test]
fn what_nobody_can_come_back_to_is_forgotten_and_no_request_is_performed_twice_before() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let link = laptop.offers("organizer");
    let browser = desk.sign_in(&link);
    let event = laptop.event();
    let path = format!("/v1/events/{event}/people");
    let body = json!({ "names": [{ "family": "Ахметова" }] });
    let add = || browser.send_named("POST", &path, "add", &body);
    assert_eq!(add().is(201)["again"], false);
    let device = browser.get("/v1/session").is(200)["device"].as_str().unwrap().parse().unwrap();
    let store = std::sync::Arc::clone(&desk.app().store);
    let is_noted = || store.read_here(|store| store.performed(event, device, "add")).unwrap().is_some();
    let mut somebody_signs_in_after_days = |days: i64| {
        desk.clock.move_to(sync_core::time::UnixMillis(tests::desk::MORNING.0 + days * DAY_MS));
        laptop.renews();
        drop(desk.sign_in(&laptop.offers("organizer")));
    };

    // As long as the session lasts, its request is known by its name.
    somebody_signs_in_after_days(13);
    assert!(is_noted());
    assert_eq!(add().is(201)["again"], true);

    // After that nobody can repeat it; the link that was used still says so.
    somebody_signs_in_after_days(15);
    assert!(!is_noted());
    let again = || {
        desk.call(
            "POST",
            "/v1/session",
            &[("content-type", "application/json")],
            json!({ "secret": link.split_once('#').unwrap().1 }).to_string(),
        )
    };
    again().is_problem(410, "used_sign_in");
    somebody_signs_in_after_days(31);
    again().is_problem(404, "unknown_sign_in");
    assert_eq!(laptop.desk().call("GET", &path, &[("cookie", &browser.cookie)], "").status, 401);
}
