//! Calls to home and their answers, for whoever carries them.

use crate::wire::ProblemDetails;

/// A call over some carrier.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The HTTP method: `GET` or `POST`.
    pub method: &'static str,
    /// The path at the home server; it begins with `/`.
    pub path: &'a str,
    /// What to send as the `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The media type of the body.
    pub content_type: &'a str,
    /// The bytes to send as the body.
    pub body: &'a [u8],
}

/// An answer over some carrier.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// A fresh token for further calls, from the header `x-saxaul-token`.
    pub token: Option<String>,
    /// How many seconds to wait before trying again, if the server asks for that.
    pub retry_after_s: Option<u32>,
    /// The bytes of the answer's body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The server has done nothing yet, and will if it is asked again after so many seconds.
    #[must_use]
    pub const fn asks_to_wait(&self) -> Option<u32> {
        if matches!(self.status, 429 | 503) { self.retry_after_s } else { None }
    }

    /// The body, if the server said yes.
    ///
    /// # Errors
    /// What it said instead, if that can be read.
    pub fn body(&self) -> Result<&[u8], Refusal> {
        if (200..300).contains(&self.status) {
            return Ok(&self.body);
        }
        let problem = serde_json::from_slice::<ProblemDetails>(&self.body);
        let problem = problem.map_err(|_| Refusal::Nonsense(format!("status {}", self.status)))?;
        Err(Refusal::Refused(ProblemDetails { retry_after_s: self.retry_after_s, ..problem }))
    }
}

/// Moves calls to a home server and answers back.
pub trait Carrier {
    /// Makes one call. Whether it arrived is unknown if this fails.
    ///
    /// # Errors
    /// What went wrong, in words.
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String>;
}

/// A call that is to be made: always a `POST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The path at the home server; it begins with `/`.
    pub path: String,
    /// What to send as the `Authorization` header.
    pub authorization: Option<String>,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The bytes to send as the body.
    pub body: Vec<u8>,
}

impl Post {
    /// As a carrier takes it.
    #[must_use]
    pub fn call(&self) -> Call<'_> {
        Call {
            method: "POST",
            path: &self.path,
            authorization: self.authorization.as_deref(),
            content_type: self.content_type,
            body: &self.body,
        }
    }

    pub(crate) fn json<B: serde::Serialize>(path: &str, body: &B) -> Self {
        let body = serde_json::to_vec(body).expect("bodies are plain records");
        Self { path: path.to_owned(), authorization: None, content_type: "application/json", body }
    }
}

/// Home said no, or something that no home says.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// Home refused; the problem details say why.
    #[error("{} (code {}, request {})", .0.detail, .0.code, .0.request_id)]
    Refused(ProblemDetails),
    /// Its answer makes no sense.
    #[error("the server did not answer as a home server does: {0}")]
    Nonsense(String),
}
