//! The replica of Saxaul: rosters and attendance that are recorded without a network and meet weeks later.

pub mod admission;
pub mod command;
pub mod documents;
pub mod exchange;
pub mod ids;
pub mod import;
#[cfg(feature = "sqlite")]
pub mod journal;
pub mod names;
pub mod replica;
pub mod time;
pub mod trust;
pub mod view;
pub mod words;
