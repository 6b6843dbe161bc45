//! Two desks of one event over one store, as two processes would have them: each catches up with what the other kept.

use std::sync::Arc;

use serde_json::json;
use server::desks::{Bring, Decide, DeskServices, DeskSettings, Desks};
use server::store::audit::Deed;
use server::store::quarantine::Decision;
use sync_core::command::Command;
use sync_core::documents::log::WalkIn;
use sync_core::documents::roster::PersonName;
use sync_core::exchange::Verdict;
use sync_core::ids::WalkInId;
use sync_core::journal::JournalError;
use tests::desk::{Desk, Laptop, SHORE};

/// A second desk beside the one of the server.
pub(crate) fn beside(desk: &Desk) -> Desks {
    let app = desk.app();
    let services = DeskServices {
        store: Arc::clone(&app.store),
        writer: app.writer.clone(),
        registry: Arc::clone(app.auth.registry()),
        workers: app.auth.workers(),
    };
    Desks::new(services, DeskSettings::default())
}

fn walk_in(number: u64) -> Command {
    let names = vec![PersonName { family: format!("Guest {number}"), ..PersonName::default() }];
    let id = WalkInId::from_entropy(number);
    Command::AddWalkIn(WalkIn { id, names, phone: None, organisation: None, birth_year: None })
}

/// What a laptop would bring to home now.
fn brings(desk: &Desk, laptop: &mut Laptop<'_>) -> Bring {
    laptop.replica.act(|replica| Ok::<_, JournalError>(replica.seal())).unwrap();
    let (app, event) = (desk.app(), laptop.event());
    let replica = laptop.replica.replica();
    let device = app.auth.device(replica.device()).unwrap();
    let asked = laptop.replica.ask(replica.home(), 1 << 16).unwrap();
    assert!(!asked.request.items.is_empty());
    let device = Arc::new(app.auth.members().in_event(&device, event).unwrap());
    Bring {
        device,
        items: asked.request.items,
        own_log: asked.request.own_log,
        quoted: [None; 2],
        at: desk.clock.now(),
    }
}

#[test]
fn a_desk_that_is_behind_catches_up_and_judges_again() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let (event, invite) = (laptop.event(), laptop.invites("lead"));
    let mut lead = desk.join(&invite, "lead", |_| event);
    lead.exchanges();
    let other = beside(&desk);
    let runtime = desk.runtime();
    let knows = |desks: &Desks, number: u64| {
        let id = WalkInId::from_entropy(number);
        runtime.block_on(desks.look(event, move |ledger| ledger.documents().walk_in(id).is_some())).unwrap()
    };
    assert!(!knows(&other, 2), "the desk beside it is open before anything is kept");
    for round in 1..4 {
        // The server's desk moves the event on; the desk beside it does not hear of that.
        laptop.does(walk_in(2 * round));
        laptop.exchanges();
        lead.does(walk_in(2 * round + 1));
        let judged = runtime.block_on(other.judge(event, brings(&desk, &mut lead))).unwrap();
        assert!(judged.receipts.iter().all(|receipt| receipt.verdict == Verdict::Accepted), "{:?}", judged.receipts);
        assert!(knows(&other, 2 * round) && knows(&other, 2 * round + 1));
        // And back: what the desk beside it kept is home's, and the lead is told so.
        lead.exchanges();
        laptop.exchanges();
    }
    assert!((2..8).all(|number| knows(&desk.app().desks, number)));
    runtime.block_on(other.close());
}

#[test]
fn what_one_desk_refused_for_good_does_not_wait_at_the_other() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let (event, invite) = (laptop.event(), laptop.invites("lead"));
    let mut lead = desk.join(&invite, "lead", |_| event);
    lead.exchanges();
    let device = lead.replica.replica().device();
    browser.send("POST", &format!("/v1/devices/{device}/revoke"), &json!({ "later": "hold" })).is(204);
    let (other, runtime) = (beside(&desk), desk.runtime());
    lead.does(walk_in(1));
    let held = runtime.block_on(other.judge(event, brings(&desk, &mut lead))).unwrap();
    assert!(held.receipts.iter().all(|receipt| receipt.verdict == Verdict::Held), "{:?}", held.receipts);
    let listed = browser.get(&format!("/v1/events/{event}/held")).is(200);
    let waiting = listed["held"].as_array().unwrap();
    let changes: Vec<&str> = waiting.iter().map(|held| held["change"].as_str().unwrap()).collect();
    let discard = json!({ "changes": changes, "reason": "entered twice" });
    browser.send("POST", &format!("/v1/events/{event}/held/discard"), &discard).is(200);
    // No item came by that, and all the same the desk beside it learns of it before it holds the change again.
    let again = runtime.block_on(other.judge(event, brings(&desk, &mut lead))).unwrap();
    assert!(again.receipts.iter().all(|receipt| receipt.verdict == Verdict::Refused), "{:?}", again.receipts);
    assert_eq!(browser.get(&format!("/v1/events/{event}/held")).is(200)["held"], json!([]));
    let changes = changes.iter().map(|change| change.parse().unwrap()).collect();
    let deed = Deed::of_server(desk.clock.now());
    let decide = Decide { changes, decision: Decision::Release, reason: String::new(), deed };
    assert!(runtime.block_on(other.decide(event, decide)).unwrap().is_empty(), "nothing waits");
    runtime.block_on(other.close());
}
