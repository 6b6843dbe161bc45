//! What a sheet of badges for everybody costs: time, memory and bytes.

#[path = "support/race.rs"]
mod race;

use std::time::{Duration, Instant};

use race::{Races, show, target, timed};
use server::reports::{Asked, Export, Fonts, Format, Material, Signer, export};
use sync_core::documents::Authored;
use sync_core::documents::event::EventInfo;
use sync_core::documents::log::Log;
use sync_core::documents::roster::{ExternalId, Person, PersonName, PersonRecord, Roster};
use sync_core::documents::rulings::Rulings;
use sync_core::ids::{DeviceId, EventId, PersonId, Subject};
use sync_core::time::ClockReading;
use sync_core::trust::{Badge, HomeKey};
use sync_core::view::project;
use sync_core::words::Language;
use tests::Crowd;

const EVENT: EventId = EventId([7; 16]);
const PEOPLE: usize = 50_000;
const FEW: usize = 1_200;

fn main() {
    let mut races = Races::begin();
    badges(&mut races, PEOPLE, (Duration::from_secs(10), 300));
    badges(&mut races, FEW, (Duration::from_secs(1), 100));
    races.finish();
}

fn badges(races: &mut Races, count: usize, (limit, limit_mib): (Duration, u64)) {
    let (key, fonts, roster) = (HomeKey::from_seed(&[4; 32]), Fonts::none(), roster(count));
    let (event, rulings) = (EventInfo::default(), Rulings::default());
    let view = project(&event, &roster, &[] as &[Log], &rulings);
    let (logs, history) = (&[], &[]);
    let material =
        Material { id: EVENT, event: &event, roster: &roster, logs, rulings: &rulings, view: &view, history };
    let asked = Asked {
        language: Some(Language::Kk),
        signer: Some(Signer::Home(&key)),
        fonts: Some(&fonts),
        ..Asked::default()
    };
    let before = resident_mib("VmRSS:");
    forget_peak();
    let began = Instant::now();
    let exported = export(Export::Badges, Format::Pdf, &material, &asked).expect("badges are written");
    let took = began.elapsed();
    let memory = resident_mib("VmHWM:").saturating_sub(before);
    assert!(exported.told.left_out.is_empty(), "every name can be written");
    let each = exported.bytes.len() / count;
    // Whatever draws them: each badge is signed.
    let signing = timed(|| {
        let badges = roster.people.keys().map(|id| Badge { event: EVENT, subject: Subject::Person(*id) });
        badges.map(|badge| key.state(&badge).to_printed().len()).sum::<usize>()
    });
    let ratio = took.as_secs_f64() / signing.as_secs_f64();
    races.row(
        &format!("badges for {count} people, against signing them"),
        [
            show(took),
            show(signing),
            format!("{ratio:.1}"),
            target(&format!("under {} s", limit.as_secs()), took < limit),
        ],
    );
    let sizes = [format!("{memory} MiB, {each} bytes a badge"), String::new(), String::new()];
    let [memory_text, floor, no_ratio] = sizes;
    let met = memory < limit_mib && each < 1250;
    let what = target(&format!("under {limit_mib} MiB and 1250 bytes"), met);
    races.row("the same, memory and size", [memory_text, floor, no_ratio, what]);
}

fn roster(count: usize) -> Roster {
    let crowd = Crowd::seeded(7, count);
    let people = crowd.rows.iter().enumerate().map(|(n, row)| {
        let code = format!("A-{n:05}");
        let names: Vec<PersonName> = row.names.iter().take(1).cloned().collect();
        let external_ids = vec![ExternalId { issuer: "list".to_owned(), value: code.clone() }];
        let team = Some(format!("T{}", n % 40));
        let person = Person { names, external_ids, team, ..Person::default() };
        let added = vec![Authored { value: person, by: DeviceId([9; 16]), reading: ClockReading::default() }];
        (PersonId::of_external(EVENT, "list", &code), PersonRecord { added, ..PersonRecord::default() })
    });
    Roster { people: people.collect(), ..Roster::default() }
}

/// Memory of this process in MiB, as Linux says; 0 elsewhere.
fn resident_mib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}

/// From now on the most that is held is counted anew.
fn forget_peak() {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}
