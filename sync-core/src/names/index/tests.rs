use super::*;
use crate::ids::Subject;

const PEOPLE: [(&str, &str, &str); 9] = [
    ("Щербакова Жанар Юрьевна", "+7 701 123 45 67", "A-0001"),
    ("Щербаков Әсет", "8 (701) 765-43-21", "A-0002"),
    ("Ахметов Серік Болатұлы", "87012223344", "A-0003"),
    ("Akhmetov Serik", "87015556677", "B-0001"),
    ("Серікбаева Айгүл", "", "B-0002"),
    ("Хамитов Қанат", "1234567", ""),
    ("Цой Анна", "", ""),
    ("Нұрғалиев Азат", "", ""),
    ("—", "87019998877", "C-1"),
];

fn index() -> PeopleIndex<usize> {
    let names: Vec<Vec<PersonName>> = PEOPLE
        .iter()
        .map(|(name, _, _)| vec![PersonName { family: (*name).into(), ..PersonName::default() }])
        .collect();
    let codes: Vec<[&str; 1]> = PEOPLE.iter().map(|(_, _, code)| [*code]).collect();
    PeopleIndex::of(PEOPLE.iter().enumerate().map(|(who, (_, phone, _))| Listed {
        who,
        names: &names[who],
        phone: Some(*phone),
        spoken: spoken(who),
        codes: &codes[who],
    }))
}

fn spoken(who: usize) -> SpokenCode {
    SpokenCode::of(Subject::from_bits(who as u64))
}

fn found(query: &str) -> Vec<(usize, How)> {
    index().search(query, 20).into_iter().map(|hit| (hit.who, hit.how)).collect()
}

#[test]
fn a_name_is_found_while_it_is_typed_in_any_spelling_and_order() {
    assert_eq!(found("Ахметов Серик"), [(3, How::Name), (2, How::Name)]);
    assert_eq!(found("serik ax"), [(3, How::Beginning), (2, How::Beginning)]);
    assert_eq!(found("Сер"), [(3, How::Beginning), (2, How::Beginning), (4, How::Beginning)]);
    assert_eq!(found("жан щерб юрьев"), [(0, How::Beginning)]);
    assert_eq!(found("Zhanar Yuryevna"), [(0, How::Beginning)]);
    assert_eq!(found("T"), [(6, How::OtherReading)]);
    assert_eq!(found("Болатович"), [(2, How::Beginning)]);
    assert_eq!(found("   "), []);
    assert_eq!(found("—"), []);
}

#[test]
fn one_mistake_in_a_word_is_forgiven_after_those_who_fit_without() {
    assert_eq!(found("Ахмтов Серік"), [(3, How::Mistyped), (2, How::Mistyped)]);
    assert_eq!(found("Щербкаов"), [(1, How::Mistyped), (0, How::Mistyped)]);
    assert_eq!(found("Хамитоф Канат"), [(5, How::Mistyped)]);
    assert_eq!(found("Шербаков"), [(1, How::Name), (0, How::Beginning)]);
    assert_eq!(found("Петров"), []);
}

#[test]
fn a_telephone_number_is_found_by_its_end() {
    assert_eq!(found("45 67"), [(5, How::Phone), (0, How::Phone)]);
    assert_eq!(found("+7 (701) 123-45-67"), [(0, How::Phone)]);
    assert_eq!(found("9998877"), [(8, How::Phone)]);
    assert_eq!(found("567"), []);
}

#[test]
fn a_code_is_found_as_it_is_spoken_and_a_wrong_symbol_is_told() {
    let code = spoken(4).to_string();
    assert_eq!(found(&code.to_lowercase()), [(4, How::Code)]);
    assert_eq!(found("b 0002"), [(4, How::Code)]);
    let wrong = |place: usize| {
        let mut symbols = code.clone().into_bytes();
        symbols[place] = if symbols[place] == b'7' { b'8' } else { b'7' };
        String::from_utf8(symbols).unwrap()
    };
    for place in 0..6 {
        assert!(found(&wrong(place)).contains(&(4, How::CodeButFor(place as u8 + 1))), "{place}");
    }
}

#[test]
fn a_search_gives_no_more_than_was_asked_for_and_everybody_once() {
    assert_eq!(index().search("а", 2).len(), 2);
    let names = ["Ахметов Серік", "Akhmetov Serik", "Серік"]
        .map(|name| PersonName { family: name.into(), ..PersonName::default() });
    let twice = PeopleIndex::of([Listed { who: 1, names: &names, phone: None, spoken: spoken(1), codes: &[] }]);
    assert_eq!(twice.search("серик", 20).len(), 1);
    assert!(twice.held_bytes() > 0 && twice.len() == 2);
}
