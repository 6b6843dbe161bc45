use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::documents::log::{Record as Entry, WalkIn};
use crate::documents::roster::{Person, PersonRecord};
use crate::documents::rulings::Decision;
use crate::ids::{PersonId, WalkInId};
use crate::view::fixtures::{Office, Phone, at, event, written};
use crate::view::{Sources, project};

/// What somebody wrote: a name, a telephone number, a year and an organisation, each of which may be empty.
type Line = (&'static str, &'static str, u16, &'static str);

struct Written {
    names: Vec<PersonName>,
    line: Line,
}

fn write(lines: &[Line]) -> Vec<Written> {
    let names = |text: &str| vec![PersonName { family: text.to_owned(), ..PersonName::default() }];
    lines.iter().map(|line| Written { names: names(line.0), line: *line }).collect()
}

fn records(written: &[Written]) -> impl Iterator<Item = Record<'_, usize>> {
    written.iter().enumerate().map(|(who, Written { names, line })| Record {
        who,
        since: None,
        names,
        phone: Some(line.1).filter(|text| !text.is_empty()),
        birth_year: Some(line.2).filter(|year| *year != 0),
        organisation: Some(line.3).filter(|text| !text.is_empty()),
        external_ids: &[],
    })
}

/// Pairs among `lines` where a few hundred others stand around them.
fn pairs_among(lines: &[Line]) -> Vec<Pair<usize>> {
    let families = ["Ахметов", "Оспанов", "Ким", "Щербаков", "Нұрғалиев", "Иванов", "Қасымов", "Цой"];
    let given = ["Серік", "Данияр", "Олжас", "Тимур", "Руслан", "Ермек", "Нұрлан", "Андрей", "Ғани", "Бекзат"];
    let names: Vec<&'static str> = families
        .iter()
        .flat_map(|family| given.iter().map(move |given| &*Box::leak(format!("{family} {given}").into_boxed_str())))
        .collect();
    let years = [1951, 1962, 1973, 1984];
    let others = names.iter().enumerate().map(|(at, name)| (*name, "", years[at % 4] + (at % 11) as u16, ""));
    let all: Vec<Line> = lines.iter().copied().chain(others).collect();
    let found = find_pairs(records(&write(&all)));
    assert_eq!(found.crowded, 0);
    found.found.into_iter().filter(|pair| pair.a < lines.len() && pair.b < lines.len()).collect()
}

fn reasons(pair: &Pair<usize>) -> Vec<Reason> {
    pair.reasons.iter().map(|weight| weight.reason).collect()
}

#[track_caller]
fn assert_one(a: Line, b: Line) -> Vec<Reason> {
    let found = pairs_among(&[a, b]);
    let [pair] = &found[..] else { panic!("{a:?} and {b:?} are no pair") };
    let points: i32 = pair.reasons.iter().map(|weight| i32::from(weight.points)).sum();
    let score = (500 + points).min(1000);
    assert!((score - i32::from(pair.score)).abs() <= pair.reasons.len() as i32, "{pair:?} does not add up");
    reasons(pair)
}

#[track_caller]
fn assert_two(a: Line, b: Line) {
    let found = pairs_among(&[a, b]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn one_human_being_in_two_spellings_is_a_pair_and_the_reasons_say_why() {
    let found = assert_one(
        ("Жұмабаева Әсел Нұрланқызы", "8 (701) 123-45-67", 1990, "Жасыл Ел"),
        ("Asel Zhumabayeva", "+77011234567", 1990, "Zhasyl El"),
    );
    assert_eq!(found, [Reason::Name, Reason::Transliteration, Reason::PhoneTail, Reason::Year, Reason::Organisation]);
    let found = assert_one(
        ("Жұмабаева Әсел Нұрланқызы", "87011234567", 0, ""),
        ("Джумабаева Асель Нурлановна", "7011234567", 1990, ""),
    );
    assert_eq!(found, [Reason::Name, Reason::Patronymic, Reason::PhoneTail]);
}

#[test]
fn one_mistake_hides_no_pair() {
    for name in ["Жумабаав Асет", "Жумабев Асет", "Жумбаев Асет", "Асет Жумабеав", "Ужмабаев Асет"]
    {
        assert_one(("Жұмабаев Әсет", "", 1990, ""), (name, "", 1990, ""));
    }
    for name in ["ЖумабаевА сет", "Жумабаев Асет Нурланович", "Жумабаев-Омаров Асет", "Жумабаев Асте"]
    {
        assert_one(("Жұмабаев Әсет", "87011234567", 1990, ""), (name, "87011234567", 1990, ""));
    }
    assert_one(("Жұмабаев Әсет", "87011234567", 1990, ""), ("Жұмабаев Әсет", "87011234576", 0, ""));
    assert_one(("Жұмабаев Әсет", "87011234567", 1978, ""), ("Жұмабаев Әсет", "87011234567", 1987, ""));
    assert_one(("Жұмабаев Әсет", "87011234567", 1978, ""), ("Әсет", "87011234567", 1978, ""));
}

#[test]
fn brothers_twins_and_colleagues_on_one_telephone_are_no_pairs() {
    let serik = ("Жұмабаев Серік Нұрланұлы", "87011234567", 1990, "Жасыл Ел");
    assert_two(serik, ("Жұмабаев Берік Нұрланұлы", "87011234567", 1992, "Жасыл Ел"));
    assert_two(serik, ("Жұмабаев Данияр Нұрланұлы", "87011234567", 1990, "Жасыл Ел"));
    assert_two(serik, ("Жұмабаева Айгүл Нұрланқызы", "87011234567", 1990, "Жасыл Ел"));
    assert_two(serik, ("Оспанов Серік Асқарұлы", "87011234567", 1990, "Жасыл Ел"));
}

#[test]
fn father_and_son_and_namesakes_are_no_pairs() {
    let serik = ("Ахметов Серік Нұрланұлы", "87011234567", 1960, "Жасыл Ел");
    assert_two(serik, ("Ахметов Данияр Серікұлы", "87011234567", 1990, "Жасыл Ел"));
    assert_two(serik, ("Ахметов Серік Болатұлы", "87029876543", 1960, "Жасыл Ел"));
    assert_two(serik, ("Akhmetov Serik", "87029876543", 1987, "Birgemiz"));
}

#[test]
fn a_name_that_few_bear_is_asked_about_where_nothing_but_another_number_speaks_against_it() {
    let found =
        assert_one(("Ахметов Серік Нұрланұлы", "87011234567", 1960, ""), ("Akhmetov Serik", "87029876543", 0, ""));
    assert_eq!(found, [Reason::Name, Reason::Transliteration, Reason::OtherPhone]);
}

#[test]
fn an_office_telephone_that_hundreds_share_hides_no_pair_and_makes_none() {
    let family = |n: usize| {
        let syllables = ["ба", "ге", "ди", "жо", "зу", "ка", "ле", "ми", "но", "пу", "ра", "фе"];
        let [a, b, c] = [n % 12, n / 12 % 12, n / 144];
        // The last two follow from the others, so that no name is a mistyped other one.
        [a, b, c, (a + b + c) % 12, (a + 5 * b + 7 * c) % 12].map(|at| syllables[at]).concat()
    };
    let families: Vec<String> = (0..1200).map(family).collect();
    let given = ["Серік", "Данияр", "Олжас", "Тимур", "Руслан"];
    let mut lines: Vec<Line> = Vec::new();
    for (at, family) in families.iter().enumerate() {
        let name = Box::leak(format!("{family} {}", given[at % 5]).into_boxed_str());
        lines.push((name, "8 7172 55 01 01", 1950 + (at % 50) as u16, "Жасыл Ел"));
    }
    let twice = lines[700];
    lines.push((twice.0, "+7 7172 55 01 01", twice.2, ""));
    let found = find_pairs(records(&write(&lines)));
    let pairs: Vec<(usize, usize)> = found.found.iter().map(|pair| (pair.a, pair.b)).collect();
    assert_eq!(pairs, [(700, 1200)]);
}

#[test]
fn a_crowd_that_nothing_tells_apart_is_counted_not_passed_over() {
    let lines = vec![("Ахметов Серік", "87172550101", 1990, ""); 400];
    let found = find_pairs(records(&write(&lines)));
    assert_eq!(found.crowded, 400);
}

#[test]
fn a_record_is_compared_by_its_first_spellings_however_many_it_has() {
    let spelling = |text: String| PersonName { family: text, ..PersonName::default() };
    let others =
        |from: usize, to: usize| (from..to).map(|at| spelling(format!("Бектұров{} Ғабит", "ан".repeat(at + 1))));
    let meant = || [spelling("Щербакова Жанар".to_owned())].into_iter();
    let pair = |names: Vec<PersonName>| {
        let own = [spelling("Shcherbakova Zhanar".to_owned())];
        let record = |who, names| Record { who, names, ..BLANK };
        let pairs = find_pairs([record(1, &names[..]), record(2, &own[..])]);
        pairs.found.len()
    };
    assert_eq!(pair(others(0, 5).chain(meant()).collect()), 1);
    assert_eq!(pair(others(0, 6).chain(meant()).collect()), 0);
    // Spellings that fold alike are one, so that they crowd nobody out.
    assert_eq!(pair(std::iter::repeat_n(others(0, 1), 20).flatten().chain(meant()).collect()), 1);
}

#[test]
fn records_of_a_thousand_spellings_are_compared_as_fast_as_others() {
    let names = |who: usize| -> Vec<PersonName> {
        let text = |at: usize| format!("Жұмабаев{} Әсет{}", "ав".repeat(at % 40), "ет".repeat(at / 40 + who % 2));
        (0..1000).map(|at| PersonName { family: text(at), ..PersonName::default() }).collect()
    };
    let names: Vec<Vec<PersonName>> = (0..100).map(names).collect();
    let records = names.iter().enumerate().map(|(who, names)| Record { who, names, ..BLANK });
    assert!(!find_pairs(records).found.is_empty());
}

const BLANK: Record<'static, usize> = Record {
    who: 0,
    since: None,
    names: &[],
    phone: Some("87011234567"),
    birth_year: Some(1990),
    organisation: None,
    external_ids: &[],
};

#[test]
fn what_better_pairs_settle_follows_from_them() {
    let first = ("Жұмабаев Әсет Нұрланұлы", "87011234567", 1990, "Жасыл Ел");
    let again = ("Жумабаев Асет", "87011234567", 1990, "");
    let found = pairs_among(&[first, again, ("Zhumabayev Aset", "87011234567", 0, "")]);
    let shown: Vec<_> = found.iter().map(|pair| (pair.a, pair.b, pair.follows)).collect();
    assert_eq!(shown, [(0, 1, false), (0, 2, false), (1, 2, true)]);
    let found = pairs_among(&[first, again, again]);
    let shown: Vec<_> = found.iter().map(|pair| (pair.a, pair.b, pair.follows)).collect();
    assert_eq!(shown, [(1, 2, false), (0, 1, false), (0, 2, true)]);
}

const AIDA: PersonId = PersonId::from_entropy(2);
const BOTA: PersonId = PersonId::from_entropy(4);
const GUEST: WalkInId = WalkInId::from_entropy(1);

fn roster() -> Roster {
    let person = |name: &str, phone: &str| Person {
        names: vec![PersonName { family: name.to_owned(), ..PersonName::default() }],
        phone: Some(phone.to_owned()),
        birth_year: Some(1990),
        ..Person::default()
    };
    let record = |person| PersonRecord { added: vec![written(person)], ..PersonRecord::default() };
    let people = [
        (AIDA, record(person("Жұмабаева Аида", "87011234567"))),
        (BOTA, record(person("Zhumabayeva Aida", "87011234567"))),
    ];
    Roster { people: people.into(), ..Roster::default() }
}

fn gate() -> Phone {
    let mut gate = Phone::anchored(1);
    let names = vec![PersonName { family: "Жумабаева Аида".into(), ..PersonName::default() }];
    let phone = Some("87011234567".to_owned());
    gate.records(
        "18 09:00",
        Entry::WalkIn(WalkIn { id: GUEST, names, phone, organisation: None, birth_year: Some(1990) }),
    );
    gate.checks_in("18 09:01", Subject::WalkIn(GUEST));
    gate
}

fn shown(office: &Office) -> (EventView, Candidates) {
    let roster = roster();
    let view = project(&event(), &roster, &[gate().log], &office.rulings);
    let candidates = candidates(&roster, &view, &office.rulings);
    (view, candidates)
}

#[test]
fn a_pair_shows_what_was_ruled_on_it() {
    let [aida, bota, guest] = [Subject::Person(AIDA), Subject::Person(BOTA), Subject::WalkIn(GUEST)];
    let mut office = Office::default();
    let state = |office: &Office, a: Subject, b: Subject| {
        let (_, candidates) = shown(office);
        let found = candidates.pairs.into_iter().find(|each| (each.pair.a, each.pair.b) == (a, b));
        found.map(|each| each.state)
    };
    assert_eq!(state(&office, aida, bota), Some(CandidateState::Open));
    let same = office.rules(Decision::Same(bota, aida));
    office.rules(Decision::Same(aida, guest));
    assert_eq!(state(&office, aida, bota), Some(CandidateState::Same(vec![same])));
    assert_eq!(state(&office, bota, guest), Some(CandidateState::Joined));
    let not_same = office.rules(Decision::NotSame(aida, bota));
    let contested = CandidateState::Contested { same: vec![same], not_same: vec![not_same] };
    assert_eq!(state(&office, aida, bota), Some(contested));
    office.rules(Decision::Retract(same));
    assert_eq!(state(&office, aida, bota), Some(CandidateState::NotSame(vec![not_same])));
}

#[test]
fn a_pair_that_was_ruled_on_is_listed_whatever_its_score() {
    let stranger = Subject::from_bits(99);
    let mut office = Office::default();
    let same = office.rules(Decision::Same(stranger, Subject::Person(AIDA)));
    let (_, candidates) = shown(&office);
    let last = candidates.pairs.last().unwrap();
    assert_eq!((last.pair.a, last.pair.b, last.pair.score), (Subject::Person(AIDA), stranger, 0));
    assert_eq!(last.state, CandidateState::Same(vec![same]));
}

#[test]
fn what_two_records_say_is_shown_side_by_side_with_authors_times_and_days() {
    let (aida, guest) = (Subject::Person(AIDA), Subject::WalkIn(GUEST));
    let mut office = Office::default();
    let same = office.rules(Decision::Same(guest, aida));
    office.rules(Decision::Retract(same));
    let (event, roster, gate) = (event(), roster(), gate());
    let sources = Sources { event: &event, roster: &roster, logs: vec![&gate.log], rulings: &office.rulings };
    let view = sources.view();
    let shown = evidence(&sources, &view, &candidates(&roster, &view, &office.rulings), [guest, aida]);
    let said = |said: &Said| said.statements.iter().map(|one| one.text.clone()).collect::<Vec<_>>();
    assert_eq!(said(&shown.a), ["Жұмабаева Аида", "1990", "87011234567"]);
    assert_eq!(said(&shown.b), ["Жумабаева Аида", "1990", "87011234567"]);
    assert_eq!((shown.b.statements[0].by, shown.b.statements[0].time.at), (gate.log.device, at("18 09:00")));
    let seen: Vec<_> = shown.b.seen.iter().map(|one| (one.date.to_string(), one.what, one.time.at)).collect();
    assert_eq!(seen, [("2026-05-18".to_owned(), Noted::CheckIn, at("18 09:01"))]);
    assert_eq!((shown.a.seen.len(), shown.candidate.map(|one| one.state)), (0, Some(CandidateState::Open)));
    let rulings: Vec<_> = shown.rulings.iter().map(|one| (one.ruling, one.same, one.retracted)).collect();
    assert_eq!(rulings, [(same, true, true)]);
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let names = select(&["Жұмабаев Әсет", "Zhumabayev Aset", "Жумабаев Аст", "Асет", "", "Ким Анна", "Kim Anna"][..]);
    let phones = select(&["87011234567", "+7 701 123 45 76", "1234567", "", "0000000"][..]);
    let years = select(&[0, 1990, 1991, 1909, u16::MAX][..]);
    vec((names, phones, years, select(&["", "Жасыл Ел", "zhasyl el"][..])), 0..12)
}

proptest! {
    #[test]
    fn every_order_of_arrival_gives_the_same_pairs(
        (lines, order) in lines().prop_flat_map(|lines| {
            let order: Vec<usize> = (0..lines.len()).collect();
            (Just(lines), Just(order).prop_shuffle())
        }),
    ) {
        let written = write(&lines);
        let all: Vec<_> = records(&written).collect();
        let shuffled = order.iter().map(|at| all[*at]);
        prop_assert_eq!(find_pairs(shuffled), find_pairs(all.iter().copied()));
    }

    #[test]
    fn same_and_then_retract_restores_the_view_byte_for_byte(
        before in vec((0..4u64, 0..4u64, any::<bool>()), 0..5),
        pair in (0..4u64, 0..4u64),
    ) {
        let decision = |(a, b, same): (u64, u64, bool)| {
            let (a, b) = (Subject::from_bits(a), Subject::from_bits(b));
            if same { Decision::Same(a, b) } else { Decision::NotSame(a, b) }
        };
        let bytes = |office: &Office| format!("{:?}", shown(office));
        let mut office = Office::default();
        for ruled in before {
            office.rules(decision(ruled));
        }
        let untouched = bytes(&office);
        let same = office.rules(decision((pair.0, pair.1, true)));
        office.rules(Decision::Retract(same));
        prop_assert_eq!(bytes(&office), untouched);
    }
}
