//! The words of exports in Kazakh, Russian and English.

use sync_core::words::Language;

/// A stable name, and how it is said.
type Word = (&'static str, [&'static str; 3]);

const WORDS: &[Word] = &[
    // Sheets.
    ("hours", ["Сағаттар", "Часы", "Hours"]),
    ("attendance", ["Қатысу", "Посещаемость", "Attendance"]),
    ("people", ["Адамдар", "Люди", "People"]),
    ("cards", ["Карточкалар", "Карточки", "Cards"]),
    ("totals", ["Қорытынды", "Итоги", "Totals"]),
    ("breakdowns", ["Бөлінісі", "По частям", "Breakdowns"]),
    ("contributions", ["Неге негізделген", "На чём основано", "What it rests on"]),
    ("shifts_attended", ["Ауысымдарға келгендер", "Кто пришёл на смены", "Who came to which shift"]),
    ("category", ["Санат", "Категория", "Category"]),
    ("day", ["Күн", "День", "Day"]),
    ("by", ["Не бойынша", "По чему", "By"]),
    ("part", ["Бөлігі", "Часть", "Part"]),
    ("minors", ["Кәмелетке толмағандар", "Несовершеннолетние", "Minors"]),
    ("silver", ["Күміс еріктілер", "Серебряные волонтёры", "Silver volunteers"]),
    ("deeds", ["Игі істер", "Добрые дела", "Deeds"]),
    ("deed_people", ["Игі істерге қатысқандар", "Участники добрых дел", "People of deeds"]),
    ("shift", ["Ауысым", "Смена", "Shift"]),
    ("assigned", ["Тағайындалған", "Назначено", "Assigned"]),
    ("came", ["Келді", "Пришло", "Came"]),
    ("who_came", ["Кім келді", "Кто пришёл", "Who came"]),
    ("who_did_not", ["Кім келмеді", "Кто не пришёл", "Who did not"]),
    ("conflicts", ["Қайшылықтар", "Расхождения", "Conflicts"]),
    ("tides", ["TIDES", "TIDES", "TIDES"]),
    // Calendars.
    ("event_day", ["Іс-шара күні", "День акции", "Day of the event"]),
    ("role", ["Рөлі", "Роль", "Role"]),
    ("need", ["Қажет адам", "Нужно людей", "People wanted"]),
    ("hazardous", ["Қауіпті: тек ересектерге", "Опасно: только взрослым", "Hazardous: adults only"]),
    // Badges and letters.
    ("badges", ["Бейджтер", "Бейджи", "Badges"]),
    ("letters", ["Анықтамалар", "Справки", "Letters"]),
    ("volunteer", ["ЕРІКТІ", "ВОЛОНТЁР", "VOLUNTEER"]),
    (
        "letter_title",
        ["Еріктілік қызмет туралы анықтама", "Справка о волонтёрской деятельности", "Letter of volunteer service"],
    ),
    (
        "letter_draft",
        [
            "ЖОБА: есеп әлі жарияланған жоқ, сағаттар өзгеруі мүмкін",
            "ПРОЕКТ: отчёт ещё не опубликован, часы могут измениться",
            "DRAFT: the report is not published yet, hours may still change",
        ],
    ),
    (
        "letter_verify",
        [
            "Анықтаманың түпнұсқалығын және одан жаңасы бар-жоғын тексеру үшін кодты сканерлеңіз.",
            "Отсканируйте код, чтобы проверить подлинность справки и нет ли более новой.",
            "Scan the code to check that this letter is genuine and whether a newer one replaces it.",
        ],
    ),
    ("in_all", ["Барлығы", "Всего", "In all"]),
    ("organizer_name", ["Ұйымдастырушы", "Организатор", "Organizer"]),
    ("signature", ["Қолы", "Подпись", "Signature"]),
    ("date_signed", ["Күні", "Дата", "Date"]),
    // Dossiers.
    ("dossier", ["«Жыл еріктісі»: дәлелдер жинағы", "«Волонтёр года»: досье", "Volunteer of the year: a dossier"]),
    ("shortlist", ["Қысқа тізім", "Короткий список", "Shortlist"]),
    ("evidence_of", ["Дәлелдер", "Основания", "Evidence of hours"]),
    ("excluded", ["Тізімге кірмегендер", "Исключены", "Left out"]),
    ("query", ["Сұрау", "Запрос", "Query"]),
    ("rank", ["Орны", "Место в списке", "Rank"]),
    ("days", ["Күндер", "Дни", "Days"]),
    ("doubts", ["Сол адам болуы мүмкін", "Возможно, тот же человек", "May be the same person"]),
    ("event", ["Іс-шара", "Акция", "Event"]),
    ("shown_by", ["Құрылғылар мен жазбалар", "Устройства и записи", "Devices and entries"]),
    ("entries", ["Жазбалар", "Записи", "Entries in full"]),
    ("verified_by", ["Кім растады", "Кто подтвердил", "Verified by"]),
    ("verified_at", ["Қашан расталды", "Когда подтверждено", "Verified at"]),
    ("ruling", ["Шешім", "Решение", "Ruling"]),
    ("reason", ["Себебі", "Причина", "Reason"]),
    ("why", ["Неге", "Почему", "Why"]),
    ("state", ["Құжаттардың күйі", "Состояние документов", "State of the documents"]),
    ("at_least", ["Кемінде", "Не менее", "At least"]),
    ("most", ["Ең көбі, адам", "Не более, человек", "At most, people"]),
    ("registers", ["Тізілімдер", "Реестры", "Registers"]),
    ("repeat", ["Қайталау үшін", "Чтобы повторить", "To repeat"]),
    ("field_conflict", ["Өрісте бірнеше мән бар", "Несколько значений поля", "Several values of a field"]),
    ("ruling_conflict", ["Қарама-қайшы шешімдер", "Противоречивые решения", "Rulings that contradict each other"]),
    ("nobody", ["Ешкім жоқ", "Никого", "Nobody"]),
    // Columns.
    ("subjects", ["Код", "Код", "Code"]),
    ("code", ["Код", "Код", "Code"]),
    ("person", ["Код", "Код", "Code"]),
    ("name", ["Аты-жөні", "ФИО", "Name"]),
    ("organisation", ["Ұйым", "Организация", "Organisation"]),
    ("region", ["Облыс", "Область", "Region"]),
    ("phone", ["Телефон", "Телефон", "Phone"]),
    ("birth_year", ["Туған жылы", "Год рождения", "Year of birth"]),
    ("team", ["Топ", "Команда", "Team"]),
    ("source", ["Қайдан", "Откуда", "Source"]),
    ("withdrawn", ["Тізімнен шығарылды", "Выбыл", "Withdrawn"]),
    ("date", ["Күні", "Дата", "Date"]),
    ("time", ["Уақыты", "Время", "Time"]),
    ("site", ["Орын", "Место", "Site"]),
    ("from", ["Басталуы", "Начало", "From"]),
    ("to", ["Аяқталуы", "Конец", "To"]),
    ("seconds", ["с", "с", "s"]),
    ("duration_s", ["Ұзақтығы", "Длительность", "Duration"]),
    ("basis", ["Негізі", "Основание", "Basis"]),
    ("counts", ["Есептеледі", "Засчитано", "Counts"]),
    ("evidence", ["Жазбалар саны", "Число записей", "Entries"]),
    ("observed_s", ["Тіркелген", "Отмечено", "Observed"]),
    ("imputed_s", ["Болжамды", "Расчётно", "Imputed"]),
    ("manual_s", ["Қолмен енгізілген", "Вручную", "Manual"]),
    ("verified_s", ["Расталған", "Подтверждено", "Verified"]),
    ("warnings", ["Ескертулер", "Предупреждения", "Warnings"]),
    ("kind", ["Түрі", "Вид", "Kind"]),
    ("bags", ["Қап", "Мешки", "Bags"]),
    ("grams", ["Салмағы, г", "Вес, г", "Weight, g"]),
    ("litres", ["Көлемі, л", "Объём, л", "Volume, l"]),
    ("metres", ["Жағалау, м", "Берег, м", "Shore, m"]),
    ("species", ["Түр атауы", "Вид растения", "Species"]),
    ("seedlings", ["Көшет", "Саженцы", "Seedlings"]),
    ("square_metres", ["Аумағы, м²", "Площадь, м²", "Area, m²"]),
    ("device", ["Құрылғы", "Устройство", "Device"]),
    ("entry", ["Жазба", "Запись", "Entry"]),
    ("figure", ["Көрсеткіш", "Показатель", "Figure"]),
    ("value", ["Мәні", "Значение", "Value"]),
    ("field", ["Өріс", "Поле", "Field"]),
    ("values", ["Мәндер", "Значения", "Values"]),
    // What stands in cells.
    ("observed", ["тіркелген", "отмечено", "observed"]),
    ("imputed", ["болжамды", "расчётно", "imputed"]),
    ("manual", ["қолмен", "вручную", "manual"]),
    ("yes", ["иә", "да", "yes"]),
    ("no", ["жоқ", "нет", "no"]),
    ("roster", ["тізім", "список", "roster"]),
    ("walk_in", ["қақпада тіркелген", "у входа", "walk-in"]),
    ("litter", ["қоқыс", "мусор", "litter"]),
    ("planting", ["отырғызу", "посадка", "planting"]),
    ("clock", ["сағаты тексерілмеген", "часы не сверены", "clock not checked"]),
    ("open_in", ["шығу белгісі жоқ", "нет отметки ухода", "no check-out"]),
    ("orphan_out", ["кіру белгісі жоқ", "нет отметки прихода", "no check-in"]),
    ("confirmed_in_part", ["ішінара расталған", "подтверждено частично", "confirmed in part"]),
    ("outside_event", ["іс-шара күні емес", "не день акции", "not a day of the event"]),
    ("attended", ["Қатысқандар", "Участвовали", "Attended"]),
    ("log_entries", ["Құрылғы жазбалары", "Записи устройств", "Entries of devices"]),
    (
        "rules_edition",
        ["Сағат есептеу ережелерінің редакциясы", "Редакция правил учёта часов", "Edition of the rules of hours"],
    ),
    ("withdrawn_attended", ["Шығарылған, бірақ келген", "Выбыли, но пришли", "Withdrawn, but attended"]),
    ("names", ["Аты-жөні", "ФИО", "Names"]),
    ("languages", ["Тілдері", "Языки", "Languages"]),
    ("categories", ["Санаттары", "Категории", "Categories"]),
    ("external_ids", ["Басқа кодтар", "Другие коды", "Other codes"]),
    ("shifts", ["Ауысымдар", "Смены", "Shifts"]),
    ("consents", ["Келісімдер", "Согласия", "Consents"]),
];

fn find(key: &str) -> Option<&'static Word> {
    WORDS.iter().find(|(known, _)| *known == key)
}

/// How a stable name is said; the name itself where nobody has said it yet.
pub(super) fn word(key: &'static str, language: Language) -> &'static str {
    find(key).map_or(key, |(_, words)| language.pick(words))
}

/// The stable name itself, if there is a word for it.
pub(super) fn known(key: &str) -> Option<&'static str> {
    find(key).map(|(known, _)| *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_said_once_and_in_three_languages() {
        let mut keys: Vec<&str> = WORDS.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        let count = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), count);
        assert!(WORDS.iter().all(|(_, words)| words.iter().all(|word| !word.is_empty())));
    }
}
