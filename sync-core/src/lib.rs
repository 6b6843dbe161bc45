//! The replica of Saxaul: rosters and attendance that are recorded without a network and meet weeks later.

pub mod documents;
pub mod ids;
pub mod import;
pub mod names;
pub mod time;
