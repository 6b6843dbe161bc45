//! What it costs to find duplicates among hundreds of thousands, and to find one person among them.

#[path = "support/call_centre.rs"]
mod call_centre;
#[path = "support/race.rs"]
mod race;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use call_centre::CallCentre;
use race::{Races, show, target, timed};
use sync_core::ids::Subject;
use sync_core::names::{Listed, Matcher, NameKey, PeopleIndex};
use sync_core::spoken::SpokenCode;
use sync_core::view::duplicates::find_pairs;
use tests::crowd::Row;
use tests::{Chance, Crowd};

const MANY: usize = 300_000;
const FEW: usize = 30_000;
/// Of an event, on a phone.
const EVENT: usize = 5_000;
const QUERIES: usize = 2_000;
const PAGE: usize = 20;

fn main() {
    let mut races = Races::begin();
    let many = Crowd::seeded(7, MANY);
    duplicates(&mut races, &many);
    // Whoever asks the call-centre waits for the network, too; whoever types on a phone sees each frame.
    lookup(&mut races, "lookup among 300,000", &many, (0.1, Duration::from_millis(100)));
    lookup(&mut races, "lookup among 5,000, as one types", &Crowd::seeded(7, EVENT), (1.0, Duration::from_millis(16)));
    over_http(&mut races, &many, 12);
    races.finish();
}

fn duplicates(races: &mut Races, many: &Crowd) {
    let few = Crowd::seeded(7, FEW);
    let pairs = |crowd: &Crowd| find_pairs(crowd.rows.iter().map(Row::record));
    let fold = || timed(|| many.rows.iter().map(|row| NameKey::of(&row.names[0])).filter(NameKey::is_empty).count());
    let Some(of_many) = races.race("duplicates among 300,000", 60.0, || timed(|| pairs(many)), fold) else { return };
    let Some(of_few) = races.race("duplicates among 30,000", 10.0, || timed(|| pairs(&few)), fold) else { return };
    let growth = of_many.ours.as_secs_f64() / of_few.ours.as_secs_f64();
    let found: BTreeSet<(u32, u32)> = pairs(many).found.iter().map(|pair| (pair.a, pair.b)).collect();
    let (recall, precision) = tests::pairs::recall_and_precision(&many.truth, &found);
    races.row(
        "duplicates among 300,000 people, against folding their names",
        [
            show(of_many.ours),
            show(of_many.floor),
            format!("{:.1}", of_many.ratio()),
            target("under a minute", of_many.ours < Duration::from_secs(60)),
        ],
    );
    races.row(
        "the same, against 30,000 people",
        [show(of_many.ours), show(of_few.ours), format!("{growth:.1}"), target("at most 30", growth <= 30.0)],
    );
    let quality = format!("recall {recall:.3}, precision {precision:.3}");
    races.row("the same, what is found", [quality, String::new(), String::new(), String::new()]);
}

/// What people ask for: letters, beginnings, whole and mistyped names, ends of numbers, codes.
fn queries(crowd: &Crowd) -> Vec<String> {
    let mut chance = Chance::seeded(3);
    let queries = (0..QUERIES).map(|at| {
        let row = &crowd.rows[usize::try_from(chance.below(crowd.rows.len() as u64)).expect("a place")];
        let name = row.names[0].to_string();
        let words: Vec<&str> = name.split_whitespace().collect();
        let letters = |count: usize| name.chars().take(count).collect::<String>();
        match at % 8 {
            0 => letters(1),
            1 => letters(3),
            2 => letters(name.chars().count() / 2),
            3 => words.iter().filter_map(|word| word.chars().next()).map(String::from).collect::<Vec<_>>().join(" "),
            4 => name.clone(),
            5 => format!("{} {}", tests::crowd::spell::mistype(words[0], &mut chance), words[1]),
            6 => row.phone.as_deref().map_or_else(|| letters(5), |phone| phone[phone.len() - 5..].to_owned()),
            _ => SpokenCode::of(Subject::from_bits(u64::from(row.code))).to_string(),
        }
    });
    queries.collect()
}

fn lookup(races: &mut Races, name: &str, crowd: &Crowd, (of_scan, limit): (f64, Duration)) {
    let began = Instant::now();
    let index = PeopleIndex::of(crowd.rows.iter().map(|row| Listed {
        who: row.code,
        names: &row.names,
        phone: row.phone.as_deref(),
        spoken: SpokenCode::of(Subject::from_bits(u64::from(row.code))),
        codes: &[],
    }));
    let built = began.elapsed();
    let keys: Vec<NameKey> = crowd.rows.iter().map(|row| NameKey::of(&row.names[0])).collect();
    let queries = queries(crowd);
    let mut times: Vec<Duration> = queries.iter().map(|query| timed(|| index.search(query, PAGE))).collect();
    times.sort_unstable();
    let p99 = times[times.len() * 99 / 100];
    let (mut asked, mut scanned) = (queries.iter().cycle(), queries.iter().cycle());
    let ours = || timed(|| index.search(asked.next().expect("queries go round"), PAGE));
    let scan = || {
        let matcher = Matcher::new(scanned.next().expect("queries go round"));
        timed(|| keys.iter().filter(|key| matcher.fit(key).is_some()).count())
    };
    let Some(medians) = races.race(name, 5.0, ours, scan) else { return };
    races.row(
        &format!("{name}: median, against a scan of all names"),
        [
            show(medians.ours),
            show(medians.floor),
            format!("{:.3}", medians.ratio()),
            target(&format!("under {of_scan}"), medians.ratio() < of_scan),
        ],
    );
    races.row(
        &format!("{name}: p99 of {QUERIES} queries"),
        [show(p99), String::new(), String::new(), target(&format!("under {limit:?}"), p99 < limit)],
    );
    let bytes = index.held_bytes() as f64;
    races.row(
        &format!("{name}: memory, and building it"),
        [
            format!("{:.1} MB", bytes / 1e6),
            show(built),
            format!("{:.0} B each", bytes / crowd.rows.len() as f64),
            String::new(),
        ],
    );
}

/// The same through the real server: so many people in so many events, one caller on one connection.
fn over_http(races: &mut Races, crowd: &Crowd, events: usize) {
    let name = format!("lookup over HTTP, 300,000 in {events} event(s)");
    let mut centre = CallCentre::of(crowd, events);
    let (first, _) = centre.asks("chernova");
    let queries: Vec<String> = queries(crowd).into_iter().filter(|query| query.trim().chars().count() >= 2).collect();
    let mut times: Vec<Duration> = queries.iter().map(|query| centre.asks(query).0).collect();
    times.sort_unstable();
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    let keys: Vec<NameKey> = crowd.rows.iter().map(|row| NameKey::of(&row.names[0])).collect();
    let mut scans: Vec<Duration> = queries.iter().step_by(20).map(|query| timed(|| scan(&keys, query))).collect();
    scans.sort_unstable();
    let scan = scans[scans.len() / 2];
    centre.rename(crowd.rows[0].code, "Zhaksylykova Ainur");
    let (after_edit, answer) = centre.asks("Zhaksylykova Ainur");
    assert!(answer.contains("Zhaksylykova"), "an edit is found at once: {answer}");
    let ratio = |ours: Duration| format!("{:.3}", ours.as_secs_f64() / scan.as_secs_f64());
    let under = |ours: Duration| target("under 100 ms", ours < Duration::from_millis(100));
    let nothing = String::new;
    races.row(&format!("{name}: median, against a scan of all names"), [show(p50), show(scan), ratio(p50), nothing()]);
    races.row(&format!("{name}: p99 of {}", queries.len()), [show(p99), show(scan), ratio(p99), under(p99)]);
    races.row(
        &format!("{name}: the first after an edit"),
        [show(after_edit), show(scan), ratio(after_edit), under(after_edit)],
    );
    races.row(
        &format!("{name}: the very first, which reads all events"),
        [show(first), nothing(), nothing(), nothing()],
    );
    centre.stop();
}

fn scan(keys: &[NameKey], query: &str) -> usize {
    let matcher = Matcher::new(query);
    keys.iter().filter(|key| matcher.fit(key).is_some()).count()
}
