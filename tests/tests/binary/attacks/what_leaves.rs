//! What a marker writes, once it leaves the house: in tables, calendars, terminals and caches.

use serde_json::{Value, json};
use tests::hostile::{Attack, Target};

/// What leaves the house: tables, terminals, calendars, caches.
pub const ROWS: &[Attack] = &[
    Attack {
        name: "formulas stand in names and telephones, behind whatever some spreadsheet takes for the end of a cell",
        flags: &[],
        memory_limit_mib: 32,
        throw: formulas,
    },
    Attack {
        name: "names hold escapes that a terminal obeys, and ends of lines",
        flags: &[],
        memory_limit_mib: 32,
        throw: escapes,
    },
    Attack {
        name: "the name of an event holds lines of a calendar",
        flags: &[],
        memory_limit_mib: 16,
        throw: lines_of_a_calendar,
    },
    Attack {
        name: "answers about people go through a cache that keeps what it may, and stale tags are sent back",
        flags: &[],
        memory_limit_mib: 16,
        throw: caches,
    },
    Attack {
        name: "a ruling joins people between two pages of hours",
        flags: &[],
        memory_limit_mib: 16,
        throw: a_ruling_between_pages,
    },
];

fn organizers_json(target: &Target<'_>, path: &str) -> Value {
    let path = format!("/v1/events/{}{path}", target.event);
    let answer = target.wire().get(&path, &[("authorization", &target.as_organizer())]);
    assert_eq!(answer.status, 200, "{path}");
    serde_json::from_slice(&answer.body).unwrap()
}

/// Sends JSON as an organizer with a browser. Returns the status and the answer.
fn organizer_sends(
    target: &Target<'_>,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> (u16, Value) {
    let json = ("content-type", "application/json");
    let offer = json!({ "access": "organizer", "name": "browser" }).to_string();
    let organizer = target.as_organizer();
    let offered = target.wire().post("/v1/sign-in-links", &[("authorization", &organizer)], offer.as_bytes());
    let offered: Value = serde_json::from_slice(&offered.body).unwrap();
    let secret = json!({ "secret": offered["link"].as_str().unwrap().split_once('#').unwrap().1 }).to_string();
    let session = target.wire().post("/v1/session", &[json], secret.as_bytes());
    let cookie = session.raw_head.lines().find_map(|line| line.split_once("ookie: ")).unwrap().1;
    let cookie = cookie.split(';').next().unwrap();
    let said: Value = serde_json::from_slice(&session.body).unwrap();
    let mut all = vec![json, ("cookie", cookie), ("x-saxaul-csrf", said["csrf"].as_str().unwrap())];
    all.extend(headers);
    let path = format!("/v1/events/{}{path}", target.event);
    let answer = target.wire().request(method, &path, &all, body.to_string().as_bytes());
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

fn formulas(target: &mut Target<'_>) -> String {
    for (at, end) in [";", ",", "|", ""].iter().enumerate() {
        for formula in ["=cmd|'/C calc'!A0", "+1+cmd", "-1+cmd", "@SUM(1)", "＝1+1"] {
            let (name, phone) = (format!("Ann{at}{end}{formula}"), format!("+7 701{end}{formula}"));
            let told = target.marker.does([
                "field",
                "walk-in",
                "--called-so",
                "--site",
                "north",
                "--phone",
                &phone,
                "--",
                &name,
            ]);
            assert!(matches!(told.code, Some(0 | 3)), "{told:?}");
        }
    }
    // What a spreadsheet or a phone would not let through comes over HTTP.
    for (number, end) in ["\t", "\n", "\r"].iter().enumerate() {
        let names = json!([{ "family": format!("Ann{end}=1+1") }]);
        let id = format!("end-{number}");
        organizer_sends(target, "POST", "/people", &[("idempotency-key", &id)], &json!({ "names": names }));
    }
    target.marker.does(["field", "exchange"]).done();
    target.somebody_exchanges();
    let mut cells = 0;
    for (language, format) in ["en", "ru", "kk"].iter().flat_map(|lang| ["csv", "xlsx"].map(|format| (*lang, format))) {
        let file = format!("people-{language}.{format}");
        let report = ["report", "people", "--lang", language, "--format", format, "--out", &file];
        target.organizer.does(report).done();
        if format == "xlsx" {
            continue;
        }
        let text = std::fs::read_to_string(target.place.path(&file)).unwrap();
        for part in text.split([';', ',', '\t', '\n', '\r', '|']) {
            cells += 1;
            let shown = part.trim_start_matches(['"', ' ']);
            let is_number =
                shown.get(1..).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b' '));
            assert!(!shown.starts_with(['=', '+', '-', '@', '＝']) || is_number, "{part:?} in {file}");
        }
    }
    assert!(cells > 300, "the walk-ins are in the tables: {cells}");
    format!("text in {cells} cells")
}

fn escapes(target: &mut Target<'_>) -> String {
    let names = [
        "Evil\u{1b}]0;pwned\u{7}\u{1b}[2J",
        "Bob\nA-1  Aisulu",
        "Back\u{8}\u{8}space",
        "Turned\u{202e}around",
        "Set\u{9b}31m",
    ];
    for (number, name) in names.iter().enumerate() {
        let told = target.marker.does(["field", "walk-in", name, "Bob", "--site", "north"]);
        assert_eq!(told.code, Some(3), "{told:?}");
        let id = format!("person-{number}");
        let person = json!({ "names": [{ "family": name }], "organisation": "Shore" });
        let (status, said) = organizer_sends(target, "POST", "/people", &[("idempotency-key", &id)], &person);
        assert_eq!(status, 400, "{said}");
        // What is asked in free words may have several lines, and nothing else that is never seen.
        let id = format!("request-{number}");
        let (status, said) =
            organizer_sends(target, "POST", "/requests", &[("idempotency-key", &id)], &json!({ "text": name }));
        assert_eq!(status, if name.contains('\n') { 201 } else { 400 }, "{said}");
    }
    target.marker.does(["field", "exchange"]).done();
    target.somebody_exchanges();
    let reads: &[&[&str]] = &[
        &["request", "list"],
        &["walk-in", "list"],
        &["duplicates", "list"],
        &["conflicts", "list"],
        &["device", "list"],
        &["event", "show"],
    ];
    let mut shown = 0;
    for read in reads {
        let told = target.organizer.does(*read);
        let text = format!("{}{}", told.out, told.err);
        let obeyed = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t') || *c == '\u{202e}');
        assert_eq!(obeyed, None, "{read:?}: {text:?}");
        shown += text.matches("Bob\\u{a}A-1  Aisulu").count();
    }
    assert!(shown > 0, "the request is shown, and its end of a line as text");
    format!("{} names refused, the end of a line as text", names.len())
}

fn lines_of_a_calendar(target: &mut Target<'_>) -> String {
    let name = "Day\r\nX-INJ:1\r\nBEGIN:VALARM\nEND:VCALENDAR, one; two\\ \u{1b}[2J";
    let edit = json!({ "name": { "en": name } });
    let (status, said) = organizer_sends(target, "PATCH", "", &[("idempotency-key", "name")], &edit);
    assert!(matches!(status, 200 | 400), "{said}");
    target.somebody_exchanges();
    target.organizer.does(["report", "calendar", "--lang", "en", "--out", "days.ics"]).done();
    let calendar = std::fs::read_to_string(target.place.path("days.ics")).unwrap();
    let unfolded = calendar.replace("\r\n ", "");
    for line in unfolded.split("\r\n") {
        let injected = ["X-INJ", "BEGIN:VALARM"].iter().any(|begins| line.starts_with(begins));
        assert!(!injected && !line.contains(char::is_control), "{line:?}");
    }
    assert_eq!(unfolded.matches("END:VCALENDAR\r\n").count(), 1, "{unfolded}");
    format!("status {status}, and no line")
}

fn caches(target: &mut Target<'_>) -> String {
    let organizer = target.as_organizer();
    // The scheme is the same in any case.
    let odd = organizer.replace("Bearer", "bEaReR");
    let event = format!("/v1/events/{}", target.event);
    let people = organizers_json(target, "/people");
    let person = people["items"][0]["person"].as_str().unwrap();
    let one = format!("{event}/people/{person}");
    let mut asked = 0;
    for path in [
        "/v1/events",
        "/v1/devices",
        "/v1/invites",
        "/v1/sessions",
        "/v1/lookup?q=A-1",
        "/v1/totals",
        &event,
        &one,
        &format!("{event}/people"),
        &format!("{event}/hours"),
        &format!("{event}/walk-ins"),
        &format!("{event}/devices"),
        &format!("{event}/held"),
        &format!("{event}/reports/people?format=json"),
        &format!("{event}/reports/badges"),
        &format!("{event}/people/{}", "0".repeat(16)),
    ] {
        let answer = target.wire().get(path, &[("authorization", &odd)]);
        assert!(matches!(answer.status, 200 | 404), "{path}: {}", answer.status);
        let is_kept = !["cache-control: no-store", "cache-control: private, no-cache"]
            .iter()
            .any(|says| answer.head.lines().any(|line| line == *says));
        assert!(!is_kept, "{path}: {}", answer.head);
        asked += 1;
    }
    target.somebody_exchanges();
    let stale = target.wire().get(&one, &[("authorization", &organizer)]);
    let stale = stale.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let edits = |tags: &str, id: &str, phone: &str| {
        let headers = [("if-match", tags), ("idempotency-key", id)];
        organizer_sends(target, "PATCH", &format!("/people/{person}"), &headers, &json!({ "phone": phone })).0
    };
    assert_eq!(edits(&format!("\"x\", {stale}"), "fits", "+7 701 555 01 02"), 200, "one of two tags fits");
    assert_eq!(edits(&format!("\"x\", {stale}"), "stale", "+7 701 555 09 09"), 412, "none fits any more");
    format!("none of {asked} answers kept, and no stale edit")
}

fn a_ruling_between_pages(target: &mut Target<'_>) -> String {
    let rows: String = (1..=6).map(|n| format!("H-{n},Helper {n}\n")).collect();
    target.place.write("helpers.csv", format!("Code,Name\n{rows}"));
    target.organizer.does(["import", "helpers.csv", "--issuer", "helpers", "--apply"]).done();
    for n in 1..=6 {
        let code = format!("H-{n}");
        let hours = ["--from", "2026-09-19T09:00", "--to", "2026-09-19T10:00"];
        target.organizer.does([&["hours", "grant", &code][..], &hours].concat()).done();
    }
    target.somebody_exchanges();
    let first = organizers_json(target, "/hours?limit=1");
    let days = organizers_json(target, "/hours")["items"].as_array().unwrap().clone();
    let class = |day: &Value| day["class"].as_str().unwrap().to_owned();
    assert_eq!(days.len(), 6);
    // The first, which was read, and the last become one.
    let decision = json!({ "kind": "same", "a": class(&days[0]), "b": class(&days[5]) });
    let ruling = json!({ "decision": decision, "reason": "one telephone" });
    assert_eq!(organizer_sends(target, "POST", "/rulings", &[("idempotency-key", "same")], &ruling).0, 201);
    let mut read = vec![class(&first["items"][0])];
    let mut next = first["next"].as_str().map(str::to_owned);
    while let Some(after) = next {
        let page = organizers_json(target, &format!("/hours?limit=1&after={after}"));
        read.extend(page["items"].as_array().unwrap().iter().map(class));
        next = page["next"].as_str().map(str::to_owned);
    }
    let missing = days[..5].iter().map(class).find(|who| !read.contains(who));
    assert_eq!(missing, None, "{read:?}");
    assert!(read[1..].contains(&class(&days[0])), "the last one's day is read with the first one's: {read:?}");
    "nobody left out".to_owned()
}
