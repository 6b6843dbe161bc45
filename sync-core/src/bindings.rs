//! Facades for other languages. They pass calls on to [`crate::app`] and know nothing themselves.

#[cfg(any(feature = "mobile", feature = "web"))]
mod calls;
#[cfg(any(feature = "mobile", feature = "web"))]
mod drawn;
#[cfg(any(feature = "mobile", feature = "web"))]
mod error;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "mobile")]
pub mod mobile;
#[cfg(feature = "web")]
pub mod web;

#[cfg(any(feature = "mobile", feature = "web"))]
pub use self::calls::{HomeAnswer, HomeCall, Unconfirmed};
#[cfg(any(feature = "mobile", feature = "web"))]
pub use self::drawn::{new_person_id, new_ruling_id, new_walk_in_id};
#[cfg(any(feature = "mobile", feature = "web"))]
pub use self::error::SaxaulError;
