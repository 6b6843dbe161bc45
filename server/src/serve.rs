//! A running server: from a data directory to an open port, and back without losing anything.

mod connections;
mod flow;
mod retention;
mod services;
mod streams;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::connections::Connections;
pub use self::services::{Foundation, ServiceSettings, Services};
use self::tls::Identity;
pub use self::tls::TlsError;
use crate::app::App;
use crate::clock::Environment;
use crate::config::{Config, ConnectionLimits};
use crate::home_key::KeyError;
use crate::invite::InviteLink;
use crate::reports::Fonts;
use crate::router::router;
use crate::store::StoreError;

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
    services: Services,
    listener: TcpListener,
    identity: Option<Arc<Identity>>,
    connections: ConnectionLimits,
    /// Lets the first organizer in; only while nobody was ever let in.
    pub first_invite: Option<InviteLink>,
}

impl Server {
    /// Opens the data directory, making what is missing, and takes hold of the port.
    ///
    /// # Errors
    /// See [`ServeError`].
    pub async fn open(config: Config, environment: impl Into<Environment>) -> Result<Self, ServeError> {
        let environment = environment.into();
        let identity = config.tls.map(Identity::open).transpose()?;
        let foundation = Foundation::in_directory(&config.data_dir, &environment.random).await?;
        let failed = |cause| ServeError::Listen { address: config.listen, cause };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let settings = ServiceSettings {
            // Port 0 asks for any port: people must be told which one it became.
            public_url: config.public_url.replace(&config.listen.to_string(), &address.to_string()),
            requests: config.requests,
            rates: config.rates,
            desks: config.desks,
            read_memory_bytes: config.read_memory_bytes,
            web_origins: config.web_origins,
            fonts: config.fonts.as_deref().map_or_else(Fonts::of_system, Fonts::in_folder),
        };
        let mut services = Services::open(foundation, settings, environment).await?;
        let first_invite = services.first_invite.take();
        Ok(Self { services, listener, identity, connections: config.connections, first_invite })
    }

    /// Where the server is reached.
    #[must_use]
    pub fn url(&self) -> &str {
        self.services.url()
    }

    /// What the server is made of, for looking at it from the same process.
    #[must_use]
    pub fn app(&self) -> Arc<App> {
        self.services.app()
    }

    /// Answers until `stop` is cancelled; then takes nothing new, finishes what is under way and writes what waits.
    ///
    /// # Errors
    /// [`ServeError::CannotWrite`] if the thread that writes has ended, and [`ServeError::Store`] if it ended because the
    /// data was moved away: a server that keeps nothing must not go on.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ServeError> {
        let Self { services, listener, identity, connections, .. } = self;
        let app = services.app();
        let tls = identity.as_ref().map(Identity::acceptor);
        let connections = Connections { listener, tls, router: router(Arc::clone(&app)), limits: connections };
        let ending = async {
            let has_failed = tokio::select! {
                () = stop.cancelled() => false,
                () = services.ended() => true,
            };
            stop.cancel();
            services.interrupt();
            has_failed
        };
        let watching = async {
            if let Some(identity) = identity {
                identity.watch(stop.clone()).await;
            }
        };
        let tending = app.look_after_retention(stop.clone());
        let overwriting = app.overwriting.look_after(stop.clone());
        let ((), (), has_failed, (), ()) =
            tokio::join!(connections.run(stop.clone()), watching, ending, tending, overwriting);
        drop(app);
        services.close().await?;
        if has_failed { Err(ServeError::CannotWrite) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use sync_core::ids::DeviceId;

    use super::*;
    use crate::config::Given;
    use crate::store::audit::Deed;
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
