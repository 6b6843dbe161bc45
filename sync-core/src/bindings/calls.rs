//! Calls to home, as an app with a radio of its own makes them.

use super::error::SaxaulError;
use crate::error_codes::ErrorCode;
use crate::invite::InviteLink;
use crate::meeting::{Answer, Post};
use crate::replica::Unconfirmed as Open;

/// A call to make: `POST` these bytes to this address with these headers.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", wasm_bindgen::prelude::wasm_bindgen(getter_with_clone))]
pub struct HomeCall {
    /// The whole address, home's part included.
    pub url: String,
    /// The header `Authorization`; none is left out.
    pub authorization: Option<String>,
    /// What to send as the header `Content-Type`.
    pub content_type: String,
    /// The bytes to send as the body.
    pub body: Vec<u8>,
}

/// What came back, whatever its status.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
pub struct HomeAnswer {
    /// The HTTP status.
    pub status: u16,
    /// What came in the header `X-Saxaul-Token`.
    pub token: Option<String>,
    /// The header `Retry-After`, in seconds.
    pub retry_after_s: Option<u32>,
    /// The bytes of the answer's body.
    pub body: Vec<u8>,
}

impl HomeCall {
    pub(super) fn to(link: &str, post: Post) -> Result<Self, SaxaulError> {
        let link: InviteLink = link.parse().map_err(|error| SaxaulError::of(ErrorCode::BAD_LINK, &error))?;
        Ok(Self::at(&link.url, post))
    }

    pub(super) fn at(url: &str, post: Post) -> Self {
        Self {
            url: format!("{url}{}", post.path),
            authorization: post.authorization,
            content_type: post.content_type.to_owned(),
            body: post.body,
        }
    }
}

impl From<HomeAnswer> for Answer {
    fn from(HomeAnswer { status, token, retry_after_s, body }: HomeAnswer) -> Self {
        Self { status, token, retry_after_s, body }
    }
}

/// How many records home did not confirm yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize, tsify::Tsify))]
pub struct Unconfirmed {
    /// On this device alone.
    pub on_this_device: u32,
    /// Another device has them too.
    pub carried: u32,
    /// At home, where an organizer decides about them.
    pub held: u32,
    /// Refused for good: a person must look at them.
    pub refused: u32,
}

impl From<Open> for Unconfirmed {
    fn from(open: Open) -> Self {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let [on_this_device, carried] = [count(open.on_this_device), count(open.carried)];
        Self { on_this_device, carried, held: count(open.held), refused: count(open.parked) }
    }
}
