//! A ready carrier: calls over HTTP, with or without TLS.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::meeting::{Answer, Call, Carrier};
use crate::time::date_of_day;
use crate::wire::TOKEN_HEADER;

/// A link over which nothing moves for so long has broken. One that is only slow is waited for.
const STALLED: Duration = Duration::from_secs(60);
/// So much of an answer must come in each such time, as home asks of a request: a radio link of 2,400 bits in a second
/// gets through with most of its packets lost, and whoever sends a byte now and then keeps nobody waiting for ever.
const BYTES_IN_A_WINDOW: usize = 512;
/// What is sent moves at least as fast, or the link has broken.
const SLOWEST_LINK_BYTES_A_SECOND: u64 = 128;

/// Carries calls over HTTP/1.1, with or without TLS.
pub struct Http {
    agent: ureq::Agent,
    url: String,
    patience: Duration,
}

/// Why a call came to nothing, where it is not the network that says so.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Slow {
    #[error(
        "no answer came within {} s: go where the link is better, or ask whoever runs the server whether it is well, and \
         try again",
        .0.as_secs()
    )]
    Head(Duration),
    #[error(
        "the answer comes too slowly, with less than {BYTES_IN_A_WINDOW} bytes in {} s: go where the link is better, or ask \
         whoever runs the server whether it is well, and try again",
        .0.as_secs()
    )]
    Body(Duration),
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
            .user_agent(concat!("saxaul/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into(), url: url.to_owned(), patience: STALLED }
    }

    /// Gives up after another time than a minute, in which an answer does not begin or hardly goes on.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Sends a request whose body is `sent_bytes` long. Its answer's head may take as long as the body needs besides.
    fn run<B: ureq::AsSendBody>(
        &self,
        request: ureq::http::Request<B>,
        sent_bytes: usize,
    ) -> Result<ureq::http::Response<ureq::Body>, String> {
        // What the system took of the body at once may be on its way for long.
        let on_its_way = Duration::from_secs(sent_bytes as u64 / SLOWEST_LINK_BYTES_A_SECOND);
        let until_answered = self.patience + on_its_way;
        let request = self.agent.configure_request(request);
        // Of the body, a read waits no longer than all of it may hardly go on.
        let request = request.timeout_recv_response(Some(until_answered)).timeout_per_read(Some(until_answered));
        self.agent.run(request.build()).map_err(|error| match error {
            ureq::Error::Timeout(ureq::Timeout::RecvResponse | ureq::Timeout::PerRead) => {
                Slow::Head(until_answered).to_string()
            }
            error => explained(&error.to_string()),
        })
    }
}

impl Carrier for Http {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        let url = format!("{}{}", self.url, call.path);
        let mut request = ureq::http::Request::builder().method(call.method).uri(url);
        if let Some(authorization) = call.authorization {
            request = request.header("authorization", authorization);
        }
        let mut response = if call.method == "GET" {
            self.run(request.body(()).map_err(|error| error.to_string())?, 0)?
        } else {
            let request = request.header("content-type", call.content_type).body(call.body);
            self.run(request.map_err(|error| error.to_string())?, call.body.len())?
        };
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let token = header(TOKEN_HEADER).map(str::to_owned);
        let retry_after_s = header("retry-after").and_then(|seconds| seconds.parse().ok());
        let limit = crate::exchange::MESSAGE_LIMIT_BYTES as u64 + 1;
        let body = response.body_mut().with_config().limit(limit).reader();
        let body = read_body(body, self.patience, Instant::now)?;
        Ok(Answer { status: response.status().as_u16(), token, retry_after_s, body })
    }
}

/// Reads a body. In each `window` some of it must come.
fn read_body(mut body: impl Read, window: Duration, now: impl Fn() -> Instant) -> Result<Vec<u8>, String> {
    let (mut read, mut in_window, mut began) = (Vec::new(), 0, now());
    let mut piece = [0; 8192];
    loop {
        let count = match body.read(&mut piece) {
            Ok(0) => return Ok(read),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => return Err(Slow::Body(window).to_string()),
            Err(error) => return Err(error.to_string()),
        };
        read.extend_from_slice(&piece[..count]);
        in_window += count;
        if in_window >= BYTES_IN_A_WINDOW {
            (in_window, began) = (0, now());
        } else if now().duration_since(began) > window {
            return Err(Slow::Body(window).to_string());
        }
    }
}

/// Says what to do where the authority of the server's certificate is unknown, and where the clock of this device lies
/// outside the certificate's life: it begins in 1970 where there is no battery, and no certificate is valid then.
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
    } else if error.contains("UnknownIssuer") {
        format!(
            "the server's certificate is signed by an authority that this device does not know: give the device the PEM file \
             of that authority, at a command line with --ca FILE or SAXAUL_CA, or a name for the server that public \
             authorities certify ({error})"
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
        /// The file that was to be read.
        path: PathBuf,
        /// What the operating system reported.
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A body of so many bytes, of which some come each second. The clock is the test's.
    struct Trickling<'a> {
        left: usize,
        a_second: usize,
        clock: &'a Cell<Instant>,
    }

    impl Read for Trickling<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.clock.set(self.clock.get() + Duration::from_secs(1));
            let count = self.left.min(self.a_second).min(buffer.len());
            self.left -= count;
            Ok(count)
        }
    }

    #[test]
    fn an_answer_that_keeps_coming_is_waited_for_and_one_that_hardly_does_is_not() {
        let reads = |bytes, a_second| {
            let clock = Cell::new(Instant::now());
            let body = Trickling { left: bytes, a_second, clock: &clock };
            read_body(body, STALLED, || clock.get()).map(|read| read.len())
        };
        // A radio link of 2,400 bits in a second of which four packets in five are lost.
        assert_eq!(reads(240 << 10, 60), Ok(240 << 10));
        assert_eq!(reads(240 << 10, 10), Ok(240 << 10));
        assert_eq!(reads(240 << 10, 1), Err(Slow::Body(STALLED).to_string()));
        assert_eq!(reads(50, 1), Ok(50), "a short answer is there before the window ends");
    }
}
