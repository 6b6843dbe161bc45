//! A browser at a [`Desk`], and what it is answered.

use std::cell::Cell;

use axum::body::Body;
use axum::http::HeaderMap;
use serde_json::Value;

use super::Desk;

/// An answer of the server to a browser.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status of the answer.
    pub status: u16,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The body of the answer.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header; empty if it is not there.
    ///
    /// # Panics
    /// If it is no text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// It has this status. Returns the body, if it is JSON.
    ///
    /// # Panics
    /// If it has another.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// It says no, with this status and code.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) {
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["request_id"], self.header("x-request-id"));
    }
}

/// A browser that is signed in.
pub struct Browser<'a> {
    pub(super) desk: &'a Desk,
    /// The cookie that the browser keeps for the session.
    pub cookie: String,
    /// What its page sends along.
    pub csrf: String,
    pub(super) asked: Cell<u32>,
}

impl Browser<'_> {
    /// Sends a `GET` with the cookie of the session.
    #[must_use]
    pub fn get(&self, path: &str) -> Reply {
        self.desk.call("GET", path, &[("cookie", &self.cookie)], "")
    }

    /// Reads, if it is not what the browser has.
    #[must_use]
    pub fn get_unless(&self, path: &str, tag: &str) -> Reply {
        self.desk.call("GET", path, &[("cookie", &self.cookie), ("if-none-match", tag)], "")
    }

    /// Changes something, under a name of its own.
    #[must_use]
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.asked.set(self.asked.get() + 1);
        self.send_named(method, path, &format!("command-{}", self.asked.get()), body)
    }

    /// Changes something, under this name.
    #[must_use]
    pub fn send_named(&self, method: &str, path: &str, name: &str, body: &Value) -> Reply {
        self.send_with(method, path, &[("idempotency-key", name)], body.to_string())
    }

    /// Changes something, with more headers.
    #[must_use]
    pub fn send_with(&self, method: &str, path: &str, more: &[(&str, &str)], body: impl Into<Body>) -> Reply {
        let mut headers = vec![("cookie", self.cookie.as_str()), ("x-saxaul-csrf", &self.csrf)];
        headers.extend_from_slice(more);
        self.desk.call(method, path, &headers, body)
    }

    /// Reads every page of a list.
    ///
    /// # Panics
    /// If a page cannot be read, or the list has no end.
    #[must_use]
    pub fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut after) = (Vec::new(), String::new());
        let separator = if path.contains('?') { '&' } else { '?' };
        for _ in 0..1000 {
            let page = self.get(&format!("{path}{separator}{after}")).is(200);
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("after={next}"),
                None => return items,
            }
        }
        panic!("{path} has no end")
    }
}
