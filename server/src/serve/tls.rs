//! TLS: a certificate and a key from files, read anew when the files change.
//!
//! Owns what the server shows of itself to a client that connects. A file that is broken while the server runs
//! changes nothing: what was read before is shown on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{Error, InconsistentKeys, ServerConfig};
use tokio_util::sync::CancellationToken;

use crate::config::TlsFiles;
use crate::workers::Workers;

/// The name of HTTP/2 where client and server agree on a protocol (RFC 7301).
pub(super) const HTTP2: &[u8] = b"h2";
/// The files are looked at so often. Whoever cannot wait sends SIGHUP.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(5);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// The file that cannot be read.
        path: PathBuf,
        /// What the operating system reported.
        cause: std::io::Error,
    },
    /// A file holds something else.
    #[error("{path} does not hold {wanted} in PEM{}", .why.as_ref().map(|why| format!(": {why}")).unwrap_or_default())]
    Unparsable {
        /// The file without what it should hold.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
        /// What is wrong with what it holds, if anything of the kind is there.
        why: Option<String>,
    },
    /// The two files do not belong together.
    #[error("the key in {key} is not the one of the first certificate in {cert}")]
    Mismatch {
        /// The file of the certificate.
        cert: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
}

/// A certificate that may change while the server runs.
#[derive(Debug)]
pub(super) struct Identity {
    files: TlsFiles,
    shown: RwLock<Arc<CertifiedKey>>,
    /// What the files held when they were last looked at, so that a fault is reported once.
    seen: Mutex<[u8; 32]>,
}

impl Identity {
    /// Reads the files.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn open(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let read = Read::of(&files);
        let (seen, key) = (read.digest(), read.certified(&files)?);
        Ok(Arc::new(Self { files, shown: RwLock::new(Arc::new(key)), seen: Mutex::new(seen) }))
    }

    /// Speaks TLS under this identity.
    pub fn acceptor(self: &Arc<Self>) -> TlsAcceptor {
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("ring knows the default versions");
        let mut config = config.with_no_client_auth().with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    /// Looks at the files again and again, until `stop` is cancelled.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut hangups = Hangups::new();
        loop {
            let waited = async {
                tokio::select! {
                    () = tokio::time::sleep(LOOKED_AT_EVERY) => {}
                    () = hangups.next() => {}
                }
            };
            if stop.run_until_cancelled(waited).await.is_none() {
                return;
            }
            let looking = Arc::clone(&self);
            if let Err(error) = Workers::Threads.run(move || looking.look()).await {
                tracing::error!(%error, "looking at the certificate failed");
            }
        }
    }

    fn look(&self) {
        let read = Read::of(&self.files);
        let digest = read.digest();
        if std::mem::replace(&mut *self.seen.lock().expect("no holder panics"), digest) == digest {
            return;
        }
        match read.certified(&self.files) {
            Ok(key) => {
                *self.shown.write().expect("no holder panics") = Arc::new(key);
                tracing::info!(cert = %self.files.cert.display(), "the new certificate is in use");
            }
            Err(error) => tracing::error!(%error, "the new certificate is not used: the old one stays"),
        }
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.shown.read().expect("no holder panics")))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// What the files held at one time.
struct Read {
    cert: std::io::Result<Vec<u8>>,
    key: std::io::Result<Vec<u8>>,
}

impl Read {
    fn of(files: &TlsFiles) -> Self {
        Self { cert: std::fs::read(&files.cert), key: std::fs::read(&files.key) }
    }

    fn digest(&self) -> [u8; 32] {
        let one = |file: &std::io::Result<Vec<u8>>| match file {
            Ok(bytes) => Sha256::digest(bytes),
            Err(error) => Sha256::digest(error.to_string()),
        };
        Sha256::new().chain_update(one(&self.cert)).chain_update(one(&self.key)).finalize().into()
    }

    fn certified(self, files: &TlsFiles) -> Result<CertifiedKey, TlsError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            |cause| TlsError::Unreadable { path, cause }
        };
        let cert = self.cert.map_err(unreadable(&files.cert))?;
        let key = self.key.map_err(unreadable(&files.key))?;
        let no_cert = |why| TlsError::Unparsable { path: files.cert.clone(), wanted: "a certificate", why };
        let no_key = |why| TlsError::Unparsable { path: files.key.clone(), wanted: "a private key", why };
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&cert).collect();
        let chain = chain.map_err(|error| no_cert(Some(error.to_string())))?;
        if chain.is_empty() {
            return Err(no_cert(None));
        }
        // What a parser says of a key may quote it.
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| no_key(None))?;
        let key = provider().key_provider.load_private_key(key).map_err(|error| no_key(Some(error.to_string())))?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
            Err(Error::InconsistentKeys(_)) => {
                Err(TlsError::Mismatch { cert: files.cert.clone(), key: files.key.clone() })
            }
            Err(error) => Err(no_cert(Some(error.to_string()))),
        }
    }
}

/// Hears SIGHUP, where there is such a thing.
struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    #[cfg(unix)]
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let signal = signal(SignalKind::hangup());
        let signal = signal.inspect_err(|error| tracing::error!(%error, "SIGHUP cannot be heard")).ok();
        Self { signal }
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        match &mut self.signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        std::future::pending().await
    }
}
