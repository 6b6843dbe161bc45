//! A home server in the test's own process, asked as a browser or a program asks it: by method, path, headers, body.
//!
//! Its clock is in the test's hand. Nothing crosses a socket.

mod browser;

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use serde_json::Value;
use server::app::App;
use server::client::{Answer, Call, Carrier, Talk};
use server::clock::{Clock, entropy};
use server::config::{Config, Given};
use server::desks::DeskSettings;
use server::invite::InviteLink;
use server::long_work::Owner;
use server::places::RequestLimits;
use server::rates::RateLimits;
use server::replay::recording::EventFile;
use server::reports::Fonts;
use server::router::router;
use server::serve::{Foundation, Server, ServiceSettings, Services};
use server::store::memory::Memory;
use server::wire::CreateInvite;
use sync_core::command::{Command, CommandError};
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::{JournalError, OpenReplica};
use sync_core::replica::Draft;
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::HomeKey;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::binary::{Place, open_journal};

pub use browser::{Browser, Reply};

/// Where the clock of a [`Desk`] begins: 2026-05-18 09:00 in Aqtau.
pub const MORNING: UnixMillis = UnixMillis(1_779_076_800_000);

/// Who reads an event for a test.
pub const READER: Owner = Owner::Stranger(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// A running home server.
pub struct Desk {
    runtime: Runtime,
    running: Option<Running>,
    router: Router,
    first_invite: Option<InviteLink>,
    /// Moves the server's time.
    pub clock: Clock,
    /// Where its data is.
    pub place: Place,
}

/// What answers at a [`Desk`].
enum Running {
    /// A server over a data directory.
    Server(Server),
    /// The services of one process, over a store that other processes may have, too.
    Services(Services),
}

impl Running {
    fn app(&self) -> Arc<App> {
        match self {
            Self::Server(server) => server.app(),
            Self::Services(services) => services.app(),
        }
    }

    async fn end(self) {
        let stop = CancellationToken::new();
        stop.cancel();
        match self {
            Self::Server(server) => server.run(stop).await.unwrap(),
            // The store stays open for the other processes.
            Self::Services(services) => services.interrupt(),
        }
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::open()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.router = Router::new();
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.end());
        }
    }
}

impl Desk {
    /// Opens one that nobody has joined.
    ///
    /// # Panics
    /// If it cannot be opened.
    #[must_use]
    pub fn open() -> Self {
        Self::open_at(MORNING)
    }

    /// The same at another time.
    ///
    /// # Panics
    /// If it cannot be opened.
    #[must_use]
    pub fn open_at(time: UnixMillis) -> Self {
        Self::on(Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap(), time)
    }

    /// The same on one thread, where a test can let tokio's time pass by itself.
    ///
    /// # Panics
    /// If it cannot be opened.
    #[must_use]
    pub fn on_one_thread() -> Self {
        Self::on(Builder::new_current_thread().enable_all().build().unwrap(), MORNING)
    }

    fn on(runtime: Runtime, time: UnixMillis) -> Self {
        let (place, clock) = (Place::new(), Clock::set_to(time));
        let mut server = runtime.block_on(Server::open(config(&place), clock.clone())).unwrap();
        let first_invite = server.first_invite.take();
        let router = router(server.app());
        Self { runtime, running: Some(Running::Server(server)), router, first_invite, clock, place }
    }

    /// Opens one process of a home that is kept in memory. Others may be open on the same memory, all with one clock.
    ///
    /// # Panics
    /// If it cannot be opened.
    #[must_use]
    pub fn over(memory: &Memory, clock: &Clock) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut services = runtime.block_on(async {
            let foundation = Foundation::in_memory(memory, HomeKey::from_seed(&[7; 32])).await.unwrap();
            Services::open(foundation, settings(), clock.clone().into()).await.unwrap()
        });
        let (first_invite, router) = (services.first_invite.take(), router(services.app()));
        let (running, clock) = (Some(Running::Services(services)), clock.clone());
        Self { runtime, running, router, first_invite, clock, place: Place::new() }
    }

    /// Lets the first organizer in, once.
    ///
    /// # Panics
    /// If it was taken before.
    pub fn first_invite(&mut self) -> InviteLink {
        self.first_invite.take().unwrap()
    }

    /// Ends the server as an operator does, and starts it again on the same data.
    ///
    /// # Panics
    /// If it cannot be opened again.
    pub fn restart(&mut self) {
        self.router = Router::new();
        self.runtime.block_on(self.running.take().unwrap().end());
        let mut server = self.runtime.block_on(Server::open(config(&self.place), self.clock.clone())).unwrap();
        self.first_invite = server.first_invite.take();
        self.router = router(server.app());
        self.running = Some(Running::Server(server));
    }

    /// Whether the server made an invite for the first organizer when it started.
    #[must_use]
    pub const fn offers_a_first_invite(&self) -> bool {
        self.first_invite.is_some()
    }

    /// Makes a call.
    ///
    /// # Panics
    /// If the request is none.
    #[must_use]
    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
        let response = self.begin(method, path, headers, body);
        let (head, body) = response.into_parts();
        let body = self.runtime.block_on(to_bytes(body, usize::MAX)).unwrap().to_vec();
        Reply { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// The same as a future, which the test drives itself.
    ///
    /// # Panics
    /// If the request is none.
    pub async fn answer(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
        let response = self.router.clone().oneshot(request(method, path, headers, body)).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// Makes a call whose answer does not end by itself.
    ///
    /// # Panics
    /// If the request is none.
    #[must_use]
    pub fn begin(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
        self.runtime.block_on(self.router.clone().oneshot(request(method, path, headers, body))).unwrap()
    }

    /// What the server's handlers reach.
    ///
    /// # Panics
    /// Never: the server lives as long as the desk.
    #[must_use]
    pub fn app(&self) -> Arc<App> {
        self.running.as_ref().unwrap().app()
    }

    /// The runtime in which the server lives.
    #[must_use]
    pub const fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}

fn settings() -> ServiceSettings {
    ServiceSettings {
        public_url: "http://desk.test".to_owned(),
        requests: RequestLimits { at_once: 64, per_address: 64, patience: Duration::from_secs(60) },
        rates: RateLimits { address_calls_per_minute: 0, device_calls_per_minute: 0, behind_proxy: false },
        desks: DeskSettings::default(),
        read_memory_bytes: usize::MAX,
        web_origins: Vec::new(),
        fonts: Fonts::of_system(),
    }
}

fn config(place: &Place) -> Config {
    let given = Given {
        data_dir: Some(place.path("data")),
        listen: Some(([127, 0, 0, 1], 0).into()),
        address_calls_per_minute: Some(0),
        device_calls_per_minute: Some(0),
        ..Given::default()
    };
    given.complete(Given::default()).unwrap()
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

impl Carrier for &Desk {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        let authorization = call.authorization.map(|value| ("authorization", value));
        let headers: Vec<_> = authorization.into_iter().chain([("content-type", call.content_type)]).collect();
        let reply = Desk::call(self, call.method, call.path, &headers, call.body.to_vec());
        let token = Some(reply.header("x-saxaul-token").to_owned()).filter(|token| !token.is_empty());
        Ok(Answer { status: reply.status, token, retry_after_s: None, body: reply.body })
    }
}

/// An organizer's laptop that has joined a [`Desk`]: a replica of its own.
pub struct Laptop<'a> {
    desk: &'a Desk,
    talk: Talk<&'a Desk>,
    /// The one event it holds.
    pub replica: OpenReplica,
}

/// What the event of a [`Desk`] is, unless a test says otherwise.
pub const SHORE: &str = r#"{"name": {"kk": "Жаға", "ru": "Берег", "en": "Shore"}, "time_zone": "Asia/Aqtau",
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"},
             {"date": "2026-05-19", "opens": "08:00", "closes": "18:00"}],
    "sites": [{"key": "north", "name": {"en": "North gate"}}, {"key": "pier"}]}"#;

impl Desk {
    /// The first organizer joins with a laptop and founds an event.
    ///
    /// # Panics
    /// If it cannot be founded.
    #[must_use]
    pub fn found(&self, invite: &InviteLink, event_file: &[u8]) -> Laptop<'_> {
        let mut laptop = self.join(invite, "office", |talk| {
            let event = EventId(entropy());
            talk.create_event(event, None).unwrap();
            event
        });
        let edits = EventFile::parse("event.json", event_file).and_then(|file| file.edits("event.json")).unwrap();
        for edit in edits {
            laptop.does(Command::EditEvent(edit));
        }
        laptop.exchanges();
        laptop
    }

    /// A device joins with an invite. `event` says into which event, once it is signed in.
    ///
    /// # Panics
    /// If it is not let in.
    #[must_use]
    pub fn join<'a>(
        &'a self,
        invite: &InviteLink,
        name: &str,
        event: impl FnOnce(&mut Talk<&'a Self>) -> EventId,
    ) -> Laptop<'a> {
        let mut talk = Talk::over(self, "http://desk.test");
        let mut journal = open_journal(&self.place.path(&format!("{name}.db"))).unwrap();
        talk.join(&mut journal, invite, name).unwrap();
        talk.sign_in(&journal).unwrap();
        let event = event(&mut talk);
        let replica = OpenReplica::open(journal, event, Incarnation(entropy())).unwrap();
        Laptop { desk: self, talk, replica }
    }

    /// Signs a browser in with the secret of a link.
    ///
    /// # Panics
    /// If it is not let in.
    #[must_use]
    pub fn sign_in(&self, link: &str) -> Browser<'_> {
        let secret = link.split_once('#').unwrap().1;
        let body = serde_json::json!({ "secret": secret }).to_string();
        let reply = self.call("POST", "/v1/session", &[("content-type", "application/json")], body);
        let cookie = reply.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        let csrf = reply.clone().is(201)["csrf"].as_str().unwrap().to_owned();
        Browser { desk: self, cookie, csrf, asked: Cell::new(0) }
    }
}

impl<'a> Laptop<'a> {
    /// Where it has joined.
    #[must_use]
    pub const fn desk(&self) -> &'a Desk {
        self.desk
    }
}

impl Laptop<'_> {
    fn reading(&self) -> ClockReading {
        let now = self.desk.clock.now();
        ClockReading { boot: 1, mono_ms: now.0.cast_unsigned(), wall_ms: now }
    }

    /// The only event of the laptop.
    #[must_use]
    pub fn event(&self) -> EventId {
        self.replica.replica().event()
    }

    /// Performs a command.
    ///
    /// # Panics
    /// If it is refused.
    pub fn does(&mut self, command: Command) -> Draft {
        self.does_at(command, self.reading())
    }

    /// The same when the device's clocks read something else than the true time.
    ///
    /// # Panics
    /// If it is refused.
    pub fn does_at(&mut self, command: Command, reading: ClockReading) -> Draft {
        self.replica.act(|state| state.perform(command, reading).map_err(anyhow_of)).unwrap()
    }

    /// Meets home.
    ///
    /// # Panics
    /// If that fails.
    pub fn exchanges(&mut self) {
        self.exchanges_by(self.reading());
    }

    /// Reads what is new and says nothing.
    ///
    /// # Panics
    /// If that fails.
    pub fn reads_on(&mut self) {
        self.talk.read_on(&mut self.replica).unwrap();
    }

    /// Begins a new session, when the one before is over.
    ///
    /// # Panics
    /// If it is not let in.
    pub fn renews(&mut self) {
        self.talk.sign_in(self.replica.journal()).unwrap();
    }

    /// Meets home in a session of its own, however close to the last one, when the device's clocks read something else
    /// than the true time.
    ///
    /// # Panics
    /// If that fails.
    pub fn exchanges_at(&mut self, reading: ClockReading) {
        self.talk.end_session();
        self.exchanges_by(reading);
    }

    fn exchanges_by(&mut self, reading: ClockReading) {
        let exchanged = self.talk.exchange(&mut self.replica, &|| reading, &mut |_| {}).unwrap();
        assert!(exchanged.refused.is_empty() && exchanged.rejected.is_empty(), "{exchanged:?}");
    }

    /// Makes an invite for a device.
    ///
    /// # Panics
    /// If it may not.
    pub fn invites(&mut self, role: &str) -> InviteLink {
        let (role, event) = (role.to_owned(), Some(self.event().to_string()));
        self.talk.invite(&CreateInvite { role, event, uses: 1, ..CreateInvite::default() }).unwrap()
    }

    /// The `Authorization` header of a session of this device.
    ///
    /// # Panics
    /// If it is not let in.
    #[must_use]
    pub fn token(&self) -> String {
        self.talk.token().map(|token| format!("Bearer {token}")).unwrap()
    }

    /// Makes a link for a browser, for this event.
    ///
    /// # Panics
    /// If it may not.
    #[must_use]
    pub fn offers(&self, access: &str) -> String {
        self.offers_what(&serde_json::json!({
            "access": access, "name": format!("Айгүл ({access})"), "event": self.event().to_string()
        }))
    }

    /// The same for another scope.
    ///
    /// # Panics
    /// If it may not.
    #[must_use]
    pub fn offers_what(&self, offer: &Value) -> String {
        let token = self.token();
        let reply = self.desk.call("POST", "/v1/sign-in-links", &[("authorization", &token)], offer.to_string());
        reply.is(201)["link"].as_str().unwrap().to_owned()
    }
}

fn anyhow_of(error: CommandError) -> JournalError {
    panic!("a command was refused: {error}")
}
