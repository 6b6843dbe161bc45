//! Letters of every length: nothing stands on anything else, and whoever signs sees the sum and the code.

use jiff::civil::date;
use server::reports::{Asked, Export, Fonts, Format, Signer};
use sync_core::documents::event::{DayHours, EventEdit, LocalText, Site};
use sync_core::documents::roster::{PersonName, PersonRecord, Roster};
use sync_core::documents::rulings::{Decision, Ruling, Rulings};
use sync_core::ids::{RulingId, Subject};
use sync_core::time::day_of_date;
use sync_core::trust::HomeKey;
use sync_core::words::Language;
use tests::paper::{Word, codes, words};

use super::scene::{Scene, asked, id, name, person, written};

const LANGUAGES: [Language; 3] = [Language::Kk, Language::Ru, Language::En];
/// Edges of the paper, in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
/// Where the code is, on the last page.
const CODE: [f32; 4] = [70.0, 686.0, 174.0, 793.0];

/// One person with an hour on each of so many days, at the sites of these names.
fn scene(days: i16, event: &str, person_name: PersonName, sites: &[&str]) -> Scene {
    let mut scene = Scene::new();
    scene.logs = Vec::new();
    let text = |text: &str| LocalText { kk: text.to_owned(), ru: text.to_owned(), en: text.to_owned() };
    scene.event.apply(EventEdit::Name(text(event)));
    for (at, site) in sites.iter().enumerate() {
        scene.event.apply(EventEdit::Site { key: format!("s{at}"), site: Some(Site { name: text(site) }) });
    }
    scene.rulings = Rulings::default();
    let first = day_of_date(date(2026, 6, 1));
    for day in 0..days {
        let hours = DayHours { opens: 8 * 60, closes: 20 * 60 };
        scene.event.apply(EventEdit::Day { day: first + i64::from(day), hours: Some(hours) });
        let midnight = scene.event.zone.table.moment(date(2026, 6, 1), 0).0 + i64::from(day) * 86_400_000;
        for at in 0..sites.len() {
            let hour = i64::try_from(at).unwrap() + 8;
            let [start, end] = [hour, hour + 1].map(|hour| sync_core::time::UnixMillis(midnight + hour * 3_600_000));
            let subject = Subject::Person(id("A-1"));
            let decision = Decision::Manual { subject, start, end, site: Some(format!("s{at}")) };
            let [high, low] = day.to_be_bytes();
            let ruling = Ruling { decision, reason: "paper list".to_owned() };
            let key = RulingId([high, low, u8::try_from(at).unwrap(), 1, 1, 1, 1, 1]);
            scene.rulings.by_id.insert(key, vec![written(ruling)]);
        }
    }
    let record = PersonRecord { added: vec![written(person("A-1", person_name))], ..PersonRecord::default() };
    scene.roster = Roster { people: [(id("A-1"), record)].into(), ..Roster::default() };
    scene
}

fn letter(scene: &Scene, language: Language) -> Vec<u8> {
    let key = HomeKey::from_seed(&[4; 32]);
    let none = Fonts::none();
    let home = Some("https://home.example.org");
    let asked = Asked { signer: Some(Signer::Home(&key)), home, fonts: Some(&none), ..asked(Some(language)) };
    scene.export(Export::Letters, Format::Pdf, &asked).bytes
}

/// Looks at every page; answers how many there are.
#[track_caller]
fn is_well_laid_out(what: &str, pdf: &[u8]) -> usize {
    let words = words(pdf);
    let pages = words.iter().map(|word| word.page).max().unwrap();
    for (at, word) in words.iter().enumerate() {
        let [left, top, right, bottom] = word.edges;
        assert!(left > 50.0 && top > 17.0 && right < WIDTH - 50.0 && bottom < HEIGHT - 20.0, "{what}: {word:?}");
        assert!(word.page < pages || !word.is_within(CODE), "{what}: {word:?} stands on the code");
        let on_it: Vec<&Word> = words[at + 1..].iter().filter(|other| other.overlaps(word)).collect();
        assert!(on_it.is_empty(), "{what}: {word:?} and {on_it:?}");
    }
    assert_eq!(codes(pdf).len(), 1, "{what}");
    pages
}

fn page_of(words: &[Word], text: &str) -> Vec<usize> {
    words.iter().filter(|word| word.text == text).map(|word| word.page).collect()
}

#[test]
fn every_day_has_a_line_and_the_sum_stands_with_the_place_to_sign() {
    let anna = name("Әбдірахманова", "Анна", "Владимировна");
    let event = "Международная волонтёрская акция по очистке побережья Каспийского моря";
    for (days, pages) in [(1, 1), (12, 1), (15, 1), (16, 1), (17, 2), (18, 2), (24, 2), (28, 2), (36, 2), (60, 3)] {
        let scene = scene(days, event, anna.clone(), &["Северный пляж"]);
        for language in LANGUAGES {
            let what = format!("{days} days, {language:?}");
            let pdf = letter(&scene, language);
            let laid_out = is_well_laid_out(&what, &pdf);
            assert!(laid_out == pages || (days == 16 && laid_out == 2), "{what}: {laid_out} pages");
            let words = words(&pdf);
            let dates: Vec<&Word> = words.iter().filter(|word| word.text.ends_with(".2026")).collect();
            assert!(dates.len() >= usize::try_from(days).unwrap(), "{what}: a day has no line");
            let sum = language.pick(&["Барлығы", "Всего", "In"]);
            let sign = language.pick(&["Ұйымдастырушы", "Организатор", "Organizer"]);
            assert_eq!((page_of(&words, sum), page_of(&words, sign)), (vec![laid_out], vec![laid_out]), "{what}");
            let last: Vec<&&Word> = dates.iter().filter(|date| date.page == laid_out).collect();
            assert!(laid_out == 1 || last.len() >= 2, "{what}: the sum stands alone");
        }
    }
}

#[test]
fn names_as_long_as_they_may_be_are_wrapped_and_push_what_follows_down() {
    let words = "Халықаралық экологиялық еріктілер акциясының қорытынды кезеңі ".repeat(9);
    let text = |count: usize| words.chars().take(count).collect::<String>();
    let hyphens = name("Мамырбайұлы-Константинопольский-Задунайский", "Мұхаммедәлишер", "Қожамжарұлының");
    let endless = name(&"Щ".repeat(120), &"Ж".repeat(120), &"Ю".repeat(120));
    for (what, event, person, days, sites) in [
        ("an event of 140 letters", text(140), hyphens.clone(), 16, vec![text(40)]),
        ("an event of 500 letters", text(500), hyphens, 3, vec![text(500)]),
        ("an endless word", "Щ".repeat(300), endless, 20, vec!["Ж".repeat(200)]),
        ("many sites", text(60), name("Ким", "Анна", ""), 12, vec![text(90); 9]),
    ] {
        let sites: Vec<&str> = sites.iter().map(String::as_str).collect();
        let scene = scene(days, &event, person, &sites);
        for language in LANGUAGES {
            is_well_laid_out(&format!("{what}, {language:?}"), &letter(&scene, language));
        }
    }
}

#[test]
fn a_time_and_a_pair_of_dates_are_never_parted_by_the_end_of_a_line() {
    for length in (20..110).step_by(3) {
        let event: String = (0..length).map(|at| if at % 7 == 6 { ' ' } else { 'а' }).collect();
        let scene = scene(3, &event, name("Ким", "Анна", ""), &["Пляж"]);
        let text = tests::paper::text(&letter(&scene, Language::Ru));
        assert!(text.contains("3\u{a0}ч\u{a0}00\u{a0}мин") || text.contains("3 ч 00 мин."), "{length}: {text}");
        assert!(
            text.contains("01.06.2026\u{a0}–\u{a0}03.06.2026") || text.contains("01.06.2026 – 03.06.2026"),
            "{text}"
        );
    }
}
