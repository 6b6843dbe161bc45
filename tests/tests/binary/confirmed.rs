//! What a phone is told is at home is on home's disk, whoever told it twice.

use std::time::Duration;

use server::client::{Http, Talk};
use server::clock::entropy;
use server::invite::InviteLink;
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::{JournalError, OpenReplica};
use sync_core::time::{ClockReading, UnixMillis};
use tests::binary::{Home, Place, free_port, open_journal};

/// A request whose answer was lost is sent again. The desk knows its changes by then, but they may still be on their
/// way to the disk: the second answer may not come before the first could have.
#[test]
fn a_repeated_request_is_not_confirmed_before_the_first_is_on_disk() {
    let (place, port) = (Place::new(), free_port());
    let data = place.path("data");
    let mut home = Home::start(&place, &data, port);
    let link: InviteLink = home.first_invite().parse().unwrap();
    let mut journal = open_journal(&place.path("organizer.db")).unwrap();
    let mut talk = Talk::over(Http::to(&link.url), &link.url);
    talk.join(&mut journal, &link, "organizer").unwrap();
    talk.sign_in(&journal).unwrap();
    let event = EventId(entropy());
    talk.create_event(event, None).unwrap();
    let authorization = home.wire().session_of(&journal);
    let mut replica = OpenReplica::open(journal, event, Incarnation(entropy())).unwrap();
    let anchor = |state: &mut sync_core::replica::Replica| {
        let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(1) };
        Ok::<_, JournalError>(state.learn_home_time(reading, UnixMillis(2)))
    };
    replica.act(anchor).unwrap();
    replica.act(|state| Ok::<_, JournalError>(state.seal())).unwrap();
    let home_device = replica.replica().home();
    let asked = replica.ask(home_device, 0).unwrap();
    assert_eq!(asked.request.items.len(), 1);
    let body = sync_core::exchange::write_message(&asked.request);
    let path = format!("/v1/events/{event}/exchange");

    // The disk takes its time: somebody else holds the file.
    let slow = rusqlite::Connection::open(data.join("saxaul.db")).unwrap();
    slow.execute_batch("BEGIN IMMEDIATE").unwrap();
    let wire = home.wire();
    let send = || {
        let (body, path, authorization) = (body.clone(), path.clone(), authorization.clone());
        let (tell, answered) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            tell.send(wire.post(&path, &[("authorization", &authorization)], &body).status).ok();
        });
        answered
    };
    let first = send();
    assert!(first.recv_timeout(Duration::from_millis(500)).is_err(), "answered although nothing could be written");
    let second = send();
    let early = second.recv_timeout(Duration::from_secs(2));
    assert!(early.is_err(), "the repeated request was answered before anything of it was on disk: {early:?}");

    slow.execute_batch("ROLLBACK").unwrap();
    assert_eq!(first.recv().unwrap(), 200);
    assert_eq!(second.recv().unwrap(), 200);
}
