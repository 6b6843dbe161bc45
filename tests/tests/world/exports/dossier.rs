//! The dossier of «Волонтёр года», opened by programs that are not ours.

use std::collections::BTreeMap;

use server::reports::{DossierMaterial, Exported, Format, write_dossier};
use sync_core::documents::Documents;
use sync_core::documents::roster::PersonEdit;
use sync_core::documents::roster::PersonField;
use sync_core::ids::DeviceId;
use sync_core::view::{AwardsQuery, AwardsRecord, Basis, Dossier, Sources, dossier};
use sync_core::words::Language;

use super::scene::{Desk, EVENT, Scene, id, written};

const HOUR_MS: u64 = 3_600_000;

fn ask(scene: &Scene) -> Dossier {
    let Scene { event, roster, logs, rulings } = scene;
    let sources = Sources { event, roster, logs: logs.iter().collect(), rulings };
    let basis = Basis::now(&Documents::founded(EVENT, DeviceId([0; 16])));
    let query = AwardsQuery { at_least_ms: HOUR_MS, most: 3, ..AwardsQuery::default() };
    dossier(query, &[AwardsRecord::of(EVENT, basis, &sources)])
}

fn write(scene: &Scene, format: Format, language: Language) -> Exported {
    let dossier = ask(scene);
    let events = BTreeMap::from([(EVENT, scene.event.clone())]);
    let devices =
        BTreeMap::from([(DeviceId([3; 16]), "Солтүстік қақпа".to_owned()), (DeviceId([9; 16]), "Кеңсе".to_owned())]);
    let material = DossierMaterial { dossier: &dossier, events: &events, devices: &devices };
    write_dossier(&material, format, Some(language)).unwrap()
}

/// The second of the list is called two things at once.
fn disputed() -> Scene {
    let mut scene = Scene::new();
    let record = scene.roster.people.get_mut(&id("A-0002")).unwrap();
    let teams = ["T1", "T2"].map(|team| written(PersonEdit::Team(Some(team.to_owned()))));
    record.edits.insert(PersonField::Team, teams.into());
    scene
}

#[test]
fn the_dossier_on_paper_says_who_on_what_evidence_who_not_and_how_to_ask_again() {
    let (scene, desk) = (disputed(), Desk::new());
    let pdf = write(&scene, Format::Pdf, Language::Kk);
    assert_eq!((pdf.media_type, pdf.file_name.as_str()), ("application/pdf", "dossier.pdf"));
    assert!(pdf == write(&scene, Format::Pdf, Language::Kk), "the same dossier gives the same bytes");
    desk.put("dossier.pdf", &pdf);
    let text = desk.run("pdftotext", &["-layout", "dossier.pdf", "-"]);
    for said in [
        "«Жыл еріктісі»: дәлелдер жинағы",
        "Каспий жағалауын тазалау апталығы",
        "saxaul report dossier",
        "--at-least-s 3600 --most 3",
        "Әліңғұлұлы Һәкім",
        "9 сағ 45 мин",
        "Солтүстік қақпа №",
        "Солтүстік  ",
        "жағажай",
        "Кеңсе, ",
        "paper",
        "Өрісте бірнеше мән бар: Топ",
    ] {
        assert!(text.contains(said), "`{said}` is not said:\n{text}");
    }
    assert!(!text.contains("Núñez"), "too few hours: {text}");
    let fonts = desk.run("pdffonts", &["dossier.pdf"]);
    assert!(fonts.contains("NotoSans") && !fonts.contains(" no  "), "every font is embedded: {fonts}");
}

#[test]
fn the_dossier_in_a_workbook_has_its_list_evidence_who_was_left_out_and_the_query() {
    let (scene, desk) = (disputed(), Desk::new());
    let xlsx = write(&scene, Format::Xlsx, Language::Ru);
    assert!(xlsx == write(&scene, Format::Xlsx, Language::Ru));
    desk.put("dossier.xlsx", &xlsx);
    // Every sheet into a file of its own; 76 is UTF-8.
    let filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1";
    desk.run("soffice", &["--headless", "--convert-to", filter, "dossier.xlsx"]);
    let shortlist = desk.text("dossier-Короткий список.csv");
    assert!(shortlist.starts_with("Место в списке,Код,ФИО,"), "{shortlist}");
    assert!(shortlist.contains("1,A-0001,Әліңғұлұлы Һәкім") && shortlist.contains("9:45,2"), "{shortlist}");
    let evidence = desk.text("dossier-Основания.csv");
    assert_eq!(evidence.lines().count(), 3, "{evidence}");
    assert!(evidence.contains("Солтүстік қақпа №") && evidence.contains("Кеңсе"), "{evidence}");
    let excluded = desk.text("dossier-Исключены.csv");
    assert!(excluded.contains("A-0002") && excluded.contains("'=HYPERLINK"), "{excluded}");
    assert!(desk.text("dossier-Запрос.csv").contains("saxaul report dossier"));
}

#[test]
fn the_dossier_for_programs_names_every_entry_and_ruling() {
    let scene = disputed();
    let json: serde_json::Value = serde_json::from_slice(&write(&scene, Format::Json, Language::En).bytes).unwrap();
    let first = &json["nominees"][0];
    assert_eq!((&first["rank"], &first["verified_ms"]), (&1.into(), &35_100_000.into()));
    assert_eq!(first["external_ids"][0]["value"], "A-0001");
    let entries = first["days"][0]["sessions"][0]["entries"].as_array().unwrap();
    assert_eq!((entries.len(), &entries[0]["clock"]), (2, &"exact".into()), "{entries:?}");
    assert_eq!(first["days"][1]["sessions"][0]["granted"]["reason"], "paper list");
    assert_eq!(json["excluded"][0]["disputes"][0]["about"], serde_json::json!({ "field": "team" }));
    assert_eq!(json["query"]["at_least_ms"], HOUR_MS);
    assert_eq!(json["devices"][DeviceId([3; 16]).to_string()], "Солтүстік қақпа");
}
