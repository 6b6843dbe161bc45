//! What happens to the machine around a server, or is done to it: its log, its disk, its clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tests::binary::{HttpAnswer, PATIENCE, WrongClock, through_a_shell};
use tests::hostile::{Attack, Target};
use tests::small_disk::{fill, free, with_a_small_disk};

/// The event's last day, 2026-09-19, in seconds since 1970.
const LAST_DAY_S: u64 = 1_789_776_000;

/// What a bad day does: a full disk, a full log, a clock that is a year ahead.
pub const ROWS: &[Attack] = &[
    Attack {
        name: "the log is full or closed, and strangers send requests of which each is logged",
        flags: &[],
        memory_limit_mib: 48,
        throw: a_log_that_takes_nothing,
    },
    Attack {
        name: "the disk gets full while a marker hands over what was recorded",
        flags: &[],
        memory_limit_mib: 48,
        throw: a_full_disk,
    },
    Attack {
        name: "the server starts twice with a clock that is more than a year ahead, the second time by a week more, in an event \
               that keeps people for a hundred days more",
        flags: &[],
        memory_limit_mib: 48,
        throw: two_starts_with_a_clock_ahead,
    },
];

fn a_log_that_takes_nothing(target: &mut Target<'_>) -> String {
    for log in ["2>/dev/full", "2>&-"] {
        target.restarts(|command| through_a_shell(&command, &format!("exec \"$@\" {log}")));
        for _ in 0..30 {
            assert_eq!(target.wire().get("/health/live", &[]).status, 204);
            assert_eq!(target.wire().get("/v1/devices", &[("authorization", "Bearer nobody")]).status, 401);
            assert_eq!(target.wire().post("/v1/enrol", &[("content-type", "application/json")], b"{}").status, 400);
        }
        target.somebody_exchanges();
    }
    "180 answers".to_owned()
}

/// What `/health/ready` answers, once that is `status`: whoever asks again within seconds is told what came of it before.
fn becomes(target: &Target<'_>, status: u16) -> HttpAnswer {
    let began = Instant::now();
    loop {
        let ready = target.wire().get("/health/ready", &[]);
        if ready.status == status {
            return ready;
        }
        assert!(began.elapsed() < PATIENCE, "{} instead of {status}", ready.status);
        std::thread::yield_now();
    }
}

fn a_full_disk(target: &mut Target<'_>) -> String {
    let data = target.place.path("data");
    target.restarts(|command| with_a_small_disk(&command, &data, "8m"));
    becomes(target, 204);
    let (disk, organizer) = (target.home.sees(&data), target.as_organizer());
    let headers = [("authorization", organizer.as_str()), ("content-type", "application/json")];
    target.marker.does(["field", "check-in", "A-1", "--site", "north"]).done();
    fill(&disk, 0);
    assert_eq!(target.wire().get("/health/live", &[]).status, 204);
    becomes(target, 507).is_problem(507, "storage_full");
    target.wire().post("/v1/invites", &headers, br#"{"role": "organizer", "uses": 1}"#).is_problem(507, "storage_full");
    let told = target.marker.does(["field", "exchange"]);
    assert!(told.code != Some(0) && told.err.contains("storage_full"), "{told:?}");
    let people = format!("/v1/events/{}/people", target.event);
    assert_eq!(target.wire().get(&people, &headers[..1]).status, 200, "what is there can be read");
    target.somebody_exchanges();

    free(&disk);
    becomes(target, 204);
    target.marker.does(["field", "exchange"]).done();
    let hours = target.wire().get(&format!("/v1/events/{}/hours", target.event), &headers[..1]);
    assert!(String::from_utf8_lossy(&hours.body).contains("Aisulu"), "what was refused came whole");
    "507 for whatever must be written; nothing is lost".to_owned()
}

fn two_starts_with_a_clock_ahead(target: &mut Target<'_>) -> String {
    // Its time is over in a hundred days.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let retention_days = (now - LAST_DAY_S) / 86_400 + 100;
    target.place.write("edit.json", format!(r#"{{"retention_days": {retention_days}}}"#));
    target.organizer.does(["event", "edit", "edit.json"]).done();
    let clock = WrongClock::built_in(target.place);
    let starts = [(366, "people will be erased"), (374, "but not by the clock of a device")];
    for (days, logged) in starts {
        target.restarts(|mut command| {
            clock.shift(&mut command, days * 86_400);
            command
        });
        target.home.wait_for_log(logged);
        // A device whose clock is right.
        target.organizer.does(["field", "exchange"]).done();
        target.somebody_exchanges();
    }
    target.restarts(|command| command);
    let people = target.organizer.does(["report", "people"]).done();
    assert!(people.contains("Aisulu"), "{people}");
    "nothing: nobody is erased before the server ran for a week".to_owned()
}
