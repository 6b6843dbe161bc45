//! Reports that take long, asked for by those who may ask, and by those who do not wait for them.

use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

use serde_json::Value;
use tests::binary::{HttpAnswer, PATIENCE, Wire};
use tests::hostile::{Attack, Target};

use super::connections::connect;

/// Badges for everybody, again and again.
pub const ROWS: &[Attack] = &[
    Attack {
        name: "two sessions ask for the badges of 1,500 people at once, again and again",
        flags: &["--device-calls-per-minute", "0"],
        memory_limit_mib: 320,
        throw: badges_of_two_sessions,
    },
    Attack {
        name: "40 requests for the badges of 1,500 people, each left at once by whoever asked",
        flags: &[],
        memory_limit_mib: 192,
        throw: badges_that_nobody_waits_for,
    },
    Attack {
        name: "the server is stopped while as many reports are written and wait as may be",
        flags: &[],
        memory_limit_mib: 192,
        throw: a_stop_in_the_middle,
    },
];

/// Puts 1,500 people on the roster, and returns the address of their badges.
fn badges_of_many(target: &Target<'_>) -> String {
    let rows: String = (0..1500).map(|n| format!("B-{n},Volunteer of the shore\n")).collect();
    target.place.write("many.csv", format!("Code,Name\n{rows}"));
    target.organizer.does(["import", "many.csv", "--issuer", "many", "--apply"]).done();
    format!("/v1/events/{}/reports/badges", target.event)
}

/// Another organizer's `Authorization` header.
fn of_another_organizer(target: &Target<'_>) -> String {
    let other = target.place.laptop("other");
    let invited = target.organizer.does(["invite", "--role", "organizer"]).done();
    other.joins(invited.lines().next().unwrap()).done();
    target.wire().session_of(&other.open().unwrap())
}

fn get(wire: Wire, path: &str, who: &str) -> HttpAnswer {
    wire.get(path, &[("authorization", who)])
}

/// Sends a request and reads nothing of its answer.
fn ask(target: &Target<'_>, path: &str, who: &str) -> TcpStream {
    let mut stream = connect(target, Ipv4Addr::LOCALHOST);
    write!(stream, "GET {path} HTTP/1.1\r\nhost: home\r\nauthorization: {who}\r\n\r\n").unwrap();
    stream
}

fn badges_of_two_sessions(target: &mut Target<'_>) -> String {
    let path = badges_of_many(target);
    let who = [target.as_organizer(), of_another_organizer(target)];
    let wire = target.wire();
    let sent = (0..3).flat_map(|_| &who);
    let answers = std::thread::scope(|scope| {
        let asking: Vec<_> = sent.map(|who| scope.spawn(|| get(wire, &path, who))).collect();
        while asking.iter().any(|asked| !asked.is_finished()) {
            assert_eq!(target.somebody_exchanges(), 1);
            assert_eq!(wire.get("/health/live", &[]).status, 204);
        }
        asking.into_iter().map(|asked| asked.join().unwrap()).collect::<Vec<_>>()
    });
    let written = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(written > 0, "badges are written, one after the other");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.is_problem(503, "ask_for_a_job");
        assert!(answer.head.contains("retry-after: "), "{}", answer.head);
    }
    "badges for those who waited, one after the other".to_owned()
}

fn badges_that_nobody_waits_for(target: &mut Target<'_>) -> String {
    let path = badges_of_many(target);
    let (organizer, wire) = (target.as_organizer(), target.wire());
    for _ in 0..10 {
        let left: Vec<TcpStream> = (0..4).map(|_| ask(target, &path, &organizer)).collect();
        drop(left);
        target.somebody_exchanges();
    }
    // Whoever has four reports under way is given no fifth: so none of these is.
    let began = Instant::now();
    let hours = format!("/v1/events/{}/reports/hours", target.event);
    loop {
        match get(wire, &hours, &organizer) {
            HttpAnswer { status: 200, .. } => break,
            answer => answer.is_problem(429, "too_much_work"),
        }
        assert!(began.elapsed() < PATIENCE, "what nobody waits for goes on");
        std::thread::yield_now();
    }
    "nothing: the work ends with who asked for it".to_owned()
}

fn a_stop_in_the_middle(target: &mut Target<'_>) -> String {
    let path = badges_of_many(target);
    let who = [target.as_organizer(), of_another_organizer(target)];
    let job = format!("{path}?job=true");
    let begun: Vec<HttpAnswer> = (0..3).flat_map(|_| &who).map(|who| get(target.wire(), &job, who)).collect();
    assert!(begun.iter().all(|answer| answer.status == 202));
    let read = |answer: &HttpAnswer| serde_json::from_slice::<Value>(&answer.body).unwrap();
    let addresses: Vec<String> =
        begun.iter().map(|answer| format!("/v1/jobs/{}", read(answer)["job"].as_str().unwrap())).collect();
    let began = Instant::now();
    let is_written = |target: &Target<'_>| {
        let mut jobs = addresses.iter().zip(who.iter().cycle());
        jobs.any(|(job, who)| read(&get(target.wire(), job, who))["done"].as_u64().unwrap() > 0)
    };
    while !is_written(target) {
        assert!(began.elapsed() < PATIENCE, "no report is begun");
        std::thread::yield_now();
    }
    let told = target.restarts(|command| command);
    assert!(told.err.contains("long work was ended"), "six reports were written before the stop:\n{}", told.err);
    assert!(told.done().ends_with("Stopped. Everything that was answered is on disk.\n"));
    let who = target.as_organizer();
    for job in &addresses {
        get(target.wire(), job, &who).is_problem(404, "unknown_job");
    }
    "nothing: a stop ends what is written, and nobody's answer is lost".to_owned()
}
