//! The same people in lists that know them otherwise: once by codes and once without, under an issuer in another spelling,
//! by codes that were typed again, in two files or sheets.

use tests::binary::{Place, Told};

use super::{Office, open, says, workbook};

impl Office<'_> {
    fn lists(&self, rows: &str, issuer: &str, more: &[&str]) -> Told {
        self.imports(&self.place.write("list.csv", rows), issuer, &[&["--apply"], more].concat())
    }

    /// How many people are on the roster.
    fn count(&self) -> usize {
        self.laptop.does(["report", "people", "--format", "csv", "--lang", "en", "--out", "people.csv"]).done();
        std::fs::read_to_string(self.place.path("people.csv")).unwrap().lines().count() - 1
    }
}

const CODED: &str = "Код;ФИО;Телефон;Год рождения\nA1;Ким Анна;87015550001;1990\nA2;Пак Ира;87015550002;\nA3;Цой Ян;;1980\nA4;Бек Али;;\n";
const CODELESS: &str =
    "ФИО;Телефон;Год рождения\nАнна Ким;8 701 555 00 01;1990\nПак Ира;87015550002;\nЦой Ян;;1980\nБек Али;;\n";

#[test]
fn people_of_one_issuer_are_the_same_with_codes_and_without() {
    let place = Place::new();
    let office = open(&place);
    let others = CODED.replace("\nA", "\nB");
    for (number, [first, second]) in (1..).zip([[CODED, CODELESS], [CODELESS, &others]]) {
        let issuer = format!("office {number}");
        office.lists(first, &issuer, &[]).done();
        says(&office.lists(second, &issuer, &[]).done(), &["0 to add"]);
        assert_eq!(office.count(), 4 * number);
        for list in [first, second] {
            says(&office.lists(list, &issuer, &[]).done(), &["0 to add, 0 to update, 4 unchanged"]);
        }
    }
    says(&office.laptop.does(["person", "show", "B2"]).done(), &["Пак Ира", "87015550002"]);
    // As the plan advises where codes were row numbers.
    let numbered = |rows: &str| format!("Код;ФИО;Телефон\n{rows}");
    office.lists(&numbered("1;Бек Оля;87015550007\n2;Рой Нур;87015550008\n"), "rows", &[]).done();
    let sorted = numbered("1;Рой Нур;87015550008\n2;Бек Оля;87015550007\n");
    says(&office.lists(&sorted, "rows", &["--map", "Код=-"]).done(), &["0 to add", "2 unchanged"]);
    assert_eq!(office.count(), 10);
}

#[test]
fn somebody_of_the_same_name_is_asked_about_where_it_is_not_certain() {
    let place = Place::new();
    let office = open(&place);
    let header = "ФИО;Телефон;Год рождения\n";
    let first =
        format!("{header}Цой Ян;;1980\nБек Али;;1975\nКим Анна;87015550001;\nПак Ира;87015550002;1990\nЛи Юна;;2001\n");
    office.lists(&first, "front", &[]).done();
    // A number was filled in, with the year and without; another number where nothing else is known; another number of who
    // has the same year; another year is another human being.
    let second = format!(
        "{header}Цой Ян;87017770000;1980\nБек Али;87017770001;\nКим Анна;87019990000;\nПак Ира;87019990001;1990\nЛи Юна;;1960\n"
    );
    let told = office.lists(&second, "front", &[]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["1 to add, 3 to update, 0 unchanged, 1 conflicts, 0 refused, 1 to decide"]);
    says(&told.out, &["Цой Ян: phone nothing → `87017770000`", "Бек Али: phone nothing → `87017770001`"]);
    says(&told.out, &["Пак Ира: phone `87015550002` → `87019990001`"]);
    says(&told.out, &["line 4: Ким Анна: Ким Анна is known; is that the same", "--same line:4, or --other line:4"]);
    office.lists(&second, "front", &["--other", "line:4"]).done();
    assert_eq!(office.count(), 7);
    says(&office.lists(&second, "front", &[]).done(), &["0 to add, 0 to update, 4 unchanged", "1 conflicts"]);
    // Namesakes of other offices are nobody's business here.
    says(&office.lists("ФИО;Телефон\nЦой Ян;87010000000\n", "other", &[]).done(), &["1 to add"]);
}

#[test]
fn another_patronymic_is_another_human_being_also_in_a_list_without_codes() {
    let place = Place::new();
    let office = open(&place);
    let both = "ФИО;Телефон\nКим Анна Олеговна;\nКим Анна Петровна;\nЦой Ян;87015550001\n";
    says(&office.lists(both, "front", &[]).done(), &["3 to add"]);
    says(&office.lists(both, "front", &[]).done(), &["3 unchanged"]);
    let turned = "ФИО;Телефон\nЦой Ян;87015550001\nКим Анна Петровна;\nОлеговна Ким Анна;\n";
    says(&office.lists(turned, "front", &[]).done(), &["0 to add", "3 unchanged"]);
    assert_eq!(office.count(), 3);
    // Of two, nobody can tell who is meant without it.
    let told = office.lists("ФИО;Телефон\nКим Анна;\n", "front", &[]);
    says(&told.out, &["0 to add", "1 to decide", "is known"]);

    office.lists("ФИО;Телефон\nБек Оля Ильинична;87015550002\n", "back", &[]).done();
    let other = "ФИО;Телефон\nБек Оля Марковна;87015550002\n";
    let told = office.lists(other, "back", &[]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["Бек Оля Марковна: Бек Оля Ильинична is known, with the same phone number"]);
    office.lists(other, "back", &["--other", "line:2"]).done();
    assert_eq!(office.count(), 5);
    for list in [other, "ФИО;Телефон\nБек Оля Ильинична;87015550002\nБек Оля Марковна;87015550002\n"]
    {
        says(&office.lists(list, "back", &[]).done(), &["0 to add, 0 to update"]);
    }
    // A slip in it, or none, is the same one.
    for name in ["Цой Яна Ильинична", "Цой Яна Илинична", "Цой Яна"] {
        office.lists(&format!("ФИО;Телефон\n{name};87015550009\n"), "third", &[]).done();
    }
    assert_eq!(office.count(), 6);
}

#[test]
fn an_issuer_in_another_spelling_is_the_same_one_and_keeps_its_writing() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;ФИО;Телефон\nA1;Ким Анна;87015550001\nA2;Пак Ира;\n";
    office.lists(list, "Front Office", &[]).done();
    for issuer in ["front office", "Front  Office ", "front-office", "Frоnt Office", "FRONT_OFFICE"] {
        says(&office.lists(list, issuer, &[]).done(), &["0 to add, 0 to update, 2 unchanged"]);
    }
    office.lists("Код;ФИО\nA3;Бек Оля\n", "front-office", &[]).done();
    for code in ["A1", "A3"] {
        says(&office.laptop.does(["person", "show", code]).done(), &[&format!("Front Office: {code}")]);
    }
    let codeless = "ФИО;Телефон\nРой Нур;87015550008\n";
    office.lists(codeless, "Фронт-офис", &[]).done();
    says(&office.lists(codeless, "фронт офис", &[]).done(), &["0 to add, 0 to update, 1 unchanged"]);
    // What was said of columns is remembered for it, too.
    office.lists("Код;ФИО;Кто\nA1;Ким Анна;T01\n", "Front Office", &["--map", "Кто=team"]).done();
    says(&office.lists("Код;ФИО;Кто\nA2;Пак Ира;T01\n", "front office", &[]).done(), &["team nothing → `T01`"]);
    says(&office.lists(list, "back office", &[]).done(), &["2 to add"]);
}

#[test]
fn a_code_that_was_typed_otherwise_adds_nobody_of_the_same_name_in_silence() {
    let place = Place::new();
    let office = open(&place);
    let list = |code: &str, name: &str| format!("Код;ФИО\n\"{code}\";{name}\n");
    for (number, (known, typed)) in (0..).zip([
        ("12", "№12"),
        ("12", "#12"),
        ("12", "12.0"),
        ("12", "12,00"),
        ("№12", "12"),
        ("1234567", "1 234 567"),
        ("1234567", "1,234,567"),
        ("1234567", "'1234567"),
    ]) {
        let issuer = format!("number {number}");
        office.lists(&list(known, "Бекова Сауле"), &issuer, &[]).done();
        says(&office.lists(&list(typed, "Бекова Сауле"), &issuer, &[]).done(), &["0 to add, 0 to update, 1 unchanged"]);
        let told = office.lists(&list(typed, "Громов Илья"), &issuer, &[]);
        says(&told.out, &["0 to add", "1 to decide"]);
    }
    for (number, (known, typed)) in (0..).zip([
        ("A 12", "A12"),
        ("A-1", "A1"),
        ("A-1", "A_1"),
        ("A-1", "A.1"),
        ("A/1", "A-1"),
        ("O-1", "0-1"),
        ("10", "1O"),
        ("l-5", "1-5"),
        ("Ө-1", "O-1"),
        ("Қ-7", "K-7"),
    ]) {
        let issuer = format!("form {number}");
        office.lists(&list(known, "Бекова Сауле"), &issuer, &[]).done();
        let told = office.lists(&list(typed, "Сауле Бекова"), &issuer, &[]);
        assert_eq!(told.code, Some(5), "{typed}: {}", told.out);
        says(&told.out, &["0 to add", &format!("the code looks like {known} of Бекова Сауле, written otherwise")]);
        says(&office.lists(&list(typed, "Громов Илья"), &issuer, &[]).done(), &["1 to add"]);
    }
    let told = office.lists("Код;ФИО\nA-1;Ким Анна\nA1;Ким Анна\nA2;Ли Ян\nA_2;Бек Оля\n", "one list", &[]);
    says(&told.out, &["3 to add", "1 to decide", "A1 Ким Анна: the code looks like A-1 of Ким Анна"]);
}

#[test]
fn rows_that_say_the_same_are_one_and_others_of_one_human_being_are_asked_about_or_refused() {
    let place = Place::new();
    let office = open(&place);
    let book = |sheets: &[(&str, &[[&str; 3]])]| {
        let book = workbook(|book| {
            for (name, rows) in sheets {
                let sheet = book.add_worksheet().set_name(*name).unwrap();
                sheet.write_row(0, 0, ["Код", "ФИО", "Телефон"]).unwrap();
                for (line, row) in (1..).zip(*rows) {
                    sheet.write_row(line, 0, *row).unwrap();
                }
            }
        });
        office.place.write("book.xlsx", book)
    };
    let [anna, ira, yan] = [["A1", "Ким Анна", "87015550001"], ["A2", "Пак Ира", ""], ["A3", "Цой Ян", "87015550003"]];
    let all = book(&[("Все", &[anna, ira, yan]), ("Север", &[anna]), ("Юг", &[ira, yan])]);
    let told = office.imports(&all, "sheets", &["--apply"]).done();
    says(&told, &["3 to add", "sheet 2, line 2 says the same as line 2, and counts once"]);
    assert_eq!(office.count(), 3);
    let other = book(&[("Все", &[anna, ira]), ("Север", &[anna, ["A2", "Пак Ира", "87015550002"]])]);
    let told = office.imports(&other, "others", &["--apply"]);
    told.refused(5, &["2 rows were left out"]);
    says(&told.out, &["1 to add", "has the same code and says something else; leave one of them out (--sheet"]);

    let list =
        "Код;ФИО;Телефон\nA1;Бек Ана;87015550009\nB1;Бек Ана;8 701 555 00 09\nC1;Бек Ана;\nD1;Бек Ана;87015550010\n";
    let told = office.lists(list, "codes", &[]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["3 to add", "B1 Бек Ана: somebody with this name and this phone number is known by the code A1"]);
    office.lists(list, "codes", &["--same", "B1"]).done();
    says(&office.laptop.does(["person", "show", "B1"]).done(), &["codes: A1, codes: B1"]);
    says(&office.lists(list, "codes", &[]).done(), &["0 to add, 0 to update, 4 unchanged"]);

    let told = office.lists("ФИО;Телефон\nРой Нур;87015550011\nНур Рой;+77015550011\n", "no codes", &[]);
    says(&told.out, &["2 refused", "if they are two people, give them codes or patronymics"]);
    let told = office.lists("ФИО;Телефон\nРой Нур;87015550011\nРой Нур;87015550011\n", "no codes", &[]);
    says(&told.done(), &["1 to add"]);
}

#[test]
fn a_team_is_known_by_its_key_or_its_name_and_another_one_is_told() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;ФИО;Команда\nA1;Бек Ана;T-7\nA2;Ким Анна;Т–7\nA3;Ли Ю;Север\nA4;Цой Ян;СЕВЕР\nA5;Пак Ира;north \nA6;Тен Лев;Юг\n\
        A7;Рой Нур;юг\n";
    let told = office.lists(list, "front", &[]).done();
    says(
        &told,
        &["7 to add", "2 rows name a team by what is neither the key nor the name of a team of this event: `Юг`"],
    );
    let hours: String = (1..=5).map(|number| format!("A{number};18.05.2026;9:00;10:00\n")).collect();
    let hours = place.write("hours.csv", format!("Код;Дата;С;По\n{hours}"));
    office.laptop.does(["hours", "grant", "--list", hours.to_str().unwrap()]).done();
    let breakdown = office.laptop.does(["report", "breakdown", "team", "--format", "csv"]).done();
    assert_eq!(breakdown.lines().count(), 2, "{breakdown}");
    says(&office.lists(list, "front", &[]).done(), &["0 to add, 0 to update, 7 unchanged"]);
}
