//! A recorded week, read and checked as a whole before anything is done with it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sync_core::documents::event::{DayHours, EventEdit, EventZone, LocalText, MarkersRead, Site};
use sync_core::documents::log::{LitterCard, Method, PlantingCard};
use sync_core::documents::roster::{PersonEdit, PersonField};
use sync_core::time::{ClockReading, UnixMillis, ZoneOffset, ZoneTable, day_of_date};
use sync_core::trust::Role;

/// What is wrong with a recording, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingError {
    /// Relative to the recording.
    pub file: String,
    /// From 1; 0 speaks of the whole file.
    pub line: usize,
    /// In words.
    pub what: String,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}, line {line}: {}", self.file, self.what),
        }
    }
}

impl std::error::Error for RecordingError {}

/// A phone of the recording.
#[derive(Debug, Clone, Deserialize)]
pub struct PhoneFile {
    /// The name of its file, without `.jsonl`.
    pub key: String,
    /// `marker` or `lead`.
    pub role: String,
    /// Where it mostly stands.
    pub site: String,
}

#[derive(Debug, Deserialize)]
struct DayFile {
    date: jiff::civil::Date,
    opens: String,
    closes: String,
}

#[derive(Debug, Deserialize)]
struct SiteFile {
    key: String,
    #[serde(default)]
    name: Option<NameFile>,
}

#[derive(Debug, Deserialize, Default, Clone)]
struct NameFile {
    #[serde(default)]
    kk: String,
    #[serde(default)]
    ru: String,
    #[serde(default)]
    en: String,
}

/// `event.json`: what an event is, for a recording and for `saxaul event create`.
#[derive(Debug, Deserialize)]
pub struct EventFile {
    name: NameFile,
    time_zone: String,
    days: Vec<DayFile>,
    sites: Vec<SiteFile>,
    /// `own_post` or `all`.
    markers_read: Option<MarkersRead>,
    /// The lists of people.
    #[serde(default)]
    pub rosters: Vec<String>,
    /// The phones.
    #[serde(default)]
    pub phones: Vec<PhoneFile>,
}

/// Days before and after an event for which its document knows the time zone.
const ZONE_MARGIN_DAYS: i64 = 400;

impl EventFile {
    /// Reads the file's content.
    ///
    /// # Errors
    /// [`RecordingError`] naming the line.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, RecordingError> {
        serde_json::from_slice(bytes).map_err(|error| RecordingError {
            file: file.to_owned(),
            line: error.line(),
            what: error.to_string(),
        })
    }

    /// What an organizer would enter.
    ///
    /// # Errors
    /// [`RecordingError`] for an unknown time zone, a time that is none, or an event without days.
    pub fn edits(&self, file: &str) -> Result<Vec<EventEdit>, RecordingError> {
        let wrong = |what: String| RecordingError { file: file.to_owned(), line: 0, what };
        let zone = jiff::tz::TimeZone::get(&self.time_zone)
            .map_err(|_| wrong(format!("time_zone: `{}` is not a time zone", self.time_zone)))?;
        let (Some(first), Some(last)) =
            (self.days.iter().map(|day| day.date).min(), self.days.iter().map(|day| day.date).max())
        else {
            return Err(wrong("days: an event has at least one day".to_owned()));
        };
        let name = LocalText { kk: self.name.kk.clone(), ru: self.name.ru.clone(), en: self.name.en.clone() };
        let table = zone_table(&zone, first, last);
        let mut edits = vec![EventEdit::Name(name), EventEdit::Zone(EventZone { name: self.time_zone.clone(), table })];
        for day in &self.days {
            let minutes = |name: &str, text: &str| {
                minute_of_day(text).ok_or_else(|| wrong(format!("days, {}: {name} `{text}` is not a time", day.date)))
            };
            let hours = DayHours { opens: minutes("opens", &day.opens)?, closes: minutes("closes", &day.closes)? };
            if hours.closes < hours.opens {
                return Err(wrong(format!("days, {}: closes before it opens", day.date)));
            }
            edits.push(EventEdit::Day { day: day_of_date(day.date), hours: Some(hours) });
        }
        for site in &self.sites {
            let NameFile { kk, ru, en } = site.name.clone().unwrap_or_default();
            let described = Site { name: LocalText { kk, ru, en } };
            edits.push(EventEdit::Site { key: site.key.clone(), site: Some(described) });
        }
        edits.extend(self.markers_read.map(EventEdit::MarkersRead));
        Ok(edits)
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}

/// The offsets of a zone around an event.
fn zone_table(zone: &jiff::tz::TimeZone, first: jiff::civil::Date, last: jiff::civil::Date) -> ZoneTable {
    let at = |day: i64| Timestamp::from_second(day * 86_400).unwrap_or(Timestamp::UNIX_EPOCH);
    let (from, to) = (at(day_of_date(first) - ZONE_MARGIN_DAYS), at(day_of_date(last) + ZONE_MARGIN_DAYS));
    let mut offsets =
        vec![ZoneOffset { from: UnixMillis(from.as_millisecond()), seconds: zone.to_offset(from).seconds() }];
    for transition in zone.following(from).take_while(|transition| transition.timestamp() < to) {
        offsets.push(ZoneOffset {
            from: UnixMillis(transition.timestamp().as_millisecond()),
            seconds: transition.offset().seconds(),
        });
    }
    ZoneTable { offsets }
}

/// Somebody who is named in a recording: a code of a list, or the `ref` of a walk-in.
pub type Name = String;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Somebody at a gate.
    Gate(Gate, Name, String, Method),
    /// An earlier line is taken back.
    Undo(usize),
    /// Somebody is registered.
    WalkIn {
        /// How the recording calls them.
        name: Name,
        /// As it was typed.
        spelling: String,
        /// As it was typed.
        phone: Option<String>,
        /// Gregorian.
        year: Option<u16>,
    },
    /// A field is changed.
    Edit(Name, PersonEdit),
    /// Litter is counted.
    Litter(LitterCard),
    /// Seedlings are counted.
    Planting(PlantingCard),
    /// The phone meets home.
    Exchange,
    /// Two are one.
    Same(Name, Name),
    /// Two are two.
    NotSame(Name, Name),
    /// Two that were ruled one are no longer.
    RetractSame(Name, Name),
    /// A line of a phone has no effect.
    Void {
        /// Which phone.
        phone: usize,
        /// Which line.
        line: usize,
        /// Why.
        reason: String,
    },
    /// Somebody was there.
    Manual {
        /// Who.
        name: Name,
        /// From.
        start: UnixMillis,
        /// To.
        end: UnixMillis,
        /// Why.
        reason: String,
    },
    /// Imputed time counts.
    Confirm(Name, i64),
}

/// What happens at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Coming.
    In,
    /// Going.
    Out,
    /// Not coming.
    NoShow,
}

/// One line.
#[derive(Debug, Clone)]
pub struct Act {
    /// From 1.
    pub line: usize,
    /// True time.
    pub at: UnixMillis,
    /// What the phone's clocks read; the organizer's are right.
    pub reading: ClockReading,
    /// What was done.
    pub deed: Deed,
}

/// The turns of everybody who touches home.
pub struct OrderAtHome {
    /// For each phone, the turns of its meetings.
    pub phones: Vec<Vec<usize>>,
    /// The turns of the organizer's acts.
    pub organizer: Vec<usize>,
}

/// A recorded week.
pub struct Recording {
    /// What the event is.
    pub event: EventFile,
    /// The lists, by file name.
    pub rosters: Vec<(String, Vec<u8>)>,
    /// For each phone of the event, its acts.
    pub phones: Vec<Vec<Act>>,
    /// The organizer's acts.
    pub organizer: Vec<Act>,
}

impl Recording {
    /// Reads a recording from a directory.
    ///
    /// # Errors
    /// [`RecordingError`] for the first thing that is wrong.
    pub fn read(directory: &Path) -> Result<Self, RecordingError> {
        Self::from_files(|name| {
            std::fs::read(directory.join(name)).map_err(|error| RecordingError {
                file: name.to_owned(),
                line: 0,
                what: format!("cannot be read: {error}"),
            })
        })
    }

    /// Reads a recording whose files `read` finds by name.
    ///
    /// # Errors
    /// [`RecordingError`] for the first thing that is wrong.
    pub fn from_files(read: impl Fn(&str) -> Result<Vec<u8>, RecordingError>) -> Result<Self, RecordingError> {
        let event = EventFile::parse("event.json", &read("event.json")?)?;
        event.edits("event.json")?;
        for phone in &event.phones {
            phone.role.parse::<Role>().map_err(|error| RecordingError {
                file: "event.json".to_owned(),
                line: 0,
                what: format!("phone {}: {error}", phone.key),
            })?;
        }
        let rosters = event.rosters.iter().map(|name| Ok((name.clone(), read(name)?))).collect::<Result<_, _>>()?;
        let phones = event.phones.iter().map(|phone| {
            let name = format!("phones/{}.jsonl", phone.key);
            parse_lines(&name, &read(&name)?, &event, Clocks::Recorded)
        });
        let phones = phones.collect::<Result<_, _>>()?;
        let organizer = parse_lines("organizer.jsonl", &read("organizer.jsonl")?, &event, Clocks::Right)?;
        Ok(Self { event, rosters, phones, organizer })
    }

    /// Checks that everyone who is named is on a list or registered in the recording, once; and every undo and void
    /// means a line that recorded something.
    ///
    /// # Errors
    /// [`RecordingError`] for the first name that nobody has.
    pub fn check(&self, on_lists: &HashSet<String>) -> Result<(), RecordingError> {
        let mut known: HashSet<&str> = on_lists.iter().map(String::as_str).collect();
        let files = || self.files().collect::<Vec<_>>();
        for (file, acts) in files() {
            for act in acts {
                if let Deed::WalkIn { name, .. } = &act.deed
                    && !known.insert(name)
                {
                    return Err(RecordingError { file, line: act.line, what: format!("`{name}` is taken") });
                }
            }
        }
        let recorded: HashMap<String, HashSet<usize>> = files()
            .into_iter()
            .map(|(file, acts)| (file, acts.iter().filter(|act| act.deed.is_recorded()).map(|act| act.line).collect()))
            .collect();
        for (file, acts) in files() {
            for act in acts {
                let wrong = |what: String| RecordingError { file: file.clone(), line: act.line, what };
                if let Some(name) = act.deed.names().into_iter().find(|name| !known.contains(name.as_str())) {
                    return Err(wrong(format!("nobody is called `{name}` on any list or at any gate")));
                }
                let (target, line) = match &act.deed {
                    Deed::Undo(line) if *line < act.line => (file.clone(), *line),
                    Deed::Undo(line) => return Err(wrong(format!("line {line} is not an earlier one"))),
                    Deed::Void { phone, line, .. } => (self.phone_file(*phone), *line),
                    _ => continue,
                };
                if !recorded.get(&target).is_some_and(|lines| lines.contains(&line)) {
                    return Err(wrong(format!("line {line} of {target} records nothing in a log")));
                }
            }
        }
        Ok(())
    }

    fn phone_file(&self, phone: usize) -> String {
        format!("phones/{}.jsonl", self.event.phones[phone].key)
    }

    fn files(&self) -> impl Iterator<Item = (String, &[Act])> {
        let phones = self.phones.iter().enumerate().map(|(phone, acts)| (self.phone_file(phone), acts.as_slice()));
        phones.chain(std::iter::once(("organizer.jsonl".to_owned(), self.organizer.as_slice())))
    }

    /// Shortly before anything was done: the organizer prepares the event.
    #[must_use]
    pub fn begins(&self) -> UnixMillis {
        let first = self.files().filter_map(|(_, acts)| acts.first()).map(|act| act.at.0).min();
        UnixMillis(first.unwrap_or(0) - 60_000)
    }

    /// When the last thing was done.
    #[must_use]
    pub fn ends(&self) -> UnixMillis {
        UnixMillis(self.files().filter_map(|(_, acts)| acts.last()).map(|act| act.at.0).max().unwrap_or(0))
    }

    /// The year of the event.
    #[must_use]
    pub fn year(&self) -> u16 {
        let last = self.event.days.iter().map(|day| day.date.year()).max();
        last.and_then(|year| u16::try_from(year).ok()).unwrap_or(2100)
    }

    /// Numbers what touches home in true order. At the same moment, the organizer comes last.
    #[must_use]
    pub fn order_at_home(&self) -> OrderAtHome {
        let meetings = self.phones.iter().enumerate().flat_map(|(phone, acts)| {
            acts.iter().filter(|act| act.deed == Deed::Exchange).map(move |act| (act.at, Some(phone)))
        });
        let mut acts: Vec<(UnixMillis, Option<usize>)> = meetings.collect();
        acts.extend(self.organizer.iter().map(|act| (act.at, None)));
        acts.sort_by_key(|(at, who)| (*at, who.unwrap_or(usize::MAX)));
        let mut order = OrderAtHome { phones: vec![Vec::new(); self.phones.len()], organizer: Vec::new() };
        for (turn, (_, who)) in acts.into_iter().enumerate() {
            match who {
                Some(phone) => order.phones[phone].push(turn),
                None => order.organizer.push(turn),
            }
        }
        order
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.phones.iter().map(Vec::len).sum::<usize>() + self.organizer.len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Deed {
    fn names(&self) -> Vec<&Name> {
        match self {
            Self::Gate(_, name, ..) | Self::Edit(name, _) | Self::Manual { name, .. } | Self::Confirm(name, _) => {
                vec![name]
            }
            Self::Same(a, b) | Self::NotSame(a, b) | Self::RetractSame(a, b) => vec![a, b],
            _ => Vec::new(),
        }
    }

    /// Whether it becomes an entry of the phone's log.
    fn is_recorded(&self) -> bool {
        matches!(self, Self::Gate(..) | Self::Undo(_) | Self::WalkIn { .. } | Self::Litter(_) | Self::Planting(_))
    }
}

#[derive(Clone, Copy)]
enum Clocks {
    Recorded,
    Right,
}

#[derive(Deserialize)]
struct LineFile {
    t: Timestamp,
    boot: Option<u64>,
    mono_ms: Option<u64>,
    wall_ms: Option<i64>,
    r#do: serde_json::Map<String, Value>,
}

fn parse_lines(file: &str, bytes: &[u8], event: &EventFile, clocks: Clocks) -> Result<Vec<Act>, RecordingError> {
    let text = std::str::from_utf8(bytes).map_err(|_| RecordingError {
        file: file.to_owned(),
        line: 0,
        what: "it is not UTF-8".to_owned(),
    })?;
    let mut acts: Vec<Act> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let wrong = |what: String| RecordingError { file: file.to_owned(), line, what };
        if text.trim().is_empty() {
            return Err(wrong("the line is empty".to_owned()));
        }
        let parsed: LineFile = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let at = UnixMillis(parsed.t.as_millisecond());
        if acts.last().is_some_and(|last| last.at > at) {
            return Err(wrong("it is earlier than the line before".to_owned()));
        }
        let reading = match (clocks, parsed.boot, parsed.mono_ms, parsed.wall_ms) {
            (Clocks::Right, ..) => ClockReading { boot: 0, mono_ms: 0, wall_ms: at },
            (Clocks::Recorded, Some(boot), Some(mono_ms), Some(wall)) => {
                ClockReading { boot, mono_ms, wall_ms: UnixMillis(wall) }
            }
            _ => return Err(wrong("a phone's line has boot, mono_ms and wall_ms".to_owned())),
        };
        let (verb, value) = match (parsed.r#do.len(), parsed.r#do.into_iter().next()) {
            (1, Some(deed)) => deed,
            _ => return Err(wrong("`do` holds one deed".to_owned())),
        };
        let deed = parse_deed(&verb, value, event).map_err(|what| wrong(format!("{verb}: {what}")))?;
        acts.push(Act { line, at, reading, deed });
    }
    Ok(acts)
}

fn fields<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn parse_deed(verb: &str, value: Value, event: &EventFile) -> Result<Deed, String> {
    match verb {
        "check_in" => gate(Gate::In, value, event),
        "check_out" => gate(Gate::Out, value, event),
        "no_show" => gate(Gate::NoShow, value, event),
        "undo" => {
            #[derive(Deserialize)]
            struct Fields {
                line: usize,
            }
            fields::<Fields>(value).map(|undo| Deed::Undo(undo.line))
        }
        "walk_in" => {
            #[derive(Deserialize)]
            struct Fields {
                r#ref: String,
                name: String,
                phone: Option<String>,
                year: Option<u16>,
            }
            let Fields { r#ref, name, phone, year } = fields(value)?;
            Ok(Deed::WalkIn { name: r#ref, spelling: name, phone, year })
        }
        "edit_person" => {
            #[derive(Deserialize)]
            struct Fields {
                person: String,
                field: String,
                value: String,
            }
            let Fields { person, field, value } = fields(value)?;
            let field = PersonField::from_key(&field).ok_or_else(|| format!("a person has no field `{field}`"))?;
            let edit = PersonEdit::from_text(field, &value).map_err(|error| error.to_string())?;
            Ok(Deed::Edit(person, edit))
        }
        "withdraw" => {
            #[derive(Deserialize)]
            struct Fields {
                person: String,
                reason: String,
            }
            let Fields { person, reason } = fields(value)?;
            Ok(Deed::Edit(person, PersonEdit::Withdrawn(Some(reason))))
        }
        "litter_card" => litter(value, event),
        "planting_card" => planting(value, event),
        "exchange" if value == "home" => Ok(Deed::Exchange),
        "exchange" => Err(format!("{value} is not `home`")),
        _ => parse_ruling(verb, value, event),
    }
}

fn parse_ruling(verb: &str, value: Value, event: &EventFile) -> Result<Deed, String> {
    match verb {
        "same" => fields(value).map(|(a, b)| Deed::Same(a, b)),
        "not_same" => fields(value).map(|(a, b)| Deed::NotSame(a, b)),
        "retract_same" => fields(value).map(|(a, b)| Deed::RetractSame(a, b)),
        "void" => {
            #[derive(Deserialize)]
            struct Fields {
                phone: String,
                line: usize,
                reason: String,
            }
            let Fields { phone, line, reason } = fields(value)?;
            let index = event.phones.iter().position(|known| known.key == phone);
            let phone = index.ok_or_else(|| format!("the event has no phone `{phone}`"))?;
            Ok(Deed::Void { phone, line, reason })
        }
        "manual" => {
            #[derive(Deserialize)]
            struct Fields {
                person: String,
                start: Timestamp,
                end: Timestamp,
                reason: String,
            }
            let Fields { person, start, end, reason } = fields(value)?;
            let [start, end] = [start, end].map(|at| UnixMillis(at.as_millisecond()));
            if end <= start {
                return Err("it ends before it starts".to_owned());
            }
            Ok(Deed::Manual { name: person, start, end, reason })
        }
        "confirm" => {
            #[derive(Deserialize)]
            struct Fields {
                person: String,
                date: jiff::civil::Date,
            }
            fields::<Fields>(value).map(|confirm| Deed::Confirm(confirm.person, day_of_date(confirm.date)))
        }
        _ => Err("nobody knows this deed".to_owned()),
    }
}

fn known_site(site: String, event: &EventFile) -> Result<String, String> {
    if event.sites.iter().any(|known| known.key == site) {
        Ok(site)
    } else {
        Err(format!("the event has no site `{site}`"))
    }
}

fn gate(gate: Gate, value: Value, event: &EventFile) -> Result<Deed, String> {
    #[derive(Deserialize)]
    struct Fields {
        subject: String,
        site: String,
        method: String,
    }
    let Fields { subject, site, method } = fields(value)?;
    let method = match method.as_str() {
        "qr" => Method::Qr,
        "search" => Method::Search,
        "paper" => Method::Paper,
        other => return Err(format!("method `{other}` is not qr, search or paper")),
    };
    Ok(Deed::Gate(gate, subject, known_site(site, event)?, method))
}

fn litter(value: Value, event: &EventFile) -> Result<Deed, String> {
    #[derive(Deserialize)]
    #[serde(default)]
    #[derive(Default)]
    struct Fields {
        site: String,
        team: Option<String>,
        bags: u32,
        grams: u64,
        litres: u64,
        metres: u64,
        people: u32,
        items: std::collections::BTreeMap<String, u32>,
    }
    let Fields { site, team, bags, grams, litres, metres, people, items } = fields(value)?;
    let site = known_site(site, event)?;
    Ok(Deed::Litter(LitterCard { site, team, bags, grams, litres, metres, people, items }))
}

fn planting(value: Value, event: &EventFile) -> Result<Deed, String> {
    #[derive(Deserialize)]
    struct Fields {
        site: String,
        species: String,
        seedlings: u32,
        square_metres: u64,
    }
    let Fields { site, species, seedlings, square_metres } = fields(value)?;
    Ok(Deed::Planting(PlantingCard { site: known_site(site, event)?, species, seedlings, square_metres }))
}
