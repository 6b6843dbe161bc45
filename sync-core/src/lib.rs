//! The replica of Saxaul: rosters and attendance that are recorded without a network and meet weeks later.

pub mod admission;
pub mod app;
#[cfg(any(feature = "http", feature = "mobile", feature = "web"))]
pub mod bindings;
pub mod canonical;
pub mod command;
pub mod documents;
pub mod exchange;
pub mod ids;
pub mod import;
pub mod invite;
#[cfg(feature = "sqlite")]
pub mod journal;
pub mod meeting;
pub mod names;
pub mod order;
pub mod replica;
pub mod spoken;
pub mod storage;
pub mod time;
pub mod trust;
pub mod view;
pub mod wire;
pub mod words;

#[cfg(feature = "mobile")]
uniffi::setup_scaffolding!();
