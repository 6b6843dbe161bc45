//! `event.json`: what an event is, and for a recording who brought what.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use sync_core::documents::event::{EventEdit, EventInfo};

use super::RecordingError;
use crate::event_plan::EventPlan;
use crate::plain_text::decode;

/// A phone of the recording.
#[derive(Debug, Clone, Deserialize)]
pub struct PhoneFile {
    /// The name of its file, without `.jsonl`.
    pub key: String,
    /// What the phone may do: `marker` or `lead`.
    pub role: String,
    /// Where it mostly stands.
    pub site: String,
}

/// `event.json`: what an event is, for a recording, `saxaul event create` and `saxaul event edit`.
#[derive(Debug, Deserialize)]
pub struct EventFile {
    /// What the event is.
    #[serde(flatten)]
    pub plan: EventPlan,
    /// The lists of people.
    #[serde(default)]
    pub rosters: Vec<String>,
    /// The phones of the recording.
    #[serde(default)]
    pub phones: Vec<PhoneFile>,
    /// What else the file has: a slip of the pen.
    #[serde(flatten)]
    unknown: BTreeMap<String, IgnoredAny>,
}

impl EventFile {
    /// Reads the file's content.
    ///
    /// # Errors
    /// [`RecordingError`] naming the line, or the field that nobody knows.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, RecordingError> {
        let wrong = |line: usize, what: String| RecordingError { file: file.to_owned(), line, what };
        let text = decode(bytes).map_err(|error| wrong(0, error.to_string()))?;
        let read: Self = serde_json::from_str(&text).map_err(|error| wrong(error.line(), error.to_string()))?;
        match read.unknown.keys().next() {
            None => Ok(read),
            Some(field) => Err(wrong(0, format!("an event has no field `{field}`"))),
        }
    }

    /// What an organizer would enter for a new event.
    ///
    /// # Errors
    /// [`RecordingError`] for an unknown time zone, a time that is none, or an event without name or days.
    pub fn edits(&self, file: &str) -> Result<Vec<EventEdit>, RecordingError> {
        let edits = self.plan.check_founding().and_then(|()| self.plan.edits(&EventInfo::default()));
        edits.map_err(|error| RecordingError { file: file.to_owned(), line: 0, what: error.to_string() })
    }
}
