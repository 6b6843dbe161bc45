//! How a server is set up: flags, then the environment, then a file, then defaults.

mod origin;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

pub use self::origin::{NotAnOrigin, WebOrigin};
use crate::desks::DeskSettings;
use crate::places::RequestLimits;
use crate::plain_text::decode;
use crate::rates::RateLimits;

/// Where a server's certificate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM: the server's certificate first, then those that lead to its authority.
    pub cert: PathBuf,
    /// PEM: the private key.
    pub key: PathBuf,
}

/// How much of the server connections may take.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Open at once. Whoever comes then takes the place of the oldest one of the address that has the most; more of that
    /// address wait in the operating system's queue.
    pub open: usize,
    /// Open at once from one address, an IPv6 network of 64 bits being one; `None` behind a proxy, from which all of them come.
    pub open_per_address: Option<usize>,
    /// A request's head, or a TLS handshake, is complete within this time; an idle connection is closed after it.
    pub head: Duration,
    /// A request is worked on for no longer than this, and in each such time some bytes of it or of its answer must move.
    pub request: Duration,
}

/// Settings of a server that was set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Holds everything the server keeps.
    pub data_dir: PathBuf,
    /// The address and port on which the server listens.
    pub listen: SocketAddr,
    /// Where people reach it, for invite links; without a trailing slash.
    pub public_url: String,
    /// How many requests there may be, and how long one may take.
    pub requests: RequestLimits,
    /// Where its certificate is; without one it speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// How often callers may come.
    pub rates: RateLimits,
    /// What connections may take.
    pub connections: ConnectionLimits,
    /// When desks write snapshots and close.
    pub desks: DeskSettings,
    /// About so much memory is kept of events that people read.
    pub read_memory_bytes: usize,
    /// Where fonts are for letters that the program's own fonts lack; those of the system if nothing is said.
    pub fonts: Option<PathBuf>,
    /// Origins of web apps whose pages may call the server.
    pub web_origins: Vec<WebOrigin>,
}

/// Settings as somebody gives them: all optional. Flags and environment come through `clap`, a file through TOML.
#[derive(clap::Args, Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    /// Directory for everything the server keeps [default: saxaul-data]
    #[arg(long, env = "SAXAUL_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8750]
    #[arg(long, env = "SAXAUL_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Where people reach the server, for invite links [default: http://ADDRESS:PORT, or https:// with a certificate]
    #[arg(long, env = "SAXAUL_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// PEM file with the server's certificate and those that lead to its authority; read anew when it changes
    #[arg(long, env = "SAXAUL_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the certificate's private key
    #[arg(long, env = "SAXAUL_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Requests that may be worked on at once; an eighth as many more are kept for organizers [default: 512]
    #[arg(long, env = "SAXAUL_CONCURRENT_REQUESTS", value_name = "N")]
    pub concurrent_requests: Option<usize>,
    /// A request may be worked on for this many seconds; while it comes, and while its answer is taken, 512 bytes must
    /// move in each such time [default: 30]
    #[arg(long, env = "SAXAUL_REQUEST_TIMEOUT_S", value_name = "SECONDS")]
    pub request_timeout_s: Option<u64>,
    /// A request's head may take this many seconds; an idle connection is closed after as many [default: 20]
    #[arg(long, env = "SAXAUL_HEAD_TIMEOUT_S", value_name = "SECONDS")]
    pub head_timeout_s: Option<u64>,
    /// Connections that may be open at once; each takes a file handle [default: 768]
    #[arg(long, env = "SAXAUL_CONNECTIONS", value_name = "N")]
    pub connections: Option<usize>,
    /// Connections that may be open at once from one address, or requests behind a proxy; an IPv6 network of 64 bits is
    /// one [default: 256]
    #[arg(long, env = "SAXAUL_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    pub connections_per_address: Option<usize>,
    /// Calls in a minute from one address before anybody has signed in; 0 is any number [default: 1200]
    #[arg(long, env = "SAXAUL_ADDRESS_CALLS_PER_MINUTE", value_name = "N")]
    pub address_calls_per_minute: Option<u32>,
    /// Calls in a minute by one device; 0 is any number [default: 600]
    #[arg(long, env = "SAXAUL_DEVICE_CALLS_PER_MINUTE", value_name = "N")]
    pub device_calls_per_minute: Option<u32>,
    /// Pages of a web app at this address may call the server from a browser; say it once for each [default: only pages
    /// of the server's own address]
    #[arg(long = "web-origin", env = "SAXAUL_WEB_ORIGINS", value_name = "https://HOST", value_delimiter = ',')]
    pub web_origins: Vec<String>,
    /// One proxy stands in front: a caller's address is the last in X-Forwarded-For, which nobody else may write
    #[arg(long, env = "SAXAUL_BEHIND_PROXY")]
    pub behind_proxy: bool,
    /// An event's desk closes after this many idle seconds [default: 300]
    #[arg(long, env = "SAXAUL_DESK_IDLE_S", value_name = "SECONDS")]
    pub desk_idle_s: Option<u64>,
    /// A snapshot is written after this many new items [default: 1000]
    #[arg(long, env = "SAXAUL_SNAPSHOT_ITEMS", value_name = "N")]
    pub snapshot_items: Option<u64>,
    /// A snapshot is written after this many new bytes [default: 4194304]
    #[arg(long, env = "SAXAUL_SNAPSHOT_BYTES", value_name = "N")]
    pub snapshot_bytes: Option<u64>,
    /// Events that people read are kept in memory up to about so many MiB: some 3 KB for a person, twice that with the
    /// hours [default: 1024]
    #[arg(long, env = "SAXAUL_READ_MEMORY_MIB", value_name = "N")]
    pub read_memory_mib: Option<usize>,
    /// Where fonts are for letters that the program's own fonts lack [default: the fonts of the system]
    #[arg(long, env = "SAXAUL_FONTS", value_name = "DIR")]
    pub fonts: Option<PathBuf>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the config file {path}: {cause}")]
    Unreadable {
        /// The file of settings.
        path: PathBuf,
        /// What the operating system reported.
        cause: std::io::Error,
    },
    /// The file's content is not a setup. The cause names line and column.
    #[error("the config file {path} is not right: {cause}")]
    Wrong {
        /// The file of settings.
        path: PathBuf,
        /// What is wrong, and where.
        cause: toml::de::Error,
    },
    /// A value cannot be meant.
    #[error("{name}: {why}")]
    Value {
        /// The name of the setting.
        name: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl Given {
    /// Reads settings from a TOML file.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], [`ConfigError::Wrong`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |cause| ConfigError::Unreadable { path: path.to_owned(), cause };
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let text = decode(&bytes).map_err(|error| unreadable(std::io::Error::other(error)))?;
        toml::from_str(&text).map_err(|cause| ConfigError::Wrong { path: path.to_owned(), cause })
    }

    /// Fills what is missing here from `file`, and the rest with defaults.
    ///
    /// # Errors
    /// [`ConfigError::Value`].
    pub fn complete(self, file: Self) -> Result<Config, ConfigError> {
        let seconds = |given: Option<u64>, default| Duration::from_secs(given.unwrap_or(default));
        let listen = self.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8750)));
        let tls = tls_files(self.tls_cert.or(file.tls_cert), self.tls_key.or(file.tls_key))?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let public_url = self
            .public_url
            .or(file.public_url)
            .unwrap_or_else(|| format!("{scheme}://{listen}"))
            .trim_end_matches('/')
            .to_owned();
        if !public_url.starts_with("http://") && !public_url.starts_with("https://") {
            return Err(value("public-url", "it begins with http:// or https://"));
        }
        let concurrent_requests = self.concurrent_requests.or(file.concurrent_requests).unwrap_or(512);
        let request_timeout = seconds(self.request_timeout_s.or(file.request_timeout_s), 30);
        let per_address = self.connections_per_address.or(file.connections_per_address).unwrap_or(256);
        let rates = RateLimits {
            address_calls_per_minute: self.address_calls_per_minute.or(file.address_calls_per_minute).unwrap_or(1200),
            device_calls_per_minute: self.device_calls_per_minute.or(file.device_calls_per_minute).unwrap_or(600),
            behind_proxy: self.behind_proxy || file.behind_proxy,
        };
        let connections = ConnectionLimits {
            open: self.connections.or(file.connections).unwrap_or(768),
            open_per_address: (!rates.behind_proxy).then_some(per_address),
            head: seconds(self.head_timeout_s.or(file.head_timeout_s), 20),
            request: request_timeout,
        };
        for (name, count) in [
            ("concurrent-requests", concurrent_requests),
            ("connections", connections.open),
            ("connections-per-address", per_address),
        ] {
            if count == 0 {
                return Err(value(name, "it must be at least 1"));
            }
        }
        let defaults = DeskSettings::default();
        Ok(Config {
            data_dir: self.data_dir.or(file.data_dir).unwrap_or_else(|| PathBuf::from("saxaul-data")),
            listen,
            public_url,
            requests: RequestLimits { at_once: concurrent_requests, per_address, patience: request_timeout },
            tls,
            rates,
            connections,
            web_origins: web_origins(if self.web_origins.is_empty() { &file.web_origins } else { &self.web_origins })?,
            desks: DeskSettings {
                idle: self.desk_idle_s.or(file.desk_idle_s).map_or(defaults.idle, Duration::from_secs),
                snapshot_items: self.snapshot_items.or(file.snapshot_items).unwrap_or(defaults.snapshot_items),
                snapshot_bytes: self.snapshot_bytes.or(file.snapshot_bytes).unwrap_or(defaults.snapshot_bytes),
            },
            fonts: self.fonts.or(file.fonts),
            read_memory_bytes: self.read_memory_mib.or(file.read_memory_mib).unwrap_or(1024).saturating_mul(1 << 20),
        })
    }
}

fn web_origins(given: &[String]) -> Result<Vec<WebOrigin>, ConfigError> {
    let wrong = |text: &String, why: NotAnOrigin| value("web-origin", &format!("{text} is {why}"));
    given.iter().map(|text| text.parse().map_err(|why| wrong(text, why))).collect()
}

fn tls_files(cert: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<TlsFiles>, ConfigError> {
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(value("tls-key", "a certificate needs its key")),
        (None, Some(_)) => Err(value("tls-cert", "a key needs its certificate")),
    }
}

fn value(name: &'static str, why: &str) -> ConfigError {
    ConfigError::Value { name, why: why.to_owned() }
}
