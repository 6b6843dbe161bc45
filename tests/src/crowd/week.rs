//! Weeks of an event: an office's list, a partner's list and walk-ins, of people whose names come from other words than
//! [`Crowd::seeded`] draws from and are spelt and mistyped in other ways.
//!
//! Nothing here follows the rules by which names are folded or pairs are weighed: the spellings are those of people who
//! write as they hear, keyboards and phones correct and slip, and the families are so few that namesakes are common.

use sync_core::documents::roster::{ExternalId, PersonName};
use sync_core::time::UnixMillis;

use super::{Crowd, Row};
use crate::Chance;

/// Family names of men, the commonest first, in Kazakh, Russian and as they are written in Latin letters by whoever
/// bears them. A woman's has an ending more.
const FAMILIES: &[[&str; 4]] = &[
    ["Ахметов", "Ахметов", "Akhmetov", "Ahmetov"],
    ["Смағұлов", "Смагулов", "Smagulov", "Smaghulov"],
    ["Омаров", "Омаров", "Omarov", "Omarov"],
    ["Сүлейменов", "Сулейменов", "Suleimenov", "Suleymenov"],
    ["Ким", "Ким", "Kim", "Kim"],
    ["Жүнісов", "Жунусов", "Zhunussov", "Junisov"],
    ["Әлиев", "Алиев", "Aliyev", "Aliev"],
    ["Қалиев", "Калиев", "Kaliyev", "Qaliev"],
    ["Иванов", "Иванов", "Ivanov", "Ivanov"],
    ["Ысқақов", "Искаков", "Iskakov", "Yskakov"],
    ["Тілеубаев", "Тлеубаев", "Tleubayev", "Tileubaev"],
    ["Бекенов", "Бекенов", "Bekenov", "Bekenov"],
    ["Есімов", "Есимов", "Yessimov", "Esimov"],
    ["Шәкенов", "Шакенов", "Shakenov", "Shäkenov"],
    ["Дүйсенов", "Дуйсенов", "Duisenov", "Duysenov"],
    ["Мұсин", "Мусин", "Mussin", "Musin"],
    ["Попов", "Попов", "Popov", "Popov"],
    ["Ғалымов", "Галымов", "Galymov", "Ğalymov"],
    ["Өтепов", "Утепов", "Utepov", "Ötepov"],
    ["Рахимов", "Рахимов", "Rakhimov", "Rahimov"],
    ["Нұрмағамбетов", "Нурмагамбетов", "Nurmagambetov", "Nurmaghambetov"],
    ["Кузьмин", "Кузьмин", "Kuzmin", "Kuzmin"],
    ["Цай", "Цай", "Tsay", "Tsai"],
    ["Хасенов", "Хасенов", "Khassenov", "Hasenov"],
    ["Байжанов", "Байжанов", "Baizhanov", "Bayjanov"],
    ["Жақыпов", "Жакупов", "Zhakupov", "Jaqypov"],
    ["Щеглов", "Щеглов", "Shcheglov", "Scheglov"],
    ["Төлегенов", "Тулегенов", "Tulegenov", "Tölegenov"],
    ["Юн", "Юн", "Yun", "Yun"],
    ["Мәжитов", "Мажитов", "Mazhitov", "Majitov"],
    ["Абдуллаев", "Абдуллаев", "Abdullayev", "Abdullaev"],
    ["Сейфуллин", "Сейфуллин", "Seifullin", "Seyfullin"],
];

/// Given names, women's and then men's, in the same four ways.
const GIVEN: [&[[&str; 4]]; 2] = [
    &[
        ["Айгерім", "Айгерим", "Aigerim", "Aygerim"],
        ["Мадина", "Мадина", "Madina", "Madina"],
        ["Динара", "Динара", "Dinara", "Dinara"],
        ["Гүлмира", "Гульмира", "Gulmira", "Gülmira"],
        ["Ажар", "Ажар", "Azhar", "Ajar"],
        ["Сәуле", "Сауле", "Saule", "Säule"],
        ["Елена", "Елена", "Yelena", "Elena"],
        ["Томирис", "Томирис", "Tomiris", "Tomiris"],
        ["Жұлдыз", "Жулдыз", "Zhuldyz", "Juldyz"],
        ["Анастасия", "Анастасия", "Anastassiya", "Anastasia"],
        ["Қарлығаш", "Карлыгаш", "Karlygash", "Qarlygash"],
        ["Ұлбосын", "Улбосын", "Ulbosyn", "Ulbossyn"],
        ["Наталья", "Наталья", "Natalya", "Natalia"],
        ["Ақбота", "Акбота", "Akbota", "Aqbota"],
        ["Шолпан", "Шолпан", "Sholpan", "Şolpan"],
        ["Перизат", "Перизат", "Perizat", "Perizat"],
        ["Айнұр", "Айнур", "Ainur", "Aynur"],
        ["Гүлсім", "Гульсум", "Gulsum", "Gülsim"],
        ["Жанна", "Жанна", "Zhanna", "Janna"],
        ["Камила", "Камила", "Kamila", "Kamilla"],
        ["Лаура", "Лаура", "Laura", "Laura"],
        ["Меруерт", "Меруерт", "Meruyert", "Meruert"],
        ["Нұргүл", "Нургуль", "Nurgul", "Nūrgül"],
        ["Оксана", "Оксана", "Oxana", "Oksana"],
        ["Разия", "Разия", "Raziya", "Razia"],
        ["Сандуғаш", "Сандугаш", "Sandugash", "Sanduğash"],
        ["Тоғжан", "Тогжан", "Togzhan", "Toğjan"],
        ["Үміт", "Умит", "Umit", "Ümit"],
        ["Фарида", "Фарида", "Farida", "Farida"],
        ["Эльмира", "Эльмира", "Elmira", "Elmira"],
    ],
    &[
        ["Нұрсұлтан", "Нурсултан", "Nursultan", "Nūrsūltan"],
        ["Данияр", "Данияр", "Daniyar", "Daniar"],
        ["Ержан", "Ержан", "Yerzhan", "Erjan"],
        ["Ерлан", "Ерлан", "Yerlan", "Erlan"],
        ["Бауыржан", "Бауржан", "Baurzhan", "Bauyrzhan"],
        ["Асхат", "Асхат", "Askhat", "Ashat"],
        ["Дмитрий", "Дмитрий", "Dmitriy", "Dmitry"],
        ["Қайрат", "Кайрат", "Kairat", "Qairat"],
        ["Әлібек", "Алибек", "Alibek", "Älibek"],
        ["Мирас", "Мирас", "Miras", "Miras"],
        ["Жәнібек", "Жанибек", "Zhanibek", "Janibek"],
        ["Сергей", "Сергей", "Sergey", "Sergei"],
        ["Ғабит", "Габит", "Gabit", "Ğabit"],
        ["Өмірзақ", "Омирзак", "Omirzak", "Ömirzaq"],
        ["Олжас", "Олжас", "Olzhas", "Oljas"],
        ["Шыңғыс", "Чингис", "Chingis", "Shyngys"],
        ["Айбек", "Айбек", "Aibek", "Aybek"],
        ["Болат", "Болат", "Bolat", "Bolat"],
        ["Виктор", "Виктор", "Viktor", "Victor"],
        ["Дархан", "Дархан", "Darkhan", "Darhan"],
        ["Ербол", "Ербол", "Yerbol", "Erbol"],
        ["Заңғар", "Зангар", "Zangar", "Zañğar"],
        ["Ильяс", "Ильяс", "Ilyas", "Ilias"],
        ["Кирилл", "Кирилл", "Kirill", "Kirill"],
        ["Мұрат", "Мурат", "Murat", "Mūrat"],
        ["Николай", "Николай", "Nikolay", "Nikolai"],
        ["Рүстем", "Рустем", "Rustem", "Rüstem"],
        ["Самат", "Самат", "Samat", "Samat"],
        ["Тимур", "Тимур", "Timur", "Timur"],
        ["Шерхан", "Шерхан", "Sherkhan", "Şerhan"],
    ],
];

const ORGANISATIONS: &[&str] =
    &["Көмек", "Добрые руки", "Volunteers KZ", "Каспий таза", "Студенты АУЭС", "Qamqor", "Red Crescent", "Игілік"];

/// Neighbours on a keyboard in the Russian and the English layout: fingers slip to these.
const KEYS: [&str; 6] = ["йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Somebody of the week.
#[derive(Clone)]
struct Human {
    is_woman: bool,
    family: [&'static str; 4],
    given: [&'static str; 4],
    father: Option<[&'static str; 4]>,
    phone: u64,
    year: u16,
    organisation: &'static str,
}

/// In which of the four ways a name is written.
#[derive(Clone, Copy)]
enum Spelling {
    Kazakh,
    Russian,
    Passport,
    Own,
}

impl Crowd {
    /// Draws a week: 1,200 on an office's list, 150 on a partner's, of whom 60 are on the first too, and 150
    /// registrations at gates, of whom a third are on a list and many came to more than one gate.
    #[must_use]
    pub fn week(seed: u64) -> Self {
        let mut chance = Chance::seeded(seed ^ 0x5eed_0f0a_33c4);
        let mut crowd = Self::default();
        let listed: Vec<Human> = (0..1200).map(|_| Human::drawn(&mut chance)).collect();
        let mut rows_of: Vec<Vec<u32>> = Vec::new();
        for human in &listed {
            rows_of.push(vec![crowd.put(human.on_office_list(&mut chance))]);
        }
        for at in 0..150 {
            let known = (at < 60).then(|| pick_place(&mut chance, listed.len()));
            let human = known.map_or_else(|| Human::drawn(&mut chance), |known| listed[known].clone());
            let row = crowd.put(human.on_partner_list(&mut chance));
            known.into_iter().for_each(|known| rows_of[known].push(row));
        }
        while crowd.rows.len() < 1500 {
            let known = chance.one_in(3).then(|| pick_place(&mut chance, listed.len()));
            let human = known.map_or_else(|| Human::drawn(&mut chance), |known| listed[known].clone());
            let first = human.at_gate(&mut chance);
            let mut rows = vec![crowd.put(first.clone())];
            while chance.one_in(4) {
                rows.push(crowd.put(again_at_gate(&first, &mut chance)));
            }
            match known {
                Some(known) => rows_of[known].extend(rows),
                None => rows_of.push(rows),
            }
        }
        for rows in rows_of {
            let pairs = rows.iter().enumerate().flat_map(|(at, a)| rows[at + 1..].iter().map(move |b| (*a, *b)));
            crowd.truth.extend(pairs.map(|(a, b)| (a.min(b), a.max(b))));
        }
        crowd
    }

    fn put(&mut self, mut row: Row) -> u32 {
        row.code = u32::try_from(self.rows.len()).unwrap();
        row.ids.iter_mut().for_each(|id| id.value = row.code.to_string());
        self.rows.push(row);
        self.rows.len() as u32 - 1
    }
}

fn pick_place(chance: &mut Chance, end: usize) -> usize {
    usize::try_from(chance.below(end as u64)).unwrap()
}

fn pick_one<T: Copy>(chance: &mut Chance, all: &[T]) -> T {
    all[pick_place(chance, all.len())]
}

fn phone(chance: &mut Chance) -> u64 {
    chance.pick(&[701, 702, 705, 707, 747, 771, 775, 776, 777, 778]) * 10_000_000 + chance.below(10_000_000)
}

impl Human {
    fn drawn(chance: &mut Chance) -> Self {
        let is_woman = chance.one_in(2);
        Self {
            is_woman,
            family: pick_one(chance, FAMILIES),
            given: pick_one(chance, GIVEN[usize::from(!is_woman)]),
            father: (!chance.one_in(6)).then(|| pick_one(chance, GIVEN[1])),
            phone: phone(chance),
            year: 1950 + u16::try_from(chance.below(60)).unwrap(),
            organisation: chance.pick(ORGANISATIONS),
        }
    }

    fn family(&self, spelling: Spelling) -> String {
        let family = self.family[spelling as usize];
        let is_declined = self.is_woman && family.chars().count() > 3 && family.ends_with(['в', 'н', 'v', 'n']);
        let ending = match spelling {
            Spelling::Kazakh | Spelling::Russian => "а",
            Spelling::Passport | Spelling::Own => "a",
        };
        format!("{family}{}", if is_declined { ending } else { "" })
    }

    fn patronymic(&self, chance: &mut Chance) -> String {
        let Some(father) = self.father else { return String::new() };
        let soft = father[1].trim_end_matches(['й', 'ь']);
        match (self.is_woman, chance.one_in(2)) {
            (true, true) => format!("{}қызы", father[0]),
            (false, true) => format!("{}ұлы", father[0]),
            (true, false) => format!("{soft}{}", if soft == father[1] { "овна" } else { "евна" }),
            (false, false) => format!("{soft}{}", if soft == father[1] { "ович" } else { "евич" }),
        }
    }

    fn on_office_list(&self, chance: &mut Chance) -> Row {
        let digits = self.phone.to_string();
        let phone = match chance.below(4) {
            0 => format!("8{digits}"),
            1 => format!("+7{digits}"),
            2 => format!("8 {} {} {}", &digits[..3], &digits[3..6], &digits[6..]),
            _ => format!("+7({}){}-{}", &digits[..3], &digits[3..6], &digits[6..]),
        };
        let name = PersonName {
            family: self.family(Spelling::Kazakh),
            given: self.given[0].to_owned(),
            patronymic: self.patronymic(chance),
            script: "Cyrl".to_owned(),
        };
        Row {
            code: 0,
            since: None,
            names: vec![name],
            phone: Some(phone),
            year: Some(self.year),
            organisation: Some(self.organisation.to_owned()),
            ids: vec![ExternalId { issuer: "office".to_owned(), value: String::new() }],
        }
    }

    /// In Latin letters and one piece; every second gave another number there, one in ten no year.
    fn on_partner_list(&self, chance: &mut Chance) -> Row {
        let spelling = chance.pick(&[Spelling::Passport, Spelling::Own]);
        let mut name = self.in_one_piece(spelling, chance);
        if chance.one_in(16) {
            name = slip(&name, chance);
        }
        let number = if chance.one_in(2) { self.phone } else { phone(chance) };
        Row {
            code: 0,
            since: None,
            names: vec![PersonName { family: name, ..PersonName::default() }],
            phone: Some(format!("+7{number}")),
            year: (!chance.one_in(10)).then_some(self.year),
            organisation: Some(chance.pick(ORGANISATIONS).to_owned()),
            ids: vec![ExternalId { issuer: "partner".to_owned(), value: String::new() }],
        }
    }

    /// As a marker hears it; one in four has no telephone at hand.
    fn at_gate(&self, chance: &mut Chance) -> Row {
        let spelling = chance.pick(&[Spelling::Russian, Spelling::Russian, Spelling::Kazakh, Spelling::Passport]);
        Row {
            code: 0,
            since: Some(UnixMillis(1_780_000_000_000 + i64::try_from(chance.below(400_000_000)).unwrap())),
            names: vec![PersonName { family: self.in_one_piece(spelling, chance), ..PersonName::default() }],
            phone: (!chance.one_in(4)).then(|| format!("+7{}", self.phone)),
            year: Some(self.year),
            organisation: None,
            ids: Vec::new(),
        }
    }

    fn in_one_piece(&self, spelling: Spelling, chance: &mut Chance) -> String {
        let (family, given) = (self.family(spelling), self.given[spelling as usize]);
        if chance.one_in(2) { format!("{family} {given}") } else { format!("{given} {family}") }
    }
}

/// Registered at another gate, by another marker: the same number or, where there was none, now one; a slip in every
/// fourth name.
fn again_at_gate(first: &Row, chance: &mut Chance) -> Row {
    let mut row = first.clone();
    row.since = row.since.map(|since| UnixMillis(since.0 + 1 + i64::try_from(chance.below(90_000_000)).unwrap()));
    if row.phone.is_none() && chance.one_in(2) {
        row.phone = Some(format!("+7{}", phone(chance)));
    }
    if chance.one_in(4) {
        row.names[0].family = slip(&row.names[0].family, chance);
    }
    row
}

/// One slip of a finger: a neighbouring key, a letter typed twice or not at all, two in the wrong order.
fn slip(name: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let at = 1 + pick_place(chance, letters.len() - 2);
    let neighbour = |c: char, chance: &mut Chance| {
        let row = KEYS.iter().find(|row| row.contains(c))?;
        let keys: Vec<char> = row.chars().collect();
        let place = keys.iter().position(|key| *key == c)?;
        keys.get(if chance.one_in(2) { place + 1 } else { place.wrapping_sub(1) }).copied()
    };
    match chance.below(4) {
        0 => letters[at] = neighbour(letters[at], chance).unwrap_or('n'),
        1 => letters.insert(at, letters[at]),
        2 => drop(letters.remove(at)),
        _ => letters.swap(at - 1, at),
    }
    letters.into_iter().collect()
}
