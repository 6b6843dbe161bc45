//! `saxaul serve`.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::Failure;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Given};
use crate::first_invite::FirstInvite;
use crate::invite::{InviteLink, terminal_qr};
use crate::line_queue::LineQueue;
use crate::print;
use crate::secret_file::{database_files, warning};
use crate::serve::{ServeError, Server};

/// Runs the home server.
///
/// Settings come from these flags, then from the environment, then from the config file, then from defaults. The first
/// start makes the data directory and the home key. To a terminal it prints an invite link for the first organizer;
/// otherwise it writes the link to `first-invite.txt` in the data directory. SIGTERM and Ctrl-C let what is under way
/// finish.
#[derive(clap::Args)]
pub struct Serve {
    /// A TOML file with the same settings, e.g. `data-dir = "/var/lib/saxaul"`
    #[arg(long, env = "SAXAUL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    given: Given,
    /// How logs are written
    #[arg(long, env = "SAXAUL_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

/// When everything has ended, the process waits so long for threads that have not.
const LAST_THREADS: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, clap::ValueEnum)]
enum LogFormat {
    /// Lines for people to read.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.start_logs(print::queue());
        let file = self.config.as_deref().map(Given::read).transpose();
        let config = file.and_then(|file| self.given.complete(file.unwrap_or_default()));
        let config = config.map_err(|error| match error {
            ConfigError::Unreadable { .. } => error.into(),
            ConfigError::Wrong { .. } | ConfigError::Value { .. } => Failure::bad_input(&error),
        })?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let served = runtime.block_on(async {
            let server = Server::open(config.clone(), Clock::System).await;
            let mut server = server.map_err(|error| match error {
                ServeError::Tls(error) => Failure::bad_input(&error),
                other => other.into(),
            })?;
            warn_without_tls(&config);
            warn_of_open_files(&config.data_dir);
            if let Some(doubt) = server.app().home_time.doubt()? {
                eprintln!(
                    "warning: {doubt}. {}. Until then devices are not told the time, so what they record stays \
                     ordered by their own clocks, and nobody is erased by the calendar. Everything else goes on.",
                    doubt.remedy()
                );
            }
            println!("Saxaul home server at {}", server.url());
            println!("Data in {}", config.data_dir.display());
            if let Some(invite) = server.first_invite.take() {
                hand_over(&invite, &FirstInvite::of(&config.data_dir))?;
            }
            let stop = CancellationToken::new();
            let stopping = stop.clone();
            let signals = tokio::spawn(async move {
                wait_for_signal().await;
                tracing::info!("stopping: what is under way is finished first");
                stopping.cancel();
            });
            let ended = server.run(stop).await;
            signals.abort();
            ended?;
            Ok::<_, Failure>(())
        });
        // Whatever still runs writes nothing any more: nothing of it may keep the process from ending.
        runtime.shutdown_timeout(LAST_THREADS);
        served?;
        println!("Stopped. Everything that was answered is on disk.");
        Ok(())
    }

    fn start_logs(&self, standard_error: LineQueue) {
        let filter = match std::env::var("SAXAUL_LOG").map(|text| text.parse::<Targets>()) {
            Ok(Ok(wanted)) => wanted,
            Err(_) => Targets::new().with_default(LevelFilter::INFO),
            Ok(Err(error)) => {
                eprintln!("warning: SAXAUL_LOG is not such as `info` or `server=debug` ({error}): `info` is used");
                Targets::new().with_default(LevelFilter::INFO)
            }
        };
        let logs = tracing_subscriber::fmt::layer()
            .with_writer(standard_error)
            // A line that cannot be written is lost. Reporting that on standard error would panic where it is closed.
            .log_internal_errors(false)
            .with_ansi(std::io::stderr().is_terminal());
        match self.log_format {
            LogFormat::Text => tracing_subscriber::registry().with(logs.with_filter(filter)).init(),
            LogFormat::Json => tracing_subscriber::registry().with(logs.json().with_filter(filter)).init(),
        }
        // What Rust prints of a panic by itself would wait for whoever reads standard error.
        std::panic::set_hook(Box::new(|panic| {
            let backtrace = Backtrace::capture();
            match backtrace.status() {
                BacktraceStatus::Captured => tracing::error!("{panic}\n{backtrace}"),
                _ => tracing::error!("{panic}"),
            }
        }));
    }
}

/// Shows the first invite to a person; what is no person gets to know where it is.
fn hand_over(invite: &InviteLink, file: &FirstInvite) -> anyhow::Result<()> {
    println!(
        "\nNobody is in yet. A link lets the first organizer in, once. Each start makes a new one until it is used."
    );
    if std::io::stdout().is_terminal() {
        println!("\n  {invite}\n");
        if let Some(code) = terminal_qr(invite) {
            println!("{code}");
        }
        println!("On the organizer's laptop: saxaul field join, and paste the link.");
    } else {
        file.keep(invite).with_context(|| format!("cannot write {}", file.path().display()))?;
        println!("It is in {}, which goes when the link is used.", file.path().display());
        println!("On the organizer's laptop: saxaul field join --link-file FILE");
    }
    Ok(())
}

/// Whoever reads the data directory can act as the home server, and as every organizer who signed in with a browser.
fn warn_of_open_files(data_dir: &Path) {
    let mut files = vec![data_dir.to_owned(), data_dir.join("home.key"), data_dir.join("saxaul.lock")];
    files.extend(database_files(&data_dir.join("saxaul.db")));
    if let Some(what) = warning(&files) {
        eprintln!("warning: {what}");
    }
}

/// A stranger on the way reads along, and can act as an organizer whose token they see: let themselves in, and revoke others.
fn warn_without_tls(config: &Config) {
    if config.tls.is_none() && !config.rates.behind_proxy && !config.listen.ip().is_loopback() {
        eprintln!(
            "warning: {} can be reached from other machines without TLS: whoever is on the way reads along, and can \
             act as every organizer who calls.\n\
             Give it a certificate with --tls-cert and --tls-key, or put a proxy that speaks TLS in front and say \
             --behind-proxy.",
            config.listen
        );
    }
}

#[cfg(unix)]
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(terminate), Ok(interrupt)) => (terminate, interrupt),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "signals cannot be heard");
            return std::future::pending().await;
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "Ctrl-C cannot be heard");
        std::future::pending::<()>().await;
    }
}
