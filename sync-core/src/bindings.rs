//! Facades for other languages. They pass calls on to [`crate::app`] and know nothing themselves.

#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "mobile")]
pub mod mobile;
