//! The encoding in which a list was saved, and letters that a program wrote as other characters.

use std::path::Path;

use encoding_rs::{IBM866, KOI8_R, WINDOWS_1251, WINDOWS_1252, WINDOWS_1254};
use tests::binary::Place;

use super::{kept, open, says};
use crate::lists_in_encodings::{KZ_1048, encoded};

fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn kz1048(text: &str) -> Vec<u8> {
    encoded(text, KZ_1048).expect("KZ-1048 has every letter of it")
}

/// A letter in KZ-1048, or a sign that windows-1251 has there and that another code page has for a letter.
fn one_byte(c: char) -> Vec<u8> {
    if c == '▐' { KOI8_R.encode("▐").0.into_owned() } else { kz1048(&c.to_string()) }
}

#[test]
fn the_encoding_of_a_list_is_told_by_its_words_and_gibberish_is_never_imported() {
    let place = Place::new();
    let office = open(&place);
    for (file, name) in [
        ("koi8-r-latin-headers/export.csv", "Мельников Аркадий"),
        ("koi8-r-latin-headers/export-cp866.csv", "Мельников Аркадий"),
        ("kz-1048/list.csv", "Қайратұлы Әділ"),
        ("kz-1048/list.csv", "Өмірзақова Ғазиза"),
        ("utf8-seen-as-1251/resaved.csv", "Чернова Светлана"),
        ("utf8-seen-as-1251/resaved-latin1.csv", "Чернова Светлана"),
        ("utf16le/with-mark.txt", "Исаева Мадина"),
        ("utf16le/without-mark.txt", "Исаева Мадина"),
    ] {
        let plan = office.plan(&kept(file), &[]);
        says(&plan, &[name]);
        assert!(plan.contains(" 0 refused"), "{file}: {plan}");
    }
    let russian = "Code,Name,Phone\nR-1,Щербаков Юрий,+77010000001\nR-2,ФЁДОРОВА Анна,\nR-3,цой яна,\n";
    for (encoding, bytes) in [
        ("KOI8-R", KOI8_R.encode(russian).0),
        ("cp866", IBM866.encode(russian).0),
        ("windows-1251", WINDOWS_1251.encode(russian).0),
    ] {
        says(&office.plan_of(&bytes, &[]), &["Щербаков Юрий", "ФЁДОРОВА Анна", "цой яна", encoding]);
    }
    let kazakh = "Коды;Аты-жөні\nK-1;Әбдірахманов Нұрлан\nK-2;Сүйіндік Гүлмира\nK-3;Төлеген Бағдат\n";
    says(&office.plan_of(kz1048(kazakh), &[]), &["Әбдірахманов Нұрлан", "Сүйіндік Гүлмира", "Төлеген Бағдат"]);
    let turkish = "Code,Name\nT-1,Çağrı Yıldız\nT-2,Ayşe Güneş\n";
    says(&office.plan_of(WINDOWS_1254.encode(turkish).0, &[]), &["Çağrı Yıldız", "Ayşe Güneş", "windows-1254"]);
    let western = "Code;Name\nW-1;José García\nW-2;Jürgen Müller\nW-3;Chloé Lefèvre\n";
    says(&office.plan_of(WINDOWS_1252.encode(western).0, &[]), &["José García", "Jürgen Müller", "Chloé Lefèvre"]);
    says(&office.plan_of(utf16le("Code\tName\nU-1\tAnn Lee\n"), &[]), &["Ann Lee", "UTF-16LE"]);

    // Saved through a wrong encoding: undone, if that is exact.
    let misread = WINDOWS_1252.decode_without_bom_handling(&WINDOWS_1251.encode(russian).0).0.into_owned();
    says(&office.plan_of(misread, &[]), &["Щербаков Юрий", "by mistake, which is undone"]);
    let koi8_as_1251 = WINDOWS_1251.decode_without_bom_handling(&KOI8_R.encode(russian).0).0.into_owned();
    says(&office.plan_of(koi8_as_1251, &[]), &["Щербаков Юрий"]);
    let kz_as_1251 = WINDOWS_1251.decode_without_bom_handling(&kz1048(kazakh)).0.into_owned();
    says(&office.plan_of(kz_as_1251, &[]), &["Әбдірахманов Нұрлан"]);
    let broken = "Code,Name\nB-1,Р§РµСЂРЅРѕРІР° РЎРІРµС‚Р»Р°РЅР°\nB-2,Чернова Анна\n";
    office.refused(broken, &["line 2", "saved in a wrong encoding", "Р§РµСЂРЅРѕРІР°", "Чернова Светлана"]);
    // Of two code pages, and of some that only few use, nothing is read but what is right.
    let two = [&WINDOWS_1251.encode(russian).0[..], &KOI8_R.encode("R-4,Фёдорова Анна,\nR-5,Ли Виктор,\n").0].concat();
    office.refused(two, &["the encoding is not clear"]);
    for misread in ["Ф▐дорова Анна", "Щер®бак Анна", "К†м Әлия"] {
        let text = format!("Код;ФИО\nA;Щербаков Юрий\nB;Ким Анна\nC;{misread}\n");
        let bytes: Vec<u8> = text.chars().flat_map(one_byte).collect();
        office.refused(bytes, &["line 4", "the encoding is not clear"]);
    }
    // A few letters of a code page may be UTF-8 by chance.
    says(&office.plan_of(kz1048("Code;Name\nK-1;Сүйіндік Гүлмира\n"), &[]), &["Сүйіндік Гүлмира", "KZ-1048"]);
    // What is named is followed.
    says(&office.plan_of(KOI8_R.encode(russian).0, &["--encoding", "koi8-r"]), &["Щербаков Юрий"]);
    office.imports(Path::new("list"), "plan", &["--encoding", "martian"]).refused(2, &["no encoding is called so"]);
    // Names of guests that only look odd.
    let guests =
        "Code;Name\nG-1;Ђорђе Јовановић\nG-2;Łukasz Żółć\nG-3;Nguyễn Thị Ánh\nG-4;КазНУ «ЖасСтар»\nG-5;Coвa Poмaн\n";
    says(&office.plan_of(guests, &[]), &["Ђорђе Јовановић", "Łukasz Żółć", "Nguyễn Thị Ánh", "Coвa Poмaн"]);
}

#[test]
fn letters_that_a_program_wrote_as_other_characters_are_read_again_or_refused() {
    let place = Place::new();
    let office = open(&place);
    for (written, how) in [
        ("%D0%9A%D0%B8%D0%BC%20%D0%90%D0%BD%D0%BD%D0%B0", "`%D0%9A`"),
        ("%D0%9A%D0%B8%D0%BC+%D0%90%D0%BD%D0%BD%D0%B0", "`%D0%9A`"),
        ("=D0=9A=D0=B8=D0=BC =D0=90=D0=BD=D0=BD=D0=B0", "`=D0=9A`"),
        ("\\u041a\\u0438\\u043c \\u0410\\u043d\\u043d\\u0430", "`\\u041a`"),
        ("&#1050;&#1080;&#1084; &#x410;&#1085;&#1085;&#1072;", "`&#1050;`"),
        ("+BBoEOAQ8 +BBAEPQQ9BDA-", "UTF-7"),
    ] {
        let list = place.write("list", format!("Code;Name;Phone\nA;{written};+77010000001\n"));
        let told = office.imports(&list, "plan", &["--lines"]);
        says(&told.out, &["1 to add", "A Ким Анна"]);
        says(&told.out, &["are read as what they stand for", how]);
    }
    office.refused(
        "Code,Name\nA,Kim\nB,%D0%9A%D0%B8%D0\n",
        &["line 3", "wrote letters as other characters", "%D0%9A%D0%B8%D0"],
    );
    office.refused("Code,Name\nA,&Aacute;lvaro P&eacute;rez\n", &["line 2", "wrote letters as other characters"]);
    says(&office.plan_of("Code,Name\nA,\\xd0\\x9a\\xd0\\xb8\\xd0\\xbc\n", &[]), &["A Ким"]);
    office.refused("Code,Name\nA,%CA%E8%EC\n", &["line 2", "wrote letters as other characters"]);
    for (plain, shown) in [
        ("Code;Name;Note\nA;Ann Lee;https://ru.wikipedia.org/wiki/%D0%9A%D0%B8%D0%BC\n", "A Ann Lee"),
        ("Code;Name;Note\n%A;Ann Lee;100%AB, 50% & more; +77010000001\n", "%A Ann Lee"),
        ("Code;Name\nR&D#1;Ann Lee\n", "R&D#1 Ann Lee"),
    ] {
        says(&office.plan_of(plain.replace("; +", " +"), &[]), &["1 to add", shown]);
    }
}
