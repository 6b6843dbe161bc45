//! The home server: the real one, in this process, reached without a socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use server::api::device_caller::TOKEN_HEADER;
use server::app::App;
use server::client::{Answer, Call};
use server::clock::{Clock, Environment, RandomSource};
use server::config::{Config, ConnectionLimits};
use server::desks::DeskSettings;
use server::error::Problem;
use server::invite::InviteLink;
use server::places::RequestLimits;
use server::rates::RateLimits;
use server::router::router;
use server::secret_file::write_secret;
use server::serve::{ServeError, Server};
use server::store::Store;
use server::views::Seen;
use server::workers::Workers;
use sync_core::exchange::Item;
use sync_core::ids::EventId;
use sync_core::time::UnixMillis;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::disk::Image;
use crate::desk::READER;

/// Where phones believe the home server to be.
pub(super) const URL: &str = "http://home.test";
/// Longer than any test: nothing in a world waits for real time.
const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

/// A request as it crosses the network.
#[derive(Clone)]
pub struct Sent {
    /// The method of the request: `GET` or `POST`.
    pub method: &'static str,
    /// The path and the query, beginning with `/`.
    pub path: String,
    /// The `Authorization` header, if one is sent.
    pub authorization: Option<String>,
    /// The media type of the body.
    pub content_type: String,
    /// The body; empty where there is none.
    pub body: Vec<u8>,
}

impl From<Call<'_>> for Sent {
    fn from(call: Call<'_>) -> Self {
        Self {
            method: call.method,
            path: call.path.to_owned(),
            authorization: call.authorization.map(str::to_owned),
            content_type: call.content_type.to_owned(),
            body: call.body.to_vec(),
        }
    }
}

/// A home server with its data directory.
pub(super) struct Home {
    directory: PathBuf,
    environment: Environment,
    desks: DeskSettings,
    running: Option<Running>,
}

struct Running {
    runtime: Runtime,
    server: Server,
    router: Router,
}

/// A server that nobody can ask anything yet.
pub(super) struct Started {
    runtime: Runtime,
    server: Server,
}

impl Started {
    /// Starts one in a directory, with a key in it.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn in_directory(
        directory: &Path,
        environment: impl Into<Environment>,
        desks: DeskSettings,
    ) -> Result<Self, ServeError> {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let config = Config {
            fonts: None,
            data_dir: directory.to_owned(),
            listen: ([127, 0, 0, 1], 0).into(),
            public_url: URL.to_owned(),
            requests: RequestLimits { at_once: 64, per_address: 64, patience: FOR_EVER },
            tls: None,
            rates: RateLimits { address_calls_per_minute: 0, device_calls_per_minute: 0, behind_proxy: false },
            connections: ConnectionLimits { open: 1, open_per_address: None, head: FOR_EVER, request: FOR_EVER },
            desks,
            read_memory_bytes: usize::MAX,
            web_origins: Vec::new(),
        };
        let server = runtime.block_on(Server::open(config, environment))?;
        Ok(Self { runtime, server })
    }

    /// What the server is made of.
    pub fn app(&self) -> Arc<App> {
        self.server.app()
    }

    /// Reads an event's documents as they stand in the store.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub fn read_documents(&self, event: EventId) -> Result<(), Problem> {
        let app = self.app();
        self.runtime.block_on(async { app.views.reader(READER).unwrap().see_documents(event, |_| ()).await })
    }

    /// Ends the server as its operator would, and waits for that.
    pub fn end(self) {
        let writer = self.app().writer.clone();
        drop(self);
        writer.close();
    }
}

impl Home {
    /// Starts a server that nobody has joined yet, with the key that belongs to `seed`.
    pub fn founded(directory: PathBuf, seed: [u8; 32], now: UnixMillis) -> Self {
        std::fs::create_dir(&directory).unwrap();
        // A key is taken only beside the data that belongs to it.
        Store::open(&directory).unwrap().1.close();
        write_secret(&directory.join("home.key"), &seed).unwrap();
        let desks = DeskSettings { idle: FOR_EVER, snapshot_items: u64::MAX, snapshot_bytes: u64::MAX };
        // One source over all starts: what is drawn after a restart is not what was drawn before it.
        let environment =
            Environment { clock: Clock::set_to(now), random: RandomSource::seeded(seed), workers: Workers::Threads };
        let mut home = Self { directory, environment, desks, running: None };
        home.open();
        home
    }

    fn open(&mut self) {
        let Started { runtime, server } =
            Started::in_directory(&self.directory, self.environment.clone(), self.desks).unwrap();
        let router = router(server.app());
        self.running = Some(Running { runtime, server, router });
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("home runs whenever the world turns")
    }

    /// Ends the server as an operator does: what is under way is finished.
    fn close(&mut self) {
        let Running { runtime, server, router } = self.running.take().unwrap();
        drop(router);
        let stop = CancellationToken::new();
        stop.cancel();
        runtime.block_on(server.run(stop)).unwrap();
    }

    /// Ends the server as a power cut does.
    fn fall(&mut self) {
        let left = Image::left_by_a_power_cut(&self.directory);
        let Running { runtime, server, router } = self.running.take().unwrap();
        drop(router);
        Started { runtime, server }.end();
        left.put_back(&self.directory);
    }

    /// The power fails and comes back: sessions are forgotten, what was answered is not.
    pub fn crash(&mut self) {
        self.fall();
        self.open();
    }

    /// Restarts the server. From now on an event's snapshot is written after so many new items.
    pub fn restart(&mut self, snapshot_items: u64) {
        self.close();
        self.desks.snapshot_items = snapshot_items;
        self.open();
    }

    /// Copies the data directory while the server rests.
    pub fn copy(&mut self) -> Image {
        self.close();
        let copy = Image::of(&self.directory);
        self.open();
        copy
    }

    /// Goes on from an earlier copy, as after the loss of a disk.
    pub fn restore(&mut self, copy: &Image) {
        self.close();
        copy.put_back(&self.directory);
        self.open();
    }

    /// Sets the server's clock.
    pub fn move_clock(&self, to: UnixMillis) {
        self.environment.clock.move_to(to);
    }

    /// The invite that lets the first organizer in.
    pub fn first_invite(&mut self) -> InviteLink {
        self.running.as_mut().unwrap().server.first_invite.take().expect("nobody has joined yet")
    }

    /// What the server is made of.
    pub fn app(&self) -> Arc<App> {
        self.running().server.app()
    }

    /// Answers one request, and lets the server finish what it does beside.
    pub fn answer(&self, sent: &Sent) -> Answer {
        self.answer_all(std::slice::from_ref(sent)).remove(0)
    }

    /// Answers requests that arrive at the same moment.
    pub fn answer_all(&self, sent: &[Sent]) -> Vec<Answer> {
        let Running { runtime, router, server } = self.running();
        let (requests, app) = (sent.iter().map(Sent::request), server.app());
        runtime.block_on(async {
            let under_way: Vec<_> = requests.map(|request| tokio::spawn(answer(router.clone(), request))).collect();
            let mut answers = Vec::new();
            for task in under_way {
                answers.push(task.await.unwrap());
            }
            while runtime.metrics().num_alive_tasks() > app.desks.open_count() {
                tokio::task::yield_now().await;
            }
            answers
        })
    }

    /// Where the server keeps everything.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// An event as the server's own pages would show it.
    pub fn see<T: Send + 'static>(&self, event: EventId, look: impl FnOnce(&Seen) -> T + Send + 'static) -> T {
        self.running()
            .runtime
            .block_on(async { self.app().views.reader(READER).unwrap().see(event, look).await })
            .unwrap()
    }

    /// Erases whoever is not to be kept any longer, `ran` after it looked last in the same run; answers in how many events.
    pub fn keep_retention(&self, ran: Option<Duration>) -> usize {
        let (app, stop) = (self.app(), CancellationToken::new());
        self.running().runtime.block_on(app.keep_retention(ran, &stop)).unwrap().len()
    }

    /// Everything the server keeps of an event, in order.
    pub fn items(&self, event: EventId) -> Vec<Item> {
        let app = self.app();
        let all = app.store.read_here(|store| match store.has_event(event)? {
            true => store.items_after(event, sync_core::ids::Revision(0), usize::MAX).map(|page| page.items),
            false => Ok(Vec::new()),
        });
        all.unwrap().into_iter().map(|stored| stored.item).collect()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.running.is_some() && !std::thread::panicking() {
            self.close();
        }
    }
}

impl Sent {
    fn request(&self) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        request.header("content-type", self.content_type.as_str()).body(Body::from(self.body.clone())).unwrap()
    }
}

async fn answer(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let token = response.headers().get(TOKEN_HEADER).map(|value| value.to_str().unwrap().to_owned());
    let retry_after_s = response.headers().get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
    Answer { status, token, retry_after_s, body }
}
