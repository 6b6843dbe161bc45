//! A running server: from a data directory to an open port, and back without losing anything.

mod connections;
mod flow;
mod retention;
mod streams;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use sync_core::trust::{Post, Role, Scope};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::connections::Connections;
use self::tls::Identity;
pub use self::tls::TlsError;
use crate::api::invites::Terms;
use crate::app::App;
use crate::auth::rights::Registrar;
use crate::auth::sessions::Sessions;
use crate::auth::{Auth, Members};
use crate::clock::Environment;
use crate::config::{Config, ConnectionLimits};
use crate::desks::{DeskServices, Desks};
use crate::directory::Directory;
use crate::first_invite::FirstInvite;
use crate::forgotten_eras::ForgottenEras;
use crate::home_key::{KeyError, home_key, require_data};
use crate::home_time::HomeTime;
use crate::invite::InviteLink;
use crate::jobs::Jobs;
use crate::last_seen::LastSeen;
use crate::long_work::LongWork;
use crate::overwriting::Overwriting;
use crate::pending_imports::PendingImports;
use crate::places::Places;
use crate::probes::Probes;
use crate::rates::Rates;
use crate::reports::Fonts;
use crate::router::router;
use crate::store::audit::Deed;
use crate::store::{Reads, Store, StoreError, Writer};
use crate::tree::{Node, NodeKind, Tree};
use crate::views::Views;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The home key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The thread that writes the store has ended.
    #[error(
        "the thread that writes the data has ended, so nothing can be kept: start the server again, and send its log"
    )]
    CannotWrite,
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The port cannot be had.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system reported.
        cause: std::io::Error,
    },
}

/// A server that listens, and has not begun to answer.
pub struct Server {
    app: Arc<App>,
    writer: Writer,
    listener: TcpListener,
    identity: Option<Arc<Identity>>,
    connections: ConnectionLimits,
    /// Lets the first organizer in; only while nobody was ever let in.
    pub first_invite: Option<InviteLink>,
}

/// Reads who belongs to whom.
fn read_tree(store: &dyn Reads) -> Result<Tree, StoreError> {
    let tree = Tree::default();
    for row in store.nodes()? {
        let kind = NodeKind::of_key(&row.kind);
        let kind = kind.ok_or_else(|| StoreError::Damaged(format!("node {} is of no known kind", row.node)))?;
        tree.add(Node { id: row.node, kind, name: row.name, parent: row.parent });
    }
    store.placed_events()?.into_iter().for_each(|(event, node)| tree.place(event, node));
    Ok(tree)
}

impl Server {
    /// Opens the data directory, making what is missing, and takes hold of the port.
    ///
    /// # Errors
    /// See [`ServeError`].
    pub async fn open(config: Config, environment: impl Into<Environment>) -> Result<Self, ServeError> {
        let environment = environment.into();
        let Environment { clock, random, workers } = &environment;
        let workers = *workers;
        let identity = config.tls.map(Identity::open).transpose()?;
        require_data(&config.data_dir)?;
        let (store, writer) = Store::open(&config.data_dir)?;
        let store = Arc::new(store);
        let home = home_key(&config.data_dir, &store, &writer, random).await?;
        let failed = |cause| ServeError::Listen { address: config.listen, cause };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        // Port 0 asks for any port: people must be told which one it became.
        let public_url = config.public_url.replace(&config.listen.to_string(), &address.to_string());
        let now = clock.now();
        let (devices, tree, sessions, offered) = store.read_here(|store| {
            Ok((store.devices()?, read_tree(store)?, store.sessions(now)?, store.offered_devices()?))
        })?;
        let registrar = Registrar::new(Arc::new(home), Arc::new(tree));
        let members = Arc::new(Members::of(registrar, &devices));
        let (store_of_desks, members_of_desks) = (Arc::clone(&store), Arc::clone(&members));
        let services =
            DeskServices { store: store_of_desks, writer: writer.clone(), members: members_of_desks, workers };
        let desks = Desks::new(services, config.desks);
        let sessions = Sessions::of(sessions, offered, random.clone());
        let first_invite = FirstInvite::of(&config.data_dir);
        if !devices.is_empty() {
            first_invite.forget();
        }
        let home_time = HomeTime::new(clock.clone(), Arc::clone(&store));
        let app = Arc::new(App {
            last_seen: LastSeen::of(devices.iter().filter_map(|row| Some((row.device, row.seen?)))),
            views: Views::new(
                workers,
                Arc::clone(&store),
                members.registrar().home().public(),
                config.read_memory_bytes,
            ),
            long_work: LongWork::new(workers),
            fonts: config.fonts.as_deref().map_or_else(Fonts::of_system, Fonts::in_folder),
            jobs: Jobs::new(random.clone()),
            directory: Directory::new(Arc::clone(&store)),
            pending_imports: PendingImports::default(),
            forgotten_eras: ForgottenEras::default(),
            probes: Probes::default(),
            auth: Auth::new(environment, members, sessions),
            first_invite,
            desks,
            overwriting: Overwriting::new(Arc::clone(&store), writer.clone()),
            writer: writer.clone(),
            public_url,
            rates: Rates::new(config.rates),
            web_origins: config.web_origins,
            places: Places::new(config.requests),
            home_time,
            store,
        });
        if let Some(doubt) = app.home_time.doubt()? {
            tracing::error!(%doubt, "the clock of this machine is wrong: set it. Home states no time and erases nobody");
        }
        let first_invite = if app.store.read_here(|store| store.has_anyone())? {
            None
        } else {
            let deed = Deed::of_server(app.auth.clock().now());
            let (role, scope, post) = (Role::Organizer, Scope::Home, Post::default());
            let terms = Terms { role, scope, post, uses: 1, expires: None };
            let (link, invite) = terms.draw(app.public_url.clone(), app.auth.home_key(), app.auth.random());
            writer.add_first_invite(invite, deed).await?;
            Some(link)
        };
        Ok(Self { app, writer, listener, identity, connections: config.connections, first_invite })
    }

    /// Where the server is reached.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.app.public_url
    }

    /// What the server is made of, for looking at it from the same process.
    #[must_use]
    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    /// Answers until `stop` is cancelled; then takes nothing new, finishes what is under way and writes what waits.
    ///
    /// # Errors
    /// [`ServeError::CannotWrite`] if the thread that writes has ended, and [`ServeError::Store`] if it ended because the
    /// data was moved away: a server that keeps nothing must not go on.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ServeError> {
        let router = router(Arc::clone(&self.app));
        let tls = self.identity.as_ref().map(Identity::acceptor);
        let connections = Connections { listener: self.listener, tls, router, limits: self.connections };
        let app = Arc::clone(&self.app);
        let writer = self.writer.clone();
        let ending = async {
            let has_failed = tokio::select! {
                () = stop.cancelled() => false,
                () = writer.ended() => true,
            };
            stop.cancel();
            app.desks.changes().close();
            app.long_work.stop();
            has_failed
        };
        let watching = async {
            if let Some(identity) = self.identity {
                identity.watch(stop.clone()).await;
            }
        };
        let tending = self.app.look_after_retention(stop.clone());
        let overwriting = self.app.overwriting.look_after(stop.clone());
        let ((), (), has_failed, (), ()) =
            tokio::join!(connections.run(stop.clone()), watching, ending, tending, overwriting);
        self.app.overwriting.close().await;
        drop(app);
        self.app.jobs.close().await;
        self.app.long_work.stopped().await;
        let cancelled = self.app.long_work.counts().cancelled;
        if cancelled > 0 {
            tracing::info!(cancelled, "long work was ended");
        }
        self.app.desks.close().await;
        let workers = self.app.auth.workers();
        drop(self.app);
        let why = self.writer.why_ended();
        workers.run(move || self.writer.close()).await.ok();
        match why {
            Some(error) => Err(error.into()),
            None if has_failed => Err(ServeError::CannotWrite),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use sync_core::ids::DeviceId;

    use super::*;
    use crate::config::Given;
    use crate::store::devices::{Decided, Standing};

    #[test]
    fn a_server_whose_writing_thread_ended_stops_with_an_error_instead_of_answering_busy_for_ever() {
        let directory = tempfile::tempdir().expect("there is room for a directory");
        let given = Given {
            data_dir: Some(directory.path().join("data")),
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            ..Given::default()
        };
        let config = given.complete(Given::default()).expect("the settings are right");
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("there are threads");
        let ended = runtime.block_on(async {
            let server = Server::open(config, crate::clock::Clock::System).await.expect("the directory is new");
            let app = server.app();
            let running = tokio::spawn(server.run(CancellationToken::new()));
            let deed = Deed::of_server(app.auth.clock().now());
            let decide = |_: Standing<'_>| -> Decided<()> { panic!("a bug in what is written") };
            let asked = app.writer.change_grants(DeviceId([1; 16]), deed, decide).await;
            assert!(asked.is_err(), "nobody may take this for written");
            assert!(app.writer.probe().await.is_err(), "nothing can be written any more");
            drop(app);
            running.await.expect("the server does not panic")
        });
        assert!(matches!(ended, Err(ServeError::CannotWrite)), "{ended:?}");
    }
}
