//! Names in Latin letters: as somebody spelt them, else as a published rule spells them.
//!
//! A rule is used only where a name follows from its letters alone. So there is none for Arabic and Hebrew, which leave
//! vowels out, nor for Chinese, which is read in more than one way: such a name stays as it is written, whole, and whoever
//! prints it is told.

mod armenian;
mod cyrillic;
mod georgian;
mod greek;

use sync_core::canonical::canonical_code;
use sync_core::documents::roster::PersonName;
use sync_core::names::name_in_its_alphabets;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How a name stands on a paper for foreign readers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct LatinName {
    /// In Latin letters, if it can be said in these.
    pub latin: PersonName,
    /// As it is written otherwise, where that differs.
    pub original: Option<String>,
}

/// A name in Latin letters; `None` where it is neither spelt in these nor in letters of which a rule speaks. Letters of full
/// width, ligatures and their like count as the plain letters that they stand for.
///
/// A word in which letters of one alphabet stand for those of another that look alike is read in the one that it was meant
/// in.
pub(super) fn latin_name(names: &[PersonName]) -> Option<LatinName> {
    let preferred = names.first()?.to_string();
    let names: Vec<PersonName> = names.iter().map(name_in_its_alphabets).collect();
    let original = latin_letters(names.first()?).is_none().then_some(preferred);
    if let Some(latin) = names.iter().find_map(latin_letters) {
        return Some(LatinName { latin, original });
    }
    let latin = names.iter().find_map(|name| {
        Some(PersonName {
            family: transliterated(&name.family)?,
            given: transliterated(&name.given)?,
            patronymic: transliterated(&name.patronymic)?,
            script: "Latn".to_owned(),
        })
    })?;
    Some(LatinName { latin, original })
}

/// A name that is spelt in Latin letters, in plain ones.
fn latin_letters(name: &PersonName) -> Option<PersonName> {
    if all_letters_are(name, is_latin_letter) {
        return Some(name.clone());
    }
    Some(in_plain_letters(name)).filter(|plain| all_letters_are(plain, is_latin_letter))
}

/// A name in the plain letters for which compatibility characters stand (Unicode NFKC).
pub(super) fn in_plain_letters(name: &PersonName) -> PersonName {
    let plain = |text: &str| text.nfkc().collect();
    PersonName {
        family: plain(&name.family),
        given: plain(&name.given),
        patronymic: plain(&name.patronymic),
        script: name.script.clone(),
    }
}

/// Tells whether a name is spelt in Cyrillic letters.
pub(super) fn is_cyrillic(name: &PersonName) -> bool {
    all_letters_are(&name_in_its_alphabets(name), |c| matches!(c, '\u{400}'..='\u{52f}'))
}

fn all_letters_are(name: &PersonName, is_one: impl Fn(char) -> bool) -> bool {
    let text = [&name.family, &name.given, &name.patronymic];
    let mut letters = text.into_iter().flat_map(|part| part.chars()).filter(|c| c.is_alphabetic()).peekable();
    letters.peek().is_some() && letters.all(is_one)
}

const fn is_latin_letter(c: char) -> bool {
    // Turned commas and the letters of transliterations (ʻ, ʼ) belong to Latin spellings.
    matches!(c, 'A'..='Z' | 'a'..='z' | '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{2bf}' | '\u{1e00}'..='\u{1eff}')
}

/// A letter, or several that are spelt together.
struct Spelt {
    latin: &'static str,
    /// How many letters of the name it stands for.
    letters: usize,
}

impl Spelt {
    const fn one(latin: &'static str) -> Self {
        Self { latin, letters: 1 }
    }

    const fn two(latin: &'static str) -> Self {
        Self { latin, letters: 2 }
    }
}

/// A name's letters, in small ones, and a place in it.
#[derive(Clone, Copy)]
struct Place<'a> {
    small: &'a [char],
    at: usize,
}

impl Place<'_> {
    /// The letter at a distance from here.
    fn near(&self, distance: isize) -> Option<char> {
        self.at.checked_add_signed(distance).and_then(|at| self.small.get(at)).copied()
    }

    fn here(&self) -> char {
        self.small[self.at]
    }

    fn begins_word(&self) -> bool {
        !self.near(-1).is_some_and(char::is_alphabetic)
    }
}

/// A text as the rule of its letters spells it; `None` if it has a letter for which there is none.
fn transliterated(text: &str) -> Option<String> {
    let letters: Vec<char> = text.nfc().collect();
    let small: Vec<char> = letters.iter().map(|letter| letter.to_lowercase().next().unwrap_or(*letter)).collect();
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    let mut follows_rule = false;
    while let Some(&letter) = letters.get(at) {
        let place = Place { small: &small, at };
        let Some(spelt) = spelt(place) else {
            let is_mark = is_combining_mark(letter) && follows_rule;
            let is_accent = matches!(letter, '\u{300}'..='\u{36f}');
            if (letter.is_alphabetic() && !is_latin_letter(letter)) || (is_mark && !is_accent) {
                return None;
            }
            // Passports drop the accents of letters that they spell; Latin letters keep theirs.
            if !is_mark {
                follows_rule = false;
                written.push(letter);
            }
            at += 1;
            continue;
        };
        let end = at + spelt.letters;
        match capitals(&letters, at..end, place.begins_word()) {
            Capitals::None => written.push_str(spelt.latin),
            Capitals::All => written.push_str(&spelt.latin.to_uppercase()),
            Capitals::First => {
                let mut rest = spelt.latin.chars();
                written.extend(rest.next().map(|first| first.to_ascii_uppercase()));
                written.push_str(rest.as_str());
            }
        }
        (at, follows_rule) = (end, true);
    }
    Some(written)
}

fn spelt(place: Place<'_>) -> Option<Spelt> {
    match place.here() {
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => greek::spelt(place),
        '\u{400}'..='\u{52f}' => {
            let plain = |letter: char| canonical_code(&letter.to_string()).to_lowercase().chars().next();
            // A letter of another language stands for the one of Kazakh that it looks like.
            let as_kazakh = || plain(place.here()).and_then(cyrillic::spelt);
            cyrillic::spelt(place.here()).or_else(as_kazakh).map(Spelt::one)
        }
        '\u{530}'..='\u{58f}' => armenian::spelt(place),
        '\u{10a0}'..='\u{10ff}' => georgian::spelt(place.here()).map(Spelt::one),
        _ => None,
    }
}

/// Which of the Latin letters are capitals.
enum Capitals {
    None,
    First,
    All,
}

fn capitals(letters: &[char], spelt: std::ops::Range<usize>, begins_word: bool) -> Capitals {
    let first = letters[spelt.start];
    // Georgian names are written without a capital at their beginning, and have one in Latin letters.
    if matches!(first, '\u{10d0}'..='\u{10ff}') {
        return if begins_word { Capitals::First } else { Capitals::None };
    }
    if first.to_lowercase().eq([first]) {
        return Capitals::None;
    }
    // A word in capitals stays one: «ЩЕРБАКОВ» is SHCHERBAKOV, «Щербаков» is Shcherbakov.
    let (rest, before) = (spelt.start + 1..=spelt.end, spelt.start.checked_sub(1));
    let near = rest.chain(before).filter_map(|near| letters.get(near));
    if near.clone().any(|near| near.is_uppercase()) && !near.clone().any(|near| near.is_lowercase()) {
        Capitals::All
    } else {
        Capitals::First
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(family: &str, given: &str, patronymic: &str) -> PersonName {
        let [family, given, patronymic] = [family, given, patronymic].map(str::to_owned);
        PersonName { family, given, patronymic, script: String::new() }
    }

    #[track_caller]
    fn all_are_spelt(names: &[(&str, &str)]) {
        for (name, latin) in names {
            assert_eq!(transliterated(name).as_deref(), Some(*latin), "{name}");
        }
    }

    #[test]
    fn cyrillic_names_are_spelt_as_in_passports() {
        all_are_spelt(&[
            ("Щербаков", "Shcherbakov"),
            ("ЩЕРБАКОВ", "SHCHERBAKOV"),
            ("Ахметжан-Юлиянов", "Akhmetzhan-Iuliianov"),
            ("Әбдірахманұлы", "Abdirakhmanuly"),
            ("Ғалымжан", "Galymzhan"),
            ("Қозыкөрпеш", "Kozykorpesh"),
            ("Үмітжаңа", "Umitzhana"),
            ("Подъячева", "Podieiacheva"),
            ("Ольга", "Olga"),
            ("Я.", "Ia."),
            ("O'Brien", "O'Brien"),
            ("Љубица Ђорђевић", "Ljubitsa Dordevic"),
            ("Ива\u{301}нов", "Ivanov"),
            // Marks that stand apart from their letters.
            ("Андреи\u{306} Семе\u{308}нов", "Andrei Semenov"),
        ]);
    }

    #[test]
    fn georgian_names_are_spelt_as_in_passports() {
        all_are_spelt(&[("ბერიძე", "Beridze"), ("ჭავჭავაძე-ყიფიანი", "Chavchavadze-Qipiani"), ("ᲨᲝᲗᲐ", "SHOTA")]);
    }

    #[test]
    fn greek_names_are_spelt_as_in_passports() {
        all_are_spelt(&[
            ("Κωνσταντίνου", "Konstantinou"),
            ("Ελένη", "Eleni"),
            ("Οδυσσέας Ελύτης", "Odysseas Elytis"),
            ("Ευάγγελος", "Evangelos"),
            ("ΕΥΑΓΓΕΛΟΣ", "EVANGELOS"),
            ("Ευστάθιος", "Efstathios"),
            ("Παύλος", "Pavlos"),
            ("Αυγή", "Avgi"),
            ("Ναύκα", "Nafka"),
            ("Ταΰγετος", "Taygetos"),
            ("Άυλος", "Aylos"),
            ("Χρήστος", "Christos"),
            ("ΧΡΗΣΤΟΣ", "CHRISTOS"),
            ("Μπάμπης", "Bampis"),
            ("Καραμπέτσος-Μπέης", "Karampetsos-Beis"),
            ("ΜΠΕΗΣ", "BEIS"),
            ("Σφίγξ", "Sfinx"),
            ("Μελάγχρους", "Melanchrous"),
            ("Γκίκας", "Gkikas"),
            ("Ντίνος", "Ntinos"),
            ("Ψάλτης", "Psaltis"),
            ("ΟΥΡΑΝΙΑ", "OURANIA"),
            ("Θεοδώρα", "Theodora"),
            ("Μαΐου", "Maiou"),
            ("Ἰωάννης", "Ioannis"),
            // Marks that stand apart from their letters.
            ("Ελε\u{301}νη", "Eleni"),
        ]);
    }

    #[test]
    fn armenian_names_are_spelt_as_the_boards_of_geographic_names_spell_them() {
        all_are_spelt(&[
            ("Սարգսյան", "Sargsyan"),
            ("Անի", "Ani"),
            ("Երվանդ", "Yervand"),
            ("Եղիշե", "Yeghishe"),
            ("Ոսկան", "Voskan"),
            ("Պողոսյան", "Poghosyan"),
            ("Խաչատրյան", "Khachatryan"),
            ("Հովհաննես", "Hovhannes"),
            ("Ուլիխանյան", "Ulikhanyan"),
            ("Արևիկ", "Arevik"),
            ("Եվա", "Yeva"),
            ("Միքայելյան", "Mikayelyan"),
            ("ԽԱՉԱՏՐՅԱՆ", "KHACHATRYAN"),
            ("ԳՈՒՐԳԵՆ", "GURGEN"),
            ("Գուրգեն", "Gurgen"),
        ]);
    }

    #[test]
    fn a_name_that_does_not_follow_from_its_letters_has_no_latin_spelling_and_no_half_of_one() {
        for text in ["李", "أحمد الكريم", "דוד", "김민준", "สมชาย", "Ахмед أحمد", "ক", "Ѩ", "В\u{5b0}"]
        {
            assert_eq!(transliterated(text), None, "{text}");
        }
        for names in [name("李", "小明", ""), name("الكريم", "أحمد", ""), name("Асанов", "أحمد", "")]
        {
            assert_eq!(latin_name(&[names]), None);
        }
    }

    #[test]
    fn letters_of_full_width_and_ligatures_are_the_letters_for_which_they_stand() {
        for (written, latin) in [
            (name("ＢＥＫ", "ＡＮＮＡ", ""), "BEK ANNA"),
            (name("Griﬃth", "Soﬁa", ""), "Griffith Sofia"),
            (name("𝐊𝐢𝐦", "Ǆon", ""), "Kim DŽon"),
        ] {
            let found = latin_name(&[written]).unwrap();
            assert_eq!((found.latin.to_string().as_str(), found.original), (latin, None));
        }
    }

    #[test]
    fn a_word_with_look_alikes_of_another_alphabet_is_spelt_as_it_was_meant() {
        for ((family, given), latin) in [
            (("Coвa", "Poмaн"), "Sova Roman"),
            (("Вeка", "Олeг"), "Veka Oleg"),
            (("Copoka", "Тарас"), "Soroka Taras"),
            (("Ɵмірова", "Əсел"), "Omirova Asel"),
            (("Ӄасымов", "Сəуле"), "Kasymov Saule"),
            (("Нұрғали", "Iсмаил"), "Nurgali Ismail"),
        ] {
            let written = name(family, given, "");
            let found = latin_name(std::slice::from_ref(&written)).unwrap();
            assert_eq!((found.latin.to_string().as_str(), found.original), (latin, Some(written.to_string())));
            assert!(is_cyrillic(&written), "{written}");
        }
        // A Cyrillic letter in a Latin name is as little an alphabet of its own.
        let found = latin_name(&[name("Кim", "Аnna", "")]).unwrap();
        assert_eq!((found.latin.to_string().as_str(), found.original), ("Kim Anna", None));
    }

    #[test]
    fn the_roster_s_own_latin_spelling_comes_before_the_rule() {
        let names = [name("Қасымов", "Нұрлан", ""), name("Kassymov", "Nurlan", "")];
        let found = latin_name(&names).unwrap();
        assert_eq!(
            (found.latin.to_string(), found.original),
            ("Kassymov Nurlan".to_owned(), Some("Қасымов Нұрлан".to_owned()))
        );
        let ruled = latin_name(&names[..1]).unwrap();
        assert_eq!(ruled.latin.to_string(), "Kasymov Nurlan");
        let foreign = latin_name(&names[1..]).unwrap();
        assert_eq!(foreign.original, None, "there is no other original");
    }
}
