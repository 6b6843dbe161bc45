use std::collections::BTreeSet;

use super::*;
use crate::command::Act;
use crate::documents::roster::{ExternalId, ListKey, PersonField, PersonName};
use crate::ids::{DeviceId, Incarnation};
use crate::time::ClockReading;

pub(super) const EVENT: EventId = EventId([7; 16]);

pub(super) fn source() -> Source {
    Source {
        issuer: "front office".into(),
        born_by: 2026,
        profile: BTreeMap::new(),
        teams: TeamNames::default(),
        walk_ins: BTreeSet::new(),
    }
}

/// A table from lines of cells between semicolons; the first line holds the headers.
pub(super) fn table(text: &str) -> Table {
    let mut rows = (1..).zip(text.lines()).map(|(line, text)| Row {
        line,
        cells: text.split(';').map(Into::into).collect(),
        ..Row::default()
    });
    let headers = rows.next().unwrap_or_default().cells;
    Table { header_line: 1, headers, rows: rows.collect() }
}

fn plan(text: &str, roster: &Roster) -> ImportPlan {
    plan_import(&[table(text)], roster, EVENT, &source()).unwrap()
}

fn by<T>(who: u8, value: T) -> Authored<T> {
    let reading = ClockReading { boot: 1, mono_ms: 0, wall_ms: crate::time::UnixMillis(0) };
    Authored { value, by: DeviceId([who; 16]), reading }
}

fn edit(roster: &mut Roster, id: PersonId, edit: PersonEdit) {
    roster.people.get_mut(&id).unwrap().edits.insert(edit.field(), vec![by(2, edit)]);
}

/// Does what a plan says.
pub(super) fn carry_out(plan: ImportPlan, roster: &mut Roster) {
    let reading = by(1, ()).reading;
    for command in plan.commands("front office") {
        let Act::Put { key, value, .. } = command.act(reading, Incarnation([1; 8])) else { panic!("{command:?}") };
        roster.absorb(&key, &[(DeviceId([1; 16]), value)]).unwrap();
    }
}

fn imported(text: &str) -> Roster {
    let mut roster = Roster::default();
    carry_out(plan(text, &roster), &mut roster);
    roster
}

fn id(code: &str) -> PersonId {
    PersonId::of_external(EVENT, "front office", code)
}

/// The plan that says of these lines that they say nothing new, and nothing else.
pub(super) fn nothing_new(plan: &ImportPlan, lines: &[u64]) -> ImportPlan {
    assert!(plan.unchanged.iter().map(|one| one.line).eq(lines.iter().copied()), "{plan:?}");
    ImportPlan { unchanged: plan.unchanged.clone(), ..ImportPlan::default() }
}

/// Code and name of everybody whom a list of some kind adds.
pub(super) fn added(table: &Table, profile: Profile) -> Vec<(String, String)> {
    let source =
        Source { issuer: profile.issuer().unwrap_or("shop").to_owned(), profile: profile.columns(), ..source() };
    let plan = plan_import(std::slice::from_ref(table), &Roster::default(), EVENT, &source).unwrap();
    assert_eq!(plan.refused, 0, "{:?}", plan.problems);
    let person = |added: Addition| (added.person.external_ids[0].value.clone(), added.person.names[0].to_string());
    plan.added.into_iter().map(person).collect()
}

/// Line, column and kind of every problem.
fn problems(plan: &ImportPlan) -> Vec<(u64, Option<usize>, ProblemKind, Refused)> {
    let place = |problem: &Problem| problem.column.as_ref().map(|column| column.number);
    plan.problems.iter().map(|p| (p.line, place(p), p.kind.clone(), p.refused)).collect()
}

fn phone(text: &str) -> PersonEdit {
    PersonEdit::Phone(Some(text.into()))
}

const LIST: &str = "Код;Фамилия;Имя;Отчество;Телефон;Организация;Область;Год рождения;Команда;Языки;Смена\n\
    A-0001;Чернова;Светлана;Нұрланқызы;+7 778 754 12 08;Таза Қазақстан;Алматы қаласы;2000;T07;қаз, русский;s1|s2\n\
    A-0002;Ахметова;Ирина;;+77017472357;;;;;;";

#[test]
fn people_are_added_with_everything_the_list_says() {
    let plan = plan(LIST, &Roster::default());
    assert_eq!(plan.problems, []);
    assert_eq!(plan.ignored, []);
    assert_eq!(plan.added.len(), 2);
    let expected = Person {
        names: vec![PersonName {
            family: "Чернова".into(),
            given: "Светлана".into(),
            patronymic: "Нұрланқызы".into(),
            script: "Cyrl".into(),
        }],
        birth_year: Some(2000),
        phone: Some("+7 778 754 12 08".into()),
        organisation: Some("Таза Қазақстан".into()),
        region: Some("Алматы қаласы".into()),
        languages: vec!["kk".into(), "ru".into()],
        external_ids: vec![ExternalId { issuer: "front office".into(), value: "A-0001".into() }],
        team: Some("T07".into()),
        shifts: vec!["s1".into(), "s2".into()],
        ..Person::default()
    };
    assert_eq!(plan.added[0], Addition { id: id("A-0001"), person: expected, line: 2 });
    assert_eq!(plan.added[1].person.phone.as_deref(), Some("+77017472357"));
    assert_eq!(plan.added[1].person.birth_year, None);
}

#[test]
fn a_name_in_one_cell_is_kept_whole() {
    let plan = plan("Badge,;Name;Country;DOB\nB-1;Yroslav  Erğaliev;ES;1957-04-30", &Roster::default());
    let person = &plan.added[0].person;
    let name = PersonName { family: "Yroslav Erğaliev".into(), script: "Latn".into(), ..PersonName::default() };
    assert_eq!(person.names, [name]);
    assert_eq!((person.region.as_deref(), person.birth_year), (Some("ES"), Some(1957)));
}

#[test]
fn importing_a_list_twice_changes_nothing() {
    let roster = imported(LIST);
    let again = plan(LIST, &roster);
    assert_eq!(again, nothing_new(&again, &[2, 3]));
}

#[test]
fn a_changed_cell_updates_what_nobody_has_edited() {
    let mut roster = imported(LIST);
    let changed =
        LIST.replace("T07", "T08").replace("+7 778 754 12 08", "8 (778) 754-12-08").replace("s1|s2", "s2, s1");
    let update = plan(&changed, &roster);
    let edits = vec![PersonEdit::Team(Some("T08".into()))];
    let [Update { id: who, edits: changed_there, line: 2, .. }] = &update.updated[..] else { panic!("{update:?}") };
    assert_eq!((*who, changed_there), (id("A-0001"), &edits), "notation and order are no change");
    assert_eq!((update.unchanged.len(), update.conflicts.len()), (1, 0));
    carry_out(update, &mut roster);
    assert_eq!(plan(&changed, &roster).unchanged.len(), 2);
}

#[test]
fn an_old_list_never_reverts_what_was_edited_by_hand() {
    let mut roster = imported(LIST);
    edit(&mut roster, id("A-0001"), phone("+77751602906"));
    edit(&mut roster, id("A-0002"), PersonEdit::Organisation(Some("Жасыл Ел".into())));
    assert_eq!(plan(LIST, &roster).unchanged.len(), 2);
}

#[test]
fn each_later_list_of_one_source_updates_what_the_one_before_said() {
    let mut roster = imported(LIST);
    let numbers = ["+7 701 000 00 01", "+7 701 000 00 02", "+7 778 754 12 08", "+7 701 000 00 03"];
    for number in numbers {
        let list = LIST.replace("+7 778 754 12 08", number);
        let update = plan(&list, &roster);
        assert_eq!((update.updated.len(), update.conflicts.len()), (1, 0), "{number}: {update:?}");
        carry_out(update, &mut roster);
        assert_eq!(plan(&list, &roster).unchanged.len(), 2, "the same list says nothing new");
    }

    // What is edited by hand now is neither overwritten by the same list nor, without being asked, by the next.
    let newest = LIST.replace("+7 778 754 12 08", numbers[3]);
    edit(&mut roster, id("A-0001"), phone("+77751602906"));
    assert_eq!(plan(&newest, &roster).unchanged.len(), 2);
    let next = plan(&LIST.replace("+7 778 754 12 08", "+7 701 000 00 04"), &roster);
    assert_eq!((next.updated.len(), next.conflicts[0].reason), (0, ConflictReason::EditedSince));
}

#[test]
fn what_another_list_said_is_not_what_this_one_did() {
    let mut roster = imported(LIST);
    let other = Source { issuer: "register".to_owned(), ..source() };
    let list = table(&LIST.replace("+7 778 754 12 08", "+7 701 000 00 01"));
    let of_front_office = plan_import(std::slice::from_ref(&list), &roster, EVENT, &source()).unwrap();
    carry_out(of_front_office, &mut roster);
    let known = &roster.people[&id("A-0001")];
    assert_eq!(known.said_by(ListKey::of("register")), &known.added[..]);
    assert_ne!(known.said_by(ListKey::of("front office")), known.said_by(ListKey::of(&other.issuer)));
}

#[test]
fn a_cell_that_changed_on_both_sides_is_listed_and_left_alone() {
    let mut roster = imported(LIST);
    edit(&mut roster, id("A-0001"), phone("+77751602906"));
    let list = LIST.replace("+7 778 754 12 08", "+7 701 000 00 00");
    let conflicted = plan(&list, &roster);
    assert_eq!((conflicted.updated.len(), conflicted.unchanged.len()), (0, 1));
    let conflict = &conflicted.conflicts[0];
    assert_eq!((conflict.line, conflict.column.to_string().as_str()), (2, "column 5 (Телефон)"));
    assert_eq!(conflict.current, [by(2, phone("+77751602906"))]);
    assert_eq!(conflict.file, phone("+7 701 000 00 00"));
    assert_eq!(conflict.reason, ConflictReason::EditedSince);

    edit(&mut roster, id("A-0001"), conflict.file.clone());
    assert_eq!(plan(&list, &roster).unchanged.len(), 2, "once the list was chosen, nothing is left to say");
}

#[test]
fn a_field_with_concurrent_values_is_updated_only_if_the_list_wrote_them_all() {
    let mut roster = imported(LIST);
    let values = vec![by(2, phone("+77751602906")), by(3, phone("+77750000000"))];
    roster.people.get_mut(&id("A-0001")).unwrap().edits.insert(PersonField::Phone, values.clone());
    let conflicted = plan(&LIST.replace("+7 778 754 12 08", "+7 701 000 00 00"), &roster);
    assert_eq!(conflicted.conflicts[0].current, values);

    let mut other = Person::clone(&roster.people[&id("A-0002")].added[0].value);
    other.team = Some("T01".into());
    roster.people.get_mut(&id("A-0002")).unwrap().added.push(by(3, other));
    let list = LIST.replace("+77017472357;;;;;;", "+77017472357;;;;T02;;");
    assert_eq!(plan(&list, &roster).updated[0].edits, [PersonEdit::Team(Some("T02".into()))]);
}

#[test]
fn once_list_and_roster_agree_again_the_next_list_is_no_conflict() {
    let of_team = |team: &str| format!("Код;Фамилия;Команда\nA-1;Чернова;{team}");
    let mut roster = imported(&of_team("T1"));
    edit(&mut roster, id("A-1"), PersonEdit::Team(Some("T2".into())));
    let agreed = plan(&of_team("T2"), &roster);
    assert_eq!((agreed.unchanged.len(), agreed.changes()), (1, 0));
    carry_out(agreed, &mut roster);
    assert_eq!(plan(&of_team("T2"), &roster).agreed, [], "noted once");
    let next = plan(&of_team("T3"), &roster);
    assert_eq!((next.conflicts.len(), &next.updated[0].edits[..]), (0, &[PersonEdit::Team(Some("T3".into()))][..]));
}

#[test]
fn a_blank_cell_erases_nothing_and_says_so() {
    let roster = imported(LIST);
    let blanked = plan(&LIST.replace("Нұрланқызы;+7 778 754 12 08", ";"), &roster);
    assert_eq!(blanked.updated, []);
    assert_eq!(blanked.conflicts.len(), 1);
    assert_eq!(blanked.conflicts[0].reason, ConflictReason::ClearedInList);
    assert_eq!(blanked.conflicts[0].file, PersonEdit::Phone(None));
}

#[test]
fn people_and_columns_that_a_list_leaves_out_stay_as_they_are() {
    let mut roster = imported(LIST);
    edit(&mut roster, id("A-0002"), PersonEdit::Withdrawn(Some("ill".into())));
    let shorter = "Код;Фамилия;Имя\nA-0002;Ахметова;Ирина";
    let shorter = plan(shorter, &roster);
    assert_eq!(shorter, nothing_new(&shorter, &[2]));
}

#[test]
fn dividing_a_name_into_cells_is_news_and_joining_it_is_not() {
    let whole = "Код;ФИО\nA-1;Ахметов Серік Болатұлы";
    let divided = "Код;Фамилия;Имя;Отчество\nA-1;Ахметов;Серік;Болатұлы";
    let mut roster = imported(whole);
    let update = plan(divided, &roster);
    assert_eq!(update.updated.len(), 1);
    carry_out(update, &mut roster);
    assert_eq!(plan(divided, &roster).unchanged.len(), 1);
    assert_eq!(plan(whole, &roster).unchanged.len(), 1);
    assert_eq!(plan("Код;Имя;Фамилия\nA-1;Серік;Ахметов", &roster).unchanged.len(), 1, "the patronymic stays known");
}

#[test]
fn a_corrected_family_name_keeps_the_patronymic_that_the_list_does_not_mention() {
    let roster = imported(LIST);
    let update = plan("Код;Фамилия;Имя\nA-0001;Черная;Светлана", &roster);
    let PersonEdit::Names(names) = &update.updated[0].edits[0] else { panic!("{update:?}") };
    assert_eq!(names[0].to_string(), "Черная Светлана Нұрланқызы");
}

#[test]
fn a_list_without_codes_knows_people_by_name_telephone_and_year() {
    let list = "ФИО;Телефон;Год рождения\nАхметов Серік;+7 701 747 23 57;1990\nКим Анна;;1991";
    let roster = imported(list);
    assert!(roster.people.values().all(|record| record.person().external_ids.is_empty()));
    let respelt = "ФИО;Телефон;Год рождения\nСерик Ахметов;8 (701) 747-23-57;1990\nКИМ АННА;;1991";
    let again = plan(respelt, &roster);
    assert_eq!((again.added.len(), again.updated.len()), (0, 2), "the same people, spelt otherwise");
    let refused = plan("ФИО;Телефон\nАхметов Серік;7,70175E+10\nКим Анна;8701", &roster);
    assert_eq!(problems(&refused), [(2, Some(2), ProblemKind::LostDigits, Refused::Row)]);
}

#[test]
fn derived_ids_are_frozen() {
    let list = "ФИО;Телефон;Год рождения\nСағындықова Ботагөз Нұрланқызы;87472880745;1991";
    let ids: Vec<String> = plan(list, &Roster::default()).added.iter().map(|added| added.id.to_string()).collect();
    assert_eq!(ids, ["58625ee207033dca"]);
}

#[test]
fn people_who_cannot_be_told_apart_are_all_refused() {
    let plan = plan(
        "ФИО;Телефон\nКим Анна;8 701 747 23 57\nЦой Анна;\nАнна Ким;+77017472357\nKim Anna;87017472357",
        &Roster::default(),
    );
    let repeated = |line, other_line| (line, None, ProblemKind::DuplicatePerson { other_line }, Refused::Row);
    assert_eq!(problems(&plan), [repeated(2, 4), repeated(4, 2), repeated(5, 2)]);
    assert_eq!((plan.added.len(), plan.refused), (1, 3));
}

#[test]
fn rows_with_the_same_code_are_all_refused_and_name_each_other() {
    let plan = plan("Код;ФИО\nA-1;Ким Анна\nA-2;Цой Анна\n A-1 ;Пак Анна\nA-2;", &Roster::default());
    let repeated = |line, other_line| (line, Some(1), ProblemKind::DuplicateCode { other_line }, Refused::Row);
    let no_name = (5, Some(2), ProblemKind::NoName, Refused::Row);
    assert_eq!(problems(&plan), [repeated(2, 4), repeated(3, 5), repeated(4, 2), repeated(5, 3), no_name]);
    assert_eq!((plan.added.len(), plan.refused), (0, 4));
    assert_eq!(
        plan.problems[0].to_string(),
        "line 2, column 1 (Код): line 4 has the same code and says something else; leave one of them out (--sheet reads one \
         sheet alone); the row is not imported"
    );
}

#[test]
fn what_is_wrong_with_a_row_is_told_by_line_and_column() {
    let list = format!(
        "Код;Фамилия;Имя;Телефон;Г.р.;Языки\n\
         A-1;;;;;\n\
         ;Ким;?тегенова;;;\n\
         A-3;Цой;Анна;;\n\
         A-4;Пак;Анна;;;;x\n\
         A-5;Пак;Анна;{};1890;kk/xx-?\n\
         A-6;Т?леген;Анна;;;\n\
         A-7;Ли;Ян;#REF!;2030;\n\
         \u{7};Ли;Ян;;;\n\
         ;;;;;\n\
         A-11;Ли;Ян;;;;; ",
        "7".repeat(501)
    );
    let plan = plan(&list, &Roster::default());
    let year = ProblemKind::BirthYear { earliest: 1906, latest: 2026 };
    let expected = [
        (2, Some(2), ProblemKind::NoName, Refused::Row),
        (3, Some(1), ProblemKind::NoCode, Refused::Row),
        (3, Some(3), ProblemKind::LostLetters, Refused::Row),
        (5, None, ProblemKind::CellCount { expected: 6, found: 7 }, Refused::Row),
        (6, Some(4), ProblemKind::TooLong, Refused::Cell),
        (6, Some(5), year.clone(), Refused::Cell),
        (6, Some(6), ProblemKind::UnknownLanguage, Refused::Cell),
        (7, Some(2), ProblemKind::LostLetters, Refused::Row),
        (8, Some(4), ProblemKind::FailedFormula, Refused::Cell),
        (8, Some(5), year, Refused::Cell),
        (9, Some(1), ProblemKind::ControlCharacters, Refused::Row),
    ];
    assert_eq!(problems(&plan), expected);
    assert_eq!(plan.added.iter().map(|added| added.line).collect::<Vec<_>>(), [4, 6, 8, 11]);
    assert_eq!(plan.added[1].person.languages, ["kk"]);
    assert_eq!(plan.refused, 5);
}

#[test]
fn a_refused_cell_says_nothing_about_the_person() {
    let roster = imported(LIST);
    let plan = plan(&LIST.replace("+7 778 754 12 08", "#N/A"), &roster);
    assert_eq!((plan.unchanged.len(), plan.problems.len(), plan.conflicts.len()), (2, 1, 0));
}

#[test]
fn columns_nobody_knows_are_noted_and_left_alone() {
    let plan = plan("№ п/п;Код;ФИО;E-mail;;\n1;A-1;Ким Анна;a@b;;x", &Roster::default());
    assert_eq!(
        plan.ignored.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["column 1 (№ п/п)", "column 4 (E-mail)", "column 6"]
    );
    assert_eq!((plan.added.len(), plan.problems.len()), (1, 0));
}

#[test]
fn headers_mapped_by_hand_are_taken_at_their_word() {
    let profile = BTreeMap::from([("F1".to_owned(), Meaning::Code), ("F2".to_owned(), Meaning::FullName)]);
    let source = Source { profile, ..source() };
    let plan = plan_import(&[table("f1;F2\nA-1;Ким Анна")], &Roster::default(), EVENT, &source).unwrap();
    assert_eq!(plan.added[0].id, id("A-1"));
}

#[test]
fn a_list_without_names_or_codes_is_refused_with_what_was_looked_for() {
    let error = plan_import(&[table("№;Город\n1;Актау")], &Roster::default(), EVENT, &source()).unwrap_err();
    let expected = "no column is called `ФИО`, `Аты-жөні`, `Full name`, `Фамилия`, `Тегі`, `Family name`; \
        no column is called `Код`, `Code`, `ID`, `Телефон`, `Phone`, `Телефоны`, `Год рождения`, `Туған жылы`, \
        `Year of birth`, `Дата рождения`, `Туған күні`, `Date of birth`; the list has `№`, `Город`; if a column holds names \
        under another header, say which one: --map \"HEADER=full_name\", over HTTP columns={\"HEADER\":\"full_name\"}";
    assert_eq!(error.to_string(), expected);
    let error = plan_import(&[table("ИИН;ФИО\n1;Ким Анна")], &Roster::default(), EVENT, &source()).unwrap_err();
    let number = "; column 1 (ИИН): national id numbers (ИИН, ЖСН, IIN) are not kept here";
    assert!(error.to_string().ends_with(number), "{error}");
    let error = plan_import(&[Table::default()], &Roster::default(), EVENT, &source()).unwrap_err();
    assert!(error.to_string().ends_with("the list has no headers"), "{error}");
}

#[test]
fn of_two_columns_for_one_thing_the_cells_tell_which_is_meant_or_it_is_asked() {
    let phones = plan("Код;ФИО;Телефон;Ұялы телефон\nA-1;Ким Анна;8701;8702\nA-2;Ли Ян;;8703", &Roster::default());
    let told: Vec<_> = phones.added.iter().map(|added| added.person.phone.as_deref()).collect();
    assert_eq!(told, [Some("8701, 8702"), Some("8703")], "both numbers are kept");
    assert_eq!((phones.problems.len(), phones.notes.len()), (0, 1));

    let parted = plan("Код;ФИО;Отряд;Бригада\nA-1;Ким Анна;T1;\nA-2;Ли Ян;;T2", &Roster::default());
    let teams: Vec<_> = parted.added.iter().map(|added| added.person.team.as_deref()).collect();
    assert_eq!(teams, [Some("T1"), Some("T2")], "no row says two things");
    let answers = plan("Код;ФИО;Волонтёр\nA-1;Ким Анна;да\nA-2;Ли Ян;нет", &Roster::default());
    assert_eq!(answers.added[1].person.names[0].to_string(), "Ли Ян");
    let counted = plan("ID;Код;ФИО\n1;B-7;Ким Анна\n2;B-3;Ли Ян", &Roster::default());
    assert_eq!(counted.added[0].person.external_ids[0].value, "B-7", "the other column only counts rows");

    let teams = plan("Код;ФИО;Отряд;Бригада\nA-1;Ким Анна;T1;T2", &Roster::default());
    assert_eq!((teams.added[0].person.team.as_deref(), teams.problems.len()), (None, 2));
    let text = teams.problems[0].to_string();
    assert!(text.starts_with("line 1, column 3 (Отряд): column 4 (Бригада) says the same"), "{text}");
    assert!(text.contains("--map \"Бригада=-\"") && text.ends_with("the column is not imported"), "{text}");
    let error = plan_import(&[table("Код;ФИО;Badge\n1;Ким;2")], &Roster::default(), EVENT, &source()).unwrap_err();
    assert!(error.to_string().starts_with("column 1 (Код) and column 3 (Badge) mean the same"), "{error}");
    let profile = BTreeMap::from([("Badge".to_owned(), Meaning::Nothing)]);
    let source = Source { profile, ..source() };
    let left_alone = plan_import(&[table("Код;ФИО;Badge\n1;Ким;2")], &Roster::default(), EVENT, &source).unwrap();
    assert_eq!(left_alone.added[0].person.external_ids[0].value, "1");
}

#[test]
fn national_id_numbers_are_refused_by_header_and_by_content() {
    let [a, b] = [1, 2].map(national_id::tests::invented);
    let list =
        format!("ЖСН;Код;ФИО;Примечание;Телефон\n;A-1;Ким Анна;{a};998901234567\n;A-2;Цой Анна;{b};\n;A-3;Ли Ян;нет;");
    let plan = plan(&list, &Roster::default());
    assert_eq!(
        problems(&plan),
        [
            (1, Some(1), ProblemKind::NationalIdColumn, Refused::Column),
            (1, Some(4), ProblemKind::NationalIdColumn, Refused::Column)
        ]
    );
    assert_eq!(plan.added.len(), 3);
    assert_eq!(plan.added[0].person.phone.as_deref(), Some("998901234567"), "a foreign number is not one");
}

#[test]
fn a_code_that_is_a_national_id_number_never_becomes_an_id() {
    let number = national_id::tests::invented(1);
    let as_code = plan(&format!("Код;ФИО;Г.р.\n{number};Ким Анна;1990"), &Roster::default());
    assert_eq!(problems(&as_code)[0].2, ProblemKind::NationalIdColumn);
    assert_eq!(as_code.added[0].person.external_ids, []);
    let stray = plan(&format!("Код;ФИО\nA-1;Ким Анна\n{number};Цой Анна\nA-3;{number}"), &Roster::default());
    assert_eq!(
        problems(&stray),
        [(3, Some(1), ProblemKind::NationalId, Refused::Row), (4, Some(2), ProblemKind::NationalId, Refused::Row)]
    );
}

#[test]
fn whoever_has_the_code_of_an_issuer_is_found_though_another_list_brought_them() {
    let mut roster = imported("Код;ФИО\nX-7;Ким Анна");
    let ids = [("front office", "X-7"), ("register", "R-1")];
    let ids = ids.map(|(issuer, value)| ExternalId { issuer: issuer.into(), value: value.into() });
    edit(&mut roster, id("X-7"), PersonEdit::ExternalIds(ids.to_vec()));
    let register = Source { issuer: "register".into(), ..source() };
    let planned = plan_import(&[table("Код;ФИО;Команда\nR-1;Ким Анна;T05")], &roster, EVENT, &register).unwrap();
    let edits = vec![PersonEdit::Team(Some("T05".into()))];
    let [Update { id: who, edits: joined, line: 2, .. }] = &planned.updated[..] else { panic!("{planned:?}") };
    assert_eq!((planned.added.len(), *who, joined), (0, id("X-7"), &edits));
}
