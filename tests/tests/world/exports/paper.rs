//! Pages, looked at as pictures and read back as text.

use server::reports::{Asked, Export, Exported, Format, Material, PaperError, Signer, export};
use sync_core::ids::Subject;
use sync_core::spoken::SpokenCode;
use sync_core::trust::{Badge, KeyPair, Letter, Signed};
use sync_core::words::Language;

use super::scene::{Desk, EVENT, Scene, asked, id};

/// Everything that Kazakh has and Russian has not, in both cases.
const KAZAKH: &str = "ӘәҒғҚқҢңӨөҰұҮүҺһІі";
const HOME: &str = "https://home.example.org";

fn home_key() -> KeyPair {
    KeyPair::from_seed(&[4; 32])
}

fn printed(scene: &Scene, what: Export, language: Language) -> Exported {
    let key = home_key();
    let asked = Asked { signer: Some(Signer::Home(&key)), home: Some(HOME), ..asked(Some(language)) };
    scene.export(what, Format::Pdf, &asked)
}

/// Everybody, and one more who has every letter.
fn crowd() -> Scene {
    let mut scene = Scene::new();
    let record = scene.roster.people.get_mut(&id("A-0001")).unwrap();
    record.added[0].value.names[0].given = format!("{KAZAKH} Қозы");
    scene
}

#[test]
fn badges_and_letters_have_every_letter_of_kazakh() {
    let (scene, desk) = (crowd(), Desk::new());
    for (what, name) in [(Export::Badges, "badges"), (Export::Letters, "letters")] {
        desk.put(&format!("{name}.pdf"), &printed(&scene, what, Language::Kk));
        let text = desk.run("pdftotext", &["-layout", &format!("{name}.pdf"), "-"]);
        let missing: String = KAZAKH.chars().filter(|letter| !text.contains(*letter)).collect();
        assert_eq!(missing, "", "{text}");
        assert!(!text.contains('\u{fffd}'), "{text}");
        let fonts = desk.run("pdffonts", &[&format!("{name}.pdf")]);
        assert!(fonts.contains("NotoSans-Bold") && !fonts.contains(" no  "), "every font is embedded: {fonts}");
    }
}

#[test]
fn a_page_is_no_blank_sheet_and_stays_within_its_edges() {
    let desk = Desk::new();
    desk.put("letters.pdf", &printed(&crowd(), Export::Letters, Language::Kk));
    desk.run("pdftoppm", &["-r", "30", "-gray", "-f", "1", "-l", "1", "letters.pdf", "page"]);
    let picture = std::fs::read(desk.path("page-1.pgm")).unwrap();
    let header: Vec<usize> = String::from_utf8_lossy(&picture[..16])
        .split_whitespace()
        .skip(1)
        .map_while(|word| word.parse().ok())
        .collect();
    let (width, height) = (header[0], header[1]);
    let pixels = &picture[picture.len() - width * height..];
    let ink = |from: usize, to: usize| pixels[from * width..to * width].iter().filter(|shade| **shade < 128).count();
    assert!(ink(8, height / 3) > 300, "a title and a name");
    assert!(ink(height / 3, 2 * height / 3) > 200, "days and hours");
    assert!(ink(height * 4 / 5, height) > 300, "a code");
    let margin = |row: usize| pixels[row * width + 224..(row + 1) * width].iter().all(|shade| *shade > 250);
    assert!((10..height).all(margin), "the right margin is free");
}

/// A badge of somebody with this name, as a picture: nothing else on the sheet depends on the name.
fn picture_of(desk: &Desk, name: &str) -> Vec<u8> {
    let mut scene = Scene::new();
    scene.roster.people.retain(|person, _| *person == id("A-0001"));
    let record = scene.roster.people.get_mut(&id("A-0001")).unwrap();
    record.added[0].value.names = vec![super::scene::name(name, "", "")];
    desk.put("badge.pdf", &printed(&scene, Export::Badges, Language::Kk));
    desk.run("pdftoppm", &["-r", "60", "-gray", "badge.pdf", "badge"]);
    std::fs::read(desk.path("badge-1.pgm")).unwrap()
}

#[test]
fn every_letter_of_kazakh_has_a_picture_of_its_own_and_none_is_the_empty_box() {
    let desk = Desk::new();
    let mut pictures = std::collections::BTreeMap::from([(picture_of(&desk, "漢漢漢漢"), '漢')]);
    for letter in KAZAKH.chars() {
        let name: String = std::iter::repeat_n(letter, 4).collect();
        let alike = pictures.insert(picture_of(&desk, &name), letter);
        assert_eq!(alike, None, "{letter} looks like another");
    }
}

#[test]
fn a_letter_says_hours_days_and_on_what_it_rests() {
    let (scene, desk) = (Scene::new(), Desk::new());
    desk.put("letters.pdf", &printed(&scene, Export::Letters, Language::En));
    let text = desk.run("pdftotext", &["-layout", "letters.pdf", "-"]);
    assert!(text.contains("Letter of volunteer service") && text.contains("DRAFT"), "{text}");
    assert!(text.contains("18.05.2026") && text.contains("North beach") && text.contains("7 h 30 min"), "{text}");
    assert!(text.contains("19.05.2026") && text.contains("2 h 15 min"), "{text}");
    assert!(text.contains("9 h 45 min") && text.contains("Days of service: 2"), "{text}");
    assert!(!text.contains("Núñez"), "who has no verified hours has no letter: {text}");
}

#[test]
fn the_same_material_gives_the_same_pages() {
    for what in [Export::Badges, Export::Letters] {
        let [one, two] = [(); 2].map(|()| printed(&Scene::new(), what, Language::Ru));
        assert!(one == two, "{what:?}");
    }
}

#[test]
fn a_badge_shows_the_code_that_is_spoken() {
    let desk = Desk::new();
    desk.put("badges.pdf", &printed(&Scene::new(), Export::Badges, Language::Ru));
    let text = desk.run("pdftotext", &["-layout", "badges.pdf", "-"]);
    for code in ["A-0001", "A-0002", "A-0003"] {
        let spoken = SpokenCode::of(Subject::Person(id(code))).to_string();
        assert!(text.contains(&format!("{} {}", &spoken[..3], &spoken[3..])), "{code} is {spoken}: {text}");
    }
}

#[test]
fn what_a_code_holds_is_an_id_and_a_signature() {
    let badge = Badge { event: EVENT, subject: Subject::Person(id("A-0001")) };
    let text = home_key().state(&badge).to_printed();
    let read = Signed::<Badge>::from_printed(&text).unwrap().verify(&home_key().public());
    assert_eq!(read, Ok(badge));
    let letter =
        Letter { event: EVENT, subject: badge.subject, revision: Some(2), verified_s: 35_100, signed_by: None };
    let text = home_key().state(&letter).to_printed();
    assert_eq!(Signed::<Letter>::from_printed(&text).unwrap().verify(&home_key().public()), Ok(letter));
}

#[test]
fn nothing_is_printed_without_a_key_or_for_nobody() {
    let scene = Scene::new();
    let (view, logs) = (scene.view(), scene.logs.iter().collect::<Vec<_>>());
    let Scene { event, roster, rulings, .. } = &scene;
    let material = Material { id: EVENT, event, roster, logs: &logs, rulings, view: &view };
    let told = |asked: &Asked<'_>| export(Export::Badges, Format::Pdf, &material, asked).unwrap_err().to_string();
    assert_eq!(told(&Asked::default()), PaperError::NoKey.to_string());
    let key = home_key();
    let only = vec![Subject::from_bits(2)];
    assert_eq!(
        told(&Asked { signer: Some(Signer::Home(&key)), only, ..Asked::default() }),
        PaperError::Nobody.to_string()
    );
    let wrong = export(Export::Badges, Format::Csv, &material, &Asked::default()).unwrap_err();
    assert_eq!(wrong.to_string(), "badges is not written as csv: choose pdf");
}
