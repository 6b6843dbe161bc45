//! A recording read straight into documents: no network, no storage.
//!
//! So the projection of what phones recorded can be compared with what must come out, which was computed from the
//! domain's text by a separate program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;
use sync_core::documents::Authored;
use sync_core::documents::event::{DayHours, EventEdit, EventInfo, EventZone, Site};
use sync_core::documents::log::{Entry, LitterCard, Log, Method, PlantingCard, Presence, Record, Undo, WalkIn};
use sync_core::documents::roster::{Person, PersonEdit, PersonField, PersonName, PersonRecord, Roster};
use sync_core::documents::rulings::{Decision, Ruling, Rulings};
use sync_core::ids::{DeviceId, EventId, Incarnation, PersonId, RulingId, Subject, WalkInId};
use sync_core::time::{ClockReading, UnixMillis, ZoneOffset, ZoneTable, day_of_date};
use sync_core::view::{EventView, project};

const EVENT: EventId = EventId([1; 16]);
const INCARNATION: Incarnation = Incarnation([0; 8]);
const HOME: &str = "home";

/// The recordings that are kept, with what must come out of each: the bundled week, the weeks and the cases of
/// `tests/recordings`.
#[must_use]
pub fn all() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kept = here.join("recordings");
    let cases = std::fs::read_dir(kept.join("cases")).unwrap().map(|case| case.unwrap().path());
    let mut cases: Vec<PathBuf> = cases.collect();
    cases.sort();
    let weeks = [here.join("../server/field-week"), kept.join("hard-week"), kept.join("rules-week")];
    weeks.into_iter().chain(cases).collect()
}

fn read(directory: &Path, file: &str) -> String {
    let path = directory.join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read_lines(directory: &Path, file: &str) -> Vec<Value> {
    read(directory, file).lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text"))
}

fn number<N: TryFrom<u64, Error: std::fmt::Debug>>(value: &Value) -> N {
    N::try_from(value.as_u64().unwrap_or_else(|| panic!("{value} is not a number"))).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is not a list"))
}

fn moment(value: &Value) -> UnixMillis {
    UnixMillis(text(value).parse::<Timestamp>().unwrap().as_millisecond())
}

fn date(value: &Value) -> Date {
    text(value).parse().unwrap()
}

/// What a line says was done, and the words that go with it.
fn act(line: &Value) -> (&str, &Value) {
    let act = line["do"].as_object().and_then(|act| act.iter().next());
    act.map(|(name, words)| (name.as_str(), words)).unwrap_or_else(|| panic!("{line} does nothing"))
}

fn event_info(file: &Value) -> EventInfo {
    let minutes = |text: &str| text[..2].parse::<u16>().unwrap() * 60 + text[3..].parse::<u16>().unwrap();
    let closing = |opens: u16, closes: u16| if closes > opens { closes } else { closes + 24 * 60 };
    let mut event = EventInfo::default();
    for day in list(&file["days"]) {
        let opens = minutes(text(&day["opens"]));
        let hours = DayHours { opens, closes: closing(opens, minutes(text(&day["closes"]))) };
        event.apply(EventEdit::Day { day: day_of_date(date(&day["date"])), hours: Some(hours) });
    }
    for site in list(&file["sites"]) {
        event.apply(EventEdit::Site { key: text(&site["key"]).to_owned(), site: Some(Site::default()) });
    }
    if let Some(hours) = file["longest_stretch"].as_u64() {
        event.apply(EventEdit::LongestStretch(Some(u8::try_from(hours).unwrap())));
    }
    let name = text(&file["time_zone"]);
    let zone = TimeZone::get(name).unwrap();
    let year_before: Timestamp = "2025-01-01T00:00Z".parse().unwrap();
    let mut offsets = vec![ZoneOffset {
        from: UnixMillis(year_before.as_millisecond()),
        seconds: zone.to_offset(year_before).seconds(),
    }];
    offsets.extend(zone.following(year_before).take(4).map(|step| ZoneOffset {
        from: UnixMillis(step.timestamp().as_millisecond()),
        seconds: step.offset().seconds(),
    }));
    event.apply(EventEdit::Zone(EventZone { name: name.to_owned(), table: ZoneTable { offsets } }));
    event
}

/// Who is known under which code of a list or of a walk-in.
#[derive(Default)]
struct Codes {
    subjects: BTreeMap<String, Subject>,
    codes: BTreeMap<Subject, String>,
}

impl Codes {
    fn add(&mut self, code: &str, subject: Subject) {
        self.subjects.insert(code.to_owned(), subject);
        self.codes.insert(subject, code.to_owned());
    }

    fn subject(&self, code: &Value) -> Subject {
        *self.subjects.get(text(code)).unwrap_or_else(|| panic!("{code} is unknown"))
    }

    fn person(&self, code: &Value) -> PersonId {
        match self.subject(code) {
            Subject::Person(id) => id,
            Subject::WalkIn(_) => panic!("{code} is not on the roster"),
        }
    }

    fn code(&self, subject: Subject) -> &str {
        &self.codes[&subject]
    }
}

fn walk_in_id(code: &Value) -> WalkInId {
    WalkInId::from_entropy(PersonId::of_external(EVENT, "walk-in", text(code)).to_bits())
}

fn device(key: &str) -> DeviceId {
    let number = key.trim_start_matches(|sign: char| !sign.is_ascii_digit()).parse();
    DeviceId([number.unwrap_or_default(); 16])
}

/// The edits of people. Each supersedes those of the same field that its author had seen.
#[derive(Default)]
struct Edits {
    written: Vec<(PersonId, Authored<PersonEdit>)>,
    superseded: BTreeSet<usize>,
    seen: BTreeMap<DeviceId, BTreeSet<usize>>,
}

impl Edits {
    fn write(&mut self, person: PersonId, edit: Authored<PersonEdit>) {
        let seen = self.seen.entry(edit.by).or_default();
        let same_field = |(other, written): &(PersonId, Authored<PersonEdit>)| {
            *other == person && written.value.field() == edit.value.field()
        };
        self.superseded.extend(seen.iter().copied().filter(|index| same_field(&self.written[*index])));
        seen.insert(self.written.len());
        self.written.push((person, edit));
    }

    fn exchange(&mut self, phone: DeviceId) {
        let mut both = self.seen.remove(&phone).unwrap_or_default();
        both.extend(self.seen.remove(&device(HOME)).unwrap_or_default());
        self.seen.insert(phone, both.clone());
        self.seen.insert(device(HOME), both);
    }
}

fn person_edit(field: &str, value: &Value) -> PersonEdit {
    let value = Some(text(value).to_owned());
    match PersonField::from_key(field) {
        Some(PersonField::Team) => PersonEdit::Team(value),
        Some(PersonField::Phone) => PersonEdit::Phone(value),
        Some(PersonField::Withdrawn) => PersonEdit::Withdrawn(value),
        _ => panic!("nobody edits {field} in the recorded week"),
    }
}

/// Everything that was recorded, as documents.
pub struct Week {
    directory: PathBuf,
    /// What the event is.
    pub event: EventInfo,
    /// The roster of the recorded event.
    pub roster: Roster,
    /// What each phone recorded.
    pub logs: Vec<Log>,
    /// The decisions of its organizers.
    pub rulings: Rulings,
    codes: Codes,
    /// By phone and line number, from 1, the entry's position in the phone's log. Edits of people have none.
    counters: BTreeMap<(String, u64), u64>,
    edits: Edits,
}

impl Week {
    /// Reads the recording of an event from its folder.
    #[must_use]
    pub fn recorded(directory: &Path) -> Self {
        let file: Value = serde_json::from_str(&read(directory, "event.json")).unwrap();
        let mut week = Self {
            directory: directory.to_owned(),
            event: event_info(&file),
            roster: Roster::default(),
            logs: Vec::new(),
            rulings: Rulings::default(),
            codes: Codes::default(),
            counters: BTreeMap::new(),
            edits: Edits::default(),
        };
        list(&file["rosters"]).iter().for_each(|roster| week.add_people(text(roster)));

        let mut acts: Vec<(UnixMillis, (String, u64), Value)> = Vec::new();
        for phone in list(&file["phones"]) {
            let key = text(&phone["key"]);
            week.logs.push(Log::new(device(key), INCARNATION));
            let lines = read_lines(directory, &format!("phones/{key}.jsonl"));
            acts.extend((1..).zip(lines).map(|(at, line)| (moment(&line["t"]), (key.to_owned(), at), line)));
        }
        let lines = read_lines(directory, "organizer.jsonl");
        acts.extend((1..).zip(lines).map(|(at, line)| (moment(&line["t"]), (HOME.to_owned(), at), line)));
        acts.sort_by_key(|(t, ..)| *t);
        // A walk-in is spoken of at another gate, by another phone, as soon as they are registered.
        for (_, _, line) in &acts {
            if let ("walk_in", words) = act(line) {
                week.codes.add(text(&words["ref"]), Subject::WalkIn(walk_in_id(&words["ref"])));
            }
        }
        for (t, place, line) in &acts {
            if place.0 == HOME { week.decide(*t, line) } else { week.record(place, *t, line) }
        }
        week.finish_roster();
        week
    }

    fn add_people(&mut self, list: &str) {
        for row in read(&self.directory, list).lines().skip(1) {
            let code = row.split([';', ',']).next().unwrap();
            let id = PersonId::of_external(EVENT, list, code);
            self.codes.add(code, Subject::Person(id));
            let added = Authored { value: Person::default(), by: device(HOME), reading: ClockReading::default() };
            self.roster.people.insert(id, PersonRecord { added: vec![added], ..PersonRecord::default() });
        }
    }

    fn record(&mut self, place: &(String, u64), t: UnixMillis, line: &Value) {
        let phone = &place.0;
        let reading = ClockReading {
            boot: number(&line["boot"]),
            mono_ms: number(&line["mono_ms"]),
            wall_ms: UnixMillis(line["wall_ms"].as_i64().unwrap()),
        };
        let (name, words) = act(line);
        let record = match name {
            "check_in" => Record::CheckIn(self.presence(words)),
            "check_out" => Record::CheckOut(self.presence(words)),
            "no_show" => Record::NoShow(self.presence(words)),
            "undo" => {
                let counter = self.counters[&(phone.clone(), number(&words["line"]))];
                Record::Undo(Undo { counter, incarnation: None })
            }
            "walk_in" => Record::WalkIn(walk_in(words)),
            "litter_card" => Record::LitterCard(litter_card(words)),
            "planting_card" => Record::PlantingCard(planting_card(words)),
            "exchange" => {
                self.edits.exchange(device(phone));
                Record::Anchor(t)
            }
            "edit_person" => return self.edit(device(phone), reading, words),
            other => panic!("no phone can {other}"),
        };
        let log = self.logs.iter_mut().find(|log| log.device == device(phone)).unwrap();
        self.counters.insert(place.clone(), log.entries.len() as u64);
        log.entries.push(Entry { record, reading });
    }

    fn presence(&self, words: &Value) -> Presence {
        let method = match text(&words["method"]) {
            "qr" => Method::Qr,
            "search" => Method::Search,
            "paper" => Method::Paper,
            other => panic!("nobody is found by {other}"),
        };
        Presence { site: text(&words["site"]).to_owned(), method, subject: self.codes.subject(&words["subject"]) }
    }

    fn edit(&mut self, by: DeviceId, reading: ClockReading, words: &Value) {
        let value = person_edit(text(&words["field"]), &words["value"]);
        self.edits.write(self.codes.person(&words["person"]), Authored { value, by, reading });
    }

    fn decide(&mut self, t: UnixMillis, line: &Value) {
        let reading = ClockReading { boot: 0, mono_ms: 0, wall_ms: t };
        let (name, words) = act(line);
        let pair = || (self.codes.subject(&words[0]), self.codes.subject(&words[1]));
        let decision = match name {
            "edit_person" => return self.edit(device(HOME), reading, words),
            "withdraw" => {
                let value = person_edit("withdrawn", &words["reason"]);
                let edit = Authored { value, by: device(HOME), reading };
                return self.edits.write(self.codes.person(&words["person"]), edit);
            }
            "same" => Decision::Same(pair().0, pair().1),
            "not_same" => Decision::NotSame(pair().0, pair().1),
            "retract_same" => Decision::Retract(self.ruling_of(&Decision::Same(pair().0, pair().1))),
            "void" => {
                let phone = text(&words["phone"]);
                let counter = self.counters[&(phone.to_owned(), number(&words["line"]))];
                Decision::Void(Log::new(device(phone), INCARNATION).entry_ref(counter))
            }
            "manual" => Decision::Manual {
                subject: self.codes.subject(&words["person"]),
                start: moment(&words["start"]),
                end: moment(&words["end"]),
                site: None,
            },
            "confirm" => Decision::Confirm {
                subject: self.codes.subject(&words["person"]),
                day: day_of_date(date(&words["date"])),
                imputed_ms: None,
            },
            other => panic!("no organizer can {other}"),
        };
        let id = RulingId((self.rulings.by_id.len() as u64).to_be_bytes());
        let ruling = Ruling { decision, reason: String::new() };
        self.rulings.by_id.insert(id, vec![Authored { value: ruling, by: device(HOME), reading }]);
    }

    fn ruling_of(&self, decision: &Decision) -> RulingId {
        let mut rulings = self.rulings.by_id.iter();
        *rulings.find(|(_, values)| values[0].value.decision == *decision).unwrap().0
    }

    fn finish_roster(&mut self) {
        let edits = std::mem::take(&mut self.edits);
        for (index, (person, edit)) in edits.written.into_iter().enumerate() {
            if !edits.superseded.contains(&index) {
                let record = self.roster.people.get_mut(&person).unwrap();
                record.edits.entry(edit.value.field()).or_default().push(edit);
            }
        }
    }

    /// The view of everything that was recorded.
    #[must_use]
    pub fn view(&self) -> EventView {
        project(&self.event, &self.roster, &self.logs, &self.rulings)
    }
}

fn walk_in(words: &Value) -> WalkIn {
    let name = PersonName { family: text(&words["name"]).to_owned(), ..PersonName::default() };
    WalkIn {
        id: walk_in_id(&words["ref"]),
        names: vec![name],
        phone: Some(text(&words["phone"]).to_owned()).filter(|phone| !phone.is_empty()),
        organisation: None,
        birth_year: Some(number(&words["year"])),
    }
}

fn litter_card(words: &Value) -> LitterCard {
    let items = words["items"].as_object().unwrap();
    LitterCard {
        site: text(&words["site"]).to_owned(),
        bags: number(&words["bags"]),
        grams: number(&words["grams"]),
        litres: number(&words["litres"]),
        people: number(&words["people"]),
        items: items.iter().map(|(category, count)| (category.clone(), number(count))).collect(),
        ..LitterCard::default()
    }
}

fn planting_card(words: &Value) -> PlantingCard {
    PlantingCard {
        site: text(&words["site"]).to_owned(),
        species: text(&words["species"]).to_owned(),
        seedlings: number(&words["seedlings"]),
        square_metres: number(&words["square_metres"]),
    }
}

fn csv(header: &str, mut rows: Vec<(Vec<String>, String)>) -> String {
    rows.sort();
    std::iter::once(header.to_owned()).chain(rows.into_iter().map(|(_, row)| row)).map(|row| row + "\r\n").collect()
}

fn sorted<'a>(codes: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut codes: Vec<&str> = codes.into_iter().collect();
    codes.sort_unstable();
    codes
}

impl Week {
    /// What must come out, by file.
    #[must_use]
    pub fn expected(&self, file: &str) -> String {
        read(&self.directory.join("expected"), file)
    }

    /// The hours, in the form of `hours.csv`.
    #[must_use]
    pub fn hours(&self, view: &EventView) -> String {
        let rows = view.days.iter().map(|day| {
            let members = view.classes.members_of(day.class);
            let codes = sorted(members.iter().map(|subject| self.codes.code(*subject))).join("+");
            let warnings: Vec<&str> = day.warnings.iter().map(|warning| warning.key()).collect();
            let seconds = [day.observed_ms, day.imputed_ms, day.manual_ms, day.verified_ms].map(|ms| ms / 1000);
            let [observed, imputed, manual, verified] = seconds;
            let date = day.date.to_string();
            let row = format!("{codes},{date},{observed},{imputed},{manual},{verified},{}", warnings.join(" "));
            (vec![codes, date], row)
        });
        csv("subjects,date,observed_s,imputed_s,manual_s,verified_s,warnings", rows.collect())
    }

    /// The rulings that contradict each other, in the form of `ruling-conflicts.csv`.
    #[must_use]
    pub fn ruling_conflicts(&self, view: &EventView) -> String {
        let pairs = view.ruling_conflicts.iter().map(|conflict| {
            let pair = sorted([conflict.a, conflict.b].map(|subject| self.codes.code(subject)));
            (pair.iter().map(|code| (*code).to_owned()).collect(), pair.join(","))
        });
        csv("a,b", pairs.collect())
    }

    /// The fields with several values, in the form of `conflicts.csv`.
    #[must_use]
    pub fn conflicts(&self, view: &EventView) -> String {
        let fields = view.field_conflicts.iter().map(|conflict| {
            let values = sorted(conflict.values.iter().map(|value| value.text.as_str())).join("|");
            let (code, field) = (self.codes.code(Subject::Person(conflict.person)), conflict.field.to_string());
            (vec![code.to_owned(), field.clone()], format!("{code},{field},{values}"))
        });
        csv("person,field,values", fields.collect())
    }
}

/// The totals, in the form of `totals.json`.
#[must_use]
pub fn totals(view: &EventView) -> String {
    let totals = &view.totals;
    let numbers = [
        ("attended", totals.attended),
        ("observed_s", totals.figures.observed_ms / 1000),
        ("imputed_s", totals.figures.imputed_ms / 1000),
        ("manual_s", totals.figures.manual_ms / 1000),
        ("verified_s", totals.figures.verified_ms / 1000),
        ("bags", totals.figures.bags),
        ("grams", totals.figures.grams),
        ("litres", totals.figures.litres),
        ("seedlings", totals.figures.seedlings),
        ("square_metres", totals.figures.square_metres),
        ("log_entries", totals.log_entries),
        ("withdrawn_attended", totals.withdrawn_attended),
    ];
    let numbers: String = numbers.iter().map(|(name, number)| format!(" \"{name}\": {number},\n")).collect();
    let items: Vec<String> =
        totals.figures.items.iter().map(|(name, count)| format!("  \"{name}\": {count}")).collect();
    let items = if items.is_empty() { "{}".to_owned() } else { format!("{{\n{}\n }}", items.join(",\n")) };
    format!("{{\n{numbers} \"items\": {items}\n}}")
}
