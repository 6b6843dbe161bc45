//! The `saxaul` program.
//!
//! A package of its own: what the web apps are built to is part of the program and of nothing else, so that nothing else is
//! built again for them.

use std::process::ExitCode;

use server::api::field_app::CarriedFile;

/// The field app, as `make web` built it; nothing where it was not built.
static FIELD_APP: &[CarriedFile] = include!(concat!(env!("OUT_DIR"), "/field_app.rs"));

fn main() -> ExitCode {
    server::api::field_app::carry(FIELD_APP);
    server::commands::run()
}
