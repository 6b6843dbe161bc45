//! What nobody sends who runs the app: every input that Automerge 0.12 takes badly, and more of their kind.
//!
//! Each row is refused under its own code; nothing of it is kept; the same device and all others go on. The forged
//! changes are sealed by devices that were let in, with their own keys, so that only the check in question can refuse
//! them. Inputs that Automerge's sync protocol takes badly (Bloom filters) have no way in, because no such message
//! exists here: their bytes are a `bad_body` like any noise.

mod byzantine;
mod replay;

use sync_core::admission::Rejection;
use sync_core::exchange::{Item, Receipt, Verdict};
use sync_core::trust::KeyPair;
use tests::World;
use tests::hostile::{BODIES, ChangeRow, DEEDS, FORMS, POISON, Scene, append, litter};
use tests::world::{Phone, problem};

/// A world with forgers in it, and somebody honest.
struct Stage {
    world: World,
    scene: Scene,
    forgers: [Phone; 3],
    honest: Phone,
}

impl Stage {
    fn set(seed: u64) -> Self {
        let mut world = World::seeded(seed);
        let [marker, honest] = world.phones(["marker", "honest"]);
        let [lead] = world.leads(["lead"]);
        let [organizer] = world.organizers(["organizer"]);
        let forgers = [marker, lead, organizer];
        let keys: [KeyPair; 3] = forgers.each_ref().map(|phone| world.keys_of(phone));
        let scene = Scene::set(world.event(), keys, &world.everything_at_home());
        let receipts = world.offers(&marker, scene.bases());
        assert!(receipts.iter().all(|receipt| receipt.verdict == Verdict::Accepted), "{receipts:?}");
        Self { world, scene, forgers, honest }
    }

    fn offers(&mut self, item: Item) -> Receipt {
        let [marker, ..] = self.forgers;
        self.world.offers(&marker, vec![item]).remove(0)
    }

    /// Everybody goes on as if nothing had happened.
    fn all_is_well(&mut self) {
        let honest = self.honest;
        self.world.litter(&honest, 1);
        for phone in [honest, self.forgers[0]] {
            let exchanged = self.world.exchange(&phone);
            assert!(exchanged.refused.is_empty() && exchanged.rejected.is_empty(), "{exchanged:?}");
            assert!(!self.world.replica(&phone).has_open_drafts());
        }
    }

    fn ends_well(mut self) {
        self.world.settle();
        self.world.assert_nothing_recorded_is_lost();
        self.world.assert_same_view_everywhere();
    }
}

fn refused_row_by_row(seed: u64, rows: &[ChangeRow]) {
    let mut stage = Stage::set(seed);
    let mut misjudged = Vec::new();
    for (what, code, forge) in rows {
        let forged = forge(&stage.scene);
        let before = stage.world.items_at_home();
        let receipt = stage.offers(forged);
        let passing = [Rejection::Gap, Rejection::MissingDependency].iter().any(|passing| passing.code() == *code);
        let verdict = if passing { Verdict::NotYet } else { Verdict::Refused };
        if receipt != (Receipt { verdict, code: Some((*code).to_owned()) }) {
            misjudged.push(format!("{what}: {receipt:?} instead of {code}"));
        }
        assert_eq!(stage.world.items_at_home(), before, "{what}: something of it was kept");
        stage.all_is_well();
    }
    assert!(misjudged.is_empty(), "{misjudged:#?}");
    stage.ends_well();
}

#[test]
fn what_automerge_takes_badly_never_reaches_it() {
    refused_row_by_row(1, POISON);
}

#[test]
fn a_change_has_one_form_and_every_other_is_refused() {
    refused_row_by_row(2, FORMS);
}

#[test]
fn what_no_command_does_is_refused_though_it_is_well_formed_and_sealed() {
    refused_row_by_row(3, DEEDS);
}

#[test]
fn a_bad_item_says_nothing_of_its_neighbours() {
    let mut stage = Stage::set(4);
    let [marker, ..] = stage.forgers;
    let good = [stage.scene.log.seals(stage.scene.log.honest()), stage.scene.roster.seals(stage.scene.roster.honest())];
    let mut items: Vec<Item> = POISON.iter().map(|(_, _, forge)| forge(&stage.scene)).collect();
    items.retain(|item| matches!(item, Item::Change(sealed) if sealed.change.len() < 5_000));
    let middle = items.len() / 2;
    let [first, second] = good;
    items.insert(middle, first);
    items.push(second);
    let receipts = stage.world.offers(&marker, items);
    for (index, receipt) in receipts.iter().enumerate() {
        let is_good = index == middle || index + 1 == receipts.len();
        assert_eq!(receipt.verdict == Verdict::Accepted, is_good, "{index}: {receipts:?}");
    }
    stage.all_is_well();
    stage.ends_well();
}

#[test]
fn a_device_that_begins_anew_again_and_again_is_told_to_join_again() {
    let mut stage = Stage::set(5);
    let [marker, ..] = stage.forgers;
    let logs: Vec<Item> = (0..400u64)
        .map(|number| stage.scene.unbegun(number.to_be_bytes()))
        .map(|pen| pen.seals(pen.honest()))
        .collect();
    let mut codes = Vec::new();
    for page in logs.chunks(100) {
        codes.extend(stage.world.offers(&marker, page.to_vec()).into_iter().map(|receipt| receipt.code));
    }
    let taken = codes.iter().take_while(|code| code.is_none()).count();
    assert!((250..=256).contains(&taken), "{taken}");
    assert!(codes[taken..].iter().all(|code| code.as_deref() == Some("too_many_incarnations")), "{codes:?}");
    // An honest phone that began its logs before goes on; the forger's own phone records nothing more in a new log.
    let honest = stage.honest;
    stage.world.litter(&honest, 1);
    stage.world.exchange(&honest);
    assert_eq!(stage.world.replica(&honest).unconfirmed(), sync_core::replica::Unconfirmed::default());
}

#[test]
fn a_device_that_contradicts_itself_without_end_fills_nobodys_disk() {
    let mut stage = Stage::set(7);
    let [marker, ..] = stage.forgers;
    let begun = stage.scene.unbegun(stage.scene.log.forger.incarnation.0);
    let others = (0..200).map(|bags| begun.edits(|tx, list| append(tx, list, litter(1000 + bags))));
    let receipts = stage.world.offers(&marker, others.collect());
    assert!(receipts.iter().all(|receipt| receipt.code.as_deref() == Some("equivocation")), "{receipts:?}");
    assert_eq!(stage.world.console_shows(&marker).cloned, 64, "so much evidence is enough");
    stage.all_is_well();
    stage.ends_well();
}

#[test]
fn a_body_that_is_no_request_is_a_problem_and_nothing_more() {
    let mut stage = Stage::set(6);
    let [marker, ..] = stage.forgers;
    let event = stage.world.event();
    let mut misjudged = Vec::new();
    for (what, code, make) in BODIES {
        let before = stage.world.items_at_home();
        let proof = stage.world.proof_of(&marker);
        let answer = stage.world.says(event, &proof, &make(event));
        if problem(&answer).as_deref() != *code {
            misjudged.push(format!("{what}: {:?} instead of {code:?}", problem(&answer)));
        }
        assert_eq!(stage.world.items_at_home(), before, "{what}: something of it was kept");
        stage.all_is_well();
    }
    assert!(misjudged.is_empty(), "{misjudged:#?}");
    stage.ends_well();
}
