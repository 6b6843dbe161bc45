//! Plays the stories in `tests/conformance` through the facade, as every language does.
//!
//! A story is data: devices with their entropy, what home says to each of them, and steps. The same story gives the same
//! view, to the byte, everywhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use sync_core::app::PeopleQuery;
use sync_core::bindings::mobile::{HomeAnswer, Saxaul, SaxaulError};
use sync_core::invite::InviteLink;
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{Grant, KeyPair, Post, Role, Scope};
use sync_core::wire::{Carried, EnrolOutcome, Enrolled};

/// A story that is being played.
pub struct Player<'a> {
    story: &'a Value,
    directory: &'a Path,
    devices: BTreeMap<String, Arc<Saxaul>>,
    bundles: BTreeMap<String, Vec<u8>>,
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is missing in {value}"))
}

fn seed(device: &Value) -> Vec<u8> {
    let hex = text(device, "seed");
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

impl<'a> Player<'a> {
    /// Lets every device of the story join.
    ///
    /// # Panics
    /// If the story is not one.
    #[must_use]
    pub fn of(story: &'a Value, directory: &'a Path) -> Self {
        let mut player = Self { story, directory, devices: BTreeMap::new(), bundles: BTreeMap::new() };
        for (name, device) in story["devices"].as_object().unwrap() {
            player.begin(name);
            let body = text(device, "enrolled").as_bytes().to_vec();
            let answer = HomeAnswer { status: 200, token: None, retry_after_s: None, body };
            player.devices[name].take_enrolled(text(device, "link").to_owned(), answer).unwrap();
        }
        player
    }

    fn begin(&mut self, name: &str) {
        let device = &self.story["devices"][name];
        let path = self.directory.join(format!("{name}.db")).to_str().unwrap().to_owned();
        let incarnation = text(device, "incarnation").parse().unwrap();
        let opened = Saxaul::open_recorded(path, seed(device), incarnation).unwrap();
        self.devices.insert(name.to_owned(), opened);
    }

    /// Plays every step; `seen` hears of each view that the story speaks of, with its digest.
    ///
    /// # Panics
    /// If something else comes of it than the story says.
    pub fn play(&mut self, mut seen: impl FnMut(usize, &str)) {
        for (number, step) in self.story["steps"].as_array().unwrap().iter().enumerate() {
            let device = step["device"].as_str().map(|name| Arc::clone(&self.devices[name]));
            if let Some(name) = step["dies"].as_str() {
                self.devices.remove(name).unwrap().shut_down();
                self.begin(name);
                continue;
            }
            let device = device.unwrap_or_else(|| panic!("nobody does {step}"));
            if step.get("view_sha256").is_some() {
                let digest = Sha256::digest(device.view_json().unwrap());
                seen(number, &digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
            } else {
                self.step(&device, step);
            }
        }
    }

    fn step(&mut self, device: &Saxaul, step: &Value) {
        if let Some(action) = step.get("do") {
            let reading: ClockReading = serde_json::from_value(step["reading"].clone()).unwrap();
            let done = device.perform_json(action.to_string(), Some(reading));
            let refusal = match done {
                Ok(_) => None,
                Err(SaxaulError::Refused { code, .. }) => Some(code),
                Err(other) => panic!("{step}: {other}"),
            };
            assert_eq!(refusal.as_deref(), step["refused"].as_str(), "{step}");
        } else if let Some(other) = step["meets"].as_str() {
            let other = &self.devices[other];
            let greeting = other.greet().unwrap();
            loop {
                let asking = device.ask_near(greeting.clone()).unwrap();
                if !device.take_near(other.answer_near(asking).unwrap()).unwrap().more {
                    break;
                }
            }
        } else if let Some(bundle) = step["exports"].as_str() {
            self.bundles.insert(bundle.to_owned(), device.export_bundle(None).unwrap());
        } else if let Some(bundle) = step["imports"].as_str() {
            device.import_bundle(self.bundles[bundle].clone()).unwrap();
        } else if let Some(wanted) = step["finds"].as_str() {
            let query = PeopleQuery { text: wanted.to_owned(), limit: 20, ..PeopleQuery::default() };
            let names: Vec<String> = device.people(query).unwrap().rows.into_iter().map(|row| row.name).collect();
            assert_eq!(serde_json::to_value(names).unwrap(), step["names"], "{step}");
        } else {
            panic!("unknown step: {step}");
        }
    }
}

/// What home says to a device of a story: the link that it is given, and the answer to its call.
///
/// # Panics
/// If the story is not one.
#[must_use]
pub fn introduced(story: &Value, device: &Value) -> (String, String) {
    let home = KeyPair::from_seed(&seed(&story["home"]).try_into().unwrap());
    let key = KeyPair::from_seed(&seed(device).try_into().unwrap()).public();
    let event = text(story, "event").parse().unwrap();
    let role: Role = text(device, "role").parse().unwrap();
    let issued = UnixMillis(story["issued_ms"].as_i64().unwrap());
    let name = text(device, "name").to_owned();
    let grant = Grant {
        key,
        name,
        role,
        scope: Scope::Event(event),
        issued,
        post: Post::default(),
        revoked: None,
        vouched: None,
        out_of: None,
    };
    let url = "https://home.example".to_owned();
    let link = InviteLink { url, home: home.public(), secret: [0; 16], event: Some(event) };
    let enrolled = Enrolled {
        grants: vec![Carried(home.state(&grant))],
        outcome: Some(EnrolOutcome::LetIn),
        home_ms: Some(issued.0),
    };
    (link.to_string(), serde_json::to_string(&enrolled).unwrap())
}
