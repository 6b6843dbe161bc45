//! The home server: the real one, in this process, reached without a socket.

use std::cell::RefCell;
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
use server::desks::DeskSettings;
use server::error::Problem;
use server::invite::InviteLink;
use server::places::RequestLimits;
use server::rates::RateLimits;
use server::reports::Fonts;
use server::router::router;
use server::secret_file::write_secret;
use server::serve::{Foundation, ServeError, ServiceSettings, Services};
use server::store::Store;
use server::store::memory::Memory;
use server::views::Seen;
use server::workers::Workers;
use sync_core::exchange::Item;
use sync_core::ids::EventId;
use sync_core::time::UnixMillis;
use sync_core::trust::HomeKey;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::disk::Image;
use super::transcript::Transcript;
use crate::desk::{READER, Reply};

/// Where phones believe the home server to be.
pub(super) const URL: &str = "http://home.test";
/// Longer than any test: nothing in a world waits for real time.
const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

/// How long home is given to do what can be done at once.
const A_MOMENT: Duration = Duration::from_millis(1);

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
    /// Other headers, as browsers send them.
    pub headers: Vec<(&'static str, String)>,
}

impl From<Call<'_>> for Sent {
    fn from(call: Call<'_>) -> Self {
        Self {
            method: call.method,
            path: call.path.to_owned(),
            authorization: call.authorization.map(str::to_owned),
            content_type: call.content_type.to_owned(),
            body: call.body.to_vec(),
            headers: Vec::new(),
        }
    }
}

/// A home server, and where it keeps everything.
pub(super) struct Home {
    place: Place,
    environment: Environment,
    desks: DeskSettings,
    running: Option<Running>,
    /// What a home in memory answered.
    said: RefCell<Transcript>,
}

/// Where a home keeps everything.
enum Place {
    Directory(PathBuf),
    /// The medium is another one after each start; the key, which belongs to `seed`, stays.
    Memory {
        medium: Memory,
        seed: [u8; 32],
    },
}

/// A copy of everything that a home keeps.
#[derive(Clone)]
pub struct HomeCopy(Copied);

#[derive(Clone)]
enum Copied {
    Directory(Image),
    Memory(Memory),
}

struct Running {
    started: Started,
    router: Router,
}

/// A home that nobody can ask anything yet.
pub(super) struct Started {
    runtime: Runtime,
    services: Services,
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
        let environment = environment.into();
        let runtime = runtime(environment.workers);
        let foundation = runtime.block_on(Foundation::in_directory(directory, &environment.random))?;
        let services = runtime.block_on(Services::open(foundation, settings(desks), environment))?;
        Ok(Self { runtime, services })
    }

    fn in_memory(memory: &Memory, home: HomeKey, environment: Environment, desks: DeskSettings) -> Self {
        let runtime = runtime(environment.workers);
        let services = runtime.block_on(async {
            let foundation = Foundation::in_memory(memory, home).await.unwrap();
            Services::open(foundation, settings(desks), environment).await.unwrap()
        });
        Self { runtime, services }
    }

    /// What the server is made of.
    pub fn app(&self) -> Arc<App> {
        self.services.app()
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

/// A runtime with one thread. Inline, its time stands still while anything can be done, and else jumps to the next timer.
fn runtime(workers: Workers) -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(workers == Workers::Inline).build().unwrap()
}

fn settings(desks: DeskSettings) -> ServiceSettings {
    ServiceSettings {
        public_url: URL.to_owned(),
        requests: RequestLimits { at_once: 64, per_address: 64, patience: FOR_EVER },
        rates: RateLimits { address_calls_per_minute: 0, device_calls_per_minute: 0, behind_proxy: false },
        desks,
        read_memory_bytes: usize::MAX,
        web_origins: Vec::new(),
        fonts: Fonts::none(),
    }
}

impl Home {
    /// Starts a server in a new directory that nobody has joined yet, with the key that belongs to `seed`.
    pub fn founded(directory: PathBuf, seed: [u8; 32], now: UnixMillis) -> Self {
        std::fs::create_dir(&directory).unwrap();
        // A key is taken only beside the data that belongs to it.
        Store::open(&directory).unwrap().1.close();
        write_secret(&directory.join("home.key"), &seed).unwrap();
        let random = RandomSource::seeded(seed);
        let environment = Environment { clock: Clock::set_to(now), random, workers: Workers::Threads };
        Self::begun(Place::Directory(directory), environment)
    }

    /// The same in memory, without a thread: what it does follows from what it is asked.
    pub fn founded_in_memory(seed: [u8; 32], random: RandomSource, now: UnixMillis) -> Self {
        let place = Place::Memory { medium: Memory::default(), seed };
        Self::begun(place, Environment { clock: Clock::set_to(now), random, workers: Workers::Inline })
    }

    /// The environment is one over all starts: what is drawn after a restart is not what was drawn before it.
    fn begun(place: Place, environment: Environment) -> Self {
        let desks = DeskSettings { idle: FOR_EVER, snapshot_items: u64::MAX, snapshot_bytes: u64::MAX };
        let mut home = Self { place, environment, desks, running: None, said: RefCell::default() };
        home.open();
        home
    }

    fn open(&mut self) {
        let environment = self.environment.clone();
        let started = match &self.place {
            Place::Directory(directory) => Started::in_directory(directory, environment, self.desks).unwrap(),
            Place::Memory { medium, seed } => {
                Started::in_memory(medium, HomeKey::from_seed(seed), environment, self.desks)
            }
        };
        let router = router(started.app());
        self.running = Some(Running { started, router });
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("home runs whenever the world turns")
    }

    /// Ends the server as an operator does: what is under way is finished.
    fn close(&mut self) {
        let Running { started, router } = self.running.take().unwrap();
        drop(router);
        started.runtime.block_on(started.services.close()).unwrap();
        if let Place::Memory { medium, .. } = &mut self.place {
            *medium = medium.copy();
        }
    }

    /// Ends the server as a power cut does.
    fn fall(&mut self) {
        let Running { started, router } = self.running.take().unwrap();
        match &mut self.place {
            Place::Directory(directory) => {
                let left = Image::left_by_a_power_cut(directory);
                drop(router);
                started.end();
                left.put_back(directory);
            }
            Place::Memory { medium, .. } => *medium = medium.cut_power(),
        }
    }

    /// The power fails and comes back: sessions are forgotten, what was answered is not.
    pub fn crash(&mut self) {
        self.fall();
        self.open();
    }

    /// Takes a request, and loses its power before anything of it is kept. The answer is lost, too.
    ///
    /// # Panics
    /// If home keeps everything on a disk: there a thread writes at a time of its own.
    pub fn takes_and_crashes(&mut self, sent: &Sent) {
        let Running { started: Started { runtime, services }, router } = self.running();
        assert!(self.is_in_memory(), "only a home in memory can be stopped before it keeps");
        let held = services.app().writer.hold().unwrap();
        runtime.block_on(async {
            let answering = tokio::spawn(reply(router.clone(), sent.request()));
            // Time stands still until nothing else can be done: home waits for the store then.
            tokio::time::sleep(A_MOMENT).await;
            answering.abort();
        });
        self.fall();
        drop(held);
        self.open();
    }

    /// Restarts the server. From now on an event's snapshot is written after so many new items.
    pub fn restart(&mut self, snapshot_items: u64) {
        self.close();
        self.desks.snapshot_items = snapshot_items;
        self.open();
    }

    /// Copies what is kept while the server rests.
    pub fn copy(&mut self) -> HomeCopy {
        self.close();
        let copied = match &self.place {
            Place::Directory(directory) => Copied::Directory(Image::of(directory)),
            Place::Memory { medium, .. } => Copied::Memory(medium.copy()),
        };
        self.open();
        HomeCopy(copied)
    }

    /// Goes on from an earlier copy, as after the loss of a disk.
    pub fn restore(&mut self, HomeCopy(copied): &HomeCopy) {
        self.close();
        match (&mut self.place, copied) {
            (Place::Directory(directory), Copied::Directory(image)) => image.put_back(directory),
            (Place::Memory { medium, .. }, Copied::Memory(copy)) => *medium = copy.copy(),
            (Place::Directory(_) | Place::Memory { .. }, _) => panic!("the copy is of another world"),
        }
        self.open();
    }

    /// Sets the server's clock.
    pub fn move_clock(&self, to: UnixMillis) {
        self.environment.clock.move_to(to);
    }

    /// The invite that lets the first organizer in.
    pub fn first_invite(&mut self) -> InviteLink {
        self.running.as_mut().unwrap().started.services.first_invite.take().expect("nobody has joined yet")
    }

    /// What the server is made of.
    pub fn app(&self) -> Arc<App> {
        self.running().started.app()
    }

    /// Answers one request, and lets the server finish what it does beside.
    pub fn answer(&self, sent: &Sent) -> Answer {
        self.answer_all(std::slice::from_ref(sent)).remove(0)
    }

    /// Answers requests that arrive at the same moment.
    pub fn answer_all(&self, sent: &[Sent]) -> Vec<Answer> {
        self.reply_to_all(sent).into_iter().map(read_by_a_device).collect()
    }

    /// Answers one request with all its headers.
    pub fn reply(&self, sent: &Sent) -> Reply {
        self.reply_to_all(std::slice::from_ref(sent)).remove(0)
    }

    fn reply_to_all(&self, sent: &[Sent]) -> Vec<Reply> {
        let Running { started: Started { runtime, services }, router } = self.running();
        let (requests, app) = (sent.iter().map(Sent::request), services.app());
        let replies = runtime.block_on(async {
            let under_way: Vec<_> = requests.map(|request| tokio::spawn(reply(router.clone(), request))).collect();
            let mut replies = Vec::new();
            for task in under_way {
                replies.push(task.await.unwrap());
            }
            while runtime.metrics().num_alive_tasks() > app.desks.open_count() {
                tokio::task::yield_now().await;
            }
            replies
        });
        if self.is_in_memory() {
            let mut said = self.said.borrow_mut();
            for (sent, reply) in sent.iter().zip(&replies) {
                said.note(format!("the answer to {} {}", sent.method, sent.path), written_out(reply));
            }
        }
        replies
    }

    /// Whether the server keeps everything in memory.
    pub const fn is_in_memory(&self) -> bool {
        matches!(self.place, Place::Memory { .. })
    }

    /// What was answered so far.
    pub fn said(&self) -> Transcript {
        self.said.borrow().clone()
    }

    /// Everything that a home in memory keeps.
    pub fn written_out(&self) -> String {
        match &self.place {
            Place::Directory(_) => panic!("only a home in memory is written out"),
            Place::Memory { medium, .. } => medium.written_out(),
        }
    }

    /// Where a server that keeps everything in files has them.
    pub fn directory(&self) -> &Path {
        match &self.place {
            Place::Directory(directory) => directory,
            Place::Memory { .. } => panic!("a home in memory has no files"),
        }
    }

    /// An event as the server's own pages would show it.
    pub fn see<T: Send + 'static>(&self, event: EventId, look: impl FnOnce(&Seen) -> T + Send + 'static) -> T {
        self.running()
            .started
            .runtime
            .block_on(async { self.app().views.reader(READER).unwrap().see(event, look).await })
            .unwrap()
    }

    /// Erases whoever is not to be kept any longer, `ran` after it looked last in the same run; answers in how many events.
    pub fn keep_retention(&self, ran: Option<Duration>) -> usize {
        let (app, stop) = (self.app(), CancellationToken::new());
        self.running().started.runtime.block_on(app.keep_retention(ran, &stop)).unwrap().len()
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
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        request.header("content-type", self.content_type.as_str()).body(Body::from(self.body.clone())).unwrap()
    }
}

async fn reply(router: Router, request: Request<Body>) -> Reply {
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Reply { status: head.status.as_u16(), headers: head.headers, body }
}

/// The status, every header and the body, byte by byte.
fn written_out(reply: &Reply) -> Vec<u8> {
    let mut written = format!("{}\n", reply.status).into_bytes();
    for (name, value) in &reply.headers {
        written.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
    }
    written.extend(&reply.body);
    written
}

/// What a device reads of an answer.
fn read_by_a_device(reply: Reply) -> Answer {
    let token = reply.headers.get(TOKEN_HEADER).map(|value| value.to_str().unwrap().to_owned());
    let retry_after_s = reply.headers.get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
    Answer { status: reply.status, token, retry_after_s, body: reply.body }
}
