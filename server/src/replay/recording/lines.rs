//! One line of a recording, one deed.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sync_core::documents::log::{LitterCard, Method, PlantingCard};
use sync_core::documents::roster::{PersonEdit, PersonField};
use sync_core::time::{ClockReading, UnixMillis, day_of_date};

use super::{Act, Deed, EventFile, Gate, RecordingError};
use crate::plain_text::decode;

#[derive(Clone, Copy)]
pub(super) enum Clocks {
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

pub(super) fn parse_lines(
    file: &str,
    bytes: &[u8],
    event: &EventFile,
    clocks: Clocks,
) -> Result<Vec<Act>, RecordingError> {
    let text =
        decode(bytes).map_err(|error| RecordingError { file: file.to_owned(), line: 0, what: error.to_string() })?;
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
    if event.plan.sites.iter().any(|known| known.key == site) {
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
