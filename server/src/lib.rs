//! Saxaul's home server, the field replica on a laptop, and the command line.

#![deny(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
pub mod print;

pub mod api;
pub mod app;
pub mod auth;
pub mod changes;
pub mod client;
pub mod clock;
pub mod commands;
pub mod config;
pub mod desks;
pub mod directory;
pub mod error;
pub mod event_plan;
pub mod exchange;
pub mod fair_queue;
pub mod first_invite;
pub mod forgotten_eras;
pub mod holders;
pub mod home_key;
pub mod home_time;
pub mod invite;
pub mod jobs;
pub mod line_queue;
pub mod long_work;
pub mod out_file;
pub mod overwriting;
pub mod pace;
pub mod places;
pub mod plain_text;
pub mod plans;
pub mod presence;
pub mod probes;
pub mod progress;
pub mod rates;
pub mod replay;
pub mod reports;
pub mod router;
pub mod secret_file;
pub mod serve;
pub mod single_flight;
pub mod store;
pub mod tables;
pub mod tree;
pub mod typed;
pub mod views;
pub mod wire;
