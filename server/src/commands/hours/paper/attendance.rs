//! Rows of a paper list that do not count: somebody stayed away, or the work was called off.

use crate::tables::HoursColumn;

/// What a cell says of its row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Attendance {
    Counts,
    DoesNotCount,
    /// Nobody can tell whether the row counts.
    Unclear,
}

/// What stands where somebody stayed away, or where work was called off.
const STAYED_AWAY: [&str; 60] = [
    "не явился",
    "не явилась",
    "не явились",
    "неявка",
    "не пришёл",
    "не пришел",
    "не пришла",
    "не пришли",
    "не придёт",
    "не придет",
    "не был",
    "не была",
    "не было",
    "не вышел",
    "не вышла",
    "отсутствовал",
    "отсутствовала",
    "отсутствует",
    "отсутствие",
    "прогул",
    "пропуск",
    "пропустил",
    "пропустила",
    "болеет",
    "болел",
    "болела",
    "больничный",
    "отказ",
    "отказался",
    "отказалась",
    "отмена",
    "отменено",
    "отменён",
    "отменен",
    "отменена",
    "выбыл",
    "выбыла",
    "не участвовал",
    "не участвовала",
    "келмеді",
    "келген жоқ",
    "қатыспады",
    "қатысқан жоқ",
    "бас тартты",
    "ауырды",
    "ауырып қалды",
    "болмады",
    "жойылды",
    "тоқтатылды",
    "absent",
    "no show",
    "did not come",
    "did not show up",
    "didn t come",
    "cancelled",
    "canceled",
    "refused",
    "withdrawn",
    "missed",
    "sick",
];
/// Marks of the same in a column that says nothing else.
const MARKS_OF_ABSENCE: [&str; 5] = ["н", "н я", "ня", "нб", "н б"];
/// Words with which such a remark begins, in a column that says nothing else.
const NEGATIONS: [&str; 5] = ["не", "not", "no", "отменен", "отменено"];
const YES: [&str; 14] = ["да", "иә", "ия", "yes", "y", "true", "истина", "ақиқат", "1", "+", "x", "х", "v", "✓"];
const NO: [&str; 9] = ["нет", "жоқ", "жок", "no", "n", "false", "ложь", "жалған", "0"];

/// Tells whether a cell says, as a whole, that its row does not count.
pub(super) fn says_absent(cell: &str) -> bool {
    STAYED_AWAY.contains(&plain(cell).as_str())
}

/// What a column says that is there to say it.
pub(super) fn said_in(column: HoursColumn, cell: &str) -> Attendance {
    let text = plain(cell);
    let sign = cell.trim().to_lowercase();
    let is_in = |words: &[&str]| words.contains(&text.as_str()) || words.contains(&sign.as_str());
    let is_blank = text.is_empty() && !is_in(&YES) && !matches!(sign.as_str(), "✔");
    let is_yes = is_in(&YES) || sign == "✔";
    let is_absent = says_absent(cell) || is_in(&MARKS_OF_ABSENCE);
    match column {
        _ if is_absent => Attendance::DoesNotCount,
        HoursColumn::Absent if is_yes => Attendance::DoesNotCount,
        HoursColumn::Present if is_yes => Attendance::Counts,
        HoursColumn::Present if is_in(&NO) || (is_blank && !sign.is_empty()) => Attendance::DoesNotCount,
        HoursColumn::Absent if is_in(&NO) => Attendance::Counts,
        _ if is_blank => Attendance::Counts,
        HoursColumn::Status => {
            let first = text.split(' ').next().unwrap_or_default();
            if NEGATIONS.contains(&first) { Attendance::DoesNotCount } else { Attendance::Counts }
        }
        _ if is_attendance(&text) => Attendance::Counts,
        _ => Attendance::Unclear,
    }
}

/// Beginnings of words that say that somebody was there.
fn is_attendance(text: &str) -> bool {
    [
        "присутств",
        "явил",
        "был",
        "пришел",
        "пришёл",
        "пришла",
        "келді",
        "қатысты",
        "болды",
        "present",
        "came",
        "attended",
    ]
    .iter()
    .any(|word| text.starts_with(word))
}

/// Letters and digits in small letters, with one blank between words.
fn plain(cell: &str) -> String {
    let lower = cell.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_counts_or_not_by_what_its_columns_say() {
        for cell in ["Не явился", "ОТМЕНЕНО", "келмеді", "absent", "No-show", "(не пришла)", "н/я", "не подтверждено"]
        {
            assert_eq!(said_in(HoursColumn::Status, cell), Attendance::DoesNotCount, "{cell}");
        }
        for cell in ["", "-", "присутствовал", "Подтверждено", "волонтёр", "ok"] {
            assert_eq!(said_in(HoursColumn::Status, cell), Attendance::Counts, "{cell}");
        }
        for (cell, absent, present) in [
            ("да", Attendance::DoesNotCount, Attendance::Counts),
            ("+", Attendance::DoesNotCount, Attendance::Counts),
            ("✔", Attendance::DoesNotCount, Attendance::Counts),
            ("Жоқ", Attendance::Counts, Attendance::DoesNotCount),
            ("-", Attendance::Counts, Attendance::DoesNotCount),
            ("", Attendance::Counts, Attendance::Counts),
            ("не пришёл", Attendance::DoesNotCount, Attendance::DoesNotCount),
            ("может быть", Attendance::Unclear, Attendance::Unclear),
        ] {
            assert_eq!(said_in(HoursColumn::Absent, cell), absent, "{cell}");
            assert_eq!(said_in(HoursColumn::Present, cell), present, "{cell}");
        }
        assert!(says_absent("отменён") && !says_absent("не ел мясо") && !says_absent("нет"));
    }
}
