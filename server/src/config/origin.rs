//! Addresses of web apps whose pages may call the server.

use std::str::FromStr;

use axum::http::{HeaderValue, Uri};

/// An origin as browsers send it (RFC 6454): a scheme, a host and perhaps a port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebOrigin(HeaderValue);

impl WebOrigin {
    /// The origin as it stands in a header.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// A text is no origin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not an origin such as https://app.example.org")]
pub struct NotAnOrigin;

impl FromStr for WebOrigin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let uri: Uri = text.parse().map_err(|_| NotAnOrigin)?;
        let (Some("http" | "https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(NotAnOrigin);
        };
        let origin = text.trim_end_matches('/');
        let is_whole = origin.split("://").nth(1) == Some(authority.as_str()) && !authority.as_str().contains('@');
        let value = HeaderValue::from_str(origin).map_err(|_| NotAnOrigin)?;
        if is_whole { Ok(Self(value)) } else { Err(NotAnOrigin) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_sends_and_nothing_more() {
        for good in
            ["https://app.example.org", "http://localhost:5173", "https://app.example.org/", "http://[::1]:8080"]
        {
            assert_eq!(good.parse(), Ok(WebOrigin(HeaderValue::from_str(good.trim_end_matches('/')).unwrap())));
        }
        for wrong in
            ["", "*", "null", "app.example.org", "ftp://a", "https://a/gate", "https://me@a", "https://a?x", "https://"]
        {
            assert_eq!(wrong.parse::<WebOrigin>(), Err(NotAnOrigin), "{wrong}");
        }
    }
}
