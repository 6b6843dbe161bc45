//! The services of a home over any store: what is the same whether home listens on a port or is called in a simulation.
//!
//! Does not know where the store is kept, nor how requests come in.

use std::path::Path;
use std::sync::Arc;

use sync_core::trust::{HomeKey, Post, Role, Scope};

use super::ServeError;
use crate::api::invites::Terms;
use crate::app::App;
use crate::auth::{Auth, Registry};
use crate::clock::{Environment, RandomSource};
use crate::config::WebOrigin;
use crate::desks::{DeskServices, DeskSettings, Desks};
use crate::directory::Directory;
use crate::first_invite::FirstInvite;
use crate::forgotten_eras::ForgottenEras;
use crate::home_key::{home_key, require_data};
use crate::home_time::HomeTime;
use crate::invite::InviteLink;
use crate::jobs::Jobs;
use crate::last_seen::LastSeen;
use crate::long_work::LongWork;
use crate::overwriting::Overwriting;
use crate::pending_imports::PendingImports;
use crate::places::{Places, RequestLimits};
use crate::probes::Probes;
use crate::rates::{RateLimits, Rates};
use crate::reports::Fonts;
use crate::store::audit::Deed;
use crate::store::memory::Memory;
use crate::store::{Store, StoreError, Writer};
use crate::views::Views;

/// What a home is founded on: its key, and the store that belongs to it.
pub struct Foundation {
    home: HomeKey,
    store: Arc<Store>,
    writer: Writer,
    first_invite: Option<FirstInvite>,
}

impl Foundation {
    /// Opens a data directory, making what is missing. A new key is drawn from `random`.
    ///
    /// # Errors
    /// [`ServeError::Key`] and [`ServeError::Store`].
    pub async fn in_directory(directory: &Path, random: &RandomSource) -> Result<Self, ServeError> {
        require_data(directory)?;
        let (store, writer) = Store::open(directory)?;
        let home = home_key(directory, &store, &writer, random).await?;
        Ok(Self { home, store: Arc::new(store), writer, first_invite: Some(FirstInvite::of(directory)) })
    }

    /// Takes what is kept in memory. Whoever holds the memory holds the key, too: that the two belong together is not
    /// checked.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn in_memory(memory: &Memory, home: HomeKey) -> Result<Self, StoreError> {
        let (store, writer) = Store::in_memory(memory);
        writer.keep_home_key(home.public()).await?;
        Ok(Self { home, store: Arc::new(store), writer, first_invite: None })
    }
}

/// What is set of the services.
pub struct ServiceSettings {
    /// Where people reach this home, without a trailing slash.
    pub public_url: String,
    /// How many requests are under way at once, and for how long.
    pub requests: RequestLimits,
    /// How often callers may come.
    pub rates: RateLimits,
    /// When desks write snapshots, and when they close.
    pub desks: DeskSettings,
    /// About how much memory the read cache takes.
    pub read_memory_bytes: usize,
    /// Origins of web apps whose pages may call the server.
    pub web_origins: Vec<WebOrigin>,
    /// Fonts for letters that the program's own fonts lack.
    pub fonts: Fonts,
}

/// The services of a home, ready to answer.
pub struct Services {
    app: Arc<App>,
    writer: Writer,
    /// Lets the first organizer in; only while nobody was ever let in.
    pub first_invite: Option<InviteLink>,
}

impl Services {
    /// Reads what the services know from the beginning.
    ///
    /// # Errors
    /// [`ServeError::Store`].
    pub async fn open(
        foundation: Foundation,
        settings: ServiceSettings,
        environment: Environment,
    ) -> Result<Self, ServeError> {
        let Foundation { home, store, writer, first_invite: first_invite_file } = foundation;
        let Environment { clock, random, workers } = &environment;
        let (workers, home_key) = (*workers, home.public());
        let registry = Arc::new(Registry::open(Arc::clone(&store), home, random.clone())?);
        let has_anyone = store.read_here(|store| store.has_anyone())?;
        if let Some(file) = &first_invite_file
            && has_anyone
        {
            file.forget();
        }
        let app = Arc::new(App {
            last_seen: LastSeen::default(),
            views: Views::new(workers, Arc::clone(&store), home_key, settings.read_memory_bytes),
            long_work: LongWork::new(workers),
            fonts: settings.fonts,
            jobs: Jobs::new(random.clone()),
            directory: Directory::new(Arc::clone(&store)),
            pending_imports: PendingImports::new(Arc::clone(&store)),
            forgotten_eras: ForgottenEras::default(),
            probes: Probes::default(),
            desks: Desks::new(
                DeskServices {
                    store: Arc::clone(&store),
                    writer: writer.clone(),
                    registry: Arc::clone(&registry),
                    workers,
                },
                settings.desks,
            ),
            home_time: HomeTime::new(clock.clone(), Arc::clone(&store)),
            auth: Auth::new(environment, registry),
            first_invite: first_invite_file,
            overwriting: Overwriting::new(Arc::clone(&store), writer.clone()),
            writer: writer.clone(),
            public_url: settings.public_url,
            rates: Rates::new(settings.rates),
            web_origins: settings.web_origins,
            places: Places::new(settings.requests),
            store,
        });
        if let Some(doubt) = app.home_time.doubt()? {
            tracing::error!(%doubt, "the clock of this machine is wrong: set it. Home states no time and erases nobody");
        }
        let first_invite = if has_anyone { None } else { Some(invite_first_organizer(&app).await?) };
        Ok(Self { app, writer, first_invite })
    }

    /// Where people reach this home.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.app.public_url
    }

    /// What the services are, for looking at them from the same process.
    #[must_use]
    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    /// Returns when nothing can be written any more.
    pub async fn ended(&self) {
        self.writer.ended().await;
    }

    /// Asks whatever waits or takes long to end, so that no request keeps home from closing. Repeating it is harmless.
    pub fn interrupt(&self) {
        self.app.desks.changes().close();
        self.app.long_work.stop();
    }

    /// Finishes what is under way and writes what waits. Nothing more may come in.
    ///
    /// # Errors
    /// Why the store was written no more, if it ended by itself.
    pub async fn close(self) -> Result<(), StoreError> {
        self.interrupt();
        let Self { app, writer, .. } = self;
        app.overwriting.close().await;
        app.jobs.close().await;
        app.long_work.stopped().await;
        let cancelled = app.long_work.counts().cancelled;
        if cancelled > 0 {
            tracing::info!(cancelled, "long work was ended");
        }
        app.desks.close().await;
        let workers = app.auth.workers();
        drop(app);
        let why = writer.why_ended();
        workers.run(move || writer.close()).await.ok();
        why.map_or(Ok(()), Err)
    }
}

async fn invite_first_organizer(app: &App) -> Result<InviteLink, StoreError> {
    let deed = Deed::of_server(app.auth.clock().now());
    let (role, scope, post) = (Role::Organizer, Scope::Home, Post::default());
    let terms = Terms { role, scope, post, uses: 1, expires: None };
    let (link, invite) = terms.draw(app.public_url.clone(), app.auth.home_key(), app.auth.random());
    app.writer.add_first_invite(invite, deed).await?;
    Ok(link)
}
