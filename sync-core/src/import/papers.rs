//! Words that stand on papers beside a list: who signs, where the stamp goes, how many pages there are, whose part begins.

use super::nobody::NotData;

/// With these a row begins that says who signs, when, and where the stamp goes.
const SIGNED: &[&str] = &[
    "мп",
    "м п",
    "м о",
    "мо",
    "печать",
    "место печати",
    "м к",
    "мөр",
    "мөр орны",
    "подпись",
    "подписи",
    "подпись руководителя",
    "дата",
    "дата составления",
    "дата подписания",
    "күні",
    "құрастырылған күні",
    "date",
    "stamp",
    "seal",
    "signature",
    "signed",
    "signed by",
    "согласовано",
    "согласована",
    "согласован",
    "утверждаю",
    "утверждено",
    "утвержден",
    "утверждён",
    "согласен",
    "согласие",
    "по согласованию",
    "составил",
    "составила",
    "составитель",
    "список составил",
    "список составила",
    "подготовил",
    "подготовила",
    "проверил",
    "проверила",
    "исполнитель",
    "ответственный",
    "ответственная",
    "примечание",
    "примечания",
    "қолы",
    "келісілді",
    "келісемін",
    "бекітемін",
    "бекітілді",
    "ескерту",
    "ескертпе",
    "орындаушы",
    "орындаған",
    "дайындаған",
    "құрастырған",
    "тексерген",
    "approved",
    "approved by",
    "agreed",
    "checked by",
    "compiled by",
    "prepared by",
    "note",
    "notes",
    "n b",
    "приложение",
    "қосымша",
    "appendix",
    "annex",
];
/// With these a row begins that counts pages or people, or ends the list.
const REMARKS: &[&str] = &[
    "из них",
    "в том числе",
    "в т ч",
    "оның ішінде",
    "соның ішінде",
    "of them",
    "of which",
    "of whom",
    "including",
    "конец списка",
    "конец",
    "тізім соңы",
    "тізімнің соңы",
    "end of list",
    "end of the list",
    "the end",
    "продолжение",
    "продолжение следует",
    "продолжение списка",
    "жалғасы",
    "continued",
    "to be continued",
    "см на обороте",
    "см приложение",
    "список участников",
    "список волонтеров",
    "қатысушылар тізімі",
    "волонтерлер тізімі",
    "еріктілер тізімі",
    "list of participants",
    "list of volunteers",
];
/// A row that says only this begins a part of the list.
const PARTS: &[&str] = &[
    "резерв",
    "резервный список",
    "резервисты",
    "запас",
    "запасные",
    "запасной состав",
    "основной состав",
    "основной список",
    "дополнительный список",
    "қосымша тізім",
    "негізгі тізім",
    "резервтік тізім",
    "reserve",
    "reserves",
    "reserve list",
    "waiting list",
    "лист ожидания",
    "күту тізімі",
    "волонтеры",
    "участники",
    "девушки",
    "юноши",
    "мужчины",
    "женщины",
    "қыздар",
    "ұлдар",
    "ерлер",
    "әйелдер",
    "volunteers",
    "participants",
    "organizers",
    "организаторы",
    "ұйымдастырушылар",
    "гости",
    "қонақтар",
    "guests",
];
const PAGES: &[&str] = &["стр", "страница", "лист", "page", "p", "pg", "бет", "парақ", "sheet"];
/// What a part of the people is called, before or behind its number, or before its name in quotation marks.
const GROUPS: &[&str] = &[
    "отряд",
    "команда",
    "группа",
    "бригада",
    "звено",
    "дружина",
    "экипаж",
    "смена",
    "топ",
    "тобы",
    "жасақ",
    "жасағы",
    "команда",
    "ауысым",
    "team",
    "group",
    "squad",
    "shift",
    "crew",
    "школа",
    "лицей",
    "гимназия",
    "мектеп",
    "класс",
    "школы",
];
/// How numbers begin that are written out before what a part is called.
const ORDINALS: &[&str] = &[
    "перв",
    "втор",
    "треть",
    "четверт",
    "четвёрт",
    "пят",
    "шест",
    "седьм",
    "восьм",
    "девят",
    "десят",
    "бірінші",
    "екінші",
    "үшінші",
    "төртінші",
    "бесінші",
    "алтыншы",
    "жетінші",
    "сегізінші",
    "тоғызыншы",
    "оныншы",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
];
/// Who leads, before a name.
const LEADERS: &[&str] = &[
    "старший",
    "старшая",
    "руководитель",
    "координатор",
    "куратор",
    "бригадир",
    "капитан",
    "командир",
    "начальник",
    "тренер",
    "ответственный",
    "ответственная",
    "сопровождающий",
    "сопровождающая",
    "жетекші",
    "жетекшісі",
    "жауапты",
    "үйлестіруші",
    "leader",
    "team leader",
    "group leader",
    "coordinator",
    "head",
    "captain",
    "supervisor",
    "директор",
    "староста",
    "тәлімгер",
];

/// Tells what a text is that stands on papers and names nobody of the list; `None` where it may be a name.
pub(super) fn of_paper(text: &str) -> Option<NotData> {
    let text = text.trim();
    let words = words(text);
    let plain = words.join(" ");
    let begins = |phrases: &[&str]| {
        let rest =
            |phrase: &&str| plain.strip_prefix(*phrase).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        phrases.iter().any(rest)
    };
    let is_number = |word: &&String| word.chars().all(|c| c.is_ascii_digit());
    let has_mark = text.contains([':', '_', '«', '"', '“', '—', '–']) || text.contains(" - ") || text.contains('/');
    let is_whole = |phrases: &[&str]| phrases.contains(&plain.as_str());
    if text.starts_with('*') && words.len() > 1 && text[1..].trim_start().starts_with(char::is_lowercase) {
        return Some(NotData::Signature);
    }
    if is_whole(SIGNED) || (begins(SIGNED) && (has_mark || words.iter().any(|word| is_number(&word)))) {
        return Some(NotData::Signature);
    }
    if is_whole(REMARKS) || (begins(REMARKS) && !goes_on_like_name(text)) {
        return Some(NotData::Signature);
    }
    let is_page = words.len() >= 2 && words.iter().any(|word| PAGES.contains(&word.as_str()));
    let of_pages = |word: &String| {
        is_number(&word) || PAGES.contains(&word.as_str()) || matches!(word.as_str(), "из" | "of" | "ішінен")
    };
    if is_page && words.iter().all(of_pages) {
        return Some(NotData::Signature);
    }
    if is_whole(PARTS) {
        return Some(NotData::Heading);
    }
    let is_group = |word: &String| GROUPS.contains(&word.as_str());
    let is_numbered = words.iter().any(is_group)
        && words.iter().any(|word| word.chars().any(|c| c.is_ascii_digit()))
        && words.len() <= 3
        && words.iter().all(|word| is_group(word) || word.chars().count() <= 3);
    let is_ordinal = |word: &String| ORDINALS.iter().any(|ordinal| word.starts_with(ordinal));
    let is_counted = words.len() == 2 && is_ordinal(&words[0]) && is_group(&words[1]);
    let is_called = words.len() > 1
        && (is_group(&words[0]) || words.last().is_some_and(is_group))
        && text.contains(['«', '"', '“', '„', ':']);
    if is_numbered || is_counted || is_called {
        return Some(NotData::Heading);
    }
    (has_mark && begins(LEADERS)).then_some(NotData::Signature)
}

/// Tells whether the second word begins as a name does, as in `Конец Олег`.
fn goes_on_like_name(text: &str) -> bool {
    let second = text.split_whitespace().nth(1);
    text.split_whitespace().count() <= 3 && second.is_some_and(|word| word.starts_with(char::is_uppercase))
}

/// Tells whether a text begins or ends with what a part of the people is called: `Отряд Орлы`, `Жасыл топ`.
pub(super) fn names_group(text: &str) -> bool {
    let words = words(text);
    let is_group = |word: Option<&String>| word.is_some_and(|word| GROUPS.contains(&word.as_str()));
    is_group(words.first()) || is_group(words.last())
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.to_lowercase().replace('ё', "е")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_on_papers_names_nobody_and_names_do() {
        for text in [
            "МП",
            "М.П.",
            "М. П.",
            "Дата: 18.05.2026",
            "Дата",
            "Согласовано",
            "Утверждаю",
            "Қолы",
            "Келісілді",
            "Бекітемін",
            "Стр. 1 из 2",
            "Page 1 of 2",
            "1-бет",
            "из них девушек 1",
            "оның ішінде қыздар 3",
            "Конец списка",
            "КОНЕЦ СПИСКА",
            "Первый отряд",
            "Бірінші топ",
            "Тізім соңы",
            "Резерв:",
            "*по согласованию",
            "* келісім бойынша",
            "Старший группы — Бек Алмас",
            "Руководитель: Ким А. А.",
            "Team leader: Ann Lee",
            "Отряд «Орлы»",
            "Отряд 3",
            "3-й отряд",
            "Топ №2",
            "Team \"Eagles\"",
            "Запасные",
            "Күту тізімі",
            "Date: __________",
            "Signature",
        ] {
            assert!(of_paper(text).is_some(), "{text}");
        }
        for text in [
            "Ким Анна",
            "Датаев Руслан",
            "Резервов Пётр",
            "Топаев Асан",
            "Пейдж Мария",
            "Page Larry",
            "Старший Иван",
            "Бет Анна",
            "Лист Ференц",
            "Конев Иван",
            "Конец Олег",
            "Первый Иван",
            "Мо Янь",
            "*Ким Анна",
            "* Ли Ян",
            "Head Edith",
            "Марш Дата",
            "Стамп Теренс",
            "Печать Иван",
            "Класс Эдуард",
            "Тренер Ольга",
            "Ким Анна (капитан)",
        ] {
            assert_eq!(of_paper(text), None, "{text}");
        }
    }
}
