//! Requests to a running server as bytes, and its answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use server::wire::{AskNonce, AskToken, Carried, Nonce, ProblemDetails, Token};
use sync_core::journal::Journal;
use sync_core::trust::SessionProof;

use super::PATIENCE;

/// Where a server is reached, for requests as bytes.
#[derive(Clone, Copy)]
pub struct Wire {
    port: u16,
}

impl Wire {
    pub(super) const fn to(port: u16) -> Self {
        Self { port }
    }

    /// Sends bytes as they are, and reads the answer.
    ///
    /// # Errors
    /// What the network reports.
    pub fn send(&self, request: &[u8]) -> std::io::Result<HttpAnswer> {
        self.send_and(request, |_| Ok(()))
    }

    /// Sends bytes and then says that no more will come, whatever was promised.
    ///
    /// # Errors
    /// What the network reports.
    pub fn send_cut_off(&self, request: &[u8]) -> std::io::Result<HttpAnswer> {
        self.send_and(request, |stream| stream.shutdown(std::net::Shutdown::Write))
    }

    fn send_and(
        &self,
        request: &[u8],
        after: impl FnOnce(&TcpStream) -> std::io::Result<()>,
    ) -> std::io::Result<HttpAnswer> {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // A server may answer and close before it has read everything; its answer counts.
        let sent = stream.write_all(request).and_then(|()| after(&stream));
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes);
        match HttpAnswer::parse(&bytes) {
            Some(answer) => Ok(answer),
            None => Err(sent.and(read).err().unwrap_or_else(|| std::io::ErrorKind::UnexpectedEof.into())),
        }
    }

    /// Begins a session for the device of a journal. Returns the `Authorization` header.
    ///
    /// # Panics
    /// If the server does not know the device.
    #[must_use]
    pub fn session_of(&self, journal: &Journal) -> String {
        let device = journal.public_key().device();
        let ask = serde_json::to_vec(&AskNonce { device: device.to_string() }).unwrap();
        let nonce: Nonce = serde_json::from_slice(&self.post("/v1/nonce", &[], &ask).body).unwrap();
        let home = journal.membership().unwrap().home;
        let proof = journal.key().state(&SessionProof { device, home, nonce: nonce.nonce.0.try_into().unwrap() });
        let ask = serde_json::to_vec(&AskToken { device: device.to_string(), proof: Carried(proof) }).unwrap();
        let token: Token = serde_json::from_slice(&self.post("/v1/token", &[], &ask).body).unwrap();
        format!("Bearer {}", token.token)
    }

    /// Reads an address.
    ///
    /// # Panics
    /// If there is no answer.
    #[must_use]
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> HttpAnswer {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        self.send(format!("GET {path} HTTP/1.1\r\nhost: home\r\nconnection: close\r\n{headers}\r\n").as_bytes())
            .unwrap()
    }

    /// Posts a body.
    ///
    /// # Panics
    /// If there is no answer.
    #[must_use]
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> HttpAnswer {
        self.request("POST", path, headers, body)
    }

    /// Sends a request with a body.
    ///
    /// # Panics
    /// If there is no answer.
    #[must_use]
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> HttpAnswer {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: home\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        self.send(&[head.as_bytes(), body].concat()).unwrap()
    }
}

/// An answer, as bytes came.
#[derive(Debug)]
pub struct HttpAnswer {
    /// The HTTP status of the answer.
    pub status: u16,
    /// Its headers, in small letters.
    pub head: String,
    /// Its headers, as they came.
    pub raw_head: String,
    /// The body of the answer, with its chunks put together.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let raw_head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let head = raw_head.to_lowercase();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head, raw_head, body: bytes[end + 4..].to_vec() })
    }

    /// It says no, as problem details with this status and code, and with the id of the request in body and header.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) {
        let shown = String::from_utf8_lossy(&self.body);
        let problem: ProblemDetails =
            serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}: no problem: {shown}", self.head));
        assert_eq!((self.status, problem.code.as_str()), (status, code), "{shown}");
        assert!(self.head.contains("content-type: application/problem+json"), "{}", self.head);
        assert!(self.head.contains(&format!("x-request-id: {}", problem.request_id)), "{}", self.head);
        assert!(problem.detail.ends_with('.') && !problem.request_id.is_empty(), "{shown}");
    }
}
