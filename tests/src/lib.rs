//! A simulated world of phones, networks and clocks.

pub mod binary;
