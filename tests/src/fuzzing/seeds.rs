//! What a fuzzer begins with: real messages, changes, lists and links, made anew each time.

use server::invite::InviteLink;

use super::scene::{EVENT, scene};
use super::{admission, messages, tables};
use crate::Chance;

/// Inputs for the target of a name, each of which does something that its neighbours do not.
#[must_use]
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    match name {
        "request" => messages::seeds(&scene().items).0,
        "response" => messages::seeds(&scene().items).1,
        "change" => admission::seeds(),
        "csv" => LISTS.iter().map(|list| list.as_bytes().to_vec()).collect(),
        "xlsx" => tables::seeds().0,
        "sheet" => tables::seeds().1,
        "invite" => links(),
        // These read bytes as choices: any will do.
        _ => (0..16).map(chosen).collect(),
    }
}

const LISTS: [&str; 4] = [
    "Код;ФИО;Телефон\nA-1;Өтегенов Мұрат;87010000000\nA-2;Цой Анна;\n",
    "code,family name,given name,birth year,organisation\n1,\"Kim, jr\",Anna,1990,\"A \"\"B\"\"\"\n2,Li,,1950,\n",
    "sep=|\nтегі|аты|әкесінің аты|туған күні\nСерікқызы|Айгүл||01.02.2003\n",
    "\u{feff}ИИН\tФИО\n990101300001\tИванов Иван Иванович\n",
];

fn links() -> Vec<Vec<u8>> {
    let link = |event| InviteLink {
        url: "https://home.example".to_owned(),
        home: scene().home.public(),
        secret: [4; 16],
        event,
    };
    [link(None), link(Some(EVENT))].map(|link| link.to_string().into_bytes()).to_vec()
}

fn chosen(seed: u64) -> Vec<u8> {
    let mut chance = Chance::seeded(seed);
    let length = 16 + chance.below(400);
    (0..length).map(|_| chance.bits() as u8).collect()
}
