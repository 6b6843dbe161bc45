//! What people edit by hand is read however their editor saved it, and found in whatever layout it was typed.

use std::process::Stdio;

use tests::binary::{Home, Laptop, Place, free_port};

use super::story::event_of_today;

/// How an editor saves a text.
#[derive(Clone, Copy, Debug)]
enum Saved {
    Utf8,
    Utf8WithMark,
    Utf16LittleWithMark,
    Utf16BigWithMark,
    Utf16Little,
    Utf16Big,
}

const WAYS: [Saved; 6] = [
    Saved::Utf8,
    Saved::Utf8WithMark,
    Saved::Utf16LittleWithMark,
    Saved::Utf16BigWithMark,
    Saved::Utf16Little,
    Saved::Utf16Big,
];

impl Saved {
    fn bytes(self, text: &str) -> Vec<u8> {
        let units = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8WithMark => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            Self::Utf16LittleWithMark => [b"\xff\xfe".to_vec(), units(u16::to_le_bytes)].concat(),
            Self::Utf16BigWithMark => [b"\xfe\xff".to_vec(), units(u16::to_be_bytes)].concat(),
            Self::Utf16Little => units(u16::to_le_bytes),
            Self::Utf16Big => units(u16::to_be_bytes),
        }
    }
}

fn organizer<'a>(place: &'a Place, home: &mut Home) -> Laptop<'a> {
    let laptop = place.laptop("organizer");
    laptop.joins(&home.first_invite()).done();
    laptop
}

#[test]
fn an_event_an_edit_and_a_link_are_read_however_an_editor_saved_them() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let laptop = organizer(&place, &mut home);
    for saved in WAYS {
        place.write("event.json", saved.bytes(&format!("{}\r\n", event_of_today().0)));
        let created = laptop.does(["event", "create", "event.json", "--again"]).done();
        let event = created.split_whitespace().next().unwrap();
        assert!(created.contains("Shore day"), "{saved:?}: {created}");
        place.write("edit.json", saved.bytes(r#"{"sites": [{"key": "gate", "name": {"ru": "Ворота"}}]}"#));
        laptop.does(["event", "edit", "edit.json", "--event", event]).done();
        let shown = laptop.does(["event", "show", "--event", event]).done();
        assert!(shown.contains("Ворота") && shown.contains("Жағалау күні"), "{saved:?}: {shown}");

        let link = laptop.does(["invite", "--role", "marker", "--uses", "2", "--event", event]).done();
        place.write("link.txt", saved.bytes(link.lines().next().unwrap()));
        let gate = place.laptop(&format!("gate-{saved:?}"));
        gate.does(["field", "join", "--link-file", "link.txt"]).done();
        let piped = place.write("line.txt", saved.bytes(&format!("{}\r\n", link.lines().next().unwrap())));
        let other = place.laptop(&format!("piped-{saved:?}"));
        let mut join = other.command(["field", "join"]);
        tests::binary::run(join.stdin(std::fs::File::open(piped).unwrap())).done();
    }
    for (bytes, says) in [
        (b"\xff\xfe{\0\"\0n" as &[u8], "not text in UTF-8 or UTF-16"),
        (b"{\"name\": \"\xcc\xe8\xf0\"}", "save it as UTF-8"),
        (b"\xef\xbb\xbf", "event.json"),
    ] {
        place.write("event.json", bytes);
        laptop.does(["event", "create", "event.json"]).refused(3, &[says]);
    }
}

#[test]
fn settings_are_read_however_an_editor_saved_them() {
    for saved in WAYS {
        let (place, port) = (Place::new(), free_port());
        place.write("saxaul.toml", saved.bytes("data-dir = \"данные\"\r\nsnapshot-items = 7\r\n"));
        let mut command = place.command();
        command.args(["serve", "--config", "saxaul.toml", "--listen", &format!("127.0.0.1:{port}")]);
        command.stdin(Stdio::null());
        let home = Home::start_by(&place, command, port, false);
        assert!(home.stop().done().contains("Data in данные"), "{saved:?}");
    }
}

#[test]
fn what_was_typed_in_another_layout_finds_whom_it_means() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let laptop = organizer(&place, &mut home);
    place.write("event.json", event_of_today().0);
    laptop.does(["event", "create", "event.json"]).done();
    place.write(
        "list.csv",
        "Код;ФИО\nA-0001;Бекова Сауле\nB-0002;Chernova Anna\nC-0003;Әділұлы Өмір\nФ-0004;Жукова Юлия\n",
    );
    laptop.does(["import", "list.csv", "--issuer", "office", "--apply"]).done();
    for (typed, code) in [
        // A scanner typed the code, a person the name.
        ("Ф-0001", "A-0001"),
        (",trjdf", "A-0001"),
        ("И-0002", "B-0002"),
        ("срукт", "B-0002"),
        ("Сруктщмф Фттф", "B-0002"),
        (";erjdf .kbz", "Ф-0004"),
        // In the Kazakh layout the digits are letters.
        ("Фөқққ\"", "A-0001"),
        ("2lsk", "C-0003"),
        ("-vbh", "C-0003"),
        // What is right as it stands is not turned.
        ("Ф-0004", "Ф-0004"),
        ("C-0003", "C-0003"),
    ] {
        // What was typed may begin with a dash.
        let found = laptop.does(["field", "find", "--", typed]).done();
        assert!(found.starts_with(code) && found.lines().count() == 1, "{typed}: {found}");
    }
    let came = laptop.does(["field", "check-in", "Ф-0001", "--site", "pier"]).done();
    assert!(came.contains("A-0001  Бекова Сауле: checked in"), "{came}");
    laptop.does(["field", "check-in", "грюмпф", "--site", "pier"]).refused(3, &["nobody here is called `грюмпф`"]);
}

#[test]
fn a_code_that_is_one_by_its_look_and_another_by_its_keys_is_asked_about() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let laptop = organizer(&place, &mut home);
    place.write("event.json", event_of_today().0);
    laptop.does(["event", "create", "event.json"]).done();
    place.write(
        "list.csv",
        "Код;ФИО\nB-1;Пак Ира\nD-1;Цой Ян\nH-1;Ли Ден\nР-2;Тен Рая\nK-5;Бек Оля\nK-57;Бек Али\nK-56;Бек Нур\n",
    );
    laptop.does(["import", "list.csv", "--issuer", "office", "--apply"]).done();
    // A scanner in the Russian layout types D-1 as the Cyrillic `В-1`, which looks like B-1.
    let asked = laptop.does(["field", "check-in", "В-1", "--site", "pier"]);
    asked.refused(3, &["B-1", "Пак Ира", "D-1", "Цой Ян"]);
    // In the Kazakh layout a full stop is a digit; at the end of a code it is none, where nobody else has that code.
    for typed in ["K-5.", "K-5,"] {
        laptop.does(["field", "check-in", typed, "--site", "pier"]).refused(3, &["K-5", "Бек Оля", "can be 2 people"]);
    }
    assert!(laptop.does(["field", "check-in", "D-1.", "--site", "pier"]).done().contains("Цой Ян"));
    // As the list writes it, a code means one person; where no other has the keys, the look is enough.
    for (typed, name) in
        [("B-1", "Пак Ира"), ("d-1", "Цой Ян"), ("Р-2", "Тен Рая"), ("P-2", "Тен Рая"), ("Н-1", "Ли Ден")]
    {
        let told = laptop.does(["field", "check-in", typed, "--site", "pier"]).done();
        assert!(told.contains(name), "{typed}: {told}");
    }
}

#[test]
fn the_sample_event_can_begin_today_and_ends_with_hours_and_letters() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let laptop = organizer(&place, &mut home);
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/field-week");
    laptop.does(["event", "create", &format!("{sample}/event.json"), "--from", "today"]).done();
    let plan: serde_json::Value = serde_json::from_str(&laptop.does(["event", "show"]).done()).unwrap();
    let dates: Vec<jiff::civil::Date> =
        plan["days"].as_array().unwrap().iter().map(|day| day["date"].as_str().unwrap().parse().unwrap()).collect();
    let today = jiff::Timestamp::now().in_tz("Asia/Qyzylorda").unwrap().date();
    // Unless midnight passes between the two.
    assert!((today - dates[0]).get_days() <= 1, "{dates:?}");
    assert!(dates.windows(2).all(|pair| (pair[1] - pair[0]).get_days() == 1), "{dates:?}");

    let list = format!("{sample}/roster-front-office.csv");
    laptop.does(["import", &list, "--issuer", "front-office", "--apply"]).done();
    laptop.does(["field", "check-in", "A-0001", "--site", "north"]).done();
    laptop.does(["field", "check-out", "A-0001", "--site", "north"]).done();
    laptop.does(["field", "exchange"]).done();
    let (from, to) = (format!("{}T09:00", dates[1]), format!("{}T12:30", dates[1]));
    laptop.does(["hours", "grant", "A-0001", "--from", &from, "--to", &to, "--reason", "by hand"]).done();
    let hours = laptop.does(["report", "hours"]).done();
    assert!(hours.lines().any(|line| line.contains("A-0001") && line.contains("12600")), "{hours}");
    laptop.does(["report", "publish"]).done();
    laptop.does(["report", "letters", "--lang", "ru", "--out", "letters.pdf"]).done();
    assert!(std::fs::read(place.path("letters.pdf")).unwrap().starts_with(b"%PDF"));

    for (from, first) in [("2027-02-27", "2027-02-27"), ("2028-12-30", "2028-12-30")] {
        let created = laptop.does(["event", "create", &format!("{sample}/event.json"), "--from", from]).done();
        let event = created.split_whitespace().next().unwrap();
        let shown = laptop.does(["event", "show", "--event", event]).done();
        let plan: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(plan["days"][0]["date"], first);
    }
    for wrong in ["yesterday", "2026-02-30", ""] {
        laptop.does(["event", "create", &format!("{sample}/event.json"), "--from", wrong]).refused(2, &["--from"]);
    }
}

/// The commands of the README's ten minutes, each with what its terminal exported.
fn ten_minutes(place: &Place) -> Vec<(String, String)> {
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("## Try it in ten minutes").unwrap();
    let block = section.split("```").nth(1).unwrap().strip_prefix("sh\n").unwrap();
    let block = block.replace("/tmp/", &format!("{}/", place.path("").to_str().unwrap().trim_end_matches('/')));
    let mut exports: std::collections::BTreeMap<char, String> = std::collections::BTreeMap::new();
    let (mut commands, mut terminal) = (Vec::new(), '1');
    for line in block.lines() {
        if let Some(named) = line.strip_prefix("# Terminal ") {
            terminal = named.chars().next().unwrap();
        } else if line.starts_with("export ") {
            exports.insert(terminal, line.to_owned());
        } else if line.starts_with("saxaul ") && terminal != '1' {
            commands.push((exports[&terminal].clone(), line.to_owned()));
        }
    }
    commands
}

#[test]
fn the_readmes_ten_minutes_end_with_hours_and_a_letter() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("home"), port);
    let mut link = home.first_invite();
    std::os::unix::fs::symlink(concat!(env!("CARGO_MANIFEST_DIR"), "/../server"), place.path("server")).unwrap();
    let program = tests::binary::program();
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut last_hours = String::new();
    let commands = ten_minutes(&place);
    assert!(commands.len() > 15, "{commands:?}");
    for (export, line) in commands {
        let link_file = place.write("link", &link);
        let joins = format!("saxaul field join --link-file {}", link_file.display());
        let line = line.replace("saxaul field join", &joins);
        let mut shell = std::process::Command::new("sh");
        let plain = place.command();
        shell.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.env("PATH", &path).current_dir(place.path("")).args(["-c", &format!("{export}\n{line}")]);
        let told = tests::binary::run(&mut shell).done();
        if line.starts_with("saxaul invite") {
            link = told.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned();
        }
        if line.starts_with("saxaul report hours") {
            last_hours = told;
        }
    }
    let verified = |row: &str| -> u64 { row.rsplit(',').nth(1).unwrap().parse().unwrap_or(0) };
    assert!(last_hours.lines().any(|row| verified(row) >= 12_600), "{last_hours}");
    assert!(std::fs::read(place.path("letters.pdf")).unwrap().starts_with(b"%PDF"));
}
