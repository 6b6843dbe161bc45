//! Reports and other work that takes long: who waits for it, who does not, and what becomes of it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use futures_util::FutureExt;
use serde_json::{Value, json};
use server::error::Problem;
use server::long_work::{Owner, WorkFor};
use server::progress::Progress;
use sync_core::command::Command;
use sync_core::documents::log::Incident;
use sync_core::ids::{DeviceId, EventId};
use tests::binary::PATIENCE;
use tests::desk::{Browser, Desk, Laptop, READER, SHORE};
use tokio::runtime::{Builder, Runtime};

/// An event with one person on its roster, an organizer's browser, and another organizer's.
fn scene<'a>(desk: &'a Desk, invite: &server::invite::InviteLink) -> (Laptop<'a>, [Browser<'a>; 2], String) {
    let laptop = desk.found(invite, SHORE.as_bytes());
    let browsers = [(); 2].map(|()| desk.sign_in(&laptop.offers("organizer")));
    let event = laptop.event().to_string();
    let body = json!({ "names": [{ "family": "Қасымов", "given": "Нұрлан" }] });
    browsers[0].send("POST", &format!("/v1/events/{event}/people"), &body).is(201);
    (laptop, browsers, event)
}

/// Work that does not end before it is told to, or cancelled.
struct Held {
    release: Sender<()>,
    task: tokio::task::JoinHandle<Result<bool, Problem>>,
}

/// Work of the owner with this number, behind whom nobody else stands.
fn work_of(n: u8, event: Option<EventId>) -> WorkFor {
    let device = DeviceId([n; 16]);
    WorkFor { owner: Owner::Device(device), sponsor: device, event }
}

/// Begins such work, and waits until it runs.
fn hold(desk: &Desk, work: WorkFor) -> Held {
    hold_on(desk.runtime(), desk, work)
}

/// The same on threads of another runtime.
fn hold_on(runtime: &Runtime, desk: &Desk, work: WorkFor) -> Held {
    let (release, released) = channel::<()>();
    let (running, runs) = channel();
    let app = desk.app();
    let task = runtime.spawn(async move {
        let progress = app.long_work.progress();
        let held = move |progress: &Progress| {
            running.send(()).unwrap();
            released.recv().ok();
            progress.check().is_ok()
        };
        app.long_work.run(work, &progress, held).await
    });
    runs.recv_timeout(PATIENCE).expect("the work begins");
    Held { release, task }
}

impl Held {
    fn ends(self, desk: &Desk) {
        self.ends_on(desk.runtime());
    }

    fn ends_on(self, runtime: &Runtime) {
        self.release.send(()).unwrap();
        assert_eq!(runtime.block_on(self.task).unwrap(), Ok(true));
    }
}

#[test]
fn while_as_many_reports_are_written_as_may_be_every_event_is_read_and_goes_on() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let (mut laptop, [browser, _], event) = scene(&desk, &invite);
    let id: EventId = event.parse().unwrap();
    let at_once = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    let first = desk.runtime().block_on(async { desk.app().views.reader(READER)?.snapshot(id).await }).unwrap();
    let held: Vec<Held> = (0..at_once)
        .map(|n| {
            let n = u8::try_from(n).unwrap();
            hold(&desk, work_of(n, Some(if n == 0 { id } else { EventId([n; 16]) })))
        })
        .collect();
    for n in 0..3 {
        laptop.does(Command::ReportIncident(Incident { site: "pier".to_owned(), text: format!("{n}"), subject: None }));
        laptop.exchanges();
        let incidents = browser.get(&format!("/v1/events/{event}/incidents")).is(200);
        assert_eq!(incidents["items"].as_array().unwrap().len(), n + 1, "{incidents}");
        for path in ["", "/totals", "/people", "/hours", "/duplicates"] {
            browser.get(&format!("/v1/events/{event}{path}")).is(200);
        }
        browser.get("/v1/totals").is(200);
    }
    assert_eq!(
        first.ledger.documents().roster().people.len(),
        1,
        "who looks at the event goes on looking at what it was"
    );
    held.into_iter().for_each(|held| held.ends(&desk));
    assert_eq!(desk.app().long_work.counts().finished, at_once as u64);
}

#[test]
fn an_owner_has_one_report_written_and_three_waiting_and_is_told_when_that_is_too_much() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let (_, [browser, _], event) = scene(&desk, &invite);
    let work = work_of(1, None);
    let held = hold(&desk, work);
    let app = desk.app();
    let progress: Vec<_> = (0..4).map(|_| app.long_work.progress()).collect();
    let mut waiting: Vec<_> =
        progress.iter().map(|progress| Box::pin(app.long_work.run(work, progress, |_| true))).collect();
    desk.runtime().block_on(async {
        for waits in &mut waiting[..3] {
            assert_eq!(waits.as_mut().now_or_never(), None, "it waits for its turn");
        }
        assert_eq!(waiting[3].as_mut().now_or_never(), Some(Err(Problem::TOO_MUCH_WORK)));
    });
    browser.get(&format!("/v1/events/{event}/reports/hours")).is(200);
    progress[2].cancel();
    assert_eq!(desk.runtime().block_on(waiting.remove(2)), Err(Problem::CANCELLED), "it need not wait for its turn");
    drop(waiting);
    held.ends(&desk);
}

#[test]
fn an_events_reports_are_written_one_after_the_other() {
    let desk = Desk::open();
    let work = |n| work_of(n, Some(EventId([7; 16])));
    let held = hold(&desk, work(1));
    let app = desk.app();
    let progress = app.long_work.progress();
    let mut second = Box::pin(app.long_work.run(work(2), &progress, |_| true));
    assert_eq!(desk.runtime().block_on(async { second.as_mut().now_or_never() }), None);
    held.ends(&desk);
    assert_eq!(desk.runtime().block_on(second), Ok(true));
}

#[test]
fn a_request_that_waits_too_long_for_its_turn_is_told_to_ask_for_a_job() {
    let mut desk = Desk::on_one_thread();
    let invite = desk.first_invite();
    let (_, [browser, _], event) = scene(&desk, &invite);
    let others = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let held = hold_on(&others, &desk, work_of(1, Some(event.parse().unwrap())));
    let event = format!("/v1/events/{event}");
    // From here on time passes as fast as nothing happens.
    desk.runtime().block_on(async { tokio::time::pause() });
    for path in ["/reports/hours", "/reports/badges?lang=kk", "/dossier", "/dossier?format=xlsx"] {
        let told = browser.get(&format!("{event}{path}"));
        told.is_problem(503, "ask_for_a_job");
        assert_eq!(told.header("retry-after"), "30", "{path}");
    }
    desk.runtime().block_on(async { tokio::time::resume() });
    let jobs = ["/reports/hours?job=true", "/dossier?format=xlsx&job=true"];
    let jobs = jobs.map(|path| browser.get(&format!("{event}{path}")).is(202));
    held.ends_on(&others);
    desk.runtime().block_on(desk.app().jobs.close());
    for job in jobs {
        let said = ended(&browser, &job);
        assert_eq!(said["state"], "done", "{said}");
        assert_eq!(browser.get(said["result"].as_str().unwrap()).status, 200);
    }
}

#[test]
fn work_for_which_nobody_waits_any_more_hears_of_it() {
    let desk = Desk::open();
    let app = desk.app();
    let progress = app.long_work.progress();
    let (ended, ends): (Sender<bool>, Receiver<bool>) = channel();
    let work = move |progress: &Progress| {
        while progress.step().is_ok() {
            std::thread::yield_now();
        }
        ended.send(progress.check().is_err()).ok();
    };
    let for_whom = work_of(1, None);
    let mut waits = Box::pin(app.long_work.run(for_whom, &progress, work));
    assert_eq!(desk.runtime().block_on(async { waits.as_mut().now_or_never() }), None);
    while progress.so_far().0 == 0 {
        desk.runtime().block_on(tokio::task::yield_now());
        assert_eq!(desk.runtime().block_on(async { waits.as_mut().now_or_never() }), None);
    }
    drop(waits);
    assert_eq!(ends.recv_timeout(PATIENCE), Ok(true));
}

/// What a job says of itself, when it has ended.
fn ended(browser: &Browser<'_>, job: &Value) -> Value {
    let address = format!("/v1/jobs/{}", job["job"].as_str().unwrap());
    let began = std::time::Instant::now();
    loop {
        let said = browser.get(&address).is(200);
        if said["state"] != "under_way" {
            return said;
        }
        assert!(began.elapsed() < PATIENCE, "{said}");
        std::thread::yield_now();
    }
}

#[test]
fn whoever_signs_in_with_many_browsers_keeps_nobody_else_from_beginning_a_job() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let (mut laptop, _, event) = scene(&desk, &invite);
    let asked = laptop.invites("organizer");
    let other = desk.join(&asked, "other", |_| laptop.event());
    let of_other = desk.sign_in(&other.offers("organizer"));
    let report = format!("/v1/events/{event}/reports/people?format=csv&job=true");
    let own = of_other.get(&report).is(202);
    ended(&of_other, &own);
    // Every browser has as many remembered results as one may have: more than there are places in all.
    for _ in 0..33 {
        let browser = desk.sign_in(&laptop.offers("organizer"));
        for _ in 0..8 {
            let job = browser.get(&report).is(202);
            assert_eq!(ended(&browser, &job)["state"], "done");
        }
    }
    let late = of_other.get(&report).is(202);
    assert_eq!(ended(&of_other, &late)["state"], "done");
    assert_eq!(ended(&of_other, &own)["state"], "done", "room was made by whoever has the most");

    // What is under way is counted by who made the links, too.
    let held = hold(&desk, work_of(1, Some(event.parse().unwrap())));
    let begun: Vec<u16> = (0..5)
        .flat_map(|_| {
            let browser = desk.sign_in(&laptop.offers("organizer"));
            [(); 4].map(|()| browser.get(&report).status)
        })
        .collect();
    assert_eq!(begun.iter().filter(|status| **status == 202).count(), 16, "{begun:?}");
    of_other.get(&report).is(202);
    held.ends(&desk);
}

#[test]
fn a_report_as_a_job_tells_how_far_it_is_and_has_the_answer_that_the_request_would_have_had() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let (_, [browser, other], event) = scene(&desk, &invite);
    let badges = format!("/v1/events/{event}/reports/badges?lang=kk");
    let held = hold(&desk, work_of(1, Some(event.parse().unwrap())));

    let begun = browser.get(&format!("{badges}&job=true"));
    assert_eq!(begun.status, 202, "{}", begun.text());
    let job = begun.json();
    let address = format!("/v1/jobs/{}", job["job"].as_str().unwrap());
    assert_eq!((begun.header("location"), begun.header("retry-after")), (address.as_str(), "1"));
    assert_eq!((&job["kind"], &job["event"], &job["state"]), (&json!("report"), &json!(event), &json!("under_way")));
    browser.get(&format!("{address}/result")).is_problem(409, "job_under_way");
    other.get(&address).is_problem(404, "unknown_job");
    other.get(&format!("{address}/result")).is_problem(404, "unknown_job");
    other.send("DELETE", &address, &Value::Null).is_problem(404, "unknown_job");
    held.ends(&desk);

    let said = ended(&browser, &job);
    assert_eq!((&said["state"], &said["done"], &said["expected"]), (&json!("done"), &json!(1), &json!(1)), "{said}");
    let result = browser.get(said["result"].as_str().unwrap());
    let direct = browser.get(&badges);
    assert_eq!((result.status, &result.body), (200, &direct.body));
    for header in ["content-type", "content-disposition", "etag", "cache-control"] {
        assert_eq!(result.header(header), direct.header(header), "{header}");
    }
    assert_eq!(browser.send("DELETE", &address, &Value::Null).status, 204);
    browser.get(&address).is_problem(404, "unknown_job");
}

#[test]
fn a_job_that_is_cancelled_ends_and_one_that_fails_says_why() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let (_, [browser, _], event) = scene(&desk, &invite);
    let reports = format!("/v1/events/{event}/reports");
    let held = hold(&desk, work_of(1, Some(event.parse().unwrap())));
    let jobs: Vec<Value> = (0..4).map(|_| browser.get(&format!("{reports}/hours?job=true")).is(202)).collect();
    browser.get(&format!("{reports}/hours?job=true")).is_problem(429, "too_much_work");
    for job in &jobs {
        let address = format!("/v1/jobs/{}", job["job"].as_str().unwrap());
        assert_eq!(browser.send("DELETE", &address, &Value::Null).status, 204);
    }
    held.ends(&desk);
    // Those that were cancelled leave the queue in their own time.
    let (nobody, said) = loop {
        let job = browser.get(&format!("{reports}/letters?job=true")).is(202);
        let said = ended(&browser, &job);
        if said["problem"] != "too_much_work" {
            break (job, said);
        }
    };
    assert_eq!((&said["state"], &said["problem"]), (&json!("failed"), &json!("nobody_to_print")), "{said}");
    let address = format!("/v1/jobs/{}/result", nobody["job"].as_str().unwrap());
    browser.get(&address).is_problem(404, "nobody_to_print");
    assert_eq!(desk.app().long_work.counts().finished, 2, "what was cancelled while it waited was not begun");
}

#[test]
fn a_result_is_gone_after_a_quarter_of_an_hour_and_reports_with_whoever_is_erased() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let (_, [browser, _], event) = scene(&desk, &invite);
    let people = format!("/v1/events/{event}/reports/people?job=true");
    let old = browser.get(&people).is(202);
    ended(&browser, &old);
    desk.clock.move_to(sync_core::time::UnixMillis(desk.clock.now().0 + 15 * 60 * 1000));
    let address = |job: &Value| format!("/v1/jobs/{}", job["job"].as_str().unwrap());
    browser.get(&address(&old)).is_problem(404, "unknown_job");

    let names_somebody = browser.get(&people).is(202);
    ended(&browser, &names_somebody);
    let person = browser.all(&format!("/v1/events/{event}/people"))[0]["person"].clone();
    let erase = format!("/v1/events/{event}/erasures?job=true");
    let erasing = browser.send("POST", &erase, &json!({ "people": [person] })).is(202);
    assert_eq!(ended(&browser, &erasing)["state"], "done");
    let result = browser.get(&format!("{}/result", address(&erasing))).is(200);
    assert_eq!(result, json!({ "people": 1 }));
    browser.get(&address(&names_somebody)).is_problem(404, "unknown_job");
}

#[test]
fn a_long_list_is_accepted_as_a_job_part_by_part() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let (_, [browser, _], event) = scene(&desk, &invite);
    let list: String = (0..2500).map(|n| format!("C-{n};Name {n}\n")).collect();
    let upload = format!("/v1/events/{event}/imports?issuer=office");
    let plan = browser.send_with("POST", &upload, &[], format!("Код;ФИО\n{list}")).is(201);
    let accept = format!("/v1/events/{event}/imports/{}/accept?job=true", plan["plan"].as_str().unwrap());
    let job = browser.send("POST", &accept, &json!({})).is(202);
    let said = ended(&browser, &job);
    assert_eq!((&said["kind"], &said["state"]), (&json!("import"), &json!("done")), "{said}");
    assert_eq!((&said["done"], &said["expected"]), (&json!(3), &json!(3)), "{said}");
    let written = browser.get(said["result"].as_str().unwrap()).is(200);
    assert!(written["revision"].as_u64().unwrap() > 0, "{written}");
    let id = event.parse().unwrap();
    let seen: Arc<_> = desk.runtime().block_on(async { desk.app().views.reader(READER)?.snapshot(id).await }).unwrap();
    assert_eq!(seen.ledger.documents().roster().people.len(), 2501);
}

#[test]
fn what_an_organizer_began_as_a_job_is_not_carried_out_after_they_are_revoked() {
    let rows: String = (0..4000).map(|n| format!("A-{n},Volunteer of the shore\n")).collect();
    let list = format!("Code,Name\n{rows}");
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let (mut laptop, [browser, _], event) = scene(&desk, &invite);
    let asked = laptop.invites("organizer");
    let other = desk.join(&asked, "other", |_| laptop.event());
    let stolen = desk.sign_in(&other.offers("organizer"));

    let imports = format!("/v1/events/{event}/imports");
    let plan = stolen.send_with("POST", &format!("{imports}?issuer=office"), &[], list).is(201);
    let accept = format!("{imports}/{}/accept?job=true", plan["plan"].as_str().unwrap());
    stolen.send("POST", &accept, &json!({})).is(202);
    let device = other.replica.replica().device();
    browser.send("POST", &format!("/v1/devices/{device}/revoke"), &json!({ "later": "refuse" })).is(204);

    desk.runtime().block_on(desk.app().jobs.close());
    let people = browser.get(&format!("/v1/events/{event}")).is(200)["people"].as_u64().unwrap();
    assert!(people < 3000, "the list is 4,000 people long, and {people} are known");
}
