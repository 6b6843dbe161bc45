//! Work and memory that a caller has the server spend, many times at once.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sync_core::exchange::{PAGE_LIMIT_BYTES, Request, Response, read_message, write_message};
use sync_core::ids::{PersonId, Subject};
use tests::hostile::{Attack, Target, request};

use super::connections::connect;

/// Work that is asked for to keep the server busy.
pub const ROWS: &[Attack] = &[
    Attack {
        name: "40 first exchanges at once after an erasure, each of which needs a snapshot",
        flags: &["--device-calls-per-minute", "0"],
        memory_limit_mib: 160,
        throw: beginners_after_an_erasure,
    },
    Attack {
        name: "40 lists of 4 MiB, each uploaded but for its last byte",
        flags: &[],
        memory_limit_mib: 48,
        throw: half_lists,
    },
    Attack {
        name: "30 erasures at once of somebody who is erased",
        flags: &[],
        memory_limit_mib: 48,
        throw: repeated_erasures,
    },
    Attack {
        name: "an organizer of one event searches its 1,200 people for nobody, 200 times at once",
        flags: &["--device-calls-per-minute", "0"],
        memory_limit_mib: 160,
        throw: crowd_of_searches,
    },
];

/// Has as many threads as there are requests send one each, and returns the statuses and bodies.
fn all_at_once(target: &Target<'_>, requests: &[Vec<u8>]) -> Vec<(u16, Vec<u8>)> {
    let wire = target.wire();
    std::thread::scope(|scope| {
        let sending: Vec<_> = requests.iter().map(|request| scope.spawn(move || wire.send(request).unwrap())).collect();
        sending.into_iter().map(|sent| sent.join().unwrap()).map(|answer| (answer.status, answer.body)).collect()
    })
}

fn post(path: &str, who: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: home\r\nconnection: close\r\nauthorization: {who}\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn beginners_after_an_erasure(target: &mut Target<'_>) -> String {
    let rows: String = (0..1500).map(|n| format!("B-{n},Volunteer {n} of the shore\n")).collect();
    target.place.write("many.csv", format!("Code,Name\n{rows}"));
    target.organizer.does(["import", "many.csv", "--issuer", "many", "--apply"]).done();
    target.organizer.does(["person", "erase", "A-1", "--yes"]).done();
    let want_bytes = u32::try_from(PAGE_LIMIT_BYTES).unwrap();
    let body = write_message(&Request { want_bytes, ..request(target.event) });
    let marker = target.as_marker();
    let answers = all_at_once(target, &vec![post(&target.exchange_path(), &marker, &body); 40]);
    for (status, body) in &answers {
        assert_eq!(*status, 200, "{}", String::from_utf8_lossy(body));
        let answer: Response = read_message(body).unwrap();
        assert!(answer.snapshot.is_some());
    }
    let written = target.home.logged().matches("partial snapshot written").count();
    assert_eq!(written, 1, "markers read by one rule here, and the snapshot for it is written once");
    format!("{} answers from one snapshot", answers.len())
}

fn half_lists(target: &mut Target<'_>) -> String {
    let organizer = target.as_organizer();
    let path = format!("/v1/events/{}/imports?issuer=list", target.event);
    let list = [b"Code,Name\n".as_slice(), &b"A-1,Aisulu\n".repeat(380_000)].concat();
    let request = post(&path, &organizer, &list);
    let mut refused = 0;
    let mut held = Vec::new();
    for _ in 0..40 {
        let mut stream = connect(target, Ipv4Addr::LOCALHOST);
        // A server that refuses does not read on.
        if stream.write_all(&request[..request.len() - 1]).is_err() {
            refused += 1;
        }
        held.push(stream);
    }
    target.somebody_exchanges();
    for mut stream in held.drain(1..) {
        drop(stream.shutdown(Shutdown::Write));
        let mut answer = Vec::new();
        if stream.read_to_end(&mut answer).is_ok() && !answer.is_empty() {
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.contains("too_many_plans"), "{answer}");
        }
    }
    assert!(refused <= 39, "the first one has a place");
    "one upload".to_owned()
}

fn repeated_erasures(target: &mut Target<'_>) -> String {
    let shown = target.organizer.does(["person", "erase", "A-1", "--yes"]).done();
    assert!(shown.contains("1 erased at home"), "{shown}");
    let overwritten = target.home.logged().matches("what was erased is overwritten").count();
    assert_eq!(overwritten, 1);
    let id = PersonId::of_external(target.event, "list", "A-1");
    let body = format!(r#"{{"people": ["{}"]}}"#, Subject::Person(id));
    let organizer = target.as_organizer();
    let path = format!("/v1/events/{}/erasures", target.event);
    let answers = all_at_once(target, &vec![post(&path, &organizer, body.as_bytes()); 30]);
    assert!(answers.iter().all(|(status, _)| *status == 200), "{:?}", answers.first());
    let again = target.home.logged().matches("what was erased is overwritten").count();
    assert_eq!(again, overwritten, "nothing was deleted since");
    "30 answers, and nothing overwritten again".to_owned()
}

fn crowd_of_searches(target: &mut Target<'_>) -> String {
    let rows: String = (0..1200).map(|n| format!("B-{n},Volunteer {n} of the shore,T{n}\n")).collect();
    target.place.write("many.csv", format!("Code,Name,Team\n{rows}"));
    target.organizer.does(["import", "many.csv", "--issuer", "many", "--apply"]).done();
    let here = format!("/v1/events/{}/people", target.event);
    let created = target.organizer.does(["event", "create", "event.json", "--again"]).done();
    let elsewhere = format!("/v1/events/{}/people", created.split_whitespace().next().unwrap());

    let event = target.event.to_string();
    let invited = target.organizer.does(["invite", "--role", "organizer", "--event", &event]).done();
    let attacker = target.place.laptop("attacker");
    attacker.joins(invited.lines().next().unwrap()).done();
    let attacker = target.wire().session_of(&attacker.open().unwrap());
    let long = format!("{here}?team={}", "%D0%BA%D0%B8%D0%BC%20".repeat(350));
    let refused = target.wire().get(&long, &[("authorization", &attacker)]);
    refused.is_problem(400, "bad_field");
    let shown = String::from_utf8_lossy(&refused.body);
    assert!(shown.contains(r#""field":"team""#) && shown.contains("500 characters"), "{shown}");

    // Of letters that no keyboard layout turns into a name of the list.
    let search = format!(
        "GET {here}?q=%D0%B7%D1%89%D0%B7%D1%89%D0%B7 HTTP/1.1\r\nhost: home\r\nconnection: close\r\nauthorization: {attacker}\r\n\r\n"
    );
    let (wire, organizer, is_over) = (target.wire(), target.as_organizer(), AtomicBool::new(false));
    let (answers, honest) = std::thread::scope(|scope| {
        let listing = scope.spawn(|| {
            let mut waited = Vec::new();
            while !is_over.load(Ordering::Relaxed) || waited.is_empty() {
                for list in [&here, &elsewhere] {
                    let began = Instant::now();
                    let listed = wire.get(&format!("{list}?limit=1"), &[("authorization", &organizer)]);
                    assert_eq!(listed.status, 200, "{}", String::from_utf8_lossy(&listed.body));
                    waited.push(began.elapsed());
                }
            }
            waited
        });
        let answers = all_at_once(target, &vec![search.into_bytes(); 200]);
        is_over.store(true, Ordering::Relaxed);
        (answers, listing.join().unwrap())
    });
    target.somebody_exchanges();
    let counted = |wanted: u16| answers.iter().filter(|(status, _)| *status == wanted).count();
    assert_eq!(counted(200) + counted(429), 200, "{:?}", answers.iter().map(|(status, _)| status).collect::<Vec<_>>());
    assert!(counted(200) > 0 && counted(429) > 0);
    for (_, body) in answers.iter().filter(|(status, _)| *status == 429) {
        assert!(String::from_utf8_lossy(body).contains("too_much_work"));
    }
    let longest = honest.iter().max().map_or(0, Duration::as_millis);
    format!(
        "{} searches and {} refusals; {} listings of another organizer meanwhile, the slowest after {longest} ms",
        counted(200),
        counted(429),
        honest.len(),
    )
}
