//! Which column may hold what a list lacks, told by its cells: what an error advises must be right.

use std::collections::BTreeSet;

use super::super::meaning::{Meaning, plain};
use super::super::problem::{Column, Suggested};
use super::super::{Table, cells};
use super::{counts_rows, digits, is_unique, share, values};

/// Words in headers of columns that hold codes.
const CODES: [&str; 9] = ["код", "шифр", "номер", "табел", "бейдж", "code", "number", "badge", "нөмір"];

/// Finds a column that nobody knows and whose cells can mean `wanted`; a code where nothing tells people apart, or what does
/// as well.
pub(super) fn of(table: &Table, wanted: Meaning, unknown: &[Column]) -> Option<Suggested> {
    let meanings: &[Meaning] = match wanted {
        Meaning::FullName => &[Meaning::FullName],
        _ => &[Meaning::Phone, Meaning::BirthYear, Meaning::Code],
    };
    meanings.iter().find_map(|meaning| {
        let column = unknown.iter().find(|column| may_mean(table, column.number - 1, *meaning))?;
        Some(Suggested { column: column.clone(), meaning: *meaning })
    })
}

fn may_mean(table: &Table, place: usize, meaning: Meaning) -> bool {
    let most = |holds: fn(&str) -> bool| {
        let (fitting, all) = share(table, place, holds);
        fitting * 3 > all * 2
    };
    match meaning {
        Meaning::FullName => most(is_name),
        Meaning::Phone => most(|cell| (7..=15).contains(&digits(cell).len()) && !cell.contains(char::is_alphabetic)),
        Meaning::BirthYear => most(cells::may_be_year),
        _ => {
            let header = plain(&table.headers[place]);
            CODES.iter().any(|word| header.contains(word))
                && is_unique(table, place)
                && !counts_rows(table, place)
                && values(table, place).all(|cell| cells::code(cell).is_ok())
        }
    }
}

/// A family name and a given name, perhaps with a patronymic.
fn is_name(cell: &str) -> bool {
    let words: BTreeSet<&str> = cell.split_whitespace().collect();
    let is_word = |word: &&str| {
        word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || "-'’.".contains(c))
    };
    (2..=4).contains(&words.len()) && words.iter().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::tests::table;

    fn suggested(list: &str, wanted: Meaning) -> Option<(String, Meaning)> {
        let table = table(list);
        let columns = (1..).zip(&table.headers).map(|(number, name)| Column { number, name: name.clone() });
        of(&table, wanted, &columns.collect::<Vec<_>>()).map(|it| (it.column.name, it.meaning))
    }

    #[test]
    fn a_column_is_suggested_only_where_its_cells_fit() {
        for (list, wanted, header, meaning) in [
            (
                "Таб. №;Сотрудник;Отдел\n1;Ким Анна Олеговна;Отдел 1\n2;Пак Ира;",
                Meaning::FullName,
                "Сотрудник",
                Meaning::FullName,
            ),
            ("ФИО;Моб\nКим Анна;87015550101", Meaning::Code, "Моб", Meaning::Phone),
            ("Имя;Родился\nКим Анна;1990\nПак Ира;01.02.2001", Meaning::Code, "Родился", Meaning::BirthYear),
            ("ФИО;Шифр\nКим Анна;A7\nПак Ира;A9", Meaning::Code, "Шифр", Meaning::Code),
        ] {
            assert_eq!(suggested(list, wanted), Some((header.to_owned(), meaning)), "{list}");
        }
        for (list, wanted) in [
            ("№;ФИО\n1;Ким Анна\n2;Пак Ира", Meaning::Code),
            ("ФИО;Класс\nКим Анна;9А\nПак Ира;10Б", Meaning::Code),
            ("ФИО;Номер школы\nКим Анна;5\nПак Ира;5", Meaning::Code),
            ("ФИО;Эл. почта\nКим Анна;a@b.kz\nПак Ира;c1234567@b.kz", Meaning::Code),
            ("Город;Отдел\nАктау;Отдел 1", Meaning::FullName),
            ("ФИО;Телеграм\nКим Анна;@kim1990\nПак Ира;@pak", Meaning::Code),
        ] {
            assert_eq!(suggested(list, wanted), None, "{list}");
        }
    }
}
