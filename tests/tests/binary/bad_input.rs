//! Mistakes, misunderstandings and malice: each has an exit code or a problem's code, and names the place.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use server::clock::entropy;
use server::invite::InviteLink;
use sync_core::admission::SealedChange;
use sync_core::exchange::{
    EXCHANGE_VERSION, Item, MESSAGE_LIMIT_BYTES, Request, Response, Verdict, read_message, write_message,
};
use sync_core::ids::{DeviceId, DocumentRef, EventId, Incarnation};
use sync_core::journal::{JournalError, OpenReplica};
use tests::Chance;
use tests::binary::{Home, Laptop, Place, free_port, run};

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "pier"}, {"key": "dune"}],
    "days": [{"date": "2026-09-19", "opens": "09:00", "closes": "18:00"}]}"#;

/// A server, and an organizer's laptop that founded an event.
fn found(place: &Place) -> (Home, Laptop<'_>, EventId) {
    let mut home = Home::start(place, &place.path("data"), free_port());
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    let created = organizer.does(["event", "create", "event.json"]).done();
    let event = created.split_whitespace().next().unwrap().parse().unwrap();
    (home, organizer, event)
}

fn link_of(printed: &str) -> InviteLink {
    printed.lines().next().unwrap().parse().unwrap()
}

#[test]
fn a_command_line_that_is_wrong_is_told_from_one_that_failed() {
    let place = Place::new();
    for args in
        [&["fly"][..], &["report", "weather"], &["invite", "--role", "king"], &["field", "check-in"], &["import"]]
    {
        place.saxaul(args).refused(2, &["error: "]);
    }
    let stranger = place.laptop("stranger");
    stranger.does(["field", "status"]).refused(1, &["this device has not joined: open an invite link first"]);
    stranger.joins("hello").refused(3, &["this is not an invite link", "/join#"]);
    stranger.joins("").refused(3, &["this is not an invite link", "/join#"]);
    stranger.does(["field", "join", "hello"]).refused(2, &["unexpected argument"]);
    stranger.does(["field", "join", "--link-file", "none.txt"]).refused(1, &["cannot read none.txt"]);
    stranger.does(["event", "create", "nowhere.json"]).refused(1, &["cannot read nowhere.json"]);
    place.write(
        "not-a-journal.db",
        "a shopping list, rather long so that it fills the head of a file: milk, bread, tea",
    );
    let mut command = place.command();
    let told = tests::binary::run(command.args(["field", "status", "--journal", "not-a-journal.db"]));
    told.refused(1, &["not-a-journal.db is not a journal"]);
}

#[test]
fn an_event_file_with_a_mistake_is_refused_with_file_and_line() {
    let place = Place::new();
    let (_home, organizer, _) = found(&place);
    let refused = |old: &str, new: &str, said: &[&str]| {
        assert!(EVENT.contains(old));
        place.write("event.json", EVENT.replace(old, new));
        organizer.does(["event", "create", "event.json"]).refused(3, said);
    };
    refused("\"days\"", "\"dates\"", &["event.json: an event has no field `dates`"]);
    refused("\"days\": [", "\"days\": [], \"cards\": [", &["event.json, line ", "missing field `key`"]);
    refused("2026-09-19", "2026-09-31", &["event.json, line 2: "]);
    refused("18:00", "25:00", &["event.json: days, 2026-09-19: closes: `25:00` is not a time"]);
    refused("09:00", "24:00", &["event.json: days, 2026-09-19: opens: `24:00` is not a time"]);
    refused("Asia/Aqtau", "Asia/Aqua", &["event.json: time_zone: `Asia/Aqua` is not a time zone"]);
    let listed = organizer.does(["event", "list"]).done();
    assert_eq!(listed.lines().count(), 1, "nothing of it was created: {listed}");
}

#[test]
fn an_event_is_not_created_a_second_time_by_a_command_that_is_repeated() {
    let place = Place::new();
    let (_home, organizer, event) = found(&place);
    let event = event.to_string();
    place.write("event.json", EVENT);
    organizer.does(["event", "create", "event.json"]).refused(3, &["nothing was created", &event, "--again"]);
    assert_eq!(organizer.does(["event", "list"]).done().lines().count(), 1);
    // Another name, another day or another region is another event.
    for other in [
        EVENT.replace("\"en\": \"", "\"en\": \"Another "),
        EVENT.replace("2026-09-19", "2026-09-18"),
        EVENT.replacen('{', r#"{"region": "Маңғыстау","#, 1),
    ] {
        assert_ne!(other, EVENT);
        place.write("other.json", other);
        organizer.does(["event", "create", "other.json"]).done();
        organizer.does(["event", "create", "other.json"]).refused(3, &["nothing was created"]);
    }
    organizer.does(["event", "create", "event.json", "--again"]).done();
    assert_eq!(organizer.does(["event", "list"]).done().lines().count(), 5);
}

#[test]
fn invites_that_do_not_let_anybody_in_say_why() {
    let place = Place::new();
    let (home, organizer, event) = found(&place);
    let link = link_of(&organizer.does(["invite", "--role", "marker"]).done());
    place.laptop("first").joins(&link.to_string()).done();
    place.laptop("second").joins(&link.to_string()).refused(1, &["This invite has been used: ask for a new one."]);
    // The one whom it let in may repeat it.
    place.laptop("first").joins(&link.to_string()).done();
    let unknown = InviteLink { secret: entropy(), ..link.clone() };
    place.laptop("second").joins(&unknown.to_string()).refused(1, &["There is no such invite", "code unknown_invite"]);
    let text = link.to_string();
    place.laptop("second").joins(&text[..text.len() - 10]).refused(3, &["cut off or damaged: copy the whole of it"]);
    let impostor = InviteLink { home: sync_core::trust::PublicKey([9; 32]), ..link };
    let second = link_of(&organizer.does(["invite", "--role", "marker"]).done());
    let impostor = InviteLink { secret: second.secret, ..impostor };
    place.laptop("second").joins(&impostor.to_string()).refused(1, &["the invite link is of another home server"]);

    // An event that is none, and one that is no business of a marker.
    let none = EventId(entropy()).to_string();
    organizer.does(["invite", "--role", "marker", "--event", &none]).refused(1, &["code unknown_event"]);
    let first = place.laptop("first");
    first.does(["field", "exchange"]).done();
    first.does(["invite", "--role", "lead"]).refused(1, &["This device's role may not do this.", "code not_your_role"]);
    first.does(["event", "create", "event.json", "--again"]).refused(1, &["code not_your_role"]);
    first.does(["field", "exchange", "--event", &none]).refused(1, &["this device was not let into this event"]);
    place.write("list.csv", "Code,Name\nA-1,Ann\n");
    first.does(["import", "list.csv", "--issuer", "list", "--apply"]).refused(1, &["a marker may not do this"]);
    first.does(["field", "check-in", "Nobody", "--site", "pier"]).refused(3, &["nobody here is called `Nobody`"]);
    first
        .does(["field", "walk-in", "Ann", "--site", "moon"])
        .refused(3, &["there is no site `moon`: there is dune, pier"]);
    first.does(["field", "walk-in", "Ann"]).refused(3, &["name the site with --site: dune, pier"]);
    first.does(["field", "undo"]).refused(3, &["nothing that could be taken back"]);
    let wire = home.wire();
    let path = format!("/v1/events/{event}/exchange");
    wire.post(&path, &[], b"").is_problem(401, "unauthenticated");
    wire.post(&path, &[("authorization", "Bearer x.y.z")], b"").is_problem(401, "unauthenticated");
}

/// The built program lives by the machine's clock: so this one runs in the test, by a clock that can be moved.
#[test]
fn an_invite_that_has_expired_says_so_by_the_servers_clock() {
    use server::client::{Http, Talk, TalkError};
    use sync_core::time::UnixMillis;
    let place = Place::new();
    let given = server::config::Given {
        data_dir: Some(place.path("data")),
        listen: Some(([127, 0, 0, 1], 0).into()),
        ..server::config::Given::default()
    };
    let config = given.complete(server::config::Given::default()).unwrap();
    let clock = server::clock::Clock::set_to(UnixMillis(1_790_000_000_000));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut server = runtime.block_on(server::serve::Server::open(config, clock.clone())).unwrap();
    let first = server.first_invite.take().unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let running = runtime.spawn(server.run(stop.clone()));
    let organizer = place.laptop("organizer");
    organizer.joins(&first.to_string()).done();
    place.write("event.json", EVENT);
    organizer.does(["event", "create", "event.json"]).done();
    let invite = || link_of(&organizer.does(["invite", "--role", "marker", "--days", "3"]).done());
    let (in_time, too_late) = (invite(), invite());
    clock.move_to(UnixMillis(1_790_000_000_000 + 3 * 86_400_000 - 1));
    place.laptop("in-time").joins(&in_time.to_string()).done();
    clock.move_to(UnixMillis(1_790_000_000_000 + 3 * 86_400_000));
    place.laptop("late").joins(&too_late.to_string()).refused(1, &["This invite has expired", "code expired_invite"]);
    // Whoever it let in stays in; a token does not hold for three days.
    let mut talk = Talk::over(Http::to(&first.url), &first.url);
    let journal = organizer.open().unwrap();
    talk.sign_in(&journal).unwrap();
    clock.move_to(UnixMillis(1_790_000_000_000 + 6 * 86_400_000));
    match talk.events() {
        Err(TalkError::Refused(problem)) => assert_eq!(problem.code, "expired_token"),
        other => panic!("a token of three days ago: {other:?}"),
    }
    stop.cancel();
    runtime.block_on(running).unwrap().unwrap();
}

#[test]
fn requests_that_make_no_sense_are_problems_and_other_devices_go_on() {
    let place = Place::new();
    let (mut home, organizer, event) = found(&place);
    let wire = home.wire();
    let journal = organizer.open().unwrap();
    let session = wire.session_of(&journal);
    let replica = OpenReplica::open(journal, event, Incarnation(entropy())).unwrap();
    let asked = replica.ask(replica.replica().home(), 1000).unwrap().request;
    let good = write_message(&asked);
    let path = format!("/v1/events/{event}/exchange");
    let headers = [("authorization", session.as_str())];
    let answer = wire.post(&path, &headers, &good);
    assert_eq!(answer.status, 200);
    read_message::<Response>(&answer.body).unwrap();

    wire.send(b"GET /v2/nothing HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .unwrap()
        .is_problem(404, "not_found");
    wire.send(b"DELETE /v1/events HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .unwrap()
        .is_problem(405, "method_not_allowed");
    wire.post(&path, &[], &good).is_problem(401, "unauthenticated");
    wire.post(&path, &[("authorization", "Proof 00.AA")], &good).is_problem(401, "unauthenticated");
    let mut forged = session.clone();
    forged.replace_range(forged.len() - 4.., "AAAA");
    wire.post(&path, &[("authorization", &forged)], &good).is_problem(401, "unauthenticated");
    wire.post(&format!("/v1/events/{}/exchange", EventId(entropy())), &headers, &good).is_problem(400, "foreign_event");
    wire.post("/v1/events/moon/exchange", &headers, &good).is_problem(404, "unknown_event");
    let other = EventId(entropy());
    let foreign = write_message(&sync_core::exchange::Request { event: other, ..asked.clone() });
    wire.post(&path, &headers, &foreign).is_problem(400, "foreign_event");
    wire.post(&format!("/v1/events/{other}/exchange"), &headers, &foreign).is_problem(404, "unknown_event");
    for cut in [0, 4, 5, good.len() / 2, good.len() - 1] {
        wire.post(&path, &headers, &good[..cut]).is_problem(400, "bad_body");
    }
    let mut newer = good.clone();
    newer[3] = EXCHANGE_VERSION + 1;
    wire.post(&path, &headers, &newer).is_problem(400, "unsupported_version");
    let answer_instead: Vec<u8> = [&good[..4], &[2], &good[5..]].concat();
    wire.post(&path, &headers, &answer_instead).is_problem(400, "bad_body");
    wire.post(&path, &headers, &vec![b'x'; MESSAGE_LIMIT_BYTES + 1]).is_problem(413, "too_large");
    wire.post("/v1/enrol", &[], &vec![b' '; MESSAGE_LIMIT_BYTES + 1]).is_problem(413, "too_large");
    wire.post("/v1/enrol", &[], b"{\"secret\": 7}").is_problem(400, "bad_body");
    wire.post("/v1/enrol", &[], &[b"[".repeat(8_000), b"]".repeat(8_000)].concat()).is_problem(400, "bad_body");
    wire.post("/v1/nonce", &[], b"\xff\xfe").is_problem(400, "bad_body");
    wire.post("/v1/nonce", &[], b"{\"device\": \"me\"}").is_problem(400, "bad_body");
    // Half a body: whether the server answers or hangs up, it goes on.
    let head = format!("POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: {session}\r\ncontent-length: 5000\r\n\r\n");
    if let Ok(answer) = wire.send_cut_off(&[head.as_bytes(), &good].concat()) {
        answer.is_problem(400, "bad_body");
    }
    wire.send_cut_off(b"\x16\x03\x01 this is TLS").ok();

    // Noise under a good head, of every length.
    let mut chance = Chance::seeded(7);
    for length in 1..200 {
        let noise: Vec<u8> = (0..length).map(|_| chance.bits() as u8).collect();
        let answer = wire.post(&path, &headers, &[&good[..5], &noise].concat());
        answer.is_problem(answer.status, if answer.status == 413 { "too_large" } else { "bad_body" });
    }

    assert!(home.is_running());
    assert_eq!(wire.post(&path, &headers, &good).status, 200);
    drop(replica);
    organizer.does(["field", "exchange"]).done();
    assert!(!home.logged().contains("panicked"), "{}", home.logged());
}

#[test]
fn a_change_that_its_author_did_not_sign_is_refused_and_its_neighbours_are_not() {
    let place = Place::new();
    let (home, organizer, event) = found(&place);
    let link = link_of(&organizer.does(["invite", "--role", "marker"]).done());
    let gate = place.laptop("gate");
    gate.joins(&link.to_string()).done();
    gate.does(["field", "exchange"]).done();
    gate.does(["field", "walk-in", "Ann Lee", "--site", "pier"]).done();
    let journal = gate.open().unwrap();
    let (wire, session) = (home.wire(), home.wire().session_of(&journal));
    let mut replica = OpenReplica::open(journal, event, Incarnation(entropy())).unwrap();
    replica.act(|state| Ok::<_, JournalError>(state.seal())).unwrap();
    let asked = replica.ask(replica.replica().home(), 0).unwrap().request;
    let [Item::Change(sealed)] = asked.items.as_slice() else { panic!("one log, one change: {asked:?}") };
    let spoiled = |spoil: fn(&mut SealedChange)| {
        let mut sealed = sealed.clone();
        spoil(&mut sealed);
        Item::Change(sealed)
    };
    let items = vec![
        spoiled(|sealed| sealed.seal.0[7] ^= 1),
        spoiled(|sealed| sealed.device = DeviceId([7; 16])),
        spoiled(|sealed| sealed.document = DocumentRef::ROSTER),
        spoiled(|sealed| sealed.change.truncate(20)),
        spoiled(|sealed| *sealed.change.last_mut().unwrap() ^= 1),
        spoiled(|sealed| sealed.change.clear()),
        Item::Change(sealed.clone()),
        Item::Change(sealed.clone()),
    ];
    let body = write_message(&Request { items, ..asked.clone() });
    let answer = wire.post(&format!("/v1/events/{event}/exchange"), &[("authorization", &session)], &body);
    assert_eq!(answer.status, 200);
    let receipts = read_message::<Response>(&answer.body).unwrap().receipts;
    let verdicts: Vec<Verdict> = receipts.iter().map(|receipt| receipt.verdict).collect();
    assert_eq!(verdicts[6..], [Verdict::Accepted, Verdict::AlreadyHad], "{receipts:?}");
    for receipt in &receipts[..6] {
        assert!(matches!(receipt.verdict, Verdict::Refused | Verdict::NotYet), "{receipt:?}");
        assert!(receipt.code.as_ref().is_some_and(|code| !code.is_empty()), "{receipt:?}");
    }
    drop(replica);
    gate.does(["field", "exchange"]).done();
    assert!(organizer.does(["report", "people"]).done().contains("Ann Lee"));
    assert!(!home.logged().contains("panicked"), "{}", home.logged());
}

#[test]
fn a_list_that_cannot_be_right_is_refused_with_its_place_and_nothing_is_written() {
    let place = Place::new();
    let (_home, organizer, _) = found(&place);
    let refused = |content: &[u8], said: &[&str]| {
        place.write("list.csv", content);
        organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).refused(3, said);
    };
    refused(b"", &["list.csv: the list is empty"]);
    refused(b"Code,Phone\nA-1,+7 701\n", &["list.csv: no column is called", "the list has `Code`, `Phone`"]);
    refused(b"Name,Name\nAnn,Bob\n", &["list.csv: column 1 (Name) and column 2 (Name) mean the same"]);
    refused(b"Code,Name\nA-1,\"Ann\n", &["list.csv, line 2", "a quotation mark is opened here and never closed"]);
    refused(b"%PDF-1.7\x00\x00", &["list.csv: this is neither a CSV nor an XLSX file"]);
    refused(b"PK\x03\x04 half a workbook", &["list.csv: "]);
    let mut damaged = "Код,Имя\nА-1,Гүлнара Әбдірахманова\nА-2,Нұрлан Сейтқали\n".as_bytes().to_vec();
    let at = damaged.len() - 5;
    damaged[at] = 0xff;
    refused(&damaged, &["list.csv, line 3: the text is damaged: it is not valid UTF-8"]);
    organizer
        .does(["import", "nowhere.csv", "--issuer", "nowhere"])
        .refused(3, &["nowhere.csv: the file cannot be read"]);

    // A national id number is never kept: the column is refused, the rest is not.
    place.write("ids.csv", "Code,Name,ИИН\nA-1,Ann Lee,900101300017\nA-2,Bo Kim,900101300025\n");
    let told = organizer.does(["import", "ids.csv", "--issuer", "ids"]).done();
    assert!(
        told.contains("ids.csv: 2 to add") && told.contains("line 1, column 3 (ИИН): national id numbers"),
        "{told}"
    );

    // Rows that contradict each other are left out, and each is told of the other.
    place.write(
        "twice.csv",
        "Code,Name,Year of birth\nA-1,Ann Lee,1990\nA-2,Bo Kim,1985\nA-1,Anna Lee,1990\nA-3,Cy Ray,85\n",
    );
    let told = organizer.does(["import", "twice.csv", "--issuer", "twice", "--apply"]);
    told.refused(5, &["2 rows, 1 cell were left out; what is printed above says why"]);
    let told = told.out;
    assert!(told.contains("twice.csv: 2 to add, 0 to update, 0 unchanged, 0 conflicts, 2 refused"), "{told}");
    assert!(told.contains("line 2, column 1 (Code): line 4 has the same code and says something else"), "{told}");
    assert!(told.contains("line 4, column 1 (Code): line 2 has the same code and says something else"), "{told}");
    assert!(told.contains("line 5, column 3 (Year of birth): the year of birth is not between"), "{told}");

    // Windows-1251 is what old exports are written in.
    let (old, _, lost) = encoding_rs::WINDOWS_1251.encode("Код;Фамилия;Имя\nБ-1;Чернова;Светлана\n");
    assert!(!lost);
    place.write("old.csv", &old);
    let told = organizer.does(["import", "old.csv", "--issuer", "old", "--apply"]).done();
    assert!(told.contains("1 to add"), "{told}");
    assert!(organizer.does(["field", "find", "чернова"]).done().contains("Чернова Светлана"));
}

#[test]
fn a_list_as_large_as_an_event_is_planned_and_a_larger_one_is_refused() {
    let place = Place::new();
    let (_home, organizer, _) = found(&place);
    let list = |people: u32| {
        let mut list = "Code;Family name;Given name;Phone;Year of birth\n".to_owned();
        for number in 0..people {
            let year = 1950 + number % 55;
            writeln!(list, "V-{number:06};Family{};Given{};+7701{number:07};{year}", number / 400, number % 400)
                .unwrap();
        }
        list + "V-000007;Family0;Again;;1990\n"
    };
    place.write("region.csv", list(50_000));
    let told = organizer.does(["import", "region.csv", "--issuer", "region"]).done();
    assert!(told.contains("region.csv: 49999 to add, 0 to update, 0 unchanged, 0 conflicts, 2 refused"), "{told}");
    assert!(told.contains("line 9, column 1 (Code): line 50002 has the same code"), "{told}");
    place.write("country.csv", list(200_000));
    let told = organizer.does(["import", "country.csv", "--issuer", "country", "--apply"]);
    told.refused(3, &["country.csv: line 50003: an event has room for 50000 people"]);
}

#[test]
fn a_config_file_is_read_as_a_whole_or_not_at_all() {
    let place = Place::new();
    let serve = |config: &str| {
        place.write("saxaul.toml", config);
        place.saxaul(["serve", "--config", "saxaul.toml", "--data-dir", "data"])
    };
    serve("listen = \"127.0.0.1:0\"\n\ndesk-idel-s = 5\n")
        .refused(3, &["saxaul.toml is not right", "line 3", "`desk-idel-s`"]);
    serve("listen = \"here\"\n").refused(3, &["saxaul.toml is not right", "line 1"]);
    serve("listen = [\n").refused(3, &["saxaul.toml is not right", "line "]);
    serve("public-url = \"home.example\"\n").refused(3, &["public-url: it begins with http:// or https://"]);
    serve("web-origins = [\"https://app.example.org/gate\"]\n")
        .refused(3, &["web-origin: https://app.example.org/gate is not an origin such as https://app.example.org"]);
    serve("concurrent-requests = 0\n").refused(3, &["concurrent-requests: it must be at least 1"]);
    place.saxaul(["serve", "--config", "nowhere.toml"]).refused(1, &["cannot read the config file nowhere.toml"]);
    assert!(!place.path("data").exists(), "a data directory was made for a setup that is wrong");
}

#[test]
fn a_data_directory_has_one_server_and_a_port_too() {
    let place = Place::new();
    let port = free_port();
    let mut home = Home::start(&place, &place.path("data"), port);
    let elsewhere = format!("127.0.0.1:{}", free_port());
    place
        .saxaul(["serve", "--data-dir", "data", "--listen", &elsewhere])
        .refused(1, &["another server is using the data directory", "data", "stop it first, or give this one its own"]);
    let same_port = format!("127.0.0.1:{port}");
    place
        .saxaul(["serve", "--data-dir", "other", "--listen", &same_port])
        .refused(1, &[&format!("cannot listen on {same_port}")]);
    assert!(home.is_running());
    place.laptop("organizer").joins(&home.first_invite()).done();
}

/// Every file of a directory.
fn files_of(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(directory).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap())
    });
    files.collect()
}

#[test]
fn data_of_a_newer_version_is_refused_and_left_as_it_is() {
    let place = Place::new();
    let (home, organizer, _) = found(&place);
    home.stop().done();
    let make_newer = |path: &Path| {
        let db = rusqlite::Connection::open(path).unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    };
    make_newer(&place.path("data/saxaul.db"));
    let before = files_of(&place.path("data"));
    place
        .saxaul(["serve", "--data-dir", "data", "--listen", "127.0.0.1:0"])
        .refused(1, &["saxaul.db has version 99; this program knows up to version ", "update the program"]);
    assert!(files_of(&place.path("data")) == before, "the data was changed");

    make_newer(&organizer.journal);
    let before = std::fs::read(&organizer.journal).unwrap();
    organizer.does(["field", "status"]).refused(1, &["organizer.db has version 99", "update the program"]);
    assert!(std::fs::read(&organizer.journal).unwrap() == before, "the journal was changed");
}

#[test]
fn a_home_key_that_is_none_is_not_replaced() {
    let place = Place::new();
    place.write("data/home.key", "too short");
    place
        .saxaul(["serve", "--data-dir", "data", "--listen", "127.0.0.1:0"])
        .refused(1, &["home.key is not a home key"]);
    assert_eq!(std::fs::read(place.path("data/home.key")).unwrap(), b"too short");
}

#[test]
fn a_level_of_logs_that_is_none_is_told() {
    let place = Place::new();
    place.write("data/home.key", "too short");
    let mut command = place.command();
    command.args(["serve", "--data-dir", "data", "--listen", "127.0.0.1:0"]).env("SAXAUL_LOG", "server=loud");
    run(&mut command).refused(1, &["SAXAUL_LOG is not such as `info`"]);
}
