//! A device is revoked: its past stays, its future waits for a person.

use std::cell::Cell;
use std::rc::Rc;

use sync_core::command::Command;
use sync_core::documents::log::Incident;
use sync_core::exchange::{Receipt, Verdict};
use sync_core::replica::Unconfirmed;
use tests::World;
use tests::world::Fate;

#[test]
fn what_a_revoked_device_still_brings_waits_until_it_is_released() {
    let mut world = World::seeded(1);
    let [north, harbour] = world.phones(["north", "harbour"]);
    world.litter(&north, 3);
    world.exchange(&north);
    world.litter(&north, 4);
    world.revoke(&north, "hold");
    let exchanged = world.exchange(&north);
    assert!(exchanged.dismissal.is_some() && exchanged.held == 1 && exchanged.received == 0, "{exchanged:?}");
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed { held: 1, ..Unconfirmed::default() });
    world.exchange(&harbour);
    assert_eq!(world.view(&harbour).totals.figures.bags, 3, "what came before the revocation stays");

    let [waits] = &world.waiting()[..] else { panic!("one change waits") };
    let id = world.device(&north).to_string();
    assert_eq!((&waits.device, &waits.brought_by, &*waits.reason, &*waits.document), (&id, &id, "revoked", "log"));

    world.crash_home();
    let outcomes = world.release_all();
    assert_eq!(outcomes.iter().map(|outcome| outcome.verdict).collect::<Vec<_>>(), [Verdict::Accepted]);
    assert!(world.waiting().is_empty());
    world.exchange(&harbour);
    assert_eq!(world.view(&harbour).totals.figures.bags, 7);
    world.exchange(&north);
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
    world.assert_nothing_recorded_is_lost();
}

#[test]
fn what_is_discarded_never_comes_back_and_its_device_says_so() {
    let mut world = World::seeded(2);
    let [north, harbour] = world.phones(["north", "harbour"]);
    world.litter(&north, 4);
    world.revoke(&north, "hold");
    world.exchange(&north);
    world.discard_all();
    for _ in 0..3 {
        world.exchange(&north);
        world.crash(&north);
    }
    assert_eq!(world.replica(&north).unconfirmed().parked, 1, "the card waits for nobody any more");
    world.exchange(&harbour);
    assert_eq!(world.view(&harbour).totals.figures.bags, 0);
    let said: Vec<String> = world.audit().iter().map(|entry| entry.act.clone()).collect();
    assert!(said.iter().any(|act| act.contains("\"act\":\"discarded\"") && act.contains("looked at")), "{said:?}");
}

#[test]
fn a_device_that_was_only_replaced_hands_over_what_it_has_and_reads_nothing_more() {
    let mut world = World::seeded(3);
    let [north, harbour] = world.phones(["north", "harbour"]);
    world.litter(&north, 4);
    world.revoke(&north, "accept");
    world.litter(&harbour, 1);
    world.exchange(&harbour);
    let exchanged = world.exchange(&north);
    assert_eq!((exchanged.held, exchanged.received), (0, 0));
    world.exchange(&harbour);
    assert_eq!(world.view(&harbour).totals.figures.bags, 5);
    assert_eq!(world.view(&north).totals.figures.bags, 4, "a revoked device learns nothing new");
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
}

#[test]
fn what_waited_and_is_accepted_when_it_comes_again_waits_no_longer() {
    let mut world = World::seeded(9);
    let [north, east, harbour] = world.phones(["north", "east", "harbour"]);
    for phone in [&north, &east] {
        world.litter(phone, 4);
        world.revoke(phone, "hold");
        world.exchange(phone);
    }
    assert_eq!(world.waiting().len(), 2);
    world.revoke(&north, "accept");
    world.exchange(&north);
    world.exchange(&harbour);
    assert_eq!(world.view(&harbour).totals.figures.bags, 4);
    let of_east = world.device(&east).to_string();
    let waits = |world: &World| world.waiting().into_iter().map(|held| held.device).collect::<Vec<_>>();
    assert_eq!(waits(&world), std::slice::from_ref(&of_east));
    world.crash_home();
    assert_eq!(waits(&world), [of_east]);
    world.release_all();
    world.assert_nothing_recorded_is_lost();
}

#[test]
fn what_waits_or_was_discarded_is_not_said_to_be_on_the_device_alone() {
    let mut world = World::seeded(10);
    let [north] = world.phones(["north"]);
    world.litter(&north, 3);
    world.exchange(&north);
    let at_home = world.console_shows(&north).logs[0].entries;
    world.litter(&north, 4);
    world.revoke_and_wipe(&north);
    assert!(world.exchange(&north).dismissal.is_some());
    let counts = |world: &World| {
        let [log] = &world.console_shows(&north).logs[..] else { panic!("one log") };
        [log.entries, log.held, log.discarded, log.missing]
    };
    let [entries, held, discarded, missing] = counts(&world);
    assert!(held > 0, "what the phone handed over waits");
    assert_eq!((entries, discarded, missing), (at_home, 0, 0));
    world.discard_all();
    assert_eq!(counts(&world), [at_home, 0, held, 0]);
    world.crash_home();
    assert_eq!(counts(&world), [at_home, 0, held, 0]);
}

#[test]
fn a_device_of_which_nothing_is_wanted_is_refused_and_keeps_what_it_has() {
    let mut world = World::seeded(4);
    let [north] = world.phones(["north"]);
    world.litter(&north, 4);
    world.revoke(&north, "refuse");
    let items = world.items_at_home();
    for _ in 0..3 {
        world.exchange(&north);
    }
    assert_eq!(world.items_at_home(), items + 1, "nothing but the word that it is revoked");
    assert!(world.waiting().is_empty());
    assert_eq!(world.replica(&north).unconfirmed().parked, 1);
}

#[test]
fn an_organizer_who_thinks_better_of_a_refusal_gets_what_was_refused() {
    for later in ["accept", "hold"] {
        let mut world = World::seeded(24);
        let [north] = world.phones(["north"]);
        world.litter(&north, 4);
        world.revoke(&north, "refuse");
        world.exchange(&north);
        world.crash(&north);
        world.litter(&north, 3);
        world.exchange(&north);
        let refused = world.replica(&north).unconfirmed();
        assert_eq!((refused.parked, refused.on_this_device), (2, 0), "{refused:?}");
        world.revoke(&north, later);
        for _ in 0..2 {
            world.exchange(&north);
        }
        if later == "hold" {
            assert_eq!(world.replica(&north).unconfirmed().held, 2);
            world.release_all();
            world.exchange(&north);
        }
        assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default(), "{later}");
        world.exchange(&world.laptop());
        assert_eq!(world.view(&world.laptop()).totals.figures.bags, 7, "{later}");
        world.assert_nothing_recorded_is_lost();
    }
}

#[test]
fn who_carries_what_was_refused_of_a_revoked_device_brings_it_when_it_is_wanted() {
    let mut world = World::seeded(25);
    let [north, harbour] = world.phones(["north", "harbour"]);
    world.litter(&north, 4);
    world.carries_a_card(&north, &harbour);
    world.revoke(&north, "refuse");
    world.exchange(&harbour);
    world.exchange(&world.laptop());
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, 0);
    world.revoke(&north, "accept");
    for _ in 0..2 {
        world.exchange(&harbour);
    }
    world.exchange(&world.laptop());
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, 4);
    // The phone itself comes later, and nothing counts twice.
    for _ in 0..2 {
        world.exchange(&north);
    }
    world.exchange(&world.laptop());
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, 4);
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
}

#[test]
fn what_was_refused_is_handed_over_before_a_phone_forgets_everything() {
    let mut world = World::seeded(26);
    let [north] = world.phones(["north"]);
    world.litter(&north, 4);
    world.revoke(&north, "refuse");
    world.exchange(&north);
    world.crash(&north);
    world.revoke_and_wipe(&north);
    let order = world.exchange(&north).dismissal.expect("home says so");
    assert!(world.waiting().iter().any(|waits| waits.document == "log"));
    assert!(world.obeys_the_wipe(&north, &order));
    world.release_all();
    world.exchange(&world.laptop());
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, 4);
}

#[test]
fn what_waits_survives_a_crash_and_waits_once_however_often_it_comes() {
    let mut world = World::seeded(5);
    let [north] = world.phones(["north"]);
    world.litter(&north, 4);
    world.revoke(&north, "hold");
    world.next_page(&north, Fate::LosesItsAnswer);
    assert!(world.try_exchange(&north).is_err());
    world.crash_home();
    world.exchange(&north);
    let logs = world.waiting();
    assert_eq!(logs.len(), 2, "the card, and the anchor of the second exchange: {logs:?}");
    world.crash_home();
    assert_eq!(world.waiting().len(), 2);
    assert_eq!(world.release_all().len(), 2);
}

#[test]
fn a_revoked_lead_wedges_nobody_who_edits_the_same_roster() {
    let mut world = World::seeded(6);
    let [east, west] = world.leads(["east", "west"]);
    world.assign_team(&east, world.person("Aida"), "T1");
    world.revoke(&east, "hold");
    world.exchange(&east);
    world.assign_team(&west, world.person("Aida"), "T2");
    world.exchange(&west);
    assert_eq!(world.replica(&west).unconfirmed(), Unconfirmed::default());
    assert!(world.view(&west).field_conflicts.is_empty());
    world.release_all();
    world.exchange(&west);
    assert_eq!(world.view(&west).field_conflicts.len(), 1, "the released edit was made without having seen the other");
}

#[test]
fn a_lost_phone_forgets_everything_after_it_handed_over_what_it_had() {
    let mut world = World::seeded(7);
    let [north] = world.phones(["north"]);
    world.litter(&north, 4);
    world.revoke_and_wipe(&north);
    world.cut(&north);
    assert!(world.try_exchange(&north).is_err());
    world.heal();
    let order = world.exchange(&north).dismissal.expect("home says so");
    assert_eq!(world.waiting().len(), 1);
    assert!(world.obeys_the_wipe(&north, &order));
    assert!(world.disk_of(&north).is_empty(), "{:?}", world.disk_of(&north));
}

#[test]
fn nobody_wipes_a_phone_that_still_has_something_home_lacks() {
    let mut world = World::seeded(8);
    let [north, harbour] = world.phones(["north", "harbour"]);
    world.revoke_and_wipe(&north);
    let order = world.exchange(&north).dismissal.expect("home says so");
    assert!(!world.obeys_the_wipe(&harbour, &order), "the order is for another");
    world.crash(&north);
    world.litter(&north, 4);
    assert!(!world.obeys_the_wipe(&north, &order), "a card was not handed over");
    assert!(!world.disk_of(&north).is_empty());
}

#[test]
fn a_phone_whose_records_somebody_on_the_way_swallows_is_not_wiped_whatever_is_said_of_them() {
    for verdict in [Verdict::Held, Verdict::Accepted, Verdict::AlreadyHad, Verdict::Refused, Verdict::NotYet] {
        let mut world = World::seeded(10);
        let [north] = world.phones(["north"]);
        world.litter(&north, 4);
        world.revoke_and_wipe(&north);
        let swallowed = Rc::new(Cell::new(0));
        let count = Rc::clone(&swallowed);
        world.on_the_way_there(&north, move |request| count.set(std::mem::take(&mut request.items).len()));
        world.on_the_way_back(&north, move |response| {
            response.receipts = vec![Receipt::plain(verdict); swallowed.get()];
        });
        let order = world.exchange(&north).dismissal.expect("home says so");
        assert!(!world.obeys_the_wipe(&north, &order), "{verdict:?}: home has no card");
        world.crash(&north);
        world.heal();
        world.exchange(&north);
        assert_eq!(world.waiting().len(), 1, "{verdict:?}");
        assert!(world.obeys_the_wipe(&north, &order), "{verdict:?}");
    }
}

#[test]
fn a_revoked_phone_that_records_nothing_brings_nothing_that_waits() {
    let mut world = World::seeded(11);
    let [north] = world.phones(["north"]);
    world.litter(&north, 4);
    world.revoke(&north, "hold");
    for _ in 0..3 {
        world.exchange(&north);
        world.crash(&north);
        assert_eq!(world.waiting().len(), 1, "the card, and nothing else");
    }
    world.litter(&north, 5);
    world.exchange(&north);
    assert_eq!(world.waiting().len(), 2);
    world.release_all();
    world.exchange(&north);
    assert!(world.waiting().is_empty());
}

#[test]
fn what_somebody_on_the_way_says_of_how_far_a_phone_came_is_corrected_by_the_phones_next_word() {
    let mut world = World::seeded(12);
    let [north] = world.phones(["north"]);
    world.litter(&north, 4);
    world.on_the_way_there(&north, |request| request.own_log.entries += 500);
    world.exchange(&north);
    assert_eq!(world.console_shows(&north).logs[0].missing, 500);
    world.heal();
    world.exchange(&north);
    assert_eq!(world.console_shows(&north).logs[0].missing, 0);
}

#[test]
fn the_console_shows_when_a_device_was_here_how_far_it_came_and_what_is_missing() {
    let mut world = World::seeded(9);
    let [north] = world.phones(["north"]);
    let before = world.console_shows(&north);
    assert!(before.seen_ms.is_some() && before.revoked_ms.is_none() && before.cloned == 0);
    for _ in 0..100 {
        let text = "The sea is where it was not yesterday. ".repeat(100);
        world.does(&north, Command::ReportIncident(Incident { site: "north".to_owned(), text, subject: None }));
    }
    world.wait_minutes(90);
    world.cut_after_pages(&north, 1);
    assert!(world.try_exchange(&north).is_err());
    let half = world.console_shows(&north);
    assert!(half.seen_ms > before.seen_ms);
    let [log] = &half.logs[..] else { panic!("one log") };
    assert!(log.missing > 0 && log.entries + log.missing == before.logs[0].entries + 101, "{log:?}");
    world.crash_home();
    assert_eq!(world.console_shows(&north).logs, half.logs, "also when the phone is never seen again");
    world.heal();
    world.exchange(&north);
    let [log] = &world.console_shows(&north).logs[..] else { panic!("one log") };
    assert_eq!((log.entries, log.missing), (before.logs[0].entries + 102, 0));
}

#[test]
fn a_cloned_device_is_told_apart_and_the_first_that_came_stays() {
    let mut world = World::seeded(10);
    let [north] = world.phones(["north"]);
    let twin = world.clone_phone(&north);
    world.litter(&north, 1);
    world.litter(&twin, 2);
    world.exchange(&north);
    assert_eq!(world.console_shows(&north).cloned, 0);
    world.exchange(&twin);
    assert_eq!(world.console_shows(&north).cloned, 1);
    world.crash_home();
    assert_eq!(world.console_shows(&north).cloned, 1);
    assert_eq!(world.view(&twin).totals.figures.bags, 3, "the second performed its card again, in a log of its own");
}

#[test]
fn the_record_of_who_did_what_follows_from_itself() {
    let mut world = World::seeded(11);
    let [north] = world.phones(["north"]);
    world.revoke(&north, "hold");
    world.litter(&north, 1);
    world.exchange(&north);
    world.release_all();
    let record = world.audit();
    server::store::audit::verify(&record, None).unwrap();
    let acts: Vec<String> = record
        .iter()
        .map(|entry| serde_json::from_str::<serde_json::Value>(&entry.act).unwrap()["act"].as_str().unwrap().to_owned())
        .collect();
    let expected =
        ["invite_made", "device_let_in", "event_created", "invite_made", "device_let_in", "device_revoked", "released"];
    assert_eq!(acts, expected);
    assert_eq!(record.last().unwrap().deed.by, Some(world.device(&world.laptop())));
}
