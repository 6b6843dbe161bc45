//! The replica of Saxaul: rosters and attendance that are recorded without a network and meet weeks later.
//!
//! This crate is everything that a phone needs, and the larger part of what the home server does. It asks no clock, draws
//! nothing at random and opens no connection: times, entropy and bytes are handed in, and what to write and what to send
//! come out. So the same code runs in a phone, in a browser, in the server and in a simulated world of tests.
//!
//! # A tour
//!
//! An app holds an [`app::App`] over some [`storage::Storage`]: an SQLite file (`journal`), or rows in memory that the
//! platform writes ([`storage::rows`]), as here. Home has let two devices into one event by a signed
//! [`trust::Grant`] each.
//!
//! ```
//! use sync_core::app::{Action, App, Known, Name, Text};
//! use sync_core::documents::log::Method;
//! use sync_core::ids::{EventId, Incarnation, PersonId, Subject};
//! use sync_core::storage::rows::{QueuedRows, Rows};
//! use sync_core::storage::Membership;
//! use sync_core::time::{ClockReading, UnixMillis};
//! use sync_core::trust::{Grant, HomeKey, Post, Role, Scope};
//!
//! const EVENT: EventId = EventId([7; 16]);
//! // Saturday, 18 July 2026, in days since 1970, and its midnight.
//! const DAY: i64 = 20_652;
//! const MIDNIGHT_MS: i64 = DAY * 86_400_000;
//!
//! /// A device that home let in, with nothing recorded yet.
//! fn let_in(number: u8, role: Role) -> App<QueuedRows> {
//!     let home = HomeKey::from_seed(&[1; 32]);
//!     let mut rows = Rows::open([], [number; 32], Incarnation([number; 8])).unwrap();
//!     let grant = Grant {
//!         key: rows.key().public(),
//!         name: format!("device {number}"),
//!         role,
//!         scope: Scope::Event(EVENT),
//!         issued: UnixMillis(MIDNIGHT_MS),
//!         post: Post::default(),
//!         revoked: None,
//!         vouched: None,
//!         out_of: None,
//!     };
//!     let url = "https://home.example".to_owned();
//!     rows.join(Membership { home: home.public(), url, grants: vec![home.state(&grant)] }).unwrap();
//!     App::open(rows, Incarnation([number + 100; 8])).unwrap()
//! }
//!
//! /// What a device's clocks read at a minute of the day.
//! fn at(hour: i64, minute: i64) -> ClockReading {
//!     let since_midnight_ms = (hour * 60 + minute) * 60_000;
//!     let wall_ms = UnixMillis(MIDNIGHT_MS + since_midnight_ms);
//!     ClockReading { boot: 1, mono_ms: since_midnight_ms.unsigned_abs(), wall_ms }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // An organizer says what the event is, and who is expected.
//! let mut laptop = let_in(2, Role::Organizer);
//! let guest = PersonId::from_entropy(42);
//! laptop.perform(Action::OpenDay { day: DAY, opens: 8 * 60, closes: 18 * 60 }, at(7, 0))?;
//! laptop.perform(Action::AddSite { key: "pier".to_owned(), name: Text::default() }, at(7, 1))?;
//! let name = Name { family: "Ахметова".to_owned(), given: "Айгүл".to_owned(), ..Name::default() };
//! laptop.perform(Action::AddPerson { id: guest, known: Known { name, ..Known::default() } }, at(7, 2))?;
//!
//! // A phone meets the laptop: it proves its key, asks, and takes what is new, until neither side has more. With home it
//! // is the same exchange (`meet_home`, `next_call`, `take_answer`).
//! fn meet(phone: &mut App<QueuedRows>, laptop: &mut App<QueuedRows>) -> Result<(), Box<dyn std::error::Error>> {
//!     let greeting = laptop.greet([5; 32])?;
//!     loop {
//!         let request = phone.ask_near(&greeting, [6; 32])?;
//!         let response = laptop.answer_near(&request)?;
//!         if !phone.take_near(&response)?.more {
//!             return Ok(());
//!         }
//!     }
//! }
//! let mut phone = let_in(3, Role::Marker);
//! meet(&mut phone, &mut laptop)?;
//!
//! // Without anybody in reach the phone records who came and left. When `perform` returns, that is queued for the
//! // platform; with an SQLite journal it is on the disk.
//! let (subject, site, method) = (Subject::Person(guest), "pier".to_owned(), Method::Search);
//! phone.perform(Action::CheckIn { subject, site: site.clone(), method }, at(9, 0))?;
//! phone.perform(Action::CheckOut { subject, site, method }, at(12, 30))?;
//! assert_eq!(phone.unconfirmed()?.on_this_device, 2);
//!
//! // They meet again. The same documents show the same hours on both.
//! meet(&mut phone, &mut laptop)?;
//! for device in [&mut phone, &mut laptop] {
//!     let hours = device.hours(None)?;
//!     assert_eq!((hours[0].name.as_str(), hours[0].observed_s), ("Ахметова Айгүл", 3 * 3600 + 1800));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # One floor below
//!
//! An `App` gives each [`command::Command`] to a [`replica::Replica`], a state machine of one event. What comes out is an
//! [`replica::Outcome`]: writes, and an answer that nobody may learn before they are durable. [`storage::Opened`] keeps that
//! order for every storage. Before an exchange, [`replica::Replica::seal`] makes what was done one signed change for each
//! document, and whoever receives such a change judges it by [`admission`] before Automerge sees it.
//! [`view::project`] then reads the documents together. It is the only place that computes hours.
//!
//! ```
//! # use std::collections::BTreeMap;
//! use sync_core::command::Command;
//! use sync_core::documents::event::{EventEdit, Site};
//! # use sync_core::ids::{EventId, Incarnation};
//! use sync_core::replica::ledger::Ledger;
//! use sync_core::replica::{Identity, Kept, Outcome, Replica, Write};
//! # use sync_core::time::{ClockReading, UnixMillis};
//! # use sync_core::trust::{Grant, HomeKey, KeyPair, Post, Role, Scope};
//! use sync_core::view::project;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (event, home, key) = (EventId([7; 16]), HomeKey::from_seed(&[1; 32]), KeyPair::from_seed(&[2; 32]));
//! # let grant = home.state(&Grant {
//! #     key: key.public(), name: "laptop".to_owned(), role: Role::Organizer, scope: Scope::Event(event),
//! #     issued: UnixMillis(1), post: Post::default(), revoked: None, vouched: None, out_of: None,
//! # });
//! # let identity = Identity { key, incarnation: Incarnation([3; 8]), grant, home: home.public() };
//! # let reading = ClockReading { boot: 1, mono_ms: 60_000, wall_ms: UnixMillis(60_000) };
//! // A replica that has kept nothing yet. What it writes first is home's grant.
//! let kept = Kept {
//!     ledger: Ledger::founded(event, home.public()),
//!     drafts: Vec::new(),
//!     next_draft: 0,
//!     peers: BTreeMap::new(),
//!     confirmed: Vec::new(),
//!     partial: None,
//! };
//! let Outcome { mut writes, answer: mut replica } = Replica::open(identity, kept)?;
//!
//! // A command becomes a draft, and later a sealed change.
//! let site = EventEdit::Site { key: "pier".to_owned(), site: Some(Site::default()) };
//! writes.extend(replica.perform(Command::EditEvent(site), reading)?.writes);
//! writes.extend(replica.seal().writes);
//!
//! // Whoever receives the items judges each of them, in order.
//! let mut elsewhere = Ledger::founded(event, home.public());
//! for write in &writes {
//!     if let Write::Item(stored) = write {
//!         elsewhere.take(&stored.item)?;
//!     }
//! }
//! assert_eq!(elsewhere.cursor(), replica.ledger().cursor());
//!
//! // The same documents give the same view.
//! let view_of = |ledger: &Ledger| {
//!     let documents = ledger.documents();
//!     let logs: Vec<_> = documents.logs().collect();
//!     project(documents.info(), documents.roster(), &logs, documents.rulings())
//! };
//! assert!(elsewhere.documents().info().sites.contains_key("pier"));
//! assert_eq!(view_of(&elsewhere), view_of(replica.ledger()));
//! # Ok(())
//! # }
//! ```
//!
//! # The modules
//!
//! From the lowest floor to the highest; a module names only what stands below it, and a test holds it to that:
//! [`canonical`]; [`ids`] and [`time`]; [`spoken`]; [`documents`], [`trust`] and [`names`]; [`admission`], [`command`],
//! [`view`], [`invite`] and [`wire`]; [`exchange`] and [`import`]; [`replica`] and [`words`]; [`storage`] and [`order`];
//! `journal` and [`meeting`]; [`app`]; `bindings`. The repository's `docs/architecture.md` says what each owns, and
//! `docs/protocol.md` what travels between two replicas.

pub mod admission;
pub mod app;
#[cfg(any(feature = "http", feature = "mobile", feature = "web"))]
pub mod bindings;
pub mod canonical;
pub mod command;
pub mod documents;
pub mod error_codes;
pub mod exchange;
pub mod ids;
pub mod import;
pub mod invite;
#[cfg(feature = "sqlite")]
pub mod journal;
pub mod meeting;
pub mod names;
pub mod order;
pub mod replica;
pub mod scan;
pub mod spoken;
pub mod storage;
pub mod time;
pub mod trust;
pub mod view;
pub mod wire;
pub mod words;

#[cfg(feature = "mobile")]
uniffi::setup_scaffolding!();
