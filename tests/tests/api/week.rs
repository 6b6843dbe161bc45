//! The bundled week, with its organizer at a browser: lists, rulings, conflicts, revisions, exports.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use server::api::organizers::person::PersonPatch;
use server::replay::bundled_week;
use server::replay::recording::{Act, Deed, Gate, Recording};
use sync_core::command::Command;
use sync_core::documents::log::{Presence, WalkIn};
use sync_core::documents::roster::PersonName;
use sync_core::ids::{EntryRef, Subject, WalkInId};
use sync_core::time::{UnixMillis, date_of_day};
use tests::desk::{Browser, Desk, Laptop};
use tests::pairs::recall_and_precision;

fn field_week(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("server/field-week").join(file)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(field_week(file)).unwrap()
}

/// Everything that one act may need.
struct Week<'a> {
    desk: &'a Desk,
    event: String,
    recording: &'a Recording,
    subjects: HashMap<String, Subject>,
    phones: Vec<Laptop<'a>>,
    browser: Browser<'a>,
    /// Where each line of each phone stands.
    entries: HashMap<(usize, usize), EntryRef>,
}

impl Week<'_> {
    fn subject(&self, name: &str) -> Subject {
        self.subjects[name]
    }

    fn phone_acts(&mut self, phone: usize, act: &Act) {
        let subject = |name: &str| self.subject(name);
        let command = match &act.deed {
            Deed::Exchange => {
                self.desk.clock.move_to(act.at);
                return self.phones[phone].exchanges_at(act.reading);
            }
            Deed::Gate(gate, name, site, method) => {
                let presence = Presence { site: site.clone(), method: *method, subject: subject(name) };
                match gate {
                    Gate::In => Command::CheckIn(presence),
                    Gate::Out => Command::CheckOut(presence),
                    Gate::NoShow => Command::NoShow(presence),
                }
            }
            Deed::Undo(line) => Command::Undo(self.entries[&(phone, *line)]),
            Deed::WalkIn { name, spelling, phone, year } => {
                let Subject::WalkIn(id) = subject(name) else { panic!("{name} is on a list") };
                let names = vec![PersonName { family: spelling.clone(), ..PersonName::default() }];
                Command::AddWalkIn(WalkIn { id, names, phone: phone.clone(), organisation: None, birth_year: *year })
            }
            Deed::Edit(name, edit) => match subject(name) {
                Subject::Person(id) => Command::EditPerson(id, edit.clone()),
                Subject::WalkIn(_) => panic!("{name} is on no list"),
            },
            Deed::Litter(card) => Command::CountLitter(card.clone()),
            Deed::Planting(card) => Command::CountSeedlings(card.clone()),
            other => panic!("a phone does not do this: {other:?}"),
        };
        if let Some(entry) = self.phones[phone].does_at(command, act.reading).entry {
            self.entries.insert((phone, act.line), entry);
        }
    }

    fn organizer_acts(&mut self, act: &Act) {
        self.desk.clock.move_to(act.at);
        let name = format!("line-{}", act.line);
        if let Deed::Edit(who, edit) = &act.deed {
            let path = format!("/v1/events/{}/people/{}", self.event, self.subject(who));
            let body = serde_json::to_value(PersonPatch::of(edit)).unwrap();
            self.browser.send_named("PATCH", &path, &name, &body).is(200);
            return;
        }
        let text = |who: &str| self.subject(who).to_string();
        let (decision, reason) = match &act.deed {
            Deed::Same(a, b) => (json!({ "kind": "same", "a": text(a), "b": text(b) }), ""),
            Deed::NotSame(a, b) => (json!({ "kind": "not_same", "a": text(a), "b": text(b) }), ""),
            Deed::RetractSame(a, b) => {
                for (number, ruling) in self.standing_same(a, b).into_iter().enumerate() {
                    self.rule(&format!("{name}-{number}"), &json!({ "kind": "retract", "ruling": ruling }), "");
                }
                return;
            }
            Deed::Void { phone, line, reason } => {
                let EntryRef { device, incarnation, counter } = self.entries[&(*phone, *line)];
                let entry = json!({ "device": device, "incarnation": incarnation, "counter": counter });
                (json!({ "kind": "void", "entry": entry }), reason.as_str())
            }
            Deed::Manual { name, start, end, reason } => {
                let (start_ms, end_ms) = (start.0, end.0);
                let manual = json!({ "kind": "manual", "person": text(name), "start_ms": start_ms, "end_ms": end_ms });
                (manual, reason.as_str())
            }
            Deed::Confirm(name, day) => {
                let date = date_of_day(*day).to_string();
                (json!({ "kind": "confirm", "person": text(name), "date": date }), "")
            }
            other => panic!("an organizer does not do this: {other:?}"),
        };
        self.rule(&name, &decision, reason);
    }

    fn rule(&self, name: &str, decision: &Value, reason: &str) {
        let body = json!({ "decision": decision, "reason": reason });
        self.browser.send_named("POST", &format!("/v1/events/{}/rulings", self.event), name, &body).is(201);
    }

    fn side_by_side(&self, a: &str, b: &str) -> Value {
        let (a, b) = (self.subject(a), self.subject(b));
        self.browser.get(&format!("/v1/events/{}/duplicates/{a}/{b}", self.event)).is(200)
    }

    /// The rulings that make two one, as the desk shows them beside their records.
    fn standing_same(&self, a: &str, b: &str) -> Vec<String> {
        let shown = self.side_by_side(a, b);
        let rulings = shown["rulings"].as_array().unwrap().iter();
        let standing = rulings.filter(|ruling| ruling["same"] == true && ruling["retracted"] == false);
        let ids: Vec<String> = standing.map(|ruling| ruling["ruling"].as_str().unwrap().to_owned()).collect();
        assert!(!ids.is_empty(), "{a} and {b} were ruled the same: {shown}");
        ids
    }

    /// The pairs that wait for a ruling, by what their records are called in the recording.
    fn open_pairs(&self) -> Vec<(String, String)> {
        self.pairs("").iter().filter(|pair| pair["state"] == "open").map(|pair| self.called(pair)).collect()
    }

    fn pairs(&self, more: &str) -> Vec<Value> {
        self.browser.all(&format!("/v1/events/{}/duplicates?limit=500{more}", self.event))
    }

    fn called(&self, pair: &Value) -> (String, String) {
        let name = |side: &str| {
            let id: Subject = pair[side]["person"].as_str().unwrap().parse().unwrap();
            self.subjects.iter().find(|(_, subject)| **subject == id).unwrap().0.clone()
        };
        let (a, b) = (name("a"), name("b"));
        if a < b { (a, b) } else { (b, a) }
    }

    /// Before the first report, the organizer looks at the best pairs and rules on those of which the recording never
    /// says anything else. What the recording rules again later is the same ruling once more.
    fn rules_on_the_best_pairs(&self) {
        let pairs_of = |wanted: fn(&Deed) -> Option<(&String, &String)>| -> BTreeSet<(String, String)> {
            let deeds = self.recording.organizer.iter().filter_map(|act| wanted(&act.deed));
            deeds.map(|(a, b)| if a < b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) }).collect()
        };
        let same = pairs_of(|deed| if let Deed::Same(a, b) = deed { Some((a, b)) } else { None });
        let other = pairs_of(|deed| match deed {
            Deed::NotSame(a, b) | Deed::RetractSame(a, b) => Some((a, b)),
            _ => None,
        });
        let open = self.open_pairs();
        let wanted = open.iter().filter(|pair| same.contains(*pair) && !other.contains(*pair)).take(3);
        let mut ruled = Vec::new();
        for (a, b) in wanted {
            let shown = self.side_by_side(a, b);
            let weighed = &shown["pair"];
            assert!(weighed["score"].as_u64().unwrap() >= 500 && weighed["state"] == "open", "{shown}");
            let points: i64 =
                weighed["reasons"].as_array().unwrap().iter().map(|one| one["points"].as_i64().unwrap()).sum();
            assert!(points > 0 && !shown["a"]["statements"].as_array().unwrap().is_empty(), "{shown}");
            let decision =
                json!({ "kind": "same", "a": self.subject(a).to_string(), "b": self.subject(b).to_string() });
            self.rule(&format!("best-{a}-{b}"), &decision, "the evidence says so");
            ruled.push((a.clone(), b.clone()));
        }
        assert_eq!(ruled.len(), 3, "of {} open pairs", open.len());
        let still_open = self.open_pairs();
        assert!(ruled.iter().all(|pair| !still_open.contains(pair)), "nobody is asked again");
    }

    /// Everything that was done before `until`, in true order; at one moment the organizer comes last.
    fn goes_on_until(&mut self, done: UnixMillis, until: UnixMillis) {
        let recording = self.recording;
        let phones = recording
            .phones
            .iter()
            .enumerate()
            .flat_map(|(phone, acts)| acts.iter().map(move |act| (act, Some(phone))));
        let mut acts: Vec<_> = phones.chain(recording.organizer.iter().map(|act| (act, None))).collect();
        acts.retain(|(act, _)| done <= act.at && act.at < until);
        acts.sort_by_key(|(act, phone)| (act.at, phone.unwrap_or(usize::MAX), act.line));
        for (act, phone) in acts {
            match phone {
                Some(phone) => self.phone_acts(phone, act),
                None => self.organizer_acts(act),
            }
        }
    }

    fn publish(&self, name: &str) {
        let path = format!("/v1/events/{}/publications", self.event);
        self.browser.send_named("POST", &path, name, &json!({ "note": name })).is(201);
    }
}

/// The rows of an expected CSV.
fn expected(file: &str) -> BTreeSet<String> {
    read(file).lines().skip(1).map(str::to_owned).collect()
}

/// The two names of a row, the smaller first.
fn ordered(row: &str) -> (String, String) {
    let (a, b) = row.split_once(',').unwrap();
    (a.min(b).to_owned(), a.max(b).to_owned())
}

/// The rows of a report with the columns of an expected one, and walk-ins under the names that the recording gives.
fn reported(report: &Value, columns: &[&str], walk_ins: &HashMap<String, String>) -> BTreeSet<String> {
    let named = |code: &str| walk_ins.get(code).cloned().unwrap_or_else(|| code.to_owned());
    let rows = report.as_array().unwrap().iter().map(|row| {
        let cells = columns.iter().map(|column| match &row[*column] {
            Value::String(text) if *column == "subjects" => {
                let mut subjects: Vec<String> = text.split('+').map(named).collect();
                subjects.sort();
                subjects.join("+")
            }
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        });
        cells.collect::<Vec<_>>().join(",")
    });
    rows.collect()
}

#[test]
fn the_bundled_week_is_run_from_a_browser_to_hours_one_can_sign() {
    let recording = bundled_week().unwrap();
    let mut desk = Desk::open_at(recording.begins());
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, read("event.json").as_bytes());
    let event = laptop.event().to_string();
    let browser = desk.sign_in(&laptop.offers("organizer"));

    // Both lists, each a plan first; and again, which changes nothing.
    for (list, people) in [("roster-front-office", 1200), ("roster-partner", 150)] {
        let path = format!("/v1/events/{event}/imports?issuer={list}");
        let uploaded = || {
            browser.send_with("POST", &path, &[], std::fs::read(field_week(&format!("{list}.csv"))).unwrap()).is(201)
        };
        let plan = uploaded();
        assert_eq!((&plan["add"], &plan["refused"]), (&json!(people), &json!(0)), "{list}");
        let accept = format!("/v1/events/{event}/imports/{}/accept", plan["plan"].as_str().unwrap());
        browser.send("POST", &accept, &json!({})).is(200);
        assert_eq!(uploaded()["unchanged"], people, "{list} says nothing new");
    }
    let listed = browser.all(&format!("/v1/events/{event}/people?limit=1000"));
    assert_eq!(listed.len(), 1350);
    let code = |person: &Value| person["code"].as_str().unwrap().to_owned();
    let mut subjects: HashMap<String, Subject> =
        listed.iter().map(|person| (code(person), person["person"].as_str().unwrap().parse().unwrap())).collect();
    let mut walk_ins = HashMap::new();
    for (number, act) in recording.phones.iter().flatten().enumerate() {
        if let Deed::WalkIn { name, .. } = &act.deed {
            let subject = Subject::WalkIn(WalkInId::from_entropy(number as u64 * 2 + 1));
            walk_ins.insert(subject.to_string(), name.clone());
            subjects.insert(name.clone(), subject);
        }
    }
    let phones = recording.event.phones.iter().map(|phone| {
        let invite = laptop.invites(&phone.role);
        let mut phone = desk.join(&invite, &phone.key, |_| laptop.event());
        phone.reads_on();
        phone
    });
    let phones: Vec<Laptop<'_>> = phones.collect();
    let entries = HashMap::new();
    let mut week = Week { desk, event: event.clone(), recording: &recording, subjects, phones, browser, entries };

    // The week in the field, v1 soon after, and three weeks later the phones that were still missing.
    let mut done = UnixMillis(i64::MIN);
    for day in [13, 26] {
        let until = UnixMillis(recording.begins().0 + day * 24 * 3_600_000);
        week.goes_on_until(done, until);
        if day == 13 {
            week.rules_on_the_best_pairs();
            week.publish("v1");
        }
        // A session with a browser lasts for two weeks.
        desk.clock.move_to(until);
        laptop.renews();
        week.browser = desk.sign_in(&laptop.offers("organizer"));
        done = until;
    }
    week.goes_on_until(done, UnixMillis(i64::MAX));
    week.publish("v2");
    let difference = week.browser.get(&format!("/v1/events/{event}/publications/2/difference")).is(200);
    assert!(!difference["rows"].as_array().unwrap().is_empty(), "late phones brought something");

    let report = |name: &str| week.browser.get(&format!("/v1/events/{event}/reports/{name}?format=json")).json();
    let columns = ["subjects", "date", "observed_s", "imputed_s", "manual_s", "verified_s", "warnings"];
    let hours = reported(&report("hours"), &columns, &walk_ins);
    let expected_hours = expected("expected/hours.csv");
    let apart: Vec<&String> = hours.symmetric_difference(&expected_hours).take(10).collect();
    assert!(apart.is_empty() && hours.len() > 3000, "{} rows, {apart:?}", hours.len());
    let totals: Value = serde_json::from_str(&read("expected/totals.json")).unwrap();
    let summed = report("totals");
    for (figure, value) in totals.as_object().unwrap() {
        assert_eq!(&summed[figure], value, "{figure}");
    }
    let conflicts = reported(&report("conflicts"), &["person", "field", "values"], &walk_ins);
    assert_eq!(conflicts, expected("expected/conflicts.csv"));

    let both_ways = week.browser.all(&format!("/v1/events/{event}/ruling-conflicts")).into_iter().map(|pair| {
        let (a, b) = week.called(&json!({ "a": { "person": pair["a"] }, "b": { "person": pair["b"] } }));
        format!("{a},{b}")
    });
    assert_eq!(both_ways.collect::<BTreeSet<_>>(), expected("expected/ruling-conflicts.csv"));

    // What was offered to rule on, whatever was ruled, against who is who.
    let offered = week.pairs("&all=true").into_iter().filter(|pair| pair["score"] != 0 && pair["follows"] == false);
    let offered: BTreeSet<(String, String)> = offered.map(|pair| week.called(&pair)).collect();
    let truth = expected("expected/duplicate-truth.csv");
    let truth: BTreeSet<(String, String)> = truth.iter().map(|row| ordered(row)).collect();
    let (recall, precision) = recall_and_precision(&truth, &offered);
    assert!(recall >= 0.975 && precision >= 0.93, "recall {recall}, precision {precision}");

    // Somebody chooses: the choice is an ordinary edit.
    let contested = week.browser.all(&format!("/v1/events/{event}/conflicts"));
    for conflict in &contested {
        let path = format!("/v1/events/{event}/people/{}", conflict["person"].as_str().unwrap());
        week.browser.send("PATCH", &path, &conflict["values"][0]["choose"]).is(200);
    }
    assert!(week.browser.all(&format!("/v1/events/{event}/conflicts")).is_empty());
}
