//! Reports that were published by an earlier edition of the rules, and anchors that cannot all be right.

use std::io::Read;

use server::clock::entropy;
use sync_core::command::Command;
use sync_core::documents::rulings::{Decision, ReportDigest, RulesEdition};
use sync_core::ids::{EventId, Incarnation, RulingId};
use sync_core::journal::{JournalError, OpenReplica};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::view::plan_publication;
use tests::binary::{Home, Laptop, Place, free_port};

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "north"}],
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}]}"#;
const HOUR_MS: u64 = 3_600_000;

/// An organizer's laptop with an event, and somebody who has three hours.
fn organizer<'a>(place: &'a Place, home: &mut Home) -> (Laptop<'a>, EventId) {
    let laptop = place.laptop("organizer");
    laptop.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    let created = laptop.does(["event", "create", "event.json"]).done();
    place.write("list.csv", "Код;ФИО\nA-1;Бекова Сауле\n");
    laptop.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    laptop.does(["hours", "grant", "A-1", "--from", "2026-05-18T09:00", "--to", "2026-05-18T12:00"]).done();
    laptop.does(["field", "exchange"]).done();
    (laptop, created.split_whitespace().next().unwrap().parse().unwrap())
}

/// What the program of this laptop does that is not of this edition.
fn performs(laptop: &Laptop<'_>, event: EventId, plan: impl FnOnce(&OpenReplica) -> Vec<(Command, ClockReading)>) {
    let mut replica = OpenReplica::open(laptop.open().unwrap(), event, Incarnation(entropy())).unwrap();
    for (command, reading) in plan(&replica) {
        replica.act(|state| Ok::<_, JournalError>(state.perform(command, reading).unwrap())).unwrap();
    }
    drop(replica);
    laptop.does(["field", "exchange"]).done();
}

#[test]
fn a_report_of_an_earlier_edition_stays_as_it_was_published_and_the_next_shows_the_difference() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let (laptop, event) = organizer(&place, &mut home);
    let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(1_790_000_000_000) };
    performs(&laptop, event, |replica| {
        let documents = replica.replica().ledger().documents();
        let mut rulings = plan_publication(documents, RulingId(entropy()), "before the season").unwrap();
        let Decision::Publish(publication) = &mut rulings[0].1.decision else { panic!("it publishes") };
        assert_eq!(publication.edition, RulesEdition::CURRENT);
        publication.edition = RulesEdition::FIRST;
        publication.digest = ReportDigest([7; 32]);
        publication.headline.verified_ms += HOUR_MS;
        rulings.into_iter().map(|(id, ruling)| (Command::Rule(id, ruling), reading)).collect()
    });
    let revisions = || -> Vec<serde_json::Value> {
        serde_json::from_str(&laptop.does(["report", "revisions", "--format", "json"]).done()).unwrap()
    };
    let editions = || -> Vec<u64> { revisions().iter().map(|one| one["rules_edition"].as_u64().unwrap()).collect() };
    assert_eq!(editions(), [1]);
    let earlier = laptop.does(["report", "diff"]);
    assert!(earlier.err.contains("v1 was computed by edition 1 of the rules"), "{earlier:?}");
    assert!(earlier.err.contains("+0 people, -1.0 h"), "{earlier:?}");
    laptop.does(["report", "letters", "--out", "l.pdf"]).refused(1, &["edition 1 of the rules"]);

    let published = laptop.does(["report", "publish"]).done();
    assert!(published.contains("v2: +0 people, -1.0 h"), "{published}");
    assert_eq!(editions(), [1, 2]);
    assert_eq!(revisions()[0]["verified_s"], 4 * 3600, "it says what it said");
    laptop.does(["report", "publish"]).refused(3, &["nothing new"]);

    let token = home.wire().session_of(&laptop.open().unwrap());
    let get = |path: &str| home.wire().get(&format!("/v1/events/{event}/{path}"), &[("authorization", &token)]);
    let json = |path: &str| -> serde_json::Value { serde_json::from_slice(&get(path).body).unwrap() };
    let listed = json("publications");
    let of = |at: usize| listed["publications"][at]["rules_edition"].as_u64();
    assert_eq!((of(0), of(1)), (Some(1), Some(2)), "{listed}");
    assert_eq!(json("publications/2/difference")["sums_only"], true);
    get("reports/hours?publication=1").is_problem(409, "other_rules");
    let report = get("reports/hours?publication=2");
    assert_eq!(report.status, 200);
    assert_eq!(json("totals")["rules_edition"], 2);
    assert_eq!(json("reports/totals?format=json")["rules_edition"], 2);
    let totals = laptop.does(["report", "totals", "--format", "csv", "--lang", "en"]).done();
    assert!(totals.contains("Edition of the rules of hours,2"), "{totals}");
}

/// What stands in a document's properties and cells, or on its pages.
fn text_of(place: &Place, file: &str, bytes: &[u8]) -> String {
    match file.rsplit('.').next().unwrap() {
        "pdf" => {
            place.write(file, bytes);
            let mut read = std::process::Command::new("pdftotext");
            let done = read.args(["-layout", file, "-"]).current_dir(place.path("")).output().unwrap();
            assert!(done.status.success(), "{done:?}");
            String::from_utf8(done.stdout).unwrap()
        }
        "xlsx" => {
            let mut parts = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
            let mut text = String::new();
            parts.by_name("docProps/core.xml").unwrap().read_to_string(&mut text).unwrap();
            text
        }
        _ => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

#[test]
fn whatever_rests_on_a_report_says_by_which_edition_that_was_published() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let (laptop, event) = organizer(&place, &mut home);
    let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(1_790_000_000_000) };
    // A report of the first edition whose rows the rules of today give, too.
    performs(&laptop, event, |replica| {
        let documents = replica.replica().ledger().documents();
        let mut rulings = plan_publication(documents, RulingId(entropy()), "before the season").unwrap();
        let Decision::Publish(publication) = &mut rulings[0].1.decision else { panic!("it publishes") };
        publication.edition = RulesEdition::FIRST;
        rulings.into_iter().map(|(id, ruling)| (Command::Rule(id, ruling), reading)).collect()
    });
    let token = home.wire().session_of(&laptop.open().unwrap());
    let edition_of = |number: u32| match number {
        1 => RulesEdition::FIRST,
        _ => RulesEdition::CURRENT,
    };
    for number in [1, 2] {
        if number == 2 {
            laptop.does(["hours", "grant", "A-1", "--from", "2026-05-18T14:00", "--to", "2026-05-18T15:00"]).done();
            laptop.does(["report", "publish"]).done();
        }
        let edition = edition_of(number);
        let says = format!("Edition of the rules of hours: {edition}");
        let get = |path: &str| {
            let answer = home.wire().get(&format!("/v1/events/{event}/{path}"), &[("authorization", &token)]);
            assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
            answer
        };
        for report in ["hours", "attendance", "people", "totals", "breakdowns", "contributions", "shifts"] {
            for format in ["csv", "xlsx", "json"] {
                let answer = get(&format!("reports/{report}?publication={number}&format={format}&lang=en"));
                let header = format!("x-saxaul-rules-edition: {edition}\r\n");
                assert!(answer.head.contains(&header), "v{number} {report} {format}: {}", answer.head);
                if format == "xlsx" {
                    let text = text_of(&place, "report.xlsx", &answer.body);
                    assert!(text.contains(&says), "v{number} {report}: {text}");
                }
                if report == "totals" && format == "json" {
                    let totals: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                    assert_eq!(totals["rules_edition"], edition.0);
                }
                if report == "totals" && format == "csv" {
                    let text = String::from_utf8(answer.body).unwrap();
                    assert!(text.contains(&format!("Edition of the rules of hours,{edition}")), "{text}");
                }
            }
        }
        let letters = get(&format!("reports/letters?publication={number}&lang=en"));
        let on_paper = text_of(&place, "letters.pdf", &letters.body);
        assert!(on_paper.contains(&format!("by edition {edition} of the rules")), "{on_paper}");
        assert!(letters.head.contains(&format!("x-saxaul-rules-edition: {edition}\r\n")), "{}", letters.head);
        laptop.does(["report", "letters", "--lang", "en", "--out", "own.pdf"]).done();
        let on_paper = text_of(&place, "letters.pdf", &std::fs::read(place.path("own.pdf")).unwrap());
        assert!(on_paper.contains(&format!("by edition {edition} of the rules")), "{on_paper}");

        for format in ["json", "xlsx", "pdf"] {
            let answer = get(&format!("dossier?publication={number}&format={format}&lang=en"));
            let file = format!("dossier.{format}");
            let of_laptop =
                ["report", "dossier", "--revision", &number.to_string(), "--format", format, "--lang", "en"];
            laptop.does([&of_laptop[..], &["--out", "own"]].concat()).done();
            for bytes in [answer.body, std::fs::read(place.path("own")).unwrap()] {
                let text = text_of(&place, &file, &bytes);
                let is_said = match format {
                    "json" => text.contains(&format!(r#""rules_edition": {edition}"#)),
                    "xlsx" => text.contains(&says),
                    _ => text.lines().any(|line| {
                        line.contains("Edition of the rules of hours") && line.trim().ends_with(&edition.to_string())
                    }),
                };
                assert!(is_said, "v{number} {format}: {text}");
            }
        }
    }
}

#[test]
fn anchors_that_contradict_each_other_are_listed_until_the_wrong_one_is_voided() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let (laptop, event) = organizer(&place, &mut home);
    let token = home.wire().session_of(&laptop.open().unwrap());
    let listed = || -> Vec<serde_json::Value> {
        let answer = home.wire().get(&format!("/v1/events/{event}/anchor-conflicts"), &[("authorization", &token)]);
        let page: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        page["items"].as_array().unwrap().clone()
    };
    assert_eq!(listed(), [] as [serde_json::Value; 0]);
    assert!(laptop.does(["conflicts", "list"]).done().contains("no conflicts"));

    // A phone that met a home whose clock was four days ahead for a while.
    let (minute, day) = (60_000, 86_400_000);
    let begun = 1_779_000_000_000;
    let anchor = |boot: u64, mono_ms: i64, home_ms: i64| {
        let reading = ClockReading { boot, mono_ms: mono_ms.try_into().unwrap(), wall_ms: UnixMillis(begun + mono_ms) };
        (Command::Anchor(UnixMillis(home_ms)), reading)
    };
    let phone = place.laptop("phone");
    let invited = laptop.does(["invite", "--role", "marker", "--site", "north"]).done();
    phone.joins(invited.split_whitespace().find(|word| word.starts_with("http")).unwrap()).done();
    performs(&phone, event, |_| {
        vec![
            anchor(900_001, minute, begun + minute),
            anchor(900_001, 100 * minute, begun + 100 * minute + 15_000),
            anchor(900_001, 101 * minute, begun + 101 * minute + 4 * day),
            anchor(900_002, minute, begun + 300 * minute),
            anchor(900_002, 2 * minute, begun + 301 * minute),
        ]
    });
    let conflicts = listed();
    assert_eq!(conflicts.len(), 2, "into the wrong time and out of it: {conflicts:?}");
    assert_eq!(conflicts[0]["differ_ms"], 4 * day - 15_000);
    assert_eq!(conflicts[0]["later"]["entry"], conflicts[1]["earlier"]["entry"]);
    laptop.does(["field", "exchange"]).done();
    let told = laptop.does(["conflicts", "list"]).done();
    assert_eq!(told.matches("contradict each other").count(), 2, "{told}");

    let wrong = conflicts[1]["earlier"]["entry"].clone();
    let part = |name: &str| wrong[name].to_string().replace('"', "");
    let entry = format!("{}/{}/{}", part("device"), part("incarnation"), part("counter"));
    assert!(told.contains(&entry), "{entry}: {told}");
    laptop.does(["hours", "void", &entry, "--reason", "home's clock was set wrong"]).done();
    assert_eq!(listed(), [] as [serde_json::Value; 0]);
    assert!(laptop.does(["conflicts", "list"]).done().contains("no conflicts"));
}
