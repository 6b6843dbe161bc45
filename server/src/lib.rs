//! Saxaul's home server, the field replica on a laptop, and the command line.
//!
//! # A tour
//!
//! [`serve::Server`] opens a data directory: the [`store`] with its one writing thread, home's key, and the services of
//! [`app::App`]. `Server::run` then answers on a port until it is told to stop. [`router::router`] is everything that is
//! answered, also without a port, as here: each call goes through it as a socket would bring it.
//!
//! ```
//! use axum::body::{Body, to_bytes};
//! use server::client::{Answer, Call, Carrier, Talk};
//! use server::clock::{Clock, entropy};
//! use server::config::Given;
//! use server::serve::Server;
//! use sync_core::command::Command;
//! use sync_core::documents::event::{EventEdit, Site};
//! use sync_core::ids::{EventId, Incarnation};
//! use sync_core::journal::{Entropy, Journal, OpenReplica};
//! use sync_core::time::{ClockReading, UnixMillis};
//! use tower::ServiceExt;
//!
//! /// Carries a device's calls to the routes of a server in the same process.
//! struct Routes {
//!     runtime: tokio::runtime::Handle,
//!     routes: axum::Router,
//! }
//!
//! impl Carrier for Routes {
//!     fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
//!         let request = axum::http::Request::builder().method(call.method).uri(call.path);
//!         let request = request.header("content-type", call.content_type);
//!         let request = match call.authorization {
//!             Some(authorization) => request.header("authorization", authorization),
//!             None => request,
//!         };
//!         let request = request.body(Body::from(call.body.to_vec())).map_err(|error| error.to_string())?;
//!         self.runtime.block_on(async {
//!             let response = self.routes.clone().oneshot(request).await.map_err(|error| error.to_string())?;
//!             let (head, body) = response.into_parts();
//!             let token = head.headers.get(server::api::device_caller::TOKEN_HEADER).and_then(|value| value.to_str().ok());
//!             let body = to_bytes(body, usize::MAX).await.map_err(|error| error.to_string())?;
//!             let (status, token) = (head.status.as_u16(), token.map(str::to_owned));
//!             Ok(Answer { status, token, retry_after_s: None, body: body.to_vec() })
//!         })
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A server that nobody has joined yet, in a directory that goes away with this example.
//! let directory = tempfile::tempdir()?;
//! let given = Given {
//!     data_dir: Some(directory.path().join("home")),
//!     listen: Some("127.0.0.1:0".parse()?),
//!     ..Given::default()
//! };
//! let runtime = tokio::runtime::Runtime::new()?;
//! let server = runtime.block_on(Server::open(given.complete(Given::default())?, Clock::System))?;
//! let home = server.app();
//!
//! // A laptop joins with the first invite, and creates an event.
//! let routes = server::router::router(server.app());
//! let mut talk = Talk::over(Routes { runtime: runtime.handle().clone(), routes }, server.url());
//! let (journal, beside) = (directory.path().join("laptop.db"), directory.path().join("laptop.incarnation"));
//! let fresh = Entropy { seed: entropy(), incarnation: Incarnation(entropy()) };
//! let mut journal = Journal::open(&journal, &beside, None, fresh)?;
//! let invite = server.first_invite.clone().expect("nobody has joined yet");
//! talk.join(&mut journal, &invite, "laptop")?;
//! talk.sign_in(&journal)?;
//! let event = EventId(entropy());
//! talk.create_event(event, None)?;
//!
//! // What is done is saved in the journal, and home knows nothing of it.
//! let mut replica = OpenReplica::open(journal, event, Incarnation(entropy()))?;
//! let reading = || ClockReading { boot: 1, mono_ms: 60_000, wall_ms: UnixMillis(60_000) };
//! let site = EventEdit::Site { key: "pier".to_owned(), site: Some(Site::default()) };
//! replica.act(|state| Ok::<_, Box<dyn std::error::Error>>(state.perform(Command::EditEvent(site), reading())?))?;
//! assert_eq!(home.store.read_here(|store| store.standing(event, &[]))?.unwrap().revision.0, 0);
//!
//! // The exchange: `router` matches the address, `api` reads the message, `exchange` says what is done in which order,
//! // the event's desk judges, the store's writer makes it durable, and only then the device is told.
//! talk.exchange(&mut replica, &reading, &mut |_| {})?;
//! assert_eq!(home.store.read_here(|store| store.standing(event, &[]))?.unwrap().revision.0, 3, "a grant, an anchor and the site");
//! assert_eq!(replica.replica().unconfirmed().on_this_device, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # The modules
//!
//! A request comes in through [`serve`], [`router`] and [`api`]. What a device brings goes through [`exchange`] to the event's
//! desk in [`desks`], and from there to the [`store`]. What people read comes from [`views`], which follows the store and asks no
//! desk; [`reports`] writes it. [`commands`] is the command line, [`client`] a device's side of HTTP, [`tables`] reads lists from
//! files. The repository's `docs/architecture.md` says what each module owns and leads through three requests; a test
//! holds which module may name which.

#![deny(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
pub mod print;

pub mod api;
pub mod app;
pub mod auth;
pub mod changes;
pub mod client;
pub mod clock;
pub mod commands;
pub mod config;
pub mod desks;
pub mod directory;
pub mod error;
pub mod event_plan;
pub mod exchange;
pub mod fair_queue;
pub mod first_invite;
pub mod forgotten_eras;
pub mod holders;
pub mod home_key;
pub mod home_time;
pub mod invite;
pub mod jobs;
pub mod last_seen;
pub mod line_queue;
pub mod long_work;
pub mod out_file;
pub mod overwriting;
pub mod pace;
pub mod pending_imports;
pub mod places;
pub mod plain_text;
pub mod probes;
pub mod progress;
pub mod rates;
pub mod replay;
pub mod reports;
pub mod router;
pub mod secret_file;
pub mod serve;
pub mod single_flight;
pub mod store;
pub mod tables;
pub mod tree;
pub mod typed;
pub mod views;
pub mod wire;
pub mod workers;
