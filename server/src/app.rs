//! The state of a running home server.
//!
//! Owns the services and nothing else. Addresses and what is said over HTTP stand above, in `api` and `router`.

use std::sync::Arc;

use crate::auth::Auth;
use crate::config::WebOrigin;
use crate::desks::Desks;
use crate::directory::Directory;
use crate::first_invite::FirstInvite;
use crate::forgotten_eras::ForgottenEras;
use crate::home_time::HomeTime;
use crate::jobs::Jobs;
use crate::last_seen::LastSeen;
use crate::long_work::LongWork;
use crate::overwriting::Overwriting;
use crate::pending_imports::PendingImports;
use crate::places::Places;
use crate::probes::Probes;
use crate::rates::Rates;
use crate::reports::Fonts;
use crate::store::{Store, Writer};
use crate::views::Views;

/// Everything that a request can reach: the services, each with methods of its own.
pub struct App {
    /// Tells who is asking, and what they may do.
    pub auth: Auth,
    /// When each device was here last.
    pub last_seen: LastSeen,
    /// One task for each open event; it admits changes in order.
    pub desks: Desks,
    /// The read cache: events as they are in the store, projected once for each revision.
    pub views: Views,
    /// Reports and other work that takes longer than a request; bounded by event and caller.
    pub long_work: LongWork,
    /// The part of the long work that goes on without the request that began it.
    pub jobs: Jobs,
    /// Fonts of the system, for letters that the program's own fonts lack.
    pub fonts: Fonts,
    /// The index of people over all events, for lookups.
    pub directory: Directory,
    /// Uploaded lists that wait to be accepted.
    pub pending_imports: PendingImports,
    /// Answers the probes of health: whether anything can be written.
    pub probes: Probes,
    /// States home's time, while home's clock can be right.
    pub home_time: HomeTime,
    /// Reads what is durable.
    pub store: Arc<Store>,
    /// Sends writes to the store's one writing thread.
    pub writer: Writer,
    /// Erasures that home forgot, as far as devices told of them.
    pub forgotten_eras: ForgottenEras,
    /// Overwrites the remains of erasures, page by page.
    pub overwriting: Overwriting,
    /// The file in which the first organizer's invite stands, where no terminal is; `None` for a home without a directory.
    pub first_invite: Option<FirstInvite>,
    /// Where people reach this server, without a trailing slash.
    pub public_url: String,
    /// Counts how often each caller comes.
    pub rates: Rates,
    /// Origins of web apps whose pages may call the server.
    pub web_origins: Vec<WebOrigin>,
    /// Places for requests that are under way at once.
    pub places: Places,
}
