//! Pages, looked at as pictures and read back as text.

use std::sync::{Arc, OnceLock, Weak};

use server::progress::Progress;
use server::reports::{Asked, Export, ExportError, Exported, Fonts, Format, Material, PaperError, Signer, export};
use sync_core::documents::roster::{PersonName, PersonRecord};
use sync_core::ids::Subject;
use sync_core::spoken::SpokenCode;
use sync_core::trust::{Badge, HomeKey, Letter, Signed};
use sync_core::words::Language;

use super::scene::{Desk, EVENT, Scene, asked, id, name, person, written};

/// Everything that Kazakh has and Russian has not, in both cases.
const KAZAKH: &str = "ӘәҒғҚқҢңӨөҰұҮүҺһІі";
const HOME: &str = "https://home.example.org";

fn home_key() -> HomeKey {
    HomeKey::from_seed(&[4; 32])
}

fn printed(scene: &Scene, what: Export, language: Language) -> Exported {
    let key = home_key();
    let none = Fonts::none();
    let signer = Some(Signer::Home(&key));
    let asked = Asked { signer, home: Some(HOME), fonts: Some(&none), ..asked(Some(language)) };
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

#[test]
fn a_paper_has_the_spelling_in_the_letters_of_its_language() {
    let desk = Desk::new();
    for (spellings, cyrillic, latin) in [
        (["Bekova Saule", "Бекова Сауле"], "Бекова Сауле", "Bekova Saule"),
        (["Сейтқали Нұрлан", "Seitkali Nurlan"], "Сейтқали Нұрлан", "Seitkali Nurlan"),
        (["Tarbes", "Бек Яна"], "Бек Яна", "Tarbes"),
        (["ＡＮＮＡ ＢＥＫ", "Бек Анна"], "Бек Анна", "ANNA BEK"),
        (["ＭＡＲＹ ＡＮＮ", "ＭＡＲＹ ＡＮＮ"], "MARY ANN", "MARY ANN"),
        (["Griﬃth Soﬁa", "Griﬃth Soﬁa"], "Griffith Sofia", "Griffith Sofia"),
    ] {
        let mut scene = Scene::new();
        scene.roster.people.retain(|person, _| *person == id("A-0001"));
        let record = scene.roster.people.get_mut(&id("A-0001")).unwrap();
        record.added[0].value.names = spellings.iter().map(|text| super::scene::name(text, "", "")).collect();
        for what in [Export::Badges, Export::Letters] {
            for (language, shown) in [(Language::Kk, cyrillic), (Language::Ru, cyrillic), (Language::En, latin)] {
                desk.put("paper.pdf", &printed(&scene, what, language));
                let text = desk.run("pdftotext", &["-layout", "paper.pdf", "-"]);
                let is_shown = shown.split(' ').all(|word| text.contains(word));
                assert!(is_shown, "{what:?} {language:?}: {shown}: {text}");
            }
        }
    }
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
fn every_letter_of_kazakh_has_a_picture_of_its_own() {
    let desk = Desk::new();
    let mut pictures = std::collections::BTreeMap::new();
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
    let material = Material { id: EVENT, event, roster, logs: &logs, rulings, view: &view, history: &[] };
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

/// Everybody of these names, by code.
fn people_called(names: &[(&str, PersonName)]) -> Scene {
    let mut scene = Scene::new();
    let record = |code: &str, name: &PersonName| PersonRecord {
        added: vec![written(person(code, name.clone()))],
        ..PersonRecord::default()
    };
    scene.roster.people = names.iter().map(|(code, name)| (id(code), record(code, name))).collect();
    scene
}

fn badges_with(scene: &Scene, fonts: &Fonts, language: Language) -> Result<Exported, ExportError> {
    let key = home_key();
    let asked = Asked { signer: Some(Signer::Home(&key)), fonts: Some(fonts), ..asked(Some(language)) };
    scene.try_export(Export::Badges, Format::Pdf, &asked)
}

/// Debian's DejaVu, which `.ci/setup` installs with LibreOffice: it has Georgian, Arabic and Armenian, and no Chinese.
fn dejavu() -> Fonts {
    Fonts::in_folder(std::path::Path::new("/usr/share/fonts/truetype/dejavu"))
}

#[test]
fn whose_letters_no_font_has_is_left_out_by_name_and_the_others_are_printed() {
    let scene = people_called(&[
        ("GL-1", name("李", "小明", "")),
        ("GL-2", name("ბერიძე", "ნინო", "")),
        ("GL-3", name("أحمد", "الكريم", "")),
        ("GL-4", name("Әбдірахманұлы", "Ғалымжан 🌿", "")),
        ("GL-5", name("Սարգսյան", "Անի", "")),
        ("GL-6", name("Қасымов", "Нұрлан", "")),
        ("GL-7", name("ಕುಮಾರ್", "", "")),
    ]);
    let desk = Desk::new();
    for (fonts, left_out) in
        [(Fonts::none(), &["GL-1", "GL-2", "GL-3", "GL-4", "GL-5", "GL-7"][..]), (dejavu(), &["GL-1", "GL-4", "GL-7"])]
    {
        let printed = badges_with(&scene, &fonts, Language::Kk).unwrap();
        let mut codes: Vec<&str> = printed.told.left_out.iter().map(|one| one.code.as_str()).collect();
        codes.sort_unstable();
        assert_eq!(codes, left_out);
        desk.put("badges.pdf", &printed);
        let text = desk.run("pdftotext", &["-layout", "badges.pdf", "-"]);
        for code in (1..=7).map(|n| format!("GL-{n}")) {
            assert_eq!(text.contains(&code), !left_out.contains(&code.as_str()), "{code}: {text}");
        }
    }
    let printed = badges_with(&scene, &dejavu(), Language::Kk).unwrap();
    let told: Vec<String> = printed.told.left_out.iter().map(ToString::to_string).collect();
    assert!(told.contains(&"GL-1 李 小明: no font here has 小明李".to_owned()), "{told:?}");
    let text = desk.run("pdftotext", &["badges.pdf", "-"]);
    for whole in ["ნინო", "ბერიძე", "Անի", "الكريم", "أحمد"] {
        assert!(text.contains(whole), "{whole} is searched for in {text}");
    }
}

#[test]
fn where_nobody_is_left_to_print_for_that_is_told_with_their_names() {
    let scene = people_called(&[("GL-1", name("李", "小明", ""))]);
    let refused = badges_with(&scene, &Fonts::none(), Language::Ru).unwrap_err().to_string();
    assert!(refused.contains("GL-1 李 小明"), "{refused}");
    let mut scene = Scene::new();
    scene.event.name.en = "Caspian 漢 week".to_owned();
    let refused = badges_with(&scene, &Fonts::none(), Language::En).unwrap_err().to_string();
    assert!(refused.contains("Caspian 漢 week"), "an event's name is no empty box either: {refused}");
}

#[test]
fn for_foreign_readers_a_name_stands_in_latin_letters_with_the_original_beneath() {
    let desk = Desk::new();
    let mut scene = crowd();
    let record = scene.roster.people.get_mut(&id("A-0002")).unwrap();
    record.added[0].value.names = vec![name("Щербакова", "Юлия", ""), name("Shcherbakova", "Julia", "")];
    let record = scene.roster.people.get_mut(&id("A-0003")).unwrap();
    record.added[0].value.names = vec![name("Κωνσταντίνου", "Ελένη", "")];
    record.added[0].value.languages = vec!["el".to_owned(), "en".to_owned()];
    let text = |what, language| {
        desk.put("paper.pdf", &printed(&scene, what, language));
        desk.run("pdftotext", &["-layout", "paper.pdf", "-"])
    };
    let badges = text(Export::Badges, Language::En);
    for said in
        ["Shcherbakova", "Julia", "Щербакова Юлия", "Otegul-Ukiuly", "Eleni", "Konstantinou", "Κωνσταντίνου Ελένη"]
    {
        assert!(badges.contains(said), "{said}: {badges}");
    }
    let letters = text(Export::Letters, Language::En);
    for said in ["Alingululy", "Kozy", "Әліңғұлұлы", "Shcherbakova Julia", "Щербакова Юлия"] {
        assert!(letters.contains(said), "{said}: {letters}");
    }
    for (language, is_latin) in [(Language::Kk, false), (Language::Ru, false), (Language::En, true)] {
        assert_eq!(text(Export::Letters, language).contains("Alingululy"), is_latin, "{language:?}");
    }
    // A guest who reads neither Kazakh nor Russian has such a badge whatever language the others have.
    let record = scene.roster.people.get_mut(&id("A-0002")).unwrap();
    record.added[0].value.languages = vec!["en".to_owned()];
    desk.put("paper.pdf", &printed(&scene, Export::Badges, Language::Kk));
    let mixed = desk.run("pdftotext", &["-layout", "paper.pdf", "-"]);
    assert!(mixed.contains("Julia") && mixed.contains("Щербакова Юлия") && !mixed.contains("Alingululy"), "{mixed}");
}

#[test]
fn whose_name_no_rule_spells_in_latin_letters_has_it_whole_as_it_is_written_and_is_named() {
    let desk = Desk::new();
    let mut scene = people_called(&[
        ("GL-1", name("أحمد", "الكريم", "")),
        ("GL-2", name("Сейтқали", "أحمد", "")),
        ("GL-3", name("Қасымов", "Нұрлан", "")),
        ("GL-4", name("Սարգսյան", "Անի", "")),
    ]);
    let names = |printed: &Exported| -> Vec<String> {
        let mut names: Vec<String> = printed.told.without_latin.iter().map(ToString::to_string).collect();
        names.sort_unstable();
        names
    };
    let english = badges_with(&scene, &dejavu(), Language::En).unwrap();
    assert_eq!(names(&english), ["GL-1 أحمد الكريم", "GL-2 Сейтқали أحمد"]);
    assert_eq!(english.told.left_out, []);
    desk.put("badges.pdf", &english);
    let text = desk.run("pdftotext", &["badges.pdf", "-"]);
    for whole in ["أحمد", "الكريم", "Сейтқали", "Kasymov", "Sargsyan"] {
        assert!(text.contains(whole), "{whole}: {text}");
    }
    assert!(!text.contains("Seitkali"), "half a name is none: {text}");
    // In Kazakh nobody is asked for Latin letters, except of a guest; a spelling that somebody gave is one.
    assert_eq!(names(&badges_with(&scene, &dejavu(), Language::Kk).unwrap()), [] as [&str; 0]);
    let guest = scene.roster.people.get_mut(&id("GL-1")).unwrap();
    guest.added[0].value.languages = vec!["ar".to_owned()];
    assert_eq!(names(&badges_with(&scene, &dejavu(), Language::Kk).unwrap()), ["GL-1 أحمد الكريم"]);
    let guest = scene.roster.people.get_mut(&id("GL-1")).unwrap();
    guest.added[0].value.names.push(name("Al-Karim", "Ahmad", ""));
    assert_eq!(names(&badges_with(&scene, &dejavu(), Language::Kk).unwrap()), [] as [&str; 0]);
}

#[test]
fn a_badge_takes_less_than_a_kilobyte_and_a_half_and_its_code_is_still_read() {
    let names: Vec<(String, PersonName)> =
        (0..120).map(|n| (format!("A-{n:04}"), name(&format!("Әбдірахманұлы{n}"), "Ғалымжан", "Қайратұлы"))).collect();
    let names: Vec<(&str, PersonName)> = names.iter().map(|(code, name)| (code.as_str(), name.clone())).collect();
    let (few, many) = (people_called(&names[..20]), people_called(&names));
    let [few, many] = [few, many].map(|scene| printed(&scene, Export::Badges, Language::Kk).bytes);
    let each = (many.len() - few.len()) / 100;
    assert!(each <= 1250, "a badge takes {each} bytes");
    let codes = tests::paper::codes(&few);
    assert!(codes.iter().filter(|code| code.starts_with("SAXAUL1:")).count() >= 10, "{codes:?}");
}

#[test]
fn every_badge_of_a_sheet_has_the_code_of_whoever_it_names() {
    let names: Vec<(String, PersonName)> =
        (0..13).map(|n| (format!("A-{n:04}"), name(&format!("Әбдірахманұлы{n}"), "Ғалымжан", ""))).collect();
    let names: Vec<(&str, PersonName)> = names.iter().map(|(code, name)| (code.as_str(), name.clone())).collect();
    let desk = Desk::new();
    desk.put("badges.pdf", &printed(&people_called(&names), Export::Badges, Language::Kk));
    let mut seen = Vec::new();
    for at in 0..names.len() {
        let page = (at / 10 + 1).to_string();
        let (column, row) = (at % 2, at % 10 / 2);
        // Where the sheet is cut, at 200 dots to the inch.
        let cut = |mm: f32| ((mm * 200.0 / 25.4) as usize).to_string();
        let (x, y) = (cut(15.0 + 90.0 * column as f32), cut(13.5 + 54.0 * row as f32));
        let area = ["-r", "200", "-f", &page, "-l", &page, "-x", &x, "-y", &y, "-W", &cut(90.0), "-H", &cut(54.0)];
        desk.run("pdftoppm", &[&area[..], &["-gray", "-singlefile", "badges.pdf", "badge"]].concat());
        let scanned = desk.run("zbarimg", &["-q", "--raw", "-Sdisable", "-Sqrcode.enable", "badge.pgm"]);
        let statement = scanned.trim().strip_prefix("SAXAUL1:").unwrap_or_else(|| panic!("badge {at}: {scanned}"));
        let badge = Signed::<Badge>::from_printed(statement).unwrap().verify(&home_key().public()).unwrap();
        let text = desk.run("pdftotext", &[&area[..], &["badges.pdf", "-"]].concat());
        let named: Vec<&str> = names.iter().map(|(code, _)| *code).filter(|code| text.contains(code)).collect();
        let [code] = named.as_slice() else { panic!("badge {at} names {named:?}: {text}") };
        assert_eq!(badge.subject, Subject::Person(id(code)), "badge {at}: {text}");
        seen.push(*code);
    }
    seen.sort_unstable();
    assert_eq!(seen, names.iter().map(|(code, _)| *code).collect::<Vec<_>>());
}

#[test]
fn paper_that_nobody_waits_for_any_more_is_not_written_to_its_end() {
    let scene = Scene::new();
    for (what, format) in [
        (Export::Badges, Format::Pdf),
        (Export::Letters, Format::Pdf),
        (Export::Hours, Format::Csv),
        (Export::People, Format::Xlsx),
    ] {
        let key = home_key();
        let progress = Progress::default();
        let asked = Asked { signer: Some(Signer::Home(&key)), progress: Some(&progress), ..Asked::default() };
        scene.try_export(what, format, &asked).unwrap();
        let (done, expected) = progress.so_far();
        assert!(done > 0 && done == expected, "{what:?}: {done} of {expected}");
        progress.cancel();
        let refused = scene.try_export(what, format, &asked).unwrap_err();
        assert!(matches!(refused, ExportError::Cancelled(_)), "{what:?}: {refused}");
        assert!(progress.so_far().0 <= done + 1, "{what:?} goes on");
    }
}

/// People called by two Han letters each, which no font here has, and one whom every font can write.
fn people_without_a_font(how_many: u32) -> Scene {
    let han = |n: u32| char::from_u32(0x4e00 + n).unwrap();
    let called = |n| name(&String::from_iter([han(2 * n), han(2 * n + 1)]), "", "");
    let mut names: Vec<(String, PersonName)> = (0..how_many).map(|n| (format!("H-{n:04}"), called(n))).collect();
    names.push(("K-0001".to_owned(), name("Қасымов", "Нұрлан", "")));
    people_called(&names.iter().map(|(code, name)| (code.as_str(), name.clone())).collect::<Vec<_>>())
}

#[test]
fn while_fonts_are_looked_for_each_person_is_a_step_and_the_work_hears_that_nobody_waits() {
    let (scene, key, fonts) = (people_without_a_font(30), home_key(), dejavu());
    let asked = Asked { signer: Some(Signer::Home(&key)), fonts: Some(&fonts), ..Asked::default() };
    let progress = Progress::default();
    scene.try_export(Export::Badges, Format::Pdf, &Asked { progress: Some(&progress), ..asked.clone() }).unwrap();
    assert_eq!(progress.so_far(), (31, 31), "whoever is left out is a step, too");

    let itself: Arc<OnceLock<Weak<Progress>>> = Arc::default();
    let of_watcher = Arc::clone(&itself);
    let progress = Arc::new(Progress::watched(move |done, _| {
        if done == 3 {
            of_watcher.get().and_then(Weak::upgrade).unwrap().cancel();
        }
    }));
    itself.set(Arc::downgrade(&progress)).unwrap();
    let asked = Asked { progress: Some(&progress), ..asked };
    let refused = scene.try_export(Export::Badges, Format::Pdf, &asked).unwrap_err();
    assert!(matches!(refused, ExportError::Cancelled(_)), "{refused}");
    assert_eq!(progress.so_far(), (3, 31), "nobody is looked at after that");
}

#[test]
fn each_font_is_read_once_for_its_letters_and_what_takes_its_place_later_is_not_looked_through() {
    let place = tests::binary::Place::new();
    let file = place.path("font.ttf");
    std::fs::write(&file, include_bytes!("../../../../server/fonts/NotoSans-Regular.ttf")).unwrap();
    let fonts = Fonts::in_folder(file.parent().unwrap());
    let scene = people_called(&[("GL-1", name("ბერიძე", "", "")), ("GL-2", name("Қасымов", "", ""))]);
    let left_out = || badges_with(&scene, &fonts, Language::Kk).unwrap().told.left_out.len();
    assert_eq!(left_out(), 1, "Noto Sans has no Georgian letters");
    std::fs::remove_file(&file).unwrap();
    std::fs::copy("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", &file).unwrap();
    assert_eq!(left_out(), 1, "that no font has a letter is remembered");
}
