//! A world with a home in memory follows from its seed, home included: a second run says and keeps the same bytes.
//!
//! `SAXAUL_SEEDS=100..900` tries other worlds than the few that every run tries.

use clap::ValueEnum;
use server::clock::RandomSource;
use server::reports::Export;
use sync_core::documents::rulings::Decision;
use sync_core::ids::Subject;
use tests::World;
use tests::desk::Reply;
use tests::turmoil::{Disaster, Turmoil};
use tests::world::{ATTACKS, Attack, Browser, Fate, Intrigue, Phone, Someone, Transcript};

use crate::convergence::seeds;

/// How many things happen in a world before its organizers come to their desks.
const THINGS: usize = 60;
const LIST: &str = "code;full_name;team;phone\nR-1;Ким Анна;T05;+7 701 000 00 01\nR-2;Сейтқали Нұрлан;T06;\n\
                    R-3;Kim Anna;T05;+7 701 000 00 01\n";
/// Lets everything happen to a world that a real one meets, and tells what was said and kept.
fn lived_through(world: World, seed: u64) -> Transcript {
    let disasters = [Disaster::Upheaval, Disaster::OldCopies, Disaster::Erasures, Disaster::Twins];
    let disaster = disasters[usize::try_from(seed).unwrap() % disasters.len()];
    let mut turmoil = Turmoil::among_five(world, disaster);
    turmoil.rages(THINGS);
    let mut world = turmoil.calms_down();
    home_dies_before_it_keeps(&mut world);
    some_are_revoked(&mut world);
    let browser = world.signs_a_browser_in();
    organizers_work(&mut world, &browser);
    read_lists(&mut world, &browser);
    take_reports_away(&mut world, &browser, seed);
    somebody_is_erased(&mut world);
    read_lists(&mut world, &browser);
    world.transcript()
}

/// What a phone brought is not confirmed to it, and comes again.
fn home_dies_before_it_keeps(world: &mut World) {
    let [late] = world.phones(["late"]);
    let aida = world.person("Aida");
    world.check_in(&late, aida);
    world.check_out(&late, aida);
    let before = world.items_at_home();
    world.next_page(&late, Fate::KillsHomeBeforeItKeeps);
    assert!(world.try_exchange(&late).is_err());
    assert_eq!(world.items_at_home(), before, "nothing was kept");
    world.exchange(&late);
    assert!(world.items_at_home() > before);
}

/// Several at once, of whom home tells the others after it was restarted; what they still bring waits.
fn some_are_revoked(world: &mut World) {
    let lost: [Phone; 4] = world.phones(["lost", "stolen", "sold", "drowned"]);
    let zhanar = world.person("Zhanar");
    for phone in &lost {
        world.check_in(phone, zhanar);
        world.revoke(phone, "hold");
    }
    world.crash_home();
    for phone in &lost {
        drop(world.try_exchange(phone));
    }
    assert!(!world.waiting().is_empty());
    world.release_all();
}

fn organizers_work(world: &mut World, browser: &Browser) {
    let (event, as_json) = (world.event(), "application/json");
    let imports = format!("/v1/events/{event}/imports");
    let plan = world.browser_posts(browser, &format!("{imports}?issuer=register"), "text/csv", LIST).is(201);
    let accept = format!("{imports}/{}/accept", plan["plan"].as_str().unwrap());
    world.browser_posts(browser, &accept, as_json, "{}").is(200);
    let guests = ["Нургалиева Айгүль", "Нургалиева Айгуль"].map(|name| {
        let laptop = world.laptop();
        let guest = world.walk_in(&laptop, name);
        world.check_in(&laptop, guest);
        guest
    });
    world.exchange(&world.laptop());
    reads(world, browser, &format!("/v1/events/{event}/duplicates")).is(200);
    world.rule(&world.laptop(), Decision::Same(guests[0].subject(), guests[1].subject()));
    world.exchange(&world.laptop());
    let publications = format!("/v1/events/{event}/publications");
    world.browser_posts(browser, &publications, as_json, r#"{"note": "the week"}"#).is(201);
}

fn somebody_is_erased(world: &mut World) {
    let dauren = Subject::Person(world.person("Dauren"));
    world.erase(&[dauren]);
    for phone in world.everyone() {
        drop(world.try_exchange(&phone));
    }
}

/// Reads everything that home lists.
fn read_lists(world: &mut World, browser: &Browser) {
    let event = world.event();
    let of_home = ["/v1/home", "/v1/events", "/v1/devices", "/v1/invites", "/v1/totals", "/v1/dossier"];
    for path in of_home.into_iter().chain(["/v1/openapi.json", "/health/ready", "/v1/sessions", "/v1/lookup?q=kim"]) {
        reads(world, browser, path);
    }
    for list in [
        "plan",
        "event-conflicts",
        "people",
        "walk-ins",
        "hours",
        "rulings",
        "duplicates",
        "conflicts",
        "ruling-conflicts",
        "anchor-conflicts",
        "totals",
        "provenance?figure=verified",
        "publications",
        "requests",
        "remote-work",
        "deeds",
        "incidents",
        "devices",
        "held",
        "changes",
        "dossier",
    ] {
        reads(world, browser, &format!("/v1/events/{event}/{list}"));
    }
}

/// Takes every report away in every format that it has, and one as a job.
fn take_reports_away(world: &mut World, browser: &Browser, seed: u64) {
    let (event, language) = (world.event(), ["kk", "ru", "en"][usize::try_from(seed % 3).unwrap()]);
    let formats_of = |report: &'static Export| report.formats().iter().map(move |format| (report, format));
    for (report, format) in Export::value_variants().iter().flat_map(formats_of) {
        let (report, format) = (report.key(), format.to_possible_value().unwrap());
        let format = format.get_name();
        reads(world, browser, &format!("/v1/events/{event}/reports/{report}?format={format}&lang={language}"));
    }
    let job = reads(world, browser, &format!("/v1/events/{event}/reports/badges?format=pdf&lang={language}&job=true"));
    let job = job.is(202)["job"].as_str().unwrap().to_owned();
    reads(world, browser, &format!("/v1/jobs/{job}"));
    reads(world, browser, &format!("/v1/jobs/{job}/result"));
}

fn reads(world: &mut World, browser: &Browser, path: &str) -> Reply {
    let reply = world.browser_reads(browser, path);
    assert!(reply.status < 300, "{path}: {} {}", reply.status, reply.text());
    reply
}

fn assert_same(seed: u64, one: &Transcript, two: &Transcript) {
    if let Some(difference) = one.first_difference(two) {
        panic!("two runs of seed {seed} differ: {difference}");
    }
    assert_eq!(one.digest(), two.digest());
}

#[test]
fn a_seed_replays_its_world_to_the_byte_with_home_in_it() {
    let mut digests = Vec::new();
    for seed in seeds(0..10) {
        let [one, two] = [(); 2].map(|()| lived_through(World::in_memory(seed), seed));
        assert_same(seed, &one, &two);
        let digest: String = one.digest()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        println!("seed {seed}: {} parts, digest {digest}", one.len());
        digests.push(one.digest());
    }
    let all = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), all, "another seed is another world");
}

#[test]
fn requests_of_the_same_moment_are_answered_in_the_same_order_again() {
    for seed in seeds(0..4) {
        let [one, two] = [(); 2].map(|()| {
            let mut intrigue = Intrigue::in_world(World::in_memory(seed));
            for attack in ATTACKS {
                intrigue.goes_on();
                intrigue.is_attacked(attack);
                intrigue.is_attacked(Attack::Races);
            }
            intrigue.world.transcript()
        });
        assert_same(seed, &one, &two);
    }
}

#[test]
fn a_random_source_that_is_not_the_seeds_is_found_in_what_home_answers() {
    let run = || World::in_memory_drawing_from(3, RandomSource::System).transcript();
    let difference = run().first_difference(&run()).expect("each run draws something else");
    assert!(difference.contains("the answer to POST /v1/"), "{difference}");
}

#[test]
fn one_record_more_on_one_phone_is_found_in_its_journal() {
    let run = |records: u32| {
        let mut world = World::in_memory(4);
        let laptop = world.laptop();
        for bags in 1..=records {
            world.litter(&laptop, bags);
        }
        world.transcript()
    };
    assert_same(4, &run(1), &run(1));
    let difference = run(1).first_difference(&run(2)).expect("one of them recorded more");
    assert!(difference.contains("the journal of laptop"), "{difference}");
}
