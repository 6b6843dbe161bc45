//! Saxaul's server.
