//! The week that comes with the program.

use super::recording::{Recording, RecordingError};

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../field-week/", $name)).as_slice())),+]
    };
}

const FILES: &[(&str, &[u8])] = files![
    "event.json",
    "organizer.jsonl",
    "roster-front-office.csv",
    "roster-partner.csv",
    "phones/phone-01.jsonl",
    "phones/phone-02.jsonl",
    "phones/phone-03.jsonl",
    "phones/phone-04.jsonl",
    "phones/phone-05.jsonl",
    "phones/phone-06.jsonl",
    "phones/phone-07.jsonl",
    "phones/phone-08.jsonl",
];

/// Reads the bundled week: 1,350 people on two lists, eight phones with wrong clocks. Its names are invented.
///
/// # Errors
/// None in a program that passed its tests.
pub fn bundled_week() -> Result<Recording, RecordingError> {
    Recording::from_files(|name| {
        let found = FILES.iter().find(|(known, _)| *known == name);
        found.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| RecordingError {
            file: name.to_owned(),
            line: 0,
            what: "it is not part of the bundled week".to_owned(),
        })
    })
}
