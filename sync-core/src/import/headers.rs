//! What the columns of a list are called, in Kazakh, Russian and English.

use std::collections::BTreeMap;

use super::header_words::{by_words, together};
use super::meaning::{Meaning, plain};
use super::profiles::Profile;

/// Headers by meaning, the usual ones first: an error names the first few.
const SYNONYMS: &[(Meaning, &str)] = &[
    (
        Meaning::Code,
        "Код | Code | ID | Бейдж | Badge | Код участника | Код волонтёра | Қатысушы коды | Волонтёр коды | \
         Коды | Номер бейджа | № бейджа | Бейдж нөмірі | Badge number | Badge no | Badge code | Badge ID | \
         Идентификатор | Сәйкестендіргіш | Person code | Volunteer code | Volunteer ID | Participant ID | \
         Registration number | Регистрационный номер | Тіркеу нөмірі | Табельный номер | External ID",
    ),
    (
        Meaning::FullName,
        "ФИО | Аты-жөні | Full name | Ф.И.О. | Толық аты-жөні | Толық аты | Тегі, аты, әкесінің аты | \
         Тегі, аты | Аты, тегі | ТАӘ | Полное имя | Фамилия Имя Отчество | Фамилия Имя | Имя Фамилия | \
         Имя и фамилия | Фамилия и имя | ФИО участника | ФИО волонтёра | Участник | Волонтёр | Қатысушы | \
         Еріктінің аты-жөні | Қатысушының аты-жөні | Fullname | Name and surname | Attendee name | \
         Participant | Participant name | Volunteer | Volunteer name | Person | Фамилия И.О. | ФИО ребёнка | \
         ФИО студента | ФИО учащегося | Ваше имя и фамилия | Ваши фамилия и имя | Ваше ФИО | Аты-жөніңіз | Your name",
    ),
    (Meaning::Family, "Фамилия | Тегі | Family name | Surname | Last name | Family | Lastname | Фамилиясы"),
    (
        Meaning::Given,
        "Имя | Аты | Given name | Given names | First name | First names | Name | Given | Firstname | Forename | Есімі",
    ),
    (Meaning::Patronymic, "Отчество | Әкесінің аты | Patronymic | Middle name | Әкесінің есімі"),
    (
        Meaning::Phone,
        "Телефон | Phone | Телефоны | Телефон нөмірі | Номер телефона | № телефона | Мобильный телефон | \
         Мобильный | Мобильный номер | Сотовый | Сотовый телефон | Контактный телефон | Контактный номер | \
         Тел | Тел. номер | Ұялы телефон | Ұялы телефоны | Ұялы | Ұялы нөмірі | Байланыс телефоны | \
         Байланыс нөмірі | Phone number | Mobile | Mobile phone | Mobile number | Telephone | Cell | \
         Cell phone | Tel | Contact phone | Contact number | WhatsApp | Телефон 1 | Телефон 2 | Телефон 3 | \
         Доп. телефон | Дополнительный телефон | Второй телефон | Рабочий телефон | Домашний телефон | \
         Қосымша телефон | Екінші телефон | Phone 1 | Phone 2 | Other phone | Second phone | Work phone | Home phone | \
         Моб. телефон | Моб. тел | Моб. номер | Раб. телефон | Раб. тел | Дом. телефон | Дом. тел",
    ),
    (
        Meaning::Organisation,
        "Организация | Ұйым | Organisation | Organization | Ұйымы | Ұйымның атауы | Название организации | \
         Organisation name | Organization name | Company | Org | Мекеме | Мекемесі | Учреждение | \
         Место работы | Место учёбы | Место работы/учёбы | Жұмыс орны | Оқу орны | Жұмыс/оқу орны | \
         Institution | Employer",
    ),
    (
        Meaning::Region,
        "Область | Облыс | Region | Регион | Облысы | Өңір | Өңірі | Аймақ | Аймағы | Oblast | Province | \
         Область/город | Облыс/қала | Регион проживания",
    ),
    (Meaning::Country, "Страна | Ел | Country | Елі | Мемлекет | Мемлекеті | Страна проживания"),
    (
        Meaning::BirthYear,
        "Год рождения | Туған жылы | Year of birth | Birth year | Г.р. | Год рожд. | Туылған жылы | YOB | \
         Born | Birthyear",
    ),
    (
        Meaning::BirthDate,
        "Дата рождения | Туған күні | Date of birth | Birth date | Birthdate | DOB | Birthday | \
         Дата рожд. | Д.р. | День рождения | Туылған күні | Туған күні, айы, жылы | Туған жылы, айы, күні",
    ),
    (Meaning::Team, "Команда | Топ | Team | Тобы | Командасы | Группа | Group | Отряд | Жасақ | Жасағы | Бригада"),
    (
        Meaning::Languages,
        "Языки | Тілдер | Languages | Язык | Тіл | Language | Тілдері | Знание языков | Владение языками | \
         Тіл білуі | Білетін тілдері | Languages spoken | Spoken languages",
    ),
    (
        Meaning::Categories,
        "Категория | Санат | Category | Категории | Санаты | Санаттары | Categories | \
         Категория участника | Қатысушы санаты | Participant category",
    ),
    (Meaning::Shifts, "Смена | Ауысым | Shift | Смены | Ауысымы | Ауысымдар | Ауысымдары | Shifts"),
    (
        Meaning::NationalId,
        "ИИН | ЖСН | IIN | Индивидуальный идентификационный номер | Жеке сәйкестендіру нөмірі | ИИН/БИН | \
         ЖСН/БСН | Individual identification number | National ID | National ID number",
    ),
];

/// The headers that are looked for under `meaning`, the usual ones first.
pub(super) fn synonyms(meaning: Meaning) -> impl Iterator<Item = &'static str> {
    SYNONYMS.iter().filter(move |(candidate, _)| *candidate == meaning).flat_map(|(_, headers)| headers.split(" | "))
}

/// Tells what headers mean; case, blanks and punctuation make no difference.
pub struct Dictionary(BTreeMap<String, Meaning>);

impl Dictionary {
    /// Knows the usual headers, and above them those that somebody mapped by hand.
    #[must_use]
    pub fn with_profile(profile: &BTreeMap<String, Meaning>) -> Self {
        let usual =
            SYNONYMS.iter().flat_map(|(meaning, headers)| headers.split(" | ").map(|header| (header, *meaning)));
        let by_hand = profile.iter().map(|(header, meaning)| (header.as_str(), *meaning));
        Self(usual.chain(by_hand).map(|(header, meaning)| (plain(header), meaning)).collect())
    }

    /// Knows in addition the headers of every kind of list, to find where a list has its headers.
    #[must_use]
    pub fn of_any_list(profile: &BTreeMap<String, Meaning>) -> Self {
        let mut columns = Profile::columns_of_all();
        columns.retain(|header, _| !Self::with_profile(&BTreeMap::new()).0.contains_key(&plain(header)));
        columns.extend(profile.iter().map(|(header, meaning)| (header.clone(), *meaning)));
        Self::with_profile(&columns)
    }

    /// Knows one header, to find out which columns are called so.
    pub(super) fn of_header(header: &str) -> Self {
        Self(BTreeMap::from([(plain(header), Meaning::Nothing)]))
    }

    /// Tells whether a text names what may be said of many people at once, as `Отряд` in `Отряд: Орлы`.
    #[must_use]
    pub fn is_label(&self, text: &str) -> bool {
        self.meaning(text).is_some_and(Meaning::is_of_many)
    }

    /// Tells what a header means. One in several languages counts if its parts agree, one that lists the parts of a
    /// name is the whole name, and `None` means that nobody knows.
    #[must_use]
    pub fn meaning(&self, header: &str) -> Option<Meaning> {
        if let Some(meaning) = self.0.get(&plain(header)) {
            return Some(*meaning);
        }
        let by_words = by_words(header, |text| self.0.get(text).copied());
        by_words.or_else(|| {
            let parts = header.split(['/', '|', '(', ')', '\n', ',', ';', '–', '—']).flat_map(|part| part.split(" - "));
            together(parts.filter_map(|part| self.0.get(&plain(part)).copied()).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(header: &str) -> Option<Meaning> {
        Dictionary::with_profile(&BTreeMap::new()).meaning(header)
    }

    #[test]
    fn headers_are_known_in_three_languages_and_any_typing() {
        for (header, expected) in [
            ("ТЕЛЕФОН ", Meaning::Phone),
            ("phone_number", Meaning::Phone),
            ("Ұялы  телефон:", Meaning::Phone),
            ("Ф. И. О.", Meaning::FullName),
            ("аты жөнi", Meaning::FullName),
            ("Аты-жөні / ФИО / Full name", Meaning::FullName),
            ("Тегі (фамилия)", Meaning::Family),
            ("Фамилия, имя", Meaning::FullName),
            ("Фамилия, имя и отчество", Meaning::FullName),
            ("ФИО (фамилия, имя, отчество)", Meaning::FullName),
            ("Дата рождения ребёнка", Meaning::BirthDate),
            ("Волонтер ФИО", Meaning::FullName),
            ("Укажите Ваше ФИО (полностью)", Meaning::FullName),
            ("Сіздің аты-жөніңіз", Meaning::FullName),
            ("Фамилия Имя участника", Meaning::FullName),
            ("Сот. тел.", Meaning::Phone),
            ("№ тел", Meaning::Phone),
            ("Ваш номер телефона", Meaning::Phone),
            ("Контактный номер телефона", Meaning::Phone),
            ("Your mobile phone number", Meaning::Phone),
            ("Телефон (WhatsApp) для связи", Meaning::Phone),
            ("Given names", Meaning::Given),
            ("Дата, месяц и год рождения", Meaning::BirthDate),
            ("Your date of birth", Meaning::BirthDate),
            ("Год рождения участника", Meaning::BirthYear),
            ("Команда волонтёра", Meaning::Team),
            ("Год рождения*", Meaning::BirthYear),
            ("Туған күні, айы, жылы", Meaning::BirthDate),
            ("Место учебы", Meaning::Organisation),
            ("Country", Meaning::Country),
            ("ЖСН / ИИН", Meaning::NationalId),
            ("Ауысым / Смена", Meaning::Shifts),
        ] {
            assert_eq!(meaning(header), Some(expected), "{header}");
        }
    }

    #[test]
    fn a_header_nobody_knows_or_two_headers_in_one_mean_nothing() {
        for header in [
            "",
            "№",
            "№ п/п",
            "Комментарий",
            "Телефон / Организация",
            "E-mail",
            "Ваш номер",
            "Телефон родителя",
            "ФИО латиницей",
            "Есть ли у Вас телефон?",
            "Год",
            "Место рождения",
            "Сотрудник",
            "Телеграм",
            "Тело письма",
        ] {
            assert_eq!(meaning(header), None, "{header}");
        }
    }

    #[test]
    fn no_header_is_listed_under_two_meanings() {
        let mut seen = BTreeMap::new();
        for (meaning, header) in SYNONYMS.iter().flat_map(|(m, headers)| headers.split(" | ").map(move |h| (m, h))) {
            let earlier = seen.insert(plain(header), meaning);
            assert!(earlier.is_none_or(|earlier| earlier == meaning), "{header}");
        }
    }

    #[test]
    fn a_mapping_by_hand_goes_before_the_usual_headers() {
        let profile = BTreeMap::from([("Группа".to_owned(), Meaning::Categories), ("F1".to_owned(), Meaning::Code)]);
        let dictionary = Dictionary::with_profile(&profile);
        assert_eq!(dictionary.meaning("группа"), Some(Meaning::Categories));
        assert_eq!(dictionary.meaning("f1"), Some(Meaning::Code));
        assert_eq!(dictionary.meaning("Команда"), Some(Meaning::Team));
    }
}
