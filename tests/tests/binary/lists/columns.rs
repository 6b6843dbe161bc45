//! Which columns a list has: two lists side by side, another table below, what is missing and what is mapped by hand.

use tests::binary::Place;

use super::{open, says};

#[test]
fn lists_that_stand_side_by_side_are_read_one_after_the_other_as_is_advised() {
    let place = Place::new();
    let office = open(&place);
    let beside = "ФИО;Телефон;;ФИО;Телефон\nКим Анна;87015550001;;Цой Ян;87015550003\n;;;Ли Яна;87015550004\n";
    for (number, (list, left, right, people)) in (0..).zip([
        (beside, &["#1=-", "#2=-"][..], &["#4=-", "#5=-"][..], [&["Ким Анна"][..], &["Цой Ян", "Ли Яна"]]),
        (
            "№;ФИО;Код;№;ФИО;Код\n1;Ким Анна;A1;2;Пак Ира;A2\n",
            &["#2=-", "#3=-"],
            &["#5=-", "#6=-"],
            [&["A1 Ким Анна"], &["A2 Пак Ира"]],
        ),
        (
            "Фамилия;Имя;Телефон;Фамилия;Имя;Телефон\nКим;Анна;87015550001;Цой;Ян;87015550003\n",
            &["#1=-", "#2=-", "#3=-"],
            &["#4=-", "#5=-", "#6=-"],
            [&["Ким Анна"], &["Цой Ян"]],
        ),
        (
            "Code;Name;Team;;Code;Name\n1;Kim Anna;T01;;2;Pak Ira\n",
            &["#1=-", "#2=-", "#3=-"],
            &["#5=-", "#6=-"],
            [&["1 Kim Anna"], &["2 Pak Ira"]],
        ),
    ]) {
        let file = place.write("beside", list);
        let (issuer, maps) = (format!("office {number}"), |columns: &[&'static str]| {
            columns.iter().flat_map(|column| ["--map", column]).collect::<Vec<&str>>()
        });
        let advised: Vec<String> = [right, left]
            .iter()
            .map(|columns| columns.iter().map(|it| format!("--map \"{it}\"")).collect::<Vec<_>>().join(" "))
            .collect();
        office.imports(&file, &issuer, &[]).refused(3, &["side by side", &advised.join(", and then ")]);
        // To leave only the names alone would give one the number of the other.
        office.imports(&file, &issuer, &maps(&right[..1])).refused(3, &["side by side"]);
        for (columns, people) in [right, left].into_iter().zip(people) {
            let told = office.imports(&file, &issuer, &[&maps(columns)[..], &["--apply", "--lines"]].concat());
            says(&told.out, &[&format!("{} to add", people.len()), " 0 refused"]);
            says(&told.out, people);
            assert_eq!(told.code, Some(0), "{}", told.out);
        }
    }
    let told = office.laptop.does(["field", "find", "Ким Анна"]).done();
    assert!(!told.contains("87015550003"), "{told}");
}

#[test]
fn a_second_table_is_read_by_its_own_headers_or_refused_with_its_line() {
    let place = Place::new();
    let office = open(&place);
    let first = "Код;ФИО;Телефон\nA1;Ким Анна;87015550001\n";
    for second in [
        "ФИО;Должность;\nБосс Иван;директор;\n",
        "№;ФИО;Должность\n1;Босс Иван;директор\n",
        "№;Волонтёр\n3;Цой Ян\n",
        "Фамилия;Имя;Должность\nБосс;Иван;директор\n",
        "Full name;Position;Remarks\nBoss Ivan;director;\n",
        "Лауазымы;Аты-жөні\nдиректор;Босс Иван\n",
    ] {
        let list = format!("{first}{second}");
        office.refused(&list, &["line 3: no column is called", "tells two people of one name apart"]);
    }
    for (second, added) in [
        ("ФИО;Телефон;Авто\nШофёр Олег;87015550009;A123BC\n", "add  Шофёр Олег"),
        ("Должность;ФИО;Год рождения\nводитель;Шофёр Олег;1990\n", "add  Шофёр Олег"),
        ("ФИО;Примечание;Код\nШофёр Олег;;B7\n", "add B7 Шофёр Олег"),
    ] {
        let told = office.plan_of(format!("{first}{second}"), &[]);
        says(&told, &["2 to add", "A1 Ким Анна", added, "line 3 holds other headers"]);
    }
    // Somebody without a name yet, and whoever is in what is called like a header, begin no table.
    let told = office.plan_of(format!("{first}AA;ФИО;\nBB;Цой Ян;\n"), &[]);
    says(&told, &["2 to add", "1 refused", "line 3, column 2 (ФИО): there is no name", "BB Цой Ян"]);
}

#[test]
fn a_list_that_lacks_something_is_told_what_helps() {
    let place = Place::new();
    let office = open(&place);
    for list in [
        "ФИО\nКим Анна\nПак Ира\n",
        "Фамилия;Имя\nКим;Анна\nПак;Ира\n",
        "ФИО;Команда\nКим Анна;T01\nПак Ира;T01\n",
        "№;ФИО\n1;Ким Анна\n2;Пак Ира\n",
        "ФИО;Класс\nКим Анна;9А\nПак Ира;10Б\n",
        "№ п/п;ФИО;Подпись\n1;Ким Анна;\n2;Пак Ира;\n",
    ] {
        let told = office.imports(&place.write("names.csv", list), "names", &[]);
        says(&told.err, &["no column is called `Код`", "nothing in it tells two people of one name apart"]);
        says(&told.err, &["add a column `Телефон`"]);
        assert!(
            !["ФИО", "Имя", "Команда", "№", "Класс", "Подпись"]
                .iter()
                .any(|it| told.err.contains(&format!("--map \"{it}="))),
            "{}",
            told.err
        );
        assert_eq!(told.code, Some(3));
        // The advice is followed: the column may be blank.
        let lines = list
            .lines()
            .enumerate()
            .map(|(line, text)| if line == 0 { format!("{text};Телефон\n") } else { format!("{text};\n") });
        says(&office.plan_of(lines.collect::<String>(), &[]), &["2 to add", " 0 refused", "Ким Анна", "Пак Ира"]);
    }
    for (list, map, added) in [
        ("ФИО;Связь\nКим Анна;87015550101\nПак Ира;87015550102\n", "Связь=phone", "Ким Анна"),
        (
            "Табельный номер;Сотрудник;Отдел\n011;Ким Анна;Отдел 1\n012;Пак Ира;Отдел 2\n",
            "Сотрудник=full_name",
            "011 Ким Анна",
        ),
        ("Имя и фамилия;Родился\nАнна Ким;1990\nИра Пак;1991\n", "Родился=birth_year", "Анна Ким"),
        ("ФИО;Шифр\nКим Анна;К-7\nПак Ира;К-9\n", "Шифр=code", "К-7 Ким Анна"),
    ] {
        office.refused(list, &[&format!("--map \"{map}\"")]);
        says(&office.plan_of(list, &["--map", map]), &["2 to add", " 0 refused", added]);
    }
    office.refused("Ким Анна;87015550101\nПак Ира;87015550102\n", &["this line seems to hold a person and no headers"]);
}

#[test]
fn a_column_that_is_mapped_and_not_there_is_an_error_that_lists_the_columns() {
    let place = Place::new();
    let office = open(&place);
    let list = place.write("list.csv", "Код;ФИО;Номер моб.\nA1;Ким Анна;87015550001\n");
    for map in ["Нет такой=phone", "#9=phone", "#0=phone", "Номер=phone"] {
        let told = office.imports(&list, "mapped", &["--map", map, "--apply"]);
        told.refused(3, &["no column is called", map.split_once('=').unwrap().0, "`Код`, `ФИО`, `Номер моб.`"]);
    }
    for map in ["номер моб=phone", "#3=phone", "НОМЕР МОБ.=-"] {
        says(&office.plan(&list, &["--map", map]), &["1 to add"]);
    }
    // Of several files one has it.
    let other = place.write("other.csv", "Код;ФИО\nA2;Пак Ира\n");
    let (list, other) = (list.to_str().unwrap(), other.to_str().unwrap());
    office.laptop.does(["import", list, other, "--issuer", "two", "--map", "Номер моб.=phone"]).done();
}
