//! Reads a header by its words, as people ask in forms: `Ваш номер телефона`, `Дата, месяц и год рождения`.

use super::meaning::{Meaning, plain};

/// What parts of a header mean together: what all of them do, or the whole name if they are its parts.
pub(super) fn together(mut parts: Vec<Meaning>) -> Option<Meaning> {
    parts.sort_unstable();
    parts.dedup();
    let are_of_name = parts.iter().all(|part| part.is_name() || *part == Meaning::Patronymic);
    let is_whole = parts.contains(&Meaning::FullName) || parts.starts_with(&[Meaning::Family, Meaning::Given]);
    match parts[..] {
        [only] => Some(only),
        _ if are_of_name && is_whole => Some(Meaning::FullName),
        _ => None,
    }
}

/// Words of a header that say of whom or how it is asked, and nothing of what.
const ASKING: &[&str] = &[
    "ваш",
    "ваша",
    "ваше",
    "ваши",
    "вашего",
    "вашей",
    "свой",
    "свое",
    "свою",
    "укажите",
    "введите",
    "напишите",
    "впишите",
    "пожалуйста",
    "контактный",
    "контактные",
    "контакт",
    "контактного",
    "для",
    "связи",
    "действующий",
    "актуальный",
    "личный",
    "полностью",
    "полное",
    "полная",
    "обязательно",
    "обязательное",
    "поле",
    "по",
    "паспорту",
    "удостоверению",
    "документу",
    "волонтер",
    "волонтера",
    "волонтеров",
    "доброволец",
    "добровольца",
    "участник",
    "участника",
    "участницы",
    "участников",
    "ребенка",
    "ребенок",
    "ученика",
    "учащегося",
    "школьника",
    "студента",
    "баланың",
    "оқушының",
    "студенттің",
    "кандидата",
    "заявителя",
    "сіздің",
    "толық",
    "жазыңыз",
    "көрсетіңіз",
    "енгізіңіз",
    "байланыс",
    "волонтердің",
    "еріктінің",
    "қатысушының",
    "ерікті",
    "қатысушы",
    "your",
    "the",
    "please",
    "enter",
    "write",
    "contact",
    "full",
    "of",
    "volunteer",
    "participant",
    "volunteers",
    "volunteer's",
    "required",
    "s",
    "n",
    "no",
    "№",
    "и",
    "и",
    "в",
    "формате",
];
const TELEPHONE: &[&str] =
    &["телефон", "мобильн", "сотов", "ватсап", "вотсап", "whatsapp", "phone", "mobile", "telephone", "cell", "ұялы"];
/// Short for a telephone; longer words that begin so mean something else: `Сотрудник`, `Телеграм`.
const TELEPHONE_SHORT: &[&str] = &["тел", "моб", "сот"];
const NUMBER: &[&str] = &["номер", "нөмір", "number", "num", "ном"];
const BIRTH: &[&str] = &["рожд", "туған", "туылған", "туган", "birth", "born", "dob"];
const DATE: &[&str] = &["дат", "числ", "день", "дня", "месяц", "date", "day", "month", "күн", "ай"];
const YEAR: &[&str] = &["год", "year", "жыл"];

/// Reads a header by its words, where all of them are of one meaning: `Ваш номер телефона`, `Дата, месяц и год рождения`.
pub(super) fn by_words(header: &str, known: impl Fn(&str) -> Option<Meaning>) -> Option<Meaning> {
    let lower = header.to_lowercase().replace('ё', "е");
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let left: Vec<&str> = words.iter().copied().filter(|word| !ASKING.contains(word)).collect();
    if left.is_empty() || words.len() > 12 {
        return None;
    }
    if left.len() < words.len()
        && let Some(meaning) = known(&plain(&left.join(" ")))
    {
        return Some(meaning);
    }
    let begins = |word: &str, stems: &[&str]| stems.iter().any(|stem| word.starts_with(stem));
    let all_of = |stems: &[&[&str]]| left.iter().all(|word| stems.iter().any(|stems| begins(word, stems)));
    let any_of = |stems: &[&str]| left.iter().any(|word| begins(word, stems));
    let is_telephone = |word: &&str| TELEPHONE_SHORT.contains(word) || begins(word, TELEPHONE);
    if left.iter().any(is_telephone) && left.iter().all(|word| is_telephone(word) || begins(word, NUMBER)) {
        return Some(Meaning::Phone);
    }
    if all_of(&[BIRTH, DATE, YEAR]) && any_of(BIRTH) {
        return if any_of(DATE) { Some(Meaning::BirthDate) } else { any_of(YEAR).then_some(Meaning::BirthYear) };
    }
    let parts: Option<Vec<Meaning>> = left.iter().map(|word| known(&plain(word))).collect();
    together(parts?)
}

/// Whether a column counts the rows: `№`, `№ п/п`, `Р/с`.
#[must_use]
pub fn counts_rows(header: &str) -> bool {
    header.trim() == "#" || ["no", "noпп", "пп", "рс", "реттік"].contains(&plain(header).as_str())
}
