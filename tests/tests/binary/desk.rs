//! The organizer's work after the field, at a command line: plan, confirm, grant, choose, publish, compare.

use tests::binary::{Home, Laptop, Place, free_port};

const EVENT: &str = r#"{
    "name": {"en": "Shore week"}, "time_zone": "Asia/Aqtau",
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}],
    "sites": [{"key": "pier"}, {"key": "dune"}]
}"#;
const PLAN: &str = r#"{
    "name": {"en": "Shore week"}, "time_zone": "Asia/Aqtau",
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}],
    "sites": [{"key": "pier"}, {"key": "dune"}],
    "teams": [{"key": "T1", "name": {"en": "Divers"}, "organisation": "Taza"}],
    "shifts": [{"key": "dive", "site": "pier", "date": "2026-05-18", "starts": "09:00", "ends": "12:00",
                "role": "diver", "need": 4}],
    "minors": {"hazardous_roles": ["diver"]}, "silver": {"age": 55}, "retention_days": 365,
    "grants": [{"id": "SG-7", "project": "P-1"}], "region": "Mangystau",
    "remote_tasks": [{"key": "maps", "from": "2026-05-01", "until": "2026-06-30"}]
}"#;
const LIST: &str = "Код;Фамилия;Имя;Организация;Год рождения\n\
    A-1;Әбдірахманова;Гүлнара;Birge;1960\n\
    A-2;Сейтқали;Нұрлан;;1985\n\
    A-3;Чернова;Светлана;Birge;2012\n";

fn out(laptop: &Laptop<'_>, args: &[&str]) -> String {
    laptop.does(args).done()
}

/// The first word of every line.
fn firsts(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect()
}

#[test]
fn an_organizer_plans_confirms_publishes_and_compares_at_a_command_line() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    place.write("plan.json", PLAN);
    place.write("list.csv", LIST);
    out(&organizer, &["event", "create", "event.json"]);
    assert_eq!(out(&organizer, &["event", "edit", "plan.json"]), "8 changes written.\n");
    assert_eq!(out(&organizer, &["event", "edit", "plan.json"]), "0 changes written.\n");
    place.write("mistake.json", r#"{"teams": [{"key": "T8"}, {"key": "T9"}], "silver": {"born_by": 1960}}"#);
    assert_eq!(out(&organizer, &["event", "edit", "mistake.json"]), "3 changes written.\n");
    organizer.does(["event", "remove", "teams", "T8", "T7"]).refused(3, &["remove.teams: the event has no `T7`"]);
    organizer.does(["event", "remove", "team", "T8"]).refused(3, &["unknown field `team`, expected one of `days`"]);
    assert!(out(&organizer, &["event", "remove", "teams", "T8", "T9"]).starts_with("2 taken off."));
    assert_eq!(out(&organizer, &["event", "edit", "plan.json"]), "1 changes written.\n");
    place.write("shown.json", out(&organizer, &["event", "show"]));
    assert_eq!(out(&organizer, &["event", "edit", "shown.json"]), "0 changes written.\n");
    out(&organizer, &["import", "list.csv", "--issuer", "list", "--apply"]);

    // Children are not sent diving, and the gate hears that a guardian's consent is missing.
    organizer.does(["person", "edit", "A-3", "shifts", "dive"]).refused(1, &["the shift `dive` is hazardous"]);
    out(&organizer, &["person", "edit", "A-2", "shifts", "dive"]);
    out(&organizer, &["person", "edit", "A-2", "team", "T1"]);
    let child = out(&organizer, &["person", "show", "A-3"]);
    assert!(child.contains("birth_year: 2012") && child.contains("a guardian's consent is missing"), "{child}");
    out(&organizer, &["field", "consent", "A-3", "--guardian", "Светлана Ивановна"]);
    assert!(!out(&organizer, &["person", "show", "A-3"]).contains("is missing"));

    // A paper list: every problem is told with its line, and nothing is written before all is right.
    place.write("bad.csv", "code,date,from,to\nA-1,2026-05-18,12:00,09:00\nA-9,2026-05-18,09:00,12:00\n");
    let refused = organizer.does(["hours", "grant", "--list", "bad.csv"]);
    refused.refused(3, &["line 2: it ends at 09:00", "line 3: nobody here is called `A-9`", "nothing was written"]);
    organizer.does(["report", "publish"]).refused(3, &["there is nothing to publish"]);
    place.write("paper.csv", "code,date,from,to,site\nA-1,2026-05-18,09:00,11:30,pier\nA-2,2026-05-18,09:00,10:00,\n");
    let granted = out(&organizer, &["hours", "grant", "--list", "paper.csv", "--reason", "signed by the foreman"]);
    assert_eq!(granted.lines().filter(|line| line.ends_with("granted")).count(), 2, "{granted}");
    assert!(out(&organizer, &["report", "publish", "--note", "first count"]).starts_with("v1"));
    organizer.does(["report", "publish"]).refused(3, &["v1 says the same"]);

    // Late: another paper, a mistake that is retracted, and remote work that somebody else approves.
    let args = ["hours", "grant", "A-2", "--from", "2026-05-18T10:00", "--to", "2026-05-18T12:00"];
    let late = firsts(&out(&organizer, &args));
    let link = out(&organizer, &["invite", "--role", "marker"]).lines().next().unwrap().to_owned();
    let digital = place.laptop("digital");
    digital.joins(&link).done();
    digital.does(["field", "exchange"]).done();
    let work = ["field", "remote", "A-3", "--task", "maps", "--from", "2026-05-20T19:00", "--to", "2026-05-20T20:30"];
    out(&digital, &work);
    out(&digital, &["request", "ask", "Phone is wrong", "--person", "A-1", "--field", "phone", "--value", "+7 701"]);
    digital.does(["field", "exchange"]).done();
    let waiting = out(&organizer, &["hours", "waiting"]);
    assert!(waiting.contains("maps, 1:30 h"), "{waiting}");
    out(&organizer, &["hours", "approve", &firsts(&waiting)[0]]);
    let diff = organizer.does(["report", "diff"]);
    assert!(diff.err.contains("v1 to now: +1 people, +3.5 h"), "{}", diff.err);
    let rows = diff.done();
    assert!(rows.contains("A-2,2026-05-18,3600,10800,0+0+3600,0+0+10800,hours\r\n"), "{rows}");
    assert!(rows.contains("A-3,2026-05-20,,5400,,0+0+5400,hours\r\n"), "{rows}");
    assert_eq!(out(&organizer, &["report", "publish"]), "v2: +1 people, +3.5 h\n");
    let revisions = out(&organizer, &["report", "revisions"]);
    let states: Vec<bool> = revisions.lines().skip(1).map(|row| row.contains(",superseded,")).collect();
    assert_eq!(states, [true, false], "{revisions}");
    out(&organizer, &["hours", "retract", &late[0]]);
    assert!(organizer.does(["report", "diff"]).err.contains("v2 to now: +0 people, -2.0 h"));
    assert!(organizer.does(["report", "diff", "1", "2"]).err.contains("v1 to v2: +1 people, +3.5 h"));
    organizer.does(["report", "diff", "9"]).refused(3, &["there is no v9"]);

    // Totals by whom and where, and what they rest on.
    let by_organisation = out(&organizer, &["report", "breakdown", "organisation"]);
    assert!(by_organisation.contains("\r\nTaza,0,1,0,0,0,0,3600,3600,"), "{by_organisation}");
    assert!(by_organisation.contains("\r\nBirge,0,2,1,1,0,0,14400,14400,"), "{by_organisation}");
    let rests_on = out(&organizer, &["report", "provenance", "manual", "--by", "site", "--part", "pier"]);
    assert!(rests_on.lines().nth(1).unwrap().starts_with("9000000,2026-05-18,pier,A-1,"), "{rests_on}");
    let across = out(&organizer, &["report", "across", "--grant", "SG-7", "--by", "region"]);
    assert!(across.contains("\r\nMangystau,0,3,1,1,") && across.contains("\r\ntotal,0,3,1,1,"), "{across}");

    // The request waits until somebody follows it.
    let asked = out(&organizer, &["request", "list"]);
    assert!(asked.contains("Phone is wrong") && asked.contains("phone: `+7 701`"), "{asked}");
    out(&organizer, &["request", "follow", &firsts(&asked)[0]]);
    assert!(out(&organizer, &["person", "show", "A-1"]).contains("phone: +7 701"));
    assert_eq!(out(&organizer, &["request", "list"]), "");
    assert_eq!(out(&organizer, &["conflicts", "list"]), "There are no conflicts.\n");
    drop(home);
}

#[test]
fn imputed_time_is_confirmed_in_bulk_walk_ins_are_accepted_and_conflicts_are_chosen() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let east = 12 - i64::from(now.hour());
    let zone = if east == 0 { "Etc/UTC".to_owned() } else { format!("Etc/GMT{:+}", -east) };
    let today = now.timestamp().in_tz(&zone).unwrap().date();
    let event = serde_json::json!({
        "name": {"en": "Shore day"}, "time_zone": zone, "sites": [{"key": "pier"}],
        "days": [{"date": today.to_string(), "opens": "00:00", "closes": "24:00"}],
    });
    place.write("event.json", event.to_string());
    place.write("list.csv", LIST);
    out(&organizer, &["event", "create", "event.json"]);
    out(&organizer, &["import", "list.csv", "--issuer", "list", "--apply"]);
    let link = out(&organizer, &["invite", "--role", "lead"]).lines().next().unwrap().to_owned();
    let lead = place.laptop("lead");
    lead.joins(&link).done();
    lead.does(["field", "exchange"]).done();
    out(&lead, &["field", "check-in", "A-1"]);
    out(&lead, &["field", "check-in", "A-2"]);
    out(&lead, &["field", "walk-in", "Петров Пётр"]);
    out(&lead, &["field", "deed", "Firewood", "--by", "A-1", "A-2"]);
    out(&lead, &["person", "edit", "A-1", "team", "T1", "--offline"]);
    out(&organizer, &["person", "edit", "A-1", "team", "T2", "--offline"]);
    lead.does(["field", "exchange"]).done();
    let listed = out(&organizer, &["conflicts", "list"]);
    assert!(listed.contains("team") && listed.contains("  1  T") && listed.contains("(lead, "), "{listed}");
    organizer.does(["conflicts", "choose", "A-1", "team", "--value", "3"]).refused(3, &["there is no such value"]);
    let chosen = out(&organizer, &["conflicts", "choose", "A-1", "team", "--text", "T3"]);
    assert!(chosen.ends_with("team is `T3`\n"), "{chosen}");
    assert_eq!(out(&organizer, &["conflicts", "list"]), "There are no conflicts.\n");

    let waiting = out(&organizer, &["walk-in", "list"]);
    let accepted = out(&organizer, &["walk-in", "accept", &firsts(&waiting)[0]]);
    assert!(accepted.contains("Петров Пётр: on the roster"), "{accepted}");
    assert_eq!(out(&organizer, &["walk-in", "list"]), "");
    // It was a mistake, and then it was none.
    let (person, walk_in) = (firsts(&accepted).remove(0), firsts(&waiting).remove(0));
    out(&organizer, &["duplicates", "retract", &person, &walk_in]);
    assert_eq!(out(&organizer, &["walk-in", "list"]), waiting);
    assert_eq!(out(&organizer, &["walk-in", "accept", &walk_in]), accepted);
    assert_eq!(out(&organizer, &["walk-in", "list"]), "");

    organizer.does(["hours", "confirm"]).refused(3, &["say what to confirm"]);
    let planned = out(&organizer, &["hours", "confirm", "--team", "T3", "--dry-run"]);
    assert!(planned.contains("1 days, ") && planned.contains("nothing was written"), "{planned}");
    assert!(out(&organizer, &["hours", "confirm", "--person", "A-1"]).contains("1 days confirmed"));
    assert!(out(&organizer, &["hours", "confirm", "--day", &today.to_string()]).contains("2 days confirmed"));
    assert_eq!(out(&organizer, &["hours", "waiting"]), "");
    let verified = out(&organizer, &["report", "breakdown", "site"]);
    let row: Vec<&str> = verified.lines().nth(1).unwrap().split(',').collect();
    assert_eq!((row[0], row[1], row[6] == row[8], row[15], row[16]), ("pier", "3", true, "1", "2"), "{verified}");
    drop(home);
}
