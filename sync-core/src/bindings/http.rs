//! A ready carrier: calls over HTTP, with or without TLS.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::meeting::{Answer, Call, Carrier};
use crate::time::date_of_day;
use crate::wire::TOKEN_HEADER;

/// A link over which nothing moves for so long has broken. One that is only slow is waited for.
const STALLED: Duration = Duration::from_secs(60);
/// What is sent moves at least as fast, or the link has broken.
const SLOWEST_LINK_BYTES_A_SECOND: u64 = 128;

/// HTTP.
pub struct Http {
    agent: ureq::Agent,
    url: String,
}

impl Http {
    /// Calls the server at `url`, which has no trailing slash. Over TLS, trusts the authorities that browsers trust.
    #[must_use]
    pub fn to(url: &str) -> Self {
        Self::trusting(url, RootCerts::WebPki)
    }

    /// The same; over TLS, trusts this authority and no other.
    #[must_use]
    pub fn to_one_of(url: &str, authority: &Authority) -> Self {
        Self::trusting(url, RootCerts::new_with_certs(&authority.0))
    }

    fn trusting(url: &str, roots: RootCerts) -> Self {
        let config = ureq::Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .http_status_as_error(false)
            .timeout_connect(Some(STALLED))
            .timeout_per_write(Some(STALLED))
            .timeout_per_read(Some(STALLED))
            .user_agent(concat!("saxaul/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into(), url: url.to_owned() }
    }
}

impl Carrier for Http {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        let url = format!("{}{}", self.url, call.path);
        let mut request = ureq::http::Request::builder().method(call.method).uri(url);
        if let Some(authorization) = call.authorization {
            request = request.header("authorization", authorization);
        }
        let answered = if call.method == "GET" {
            self.agent.run(request.body(()).map_err(|error| error.to_string())?)
        } else {
            let request = request.header("content-type", call.content_type).body(call.body);
            let request = request.map_err(|error| error.to_string())?;
            // What the system took of the body at once may be on its way for long.
            let on_its_way = Duration::from_secs(call.body.len() as u64 / SLOWEST_LINK_BYTES_A_SECOND);
            let request = self.agent.configure_request(request).timeout_per_read(Some(STALLED + on_its_way)).build();
            self.agent.run(request)
        };
        let mut response = answered.map_err(|error| explained(&error.to_string()))?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let token = header(TOKEN_HEADER).map(str::to_owned);
        let retry_after_s = header("retry-after").and_then(|seconds| seconds.parse().ok());
        let limit = crate::exchange::MESSAGE_LIMIT_BYTES as u64 + 1;
        let body = response.body_mut().with_config().limit(limit).read_to_vec().map_err(|error| error.to_string())?;
        Ok(Answer { status: response.status().as_u16(), token, retry_after_s, body })
    }
}

/// Says what to do where the clock of this device lies outside the life of the server's certificate: it begins in 1970
/// where there is no battery, and no certificate is valid then.
fn explained(error: &str) -> String {
    let is_early = error.contains("not valid yet") || error.contains("NotValidYet");
    let is_late = error.contains("certificate expired") || error.contains("Expired");
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let days = i64::try_from(since.as_secs() / 86_400).unwrap_or(i64::MAX);
    let today = date_of_day(days);
    if is_early {
        format!(
            "the clock of this device shows {today}, and the server's certificate is not valid that early: the clock is \
             wrong, set it and try again ({error})"
        )
    } else if is_late {
        format!(
            "the clock of this device shows {today}, and the server's certificate is no longer valid then: if the date is \
             wrong, set the clock and try again; if it is right, the server needs a new certificate ({error})"
        )
    } else {
        error.to_owned()
    }
}

/// A certificate authority of one's own, which signs for a home server that the public ones do not know.
pub struct Authority(Vec<Certificate<'static>>);

/// Why a file is not an authority.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The file cannot be read.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What was reported.
        cause: std::io::Error,
    },
    /// The file holds no certificate.
    #[error("{0} does not hold a certificate in PEM")]
    NoCertificate(PathBuf),
}

impl Authority {
    /// Reads the authority's certificates from a PEM file.
    ///
    /// # Errors
    /// See [`AuthorityError`].
    pub fn read(path: &Path) -> Result<Self, AuthorityError> {
        let pem = std::fs::read(path).map_err(|cause| AuthorityError::Unreadable { path: path.to_owned(), cause })?;
        let mut certificates = Vec::new();
        for item in parse_pem(&pem) {
            if let PemItem::Certificate(certificate) =
                item.map_err(|_| AuthorityError::NoCertificate(path.to_owned()))?
            {
                certificates.push(certificate);
            }
        }
        if certificates.is_empty() {
            return Err(AuthorityError::NoCertificate(path.to_owned()));
        }
        Ok(Self(certificates))
    }
}
